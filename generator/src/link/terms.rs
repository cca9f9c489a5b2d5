//! Terms: `content/terms.toml` and the values in front matter → slugs with names by language.

use std::{collections::BTreeMap, sync::Arc};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{Edition, EditionId};
use crate::{
    base::{
        diag::{Diagnostic, Diagnostics},
        fields::{At, Fields, Words},
        files::Files,
        hash::Map,
        path, text, tree,
    },
    config::Config,
};

const FILE: &str = TermsFile::PATH;

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

/// `content/terms.toml`: terms with names, by taxonomy.
#[derive(Clone, Debug, Default)]
pub struct TermsFile(Vec<Vec<Term>>);

impl TermsFile {
    /// Where it lies.
    pub const PATH: &str = "content/terms.toml";

    /// What the file says of terms, in Markdown.
    pub(super) fn texts(&self) -> impl Iterator<Item = &Words> {
        let all = self.0.iter().flatten();
        all.filter_map(|term| term.text.as_ref())
    }

    /// Reads the file; without one there are no named terms.
    pub fn load(files: &dyn Files, config: &Config, diags: &mut Diagnostics) -> Self {
        let mut out = Self(vec![Vec::new(); config.taxonomies.len()]);
        let bytes = match files.read(FILE) {
            Ok(bytes) => bytes,
            Err(error) => {
                if error.kind() != std::io::ErrorKind::NotFound {
                    let message = format!("this file cannot be read: {error}");
                    diags.push(Diagnostic::error(message).in_file(FILE));
                }
                return out;
            }
        };
        let file: Arc<str> = FILE.into();
        let text = match text::of(FILE, bytes) {
            Ok(text) => text,
            Err(diag) => {
                diags.push(diag);
                return out;
            }
        };
        let (entries, problems) = tree::from_toml(&text, 0);
        let problems = problems.into_iter();
        diags.extend(problems.map(|p| p.at(&file, "this", tree::Format::Toml)));
        for entry in entries {
            let Some(at) = config.taxonomies.iter().position(|t| t.name == entry.key) else {
                let names: Vec<&str> = config.taxonomies.iter().map(|t| t.name.as_str()).collect();
                let hint = format!("the taxonomies are {}", crate::base::fields::list(&names));
                diags.push(
                    Diagnostic::error(format!("there is no taxonomy `{}`", entry.key))
                        .at(&file, entry.key_span)
                        .hint(hint),
                );
                continue;
            };
            let tree::Value::Table(terms) = entry.node.value else {
                diags.push(
                    Diagnostic::error(format!("`{}` must be a table of terms", entry.key))
                        .at(&file, entry.key_span)
                        .hint("write [topics.some-term] and name = \"…\" below"),
                );
                continue;
            };
            for term in terms {
                out.0[at].extend(read_term(term, &file, diags));
            }
        }
        out
    }
}

fn read_term(entry: tree::Entry, file: &Arc<str>, diags: &mut Diagnostics) -> Option<Term> {
    let slug = path::slug(&entry.key);
    if slug != entry.key {
        let hint = format!("write `{slug}`, and the name as name = \"…\"");
        diags.push(
            Diagnostic::error(format!("`{}` cannot stand in an address", entry.key))
                .at(file, entry.key_span)
                .hint(hint),
        );
        return None;
    }
    if slug.len() > path::LONGEST_NAME {
        let short = path::shortened(&slug, path::GOOD_NAME);
        let diag = Diagnostic::error("this slug is too long for an address");
        diags.push(
            diag.at(file, entry.key_span)
                .hint(format!("write `{short}`")),
        );
        return None;
    }
    let tree::Value::Table(entries) = entry.node.value else {
        diags.push(
            Diagnostic::error(format!("`{slug}` must be a table"))
                .at(file, entry.key_span)
                .hint("write name = \"…\" below [topics.some-term]"),
        );
        return None;
    };
    let mut f = Fields::new(entries, entry.key_span, file, diags);
    let name = f
        .words("name")
        .unwrap_or_else(|| Words::plain(crate::config::capitalised(&slug)));
    let text = f.words("text");
    f.done();
    Some(Term { slug, name, text })
}

/// Gives every edition its terms and returns all terms by taxonomy, sorted by slug.
pub(super) fn assign(
    config: &Config,
    file: &TermsFile,
    editions: &mut [Edition],
    diags: &mut Diagnostics,
) -> Vec<Vec<Term>> {
    let mut all = Vec::with_capacity(config.taxonomies.len());
    let mut places = Vec::with_capacity(config.taxonomies.len());
    for (at, taxonomy) in config.taxonomies.iter().enumerate() {
        let listed = file.0.get(at).map_or(&[][..], Vec::as_slice);
        let slugs = slugs(listed, values(editions, at));
        let mut found: BTreeMap<&str, Use> = BTreeMap::new();
        for (slug, used) in slugs.values().filter(|(slug, _)| !slug.is_empty()) {
            let known = found.get(slug.as_str());
            let both = known.map_or(*used, |known| known.and(*used));
            found.insert(slug, both);
        }
        let first = |used: &Use| used.value(editions, at);
        too_long(&taxonomy.name, listed, &found, first, diags);
        warn_of_slips(&taxonomy.name, listed, &found, first, diags);
        let terms: Vec<Term> = found
            .iter()
            .map(|(slug, used)| {
                let named = listed.iter().find(|t| t.slug == **slug);
                named.cloned().unwrap_or_else(|| Term {
                    slug: (*slug).to_owned(),
                    name: Words::plain(first(used).1.value.clone()),
                    text: None,
                })
            })
            .collect();
        let place = |slug: &str| terms.binary_search_by(|t| t.slug.as_str().cmp(slug)).ok();
        let of_value = slugs.iter().map(|(v, (slug, _))| (v.clone(), place(slug)));
        places.push(of_value.collect::<Map<String, Option<usize>>>());
        all.push(terms);
    }
    editions.par_iter_mut().for_each(|edition| {
        let own = edition.meta.terms.iter().map(Vec::as_slice);
        let own = own.chain(std::iter::repeat(&[][..]));
        edition.terms = places
            .iter()
            .zip(own)
            .map(|(of, v)| distinct(of, v))
            .collect();
    });
    all
}

