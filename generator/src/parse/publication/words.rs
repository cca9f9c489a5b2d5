//! The words that publishing systems use for what is public, and when.
//!
//! Collected from what Hugo, Zola, Jekyll, Eleventy, Hexo, Pelican, Ghost, WordPress, Drupal, Joomla,
//! Wagtail, TYPO3 and their exports call it. A key means something if it consists of such words alone, so
//! that `embargo_until` does and `embargo_note` does not.

mod vocabulary;

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

pub(super) use self::vocabulary::status;
use self::vocabulary::{DECIDE, HARMLESS, LIKELY, WORDS, Word};
use crate::base::path;

/// What a key is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Topic {
    Draft,
    Embargo,
    Expires,
    /// True or false, a day, or a state.
    Publish,
    /// The same, with less certain words.
    Shown,
    /// The same, but `true` means nothing: `live` may be about an event.
    Live,
    From,
    Until,
    Schedule,
    Hidden,
    /// By a password.
    Locked,
    Status,
    /// `permalink: false` means: no page.
    Address,
    /// Dateline's `date`.
    Date,
}

/// What a key means, if its value agrees.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Meaning {
    pub topic: Topic,
    /// It may be about something else in a table that is not about the document.
    pub weak: bool,
    /// One of Dateline's own words, alone, however it is written.
    pub bare: bool,
    /// It is probably a misspelling of such a key.
    pub near: bool,
    /// It is about nothing else, whatever word is its value.
    pub decides: bool,
}

/// What a key means, in a table called `table` (empty at the top).
pub(super) fn meaning(key: &str, table: &str) -> Option<Meaning> {
    let squashed = squashed(key);
    let found = |topic, weak, near| Meaning {
        topic,
        weak,
        bare: matches!(squashed.as_str(), "draft" | "embargo" | "expires"),
        near,
        decides: match topic {
            Topic::Status => !weak || squashed == "visibility",
            _ => DECIDE.split_ascii_whitespace().any(|word| word == squashed),
        },
    };
    match (squashed.as_str(), squash_is_build(table)) {
        ("eleventyexcludefromcollections" | "excludefromcollections", _) => {
            return Some(found(Topic::Hidden, false, false));
        }
        ("permalink", _) => return Some(found(Topic::Address, true, false)),
        ("list", true) => return Some(found(Topic::Shown, false, false)),
        _ => {}
    }
    let of_table = || {
        // `publish: { from: … }`
        let mut words = segments(&self::squashed(table))?;
        words.extend(segments(&squashed)?);
        resolve(&words)
    };
    if let Some(words) = segments(&squashed) {
        // `post_date_gmt`
        let dated = || {
            let date = words.is_empty() && squashed.contains("date");
            date.then_some((Topic::Date, true))
        };
        let (topic, weak) = resolve(&words).or_else(of_table).or_else(dated)?;
        return Some(found(topic, weak, false));
    }
    // `press_embargo_ends`
    let speaks = || {
        squashed
            .contains("embargo")
            .then_some((Topic::Embargo, false))
    };
    let (topic, weak) = slip(&squashed).or_else(|| slips(key)).or_else(speaks)?;
    Some(found(topic, weak, true))
}

/// Letters and digits alone, in one form and small: `Publish-Date` is `publishdate`.
fn squashed(key: &str) -> String {
    let small = |c: char| c.is_alphanumeric().then(|| c.to_lowercase());
    match key.is_ascii() {
        true => key.chars().filter_map(small).flatten().collect(),
        // Accents make no difference here.
        false => {
            let letters = key.nfkd().filter(|c| !is_combining_mark(*c));
            letters.nfkc().filter_map(small).flatten().collect()
        }
    }
}

fn squash_is_build(table: &str) -> bool {
    squashed(table) == "build"
}

/// All words with their meanings.
fn forms() -> impl Iterator<Item = (Word, &'static str)> {
    WORDS
        .into_iter()
        .flat_map(|(word, forms)| forms.split_ascii_whitespace().map(move |form| (word, form)))
}

/// The words that a key consists of, without fillers. `None` if it holds others.
fn segments(squashed: &str) -> Option<Vec<Word>> {
    const LONGEST: usize = 40;
    if squashed.is_empty() || squashed.len() > LONGEST {
        return None;
    }
    // From the end to the beginning: which word of what follows may stand here, the longest first.
    let mut from: Vec<Option<(usize, Word)>> = vec![None; squashed.len() + 1];
    let ends =
        |at: usize, from: &[Option<(usize, Word)>]| at == squashed.len() || from[at].is_some();
    for at in (0..squashed.len()).rev() {
        let Some(rest) = squashed.get(at..) else {
            continue;
        };
        for (word, form) in forms() {
            let longer = from[at].is_none_or(|(end, _)| end < at + form.len());
            if longer && rest.starts_with(form) && ends(at + form.len(), &from) {
                from[at] = Some((at + form.len(), word));
            }
        }
    }
    let mut words = Vec::new();
    let mut at = 0;
    while at < squashed.len() {
        let (end, word) = from[at]?;
        if word != Word::Filler {
            words.push(word);
        }
        at = end;
    }
    Some(words)
}

