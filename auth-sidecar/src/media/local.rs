//! A folder on disk as storage. Nothing outside the folder can be reached, by name or by symlink.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;

use super::stream::FileStream;
use super::{ByteStream, Contents, MediaStorage, OpenError, Opening, StoredFile};

/// A folder. It may be made, replaced or removed while the storage is in use.
#[derive(Clone, Debug)]
pub(crate) struct LocalFolder {
    root: Arc<Path>,
}

impl LocalFolder {
    pub(crate) fn new(root: PathBuf) -> Self {
        Self { root: root.into() }
    }
}

impl MediaStorage for LocalFolder {
    fn open<'a>(&'a self, key: &'a str, _: Option<Range<u64>>) -> Opening<'a> {
        let root = Arc::clone(&self.root);
        let key = key.to_owned();
        Box::pin(async move {
            // Looking up a name can wait for a disk, which no async worker may do.
            tokio::task::spawn_blocking(move || open(&root, key))
                .await
                .unwrap_or_else(|error| Err(OpenError::Failed(error.into())))
        })
    }
}

fn open(root: &Path, key: String) -> Result<StoredFile, OpenError> {
    if !is_plain(&key) {
        return Err(OpenError::NotFound);
    }
    let file = open_beneath(root, &key)?;
    let metadata = file.metadata().map_err(OpenError::Failed)?;
    if metadata.is_dir() {
        return Err(OpenError::Folder);
    }
    let stored = stored(file, key).map_err(OpenError::Failed)?;
    stored.ok_or(OpenError::NotFound)
}

/// An open file, if it is one. `key` is for the log.
pub(super) fn stored(file: File, key: String) -> io::Result<Option<StoredFile>> {
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Ok(None);
    }
    let modified = metadata
        .modified()
        .ok()
        .and_then(|at| Timestamp::try_from(at).ok())
        .unwrap_or_default();
    Ok(Some(StoredFile {
        size: metadata.len(),
        modified,
        contents: Box::new(OpenFile { file, key }),
    }))
}

/// Names divided by `/` that mean only themselves. Callers check more; this is the last line.
fn is_plain(key: &str) -> bool {
    !key.contains(['\0', '\\'])
        && key
            .split('/')
            .all(|name| !name.is_empty() && name != "." && name != "..")
}

#[cfg(target_os = "linux")]
fn open_beneath(root: &Path, key: &str) -> Result<File, OpenError> {
    use rustix::fs::{Mode, OFlags, ResolveFlags, openat2};
    use rustix::io::Errno;

    // The root anew each time: a build may have put another folder in its place.
    let folder = rustix::fs::open(
        root,
        OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC,
        Mode::empty(),
    )
    .map_err(failure)?;
    // NONBLOCK: opening a pipe that nobody writes to would wait for ever.
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOCTTY | OFlags::NONBLOCK;
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
    match openat2(&folder, key, flags, Mode::empty(), resolve) {
        Ok(file) => Ok(file.into()),
        // Kernels before 5.6, and sandboxes that do not know the call.
        Err(Errno::NOSYS | Errno::PERM) => open_resolved(root, key),
        Err(errno) => Err(failure(errno)),
    }
}

#[cfg(not(target_os = "linux"))]
fn open_beneath(root: &Path, key: &str) -> Result<File, OpenError> {
    open_resolved(root, key)
}

/// Resolves all symlinks before it opens, which leaves a moment in which one could be put in the way.
fn open_resolved(root: &Path, key: &str) -> Result<File, OpenError> {
    let root = root.canonicalize().map_err(failure)?;
    let path = root.join(key).canonicalize().map_err(failure)?;
    if !path.starts_with(&root) || !(path.is_file() || path.is_dir()) {
        return Err(OpenError::NotFound);
    }
    File::open(path).map_err(failure)
}

/// Names that lead nowhere, or out of the folder, are no fault of the storage.
fn failure(error: impl Into<io::Error>) -> OpenError {
    use rustix::io::Errno;

    let error = error.into();
    let nowhere = [
        Errno::NOENT,
        Errno::NOTDIR,
        Errno::XDEV,
        Errno::LOOP,
        Errno::NAMETOOLONG,
        Errno::INVAL,
        Errno::NXIO,
    ];
    if error
        .raw_os_error()
        .is_some_and(|code| nowhere.iter().any(|errno| errno.raw_os_error() == code))
    {
        OpenError::NotFound
    } else {
        OpenError::Failed(error)
    }
}

struct OpenFile {
    file: File,
    key: String,
}

impl Contents for OpenFile {
    fn read(self: Box<Self>, range: Range<u64>) -> ByteStream {
        Box::pin(FileStream::new(self.file, self.key, range))
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn opened(opened: Result<StoredFile, OpenError>) -> &'static str {
        match opened {
            Ok(_) => "file",
            Err(OpenError::NotFound) => "none",
            Err(OpenError::Folder) => "folder",
            Err(OpenError::Away | OpenError::Failed(_)) => "failed",
        }
    }

    #[test]
    fn only_files_in_the_folder_open() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("root");
        std::fs::create_dir_all(root.join("a/b")).unwrap();
        std::fs::write(root.join("a/file"), "x").unwrap();
        std::fs::write(dir.path().join("secret"), "x").unwrap();
        symlink("file", root.join("a/inside")).unwrap();
        symlink("../../secret", root.join("a/outside")).unwrap();
        symlink(dir.path().join("secret"), root.join("a/absolute")).unwrap();
        symlink(dir.path(), root.join("up")).unwrap();
        symlink("loop", root.join("loop")).unwrap();
        rustix::fs::mknodat(
            rustix::fs::CWD,
            root.join("pipe"),
            rustix::fs::FileType::Fifo,
            0o600.into(),
            0,
        )
        .unwrap();
        for (key, expected) in [
            ("a/file", "file"),
            ("a/inside", "file"),
            ("a", "folder"),
            ("a/outside", "none"),
            ("a/absolute", "none"),
            ("up/secret", "none"),
            ("loop", "none"),
            ("pipe", "none"),
            ("a/file/x", "none"),
            ("missing", "none"),
            ("../secret", "none"),
            ("a/../../secret", "none"),
            ("/etc/passwd", "none"),
            ("a//file", "none"),
            ("./a/file", "none"),
            ("", "none"),
            ("a\0", "none"),
        ] {
            assert_eq!(opened(open(&root, key.to_owned())), expected, "{key:?}");
            let resolved = is_plain(key)
                .then(|| open_resolved(&root, key).and_then(|_| open(&root, key.to_owned())));
            assert_eq!(
                resolved.map_or("none", opened),
                expected,
                "{key:?} without openat2"
            );
        }
    }

    #[test]
    fn a_missing_root_holds_nothing() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(opened(open(&dir.path().join("no"), "a".into())), "none");
    }
}
