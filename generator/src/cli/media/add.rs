//! `dateline media add FILE --to DOSSIER`: a file into the storage, and into its dossier.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use super::{
    edit::{self, Field, Refusal, Wanted, When},
    facts::{self, Facts},
    storage::{self, Stored, failed},
};
use crate::{
    base::{diag::Diagnostic, files::Os, path},
    cli::{
        new::{now, quoted},
        output::{Voice, complain},
    },
    config::Config,
    parse::{
        rendition::{self, STORAGE},
        timecode,
    },
};

/// How far a file's length may lie from the dossier's, in seconds, before it is told.
const ALIKE: f64 = 1.0;

/// Arguments of `media add`.
#[derive(clap::Args)]
pub(super) struct AddArguments {
    /// The video, read once and copied
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The dossier: its id (lisbon-doorstep) or its file under content/media/; made if it is not there
    #[arg(long, value_name = "DOSSIER")]
    to: String,
    /// What stands in the rendition's address [default: the rendition that has this file, else from the file's name]
    #[arg(long, value_name = "NAME", value_parser = name)]
    name: Option<String>,
    /// What the rendition is, for people [default: as 1080p25]
    #[arg(long, value_name = "TEXT")]
    label: Option<String>,
    /// An account is needed to download it
    #[arg(long, conflicts_with = "public")]
    gated: bool,
    /// Anyone may download it, and it plays on the page
    #[arg(long)]
    public: bool,
    /// The title of a dossier that is made [default: from its id]
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    /// The length of a dossier that is made: 00:01:30 [default: the file's]
    #[arg(long, value_name = "TIMECODE", value_parser = length)]
    duration: Option<String>,
    /// The media type, such as video/mp4 [default: found in the file or by its ending]
    #[arg(long = "type", value_name = "TYPE", value_parser = media_type)]
    media_type: Option<String>,
    /// The codec, for people: "H.264 High" [default: found in the file]
    #[arg(long, value_name = "TEXT")]
    codec: Option<String>,
    /// The picture's size in pixels, 1920x1080 [default: found in the file]
    #[arg(long, value_name = "WxH", value_parser = picture)]
    picture: Option<String>,
    /// Frames a second: 25, 29.97 or 30000/1001 [default: found in the file]
    #[arg(long, value_name = "RATE", value_parser = frame_rate)]
    frame_rate: Option<String>,
    /// The audio layout, for people: "Stereo, clean" [default: found in the file]
    #[arg(long, value_name = "TEXT")]
    audio: Option<String>,
    /// The media storage [default: media/ beside content/]
    #[arg(long, value_name = "DIR")]
    media: Option<PathBuf>,
    /// Print findings and the result as JSON, one on a line, to standard output
    #[arg(long)]
    json: bool,
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

fn wrong(message: impl Into<String>, hint: impl Into<String>) -> Box<Diagnostic> {
    Box::new(Diagnostic::error(message).hint(hint))
}

/// A dossier's source.
struct Dossier {
    /// From the root: `content/media/lisbon-doorstep.md`.
    path: String,
    id: String,
    /// As it is now; `None` when it is not there yet.
    text: Option<String>,
}

pub(super) fn run(root: &Path, arguments: AddArguments) -> ExitCode {
    match add(root, &arguments) {
        Ok((line, object)) => {
            Voice::new(arguments.json).done(&line, &object);
            ExitCode::SUCCESS
        }
        Err(diag) => super::refuse(root, arguments.json, *diag),
    }
}

type Told = (String, serde_json::Value);

fn add(root: &Path, arguments: &AddArguments) -> Result<Told, Box<Diagnostic>> {
    let config = configuration(root)?;
    let dossier = dossier(root, &arguments.to)?;
    let file_name = file_name(&arguments.file)?;
    let name = rendition_name(arguments, &dossier, &file_name)?;
    let known = dossier.text.as_deref().map(edit::renditions);
    let fresh = known.is_none_or(|all| all.iter().all(|(n, _)| *n != name));
    if fresh && !arguments.gated && !arguments.public {
        return Err(wrong(
            format!("is `{name}` for everybody, or for those who have an account?"),
            "say --public or --gated",
        ));
    }
    // What can fail is tried before a file of many gigabytes is copied.
    fs::metadata(&arguments.file).map_err(|e| failed("read", &arguments.file, &e))?;
    let facts = with_flags(facts::of(&arguments.file), arguments);
    if facts.media_type.is_none() {
        let message = format!("it cannot be told what {file_name} is");
        return Err(wrong(message, "say it with --type, as in --type video/mp4"));
    }
    if dossier.text.is_none() && facts.duration.is_none() {
        let message = format!("it cannot be told how long {file_name} is");
        return Err(wrong(
            message,
            "say it with --duration, as in --duration 00:01:30",
        ));
    }
    let storage = arguments
        .media
        .clone()
        .unwrap_or_else(|| root.join(STORAGE));
    let stored = storage::put(&arguments.file, &storage, &file_name)?;
    let wanted = wanted(&name, &file_name, arguments, &facts, &stored);
    let state = write(root, &config, &dossier, &wanted, arguments, &facts)?;
    let place = if stored.fresh {
        "stored"
    } else {
        "was stored already"
    };
    let line = format!(
        "{}: {state} `{name}`; {file_name} {place} ({} bytes, SHA-256 {})",
        dossier.path, stored.size, stored.sha256
    );
    let object = serde_json::json!({ "added": {
        "dossier": dossier.path, "rendition": name, "key": stored.key, "size": stored.size, "sha256": stored.sha256,
        "stored": stored.fresh, "changed": state != UNCHANGED,
    } });
    Ok((line, object))
}

fn configuration(root: &Path) -> Result<Config, Box<Diagnostic>> {
    let mut diags = Vec::new();
    let config = Config::load(&Os::new(root), &mut diags);
    config.ok_or_else(|| {
        let first = diags.into_iter().next();
        Box::new(first.unwrap_or_else(|| Diagnostic::error("content/site.toml cannot be read")))
    })
}

fn dossier(root: &Path, to: &str) -> Result<Dossier, Box<Diagnostic>> {
    let path = match to.strip_suffix(".md") {
        None if to.contains(['/', '\\']) || path::slug(to) != to || to.is_empty() => {
            return Err(wrong(
                format!("“{to}” is not the id of a dossier"),
                "use lower-case letters, digits and hyphens, or name its file: content/media/ID.md",
            ));
        }
        None => format!("content/media/{to}.md"),
        Some(_) => {
            let own = root.to_string_lossy();
            let inside = to.strip_prefix(own.as_ref()).unwrap_or(to);
            path::normalise(inside).unwrap_or_default()
        }
    };
    let id = path
        .strip_prefix("content/media/")
        .and_then(|p| p.rsplit('/').next())
        .and_then(|name| name.strip_suffix(".md"))
        .filter(|id| !id.is_empty() && path::slug(id) == *id);
    let Some(id) = id else {
        return Err(wrong(
            format!("“{to}” is not the file of a dossier"),
            "dossiers lie in content/media/; files belong to the one in the default language",
        ));
    };
    let text = match fs::read(root.join(&path)) {
        Ok(bytes) => {
            Some(String::from_utf8(bytes).map_err(|e| Diagnostic::not_utf8(&path, e.as_bytes()))?)
        }
        Err(e) if e.kind() == io::ErrorKind::NotFound => None,
        Err(e) => return Err(failed("read", &root.join(&path), &e)),
    };
    Ok(Dossier {
        id: id.to_owned(),
        path,
        text,
    })
}

fn file_name(file: &Path) -> Result<String, Box<Diagnostic>> {
    let Some(name) = file.file_name() else {
        return Err(wrong(
            format!("{} is not a file", file.display()),
            "name the video file itself",
        ));
    };
    let Some(name) = name.to_str() else {
        let message = format!("the name of {} is not UTF-8", file.display());
        return Err(wrong(message, "rename the file"));
    };
    match rendition::bad_file_name(name) {
        Some(_) => Err(wrong(
            format!("“{name}” cannot be the name of a download"),
            "rename the file: letters, digits, hyphens and one point, not at the start",
        )),
        None => Ok(name.to_owned()),
    }
}

/// The name that was given; else that of the rendition that has this file; else from the file's name.
fn rendition_name(
    arguments: &AddArguments,
    dossier: &Dossier,
    file_name: &str,
) -> Result<String, Box<Diagnostic>> {
    if let Some(name) = &arguments.name {
        return Ok(name.clone());
    }
    let known = dossier
        .text
        .as_deref()
        .map(edit::renditions)
        .unwrap_or_default();
    if let Some((name, _)) = known.iter().find(|(_, file)| file == file_name) {
        return Ok(name.clone());
    }
    let stem = file_name
        .rsplit_once('.')
        .map_or(file_name, |(stem, _)| stem);
    let slug = path::slug(stem);
    let own = slug
        .strip_prefix(&dossier.id)
        .unwrap_or(&slug)
        .trim_start_matches('-');
    let name = if own.is_empty() { "video" } else { own };
    match known.iter().find(|(n, _)| n == name) {
        Some((_, file)) => Err(wrong(
            format!("there is a rendition `{name}` already, with the file {file}"),
            format!("say --name {name} to put this file in its place, or give another name"),
        )),
        None => Ok(name.to_owned()),
    }
}

/// What was said on the command line goes before what was found.
fn with_flags(found: Facts, arguments: &AddArguments) -> Facts {
    let said = arguments.duration.as_deref().and_then(timecode);
    Facts {
        media_type: arguments.media_type.clone().or(found.media_type),
        codec: arguments.codec.clone().or(found.codec),
        picture: arguments.picture.clone().or(found.picture),
        frame_rate: arguments.frame_rate.clone().or(found.frame_rate),
        audio: arguments.audio.clone().or(found.audio),
        duration: said.or(found.duration),
        ..found
    }
}

fn wanted(
    name: &str,
    file_name: &str,
    arguments: &AddArguments,
    facts: &Facts,
    stored: &Stored,
) -> Wanted {
    let mut fields = Vec::new();
    let mut put = |key: &'static str, value: toml::Value, when: When| {
        fields.push(Field { key, value, when });
    };
    let said = |flag: bool, otherwise: When| if flag { When::Differs } else { otherwise };
    put("name", name.into(), When::Differs);
    put("file", file_name.into(), When::Differs);
    let label = arguments.label.clone().or_else(|| facts.short());
    let label = label.unwrap_or_else(|| file_name.to_owned());
    put(
        "label",
        label.into(),
        said(arguments.label.is_some(), When::New),
    );
    put(
        "gated",
        arguments.gated.into(),
        said(arguments.gated || arguments.public, When::New),
    );
    if let Some(text) = &facts.media_type {
        put(
            "type",
            text.as_str().into(),
            said(arguments.media_type.is_some(), When::Replaced),
        );
    }
    put(
        "size",
        toml::Value::Integer(stored.size.try_into().unwrap_or(i64::MAX)),
        When::Differs,
    );
    put("sha256", stored.sha256.as_str().into(), When::Differs);
    for (key, value, flag) in [
        ("codec", &facts.codec, arguments.codec.is_some()),
        ("picture", &facts.picture, arguments.picture.is_some()),
        (
            "frame_rate",
            &facts.frame_rate,
            arguments.frame_rate.is_some(),
        ),
        ("audio", &facts.audio, arguments.audio.is_some()),
    ] {
        if let Some(text) = value {
            put(key, text.as_str().into(), said(flag, When::Replaced));
        }
    }
    Wanted {
        name: name.to_owned(),
        fields,
    }
}

