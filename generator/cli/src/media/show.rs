//! `dateline media facts FILE`: what a picture or video says of itself, and what a picture holds that is private.

use std::{
    io::{self, Read},
    path::{Path, PathBuf},
    process::ExitCode,
};

use serde_json::{Value, json};

use super::{
    facts::{self, Facts},
    source::failed,
    wrong,
};
use crate::output::Voice;
use dateline::base::{attachment, diag::Diagnostic, files};
use dateline_pictures::{self as pictures, Field};

/// Arguments of `media facts`.
#[derive(clap::Args)]
pub(super) struct FactsArguments {
    /// A picture or a video
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Print the facts as JSON to standard output
    #[arg(long)]
    json: bool,
}

/// No picture for the web is larger, in bytes.
const MOST: u64 = 256 << 20;

pub(super) fn run(root: &Path, arguments: &FactsArguments) -> ExitCode {
    match facts(&arguments.file) {
        Ok((text, object)) => {
            Voice::new(arguments.json).done(text.trim_end(), &object);
            ExitCode::SUCCESS
        }
        Err(diag) => super::refuse(root, arguments.json, *diag),
    }
}

fn facts(file: &Path) -> Result<(String, Value), Box<Diagnostic>> {
    if file.to_str().and_then(attachment::kind) == Some(attachment::Kind::Picture) {
        let bytes = picture(file).map_err(|e| failed("read", file, &e))?;
        let picture = pictures::Picture::read(&bytes).map_err(|_| {
            let message = format!("{} is not the picture that its name says", file.display());
            wrong(message, "save it again, as JPEG, PNG, WebP or AVIF")
        })?;
        return Ok(of_picture(&picture.facts));
    }
    files::open(file).map_err(|e| failed("read", file, &e))?;
    let facts = facts::of(file);
    match facts.media_type {
        Some(_) => Ok(of_video(&facts)),
        None => {
            let message = format!("{} is neither a picture nor a video", file.display());
            let hint = "name a JPEG, PNG, WebP, AVIF or GIF, or a video file";
            Err(wrong(message, hint))
        }
    }
}

fn picture(file: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = files::open(file)?;
    if file.metadata()?.len() > MOST {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    file.take(MOST).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn of_picture(facts: &pictures::Facts) -> (String, Value) {
    let (width, height) = facts.shown();
    let mut text = format!("{}, {width} × {height} pixels", facts.format.name());
    if let (Some(colours), Some(bits)) = (facts.colours, facts.bits) {
        text += &format!(", {} with {bits} bits", colours.name());
    }
    if facts.profile {
        text += ", with a colour profile";
    }
    if facts.orientation != 1 {
        text += &format!(", turned (orientation {})", facts.orientation);
    }
    text += "\n";
    let mut rights = serde_json::Map::new();
    for (field, value) in facts.rights.iter() {
        text += &format!("{}: {value}\n", named(field));
        rights.insert(field.name().to_owned(), value.into());
    }
    let mut contradictions = Vec::new();
    for c in &facts.contradictions {
        let (field, layer, other) = (named(c.field), c.layer.name(), c.other.name());
        text += &format!(
            "contradiction: {other} has another {field} than {layer}, which counts: {}\n",
            c.value
        );
        contradictions.push(json!({
            "field": c.field.name(),
            "counts": layer,
            "other": other,
            "value": c.value,
        }));
    }
    let private: Vec<&str> = facts.private.iter().map(|p| p.name()).collect();
    if !private.is_empty() {
        text += &format!("private, not published: {}\n", private.join(", "));
    }
    let object = json!({
        "format": facts.format.name(),
        "width": width,
        "height": height,
        "orientation": facts.orientation,
        "bits": facts.bits,
        "colours": facts.colours.map(|c| c.name()),
        "profile": facts.profile,
        "rights": rights,
        "contradictions": contradictions,
        "private": private,
    });
    (text, object)
}

/// `usage_terms` → `usage terms`.
fn named(field: Field) -> String {
    field.name().replace('_', " ")
}

fn of_video(facts: &Facts) -> (String, Value) {
    let duration = facts.duration.map(|seconds| format!("{seconds:.1} s"));
    let lines = [
        ("type", &facts.media_type),
        ("codec", &facts.codec),
        ("picture", &facts.picture),
        ("frame rate", &facts.frame_rate),
        ("audio", &facts.audio),
        ("duration", &duration),
    ];
    let known = lines
        .iter()
        .filter_map(|(name, value)| Some((name, value.as_ref()?)));
    let text = known
        .map(|(name, value)| format!("{name}: {value}\n"))
        .collect();
    let object = json!({
        "type": facts.media_type,
        "codec": facts.codec,
        "picture": facts.picture,
        "frame_rate": facts.frame_rate,
        "audio": facts.audio,
        "duration": facts.duration,
        "interlaced": facts.interlaced,
    });
    (text, object)
}
