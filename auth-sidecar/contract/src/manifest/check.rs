//! Rules for manifests beyond their types. An error names the path of the invalid value.

use crate::origin;

use super::{Dossier, Edition, Manifest, ManifestError, Rendition, VERSION};

fn invalid(place: impl Into<String>, reason: impl Into<String>) -> ManifestError {
    ManifestError::Invalid {
        place: place.into(),
        reason: reason.into(),
    }
}

pub(super) fn manifest(manifest: &Manifest) -> Result<(), ManifestError> {
    if manifest.version != VERSION {
        return Err(ManifestError::Version {
            found: manifest.version.into(),
        });
    }
    if origin::normal(&manifest.base_url).as_ref() != Some(&manifest.base_url) {
        return Err(invalid(
            "base_url",
            format!(
                "is {:?}, not an http or https origin in its normal form, such as https://news.example.org",
                manifest.base_url
            ),
        ));
    }
    if !manifest.languages.contains(&manifest.default_language) {
        return Err(invalid(
            "default_language",
            format!(
                "is {:?}, which is not one of `languages`",
                manifest.default_language
            ),
        ));
    }
    for (part, entries) in [("media", &manifest.media), ("pictures", &manifest.pictures)] {
        for (id, entry) in entries {
            let place = format!("{part}.{id}");
            if !is_segment(id) {
                return Err(invalid(place, "has an id that cannot stand in an address"));
            }
            dossier(manifest, &place, entry)?;
        }
    }
    let mut stories = manifest.pictures.keys();
    if let Some(id) = stories.find(|id| manifest.media.contains_key(*id)) {
        return Err(invalid(format!("pictures.{id}"), "has the id of a dossier"));
    }
    Ok(())
}

fn dossier(manifest: &Manifest, place: &str, dossier: &Dossier) -> Result<(), ManifestError> {
    for (language, entry) in &dossier.editions {
        edition(&format!("{place}.editions.{language}"), entry)?;
    }
    if let Some(terms) = &dossier.terms
        && !manifest.terms.contains_key(terms)
    {
        return Err(invalid(
            format!("{place}.terms"),
            format!("names {terms:?}, which `terms` does not hold"),
        ));
    }
    for (name, entry) in &dossier.renditions {
        let place = format!("{place}.renditions.{name}");
        if !is_segment(name) {
            return Err(invalid(place, "has a name that cannot stand in an address"));
        }
        rendition(&place, entry)?;
    }
    Ok(())
}

fn edition(place: &str, edition: &Edition) -> Result<(), ManifestError> {
    if let Some(path) = edition.page.as_ref().filter(|path| !is_site_path(path)) {
        return Err(invalid(
            format!("{place}.page"),
            format!("is {path:?}, not a path of the site"),
        ));
    }
    for (name, time) in [("release", &edition.release), ("expires", &edition.expires)] {
        if let Some(time) = time.as_ref().filter(|time| !is_rfc3339(time)) {
            return Err(invalid(
                format!("{place}.{name}"),
                format!("is {time:?}, not an RFC 3339 time"),
            ));
        }
    }
    Ok(())
}

fn rendition(place: &str, rendition: &Rendition) -> Result<(), ManifestError> {
    let Rendition {
        key,
        modified,
        file_name,
        content_type,
        sha256,
        ..
    } = rendition;
    if !is_sha256(sha256) {
        return Err(invalid(
            format!("{place}.sha256"),
            "is not 64 lower-case hexadecimal digits",
        ));
    }
    if !is_key_of(key, sha256) {
        return Err(invalid(
            format!("{place}.key"),
            format!("is {key:?}, not of the form sha256[0..2]/sha256/NAME"),
        ));
    }
    if !is_segment(file_name) {
        return Err(invalid(
            format!("{place}.file_name"),
            format!("is {file_name:?}, not a plain file name"),
        ));
    }
    if !is_media_type(content_type) {
        return Err(invalid(
            format!("{place}.type"),
            format!("is {content_type:?}, not a media type"),
        ));
    }
    if !is_rfc3339(modified) {
        return Err(invalid(
            format!("{place}.modified"),
            format!("is {modified:?}, not an RFC 3339 time"),
        ));
    }
    Ok(())
}

