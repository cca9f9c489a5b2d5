//! The media storage on this machine: a file goes in whole, under the checksum of its content, or not at all.

use std::{
    fs,
    io::{self, Read, Write},
    path::{Path, PathBuf},
    time::SystemTime,
};

use sha2::{Digest, Sha256};

use super::wrong;
use crate::output::Meter;
use dateline::{
    base::{diag::Diagnostic, files},
    parse::rendition::key,
};

/// How files are called while they are copied; `prune` clears what a killed program left.
pub(super) const UNFINISHED: &str = ".adding-";

/// How much is read at once, in bytes.
const STEP: usize = 1 << 20;

/// Room that must be left on the disk, in bytes, for everything else that is written there.
const SPARE: u64 = 64 << 20;

type Result<T> = std::result::Result<T, Box<Diagnostic>>;

/// A file in the storage.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Stored {
    /// Of its content, 64 hexadecimal digits.
    pub sha256: String,
    /// Bytes.
    pub size: u64,
    /// Its place below the storage.
    pub key: String,
    /// False when it was there before.
    pub fresh: bool,
}

/// What to do about an error of the disk.
pub(super) fn failed(doing: &str, path: &Path, error: &io::Error) -> Box<Diagnostic> {
    let hint = match error.kind() {
        io::ErrorKind::NotFound => "check the path",
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "make room on the disk and try again; nothing was left behind"
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "allow it, or name another folder with --media"
        }
        _ => "nothing was changed; try again",
    };
    wrong(format!("cannot {doing} {}: {error}", path.display()), hint)
}

/// What shows that a file was left alone while it was read.
fn state(file: &fs::File) -> io::Result<(u64, Option<SystemTime>)> {
    let about = file.metadata()?;
    Ok((about.len(), about.modified().ok()))
}

/// Copies `source` into `storage` and computes its checksum in the same pass. The file appears under
/// its final name by one rename, after everything is on the disk.
///
/// # Errors
/// When the file is empty or no file, changes while it is read, finds no room, or when something else
/// lies at its place; anything written is removed again.
pub(super) fn put(source: &Path, storage: &Path, name: &str) -> Result<Stored> {
    let mut from = files::open(source).map_err(|e| failed("read", source, &e))?;
    let about = from.metadata().map_err(|e| failed("read", source, &e))?;
    if !about.is_file() {
        let message = format!("{} is not a file", source.display());
        return Err(wrong(message, "name the video file itself"));
    }
    let before = state(&from).map_err(|e| failed("read", source, &e))?;
    if before.0 == 0 {
        let message = format!("{} is empty", source.display());
        return Err(wrong(message, "wait until the file has been written"));
    }
    fs::create_dir_all(storage).map_err(|e| failed("make the folder", storage, &e))?;
    room_for(before.0, storage)?;
    let mut unfinished = Unfinished::new(storage)?;
    let (sha256, size) = copy(&mut from, source, &mut unfinished, &Meter::new(before.0))?;
    let after = state(&from).map_err(|e| failed("read", source, &e))?;
    if after != before || size != before.0 {
        let message = format!("{} changed while it was read", source.display());
        let hint = "wait until nothing writes to it, then add it again";
        return Err(wrong(message, hint));
    }
    let key = key(&sha256, name);
    let fresh = unfinished.settle(storage, &key, size)?;
    Ok(Stored {
        sha256,
        size,
        key,
        fresh,
    })
}

fn copy(
    from: &mut fs::File,
    source: &Path,
    to: &mut Unfinished,
    meter: &Meter,
) -> Result<(String, u64)> {
    let unreadable = |e| failed("read", source, &e);
    each_step(from, unreadable, |read| {
        meter.add(read.len());
        let written = to.file.write_all(read);
        written.map_err(|e| failed("write", &to.path, &e))
    })
}

/// The checksum and size of a file, read once.
///
/// # Errors
/// Whatever the system says.
pub(super) fn sum(path: &Path, meter: &Meter) -> io::Result<(String, u64)> {
    each_step(
        &mut files::open(path)?,
        |e| e,
        |read| {
            meter.add(read.len());
            Ok(())
        },
    )
}

