//! Pages of what is to come are made today and thrown away: a template that fails on one of them fails before
//! anybody waits for it.

use std::collections::BTreeSet;

use jiff::Timestamp;
use rayon::prelude::*;

use super::{Plan, Stopped, caught};
use crate::{
    link::{EditionId, Site, shown},
    plan::{FeedOf, Job, ListKey, Task, list_items},
    render::{Failure, Parts, Renderer},
};

/// The site in which all that is to come has come, and the pages of it that are tried.
pub(super) struct Ahead {
    pub parts: Parts,
    /// With the moment at which each can be there first.
    pub jobs: Vec<(Job, Timestamp)>,
}

/// Of all outputs of `site`, those that are tried: the pages of what is to come, each language's front page,
/// and of each sort of list and feed the first one that holds something to come.
pub(super) fn chosen(site: &Site, all: Vec<Job>, now: Timestamp) -> Vec<(Job, Timestamp)> {
    let coming = |id: &EditionId| {
        let from = site.editions[*id].life().from;
        (from > now).then_some(from)
    };
    let first = site.editions.iter().map(|e| e.life().from);
    let Some(first) = first.filter(|from| *from > now).min() else {
        return Vec::new();
    };
    let mut seen = BTreeSet::new();
    let mut in_list = |lang: usize, key: ListKey, sort: &str| {
        let from = list_items(site, lang, key)
            .iter()
            .filter_map(coming)
            .min()?;
        let of_key = match key {
            ListKey::Section(_) => "section",
            ListKey::Kind(_) => "kind",
            ListKey::Term(..) => "term",
            ListKey::Archive(..) => "archive",
            ListKey::Videos => "videos",
        };
        seen.insert((lang, of_key, sort.to_owned())).then_some(from)
    };
    let mut when = |task: &Task| match task {
        Task::Document(id) => coming(id),
        Task::Home { .. } => Some(first),
        Task::Feed {
            of: FeedOf::Language,
            ..
        } => Some(first),
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
    all.into_iter()
        .filter_map(|job| when(&job.task).map(|from| (job, from)))
        .collect()
}

impl Plan {
    /// Makes pages of what is to come, and throws them away.
    pub(super) fn look_ahead(&self) -> Result<(), Stopped> {
        let Some(ahead) = &self.ahead else {
            return Ok(());
        };
        let mut wrong = Vec::new();
        let Some(renderer) = Renderer::new(ahead.parts.clone(), &mut wrong) else {
            return Err(Stopped::Wrong(wrong));
        };
        let zone = &renderer.config().time_zone;
        let failed = |(job, from): &(Job, Timestamp)| {
            let why = caught(job, || renderer.render(job)).err()?;
            Some((why, *from))
        };
        let failures: Vec<_> = ahead.jobs.par_iter().filter_map(failed).collect();
        for (failure, from) in failures {
            match failure {
                Failure::Stale(_) => return Err(Stopped::Stale),
                Failure::Wrong(diag) => {
                    let note = format!("it will be there from {}", shown(from, zone));
                    wrong.push(diag.note(note));
                }
            }
        }
        match wrong.is_empty() {
            true => Ok(()),
            false => Err(Stopped::Wrong(super::grouped(wrong))),
        }
    }
}
