//! `deleted.log`: deletions and changes of password or address, by HMAC of the address. It outlives the database, so
//! that a restored backup revives neither a deleted account nor an old password.
//!
//! Each event is first committed as a row, together with its effect, and then appended here; missing lines are added
//! at startup. A line is a time, the kind of event, the id of the key, and the HMAC in Base64.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use super::backup::{Part, remove};
use super::files::COPIES;
use crate::domain::store::{Departure, DepartureKind, Ledger};
use crate::domain::time::Moment;

/// The log at this path. It is opened for each use, so that it may be moved meanwhile.
pub struct LedgerFile(pub PathBuf);

impl Ledger for LedgerFile {
    fn add(&self, departures: &[Departure]) -> io::Result<()> {
        let add = || {
            let (mut file, known) = open(&self.0)?;
            append(&mut file, departures, &known)
        };
        add().map_err(|error| named(&self.0, &error))
    }

    fn tidy(&self) -> io::Result<bool> {
        tidy(&self.0).map_err(|error| named(&self.0, &error))
    }

    fn forget_copies(&self, before: Moment) -> io::Result<Vec<String>> {
        let folder = self.0.parent().unwrap_or(Path::new(""));
        let folder = match folder.as_os_str().is_empty() {
            true => Path::new("."),
            false => folder,
        };
        let mut forgotten = Vec::new();
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let is_copy = COPIES.iter().any(|end| name.contains(end));
            let metadata = entry.metadata()?;
            let is_old = jiff::Timestamp::try_from(metadata.modified()?)
                .is_ok_and(|modified| Moment::from(modified) < before);
            if is_copy && metadata.is_file() && is_old {
                remove(&entry.path()).map_err(|error| named(&entry.path(), &error))?;
                forgotten.push(name);
            }
        }
        Ok(forgotten)
    }
}

fn named(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

/// Opens the log for appending; also returns its lines.
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
        // A truncated line must not corrupt the next one.
        file.write_all(b"\n")?;
    }
    Ok((file, text.lines().map(str::to_owned).collect()))
}

/// How many superseded lines are tolerated.
const SPARE: usize = 1000;

/// Compacts the log, by replacing the file atomically. A line that another process appends meanwhile is lost, until
/// the service adds missing lines again from its rows.
fn tidy(path: &Path) -> io::Result<bool> {
    let text = match fs::read(path) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    let lines = text.lines().filter(|line| !line.is_empty()).count();
    let needed = needed(&text);
    if lines <= 2 * needed.len() + SPARE {
        return Ok(false);
    }
    let part = Part::new(path.with_extension("log.part")).map_err(io::Error::other)?;
    fs::write(&part.0, needed.concat())?;
    part.become_file(path).map_err(io::Error::other)?;
    Ok(true)
}

/// The lines that no later one supersedes, and all unreadable ones.
fn needed(text: &str) -> Vec<String> {
    let mut later: BTreeMap<(String, [u8; 32]), Vec<Departure>> = BTreeMap::new();
    let mut needed: Vec<String> = Vec::new();
    for line in text.lines().rev().filter(|line| !line.is_empty()) {
        if let Some(departure) = parse(line) {
            let owner = (departure.key.clone(), departure.address);
            let later = later.entry(owner).or_default();
            // Later both in the file and by its time: the clock may have been wrong.
            let is_replaced = |one: &Departure| one.at >= departure.at && one.replaces(&departure);
            if later.iter().any(is_replaced) {
                continue;
            }
            later.push(departure);
        }
        needed.push(format!("{line}\n"));
    }
    needed.reverse();
    needed
}

fn append(file: &mut File, rows: &[Departure], known: &BTreeSet<String>) -> io::Result<()> {
    let lines: String = rows
        .iter()
        .filter(|row| is_name(row.kind_name()))
        .map(line)
        .filter(|line| !known.contains(line))
        .map(|line| line + "\n")
        .collect();
    file.write_all(lines.as_bytes())?;
    file.sync_data()
}

/// Whether a kind is a valid part of a line.
fn is_name(kind: &str) -> bool {
    !kind.is_empty()
        && kind
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte == b'-')
}

