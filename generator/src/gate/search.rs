//! Many needles in many bytes, without a look at every word of them.
//!
//! Each needle has an anchor: the first eight bytes of a run of ASCII letters and digits in it, or six of a run of
//! other letters. That is the same in every encoding but those that escape it, and where a run begins is seen
//! sixty-four bytes at a time. Of all its runs the anchor is the one that is rarest among the needles. Only where an anchor is
//! met are words compared, by [`super::words`].

use std::collections::BTreeSet;

use unicode_normalization::UnicodeNormalization;

use super::{
    Form, Needle,
    words::{Chars, Word, Words, is_letter, is_sign, words},
};
use crate::base::hash::Map;

/// The most bytes of an anchor.
const ANCHOR: usize = 8;
/// The bytes of an anchor of other letters: two signs.
const FOREIGN: usize = 6;
/// How many words behind an anchor are compared before the whole text is.
const AHEAD: usize = 4;

/// What finds needles.
#[derive(Default)]
pub(super) struct Search {
    /// Of anchors: bits by hash.
    bits: Vec<u64>,
    shift: u32,
    /// By anchor, the needles.
    anchors: Map<u64, Vec<Anchored>>,
    /// Some anchor is not ASCII.
    foreign: bool,
    /// Words of needles, by the first two.
    begins: Map<(u64, u64), Vec<u32>>,
    words: Map<u32, Vec<u64>>,
    exact: Map<u32, String>,
}

/// A needle at its anchor.
struct Anchored {
    number: u32,
    /// Which word of it, or which byte, the anchor is.
    at: u32,
    /// The word behind the anchor, where it has one.
    next: Option<u64>,
    /// How that word begins, if it is ASCII.
    begins: Option<u64>,
}

/// A possible anchor: all ways to write it, and the place of its word or byte.
struct Candidate {
    keys: Vec<u64>,
    at: u32,
}

impl Search {
    /// For these needles, by their number.
    pub(super) fn new<'a>(needles: impl Iterator<Item = (u32, &'a Needle)>) -> Self {
        let mut out = Self::default();
        let mut found = Vec::new();
        let mut count: Map<u64, u32> = Map::default();
        let mut starts: Map<u64, u64> = Map::default();
        for (number, needle) in needles {
            let candidates = match &needle.form {
                Form::Words(hashes) => {
                    let Some(first) = hashes.first() else {
                        continue;
                    };
                    let pair = (*first, hashes.get(1).copied().unwrap_or_default());
                    out.begins.entry(pair).or_default().push(number);
                    out.words.insert(number, hashes.clone());
                    for word in needle
                        .text
                        .split(|c: char| !is_letter(c))
                        .filter(|w| w.is_ascii())
                    {
                        let hash = words(word.as_bytes())[0].hash;
                        starts.insert(hash, key(word.as_bytes()));
                    }
                    of_words(&needle.text, hashes.len())
                }
                Form::Exact => {
                    out.exact.insert(number, needle.text.clone());
                    of_bytes(&needle.text)
                }
                Form::File { .. } => continue,
            };
            for candidate in &candidates {
                *count.entry(candidate.keys[0]).or_default() += 1;
            }
            found.push((number, candidates));
        }
        for (number, candidates) in found {
            let rarest = candidates.into_iter().min_by_key(|c| count[&c.keys[0]]);
            for key in rarest.iter().flat_map(|c| &c.keys) {
                let at = rarest.as_ref().map_or(0, |c| c.at);
                out.foreign |= key.to_le_bytes()[0] >= 0x80;
                let words = out.words.get(&number);
                let next = words.and_then(|words| words.get(at as usize + 1)).copied();
                let begins = next.and_then(|hash| starts.get(&hash)).copied();
                let needle = Anchored {
                    number,
                    at,
                    next,
                    begins,
                };
                out.anchors.entry(*key).or_default().push(needle);
            }
        }
        let size = (out.anchors.len() * 64)
            .next_power_of_two()
            .clamp(1 << 12, 1 << 21);
        out.shift = 64 - size.trailing_zeros();
        out.bits = vec![0; size / 64];
        let mut keys: Vec<u64> = out.anchors.keys().copied().collect();
        keys.sort_unstable();
        for key in keys {
            let at = out.place(key);
            out.bits[at / 64] |= 1 << (at % 64);
        }
        out
    }

    /// Whether there is nothing to find.
    pub(super) fn is_empty(&self) -> bool {
        self.anchors.is_empty()
    }

    fn place(&self, key: u64) -> usize {
        (key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> self.shift) as usize
    }

    /// The needles that stand in `bytes`, but those that are `known` to be no matter.
    pub(super) fn find(&self, bytes: &[u8], known: &dyn Fn(u32) -> bool) -> BTreeSet<u32> {
        let mut found = Found {
            search: self,
            bytes,
            known,
            exact: BTreeSet::new(),
            whole: false,
            anchors: 0,
        };
        if !self.is_empty() {
            found.runs();
        }
        let mut out = found.exact;
        if found.whole {
            out.extend(self.in_words(&words(bytes)).filter(|n| !known(*n)));
        }
        out
    }

    /// Whether the anchor of any needle stands in `bytes`.
    pub(super) fn meets(&self, bytes: &[u8]) -> bool {
        let mut found = Found {
            search: self,
            bytes,
            known: &|_| false,
            exact: BTreeSet::new(),
            whole: false,
            anchors: 0,
        };
        if !self.is_empty() {
            found.runs();
        }
        found.anchors > 0
    }

    /// The needles of words that stand in a text.
    pub(super) fn in_words(&self, text: &[Word]) -> impl Iterator<Item = u32> {
        let starts = (0..text.len()).flat_map(move |at| {
            let first = text[at].hash;
            let second = text.get(at + 1).map_or(0, |w| w.hash);
            let pairs = [(first, second), (first, 0)].map(|pair| self.begins.get(&pair));
            let numbers = pairs.into_iter().flatten().flatten();
            numbers.map(move |number| (at, *number))
        });
        starts.filter_map(move |(at, number)| {
            let wanted = &self.words[&number];
            let here = text.get(at..at + wanted.len())?;
            let same = here.iter().map(|w| w.hash).eq(wanted.iter().copied());
            same.then_some(number)
        })
    }
}

