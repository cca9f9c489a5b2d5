//! Whether a password is a common one, however it is dressed up.
//!
//! A list of common passwords says little about `Password2026!!`, which keeps every rule and is among
//! the first that anybody tries. So a password is taken apart into what it is made of (common words with
//! their usual disguises, runs along the keyboard or the alphabet, years, repetitions, single characters)
//! in the way that needs the fewest bits to say, and is common when that is less than [`ENOUGH`]. The
//! idea is that of zxcvbn (Wheeler, USENIX Security 2016); the costs are rough, and err on the side of
//! accepting.
//!
//! `common.txt` holds the words, one a line, as [`fold`] makes them, sorted by bytes. They are the
//! letters of the passwords in Royce Williams's list of those most often found in breaches, as Django
//! ships it (`django/contrib/auth/common-passwords.txt.gz`, 19 640 passwords): digits and symbols at
//! both ends taken off, at least four characters left, what repeats itself and what still held other
//! characters left out. To these come months, days, seasons and words of the trade in seven languages.
//!
//! The list is searched in place, as it stands in the program: nothing is built, and nothing is kept.

use std::cmp::Ordering;

use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

const WORDS: &str = include_str!("../common.txt");

/// Below this many tenths of a bit a password is common: 36 bits. Two common words, a digit and a mark
/// are just below, two common words and a number of three digits above; twelve random characters have 55
/// and more.
const ENOUGH: u32 = 360;

// What the parts cost, in tenths of a bit.
const WORD: u32 = 130; // one of nine thousand
const CONTEXT: u32 = 60;
const LINE: u32 = 90; // which line, where, how far, which way
const YEAR: u32 = 70;
const COPY: u32 = 50; // of something before
const RUN: u32 = 20; // of the character before
const DISGUISE: u32 = 10; // a capital or a digit in place of a letter

/// What fingers walk along, and counting. Read in both directions.
const LINES: [&str; 30] = [
    "abcdefghijklmnopqrstuvwxyz",
    "0123456789012345",
    "qwertyuiop[]",
    "asdfghjkl;'",
    "zxcvbnm,./",
    "qwertzuiopü",
    "asdfghjklöä",
    "yxcvbnm,.-",
    "azertyuiop",
    "qsdfghjklm",
    "wxcvbn,;:!",
    "йцукенгшщзхъ",
    "фывапролджэ",
    "ячсмитьбю",
    "!@#$%^&*()_+",
    "!\"§$%&/()=?",
    "!\"£$%^&*()_+",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.0p;/",
    "!qaz@wsx#edc$rfv%tgb^yhn&ujm*ik<(ol>)p:?",
    "1q2w3e4r5t6y7u8i9o0p",
    "q1w2e3r4t5y6u7i8o9p0",
    "qazwsxedcrfvtgbyhnujmikolp",
    "qawsedrftgyhujikolp",
    "a1b2c3d4e5f6g7h8i9",
    "112233445566778899",
    "7894561230",
    "741852963",
    "147258369",
    "147852369",
    "123654789",
];

/// The shortest run along a line that counts as one.
const SHORTEST_LINE: usize = 3;
/// The shortest repetition that counts as one.
const SHORTEST_COPY: usize = 3;
/// The shortest word of the context that is looked for.
const SHORTEST_CONTEXT: usize = 3;

/// Whether a password of no more than 128 characters is a common one, or little more than a word of the
/// context. What it takes is bounded by the length, and is little beside hashing.
pub(super) fn is_common(password: &str, context: &[&str]) -> bool {
    let units = Units::of(password);
    let context = context_words(context);
    let Some(cost) = units.cost(&context) else {
        return false;
    };
    // A short password has few bits without being common: it must also have a good deal fewer than
    // its characters by themselves.
    let plain: u32 = (0..units.len()).map(|at| units.single(at)).sum();
    cost * 4 < plain * 3
}

/// A character without accents, case and compatibility forms, as far as one character can be.
fn lower(c: char) -> char {
    let bare = std::iter::once(c).nfkd().next().unwrap_or(c);
    bare.to_lowercase().next().unwrap_or(bare)
}

/// Digits and symbols as the letters that they replace. `l` and `i` are one, since `1` is both.
fn unleet(c: char) -> char {
    match c {
        'l' | '1' | '!' | '|' => 'i',
        '0' => 'o',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        _ => c,
    }
}

