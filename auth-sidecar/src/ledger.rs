//! `deleted.log`: deletions and changes of password, by HMAC of the address, beside the database. It
//! outlives the database, so that a restored backup revives neither an account nor an old password.
//!
//! The rows are written with what they tell; lines follow them, and at a start the ones that are
//! missing. Each line is a time, what happened, the id of the key, and the HMAC in Base64.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use crate::domain::accounts::Accounts;
use crate::domain::store::{Departure, DepartureKind};
use crate::domain::time::Moment;

/// The log beside a database.
#[must_use]
pub fn path_for(database: &Path) -> PathBuf {
    database.with_file_name("deleted.log")
}

/// Follows the rows.
pub(crate) struct Ledger {
    file: File,
    /// The newest row whose line is there.
    last: i64,
}

impl Ledger {
    /// Opens the log and adds the lines that are missing.
    pub(crate) async fn open(path: &Path, accounts: &Accounts) -> io::Result<Self> {
        let (file, known) = open(path)?;
        let mut ledger = Self { file, last: 0 };
        ledger.follow(accounts, &known).await?;
        Ok(ledger)
    }

    /// Adds the lines of new rows.
    pub(crate) async fn catch_up(&mut self, accounts: &Accounts) -> io::Result<()> {
        self.follow(accounts, &BTreeSet::new()).await
    }

    async fn follow(&mut self, accounts: &Accounts, known: &BTreeSet<String>) -> io::Result<()> {
        let rows = accounts.departures_after(self.last).await;
        let rows = rows.map_err(io::Error::other)?;
        let Some(newest) = rows.last().map(|row| row.id) else {
            return Ok(());
        };
        append(&mut self.file, &rows, known)?;
        self.last = newest;
        Ok(())
    }
}

/// Adds the lines of these rows that are missing.
///
/// # Errors
/// When the log cannot be read or written.
pub fn add(path: &Path, rows: &[Departure]) -> io::Result<()> {
    let (mut file, known) = open(path)?;
    append(&mut file, rows, &known)
}

/// The log, to be added to, and its lines.
fn open(path: &Path) -> io::Result<(File, BTreeSet<String>)> {
    let text = match fs::read(path) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(error),
    };
    let mut file = OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .open(path)?;
    if !text.is_empty() && !text.ends_with('\n') {
        // A line that was cut short must not spoil the next one.
        file.write_all(b"\n")?;
    }
    Ok((file, text.lines().map(str::to_owned).collect()))
}

fn append(file: &mut File, rows: &[Departure], known: &BTreeSet<String>) -> io::Result<()> {
    let lines: String = rows
        .iter()
        .map(line)
        .filter(|line| !known.contains(line))
        .map(|line| line + "\n")
        .collect();
    file.write_all(lines.as_bytes())?;
    file.sync_data()
}

fn line(row: &Departure) -> String {
    format!(
        "{} {} {} {}",
        row.at.timestamp(),
        row.kind.name(),
        row.key,
        STANDARD_NO_PAD.encode(row.address)
    )
}

/// What a log says.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Log {
    /// The lines that can be read.
    pub departures: Vec<Departure>,
    /// Those that cannot, such as one that was cut short: their numbers, from 1.
    pub unreadable: Vec<usize>,
}

/// Reads a log; none if there is no such file.
///
/// # Errors
/// When it is there and cannot be read.
pub fn read(path: &Path) -> io::Result<Option<Log>> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut log = Log::default();
    for (number, line) in (1..).zip(String::from_utf8_lossy(&bytes).lines()) {
        match parse(line) {
            Some(departure) => log.departures.push(departure),
            None if line.is_empty() => {}
            None => log.unreadable.push(number),
        }
    }
    Ok(Some(log))
}

fn parse(line: &str) -> Option<Departure> {
    let parts: Vec<&str> = line.split(' ').collect();
    let [at, kind, key, address] = parts.try_into().ok()?;
    Some(Departure {
        id: 0,
        kind: DepartureKind::named(kind)?,
        key: key.to_owned(),
        address: STANDARD_NO_PAD.decode(address).ok()?.try_into().ok()?,
        at: Moment::from(at.parse::<jiff::Timestamp>().ok()?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_read_back() {
        let row = Departure {
            id: 0,
            kind: DepartureKind::Deleted,
            key: "k1".into(),
            address: [7; 32],
            at: Moment(1_764_000_000_123),
        };
        assert_eq!(parse(&line(&row)), Some(row.clone()));
        assert_eq!(parse(&line(&row)[..60]), None);
        assert_eq!(parse(""), None);
    }

    #[test]
    fn a_line_that_was_cut_short_spoils_no_other() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("deleted.log");
        let row = |byte| Departure {
            id: 0,
            kind: DepartureKind::PasswordChanged,
            key: "k1".into(),
            address: [byte; 32],
            at: Moment(1_764_000_000_123),
        };
        assert_eq!(read(&path).unwrap(), None);
        fs::write(
            &path,
            format!("{}\n{}", line(&row(1)), &line(&row(2))[..40]),
        )
        .unwrap();
        for _ in 0..2 {
            add(&path, &[row(1), row(2), row(3)]).unwrap();
            let expected = Log {
                departures: vec![row(1), row(2), row(3)],
                unreadable: vec![2],
            };
            assert_eq!(read(&path).unwrap(), Some(expected));
        }
    }
}
