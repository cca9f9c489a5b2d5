//! What a video dossier's front matter has beside an article's.

use crate::{
    base::fields::{At, Fields, Words},
    discover::SourceFile,
};

/// A file of a dossier.
#[derive(Clone, Debug, PartialEq)]
pub struct Rendition {
    /// What stands in its address.
    pub name: String,
    /// The editor's file name.
    pub file: At<String>,
    /// What it is, for people.
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
    /// Picture size: `1920x1080`.
    pub picture: Option<String>,
    /// Frames a second, for people.
    pub frame_rate: Option<String>,
    /// Audio layout: `Stereo, clean`.
    pub audio: Option<String>,
}

impl Rendition {
    /// Where the file lies in the media storage. Made from the content, so that a manifest and a
    /// file can't disagree.
    pub fn key(&self) -> String {
        format!(
            "{}/{}/{}",
            self.sha256.get(..2).unwrap_or("00"),
            self.sha256,
            self.file.value
        )
    }

    /// Width and height in pixels, where `picture` says so.
    pub fn dimensions(&self) -> Option<(u32, u32)> {
        let (width, height) = self.picture.as_deref()?.split_once(['x', '×'])?;
        Some((width.trim().parse().ok()?, height.trim().parse().ok()?))
    }
}

/// Subtitles in one language.
#[derive(Clone, Debug, PartialEq)]
pub struct Captions {
    /// Language code.
    pub lang: String,
    /// A WebVTT file, by path.
    pub file: At<String>,
}

/// A line of the shotlist.
#[derive(Clone, Debug, PartialEq)]
pub struct Shot {
    /// Seconds from the start.
    pub at: f64,
    /// As the editor wrote it.
    pub timecode: String,
    /// What one sees.
    pub text: String,
    /// Who speaks.
    pub speaker: Option<String>,
    /// What they say.
    pub quote: Option<String>,
}

/// A dossier's own keys.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DossierMeta {
    /// Where it was filmed.
    pub place: Option<String>,
    /// Seconds.
    pub duration: Option<f64>,
    /// Download terms of `site.toml`.
    pub terms: Option<At<String>>,
    /// A picture beside the dossier.
    pub poster: Option<At<String>>,
    /// Its description.
    pub poster_alt: Option<String>,
    /// A Markdown file beside the dossier, without front matter.
    pub transcript: Option<At<String>>,
    /// The files.
    pub renditions: Vec<Rendition>,
    /// Subtitles.
    pub captions: Vec<Captions>,
    /// The shotlist.
    pub shots: Vec<Shot>,
}

/// Seconds of a timecode `HH:MM:SS`, `MM:SS` or with a fraction (`00:00:07.480`).
pub fn timecode(text: &str) -> Option<f64> {
    let mut seconds = 0.0;
    let parts: Vec<&str> = text.split(':').collect();
    if !(2..=3).contains(&parts.len()) {
        return None;
    }
    for (i, part) in parts.iter().enumerate() {
        let last = i + 1 == parts.len();
        let (whole, fraction) = part.split_once('.').unwrap_or((part, "0"));
        let digits =
            |t: &str| !t.is_empty() && t.len() <= 3 && t.bytes().all(|b| b.is_ascii_digit());
        if !digits(whole) || !digits(fraction) || (!last && part.contains('.')) {
            return None;
        }
        let value: f64 = part.parse().ok()?;
        if i > 0 && value >= 60.0 {
            return None;
        }
        seconds = seconds * 60.0 + value;
    }
    Some(seconds)
}

/// Reads a dossier's own keys. A translation may leave all of them out.
pub(super) fn read(f: &mut Fields<'_>, source: &SourceFile) -> DossierMeta {
    let is_source = source.lang == 0;
    let duration = time(f, "duration");
    if is_source && duration.is_none() && !f.tried("duration") {
        f.missing("duration", "add duration = \"00:01:30\"");
    }
    let meta = DossierMeta {
        place: f.text("place").map(|t| t.value),
        duration: duration.as_ref().map(|d| d.value),
        terms: f.text("terms"),
        poster: f.text("poster"),
        poster_alt: f.text("poster_alt").map(|t| t.value),
        transcript: f.text("transcript"),
        renditions: renditions(f),
        captions: captions(f),
        shots: shots(f, duration.map(|d| d.value)),
    };
    if is_source && meta.renditions.is_empty() {
        f.missing(
            "rendition",
            "add [[rendition]] with name, file, label, gated, type, size and sha256",
        );
    }
    meta
}

fn time(f: &mut Fields<'_>, key: &'static str) -> Option<At<f64>> {
    let text = f.text(key)?;
    let value = timecode(&text.value);
    if value.is_none() {
        f.push(
            text.span.clone(),
            format!("`{key}`: “{}” is not a timecode", text.value),
            "write hours, minutes and seconds, as in \"00:01:30\"",
        );
    }
    Some(At {
        value: value?,
        span: text.span,
    })
}

