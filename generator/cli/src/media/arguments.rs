//! The arguments of `dateline media add`, each value checked as a dossier's is.

use std::path::PathBuf;

use dateline::{
    base::path,
    parse::{rendition, timecode},
};

/// Arguments of `media add`.
#[derive(clap::Args)]
pub(super) struct AddArguments {
    /// The video
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The dossier: its id (lisbon-doorstep) or its file under content/media/; created if it does not exist
    #[arg(long, value_name = "DOSSIER")]
    pub to: String,
    /// The rendition's name in its address [default: the rendition that has this file, else from the file's name]
    #[arg(long, value_name = "NAME", value_parser = name)]
    pub name: Option<String>,
    /// What the rendition is, for people [default: as 1080p25]
    #[arg(long, value_name = "TEXT")]
    pub label: Option<String>,
    /// An account is needed to download it
    #[arg(long, conflicts_with = "public")]
    pub gated: bool,
    /// Anyone may download it, and it plays on the page
    #[arg(long)]
    pub public: bool,
    /// The title of a dossier that is made [default: from its id]
    #[arg(long, value_name = "TEXT")]
    pub title: Option<String>,
    /// The length of a dossier that is made: 00:01:30 [default: the file's]
    #[arg(long, value_name = "TIMECODE", value_parser = length)]
    pub duration: Option<String>,
    /// The media type, such as video/mp4 [default: found in the file or by its ending]
    #[arg(long = "type", value_name = "TYPE", value_parser = media_type)]
    pub media_type: Option<String>,
    /// The codec, for people: "H.264 High" [default: found in the file]
    #[arg(long, value_name = "TEXT")]
    pub codec: Option<String>,
    /// The picture's size in pixels, 1920x1080 [default: found in the file]
    #[arg(long, value_name = "WxH", value_parser = picture)]
    pub picture: Option<String>,
    /// Frames a second: 25, 29.97 or 30000/1001 [default: found in the file]
    #[arg(long, value_name = "RATE", value_parser = frame_rate)]
    pub frame_rate: Option<String>,
    /// The audio layout, for people: "Stereo, clean" [default: found in the file]
    #[arg(long, value_name = "TEXT")]
    pub audio: Option<String>,
    /// The media storage: a folder, or s3://BUCKET/PREFIX?endpoint=…&region=… [default: `storage` of [media] in
    /// site.toml, or media/ beside content/]
    #[arg(long, value_name = "STORAGE")]
    pub media: Option<String>,
    /// Print findings and the result as JSON, one on a line, to standard output
    #[arg(long)]
    pub json: bool,
}

fn accepted(text: &str, good: bool, hint: &str) -> Result<String, String> {
    match good {
        true => Ok(text.to_owned()),
        false => Err(hint.to_owned()),
    }
}

fn name(text: &str) -> Result<String, String> {
    let good = !text.is_empty() && path::slug(text) == text;
    accepted(text, good, "use lower-case letters, digits and hyphens")
}

fn length(text: &str) -> Result<String, String> {
    let good = timecode(text).is_some_and(|t| t > 0.0);
    accepted(text, good, "write hours, minutes and seconds: 00:01:30")
}

fn media_type(text: &str) -> Result<String, String> {
    accepted(
        text,
        rendition::is_media_type(text),
        "write it as in video/mp4",
    )
}

fn picture(text: &str) -> Result<String, String> {
    let good = rendition::dimensions(text).is_some();
    accepted(text, good, "write width and height: 1920x1080")
}

fn frame_rate(text: &str) -> Result<String, String> {
    let good = rendition::frames(text).is_some();
    accepted(text, good, "write 25, 29.97 or 30000/1001")
}
