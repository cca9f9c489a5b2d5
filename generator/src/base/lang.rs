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
    fn direction_follows_language_then_script() {
        let dir = |code| Lang::parse(code).map(|l| l.direction());
        assert_eq!(dir("ar"), Some("rtl"));
        assert_eq!(dir("az-Arab"), Some("rtl"));
        assert_eq!(dir("en"), Some("ltr"));
    }
}
