//! Checks every reference of every document and notes which files the published ones use.

mod references;

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
    sync::Arc,
};

use jiff::Timestamp;
use rayon::prelude::*;

use self::references::Check;
pub use self::references::has_heading;
use super::{
    AddressLink, Edition, Findings, Life, Site,
    lives::State,
    lives::{Fate, shown},
    resolve::Meaning,
    texts::Text,
};
use crate::{
    base::{
        diag::{Diagnostic, Diagnostics},
        hash::Map,
    },
    config::{Config, LangId},
    link::EditionId,
};

/// Checks all documents but drafts and expired ones, over the rest of their lives, and what they would leak.
pub(super) fn documents(
    config: &Config,
    site: &Site,
    held: &[(Edition, State)],
    texts: &[Text],
    now: Timestamp,
    diags: &mut Diagnostics,
) -> Findings {
    let waiting: Map<&str, &Edition> = held.iter().map(|(e, _)| (&*e.source.path, e)).collect();
    let check = |edition, life: Life| Check {
        config,
        site,
        waiting: &waiting,
        edition,
        now,
        life: life.after(now).unwrap_or(life),
        found: Found::default(),
    };
    let parts: Vec<Found> = (0..site.editions.len())
        .into_par_iter()
        .map(EditionId::from)
        .fold(Found::default, |found, id| {
            let edition = &site.editions[id];
            let mut check = check(edition, edition.life());
            check.found = found;
            check.everything();
            check.found
        })
        .collect();
    let mut public = Found::default();
    parts.into_iter().for_each(|part| public.add(part));
    let mut coming = Found::default();
    for (edition, life) in texts {
        let mut check = check(edition, *life);
        check.everything();
        match life.from > now {
            true => coming.add(check.found),
            false => public.add(check.found),
        }
    }
    let mut statics = Vec::new();
    for (edition, state) in held {
        let mut check = check(edition, edition.life());
        match state {
            State::Held(_) => check.everything(),
            // A draft may be unfinished; only its pictures matter, since they might leak.
            _ => check.pictures(),
        }
        statics.push((edition, *state, std::mem::take(&mut check.found.statics)));
        if !matches!(state, State::Held(_)) {
            check.found.files.clear();
        }
        coming.add(check.found);
    }
    let coming_statics = public_too_early(&public, statics, diags);
    diags.append(&mut public.diags);
    diags.append(&mut coming.diags);
    site_pages(config, site, now, diags);
    let mut addresses = public.addresses;
    addresses.append(&mut coming.addresses);
    Findings {
        coming_files: coming.files.difference(&public.files).cloned().collect(),
        coming_statics: coming_statics.into_iter().collect(),
        files: public.files.into_iter().collect(),
        statics: public.statics.into_keys().collect(),
        addresses,
        ..Findings::default()
    }
}

/// Files of `content/static/` by address, with where they are first used.
type Statics = BTreeMap<String, Range<usize>>;

/// Reports static files that only editions use which are not in the site. The answer: those of editions to come.
fn public_too_early(
    public: &Found,
    held: Vec<(&Edition, State, Statics)>,
    diags: &mut Diagnostics,
) -> BTreeSet<String> {
    let expired = held.iter().filter(|(_, state, _)| *state == State::Expired);
    let ended: BTreeSet<String> = expired
        .flat_map(|(.., used)| used.keys().cloned())
        .collect();
    let mut coming = BTreeSet::new();
    for (edition, state, used) in held {
        for (address, span) in used {
            let own = state == State::Expired;
            if !public.statics.contains_key(&address) && (own || !ended.contains(&address)) {
                diags.push(leak(edition, state, &address, span));
            }
            if let State::Held(_) = state {
                coming.insert(address);
            }
        }
    }
    coming
}

/// The pages that `site.toml` names: in the footer, and as download terms.
fn site_pages(config: &Config, site: &Site, now: Timestamp, diags: &mut Diagnostics) {
    let file: Arc<str> = crate::config::FILE.into();
    let of_terms = config.terms.iter().filter_map(|t| t.page.as_ref());
    let own = Life {
        from: now,
        ..Life::ALWAYS
    };
    for page in config.footer.iter().chain(of_terms) {
        let name = &page.value;
        let fate = match site.resolver.meaning(&file, LangId::default(), name) {
            Ok(Meaning::Document(group)) => group.fate(own),
            _ => Some(Fate::TooEarly(now)),
        };
        let diag = match fate {
            None | Some(Fate::Holds) => continue,
            Some(Fate::TooEarly(_)) => {
                Diagnostic::error(format!("“{name}” is not a published page"))
                    .hint("write the path of its source from content/, such as /pages/about.md")
            }
            Some(Fate::Ends(at)) => {
                let message = match at <= now {
                    true => format!("“{name}” has expired: it is left out"),
                    false => {
                        let at = shown(at, &config.time_zone);
                        format!("“{name}” expires on {at}: from then on it is left out")
                    }
                };
                Diagnostic::warning(message).hint("name a page that stays, or take this one out")
            }
        };
        diags.push(diag.at(&file, page.span.clone()));
    }
}

/// What documents use, and what is wrong with them.
#[derive(Default)]
struct Found {
    files: BTreeSet<String>,
    statics: Statics,
    addresses: Vec<AddressLink>,
    diags: Diagnostics,
}

impl Found {
    fn add(&mut self, mut later: Self) {
        self.files.append(&mut later.files);
        for (address, span) in later.statics {
            self.statics.entry(address).or_insert(span);
        }
        self.addresses.append(&mut later.addresses);
        self.diags.append(&mut later.diags);
    }
}

/// `content/static/` is public as it stands, so what only a held-back story shows is out already.
fn leak(edition: &Edition, state: State, address: &str, span: Range<usize>) -> Diagnostic {
    let message = format!("{address} is public already, but only this story shows it");
    let hint =
        "put the picture beside the story instead of into static/: then it comes out with it";
    match state {
        // It was public once; a build must not begin to fail because time has passed.
        State::Expired => Diagnostic::warning(message)
            .hint("this story has expired: remove the picture if it should be gone too"),
        _ => Diagnostic::error(message).hint(hint),
    }
    .at(&edition.source.path, span)
}
