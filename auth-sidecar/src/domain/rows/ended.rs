//! Rows of sessions that a form ended moments ago.

use crate::domain::random::TokenHash;
use crate::domain::store::Stored;
use crate::domain::time::Moment;

/// How a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// A new session replaced it.
    Replaced,
    /// Its owner logged out.
    LoggedOut,
    /// Its account was deleted.
    Deleted,
}

/// A session that a form ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndedSession {
    /// The hash of its cookie.
    pub hash: TokenHash,
    /// The account.
    pub account: i64,
    /// How it ended.
    pub how: Ended,
    /// When.
    pub at: Moment,
    /// The session that replaced it, if one did.
    pub successor: Option<TokenHash>,
}

/// Rows of ended sessions.
pub trait EndedRows {
    /// Finds one that ended after this moment.
    fn ended_session(&self, hash: &TokenHash, since: Moment) -> Stored<Option<EndedSession>>;

    /// Inserts one, or replaces the one of the same cookie.
    fn note_end(&mut self, ended: &EndedSession) -> Stored<()>;
    /// Deletes up to `most` that ended by this moment; returns whether there may be more.
    fn forget_ends(&mut self, before: Moment, most: u32) -> Stored<bool>;
}
