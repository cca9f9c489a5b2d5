//! What a body refers to, found in one pass over its events.

use std::{ops::Range, sync::Arc};

use pulldown_cmark::{Event, LinkType, Parser, Tag, TagEnd};

use serde::{Deserialize, Serialize};

use crate::{
    base::diag::{Diagnostic, Diagnostics},
    config::Config,
    discover::{Role, SourceFile},
    markdown::{
        self,
        anchors::Anchors,
        directive::{Directive, mask},
        raw_html,
    },
};

/// What a reference wants.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum LinkKind {
    /// `[text](href)`.
    Link,
    /// `![alt](src)`, or a figure.
    Image,
    /// A dossier, by id.
    Dossier,
    /// A contact, by id.
    Contact,
}

/// One reference.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Link {
    /// What was written.
    pub href: Box<str>,
    /// What it wants.
    pub kind: LinkKind,
    /// Where it stands in the file, in bytes.
    pub span: Range<u32>,
}

/// The facts of a body; the text is dropped.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BodyFacts {
    /// Ids that a `#fragment` may name.
    pub anchors: Vec<Box<str>>,
    /// Everything that must exist.
    pub links: Vec<Link>,
    /// Words, counted at white space.
    pub words: u32,
    /// The first paragraph as text: kept for dossiers alone.
    pub opening: Option<Box<str>>,
}

/// Looks through a body that begins at byte `offset` of its file.
pub fn facts(
    body: &str,
    offset: usize,
    source: &SourceFile,
    config: &Config,
    diags: &mut Diagnostics,
) -> BodyFacts {
    let masked = mask(body);
    for p in &masked.problems {
        let span = p.span.start + offset..p.span.end + offset;
        diags.push(
            Diagnostic::error(p.message.clone())
                .at(&source.path, span)
                .hint(p.hint.clone()),
        );
    }
    let mut collect = Collect {
        offset,
        path: &source.path,
        raw_html: config.raw_html,
        diags,
        facts: BodyFacts::default(),
        anchors: Anchors::default(),
        heading: None,
        opening: (source.role == Role::Dossier).then(String::new),
        in_opening: false,
        images: 0,
    };
    for directive in &masked.directives {
        collect.directive(directive);
    }
    let mut hidden = masked
        .directives
        .iter()
        .flat_map(|d| [d.open.start, d.close.start])
        .peekable();
    for (event, range) in Parser::new_ext(&masked.text, markdown::options()).into_offset_iter() {
        if matches!(
            event,
            Event::Start(Tag::HtmlBlock) | Event::End(TagEnd::HtmlBlock)
        ) {
            continue;
        }
        if let Event::Html(_) = event
            && hidden.next_if_eq(&range.start).is_some()
        {
            continue;
        }
        collect.event(event, range);
    }
    let mut facts = collect.facts;
    facts.opening = collect
        .opening
        .map(|o| o.trim().to_owned())
        .filter(|o| !o.is_empty())
        .map(String::into_boxed_str);
    facts.links.sort_by_key(|l| l.span.start);
    facts
}

struct Collect<'a> {
    offset: usize,
    path: &'a Arc<str>,
    raw_html: bool,
    diags: &'a mut Diagnostics,
    facts: BodyFacts,
    anchors: Anchors,
    heading: Option<(Option<String>, String)>,
    opening: Option<String>,
    in_opening: bool,
    /// Depth of pictures: their descriptions are no text of the page.
    images: u32,
}

/// Words, counted at white space. Most texts are nearly ASCII, where a byte tells.
fn words(text: &str) -> u32 {
    if !text.is_ascii() {
        return text.split_whitespace().count() as u32;
    }
    // What `char::is_whitespace` takes for white space.
    let space = |byte: u8| byte == b' ' || (b'\t'..=b'\r').contains(&byte);
    let mut before = true;
    let mut count = 0;
    for byte in text.bytes() {
        let now = space(byte);
        count += u32::from(before && !now);
        before = now;
    }
    count
}