/// The bytes of a run as a number, ASCII in lower case.
fn key(run: &[u8]) -> u64 {
    let mut bytes = [0; 8];
    for (to, from) in bytes.iter_mut().zip(run.iter().take(ANCHOR)) {
        *to = if from.is_ascii() { from | 0x20 } else { *from };
    }
    u64::from_le_bytes(bytes)
}

/// The run that begins at a place: ASCII letters and digits, or bytes that are none.
fn run(bytes: &[u8], at: usize) -> &[u8] {
    let most = if bytes[at].is_ascii() {
        ANCHOR
    } else {
        FOREIGN
    };
    let rest = &bytes[at..bytes.len().min(at + most)];
    let same = |byte: &u8| match rest[0].is_ascii() {
        true => byte.is_ascii_alphanumeric(),
        false => !byte.is_ascii(),
    };
    let length = rest.iter().take_while(|b| same(b)).count();
    &rest[..length]
}

/// Runs of a needle of words. Its last word is an anchor only if no other is.
fn of_words(text: &str, count: usize) -> Vec<Candidate> {
    let mut out = Vec::new();
    let mut number = 0;
    let mut last = None;
    let text: String = text.nfc().collect();
    let chars: Vec<(usize, char)> = text.char_indices().collect();
    for (i, (at, c)) in chars.iter().enumerate() {
        let before = i
            .checked_sub(1)
            .map(|i| chars[i].1)
            .filter(|c| is_letter(*c));
        if !is_letter(*c) {
            continue;
        }
        if last.is_some() && (before.is_none() || is_sign(*c) || before.is_some_and(is_sign)) {
            number += 1;
        }
        last = Some(i);
        let keys = match c.is_ascii() {
            true if before.is_some_and(|b| b.is_ascii()) => continue,
            true => ascii(&text, *at),
            false => foreign(&text[*at..]),
        };
        out.extend(keys.map(|keys| Candidate { keys, at: number }));
    }
    if number as usize + 1 != count {
        // Signs of markup stand in it: whoever meets an anchor compares all words.
        out.iter_mut().for_each(|c| c.at = count as u32);
    }
    let early = |c: &Candidate| (c.at as usize) + 1 < count;
    if out.iter().any(early) {
        out.retain(early);
    }
    out
}

/// A run that ends within a word may go on in another form of Unicode, if it is short.
fn ascii(text: &str, at: usize) -> Option<Vec<u64>> {
    let run = run(text.as_bytes(), at);
    let next = text[at + run.len()..].chars().next();
    let whole =
        run.len() == ANCHOR || next.is_none_or(|c| c.is_ascii() || is_sign(c) || !is_letter(c));
    whole.then(|| vec![key(run)])
}

