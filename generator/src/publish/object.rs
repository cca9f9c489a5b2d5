//! Maps files of the tree to objects at the target: keys, headers, compressed forms, and upload phases.

use std::borrow::Cow;

use dateline_contract::{content_type, edge::EdgeRules};

use crate::{
    base::hash::{Digest, Sum},
    config::publish::Coding,
    emit::changes::Listed,
};

/// The folder of a tree's public part.
const SITE: &str = "site/";

/// Sizes worth compressing: smaller files gain nothing, larger ones are not pages.
const WORTH: std::ops::RangeInclusive<u64> = 1024..=(8 << 20);

/// Which forms of a file a target stores.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Forms {
    /// The file, and compressed forms of text beside it (`index.html.br`).
    Beside(Vec<Coding>),
    /// A single form; text files are compressed with this coding, if any.
    One(Option<Coding>),
}

/// Digest of an object: its content, form and headers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Mark(pub u128);

/// When an object is uploaded. Files come before the pages that use them, and new pages before the pages that link to
/// them, so that a visitor never meets a missing file.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Phase {
    /// Files that pages use.
    Files,
    /// Pages that the target does not have yet.
    NewPages,
    /// Pages that it has.
    Pages,
    /// Feeds, sitemaps, and `robots.txt`, which names the sitemap.
    Lists,
}

/// An object to store under one key.
#[derive(Clone, Debug)]
pub struct Object {
    /// The index of its file in the tree.
    pub file: usize,
    /// The coding of its content.
    pub coding: Coding,
    /// The digest by which changes are detected.
    pub mark: Mark,
}

/// The headers that a store keeps with an object.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Headers {
    /// `Content-Type`.
    pub content_type: String,
    /// `Cache-Control`.
    pub cache_control: Option<String>,
    /// `Content-Encoding`.
    pub encoding: Option<String>,
}

/// The header rules of a site: `edge/headers.json`.
pub struct Rules(EdgeRules);

impl Rules {
    /// Takes the rules that a build wrote.
    pub fn new(mut rules: EdgeRules) -> Self {
        // A store gets no other header from these rules, and every file is looked up in them.
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

    /// The `Cache-Control` of a file.
    fn cache_control(&self, file: &str) -> Option<&str> {
        let found = self.0.headers_for(&path_of(file));
        found.first().map(|(_, value)| *value)
    }

    /// Whether a file's name has its digest, so that changed content gets a new name.
    pub fn is_fingerprinted(&self, file: &str) -> bool {
        self.cache_control(file)
            .is_some_and(|value| value.contains("immutable"))
    }

    /// The headers of a file in one form.
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

    /// A digest of the rules that headers are made from.
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

/// The URL path of a file.
pub fn path_of(file: &str) -> String {
    let folder = file.strip_suffix("index.html");
    let folder = folder.filter(|folder| folder.is_empty() || folder.ends_with('/'));
    format!("/{}", folder.unwrap_or(file))
}

/// The path of a file relative to the site, if it is public.
pub fn public<'a>(file: &'a Listed<'_>) -> Option<&'a str> {
    file.path.strip_prefix(SITE)
}

/// Whether a file is text, which compresses well.
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

/// The phase in which a file is uploaded.
pub fn phase(file: &str, is_new: bool) -> Phase {
    let name = file.rsplit('/').next().unwrap_or(file);
    match name {
        "sitemap.xml" | "robots.txt" => Phase::Lists,
        _ if name.starts_with("feed.") || file.starts_with("sitemap/") => Phase::Lists,
        _ if name.ends_with(".html") && is_new => Phase::NewPages,
        _ if name.ends_with(".html") => Phase::Pages,
        _ => Phase::Files,
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
