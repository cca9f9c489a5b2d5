//! The rules, without HTTP, files and clocks: which media exist, since when, and which part is requested; who has an
//! account, and what they may do.

pub mod accounts;
pub mod address;
pub mod bandwidth;
pub mod catalogue;
pub mod clock;
pub(crate) mod conditional;
pub mod coverage;
pub mod device;
pub mod hashing;
pub mod keys;
pub mod link_token;
pub mod mail;
pub mod mail_health;
pub mod mail_pace;
pub mod moments;
pub mod network;
pub mod password;
pub mod random;
pub(crate) mod range;
mod rate_limits;
pub mod refusal;
pub mod return_path;
mod rows;
pub mod settings;
pub mod store;
pub mod time;
pub mod transfers;
mod typed;
mod undo_code;