/// The ways to write letters that are not ASCII, unless they are in some form of Unicode.
fn foreign(text: &str) -> Option<Vec<u64>> {
    let some: String = text
        .chars()
        .take(ANCHOR)
        .take_while(|c| !c.is_ascii() && is_letter(*c))
        .collect();
    let mut keys = Vec::new();
    let first: String = some.chars().take(1).flat_map(char::to_uppercase).collect();
    let rest: String = some.chars().skip(1).collect();
    for cased in [
        some.clone(),
        some.to_lowercase(),
        some.to_uppercase(),
        first + &rest,
    ] {
        for form in [cased.nfc().collect::<String>(), cased.nfd().collect()] {
            if form.bytes().take(FOREIGN).any(|b| b.is_ascii()) {
                return None;
            }
            // A run that is as long as this in the needle may go on with other signs elsewhere.
            if form.len() < FOREIGN {
                return None;
            }
            keys.push(key(run(form.as_bytes(), 0)));
        }
    }
    keys.sort_unstable();
    keys.dedup();
    Some(keys)
}

/// Runs of a needle that is compared by characters.
fn of_bytes(text: &str) -> Vec<Candidate> {
    let bytes = text.as_bytes();
    let starts = text.char_indices().filter_map(|(at, c)| {
        let before = at.checked_sub(1).map(|i| bytes[i]);
        let keys = match c.is_ascii_alphanumeric() {
            true if before.is_some_and(|b| b.is_ascii_alphanumeric()) => None,
            true => ascii(text, at),
            false if c.is_ascii() => None,
            false => foreign(&text[at..]),
        };
        let at = at as u32;
        keys.map(|keys| Candidate { keys, at })
    });
    starts.collect()
}

struct Found<'a> {
    search: &'a Search,
    bytes: &'a [u8],
    known: &'a dyn Fn(u32) -> bool,
    exact: BTreeSet<u32>,
    /// Words may stand here.
    whole: bool,
    /// How many were met.
    anchors: usize,
}

