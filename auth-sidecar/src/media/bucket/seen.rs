//! Objects that were seen in the store, and how large they are.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_util::lock::{Mutex as Turns, MutexGuard as Turn};
use tokio::time::Instant;

/// For so long nobody looks again.
const FRESH: Duration = Duration::from_secs(60);
/// For so long an object is believed to be there while somebody looks again.
const BELIEVED: Duration = Duration::from_secs(600);
/// Objects remembered.
const MOST: usize = 100_000;
/// Number of locks that keys share.
const TURNS: usize = 64;

/// What is known of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// It has this size.
    Fresh(u64),
    /// It had this size a while ago: the caller looks again.
    Stale(u64),
    /// Nothing.
    Unknown,
}

/// The objects seen.
pub(super) struct Seen {
    all: Mutex<HashMap<String, (u64, Instant, bool)>>,
    turns: [Turns<()>; TURNS],
    hasher: RandomState,
}

impl Default for Seen {
    fn default() -> Self {
        Self {
            all: Mutex::default(),
            turns: std::array::from_fn(|_| Turns::new(())),
            hasher: RandomState::new(),
        }
    }
}

impl Seen {
    /// One caller alone is told that an object is stale, and all others that it is fresh.
    pub(super) fn state(&self, key: &str) -> State {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((size, at, is_looked_at)) = all.get_mut(key) else {
            return State::Unknown;
        };
        match at.elapsed() {
            age if age < FRESH => State::Fresh(*size),
            age if age < BELIEVED && *is_looked_at => State::Fresh(*size),
            age if age < BELIEVED => {
                *is_looked_at = true;
                State::Stale(*size)
            }
            _ => State::Unknown,
        }
    }

    pub(super) fn note(&self, key: &str, size: u64) {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MOST {
            all.clear();
        }
        all.insert(key.to_owned(), (size, Instant::now(), false));
    }

    pub(super) fn forget(&self, key: &str) {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        all.remove(key);
    }

    /// Waits until nobody else looks at this object.
    pub(super) async fn turn(&self, key: &str) -> Turn<'_, ()> {
        let at = self.hasher.hash_one(key) % TURNS as u64;
        // Always below TURNS.
        self.turns[at as usize].lock().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn one_caller_looks_again_at_what_was_seen_a_while_ago() {
        let seen = Seen::default();
        assert_eq!(seen.state("a"), State::Unknown);
        seen.note("a", 5);
        assert_eq!(seen.state("a"), State::Fresh(5));
        tokio::time::advance(FRESH).await;
        assert_eq!(seen.state("a"), State::Stale(5));
        assert_eq!(seen.state("a"), State::Fresh(5), "another looks already");
        tokio::time::advance(BELIEVED).await;
        assert_eq!(seen.state("a"), State::Unknown);
        seen.note("a", 6);
        seen.forget("a");
        assert_eq!(seen.state("a"), State::Unknown);
    }
}
