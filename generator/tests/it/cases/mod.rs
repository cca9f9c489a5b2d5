//! Small sites and what becomes of them.

mod accounts;
mod addresses;
mod bodies;
mod dossiers;
mod downloads;
mod feeds;

mod files;
mod gate;
mod ledger;
mod links;
mod lists;
mod manual;
mod markdown;
mod moments;
mod moved;
mod pictures;
mod press_kits;
mod publication;
mod sidecar;
mod terms;
mod themes;
mod translations;
