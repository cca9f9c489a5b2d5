//! The rules, free of HTTP, files and clocks: what exists, since when, and which part of it is asked for.

pub mod address;
pub mod catalogue;
pub mod clock;
pub(crate) mod conditional;
pub mod device;
pub mod network;
pub mod password;
pub(crate) mod range;
pub mod return_path;
