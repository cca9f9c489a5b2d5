//! Stores, as rules use them: jobs that run whole inside one transaction, elsewhere.
//!
//! A rule is a plain function on [`Tx`].

use std::fmt;
use std::sync::Arc;

use futures_channel::oneshot;

use super::refusal::Stop;
pub use super::rows::*;

/// Results of a store.
pub type Stored<T> = Result<T, StoreError>;

/// How a transaction ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Keep what it did.
    Commit,
    /// Undo what it did.
    RollBack,
}

/// Told how committing went.
pub type Done = Box<dyn FnOnce(Stored<()>) + Send>;
/// Runs in a transaction, or is told why there is none.
pub type WriteJob = Box<dyn FnOnce(Stored<&mut dyn Tx>) -> (Verdict, Done) + Send>;
/// Runs on one state of the rows.
pub type ReadJob = Box<dyn FnOnce(Stored<&dyn Tx>) + Send>;

/// A store: runs jobs, elsewhere.
pub trait Store: Send + Sync + 'static {
    /// Runs a job in one transaction, alone.
    fn submit_write(&self, job: WriteJob);
    /// Runs a job beside others.
    fn submit_read(&self, job: ReadJob);
    /// Whether the latest write succeeded.
    fn is_writable(&self) -> bool;
}

/// A store, as rules use it.
#[derive(Clone)]
pub struct StoreHandle(pub Arc<dyn Store>);

impl StoreHandle {
    /// Runs `rule` in one transaction. What it answers, also that it refuses, is given back once it is
    /// committed; a failure undoes everything.
    ///
    /// # Errors
    /// The rule's, or the store's.
    pub async fn write<T, F>(&self, rule: F) -> Result<T, Stop>
    where
        T: Send + 'static,
        F: FnOnce(&mut dyn Tx) -> Result<T, Stop> + Send + 'static,
    {
        let (sender, receiver) = oneshot::channel();
        self.0.submit_write(Box::new(move |tx| {
            let result = tx.map_err(Stop::from).and_then(rule);
            let verdict = match &result {
                Ok(_) | Err(Stop::Refused(_)) => Verdict::Commit,
                Err(Stop::Failed(_)) => Verdict::RollBack,
            };
            let done: Done = Box::new(move |ended| {
                let answer = match (result, ended) {
                    (Err(Stop::Failed(error)), _) | (_, Err(error)) => Err(error.into()),
                    (answer, Ok(())) => answer,
                };
                // Whoever asked may have left.
                let _ = sender.send(answer);
            });
            (verdict, done)
        }));
        receiver.await.unwrap_or(Err(StoreError::Closed.into()))
    }

    /// Runs `question` on one state of the rows.
    ///
    /// # Errors
    /// The question's, or the store's.
    pub async fn read<T, F>(&self, question: F) -> Result<T, Stop>
    where
        T: Send + 'static,
        F: FnOnce(&dyn Tx) -> Result<T, Stop> + Send + 'static,
    {
        let (sender, receiver) = oneshot::channel();
        self.0.submit_read(Box::new(move |rows| {
            let _ = sender.send(rows.map_err(Stop::from).and_then(question));
        }));
        receiver.await.unwrap_or(Err(StoreError::Closed.into()))
    }
}

/// Why a store could not do what it should.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreError {
    /// Somebody else held it for too long, or too much waits.
    Busy,
    /// The disk is full.
    Full,
    /// It was shut down.
    Closed,
    /// Anything else, in words for the log.
    Failed(String),
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Busy => {
                f.write_str("the database is held by somebody else, or too much waits for it")
            }
            Self::Full => f.write_str("the disk is full"),
            Self::Closed => f.write_str("the database was shut down"),
            Self::Failed(reason) => f.write_str(reason),
        }
    }
}

impl std::error::Error for StoreError {}
