//! Implementations of `domain::store`, one folder per database; `sql/` has the statements that they share.

#[cfg(feature = "postgres")]
pub mod postgres;
mod queue;
mod sql;
pub mod sqlite;
#[cfg(feature = "postgres")]
pub mod to_postgres;