const UNCHANGED: &str = "nothing to change in";

/// Writes the rendition into its dossier; what was done, for people.
fn write(
    root: &Path,
    config: &Config,
    dossier: &Dossier,
    wanted: &Wanted,
    arguments: &AddArguments,
    facts: &Facts,
) -> Result<&'static str, Box<Diagnostic>> {
    let target = root.join(&dossier.path);
    // Copying may have taken an hour, in which the editor went on writing.
    let Ok(text) = fs::read_to_string(&target) else {
        return create(&target, &fresh(config, dossier, wanted, arguments, facts))
            .map(|()| "made, with");
    };
    if let Some(note) = other_length(&text, facts) {
        complain(&note);
    }
    let out = edit::apply(&text, wanted).map_err(|why| refusal(&why, dossier, wanted))?;
    if out == text {
        return Ok(UNCHANGED);
    }
    edit::replace(&target, &out)?;
    Ok("wrote")
}

fn create(target: &Path, text: &str) -> Result<(), Box<Diagnostic>> {
    if let Some(folder) = target.parent() {
        fs::create_dir_all(folder).map_err(|e| failed("make the folder", folder, &e))?;
    }
    let file = fs::File::options()
        .write(true)
        .create_new(true)
        .open(target);
    file.and_then(|mut f| f.write_all(text.as_bytes()))
        .map_err(|e| failed("write", target, &e))
}

