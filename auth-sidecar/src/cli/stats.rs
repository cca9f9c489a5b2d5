//! `dateline-auth stats`: download statistics for the press office. Accounts are counted and never named; `--each`
//! lists their numbers, which `user show` accepts.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use clap::{Args, ValueEnum};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::output::{counted, csv, print, print_result, table};
use super::{Common, Failure, wait};
use crate::app::admin;
use crate::domain::accounts::Accounts;
use crate::domain::store::Download;
use crate::domain::time::Moment;
use crate::http::export;

const DAY: Duration = Duration::from_secs(24 * 3600);

/// Arguments of `stats`.
#[derive(Args)]
pub(super) struct StatsArguments {
    #[command(flatten)]
    common: Common,
    /// Only downloads that started at or after this time: a day (UTC) or a time (RFC 3339).
    #[arg(long, value_name = "WHEN", value_parser = start_of)]
    since: Option<Moment>,
    /// Only downloads that started on or before this day, or before this time.
    #[arg(long, value_name = "WHEN", value_parser = end_of)]
    until: Option<Moment>,
    /// What to group by.
    #[arg(long, value_enum, default_value_t = By::Rendition)]
    by: By,
    /// List every download on its own line.
    #[arg(long, conflicts_with = "by")]
    each: bool,
    /// Print comma-separated values that are safe to open in a spreadsheet.
    #[arg(long, conflicts_with = "json")]
    csv: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum By {
    /// By file.
    Rendition,
    /// By dossier.
    Dossier,
    /// By day (UTC).
    Day,
    /// By month (UTC).
    Month,
}

fn start_of(text: &str) -> Result<Moment, String> {
    let day = || format!("{text}T00:00:00Z").parse::<Timestamp>();
    let at = text.parse::<Timestamp>().or_else(|_| day());
    at.map(Moment::from).map_err(|_| {
        "neither a day such as 2026-11-01 nor a time such as 2026-11-01T09:00:00Z".to_owned()
    })
}

/// A day counts whole: the first moment after it.
fn end_of(text: &str) -> Result<Moment, String> {
    let is_time = text.parse::<Timestamp>().is_ok();
    let start = start_of(text)?;
    Ok(if is_time { start } else { start.plus(DAY) })
}

pub(super) fn run(arguments: &StatsArguments) -> Result<(), Failure> {
    let accounts = admin::accounts(&arguments.common.load()?)?;
    match arguments.each {
        true => each(&accounts, arguments),
        false => sums(&accounts, arguments),
    }
}

fn collect<T: Default + Send + 'static>(
    accounts: &Accounts,
    arguments: &StatsArguments,
    each: impl FnMut(&mut T, Download) + Send + 'static,
) -> Result<T, Failure> {
    let from = arguments.since.unwrap_or(Moment(0));
    let to = arguments.until.unwrap_or(Moment(i64::MAX));
    Ok(wait(accounts.each_download(from, to, T::default(), each))??)
}

/// The totals of a group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Sum {
    downloads: u64,
    whole: u64,
    accounts: BTreeSet<i64>,
    /// Downloads of deleted accounts.
    nobodys: u64,
    bytes: u64,
    /// Downloads that another server sent, granted here.
    granted: u64,
    last: Moment,
}

impl Sum {
    fn add(&mut self, download: &Download) {
        self.downloads += 1;
        self.whole += u64::from(download.whole);
        self.bytes += download.progress.bytes;
        self.granted += u64::from(download.wanted.granted);
        self.last = self.last.max(download.last_at);
        match download.account {
            Some(account) => drop(self.accounts.insert(account)),
            None => self.nobodys += 1,
        }
    }
}

/// The group of a download.
fn key(download: &Download, by: By) -> [String; 2] {
    let wanted = &download.wanted;
    let date = download.started_at.rfc3339();
    let part = |length| date.get(..length).unwrap_or_default().to_owned();
    match by {
        By::Rendition => [wanted.dossier.clone(), wanted.rendition.clone()],
        By::Dossier => [wanted.dossier.clone(), String::new()],
        By::Day => [part(10), String::new()],
        By::Month => [part(7), String::new()],
    }
}

