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
use crate::domain::store::Departure;
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
        let text = match fs::read_to_string(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            read => read?,
        };
        let known: BTreeSet<String> = text.lines().map(str::to_owned).collect();
        let mut file = OpenOptions::new()
            .append(true)
            .create(true)
            .mode(0o600)
            .open(path)?;
        // A last line that was cut short stays as it is, and takes no other with it.
        if !text.is_empty() && !text.ends_with('\n') {
            file.write_all(b"\n")?;
        }
        let mut ledger = Self { file, last: 0 };
        ledger.follow(accounts, &known).await?;
        Ok(ledger)
    }

    /// Adds the lines of new rows.
    pub(crate) async fn catch_up(&mut self, accounts: &Accounts) -> io::Result<()> {
        self.follow(accounts, &BTreeSet::new()).await
    }

    async fn follow(&mut self, accounts: &Accounts, known: &BTreeSet<String>) -> io::Result<()> {
        let last = self.last;
        let rows = accounts
            .read(move |rows, _, _| rows.departures_after(last))
            .await
            .map_err(io::Error::other)?;
        let Some(newest) = rows.last().map(|row| row.id) else {
            return Ok(());
        };
        let lines: String = rows
            .iter()
            .map(line)
            .filter(|line| !known.contains(line))
            .map(|line| line + "\n")
            .collect();
        self.file.write_all(lines.as_bytes())?;
        self.file.sync_data()?;
        self.last = newest;
        Ok(())
    }
}

fn line(row: &Departure) -> String {
    format!(
        "{} {} {} {}",
        row.at.timestamp(),
        row.what,
        row.key,
        STANDARD_NO_PAD.encode(row.address)
    )
}

/// Every line that can be read; a last line that was cut short is none.
///
/// # Errors
/// When the log is there and cannot be read.
pub fn read(path: &Path) -> io::Result<Vec<Departure>> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(text.lines().filter_map(parse).collect()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

fn parse(line: &str) -> Option<Departure> {
    let parts: Vec<&str> = line.split(' ').collect();
    let [at, what, key, address] = parts.try_into().ok()?;
    Some(Departure {
        id: 0,
        what: what.to_owned(),
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
            what: "deleted".into(),
            key: "k1".into(),
            address: [7; 32],
            at: Moment(1_764_000_000_123),
        };
        assert_eq!(parse(&line(&row)), Some(row.clone()));
        assert_eq!(parse(&line(&row)[..60]), None);
        assert_eq!(parse(""), None);
    }
}