fn renditions(f: &mut Fields<'_>) -> Vec<Rendition> {
    let mut out: Vec<Rendition> = Vec::new();
    for table in f.tables("rendition") {
        let mut t = f.inside(table);
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
        let media_type = t.required_text("type");
        let size = t.count("size");
        let sha256 = t.required_text("sha256");
        let (codec, picture) = (t.text("codec"), t.text("picture"));
        let (frame_rate, audio) = (t.text("frame_rate"), t.text("audio"));
        if let Some(name) = &name {
            if crate::base::path::slug(&name.value) != name.value {
                t.push(
                    name.span.clone(),
                    format!("“{}” cannot stand in an address", name.value),
                    "use lower-case letters, digits and hyphens",
                );
            } else if out.iter().any(|r| r.name == name.value) {
                t.push(
                    name.span.clone(),
                    format!("there are two renditions `{}`", name.value),
                    "give each a name of its own",
                );
            }
        }
        if let Some(file) = &file
            && (file.value.contains(['/', '\\', '\0']) || file.value.starts_with('.'))
        {
            t.push(
                file.span.clone(),
                "`file` is a file's name alone, without folders".to_owned(),
                "the file lies in the media storage under its checksum",
            );
        }
        if let Some(sum) = &sha256
            && (sum.value.len() != 64
                || !sum
                    .value
                    .bytes()
                    .all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')))
        {
            t.push(
                sum.span.clone(),
                "`sha256` must have 64 hexadecimal digits in lower case".to_owned(),
                "take them from `sha256sum FILE`",
            );
        }
        if gated.is_none() && !t.tried("gated") {
            t.missing(
                "gated",
                "write gated = true where an account is needed, else gated = false",
            );
        }
        if size.is_none() && !t.tried("size") {
            t.missing("size", "write the file's bytes: size = 5368709120");
        }
        t.done();
        let (Some(name), Some(file), Some(label), Some(gated)) = (name, file, label, gated) else {
            continue;
        };
        let (Some(media_type), Some(size), Some(sha256)) = (media_type, size, sha256) else {
            continue;
        };
        let text = |t: Option<At<String>>| t.map(|t| t.value);
        out.push(Rendition {
            name: name.value,
            file,
            label,
            gated,
            media_type: media_type.value,
            size,
            sha256: sha256.value,
            codec: text(codec),
            picture: text(picture),
            frame_rate: text(frame_rate),
            audio: text(audio),
        });
    }
    out
}

fn captions(f: &mut Fields<'_>) -> Vec<Captions> {
    let mut out: Vec<Captions> = Vec::new();
    for table in f.tables("captions") {
        let mut t = f.inside(table);
        let (lang, file) = (t.required_text("lang"), t.required_text("file"));
        if let Some(lang) = &lang
            && crate::base::lang::Lang::parse(&lang.value).is_none()
        {
            t.push(
                lang.span.clone(),
                format!("“{}” is not a language code", lang.value),
                "use a code such as en, fr or pt-BR",
            );
        }
        t.done();
        if let (Some(lang), Some(file)) = (lang, file) {
            out.push(Captions {
                lang: lang.value,
                file,
            });
        }
    }
    out
}

fn shots(f: &mut Fields<'_>, duration: Option<f64>) -> Vec<Shot> {
    let mut out: Vec<Shot> = Vec::new();
    for table in f.tables("shot") {
        let mut t = f.inside(table);
        let written = t.text("at");
        if written.is_none() && !t.tried("at") {
            t.missing("at", "say when the shot begins: at = \"00:00:07\"");
        }
        let at = written.as_ref().map(|w| timecode(&w.value));
        let text = t.required_text("text");
        let (speaker, quote) = (t.text("speaker"), t.text("quote"));
        if let (Some(written), Some(at)) = (&written, at) {
            let problem = match at {
                None => Some((
                    format!("“{}” is not a timecode", written.value),
                    "write it as \"00:00:07\"",
                )),
                Some(at) if duration.is_some_and(|d| at > d) => Some((
                    format!("{} lies beyond the end of the video", written.value),
                    "correct it, or `duration`",
                )),
                Some(at) if out.last().is_some_and(|s| s.at > at) => Some((
                    format!("{} comes before the shot above it", written.value),
                    "put the shots in the order of the video",
                )),
                Some(_) => None,
            };
            if let Some((message, hint)) = problem {
                t.push(written.span.clone(), message, hint);
            }
        }
        t.done();
        if let (Some(written), Some(Some(at)), Some(text)) = (written, at, text) {
            let text_of = |t: Option<At<String>>| t.map(|t| t.value);
            out.push(Shot {
                at,
                timecode: written.value,
                text: text.value,
                speaker: text_of(speaker),
                quote: text_of(quote),
            });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::timecode;

    #[test]
    fn timecodes_are_seconds() {
        assert_eq!(timecode("00:00:07"), Some(7.0));
        assert_eq!(timecode("01:02:03.5"), Some(3723.5));
        assert_eq!(timecode("90:00"), Some(5400.0));
        for bad in [
            "7",
            "00:60",
            "00:00:61",
            "a:b",
            "00:-1",
            "1:2:3:4",
            "00:1.5:00",
            "",
        ] {
            assert_eq!(timecode(bad), None, "{bad}");
        }
    }
}
