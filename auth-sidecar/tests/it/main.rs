//! The service as a whole: a real router on a temporary folder, with a fixed clock; a few
//! tests over real connections, and of the program itself.

#![allow(clippy::unwrap_used, missing_docs)]

mod accounts;
mod architecture;
mod cli;
mod cli_audit;
mod cli_backup;
mod cli_backup_postgres;
mod cli_health;
mod cli_migrate;
mod cli_outbox;
mod cli_restore;
mod cli_stats;
mod cli_user;
mod harness;
mod health;
mod media;
mod media_conditions;
mod media_ranges;
mod media_store;
mod nodes;
mod peer;
mod postgres;
mod postgres_faults;
mod postgres_tls;
mod program;
mod site;
mod site_gzip;
mod site_rules;
mod socket;
mod store;