/// A path segment without a special meaning, on disk or in a URL.
fn is_segment(text: &str) -> bool {
    !text.is_empty()
        && text != "."
        && text != ".."
        && !text
            .chars()
            .any(|c| c.is_control() || c == '/' || c == '\\')
}

/// A path of this site: browsers take `//host/` and `/\host/` as other hosts.
fn is_site_path(text: &str) -> bool {
    text.starts_with('/')
        && !text.starts_with("//")
        && !text.contains('\\')
        && !text.chars().any(char::is_control)
}

fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// Exactly three segments, the first two made from the hash, so that a key can only lead to the
/// content it names.
fn is_key_of(key: &str, sha256: &str) -> bool {
    let mut segments = key.split('/');
    segments.next() == sha256.get(..2)
        && segments.next() == Some(sha256)
        && segments.next().is_some_and(is_segment)
        && segments.next().is_none()
}

/// `type/subtype`, optionally with parameters (RFC 9110 §8.3.1), safe to send as a header.
fn is_media_type(text: &str) -> bool {
    let essence = text.split(';').next().unwrap_or_default().trim_end();
    let token = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
    };
    text.bytes().all(|b| (b' '..=b'~').contains(&b))
        && essence
            .split_once('/')
            .is_some_and(|(kind, subtype)| token(kind) && token(subtype))
}

/// An RFC 3339 date-time with its offset, as the generator writes them.
fn is_rfc3339(text: &str) -> bool {
    fn number(bytes: &[u8]) -> Option<u32> {
        bytes.iter().try_fold(0, |sum, b| {
            b.is_ascii_digit().then(|| sum * 10 + u32::from(b - b'0'))
        })
    }
    fn parse(bytes: &[u8]) -> Option<()> {
        let (stamp, mut rest) = bytes.split_at_checked(19)?;
        let part = |from: usize, to: usize| number(&stamp[from..to]);
        let separators = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')];
        let (year, month, day) = (part(0, 4)?, part(5, 7)?, part(8, 10)?);
        let (hour, minute, second) = (part(11, 13)?, part(14, 16)?, part(17, 19)?);
        let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
        let days = match month {
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            4 | 6 | 9 | 11 => 30,
            2 if leap => 29,
            2 => 28,
            _ => return None,
        };
        if let Some(fraction) = rest.strip_prefix(b".") {
            let digits = fraction.iter().take_while(|b| b.is_ascii_digit()).count();
            if !(1..=9).contains(&digits) {
                return None;
            }
            rest = &fraction[digits..];
        }
        let offset = match rest {
            b"Z" => true,
            [b'+' | b'-', h1, h2, b':', m1, m2] => {
                number(&[*h1, *h2])? <= 23 && number(&[*m1, *m2])? <= 59
            }
            _ => false,
        };
        let in_range = (1..=days).contains(&day) && hour <= 23 && minute <= 59 && second <= 59;
        (separators.iter().all(|&(at, b)| stamp[at] == b) && in_range && offset).then_some(())
    }
    parse(text.as_bytes()).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_rfc_3339_with_an_offset() {
        for good in [
            "2025-01-27T18:00:00Z",
            "2025-01-27T18:00:00.5+01:00",
            "2024-02-29T23:59:59-11:30",
        ] {
            assert!(is_rfc3339(good), "{good}");
        }
        for bad in [
            "",
            "2025-01-27",
            "2025-01-27T18:00:00",
            "2025-02-29T18:00:00Z",
            "2025-13-01T00:00:00Z",
            "2025-01-27 18:00:00Z",
            "2025-01-27T24:00:00Z",
            "2025-01-27T18:00:00.Z",
            "2025-01-27T18:00:00+1:00",
            "２０２５-01-27T18:00:00Z",
        ] {
            assert!(!is_rfc3339(bad), "{bad}");
        }
    }

    #[test]
    fn site_paths_stay_on_the_site() {
        assert!(is_site_path("/en/video/a/"));
        for bad in ["", "en/", "//evil.example/", "/\\evil.example/", "/a\nb"] {
            assert!(!is_site_path(bad), "{bad:?}");
        }
    }
}
