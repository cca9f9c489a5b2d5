//! `dateline-auth migrate`: from a SQLite file to a PostgreSQL database. No service may run on either.

use std::io::{self, IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::output::{counted, print_error, print_result, table};
use super::{Common, Failure, audit};
use crate::app::migrate::{self, Outcome, Progress, Report};
use crate::config::Database;

/// Arguments of `migrate`.
#[derive(clap::Args)]
pub(super) struct MigrateArguments {
    #[command(flatten)]
    common: Common,
    /// The database to read, sqlite:FILE; without it, the setting `database`.
    #[arg(long, value_name = "DATABASE")]
    from: Option<String>,
    /// The empty database to fill, postgres://…; without it, the setting `database`, which keeps a password out of the
    /// list of processes.
    #[arg(long, value_name = "DATABASE")]
    to: Option<String>,
    /// Only check that it would work; the service may run meanwhile.
    #[arg(long)]
    dry_run: bool,
}

pub(super) fn run(arguments: &MigrateArguments) -> Result<(), Failure> {
    let MigrateArguments {
        common,
        from,
        to,
        dry_run,
    } = arguments;
    let config = match dry_run {
        true => common.load()?,
        false => common.load_to_change()?,
    };
    let of = |name: &str, given: &Option<String>| match given {
        None => Ok(config.database.clone()),
        Some(text) => {
            Database::read(text).map_err(|why| Failure::Usage(format!("`--{name}` {why}")))
        }
    };
    let Database::Sqlite(from) = of("from", from)? else {
        let sentence = "the source must be SQLite: name it with `--from sqlite:FILE`. Migrating from PostgreSQL is not \
             supported";
        return Err(Failure::Usage(sentence.to_owned()));
    };
    let Database::Postgres(to) = of("to", to)? else {
        let sentence = "the target must be PostgreSQL: name it with `--to postgres://…` or in the setting `database` \
             (DATELINE_AUTH_DATABASE)";
        return Err(Failure::Usage(sentence.to_owned()));
    };
    let mut bar = Bar::new(common.json);
    let report = migrate::run(&from, &to, *dry_run, &mut |progress| bar.show(progress));
    bar.clear();
    let report = report?;
    if report.outcome == Outcome::Copied {
        audit::note("migrate", None);
    }
    print_result(common.json, &object(&report), || words(&report))
}

fn object(report: &Report) -> Value {
    let outcome = match report.outcome {
        Outcome::Checked => "checked",
        Outcome::Copied => "copied",
        Outcome::Equal => "equal",
    };
    let tables = report.tables.iter().map(|table| {
        json!({ "name": table.name, "rows": table.rows, "kept": table.kept, "sha256": table.sha256 })
    });
    json!({
        "outcome": outcome,
        "started_over": report.started_over,
        "tables": tables.collect::<Vec<_>>(),
    })
}

fn words(report: &Report) -> String {
    let rows: Vec<_> = report
        .tables
        .iter()
        .map(|table| {
            [
                table.name.clone(),
                table.rows.to_string(),
                table.sha256[..16].to_owned(),
            ]
        })
        .collect();
    let total: u64 = report.tables.iter().map(|table| table.rows).sum();
    let kept: u64 = report.tables.iter().map(|table| table.kept).sum();
    let mut lines = vec![table(&["table", "rows", "sha256"], &rows), String::new()];
    lines.push(match report.outcome {
        Outcome::Checked => format!(
            "{} can be copied, and nothing was. Stop the service before you migrate.",
            counted(total, "row")
        ),
        Outcome::Equal => format!(
            "Nothing to do: the target has the same {} already.",
            counted(total, "row")
        ),
        Outcome::Copied => format!(
            "{} copied and compared: the target equals the source. Set `database` to the target, start the service, \
             and remove the file once all is well. `deleted.log` stays in use: keep it in `state_dir`.",
            counted(total, "row")
        ),
    });
    if report.started_over {
        let again = "The source has changed since an interrupted migration, which was begun again.";
        lines.push(again.to_owned());
    } else if report.outcome == Outcome::Copied && kept > 0 {
        let kept = counted(kept, "row");
        lines.push(format!(
            "An interrupted migration was continued after {kept}."
        ));
    }
    lines.join("\n")
}

/// How far it is, on standard error: a bar on a terminal, else a line for each table.
struct Bar {
    is_quiet: bool,
    is_terminal: bool,
    /// Whether there is a bar, and since when.
    shown: Option<Instant>,
    /// What the last line said.
    last: String,
}

/// How often the bar changes at most.
const PACE: Duration = Duration::from_millis(100);
const WIDTH: u64 = 30;

impl Bar {
    fn new(is_quiet: bool) -> Self {
        Self {
            is_quiet,
            is_terminal: io::stderr().is_terminal(),
            shown: None,
            last: String::new(),
        }
    }

    fn show(&mut self, progress: Progress<'_>) {
        let Progress {
            table,
            copies,
            done,
            of,
        } = progress;
        let what = format!("{} {table}", if copies { "reading" } else { "comparing" });
        if self.is_quiet {
            return;
        }
        if !self.is_terminal {
            if what != self.last {
                print_error(&format!("{what}, after {done} of {of} rows"));
                self.last = what;
            }
            return;
        }
        if self.shown.is_some_and(|at| at.elapsed() < PACE) {
            return;
        }
        self.shown = Some(Instant::now());
        let filled = (done * WIDTH).checked_div(of).unwrap_or(WIDTH).min(WIDTH) as usize;
        let bar = format!(
            "{}{}",
            "#".repeat(filled),
            ".".repeat(WIDTH as usize - filled)
        );
        // Failures are ignored, as for all messages.
        let _ = write!(io::stderr(), "\r\x1b[K[{bar}] {done} of {of} rows, {what}");
    }

    fn clear(&self) {
        if self.shown.is_some() {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}