impl Collect<'_> {
    fn refer(&mut self, href: &str, kind: LinkKind, span: Range<usize>) {
        let span = (span.start + self.offset) as u32..(span.end + self.offset) as u32;
        self.facts.links.push(Link {
            href: href.into(),
            kind,
            span,
        });
    }

    fn directive(&mut self, d: &Directive) {
        for a in &d.attributes {
            let kind = match (d.name.as_str(), a.key.as_str()) {
                ("figure", "src") => LinkKind::Image,
                ("video", "id") => LinkKind::Dossier,
                ("contact", "id") => LinkKind::Contact,
                _ => continue,
            };
            self.refer(&a.value, kind, a.span.clone());
        }
    }

    fn event(&mut self, event: Event<'_>, range: Range<usize>) {
        match event {
            Event::Start(Tag::Heading { id, .. }) => {
                self.heading = Some((id.map(|i| i.into_string()), String::new()));
            }
            Event::End(TagEnd::Heading(_)) => {
                if let Some((id, text)) = self.heading.take() {
                    let id = self.anchors.id(id.as_deref(), &text);
                    self.facts.anchors.push(id.into());
                }
            }
            Event::Start(Tag::Link {
                link_type,
                dest_url,
                ..
            }) if link_type != LinkType::Email => {
                self.refer(&dest_url, LinkKind::Link, range);
            }
            Event::Start(Tag::Image { dest_url, .. }) => {
                self.images += 1;
                self.refer(&dest_url, LinkKind::Image, range);
            }
            Event::End(TagEnd::Image) => self.images = self.images.saturating_sub(1),
            _ if self.images > 0 => {}
            Event::Start(Tag::Paragraph) => {
                self.in_opening = self.opening.as_ref().is_some_and(String::is_empty);
            }
            Event::End(TagEnd::Paragraph) => self.in_opening = false,
            Event::Text(text) | Event::Code(text) => {
                self.facts.words += words(&text);
                if let Some((_, heading)) = &mut self.heading {
                    heading.push_str(&text);
                }
                if let (true, Some(opening)) = (self.in_opening, &mut self.opening) {
                    opening.push_str(&text);
                }
            }
            Event::SoftBreak | Event::HardBreak => {
                if let (true, Some(opening)) = (self.in_opening, &mut self.opening) {
                    opening.push(' ');
                }
                if let Some((_, heading)) = &mut self.heading {
                    heading.push(' ');
                }
            }
            Event::Html(html) | Event::InlineHtml(html) => self.html(&html, range),
            _ => {}
        }
    }

    fn html(&mut self, html: &str, range: Range<usize>) {
        let start = range.start + self.offset;
        if !self.raw_html {
            let span = start..start + html.trim_end().len();
            self.diags.push(
                Diagnostic::error("HTML is switched off for this site")
                    .at(self.path, span)
                    .hint("write it in Markdown, or set raw_html = true under [markdown] in site.toml"),
            );
            return;
        }
        for a in raw_html::attributes(html) {
            let name = a.name.to_ascii_lowercase();
            if name == "id" && !a.value.is_empty() {
                self.facts.anchors.push(a.value.into());
            } else if name == "style" || name.starts_with("on") {
                let span = start + a.span.start..start + a.span.end;
                self.diags.push(
                    Diagnostic::warning(format!("readers' browsers will ignore `{name}=` here"))
                        .at(self.path, span)
                        .hint("the site's security policy forbids it; use a class, or a directive"),
                );
            }
        }
        if raw_html::has_inline_script(html) {
            self.diags.push(
                Diagnostic::warning("readers' browsers will not run this script")
                    .at(self.path, start..start + html.trim_end().len())
                    .hint("the site's security policy forbids scripts in a body; scripts belong to the theme"),
            );
        }
    }
}

#[cfg(test)]
#[path = "body_tests.rs"]
mod tests;
