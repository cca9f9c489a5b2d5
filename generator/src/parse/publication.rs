//! What decides publication is never passed over: keys that mean "not yet" or "no longer", wherever they
//! stand and however they are spelt.
//!
//! `draft`, `embargo` and `expires` count at the top of front matter alone. The same words in another
//! table, with other capitals or a slip, and the names that Hugo, Zola, Jekyll, Eleventy, Ghost, WordPress,
//! Drupal and Wagtail use would otherwise publish a story that its editor held back. They are errors with
//! the line to write instead; a key that says "public" is a warning.

use std::ops::Range;

use jiff::tz::TimeZone;

use crate::base::{
    date::{Date, Reading},
    diag::{Diagnostic, Severity},
    path,
    tree::{Entry, Format, Value},
};

/// What a key means, whatever it is called.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Meaning {
    /// True keeps a document out.
    HiddenIfTrue,
    /// False keeps a document out.
    HiddenIfFalse,
    /// A word says whether a document is out. `decides`: the key means nothing else, so that a word that
    /// nobody knows keeps it out too.
    Word { decides: bool },
    /// Not before a moment.
    NotBefore,
    /// Not after a moment.
    NotAfter,
}

/// Names as [`folded`] gives them.
const NAMES: &[(Meaning, &[&str])] = &[
    (
        Meaning::HiddenIfTrue,
        &[
            "draft",
            "drafts",
            "isdraft",
            "private",
            "isprivate",
            "hidden",
            "ishidden",
            "hide",
            "unpublished",
            "unlisted",
            "wip",
            "headless",
            "confidential",
            "internal",
            "embargoed",
            "scheduled",
            "expired",
            "withdrawn",
            "retracted",
            "trashed",
            "password",
            "membersonly",
            "eleventyexcludefromcollections",
            "excludefromcollections",
        ],
    ),
    (
        Meaning::HiddenIfFalse,
        &[
            "published",
            "ispublished",
            "publish",
            "public",
            "ispublic",
            "live",
            "islive",
            "visible",
            "isvisible",
            "listed",
            "released",
            "render",
            "permalink",
            "list",
        ],
    ),
    (
        Meaning::Word { decides: true },
        &[
            "poststatus",
            "wpstatus",
            "wppoststatus",
            "moderationstate",
            "publicationstatus",
            "publicationstate",
            "publishstatus",
            "visibility",
            "postvisibility",
        ],
    ),
    (
        Meaning::Word { decides: false },
        &[
            "status",
            "state",
            "workflow",
            "workflowstate",
            "workflowstatus",
            "access",
        ],
    ),
    (
        Meaning::NotBefore,
        &[
            "embargo",
            "embargountil",
            "embargodate",
            "embargotime",
            "embargoeduntil",
            "embargoends",
            "embargoend",
            "embargolift",
            "embargolifts",
            "embargofrom",
            "publishdate",
            "publishat",
            "publishedat",
            "publishon",
            "publishedon",
            "publisheddate",
            "publishtime",
            "publishfrom",
            "publishafter",
            "publishstart",
            "publishup",
            "pubdate",
            "publicationdate",
            "publicationstart",
            "publicationtime",
            "datepublished",
            "firstpublishedat",
            "postdate",
            "postdategmt",
            "wppostdate",
            "wppostdategmt",
            "releasedate",
            "releaseat",
            "releaseon",
            "releasetime",
            "notbefore",
            "availablefrom",
            "availableat",
            "availableon",
            "goliveat",
            "golive",
            "golivedate",
            "livedate",
            "liveat",
            "liveon",
            "visiblefrom",
            "validfrom",
            "scheduledat",
            "scheduledfor",
            "scheduleddate",
            "scheduledate",
            "schedule",
            "onlinedate",
            "onlinefrom",
            "holduntil",
            "heldbackuntil",
            "unlockdate",
        ],
    ),
    (
        Meaning::NotAfter,
        &[
            "expires",
            "expire",
            "expiry",
            "expirydate",
            "expirytime",
            "expiresat",
            "expireson",
            "expireat",
            "expiredate",
            "expirationdate",
            "expiration",
            "unpublish",
            "unpublishdate",
            "unpublishon",
            "unpublishat",
            "unpublishedat",
            "publishuntil",
            "publishto",
            "publishend",
            "publishdown",
            "publicationend",
            "validuntil",
            "validto",
            "availableuntil",
            "availableto",
            "visibleuntil",
            "visibleto",
            "notafter",
            "removeon",
            "removeat",
            "removedate",
            "removeafter",
            "takedown",
            "takedownat",
            "takedowndate",
            "offlinedate",
            "offlineat",
            "offlinefrom",
            "archiveon",
            "archiveat",
            "archivedate",
            "archivedat",
            "sunset",
            "sunsetdate",
            "deleteon",
            "deleteat",
            "deletedat",
            "withdrawnat",
        ],
    ),
];