fn line(row: &Departure) -> String {
    format!(
        "{} {} {} {}",
        row.at.timestamp(),
        row.kind_name(),
        row.key,
        STANDARD_NO_PAD.encode(row.address)
    )
}

/// A log that was read.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Log {
    /// The events of the readable lines.
    pub(super) departures: Vec<Departure>,
    /// The numbers of the unreadable lines, such as truncated ones, from 1.
    pub(super) unreadable: Vec<usize>,
}

/// Reads a log; `None` if there is no such file.
///
/// # Errors
/// When the file exists and cannot be read.
pub(super) fn read(path: &Path) -> io::Result<Option<Log>> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(named(path, &error)),
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
        kind: match DepartureKind::named(kind) {
            Some(known) => Ok(known),
            // From a later release.
            None if is_name(kind) => Err(kind.to_owned()),
            None => return None,
        },
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
            kind: Ok(DepartureKind::Deleted),
            key: "k1".into(),
            address: [7; 32],
            at: Moment(1_764_000_000_123),
        };
        assert_eq!(parse(&line(&row)), Some(row.clone()));
        assert_eq!(parse(&line(&row)[..60]), None);
        assert_eq!(parse(""), None);
    }

    #[test]
    fn old_copies_are_removed_and_nothing_else_is() {
        let dir = tempfile::tempdir().unwrap();
        let old = ["accounts.db.before-step-3", "accounts.db.before-restore"];
        let kept = ["accounts.db", "deleted.log", "copy.db"];
        let (long_ago, lately) = (1_700_000_000, 1_760_000_000);
        let make = |name: &str, at| {
            let file = File::create(dir.path().join(name)).unwrap();
            let at = std::time::UNIX_EPOCH + std::time::Duration::from_secs(at);
            file.set_modified(at).unwrap();
        };
        old.iter()
            .chain(&kept)
            .for_each(|name| make(name, long_ago));
        make("accounts.db.before-step-4", lately);
        let ledger = LedgerFile(dir.path().join("deleted.log"));
        let mut forgotten = ledger.forget_copies(Moment(1_750_000_000_000)).unwrap();
        forgotten.sort();
        assert_eq!(forgotten, [old[1], old[0]]);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), kept.len() + 1);
    }

    #[test]
    fn superseded_log_lines_are_compacted() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("deleted.log");
        let ledger = LedgerFile(path.clone());
        let row = |kind: &str, byte, second: i64| Departure {
            id: 0,
            kind: DepartureKind::named(kind).ok_or(kind.to_owned()),
            key: "k1".into(),
            address: [byte; 32],
            at: Moment(1_764_000_000_000 + second * 1000),
        };
        assert!(!ledger.tidy().unwrap(), "there is none");
        // Two accounts change their passwords 5 times a day for a year; one is deleted at its end.
        let day: Vec<Departure> = (0..1825)
            .flat_map(|n| [row("password", 1, n), row("password", 2, n)])
            .collect();
        ledger.add(&day[..1000]).unwrap();
        assert!(
            !ledger.tidy().unwrap(),
            "some superseded lines are tolerated"
        );
        ledger.add(&day).unwrap();
        let last = [
            row("deleted", 1, 2000),
            row("moved", 2, 2000),
            // The clock was ahead, and then corrected.
            row("password", 3, 9000),
            row("password", 3, 2001),
        ];
        ledger.add(&last).unwrap();
        OpenOptions::new()
            .append(true)
            .open(&path)
            .unwrap()
            .write_all(b"cut sho\n")
            .unwrap();
        assert!(ledger.tidy().unwrap());
        let left = read(&path).unwrap().unwrap();
        let expected = [&[row("password", 2, 1824)], &last[..]].concat();
        assert_eq!((left.departures, left.unreadable), (expected, vec![6]));
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
        assert!(!ledger.tidy().unwrap());
    }

    #[test]
    fn a_truncated_line_corrupts_no_other() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("deleted.log");
        let row = |byte| Departure {
            id: 0,
            kind: Ok(DepartureKind::PasswordChanged),
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
            LedgerFile(path.clone())
                .add(&[row(1), row(2), row(3)])
                .unwrap();
            let expected = Log {
                departures: vec![row(1), row(2), row(3)],
                unreadable: vec![2],
            };
            assert_eq!(read(&path).unwrap(), Some(expected));
        }
    }
}
