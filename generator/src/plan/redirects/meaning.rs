//! What the target of a line means: a source, an address of this site, or a URL.

use std::ops::Range;

use percent_encoding::{AsciiSet, utf8_percent_encode};

use super::{About, Reader, To};
use crate::{
    base::path,
    link::{HeldBack, State, fragment_of, has_heading},
};

impl Reader<'_> {
    pub(super) fn target(&mut self, text: &str, span: &Range<usize>) -> Option<To> {
        const HINT: &str = "write a source file (/news/2019/05/02/visit.md), an address (/en/topics/trade/) or a \
                            URL (https://example.org/)";
        let local = self.own(text).unwrap_or(text);
        if text.ends_with("/*") {
            let message = format!("“{text}” is not one place");
            self.wrong(
                span,
                message,
                "a target has no `*`: everything below a folder leads to one page",
            );
            return None;
        }
        if let Some(rest) = local
            .strip_prefix("https://")
            .or_else(|| local.strip_prefix("http://"))
        {
            let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
            if host.is_empty()
                || text.contains(char::is_control)
                || text.contains(char::is_whitespace)
            {
                self.wrong(span, format!("“{text}” is not a URL"), HINT);
                return None;
            }
            return Some(To::There(url(local)));
        }
        let cut = local.find(['?', '#']).unwrap_or(local.len());
        let (plain, rest) = local.split_at(cut);
        let inside =
            path::decode(plain).filter(|p| !p.contains(char::is_control) && !p.contains('\\'));
        let inside = inside.filter(|p| p.starts_with('/') && !p.starts_with("//"));
        let normal = inside.as_deref().and_then(path::normalise);
        let (Some(inside), Some(normal)) = (inside, normal) else {
            self.wrong(
                span,
                format!("“{text}” is no place that one can be led to"),
                HINT,
            );
            return None;
        };
        if normal.ends_with(".md") {
            return self.source(&format!("content/{normal}"), text, rest, span);
        }
        let slash = if inside.ends_with('/') && !normal.is_empty() {
            "/"
        } else {
            ""
        };
        let address = format!("/{normal}{slash}");
        let whole = url(&format!("{}{rest}", path::encode(&address)));
        Some(match self.documents.get(address.as_str()).copied() {
            Some((source, held)) => {
                self.heading(source, rest, span);
                state(held, whole)
            }
            None => To::Address {
                address,
                whole,
                span: span.clone(),
            },
        })
    }

    /// The address in a URL of this site, with any scheme.
    fn own<'t>(&self, text: &'t str) -> Option<&'t str> {
        let (_, base) = self.about.config.base_url.split_once("://")?;
        let (_, whole) = text.split_once("://")?;
        let own = whole.get(..base.len())?.eq_ignore_ascii_case(base);
        match whole[base.len()..].chars().next() {
            None => own.then_some("/"),
            Some('/') => own.then_some(&whole[base.len()..]),
            Some(_) => None,
        }
    }

    fn source(&mut self, path: &str, text: &str, rest: &str, span: &Range<usize>) -> Option<To> {
        let About { site, sources, .. } = self.about;
        self.heading(path, rest, span);
        if let Some(id) = site.resolver.published(path) {
            let address = path::encode(site.editions.place(id).address);
            return Some(To::There(url(&format!("{address}{rest}"))));
        }
        if let Some(held) = self.held.get(path).copied() {
            if held.state == State::Draft {
                let message = format!("“{text}” is a draft, so nothing leads there yet");
                self.warn(span, message, "publish it, or lead to another page");
            }
            return Some(state(Some(held), url(&path::encode(&held.address))));
        }
        // One with mistakes is reported already.
        if !sources.has_document(path) {
            let name = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
            let all = || sources.documents.iter().map(|s| &*s.path);
            let near = all()
                .find(|p| name(p) == name(path))
                .or_else(|| path::closest(path, all()));
            let hint = match near {
                Some(near) => format!("did you mean {}?", &near["content".len()..]),
                None => "write the path of the source file from content/, such as /news/2019/05/02/visit.md".to_owned(),
            };
            self.wrong(span, format!("there is no “{text}”"), hint);
        }
        None
    }

    /// Whether a document has the heading that a target names. Only its own ids count: what those of its source
    /// mean may change when that expires.
    fn heading(&mut self, path: &str, rest: &str, span: &Range<usize>) {
        let Some(fragment) = fragment_of(rest) else {
            return;
        };
        let site = self.about.site;
        let published = site.resolver.published(path);
        let anchors = match (published, self.held.get(path)) {
            (Some(id), _) => site.editions.place(id).anchors,
            (None, Some(held)) if held.state != State::Expired => &held.edition.body.anchors,
            _ => return,
        };
        if let Err(hint) = has_heading(anchors, &fragment) {
            let place = path.trim_start_matches("content/");
            let message = format!("there is no heading #{fragment} on {place}");
            match self.about.config.lenient_fragments {
                true => self.warn(span, message, hint),
                false => self.wrong(span, message, hint),
            }
        }
    }
}

fn state(held: Option<&HeldBack>, whole: String) -> To {
    match held.map(|h| h.state) {
        None => To::There(whole),
        Some(State::Expired) => To::Gone,
        Some(_) => To::Waits(whole),
    }
}

/// A URL that servers take as it stands: `$` begins a variable for some, `{` a placeholder.
fn url(text: &str) -> String {
    const SPECIAL: &AsciiSet = &AsciiSet::EMPTY
        .add(b'$')
        .add(b'{')
        .add(b'}')
        .add(b'"')
        .add(b'\\')
        .add(b'^')
        .add(b'`')
        .add(b'|')
        .add(b'<')
        .add(b'>')
        .add(b' ');
    utf8_percent_encode(text, SPECIAL).to_string()
}
