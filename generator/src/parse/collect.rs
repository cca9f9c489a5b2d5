//! Collects facts and findings from the pieces of a text.

mod blocks;
mod tags;

use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, LinkType, Tag, TagEnd};

use super::{
    body::{BodyFacts, Link, LinkKind, Picture, Place},
    image::Said,
    leftovers::{self, Leftovers},
};
use crate::{
    base::diag::{Diagnostic, Diagnostics},
    config::Config,
    discover::Role,
    markdown::{
        anchors::Anchors,
        directive::{Directive, Kind, Masked},
        raw_html,
        reader::Piece,
        text,
    },
};

/// What to do about a second title.
const ONE_TITLE: &str = "begin with ## in a body; the title stands in the front matter";

/// The length of an opening, which serves as description or summary where a document has none.
const OPENING: usize = 300;

/// What to do about an id that stands on the page twice.
const OWN_ID: &str =
    "give each its own; ids that begin with _ are the theme's, fn- and fnref- those of footnotes";

/// What has been collected so far.
pub(super) struct Collect<'a> {
    body: &'a str,
    place: Place<'a>,
    raw_html: bool,
    diags: &'a mut Diagnostics,
    facts: BodyFacts,
    anchors: Anchors,
    /// Ids of raw HTML.
    ids: Vec<Box<str>>,
    leftovers: Leftovers,
    heading: Option<(Option<String>, String)>,
    opening: String,
    in_opening: bool,
    /// The text so far ends within a word.
    in_word: bool,
    in_code: bool,
    /// Inside fenced code, where colons are meant.
    in_fence: bool,
    /// Depth of lists, quotations, notes and directives.
    containers: u32,
    /// The figure whose caption is read, as a place among the pictures.
    figure: Option<usize>,
    /// Depth of pictures; their descriptions are not text of the page.
    images: u32,
    /// The address and the description of the current picture.
    alt: Option<(String, String)>,
}

/// Counts words: what white space separates, and a letter or digit begins.
fn words(text: &str, in_word: &mut bool) -> u32 {
    let mut count = 0;
    let mut see = |space: bool, begins: bool| {
        count += u32::from(begins && !*in_word);
        *in_word = !space && (*in_word || begins);
    };
    // Most texts are ASCII, where bytes are characters.
    if text.is_ascii() {
        text.bytes().for_each(|b| {
            see(
                b == b' ' || (b'\t'..=b'\r').contains(&b),
                b.is_ascii_alphanumeric(),
            )
        });
    } else {
        text.chars()
            .for_each(|c| see(c.is_whitespace(), c.is_alphanumeric()));
    }
    count
}

/// Whether an event ends a word: words do not continue in the next block.
fn ends_a_word(event: &Event<'_>) -> bool {
    matches!(
        event,
        Event::Start(
            Tag::Paragraph | Tag::Heading { .. } | Tag::Item | Tag::TableCell | Tag::CodeBlock(_)
        ) | Event::End(TagEnd::Paragraph | TagEnd::Heading(_) | TagEnd::Item | TagEnd::TableCell)
    )
}

impl<'a> Collect<'a> {
    pub(super) fn new(
        body: &'a str,
        place: Place<'a>,
        config: &Config,
        diags: &'a mut Diagnostics,
    ) -> Self {
        Self {
            body,
            anchors: Anchors::new(place.source.role == Role::Dossier),
            place,
            raw_html: config.raw_html,
            diags,
            facts: BodyFacts::default(),
            ids: Vec::new(),
            leftovers: Leftovers::default(),
            heading: None,
            opening: String::new(),
            in_opening: false,
            in_word: false,
            in_code: false,
            in_fence: false,
            containers: 0,
            figure: None,
            images: 0,
            alt: None,
        }
    }

    /// The body follows; its directives are known.
    pub(super) fn begin(&mut self, masked: &Masked<'_>) {
        for p in &masked.problems {
            self.error(p.span.clone(), p.message.clone(), &p.hint);
        }
        self.anchors.prepare(&masked.text);
        for directive in &masked.directives {
            self.directive(directive);
        }
    }

    pub(super) fn piece(&mut self, piece: Piece<'_>, range: Range<usize>) {
        match piece {
            Piece::Open(directive) => {
                self.containers += 1;
                self.figure(directive);
            }
            Piece::Close(_) => {
                self.containers = self.containers.saturating_sub(1);
                self.figure = None;
            }
            Piece::Event(event) => self.event(event, range),
        }
    }

