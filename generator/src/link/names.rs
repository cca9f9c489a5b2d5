//! Which term a value in front matter means.
//!
//! A listed term is meant by its slug, else by one of its names exactly as written, else by either without
//! regard to capitals and separators. What is listed nowhere is a term of its own. Signs that tell names
//! apart (`C`, `C++`, `C#`) are never passed over, although no slug can hold them.

use std::{collections::BTreeMap, sync::Arc};

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

use crate::base::{
    diag::{Diagnostic, Diagnostics},
    fields::{At, Words, list},
    hash::Map,
    path,
};

/// Where terms have their names.
pub(super) const FILE: &str = "content/terms.toml";

/// A term of a taxonomy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Term {
    /// As it stands in addresses.
    pub slug: String,
    /// Its name.
    pub name: Words,
    /// What its page says about it, in Markdown.
    pub text: Option<Words>,
}

/// What remains of a name when capitals and separators do not count: its slug, and the signs that the slug
/// cannot hold.
type Folded = (String, String);

/// Whether a sign only separates words or sets them off.
fn separates(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(
            c,
            '-' | '_' | '\'' | '.' | ',' | ':' | ';' | '/' | '(' | ')' | '"' | '&'
        )
        || matches!(
            c,
            '’' | '‘' | '“' | '”' | '«' | '»' | '‐' | '–' | '—' | '·' | '،' | '、'
        )
        || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2066}'..='\u{2069}')
}

fn folded(name: &str) -> Folded {
    let is_word =
        |c: char| c.is_alphanumeric() || unicode_normalization::char::is_combining_mark(c);
    let signs = name.chars().filter(|c| !is_word(*c) && !separates(*c));
    (path::slug(name), signs.collect())
}

/// What a value means.
enum Meaning<'a> {
    /// The listed term with this slug.
    Listed(&'a str),
    /// One of several listed terms.
    Several(&'a [&'a str]),
    /// A term of its own, with this slug.
    Own(String),
}

/// The terms of a taxonomy that `terms.toml` lists, by what they are called.
pub(super) struct Names<'a> {
    by_slug: Map<&'a str, &'a Term>,
    exact: Map<String, Vec<&'a str>>,
    folded: Map<Folded, Vec<&'a str>>,
}

impl<'a> Names<'a> {
    pub(super) fn of(listed: &'a [Term]) -> Self {
        let mut out = Self {
            by_slug: listed.iter().map(|t| (t.slug.as_str(), t)).collect(),
            exact: Map::default(),
            folded: Map::default(),
        };
        for term in listed {
            let slug = term.slug.as_str();
            let add = |slugs: &mut Vec<&'a str>| {
                if !slugs.contains(&slug) {
                    slugs.push(slug);
                }
            };
            add(out.folded.entry(folded(slug)).or_default());
            for name in term.name.all() {
                add(out.exact.entry(name.nfc().collect()).or_default());
                add(out.folded.entry(folded(name)).or_default());
            }
        }
        out
    }

    /// The listed term with a slug.
    pub(super) fn listed(&self, slug: &str) -> Option<&'a Term> {
        self.by_slug.get(slug).copied()
    }

    /// The slugs of all listed terms, in no order.
    pub(super) fn slugs(&self) -> impl Iterator<Item = &'a str> {
        self.by_slug.keys().copied()
    }

    /// The slug of what a value means; that of the first where it means several.
    pub(super) fn slug(&self, value: &str) -> String {
        match self.meaning(value) {
            Meaning::Listed(slug) => slug.to_owned(),
            Meaning::Several(slugs) => slugs.concat(),
            Meaning::Own(slug) => slug,
        }
    }

    fn meaning(&self, value: &str) -> Meaning<'_> {
        let value: String = value.nfc().collect();
        if let Some(term) = self.listed(&value) {
            return Meaning::Listed(&term.slug);
        }
        let folded = folded(&value);
        let known = self.exact.get(&value).or_else(|| self.folded.get(&folded));
        match known.map(Vec::as_slice) {
            None => Meaning::Own(folded.0),
            Some([one]) => Meaning::Listed(one),
            Some(several) => Meaning::Several(several),
        }
    }

    /// Reports values that mean several listed terms, have no slug or one that is too long, or share one with
    /// another name. `used` says where each value is first written.
    pub(super) fn check(
        &self,
        taxonomy: &str,
        used: BTreeMap<&str, (&Arc<str>, &At<String>)>,
        diags: &mut Diagnostics,
    ) {
        let mut owners: BTreeMap<String, (Folded, &str)> = BTreeMap::new();
        for (value, (file, place)) in used {
            let (message, hint) = match self.meaning(value) {
                Meaning::Listed(_) => continue,
                Meaning::Several(slugs) => (
                    format!("“{value}” in {taxonomy} is the name of several terms"),
                    format!("write the slug of the one you mean: {}", list(slugs)),
                ),
                Meaning::Own(slug) if slug.is_empty() => (
                    format!("“{value}” in {taxonomy} has no letter or digit for an address"),
                    entry(taxonomy, value),
                ),
                Meaning::Own(slug) if self.listed(&slug).is_some() => (
                    format!("“{value}” in {taxonomy} would have the address of the term `{slug}`"),
                    entry(taxonomy, value),
                ),
                // A slug is the name of a folder.
                Meaning::Own(slug) if slug.len() > path::LONGEST_NAME => {
                    let short = path::shortened(&slug, path::GOOD_NAME);
                    (
                        format!("this name in {taxonomy} is too long for an address"),
                        format!(
                            "shorten it, or list it in {FILE} with a shorter slug: [{taxonomy}.{short}] and below it name = \"…\""
                        ),
                    )
                }
                Meaning::Own(slug) => {
                    let folded = folded(value);
                    let (first, name) = owners
                        .entry(slug.clone())
                        .or_insert_with(|| (folded.clone(), value));
                    if *first == folded {
                        continue;
                    }
                    (
                        format!("“{name}” and “{value}” in {taxonomy} have one address: {slug}"),
                        entry(taxonomy, value),
                    )
                }
            };
            let diag = Diagnostic::error(message).at(file, place.span.clone());
            diags.push(diag.hint(hint));
        }
    }
}

/// What to write for a name that needs a slug of its own.
fn entry(taxonomy: &str, name: &str) -> String {
    let slug = spelt(name);
    format!("give it a slug in {FILE}: [{taxonomy}.{slug}] and below it name = \"{name}\"")
}

/// A slug that says the signs: `c-plus-plus`.
fn spelt(name: &str) -> String {
    let mut words = String::new();
    for c in name.chars() {
        let word = match c {
            '+' => "plus",
            '#' => "sharp",
            '*' => "star",
            '!' => "bang",
            '@' => "at",
            '%' => "percent",
            '$' => "dollar",
            '=' => "equals",
            c => {
                words.push(c);
                continue;
            }
        };
        words.push(' ');
        words.push_str(word);
        words.push(' ');
    }
    match path::slug(&words) {
        slug if slug.is_empty() => "some-slug".to_owned(),
        slug => slug,
    }
}
