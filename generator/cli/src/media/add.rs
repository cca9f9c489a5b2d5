//! `dateline media add FILE --to DOSSIER`: a file into the storage, and into its dossier.

use std::{fs, path::Path, process::ExitCode};

use super::{
    arguments::AddArguments,
    dossier::{Dossier, UNCHANGED},
    edit::{self, Field, Wanted, When},
    facts::{self, Facts},
    source::failed,
    storage::{self, Stored},
    wrong,
};
use crate::output::Voice;
use dateline::{
    base::{diag::Diagnostic, files::Os, path},
    config::Config,
    parse::{rendition, timecode},
};

pub(super) fn run(root: &Path, arguments: &AddArguments) -> ExitCode {
    match add(root, arguments) {
        Ok((line, object)) => {
            Voice::new(arguments.json).done(&line, &object);
            ExitCode::SUCCESS
        }
        Err(diag) => super::refuse(root, arguments.json, *diag),
    }
}

type Report = (String, serde_json::Value);

fn add(root: &Path, arguments: &AddArguments) -> Result<Report, Box<Diagnostic>> {
    let config = configuration(root)?;
    let dossier = Dossier::find(root, &arguments.to)?;
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
    let shown = arguments.file.display();
    let about = fs::metadata(&arguments.file).map_err(|e| failed("read", &arguments.file, &e))?;
    if !about.is_file() {
        return Err(wrong(
            format!("{shown} is not a file"),
            "name the video file itself",
        ));
    }
    let facts = with_flags(facts::of(&arguments.file), arguments);
    let Some(media_type) = facts.media_type.clone() else {
        let message = format!("the type of {file_name} cannot be determined");
        return Err(wrong(message, "say it with --type, as in --type video/mp4"));
    };
    if dossier.text.is_none() && facts.duration.is_none() {
        let message = format!("the duration of {file_name} cannot be determined");
        return Err(wrong(
            message,
            "say it with --duration, as in --duration 00:01:30",
        ));
    }
    let storage = storage::open(root, arguments.media.as_deref())?;
    let stored = storage.put(&arguments.file, &file_name, &media_type)?;
    let wanted = wanted(&name, &file_name, arguments, &facts, &stored);
    let state = dossier.write(root, &config, &wanted, arguments, &facts)?;
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
