//! The dossier that a file goes into: found, changed or made.

use std::{
    fs,
    io::{self, Write},
    path::Path,
};

use super::{
    arguments::AddArguments,
    edit::{self, Refusal, Wanted},
    facts::Facts,
    source::failed,
    wrong,
};
use crate::{
    new::{now, quoted},
    output::complain,
};
use dateline::{
    base::{
        diag::Diagnostic,
        files::{Files, Os},
        path,
    },
    config::Config,
    parse::timecode,
};

/// How far a file's length may lie from the dossier's, in seconds, before it is reported.
const ALIKE: f64 = 1.0;

/// Reported for a dossier that has everything already.
pub(super) const UNCHANGED: &str = "nothing to change in";

/// A dossier's source.
pub(super) struct Dossier {
    /// From the root: `content/media/lisbon-doorstep.md`.
    pub path: String,
    /// What stands in addresses.
    pub id: String,
    /// As it is now; `None` when it is not there yet.
    pub text: Option<String>,
}

impl Dossier {
    /// Finds the dossier that `--to` names, by its id or by its file.
    ///
    /// # Errors
    /// When it is the name of no dossier, or its file cannot be read.
    pub(super) fn find(root: &Path, to: &str) -> Result<Self, Box<Diagnostic>> {
        let path = match to.strip_suffix(".md") {
            None if to.contains(['/', '\\']) || path::slug(to) != to || to.is_empty() => {
                return Err(wrong(
                    format!("“{to}” is not the id of a dossier"),
                    "use lower-case letters, digits and hyphens, or name its file: content/media/ID.md",
                ));
            }
            None => of_id(root, to)?,
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
            Ok(bytes) => Some(
                String::from_utf8(bytes).map_err(|e| Diagnostic::not_utf8(&path, e.as_bytes()))?,
            ),
            Err(e) if e.kind() == io::ErrorKind::NotFound => None,
            Err(e) => return Err(failed("read", &root.join(&path), &e)),
        };
        Ok(Self {
            id: id.to_owned(),
            path,
            text,
        })
    }

    /// Writes the rendition into its dossier; what was done, for people.
    ///
    /// # Errors
    /// When its front matter is no TOML that a line can be added to; the block to paste is the advice then.
    pub(super) fn write(
        &self,
        root: &Path,
        config: &Config,
        wanted: &Wanted,
        arguments: &AddArguments,
        facts: &Facts,
    ) -> Result<&'static str, Box<Diagnostic>> {
        let target = root.join(&self.path);
        let folder = target.parent().unwrap_or(root);
        fs::create_dir_all(folder).map_err(|e| failed("make the folder", folder, &e))?;
        // Two files that are added at once wait for one another here, so that both are written in.
        let turn = fs::File::open(folder).and_then(|f| f.lock().map(|()| f));
        let _turn = turn.map_err(|e| failed("lock", folder, &e))?;
        // Copying may have taken an hour, in which the editor went on writing.
        let Ok(text) = fs::read_to_string(&target) else {
            return create(&target, &fresh(config, &self.id, wanted, arguments, facts))
                .map(|()| "made, with");
        };
        if let Some(note) = other_length(&text, facts) {
            complain(&note);
        }
        let out = edit::apply(&text, wanted).map_err(|why| refusal(&why, &self.path, wanted))?;
        if out == text {
            return Ok(UNCHANGED);
        }
        edit::replace(&target, &out)?;
        Ok("wrote")
    }
}

/// The file of an id, in whichever folder the editors keep it; where a new one goes if there is none.
fn of_id(root: &Path, id: &str) -> Result<String, Box<Diagnostic>> {
    let (found, _) = Os::new(root).walk("content/media");
    let names = [format!("/{id}.md"), format!("/{id}/index.md")];
    let of_id = |file: &String| names.iter().any(|name| file.ends_with(name));
    let mut found = found.into_iter().filter(of_id);
    match (found.next(), found.next()) {
        (None, _) => Ok(format!("content/media/{id}.md")),
        (Some(one), None) => Ok(one),
        (Some(one), Some(other)) => Err(wrong(
            format!("there are two dossiers `{id}`"),
            format!("name one of them by its file: {one} or {other}"),
        )),
    }
}

fn create(target: &Path, text: &str) -> Result<(), Box<Diagnostic>> {
    let file = fs::File::options()
        .write(true)
        .create_new(true)
        .open(target);
    file.and_then(|mut f| f.write_all(text.as_bytes()))
        .map_err(|e| failed("write", target, &e))
}

fn refusal(why: &Refusal, path: &str, wanted: &Wanted) -> Box<Diagnostic> {
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
            .in_file(path)
            .hint(block.trim_end()),
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
    id: &str,
    wanted: &Wanted,
    arguments: &AddArguments,
    facts: &Facts,
) -> String {
    let title = arguments
        .title
        .clone()
        .unwrap_or_else(|| dateline::config::capitalised(&id.replace('-', " ")));
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
