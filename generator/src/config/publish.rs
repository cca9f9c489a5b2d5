//! `[publish.NAME]`: where a site is published to, and who is notified.

use dateline_contract::bucket::Bucket;

use super::bucket;
use crate::base::fields::{At, Fields};

/// Where a site is published to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Target {
    /// A folder: local, mounted, or copied elsewhere by other means.
    Folder(String),
    /// A bucket of an S3-compatible store.
    Bucket(Bucket),
}

impl Target {
    /// Reads `dir:FOLDER` or `s3://BUCKET/PREFIX?endpoint=…&region=…`.
    ///
    /// # Errors
    /// A message and a hint.
    pub fn parse(text: &str) -> Result<Self, (String, String)> {
        if let Some(folder) = text.strip_prefix("dir:") {
            return match folder.trim() {
                "" => Err(wrong(text, "name the folder, as in dir:/srv/www")),
                folder => Ok(Self::Folder(folder.to_owned())),
            };
        }
        if !text.starts_with("s3://") {
            let hint = "write dir:FOLDER, or s3://BUCKET/PREFIX?endpoint=https://…&region=…";
            return Err(wrong(text, hint));
        }
        let bucket = bucket::parse(text).map_err(|hint| wrong(text, &hint));
        bucket.map(Self::Bucket)
    }
}

fn wrong(text: &str, hint: &str) -> (String, String) {
    let message = format!("“{text}” is not a place to publish to");
    (message, hint.to_owned())
}

/// The form in which a file is stored.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Coding {
    /// As it is.
    Plain,
    /// Brotli (RFC 7932).
    Brotli,
    /// gzip (RFC 1952).
    Gzip,
}

impl Coding {
    /// Its name in `Content-Encoding`.
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
            Self::Brotli => Some("br"),
            Self::Gzip => Some("gzip"),
        }
    }
}

/// How a CDN is notified of changed addresses.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Purge {
    /// They are written to this file, one a line.
    File(String),
    /// This program gets them on standard input, one a line.
    Command(Vec<String>),
    /// They are posted to this URL as JSON.
    Hook(String),
}

/// One target with its options.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Publish {
    /// The name by which `dateline publish` finds it.
    pub name: String,
    /// Where it publishes to.
    pub target: Target,
    /// Compressed forms of text: beside each file of a folder, in place of it in a bucket.
    pub compress: Vec<Coding>,
    /// How many days fingerprinted files stay after the last page that used them.
    pub grace_days: u64,
    /// How the CDN is notified, before all others.
    pub purge: Option<Purge>,
    /// The key for IndexNow; its text file stands at the root of the site.
    pub indexnow_key: Option<String>,
    /// Where IndexNow is notified.
    pub indexnow_endpoint: String,
    /// WebSub hubs that are notified of changed feeds.
    pub websub: Vec<String>,
}

/// Long enough for pages in caches, open tabs and archives.
const GRACE_DAYS: u64 = 30;

impl Publish {
    /// A target with default options.
    pub fn to(name: &str, target: Target) -> Self {
        Self {
            name: name.to_owned(),
            target,
            compress: Vec::new(),
            grace_days: GRACE_DAYS,
            purge: None,
            indexnow_key: None,
            indexnow_endpoint: "https://api.indexnow.org/indexnow".to_owned(),
            websub: Vec::new(),
        }
    }

    /// Reads one table.
    pub(super) fn read(name: &str, t: &mut Fields<'_>) -> Option<Self> {
        let target = target(t);
        let compress = compress(t, target.as_ref());
        let grace = t.count("grace_days");
        let purge = purge(t);
        let key = indexnow_key(t);
        let endpoint = t.text("indexnow_endpoint");
        let endpoint = endpoint.and_then(|at| address(t, "indexnow_endpoint", at));
        let websub = t.texts("websub");
        let websub = websub
            .into_iter()
            .filter_map(|hub| address(t, "websub", hub))
            .collect();
        let all = Self::to(name, target?);
        Some(Self {
            compress,
            grace_days: grace.unwrap_or(all.grace_days),
            purge,
            indexnow_key: key,
            indexnow_endpoint: endpoint.unwrap_or_else(|| all.indexnow_endpoint.clone()),
            websub,
            ..all
        })
    }
}

fn target(t: &mut Fields<'_>) -> Option<Target> {
    let text = t.required_text("target")?;
    match Target::parse(&text.value) {
        Ok(target) => Some(target),
        Err((message, hint)) => {
            t.push(text.span, format!("`target`: {message}"), &hint);
            None
        }
    }
}

fn compress(t: &mut Fields<'_>, target: Option<&Target>) -> Vec<Coding> {
    let mut all = Vec::new();
    let mut last = None;
    for said in t.texts("compress") {
        match said.value.as_str() {
            "br" => all.push(Coding::Brotli),
            "gzip" => all.push(Coding::Gzip),
            other => t.push(
                said.span.clone(),
                format!("unknown compression `{other}`"),
                "write \"br\" or \"gzip\"",
            ),
        }
        last = Some(said.span);
    }
    all.sort_unstable();
    all.dedup();
    if let (Some(span), [_, _, ..], Some(Target::Bucket(_))) = (last, &*all, target) {
        let hint = "choose one that all browsers and the CDN accept: compress = \"gzip\"";
        t.push(
            span,
            "a bucket stores each file in one form only".to_owned(),
            hint,
        );
    }
    all
}

fn purge(t: &mut Fields<'_>) -> Option<Purge> {
    let words = t.texts("purge");
    let first = words.first()?;
    let one = words.len() == 1;
    if let Some(file) = first.value.strip_prefix("file:").filter(|_| one) {
        return Some(Purge::File(file.trim().to_owned()));
    }
    if let Some(program) = first.value.strip_prefix("command:") {
        let rest = words[1..].iter().map(|w| w.value.clone());
        let all = std::iter::once(program.trim().to_owned()).chain(rest);
        return Some(Purge::Command(all.collect()));
    }
    if is_web(&first.value) && one {
        return Some(Purge::Hook(first.value.clone()));
    }
    let message = format!("`purge` cannot be “{}”", first.value);
    let hint = "write \"file:NAME\", [\"command:PROGRAM\", \"ARGUMENT\"], or an address that begins with https://";
    t.push(first.span.clone(), message, hint);
    None
}

fn is_web(text: &str) -> bool {
    let rest = text
        .strip_prefix("https://")
        .or(text.strip_prefix("http://"));
    rest.is_some_and(|rest| !rest.is_empty() && !rest.contains(char::is_whitespace))
}

fn address(t: &mut Fields<'_>, key: &str, said: At<String>) -> Option<String> {
    if is_web(&said.value) {
        return Some(said.value);
    }
    let message = format!("`{key}`: “{}” is not an address", said.value);
    t.push(said.span, message, "write the full address, with https://");
    None
}

/// 8 to 128 letters, digits and hyphens: what IndexNow asks for.
fn indexnow_key(t: &mut Fields<'_>) -> Option<String> {
    let said = t.text("indexnow_key")?;
    let good = |c: char| c.is_ascii_alphanumeric() || c == '-';
    if (8..=128).contains(&said.value.len()) && said.value.chars().all(good) {
        return Some(said.value);
    }
    let hint =
        "write 8 to 128 letters, digits and hyphens, and put them into content/static/KEY.txt too";
    t.push(
        said.span,
        "`indexnow_key` is not a valid IndexNow key".to_owned(),
        hint,
    );
    None
}
