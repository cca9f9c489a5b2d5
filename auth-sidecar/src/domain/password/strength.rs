//! Whether a password is common, however it is disguised.
//!
//! A list of common passwords misses `Password2026!!`, which meets every rule and is among the first that an
//! attacker tries. So zxcvbn (Wheeler, USENIX Security 2016) estimates how many guesses a password withstands; fewer
//! than [`MIN_GUESSES`] make it common. An estimate takes 0.2 to 2 ms. The first one also loads the lists: 20 ms,
//! and 6 MB that stay.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// A password that withstands fewer guesses is common: zxcvbn's threshold of its highest score. The common passwords
/// of our tests, disguised to meet all rules, withstand at most 5 × 10⁹; of random ones with twelve characters, one
/// in 3 000 stays below.
const MIN_GUESSES: u64 = 10_000_000_000;

/// How many characters are considered. The time grows with their cube, and so does the backtracking of an inner
/// regular expression, which panics past a million steps. Forty are enough.
const MAX_CHARACTERS: usize = 40;

/// With more ways than this to read digits and symbols as letters, only digits are read as letters.
const MAX_READINGS: usize = 16;
/// Symbols that zxcvbn reads as letters.
const DISGUISES: [char; 10] = ['@', '(', '{', '[', '<', '!', '|', '$', '+', '%'];
/// The characters that can stand for several letters.
const AMBIGUOUS: [&[char]; 7] = [
    &['4', '@'],
    &['(', '{', '[', '<'],
    &['6', '9'],
    &['1', '!', '|'],
    &['1', '|', '7'],
    &['$', '5'],
    &['+', '7'],
];

/// Words that zxcvbn's English lists lack: the calendar, greetings and the trade. Shorter ones need no mention.
const KNOWN: &str = "
    newsdesk pressroom pressoffice pressrelease presscentre mediacentre breakingnews
    printemps automne fevrier septembre octobre mercredi vendredi vacances bienvenue
    actualite actualites redaction journalistes
    fruhling donnerstag mittwoch samstag sonntag willkommen nachricht nachrichten redaktion
    journalistin pressemitteilung
    invierno febrero septiembre octubre noviembre diciembre miercoles bienvenido redaccion
    periodista periodico
    autunno inverno gennaio febbraio settembre ottobre dicembre mercoledi benvenuto notizie
    redazione giornale giornalista
    fevereiro setembro novembro dezembro bemvindo redacao jornalista
    februari donderdag zaterdag redactie
    февраль сентябрь октябрь декабрь понедельник воскресенье добропожаловать новости редакция
    журналист ицукенгшщз
    السعودية الجزيرة الاخبار الصحافة كلمةالسر كلمةالمرور";

/// The shortest context word that counts.
const MIN_WORD: usize = 3;
/// How many words of one context text are combined.
const MAX_WORDS: usize = 10;

/// Whether a password is common, or little more than words of the context.
pub(super) fn is_common(password: &str, context: &[&str]) -> bool {
    let password = with_few_readings(plain(password).take(MAX_CHARACTERS).collect());
    let mut words: Vec<String> = context.iter().flat_map(|text| runs(text)).collect();
    words.retain(|word| word.chars().count() >= MIN_WORD);
    let known = KNOWN.split_whitespace();
    let known: Vec<&str> = words.iter().map(String::as_str).chain(known).collect();
    // A short password withstands few guesses without being common.
    let Some(others) = password.chars().count().checked_sub(1) else {
        return false;
    };
    let random = 10_u64.saturating_pow(u32::try_from(others).unwrap_or(u32::MAX));
    let guesses = discreetly(|| zxcvbn::zxcvbn(&password, &known).guesses());
    // What cannot be judged is not relied on.
    guesses.is_none_or(|guesses| guesses < MIN_GUESSES.min(random))
}

thread_local! {
    /// Whether a panic of this thread could say what nobody may read.
    static IS_SECRET: Cell<bool> = const { Cell::new(false) };
}

/// Does what may panic over a secret. The message, which could quote it, reaches no log: only its place does.
fn discreetly<T>(work: impl FnOnce() -> T) -> Option<T> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if IS_SECRET.get() {
                tracing::error!(place = ?info.location(), "the judge of passwords panicked");
            } else {
                usual(info);
            }
        }));
    });
    IS_SECRET.set(true);
    let done = panic::catch_unwind(AssertUnwindSafe(work));
    IS_SECRET.set(false);
    done.ok()
}

/// A text without accents and compatibility forms.
fn plain(text: &str) -> impl Iterator<Item = char> {
    text.nfkd().filter(|&c| !is_combining_mark(c)).nfc()
}

/// The text and all runs of its words, as written and without separators: `ana-maria.silva` gives `maria.silva`,
/// `anamaria` and `silva`, among others.
fn runs(text: &str) -> Vec<String> {
    let text: String = plain(text).collect();
    let parts = |c: char| !c.is_alphabetic();
    let mut ends = Vec::new();
    let mut at = 0;
    for piece in text.split_inclusive(parts) {
        let word = piece.trim_end_matches(parts);
        if !word.is_empty() {
            ends.push((at, at + word.len()));
        }
        at += piece.len();
    }
    ends.truncate(MAX_WORDS);
    let mut runs = Vec::new();
    for (first, &(begin, _)) in ends.iter().enumerate() {
        for &(_, end) in &ends[first..] {
            let run = &text[begin..end];
            runs.push(run.to_owned());
            runs.push(run.chars().filter(|c| c.is_alphanumeric()).collect());
        }
    }
    runs.push(text);
    runs
}

/// zxcvbn tries every way to read symbols as letters, and a password of symbols only would take half a second. There
/// a symbol disguises nothing.
fn with_few_readings(password: String) -> String {
    let present = |chars: &[char]| chars.iter().filter(|&&c| password.contains(c)).count();
    let readings: usize = AMBIGUOUS
        .iter()
        .map(|chars| present(chars).max(1))
        .product();
    if readings <= MAX_READINGS {
        return password;
    }
    password.replace(DISGUISES, "-")
}

#[cfg(test)]
mod tests;
