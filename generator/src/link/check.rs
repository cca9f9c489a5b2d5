//! Checks every reference of every document and notes which files the published ones use.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
    sync::Arc,
};

use rayon::prelude::*;

use super::{
    Edition, Findings, Site, Target,
    editions::State,
    resolve::{Broken, fragment_of, query_of},
    texts::Text,
};
use crate::{
    base::{
        attachment,
        diag::{Diagnostic, Diagnostics},
        fields::{At, list},
        path,
    },
    config::Config,
    parse::LinkKind,
};

/// Checks all documents but drafts and expired ones, and what they would leak.
pub(super) fn documents(
    config: &Config,
    site: &Site,
    held: &[(Edition, State)],
    texts: &[Text],
    diags: &mut Diagnostics,
) -> Findings {
    let check = |edition, waiting| Check {
        config,
        site,
        edition,
        waiting,
        found: Found::default(),
    };
    let parts: Vec<Found> = (0..site.editions.len())
        .into_par_iter()
        .fold(Found::default, |found, id| {
            let edition = &site.editions[id];
            let mut check = check(edition, false);
            check.found = found;
            check.everything();
            check.found
        })
        .collect();
    let mut public = Found::default();
    parts.into_iter().for_each(|part| public.add(part));
    for (edition, waiting) in texts {
        let mut check = check(edition, *waiting);
        check.everything();
        match waiting {
            true => diags.append(&mut check.found.diags),
            false => public.add(check.found),
        }
    }
    diags.append(&mut public.diags);
    let mut coming = BTreeSet::new();
    for (edition, state) in held {
        let mut check = check(edition, true);
        match state {
            State::Held(_) => check.everything(),
            // A draft may be unfinished; only its pictures matter, since they might leak.
            _ => check.pictures(),
        }
        diags.append(&mut check.found.diags);
        if let State::Held(_) = state {
            coming.append(&mut check.found.files);
        }
        for (address, span) in check.found.statics {
            if !public.statics.contains_key(&address) {
                diags.push(leak(edition, *state, &address, span));
            }
        }
    }
    site_pages(config, site, diags);
    Findings {
        coming: coming.difference(&public.files).cloned().collect(),
        files: public.files.into_iter().collect(),
        statics: public.statics.into_keys().collect(),
        addresses: public.addresses,
        held: Vec::new(),
    }
}

/// The pages that `site.toml` names: in the footer, and as download terms.
fn site_pages(config: &Config, site: &Site, diags: &mut Diagnostics) {
    let of_terms = config.terms.iter().filter_map(|t| t.page.as_ref());
    for page in config.footer.iter().chain(of_terms) {
        if site
            .resolver
            .edition(crate::config::FILE, 0, &page.value)
            .is_none()
        {
            diags.push(
                Diagnostic::error(format!("“{}” is not a published page", page.value))
                    .at(&crate::config::FILE.into(), page.span.clone())
                    .hint("write the path of its source from content/, such as /pages/about.md"),
            );
        }
    }
}

/// What documents use, and what is wrong with them.
#[derive(Default)]
struct Found {
    files: BTreeSet<String>,
    /// By address, with where it is first used.
    statics: BTreeMap<String, Range<usize>>,
    addresses: Vec<(Arc<str>, Range<usize>, String)>,
    diags: Diagnostics,
}

impl Found {
    fn add(&mut self, mut later: Self) {
        self.files.append(&mut later.files);
        for (address, span) in later.statics {
            self.statics.entry(address).or_insert(span);
        }
        self.addresses.append(&mut later.addresses);
        self.diags.append(&mut later.diags);
    }
}

/// `content/static/` is public as it stands, so what only a held-back story shows is out already.
fn leak(edition: &Edition, state: State, address: &str, span: Range<usize>) -> Diagnostic {
    let message = format!("{address} is public already, but only this story shows it");
    let hint =
        "put the picture beside the story instead of into static/: then it comes out with it";
    match state {
        // It was public once; a build must not begin to fail because time has passed.
        State::Expired => Diagnostic::warning(message)
            .hint("this story has expired: remove the picture if it should be gone too"),
        _ => Diagnostic::error(message).hint(hint),
    }
    .at(&edition.source.path, span)
}

struct Check<'a> {
    config: &'a Config,
    site: &'a Site,
    edition: &'a Edition,
    /// Held back: what it refers to must exist, but may come out with it.
    waiting: bool,
    found: Found,
}

