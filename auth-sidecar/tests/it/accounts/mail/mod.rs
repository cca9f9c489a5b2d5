//! Queued mail, from its row, written with the change it reports, to the server's last reply.

use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use dateline_auth::domain::mail::{Mailer, SendOutcome};
use dateline_auth::domain::store::{MailKind, MailState, QueuedMail};
use futures_util::future::{self, BoxFuture};

use super::*;

mod behind;
mod composer;
mod keys;
mod leases;
mod queues;
mod rows;
mod tries;

/// A mail server that a test leads, and what it was given.
#[derive(Default)]
struct Script {
    answers: Mutex<BTreeMap<String, SendOutcome>>,
    tries: Mutex<Vec<Mail>>,
}

impl Script {
    /// What it says to this recipient from here on.
    fn say(&self, to: &str, answer: SendOutcome) {
        locked(&self.answers).insert(to.to_owned(), answer);
    }

    /// Whom it was given mails for, oldest first.
    fn tried(&self) -> Vec<String> {
        let tries = locked(&self.tries);
        tries.iter().map(|mail| mail.to.clone()).collect()
    }

    fn mails(&self) -> Vec<Mail> {
        locked(&self.tries).clone()
    }
}

impl Mailer for Script {
    fn send<'a>(&'a self, mail: &'a Mail) -> BoxFuture<'a, SendOutcome> {
        locked(&self.tries).push(mail.clone());
        let answer = locked(&self.answers).get(&mail.to).cloned();
        Box::pin(future::ready(answer.unwrap_or(SendOutcome::Accepted)))
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Not now: the server's fault, or the recipient's.
pub(crate) fn later(about_recipient: bool) -> SendOutcome {
    SendOutcome::Later {
        reason: "451 come back".into(),
        about_recipient,
    }
}

pub(crate) fn never() -> SendOutcome {
    SendOutcome::Refused {
        reason: "550 no such mailbox".into(),
    }
}

impl Service {
    /// Another process on the same files, whose mail goes there.
    fn sender(&self, mailer: Arc<dyn Mailer>) -> Sidecar {
        open(
            &self.dir,
            self.sqlite,
            &self.clock,
            &self.mailer,
            |options| {
                (self.change)(options);
                options.mailer = mailer;
            },
        )
    }

    /// The rows that wait or were set aside, oldest first, but for `none`.
    pub(crate) async fn outbox(&self) -> Vec<QueuedMail> {
        self.sidecar.accounts().queued_mail().await.unwrap().0
    }

    /// The code in the newest mail that waits for this address.
    async fn waiting_code(&self, to: &str) -> String {
        let accounts = self.sidecar.accounts();
        let mails = self.outbox().await.into_iter().rev();
        let mut contents = mails.filter_map(|mail| accounts.open_mail(&mail).ok());
        contents
            .find(|contents| contents.to == to && !contents.code.is_empty())
            .unwrap()
            .code
    }

    /// Whether a file of the database holds these bytes.
    fn files_hold(&self, text: &str) -> bool {
        let folder = std::fs::read_dir(self.database().parent().unwrap()).unwrap();
        folder.into_iter().any(|entry| {
            let bytes = std::fs::read(entry.unwrap().path()).unwrap();
            bytes
                .windows(text.len())
                .any(|part| part == text.as_bytes())
        })
    }

    /// Forgets what the sweep of each minute forgets; the mails given up.
    async fn end_late_mails(&self) -> usize {
        let accounts = self.sidecar.accounts();
        accounts.sweep().await.unwrap().len()
    }
}

/// Everything that is logged on this thread, as long as it lives.
pub(crate) struct Log {
    text: Arc<Mutex<Vec<u8>>>,
    _here: tracing::subscriber::DefaultGuard,
}

struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        locked(&self.0).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Log {
    pub(crate) fn new() -> Self {
        let text = Arc::default();
        let lines = Arc::clone(&text);
        let subscriber = tracing_subscriber::fmt()
            .with_ansi(false)
            .with_max_level(tracing::Level::TRACE)
            .with_writer(move || Lines(Arc::clone(&lines)))
            .finish();
        Self {
            text,
            _here: tracing::subscriber::set_default(subscriber),
        }
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(locked(&self.text).clone()).unwrap()
    }

    /// Waits until this was logged.
    pub(crate) async fn says(&self, words: &str) {
        for _ in 0..12_000 {
            if self.text().contains(words) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("nothing tells of {words}: {}", self.text());
    }
}