    /// All that was found; `undefined` are the references that lead nowhere.
    pub(super) fn finish(mut self, undefined: Vec<Range<usize>>) -> BodyFacts {
        self.undefined(undefined);
        let words: Vec<&str> = self.opening.split_whitespace().collect();
        let opening = words.join(" ");
        let mut facts = self.facts;
        facts.opening = (!opening.is_empty()).then(|| text::shortened(&opening, OPENING).into());
        facts.links.sort_by_key(|l| l.span.start);
        facts.headings = facts.anchors.len();
        facts.anchors.append(&mut self.ids);
        facts
    }

    fn undefined(&mut self, references: Vec<Range<usize>>) {
        for reference in references {
            self.left_over(leftovers::REFERENCE, reference);
        }
    }

    fn picture(&mut self, src: &str, said: Said, span: Range<usize>) {
        let span = self.at(span);
        self.facts.pictures.push(Picture {
            src: src.into(),
            caption: String::new(),
            said,
            span: span.start as u32..span.end as u32,
        });
    }

    /// A figure begins: the text up to its end is its caption.
    fn figure(&mut self, directive: &Directive) {
        let picture = match directive.kind {
            Some(Kind::Figure) => directive.attributes.iter().find(|a| a.key == "src"),
            Some(Kind::Quote | Kind::Video | Kind::Contact) | None => None,
        };
        if let Some(src) = picture {
            self.figure = Some(self.facts.pictures.len());
            let said = Said::of_figure(directive, |span, message, hint| {
                self.error(span, message, &hint);
            });
            self.picture(&src.value, said, src.span.clone());
        }
    }

    fn caption(&mut self, text: &str) {
        let picture = self.figure.and_then(|at| self.facts.pictures.get_mut(at));
        if let Some(picture) = picture {
            picture.caption.push_str(text);
        }
    }

    fn refer(&mut self, href: &str, kind: LinkKind, span: Range<usize>) {
        let span = self.at(span);
        let span = span.start as u32..span.end as u32;
        self.facts.links.push(Link {
            href: href.into(),
            kind,
            span,
        });
    }

    fn directive(&mut self, d: &Directive) {
        let (key, kind) = match d.kind {
            Some(Kind::Figure) => ("src", LinkKind::Image),
            Some(Kind::Video) => ("id", LinkKind::Dossier),
            Some(Kind::Contact) => ("id", LinkKind::Contact),
            Some(Kind::Quote) | None => return,
        };
        for a in d.attributes.iter().filter(|a| a.key == key) {
            self.refer(&a.value, kind, a.span.clone());
        }
    }