/// A word as the list has it: lower case without accents, disguises undone, doubled characters single.
fn fold(word: &str) -> Vec<char> {
    let mut folded: Vec<char> = word.chars().map(lower).map(unleet).collect();
    folded.dedup();
    folded
}

/// The words that everyone would try first, folded: those of each text and all of it together.
fn context_words(context: &[&str]) -> Vec<Vec<char>> {
    let mut words = Vec::new();
    for text in context {
        let joined: String = text.chars().filter(|c| c.is_alphanumeric()).collect();
        words.push(fold(&joined));
        let numbered = text.split(|c: char| !c.is_alphanumeric());
        let lettered = text.split(|c: char| !c.is_alphabetic());
        words.extend(numbered.chain(lettered).map(fold));
    }
    words.retain(|word| word.len() >= SHORTEST_CONTEXT);
    words.sort_unstable();
    words.dedup();
    words
}

/// How much of a word a text has at some place.
enum Found {
    No,
    /// A word begins so.
    Begin,
    Whole,
}

/// Looks in the list for a word that is or begins with `prefix`, from the byte `from` on, where a line
/// begins. Gives the line where it stands or would stand.
fn search(prefix: &[u8], from: usize) -> (usize, Found) {
    let list = WORDS.as_bytes();
    let line_at = |start: usize| {
        let end = list[start..].iter().position(|&b| b == b'\n');
        &list[start..end.map_or(list.len(), |length| start + length)]
    };
    let (mut low, mut high) = (from, list.len());
    while low < high {
        let middle = low + (high - low) / 2;
        let start = list[low..middle]
            .iter()
            .rposition(|&b| b == b'\n')
            .map_or(low, |end| low + end + 1);
        let line = line_at(start);
        match line.cmp(prefix) {
            Ordering::Less => low = start + line.len() + 1,
            Ordering::Equal => return (start, Found::Whole),
            Ordering::Greater => high = start,
        }
    }
    let begins = low < list.len() && line_at(low).starts_with(prefix);
    (low, if begins { Found::Begin } else { Found::No })
}

/// A password's characters, seen in the two ways in which it is compared.
struct Units {
    lower: Zeroizing<Vec<char>>,
    folded: Zeroizing<Vec<char>>,
    upper: Zeroizing<Vec<bool>>,
}

impl Units {
    fn of(password: &str) -> Self {
        let count = password.chars().count();
        let mut units = Self {
            lower: Zeroizing::new(Vec::with_capacity(count)),
            folded: Zeroizing::new(Vec::with_capacity(count)),
            upper: Zeroizing::new(Vec::with_capacity(count)),
        };
        for c in password.chars() {
            let lower = lower(c);
            units.lower.push(lower);
            units.folded.push(unleet(lower));
            units.upper.push(c.is_uppercase());
        }
        units
    }

    fn len(&self) -> usize {
        self.lower.len()
    }

    /// The fewest tenths of a bit that say this password; `None` when they are enough.
    fn cost(&self, context: &[Vec<char>]) -> Option<u32> {
        let count = self.len();
        let mut least = vec![u32::MAX; count + 1];
        least[0] = 0;
        for at in 0..count {
            let before = least[at];
            // Whatever is made of the rest, it comes on top of one of these.
            if least[at..].iter().all(|&cost| cost >= ENOUGH) {
                return None;
            }
            if before >= ENOUGH {
                continue;
            }
            let mut part = |end: usize, cost: u32| {
                least[end] = least[end].min(before + cost);
            };
            part(at + 1, self.single(at));
            if self.is_year(at) {
                part(at + 4, YEAR);
            }
            if let Some(end) = self.run(at) {
                part(end, RUN);
            }
            for end in at + SHORTEST_COPY..=self.copy(at) {
                part(end, COPY);
            }
            for end in at + SHORTEST_LINE..=self.line(at) {
                part(end, LINE + self.capitals(at, end));
            }
            self.words(at, |end| part(end, WORD + self.disguise(at, end)));
            for word in context {
                if let Some(end) = self.word(at, word) {
                    part(end, CONTEXT + self.disguise(at, end));
                }
            }
        }
        (least[count] < ENOUGH).then_some(least[count])
    }

