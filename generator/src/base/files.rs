//! The one door to the disk for everything that is read.
//!
//! Paths are relative to the newsroom's root and written with `/`: `content/news/a.md`,
//! `themes/newsroom/templates/base.html`, `media/3f/3f9a…/clip.mov`.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

/// A file found by [`Files::walk`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its path from the root.
    pub path: String,
    /// Its length in bytes.
    pub size: u64,
}

/// Something that could not be read, and why, in words for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileProblem {
    /// The path as far as it can be shown.
    pub path: String,
    /// The reason.
    pub why: String,
}

/// Where sources come from: the disk, or memory in tests.
pub trait Files: Sync + Send {
    /// All files below `folder`, sorted by path, and what could not be listed.
    /// Hidden files (`.name`) and editors' leftovers (`name~`) are passed over.
    fn walk(&self, folder: &str) -> (Vec<Found>, Vec<FileProblem>);

    /// The whole content of one file.
    ///
    /// # Errors
    /// Whatever the system says; `NotFound` when there is none.
    fn read(&self, path: &str) -> io::Result<Vec<u8>>;

    /// The size of a file in bytes.
    ///
    /// # Errors
    /// As [`Files::read`].
    fn size(&self, path: &str) -> io::Result<u64>;
}

/// Files below a folder of this machine.
#[derive(Clone, Debug)]
pub struct Os {
    root: PathBuf,
}

impl Os {
    /// Files below `root`.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The place of `path` on this machine.
    pub fn locate(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    fn entry(&self, entry: &walkdir::DirEntry, root: &Path) -> Result<Option<Found>, FileProblem> {
        let shown = entry
            .path()
            .strip_prefix(&self.root)
            .unwrap_or(entry.path());
        let problem = |why: String| FileProblem {
            path: shown.to_string_lossy().into_owned(),
            why,
        };
        let path = shown
            .to_str()
            .ok_or_else(|| problem("the file's name is not UTF-8; rename it".to_owned()))?
            .replace(std::path::MAIN_SEPARATOR, "/");
        if entry.path_is_symlink() {
            let target = fs::canonicalize(entry.path())
                .map_err(|e| problem(format!("this symbolic link leads nowhere ({e})")))?;
            if !target.starts_with(root) {
                return Err(problem(
                    "this symbolic link leads out of the newsroom's folder; copy the file instead"
                        .to_owned(),
                ));
            }
        }
        let meta = entry.metadata().map_err(|e| problem(e.to_string()))?;
        if meta.is_dir() {
            return Ok(None);
        }
        if !meta.is_file() {
            return Err(problem(
                "this is neither a file nor a folder; remove it".to_owned(),
            ));
        }
        Ok(Some(Found {
            path,
            size: meta.len(),
        }))
    }
}

fn visible(name: &str) -> bool {
    !name.starts_with('.') && !name.ends_with('~') && !name.ends_with(".swp")
}

impl Files for Os {
    fn walk(&self, folder: &str) -> (Vec<Found>, Vec<FileProblem>) {
        let (mut found, mut problems) = (Vec::new(), Vec::new());
        let start = self.root.join(folder);
        let root = fs::canonicalize(&self.root).unwrap_or_else(|_| self.root.clone());
        let walk = walkdir::WalkDir::new(&start)
            .follow_links(true)
            .sort_by_file_name();
        let walk = walk
            .into_iter()
            .filter_entry(|e| e.depth() == 0 || e.file_name().to_str().is_none_or(visible));
        for entry in walk {
            match entry {
                Ok(entry) => match self.entry(&entry, &root) {
                    Ok(Some(file)) => found.push(file),
                    Ok(None) => {}
                    Err(problem) => problems.push(problem),
                },
                Err(error) => {
                    let at = error.path().unwrap_or(&start);
                    let path = at
                        .strip_prefix(&self.root)
                        .unwrap_or(at)
                        .to_string_lossy()
                        .into_owned();
                    let why = if error.loop_ancestor().is_some() {
                        "this symbolic link leads back to a folder that holds it".to_owned()
                    } else {
                        error
                            .io_error()
                            .map_or_else(|| error.to_string(), io::Error::to_string)
                    };
                    problems.push(FileProblem { path, why });
                }
            }
        }
        // A link to a folder outside is reported once; what lies behind it is not ours to list.
        found.retain(|f| {
            !problems
                .iter()
                .any(|p| f.path.starts_with(&format!("{}/", p.path)))
        });
        found.sort_by(|a, b| a.path.cmp(&b.path));
        (found, problems)
    }

    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        fs::read(self.root.join(path))
    }

    fn size(&self, path: &str) -> io::Result<u64> {
        fs::metadata(self.root.join(path)).map(|m| m.len())
    }
}

/// Files in memory, for tests.
#[derive(Clone, Default, Debug)]
pub struct Mem(BTreeMap<String, Vec<u8>>);

impl Mem {
    /// Adds or replaces a file.
    pub fn with(mut self, path: &str, content: impl Into<Vec<u8>>) -> Self {
        self.0.insert(path.to_owned(), content.into());
        self
    }
}

impl Files for Mem {
    fn walk(&self, folder: &str) -> (Vec<Found>, Vec<FileProblem>) {
        let prefix = format!("{folder}/");
        let inside = self.0.iter().filter(|(path, _)| path.starts_with(&prefix));
        let found = inside.map(|(path, content)| Found {
            path: path.clone(),
            size: content.len() as u64,
        });
        (found.collect(), Vec::new())
    }

    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        self.0
            .get(path)
            .cloned()
            .ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn size(&self, path: &str) -> io::Result<u64> {
        self.0
            .get(path)
            .map(|c| c.len() as u64)
            .ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}
