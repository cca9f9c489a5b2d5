//! Where a needle may stand: its anchor.
//!
//! A *run* is a run of ASCII letters and digits, or of other letters; its first eight bytes, or six, are its key. Keys
//! are the same in every encoding but those that escape them. Of all its runs a needle's anchor is the one that is
//! rarest in what is published.

use std::cmp::Reverse;

use unicode_normalization::UnicodeNormalization;

use super::words::{is_letter, is_sign, is_unseen};
use crate::base::hash::Map;

/// The most bytes of an anchor.
pub(super) const ANCHOR: usize = 8;
/// Runs of fewer bytes are anchors only where there is no other: there are so many of them.
pub(super) const SHORT: usize = 4;
/// The bytes of an anchor of other letters: two signs.
const FOREIGN: usize = 6;

/// A possible anchor: all ways to write it, and the place of its word or byte.
pub(super) struct Candidate {
    pub keys: Vec<u64>,
    pub at: u32,
    /// How many words of the needle follow, all of which must follow where the anchor is met.
    pub behind: usize,
}

/// How often runs stand in a sample of what is published, by key.
#[derive(Default)]
pub(super) struct Frequencies(Map<u64, u32>);

impl Frequencies {
    /// Counts what stands in a text that stands in `times` outputs.
    pub(super) fn add(&mut self, text: &[u8], times: u32) {
        let all = Which {
            short: true,
            foreign: true,
        };
        each_run(text, all, |start| {
            *self.0.entry(key(run(text, start.at))).or_default() += times;
        });
    }

    /// Lower is better for an anchor: runs that are not short first, then those that cost least.
    pub(super) fn rank(&self, candidate: &Candidate) -> (bool, u64, Reverse<u32>) {
        /// The likely cost of a match of an anchor, by the number of words that must follow it: if they match in
        /// vain, all words of an output are read.
        const WORK: [u64; 4] = [20_000, 400, 8, 1];
        let counts = candidate.keys.iter().map(|key| self.0.get(key));
        let times: u32 = counts.flatten().sum();
        let work = WORK[candidate.behind.min(WORK.len() - 1)] * u64::from(2 * times + 1);
        let length = length(candidate.keys[0]);
        (length < SHORT as u32, work, Reverse(length))
    }
}

/// Which runs matter.
#[derive(Clone, Copy, Default)]
pub(super) struct Which {
    /// Those of fewer than [`SHORT`] letters or digits as well.
    pub short: bool,
    /// Those of other letters as well.
    pub foreign: bool,
}

/// Whether an invisible character may begin with a byte.
pub(super) fn may_be_unseen(byte: u8) -> bool {
    matches!(byte, 0xc2 | 0xe2 | 0xef)
}

/// A place where a run begins.
#[derive(Clone, Copy)]
pub(super) struct Start {
    pub at: usize,
    /// Which bytes from there on are ASCII letters or digits, as bits.
    pub letters: u64,
    /// How many of those bits count.
    pub known: u32,
    /// It is no ASCII letter or digit, or an escape may end before it.
    pub odd: bool,
}

/// Calls back for each place where a run that matters begins, or one that may be escaped or broken.
#[inline]
pub(super) fn each_run(bytes: &[u8], which: Which, mut take: impl FnMut(Start)) {
    let (mut before, mut marked) = (0, 0);
    let mut block = |at: usize, block: &[u8; 64]| {
        let letters = mask(block, |b| {
            ((b | 0x20).wrapping_sub(b'a') < 26) | (b.wrapping_sub(b'0') < 10)
        });
        let marks = mask(block, |b| {
            (b == b'\\') | (b == b'%') | (b == b'&') | (b == b'#')
        });
        let mut starts = letters & !(letters << 1 | before);
        let mut odd = starts & (marks << 1 | marked);
        (before, marked) = (letters >> 63, marks >> 63);
        if !which.short {
            let unknown = u64::MAX << (64 - (SHORT - 1));
            let long = letters >> 1 & letters >> 2 & letters >> 3;
            starts &= long | unknown | odd;
        }
        if which.foreign {
            odd |= mask(block, |b| b >= 0xc0);
        } else if !block.is_ascii() {
            odd |= mask(block, may_be_unseen);
        }
        starts |= odd;
        while starts != 0 {
            let place = starts.trailing_zeros();
            starts &= starts - 1;
            take(Start {
                at: at + place as usize,
                letters: letters >> place,
                known: 64 - place,
                odd: odd >> place & 1 == 1,
            });
        }
    };
    let (blocks, rest) = bytes.as_chunks::<64>();
    for (number, bytes) in blocks.iter().enumerate() {
        block(64 * number, bytes);
    }
    if !rest.is_empty() {
        let mut last = [0; 64];
        last[..rest.len()].copy_from_slice(rest);
        block(bytes.len() - rest.len(), &last);
    }
}

/// The bytes of a run as a number, ASCII in lower case.
pub(super) fn key(run: &[u8]) -> u64 {
    let mut bytes = [0; 8];
    for (to, from) in bytes.iter_mut().zip(run.iter().take(ANCHOR)) {
        *to = if from.is_ascii() { from | 0x20 } else { *from };
    }
    u64::from_le_bytes(bytes)
}

/// How many bytes a key stands for.
pub(super) fn length(key: u64) -> u32 {
    8 - key.leading_zeros() / 8
}

/// The run that begins at a place: ASCII letters and digits, or bytes that are none.
pub(super) fn run(bytes: &[u8], at: usize) -> &[u8] {
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
pub(super) fn of_words(text: &str, count: usize) -> Vec<Candidate> {
    let mut out = Vec::new();
    let mut number = 0;
    let mut last = None;
    let seen = text.chars().filter(|c| !is_unseen(*c));
    let text: String = seen.nfc().collect();
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
        let behind = count.saturating_sub(number as usize + 1);
        out.extend(keys.map(|keys| Candidate {
            keys,
            at: number,
            behind,
        }));
    }
    if number as usize + 1 != count {
        // It contains markup: a match of the anchor compares all words.
        for candidate in &mut out {
            (candidate.at, candidate.behind) = (count as u32, 0);
        }
    }
    if out.iter().any(|c| c.behind > 0) {
        out.retain(|c| c.behind > 0);
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
pub(super) fn of_bytes(text: &str) -> Vec<Candidate> {
    let bytes = text.as_bytes();
    let starts = text.char_indices().filter_map(|(at, c)| {
        let before = at.checked_sub(1).map(|i| bytes[i]);
        let keys = match c.is_ascii_alphanumeric() {
            true if before.is_some_and(|b| b.is_ascii_alphanumeric()) => None,
            true => ascii(text, at),
            false if c.is_ascii() => None,
            false => foreign(&text[at..]),
        };
        let (at, behind) = (at as u32, usize::MAX);
        keys.map(|keys| Candidate { keys, at, behind })
    });
    starts.collect()
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
