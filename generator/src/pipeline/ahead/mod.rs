//! Renders future pages today and discards them: a template that fails on one of them fails before
//! anybody waits for it.

mod kinds;
mod trials;

use std::collections::BTreeSet;

use jiff::Timestamp;
use rayon::prelude::*;

use self::trials::Trial;
use super::{Plan, Stopped};
use crate::{
    base::diag::Diagnostics,
    config::LangId,
    link::{Edition, EditionId, shown},
    plan::{FeedOf, Job, ListKey, Planned, Task, list_items},
    render::{Failure, Parts, Prepared},
};

/// The site with everything scheduled published and nothing expired, and the pages that are tried.
#[derive(Clone)]
pub(super) struct Ahead {
    pub parts: Parts,
    /// Pages of this site, each with what comes out first of all that is on it.
    coming: Vec<(Job, EditionId)>,
    /// Pages as they will be after moments to come.
    trials: Vec<Trial>,
}

impl Ahead {
    /// Of a site of `parts` with the outputs `all`, which is made of what was `planned`; nothing if it stays as
    /// it is for ever.
    pub fn new(planned: &Planned<'_>, all: &[Job], parts: Parts) -> Option<Self> {
        let trials = trials::all(planned, all)?;
        Some(Self {
            coming: coming(planned, all),
            trials,
            parts,
        })
    }

    /// The same after quiet edits of documents that are published now.
    pub fn edited(&self, edited: &[(EditionId, Edition)]) -> Self {
        let site = &self.parts.site;
        let here = edited.iter().filter_map(|(_, edition)| {
            let id = site.resolver.published(&edition.source.path)?;
            let mut new = edition.clone();
            new.terms.clone_from(&site.editions[id].terms);
            new.translations.clone_from(&site.editions[id].translations);
            Some((id, new))
        });
        let mut new = self.clone();
        new.parts.site.editions = site.editions.with(here);
        new
    }

    /// What fails after a moment.
    fn fails(&self, trial: &Trial) -> Vec<(Failure, String)> {
        let site = self.parts.site.at(trial.at);
        let parts = Parts {
            site,
            ..self.parts.clone()
        };
        // Templates that have mistakes are reported with the site of today.
        let Some(prepared) = Prepared::new(parts, &mut Vec::new()) else {
            return Vec::new();
        };
        let note = self.note(trial.because, trial.at);
        let jobs = trial.jobs(&self.parts.site, &prepared, &self.parts.theme);
        let failed = jobs.par_iter().filter_map(|job| {
            let failure = prepared.render(job).err()?;
            Some((failure, note.clone()))
        });
        failed.collect()
    }

    /// When something will fail, and why then.
    fn note(&self, id: EditionId, at: Timestamp) -> String {
        let edition = &self.parts.site.editions[id];
        let does = match edition.life().from == at {
            true => "comes out",
            false => "expires",
        };
        let at = shown(at, &self.parts.config.time_zone);
        format!("from {at} on, when {} {does}", edition.source.path)
    }
}

/// The pages of what is scheduled, each language's front page, and of each sort of list and feed the first one
/// that holds something to come.
fn coming(planned: &Planned<'_>, all: &[Job]) -> Vec<(Job, EditionId)> {
    let site = planned.site;
    let from = |id: EditionId| site.editions[id].life().from;
    let first = |ids: &mut dyn Iterator<Item = EditionId>| {
        let coming = ids.filter(|id| from(*id) > planned.now);
        coming.min_by_key(|id| from(*id))
    };
    let Some(first_of_all) = first(&mut (0..site.editions.len()).map(EditionId::from)) else {
        return Vec::new();
    };
    let mut seen = BTreeSet::new();
    let mut in_list = |lang: LangId, key: ListKey, sort: &str| {
        let first = first(&mut list_items(site, lang, key).iter().copied())?;
        let of_key = kinds::sort(&site.langs[lang], key);
        seen.insert((lang, of_key, sort.to_owned()))
            .then_some(first)
    };
    let mut when = |task: &Task| match task {
        Task::Document(id) | Task::Redirect { edition: id, .. } => first(&mut std::iter::once(*id)),
        Task::Home { .. } => Some(first_of_all),
        Task::Feed {
            of: FeedOf::Language,
            ..
        } => Some(first_of_all),
        Task::List {
            lang,
            key,
            page: None,
        } => in_list(*lang, *key, "list"),
        Task::Feed {
            lang,
            of: FeedOf::List(key),
            format,
        } => in_list(*lang, *key, format.file()),
        _ => None,
    };
    all.iter()
        .filter_map(|job| Some((job.clone(), when(&job.task)?)))
        .collect()
}

impl Plan {
    /// What fails of the pages to come; see [`Plan::check`].
    pub fn ahead(&self) -> Diagnostics {
        match self.look_ahead() {
            Err(Stopped::Wrong(found)) => found,
            Ok(()) | Err(Stopped::Stale) => Vec::new(),
        }
    }

    /// Renders future pages and discards them.
    ///
    /// # Errors
    /// What fails of them, or that a source changed.
    pub fn look_ahead(&self) -> Result<(), Stopped> {
        let Some(ahead) = &self.ahead else {
            return Ok(());
        };
        let after = ahead
            .trials
            .par_iter()
            .flat_map_iter(|trial| ahead.fails(trial));
        let mut failures: Vec<(Failure, String)> = after.collect();
        let mut wrong: Diagnostics = Vec::new();
        if !ahead.coming.is_empty() {
            let Some(prepared) = Prepared::new(ahead.parts.clone(), &mut wrong) else {
                return Err(Stopped::Wrong(wrong));
            };
            let failed = |(job, id): &(Job, EditionId)| {
                let failure = prepared.render(job).err()?;
                let at = ahead.parts.site.editions[*id].life().from;
                Some((failure, ahead.note(*id, at)))
            };
            failures.par_extend(ahead.coming.par_iter().filter_map(failed));
        }
        for (failure, note) in failures {
            match failure {
                Failure::Stale(_) => return Err(Stopped::Stale),
                Failure::Wrong(diag) => wrong.push(diag.note(note)),
            }
        }
        match wrong.is_empty() {
            true => Ok(()),
            false => Err(Stopped::Wrong(super::outputs::grouped(wrong))),
        }
    }
}