/// What words mean together, and whether they are weak.
fn resolve(words: &[Word]) -> Option<(Topic, bool)> {
    let has = |word: Word| words.contains(&word);
    let ends = has(Word::Until);
    let begins = has(Word::From) || has(Word::After);
    let shown = has(Word::Publish) || has(Word::Shown) || has(Word::Live);
    let weak = !has(Word::Publish);
    if has(Word::Later) {
        return (shown || has(Word::Release)).then_some((Topic::Hidden, weak));
    }
    if has(Word::Not) {
        return match (has(Word::Before), has(Word::After)) {
            (true, _) => Some((Topic::From, weak)),
            (_, true) => Some((Topic::Until, weak)),
            _ if shown || has(Word::Release) => Some((Topic::Hidden, weak)),
            _ => None,
        };
    }
    if has(Word::Draft) {
        return Some((Topic::Draft, false));
    }
    if has(Word::Status) {
        return Some((Topic::Status, words.len() == 1));
    }
    if has(Word::Embargo) {
        return Some((Topic::Embargo, false));
    }
    if has(Word::Expire) {
        return Some((Topic::Expires, false));
    }
    if has(Word::Unpublish) {
        return Some((Topic::Hidden, false));
    }
    if has(Word::Hidden) {
        return match (ends, begins) {
            (true, _) => Some((Topic::From, true)),
            (_, true) => Some((Topic::Until, true)),
            _ => Some((Topic::Hidden, true)),
        };
    }
    if has(Word::Locked) {
        return Some((Topic::Locked, true));
    }
    if shown && (ends || has(Word::Before)) {
        return Some((Topic::Until, weak));
    }
    if shown && begins {
        return Some((Topic::From, weak));
    }
    if has(Word::Schedule) {
        return Some((Topic::Schedule, weak));
    }
    if has(Word::Publish) {
        return Some((Topic::Publish, false));
    }
    if has(Word::Release) || has(Word::Shown) {
        return Some((Topic::Shown, true));
    }
    // `go_live` is a beginning.
    match words.iter().filter(|word| **word == Word::Live).count() {
        0 => None,
        1 => Some((Topic::Live, true)),
        _ => Some((Topic::From, true)),
    }
}

/// A misspelt key.
fn slip(squashed: &str) -> Option<(Topic, bool)> {
    if HARMLESS.contains(&squashed) {
        return None;
    }
    let letters = |word: &str| {
        let mut letters: Vec<char> = word.chars().collect();
        letters.sort_unstable();
        letters
    };
    // Looked at for every key of every document: most are far from all of these at first sight.
    let bits = |word: &str| {
        word.chars()
            .fold(0_u32, |bits, c| bits | 1 << (u32::from(c) % 32))
    };
    let of_squashed = bits(squashed);
    let near = |(key, limit): &&(&str, usize)| {
        // A misspelling changes two letters at most.
        if (bits(key) ^ of_squashed).count_ones() as usize > 2 * limit {
            return false;
        }
        path::edit_distance(squashed, key, *limit).is_some() || letters(squashed) == letters(key)
    };
    let (key, _) = LIKELY.iter().find(near)?;
    resolve(&segments(key)?)
}

/// A key of several words, one of them misspelt: `embargo_untl`.
fn slips(key: &str) -> Option<(Topic, bool)> {
    let mut words = Vec::new();
    let mut slips = 0;
    let tokens = tokens(key);
    if tokens.len() < 2 {
        return None;
    }
    for token in tokens {
        match segments(&token) {
            Some(mut known) => words.append(&mut known),
            None => {
                let long = forms()
                    .filter(|(_, form)| form.len() > 3 && !HARMLESS.contains(&token.as_str()));
                let mut near =
                    long.filter(|(_, form)| path::edit_distance(&token, form, 1).is_some());
                let (word, _) = near.next()?;
                slips += 1;
                words.extend(Some(word).filter(|word| *word != Word::Filler));
            }
        }
    }
    (slips == 1).then(|| resolve(&words))?
}

/// The parts of a key, by its separators and capitals.
fn tokens(key: &str) -> Vec<String> {
    let mut tokens = vec![String::new()];
    let mut small_before = false;
    for c in key.chars() {
        let new = !c.is_alphanumeric() || (c.is_uppercase() && small_before);
        if new && tokens.last().is_some_and(|t| !t.is_empty()) {
            tokens.push(String::new());
        }
        small_before = c.is_lowercase();
        if let Some(token) = tokens.last_mut()
            && c.is_alphanumeric()
        {
            token.extend(c.to_lowercase());
        }
    }
    tokens.retain(|token| !token.is_empty());
    match tokens.len() {
        0 | 1 => vec![squashed(key)],
        _ => tokens,
    }
}
