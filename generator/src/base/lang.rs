//! Languages: their codes, direction and quotation marks.

use serde::{Deserialize, Serialize};

use std::sync::Arc;

/// A language code as it stands in `site.toml`, file names and addresses (BCP 47: `en`, `pt-BR`).
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct Lang(Arc<str>);

/// Languages written from right to left (by their usual script; CLDR 47 `characterOrder`).
const RIGHT_TO_LEFT: [&str; 12] = [
    "ar", "arc", "ckb", "dv", "fa", "he", "ks", "ps", "sd", "ug", "ur", "yi",
];

impl Lang {
    /// Reads a code: a language of two or three letters, then optional subtags.
    pub fn parse(code: &str) -> Option<Self> {
        let mut parts = code.split('-');
        let language = parts.next()?;
        let well_formed = (2..=3).contains(&language.len())
            && language.bytes().all(|b| b.is_ascii_lowercase())
            && parts.all(|p| {
                (2..=8).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_alphanumeric())
            });
        well_formed.then(|| Self(code.into()))
    }

    /// The code itself.
    pub fn code(&self) -> &str {
        &self.0
    }

    /// The language without region or script: `pt` of `pt-BR`.
    pub fn language(&self) -> &str {
        self.0.split('-').next().unwrap_or(&self.0)
    }

    /// `rtl` or `ltr`, as the HTML attribute `dir` has it.
    pub fn direction(&self) -> &'static str {
        let right_to_left = self
            .0
            .split('-')
            .skip(1)
            .find_map(|part| match part {
                "Arab" | "Hebr" | "Thaa" | "Syrc" => Some(true),
                "Latn" | "Cyrl" => Some(false),
                _ => None,
            })
            .unwrap_or_else(|| RIGHT_TO_LEFT.contains(&self.language()));
        if right_to_left { "rtl" } else { "ltr" }
    }

    /// The opening and closing quotation marks, first those of the first level, then those inside them
    /// (CLDR `quotationStart` and `alternateQuotationStart`, with the narrow no-break spaces that French
    /// typography asks for).
    pub fn quotation_marks(&self) -> [(&'static str, &'static str); 2] {
        let region = self.0.split('-').skip(1).find(|part| part.len() == 2);
        match (self.language(), region) {
            ("fr" | "de" | "it" | "rm", Some("CH" | "LI")) => [("«", "»"), ("‹", "›")],
            ("fr", _) => [("«\u{202f}", "\u{202f}»"), ("“", "”")],
            ("pt", Some("BR")) => [("“", "”"), ("‘", "’")],
            ("ar" | "es" | "it" | "pt" | "el" | "ca", _) => [("«", "»"), ("“", "”")],
            ("ru" | "uk" | "be", _) => [("«", "»"), ("„", "“")],
            ("nb" | "nn" | "no", _) => [("«", "»"), ("‘", "’")],
            ("fa", _) => [("«", "»"), ("‹", "›")],
            ("de" | "cs" | "sk" | "sl" | "bg" | "is", _) => [("„", "“"), ("‚", "‘")],
            ("pl", _) => [("„", "”"), ("«", "»")],
            ("hu", _) => [("„", "”"), ("»", "«")],
            ("ro", _) => [("„", "”"), ("«", "»")],
            ("hr" | "nl", _) => [("„", "”"), ("‚", "’")],
            ("da", _) => [("»", "«"), ("›", "‹")],
            ("sv" | "fi", _) => [("”", "”"), ("’", "’")],
            ("ja", _) => [("「", "」"), ("『", "』")],
            _ => [("“", "”"), ("‘", "’")],
        }
    }
}

impl std::fmt::Display for Lang {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// The languages that have a code of two letters (ISO 639-1).
const OF_TWO_LETTERS: &str = "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy \
    da de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii \
    ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn \
    mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si \
    sk sl sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi \
    yo za zh zu";

/// Whether a text can hardly be anything but a language's code: one of two letters, alone or with a script
/// (`zh-Hant`) or a country (`pt-BR`).
pub fn looks_like_a_code(text: &str) -> bool {
    let (language, rest) = match text.split_once('-') {
        Some((language, rest)) => (language, Some(rest)),
        None => (text, None),
    };
    let all = |part: &str, test: fn(&u8) -> bool| part.bytes().all(|b| test(&b));
    // More names of sites end so than texts are written in these.
    let is_of_names = rest.is_none() && matches!(language, "io" | "co");
    let known = language.len() == 2
        && !is_of_names
        && OF_TWO_LETTERS
            .split(' ')
            .any(|code| code.eq_ignore_ascii_case(language));
    known
        && rest.is_none_or(|rest| match rest.len() {
            2 => all(rest, u8::is_ascii_uppercase),
            3 => all(rest, u8::is_ascii_digit),
            4 => {
                rest.starts_with(|c: char| c.is_ascii_uppercase())
                    && all(&rest[1..], u8::is_ascii_lowercase)
            }
            _ => false,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_checked() {
        for good in ["en", "fr", "pt-BR", "zh-Hant", "ckb"] {
            assert!(Lang::parse(good).is_some(), "{good}");
        }
        for bad in ["", "e", "EN", "english", "en_GB", "en-"] {
            assert!(Lang::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn a_code_is_told_from_a_name() {
        for code in ["de", "DE", "pt-BR", "zh-Hant", "es-419"] {
            assert!(looks_like_a_code(code), "{code}");
        }
        for name in [
            "io-incident",
            "com",
            "old",
            "co-op",
            "10",
            "v2",
            "xx",
            "pe-ters",
            "й-й",
            "de-é",
        ] {
            assert!(!looks_like_a_code(name), "{name}");
        }
    }

    #[test]
    fn direction_follows_language_then_script() {
        let dir = |code| Lang::parse(code).map(|l| l.direction());
        assert_eq!(dir("ar"), Some("rtl"));
        assert_eq!(dir("az-Arab"), Some("rtl"));
        assert_eq!(dir("en"), Some("ltr"));
    }
}