impl Check<'_> {
    fn everything(&mut self) {
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
    fn pictures(&mut self) {
        let edition = self.edition;
        if let Some(image) = &edition.meta.image {
            self.file(&image.src.value, image.src.span.clone(), "picture");
        }
        if let Some(dossier) = &edition.meta.dossier {
            let captions = dossier.captions.iter().map(|c| (&c.file, "captions file"));
            let others = [
                (&dossier.poster, "poster"),
                (&dossier.transcript, "transcript"),
            ];
            let others = others
                .into_iter()
                .filter_map(|(file, what)| file.as_ref().map(|f| (f, what)));
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
            Err(Broken::Missing { near }) => {
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
        let target = self
            .site
            .resolver
            .find(&edition.source.path, edition.source.lang, href);
        let fragment = fragment_of(href);
        match target {
            Ok(Target::Edition(id)) => {
                if let Some(fragment) = fragment
                    && self.site.anchor(id, &fragment).is_none()
                {
                    let other = &self.site.editions[id];
                    self.anchor(
                        &other.body.anchors,
                        &fragment,
                        Some(&other.source.path),
                        span,
                    );
                }
            }
            Ok(Target::Here) => {
                if let Some(fragment) = fragment {
                    self.anchor(&edition.body.anchors, &fragment, None, span);
                }
            }
            Ok(Target::Expired) => {
                let message = format!("“{href}” has expired: readers see plain text here");
                self.warning(span, message, "link to something that is still there");
            }
            Ok(Target::File(path)) => self.attach(path, span),
            Ok(Target::Static(address)) => {
                self.found.statics.entry(address).or_insert(span);
            }
            Ok(Target::Address(address)) => {
                if !self.waiting && span != (0..0) {
                    self.found.addresses.push((
                        edition.source.path.clone(),
                        span,
                        address + query_of(href),
                    ));
                }
            }
            Ok(Target::Elsewhere) => {}
            Err(broken) => self.broken_link(href, broken, span),
        }
    }

    fn broken_link(&mut self, href: &str, broken: Broken, span: Range<usize>) {
        match broken {
            Broken::Draft | Broken::Held if self.waiting => {}
            Broken::Draft => self.error(span, format!("“{href}” is a draft"), "publish it first, or take the link out"),
            Broken::Held => self.error(span, format!("“{href}” is not published yet"), "link to it once its date or embargo has passed"),
            Broken::Missing { near: Some(near) } => {
                self.error(span, format!("“{href}” leads nowhere"), format!("did you mean {near}?"));
            }
            Broken::Missing { near: None } => self.error(
                span,
                format!("“{href}” leads nowhere"),
                "write the path of the source file from content/, such as /news/2025/01/27/visit.md",
            ),
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
        if anchors.iter().any(|a| **a == *fragment) {
            return;
        }
        let place = of.map_or_else(
            || "this page".to_owned(),
            |path| path.trim_start_matches("content/").to_owned(),
        );
        let hint = match path::closest(fragment, anchors.iter().map(|a| &**a)) {
            Some(near) => format!("did you mean #{near}?"),
            None if anchors.is_empty() => "there are no headings there".to_owned(),
            None => {
                let some: Vec<&str> = anchors.iter().take(8).map(|a| &**a).collect();
                format!("the headings there are {}", list(&some))
            }
        };
        let message = format!("there is no heading #{fragment} on {place}");
        match self.config.lenient_fragments {
            true => self.warning(span, message, hint),
            false => self.error(span, message, hint),
        }
    }

    fn dossier(&mut self, id: &str, span: Range<usize>) {
        match self
            .site
            .resolver
            .find_dossier(id, self.edition.source.lang)
        {
            Ok(Target::Expired) => self.error(
                span,
                format!("the dossier `{id}` has expired"),
                "take it out of this story",
            ),
            Ok(_) => {}
            Err(Broken::Draft | Broken::Held) if self.waiting => {}
            Err(Broken::Draft) => self.error(
                span,
                format!("the dossier `{id}` is a draft"),
                "publish it first",
            ),
            Err(Broken::Held) => self.error(
                span,
                format!("the dossier `{id}` is not published yet"),
                "give this story the same embargo",
            ),
            Err(broken) => {
                let hint = match broken {
                    Broken::Missing { near: Some(near) } => format!("did you mean `{near}`?"),
                    _ => "dossiers are the files in content/media/; write the name without .md"
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
