//! The command line: one file for each command, and how findings reach a person or a program.
//!
//! Exit status: 0 done, 1 the input is at fault, 2 wrong usage.

mod again;
mod build;
mod check;
mod dev;
mod init;
mod kinds;
mod media;
mod new;
mod next_change;
mod output;
mod timings;

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};

use clap::{Parser, Subcommand};
use jiff::tz::TimeZone;

use self::output::Voice;
use crate::{
    base::{
        clock::Now,
        date::{Date, Reading as Counting},
        diag::Diagnostic,
        files::{Files, Os},
    },
    config::Config,
    pipeline::Inputs,
};

/// Builds a press office's Markdown into a static newsroom.
#[derive(Parser)]
#[command(name = "dateline", version, max_term_width = 100)]
struct Arguments {
    /// The folder that holds content/ and themes/
    #[arg(long, global = true, value_name = "DIR", default_value = ".")]
    root: PathBuf,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build, serve and watch the newsroom on this machine, with the sidecar
    Dev(dev::DevArguments),
    /// Build the site into dist/
    Build(build::BuildArguments),
    /// Report what a build would refuse, without writing anything
    Check(check::CheckArguments),
    /// Print when the site will next change by itself, and which documents appear or expire then
    NextChange(next_change::NextChangeArguments),
    /// Write a new, dated source file and print its path
    New(new::NewArguments),
    /// Add files to the media storage, and remove those that no dossier uses
    Media(media::MediaArguments),
    /// Create a newsroom that builds and runs at once
    Init(init::InitArguments),
}

/// Options of all commands that read a newsroom.
#[derive(clap::Args)]
struct Reading {
    /// Treat drafts as published
    #[arg(long)]
    drafts: bool,
    /// Build as if it were this moment: 2025-01-27T15:00:00+01:00; without an offset, in the
    /// newsroom's time zone [default: now]
    #[arg(long, value_name = "TIME", value_parser = moment)]
    at: Option<Moment>,
    /// Override `base_url` in site.toml
    #[arg(long, value_name = "URL", value_parser = crate::config::base_url)]
    base_url: Option<String>,
    /// Print findings as JSON, one on a line, to standard output
    #[arg(long)]
    json: bool,
    /// Show every finding instead of the first few of each kind; with `next-change`, every moment
    #[arg(long)]
    all: bool,
}

/// A moment as a person wrote it. What it means is known once the newsroom's time zone is.
#[derive(Clone)]
struct Moment(String);

fn moment(text: &str) -> Result<Moment, String> {
    Date::parse(text, &TimeZone::UTC).map(|_| Moment(text.to_owned()))
}

impl Moment {
    /// The moment in the time zone of the newsroom in `files`, as dates in front matter are read.
    fn now(&self, files: &dyn Files, voice: Voice) -> Now {
        // Mistakes in the settings are reported by whatever reads them next.
        let zone = Config::load(files, &mut Vec::new()).map(|config| config.time_zone);
        let zone = zone.unwrap_or(TimeZone::UTC);
        let Ok((date, doubt)) = Date::read(&self.0, &zone, Counting::Usual) else {
            return Now::system();
        };
        if let Some(doubt) = doubt {
            let warning = Diagnostic::warning(doubt.message("--at"));
            voice.findings(files, &[warning.hint(doubt.hint(date))]);
        }
        Now(date.at)
    }
}

/// Runs the command that the arguments name.
pub fn run() -> ExitCode {
    let Arguments { root, command } = Arguments::parse();
    match command {
        Command::Dev(arguments) => dev::run(&root, arguments),
        Command::Build(arguments) => build::run(&root, arguments),
        Command::Check(arguments) => check::run(&root, arguments),
        Command::NextChange(arguments) => next_change::run(&root, arguments),
        Command::New(arguments) => new::run(&root, arguments),
        Command::Media(arguments) => media::run(&root, arguments),
        Command::Init(arguments) => init::run(arguments),
    }
}

impl Reading {
    fn voice(&self) -> Voice {
        Voice::new(self.json).with_all(self.all)
    }

    fn inputs(&self, root: &Path) -> Inputs {
        let files = Arc::new(Os::new(root));
        let at = self.at.as_ref();
        let now = at.map_or_else(Now::system, |at| at.now(&*files, self.voice()));
        Inputs {
            files,
            now,
            drafts: self.drafts,
            base_url: self.base_url.clone(),
            addresses: crate::pipeline::Addresses::Leave,
        }
    }
}
