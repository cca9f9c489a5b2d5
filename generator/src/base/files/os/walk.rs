//! Lists the files below a folder, and decides where symbolic links may lead.

use std::{
    borrow::Cow,
    fs, io,
    path::{Path, PathBuf},
};

use rayon::prelude::*;

use super::Os;
use crate::base::{
    files::{FileProblem, is_visible, visible},
    text,
};

impl Os {
    /// As [`Files::walk`](super::super::Files::walk).
    pub(super) fn listing(&self, folder: &str) -> (Vec<String>, Vec<FileProblem>) {
        let root = fs::canonicalize(&self.root).unwrap_or_else(|_| self.root.clone());
        let parts = self.parts(folder);
        let listed: Vec<_> = parts
            .par_iter()
            .map(|(start, depth)| self.walk_part(start, *depth, &root))
            .collect();
        let (found, problems): (Vec<_>, Vec<_>) = listed.into_iter().unzip();
        let (mut found, mut problems) = (found.concat(), problems.concat());
        problems.sort_by(|a, b| a.path.cmp(&b.path));
        problems.dedup();
        // A link to a folder outside is reported once; what lies behind it is not ours to list.
        if !problems.is_empty() {
            let behind = |f: &str, p: &FileProblem| {
                f.strip_prefix(p.path.as_str())
                    .is_some_and(|rest| rest.starts_with('/'))
            };
            found.retain(|f| !problems.iter().any(|p| behind(f, p)));
            let own = problems.clone();
            problems.retain(|p| !own.iter().any(|o| behind(&p.path, o)));
        }
        found.sort_unstable();
        found.dedup();
        (found, problems)
    }

    /// The path of an entry if it is a file, asking the file system only about links: the
    /// listing says what the others are.
    fn entry(&self, entry: &walkdir::DirEntry, root: &Path) -> Result<Option<String>, FileProblem> {
        let shown = entry
            .path()
            .strip_prefix(&self.root)
            .unwrap_or(entry.path());
        let problem = |why: &str| FileProblem {
            path: shown.to_string_lossy().into_owned(),
            why: why.to_owned(),
        };
        let path = shown
            .to_str()
            .ok_or_else(|| problem("the file's name is not UTF-8; rename it"))?
            .replace(std::path::MAIN_SEPARATOR, "/");
        let path = match text::composed(&path) {
            Cow::Borrowed(_) => path,
            Cow::Owned(composed) => match same_file(&self.root.join(&composed), entry.path()) {
                Some(false) => return Err(problem(TWO_FORMS)),
                _ => composed,
            },
        };
        if entry.path_is_symlink() {
            let target = fs::canonicalize(entry.path()).map_err(|_| problem(NOWHERE))?;
            if let Some(why) = refused(&path, &target, root) {
                return Err(problem(why));
            }
            let folder = entry.path().parent().and_then(|p| fs::canonicalize(p).ok());
            if folder.is_some_and(|folder| folder.starts_with(&target)) {
                return Err(problem(LOOP));
            }
        }
        match entry.file_type() {
            kind if kind.is_dir() => Ok(None),
            kind if kind.is_file() => Ok(Some(path)),
            _ => Err(problem(SPECIAL)),
        }
    }

    /// Folders whose files can be listed side by side, and how deep to look in each: listing is
    /// serial within a folder, and a newsroom's articles lie below one or two of them.
    fn parts(&self, folder: &str) -> Vec<(PathBuf, usize)> {
        const ENOUGH: usize = 8;
        const LEVELS: usize = 3;
        let mut folders = vec![self.root.join(folder)];
        let mut shallow = Vec::new();
        for _ in 0..LEVELS {
            if folders.len() >= ENOUGH {
                break;
            }
            let inside = folders
                .iter()
                .flat_map(|f| fs::read_dir(f).into_iter().flatten().flatten());
            // A link is listed with the folder that holds it.
            let inside = inside.filter(|e| e.file_type().is_ok_and(|t| t.is_dir()));
            let inside = inside.filter(|e| e.file_name().to_str().is_none_or(visible));
            let inside: Vec<PathBuf> = inside.map(|e| e.path()).collect();
            shallow.extend(
                std::mem::replace(&mut folders, inside)
                    .into_iter()
                    .map(|f| (f, 1)),
            );
        }
        shallow.extend(folders.into_iter().map(|f| (f, usize::MAX)));
        shallow
    }

