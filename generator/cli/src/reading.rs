//! The options of every command that reads a newsroom, and the moment that it reads it for.

use std::{path::Path, sync::Arc};

use dateline::{
    base::{
        clock::Now,
        date::{Date, Reading as Counting},
        diag::Diagnostic,
        files::{Files, Os},
    },
    config::{self, Config},
    pipeline::{Addresses, Inputs},
};
use jiff::tz::TimeZone;

use crate::output::Voice;

/// Options of all commands that read a newsroom.
#[derive(clap::Args)]
pub(crate) struct Reading {
    /// Treat drafts as published
    #[arg(long)]
    pub(crate) drafts: bool,
    /// Build as if it were this moment: 2025-01-27T15:00:00+01:00; without an offset, in the
    /// newsroom's time zone [default: now]
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub(crate) at: Option<Moment>,
    /// Override `base_url` in site.toml
    #[arg(long, value_name = "URL", value_parser = config::base_url)]
    pub(crate) base_url: Option<String>,
    /// Print findings as JSON, one on a line, to standard output
    #[arg(long)]
    pub(crate) json: bool,
    /// Show every finding instead of the first few of each kind; with `next-change`, every moment
    #[arg(long)]
    pub(crate) all: bool,
}

/// A moment as a person wrote it. What it means is known once the newsroom's time zone is.
#[derive(Clone)]
pub(crate) struct Moment(String);

pub(crate) fn moment(text: &str) -> Result<Moment, String> {
    Date::parse(text, &TimeZone::UTC).map(|_| Moment(text.to_owned()))
}

impl Moment {
    /// The moment in the time zone of the newsroom in `files`, as dates in front matter are read.
    pub(crate) fn now(&self, files: &dyn Files, voice: Voice) -> Now {
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

impl Reading {
    pub(crate) fn voice(&self) -> Voice {
        Voice::new(self.json).with_all(self.all)
    }

    pub(crate) fn inputs(&self, root: &Path) -> Inputs {
        let files = Arc::new(Os::new(root));
        let at = self.at.as_ref();
        let now = at.map_or_else(Now::system, |at| at.now(&*files, self.voice()));
        Inputs {
            files,
            now,
            drafts: self.drafts,
            base_url: self.base_url.clone(),
            addresses: Addresses::Leave,
        }
    }
}