/// Reads a file to its end, hands over each step, and gives checksum and size of it all.
fn each_step<E>(
    from: &mut fs::File,
    unreadable: impl Fn(io::Error) -> E,
    mut each: impl FnMut(&[u8]) -> std::result::Result<(), E>,
) -> std::result::Result<(String, u64), E> {
    let mut hash = Sha256::new();
    let mut buffer = vec![0; STEP];
    let mut size = 0;
    loop {
        match from.read(&mut buffer) {
            Ok(0) => return Ok((hex(&hash.finalize()), size)),
            Ok(n) => {
                hash.update(&buffer[..n]);
                size += n as u64;
                each(&buffer[..n])?;
            }
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(unreadable(e)),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// Says at once that a file will not fit, instead of after an hour of copying.
fn room_for(size: u64, storage: &Path) -> Result<()> {
    // A file system that does not tell is asked by writing.
    let Ok(about) = rustix::fs::statvfs(storage) else {
        return Ok(());
    };
    let free = about.f_bavail.saturating_mul(about.f_frsize);
    if size.saturating_add(SPARE) <= free {
        return Ok(());
    }
    let message = format!(
        "there is no room for this file in {}: it has {} MB, and {} MB are free",
        storage.display(),
        size.div_ceil(1_000_000),
        free / 1_000_000
    );
    let hint = "make room on the disk (dateline media prune removes what no dossier refers to), or name another folder with --media";
    Err(wrong(message, hint))
}

/// A file on its way in, removed unless it arrives.
struct Unfinished {
    path: PathBuf,
    file: fs::File,
    arrived: bool,
}

impl Unfinished {
    fn new(storage: &Path) -> Result<Self> {
        let own = std::process::id();
        for n in 0..1000 {
            let path = storage.join(format!("{UNFINISHED}{own}-{n}"));
            match fs::File::options().write(true).create_new(true).open(&path) {
                Ok(file) => {
                    return Ok(Self {
                        path,
                        file,
                        arrived: false,
                    });
                }
                Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
                Err(e) => return Err(failed("write", &path, &e)),
            }
        }
        let message = format!("{} is full of unfinished copies", storage.display());
        Err(wrong(message, "remove the files called .adding-…"))
    }

    /// Moves the file to its place. False when the same one was there before.
    fn settle(&mut self, storage: &Path, key: &str, size: u64) -> Result<bool> {
        let target = storage.join(key);
        self.file
            .sync_all()
            .map_err(|e| failed("write", &self.path, &e))?;
        match fs::metadata(&target) {
            Ok(there) if there.is_file() && there.len() == size => return Ok(false),
            Ok(_) => {
                let message = format!("{} is there, but it is not this file", target.display());
                let hint = "it was damaged: remove it and add the file again";
                return Err(wrong(message, hint));
            }
            Err(e) if e.kind() == io::ErrorKind::NotFound => {}
            Err(e) => return Err(failed("look at", &target, &e)),
        }
        let folder = target.parent().unwrap_or(storage);
        fs::create_dir_all(folder).map_err(|e| failed("make the folder", folder, &e))?;
        fs::rename(&self.path, &target).map_err(|e| failed("move to", &target, &e))?;
        self.arrived = true;
        // The names must outlast a loss of power as the content does.
        for folder in target.ancestors().skip(1).take(3) {
            let synced = fs::File::open(folder).and_then(|f| f.sync_all());
            synced.map_err(|e| failed("write", folder, &e))?;
        }
        Ok(true)
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if !self.arrived {
            let _ = fs::remove_file(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        entries
            .map(|e| e.unwrap().file_name().into_string().unwrap())
            .collect()
    }

    #[test]
    fn a_file_lies_under_its_checksum_and_the_second_time_nothing_happens() {
        let dir = tempfile::tempdir().unwrap();
        let (source, storage) = (dir.path().join("clip.mp4"), dir.path().join("media"));
        fs::write(&source, "abc").unwrap();
        let first = put(&source, &storage, "clip.mp4").unwrap();
        assert_eq!(first.key, format!("ba/{ABC}/clip.mp4"));
        assert_eq!((first.size, first.fresh), (3, true));
        assert_eq!(fs::read(storage.join(&first.key)).unwrap(), b"abc");
        let second = put(&source, &storage, "clip.mp4").unwrap();
        assert_eq!(
            second,
            Stored {
                fresh: false,
                ..first
            }
        );
        assert_eq!(names(&storage), ["ba"]);
        assert_eq!(sum(&source, &Meter::new(3)).unwrap(), (ABC.to_owned(), 3));
    }

    #[test]
    fn what_lies_there_is_never_overwritten() {
        let dir = tempfile::tempdir().unwrap();
        let (source, storage) = (dir.path().join("clip.mp4"), dir.path().join("media"));
        fs::write(&source, "abc").unwrap();
        let stored = put(&source, &storage, "clip.mp4").unwrap();
        fs::write(storage.join(&stored.key), "damaged").unwrap();
        let refused = put(&source, &storage, "clip.mp4").unwrap_err();
        assert!(refused.message.contains("is not this file"), "{refused:?}");
        assert_eq!(fs::read(storage.join(&stored.key)).unwrap(), b"damaged");
        assert_eq!(names(&storage), ["ba"]);
    }

    #[test]
    fn no_file_an_empty_one_and_one_that_does_not_fit_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let storage = dir.path().join("media");
        let refused = |source: &Path| put(source, &storage, "a.mp4").unwrap_err().message;
        assert!(refused(&dir.path().join("gone")).contains("cannot read"));
        assert!(refused(dir.path()).contains("is not a file"));
        fs::write(dir.path().join("empty"), "").unwrap();
        assert!(refused(&dir.path().join("empty")).contains("is empty"));
        let huge = dir.path().join("huge");
        fs::File::create(&huge).unwrap().set_len(1 << 43).unwrap();
        assert!(refused(&huge).contains("there is no room"));
        assert_eq!(names(&storage), Vec::<String>::new());
    }

    #[test]
    fn a_file_that_grows_while_it_is_read_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let (source, storage) = (dir.path().join("clip.mp4"), dir.path().join("media"));
        fs::write(&source, vec![7; 64 << 20]).unwrap();
        let is_read = AtomicBool::new(false);
        let refused = std::thread::scope(|scope| {
            scope.spawn(|| {
                let mut file = fs::File::options().append(true).open(&source).unwrap();
                while !is_read.load(Ordering::Relaxed) {
                    file.write_all(b"more").unwrap();
                    std::thread::sleep(std::time::Duration::from_millis(2));
                }
            });
            let refused = put(&source, &storage, "clip.mp4");
            is_read.store(true, Ordering::Relaxed);
            refused.unwrap_err()
        });
        assert!(
            refused.message.contains("changed while it was read"),
            "{refused:?}"
        );
        assert_eq!(names(&storage), Vec::<String>::new());
    }
}
