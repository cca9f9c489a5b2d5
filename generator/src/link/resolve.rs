//! What a reference means: a document, a file, an anchor, an address or something elsewhere.

use super::{Edition, EditionId, editions::State};
use crate::{
    base::{
        hash::{Map, Set},
        path,
    },
    config::Config,
    discover::{Role, Sources},
};

/// What a link leads to.
#[derive(Clone, Debug, PartialEq)]
pub enum Target {
    /// Another site, or `mailto:` and the like.
    Elsewhere,
    /// A place on the same page.
    Here,
    /// A published document.
    Edition(EditionId),
    /// A document that has expired: its text stays, the link goes.
    Expired,
    /// A file that is copied as it is, by its address.
    Static(String),
    /// A file beside a document, by its path from the root.
    File(String),
    /// An address of this site, to be checked once all are known.
    Address(String),
}

/// Why a reference leads nowhere.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Broken {
    Missing { near: Option<String> },
    Draft,
    Held,
    Outside,
    Scheme,
}

#[derive(Clone, Debug)]
struct Member {
    lang: usize,
    path: String,
    state: State,
    edition: Option<EditionId>,
}

/// Finds targets. Holds every document, published or not, and every file.
#[derive(Clone, Debug, Default)]
pub struct Resolver {
    groups: Map<String, Vec<Member>>,
    dossiers: Map<String, Vec<Member>>,
    statics: Set<String>,
    attachments: Set<String>,
    stems: Vec<String>,
}

/// The part after `#`, decoded; empty counts as none.
pub fn fragment_of(href: &str) -> Option<String> {
    let (_, fragment) = href.split_once('#')?;
    let fragment = path::decode(fragment).unwrap_or_else(|| fragment.to_owned());
    (!fragment.is_empty()).then_some(fragment)
}

/// The scheme of an absolute reference (RFC 3986 §3.1), in lower case.
fn scheme(href: &str) -> Option<String> {
    let (scheme, _) = href.split_once(':')?;
    let good = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'));
    good.then(|| scheme.to_ascii_lowercase())
}

impl Resolver {
    pub(super) fn new(
        config: &Config,
        sources: &Sources,
        editions: &[Edition],
        states: &Map<String, State>,
    ) -> Self {
        let by_path: Map<&str, EditionId> = editions
            .iter()
            .enumerate()
            .map(|(id, e)| (&*e.source.path, id))
            .collect();
        let mut out = Self {
            statics: sources.statics.iter().map(|p| p.to_string()).collect(),
            attachments: sources.attachments.iter().map(|p| p.to_string()).collect(),
            ..Self::default()
        };
        debug_assert!(!config.languages.is_empty());
        for source in &sources.documents {
            // A document with mistakes has no state; whoever links to it is not at fault.
            let state = states
                .get(&*source.path)
                .copied()
                .unwrap_or(State::Published);
            let edition = by_path.get(&*source.path).copied();
            let member = Member {
                lang: source.lang,
                path: source.path.to_string(),
                state,
                edition,
            };
            if source.role == Role::Dossier
                && let Some(id) = edition
            {
                out.dossiers
                    .entry(editions[id].slug.clone())
                    .or_default()
                    .push(member.clone());
            } else if source.role == Role::Dossier {
                let name = source.stem.rsplit('/').next().unwrap_or_default();
                out.dossiers
                    .entry(path::slug(name))
                    .or_default()
                    .push(member.clone());
            }
            out.groups
                .entry(source.stem.clone())
                .or_default()
                .push(member);
        }
        out.stems = sources.documents.iter().map(|s| s.stem.clone()).collect();
        out.stems.dedup();
        out
    }

    /// What a link in `from` (a path from the root), whose page is in `lang`, leads to.
    pub fn link(&self, from: &str, lang: usize, href: &str) -> Option<Target> {
        self.find(from, lang, href).ok()
    }

    /// The published edition that a source path names, as `related` and links do.
    pub fn edition(&self, from: &str, lang: usize, href: &str) -> Option<EditionId> {
        match self.find(from, lang, href) {
            Ok(Target::Edition(id)) => Some(id),
            _ => None,
        }
    }

    /// A published dossier by id, in `lang` or the first language it has.
    pub fn dossier(&self, id: &str, lang: usize) -> Option<EditionId> {
        pick(self.dossiers.get(id)?, lang)
    }

    /// A file that a picture, poster, caption or transcript names: its path from the root.
    pub fn file(&self, from: &str, href: &str) -> Option<Target> {
        self.find_file(from, href).ok()
    }

    pub(super) fn find_dossier(&self, id: &str, lang: usize) -> Result<Target, Broken> {
        let near =
            || path::closest(id, self.dossiers.keys().map(String::as_str)).map(str::to_owned);
        let group = self
            .dossiers
            .get(id)
            .ok_or_else(|| Broken::Missing { near: near() })?;
        published(group, lang)
    }