impl Found<'_> {
    /// Looks at every place where a run begins.
    fn runs(&mut self) {
        let bytes = self.bytes;
        let mut before = 0;
        let mut at = 0;
        while at < bytes.len() {
            let mut block = [0; 64];
            let length = (bytes.len() - at).min(64);
            block[..length].copy_from_slice(&bytes[at..at + length]);
            let letters = mask(&block, |b| {
                ((b | 0x20).wrapping_sub(b'a') < 26) | (b.wrapping_sub(b'0') < 10)
            });
            let mut starts = letters & !(letters << 1 | before);
            before = letters >> 63;
            if self.search.foreign {
                starts |= mask(&block, |b| b >= 0xc0);
            }
            while starts != 0 {
                let place = starts.trailing_zeros();
                starts &= starts - 1;
                self.start(at + place as usize, letters >> place, 64 - place);
            }
            at += 64;
        }
    }

    /// A run begins; `letters` tells how it goes on, as far as `known` bytes.
    #[inline]
    fn start(&mut self, at: usize, letters: u64, known: u32) {
        let escaped = at > 0 && matches!(self.bytes[at - 1], b'\\' | b'%' | b'&' | b'#');
        if escaped {
            self.escape(at);
        }
        let length = letters.trailing_ones();
        let fast = length < known && length > 0;
        let run = match self.bytes.get(at..at + 8) {
            Some(eight) if fast || length as usize >= ANCHOR => {
                let keep = u64::MAX >> (64 - 8 * length.min(ANCHOR as u32));
                let eight = eight.try_into().map_or(0, u64::from_le_bytes);
                (eight | 0x2020_2020_2020_2020) & keep
            }
            _ => key(run(self.bytes, at)),
        };
        self.meet(run, at);
    }

    #[inline]
    fn meet(&mut self, key: u64, at: usize) {
        let place = self.search.place(key);
        if self.search.bits[place / 64] >> (place % 64) & 1 == 1
            && let Some(needles) = self.search.anchors.get(&key)
        {
            self.anchors += 1;
            // Most that is met is only the same word: the one behind it tells.
            let mut next = None;
            let begins = self.behind(at);
            for needle in needles {
                if begins.is_some() && needle.begins.is_some() && begins != needle.begins {
                    continue;
                }
                let there = needle.next.is_none_or(|wanted| {
                    let found = *next.get_or_insert_with(|| {
                        let mut words = Words::new(self.bytes, at).filter(|w| !w.is_inner());
                        words.nth(1).map_or(0, |word| word.hash)
                    });
                    found == wanted
                });
                if there {
                    self.compare(needle.number, needle.at as usize, at);
                }
            }
        }
    }

    /// How the next word begins, if it does so behind a single space and nothing of it is escaped.
    #[inline]
    fn behind(&self, at: usize) -> Option<u64> {
        let ends = |at: usize| {
            let rest = self.bytes.get(at..)?;
            rest.iter()
                .position(|b| !b.is_ascii_alphanumeric())
                .map(|length| at + length)
        };
        let end = ends(at).filter(|end| self.bytes[*end] == b' ')?;
        let close = ends(end + 1).filter(|close| *close > end + 1)?;
        let plain =
            self.bytes[close].is_ascii() && !matches!(self.bytes[close], b'&' | b'\\' | b'%');
        plain.then(|| key(&self.bytes[end + 1..close]))
    }

    /// What an escape stands for may be the start of a run, or the run begins behind it.
    #[cold]
    fn escape(&mut self, at: usize) {
        let begins = match self.bytes[at - 1] {
            b'#' => at.saturating_sub(2),
            _ => at - 1,
        };
        let mut chars = Chars::new(self.bytes, begins);
        let Some(first) = chars.next().filter(|_| chars.at > at) else {
            return;
        };
        if !is_letter(first) {
            let behind = self
                .bytes
                .get(chars.at)
                .is_some_and(u8::is_ascii_alphanumeric);
            if behind {
                self.meet(key(run(self.bytes, chars.at)), chars.at);
            }
            return;
        }
        if self
            .bytes
            .get(chars.at)
            .is_some_and(u8::is_ascii_alphanumeric)
            && !first.is_ascii()
        {
            self.meet(key(run(self.bytes, chars.at)), chars.at);
        }
        self.window(begins);
        // It may stand in the middle of a word, whose run begins before it.
        let before = self.bytes[..begins].iter().rev().take(ANCHOR);
        let inside = before.take_while(|b| b.is_ascii_alphanumeric()).count();
        if inside > 0 {
            self.window(begins - inside);
        }
    }

    /// A run with escapes in it.
    fn window(&mut self, at: usize) {
        let mut chars = Chars::new(self.bytes, at).take(ANCHOR).peekable();
        let Some(first) = chars.peek().copied() else {
            return;
        };
        let alike = |c: &char| c.is_ascii() == first.is_ascii() && is_letter(*c);
        let some: String = chars.take_while(alike).collect();
        if !some.is_empty() {
            self.meet(key(run(some.as_bytes(), 0)), at);
        }
    }

    fn compare(&mut self, number: u32, anchor: usize, at: usize) {
        if self.whole && self.search.words.contains_key(&number) {
            return;
        }
        match self.search.exact.get(&number) {
            Some(text) => {
                if !self.exact.contains(&number)
                    && self.stands(text, anchor, at)
                    && !(self.known)(number)
                {
                    self.exact.insert(number);
                }
            }
            None => {
                let wanted = &self.search.words[&number];
                let behind = &wanted[(anchor + 1).min(wanted.len())..];
                let mut words = Words::new(self.bytes, at).filter(|w| !w.is_inner());
                let sign = words.next();
                self.whole |= sign.is_some()
                    && behind
                        .iter()
                        .take(AHEAD)
                        .all(|hash| words.next().is_some_and(|w| w.hash == *hash))
                    && !(self.known)(number);
            }
        }
    }

    /// Whether a text with its byte `anchor` at `at` stands there as it is, but for escapes, and ends as it does.
    fn stands(&self, text: &str, anchor: usize, at: usize) -> bool {
        /// No escape of a byte is longer.
        const LONGEST: usize = 6;
        let from = at.saturating_sub(LONGEST * anchor + 2 * LONGEST);
        let to = self
            .bytes
            .len()
            .min(at + LONGEST * (text.len() - anchor) + 2 * LONGEST);
        let part: String = Chars::new(&self.bytes[from..to], 0).collect();
        let part: String = part.nfc().collect();
        let part_of_name = |c: char| is_letter(c) || matches!(c, '-' | '_');
        let whole = |(at, _): (usize, &str)| {
            let before = part[..at].chars().next_back();
            let after = part[at + text.len()..].chars().next();
            let begins = !text.starts_with(part_of_name) || !before.is_some_and(part_of_name);
            begins && !after.is_some_and(part_of_name)
        };
        part.match_indices(text).any(whole)
    }
}

/// One bit for each byte of which something holds.
#[inline]
fn mask(block: &[u8; 64], holds: impl Fn(u8) -> bool) -> u64 {
    let mut ones = [0_u8; 64];
    for (one, byte) in ones.iter_mut().zip(block) {
        *one = u8::from(holds(*byte));
    }
    let mut bits = 0;
    for (i, eight) in ones.chunks_exact(8).enumerate() {
        let eight = eight.try_into().map_or(0, u64::from_le_bytes);
        bits |= (eight.wrapping_mul(0x0102_0408_1020_4080) >> 56) << (8 * i);
    }
    bits
}
