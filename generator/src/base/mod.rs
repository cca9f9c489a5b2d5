//! What every stage may use and what uses none of them.

pub mod attachment;
pub mod clock;
pub mod date;
pub mod diag;
pub mod fields;
pub mod files;
pub mod focus;
pub mod guard;
pub mod hash;
pub mod index;
pub mod lang;
mod mistakes;
pub mod path;
pub mod read;
pub mod replace;
pub mod text;
pub mod tree;
pub mod yaml;
pub mod zip;
