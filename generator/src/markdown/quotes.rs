//! Quotation marks and apostrophes: which of the straight ones of a paragraph opens, closes, or is an
//! apostrophe, and what the language of the page writes for it.
//!
//! The parser finds the straight marks (it knows what is code and what is escaped); what they mean is decided
//! here, from what stands on both sides and from which marks make a pair. What is ambiguous stays as it was
//! written.

use std::ops::Range;

use pulldown_cmark::{Event, Tag, TagEnd};

use super::emphasis::is_cjk;
use crate::base::lang::Lang;

/// Resolves the marks of one paragraph, heading or cell.
pub(super) fn resolve(line: &mut [(Event<'_>, Range<usize>)], source: &str, lang: &Lang) {
    let (units, pictures) = units(line, source);
    // The description of a picture is a text of its own.
    for picture in pictures {
        resolve(&mut line[picture], source, lang);
    }
    let mut tokens = tokens(&units, line, lang);
    if tokens.is_empty() {
        return;
    }
    Pairing::of(&tokens).apply(&mut tokens);
    write(&tokens, line, lang);
}

/// Whether the parser put a curly mark where the source has a straight one.
pub(super) fn is_mark(event: &Event<'_>, range: &Range<usize>, source: &str) -> bool {
    let Event::Text(text) = event else {
        return false;
    };
    matches!(&**text, "“" | "”" | "‘" | "’")
        && range.len() == 1
        && matches!(source.as_bytes()[range.start], b'"' | b'\'')
}

/// Something visible: a piece of text, code, a picture, a break.
struct Unit {
    /// Its place in the line.
    at: usize,
    first: char,
    last: char,
    /// A straight mark: whether it is a single one.
    mark: Option<bool>,
}

fn units(line: &[(Event<'_>, Range<usize>)], source: &str) -> (Vec<Unit>, Vec<Range<usize>>) {
    let (mut units, mut pictures) = (Vec::new(), Vec::new());
    let mut depth = 0_usize;
    for (at, (event, range)) in line.iter().enumerate() {
        let (first, last, mark) = match event {
            Event::Start(Tag::Image { .. }) => {
                depth += 1;
                if depth > 1 {
                    continue;
                }
                pictures.push(at + 1..at + 1);
                ('x', 'x', None)
            }
            Event::End(TagEnd::Image) => {
                depth = depth.saturating_sub(1);
                if let (0, Some(picture)) = (depth, pictures.last_mut()) {
                    picture.end = at;
                }
                continue;
            }
            _ if depth > 0 => continue,
            Event::Text(text) => {
                let (Some(first), Some(last)) = (text.chars().next(), text.chars().next_back())
                else {
                    continue;
                };
                let mark = is_mark(event, range, source);
                let single = source.as_bytes().get(range.start) == Some(&b'\'');
                (first, last, mark.then_some(single))
            }
            Event::Code(_) => ('x', 'x', None),
            Event::SoftBreak | Event::HardBreak => (' ', ' ', None),
            Event::InlineHtml(html) if html.to_ascii_lowercase().starts_with("<br") => {
                (' ', ' ', None)
            }
            _ => continue,
        };
        units.push(Unit {
            at,
            first,
            last,
            mark,
        });
    }
    (units, pictures)
}

/// What stands beside a mark.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Side {
    Space,
    /// What only stands before a word: brackets, `¿`.
    Open,
    /// What only stands after one: full stops, brackets.
    Close,
    /// Dashes, other quotation marks, scripts without spaces.
    Either,
    Digit,
    Word,
}

fn side(c: Option<char>) -> Side {
    use unicode_normalization::char::is_combining_mark;
    let Some(c) = c else { return Side::Space };
    match c {
        c if c.is_whitespace() => Side::Space,
        '(' | '[' | '{' | '<' | '¿' | '¡' | '=' | '+' | '#' | '@' | '$' | '€' | '£' => {
            Side::Open
        }
        ')' | ']' | '}' | '>' | ',' | '.' | ';' | ':' | '!' | '?' | '…' | '%' | '°' => {
            Side::Close
        }
        '،' | '؛' | '؟' | '۔' | '।' | '’' | '”' => Side::Close,
        c if is_cjk(c) => Side::Either,
        c if c.is_numeric() => Side::Digit,
        c if c.is_alphabetic() || is_combining_mark(c) => Side::Word,
        _ => Side::Either,
    }
}

/// What a mark turned out to be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Meaning {
    Straight,
    Apostrophe,
    Opens,
    Closes,
}

struct Token {
    /// Its place in the line.
    at: usize,
    single: bool,
    /// On both sides, beyond further marks.
    before: Side,
    after: Side,
    /// Right beside it.
    touching: (Option<char>, Option<char>),
    /// An apostrophe at the start of a word.
    elided: bool,
    meaning: Meaning,
}

impl Token {
    fn opens(&self) -> bool {
        use Side::{Digit, Either, Open, Space, Word};
        match self.before {
            Space | Open => self.after != Space,
            Either => matches!(self.after, Word | Digit | Open),
            _ => false,
        }
    }

    fn closes(&self) -> bool {
        use Side::{Close, Either, Open, Space};
        match self.before {
            Space | Open => false,
            Either => matches!(self.after, Space | Close),
            _ => matches!(self.after, Space | Close | Either | Open),
        }
    }

    fn alone(&self) -> bool {
        self.before == Side::Space && self.after == Side::Space
    }

    /// Inside a word or a number.
    fn inside(&self) -> Option<Meaning> {
        let (before, after) = self.touching;
        let hebrew = |c: Option<char>| c.is_some_and(|c| ('\u{5d0}'..='\u{5ea}').contains(&c));
        match (side(before), side(after)) {
            (Side::Digit, Side::Digit) if self.single => Some(Meaning::Straight),
            (Side::Word | Side::Digit, Side::Word | Side::Digit) if self.single => {
                Some(Meaning::Apostrophe)
            }
            // An acronym.
            (Side::Word, Side::Word) if hebrew(before) && hebrew(after) => Some(Meaning::Straight),
            _ => None,
        }
    }
}

fn tokens(units: &[Unit], line: &[(Event<'_>, Range<usize>)], lang: &Lang) -> Vec<Token> {
    // Beyond runs of marks, from both ends, so that a long run costs no more than a short one.
    let mut seen = None;
    let before: Vec<Option<char>> = units
        .iter()
        .map(|unit| {
            let here = seen;
            if unit.mark.is_none() {
                seen = Some(unit.last);
            }
            here
        })
        .collect();
    let mut seen = None;
    let mut after: Vec<Option<char>> = units
        .iter()
        .rev()
        .map(|unit| {
            let here = seen;
            if unit.mark.is_none() {
                seen = Some(unit.first);
            }
            here
        })
        .collect();
    after.reverse();
    let marks = units.iter().enumerate();
    let marks = marks.filter_map(|(i, unit)| Some((i, unit, unit.mark?)));
    marks
        .map(|(i, unit, single)| {
            let next = units.get(i + 1);
            let text = match next.map(|next| &line[next.at].0) {
                Some(Event::Text(text)) => text,
                _ => "",
            };
            let quoted_alone = units.get(i + 2).is_some_and(|u| u.mark == Some(true));
            let previous = i.checked_sub(1).and_then(|i| units.get(i));
            Token {
                at: unit.at,
                single,
                before: side(before[i]),
                after: side(after[i]),
                touching: (previous.map(|u| u.last), next.map(|u| u.first)),
                elided: single && elided(text, quoted_alone, lang),
                meaning: Meaning::Straight,
            }
        })
        .collect()
}

/// Words that lost their first letters, which are rarely quoted.
fn shortened(lang: &Lang) -> &'static [&'static str] {
    match lang.language() {
        "en" => &[
            "tis", "twas", "twere", "twill", "twould", "til", "till", "cause", "em", "bout",
            "round", "n", "neath", "tude", "nuff", "fraid", "cos", "coz", "kay", "gainst", "tween",
            "ere",
        ],
        "nl" | "af" => &["s", "t", "n", "k", "m", "r", "ie", "ns"],
        "de" => &[
            "s", "n", "ne", "nen", "nem", "ner", "nes", "rein", "raus", "rauf", "runter", "rüber",
            "ran",
        ],
        "it" => &["ndrangheta", "sta", "sto", "ste", "sti"],
        _ => &[],
    }
}

/// Whether an apostrophe stands before `text`: years (’90s) and words that lost letters (’tis). A word that
/// stands `quoted_alone`, between two marks, is more likely a quotation.
fn elided(text: &str, quoted_alone: bool, lang: &Lang) -> bool {
    let word = text
        .split(|c: char| !c.is_alphanumeric())
        .next()
        .unwrap_or_default();
    let quoted_alone = quoted_alone && word.len() == text.len();
    let digits = word.bytes().take_while(u8::is_ascii_digit).count();
    if digits == 2 {
        let rest = &word[digits..];
        return !(rest.starts_with(char::is_numeric) || rest.is_empty() && quoted_alone);
    }
    let lower = word.to_lowercase();
    shortened(lang).contains(&lower.as_str()) && (!quoted_alone || lower == "n")
}

/// Which marks make pairs.
struct Pairing {
    meanings: Vec<Meaning>,
    /// Marks that may still be closed: place, whether it is certain that it opens.
    open: Vec<(usize, bool)>,
    /// How many of them are double.
    open_doubles: usize,
    /// By token, how many double marks after it close before the next one opens.
    closing_after: Vec<usize>,
}

impl Pairing {
    fn of(tokens: &[Token]) -> Self {
        let mut count = 0;
        let mut closing_after: Vec<usize> = tokens
            .iter()
            .rev()
            .map(|token| {
                let here = count;
                if !token.single && token.opens() {
                    count = 0;
                } else if !token.single && token.closes() {
                    count += 1;
                }
                here
            })
            .collect();
        closing_after.reverse();
        let mut pairing = Self {
            meanings: vec![Meaning::Straight; tokens.len()],
            open: Vec::new(),
            open_doubles: 0,
            closing_after,
        };
        for (i, token) in tokens.iter().enumerate() {
            pairing.meanings[i] = match token.inside() {
                Some(meaning) => meaning,
                None if token.alone() => Meaning::Straight,
                None if token.single => pairing.single(tokens, i),
                None => pairing.double(tokens, i),
            };
        }
        while let Some((i, certain)) = pairing.open.pop() {
            pairing.meanings[i] = unpaired(&tokens[i], certain, i == 0);
        }
        pairing
    }

    fn apply(self, tokens: &mut [Token]) {
        for (token, meaning) in tokens.iter_mut().zip(self.meanings) {
            token.meaning = meaning;
        }
    }

    fn push(&mut self, tokens: &[Token], i: usize, certain: bool) -> Meaning {
        self.open.push((i, certain));
        self.open_doubles += usize::from(!tokens[i].single);
        Meaning::Opens
    }

    fn double(&mut self, tokens: &[Token], i: usize) -> Meaning {
        let token = &tokens[i];
        if token.opens() {
            return self.push(tokens, i, true);
        }
        let after_digit = side(token.touching.0) == Side::Digit;
        if self.open_doubles == 0 {
            return match token.closes() {
                // Inches.
                _ if after_digit => Meaning::Straight,
                // It was opened in a paragraph before.
                true => Meaning::Closes,
                false => self.push(tokens, i, false),
            };
        }
        // Inches, where those that follow suffice to close what is open.
        if after_digit && self.closing_after[i] >= self.open_doubles {
            return Meaning::Straight;
        }
        while let Some((opened, _)) = self.open.pop() {
            if !tokens[opened].single {
                self.open_doubles -= 1;
                break;
            }
            // It began nothing: what it stood in ends here.
            self.meanings[opened] = Meaning::Apostrophe;
        }
        Meaning::Closes
    }

    fn single(&mut self, tokens: &[Token], i: usize) -> Meaning {
        let token = &tokens[i];
        if token.opens() {
            return match token.elided {
                true => Meaning::Apostrophe,
                false => self.push(tokens, i, true),
            };
        }
        let innermost = self
            .open
            .last()
            .filter(|(opened, _)| tokens[*opened].single);
        if innermost.is_some() {
            self.open.pop();
            return Meaning::Closes;
        }
        // `d'"air"`: it belongs to the word, whatever stands around the next one.
        // `"a"'s` too.
        let elision = token.before == Side::Word && token.after == Side::Word;
        match (token.closes() || elision, side(token.touching.0)) {
            // Feet, minutes.
            (true, Side::Digit) => Meaning::Straight,
            (true, _) => Meaning::Apostrophe,
            (false, _) => self.push(tokens, i, false),
        }
    }
}

/// What a mark is that nothing closes. A quotation may run over several paragraphs.
fn unpaired(token: &Token, certain: bool, first: bool) -> Meaning {
    match (token.single, certain) {
        (false, true) => Meaning::Opens,
        (false, false) => Meaning::Straight,
        (true, true) if first && token.touching.1.is_some_and(char::is_uppercase) => Meaning::Opens,
        (true, _) => Meaning::Apostrophe,
    }
}

/// Writes the language's marks: those of the first level outside, those of the second inside.
fn write(tokens: &[Token], line: &mut [(Event<'_>, Range<usize>)], lang: &Lang) {
    let marks = lang.quotation_marks();
    let mut open: Vec<(bool, usize)> = Vec::new();
    for token in tokens {
        let text = match token.meaning {
            Meaning::Straight => match token.single {
                true => "'",
                false => "\"",
            },
            Meaning::Apostrophe => "’",
            Meaning::Opens => {
                let level = match open.last() {
                    Some((single, level)) if *single == token.single => 1 - level,
                    _ => usize::from(token.single),
                };
                open.push((token.single, level));
                marks[level].0
            }
            Meaning::Closes => {
                let own = usize::from(token.single);
                let opened = open.iter().rposition(|(single, _)| *single == token.single);
                let level = opened.map_or(own, |at| open[at].1);
                open.truncate(opened.unwrap_or(open.len()));
                marks[level].1
            }
        };
        line[token.at].0 = Event::Text(text.into());
    }
}

#[cfg(test)]
#[path = "quotes_tests.rs"]
mod tests;
