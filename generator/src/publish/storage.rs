//! The interface of a target, and its faults.

use std::{io::Read, time::Duration};

use super::object::Headers;

/// A failed call to a target.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fault {
    /// Set if a retry may succeed: the wait that the target asks for, zero if it asks for none.
    pub retry_after: Option<Duration>,
    /// What went wrong, for the operator.
    pub message: String,
    /// What to do about it.
    pub hint: String,
}

impl Fault {
    /// A fault that stays until its cause is fixed.
    pub fn permanent(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            retry_after: None,
            message: message.into(),
            hint: hint.into(),
        }
    }

    /// A fault that a retry may overcome.
    pub fn temporary(message: impl Into<String>) -> Self {
        Self {
            retry_after: Some(Duration::ZERO),
            message: message.into(),
            hint: "run the command again: it resumes where it stopped".to_owned(),
        }
    }
}

/// Opens the content of an object, from its beginning each time.
pub type Opening<'a> = &'a (dyn Fn() -> std::io::Result<Box<dyn Read + Send>> + Sync);

/// An object that was fetched.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fetched {
    /// Its content.
    pub body: Vec<u8>,
    /// Its headers, if the target stores any.
    pub headers: Option<Headers>,
}

/// An entry of a listing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// [`Storage::tag`] of its content, if the target knows it.
    pub tag: Option<String>,
}

/// A store of objects by key. Each call may be repeated; a `put` is atomic.
pub trait Storage: Sync {
    /// Its name in messages, from which the name of its record is made: the same place always has the same name.
    fn name(&self) -> String;

    /// Stores an object of `size` bytes.
    ///
    /// # Errors
    /// When it was not stored, or when that is uncertain.
    fn put(&self, key: &str, headers: &Headers, size: u64, open: Opening<'_>) -> Result<(), Fault>;

    /// Fetches an object; `None` if there is none.
    ///
    /// # Errors
    /// When it is uncertain whether there is one.
    fn get(&self, key: &str) -> Result<Option<Fetched>, Fault>;

    /// Lists all objects.
    ///
    /// # Errors
    /// When the listing is incomplete.
    fn list(&self, take: &mut dyn FnMut(Entry)) -> Result<(), Fault>;

    /// The tag that a listing shows for this content.
    fn tag(&self, body: &[u8]) -> String;

    /// Removes up to [`AT_ONCE`] objects; missing ones count as removed.
    ///
    /// # Errors
    /// When one of them may still exist.
    fn remove(&self, keys: &[&str]) -> Result<(), Fault>;

    /// Removes what killed runs left half uploaded, as far as that works.
    fn tidy(&self) {}
}

/// The most objects that one call removes.
pub const AT_ONCE: usize = 1000;
