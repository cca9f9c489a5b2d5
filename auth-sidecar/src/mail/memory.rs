//! Mails kept in memory, for tests and for the preview of an editor's machine.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use futures_util::future::{self, BoxFuture};

use crate::domain::mail::{Mail, Mailer, SendOutcome};

/// How many mails are kept.
const KEPT: usize = 100;

/// Takes every mail, and keeps the newest 100.
#[derive(Debug, Default)]
pub struct MemoryMailer {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    mails: VecDeque<Mail>,
    /// What to answer instead of taking mails.
    answer: Option<SendOutcome>,
}

impl MemoryMailer {
    /// An empty one that takes every mail.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The mails that were taken, the newest last.
    #[must_use]
    pub fn mails(&self) -> Vec<Mail> {
        self.state().mails.iter().cloned().collect()
    }

    /// Answers so from here on. Mails are kept only while the answer is [`SendOutcome::Accepted`].
    pub fn answer_with(&self, answer: SendOutcome) {
        self.state().answer = Some(answer);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // No step under the lock can leave it half-changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Mailer for MemoryMailer {
    fn send<'a>(&'a self, mail: &'a Mail) -> BoxFuture<'a, SendOutcome> {
        let mut state = self.state();
        let answer = state.answer.clone().unwrap_or(SendOutcome::Accepted);
        if answer == SendOutcome::Accepted {
            if state.mails.len() == KEPT {
                state.mails.pop_front();
            }
            state.mails.push_back(mail.clone());
        }
        Box::pin(future::ready(answer))
    }

    fn reach(&self) -> BoxFuture<'_, SendOutcome> {
        let answer = self.state().answer.clone();
        let answer = answer.unwrap_or(SendOutcome::Accepted);
        Box::pin(future::ready(answer))
    }
}
