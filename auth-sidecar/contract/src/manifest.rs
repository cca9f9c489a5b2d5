//! `dist/sidecar/manifest.json`: what the sidecar needs to know about the site.
//!
//! The generator fills [`Manifest`] and writes [`Manifest::to_json`]; the sidecar reads it with
//! [`Manifest::from_json`], which rejects anything invalid.
//!
//! Fields may be added: readers ignore unknown ones, and writers build the types with `..Default::default()`. A change
//! that older readers would misunderstand needs a new [`VERSION`].

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

mod check;

/// The version that this crate writes, and the only one it reads.
pub const VERSION: u32 = 2;

/// The whole manifest. Maps are ordered, so that the same site always gives the same bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Manifest {
    /// The format's version, [`VERSION`].
    #[cfg_attr(test, schemars(extend("const" = VERSION)))]
    pub version: u32,
    /// The site's public origin, `https://news.example.org`.
    #[cfg_attr(test, schemars(regex(pattern = r"^https?://[^/\\?#@\s]+$")))]
    pub base_url: String,
    /// The language for readers who state no preference.
    pub default_language: String,
    /// All languages of the site (BCP 47), including the default one.
    pub languages: Vec<String>,
    /// The site's name by language, as mails and problems show it.
    #[serde(default)]
    pub name: BTreeMap<String, String>,
    /// The time zone of times in mails (IANA, `Europe/Brussels`); empty means UTC.
    #[serde(default)]
    pub time_zone: String,
    /// Which passwords are accepted. The pages show the same rules.
    #[serde(default)]
    pub password_policy: PasswordPolicy,
    /// The consent to the newsletter, by language.
    #[serde(default)]
    pub newsletter: BTreeMap<String, Wording>,
    /// Titles and details of problems (RFC 9457), by language and then by name, such as `code-wrong`.
    #[serde(default)]
    pub problems: BTreeMap<String, BTreeMap<String, ProblemText>>,
    /// Terms of use by id.
    #[serde(default)]
    pub terms: BTreeMap<String, Terms>,
    /// Video dossiers by id. Their files are those of the media storage. The sidecar serves no others.
    #[serde(default)]
    pub media: BTreeMap<String, Dossier>,
    /// Stories with pictures for readers with an account, by an id that no dossier has. The files lie beside the
    /// manifest, in [`PICTURES`]; all else is as for `media`. A story at its end names no files: all are gone (410).
    #[serde(default)]
    pub pictures: BTreeMap<String, Dossier>,
}

/// The folder beside the manifest in which the files of [`Manifest::pictures`] lie, by their keys.
pub const PICTURES: &str = "pictures";

impl Default for Manifest {
    fn default() -> Self {
        Self {
            version: VERSION,
            base_url: String::new(),
            default_language: String::new(),
            languages: Vec::new(),
            name: BTreeMap::new(),
            time_zone: String::new(),
            password_policy: PasswordPolicy::default(),
            newsletter: BTreeMap::new(),
            problems: BTreeMap::new(),
            terms: BTreeMap::new(),
            media: BTreeMap::new(),
            pictures: BTreeMap::new(),
        }
    }
}

/// Which passwords are accepted; [`crate::password_rules`] has the rules of each policy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(description = "Which passwords are accepted."))]
#[serde(rename_all = "lowercase")]
pub enum PasswordPolicy {
    /// At least 12 characters, no spaces, with upper and lower case, numbers and symbols.
    #[default]
    Composition,
    /// At least 15 characters of any kind, as NIST SP 800-63B-4 recommends.
    Length,
}

/// The text of a consent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Wording {
    /// An id that changes with the text; stored with each consent.
    pub id: String,
    /// The text beside the button.
    pub text: String,
}

/// The text of a problem, for people.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ProblemText {
    /// A short title.
    pub title: String,
    /// What to do, in a sentence or two.
    pub detail: String,
}

/// Terms of use that must be accepted before a download.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Terms {
    /// The current version, as set by the editors: `2025-01`.
    pub version: String,
}

/// A video dossier, or a story with pictures: a page, and the files that belong to it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Dossier {
    /// Its editions by language. The files are available while any edition is published, and gone (410) when the last
    /// one has expired. Before any edition is published, the dossier does not exist for readers.
    pub editions: BTreeMap<String, Edition>,
    /// The id of the [`Terms`] that must be accepted to download.
    #[serde(default)]
    pub terms: Option<String>,
    /// The files by name; the name is part of the address.
    #[serde(default)]
    pub renditions: BTreeMap<String, Rendition>,
}

