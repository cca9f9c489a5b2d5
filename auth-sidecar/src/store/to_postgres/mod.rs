//! Copies a SQLite database into a PostgreSQL one, table by table, and compares both at the end.
//!
//! Which tables there are is read from the file's schema, so that none can be forgotten. Rows are copied in the order of
//! their primary key, some thousands in a transaction, so what an interrupted copy left is a prefix of each table. The
//! next one compares these prefixes with the file and continues, or starts over if the file has changed. Until the end
//! the target is marked, and no service starts on it.

use std::path::Path;

use rusqlite::Error as SqliteError;

mod source;
mod table;
mod target;

use self::source::Source;
use self::table::Sum;
use self::target::{Found, Target};
use super::{postgres, sqlite};

/// How many rows share a transaction.
const ROWS_AT_ONCE: u64 = 5_000;

/// What is copied from where to where.
#[derive(Clone, Copy, Debug)]
pub struct Task<'a> {
    /// The SQLite file.
    pub from: &'a Path,
    /// `postgres://…`.
    pub to: &'a str,
    /// Only check: change nothing.
    pub dry_run: bool,
}

/// How far a copy is.
#[derive(Clone, Copy, Debug)]
pub struct Progress<'a> {
    /// The current table.
    pub table: &'a str,
    /// Whether rows are being copied, or else compared.
    pub copies: bool,
    /// Rows so far, of all tables.
    pub done: u64,
    /// Rows of all tables.
    pub of: u64,
}

/// How a copy ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It would work.
    Checked,
    /// The target equals the file.
    Copied,
    /// The target equalled the file already: an earlier copy had finished.
    Equal,
}

/// A table of both databases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copied {
    /// Its name.
    pub name: String,
    /// The number of its rows.
    pub rows: u64,
    /// How many of them an interrupted copy had left.
    pub kept: u64,
    /// The SHA-256 of its rows, in lower-case hexadecimal.
    pub sha256: String,
}

/// What a copy did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// How it ended.
    pub outcome: Outcome,
    /// The tables, in the order in which they are copied.
    pub tables: Vec<Copied>,
    /// Whether what an interrupted copy had left was discarded, since the file has changed since.
    pub started_over: bool,
}

/// Copies a database; nobody may use either of them meanwhile.
///
/// # Errors
/// When one of them cannot be used, is in use, or the target has rows of its own. What was copied so far stays in the
/// target, which no service accepts, and the next copy continues.
pub fn run(task: Task<'_>, progress: &mut dyn FnMut(Progress<'_>)) -> Result<Report, CopyError> {
    let source = Source::open(task.from, !task.dry_run)?;
    let mut target = Target::open(task.to)?;
    let found = target.find(&source.tables)?;
    if task.dry_run {
        if let Found::Filled(table) = found {
            return Err(CopyError::NotEmpty(table));
        }
        let tables = copy_rows(&source, None, &[], progress)?;
        return Ok(Report {
            outcome: Outcome::Checked,
            tables,
            started_over: false,
        });
    }
    if let Found::Filled(table) = found {
        return match equal(&source, &mut target, progress)? {
            Some(tables) => Ok(Report {
                outcome: Outcome::Equal,
                tables,
                started_over: false,
            }),
            None => Err(CopyError::NotEmpty(table)),
        };
    }
    target.begin(&source.tables)?;
    let kept = kept_rows(&source, &mut target)?;
    let started_over = kept.is_empty();
    if started_over {
        target.clear(&source.tables)?;
    }
    let tables = copy_rows(&source, Some(&mut target), &kept, progress)?;
    compare(&tables, &source, &mut target, progress)?;
    let last_ids = source.last_ids()?;
    target.finish(&source.tables, &last_ids)?;
    Ok(Report {
        outcome: Outcome::Copied,
        tables,
        started_over,
    })
}

/// The number of rows that an interrupted copy left of each table; nothing if the file does not begin with them.
fn kept_rows(source: &Source, target: &mut Target) -> Result<Vec<u64>, CopyError> {
    let mut kept = Vec::new();
    for table in &source.tables {
        let there = target.sum(table)?;
        let mut here = Sum::default();
        source.each_row(table, &mut |row| {
            here.add(row);
            Ok(here.rows < there.rows)
        })?;
        // An empty table stops at its first row, too late.
        if there.rows > 0 && (here.rows, here.digest()) != (there.rows, there.digest.clone()) {
            return Ok(Vec::new());
        }
        kept.push(there.rows);
    }
    Ok(kept)
}

