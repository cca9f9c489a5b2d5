//! Keys that decide what is published, wherever and however they are written.
//!
//! An editor who wrote something that means "not yet" or "no longer" must not see it published without a
//! word. So every key of front matter that Dateline does not read, in every table, is split into words;
//! where these are words of publishing (`publishDate`, `embargo_until`, `is-draft`), its value is judged.

mod values;
mod words;

use std::sync::Arc;

use jiff::Timestamp;

use self::{
    values::{assigned, by_status, date, looks_dated, nothing, truth},
    words::{Meaning, Topic},
};
use crate::{
    base::{
        date::Date,
        diag::{Diagnostic, Diagnostics},
        tree::{Entry, Format, Node, Value},
    },
    config::Config,
};

/// Tables whose keys other systems, or their exports, read as the document's own, beside the top level.
const OF_DOCUMENT: [&str; 24] = [
    "extra",
    "params",
    "build",
    "_build",
    "meta",
    "metadata",
    "cascade",
    "data",
    "attributes",
    "fields",
    "custom",
    "frontmatter",
    "front_matter",
    "page",
    "post",
    "node",
    "publishing",
    "publication",
    "workflow",
    "wordpress",
    "wp",
    "ghost",
    "drupal",
    "hugo",
];

/// Keys of dossiers, beside those of every document.
const OF_DOSSIERS: [&str; 9] = [
    "place",
    "duration",
    "terms",
    "poster",
    "poster_alt",
    "transcript",
    "rendition",
    "captions",
    "shot",
];

/// Checks the keys of one document.
pub(super) struct Judge<'a> {
    pub format: Format,
    pub file: &'a Arc<str>,
    pub config: &'a Config,
}

/// What the keys that Dateline reads already decide.
#[derive(Default)]
struct Own {
    dated: bool,
    draft: bool,
    release: Option<Timestamp>,
    expires: Option<Timestamp>,
}

/// Where a key stands.
#[derive(Clone, Copy)]
struct Place<'a> {
    /// The key of the table it stands in; empty at the top.
    table: &'a str,
    /// Whether keys here are about the document, and not about one of its parts.
    of_document: bool,
    in_list: bool,
}

/// What a value means for publication.
enum Effect {
    /// Not now, or not for all.
    HeldBack,
    /// Not before this moment, or one that cannot be read.
    NotBefore(Option<Date>),
    /// Not after.
    NotAfter(Option<Date>),
    Public,
}

/// Why a document seems to be meant as a draft: by its folder or file name, neither of which holds it back.
pub(super) fn meant_as_draft(path: &str) -> Option<&'static str> {
    let (folders, name) = path.rsplit_once('/')?;
    let folder = |folder: &str| {
        let name = folder.trim_start_matches('_').to_lowercase();
        matches!(
            &*name,
            "draft" | "drafts" | "unpublished" | "wip" | "brouillon" | "brouillons"
        )
    };
    let stem = name.trim_end_matches(".md");
    let marked = |part: &str| part.eq_ignore_ascii_case("draft");
    let loud = |part: &str| matches!(part, "DRAFT" | "EMBARGO" | "EMBARGOED" | "WIP");
    let parts = |marks: &'static str| stem.split(move |c| marks.contains(c));
    if folders.split('/').any(folder) {
        Some("the folder of this document does not hold it back")
    } else if parts(".").skip(1).any(marked) || parts(".-_ ").any(loud) || stem.starts_with('_') {
        Some("the name of this document does not hold it back")
    } else {
        None
    }
}

