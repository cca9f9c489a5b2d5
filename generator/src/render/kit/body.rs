//! A story's body as HTML that needs nothing but the files of its press kit: pictures lie beside it, links lead to the
//! site.

use super::Named;
use crate::{
    link::{Edition, picture_path},
    markdown::{
        anchors::Anchors,
        directive::{Directive, Kind},
        html::{self, Hooks, Html, Page},
        raw_html::{self, Attribute, Now, Points, Tag},
        text::{escape, escaped},
    },
    render::{
        backend::{Backend, Body},
        failure::Failure,
        renderer::Renderer,
        value::field,
    },
};

struct KitHooks<'a, B> {
    renderer: &'a Renderer<'a, B>,
    edition: &'a Edition,
    named: &'a Named<'a>,
}

impl<B: Backend> KitHooks<'_, B> {
    /// An address of the site with scheme and host.
    fn absolute(&self, address: String) -> String {
        match address.starts_with('/') && !address.starts_with("//") {
            true => self.renderer.config.absolute(&address),
            false => address,
        }
    }

    /// The name in the kit of a picture that the document names.
    fn name(&self, src: &str) -> Option<&str> {
        let resolver = &self.renderer.site.resolver;
        let path = picture_path(resolver, &self.edition.source.path, src)?;
        self.named.get(&path)
    }

    fn figure(&self, directive: &Directive, body: &str, out: &mut String) {
        let get = |key| directive.get(key).unwrap_or_default();
        out.push_str("<figure>");
        if let Some(name) = self.name(get("src")) {
            image(name, get("alt"), out);
        }
        out.push_str("<figcaption>");
        out.push_str(body);
        paragraph(&[get("credit")], out);
        out.push_str("</figcaption></figure>\n");
    }
}

fn image(name: &str, alt: &str, out: &mut String) {
    let name = crate::base::path::encode(name);
    out.push_str(&format!(
        "<img src=\"{}\" alt=\"{}\">",
        escaped(&name),
        escaped(alt)
    ));
}

/// Lines of text, but for those that are empty.
fn paragraph(lines: &[&str], out: &mut String) {
    let lines: Vec<String> = lines
        .iter()
        .filter(|l| !l.is_empty())
        .map(|l| escaped(l))
        .collect();
    if !lines.is_empty() {
        out.push_str(&format!("<p>{}</p>", lines.join("<br>")));
    }
}

impl<B: Backend> Hooks for KitHooks<'_, B> {
    fn link(&mut self, href: &str) -> Option<String> {
        let address = self.renderer.address(self.edition, href)?;
        Some(self.absolute(address))
    }

    fn image(&mut self, src: &str, alt: &str, _: &str, out: &mut String) {
        match self.name(src) {
            Some(name) => image(name, alt, out),
            None => escape(alt, out),
        }
    }

    fn attribute(&mut self, tag: &Tag<'_>, attribute: &Attribute<'_>) -> Now {
        let Some(points) = raw_html::points(tag, attribute) else {
            return Now::Kept;
        };
        let value = raw_html::address(&attribute.decoded());
        match points {
            Points::Page => self.link(&value).map_or(Now::Gone, Now::Is),
            Points::Picture | Points::File if raw_html::is_elsewhere(&value) => Now::Kept,
            Points::Picture | Points::File => match self.name(&value) {
                Some(name) => Now::Is(crate::base::path::encode(name)),
                None => self.link(&value).map_or(Now::Gone, Now::Is),
            },
            Points::Pictures => Now::Gone,
        }
    }

    fn directive(&mut self, directive: &Directive, body: &str, out: &mut String) {
        let renderer = self.renderer;
        let get = |key| directive.get(key).unwrap_or_default();
        let Some(kind) = directive.kind else { return };
        match kind {
            Kind::Figure => self.figure(directive, body, out),
            Kind::Quote => {
                out.push_str("<blockquote>");
                out.push_str(body);
                paragraph(&[get("by"), get("role")], out);
                out.push_str("</blockquote>\n");
            }
            Kind::Video => {
                let lang = self.edition.source.lang;
                let Some(id) = renderer.site.dossier(get("id"), lang) else {
                    return;
                };
                let card = &renderer.card(id).value;
                let says = |key| escaped(field(card, key).unwrap_or_default());
                let (address, title) = (says("canonical"), says("title"));
                out.push_str(&format!("<p><a href=\"{address}\">{title}</a></p>\n"));
            }
            Kind::Contact => {
                let mut contacts = renderer.config.contacts.iter();
                let Some(contact) = contacts.find(|c| c.id == get("id")) else {
                    return;
                };
                let contact = renderer.contact(contact, self.edition.source.lang);
                let lines = ["name", "role", "email", "phone"];
                let lines = lines.map(|key| field(&contact, key).unwrap_or_default());
                paragraph(&lines, out);
            }
        }
    }
}

impl<B: Backend> Renderer<'_, B> {
    /// The body of an edition.
    pub(super) fn kit_body(&self, edition: &Edition, named: &Named<'_>) -> Result<Body, Failure> {
        let written = || {
            let markdown = self.body_text(edition)?;
            Ok(self.kit_markdown(edition, &markdown, Anchors::default(), named))
        };
        self.backend
            .body(written, |digests| self.body_key(digests, edition))
    }

    /// A text of an edition.
    pub(super) fn kit_markdown(
        &self,
        edition: &Edition,
        markdown: &str,
        anchors: Anchors,
        named: &Named<'_>,
    ) -> Html {
        let lang = edition.source.lang;
        let back = self.theme.catalogues[lang].plain("footnote-back");
        let page = Page {
            lang: &self.config.languages[lang].lang,
            back: &back,
            notes: "",
            anchors,
        };
        let renderer = self;
        html::to_html(
            markdown,
            page,
            &mut KitHooks {
                renderer,
                edition,
                named,
            },
        )
    }
}
