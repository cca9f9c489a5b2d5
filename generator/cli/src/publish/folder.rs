//! A folder as a target. Files are replaced atomically: at every moment each is the old one or the new one.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use dateline::{
    base::{hash::Digest, replace::replace},
    publish::{Entry, Fault, Fetched, Headers, Opening, Storage},
};

/// The end of a temporary file's name, which stands beside its target.
const DRAFT: &str = ".dateline-draft";

/// A folder on this machine.
pub(super) struct Folder {
    root: PathBuf,
}

impl Folder {
    pub(super) fn new(root: PathBuf) -> Self {
        Self { root }
    }

    fn path(&self, key: &str) -> PathBuf {
        self.root.join(key)
    }

    /// Makes the folder of a file, and removes a file or folder of an earlier tree that is in the way.
    fn make_room(&self, target: &Path) -> io::Result<()> {
        if !self.root.is_dir() {
            // Not its parent folders: they may belong to a disk that is not mounted.
            fs::create_dir(&self.root)?;
        }
        let parent = target.parent().unwrap_or(&self.root);
        if !parent.is_dir() {
            let steps: Vec<&Path> = parent
                .ancestors()
                .take_while(|step| *step != self.root)
                .collect();
            for step in steps.into_iter().rev() {
                if step.is_file() {
                    fs::remove_file(step)?;
                }
                match fs::create_dir(step) {
                    Err(e) if e.kind() != io::ErrorKind::AlreadyExists => return Err(e),
                    _ => {}
                }
            }
        }
        match target.is_dir() {
            true => fs::remove_dir_all(target),
            false => Ok(()),
        }
    }
}

fn draft(target: &Path) -> PathBuf {
    let name = target.file_name().unwrap_or_default();
    let mut hidden = std::ffi::OsString::from(".");
    hidden.push(name);
    hidden.push(DRAFT);
    target.with_file_name(hidden)
}

fn fault(path: &Path, error: &io::Error) -> Fault {
    let hint = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "make room on the disk",
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "allow writing there"
        }
        io::ErrorKind::NotFound => "make its parent folder, or mount its disk",
        _ => "fix the cause",
    };
    Fault::permanent(
        format!("{}: {error}", path.display()),
        format!("{hint}, then run the command again: it resumes where it stopped"),
    )
}

/// Whether the error means that there is no such file.
fn is_absent(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory | io::ErrorKind::IsADirectory
    )
}

impl Storage for Folder {
    fn name(&self) -> String {
        format!("dir:{}", self.root.display())
    }

    fn put(&self, key: &str, _: &Headers, _: u64, open: Opening<'_>) -> Result<(), Fault> {
        let target = self.path(key);
        let written = self.make_room(&target).and_then(|()| {
            replace(&draft(&target), &target, |file| {
                io::copy(&mut open()?, file).map(|_| ())
            })
        });
        written.map_err(|e| fault(&target, &e))
    }

    fn get(&self, key: &str) -> Result<Option<Fetched>, Fault> {
        let path = self.path(key);
        match fs::read(&path) {
            Ok(body) => Ok(Some(Fetched {
                body,
                headers: None,
            })),
            Err(e) if is_absent(&e) => Ok(None),
            Err(e) => Err(fault(&path, &e)),
        }
    }

    fn list(&self, take: &mut dyn FnMut(Entry)) -> Result<(), Fault> {
        if !self.root.exists() {
            return Ok(());
        }
        for entry in walkdir::WalkDir::new(&self.root) {
            let entry = entry.map_err(|e| fault(&self.root, &e.into()))?;
            let path = entry.path().strip_prefix(&self.root).ok();
            let Some(path) = path.and_then(Path::to_str) else {
                continue;
            };
            if entry.file_type().is_dir() || path.ends_with(DRAFT) {
                continue;
            }
            let file = fs::File::open(entry.path());
            let digest = file.and_then(Digest::of_reader);
            take(Entry {
                key: path.replace(std::path::MAIN_SEPARATOR, "/"),
                tag: digest.ok().map(|digest| digest.hex()),
            });
        }
        Ok(())
    }

    fn tag(&self, body: &[u8]) -> String {
        Digest::of(body).hex()
    }

    fn remove(&self, keys: &[&str]) -> Result<(), Fault> {
        for key in keys {
            let path = self.path(key);
            for path in [&draft(&path), &path] {
                match fs::remove_file(path) {
                    Err(e) if !is_absent(&e) => return Err(fault(path, &e)),
                    _ => {}
                }
            }
            let above = path.ancestors().skip(1);
            for folder in above.take_while(|folder| *folder != self.root) {
                if fs::remove_dir(folder).is_err() {
                    break;
                }
            }
        }
        Ok(())
    }
}
