//! The contract between `dateline` and `dateline-auth`: the files that the generator writes for the sidecar, the
//! names of problems, mails and slots, and how both parse an address, a bucket, a password and a template.
//!
//! Both programs depend on this crate, so that neither needs the other. It uses no server, no database and no disk.

#![cfg_attr(test, allow(clippy::unwrap_used))]
#![deny(missing_docs)]

pub mod bucket;
pub mod content_type;
pub mod edge;
pub mod manifest;
pub mod origin;
pub mod password_rules;
pub mod template;
pub mod texts;
