//! Stores as rules see them: jobs that run completely inside one transaction, on another thread.
//!
//! A rule is a plain function on [`Rows`].

use std::io;

use futures_channel::oneshot;

use super::refusal::Stop;
pub use super::rows::*;
use super::time::Moment;

/// The result of a store operation.
pub type Stored<T> = Result<T, StoreError>;

/// How a transaction ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Keep what it did.
    Commit,
    /// Undo what it did.
    RollBack,
}

/// What a transaction may rely on while it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Isolation {
    /// It runs as if alone: what it read holds until its end.
    Serialisable,
    /// Each of its statements sees what was committed before, and waits for rows that others are changing. For work of
    /// guarded statements on which no rule relies: it conflicts with no rule and with no other node.
    Committed,
}

/// A rule submitted to a store, with the caller that waits for its result.
pub trait WriteJob: Send {
    /// What the rule relies on. A store with a single writer need not ask.
    fn isolation(&self) -> Isolation;
    /// Runs the rule in a transaction. A store that could not serialise the transaction runs the rule again in a new
    /// one, so the rule must affect nothing but rows; the result of the last run counts.
    fn run(&mut self, rows: &mut dyn Rows) -> Verdict;
    /// Reports how the last run's transaction ended, or why there was none.
    fn end(self: Box<Self>, ended: Stored<()>);
}

/// Reads one state of the rows, or gets the error. It changes nothing, so a snapshot suffices, and it runs once.
pub type ReadJob = Box<dyn FnOnce(Stored<&dyn Rows>) + Send>;

/// A store: runs jobs on its own threads.
pub trait Store: Send + Sync + 'static {
    /// Runs a job in one transaction, as if alone.
    fn submit_write(&self, job: Box<dyn WriteJob>);
    /// Runs a job concurrently with others.
    fn submit_read(&self, job: ReadJob);
    /// Whether the latest write succeeded.
    fn is_writable(&self) -> bool;
}

impl dyn Store {
    /// Runs `rule` in one transaction and returns its result, a refusal included, once it is committed. A failure
    /// rolls everything back. The rule may run more than once; see [`WriteJob::run`].
    ///
    /// # Errors
    /// The rule's, or the store's.
    pub async fn write<T, F>(&self, rule: F) -> Result<T, Stop>
    where
        T: Send + 'static,
        F: Fn(&mut dyn Rows) -> Result<T, Stop> + Send + 'static,
    {
        self.submit_rule(Isolation::Serialisable, rule).await
    }

    /// The same for work of guarded statements; see [`Isolation::Committed`].
    ///
    /// # Errors
    /// The work's, or the store's.
    pub async fn write_guarded<T, F>(&self, work: F) -> Result<T, Stop>
    where
        T: Send + 'static,
        F: Fn(&mut dyn Rows) -> Result<T, Stop> + Send + 'static,
    {
        self.submit_rule(Isolation::Committed, work).await
    }

    async fn submit_rule<T, F>(&self, isolation: Isolation, rule: F) -> Result<T, Stop>
    where
        T: Send + 'static,
        F: Fn(&mut dyn Rows) -> Result<T, Stop> + Send + 'static,
    {
        let (requester, answer) = oneshot::channel();
        self.submit_write(Box::new(PendingRule {
            isolation,
            rule,
            answer: None,
            requester,
        }));
        answer.await.unwrap_or(Err(StoreError::Closed.into()))
    }

    /// Runs `question` on one state of the rows.
    ///
    /// # Errors
    /// The question's, or the store's.
    pub async fn read<T, F>(&self, question: F) -> Result<T, Stop>
    where
        T: Send + 'static,
        F: FnOnce(&dyn Rows) -> Result<T, Stop> + Send + 'static,
    {
        let (requester, answer) = oneshot::channel();
        self.submit_read(Box::new(move |rows| {
            let _ = requester.send(rows.map_err(Stop::from).and_then(question));
        }));
        answer.await.unwrap_or(Err(StoreError::Closed.into()))
    }
}

/// A rule and the caller that waits for it.
struct PendingRule<T, F> {
    isolation: Isolation,
    rule: F,
    /// Of the latest run.
    answer: Option<Result<T, Stop>>,
    requester: oneshot::Sender<Result<T, Stop>>,
}

impl<T, F> WriteJob for PendingRule<T, F>
where
    T: Send,
    F: Fn(&mut dyn Rows) -> Result<T, Stop> + Send,
{
    fn isolation(&self) -> Isolation {
        self.isolation
    }

    fn run(&mut self, rows: &mut dyn Rows) -> Verdict {
        let answer = self.answer.insert((self.rule)(rows));
        match answer {
            Ok(_) | Err(Stop::Refused(_)) => Verdict::Commit,
            Err(Stop::Failed(_)) => Verdict::RollBack,
        }
    }

    fn end(self: Box<Self>, ended: Stored<()>) {
        let answer = match (self.answer, ended) {
            (Some(Err(Stop::Failed(error))), _) | (_, Err(error)) => Err(error.into()),
            (Some(answer), Ok(())) => answer,
            (None, Ok(())) => Err(StoreError::Closed.into()),
        };
        // The caller may have left.
        let _ = self.requester.send(answer);
    }
}

/// The log that outlives the database: it keeps departures that a restored backup must not undo.
pub trait Ledger: Send + Sync + 'static {
    /// Adds the missing ones.
    ///
    /// # Errors
    /// If the log cannot be read or written; the error names the file.
    fn add(&self, departures: &[Departure]) -> io::Result<()>;

    /// Compacts the log once most of it is superseded; returns whether it did.
    ///
    /// # Errors
    /// If the log cannot be read or written; the error names the file.
    fn tidy(&self) -> io::Result<bool>;

    /// Removes copies of the database, made before it was changed, that are older than `before`: they contain
    /// addresses. Returns their names.
    ///
    /// # Errors
    /// If one cannot be removed; the error names the file.
    fn forget_copies(&self, before: Moment) -> io::Result<Vec<String>>;
}

/// Why a store operation failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Another process held it for too long, or too many jobs are queued.
    #[error("another process holds the database, or its queue is full")]
    Busy,
    /// The disk is full.
    #[error("the disk is full")]
    Full,
    /// It was shut down.
    #[error("the database was shut down")]
    Closed,
    /// Anything else, in words for the log.
    #[error("{0}")]
    Failed(String),
}