impl Judge<'_> {
    /// Reports keys that decide nothing although they seem to. Removes those that stop the build, so that they are
    /// not reported again.
    pub fn check(&self, mut entries: Vec<Entry>, diags: &mut Diagnostics) -> Vec<Entry> {
        let own = self.own(&entries);
        let top = Place {
            table: "",
            of_document: true,
            in_list: false,
        };
        self.table(&mut entries, top, &own, diags);
        entries
    }

    /// Reports lines at the start of the body that would hold the document back in its front matter.
    pub fn below(&self, entries: &[Entry], body: &str, start: usize, diags: &mut Diagnostics) {
        let own = self.own(entries);
        let mut at = start;
        for line in body.split_inclusive('\n') {
            let place = at..at + line.trim_end().len();
            at += line.len();
            let line = line.trim_end();
            if line.is_empty() || matches!(line, "---" | "+++") {
                continue;
            }
            let Some((key, value)) = assigned(line) else {
                return;
            };
            let effect = words::meaning(key, "")
                .filter(|meaning| !meaning.weak && !meaning.near)
                .and_then(|meaning| self.effect(&value, meaning));
            let decides = match effect {
                Some(Effect::HeldBack) => !own.draft,
                Some(Effect::NotBefore(Some(date))) => own.release.is_none_or(|own| own < date.at),
                Some(Effect::NotAfter(Some(date))) => own.expires.is_none_or(|own| date.at < own),
                _ => false,
            };
            if decides {
                let message = format!("`{key}` stands below the front matter, where it is text");
                let mark = match self.format {
                    Format::Toml => "+++",
                    Format::Yaml => "---",
                };
                let hint = format!("move this line above the second {mark}");
                diags.push(Diagnostic::error(message).at(self.file, place).hint(hint));
            }
        }
    }

    fn own(&self, entries: &[Entry]) -> Own {
        let mut own = Own::default();
        for Entry { key, node, .. } in entries {
            match (key.as_str(), &node.value) {
                ("draft", Value::Bool(draft)) => own.draft = *draft,
                ("date" | "embargo" | "expires", value) => {
                    own.dated |= key == "date";
                    let at = date(value, &self.config.time_zone).map(|d| d.at);
                    match key.as_str() {
                        "expires" => own.expires = at,
                        _ => own.release = own.release.max(at),
                    }
                }
                _ => {}
            }
        }
        own
    }

    fn table(
        &self,
        entries: &mut Vec<Entry>,
        place: Place<'_>,
        own: &Own,
        diags: &mut Diagnostics,
    ) {
        entries.retain_mut(|entry| {
            if place.table.is_empty() && self.reads(&entry.key) {
                diags.extend(self.unfinished(entry));
                // The key may have been meant for the document, and ended up in the table above it.
                let inside = Place {
                    table: "",
                    of_document: false,
                    in_list: place.in_list,
                };
                self.inside(&entry.key, &mut entry.node, inside, own, diags);
                return true;
            }
            match self.judged(entry, place, own) {
                Some((diag, stops)) => {
                    diags.push(diag);
                    !stops
                }
                None => {
                    self.inside(&entry.key, &mut entry.node, place, own, diags);
                    true
                }
            }
        });
    }

    fn inside(
        &self,
        key: &str,
        node: &mut Node,
        around: Place<'_>,
        own: &Own,
        diags: &mut Diagnostics,
    ) {
        let of_document =
            around.of_document && OF_DOCUMENT.contains(&key.to_ascii_lowercase().as_str());
        let place = Place {
            table: key,
            of_document,
            in_list: around.in_list,
        };
        match &mut node.value {
            Value::Table(entries) => self.table(entries, place, own, diags),
            Value::List(items) => {
                let place = Place {
                    in_list: true,
                    ..place
                };
                for item in items {
                    if let Value::Table(entries) = &mut item.value {
                        self.table(entries, place, own, diags);
                    }
                }
            }
            _ => {}
        }
    }

    /// A key of Dateline without a value (YAML).
    fn unfinished(
        &self,
        Entry {
            key,
            key_span,
            node,
        }: &Entry,
    ) -> Option<Diagnostic> {
        let decides = matches!(key.as_str(), "draft" | "embargo" | "expires");
        let line = match key.as_str() {
            "draft" => "draft = true".to_owned(),
            _ => format!("{key} = 2025-01-27T15:00:00+01:00"),
        };
        (decides && node.value == Value::Null).then(|| {
            Diagnostic::warning(format!("`{key}` has no value and decides nothing"))
                .at(self.file, key_span.clone())
                .hint(
                    self.format
                        .line(&format!("write `{line}`, or remove the line")),
                )
        })
    }

    /// Whether Dateline reads this key at the top of front matter.
    fn reads(&self, key: &str) -> bool {
        let taxonomy = || self.config.taxonomies.iter().any(|t| t.name == key);
        let own = crate::config::ARTICLE_KEYS.contains(&key) && key != "extra";
        own || OF_DOSSIERS.contains(&key) || taxonomy()
    }

    /// A finding about a key, and whether it stops a build.
    fn judged(&self, entry: &Entry, place: Place<'_>, own: &Own) -> Option<(Diagnostic, bool)> {
        let meaning = words::meaning(&entry.key, place.table)?;
        let ours = matches!(
            meaning.topic,
            Topic::Draft | Topic::Embargo | Topic::Expires
        );
        if place.in_list && !(ours && meaning.bare) {
            return None;
        }
        let effect = self.effect(&entry.node.value, meaning)?;
        let redundant = match &effect {
            Effect::HeldBack => own.draft,
            Effect::NotBefore(Some(date)) => own.release.is_some_and(|own| date.at <= own),
            Effect::NotAfter(Some(date)) => own.expires.is_some_and(|own| date.at >= own),
            Effect::NotBefore(None) | Effect::NotAfter(None) => false,
            Effect::Public => true,
        };
        if redundant && !place.of_document {
            return None;
        }
        let (message, hint) = match redundant {
            true => (
                format!("`{}` changes nothing here", entry.key),
                "remove it: a document is public unless `draft`, `date`, `embargo` or `expires` say otherwise"
                    .to_owned(),
            ),
            false => (self.message(entry, place, &effect), self.fix(place, own, &effect, meaning)),
        };
        let hint = self.format.line(&hint);
        // In a table about something else, the key may be about that.
        let unsure = meaning.weak && !place.of_document;
        if unsure && meaning.topic == Topic::Date {
            return None;
        }
        let stops = !redundant && (!unsure || says_plainly(&entry.node.value, meaning));
        let diag = match stops {
            true => Diagnostic::error(message),
            false => Diagnostic::warning(message),
        };
        Some((diag.at(self.file, entry.key_span.clone()).hint(hint), stops))
    }

    fn message(&self, entry: &Entry, place: Place<'_>, effect: &Effect) -> String {
        let what = match effect {
            Effect::NotAfter(_) => "does not end this document",
            _ => "does not hold this document back",
        };
        match place.table {
            "" => format!("`{}` {what}", entry.key),
            _ => format!("`{}` {what} in a table", entry.key),
        }
    }

    /// The line to write, and where.
    fn fix(&self, place: Place<'_>, own: &Own, effect: &Effect, meaning: Meaning) -> String {
        let line = |key: &str, date: &Option<Date>| {
            let date = date.map_or_else(|| "2025-01-27T15:00:00+01:00".to_owned(), |d| d.rfc3339());
            format!("{key} = {date}")
        };
        let line = match effect {
            Effect::NotBefore(date) if meaning.topic == Topic::Date => line("date", date),
            Effect::NotBefore(date) if !own.dated && meaning.topic == Topic::Publish => {
                line("date", date)
            }
            Effect::NotBefore(date) => line("embargo", date),
            Effect::NotAfter(date) => line("expires", date),
            Effect::HeldBack | Effect::Public => "draft = true".to_owned(),
        };
        let place = match (place.table, self.format) {
            ("", _) => "",
            (_, Format::Toml) => {
                " above the first line with [ ]: TOML puts whatever stands below such a line into that table"
            }
            (_, Format::Yaml) => " without spaces before it",
        };
        format!("write `{line}`{place}; if it means something else, give the key another name")
    }

    fn effect(&self, value: &Value, meaning: Meaning) -> Option<Effect> {
        let truth = truth(value);
        let date = date(value, &self.config.time_zone);
        // Where a misspelling may be another word altogether, the value decides.
        let plain = truth.is_some() || date.is_some();
        let unsure = meaning.near && meaning.topic != Topic::Status && !plain;
        if unsure || nothing(value) {
            return None;
        }
        let held = |yes: bool| {
            if yes {
                Effect::HeldBack
            } else {
                Effect::Public
            }
        };
        let state = || by_status(value).map(|public| held(!public));
        match meaning.topic {
            Topic::Draft => match truth {
                Some(draft) => Some(held(draft)),
                None => state().or(Some(Effect::HeldBack)),
            },
            Topic::Embargo => match truth {
                Some(embargoed) => Some(held(embargoed)),
                None => Some(Effect::NotBefore(date)),
            },
            Topic::Expires => match truth {
                Some(expired) => expired.then_some(Effect::HeldBack),
                None if date.is_some() || looks_dated(value) || meaning.bare => {
                    Some(Effect::NotAfter(date))
                }
                None => None,
            },
            Topic::Publish | Topic::Shown => match (truth, date) {
                (Some(public), _) => Some(held(!public)),
                (None, Some(_)) => Some(Effect::NotBefore(date)),
                (None, None) if looks_dated(value) => Some(Effect::NotBefore(None)),
                (None, None) => state(),
            },
            Topic::Live => match truth {
                Some(live) => (!live).then_some(Effect::HeldBack),
                None => date.map(|at| Effect::NotBefore(Some(at))),
            },
            Topic::From | Topic::Schedule => match truth {
                Some(scheduled) if meaning.topic == Topic::Schedule => Some(held(scheduled)),
                Some(_) => None,
                None if date.is_some() || looks_dated(value) => Some(Effect::NotBefore(date)),
                None if meaning.topic == Topic::Schedule && matches!(value, Value::Text(_)) => {
                    Some(Effect::HeldBack)
                }
                None => None,
            },
            Topic::Until => match date.is_some() || looks_dated(value) {
                true => Some(Effect::NotAfter(date)),
                false => None,
            },
            Topic::Hidden => match (truth, &value) {
                (Some(hidden), _) => Some(held(hidden)),
                (None, _) if date.is_some() || looks_dated(value) => Some(Effect::NotAfter(date)),
                _ => state(),
            },
            Topic::Locked => match truth {
                Some(locked) => Some(held(locked)),
                None => Some(Effect::HeldBack),
            },
            Topic::Status => match truth {
                Some(public) => Some(held(!public)),
                // An unknown word keeps it out too, where the key means nothing else.
                None => state().or_else(|| meaning.decides.then_some(Effect::HeldBack)),
            },
            Topic::Date => date.map(|at| Effect::NotBefore(Some(at))),
            Topic::Address => matches!(value, Value::Bool(false)).then_some(Effect::HeldBack),
        }
    }
}

/// Whether a state is a word that can mean nothing else.
fn says_plainly(value: &Value, meaning: Meaning) -> bool {
    meaning.decides || meaning.topic == Topic::Status && matches!(value, Value::Text(_))
}

#[cfg(test)]
#[path = "publication_tests.rs"]
mod tests;
