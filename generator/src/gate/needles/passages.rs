//! The passages of a text: its blocks and sentences, and the cues of captions.

use pulldown_cmark::{Event, Parser, Tag, TagEnd};

use crate::{
    gate::What,
    markdown::{self, directive::mask, text},
};

/// Ends a sentence at a footnote's mark, which would otherwise be in the middle of it.
const CUT: char = '\0';

/// The blocks of a Markdown text: paragraphs, headings, cells, descriptions of pictures, values of directives; and the
/// targets of its links.
pub(super) fn blocks(body: &str, add: &mut impl FnMut(What, &str)) {
    let masked = mask(body);
    for attribute in masked.directives.iter().flat_map(|d| &d.attributes) {
        match attribute.key.as_str() {
            "src" | "id" => {}
            "alt" => add(What::Sentence, &attribute.value),
            _ => add(What::Other, &attribute.value),
        }
    }
    let mut hidden: Vec<usize> = Vec::new();
    hidden.extend(
        masked
            .directives
            .iter()
            .flat_map(|d| [d.open.start, d.close.start]),
    );
    // One for the text, one more in a picture.
    let mut open = vec![String::new()];
    for (event, range) in Parser::new_ext(&masked.text, markdown::options()).into_offset_iter() {
        let mut block = |open: &mut Vec<String>| {
            let done = open.last_mut().map(std::mem::take).unwrap_or_default();
            if !done.trim().is_empty() {
                add(What::Sentence, &done);
            }
        };
        match event {
            Event::Start(Tag::Image { .. }) => open.push(String::new()),
            Event::End(TagEnd::Image) => {
                block(&mut open);
                if open.len() > 1 {
                    open.pop();
                }
            }
            Event::Start(Tag::Link { dest_url, .. }) => add(What::Other, &dest_url),
            Event::Start(Tag::Emphasis | Tag::Strong | Tag::Strikethrough)
            | Event::End(
                TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough | TagEnd::Link,
            ) => {}
            Event::Start(_) | Event::End(_) | Event::Rule => block(&mut open),
            Event::Html(_) if hidden.contains(&range.start) => {}
            Event::Text(text) | Event::Code(text) => put(&mut open, &text),
            Event::Html(html) | Event::InlineHtml(html) => put(&mut open, &text::plain(&html)),
            Event::SoftBreak | Event::HardBreak => put(&mut open, " "),
            Event::FootnoteReference(_) => put(&mut open, "\0"),
            _ => {}
        }
    }
    let rest = open.concat();
    if !rest.trim().is_empty() {
        add(What::Sentence, &rest);
    }
}

fn put(open: &mut [String], text: &str) {
    if let Some(last) = open.last_mut() {
        last.push_str(text);
    }
}

/// The texts of WebVTT cues, without times and settings.
pub(super) fn cues(text: &str, add: &mut impl FnMut(What, &str)) {
    for block in text.replace("\r\n", "\n").split("\n\n") {
        let is_cue = block.contains("-->");
        let lines = block.lines().skip_while(|l| !l.contains("-->")).skip(1);
        if is_cue {
            let lines: Vec<&str> = lines.collect();
            add(What::Sentence, &text::plain(&lines.join(" ")));
        }
    }
}

/// The sentences of a block. A false end only makes shorter needles.
pub(super) fn sentences(text: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let mut from = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let next = chars.peek().map(|(_, c)| *c);
        let ends = match c {
            CUT | '。' | '！' | '？' | '؟' | '۔' | '।' => true,
            '.' | '!' | '?' | '…' => next.is_none_or(|c| !c.is_alphanumeric()),
            _ => false,
        };
        if ends {
            out.push(text[from..at].trim());
            from = at + c.len_utf8();
        }
    }
    out.push(text[from..].trim());
    out.retain(|s| !s.is_empty());
    out
}