fn refusal(why: &Refusal, dossier: &Dossier, wanted: &Wanted) -> Box<Diagnostic> {
    let (message, block) = match why {
        Refusal::Yaml => (
            "the front matter of this dossier is YAML, which this command does not write",
            format!(
                "the file is stored; put this under `rendition:`\n{}",
                wanted.yaml()
            ),
        ),
        Refusal::Inline => (
            "the renditions of this dossier are written so that no line can be added",
            format!(
                "the file is stored; write it in yourself\n{}",
                wanted.block("\n")
            ),
        ),
        Refusal::Broken => (
            "the front matter of this dossier has mistakes",
            format!(
                "the file is stored; correct them (dateline check names them) and repeat the command, or write in yourself\n{}",
                wanted.block("\n")
            ),
        ),
    };
    Box::new(
        Diagnostic::error(message)
            .in_file(&dossier.path)
            .hint(block),
    )
}

/// Says when the file is longer or shorter than the dossier has it.
fn other_length(text: &str, facts: &Facts) -> Option<String> {
    let line = text.lines().find_map(|l| l.strip_prefix("duration"))?;
    let there = timecode(line.split('"').nth(1)?)?;
    let found = facts.duration?;
    ((there - found).abs() > ALIKE).then(|| {
        format!(
            "warning: this file is {} long, and the dossier says {}; correct `duration` if the file is right",
            clock(found),
            clock(there)
        )
    })
}

