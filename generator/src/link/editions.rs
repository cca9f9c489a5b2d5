//! Which documents are published, under which address, with what they take from their source.

use std::sync::Arc;

use jiff::Timestamp;
use rayon::prelude::*;

use super::{Edition, Life, Moment, Resolver, Rules, State, inherit::inherit};
use crate::{
    base::{
        date::Date,
        diag::{Diagnostic, Diagnostics},
        hash::{Digest, Map},
    },
    config::{Config, Kind, LangId, RESERVED},
    discover::{Role, SourceFile, Sources},
    parse::{Document, Meta, NEVER_OUT, UPDATED_TOO_EARLY},
};

/// Documents, divided.
#[derive(Default)]
pub(super) struct Sorted {
    pub published: Vec<Edition>,
    /// Complete editions that are not in the site.
    pub held: Vec<(Edition, State)>,
    /// By source path.
    pub states: Map<Arc<str>, (State, Life)>,
    /// What changes the site by itself.
    pub moments: Vec<Moment>,
    /// When findings about published and held-back documents change, though the site does not.
    pub next_finding: Option<Timestamp>,
    diags: Diagnostics,
}

/// Fills in what translations inherit, and divides by state.
pub(super) fn sort_out(
    config: &Config,
    sources: &Sources,
    mut documents: Vec<Document>,
    rules: Rules,
    diags: &mut Diagnostics,
) -> Sorted {
    let by_stem = |d: &Document, other: &Document| {
        let key = (d.source.stem(), d.source.lang);
        key.cmp(&(other.source.stem(), other.source.lang))
    };
    documents.par_sort_by(by_stem);
    let parts: Vec<Sorted> = documents
        .par_chunk_by_mut(|a, b| a.source.stem() == b.source.stem())
        .fold(Sorted::default, |mut part, group| {
            part.divide(config, sources, group, rules);
            part
        })
        .collect();
    let mut out = Sorted::default();
    out.published
        .reserve(parts.iter().map(|p| p.published.len()).sum());
    out.states.reserve(documents.len());
    for mut part in parts {
        out.published.append(&mut part.published);
        out.held.append(&mut part.held);
        out.states.extend(part.states);
        out.moments.append(&mut part.moments);
        out.next_finding = part.next_finding.into_iter().chain(out.next_finding).min();
        diags.append(&mut part.diags);
    }
    sort(&mut out.published);
    out.moments.sort_unstable();
    out
}

/// By language, date and path.
pub(super) fn sort(editions: &mut [Edition]) {
    editions.par_sort_by(|a, b| {
        let key = |e: &Edition| (e.source.lang, e.date.map(|d| d.at));
        key(a)
            .cmp(&key(b))
            .then_with(|| a.source.path.cmp(&b.source.path))
    });
}

impl Sorted {
    /// The documents of one stem, in the order of languages.
    fn divide(&mut self, config: &Config, sources: &Sources, group: &mut [Document], rules: Rules) {
        let Some(first) = group.first().map(|d| &d.source) else {
            return;
        };
        let has_source = first.lang == LangId::default();
        let source_path = || format!("{}.md", first.stem());
        if !has_source && sources.has_document(&source_path()) {
            // The source is there but has mistakes, which are reported already.
            return;
        }
        let original =
            (has_source && group.len() > 1).then(|| (group[0].meta.clone(), group[0].digest));
        let original = original.as_ref().map(|(meta, digest)| (meta, *digest));
        for document in group.iter_mut().map(std::mem::take) {
            let edition = edition(config, document, original, rules.now.0, &mut self.diags);
            if let Some(edition) = edition {
                self.add(edition, rules);
            }
        }
    }

    fn add(&mut self, edition: Edition, rules: Rules) {
        let now = rules.now.0;
        let life = edition.life();
        let state = state(&edition.meta, life, now, rules.drafts);
        // A draft changes nothing by itself.
        if state != State::Draft {
            let moments = Moment::to_come(life, &edition.source.path, now);
            self.moments.extend(moments);
        }
        let corrections = edition.meta.corrections.iter().map(|c| c.date.value.at);
        self.next_finding = corrections
            .filter(|m| *m > now)
            .chain(self.next_finding)
            .min();
        let path = edition.source.path.clone();
        self.states.insert(path, (state, life));
        match state {
            State::Published => self.published.push(edition),
            State::Draft | State::Held(_) | State::Expired => self.held.push((edition, state)),
        }
    }
}

/// The state now.
fn state(meta: &Meta, life: Life, now: Timestamp, drafts: bool) -> State {
    if meta.draft && !drafts {
        State::Draft
    } else if life.until <= now {
        State::Expired
    } else if life.from > now {
        State::Held(life.from)
    } else {
        State::Published
    }
}