/// Words for "not public".
const HELD: &[&str] = &[
    "draft",
    "drafts",
    "autodraft",
    "pending",
    "pendingreview",
    "private",
    "future",
    "scheduled",
    "unpublished",
    "unpublish",
    "trash",
    "trashed",
    "hidden",
    "archived",
    "archive",
    "expired",
    "embargoed",
    "embargo",
    "review",
    "inreview",
    "needsreview",
    "underreview",
    "toreview",
    "never",
    "link",
    "local",
    "members",
    "paid",
    "tiers",
    "password",
    "protected",
    "internal",
    "confidential",
    "rejected",
    "deleted",
    "withdrawn",
    "retracted",
    "unlisted",
    "wip",
    "inprogress",
    "todo",
    "offline",
    "inactive",
    "held",
    "hold",
    "onhold",
    "embargountil",
    "notpublished",
    "nonpublic",
    "notpublic",
    "restricted",
];

/// Words for "public".
const PUBLIC: &[&str] = &[
    "publish",
    "published",
    "public",
    "live",
    "always",
    "released",
    "visible",
    "online",
];

/// Keys whose meaning does not hang on the word beside them: `scheduled = "Monday"`, `password = "x"`.
const ANY_TEXT: &[&str] = &[
    "scheduled",
    "embargoed",
    "expired",
    "withdrawn",
    "retracted",
    "unpublished",
    "password",
];

/// The keys that near misses are held against, with what their values look like.
const OWN: [(&str, Meaning); 3] = [
    ("draft", Meaning::HiddenIfTrue),
    ("embargo", Meaning::NotBefore),
    ("expires", Meaning::NotAfter),
];

/// What is needed to judge entries of one document.
pub(super) struct Judge<'a> {
    pub format: Format,
    pub zone: &'a TimeZone,
    /// When the document appears by its own `date`, if it has one.
    pub date: Option<Date>,
}

/// A finding about one key, still without its file.
pub(super) struct Finding {
    pub span: Range<usize>,
    pub severity: Severity,
    pub message: String,
    pub hint: String,
}

impl Finding {
    pub(super) fn at(self, file: &std::sync::Arc<str>) -> Diagnostic {
        let diag = match self.severity {
            Severity::Error => Diagnostic::error(self.message),
            Severity::Warning => Diagnostic::warning(self.message),
        };
        diag.at(file, self.span).hint(self.hint)
    }
}

