//! What publishing needs of the output folder: the tree that lies in it, its files, and a place for records of
//! what each target holds.

use std::{
    fs,
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use super::{
    Emitter, FOLDER, MARKER, Result,
    changes::{Listed, Tree},
    failed,
};
use crate::base::{diag::Diagnostic, files, replace::replace};

/// Says that what lies in the folder is for looking at, and not for the public.
const PREVIEW: &str = "preview";

/// Notes that `out` gets what is not public, or that it holds what is.
///
/// # Errors
/// When that cannot be written.
pub fn mark_preview(out: &Path, preview: bool) -> Result<()> {
    let mark = out.join(FOLDER).join(PREVIEW);
    let done = match preview {
        true => {
            let folder = out.join(FOLDER);
            fs::create_dir_all(&folder).map_err(|e| failed("make the folder", &folder, &e))?;
            // A second build writes nothing, not even this mark.
            let mut open = fs::OpenOptions::new();
            open.create(true).append(true).open(&mark).map(drop)
        }
        false => match fs::remove_file(&mark) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
            done => done,
        },
    };
    done.map_err(|e| failed("write", &mark, &e))
}

fn refused(message: String, hint: &str) -> Box<Diagnostic> {
    Box::new(Diagnostic::error(message).hint(hint))
}

/// The output folder of a finished build, held against other builds.
pub struct Held {
    emitter: Emitter,
}

impl Held {
    /// Waits for a running build, and takes the folder that it leaves.
    ///
    /// # Errors
    /// When there is no finished build, or one that must not be published.
    pub fn take(out: &Path) -> Result<Self> {
        const BUILD: &str = "run `dateline build` first";
        if !out.join(MARKER).is_file() {
            return Err(refused(format!("{} holds no build", out.display()), BUILD));
        }
        let emitter = Emitter::begin(out)?;
        if out.join(FOLDER).join(PREVIEW).exists() {
            return Err(refused(
                format!("{} was built with --drafts or --at", out.display()),
                "it may hold what is not public: run `dateline build` without them, then publish again",
            ));
        }
        if emitter.seal_found().is_empty() {
            return Err(refused(
                format!("the last build into {} did not finish", out.display()),
                BUILD,
            ));
        }
        Ok(Self { emitter })
    }

    /// The folder.
    pub fn out(&self) -> &Path {
        &self.emitter.out
    }

    /// The whole tree that lies in the folder.
    ///
    /// # Errors
    /// When the list of changes does not tell of it.
    pub fn tree(&self) -> Result<Tree> {
        let seal = self.emitter.seal_found();
        self.emitter.whole_tree(&seal).ok_or_else(|| {
            refused(
                format!(
                    "{} does not tell what lies in {}",
                    super::changes::LIST,
                    self.out().display()
                ),
                "run `dateline build`, which writes the list anew",
            )
        })
    }

    /// Takes this tree as the one that later lists of changes start from.
    ///
    /// # Errors
    /// As `build --acknowledge`.
    pub fn acknowledge(&self, id: &str) -> Result<()> {
        self.emitter.acknowledge(id)
    }

    /// Opens a file of the tree.
    ///
    /// # Errors
    /// Whatever the system says.
    pub fn open(&self, path: &str) -> io::Result<impl Read + Send + 'static> {
        files::open(&self.out().join(path))
    }

    /// One of the folder's files, whole.
    pub fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.open(path)?.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// Whether this is the file of the tree, by its digest.
    pub fn is(&self, file: &Listed<'_>) -> io::Result<bool> {
        let digest = crate::base::hash::Digest::of_reader(self.open(&file.path)?)?;
        Ok(digest == file.hash)
    }

    /// The record of this name.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn record(&self, name: &str) -> Result<Journal> {
        let path = self.out().join(FOLDER).join(format!("{name}.published"));
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(e) if e.kind() == io::ErrorKind::NotFound => String::new(),
            Err(e) if e.kind() == io::ErrorKind::InvalidData => String::new(),
            Err(e) => return Err(failed("read", &path, &e)),
        };
        Ok(Journal { path, text })
    }
}

/// A record that lines are added to.
pub struct Journal {
    path: PathBuf,
    /// As it was found.
    pub text: String,
}

impl Journal {
    /// Replaces it by `text`, whole or not at all.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn replace(&self, text: &str) -> Result<()> {
        let folder = self.path.parent().map_or(Ok(()), fs::create_dir_all);
        let draft = self.path.with_extension("draft");
        folder
            .and_then(|()| replace(&draft, &self.path, |file| file.write_all(text.as_bytes())))
            .map_err(|e| failed("write", &self.path, &e))
    }

    /// Adds lines, in one write.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn add(&self, lines: &str) -> Result<()> {
        let file = fs::File::options()
            .create(true)
            .append(true)
            .open(&self.path);
        file.and_then(|mut file| file.write_all(lines.as_bytes()))
            .map_err(|e| failed("write", &self.path, &e))
    }
}
