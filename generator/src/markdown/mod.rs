//! Markdown as Dateline reads it: shared by `parse` and `render`, so that both see the
//! same headings, links and directives.
//!
//! A body is CommonMark with tables, footnotes, strikethrough, heading attributes and smart
//! punctuation. It is never a template.

pub mod anchors;
pub mod directive;
mod emphasis;
mod footnotes;
pub mod html;
mod quotes;
pub mod raw_html;
pub mod reader;
pub mod text;

use pulldown_cmark::Options;

/// What is switched on beside CommonMark.
pub fn options() -> Options {
    Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_HEADING_ATTRIBUTES
        | Options::ENABLE_SMART_PUNCTUATION
}