/// A key without case, accents of style, or separators: `publish_date`, `Publish-Date` and `publishDate`
/// are one.
fn folded(key: &str) -> String {
    let letters = key.chars().filter(|c| c.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}

impl Judge<'_> {
    /// What is wrong with keys that were not read as Dateline's own: those at the top and those inside
    /// other tables.
    pub(super) fn entries(&self, entries: &[Entry], depth: usize, out: &mut Vec<Finding>) {
        for entry in entries {
            let found = self.entry(entry, depth);
            if found.is_none() {
                self.inside(&entry.node.value, depth, out);
            }
            out.extend(found);
        }
    }

    fn inside(&self, value: &Value, depth: usize, out: &mut Vec<Finding>) {
        match value {
            Value::Table(entries) => self.entries(entries, depth + 1, out),
            Value::List(items) => {
                let each = items.iter().map(|item| &item.value);
                each.for_each(|value| self.inside(value, depth, out));
            }
            _ => {}
        }
    }

    fn entry(&self, entry: &Entry, depth: usize) -> Option<Finding> {
        let name = folded(&entry.key);
        let value = &entry.node.value;
        // `date` decides too. Deeper down it is that of something else, such as an event.
        if name == "date" && depth <= 1 && self.date_like(value) {
            return Some(self.error(entry, depth, self.line_of_date("date", value)));
        }
        let known = NAMES.iter().find(|(_, names)| names.contains(&&*name));
        match known {
            Some((meaning, _)) => self.judged(entry, *meaning, depth),
            None => self.slip(entry, &name, depth),
        }
    }

    /// A key that is close to one of ours, or speaks of an embargo, with a value of that sort.
    fn slip(&self, entry: &Entry, name: &str, depth: usize) -> Option<Finding> {
        let near = |own: &str| {
            let limit = if own.len() > 5 { 2 } else { 1 };
            path::edit_distance(name, own, limit).is_some()
        };
        let speaks = |of: &str| name.contains(of);
        let (_, meaning) = OWN.into_iter().find(|(own, meaning)| {
            near(own)
                || match meaning {
                    Meaning::NotBefore => speaks("embargo"),
                    Meaning::NotAfter => speaks("expir") || speaks("unpublish"),
                    _ => name.len() > 5 && name.starts_with("draft"),
                }
        })?;
        let value = &entry.node.value;
        let fits = truth(value).is_some() || self.date_like(value);
        fits.then(|| self.judged(entry, meaning, depth)).flatten()
    }

    fn judged(&self, entry: &Entry, meaning: Meaning, depth: usize) -> Option<Finding> {
        let value = &entry.node.value;
        if matches!(value, Value::Null | Value::Table(_)) {
            return None;
        }
        let draft = || self.error(entry, depth, self.assigned("draft", "true"));
        match meaning {
            Meaning::HiddenIfTrue | Meaning::HiddenIfFalse => {
                let hides = meaning == Meaning::HiddenIfTrue;
                match (truth(value), word(value)) {
                    (Some(said), _) if said == hides => Some(draft()),
                    (Some(_), _) => Some(self.public(entry)),
                    // `published = 2027-01-01`, `scheduled = …`, `expired = …`.
                    (None, _) if self.date_like(value) => match folded(&entry.key).as_str() {
                        "expired" | "withdrawn" | "retracted" => Some(self.until(entry, depth)),
                        _ => self.from(entry, depth),
                    },
                    (None, Some(word)) if HELD.contains(&&*word) => Some(draft()),
                    (None, Some(word)) if PUBLIC.contains(&&*word) => Some(self.public(entry)),
                    (None, Some(_)) if ANY_TEXT.contains(&&*folded(&entry.key)) => Some(draft()),
                    _ => None,
                }
            }
            Meaning::Word { decides } => match (truth(value), word(value)) {
                (Some(false), _) => Some(draft()),
                (Some(true), _) => Some(self.public(entry)),
                (None, Some(word)) if HELD.contains(&&*word) => Some(draft()),
                (None, Some(word)) if PUBLIC.contains(&&*word) => Some(self.public(entry)),
                (None, Some(_)) if decides => Some(draft()),
                _ => None,
            },
            Meaning::NotBefore => self.from(entry, depth),
            Meaning::NotAfter => match truth(value) {
                Some(false) => Some(self.public(entry)),
                _ => Some(self.until(entry, depth)),
            },
        }
    }

    /// A moment of publication. One that `date` has already says nothing new.
    fn from(&self, entry: &Entry, depth: usize) -> Option<Finding> {
        let value = &entry.node.value;
        if truth(value) == Some(false) {
            return Some(self.public(entry));
        }
        if truth(value) == Some(true) {
            return Some(self.error(entry, depth, self.assigned("draft", "true")));
        }
        let later = |at: &Date| self.date.is_none_or(|date| date.at < at.at);
        match self.moment(value, Reading::Later) {
            Some(at) if !later(&at) => Some(self.public(entry)),
            _ => Some(self.error(entry, depth, self.line_of_date("embargo", value))),
        }
    }

    fn until(&self, entry: &Entry, depth: usize) -> Finding {
        let line = match truth(&entry.node.value) {
            Some(_) => self.assigned("draft", "true"),
            None => self.line_of_date("expires", &entry.node.value),
        };
        self.error(entry, depth, line)
    }

    fn error(&self, entry: &Entry, depth: usize, line: String) -> Finding {
        let place = match (depth, self.format) {
            (0, _) => "",
            (_, Format::Toml) => {
                " above the first line with [ ]: TOML puts whatever stands below such a line into that table"
            }
            (_, Format::Yaml) => " without spaces before it",
        };
        let message = match depth {
            0 => format!("`{}` does not hold this document back", entry.key),
            _ => format!(
                "`{}` does not hold this document back in a table",
                entry.key
            ),
        };
        Finding {
            span: entry.key_span.clone(),
            severity: Severity::Error,
            message,
            hint: format!(
                "write `{line}`{place}; if it means something else, give the key another name"
            ),
        }
    }

    fn public(&self, entry: &Entry) -> Finding {
        Finding {
            span: entry.key_span.clone(),
            severity: Severity::Warning,
            message: format!("`{}` changes nothing here", entry.key),
            hint: "remove it: a document is public unless `draft`, `date`, `embargo` or `expires` say otherwise"
                .to_owned(),
        }
    }

    fn assigned(&self, key: &str, value: &str) -> String {
        match self.format {
            Format::Toml => format!("{key} = {value}"),
            Format::Yaml => format!("{key}: {value}"),
        }
    }

    fn line_of_date(&self, key: &str, value: &Value) -> String {
        let at = self.moment(value, Reading::Later);
        let text = at.map_or_else(|| "2025-01-27T15:00:00+01:00".to_owned(), |at| at.rfc3339());
        self.assigned(key, &text)
    }

    fn moment(&self, value: &Value, reading: Reading) -> Option<Date> {
        match value {
            Value::Text(text) | Value::Date(text) => {
                Date::read(text, self.zone, reading).ok().map(|(at, _)| at)
            }
            _ => None,
        }
    }

    fn date_like(&self, value: &Value) -> bool {
        matches!(value, Value::Date(_)) || self.moment(value, Reading::Later).is_some()
    }
}

/// True or false, as the formats and other systems write it.
fn truth(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(said) => Some(*said),
        Value::Int(0) => Some(false),
        Value::Int(1) => Some(true),
        Value::Text(text) => match text.trim().to_lowercase().as_str() {
            "true" | "yes" | "on" | "1" | "y" => Some(true),
            "false" | "no" | "off" | "0" | "n" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

fn word(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) => Some(folded(text)).filter(|word| !word.is_empty()),
        _ => None,
    }
}

#[cfg(test)]
#[path = "publication_tests.rs"]
mod tests;
