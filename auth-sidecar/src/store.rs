//! Databases behind the interface that `domain` asks for, each in a folder of its own; `sql/` has the statements,
//! which they share.

mod sql;
pub mod sqlite;