/// Reads all rows, and copies those after the `kept` ones to the target, if there is one.
fn copy_rows(
    source: &Source,
    mut target: Option<&mut Target>,
    kept: &[u64],
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<Vec<Copied>, CopyError> {
    let of = source.total()?;
    let mut done = 0;
    let mut copied = Vec::new();
    for (number, table) in source.tables.iter().enumerate() {
        let kept = kept.get(number).copied().unwrap_or(0);
        let mut sum = Sum::default();
        let mut report = |done| {
            progress(Progress {
                table: &table.name,
                copies: true,
                done,
                of,
            });
        };
        report(done);
        source.each_row(table, &mut |row| {
            sum.add(row);
            done += 1;
            if let Some(target) = target.as_deref_mut().filter(|_| sum.rows > kept) {
                target.write(table, row)?;
                if (sum.rows - kept).is_multiple_of(ROWS_AT_ONCE) {
                    target.commit()?;
                }
            }
            if sum.rows.is_multiple_of(ROWS_AT_ONCE) {
                report(done);
            }
            Ok(true)
        })?;
        if let Some(target) = target.as_deref_mut() {
            target.commit()?;
        }
        copied.push(Copied {
            name: table.name.clone(),
            rows: sum.rows,
            kept,
            sha256: sum.digest(),
        });
    }
    Ok(copied)
}

/// Compares what was copied with what is in the target now.
fn compare(
    tables: &[Copied],
    source: &Source,
    target: &mut Target,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<(), CopyError> {
    let of = tables.iter().map(|table| table.rows).sum();
    let mut done = 0;
    for (table, copied) in source.tables.iter().zip(tables) {
        progress(Progress {
            table: &table.name,
            copies: false,
            done,
            of,
        });
        let there = target.sum(table)?;
        if (there.rows, &there.digest) != (copied.rows, &copied.sha256) {
            return Err(CopyError::Differs {
                table: table.name.clone(),
                here: copied.rows,
                there: there.rows,
            });
        }
        done += there.rows;
    }
    Ok(())
}

/// The tables, if the target has the same rows as the file.
fn equal(
    source: &Source,
    target: &mut Target,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<Option<Vec<Copied>>, CopyError> {
    for table in &source.tables {
        if source.count(table)? != target.count(table)? {
            return Ok(None);
        }
    }
    let mut tables = copy_rows(source, None, &[], progress)?;
    match compare(&tables, source, target, progress) {
        Ok(()) => {
            for table in &mut tables {
                table.kept = table.rows;
            }
            Ok(Some(tables))
        }
        Err(CopyError::Differs { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Why a database could not be copied.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CopyError {
    /// There is no file.
    #[error("the source: there is no such file")]
    NoSource,
    /// The file cannot be opened, or a service has it open.
    #[error("the source: {0}")]
    Source(#[from] sqlite::OpenError),
    /// The file is damaged.
    #[error("the source cannot be copied: {0}")]
    Damaged(String),
    /// The file has the schema of an earlier release.
    #[error(
        "the source has the schema of an earlier release (step {found} of {known}): start the service of this release \
         on it once, which brings it up to date"
    )]
    Older {
        /// Its steps.
        found: usize,
        /// This release's.
        known: usize,
    },
    /// A row that PostgreSQL cannot hold.
    #[error(
        "the source: the row {row} of the table `{table}` cannot be copied: its `{column}` {reason}"
    )]
    Row {
        /// The table.
        table: String,
        /// The value of its primary key.
        row: String,
        /// The column.
        column: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The target cannot be used.
    #[error("the target: {0}")]
    Target(#[from] postgres::OpenError),
    /// The target has rows of its own.
    #[error("the target is not empty: its table `{0}` has rows. Name an empty database")]
    NotEmpty(String),
    /// The target has a table of another program.
    #[error("the target has a table `{0}` of another program: name an empty database")]
    Foreign(String),
    /// A service uses the target.
    #[error(
        "the target is in use: {0} connections of `dateline-auth`. Stop the services that use it"
    )]
    InUse(i64),
    /// Another copy into the same target runs.
    #[error("another migration into the target has begun meanwhile, so this one ends")]
    Another,
    /// The schemas of both databases differ.
    #[error("the table `{0}` has other columns in the target than in the source")]
    Columns(String),
    /// The target is not what was copied.
    #[error(
        "the table `{table}` differs: {here} rows in the source, {there} in the target. Something else wrote to the \
         target: empty it and start again"
    )]
    Differs {
        /// The table.
        table: String,
        /// Rows of the source.
        here: u64,
        /// Rows of the target.
        there: u64,
    },
}

impl From<SqliteError> for CopyError {
    fn from(error: SqliteError) -> Self {
        Self::Source(error.into())
    }
}

impl From<tokio_postgres::Error> for CopyError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Target(error.into())
    }
}
