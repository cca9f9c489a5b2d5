//! Searches bytes for many needles at once, without reading every word.
//!
//! Each needle has an anchor: see `anchors.rs`. Where a run begins is seen sixty-four bytes at a time. Only where an
//! anchor is met are words compared, by [`super::words`].

mod scan;

use std::collections::BTreeSet;

use self::scan::Found;
use super::{
    Form, Needle, NeedleId,
    anchors::{Frequencies, SHORT, Which, key, length, of_bytes, of_words},
    words::{Word, is_letter, words},
};
use crate::base::hash::Map;

/// An index of needles.
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
        usual: &Frequencies,
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

    /// The needles in `bytes`, except those that are `known` to be irrelevant.
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

    /// Whether `bytes` hold the anchor of any needle.
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

    /// The needles of words in a text.
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
            let mut usual = Frequencies::default();
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
