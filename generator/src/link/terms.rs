//! Terms: `content/terms.toml` and the values in front matter → slugs with names by language.

use std::{collections::BTreeMap, sync::Arc};

use super::Edition;
use crate::{
    base::{
        diag::{Diagnostic, Diagnostics},
        fields::{At, Fields, Words},
        files::Files,
        hash::Map,
        path, tree,
    },
    config::Config,
};

const FILE: &str = "content/terms.toml";

/// A term of a taxonomy.
#[derive(Clone, Debug, PartialEq)]
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
        let text = match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => {
                diags.push(Diagnostic::not_utf8(FILE, error.as_bytes()));
                return out;
            }
        };
        let (entries, problems) = tree::from_toml(&text, 0);
        for p in problems {
            diags.push(
                Diagnostic::error(format!("this is not TOML: {}", p.message)).at(&file, p.span),
            );
        }
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
    for edition in editions.iter_mut() {
        edition.terms = vec![Vec::new(); config.taxonomies.len()];
    }
    for (at, taxonomy) in config.taxonomies.iter().enumerate() {
        let listed = file.0.get(at).map_or(&[][..], Vec::as_slice);
        // What an editor may write for a listed term: its slug, or any of its names.
        let mut known: Map<String, &str> = Map::default();
        for term in listed {
            known.insert(term.slug.clone(), &term.slug);
            known.extend(
                term.name
                    .all()
                    .map(|name| (path::slug(name), term.slug.as_str())),
            );
        }
        let mut slugs: Map<String, String> = Map::default();
        let mut found: BTreeMap<String, Use> = BTreeMap::new();
        for edition in editions.iter() {
            let Some(values) = edition.meta.terms.get(at) else {
                continue;
            };
            for value in values {
                let slug = match slugs.get(&value.value) {
                    Some(slug) => slug,
                    None => {
                        let slug = path::slug(&value.value);
                        let slug = known.get(&slug).map_or(slug, |s| (*s).to_owned());
                        slugs.entry(value.value.clone()).or_insert(slug)
                    }
                };
                match found.get_mut(slug) {
                    Some(used) => used.count += 1,
                    None => {
                        let first = (edition.source.path.clone(), value.clone());
                        found.insert(slug.clone(), Use { count: 1, first });
                    }
                }
            }
        }
        found.remove("");
        warn_of_slips(&taxonomy.name, listed, &found, diags);
        let terms: Vec<Term> = found
            .iter()
            .map(
                |(slug, used)| match listed.iter().find(|t| t.slug == *slug) {
                    Some(term) => term.clone(),
                    None => Term {
                        slug: slug.clone(),
                        name: Words::plain(used.first.1.value.clone()),
                        text: None,
                    },
                },
            )
            .collect();
        for edition in editions.iter_mut() {
            let mut places: Vec<usize> = Vec::new();
            for value in edition.meta.terms.get(at).into_iter().flatten() {
                let place = slugs
                    .get(&value.value)
                    .and_then(|s| terms.binary_search_by(|t| t.slug.cmp(s)).ok());
                places.extend(place.filter(|p| !places.contains(p)));
            }
            edition.terms[at] = places;
        }
        all.push(terms);
    }
    all
}

struct Use {
    count: usize,
    first: (Arc<str>, At<String>),
}

/// A term that is used once and is one letter from a listed or a well-used one is probably that one.
fn warn_of_slips(
    taxonomy: &str,
    listed: &[Term],
    found: &BTreeMap<String, Use>,
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
                .map(|(slug, _)| slug.as_str()),
        )
        .collect();
    for (slug, used) in found {
        if used.count > 1 || slug.chars().count() < 5 || good.contains(&slug.as_str()) {
            continue;
        }
        let near = good
            .iter()
            .find(|g| path::edit_distance(slug, g, 1).is_some());
        if let Some(near) = near {
            let (file, value) = &used.first;
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
