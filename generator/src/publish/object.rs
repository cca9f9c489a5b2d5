//! Files of the tree → what lies at the target: keys, headers, compressed forms, and the turn of each.

use std::borrow::Cow;

use dateline_contract::{content_type, edge::EdgeRules};

use crate::{
    base::hash::{Digest, Sum},
    config::publish::Coding,
    emit::changes::Listed,
};

/// Where the public part of a tree lies.
const SITE: &str = "site/";

/// Smaller files gain nothing by compression, larger ones are no pages.
const WORTH: std::ops::RangeInclusive<u64> = 1024..=(8 << 20);

/// What a target can hold of one file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Forms {
    /// The file, and compressed forms of text beside it (`index.html.br`).
    Beside(Vec<Coding>),
    /// One form; text in this one, if any.
    One(Option<Coding>),
}

/// Digest of what is stored under a key: content, form and headers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Mark(pub u128);

/// When an object is uploaded. Whoever reads a page finds what it needs: files come first, and new pages before
/// the pages that lead to them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Turn {
    /// What pages are made with.
    Files,
    /// Pages that were not there.
    NewPages,
    /// Pages that were.
    Pages,
    /// Feeds, sitemaps and what names them.
    Lists,
}

/// What is to lie under one key.
#[derive(Clone, Debug)]
pub struct Object {
    /// Its file, by its place in the tree.
    pub file: usize,
    /// Its form.
    pub coding: Coding,
    /// What tells it from all else.
    pub mark: Mark,
}

/// The headers that a store gives back with an object.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Headers {
    /// `Content-Type`.
    pub content_type: String,
    /// `Cache-Control`.
    pub cache_control: Option<String>,
    /// `Content-Encoding`.
    pub encoding: Option<String>,
}

/// What the site says of its files: the rules of `edge/headers.json`.
pub struct Rules(EdgeRules);

impl Rules {
    /// Of what a build wrote.
    pub fn new(mut rules: EdgeRules) -> Self {
        // A store is told no other header of these, and every file is looked up.
        for rule in &mut rules.headers {
            rule.headers
                .retain(|name, _| name.eq_ignore_ascii_case("cache-control"));
        }
        Self(rules)
    }

    /// The site's scheme, host and port.
    pub fn base_url(&self) -> Option<&str> {
        self.0.base_url.as_deref()
    }

    /// How long a file may be kept.
    fn cache_control(&self, file: &str) -> Option<&str> {
        let found = self.0.headers_for(&path_of(file));
        found.first().map(|(_, value)| *value)
    }

    /// Whether a file has its digest in its name, so that another content has another name.
    pub fn is_fingerprinted(&self, file: &str) -> bool {
        self.cache_control(file)
            .is_some_and(|value| value.contains("immutable"))
    }

    /// What a store is told of a file in one form.
    pub fn headers(&self, file: &str, coding: Coding, forms: &Forms) -> Headers {
        let encoding = match forms {
            Forms::One(_) => coding.name(),
            Forms::Beside(_) => None,
        };
        Headers {
            content_type: content_type::of(file).to_owned(),
            cache_control: self.cache_control(file).map(str::to_owned),
            encoding: encoding.map(str::to_owned),
        }
    }

    /// A digest of all that headers are made from.
    pub fn digest(&self) -> String {
        let mut sum = Sum::default();
        for rule in &self.0.headers {
            sum.text(&rule.path);
            for (name, value) in &rule.headers {
                sum.text(name).text(value);
            }
        }
        sum.finish().first(16)
    }
}

/// The path at which a file is asked for.
pub fn path_of(file: &str) -> String {
    let folder = file.strip_suffix("index.html");
    let folder = folder.filter(|folder| folder.is_empty() || folder.ends_with('/'));
    format!("/{}", folder.unwrap_or(file))
}

/// The name of a file below the site, if it is public.
pub fn public<'a>(file: &'a Listed<'_>) -> Option<&'a str> {
    file.path.strip_prefix(SITE)
}

/// Text, which compression makes smaller.
fn is_text(file: &str) -> bool {
    let kind = content_type::of(file).split(';').next().unwrap_or_default();
    kind.starts_with("text/") || kind.ends_with("json") || kind.ends_with("xml")
}

/// The key of a file in one form.
pub fn key_of<'a>(file: &'a str, coding: Coding, forms: &Forms) -> Cow<'a, str> {
    match (forms, coding) {
        (Forms::Beside(_), Coding::Brotli) => format!("{file}.br").into(),
        (Forms::Beside(_), Coding::Gzip) => format!("{file}.gz").into(),
        _ => file.into(),
    }
}

/// When a file is uploaded.
pub fn turn(file: &str, is_new: bool) -> Turn {
    let name = file.rsplit('/').next().unwrap_or(file);
    match name {
        "feed.xml" | "feed.json" | "sitemap.xml" | "robots.txt" => Turn::Lists,
        _ if file.starts_with("sitemap/") => Turn::Lists,
        _ if name.ends_with(".html") && is_new => Turn::NewPages,
        _ if name.ends_with(".html") => Turn::Pages,
        _ => Turn::Files,
    }
}

/// All objects of a tree.
pub fn objects(files: &[Listed<'_>], rules: &Rules, forms: &Forms) -> Vec<Object> {
    let mut all = Vec::with_capacity(files.len());
    for (at, file) in files.iter().enumerate() {
        let Some(name) = public(file) else {
            continue;
        };
        let mut add = |coding| {
            all.push(Object {
                file: at,
                coding,
                mark: mark(&file.hash, &rules.headers(name, coding, forms), coding),
            });
        };
        let worth = WORTH.contains(&file.size) && is_text(name);
        match forms {
            Forms::One(Some(coding)) if worth => add(*coding),
            Forms::One(_) => add(Coding::Plain),
            Forms::Beside(codings) => {
                add(Coding::Plain);
                codings.iter().filter(|_| worth).for_each(|c| add(*c));
            }
        }
    }
    all
}

fn mark(content: &Digest, headers: &Headers, coding: Coding) -> Mark {
    let mut sum = Sum::default();
    sum.digest(content).text(&headers.content_type);
    sum.text(headers.cache_control.as_deref().unwrap_or_default());
    sum.text(headers.encoding.as_deref().unwrap_or_default());
    sum.text(coding.name().unwrap_or_default());
    let mut first = [0; 16];
    first.copy_from_slice(&sum.finish().bytes()[..16]);
    Mark(u128::from_be_bytes(first))
}