    fn walk_part(
        &self,
        start: &Path,
        depth: usize,
        root: &Path,
    ) -> (Vec<String>, Vec<FileProblem>) {
        let (mut found, mut problems) = (Vec::new(), Vec::new());
        let walk = walkdir::WalkDir::new(start)
            .follow_links(true)
            .max_depth(depth);
        let walk = walk
            .into_iter()
            .filter_entry(|e| e.depth() == 0 || e.file_name().to_str().is_none_or(visible));
        for entry in walk {
            match entry {
                // Behind a link to a folder lies what its own part does not list.
                Ok(entry) => match self.entry(&entry, root) {
                    Ok(file) => found.extend(file),
                    Err(problem) => problems.push(problem),
                },
                Err(error) => problems.extend(self.problem(&error, start)),
            }
        }
        (found, problems)
    }

    /// What could not be listed. The walk fails at broken links before it asks whether they are hidden, as
    /// editors' locks are.
    fn problem(&self, error: &walkdir::Error, start: &Path) -> Option<FileProblem> {
        let at = error.path().unwrap_or(start);
        let path = at.strip_prefix(&self.root).unwrap_or(at).to_string_lossy();
        if at != start && !is_visible(&path) {
            return None;
        }
        let broken = || at.is_symlink() && fs::metadata(at).is_err();
        let why = match error.io_error() {
            _ if error.loop_ancestor().is_some() => LOOP.to_owned(),
            _ if broken() => NOWHERE.to_owned(),
            Some(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                "this folder cannot be read; allow reading it, or move it out of here".to_owned()
            }
            Some(error) => error.to_string(),
            None => error.to_string(),
        };
        Some(FileProblem {
            path: path.into_owned(),
            why,
        })
    }
}

/// Whether two paths lead to one file, as they do where the file system takes both forms for one name;
/// `None` where the first leads nowhere.
fn same_file(composed: &Path, written: &Path) -> Option<bool> {
    composed.symlink_metadata().ok()?;
    Some(fs::canonicalize(composed).ok() == fs::canonicalize(written).ok())
}

const TWO_FORMS: &str = "there is another file whose name looks the same and is written in other Unicode characters; rename one of them";
const LOOP: &str = "this symbolic link leads back to a folder that holds it";
const NOWHERE: &str = "this symbolic link leads nowhere; remove it, or let it lead to a file";
pub(super) const SPECIAL: &str = "this is neither a file nor a folder; remove it";

/// Why a link at `path` may not lead to `target`. What lies in a newsroom's folder beside sources (secrets,
/// accounts, drafts kept outside) must not come out by a link, nor a story's source by one in `static/`.
fn refused(path: &str, target: &Path, root: &Path) -> Option<&'static str> {
    const STATIC: &str = "content/static";
    let (within, why) = match path.strip_prefix(STATIC) {
        Some(rest) if rest.is_empty() || rest.starts_with('/') => (
            STATIC,
            "this symbolic link leads out of static/; copy the file instead",
        ),
        _ if path.starts_with("content") => (
            "content",
            "this symbolic link leads out of content/; copy the file instead",
        ),
        _ => (
            "themes",
            "this symbolic link leads out of themes/; copy the file instead",
        ),
    };
    // The folder may be a link itself, as long as it stays in the newsroom.
    let folder = fs::canonicalize(root.join(within)).ok();
    let folder = folder.filter(|folder| folder.starts_with(root));
    match folder.and_then(|folder| Some(target.strip_prefix(folder).ok()?.to_str()?.to_owned())) {
        None => Some(why),
        Some(inside) if inside.is_empty() || is_visible(&inside) => None,
        Some(_) => Some("this symbolic link leads to a hidden file; copy the file instead"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::files::Files;

    #[test]
    fn a_walk_is_complete_sorted_and_without_hidden_files() {
        let dir = tempfile::tempdir().unwrap();
        let files = [
            "content/a.md",
            "content/news/2024/01/02/x.md",
            "content/news/2025/y.md",
            "content/news/z.md",
            "content/static/.well-known/security.txt",
            "content/static/.hidden",
            "content/news/.git/config",
        ];
        for file in files {
            let path = dir.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "x").unwrap();
        }
        let (found, problems) = Os::new(dir.path()).walk("content");
        assert_eq!(problems, []);
        let mut expected = [files[0], files[1], files[2], files[3], files[4]];
        expected.sort_unstable();
        assert_eq!(found, expected);
    }
}
