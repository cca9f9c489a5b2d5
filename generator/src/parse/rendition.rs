//! The files of a dossier: `[[rendition]]` in its front matter.

use serde::{Deserialize, Serialize};

use crate::base::{
    fields::{At, Fields, Words},
    path,
};

/// The folder beside `content/` that holds the files of dossiers under their checksums.
pub const STORAGE: &str = "media";

/// The longest name of a file, in bytes: what common file systems hold.
const LONGEST_NAME: usize = 255;

/// A file of a dossier.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rendition {
    /// What stands in its address.
    pub name: String,
    /// The editor's file name.
    pub file: At<String>,
    /// A label for readers.
    pub label: Words,
    /// Whether an account is needed.
    pub gated: bool,
    /// Media type (RFC 6838), such as `video/mp4`.
    pub media_type: String,
    /// Bytes.
    pub size: u64,
    /// Of the content, 64 hexadecimal digits.
    pub sha256: String,
    /// Codec, for people: `H.264`.
    pub codec: Option<String>,
    /// Picture size in pixels: `1920x1080`.
    pub picture: Option<String>,
    /// Frames a second, a number or a fraction: `25`, `29.97`, `30000/1001`.
    pub frame_rate: Option<String>,
    /// Audio layout, for people: `Stereo, clean`.
    pub audio: Option<String>,
}

impl Rendition {
    /// Where the file lies in the media storage. Made from the content, so that a manifest and a
    /// file can't disagree.
    pub fn key(&self) -> String {
        key(&self.sha256, &self.file.value)
    }

    /// Width and height in pixels, where `picture` says so.
    pub fn dimensions(&self) -> Option<(u32, u32)> {
        dimensions(self.picture.as_deref()?)
    }

    /// Frames a second as a number, where `frame_rate` says so.
    pub fn frames(&self) -> Option<f64> {
        frames(self.frame_rate.as_deref()?)
    }
}

/// Where a file lies in the media storage: `sha256[0..2]/sha256/NAME`.
pub fn key(sha256: &str, name: &str) -> String {
    format!("{}/{sha256}/{name}", sha256.get(..2).unwrap_or("00"))
}

/// Width and height of `1920x1080`, each from 1 to 99 999.
pub fn dimensions(picture: &str) -> Option<(u32, u32)> {
    let (width, height) = picture.split_once(['x', '×'])?;
    let pixels = |text: &str| {
        let text = text.trim();
        let digits = (1..=5).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        text.parse().ok().filter(|n| digits && *n > 0)
    };
    Some((pixels(width)?, pixels(height)?))
}

/// The number that `25`, `29.97` or `30000/1001` means; above 0, and 1000 at most.
pub fn frames(rate: &str) -> Option<f64> {
    let number = |text: &str| {
        let plain = text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        text.parse::<f64>().ok().filter(|n| plain && *n > 0.0)
    };
    let value = match rate.split_once('/') {
        Some((above, below)) => number(above)? / number(below)?,
        None => number(rate)?,
    };
    (value <= 1000.0).then_some(value)
}

/// `type/subtype`, optionally with parameters (RFC 6838): what the sidecar takes too.
pub fn is_media_type(text: &str) -> bool {
    let essence = text.split(';').next().unwrap_or_default().trim_end();
    let token = |part: &str| {
        let mark = |b: u8| b"!#$&^_.+-".contains(&b);
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || mark(b))
    };
    let printable = text.bytes().all(|b| (b' '..=b'~').contains(&b));
    printable
        && essence
            .split_once('/')
            .is_some_and(|(kind, subtype)| token(kind) && token(subtype))
}

/// Why a text cannot be the name of a stored file, and what to do.
pub fn bad_file_name(name: &str) -> Option<(&'static str, &'static str)> {
    if name.contains(['/', '\\', '\0']) || name.starts_with('.') {
        return Some((
            "`file` is a file's name alone, without folders",
            "the file lies in the media storage under its checksum",
        ));
    }
    if name.chars().any(char::is_control) {
        return Some((
            "`file` holds a character that no name should have",
            "rename the file: letters, digits, hyphens and one point",
        ));
    }
    (name.len() > LONGEST_NAME).then_some((
        "`file` is longer than a file's name can be",
        "rename the file: 255 bytes at most",
    ))
}

pub(super) fn renditions(f: &mut Fields<'_>) -> Vec<Rendition> {
    let mut out: Vec<Rendition> = Vec::new();
    for table in f.tables("rendition") {
        let mut t = f.inside(table);
        let rendition = one(&mut t, &out);
        t.done();
        out.extend(rendition);
    }
    out
}

