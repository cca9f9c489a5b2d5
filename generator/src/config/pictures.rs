//! `[pictures]`: what is true of pictures where neither document nor file says something else.

use dateline_pictures::{Field, Rights};
use serde::{Deserialize, Serialize};

use super::DownloadTerms;
use crate::base::{
    fields::{Fields, list},
    path,
};

/// Who may download a picture as it was published, from the most open to the strictest.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default, Serialize, Deserialize)]
pub enum Download {
    /// Anyone.
    #[default]
    Public,
    /// Readers with an account.
    Account,
    /// Nobody: it is shown alone.
    None,
}

impl Download {
    /// All of them, by name.
    const ALL: [(&'static str, Self); 3] = [
        ("public", Self::Public),
        ("account", Self::Account),
        ("none", Self::None),
    ];

    /// Reads its name.
    ///
    /// # Errors
    /// Message and cure.
    pub fn named(name: &str) -> Result<Self, (String, String)> {
        let found = Self::ALL.iter().find(|(own, _)| *own == name);
        found.map(|(_, download)| *download).ok_or_else(|| {
            let names = Self::ALL.map(|(name, _)| name);
            let hint = match path::closest(name, names) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("it is one of {}", list(&names)),
            };
            (format!("`download` cannot be “{name}”"), hint)
        })
    }
}

/// All of `[pictures]`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pictures {
    /// Who may download pictures.
    pub download: Download,
    /// The terms of `[terms]` that readers with an account accept by downloading one.
    pub download_terms: Option<String>,
    /// Whether a missing alt text or credit is a warning (`missing = "warn"`).
    pub lenient: bool,
    /// Whether documents with pictures have press kits, unless they say something else. They do by default.
    pub press_kit: Option<bool>,
    /// Whose pictures are: a default below documents and files.
    pub rights: Rights,
}

impl Pictures {
    /// Reads the table; `terms` are those that there are.
    pub(super) fn read(t: &mut Fields<'_>, terms: &[DownloadTerms]) -> Option<Self> {
        let download = t.text("download").and_then(|said| {
            let read = Download::named(&said.value);
            read.map_err(|(message, hint)| t.push(said.span, message, &hint))
                .ok()
        });
        let download_terms = t.text("download_terms").map(|said| {
            if !terms.iter().any(|t| t.id == said.value) {
                let message = format!("there are no terms `{}`", said.value);
                let hint = format!(
                    "write [terms.{}] with its version, title and page",
                    said.value
                );
                t.push(said.span, message, &hint);
            }
            said.value
        });
        let lenient = t.text("missing").is_some_and(|said| {
            if !matches!(said.value.as_str(), "warn" | "error") {
                let message = format!("`missing` cannot be “{}”", said.value);
                let hint =
                    "write \"warn\" for an archive without alt texts or credits, or \"error\"";
                t.push(said.span, message, hint);
            }
            said.value == "warn"
        });
        let mut rights = Rights::default();
        for (key, field) in [
            ("creator", Field::Creator),
            ("credit", Field::Credit),
            ("copyright", Field::Copyright),
            ("terms", Field::Terms),
            ("licence", Field::Licence),
            ("licensor", Field::Licensor),
        ] {
            let Some(text) = t.text(key) else { continue };
            match statement(field, key, &text.value) {
                Ok(value) => rights.set(field, &value),
                Err((message, hint)) => t.push(text.span, message, &hint),
            }
        }
        Some(Self {
            download: download.unwrap_or_default(),
            download_terms,
            lenient,
            press_kit: t.bool("press_kit"),
            rights,
        })
    }
}

/// Terms of the IPTC vocabulary "digital source type" (newscodes, 2025-07).
const SOURCE_TYPES: [&str; 17] = [
    "digitalCapture",
    "computationalCapture",
    "negativeFilm",
    "positiveFilm",
    "print",
    "humanEdits",
    "compositeWithTrainedAlgorithmicMedia",
    "algorithmicallyEnhanced",
    "digitalCreation",
    "dataDrivenMedia",
    "trainedAlgorithmicMedia",
    "algorithmicMedia",
    "screenCapture",
    "virtualRecording",
    "composite",
    "compositeCapture",
    "compositeSynthetic",
];

/// Where the terms of that vocabulary are.
const SOURCE_TYPE: &str = "http://cv.iptc.org/newscodes/digitalsourcetype/";

/// A statement of an editor as pictures hold it.
///
/// # Errors
/// Message and cure, for whoever wrote it under `key`.
pub fn statement(field: Field, key: &str, value: &str) -> Result<String, (String, String)> {
    let address = value.starts_with("https://") || value.starts_with("http://");
    let whole = address && !value.contains(char::is_whitespace);
    match field {
        Field::Licence if !whole => Err((
            format!("`{key}` is not the address of a licence"),
            "write its address, such as https://creativecommons.org/licenses/by/4.0/; what may be done stands in `terms`"
                .to_owned(),
        )),
        Field::Licensor if !whole => Err((
            format!("`{key}` is not an address"),
            "write the address of the page on which a licence is to be had, with https://".to_owned(),
        )),
        Field::SourceType => {
            let name = value.strip_prefix(SOURCE_TYPE).unwrap_or(value);
            if SOURCE_TYPES.contains(&name) {
                return Ok(format!("{SOURCE_TYPE}{name}"));
            }
            let hint = match path::closest(name, SOURCE_TYPES) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "write a term of IPTC, such as `digitalCapture` for a photo, `trainedAlgorithmicMedia` for a generated picture"
                    .to_owned(),
            };
            Err((format!("IPTC knows no source type “{name}”"), hint))
        }
        _ => Ok(value.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use dateline_pictures::Field;

    use super::{Download, statement};

    #[test]
    fn a_source_type_is_a_term_or_its_address() {
        let address = "http://cv.iptc.org/newscodes/digitalsourcetype/print";
        for written in ["print", address] {
            let read = statement(Field::SourceType, "source_type", written);
            assert_eq!(read.as_deref(), Ok(address));
        }
        assert!(statement(Field::SourceType, "source_type", "photo").is_err());
    }

    proptest::proptest! {
        #[test]
        fn whatever_an_editor_writes_is_kept_or_refused_with_a_cure(text in "\\PC{0,40}") {
            for field in Field::ALL {
                match statement(field, field.name(), &text) {
                    Ok(kept) => proptest::prop_assert!(kept.ends_with(&text)),
                    Err((message, cure)) => proptest::prop_assert!(!message.is_empty() && !cure.is_empty()),
                }
            }
            if let Err((_, cure)) = Download::named(&text) {
                proptest::prop_assert!(!cure.is_empty());
            }
        }
    }
}