    fn event(&mut self, event: Event<'_>, range: Range<usize>) {
        if ends_a_word(&event) {
            self.in_word = false;
            self.caption(" ");
        }
        match event {
            Event::Start(Tag::Heading { id, level, .. }) => {
                if level == HeadingLevel::H1 {
                    self.second_title(range);
                }
                self.heading = Some((id.map(|i| i.into_string()), String::new()));
            }
            Event::End(TagEnd::Heading(_)) => self.end_heading(range),
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
                self.alt
                    .get_or_insert((dest_url.into_string(), String::new()));
            }
            Event::End(TagEnd::Image) => {
                self.images = self.images.saturating_sub(1);
                if self.images == 0
                    && let Some((src, alt)) = self.alt.take()
                {
                    let alt = alt.trim();
                    let said = Said {
                        // Many write no description because they have none; a figure says that it needs none.
                        alt: (!alt.is_empty()).then(|| alt.to_owned()),
                        ..Said::default()
                    };
                    self.picture(&src, said, range);
                }
            }
            _ if self.images > 0 => {
                if let (Some((_, alt)), Event::Text(text) | Event::Code(text)) =
                    (&mut self.alt, event)
                {
                    alt.push_str(&text);
                }
            }
            Event::Start(Tag::Paragraph) => {
                self.in_opening = self.containers == 0 && self.opening.trim().is_empty();
            }
            Event::End(TagEnd::Paragraph) => self.in_opening = false,
            Event::Text(text) => {
                self.text(&text);
                self.misplaced_block(&text, &range);
                if !self.in_code {
                    self.look_for_leftovers(&range);
                }
            }
            Event::Code(text) => self.text(&text),
            Event::SoftBreak | Event::HardBreak => self.text(" "),
            Event::Html(html) | Event::InlineHtml(html) => self.html(&html, range),
            Event::Start(Tag::CodeBlock(kind)) => {
                self.in_code = true;
                self.in_fence = matches!(kind, CodeBlockKind::Fenced(_));
            }
            Event::End(TagEnd::CodeBlock) => (self.in_code, self.in_fence) = (false, false),
            Event::Start(Tag::BlockQuote(_) | Tag::List(_) | Tag::FootnoteDefinition(_)) => {
                self.containers += 1;
            }
            Event::End(TagEnd::BlockQuote(_) | TagEnd::List(_) | TagEnd::FootnoteDefinition) => {
                self.containers = self.containers.saturating_sub(1);
            }
            _ => {}
        }
    }

    fn text(&mut self, text: &str) {
        self.facts.words += words(text, &mut self.in_word);
        self.caption(text);
        if let Some((_, heading)) = &mut self.heading {
            heading.push_str(text);
        }
        if self.in_opening {
            self.opening.push_str(text);
        }
    }

    fn at(&self, span: Range<usize>) -> Range<usize> {
        self.place.at(span)
    }

    fn warn(&mut self, span: Range<usize>, message: impl Into<String>, hint: &str) {
        let diag = Diagnostic::warning(message);
        self.push(diag.hint(hint), span);
    }

    fn error(&mut self, span: Range<usize>, message: impl Into<String>, hint: &str) {
        let diag = Diagnostic::error(message);
        self.push(diag.hint(hint), span);
    }

    fn push(&mut self, diag: Diagnostic, span: Range<usize>) {
        let span = self.at(span);
        self.diags.push(diag.at(&self.place.source.path, span));
    }

    fn second_title(&mut self, range: Range<usize>) {
        let heading = self.body[range.clone()].trim_end();
        let message = "a page has one title: this heading and those below it move down a level";
        self.warn(range.start..range.start + heading.len(), message, ONE_TITLE);
    }

    fn end_heading(&mut self, range: Range<usize>) {
        let Some((explicit, text)) = self.heading.take() else {
            return;
        };
        let (id, as_wanted) = self.anchors.heading(explicit.as_deref(), &text);
        if let (false, Some(explicit)) = (as_wanted, explicit) {
            let heading = &self.body[range.clone()];
            let found = heading.rfind(&format!("#{explicit}"));
            let start = range.start + found.unwrap_or_default();
            let message = format!("the id `{explicit}` stands on this page already");
            self.error(start..start + explicit.len() + 1, message, OWN_ID);
        }
        self.facts.anchors.push(id.into());
    }

    fn look_for_leftovers(&mut self, range: &Range<usize>) {
        let mut leftovers = std::mem::take(&mut self.leftovers);
        leftovers.look(self.body, range, |kind, span| self.left_over(kind, span));
        self.leftovers = leftovers;
    }

    fn left_over(&mut self, (message, hint): leftovers::Kind, span: Range<usize>) {
        self.warn(span, message, hint);
    }

    fn id(&mut self, id: &str, span: Range<usize>) {
        if self.anchors.claim(id) {
            self.ids.push(id.into());
        } else {
            let message = "this id stands on the page already: it is left out here";
            self.warn(span, message, OWN_ID);
        }
    }

    fn html(&mut self, html: &str, range: Range<usize>) {
        let start = range.start;
        let all = start..start + html.trim_end().len();
        if !self.raw_html {
            let hint = "write it in Markdown, or set raw_html = true under [markdown] in site.toml";
            return self.error(all, "HTML is switched off for this site", hint);
        }
        self.look_for_leftovers(&range);
        let commented = html.trim_start().starts_with("<!--");
        for title in ["<h1", "<H1"].iter().filter(|_| !commented) {
            for (at, _) in html.match_indices(*title) {
                let span = start + at..start + at + title.len();
                self.warn(
                    span,
                    "a page has one title: this <h1> becomes an <h2>",
                    ONE_TITLE,
                );
            }
        }
        self.blocks_in_html(html, start);
        for tag in raw_html::tags(html) {
            self.tag(&tag, start);
        }
    }
}