/// The places of terms in the order of an edition's values, each once.
fn distinct(places: &Map<String, Option<usize>>, values: &[At<String>]) -> Vec<usize> {
    let mut out = Vec::with_capacity(values.len());
    for value in values {
        let place = places.get(&value.value).copied().flatten();
        out.extend(place.filter(|p| !out.contains(p)));
    }
    out
}
/// How often a value or a term is written, and where first: by edition and place in its list.
#[derive(Clone, Copy)]
struct Use {
    count: usize,
    first: (EditionId, usize),
}

impl Use {
    fn and(self, other: Self) -> Self {
        Self {
            count: self.count + other.count,
            first: self.first.min(other.first),
        }
    }

    /// Where it is written first, in which file.
    fn value(self, editions: &[Edition], taxonomy: usize) -> (&Arc<str>, &At<String>) {
        let edition = &editions[self.first.0];
        (
            &edition.source.path,
            &edition.meta.terms[taxonomy][self.first.1],
        )
    }
}

/// Every value that stands in a taxonomy.
fn values(editions: &[Edition], taxonomy: usize) -> Map<&str, Use> {
    let add = |mut found: Map<_, Use>, value, used: Use| {
        let known = found.get(value).copied();
        found.insert(value, known.map_or(used, |known| known.and(used)));
        found
    };
    let parts = editions.par_iter().enumerate();
    parts
        .fold(Map::default, |found, (id, edition)| {
            let values = edition.meta.terms.get(taxonomy).into_iter().flatten();
            values.enumerate().fold(found, |found, (place, value)| {
                let first = (id, place);
                add(found, value.value.as_str(), Use { count: 1, first })
            })
        })
        .reduce(Map::default, |one, other| {
            other
                .into_iter()
                .fold(one, |found, (value, used)| add(found, value, used))
        })
}

/// The slug that each value stands for: an editor may write a listed term's slug, or any of its names.
fn slugs(listed: &[Term], values: Map<&str, Use>) -> Map<String, (String, Use)> {
    let mut known: Map<String, &str> = Map::default();
    for term in listed {
        known.insert(term.slug.clone(), &term.slug);
        let names = term.name.all();
        known.extend(names.map(|name| (path::slug(name), term.slug.as_str())));
    }
    let slug = |(value, used): (&str, Use)| {
        let slug = path::slug(value);
        let slug = known.get(&slug).map_or(slug, |s| (*s).to_owned());
        (value.to_owned(), (slug, used))
    };
    values.into_iter().map(slug).collect()
}

/// A slug is the name of a folder.
fn too_long<'e, F: Fn(&Use) -> (&'e Arc<str>, &'e At<String>)>(
    taxonomy: &str,
    listed: &[Term],
    found: &BTreeMap<&str, Use>,
    first: F,
    diags: &mut Diagnostics,
) {
    let own = |slug: &&str| !listed.iter().any(|term| term.slug == **slug);
    let long = found
        .iter()
        .filter(|(slug, _)| slug.len() > path::LONGEST_NAME && own(slug));
    for (slug, used) in long {
        let (file, value) = first(used);
        let short = path::shortened(slug, path::GOOD_NAME);
        let message = format!("this name in {taxonomy} is too long for an address");
        let diag = Diagnostic::error(message).at(file, value.span.clone());
        diags.push(diag.hint(format!(
            "shorten it, or list it in {FILE} with a shorter slug: [{taxonomy}.{short}] and below it name = \"…\""
        )));
    }
}

/// A term that is used once and is one letter from a listed or a well-used one is probably that one.
fn warn_of_slips<'e, F: Fn(&Use) -> (&'e Arc<str>, &'e At<String>)>(
    taxonomy: &str,
    listed: &[Term],
    found: &BTreeMap<&str, Use>,
    first: F,
    diags: &mut Diagnostics,
) {
    const WELL_USED: usize = 5;
    let good: Vec<&str> = listed
        .iter()
        .map(|t| t.slug.as_str())
        .chain(
            found
                .iter()
                .filter(|(_, u)| u.count >= WELL_USED)
                .map(|(slug, _)| *slug),
        )
        .collect();
    for (slug, used) in found {
        if used.count > 1 || slug.chars().count() < 5 || good.contains(slug) {
            continue;
        }
        let near = good
            .iter()
            .find(|g| path::edit_distance(slug, g, 1).is_some());
        if let Some(near) = near {
            let (file, value) = first(used);
            diags.push(
                Diagnostic::warning(format!(
                    "“{}” in {taxonomy} is used once and looks like `{near}`",
                    value.value
                ))
                .at(file, value.span.clone())
                .hint(format!("write it as the others do, or list it in {FILE}")),
            );
        }
    }
}
