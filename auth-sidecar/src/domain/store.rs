//! Stores, as rules use them: jobs that run whole inside one transaction, elsewhere.
//!
//! A rule is a plain function on [`Rows`].

use std::io;

use futures_channel::oneshot;

use super::refusal::Stop;
pub use super::rows::*;
use super::time::Moment;

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

/// A rule on its way to a store, and whoever waits for its answer.
pub trait WriteJob: Send {
    /// Runs the rule in a transaction. A store that could not serialise that transaction with others runs it
    /// again in a new one, so that it has no effect but on rows; the answer is the latest run's.
    fn run(&mut self, rows: &mut dyn Rows) -> Verdict;
    /// Tells how the transaction of the latest run ended, or why there was none.
    fn end(self: Box<Self>, ended: Stored<()>);
}

/// Runs on one state of the rows, or is told why there is none. It changes nothing, so that a snapshot serves,
/// and runs once.
pub type ReadJob = Box<dyn FnOnce(Stored<&dyn Rows>) + Send>;

/// A store: runs jobs, elsewhere.
pub trait Store: Send + Sync + 'static {
    /// Runs a job in one transaction, as if alone.
    fn submit_write(&self, job: Box<dyn WriteJob>);
    /// Runs a job beside others.
    fn submit_read(&self, job: ReadJob);
    /// Whether the latest write succeeded.
    fn is_writable(&self) -> bool;
}

impl dyn Store {
    /// Runs `rule` in one transaction. What it answers, also that it refuses, is given back once it is
    /// committed; a failure undoes everything. It may run more than once; see [`WriteJob::run`].
    ///
    /// # Errors
    /// The rule's, or the store's.
    pub async fn write<T, F>(&self, rule: F) -> Result<T, Stop>
    where
        T: Send + 'static,
        F: Fn(&mut dyn Rows) -> Result<T, Stop> + Send + 'static,
    {
        let (requester, answer) = oneshot::channel();
        self.submit_write(Box::new(PendingRule {
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

/// A rule, and who asked.
struct PendingRule<T, F> {
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
        // Whoever asked may have left.
        let _ = self.requester.send(answer);
    }
}

/// What outlives the database: it keeps departures where a restored backup does not reach.
pub trait Ledger: Send + Sync + 'static {
    /// Adds those that are missing.
    ///
    /// # Errors
    /// When it cannot be read or written; which file, the error says.
    fn add(&self, departures: &[Departure]) -> io::Result<()>;

    /// Leaves out what later departures replace, once that is most of it; whether it was.
    ///
    /// # Errors
    /// When it cannot be read or written; which file, the error says.
    fn tidy(&self) -> io::Result<bool>;

    /// Removes copies that were made before the database was changed, once they are older than `before`: they
    /// hold addresses. Gives their names.
    ///
    /// # Errors
    /// When one cannot be removed; which file, the error says.
    fn forget_copies(&self, before: Moment) -> io::Result<Vec<String>>;
}

/// Why a store could not do what it should.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Somebody else held it for too long, or too much waits.
    #[error("the database is held by somebody else, or too much waits for it")]
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