fn one(t: &mut Fields<'_>, above: &[Rendition]) -> Option<Rendition> {
    let name = t.required_text("name");
    let file = t.required_text("file");
    let label = t.words("label");
    if label.is_none() && !t.tried("label") {
        t.missing(
            "label",
            "say what it is: label = \"Broadcast quality, 1080i50\"",
        );
    }
    let gated = t.bool("gated");
    if gated.is_none() && !t.tried("gated") {
        t.missing(
            "gated",
            "write gated = true where an account is needed, else gated = false",
        );
    }
    if let Some(name) = &name {
        check_name(t, name, above);
    }
    if let Some(file) = &file
        && let Some((message, hint)) = bad_file_name(&file.value)
    {
        t.push(file.span.clone(), message.to_owned(), hint);
    }
    let (media_type, size, sha256) = identity(t);
    let (codec, audio) = (t.text("codec"), t.text("audio"));
    let picture = checked(
        t,
        "picture",
        |text| dimensions(text).is_some(),
        "a picture's size",
        "write width and height in pixels: picture = \"1920x1080\"",
    );
    let frame_rate = checked(
        t,
        "frame_rate",
        |text| frames(text).is_some(),
        "a number of frames a second",
        "write it as \"25\", \"29.97\" or \"30000/1001\"",
    );
    Some(Rendition {
        name: name?.value,
        file: file?,
        label: label?,
        gated: gated?,
        media_type: media_type?,
        size: size?,
        sha256: sha256?,
        codec: codec.map(|c| c.value),
        picture,
        frame_rate,
        audio: audio.map(|a| a.value),
    })
}

fn check_name(t: &mut Fields<'_>, name: &At<String>, above: &[Rendition]) {
    if path::slug(&name.value) != name.value {
        t.push(
            name.span.clone(),
            format!("“{}” cannot stand in an address", name.value),
            "use lower-case letters, digits and hyphens",
        );
    } else if above.iter().any(|r| r.name == name.value) {
        t.push(
            name.span.clone(),
            format!("there are two renditions `{}`", name.value),
            "give each a name of its own",
        );
    }
}

/// The technical keys of a file: media type, size, checksum.
fn identity(t: &mut Fields<'_>) -> (Option<String>, Option<u64>, Option<String>) {
    let media_type = t.required_text("type");
    if let Some(text) = &media_type
        && !is_media_type(&text.value)
    {
        t.push(
            text.span.clone(),
            format!("“{}” is not a media type", text.value),
            "write it as in type = \"video/mp4\" or type = \"video/quicktime\"",
        );
    }
    let at = t.place("size");
    let size = t.count("size");
    match (size, at) {
        (Some(0), Some(at)) => t.push(
            at,
            "`size` is 0, and an empty file is no video".to_owned(),
            "write the file's bytes: size = 5368709120",
        ),
        (None, _) if !t.tried("size") => {
            t.missing("size", "write the file's bytes: size = 5368709120");
        }
        _ => {}
    }
    let sha256 = t.required_text("sha256");
    let hex = |b: u8| matches!(b, b'0'..=b'9' | b'a'..=b'f');
    if let Some(sum) = &sha256
        && (sum.value.len() != 64 || !sum.value.bytes().all(hex))
    {
        t.push(
            sum.span.clone(),
            "`sha256` must have 64 hexadecimal digits in lower case".to_owned(),
            "take them from `sha256sum FILE`",
        );
    }
    (media_type.map(|t| t.value), size, sha256.map(|s| s.value))
}

/// An optional text that `good` must accept.
fn checked(
    t: &mut Fields<'_>,
    key: &'static str,
    good: impl Fn(&str) -> bool,
    what: &str,
    hint: &str,
) -> Option<String> {
    let text = t.text(key)?;
    if !good(&text.value) {
        let message = format!("`{key}`: “{}” is not {what}", text.value);
        t.push(text.span, message, hint);
        return None;
    }
    Some(text.value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_and_rates_are_numbers() {
        assert_eq!(dimensions("1920x1080"), Some((1920, 1080)));
        assert_eq!(dimensions("1920 × 1080"), Some((1920, 1080)));
        for bad in ["1080", "0x5", "x", "+5x5", "1920x1080p", "123456x1"] {
            assert_eq!(dimensions(bad), None, "{bad}");
        }
        assert_eq!(frames("25"), Some(25.0));
        assert!(frames("30000/1001").is_some_and(|f| (f - 29.97).abs() < 0.01));
        for bad in ["", "0", "25 fps", "25/0", "-1", "1001", "1e2", "inf", "/"] {
            assert_eq!(frames(bad), None, "{bad}");
        }
    }

    #[test]
    fn media_types_have_two_parts() {
        for good in ["video/mp4", "application/mxf", "video/mp4; codecs=\"avc1\""] {
            assert!(is_media_type(good), "{good}");
        }
        for bad in [
            "video",
            "video/",
            "/mp4",
            "video/mp4/x",
            "vidéo/mp4",
            "a b/c",
        ] {
            assert!(!is_media_type(bad), "{bad}");
        }
    }
}
