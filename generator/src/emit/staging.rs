//! The staged outputs of one build: written beside the site, then moved in together.

use std::{
    fs,
    io::{self, Write},
    path::PathBuf,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use super::{
    Emitted, Emitter, Giving, JOURNAL, Result, Site, digest_of, failed, failed_with, same,
};
use crate::{
    base::{
        diag::Diagnostic,
        files::Taking,
        hash::{Digest, Sum},
        replace::replace,
    },
    plan::{Job, Turn},
};

/// Staged outputs.
pub struct Staging<'a> {
    pub(super) emitter: &'a Emitter,
    pub(super) tree: PathBuf,
    /// There is no site yet: all goes into the tree, which is moved as one.
    pub(super) whole: bool,
    /// What is moved in by itself.
    pub(super) moves: Mutex<Vec<(Turn, String)>>,
    pub(super) written: AtomicUsize,
    pub(super) kept: AtomicUsize,
}

impl Staging<'_> {
    /// Takes one output. What is on disk already, byte for byte, is not written again.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn put(&self, job: &Job, bytes: &[u8]) -> Result<()> {
        if !self.whole && same(&self.emitter.out.join(&*job.path), bytes) {
            self.keep();
            return Ok(());
        }
        self.write(job, bytes)
    }

    /// Counts one output that stays as it is.
    pub fn keep(&self) {
        self.kept.fetch_add(1, Ordering::Relaxed);
    }

    /// Takes one output that is not on disk.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, job: &Job, bytes: &[u8]) -> Result<()> {
        let target = self.target(job)?;
        fs::write(&target, bytes).map_err(|e| failed("write", &target, &e))
    }

    /// Where an output is to be written, which is then moved in.
    fn target(&self, job: &Job) -> Result<PathBuf> {
        let target = self.place(job)?;
        self.move_in(job);
        Ok(target)
    }

    /// Where an output is written.
    fn place(&self, job: &Job) -> Result<PathBuf> {
        let target = self.tree.join(&*job.path);
        if !self.whole
            && let Some(parent) = target.parent()
        {
            fs::create_dir_all(parent).map_err(|e| failed("make the folder", parent, &e))?;
        }
        Ok(target)
    }

    /// Has an output moved in.
    fn move_in(&self, job: &Job) {
        self.written.fetch_add(1, Ordering::Relaxed);
        if !self.whole || !job.path.starts_with("site/") {
            let mut moves = self.moves.lock().unwrap_or_else(PoisonError::into_inner);
            moves.push((job.task.turn(), job.path.to_string()));
        }
    }

    /// Takes one output piece by piece from `give`, which tells its size and digest at the end. What is on disk
    /// already stays there.
    ///
    /// # Errors
    /// When it cannot be written; else those of `give`.
    pub fn stream<E: From<Box<Diagnostic>>>(
        &self,
        job: &Job,
        give: impl FnOnce(Taking<'_>) -> std::result::Result<(u64, Digest), E>,
    ) -> std::result::Result<(u64, Digest), E> {
        let target = self.place(job)?;
        let mut file = fs::File::create(&target).map_err(|e| failed("write", &target, &e))?;
        let mut full = None;
        let given = give(&mut |piece| {
            file.write_all(piece).map_err(|error| {
                let kind = error.kind();
                full = Some(error);
                kind.into()
            })
        });
        if let Some(error) = full {
            return Err(failed("write", &target, &error).into());
        }
        let made = given?;
        if !self.whole && digest_of(&self.emitter.out.join(&*job.path)) == Some(made) {
            fs::remove_file(&target).map_err(|e| failed("clear", &target, &e))?;
            self.keep();
        } else {
            self.move_in(job);
        }
        Ok(made)
    }

    /// Takes one output piece by piece from `give`, unless its digest shows that it is on disk already: its
    /// size, and the digest of what was taken.
    ///
    /// # Errors
    /// When it cannot be written, or not be given: then the error is that of `give` and no diagnostic.
    pub fn copy(
        &self,
        job: &Job,
        digest: Digest,
        give: Giving<'_>,
    ) -> Result<io::Result<(u64, Digest)>> {
        let lies = self.emitter.out.join(&*job.path);
        if !self.whole
            && let Some((size, found)) = digest_of(&lies)
            && found == digest
        {
            self.keep();
            return Ok(Ok((size, digest)));
        }
        let target = self.target(job)?;
        let mut file = fs::File::create(&target).map_err(|e| failed("write", &target, &e))?;
        let (mut size, mut sum, mut full) = (0, Sum::default(), None);
        let given = give(&mut |piece| {
            size += piece.len() as u64;
            sum.rest(piece);
            file.write_all(piece).map_err(|error| {
                let kind = error.kind();
                full = Some(error);
                kind.into()
            })
        });
        match full {
            Some(error) => Err(failed("write", &target, &error)),
            None => Ok(given.map(|()| (size, sum.finish()))),
        }
    }

    /// Moves everything in and removes `gone`, outputs of an earlier build.
    ///
    /// # Errors
    /// When moving fails half-way; the journal stays, and the next build goes on from there.
    pub fn commit(self, gone: Vec<String>) -> Result<Emitted> {
        let emitter = self.emitter;
        let emitted = Emitted {
            written: self.written.load(Ordering::Relaxed),
            kept: self.kept.load(Ordering::Relaxed),
            removed: gone.len(),
        };
        let journal = self.journal(&gone);
        if !journal.is_empty() {
            // From here on it is another tree; it has a name again once the build has recorded it.
            emitter.seal("")?;
            self.write_journal(&journal)?;
            emitter.replay(&journal)?;
        }
        let staging = emitter.staging();
        fs::remove_dir_all(&staging)
            .map_err(|e| failed_with(Site::Moved, "clear", &staging, &e))?;
        Ok(emitted)
    }

    /// What is to be done, a step a line.
    pub(super) fn journal(&self, gone: &[String]) -> String {
        let mut moves = self.moves.lock().unwrap_or_else(PoisonError::into_inner);
        if self.whole && self.tree.join("site").exists() {
            moves.push((Turn::Files, "site".to_owned()));
        }
        moves.sort_unstable();
        let moves = moves.iter().map(|(_, path)| format!("move {path}\n"));
        let gone = gone.iter().map(|path| format!("remove {path}\n"));
        moves.chain(gone).collect()
    }

    /// The journal appears whole or not at all: from then on the build counts as done.
    pub(super) fn write_journal(&self, journal: &str) -> Result<()> {
        let staging = self.emitter.staging();
        let path = staging.join(JOURNAL);
        let draft = path.with_extension("draft");
        replace(&draft, &path, |file| file.write_all(journal.as_bytes()))
            .map_err(|e| failed("write", &path, &e))
    }
}

impl Drop for Staging<'_> {
    fn drop(&mut self) {
        // A failed build leaves nothing behind. Once a journal stands, the next build needs it.
        let staging = self.emitter.staging();
        if !staging.join(JOURNAL).exists() {
            let _ = fs::remove_dir_all(staging);
        }
    }
}
