//! Whether a password is a common one, however it is dressed up.
//!
//! A list of common passwords says little about `Password2026!!`, which keeps every rule and is among
//! the first that anybody tries. So zxcvbn (Wheeler, USENIX Security 2016) estimates how many guesses a
//! password withstands; below [`MIN_GUESSES`] it is common. It takes a fifth of a millisecond and two at most,
//! and loads its lists at the first password: 20 ms, and 6 MB that stay.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Below so many guesses a password is common: zxcvbn's bound of its highest score. The common passwords of
/// our tests, dressed up to keep all rules, withstand 5 × 10⁹ at most; of random ones with twelve
/// characters, one in 3 000 stays below.
const MIN_GUESSES: u64 = 10_000_000_000;

/// How many characters are looked at. The time grows with their cube, and so does the backtracking of a
/// regular expression within, which panics past a million steps. Forty say enough.
const MAX_CHARACTERS: usize = 40;

/// More ways than these to read digits and symbols as letters, and only digits are read so.
const MAX_READINGS: usize = 16;
/// Symbols that zxcvbn reads as letters.
const DISGUISES: [char; 10] = ['@', '(', '{', '[', '<', '!', '|', '$', '+', '%'];
/// The letters that several characters stand for.
const AMBIGUOUS: [&[char]; 7] = [
    &['4', '@'],
    &['(', '{', '[', '<'],
    &['6', '9'],
    &['1', '!', '|'],
    &['1', '|', '7'],
    &['$', '5'],
    &['+', '7'],
];

/// What the lists of zxcvbn, which are English, lack: words of the calendar, of greeting and of the trade
/// that everybody tries first. Shorter ones need no mention.
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

/// The shortest word of the context that counts.
const MIN_WORD: usize = 3;
/// How many words of one text of the context are put together in every way.
const MAX_WORDS: usize = 10;

/// Whether a password is a common one, or little more than words of the context.
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
    zxcvbn::zxcvbn(&password, &known).guesses() < MIN_GUESSES.min(random)
}

/// A text without accents and compatibility forms.
fn plain(text: &str) -> impl Iterator<Item = char> {
    text.nfkd().filter(|&c| !is_combining_mark(c)).nfc()
}

/// The text and whatever follows one another in it, as it is written and without what parts the words:
/// `ana-maria.silva` gives `maria.silva`, `anamaria` and `silva`, among others.
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

/// zxcvbn tries every way to read disguises as letters, and a password of nothing else would take it half a
/// second. There a symbol hides nothing.
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