    /// A character by itself.
    fn single(&self, at: usize) -> u32 {
        match self.lower[at] {
            '0'..='9' => 33,
            'a'..='z' if self.upper[at] => 52,
            'a'..='z' => 47,
            '!' | '.' | '-' | '_' | ' ' | '@' | '#' | '$' | '*' | '?' => 40,
            '!'..='~' => 50,
            _ => 70,
        }
    }

    /// Four digits of these two centuries.
    fn is_year(&self, at: usize) -> bool {
        self.lower.get(at..at + 4).is_some_and(|digits| {
            matches!(digits, ['1', '9', ..] | ['2', '0', ..])
                && digits.iter().all(char::is_ascii_digit)
        })
    }

    /// The end of what repeats the character before.
    fn run(&self, at: usize) -> Option<usize> {
        let before = *self.lower.get(at.checked_sub(1)?)?;
        let length = self.lower[at..]
            .iter()
            .take_while(|&&c| c == before)
            .count();
        (length > 0).then_some(at + length)
    }

    /// The furthest end of what also stands further ahead, overlaps included (`ababab`).
    fn copy(&self, at: usize) -> usize {
        let mut furthest = at;
        for from in (0..at).rev() {
            let (here, there) = (&self.lower[at..], &self.lower[from..]);
            let length = here.iter().zip(there).take_while(|(a, b)| a == b).count();
            furthest = furthest.max(at + length);
            if furthest == self.len() {
                break;
            }
        }
        furthest
    }

    /// The furthest end of what follows one of the [`LINES`].
    fn line(&self, at: usize) -> usize {
        fn along<I: Iterator<Item = char> + Clone>(line: I, keys: &[char]) -> usize {
            let mut furthest = 0;
            let mut rest = line;
            loop {
                let steps = rest.clone().zip(keys).take_while(|(a, b)| a == *b);
                furthest = furthest.max(steps.count());
                if rest.next().is_none() {
                    return furthest;
                }
            }
        }
        let keys = &self.lower[at..];
        let lengths = LINES
            .iter()
            .flat_map(|line| [along(line.chars(), keys), along(line.chars().rev(), keys)]);
        at + lengths.max().unwrap_or(0)
    }

    /// Calls `found` with the end of each common word that begins here.
    fn words(&self, at: usize, mut found: impl FnMut(usize)) {
        // No word has more; it never grows and leaves a copy behind.
        let mut prefix = Zeroizing::new(Vec::with_capacity(128));
        let mut line = 0;
        let mut whole = false;
        for (end, &c) in self.folded.iter().enumerate().skip(at) {
            if end == at || c != self.folded[end - 1] {
                if prefix.len() + c.len_utf8() > prefix.capacity() {
                    return;
                }
                prefix.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                let (next, outcome) = search(&prefix, line);
                line = next;
                whole = match outcome {
                    Found::No => return,
                    Found::Begin => false,
                    Found::Whole => true,
                };
            }
            if whole {
                found(end + 1);
            }
        }
    }

    /// The end of a folded word that begins here, the last character's repetitions included.
    fn word(&self, at: usize, word: &[char]) -> Option<usize> {
        let mut end = at;
        for &c in word {
            let length = self.folded[end..].iter().take_while(|&&u| u == c).count();
            if length == 0 {
                return None;
            }
            end += length;
        }
        Some(end)
    }

    /// What capitals add: little when all or the first alone are so.
    fn capitals(&self, at: usize, end: usize) -> u32 {
        let capitals = self.upper[at..end].iter().filter(|&&upper| upper).count();
        let letters = self.lower[at..end]
            .iter()
            .filter(|c| c.is_alphabetic())
            .count();
        if capitals == 0 {
            0
        } else if capitals == letters || (capitals == 1 && self.upper[at]) {
            DISGUISE
        } else {
            let fewer = capitals.min(letters.saturating_sub(capitals));
            DISGUISE + DISGUISE * u32::try_from(fewer).unwrap_or(u32::MAX / DISGUISE - 1)
        }
    }

    /// What capitals, and digits and symbols in place of letters, add.
    fn disguise(&self, at: usize, end: usize) -> u32 {
        let replaced = self.lower[at..end]
            .iter()
            .filter(|c| !c.is_alphabetic())
            .count();
        self.capitals(at, end) + DISGUISE * u32::try_from(replaced).unwrap_or(ENOUGH)
    }
}

#[cfg(test)]
mod tests;
