//! Terms: `content/terms.toml` and the values in front matter → slugs with names by language.

use std::{collections::BTreeMap, sync::Arc};

use rayon::prelude::*;

use super::{
    Edition,
    lives::State,
    names::{FILE, Names, Term},
};
use crate::{
    base::{
        diag::{Diagnostic, Diagnostics},
        fields::{At, Fields, Words},
        files::Files,
        hash::{Map, Set},
        index::Indexed,
        path, read, tree,
    },
    config::{Config, TaxonomyId},
    link::TermId,
};

/// `content/terms.toml`: terms with names, by taxonomy.
#[derive(Clone, Debug, Default)]
pub struct TermsFile(Vec<Vec<Term>>);

impl TermsFile {
    /// Where it lies.
    pub const PATH: &str = FILE;

    /// What the file says of terms, in Markdown.
    pub(super) fn texts(&self) -> impl Iterator<Item = &Words> {
        let all = self.0.iter().flatten();
        all.filter_map(|term| term.text.as_ref())
    }

    /// Reads the file; without one there are no named terms.
    pub fn load(files: &dyn Files, config: &Config, diags: &mut Diagnostics) -> Self {
        let mut out = Self(vec![Vec::new(); config.taxonomies.len()]);
        let Some(text) = read::text_if_there(files, FILE, diags) else {
            return out;
        };
        let file: Arc<str> = FILE.into();
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

/// Gives every edition its terms and returns all terms by taxonomy, sorted by slug. Names that mean two
/// terms, or none that can have an address, are errors in held-back documents as well, so that none comes
/// out with its story.
pub(super) fn assign(
    config: &Config,
    file: &TermsFile,
    editions: &mut [Edition],
    held: &[(Edition, State)],
    diags: &mut Diagnostics,
) -> Vec<Vec<Term>> {
    let waiting = held.iter().filter(|(_, state)| *state != State::Draft);
    let waiting: Vec<&Edition> = waiting.map(|(edition, _)| edition).collect();
    let mut all = Vec::with_capacity(config.taxonomies.len());
    let mut places = Vec::with_capacity(config.taxonomies.len());
    for (at, taxonomy) in config.taxonomies.iter().indexed::<TaxonomyId>() {
        let listed = file.0.get(usize::from(at)).map_or(&[][..], Vec::as_slice);
        let names = Names::of(listed);
        let published: Vec<&Edition> = editions.iter().collect();
        let in_use = values(&published, at);
        let waiting_for = values(&waiting, at).into_iter();
        let waiting_for = waiting_for.map(|(value, used)| (value, used.value(&waiting, at)));
        let out = in_use.iter();
        let out = out.map(|(value, used)| (*value, used.value(&published, at)));
        let written: BTreeMap<_, _> = waiting_for.chain(out).collect();
        names.check(&taxonomy.name, written, diags);
        let slugs: Map<String, (String, Use)> = in_use
            .into_iter()
            .map(|(value, used)| (value.to_owned(), (names.slug(value), used)))
            .collect();
        let mut found: BTreeMap<&str, Use> = BTreeMap::new();
        for (slug, used) in slugs.values().filter(|(slug, _)| !slug.is_empty()) {
            let known = found.get(slug.as_str());
            let both = known.map_or(*used, |known| known.and(*used));
            found.insert(slug, both);
        }
        let first = |used: &Use| used.value(&published, at);
        warn_of_slips(&taxonomy.name, &names, &found, first, diags);
        let terms: Vec<Term> = found
            .iter()
            .map(|(slug, used)| {
                let named = names.listed(slug);
                named.cloned().unwrap_or_else(|| Term {
                    slug: (*slug).to_owned(),
                    name: Words::plain(first(used).1.value.clone()),
                    text: None,
                })
            })
            .collect();
        let place = |slug: &str| {
            let at = terms.binary_search_by(|t| t.slug.as_str().cmp(slug));
            at.ok().map(TermId::from)
        };
        let of_value = slugs.iter().map(|(v, (slug, _))| (v.clone(), place(slug)));
        places.push(of_value.collect::<Map<String, Option<TermId>>>());
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
fn distinct(places: &Map<String, Option<TermId>>, values: &[At<String>]) -> Vec<TermId> {
    let mut seen = Set::default();
    let places = values.iter().filter_map(|v| *places.get(&v.value)?);
    places.filter(|place| seen.insert(*place)).collect()
}

/// How often a value or a term is written, and where first: by edition and place in its list.
#[derive(Clone, Copy)]
struct Use {
    count: usize,
    /// Whether it is inherited there, and so has no place in that file.
    inherited: bool,
    first: (usize, usize),
}

impl Use {
    fn and(self, other: Self) -> Self {
        Self {
            count: self.count + other.count,
            inherited: self.inherited && other.inherited,
            first: (self.inherited, self.first)
                .min((other.inherited, other.first))
                .1,
        }
    }

    /// Where it is written first, in which file.
    pub(super) fn value<'e>(
        self,
        editions: &[&'e Edition],
        taxonomy: TaxonomyId,
    ) -> (&'e Arc<str>, &'e At<String>) {
        let edition = editions[self.first.0];
        (
            &edition.source.path,
            &edition.meta.terms[taxonomy][self.first.1],
        )
    }
}

/// Every value that stands in a taxonomy.
fn values<'e>(editions: &[&'e Edition], taxonomy: TaxonomyId) -> Map<&'e str, Use> {
    let add = |mut found: Map<_, Use>, value, used: Use| {
        let known = found.get(value).copied();
        found.insert(value, known.map_or(used, |known| known.and(used)));
        found
    };
    let parts = editions.par_iter().enumerate();
    parts
        .fold(Map::default, |found, (id, edition)| {
            let values = edition
                .meta
                .terms
                .get(usize::from(taxonomy))
                .into_iter()
                .flatten();
            values.enumerate().fold(found, |found, (place, value)| {
                let used = Use {
                    count: 1,
                    inherited: value.span == (0..0),
                    first: (id, place),
                };
                add(found, value.value.as_str(), used)
            })
        })
        .reduce(Map::default, |one, other| {
            other
                .into_iter()
                .fold(one, |found, (value, used)| add(found, value, used))
        })
}

/// A term that is used once and is one letter from a listed or a well-used one is probably that one.
fn warn_of_slips<'e, F: Fn(&Use) -> (&'e Arc<str>, &'e At<String>)>(
    taxonomy: &str,
    names: &Names<'_>,
    found: &BTreeMap<&str, Use>,
    first: F,
    diags: &mut Diagnostics,
) {
    const WELL_USED: usize = 5;
    let good: Vec<&str> = names
        .slugs()
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
