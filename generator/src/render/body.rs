//! Bodies: reads them again, checks that they did not change since parsing, and writes HTML with resolved links.

use std::{collections::BTreeSet, fmt::Write as _};

use tera::Value;

use super::{
    backend::{Backend, Body},
    cards,
    digests::Digests,
    failure::Failure,
    pictures::image,
    renderer::Renderer,
    value::{Context, text},
};
use crate::{
    assets::Used,
    base::{diag::Diagnostic, path, read},
    config,
    discover::Role,
    link::{Edition, EditionId, Reading, Target, fragment_of, query_of},
    markdown::{
        anchors::Anchors,
        directive::{self, Directive, Kind, Masked},
        html::{self, Hooks, Html, Page},
        raw_html::{self, Attribute, Now, Points, Tag},
        text::escape,
    },
    parse::Said,
    theme::slots,
};

/// The address of an edition, with the query and the fragment of a link to it.
pub(super) fn address_of(editions: Reading<'_>, id: EditionId, href: &str) -> String {
    let address = path::encode(editions.place(id).address) + query_of(href);
    let Some((_, written)) = href.split_once('#') else {
        return address;
    };
    let meant = fragment_of(href).and_then(|wanted| editions.anchor(id, &wanted));
    let fragment = meant.map_or_else(|| written.to_owned(), path::encode);
    format!("{address}#{fragment}")
}

/// The component of the theme that writes a Markdown image. Without it, images are plain.
pub(super) const IMAGE: &str = "image";

/// The component that writes a figure of a photo story. Without it, such a figure is as any other.
pub(super) const PHOTO: &str = "photo";

struct BodyHooks<'a, B> {
    renderer: &'a Renderer<'a, B>,
    edition: &'a Edition,
    /// Addresses of pictures that were offered for download: each page offers one once.
    offered: BTreeSet<String>,
    /// Figures so far, and all there are, of a photo story.
    photos: Option<(usize, usize)>,
    problem: Option<Diagnostic>,
}

impl<B: Backend> BodyHooks<'_, B> {
    fn file(&self, src: &str) -> Option<&Used> {
        cards::file(
            self.renderer.site,
            &self.renderer.used,
            &self.edition.source.path,
            src,
        )
    }
}

impl<B: Backend> BodyHooks<'_, B> {
    /// Writes a component of the theme.
    fn component(&mut self, name: &str, args: &Context, body: &str, out: &mut String) {
        let lang = self.edition.source.lang;
        match self.renderer.engines.component(lang, name, args, body) {
            Ok(html) => out.push_str(&html),
            Err(diag) => {
                self.problem.get_or_insert(diag);
            }
        }
    }

    /// What is offered for a picture, where it is shown first.
    fn download(&mut self, src: &str) -> Value {
        let (renderer, edition) = (self.renderer, self.edition);
        let file = cards::file(renderer.site, &renderer.used, &edition.source.path, src);
        let address = file.map(|file| file.address.clone());
        match address.is_some_and(|address| self.offered.insert(address)) {
            true => renderer.download(edition, file),
            false => Value::none(),
        }
    }

    /// The address of a file that raw HTML loads.
    fn loaded(&self, value: &str) -> String {
        let src = raw_html::address(value);
        if src.starts_with('#') || raw_html::is_elsewhere(&src) {
            return value.to_owned();
        }
        match self.file(&src) {
            Some(file) => {
                let rest = src.find(['?', '#']).map_or("", |at| &src[at..]);
                path::encode(file.shown_address()) + rest
            }
            None => value.to_owned(),
        }
    }
}

