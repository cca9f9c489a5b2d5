//! A body to HTML.
//!
//! Our own writer, because pulldown-cmark's puts `style=` on aligned cells, which a strict
//! Content-Security-Policy blocks, and gives footnotes ids without a way back.

use std::{borrow::Cow, ops::Range};

use pulldown_cmark::{Alignment, CodeBlockKind, CowStr, Event, LinkType, Tag, TagEnd};

use super::{
    anchors::Anchors,
    directive::{Directive, mask},
    footnotes::Footnotes,
    raw_html::{self, Now},
    reader::{self, Piece},
    text::{escape, escaped, forbidden, plain, without_links},
};
use crate::base::lang::Lang;

/// What only the site can say: where links lead, which picture is meant, how a block looks.
pub trait Hooks {
    /// The address that `href` stands for; `None` turns the link into plain text.
    fn link(&mut self, href: &str) -> Option<String>;
    /// Writes an `<img>`.
    fn image(&mut self, src: &str, alt: &str, title: &str, out: &mut String);
    /// Writes a directive around its body, which is HTML.
    fn directive(&mut self, directive: &Directive, body: &str, out: &mut String);
    /// What becomes of an attribute in raw HTML.
    fn attribute(&mut self, _tag: &raw_html::Tag<'_>, _attribute: &raw_html::Attribute<'_>) -> Now {
        Now::Kept
    }
}

/// An entry of the table of contents.
#[derive(Clone, Debug, PartialEq)]
pub struct TocEntry {
    /// 2 to 6: 1 is the page's own heading.
    pub level: u8,
    /// The heading's id.
    pub id: String,
    /// Its content as HTML, without links.
    pub title: String,
}

/// A body as HTML, and its headings.
#[derive(Default)]
pub struct Html {
    /// The HTML.
    pub html: String,
    /// All headings, in order.
    pub toc: Vec<TocEntry>,
    /// The ids in it, for further texts of the page.
    pub anchors: Anchors,
}

/// The page on which a text stands.
pub struct Page<'a> {
    /// Its language, whose typography the text gets.
    pub lang: &'a Lang,
    /// The accessible name of a footnote's way back.
    pub back: &'a str,
    /// What the ids of footnotes begin with.
    pub notes: &'static str,
    /// The ids that stand on it.
    pub anchors: Anchors,
}

impl<'a> Page<'a> {
    /// The page of a document; `dossier` says whether it is one.
    pub fn new(lang: &'a Lang, back: &'a str, dossier: bool) -> Self {
        Self {
            lang,
            back,
            notes: "",
            anchors: Anchors::new(dossier),
        }
    }
}

/// Writes a body as HTML.
pub fn to_html(body: &str, page: Page<'_>, hooks: &mut dyn Hooks) -> Html {
    let masked = mask(body);
    let lang = page.lang;
    let mut writer = Writer::new(page, hooks, body.len());
    writer.anchors.prepare(&masked.text);
    reader::read(&masked, lang, &mut |piece, _| match piece {
        Piece::Open(_) => writer.buffers.push(String::new()),
        Piece::Close(directive) => writer.close_directive(directive),
        Piece::Event(event) => writer.event(event),
    });
    writer.finish()
}

/// A line of Markdown as HTML, without a paragraph around it: leads, captions, notes of corrections.
pub fn inline(line: &str, lang: &Lang, hooks: &mut dyn Hooks) -> String {
    let mut writer = Writer::new(Page::new(lang, "", false), hooks, line.len());
    reader::read_line(line, lang, &mut |piece, _| {
        if let Piece::Event(event) = piece {
            writer.event(event);
        }
    });
    writer.finish().html
}

#[derive(Default)]
struct Table {
    alignments: Vec<Alignment>,
    column: usize,
    in_head: bool,
    /// Where the present cell begins in its buffer.
    cell_at: usize,
}

struct Writer<'a> {
    hooks: &'a mut dyn Hooks,
    back: &'a str,
    /// The innermost last: page, directive, footnote, heading.
    buffers: Vec<String>,
    /// Names of the footnotes being written.
    open_notes: Vec<String>,
    links: Vec<bool>,
    image: Option<(String, String, String, usize)>,
    heading: Option<(u8, Option<String>)>,
    table: Table,
    anchors: Anchors,
    toc: Vec<TocEntry>,
    notes: Footnotes,
}

impl<'a> Writer<'a> {
    fn new(page: Page<'a>, hooks: &'a mut dyn Hooks, length: usize) -> Self {
        Self {
            hooks,
            back: page.back,
            buffers: vec![String::with_capacity(length * 5 / 4)],
            open_notes: Vec::new(),
            links: Vec::new(),
            image: None,
            heading: None,
            table: Table::default(),
            anchors: page.anchors,
            toc: Vec::new(),
            notes: Footnotes::new(page.notes),
        }
    }

