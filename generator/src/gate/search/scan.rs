//! Scans a text for anchors, and compares words only where it meets one.

use std::collections::BTreeSet;

use unicode_normalization::UnicodeNormalization;

use super::{Search, pair};
use crate::gate::{
    NeedleId,
    anchors::{ANCHOR, Start, each_run, key, may_be_unseen, run},
    chars::Chars,
    words::{Words, is_letter, is_plain, is_unseen, words},
};

/// How many words behind an anchor are compared before the whole text is.
const AHEAD: usize = 4;

/// The key of a run of this length that begins with these bytes.
fn first(bytes: [u8; ANCHOR], length: u32) -> u64 {
    let keep = u64::MAX >> (64 - 8 * length.min(ANCHOR as u32));
    (u64::from_le_bytes(bytes) | 0x2020_2020_2020_2020) & keep
}

/// A text that is searched, and what was found in it.
pub(super) struct Found<'a> {
    pub search: &'a Search,
    pub bytes: &'a [u8],
    pub known: &'a dyn Fn(NeedleId) -> bool,
    pub exact: BTreeSet<NeedleId>,
    /// Words may stand here.
    pub whole: bool,
    /// Only this is asked: whether the anchor of any needle was met.
    pub met: Option<bool>,
}

impl Found<'_> {
    /// Checks every place where a run begins.
    pub fn runs(&mut self) {
        each_run(self.bytes, self.search.which, |start| match start.odd {
            true => self.odd(start),
            false => self.start(start),
        });
    }

    #[inline]
    fn start(&mut self, start: Start) {
        let length = start.letters.trailing_ones();
        let whole = length < start.known || length as usize >= ANCHOR;
        let run = match self.bytes[start.at..].first_chunk() {
            Some(eight) if whole => first(*eight, length),
            _ => key(run(self.bytes, start.at)),
        };
        if self.search.may_have(run) {
            let begins = match whole {
                true => self.word_behind(start, length),
                false => None,
            };
            self.meet(run, start.at, begins);
        }
    }

    /// How the next word begins, where a space alone divides it from the one of this length at a start, and its end
    /// is known.
    #[inline]
    fn word_behind(&self, start: Start, length: u32) -> Option<u64> {
        let (from, known) = (length + 1, start.known.checked_sub(length + 1)?);
        let length = (start.letters.checked_shr(from)?).trailing_ones();
        let (space, next) = (start.at + from as usize - 1, start.at + from as usize);
        let end = self.bytes.get(next + length as usize)?;
        let plain = self.bytes[space] == b' ' && (1..known).contains(&length) && is_plain(*end);
        let eight = self.bytes[next..].first_chunk()?;
        plain.then(|| first(*eight, length))
    }

    /// A run begins that may be escaped, or is none of ASCII letters.
    #[cold]
    fn odd(&mut self, start: Start) {
        let at = start.at;
        if may_be_unseen(self.bytes[at]) {
            if Chars::new(self.bytes, at).next().is_some_and(is_unseen) {
                self.unseen(at);
            }
            if !self.search.which.foreign {
                return;
            }
        }
        if at > 0 && matches!(self.bytes[at - 1], b'\\' | b'%' | b'&' | b'#') {
            self.escape(at);
        }
        self.look(key(run(self.bytes, at)), at);
    }

    #[inline]
    fn look(&mut self, key: u64, at: usize) {
        if self.search.may_have(key) {
            self.meet(key, at, None);
        }
    }

    /// A run that may be an anchor; the word behind it begins so, if that is known.
    fn meet(&mut self, key: u64, at: usize, begins: Option<u64>) {
        if let Some(met) = &mut self.met {
            *met |= self.search.anchors.contains_key(&key);
            return;
        }
        // Most hits are only the same word; the next word decides.
        let begins = begins.or_else(|| self.behind(at));
        let possible = |begins| self.search.may_have(pair(key, begins));
        if begins.is_some() && !possible(begins) && !possible(None) {
            return;
        }
        let Some(needles) = self.search.anchors.get(&key) else {
            return;
        };
        let mut next = None;
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

    /// How the next word begins, if it and what divides it from the one at `at` are ASCII, with no tag or escape.
    #[inline]
    fn behind(&self, at: usize) -> Option<u64> {
        let word = |at: usize| {
            let rest = self.bytes.get(at..)?;
            let length = rest.iter().position(|b| !b.is_ascii_alphanumeric())?;
            is_plain(rest[length]).then_some(at + length)
        };
        let end = word(at)?;
        let divides =
            |b: &u8| is_plain(*b) && !b.is_ascii_alphanumeric() && !matches!(b, b'<' | b'>');
        let divided = self.bytes[end..].iter().take_while(|b| divides(b)).count();
        let close = word(end + divided).filter(|close| *close > end + divided)?;
        Some(key(&self.bytes[end + divided..close]))
    }

    /// The word before the one at `at`, if it and what divides them are ASCII, with no tag or escape.
    fn before(&self, at: usize) -> Option<u64> {
        // Behind `#` and `;`, a run may be part of an entity.
        let plain = |b: &u8| is_plain(*b) && !matches!(b, b'<' | b'>' | b'#' | b';');
        let divides = |b: &&u8| plain(b) && !b.is_ascii_alphanumeric();
        let divided = self.bytes[..at].iter().rev().take_while(divides).count();
        let before = &self.bytes[..at - divided];
        let length = before
            .iter()
            .rev()
            .take_while(|b| b.is_ascii_alphanumeric())
            .count();
        let (rest, word) = before.split_at(before.len() - length);
        let alone = divided > 0 && length > 0 && rest.last().is_none_or(plain);
        alone.then(|| words(word)[0].hash)
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
        if is_unseen(first) {
            self.unseen(begins);
        }
        if !is_letter(first) {
            let behind = self
                .bytes
                .get(chars.at)
                .is_some_and(u8::is_ascii_alphanumeric);
            if behind {
                self.look(key(run(self.bytes, chars.at)), chars.at);
            }
            return;
        }
        if self
            .bytes
            .get(chars.at)
            .is_some_and(u8::is_ascii_alphanumeric)
            && !first.is_ascii()
        {
            self.look(key(run(self.bytes, chars.at)), chars.at);
        }
        self.window(begins);
        // It may stand in the middle of a word, whose run begins before it.
        let before = self.bytes[..begins].iter().rev().take(ANCHOR);
        let inside = before.take_while(|b| b.is_ascii_alphanumeric()).count();
        if inside > 0 {
            self.window(begins - inside);
        }
    }

    /// What no reader sees, such as a soft hyphen, may stand within a word, whose runs begin before it.
    #[cold]
    fn unseen(&mut self, at: usize) {
        /// No word is longer that is an anchor's.
        const FAR: usize = 64;
        let before = || self.bytes[..at].iter().rev().take(FAR);
        let ascii = before().take_while(|b| b.is_ascii_alphanumeric()).count();
        let foreign = before().take_while(|b| !b.is_ascii()).count();
        let word = before()
            .take_while(|b| b.is_ascii_alphanumeric() || !b.is_ascii())
            .count();
        for back in [ascii, foreign, word] {
            if back > 0 {
                self.window(at - back);
            }
        }
    }

    /// A run with escapes in it, or with what no reader sees.
    fn window(&mut self, at: usize) {
        let some = Chars::new(self.bytes, at).take(4 * ANCHOR);
        let seen = some.filter(|c| !is_unseen(*c));
        let mut chars = seen.take(ANCHOR).peekable();
        let Some(first) = chars.peek().copied() else {
            return;
        };
        let alike = |c: &char| c.is_ascii() == first.is_ascii() && is_letter(*c);
        let some: String = chars.take_while(alike).collect();
        if !some.is_empty() {
            self.look(key(run(some.as_bytes(), 0)), at);
        }
    }

    fn compare(&mut self, number: NeedleId, anchor: usize, at: usize) {
        if self.whole && self.search.words.contains_key(&number) {
            return;
        }
        match self.search.exact.get(&number) {
            Some(text) => {
                if self.may_stand(&text[anchor..], at)
                    && !self.exact.contains(&number)
                    && self.stands(text, anchor, at)
                    && !(self.known)(number)
                {
                    self.exact.insert(number);
                }
            }
            None => {
                let wanted = &self.search.words[&number];
                let known = wanted.get(..=anchor).and_then(|to| to.iter().nth_back(1));
                let other = |wanted: &u64| self.before(at).is_some_and(|hash| hash != *wanted);
                if known.is_some_and(other) {
                    return;
                }
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

    /// Whether what follows at `at` is what follows in a text, as far as that is ASCII: nearly always it is not.
    fn may_stand(&self, text: &str, at: usize) -> bool {
        let mut here = Chars::new(self.bytes, at);
        for wanted in text.chars() {
            match here.next() {
                Some(c) if c.is_ascii() && wanted.is_ascii() && c != wanted => return false,
                Some(c) if c == wanted && c.is_ascii() => {}
                _ => break,
            }
        }
        true
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
