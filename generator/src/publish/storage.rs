//! What a target must be able to do, and how it says that it cannot.

use std::{io::Read, time::Duration};

use super::object::Headers;

/// A failure of a target.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fault {
    /// Whether the same may work in a moment, and when if the target says so.
    pub again: Option<Duration>,
    /// What went wrong, for whoever runs the command.
    pub message: String,
    /// What to do.
    pub hint: String,
}

impl Fault {
    /// One that stays until somebody mends its cause.
    pub fn lasting(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            again: None,
            message: message.into(),
            hint: hint.into(),
        }
    }

    /// One that may pass.
    pub fn passing(message: impl Into<String>) -> Self {
        Self {
            again: Some(Duration::ZERO),
            message: message.into(),
            hint: "run the command again: it goes on where it stopped".to_owned(),
        }
    }
}

/// Opens the content of an object, from its beginning each time.
pub type Opening<'a> = &'a (dyn Fn() -> std::io::Result<Box<dyn Read + Send>> + Sync);

/// What is stored under a key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Got {
    /// The bytes.
    pub body: Vec<u8>,
    /// Headers, where the target keeps any.
    pub headers: Option<Headers>,
}

/// A line of a listing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Found {
    /// The key.
    pub key: String,
    /// What [`Storage::tag`] makes of its content, where the target knows.
    pub tag: Option<String>,
}

/// A place that holds objects under keys. Each call may be repeated; a `put` is seen whole or not at all.
pub trait Storage: Sync {
    /// What it is called in messages and in the name of its record: the same for the same place.
    fn name(&self) -> String;

    /// Stores an object of `size` bytes.
    ///
    /// # Errors
    /// When it was not stored, or may not have been.
    fn put(&self, key: &str, headers: &Headers, size: u64, open: Opening<'_>) -> Result<(), Fault>;

    /// Gives an object back.
    ///
    /// # Errors
    /// When it cannot be told whether there is one.
    fn get(&self, key: &str) -> Result<Option<Got>, Fault>;

    /// Lists everything.
    ///
    /// # Errors
    /// When the list is not whole.
    fn list(&self, take: &mut dyn FnMut(Found)) -> Result<(), Fault>;

    /// What a listing shows for this content.
    fn tag(&self, body: &[u8]) -> String;

    /// Removes objects, up to [`AT_ONCE`]; those that are not there count as removed.
    ///
    /// # Errors
    /// When one may still be there.
    fn remove(&self, keys: &[&str]) -> Result<(), Fault>;
}

/// How many objects are removed by one call.
pub const AT_ONCE: usize = 1000;