impl<B: Backend> Hooks for BodyHooks<'_, B> {
    fn link(&mut self, href: &str) -> Option<String> {
        self.renderer.address(self.edition, href)
    }

    fn image(&mut self, src: &str, alt: &str, title: &str, out: &mut String) {
        let Some(file) = self.file(src) else {
            return escape(alt, out);
        };
        if self.renderer.engines.has_component(IMAGE) {
            let mut args = Context::new();
            let said = Said {
                alt: Some(alt.to_owned()),
                ..Said::default()
            };
            let download = self.download(src);
            let file = self.file(src);
            let value = image(file, slots::Role::Body, &said, None, download);
            args.insert_value("image", value);
            args.insert_value("title", text((!title.is_empty()).then_some(title)));
            return self.component(IMAGE, &args, "", out);
        }
        out.push_str("<img src=\"");
        escape(&path::encode(file.shown_address()), out);
        out.push_str("\" alt=\"");
        escape(alt, out);
        if !title.is_empty() {
            out.push_str("\" title=\"");
            escape(title, out);
        }
        out.push('"');
        if let Some((width, height)) = file.shown_size() {
            let _ = write!(out, " width=\"{width}\" height=\"{height}\"");
        }
        out.push_str(" loading=\"lazy\" decoding=\"async\">");
    }

    fn attribute(&mut self, tag: &Tag<'_>, attribute: &Attribute<'_>) -> Now {
        let Some(points) = raw_html::points(tag, attribute) else {
            return Now::Kept;
        };
        let value = attribute.decoded();
        let new = match points {
            Points::Page => {
                let href = raw_html::address(&value);
                match self.renderer.address(self.edition, &href) {
                    Some(same) if same == href => return Now::Kept,
                    Some(new) => new,
                    None => return Now::Gone,
                }
            }
            Points::Picture | Points::File => self.loaded(&value),
            Points::Pictures => {
                let (mut new, mut done) = (String::new(), 0);
                for candidate in raw_html::candidates(&value) {
                    new.push_str(&value[done..candidate.start]);
                    done = candidate.end;
                    // A comma at an end would be read as one between two.
                    let loaded = self.loaded(&value[candidate]);
                    new.push_str(&loaded.replace(',', "%2C"));
                }
                new + &value[done..]
            }
        };
        match new == *value {
            true => Now::Kept,
            false => Now::Is(new),
        }
    }

    fn directive(&mut self, directive: &Directive, body: &str, out: &mut String) {
        let (renderer, lang) = (self.renderer, self.edition.source.lang);
        // A document with an unknown one has a mistake, and is never rendered.
        let Some(kind) = directive.kind else { return };
        let mut args = Context::new();
        match kind {
            Kind::Figure => {
                let src = directive.get("src").unwrap_or_default();
                let download = self.download(src);
                let file = self.file(src);
                // What is wrong with it was reported when it was parsed.
                let said = Said::of_figure(directive, |_, _, _| {});
                let caption = (!body.trim().is_empty()).then_some(body);
                let value = image(file, slots::Role::Body, &said, caption, download);
                args.insert_value("image", value);
                if let Some((number, count)) = &mut self.photos {
                    *number += 1;
                    args.insert_value("number", Value::from(*number));
                    args.insert_value("count", Value::from(*count));
                    return self.component(PHOTO, &args, body, out);
                }
            }
            Kind::Quote => {
                args.insert_value("by", text(directive.get("by")));
                args.insert_value("role", text(directive.get("role")));
            }
            Kind::Video => {
                let id = directive
                    .get("id")
                    .and_then(|id| renderer.site.dossier(id, lang));
                let Some(id) = id else { return };
                let dossier = args.card(renderer.card(id));
                args.insert_value("dossier", dossier);
            }
            Kind::Contact => {
                let contact = renderer
                    .config
                    .contacts
                    .iter()
                    .find(|c| Some(c.id.as_str()) == directive.get("id"));
                let Some(contact) = contact else { return };
                args.insert_value("contact", renderer.contact(contact, lang));
            }
        }
        self.component(kind.name(), &args, body, out);
    }
}

