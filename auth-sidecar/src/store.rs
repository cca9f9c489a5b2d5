//! Databases behind the interface that `domain` asks for, each in a folder of its own.

pub mod sqlite;
