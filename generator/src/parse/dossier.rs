//! What a video dossier's front matter has beside an article's.

use serde::{Deserialize, Serialize};

use super::{
    image::ImageMeta,
    lines::markdown,
    rendition::{Rendition, renditions},
};
use crate::{
    base::{
        attachment::{self, Kind},
        fields::{At, Fields},
    },
    config::LangId,
    discover::SourceFile,
};

/// Subtitles in one language.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Captions {
    /// Language code.
    pub lang: String,
    /// A WebVTT file, by path.
    pub file: At<String>,
}

/// A line of the shotlist.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shot {
    /// Seconds from the start, and where they are written.
    pub at: At<f64>,
    /// As the editor wrote it.
    pub timecode: String,
    /// What one sees, in Markdown.
    pub text: String,
    /// Who speaks.
    pub speaker: Option<String>,
    /// What they say, in Markdown.
    pub quote: Option<String>,
}

/// A dossier's own keys.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DossierMeta {
    /// Where it was filmed.
    pub place: Option<String>,
    /// Seconds.
    pub duration: Option<f64>,
    /// Download terms of `site.toml`.
    pub terms: Option<At<String>>,
    /// A picture beside the dossier.
    pub poster: Option<ImageMeta>,
    /// The description of the poster that a translation takes from its source.
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
pub(super) fn read(
    f: &mut Fields<'_>,
    source: &SourceFile,
    lines: &mut Vec<At<String>>,
) -> DossierMeta {
    let is_source = source.lang == LangId::default();
    let duration = time(f, "duration");
    if let Some(duration) = &duration
        && duration.value <= 0.0
    {
        f.push(
            duration.span.clone(),
            "a video of no length cannot be shown".to_owned(),
            "write how long it is: duration = \"00:01:30\"",
        );
    }
    if is_source && duration.is_none() && !f.tried("duration") {
        f.missing("duration", "add duration = \"00:01:30\"");
    }
    let mut meta = DossierMeta {
        place: f.text("place").map(|t| t.value),
        duration: duration.as_ref().map(|d| d.value),
        terms: f.text("terms"),
        poster: poster(f, lines),
        poster_alt: poster_alt(f),
        transcript: f.text("transcript"),
        renditions: renditions(f),
        captions: captions(f),
        shots: shots(f, duration.map(|d| d.value), lines),
    };
    if let Some(poster) = &mut meta.poster
        && let Some(alt) = meta.poster_alt.take()
    {
        poster.said.alt.get_or_insert(alt);
    }
    if is_source && meta.renditions.is_empty() {
        f.missing(
            "rendition",
            "add a file with dateline media add FILE --to ID, or describe one under `rendition`, with name, file, label, gated, type, size and sha256",
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

fn poster(f: &mut Fields<'_>, lines: &mut Vec<At<String>>) -> Option<ImageMeta> {
    let table = f.table_or_text("poster", "src")?;
    let mut t = f.inside(table);
    let poster = ImageMeta::read(&mut t, lines);
    if let Some(ImageMeta { src, .. }) = &poster
        && !matches!(
            attachment::kind(&src.value),
            Some(Kind::Picture | Kind::Svg)
        )
    {
        t.push(
            src.span.clone(),
            format!("“{}” is not a picture", src.value),
            "save a frame of the video as JPEG, PNG, WebP or AVIF and name that file",
        );
    }
    t.done();
    poster
}

/// An empty one says that the poster is decorative.
fn poster_alt(f: &mut Fields<'_>) -> Option<String> {
    match f.text("poster_alt") {
        Some(alt) => Some(alt.value),
        None => f.tried("poster_alt").then(String::new),
    }
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
        if let Some(lang) = &lang
            && out.iter().any(|c| c.lang == lang.value)
        {
            t.push(
                lang.span.clone(),
                format!("there are two captions in `{}`", lang.value),
                "keep one file for each language",
            );
        }
        if let Some(file) = &file
            && !file.value.to_ascii_lowercase().ends_with(".vtt")
        {
            t.push(
                file.span.clone(),
                format!("“{}” is not a WebVTT file", file.value),
                "browsers show captions from .vtt files alone: save them as WebVTT",
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

fn shots(f: &mut Fields<'_>, duration: Option<f64>, lines: &mut Vec<At<String>>) -> Vec<Shot> {
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
                Some(at) if out.last().is_some_and(|s| s.at.value > at) => Some((
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
        let text = markdown(text, lines);
        if let (Some(written), Some(Some(at)), Some(text)) = (written, at, text) {
            out.push(Shot {
                at: At {
                    value: at,
                    span: written.span,
                },
                timecode: written.value,
                text,
                speaker: speaker.map(|t| t.value),
                quote: markdown(quote, lines),
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
