//! Addresses that meet: two outputs for one path, former addresses that are taken, links to none.

use std::{ops::Range, sync::Arc};

use rayon::prelude::*;

use dateline_auth::edge::EdgeRules;

use super::{Job, Task, address_of, list_address};
use crate::{
    base::{
        diag::{Diagnostic, Diagnostics},
        hash::Map,
        path,
    },
    config::Config,
    link::{EditionId, Site},
    theme::Theme,
};

/// Where a job comes from, for "two documents have one address".
fn origin(config: &Config, site: &Site, task: &Task) -> (String, Diagnostic) {
    let blank = Diagnostic::error("");
    match task {
        Task::Document(id) => {
            let edition = &site.editions[*id];
            let file = edition.source.path.to_string();
            let diag = match edition.meta.date.as_ref().filter(|d| d.span != (0..0)) {
                Some(date) => blank.at(&edition.source.path, date.span.clone()),
                None => blank.at(&edition.source.path, 0..3),
            };
            (file, diag)
        }
        Task::Redirect { edition, alias } => {
            let edition = &site.editions[*edition];
            let alias = &edition.meta.aliases[*alias];
            (
                format!("the alias {} of {}", alias.value, edition.source.path),
                blank.at(&edition.source.path, alias.span.clone()),
            )
        }
        Task::Static(path) => (path.to_string(), blank.in_file(path)),
        Task::File(path) => (path.to_string(), blank.in_file(path)),
        Task::List { lang, key, .. } => (
            format!("the list {}", list_address(site, config, *lang, *key)),
            blank,
        ),
        _ => ("a page that Dateline makes itself".to_owned(), blank),
    }
}

/// Two outputs for one path are an error, and so is a name that no disk can hold.
pub(super) fn collisions(config: &Config, site: &Site, jobs: &[Job], diags: &mut Diagnostics) {
    let mut told = |pair: [&Job; 2], message: String| {
        let [mut other, mut own] = pair.map(|job| origin(config, site, &job.task));
        // Told at the one that an editor can change, about the other.
        if own.1.file.is_none() {
            std::mem::swap(&mut own, &mut other);
        }
        let mut diag = own.1;
        diag.message = message;
        let hint = "give one of them another slug or another name";
        diags.push(diag.note(format!("the other is {}", other.0)).hint(hint));
    };
    for pair in jobs.windows(2).filter(|pair| pair[0].path == pair[1].path) {
        let message = format!("the address {} is taken twice", address_of(&pair[0].path));
        told([&pair[0], &pair[1]], message);
    }
    // What begins like a file's path comes right after it, what lies in a folder of its name too.
    let inside = |at: usize, job: &Job| {
        let alike = |j: &&Job| j.path.starts_with(&*job.path);
        let in_folder = |j: &Job| j.path[job.path.len()..].starts_with('/');
        let place = jobs[at + 1..]
            .iter()
            .take_while(alike)
            .position(in_folder)?;
        Some((at + 1 + place, at))
    };
    let all = jobs.iter().enumerate();
    let both: Vec<(usize, usize)> = all.filter_map(|(at, job)| inside(at, job)).collect();
    for (first, at) in both {
        let message = format!(
            "{} cannot be a file and a folder",
            address_of(&jobs[at].path)
        );
        told([&jobs[first], &jobs[at]], message);
    }
    let long = |job: &&Job| {
        job.path
            .split('/')
            .any(|part| part.len() > path::LONGEST_NAME)
    };
    for job in jobs.iter().filter(long) {
        let (_, mut diag) = origin(config, site, &job.task);
        if diag.file.is_none() {
            // Named by a term, of which `link` tells.
            continue;
        }
        diag.message = format!("the address {} is too long", address_of(&job.path));
        diags.push(diag.hint("choose a shorter name or slug"));
    }
}

/// Where a page at a former address lies.
fn alias_path(alias: &str) -> Option<String> {
    let address = path::alias(alias)?;
    let index = if address.ends_with('/') {
        "index.html"
    } else {
        ""
    };
    Some(format!("site{address}{index}"))
}

pub(super) fn aliases(
    config: &Config,
    site: &Site,
    theme: &Theme,
    jobs: &mut Vec<Job>,
    diags: &mut Diagnostics,
) -> Vec<(String, String)> {
    let job_at = |path: &str| {
        let at = jobs.binary_search_by(|j| (*j.path).cmp(path)).ok()?;
        jobs.get(at)
    };
    let mut taken: Map<String, EditionId> = Map::default();
    let mut redirects = Vec::new();
    let mut added = Vec::new();
    for (id, edition) in site.editions.iter().enumerate() {
        for (i, alias) in edition.meta.aliases.iter().enumerate() {
            let Some(path) = alias_path(&alias.value) else {
                continue;
            };
            let owner = taken.insert(path.clone(), id);
            let job = job_at(&path);
            if owner.is_some() || job.is_some() {
                let message = format!("the former address {} is taken", alias.value);
                let note = match (owner, job) {
                    (Some(other), _) => {
                        format!("{} has the same alias", site.editions[other].source.path)
                    }
                    (None, job) => {
                        let origin = job.map(|j| origin(config, site, &j.task).0);
                        format!("it is the address of {}", origin.unwrap_or_default())
                    }
                };
                let diag = Diagnostic::error(message).at(&edition.source.path, alias.span.clone());
                diags.push(
                    diag.note(note)
                        .hint("remove this alias, or move the other document"),
                );
                continue;
            }
            redirects.push((address_of(&path), edition.address.clone()));
            if theme.has("redirect.html") {
                added.push(Job {
                    path: path.into(),
                    task: Task::Redirect {
                        edition: id,
                        alias: i,
                    },
                });
            }
        }
    }
    jobs.append(&mut added);
    jobs.par_sort_by(|a, b| a.path.cmp(&b.path));
    redirects.sort();
    redirects
}

/// Links to addresses (`/en/topics/`, `/en/feed.xml`, that of a former system) are fine when something
/// answers there.
pub(super) fn address_links(
    links: &[(Arc<str>, Range<usize>, String)],
    jobs: &[Job],
    moved: &EdgeRules,
    diags: &mut Diagnostics,
) {
    let made = |path: &str| jobs.binary_search_by(|j| (*j.path).cmp(path)).is_ok();
    for (file, span, whole) in links {
        let (address, query) = whole
            .split_once('?')
            .map_or((&**whole, None), |(a, q)| (a, Some(q)));
        let page = format!("site{}/index.html", address.trim_end_matches('/'));
        let made = made(&page) || made(&format!("site{address}"));
        if !made && moved.answer(address, query).is_none() {
            diags.push(
                Diagnostic::error(format!("“{whole}” leads nowhere"))
                    .at(file, span.clone())
                    .hint("write the path of the source file from content/, such as /news/2025/01/27/visit.md"),
            );
        }
    }
}
