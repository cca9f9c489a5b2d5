//! Databases behind the interface that `domain` asks for, each in a folder of its own; `sql/` has the statements,
//! which they share.

#[cfg(feature = "postgres")]
pub mod postgres;
mod sql;
pub mod sqlite;
