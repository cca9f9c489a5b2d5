//! Records of multipart uploads. Of each, a file on this machine names the upload and the parts that the store has, so
//! that a command that was killed can be continued, or what it left can be removed from the store.

use std::{
    collections::BTreeMap,
    fs, io,
    io::{Read as _, Write as _},
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

use dateline::{base::hash::Digest, publish::Fault};
use serde::{Deserialize, Serialize};

/// The end of a record's name.
const ENDING: &str = "upload";

/// The first line of a record.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Begun {
    /// The store and the bucket.
    pub place: String,
    /// The object's key in the bucket.
    pub key: String,
    /// The store's ID of the upload.
    pub id: String,
    /// The size of each part but the last.
    pub part: usize,
}

/// The records of this machine, in one folder.
pub(super) struct Unfinished {
    folder: PathBuf,
    place: String,
}

/// The record of one key, locked against other processes.
pub(super) struct Record {
    file: fs::File,
    path: PathBuf,
    /// What an earlier process began.
    pub begun: Option<Begun>,
    /// Parts that the store has: by number, the MD5 of the content and the store's tag.
    parts: BTreeMap<u16, (String, String)>,
}

impl Unfinished {
    pub(super) fn new(folder: PathBuf, place: String) -> Self {
        Self { folder, place }
    }

    /// The record of a key; waits while another process has it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn take(&self, key: &str) -> Result<Record, Fault> {
        let name = Digest::of(format!("{} {key}", self.place).as_bytes()).first(16);
        let path = self.folder.join(format!("{name}.{ENDING}"));
        let open = || {
            fs::create_dir_all(&self.folder)?;
            loop {
                let file = options().create(true).open(&path)?;
                file.lock()?;
                // Whoever had it may have removed it meanwhile.
                if is_at(&file, &path) {
                    return Record::read(file, path.clone());
                }
            }
        };
        open().map_err(|e| unwritable(&path, &e))
    }

    /// All records of this place that no other process has.
    pub(super) fn all(&self) -> Vec<Record> {
        let Ok(entries) = fs::read_dir(&self.folder) else {
            return Vec::new();
        };
        let paths = entries.flatten().map(|entry| entry.path());
        let paths = paths.filter(|path| path.extension().is_some_and(|end| end == ENDING));
        let read = paths.filter_map(|path| {
            let file = options().open(&path).ok()?;
            file.try_lock().ok()?;
            Record::read(file, path).ok()
        });
        let ours = |record: &Record| match &record.begun {
            Some(begun) => begun.place == self.place,
            None => true,
        };
        read.filter(ours).collect()
    }

    /// The first line of a new record.
    pub(super) fn begun(&self, key: &str, id: &str, part: usize) -> Begun {
        Begun {
            place: self.place.clone(),
            key: key.to_owned(),
            id: id.to_owned(),
            part,
        }
    }
}

fn options() -> fs::OpenOptions {
    let mut options = fs::File::options();
    options.read(true).append(true);
    options
}

fn is_at(file: &fs::File, path: &Path) -> bool {
    let same = |a: &fs::Metadata, b: &fs::Metadata| (a.dev(), a.ino()) == (b.dev(), b.ino());
    match (file.metadata(), fs::metadata(path)) {
        (Ok(own), Ok(there)) => same(&own, &there),
        _ => false,
    }
}

fn unwritable(path: &Path, error: &io::Error) -> Fault {
    Fault::permanent(
        format!("{} cannot be written: {error}", path.display()),
        "allow writing there: the command records unfinished uploads, to continue or remove them",
    )
}

impl Record {
    fn read(mut file: fs::File, path: PathBuf) -> io::Result<Self> {
        let mut text = String::new();
        file.read_to_string(&mut text)?;
        // A last line that a kill cut off tells nothing.
        let whole = &text[..text.rfind('\n').map_or(0, |end| end + 1)];
        let mut lines = whole.lines();
        let begun = lines
            .next()
            .and_then(|line| serde_json::from_str(line).ok());
        let part = |line: &str| serde_json::from_str::<(u16, String, String)>(line).ok();
        let parts = lines.filter_map(part);
        Ok(Self {
            parts: parts
                .map(|(number, sum, tag)| (number, (sum, tag)))
                .collect(),
            file,
            path,
            begun,
        })
    }

    /// The store's tag of a part with this content, if the store has it.
    pub(super) fn tag(&self, number: u16, sum: &str) -> Option<String> {
        let (known, tag) = self.parts.get(&number)?;
        (known == sum).then(|| tag.clone())
    }

    /// Begins anew.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn begin(&mut self, begun: Begun) -> Result<(), Fault> {
        self.parts.clear();
        let line = serde_json::to_string(&begun).unwrap_or_default();
        self.begun = Some(begun);
        let cut = self.file.set_len(0);
        cut.map_err(|e| unwritable(&self.path, &e))?;
        self.add(&line)
    }

    /// Notes a part that the store has.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn has(&self, number: u16, sum: &str, tag: &str) -> Result<(), Fault> {
        self.add(&serde_json::json!([number, sum, tag]).to_string())
    }

    fn add(&self, line: &str) -> Result<(), Fault> {
        let written = (&self.file).write_all(format!("{line}\n").as_bytes());
        written.map_err(|e| unwritable(&self.path, &e))
    }

    /// Forgets the upload.
    pub(super) fn forget(&mut self) {
        self.begun = None;
        self.parts.clear();
        let _ = self.file.set_len(0);
    }
}

impl Drop for Record {
    /// A record of nothing does not stay.
    fn drop(&mut self) {
        if self.begun.is_none() {
            let _ = fs::remove_file(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_outlives_a_kill_and_a_cut_line() {
        let dir = tempfile::tempdir().unwrap();
        let all = Unfinished::new(dir.path().join("uploads"), "s3://b".to_owned());
        let mut record = all.take("k").unwrap();
        assert!(record.begun.is_none());
        record.begin(all.begun("k", "id\n1", 5)).unwrap();
        record.has(2, "sum", "\"tag\"").unwrap();
        assert!(all.all().is_empty(), "it is locked");
        let path = record.path.clone();
        drop(record);
        fs::File::options()
            .append(true)
            .open(&path)
            .and_then(|mut file| file.write_all(b"[3,\"su"))
            .unwrap();
        let mut record = all.take("k").unwrap();
        let begun = record.begun.clone().unwrap();
        assert_eq!((&*begun.id, begun.part), ("id\n1", 5));
        assert_eq!(record.tag(2, "sum").as_deref(), Some("\"tag\""));
        assert_eq!((record.tag(2, "other"), record.tag(3, "sum")), (None, None));
        record.forget();
        drop(record);
        assert!(!path.exists());
        let other = Unfinished::new(dir.path().join("uploads"), "s3://other".to_owned());
        let mut record = other.take("k").unwrap();
        record.begin(other.begun("k", "id", 5)).unwrap();
        drop(record);
        assert!(all.all().is_empty(), "another place's");
        assert_eq!(other.all().len(), 1);
    }
}
