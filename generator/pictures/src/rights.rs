//! Whose a picture is and what it shows, as the IPTC Photo Metadata Standard names it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// One statement. Their order is that in which people read them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum Field {
    /// What it is about, in a few words.
    Headline,
    /// Its caption.
    Description,
    /// For those who cannot see it.
    Alt,
    /// Who made it; several are separated by `; `.
    Creator,
    /// What is to be written beside it.
    Credit,
    /// The copyright notice.
    Copyright,
    /// What may be done with it.
    Terms,
    /// The address of its licence.
    Licence,
    /// The address at which a licence is to be had.
    Licensor,
    /// When it was made.
    Date,
    /// Where.
    City,
    /// In which country.
    Country,
    /// How: by a camera, by a program (the address of a term of IPTC).
    SourceType,
}

impl Field {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::Headline,
        Self::Description,
        Self::Alt,
        Self::Creator,
        Self::Credit,
        Self::Copyright,
        Self::Terms,
        Self::Licence,
        Self::Licensor,
        Self::Date,
        Self::City,
        Self::Country,
        Self::SourceType,
    ];

    /// Its name for programs; with `_` as a space, for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Headline => "headline",
            Self::Description => "description",
            Self::Alt => "alt",
            Self::Creator => "creator",
            Self::Credit => "credit",
            Self::Copyright => "copyright",
            Self::Terms => "usage_terms",
            Self::Licence => "licence",
            Self::Licensor => "licensor",
            Self::Date => "date",
            Self::City => "city",
            Self::Country => "country",
            Self::SourceType => "digital_source_type",
        }
    }
}

/// Where a statement stands. The first wins.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Layer {
    /// XMP.
    Xmp,
    /// IPTC IIM, the older form.
    Iim,
    /// EXIF.
    Exif,
    /// The texts of a PNG.
    Texts,
}

impl Layer {
    /// As people call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Xmp => "XMP",
            Self::Iim => "IPTC IIM",
            Self::Exif => "EXIF",
            Self::Texts => "PNG texts",
        }
    }
}

/// What a picture says of itself. No statement is empty.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub struct Rights(BTreeMap<Field, String>);

impl Rights {
    /// One statement.
    pub fn get(&self, field: Field) -> Option<&str> {
        self.0.get(&field).map(String::as_str)
    }

    /// All statements, in the order of [`Field`].
    pub fn iter(&self) -> impl Iterator<Item = (Field, &str)> {
        self.0.iter().map(|(field, value)| (*field, value.as_str()))
    }

    /// Makes a statement, unless it says nothing. Control characters are no text.
    pub fn set(&mut self, field: Field, value: &str) {
        let kept = |c: &char| !c.is_control() || matches!(c, '\n' | '\t');
        let value: String = value.replace("\r\n", "\n").chars().filter(kept).collect();
        let value = value.trim();
        if !value.is_empty() {
            self.0.insert(field, value.to_owned());
        }
    }

    /// These, where `words` do not say something else.
    pub fn with(&self, words: &Self) -> Self {
        let mut all = self.0.clone();
        all.extend(words.0.clone());
        Self(all)
    }

    /// Whether nothing is said.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Makes it unless it is made.
    pub(crate) fn add(&mut self, field: Field, value: &str) {
        if self.get(field).is_none() {
            self.set(field, value);
        }
    }
}

/// Two layers of one picture that say different things.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Contradiction {
    /// About what.
    pub field: Field,
    /// Whose statement counts.
    pub layer: Layer,
    /// Whose does not.
    pub other: Layer,
    /// What that one says.
    pub value: String,
}

/// What several layers say, the first that speaks of something being right.
pub(crate) fn merged(layers: Vec<(Layer, Rights)>) -> (Rights, Vec<Contradiction>) {
    let mut said: BTreeMap<Field, (Layer, String)> = BTreeMap::new();
    let mut contradictions = Vec::new();
    for (layer, rights) in layers {
        for (field, value) in rights.0 {
            match said.get(&field) {
                None => drop(said.insert(field, (layer, value))),
                Some((first, right)) if *first != layer && !agree(field, right, &value) => {
                    contradictions.push(Contradiction {
                        field,
                        layer: *first,
                        other: layer,
                        value,
                    });
                }
                Some(_) => {}
            }
        }
    }
    let rights = said.into_iter().map(|(field, (_, value))| (field, value));
    (Rights(rights.collect()), contradictions)
}

/// Whether two statements say the same. IIM has room for the beginning of a text alone, and layers differ in how
/// exactly they say when.
fn agree(field: Field, right: &str, other: &str) -> bool {
    let plain = |text: &str| -> String {
        let dated = field == Field::Date;
        let kept = |c: &char| {
            if dated {
                c.is_ascii_digit()
            } else {
                !c.is_whitespace()
            }
        };
        text.chars().filter(kept).collect()
    };
    let (right, other) = (plain(right), plain(other));
    match field {
        Field::Date => right.starts_with(&other) || other.starts_with(&right),
        _ => right.starts_with(&other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rights(field: Field, value: &str) -> Rights {
        let mut rights = Rights::default();
        rights.set(field, value);
        rights
    }

    #[test]
    fn the_first_layer_wins_and_the_others_are_named() {
        let (said, contradictions) = merged(vec![
            (Layer::Xmp, rights(Field::Credit, "One")),
            (Layer::Iim, rights(Field::Credit, "Two")),
            (Layer::Exif, rights(Field::Creator, "Three")),
        ]);
        assert_eq!(said.get(Field::Credit), Some("One"));
        assert_eq!(said.get(Field::Creator), Some("Three"));
        assert_eq!(contradictions.len(), 1);
        assert_eq!(contradictions[0].value, "Two");
    }

    #[test]
    fn a_shortened_text_or_a_coarser_date_is_no_contradiction() {
        assert!(agree(
            Field::Credit,
            "A very long credit line",
            "A very long"
        ));
        assert!(!agree(Field::Credit, "A", "A very long"));
        assert!(agree(Field::Date, "2026-11-29", "20261129T101112"));
        assert!(!agree(Field::Date, "2026-11-29", "2025:11:29"));
    }

    #[test]
    fn what_is_no_text_says_nothing() {
        assert_eq!(rights(Field::City, " \u{0}\r\n ").get(Field::City), None);
        assert_eq!(
            rights(Field::City, "a\r\nb\u{1}").get(Field::City),
            Some("a\nb")
        );
    }
}