/// `00:00:12.6`.
fn clock(seconds: f64) -> String {
    let tenths = (seconds * 10.0).round().max(1.0) as u64;
    let whole = tenths / 10;
    let text = format!(
        "{:02}:{:02}:{:02}",
        whole / 3600,
        whole / 60 % 60,
        whole % 60
    );
    match tenths % 10 {
        0 => text,
        tenth => format!("{text}.{tenth}"),
    }
}

/// A new dossier, with everything that can be known and a place for the rest.
fn fresh(
    config: &Config,
    dossier: &Dossier,
    wanted: &Wanted,
    arguments: &AddArguments,
    facts: &Facts,
) -> String {
    let id = &dossier.id;
    let title = arguments
        .title
        .clone()
        .unwrap_or_else(|| crate::config::capitalised(&id.replace('-', " ")));
    let duration = arguments
        .duration
        .clone()
        .unwrap_or_else(|| clock(facts.duration.unwrap_or_default()));
    let terms = config
        .terms
        .first()
        .map_or_else(String::new, |t| format!("terms = {}\n", quoted(&t.id)));
    format!(
        "+++\ntitle = {}\ndate = {}\ndraft = true          # take this line out to publish\nplace = \"\"\nduration = {}\n{terms}\
         # poster = \"{id}.jpg\"\n# poster_alt = \"What one sees\"\n# transcript = \"{id}.transcript.md\"\ntopics = []\npeople = []\nplaces = []\n\n\
         {}\n# [[captions]]\n# lang = \"{}\"\n# file = \"{id}.{}.vtt\"\n\n# [[shot]]\n# at = \"00:00:00\"\n# text = \"What one sees\"\n+++\n\nWrite the description here.\n",
        quoted(&title),
        now(&config.time_zone),
        quoted(&duration),
        wanted.block("\n"),
        config.default_lang().code(),
        config.default_lang().code(),
    )
}
