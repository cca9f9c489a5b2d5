//! The one way in which Markdown is read: `parse` and `render` both use it, so that
//! both see the same words, headings and links.

use std::{borrow::Cow, ops::Range};

use pulldown_cmark::{BrokenLink, Event, LinkType, Parser, Tag, TagEnd};

use super::{
    directive::{Directive, Masked},
    emphasis, quotes,
    text::french_spaces,
};
use crate::base::lang::Lang;

/// A part of a text.
#[derive(Debug)]
pub enum Piece<'a> {
    /// A directive begins.
    Open(&'a Directive),
    /// It ends.
    Close(&'a Directive),
    /// Anything else. HTML of several lines comes at once.
    Event(Event<'a>),
}

/// Reads a body. Each piece comes with its bytes in it. Returns the references that nothing
/// defines, so that readers see the brackets.
pub fn read(
    masked: &Masked<'_>,
    lang: &Lang,
    take: &mut dyn FnMut(Piece<'_>, Range<usize>),
) -> Vec<Range<usize>> {
    let mut marks: Vec<(usize, Piece<'_>)> = Vec::with_capacity(masked.directives.len() * 2);
    for directive in &masked.directives {
        marks.push((directive.open.start, Piece::Open(directive)));
        marks.push((directive.close.start, Piece::Close(directive)));
    }
    let mut marks = marks.into_iter().peekable();
    let text = emphasis::mask(&masked.text);
    let mut flow = Flow::new(&masked.text, &text, lang, 0, take);
    let mut undefined = Vec::new();
    let broken = |link: BrokenLink<'_>| note_undefined(link, 0, &mut undefined);
    let options = super::options();
    let parser = Parser::new_with_broken_link_callback(&text, options, Some(broken));
    for (event, range) in parser.into_offset_iter() {
        if let Event::Html(_) = &event {
            while marks.next_if(|(at, _)| *at < range.start).is_some() {}
            if let Some((_, piece)) = marks.next_if(|(at, _)| *at == range.start) {
                flow.flush();
                (flow.take)(piece, range);
                continue;
            }
        }
        flow.event(event, range);
    }
    flow.flush();
    undefined
}

/// Reads a line of Markdown, whatever it begins with: a lead, a caption, a note. There are no blocks in it.
pub fn read_line(
    line: &str,
    lang: &Lang,
    take: &mut dyn FnMut(Piece<'_>, Range<usize>),
) -> Vec<Range<usize>> {
    // What stands before it keeps the parser from seeing a list or a heading.
    const BEFORE: &str = ";";
    let mut source = String::with_capacity(line.len() + BEFORE.len());
    source.push_str(BEFORE);
    source.extend(line.chars().map(|c| match c {
        '\n' | '\r' => ' ',
        c => c,
    }));
    let text = emphasis::mask(&source);
    let mut flow = Flow::new(&source, &text, lang, BEFORE.len(), take);
    let mut undefined = Vec::new();
    let broken = |link: BrokenLink<'_>| note_undefined(link, BEFORE.len(), &mut undefined);
    let options = super::options();
    let parser = Parser::new_with_broken_link_callback(&text, options, Some(broken));
    for (event, range) in parser.into_offset_iter() {
        match event {
            Event::Start(Tag::Paragraph) | Event::End(TagEnd::Paragraph) => {}
            event => flow.event(event, range),
        }
    }
    flow.flush();
    undefined
}

fn note_undefined<T>(
    link: BrokenLink<'_>,
    before: usize,
    undefined: &mut Vec<Range<usize>>,
) -> Option<T> {
    // A word in brackets is a reference only if it is defined.
    if matches!(link.link_type, LinkType::Reference | LinkType::Collapsed) {
        undefined.push(link.span.start - before..link.span.end - before);
    }
    None
}

/// Gathers what stands in one line of thought, since a quotation mark is known by what surrounds it.
struct Flow<'s, 't, 'e> {
    source: &'s str,
    /// As the parser sees it.
    shown: &'s str,
    lang: &'s Lang,
    french: bool,
    /// Bytes before the text that are not its own.
    before: usize,
    take: &'t mut dyn FnMut(Piece<'_>, Range<usize>),
    line: Vec<(Event<'e>, Range<usize>)>,
    has_marks: bool,
    in_code: bool,
    html: Option<(String, Range<usize>)>,
}

impl<'s, 't, 'e> Flow<'s, 't, 'e>
where
    's: 'e,
{
    fn new(
        source: &'s str,
        shown: &'s str,
        lang: &'s Lang,
        before: usize,
        take: &'t mut dyn FnMut(Piece<'_>, Range<usize>),
    ) -> Self {
        Self {
            source,
            shown,
            lang,
            french: lang.language() == "fr",
            before,
            take,
            line: Vec::new(),
            has_marks: false,
            in_code: false,
            html: None,
        }
    }

    fn event(&mut self, event: Event<'e>, range: Range<usize>) {
        match event {
            Event::Html(html) => {
                match &mut self.html {
                    Some((all, place)) if place.end == range.start => {
                        all.push_str(&html);
                        place.end = range.end;
                    }
                    _ => {
                        self.flush();
                        self.html = Some((html.into_string(), range));
                    }
                }
                return;
            }
            Event::Start(Tag::HtmlBlock) | Event::End(TagEnd::HtmlBlock) => return,
            _ => {}
        }
        if self.html.is_some() {
            self.flush();
        }
        if is_inline(&event) {
            let event = self.as_written(event, &range);
            self.has_marks |= quotes::is_mark(&event, &range, self.source);
            self.line.push((event, range));
            return;
        }
        self.flush();
        self.in_code = matches!(event, Event::Start(Tag::CodeBlock(_)));
        self.hand_over(event, range);
    }

    /// The text as it stands in the source, without what was put before it and with what was hidden.
    fn as_written(&self, event: Event<'e>, range: &Range<usize>) -> Event<'e> {
        // Nothing is hidden in most.
        if std::ptr::eq(self.source, self.shown) && self.before == 0 {
            return event;
        }
        let Event::Text(text) = event else {
            return event;
        };
        let text = match self.source.get(range.clone()) {
            Some(written) if self.shown.get(range.clone()) == Some(&*text) => written.into(),
            _ => text,
        };
        match text.get(self.before..) {
            Some(own) if self.before > 0 && range.start == 0 => Event::Text(own.to_owned().into()),
            _ => Event::Text(text),
        }
    }

    fn flush(&mut self) {
        if let Some((html, range)) = self.html.take() {
            self.hand_over(Event::Html(html.into()), range);
        }
        if self.line.is_empty() {
            return;
        }
        let mut line = std::mem::take(&mut self.line);
        if self.has_marks {
            quotes::resolve(&mut line, self.source, self.lang);
            self.has_marks = false;
        }
        for (mut event, range) in line.drain(..) {
            if self.french
                && !self.in_code
                && let Event::Text(text) = &event
                && let Cow::Owned(spaced) = french_spaces(text)
            {
                event = Event::Text(spaced.into());
            }
            self.hand_over(event, range);
        }
        self.line = line;
    }

    fn hand_over(&mut self, event: Event<'_>, range: Range<usize>) {
        let own = |at: usize| at.saturating_sub(self.before);
        (self.take)(Piece::Event(event), own(range.start)..own(range.end));
    }
}

fn is_inline(event: &Event<'_>) -> bool {
    match event {
        Event::Start(tag) => matches!(
            tag,
            Tag::Emphasis | Tag::Strong | Tag::Strikethrough | Tag::Link { .. } | Tag::Image { .. }
        ),
        Event::End(tag) => matches!(
            tag,
            TagEnd::Emphasis
                | TagEnd::Strong
                | TagEnd::Strikethrough
                | TagEnd::Link
                | TagEnd::Image
        ),
        Event::Html(_) | Event::Rule => false,
        _ => true,
    }
}
