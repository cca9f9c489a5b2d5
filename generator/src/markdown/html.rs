//! A body to HTML.
//!
//! Our own writer, because pulldown-cmark's puts `style=` on aligned cells, which a strict
//! Content-Security-Policy blocks, and gives footnotes ids without a way back.

use std::borrow::Cow;

use pulldown_cmark::{Alignment, CodeBlockKind, CowStr, Event, LinkType, Parser, Tag, TagEnd};

use super::{
    anchors::Anchors,
    directive::{Directive, mask},
    footnotes::Footnotes,
    text::{escape, escaped, forbidden, french_spaces, plain, without_links},
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
}

/// For captions and notes: links into the site and pictures keep their text alone.
#[derive(Debug)]
pub struct TextOnly;

impl Hooks for TextOnly {
    fn link(&mut self, href: &str) -> Option<String> {
        (href.starts_with("https://") || href.starts_with("http://")).then(|| href.to_owned())
    }

    fn image(&mut self, _: &str, alt: &str, _: &str, out: &mut String) {
        escape(alt, out);
    }

    fn directive(&mut self, _: &Directive, body: &str, out: &mut String) {
        out.push_str(body);
    }
}

/// An entry of the table of contents.
#[derive(Clone, Debug, PartialEq)]
pub struct TocEntry {
    /// 2 to 6 (1 is the page's own heading, but an editor may write it).
    pub level: u8,
    /// The heading's id.
    pub id: String,
    /// Its content as HTML, without links.
    pub title: String,
}

/// A body as HTML, and its headings.
#[derive(Debug, Default, PartialEq)]
pub struct Html {
    /// The HTML.
    pub html: String,
    /// All headings, in order.
    pub toc: Vec<TocEntry>,
}

/// Writes a body as HTML in the typography of `lang`. `back` is the accessible name of a footnote's way back.
pub fn to_html(body: &str, lang: &Lang, back: &str, hooks: &mut dyn Hooks) -> Html {
    let masked = mask(body);
    let mut writer = Writer {
        hooks,
        marks: lang.quotation_marks(),
        french: lang.language() == "fr",
        back,
        buffers: vec![String::with_capacity(body.len() * 5 / 4)],
        open_notes: Vec::new(),
        links: Vec::new(),
        image: None,
        heading: None,
        table: Table::default(),
        anchors: Anchors::default(),
        toc: Vec::new(),
        notes: Footnotes::default(),
    };
    let mut directives = masked.directives.into_iter().peekable();
    let mut current: Option<Directive> = None;
    for (event, range) in Parser::new_ext(&masked.text, super::options()).into_offset_iter() {
        if let Event::Html(_) = &event {
            if current
                .as_ref()
                .is_some_and(|d| d.close.start == range.start)
            {
                if let Some(directive) = current.take() {
                    writer.close_directive(&directive);
                }
                continue;
            }
            if let Some(d) = directives.next_if(|d| d.open.start == range.start) {
                writer.buffers.push(String::new());
                current = Some(d);
                continue;
            }
        }
        writer.event(event);
    }
    if let Some(directive) = current.take() {
        writer.close_directive(&directive);
    }
    writer.finish()
}

/// A line of Markdown as HTML without the paragraph around it: captions, notes of corrections.
pub fn inline(text: &str, lang: &Lang, hooks: &mut dyn Hooks) -> String {
    let html = to_html(text, lang, "", hooks).html;
    let html = html.trim();
    match html
        .strip_prefix("<p>")
        .and_then(|h| h.strip_suffix("</p>"))
    {
        Some(one) if !one.contains("<p>") => one.to_owned(),
        _ => html.to_owned(),
    }
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
    marks: (&'static str, &'static str),
    french: bool,
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

impl Writer<'_> {
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
        let text = match text {
            "“" => self.marks.0,
            "”" => self.marks.1,
            text => text,
        };
        let text = match self.french {
            true => french_spaces(text),
            false => Cow::Borrowed(text),
        };
        match &mut self.image {
            Some((_, _, alt, _)) => alt.push_str(&text),
            None => escape(&text, self.out()),
        }
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
            Event::Html(html) | Event::InlineHtml(html) => match html.contains(forbidden) {
                true => self.push(&html.replace(forbidden, "")),
                false => self.push(&html),
            },
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
                self.heading = Some((level as u8, id.map(CowStr::into_string)));
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
        let id = self.anchors.id(explicit.as_deref(), &plain(&title));
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
        self.block(html.trim_end());
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
        }
    }
}

#[cfg(test)]
#[path = "html_tests.rs"]
mod tests;