impl<B: Backend> Renderer<'_, B> {
    /// The address of a link in `edition`, with its query and fragment; `None` where only the text of the link stays.
    pub(super) fn address(&self, edition: &Edition, href: &str) -> Option<String> {
        let (path, lang) = (&edition.source.path, edition.source.lang);
        let target = self.site.resolver.link(path, lang, href)?;
        let path = match target {
            Target::Elsewhere | Target::Here => return Some(href.to_owned()),
            Target::Expired => return None,
            Target::Address(address) if self.dead.contains(&address) => return None,
            Target::Edition(id) => return Some(address_of(self.editions, id, href)),
            Target::File(file) => path::encode(self.used.files.get(&file)?.shown_address()),
            Target::Static(address) | Target::Address(address) => path::encode(&address),
        };
        let fragment = href.find('#').map_or("", |at| &href[at..]);
        Some(path + query_of(href) + fragment)
    }

    /// The body of an edition.
    pub(super) fn body(&self, id: EditionId) -> Result<Body, Failure> {
        let edition = &self.editions[id];
        let key = |digests: &Digests| self.body_key(digests, edition);
        self.backend.body(|| self.written(edition), key)
    }

    /// A body as Markdown, if its source did not change since parsing.
    pub(super) fn body_text(&self, edition: &Edition) -> Result<String, Failure> {
        let path = &edition.source.path;
        let changed = || Failure::Stale(path.to_string());
        let content = self.files.read(path).map_err(|_| changed())?;
        if content.version.digest != edition.digest {
            return Err(changed());
        }
        let mut source = read::as_text(path, content.bytes).map_err(|_| changed())?;
        source.drain(..edition.body_at);
        Ok(source)
    }

    /// A body as HTML.
    fn written(&self, edition: &Edition) -> Result<Html, Failure> {
        let anchors = Anchors::new(edition.source.role == Role::Dossier);
        self.markdown(edition, &self.body_text(edition)?, "", anchors)
    }

    /// A text on the page of `edition`, after others that already used `anchors`. `notes` is the prefix of the ids of
    /// its footnotes.
    pub(super) fn markdown(
        &self,
        edition: &Edition,
        markdown: &str,
        notes: &'static str,
        anchors: Anchors,
    ) -> Result<Html, Failure> {
        let lang = edition.source.lang;
        let back = self.theme.catalogues[lang].plain("footnote-back");
        let mut hooks = BodyHooks {
            renderer: self,
            edition,
            offered: BTreeSet::new(),
            photos: self.photos(edition, markdown),
            problem: None,
        };
        let page = Page {
            lang: &self.config.languages[lang].lang,
            back: &back,
            notes,
            anchors,
        };
        let html = html::to_html(markdown, page, &mut hooks);
        match hooks.problem {
            Some(diag) => Err(diag.into()),
            None => Ok(html),
        }
    }

    /// That no figure was written yet, and how many there are, if they are to be numbered.
    fn photos(&self, edition: &Edition, markdown: &str) -> Option<(usize, usize)> {
        let numbered = edition.kind == config::Kind::Photo && self.engines.has_component(PHOTO);
        let figures = |masked: Masked<'_>| {
            let all = masked.directives.iter();
            all.filter(|d| d.kind == Some(Kind::Figure)).count()
        };
        numbered.then(|| (0, figures(directive::mask(markdown))))
    }

    /// A line of Markdown, without a paragraph around it.
    pub(super) fn inline(&self, edition: &Edition, markdown: &str) -> String {
        let lang = &self.config.languages[edition.source.lang].lang;
        html::inline(
            markdown,
            lang,
            &mut BodyHooks {
                renderer: self,
                edition,
                offered: BTreeSet::new(),
                photos: None,
                problem: None,
            },
        )
    }
}

/// A body as templates print it.
pub(super) fn html(body: &Body) -> Value {
    super::value::html(body.html().map(|body| body.html.as_str()))
}

/// The table of contents, from four headings up.
pub(super) fn toc(body: &Body) -> Value {
    const FEWEST: usize = 4;
    let toc = body.html().map_or(&[][..], |html| &html.toc);
    if toc.len() < FEWEST {
        return super::value::list([]);
    }
    super::value::list(toc.iter().map(|entry| {
        super::value::map([
            ("level", Value::from(entry.level)),
            ("id", Value::from(entry.id.as_str())),
            ("title", Value::safe_string(&entry.title)),
        ])
    }))
}
