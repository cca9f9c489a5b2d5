//! Addresses that meet: two outputs for one path, former addresses that are taken, links to none.

use std::collections::BTreeSet;

use jiff::Timestamp;
use rayon::prelude::*;

use dateline_contract::edge::EdgeRules;

use super::{Job, Task, address_of, list_address, list_items};
use crate::{
    base::{
        diag::{Diagnostic, Diagnostics},
        hash::Map,
        index::Indexed,
        path,
    },
    config::Config,
    link::{EditionId, Findings, Life, Site, shown},
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

/// When an output is there, from now on. Lists are taken to be there between their first item and the end of
/// their last.
fn life(site: &Site, now: Timestamp, task: &Task) -> Life {
    let of_edition = |id: EditionId| {
        let life = site.editions[id].life();
        life.after(now).unwrap_or(life)
    };
    match task {
        Task::Document(id) | Task::Redirect { edition: id, .. } => of_edition(*id),
        Task::List { lang, key, .. } => {
            let items = list_items(site, *lang, *key).iter();
            let lives = items.map(|id| of_edition(*id));
            let hull = lives.reduce(|all, life| Life {
                from: all.from.min(life.from),
                until: all.until.max(life.until),
            });
            hull.unwrap_or(Life::ALWAYS)
        }
        _ => Life::ALWAYS,
    }
}

/// When both are there for the first time, if that is in the future.
fn both_from([one, other]: [Life; 2], now: Timestamp) -> Option<Timestamp> {
    Some(one.from.max(other.from)).filter(|at| *at > now)
}

/// Two outputs for one path are an error, and so is a name that no disk can hold.
pub(super) fn collisions(
    config: &Config,
    site: &Site,
    now: Timestamp,
    jobs: &[Job],
    diags: &mut Diagnostics,
) {
    let mut report = |pair: [&Job; 2], message: String| {
        let [mut other, mut own] = pair.map(|job| origin(config, site, &job.task));
        // Reported at the one that an editor can change, about the other.
        if own.1.file.is_none() {
            std::mem::swap(&mut own, &mut other);
        }
        let mut diag = own.1;
        diag.message = message;
        if let Some(both) = both_from(pair.map(|job| life(site, now, &job.task)), now) {
            diag = diag.note(format!(
                "both are out from {}",
                shown(both, &config.time_zone)
            ));
        }
        let hint = "give one of them another slug or another name";
        diags.push(diag.note(format!("the other is {}", other.0)).hint(hint));
    };
    let life = |job: &Job| life(site, now, &job.task);
    for run in jobs.chunk_by(|a, b| a.path == b.path) {
        for (at, job) in run.iter().enumerate().skip(1) {
            let meets = |other: &&Job| life(other).meets(life(job));
            if let Some(other) = run[..at].iter().find(meets) {
                let message = format!("the address {} is taken twice", address_of(&job.path));
                report([other, job], message);
            }
        }
    }
    // What begins like a file's path comes right after it, what lies in a folder of its name too.
    let inside = |at: usize, job: &Job| {
        let alike = |j: &&Job| j.path.starts_with(&*job.path);
        let in_folder = |j: &&Job| j.path[job.path.len()..].starts_with('/');
        let mut inside = jobs[at + 1..].iter().take_while(alike).filter(in_folder);
        inside.find(|other| life(other).meets(life(job)))
    };
    let all = jobs.iter().enumerate();
    let both: Vec<(&Job, &Job)> = all
        .filter_map(|(at, job)| Some((inside(at, job)?, job)))
        .collect();
    for (first, job) in both {
        let message = format!("{} cannot be a file and a folder", address_of(&job.path));
        report([first, job], message);
    }
    let long = |job: &&Job| {
        job.path
            .split('/')
            .any(|part| part.len() > path::LONGEST_NAME)
    };
    for job in jobs.iter().filter(long) {
        let (_, mut diag) = origin(config, site, &job.task);
        if diag.file.is_none() {
            // Named by a term: `link` reports it.
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
    now: Timestamp,
    theme: &Theme,
    jobs: &mut Vec<Job>,
    diags: &mut Diagnostics,
) -> Vec<(String, String)> {
    let job_at = |path: &str, own: Life| {
        let at = jobs.partition_point(|j| &*j.path < path);
        let mut here = jobs[at..].iter().take_while(|j| &*j.path == path);
        here.find(|job| life(site, now, &job.task).meets(own))
    };
    let mut taken: Map<String, Vec<EditionId>> = Map::default();
    let mut redirects = Vec::new();
    let mut added = Vec::new();
    for (id, edition) in site.editions.iter().indexed() {
        for (i, alias) in edition.meta.aliases.iter().indexed() {
            let Some(path) = alias_path(&alias.value) else {
                continue;
            };
            let own = life(site, now, &Task::Document(id));
            let owners = taken.entry(path.clone()).or_default();
            let meets = |other: &&EditionId| life(site, now, &Task::Document(**other)).meets(own);
            let owner = owners.iter().find(meets).copied();
            owners.push(id);
            let job = job_at(&path, own);
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
/// answers there at some time. Returns those at which nothing does now: such links become text.
pub(super) fn address_links(
    (config, site, now): (&Config, &Site, Timestamp),
    findings: &Findings,
    jobs: &[Job],
    moved: &EdgeRules,
    diags: &mut Diagnostics,
) -> BTreeSet<String> {
    let made = |path: &str| jobs.binary_search_by(|j| (*j.path).cmp(path)).is_ok();
    let made = |address: &str| {
        let page = format!("site{}/index.html", address.trim_end_matches('/'));
        made(&page) || made(&format!("site{address}"))
    };
    let mut lists: Option<BTreeSet<&str>> = None;
    // Lists of which a document that is not in the site is part.
    let mut of_held = |list: &str| {
        let lists = lists.get_or_insert_with(|| {
            let lists = findings.held.iter().flat_map(|h| &h.lists);
            lists.map(|list| list.trim_end_matches('/')).collect()
        });
        lists.contains(list)
    };
    // When the last story of a list ends that now has some, unless another has come by then.
    let goes_on = |list: &str, until: Timestamp| {
        findings.held.iter().any(|h| {
            let life = h.edition.life();
            let there = life.from <= until && until < life.until;
            there && h.lists.iter().any(|l| l.trim_end_matches('/') == list)
        })
    };
    let ends = |address: &str| {
        let path = format!("site{}/index.html", list_of(address));
        let at = jobs.binary_search_by(|j| (*j.path).cmp(&path)).ok()?;
        let until = life(site, now, &jobs[at].task).until;
        let ends = until < Timestamp::MAX && matches!(jobs[at].task, Task::List { .. });
        (ends && !goes_on(list_of(address), until)).then_some(until)
    };
    let mut dead = BTreeSet::new();
    for link in &findings.addresses {
        let whole = &link.address;
        let (address, query) = whole
            .split_once('?')
            .map_or((&**whole, None), |(a, q)| (a, Some(q)));
        if made(address) {
            if let Some(until) = ends(address).filter(|_| !link.waiting) {
                let until = shown(until, &config.time_zone);
                let message = format!(
                    "the last story at “{whole}” expires on {until}: from then on readers see plain text here"
                );
                let warning = Diagnostic::warning(message).hint("link to a page that stays");
                diags.push(warning.at(&link.file, link.span.clone()));
            }
            continue;
        }
        if moved.answer(address, query).is_some() {
            continue;
        }
        let list = list_of(address);
        let at_times = address.starts_with("/sitemap/") || of_held(list) || made(list);
        let diag = if at_times {
            dead.insert(address.to_owned());
            if link.waiting {
                continue;
            }
            let message = format!("nothing is at “{whole}” now: readers see plain text here");
            Diagnostic::warning(message).hint("link to a page that stays")
        } else {
            Diagnostic::error(format!("“{whole}” leads nowhere")).hint(
                "write the path of the source file from content/, such as /news/2025/01/27/visit.md",
            )
        };
        diags.push(diag.at(&link.file, link.span.clone()));
    }
    dead
}

/// The list that an address belongs to: its own, a numbered page's, a feed's.
fn list_of(address: &str) -> &str {
    let bare = address.trim_end_matches('/');
    let bare = bare.strip_suffix("/index.html").unwrap_or(bare);
    let (list, last) = bare.rsplit_once('/').unwrap_or((bare, ""));
    let number = !last.is_empty() && last.bytes().all(|b| b.is_ascii_digit());
    if let Some(list) = list.strip_suffix("/page").filter(|_| number) {
        return list;
    }
    match last.starts_with("feed.") {
        true => list,
        false => bare,
    }
}
