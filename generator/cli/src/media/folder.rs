//! A media storage that is a folder: a file goes in whole, under the checksum of its content, or not at all.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use super::{
    edit,
    source::{Source, each_step, failed, sum},
    storage::{Held, LEDGER, Result, Storage, Stored, is_key},
    wrong,
};
use crate::output::Meter;
use dateline::parse::rendition::key;

/// How files are called while they are copied; `prune` clears what a killed program left.
const UNFINISHED: &str = ".adding-";

/// Room that must be left on the disk, in bytes, for everything else that is written there.
const SPARE: u64 = 64 << 20;

/// A folder of this machine.
pub(super) struct Folder(pub(super) PathBuf);

impl Storage for Folder {
    /// Copies the file and computes its checksum in the same pass. It appears under its final name by one rename,
    /// after everything is on the disk.
    fn put(&self, source: &Path, name: &str, _media_type: &str) -> Result<Stored> {
        let mut from = Source::open(source)?;
        fs::create_dir_all(&self.0).map_err(|e| failed("make the folder", &self.0, &e))?;
        room_for(from.size, &self.0)?;
        let mut unfinished = Unfinished::new(&self.0)?;
        let meter = Meter::new(from.size);
        let (sha256, size) = each_step(
            &mut from.file,
            |e| failed("read", source, &e),
            |read| {
                meter.add(read.len());
                let written = unfinished.file.write_all(read);
                written.map_err(|e| failed("write", &unfinished.path, &e))
            },
        )?;
        from.is_unchanged(size)?;
        let key = key(&sha256, name);
        let fresh = unfinished.settle(&self.0, &key, size)?;
        Ok(Stored {
            sha256,
            size,
            key,
            fresh,
        })
    }

    fn find(&self, key: &str) -> Result<Option<Held>> {
        let path = self.0.join(key);
        match fs::metadata(&path) {
            Ok(about) => Ok(Some(Held {
                size: about.len(),
                sha256: None,
            })),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(failed("look at", &path, &e)),
        }
    }

    fn sum(&self, key: &str, _size: u64, meter: &Meter) -> Result<(String, u64)> {
        let path = self.0.join(key);
        sum(&path, meter).map_err(|e| failed("read", &path, &e))
    }

    fn list(&self) -> Result<Vec<(String, u64)>> {
        stored(&self.0).map_err(|e| failed("list", &self.0, &e))
    }

    fn remove(&self, keys: &[&str]) -> Result<()> {
        for key in keys {
            let path = self.0.join(key);
            match fs::remove_file(&path) {
                Err(e) if e.kind() != io::ErrorKind::NotFound => {
                    return Err(failed("remove", &path, &e));
                }
                _ => {}
            }
            // Folders that hold something else stay.
            for folder in path.ancestors().skip(1).take(key.matches('/').count()) {
                let _ = fs::remove_dir(folder);
            }
        }
        Ok(())
    }

    fn ledger(&self) -> Result<String> {
        Ok(fs::read_to_string(self.0.join(LEDGER)).unwrap_or_default())
    }

    fn set_ledger(&self, text: &str) -> Result<()> {
        let path = self.0.join(LEDGER);
        match text.is_empty() && !path.exists() {
            true => Ok(()),
            false => edit::replace(&path, text),
        }
    }

    fn place(&self, key: &str) -> String {
        self.0.join(key).display().to_string()
    }

    fn is_remote(&self) -> bool {
        false
    }
}

/// Keys and sizes of all that this program stored, and of copies that were never finished. Any
/// other file belongs to another program.
fn stored(folder: &Path) -> io::Result<Vec<(String, u64)>> {
    let mut out = Vec::new();
    for (first, path) in names(folder)? {
        if first.starts_with(UNFINISHED) {
            out.push((first, fs::metadata(&path)?.len()));
            continue;
        }
        if first.len() != 2 || !path.is_dir() {
            continue;
        }
        for (sum, path) in names(&path)? {
            if sum.len() != 64 || !path.is_dir() {
                continue;
            }
            for (name, path) in names(&path)? {
                let about = fs::symlink_metadata(&path)?;
                let key = format!("{first}/{sum}/{name}");
                if about.is_file() && is_key(&key) {
                    out.push((key, about.len()));
                }
            }
        }
    }
    out.sort();
    Ok(out)
}

fn names(folder: &Path) -> io::Result<Vec<(String, PathBuf)>> {
    let mut out = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        // A name that is no text was not given by this program.
        if let Ok(name) = entry.file_name().into_string() {
            out.push((name, entry.path()));
        }
    }
    Ok(out)
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

    fn put(source: &Path, storage: &Path, name: &str) -> Result<Stored> {
        Folder(storage.to_owned()).put(source, name, "video/mp4")
    }

    fn left(folder: &Path) -> Vec<String> {
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
        assert_eq!(left(&storage), ["ba"]);
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
        assert_eq!(left(&storage), ["ba"]);
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
        assert_eq!(left(&storage), Vec::<String>::new());
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
        assert_eq!(left(&storage), Vec::<String>::new());
    }
}
