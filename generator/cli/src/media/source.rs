//! A file that is added: read once or twice, and seen to stay as it is meanwhile.

use std::{
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
    time::SystemTime,
};

use sha2::{Digest, Sha256};

use super::wrong;
use crate::output::Meter;
use dateline::base::{diag::Diagnostic, files};

/// How much is read at once, in bytes.
const STEP: usize = 1 << 20;

/// A file to add.
pub(super) struct Source {
    pub file: fs::File,
    /// Bytes.
    pub size: u64,
    path: PathBuf,
    /// What shows that it was left alone.
    changed: Option<SystemTime>,
}

impl Source {
    /// # Errors
    /// When it is empty, no file, or cannot be read.
    pub(super) fn open(path: &Path) -> Result<Self, Box<Diagnostic>> {
        let unreadable = |e| failed("read", path, &e);
        let file = files::open(path).map_err(unreadable)?;
        let about = file.metadata().map_err(unreadable)?;
        if !about.is_file() {
            let message = format!("{} is not a file", path.display());
            return Err(wrong(message, "name the video file itself"));
        }
        if about.len() == 0 {
            let message = format!("{} is empty", path.display());
            return Err(wrong(message, "wait until the file has been written"));
        }
        Ok(Self {
            size: about.len(),
            path: path.to_owned(),
            changed: about.modified().ok(),
            file,
        })
    }

    /// Whether the file is as it was when it was opened, after `read` bytes of it were read.
    ///
    /// # Errors
    /// When it changed.
    pub(super) fn is_unchanged(&self, read: u64) -> Result<(), Box<Diagnostic>> {
        let about = self.file.metadata();
        let about = about.map_err(|e| failed("read", &self.path, &e))?;
        if read == self.size && about.len() == self.size && about.modified().ok() == self.changed {
            return Ok(());
        }
        let message = format!("{} changed while it was read", self.path.display());
        let hint = "wait until nothing writes to it, then add it again";
        Err(wrong(message, hint))
    }
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
pub(super) fn each_step<E>(
    from: &mut impl Read,
    unreadable: impl Fn(io::Error) -> E,
    mut each: impl FnMut(&[u8]) -> Result<(), E>,
) -> Result<(String, u64), E> {
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

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
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
