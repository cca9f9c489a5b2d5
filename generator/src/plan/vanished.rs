//! Addresses that were published once and would answer no more, and what puts that right.

use std::{cmp::Reverse, sync::Arc};

use dateline_contract::edge::{EdgeRules, RequestPattern};
use jiff::tz::TimeZone;

use super::{
    Job, Task, address_of,
    ledger::{FILE, Ledger, Line, Unrecorded, day_of},
    moved::page_at,
};
use crate::{
    base::{
        diag::{self, Diagnostic, Diagnostics},
        hash::{Map, Set},
        index::index,
        path,
    },
    link::{Findings, HeldBack, Site, State},
};

/// What is compared with the file.
pub(super) struct Now<'a> {
    pub zone: &'a TimeZone,
    pub site: &'a Site,
    pub findings: &'a Findings,
    pub jobs: &'a [Job],
    pub rules: &'a EdgeRules,
    /// Former addresses of published documents.
    pub aliases: &'a [(String, String)],
}

/// Reports what would vanish, and says what the file lacks.
pub(super) fn check(now: &Now<'_>, text: &str, diags: &mut Diagnostics) -> Unrecorded {
    // An address of a document with a mistake is no address that vanishes.
    let sure = !diag::any_error(diags);
    let ledger = Ledger::parse(text, diags);
    let mut published: Vec<String> = now.aliases.iter().map(|(alias, _)| alias.clone()).collect();
    let documents = now
        .jobs
        .iter()
        .filter(|j| matches!(j.task, Task::Document(_)));
    published.extend(documents.map(|job| address_of(&job.path)));
    let live: Set<&str> = published.iter().map(String::as_str).collect();
    let silent = |line: &&Line<'_>| !live.contains(line.address) && !now.answers(line.address);
    let mut vanished: Vec<&Line<'_>> = match sure {
        true => ledger.lines.iter().filter(silent).collect(),
        false => Vec::new(),
    };
    if !vanished.is_empty() {
        let held = now.held();
        // Released on the day it was recorded, or before: this is a look at an earlier moment.
        vanished.retain(|line| match held.get(line.address).map(|h| h.state) {
            Some(State::Held(release)) => {
                line.day < day_of(now.zone.to_datetime(release).date()).as_str()
            }
            _ => true,
        });
        let suggestions = Suggestions::new(now, &ledger, held);
        let mut by_lang: Map<&str, usize> = Map::default();
        for line in &vanished {
            *by_lang.entry(lang_of(line.address)).or_default() += 1;
        }
        let alone = |line: &Line<'_>| by_lang.get(lang_of(line.address)) == Some(&1);
        diags.extend(
            vanished
                .iter()
                .map(|line| suggestions.finding(line, alone(line))),
        );
    }
    let untidy = !ledger.tidy;
    published.retain(|address| ledger.get(address).is_none());
    published.sort();
    published.dedup();
    Unrecorded {
        addresses: published,
        untidy,
    }
}

impl<'a> Now<'a> {
    fn answers(&self, address: &str) -> bool {
        page_at(self.jobs, address).is_some() || self.rules.answer(address, None).is_some()
    }

    /// What is not published, by all of its addresses.
    fn held(&self) -> Map<&'a str, &'a HeldBack> {
        let all = self.findings.held.iter();
        let both = all.flat_map(|h| h.addresses().map(move |address| (address.as_str(), h)));
        both.collect()
    }
}

index! {
    /// The place of an address among those that are new.
    NewId
}

/// An address that is not in the file yet, and the source of its document.
type New = (String, Arc<str>);

/// Where an address may have gone.
struct Suggestions<'a> {
    held: Map<&'a str, &'a HeldBack>,
    new: Vec<New>,
    /// Of `new`, by language and slug, and by folder.
    by_slug: Map<String, NewId>,
    by_folder: Map<String, NewId>,
    /// Sources of all documents, by language and slug.
    all: Map<String, Arc<str>>,
    /// Sources of all documents, by address.
    published: Map<String, Arc<str>>,
    /// What their front matter says already.
    aliases: Map<Arc<str>, Vec<String>>,
}

/// `/en/news/2025/01/27/visit/` → `/en/news/2025/01/27/` and `visit`.
fn parted(address: &str) -> (&str, &str) {
    let bare = address.trim_end_matches('/');
    bare.split_at(bare.rfind('/').map_or(0, |at| at + 1))
}

/// The first part of an address.
fn lang_of(address: &str) -> &str {
    address.split('/').nth(1).unwrap_or_default()
}

/// The language and the slug: what most moves leave as it was.
fn likeness(address: &str) -> String {
    format!("{} {}", lang_of(address), parted(address).1)
}

/// How many words two slugs share, if that is half of either or more.
fn shared_words(one: &str, other: &str) -> usize {
    fn words(slug: &str) -> impl Iterator<Item = &str> {
        slug.split('-').filter(|word| word.chars().count() > 2)
    }
    let shared = words(one).filter(|word| words(other).any(|w| w == *word));
    let shared = shared.count();
    let longer = words(one).count().max(words(other).count());
    if 2 * shared >= longer { shared } else { 0 }
}

