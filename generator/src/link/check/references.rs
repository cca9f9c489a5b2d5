//! The references of one edition, checked over the rest of its life.

use std::ops::Range;

use jiff::Timestamp;

use super::Found;
use crate::{
    base::{
        attachment,
        diag::Diagnostic,
        fields::{At, list},
        guard,
        hash::Map,
        path,
    },
    config::Config,
    link::{
        AddressLink, Edition, Life, Site, Target,
        lives::{Fate, shown},
        resolve::{Broken, Group, Meaning, fragment_of, query_of},
    },
    parse::LinkKind,
};

/// How findings about a reference name it.
struct Reference {
    name: String,
    /// What is seen when its target has ended.
    then: &'static str,
    /// What to do when its target comes out later.
    too_early: &'static str,
}

pub(super) struct Check<'a> {
    pub(super) config: &'a Config,
    pub(super) site: &'a Site,
    /// What is not in the site, by source.
    pub(super) waiting: &'a Map<&'a str, &'a Edition>,
    pub(super) edition: &'a Edition,
    pub(super) now: Timestamp,
    /// When the edition is out, from now on.
    pub(super) life: Life,
    pub(super) found: Found,
}

impl Check<'_> {
    /// Checks everything that the edition refers to. A panic becomes a finding that names its file.
    pub(super) fn everything(&mut self) {
        if guard::caught(|| self.references()).is_none() {
            let file = &self.edition.source.path;
            let diag = guard::failed(format!("while checking the references of {file}"));
            self.found.diags.push(diag.in_file(file));
        }
    }

    fn references(&mut self) {
        let meta = &self.edition.meta;
        self.pictures();
        for related in &meta.related {
            self.link(&related.value, related.span.clone());
        }
        for id in &meta.media {
            self.dossier(&id.value, id.span.clone());
        }
        if let Some(contact) = &meta.contact {
            self.contact(&contact.value, contact.span.clone());
        }
        if let Some(terms) = meta.dossier.as_ref().and_then(|d| d.terms.as_ref()) {
            self.terms(terms);
        }
        for link in &self.edition.body.links {
            let span = link.span.start as usize..link.span.end as usize;
            match link.kind {
                LinkKind::Link => self.link(&link.href, span),
                LinkKind::Dossier => self.dossier(&link.href, span),
                LinkKind::Contact => self.contact(&link.href, span),
                LinkKind::Image | LinkKind::File => {}
            }
        }
    }

    /// Pictures and other files. Inherited ones count as used, but are judged where they are written.
    pub(super) fn pictures(&mut self) {
        let edition = self.edition;
        if let Some(image) = &edition.meta.image {
            self.file(&image.src.value, image.src.span.clone(), "picture");
        }
        if let Some(dossier) = &edition.meta.dossier {
            let captions = dossier.captions.iter().map(|c| (&c.file, "captions file"));
            let poster = dossier.poster.iter().map(|p| (&p.src, "poster"));
            let transcript = dossier.transcript.iter().map(|t| (t, "transcript"));
            let others = poster.chain(transcript);
            for (file, what) in captions.chain(others) {
                self.file(&file.value, file.span.clone(), what);
            }
        }
        for link in &edition.body.links {
            let what = match link.kind {
                LinkKind::Image => "picture",
                LinkKind::File => "file",
                _ => continue,
            };
            let span = link.span.start as usize..link.span.end as usize;
            self.file(&link.href, span, what);
        }
    }

    fn warning(&mut self, span: Range<usize>, message: String, hint: impl Into<String>) {
        if span != (0..0) {
            self.found.diags.push(
                Diagnostic::warning(message)
                    .at(&self.edition.source.path, span)
                    .hint(hint),
            );
        }
    }

    fn error(&mut self, span: Range<usize>, message: String, hint: impl Into<String>) {
        // An inherited key has no place in this file and is judged in its own.
        if span != (0..0) {
            self.found.diags.push(
                Diagnostic::error(message)
                    .at(&self.edition.source.path, span)
                    .hint(hint),
            );
        }
    }

    fn file(&mut self, href: &str, span: Range<usize>, what: &str) {
        match self
            .site
            .resolver
            .find_file(&self.edition.source.path, href)
        {
            // A transcript is written into the page; there is nothing to copy.
            Ok(Target::File(_)) if what == "transcript" => {}
            Ok(Target::File(path)) => self.attach(path, span),
            Ok(Target::Static(address)) => {
                self.found.statics.entry(address).or_insert(span);
            }
            Ok(_) => {}
            Err(Broken::Missing) => {
                let near = self.site.resolver.near(&self.edition.source.path, href);
                let hint = match near {
                    Some(near) => format!("did you mean {near}?"),
                    None => {
                        "put the file beside this document, or into content/static/ and write /name"
                            .to_owned()
                    }
                };
                self.error(span, format!("there is no {what} “{href}”"), hint);
            }
            Err(Broken::Scheme(_)) => {
                let hint =
                    "save it beside this document: readers' browsers load nothing from elsewhere";
                self.error(
                    span,
                    format!("a {what} must lie in the newsroom, not elsewhere"),
                    hint,
                );
            }
            Err(_) => self.error(
                span,
                format!("“{href}” leads out of content/"),
                "use files under content/ alone",
            ),
        }
    }

    /// A file beside the document, which readers will get.
    fn attach(&mut self, path: String, span: Range<usize>) {
        match attachment::refused(&path) {
            Some((message, hint)) => self.error(span, message, hint),
            None => drop(self.found.files.insert(path)),
        }
    }

    fn link(&mut self, href: &str, span: Range<usize>) {
        let edition = self.edition;
        let resolver = &self.site.resolver;
        match resolver.meaning(&edition.source.path, edition.source.lang, href) {
            Ok(Meaning::Document(group)) => {
                let what = Reference {
                    name: format!("“{href}”"),
                    then: "readers see plain text here",
                    too_early: "link to what comes out before this, or give this the later date",
                };
                self.judge(&group, what, span.clone());
                if let Some(fragment) = fragment_of(href) {
                    self.anchors(&group, &fragment, span);
                }
            }
            Ok(Meaning::Other(Target::Here)) => {
                if let Some(fragment) = fragment_of(href) {
                    self.anchor(&edition.body.anchors, &fragment, None, span);
                }
            }
            Ok(Meaning::Other(Target::File(path))) => self.attach(path, span),
            Ok(Meaning::Other(Target::Static(address))) => {
                self.found.statics.entry(address).or_insert(span);
            }
            Ok(Meaning::Other(Target::Address(address))) => {
                if span != (0..0) {
                    self.found.addresses.push(AddressLink {
                        file: edition.source.path.clone(),
                        span,
                        address: address + query_of(href),
                        waiting: self.life.from > self.now,
                    });
                }
            }
            Ok(Meaning::Other(_)) => {}
            Err(broken) => self.broken_link(href, broken, span),
        }
    }

    /// Whether there is something that a reference means, as long as this document is out.
    fn judge(&mut self, group: &Group<'_>, what: Reference, span: Range<usize>) {
        let Some(fate) = group.fate(self.life).filter(|_| span != (0..0)) else {
            return;
        };
        let moment = |at| shown(at, &self.config.time_zone);
        let name = what.name;
        let diag = match fate {
            Fate::Holds => return,
            Fate::TooEarly(at) => {
                let (problem, hint) = match group.begins() {
                    None => (
                        "is a draft".to_owned(),
                        "publish it first, or take the reference out",
                    ),
                    Some(begins) => {
                        let begins = moment(begins);
                        let problem = format!("is not published yet: it comes out {begins}");
                        (problem, what.too_early)
                    }
                };
                let message = match at <= self.now {
                    true => format!("{name} {problem}"),
                    false => format!("from {}, {name} {problem}", moment(at)),
                };
                Diagnostic::error(message).hint(hint)
            }
            Fate::Ends(at) => {
                let then = what.then;
                let message = match at <= self.now {
                    true => format!("{name} has expired: {then}"),
                    false => format!("{name} expires on {}: from then on {then}", moment(at)),
                };
                Diagnostic::warning(message).hint("refer to something that stays")
            }
        };
        self.found
            .diags
            .push(diag.at(&self.edition.source.path, span));
    }

    /// A heading, of every edition that the link leads to at some moment.
    fn anchors(&mut self, group: &Group<'_>, fragment: &str, span: Range<usize>) {
        for source in group.meant(&self.site.resolver, self.life) {
            let (found, other) = match self.site.resolver.published(source) {
                Some(id) => {
                    let found = self.site.editions.anchor(id, fragment).is_some();
                    (found, &self.site.editions[id])
                }
                None => match self.waiting.get(source) {
                    Some(other) => (self.comes_with(other, fragment), *other),
                    None => continue,
                },
            };
            if !found {
                let place = Some(&*other.source.path);
                self.anchor(&other.body.anchors, fragment, place, span.clone());
            }
        }
    }

    /// Whether the document that `other` translates has the heading in a page of the same parts, as
    /// [`Site::anchor`] asks of published ones.
    fn comes_with(&self, other: &Edition, fragment: &str) -> bool {
        let source = format!("{}.md", other.source.stem());
        let published = self.site.resolver.published(&source);
        let original = match published {
            Some(id) => Some(&self.site.editions[id]),
            None => self.waiting.get(&*source).copied(),
        };
        original.is_some_and(|original| {
            original.life().from <= other.life().from
                && original.body.headings == other.body.headings
                && original.body.anchors[..original.body.headings]
                    .iter()
                    .any(|a| **a == *fragment)
        })
    }

    fn broken_link(&mut self, href: &str, broken: Broken, span: Range<usize>) {
        match broken {
            Broken::Missing => {
                let near = self.site.resolver.near(&self.edition.source.path, href);
                let hint = match near {
                    Some(near) => format!("did you mean {near}?"),
                    None => "write the path of the source file from content/, such as /news/2025/01/27/visit.md".to_owned(),
                };
                self.error(span, format!("“{href}” leads nowhere"), hint);
            }
            Broken::Outside => self.error(span, format!("“{href}” leads out of content/"), "link to files under content/ alone"),
            Broken::Scheme(scheme) => self.error(
                span,
                format!("this kind of link does nothing here: `{scheme}:` is not allowed"),
                "use https:, mailto:, tel: or the path of a source file; what else readers need is added to site.toml: [links] schemes = [\"sip\"]",
            ),
        }
    }

    fn anchor(
        &mut self,
        anchors: &[Box<str>],
        fragment: &str,
        of: Option<&str>,
        span: Range<usize>,
    ) {
        let Err(hint) = has_heading(anchors, fragment) else {
            return;
        };
        let place = of.map_or_else(
            || "this page".to_owned(),
            |path| path.trim_start_matches("content/").to_owned(),
        );
        let message = format!("there is no heading #{fragment} on {place}");
        match self.config.lenient_fragments {
            true => self.warning(span, message, hint),
            false => self.error(span, message, hint),
        }
    }

    fn dossier(&mut self, id: &str, span: Range<usize>) {
        let lang = self.edition.source.lang;
        match self.site.resolver.dossiers(id, lang) {
            Ok(group) => {
                let what = Reference {
                    name: format!("the dossier `{id}`"),
                    then: "it is left out here",
                    too_early: "give this story the same embargo",
                };
                self.judge(&group, what, span);
            }
            Err(_) => {
                let hint = match self.site.resolver.dossier_near(id) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => "dossiers are the files in content/media/; write the name without .md"
                        .to_owned(),
                };
                self.error(span, format!("there is no dossier `{id}`"), hint);
            }
        }
    }

    fn contact(&mut self, id: &str, span: Range<usize>) {
        if self.config.contacts.iter().any(|c| c.id == id) {
            return;
        }
        let ids: Vec<&str> = self.config.contacts.iter().map(|c| c.id.as_str()).collect();
        let hint = match ids.as_slice() {
            [] => format!("add [contacts.{id}] to site.toml"),
            ids => format!("site.toml has {}", list(ids)),
        };
        self.error(span, format!("there is no contact `{id}`"), hint);
    }

    fn terms(&mut self, terms: &At<String>) {
        if self.config.terms.iter().any(|t| t.id == terms.value) {
            return;
        }
        let ids: Vec<&str> = self.config.terms.iter().map(|t| t.id.as_str()).collect();
        let hint = match ids.as_slice() {
            [] => format!("add [terms.{}] to site.toml", terms.value),
            ids => format!("site.toml has {}", list(ids)),
        };
        self.error(
            terms.span.clone(),
            format!("there are no download terms `{}`", terms.value),
            hint,
        );
    }
}

/// Whether a fragment leads to one of the ids on a page; what to do about it where it does not.
pub fn has_heading(anchors: &[Box<str>], fragment: &str) -> Result<(), String> {
    // The beginning of every page.
    let is_top = fragment.eq_ignore_ascii_case("top");
    if is_top || anchors.iter().any(|a| **a == *fragment) {
        return Ok(());
    }
    Err(
        match path::closest(fragment, anchors.iter().map(|a| &**a)) {
            Some(near) => format!("did you mean #{near}?"),
            None if anchors.is_empty() => "there are no headings there".to_owned(),
            None => {
                let some: Vec<&str> = anchors.iter().take(8).map(|a| &**a).collect();
                format!("the headings there are {}", list(&some))
            }
        },
    )
}