/// A dossier in one language. Its page and title are shown only while it is published.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Edition {
    /// Its page, as a path of the site: `/en/video/lisbon-doorstep/`. Absent if the edition had expired when the
    /// manifest was written.
    #[serde(default)]
    pub page: Option<String>,
    /// Its title; absent when the page is.
    #[serde(default)]
    pub title: Option<String>,
    /// The moment from which it is published (RFC 3339).
    #[serde(default)]
    #[cfg_attr(test, schemars(extend("format" = "date-time")))]
    pub release: Option<String>,
    /// The moment from which it is no longer published (RFC 3339).
    #[serde(default)]
    #[cfg_attr(test, schemars(extend("format" = "date-time")))]
    pub expires: Option<String>,
}

/// One file of a dossier.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Rendition {
    /// Where the file is stored: `sha256[0..2]/sha256/NAME`.
    #[cfg_attr(test, schemars(regex(pattern = r"^[0-9a-f]{2}/[0-9a-f]{64}/[^/\\]+$")))]
    pub key: String,
    /// When the file was last changed (RFC 3339).
    #[cfg_attr(test, schemars(extend("format" = "date-time")))]
    pub modified: String,
    /// The file name of a saved copy.
    pub file_name: String,
    /// The media type, `video/mp4`.
    #[cfg_attr(test, schemars(regex(pattern = r"^[!-~]+/[ -~]+$")))]
    #[serde(rename = "type")]
    pub content_type: String,
    /// The size in bytes.
    pub size: u64,
    /// The SHA-256 of the content, 64 lower-case hexadecimal digits.
    #[cfg_attr(test, schemars(regex(pattern = r"^[0-9a-f]{64}$")))]
    pub sha256: String,
    /// Whether a reader must be signed in to download it.
    pub gated: bool,
}

impl Manifest {
    /// Parses and validates a manifest.
    ///
    /// # Errors
    /// When it is not JSON of this shape, has a version other than [`VERSION`], or holds a value
    /// that [`Manifest::validate`] refuses.
    pub fn from_json(bytes: &[u8]) -> Result<Self, ManifestError> {
        // The version first: a later one may have another shape, and "missing field" would hide why.
        #[derive(Deserialize)]
        struct Version {
            version: u64,
        }
        let Version { version } = serde_json::from_slice(bytes).map_err(ManifestError::Syntax)?;
        if version != u64::from(VERSION) {
            return Err(ManifestError::Version { found: version });
        }
        let manifest: Self = serde_json::from_slice(bytes).map_err(ManifestError::Syntax)?;
        manifest.validate()?;
        Ok(manifest)
    }

    /// The manifest as JSON, the same bytes for the same content, with a line feed at the end.
    ///
    /// # Errors
    /// Only when the serialiser fails, which no value of this type is known to cause.
    pub fn to_json(&self) -> Result<Vec<u8>, ManifestError> {
        let mut bytes = serde_json::to_vec_pretty(self).map_err(ManifestError::Syntax)?;
        bytes.push(b'\n');
        Ok(bytes)
    }

    /// Checks what the types cannot say: content-addressed keys, media types, times, paths.
    ///
    /// # Errors
    /// [`ManifestError::Invalid`] for the first value that is wrong.
    pub fn validate(&self) -> Result<(), ManifestError> {
        check::manifest(self)
    }
}

/// Why a manifest was rejected.
#[derive(Debug)]
#[non_exhaustive]
pub enum ManifestError {
    /// Not JSON, or not of this shape.
    Syntax(serde_json::Error),
    /// Written by another version of the generator.
    Version {
        /// The version that the file states.
        found: u64,
    },
    /// An invalid value.
    Invalid {
        /// Its path, such as `media.lisbon-doorstep.renditions.preview.key`.
        place: String,
        /// What is wrong with it.
        reason: String,
    },
}

impl fmt::Display for ManifestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syntax(error) => write!(f, "the manifest cannot be read: {error}"),
            Self::Version { found } => write!(
                f,
                "the manifest has version {found}, and this program knows only version {VERSION}: \
                 use `dateline` and `dateline-auth` of the same release"
            ),
            Self::Invalid { place, reason } => write!(f, "the manifest's `{place}` {reason}"),
        }
    }
}

impl std::error::Error for ManifestError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Syntax(error) => Some(error),
            Self::Version { .. } | Self::Invalid { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests;
