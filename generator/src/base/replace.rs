//! Writing a file so that it is the old one or the new one at every moment.

use std::{fs, io, path::Path};

/// Writes `draft` by `write` and moves it to `target`, on the same file system. Where that fails, the draft is
/// removed and `target` stays as it was.
///
/// # Errors
/// Any error of the system or of `write`.
pub fn replace(
    draft: &Path,
    target: &Path,
    write: impl FnOnce(&mut fs::File) -> io::Result<()>,
) -> io::Result<()> {
    let written = fs::File::create(draft)
        .and_then(|mut file| write(&mut file))
        .and_then(|()| fs::rename(draft, target));
    written.inspect_err(|_| {
        let _ = fs::remove_file(draft);
    })
}
