//! A store that can serialise no transaction the first time: it undoes each, and runs its rule again in
//! another. What callers see must be as if it had run once.

use std::sync::Weak;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use dateline_auth::domain::random::Random;
use dateline_auth::domain::store::{Isolation, ReadJob, Verdict, WriteJob};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use super::*;

/// Randomness that repeats itself, so that a rule which runs again draws the same.
#[derive(Default)]
pub(crate) struct Sequence(AtomicU64);

impl Sequence {
    /// As if so much had been drawn already.
    pub(crate) fn starting(drawn: u64) -> Self {
        Self(AtomicU64::new(drawn))
    }
}

impl Random for Sequence {
    fn fill(&self, buffer: &mut [u8]) {
        for part in buffer.chunks_mut(32) {
            let number = self.0.fetch_add(1, Ordering::Relaxed);
            part.copy_from_slice(&Sha256::digest(number.to_le_bytes())[..part.len()]);
        }
    }
}

/// See the module.
pub(crate) struct Again {
    inner: Arc<dyn Store>,
    random: Arc<Sequence>,
}

impl Again {
    pub(crate) fn new(inner: Arc<dyn Store>, random: Arc<Sequence>) -> Self {
        Self { inner, random }
    }
}

impl Store for Again {
    fn submit_write(&self, job: Box<dyn WriteJob>) {
        self.inner.submit_write(Box::new(InVain {
            job,
            // The store must not keep itself open.
            store: Arc::downgrade(&self.inner),
            random: Arc::clone(&self.random),
        }));
    }

    fn submit_read(&self, job: ReadJob) {
        self.inner.submit_read(job);
    }

    fn is_writable(&self) -> bool {
        self.inner.is_writable()
    }
}

/// A job's first run.
struct InVain {
    job: Box<dyn WriteJob>,
    store: Weak<dyn Store>,
    random: Arc<Sequence>,
}

impl WriteJob for InVain {
    fn isolation(&self) -> Isolation {
        self.job.isolation()
    }

    fn run(&mut self, rows: &mut dyn Rows) -> Verdict {
        let drawn = self.random.0.load(Ordering::Relaxed);
        self.job.run(rows);
        self.random.0.store(drawn, Ordering::Relaxed);
        Verdict::RollBack
    }

    fn end(self: Box<Self>, ended: Stored<()>) {
        match (ended, self.store.upgrade()) {
            (Ok(()), Some(store)) => store.submit_write(self.job),
            (ended, _) => self.job.end(ended),
        }
    }
}

struct Folder {
    store: Arc<dyn Store>,
    _dir: TempDir,
}

impl Backend for Folder {
    fn open() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let inner = sqlite::open(&dir.path().join("accounts.db"));
        let store = Arc::new(Again::new(inner, Arc::default()));
        Self { store, _dir: dir }
    }

    fn store(&self) -> Arc<dyn Store> {
        Arc::clone(&self.store)
    }
}

contracts!(Folder);

#[tokio::test]
async fn every_rule_runs_twice_and_counts_once() {
    let folder = Folder::open();
    let runs = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&runs);
    let id = write(&folder.store, move |rows| {
        count.fetch_add(1, Ordering::Relaxed);
        rows.insert_account(&account("jo"))
    });
    assert_eq!(id.await, Some(1));
    assert_eq!(runs.load(Ordering::Relaxed), 2);
    let all = read(&folder.store, |rows| rows.accounts_after(0, 9)).await;
    assert_eq!(all.len(), 1);
}