fn sums(accounts: &Accounts, arguments: &StatsArguments) -> Result<(), Failure> {
    let by = arguments.by;
    let sums: BTreeMap<[String; 2], Sum> = collect(
        accounts,
        arguments,
        move |sums: &mut BTreeMap<[String; 2], Sum>, download| {
            sums.entry(key(&download, by)).or_default().add(&download);
        },
    )?;
    let columns: &[&str] = match by {
        By::Rendition => &["dossier", "rendition"],
        By::Dossier => &["dossier"],
        By::Day => &["day"],
        By::Month => &["month"],
    };
    let names = [
        columns,
        &["downloads", "whole", "accounts", "bytes", "latest"],
    ]
    .concat();
    let rows: Vec<Vec<String>> = sums.iter().map(|entry| row(entry, columns.len())).collect();
    if arguments.csv {
        return print(&csv(&names, &rows));
    }
    let objects: Vec<Value> = sums.iter().map(|entry| object(entry, columns)).collect();
    print_result(
        arguments.common.json,
        &json!({ "stats": objects }),
        || match rows.is_empty() {
            true => "There are no downloads.".to_owned(),
            false => table(&names, &rows) + &notes(sums.values()),
        },
    )
}

fn row((key, sum): (&[String; 2], &Sum), columns: usize) -> Vec<String> {
    let mut row = key[..columns].to_vec();
    row.extend([
        sum.downloads.to_string(),
        sum.whole.to_string(),
        sum.accounts.len().to_string(),
        sum.bytes.to_string(),
        sum.last.rfc3339(),
    ]);
    row
}

fn object((key, sum): (&[String; 2], &Sum), columns: &[&str]) -> Value {
    let mut object = json!({
        "downloads": sum.downloads,
        "whole": sum.whole,
        "accounts": sum.accounts.len(),
        "of_deleted_accounts": sum.nobodys,
        "bytes": sum.bytes,
        "sent_elsewhere": sum.granted,
        "latest": sum.last.rfc3339(),
    });
    for (name, value) in columns.iter().zip(key) {
        object[*name] = value.as_str().into();
    }
    object
}

/// Remarks that the columns do not express.
fn notes<'s>(sums: impl Iterator<Item = &'s Sum>) -> String {
    let (granted, nobodys) = sums.fold((0, 0), |(granted, nobodys), sum| {
        (granted + sum.granted, nobodys + sum.nobodys)
    });
    let mut notes = String::new();
    if granted > 0 {
        notes += &format!(
            "\n{} granted, and sent by the web server in front or by the store: of these, bytes are those asked for, whether or not \
             they arrived.",
            counted(granted, "download")
        );
    }
    if nobodys > 0 {
        notes += &format!(
            "\n{} of accounts that are deleted, which the column `accounts` leaves out.",
            counted(nobodys, "download")
        );
    }
    match notes.is_empty() {
        true => notes,
        false => format!("\n{notes}"),
    }
}

fn each(accounts: &Accounts, arguments: &StatsArguments) -> Result<(), Failure> {
    let downloads: Vec<Download> = collect(accounts, arguments, |all: &mut Vec<Download>, one| {
        all.push(one);
    })?;
    let names = [
        "started",
        "account",
        "dossier",
        "rendition",
        "terms",
        "by",
        "bytes",
        "size",
        "whole",
    ];
    let line = |download: &Download| {
        let wanted = &download.wanted;
        let account = download.account.map(|account| account.to_string());
        vec![
            download.started_at.rfc3339(),
            account.unwrap_or_else(|| "deleted".to_owned()),
            wanted.dossier.clone(),
            wanted.rendition.clone(),
            wanted.terms.clone(),
            if wanted.by_link { "link" } else { "session" }.to_owned(),
            download.progress.bytes.to_string(),
            wanted.size.to_string(),
            if download.whole { "yes" } else { "no" }.to_owned(),
        ]
    };
    let rows: Vec<Vec<String>> = downloads.iter().map(line).collect();
    if arguments.csv {
        return print(&csv(&names, &rows));
    }
    let objects = downloads.into_iter().map(|download| {
        let (account, elsewhere) = (download.account, download.wanted.granted);
        let mut object = json!(export::Download::from(download));
        object["account"] = account.into();
        object["sent_elsewhere"] = elsewhere.into();
        object
    });
    let objects: Vec<Value> = objects.collect();
    print_result(
        arguments.common.json,
        &json!({ "downloads": objects }),
        || match rows.is_empty() {
            true => "There are no downloads.".to_owned(),
            false => table(&names, &rows),
        },
    )
}
