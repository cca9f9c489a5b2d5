//! Letters kept in memory, for tests and for the preview of an editor's machine.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use futures_util::future::{self, BoxFuture};

use crate::domain::letter::{Letter, Mailer, Sending};

/// How many letters are kept.
const KEPT: usize = 100;

/// Takes every letter, and keeps the newest 100.
#[derive(Debug, Default)]
pub struct MemoryMailer {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    letters: VecDeque<Letter>,
    /// What to answer instead of taking letters.
    answer: Option<Sending>,
}

impl MemoryMailer {
    /// An empty one that takes every letter.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The letters that were taken, the newest last.
    #[must_use]
    pub fn letters(&self) -> Vec<Letter> {
        self.state().letters.iter().cloned().collect()
    }

    /// Answers so from here on. Letters are kept only while the answer is [`Sending::Accepted`].
    pub fn answer_with(&self, answer: Sending) {
        self.state().answer = Some(answer);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // No step under the lock can leave it half-changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Mailer for MemoryMailer {
    fn send<'a>(&'a self, letter: &'a Letter) -> BoxFuture<'a, Sending> {
        let mut state = self.state();
        let answer = state.answer.clone().unwrap_or(Sending::Accepted);
        if answer == Sending::Accepted {
            if state.letters.len() == KEPT {
                state.letters.pop_front();
            }
            state.letters.push_back(letter.clone());
        }
        Box::pin(future::ready(answer))
    }
}
