//! The sources as editors leave them, and chance that can be repeated.

use std::collections::BTreeMap;

use dateline::pipeline::Addresses;

use crate::harness::Newsroom;

/// A seeded generator (SplitMix64): the same edits for the same seed, on every machine.
pub struct Rng(u64);

impl Rng {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, n: usize) -> usize {
        (self.next() % n.max(1) as u64) as usize
    }

    pub fn of<'a, T>(&mut self, all: &'a [T]) -> Option<&'a T> {
        all.get(self.below(all.len()))
    }
}

/// All inputs of a build.
#[derive(Clone, PartialEq)]
pub struct World {
    pub files: BTreeMap<String, Vec<u8>>,
    /// As they were at first.
    pub first: BTreeMap<String, Vec<u8>>,
    /// Days after the first build.
    pub day: i64,
    /// Seconds after that.
    pub second: i64,
    pub drafts: bool,
    pub base_url: Option<String>,
    pub addresses: Addresses,
    /// Files that are written again with the same content.
    pub touched: bool,
    /// The next edit keeps times and sizes, as `rsync -t` does.
    pub keeps_times: bool,
    /// What builds remember is deleted.
    pub forgets: bool,
    /// Derivatives that builds keep are damaged.
    pub spoils: bool,
}

impl World {
    pub fn new(room: Newsroom) -> Self {
        Self {
            first: room.files.clone(),
            files: room.files,
            day: 0,
            second: 0,
            drafts: false,
            base_url: None,
            addresses: Addresses::Leave,
            touched: false,
            keeps_times: false,
            forgets: false,
            spoils: false,
        }
    }

    /// The paths that begin and end so.
    pub fn paths(&self, start: &str, end: &str) -> Vec<String> {
        let all = self.files.keys();
        let all = all.filter(|p| p.starts_with(start) && p.ends_with(end));
        all.cloned().collect()
    }

    /// Seconds since 1970 at which something comes out or ends.
    pub fn moments(&self) -> Vec<i64> {
        let texts = self
            .paths("content/", ".md")
            .into_iter()
            .map(|path| self.text(&path));
        let lines = |text: String| text.lines().map(str::to_owned).collect::<Vec<_>>();
        let times = texts.flat_map(lines).filter_map(|line| {
            let time = line
                .strip_prefix("embargo = ")
                .or(line.strip_prefix("expires = "))?;
            time.parse::<jiff::Timestamp>().ok()
        });
        times.map(|at| at.as_second()).collect()
    }

    /// Some article.
    pub fn article(&self, rng: &mut Rng) -> String {
        let all = self.paths("content/news/", ".md");
        rng.of(&all).cloned().unwrap_or_default()
    }

    pub fn dossier(&self, rng: &mut Rng) -> String {
        let mut all = self.paths("content/media/", ".md");
        all.retain(|p| !p.contains(".transcript"));
        rng.of(&all).cloned().unwrap_or_default()
    }

    pub fn text(&self, path: &str) -> String {
        let bytes = self.files.get(path).cloned().unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Changes the text of a file that is there.
    pub fn change(&mut self, path: &str, change: impl FnOnce(String) -> String) {
        if self.files.contains_key(path) {
            let text = change(self.text(path));
            self.put(path, text);
        }
    }

    pub fn put(&mut self, path: &str, content: impl Into<Vec<u8>>) {
        self.files.insert(path.to_owned(), content.into());
    }

    pub fn replace(&mut self, path: &str, from: &str, to: &str) {
        self.change(path, |t| t.replace(from, to));
    }

    pub fn append(&mut self, path: &str, text: &str) {
        self.change(path, |t| format!("{t}{text}\n"));
    }

    /// Gives a document this line in its front matter instead of the one with its key.
    pub fn key(&mut self, path: &str, line: &str) {
        let key = format!("{} =", line.split(" =").next().unwrap_or_default());
        self.without_key(path, &key);
        self.change(path, |t| t.replacen("+++\n", &format!("+++\n{line}\n"), 1));
    }

    pub fn without_key(&mut self, path: &str, start: &str) {
        self.change(path, |t| {
            let lines = t.lines().filter(|l| !l.starts_with(start));
            lines.map(|l| format!("{l}\n")).collect()
        });
    }

    pub fn rename(&mut self, from: &str, to: &str) {
        if let Some(content) = self.files.remove(from) {
            self.files.insert(to.to_owned(), content);
        }
    }

    pub fn remove(&mut self, path: &str) {
        self.files.remove(path);
    }
}
