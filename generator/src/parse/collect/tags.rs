//! Tags of raw HTML. Their targets are checked like those of Markdown links and pictures; what the site's security
//! policy blocks is reported by name. All findings of one kind have the same message.

use std::ops::Range;

use super::{Collect, LinkKind};
use crate::markdown::raw_html::{self, Attribute, Points, Tag};

const TO_THEME: &str = "styles, scripts and what stands in a page's head belong to the theme";

impl Collect<'_> {
    /// A tag of a piece of HTML that begins at byte `start`.
    pub(super) fn tag(&mut self, tag: &Tag<'_>, start: usize) {
        let at = |place: &Range<usize>| start + place.start..start + place.end;
        self.element(tag, at(&tag.span));
        for attribute in &tag.attributes {
            self.attribute(tag, attribute, &at);
        }
        if !tag.closed {
            let message = "this tag has no end, so what follows becomes a part of it";
            self.warn(
                at(&tag.span),
                message,
                "close it with > before the empty line",
            );
        }
    }

    fn element(&mut self, tag: &Tag<'_>, at: Range<usize>) {
        let name = &tag.name;
        match name.as_str() {
            // Structured data is not a script.
            "script" if tag.get("type").is_some_and(|t| t.contains("json")) => {}
            "script" => {
                let hint = "the site's security policy forbids scripts in a body; scripts belong to the theme";
                self.warn(at, "readers' browsers will not run this script", hint);
            }
            "style" | "base" => {
                let message = format!("readers' browsers will ignore this `<{name}>`");
                let hint = "the site's security policy forbids it in a body; use a class that the theme has, or a directive";
                self.warn(at, message, hint);
            }
            "iframe" | "frame" | "object" | "embed" | "applet" | "portal" | "fencedframe" => {
                let message = format!("readers' browsers will not show this `<{name}>`");
                let hint = "the site's security policy takes in nothing from elsewhere: link to it, or make a dossier of a video";
                self.warn(at, message, hint);
            }
            // It would redirect readers.
            "meta" if tag.get("http-equiv").is_some() => {
                self.error(at, "a `<meta http-equiv>` cannot stand in a body", TO_THEME);
            }
            "meta" | "link" => {
                self.warn(at, format!("a `<{name}>` has no place in a body"), TO_THEME);
            }
            "form" => {
                let posts = tag
                    .get("method")
                    .is_some_and(|m| m.trim().eq_ignore_ascii_case("post"));
                let action = tag.get("action").unwrap_or_default();
                self.form(&action, posts, at);
            }
            _ => {}
        }
    }

    /// A form that is sent to `action`.
    fn form(&mut self, action: &str, posts: bool, at: Range<usize>) {
        let action = raw_html::address(action);
        if raw_html::is_elsewhere(&action) {
            let hint = "the site's security policy sends forms to this site alone: link to the form instead";
            self.warn(at, "readers' browsers will not send this form", hint);
        } else if posts {
            let message = "a form in a body cannot post to this site";
            self.error(
                at,
                message,
                "it would act for readers who are logged in; forms belong to the theme",
            );
        }
    }

    fn attribute(
        &mut self,
        tag: &Tag<'_>,
        attribute: &Attribute<'_>,
        at: &dyn Fn(&Range<usize>) -> Range<usize>,
    ) {
        let name = attribute.name.to_ascii_lowercase();
        match name.as_str() {
            "id" if !attribute.value.is_empty() => self.id(attribute.value, at(&attribute.whole)),
            "name" if !attribute.value.is_empty() && tag.name == "a" => {
                self.ids.push(attribute.value.into());
            }
            "formaction" => self.form(&attribute.decoded(), true, at(&attribute.whole)),
            name if name == "style" || name.starts_with("on") => {
                let message = format!("readers' browsers will ignore `{name}=` here");
                let hint = "the site's security policy forbids it; use a class, or a directive";
                self.warn(at(&attribute.span), message, hint);
            }
            _ => {}
        }
        let Some(points) = raw_html::points(tag, attribute) else {
            return;
        };
        let (value, span) = (attribute.decoded(), at(&attribute.whole));
        match points {
            Points::Page => self.refer(&raw_html::address(&value), LinkKind::Link, span),
            Points::Picture => self.loads(&tag.name, &value, LinkKind::Image, span),
            Points::File => self.loads(&tag.name, &value, LinkKind::File, span),
            Points::Pictures => {
                for candidate in raw_html::candidates(&value) {
                    self.loads(&tag.name, &value[candidate], LinkKind::Image, span.clone());
                }
            }
        }
    }

    /// What a browser loads for a tag.
    fn loads(&mut self, tag: &str, value: &str, kind: LinkKind, span: Range<usize>) {
        let address = raw_html::address(value);
        if address.is_empty() || address.starts_with('#') {
            return;
        }
        if raw_html::is_elsewhere(&address) {
            let message = format!("readers' browsers will not load what this `<{tag}>` shows");
            let hint = "the site's security policy loads nothing from elsewhere: save it beside this document, and write its name";
            return self.warn(span, message, hint);
        }
        self.refer(&address, kind, span);
    }
}