/// For times of which a translation holds one and its source the other.
const FROM_SOURCE: &str = "one of the two times stands in the source of this translation";

/// A document with what it takes from its source and from its place; terms and translations come later.
/// `original` is what the source of its translations says, itself perhaps. `None` when it has no place.
pub fn edition(
    config: &Config,
    document: Document,
    original: Option<(&Meta, Digest)>,
    now: Timestamp,
    diags: &mut Diagnostics,
) -> Option<Edition> {
    let Document {
        source,
        digest,
        body_at,
        meta,
        body,
    } = document;
    let original = original.filter(|_| source.lang != LangId::default());
    // What a file says by itself was judged when it was read.
    let judged = (meta.never_out(), meta.updated_too_early());
    let meta = match original {
        Some((original, _)) => inherit(meta, original),
        None => meta,
    };
    times(&meta, judged, &source.path, now, diags);
    let problem =
        |message: String, hint: &str| Diagnostic::error(message).at(&source.path, 0..3).hint(hint);
    let date = meta.date.as_ref().map(|d| d.value);
    if date.is_none() && source.role != Role::Page {
        let hint =
            "add a `date` such as 2025-01-27T15:00:00+01:00: there is no source to take it from";
        diags.push(problem("`date` is missing".to_owned(), hint));
        return None;
    }
    let slug = meta
        .slug
        .clone()
        .unwrap_or_else(|| super::slug::slug_of(source.stem()));
    if slug.is_empty() {
        diags.push(problem(
            "this file's name holds nothing that can stand in an address".to_owned(),
            "rename the file, or give it a `slug`",
        ));
        return None;
    }
    let taken =
        RESERVED.contains(&slug.as_str()) || config.taxonomies.iter().any(|t| t.name == slug);
    if source.role == Role::Page && taken {
        let message =
            format!("a page cannot be called `{slug}`: the address has a meaning of its own");
        diags.push(problem(message, "rename the file, or give it a `slug`"));
        return None;
    }
    Some(Edition {
        kind: kind_of(config, &source, &meta),
        address: address_of(config, &source, date, &slug),
        source,
        digest,
        original: original.map(|(_, digest)| digest),
        body_at,
        meta: Arc::new(meta),
        body: Arc::new(body),
        date,
        slug,
        terms: Vec::new(),
        translations: Vec::new(),
    })
}

/// Judges the times of an edition, beside what `judged` says of its file alone.
fn times(
    meta: &Meta,
    judged: (Option<&str>, Option<&str>),
    file: &Arc<str>,
    now: Timestamp,
    diags: &mut Diagnostics,
) {
    if let Some(why) = meta.never_out().filter(|_| judged.0.is_none()) {
        let error = Diagnostic::error(why).at(file, 0..3);
        diags.push(error.hint(NEVER_OUT).note(FROM_SOURCE));
    }
    if let Some(why) = meta.updated_too_early().filter(|_| judged.1.is_none()) {
        let warning = Diagnostic::warning(why).at(file, 0..3);
        diags.push(warning.hint(UPDATED_TOO_EARLY).note(FROM_SOURCE));
    }
    for correction in meta.corrections.iter().filter(|c| c.date.value.at > now) {
        let warning = Diagnostic::warning("this correction is dated in the future");
        diags.push(
            warning
                .at(file, correction.date.span.clone())
                .hint("write the day on which the text was corrected"),
        );
    }
}

fn address_of(config: &Config, source: &SourceFile, date: Option<Date>, slug: &str) -> String {
    let lang = config.languages[source.lang].lang.code();
    match (&source.role, date) {
        (Role::Article { section }, Some(date)) => {
            let day = date.local();
            format!(
                "/{lang}/{section}/{:04}/{:02}/{:02}/{slug}/",
                day.year(),
                day.month(),
                day.day()
            )
        }
        (Role::Dossier, _) => format!("/{lang}/video/{slug}/"),
        _ => format!("/{lang}/{slug}/"),
    }
}

fn kind_of(config: &Config, source: &SourceFile, meta: &Meta) -> Kind {
    match &source.role {
        Role::Dossier => Kind::Video,
        Role::Article { section } => {
            let mut sections = config.sections.iter();
            let declared = sections.find(|s| *s.name == **section).map(|s| s.kind);
            meta.kind.or(declared).unwrap_or(Kind::News)
        }
        Role::Page => Kind::News,
    }
}

/// Connects each edition with the others of the same document. `resolver` knows them by stem.
pub(super) fn connect_translations(editions: &mut [Edition], resolver: &Resolver) {
    editions.par_iter_mut().for_each(|edition| {
        edition.translations = resolver.editions_of(edition.source.stem());
    });
}
