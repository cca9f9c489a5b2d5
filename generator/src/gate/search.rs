//! Many needles in many bytes, without a look at every word of them.
//!
//! Each needle has an anchor: see `anchors.rs`. Where a run begins is seen sixty-four bytes at a time. Only where an
//! anchor is met are words compared, by [`super::words`].

use std::collections::BTreeSet;

use unicode_normalization::UnicodeNormalization;

use super::{
    Form, Needle, NeedleId,
    anchors::{
        ANCHOR, SHORT, Start, Usual, Which, each_run, key, length, may_be_unseen, of_bytes,
        of_words, run,
    },
    chars::Chars,
    words::{Word, Words, is_letter, is_plain, is_unseen, words},
};
use crate::base::hash::Map;

/// How many words behind an anchor are compared before the whole text is.
const AHEAD: usize = 4;

/// What finds needles.
#[derive(Default)]
pub(super) struct Search {
    /// Of anchors, and of anchors with what stands behind them: bits by hash.
    bits: Vec<u64>,
    shift: u32,
    /// By anchor, the needles.
    anchors: Map<u64, Vec<Anchored>>,
    /// Which runs are anchors.
    which: Which,
    /// Words of needles, by the first two.
    begins: Map<(u64, u64), Vec<NeedleId>>,
    words: Map<NeedleId, Vec<u64>>,
    exact: Map<NeedleId, String>,
}

/// A needle at its anchor.
struct Anchored {
    number: NeedleId,
    /// Which word of it, or which byte, the anchor is.
    at: u32,
    /// The word behind the anchor, where it has one.
    next: Option<u64>,
    /// How that word begins, if it is ASCII.
    begins: Option<u64>,
}

impl Search {
    /// For these needles, by their number.
    pub(super) fn new<'a>(
        needles: impl Iterator<Item = (NeedleId, &'a Needle)>,
        usual: &Usual,
    ) -> Self {
        let mut out = Self::default();
        let mut found = Vec::new();
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
            let rarest = candidates.into_iter().min_by_key(|c| usual.rank(c));
            found.push((number, rarest));
        }
        for (number, rarest) in found {
            for key in rarest.iter().flat_map(|c| &c.keys) {
                let at = rarest.as_ref().map_or(0, |c| c.at);
                let foreign = key.to_le_bytes()[0] >= 0x80;
                out.which.foreign |= foreign;
                out.which.short |= !foreign && length(*key) < SHORT as u32;
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
        let pair = |(key, needle): (&u64, &Anchored)| pair(*key, needle.begins);
        let of_anchor = |(key, needles): (&u64, &Vec<Anchored>)| {
            let pairs = needles.iter().map(|n| pair((key, n)));
            std::iter::once(*key).chain(pairs).collect::<Vec<_>>()
        };
        let keys: Vec<u64> = out.anchors.iter().flat_map(of_anchor).collect();
        let size = (keys.len() * 32)
            .next_power_of_two()
            .clamp(1 << 12, 1 << 21);
        out.shift = 64 - size.trailing_zeros();
        out.bits = vec![0; size / 64];
        for key in keys {
            let at = out.place(key);
            out.bits[at / 64] |= 1 << (at % 64);
        }
        out
    }

    #[inline]
    fn may_have(&self, key: u64) -> bool {
        let place = self.place(key);
        self.bits[place / 64] >> (place % 64) & 1 == 1
    }

    /// Whether there is nothing to find.
    pub(super) fn is_empty(&self) -> bool {
        self.anchors.is_empty()
    }

    fn place(&self, key: u64) -> usize {
        (key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> self.shift) as usize
    }

    /// The needles that stand in `bytes`, but those that are `known` to be no matter.
    pub(super) fn find(
        &self,
        bytes: &[u8],
        known: &dyn Fn(NeedleId) -> bool,
    ) -> BTreeSet<NeedleId> {
        let mut found = Found {
            search: self,
            bytes,
            known,
            exact: BTreeSet::new(),
            whole: false,
            met: None,
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
            met: Some(false),
        };
        if !self.is_empty() {
            found.runs();
        }
        found.met == Some(true)
    }

    /// The needles of words that stand in a text.
    pub(super) fn in_words(&self, text: &[Word]) -> impl Iterator<Item = NeedleId> {
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

/// An anchor with the beginning of the word behind it, if that is known.
fn pair(key: u64, begins: Option<u64>) -> u64 {
    (key ^ begins.unwrap_or_default().rotate_left(29)).wrapping_mul(0xff51_afd7_ed55_8ccd)
}

/// The key of a run of this length that begins with these bytes.
fn first(bytes: [u8; ANCHOR], length: u32) -> u64 {
    let keep = u64::MAX >> (64 - 8 * length.min(ANCHOR as u32));
    (u64::from_le_bytes(bytes) | 0x2020_2020_2020_2020) & keep
}

struct Found<'a> {
    search: &'a Search,
    bytes: &'a [u8],
    known: &'a dyn Fn(NeedleId) -> bool,
    exact: BTreeSet<NeedleId>,
    /// Words may stand here.
    whole: bool,
    /// Only this is asked: whether the anchor of any needle was met.
    met: Option<bool>,
}

impl Found<'_> {
    /// Checks every place where a run begins.
    fn runs(&mut self) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::{ItemId, What};

    fn needle(text: &str) -> Needle {
        let all = words(text.as_bytes()).into_iter();
        let hashes = all.filter(|w| !w.is_end()).map(|w| w.hash).collect();
        Needle {
            item: ItemId::default(),
            what: What::Sentence,
            form: Form::Words(hashes),
            text: text.to_owned(),
        }
    }

    /// Every word of it as the anchor in turn, each time with all the others usual.
    #[test]
    fn a_sentence_is_found_by_any_of_its_words_however_it_is_written() {
        let sentence = "Nobody will see the été bridge tomorrow in winter again";
        let forms = [
            "Nobody will see the été bridge tomorrow in winter again",
            "nobody &amp;nbsp;will&nbsp;see the &eacute;t&#233; bridge&#32;tomorrow in, winter; again",
            "Nobody%20will%20see the %C3%A9t%C3%A9%20bridge%20tomorrow in  winter\nagain",
            r"Nobody will\nsee\tthe \u00e9t\u00e9 bridge \\ tomorrow\u0020in winter again",
            "No\u{ad}body wi&shy;ll see the <em class=\"x winter\">été</em> bri\u{200b}dge <b>tomorrow</b> in winter (again)",
            "“Nobody will see the e\u{301}te\u{301} bridge – tomorrow – in winter again”",
        ];
        let needle = needle(sentence);
        let every: Vec<&str> = sentence.split(' ').collect();
        for rare in &every {
            let mut usual = Usual::default();
            for other in every.iter().filter(|other| *other != rare) {
                usual.add(other.as_bytes(), 1_000_000);
            }
            let search = Search::new(std::iter::once((7.into(), &needle)), &usual);
            for form in forms {
                for around in ["", "x ", "<p>"] {
                    let text = format!("{around}{form} {around}");
                    let found = search.find(text.as_bytes(), &|_| false);
                    assert!(found.contains(&7.into()), "{rare}: {text}");
                }
                let other = form.replace("see", "saw");
                assert!(
                    search.find(other.as_bytes(), &|_| false).is_empty(),
                    "{other}"
                );
            }
        }
    }
}