    fn out(&mut self) -> &mut String {
        if self.buffers.is_empty() {
            self.buffers.push(String::new());
        }
        let last = self.buffers.len() - 1;
        &mut self.buffers[last]
    }

    fn push(&mut self, html: &str) {
        self.out().push_str(html);
    }

    fn block(&mut self, html: &str) {
        let out = self.out();
        if !out.is_empty() && !out.ends_with('\n') {
            out.push('\n');
        }
        out.push_str(html);
    }

    fn text(&mut self, text: &str) {
        match &mut self.image {
            Some((_, _, alt, _)) => alt.push_str(text),
            None => escape(text, self.out()),
        }
    }

    /// Raw HTML with addresses for what it points at, and without a second title or ids that stand on the page
    /// already.
    fn html(&mut self, html: &str) {
        let mut html = match html.contains(forbidden) {
            true => Cow::Owned(html.replace(forbidden, "")),
            false => Cow::Borrowed(html),
        };
        for title in ["<h1", "<H1", "</h1", "</H1"] {
            if html.contains(title) {
                let lower = title.replace('1', "2");
                html = Cow::Owned(html.replace(title, &lower));
            }
        }
        let hooks = &mut self.hooks;
        let html = raw_html::rewritten(&html, escape, |tag, attribute| {
            hooks.attribute(tag, attribute)
        });
        let foreign = self.anchors.foreign(&html);
        let html = without(&html, &foreign);
        self.push(&html);
    }

    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Start(Tag::Image {
                dest_url, title, ..
            }) => match &mut self.image {
                Some(image) => image.3 += 1,
                None => {
                    self.image = Some((
                        dest_url.into_string(),
                        title.into_string(),
                        String::new(),
                        0,
                    ))
                }
            },
            Event::End(TagEnd::Image) => self.end_image(),
            Event::Text(text) => self.text(&text),
            Event::Code(code) => match &mut self.image {
                Some((_, _, alt, _)) => alt.push_str(&code),
                None => {
                    self.push("<code>");
                    escape(&code, self.out());
                    self.push("</code>");
                }
            },
            Event::SoftBreak => self.text("\n"),
            // Inside a picture's description there is only text.
            _ if self.image.is_some() => {}
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Html(html) | Event::InlineHtml(html) => self.html(&html),
            Event::HardBreak => self.push("<br>\n"),
            Event::Rule => self.block("<hr>\n"),
            Event::FootnoteReference(name) => self.note_reference(&name),
            Event::TaskListMarker(_) | Event::InlineMath(_) | Event::DisplayMath(_) => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Paragraph => self.block("<p>"),
            Tag::Heading { level, id, .. } => {
                self.heading = Some((self.anchors.level(level), id.map(CowStr::into_string)));
                self.buffers.push(String::new());
            }
            Tag::BlockQuote(_) => self.block("<blockquote>\n"),
            Tag::CodeBlock(kind) => self.code_block(&kind),
            Tag::List(Some(1)) => self.block("<ol>\n"),
            Tag::List(Some(start)) => self.block(&format!("<ol start=\"{start}\">\n")),
            Tag::List(None) => self.block("<ul>\n"),
            Tag::Item => self.block("<li>"),
            Tag::FootnoteDefinition(name) => {
                self.open_notes.push(name.into_string());
                self.buffers.push(String::new());
            }
            Tag::Table(alignments) => {
                self.table = Table {
                    alignments,
                    ..Table::default()
                };
                self.block("<div class=\"table\" tabindex=\"0\"><table>\n");
            }
            Tag::TableHead => {
                self.table.in_head = true;
                self.table.column = 0;
                self.push("<thead>\n<tr>");
            }
            Tag::TableRow => {
                self.table.column = 0;
                self.push("<tr>");
            }
            Tag::TableCell => self.cell(),
            Tag::Emphasis => self.push("<em>"),
            Tag::Strong => self.push("<strong>"),
            Tag::Strikethrough => self.push("<del>"),
            Tag::Link {
                link_type,
                dest_url,
                title,
                ..
            } => self.link(link_type, &dest_url, &title),
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph => self.push("</p>\n"),
            TagEnd::Heading(_) => self.end_heading(),
            TagEnd::BlockQuote(_) => self.block("</blockquote>\n"),
            TagEnd::CodeBlock => self.push("</code></pre>\n"),
            TagEnd::List(true) => self.push("</ol>\n"),
            TagEnd::List(false) => self.push("</ul>\n"),
            TagEnd::Item => self.push("</li>\n"),
            TagEnd::FootnoteDefinition => self.end_note(),
            TagEnd::Table => self.push("</tbody>\n</table></div>\n"),
            TagEnd::TableHead => {
                self.table.in_head = false;
                self.push("</tr>\n</thead>\n<tbody>\n");
            }
            TagEnd::TableRow => self.push("</tr>\n"),
            TagEnd::TableCell => self.end_cell(),
            TagEnd::Emphasis => self.push("</em>"),
            TagEnd::Strong => self.push("</strong>"),
            TagEnd::Strikethrough => self.push("</del>"),
            TagEnd::Link if self.links.pop() == Some(true) => self.push("</a>"),
            _ => {}
        }
    }

    fn code_block(&mut self, kind: &CodeBlockKind<'_>) {
        let language = match kind {
            CodeBlockKind::Fenced(info) => info.split(' ').next().unwrap_or_default(),
            CodeBlockKind::Indented => "",
        };
        self.block("<pre><code");
        if !language.is_empty() {
            self.push(" class=\"language-");
            escape(language, self.out());
            self.push("\"");
        }
        self.push(">");
    }

    fn cell(&mut self) {
        let class = match self.table.alignments.get(self.table.column) {
            Some(Alignment::Left) => " class=\"align-start\"",
            Some(Alignment::Center) => " class=\"align-center\"",
            Some(Alignment::Right) => " class=\"align-end\"",
            _ => "",
        };
        let tag = if self.table.in_head {
            "th scope=\"col\""
        } else {
            "td"
        };
        self.table.cell_at = self.out().len();
        let html = format!("<{tag}{class}>");
        self.push(&html);
    }

    fn end_cell(&mut self) {
        self.table.column += 1;
        let at = self.table.cell_at;
        if !self.table.in_head {
            self.push("</td>");
        } else if self
            .out()
            .get(at..)
            .is_some_and(|cell| cell.ends_with('>') && !cell[1..].contains('<'))
        {
            // A header of nothing would be announced as a header: an empty corner is a plain cell.
            self.out().truncate(at);
            self.push("<td></td>");
        } else {
            self.push("</th>");
        }
    }

    fn link(&mut self, kind: LinkType, href: &str, title: &str) {
        let address = match kind {
            LinkType::Email => Some(format!("mailto:{href}")),
            _ => self.hooks.link(href),
        };
        self.links.push(address.is_some());
        let Some(address) = address else { return };
        self.push("<a href=\"");
        escape(&address, self.out());
        if !title.is_empty() {
            self.push("\" title=\"");
            escape(title, self.out());
        }
        self.push("\">");
    }

    fn end_image(&mut self) {
        match self.image.take() {
            Some((src, title, alt, depth)) if depth > 0 => {
                self.image = Some((src, title, alt, depth - 1))
            }
            Some((src, title, alt, _)) => {
                let mut html = String::new();
                self.hooks.image(&src, &alt, &title, &mut html);
                self.push(&html);
            }
            None => {}
        }
    }

    fn end_heading(&mut self) {
        let content = self.buffers.pop().unwrap_or_default();
        let Some((level, explicit)) = self.heading.take() else {
            return;
        };
        let title = without_links(&content);
        let (id, _) = self.anchors.heading(explicit.as_deref(), &plain(&title));
        let html = format!("<h{level} id=\"{}\">{content}</h{level}>\n", escaped(&id));
        self.block(&html);
        self.toc.push(TocEntry { level, id, title });
    }

    fn note_reference(&mut self, name: &str) {
        let html = self.notes.reference(name);
        self.push(&html);
    }

    fn end_note(&mut self) {
        let body = self.buffers.pop().unwrap_or_default();
        if let Some(name) = self.open_notes.pop() {
            self.notes.define(&name, body);
        }
    }

    fn close_directive(&mut self, directive: &Directive) {
        if self.buffers.len() < 2 {
            return;
        }
        let body = self.buffers.pop().unwrap_or_default();
        let mut html = String::new();
        self.hooks.directive(directive, body.trim(), &mut html);
        let repeated = self.anchors.repeated(&html);
        self.block(without(&html, &repeated).trim_end());
        self.push("\n");
    }

    fn finish(mut self) -> Html {
        while self.buffers.len() > 1 {
            let rest = self.buffers.pop().unwrap_or_default();
            self.push(&rest);
        }
        if let Some(notes) = self.notes.html(self.back) {
            self.block(&notes);
        }
        Html {
            html: self.buffers.pop().unwrap_or_default(),
            toc: self.toc,
            anchors: self.anchors,
        }
    }
}

/// HTML without some attributes.
fn without<'a>(html: &'a str, attributes: &[Range<usize>]) -> Cow<'a, str> {
    if attributes.is_empty() {
        return Cow::Borrowed(html);
    }
    let mut out = String::with_capacity(html.len());
    let mut at = 0;
    for attribute in attributes {
        out.push_str(html[at..attribute.start].trim_end());
        at = attribute.end;
    }
    out.push_str(&html[at..]);
    Cow::Owned(out)
}

#[cfg(test)]
#[path = "html_tests.rs"]
mod tests;