impl<'a> Suggestions<'a> {
    fn new(now: &Now<'a>, ledger: &Ledger<'_>, held: Map<&'a str, &'a HeldBack>) -> Self {
        let mut out = Self {
            held,
            new: Vec::new(),
            by_slug: Map::default(),
            by_folder: Map::default(),
            all: Map::default(),
            published: Map::default(),
            aliases: Map::default(),
        };
        for edition in now.site.editions.iter() {
            let (address, source) = (&edition.address, &edition.source.path);
            if !edition.meta.aliases.is_empty() {
                let aliases = edition.meta.aliases.iter().map(|a| a.value.clone());
                out.aliases.insert(source.clone(), aliases.collect());
            }
            out.all
                .entry(likeness(address))
                .or_insert_with(|| source.clone());
            out.published.insert(address.clone(), source.clone());
            if ledger.get(address).is_none() {
                let place = NewId::from(out.new.len());
                out.by_slug.entry(likeness(address)).or_insert(place);
                out.by_folder
                    .entry(parted(address).0.to_owned())
                    .or_insert(place);
                out.new.push((address.clone(), source.clone()));
            }
        }
        out
    }

    /// The source that an address most likely moved to: one with its slug, else one whose slug is near or
    /// shares its words, else one of its day; and where nothing else came or went, the only one.
    fn source(&self, address: &str, alone: bool) -> Option<&Arc<str>> {
        /// So many slugs are compared letter by letter.
        const MANY: usize = 2000;
        let (folder, slug) = parted(address);
        let of_lang = |new: &&New| lang_of(&new.0) == lang_of(address);
        let of_lang = || self.new.iter().take(MANY).filter(of_lang);
        let near = || {
            let slugs = of_lang().map(|(address, _)| parted(address).1);
            let near = path::closest(slug, slugs)?;
            of_lang().find(|(address, _)| parted(address).1 == near)
        };
        let alike = || {
            let shared = of_lang().map(|new| (shared_words(slug, parted(&new.0).1), new));
            let best = shared.max_by_key(|(shared, (address, _))| (*shared, Reverse(address)));
            best.filter(|(shared, _)| *shared > 0).map(|(_, new)| new)
        };
        // `/en/news/2025/01/27/` is a day.
        let dated = folder.matches('/').count() > 5;
        let of_day = || Some(&self.new[*self.by_folder.get(folder).filter(|_| dated)?]);
        let only = || of_lang().next().filter(|_| alone && of_lang().count() == 1);
        let same = self
            .by_slug
            .get(&likeness(address))
            .map(|at| &self.new[*at]);
        let new = same.or_else(near).or_else(alike).or_else(of_day);
        // A document that was there before has a former address less.
        let before = || self.all.get(&likeness(address));
        let new = new.map(|(_, source)| source);
        new.or_else(before)
            .or_else(|| only().map(|(_, source)| source))
    }

    fn finding(&self, line: &Line<'_>, alone: bool) -> Diagnostic {
        let Line { address, day, span } = line;
        let message = format!("{address} was published on {day} and would vanish");
        let diag = Diagnostic::error(message).at(&FILE.into(), span.clone());
        if let Some(source) = self.published.get(*address) {
            return diag
                .note(format!(
                    "{source} is published there, but the theme makes no page for it"
                ))
                .hint("bring back the template: article.html, page.html or video.html");
        }
        // As it can stand in both files.
        let written = RequestPattern::exactly(address)
            .to_string()
            .replace('"', "%22");
        let gone = format!("gone = [\"{written}\"] to content/redirects.toml");
        match self.held.get(*address) {
            Some(HeldBack { path, state: State::Draft, .. }) => diag
                .note(format!("{path} is a draft now"))
                .hint(format!(
                    "take draft = true away; if the story is to go for good, write expires = … with the moment \
                     at which it ended instead, or add {gone}"
                )),
            Some(HeldBack { path, state: State::Held(release), .. }) => diag
                .note(format!("{path} is held back until {release}"))
                .hint(
                    "what readers have seen cannot be held back again: take the embargo or the later date away, \
                     or write expires = … if the story is to go for good",
                ),
            _ => match self.source(address, alone) {
                Some(source) => {
                    let mut aliases = self.aliases.get(source).cloned().unwrap_or_default();
                    aliases.push(written);
                    let aliases: Vec<String> = aliases.iter().map(|a| format!("\"{a}\"")).collect();
                    diag.note(format!("{source} is most like it")).hint(format!(
                        "if it moved there, write aliases = [{}] in {source}; if it is to go for good, add {gone}",
                        aliases.join(", ")
                    ))
                }
                None => diag.hint(format!(
                    "if it moved, write aliases = [\"{written}\"] in the story's file; if it is to go for good, add {gone}"
                )),
            },
        }
    }
}
