//! What a reference means: from what an editor wrote to a document, a file or an address.

use std::{borrow::Cow, sync::Arc};

use super::{
    Broken, Group, Meaning, Member, Resolver, Target, addresses::plain_address, hash, pick,
};
use crate::{base::path, config::LangId};

/// The schemes that every newsroom's links may have.
const SCHEMES: [&str; 4] = ["https", "http", "mailto", "tel"];

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
    pub(super) fn find(&self, from: &str, lang: LangId, href: &str) -> Result<Target, Broken> {
        match self.meaning(from, lang, href)? {
            Meaning::Document(group) => Ok(published(&group)),
            Meaning::Other(target) => Ok(target),
        }
    }

    /// What a reference in `from`, whose page is in `lang`, means.
    pub(in crate::link) fn meaning(
        &self,
        from: &str,
        lang: LangId,
        href: &str,
    ) -> Result<Meaning<'_>, Broken> {
        let href = self.own(href).unwrap_or(href);
        if let Some(scheme) = scheme(href) {
            return match SCHEMES.contains(&scheme.as_str()) || self.schemes.contains(&scheme) {
                true => Ok(Meaning::Other(Target::Elsewhere)),
                false => Err(Broken::Scheme(scheme)),
            };
        }
        if href.starts_with("//") {
            return Ok(Meaning::Other(Target::Elsewhere));
        }
        let plain = href.split(['#', '?']).next().unwrap_or_default();
        if plain.is_empty() {
            return Ok(Meaning::Other(Target::Here));
        }
        let source = self.source_path(from, plain)?;
        if let Some(stem) = source.strip_suffix(".md") {
            return self.document(stem, &source, lang).map(Meaning::Document);
        }
        match self.find_file(from, plain) {
            Err(Broken::Missing) if plain.starts_with('/') => self.at_address(plain, lang),
            other => other.map(Meaning::Other),
        }
    }

    /// The path of an absolute link to this site.
    fn own<'h>(&self, href: &'h str) -> Option<&'h str> {
        let host = href.find("://")? + "://".len();
        let end = href[host..].find(['/', '?', '#']);
        let (start, rest) = href.split_at(end.map_or(href.len(), |end| host + end));
        let is_same = |form: String| form == self.origin;
        let own = dateline_contract::origin::normal(start).is_some_and(is_same);
        match rest {
            "" => own.then_some("/"),
            _ => (own && rest.starts_with('/')).then_some(rest),
        }
    }

    /// What stands at an address of this site; all but documents is known to the plan alone.
    fn at_address(&self, address: &str, lang: LangId) -> Result<Meaning<'_>, Broken> {
        let plain = plain_address(address).ok_or(Broken::Missing)?;
        let wanted = hash(&plain);
        let at = self.addresses.partition_point(|(hash, _)| *hash < wanted);
        let here = self.addresses[at..].iter();
        let here = here.take_while(|(hash, _)| *hash == wanted);
        let members: Cow<'_, [Member]> = here.map(|(_, at)| self.members[*at]).collect();
        if !members.is_empty() {
            return Ok(Meaning::Document(Group { members, lang }));
        }
        let address = path::decode(address).map(Target::Address);
        address.map(Meaning::Other).ok_or(Broken::Missing)
    }

    pub(super) fn source_path(&self, from: &str, plain: &str) -> Result<String, Broken> {
        let decoded = path::decode(plain).ok_or(Broken::Missing)?;
        let inside = match decoded.strip_prefix('/') {
            Some(path) => path::normalise(path).map(|p| format!("content/{p}")),
            None => path::beside(from, &decoded),
        };
        inside
            .filter(|p| p.starts_with("content/"))
            .ok_or(Broken::Outside)
    }

    fn document(&self, stem: &str, source: &str, lang: LangId) -> Result<Group<'_>, Broken> {
        let members = self.group(stem);
        if !members.is_empty() {
            let members = Cow::Borrowed(members);
            return Ok(Group { members, lang });
        }
        // `visit.fr.md` names one edition, whatever the page's language.
        let base = stem.rsplit_once('.').map_or("", |(base, _)| base);
        if let Some(member) = self.group(base).iter().find(|m| self.path(m) == source) {
            let members = Cow::Borrowed(std::slice::from_ref(member));
            let lang = member.lang;
            return Ok(Group { members, lang });
        }
        Err(Broken::Missing)
    }

    pub(in crate::link) fn find_file(&self, from: &str, href: &str) -> Result<Target, Broken> {
        if let Some(scheme) = scheme(href) {
            return Err(Broken::Scheme(scheme));
        }
        if href.starts_with("//") {
            return Err(Broken::Scheme(String::new()));
        }
        let plain = href.split(['#', '?']).next().unwrap_or_default();
        let source = self.source_path(from, plain)?;
        if let Some(path) = plain
            .strip_prefix('/')
            .and_then(path::decode)
            .and_then(|p| path::normalise(&p))
        {
            let of_static = format!("content/static/{path}");
            if holds(&self.statics, &of_static) {
                return Ok(Target::Static(format!("/{path}")));
            }
        }
        if let Some(path) = source.strip_prefix("content/static/")
            && holds(&self.statics, &source)
        {
            return Ok(Target::Static(format!("/{path}")));
        }
        if holds(&self.attachments, &source) {
            return Ok(Target::File(source));
        }
        Err(Broken::Missing)
    }
}

fn holds(sorted: &[Arc<str>], path: &str) -> bool {
    sorted.binary_search_by(|p| (**p).cmp(path)).is_ok()
}

/// The same language's edition where there is one, else the source; else nothing.
fn published(group: &Group<'_>) -> Target {
    pick(&group.members, group.lang).map_or(Target::Expired, Target::Edition)
}

#[cfg(test)]
mod tests {
    use super::{super::fragment_of, *};

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
            let _ = resolver.find("content/news/a.md", LangId::default(), &href);
            let _ = resolver.find_file("content/news/a.md", &href);
            let _ = fragment_of(&href);
        }
    }
}