    pub(super) fn find(&self, from: &str, lang: usize, href: &str) -> Result<Target, Broken> {
        if let Some(scheme) = scheme(href) {
            return match scheme.as_str() {
                "javascript" | "data" | "vbscript" | "file" => Err(Broken::Scheme),
                _ => Ok(Target::Elsewhere),
            };
        }
        if href.starts_with("//") {
            return Ok(Target::Elsewhere);
        }
        let plain = href.split(['#', '?']).next().unwrap_or_default();
        if plain.is_empty() {
            return Ok(Target::Here);
        }
        let source = self.source_path(from, plain)?;
        if let Some(stem) = source.strip_suffix(".md") {
            return self.document(stem, &source, lang);
        }
        match self.find_file(from, plain) {
            Err(Broken::Missing { .. }) if plain.starts_with('/') && plain.ends_with('/') => {
                let address = path::decode(plain).ok_or(Broken::Missing { near: None })?;
                Ok(Target::Address(address))
            }
            other => other,
        }
    }

    fn source_path(&self, from: &str, plain: &str) -> Result<String, Broken> {
        let decoded = path::decode(plain).ok_or(Broken::Missing { near: None })?;
        let inside = match decoded.strip_prefix('/') {
            Some(path) => path::normalise(path).map(|p| format!("content/{p}")),
            None => path::beside(from, &decoded),
        };
        inside
            .filter(|p| p.starts_with("content/"))
            .ok_or(Broken::Outside)
    }

    fn document(&self, stem: &str, source: &str, lang: usize) -> Result<Target, Broken> {
        if let Some(group) = self.groups.get(stem) {
            return published(group, lang);
        }
        // `visit.fr.md` names one edition, whatever the page's language.
        let named = stem
            .rsplit_once('.')
            .and_then(|(base, _)| self.groups.get(base));
        if let Some(member) = named.and_then(|g| g.iter().find(|m| m.path == source)) {
            return published(std::slice::from_ref(member), member.lang);
        }
        let name = |stem: &str| stem.rsplit('/').next().unwrap_or(stem).to_owned();
        let wanted = name(stem);
        let same_name = self.stems.iter().find(|s| name(s) == wanted);
        let near = same_name
            .map(String::as_str)
            .or_else(|| path::closest(stem, self.stems.iter().map(String::as_str)));
        Err(Broken::Missing {
            near: near.map(|s| format!("{}.md", &s["content".len()..])),
        })
    }

    pub(super) fn find_file(&self, from: &str, href: &str) -> Result<Target, Broken> {
        if scheme(href).is_some() || href.starts_with("//") {
            return Err(Broken::Scheme);
        }
        let plain = href.split(['#', '?']).next().unwrap_or_default();
        let source = self.source_path(from, plain)?;
        if let Some(path) = plain
            .strip_prefix('/')
            .and_then(path::decode)
            .and_then(|p| path::normalise(&p))
        {
            let of_static = format!("content/static/{path}");
            if self.statics.contains(&of_static) {
                return Ok(Target::Static(format!("/{path}")));
            }
        }
        if let Some(path) = source.strip_prefix("content/static/")
            && self.statics.contains(&source)
        {
            return Ok(Target::Static(format!("/{path}")));
        }
        if self.attachments.contains(&source) {
            return Ok(Target::File(source));
        }
        let files = self.attachments.iter().chain(&self.statics);
        let near = path::closest(&source, files.map(String::as_str));
        Err(Broken::Missing {
            near: near.map(|p| p["content".len()..].to_owned()),
        })
    }
}

fn pick(group: &[Member], lang: usize) -> Option<EditionId> {
    let in_lang = group
        .iter()
        .find(|m| m.lang == lang)
        .and_then(|m| m.edition);
    in_lang.or_else(|| {
        group
            .iter()
            .filter(|m| m.edition.is_some())
            .min_by_key(|m| m.lang)
            .and_then(|m| m.edition)
    })
}

/// The same language's edition where there is one, else the source; else why there is none.
fn published(group: &[Member], lang: usize) -> Result<Target, Broken> {
    if let Some(id) = pick(group, lang) {
        return Ok(Target::Edition(id));
    }
    match group.iter().min_by_key(|m| m.lang).map(|m| m.state) {
        Some(State::Expired) | None => Ok(Target::Expired),
        Some(State::Draft) => Err(Broken::Draft),
        Some(State::Held(_)) => Err(Broken::Held),
        // It has mistakes of its own, which are told already.
        Some(State::Published) => Ok(Target::Here),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schemes_are_told_from_paths() {
        assert_eq!(scheme("HTTPS://x"), Some("https".to_owned()));
        assert_eq!(scheme("mailto:a@b"), Some("mailto".to_owned()));
        assert_eq!(scheme("a/b:c"), None);
        assert_eq!(fragment_of("/a.md#%C3%A9"), Some("é".to_owned()));
        assert_eq!(fragment_of("/a.md#"), None);
    }

    proptest::proptest! {
        #[test]
        fn resolution_never_panics(href in "(\\PC|/|\\.\\./|%2e|%|#|\\?|\\.md|javascript:|:){0,30}") {
            let resolver = Resolver::default();
            let _ = resolver.find("content/news/a.md", 0, &href);
            let _ = resolver.find_file("content/news/a.md", &href);
            let _ = fragment_of(&href);
        }
    }
}
