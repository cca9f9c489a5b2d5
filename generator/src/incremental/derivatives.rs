//! Derivatives by key: a file each, `.dateline/pictures/` and the key in hexadecimal.
//!
//! A key covers all that makes the bytes (`assets::Original::key`), with the edition of what makes pictures. So other
//! versions of this program may use what this one made, and the mark of the files is not that of its sources.

use std::{
    collections::BTreeSet,
    io::Write,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use super::{
    disk::{CACHE, Disk},
    envelope,
};
use crate::{assets::Kept, base::hash::Digest};

const FOLDER: &str = "pictures";
const MARK: &str = "dateline picture 1\n";
/// Of derivatives that no page uses now, other branches and undone edits have use: these many bytes stay, or as many as
/// are in use, if that is more.
const SPARE: u64 = 256 << 20;

/// The derivatives of a newsroom.
pub struct Derivatives {
    disk: Arc<dyn Disk>,
    /// Whether any was added.
    learned: AtomicBool,
}

impl Derivatives {
    /// Those on this disk.
    pub fn new(disk: &Arc<dyn Disk>) -> Self {
        Self {
            disk: disk.clone(),
            learned: AtomicBool::new(false),
        }
    }
}

fn name(key: &Digest) -> String {
    format!("{FOLDER}/{}", key.hex())
}

impl Kept for Derivatives {
    fn has(&self, key: &Digest) -> bool {
        self.disk.stamp(&format!("{CACHE}/{}", name(key))).is_some()
    }

    fn recall(&self, key: &Digest) -> Option<Vec<u8>> {
        let (bytes, _) = envelope::load_of(self.disk.as_ref(), &name(key), MARK)?;
        Some(bytes)
    }

    fn learn(&self, key: &Digest, bytes: &[u8]) {
        self.learned.store(true, Ordering::Relaxed);
        envelope::save_of(self.disk.as_ref(), &name(key), MARK, |out| {
            out.write_all(bytes)
        });
    }

    fn conclude(&self, in_use: &dyn Fn() -> BTreeSet<Digest>) {
        if self.learned.swap(false, Ordering::Relaxed) {
            self.prune(&in_use(), SPARE);
        }
    }
}

impl Derivatives {
    /// Removes the oldest that are not `in_use`, until the others have no more bytes than `spare`, or than those in use.
    /// Drafts of builds that were killed count too.
    fn prune(&self, in_use: &BTreeSet<Digest>, spare: u64) {
        let in_use: BTreeSet<String> = in_use.iter().map(Digest::hex).collect();
        let (mut used, mut others) = (0, Vec::new());
        for (name, size) in self.disk.list(FOLDER) {
            if in_use.contains(&name) {
                used += size;
                continue;
            }
            let stamp = self.disk.stamp(&format!("{CACHE}/{FOLDER}/{name}"));
            others.push((stamp.map(|stamp| stamp.latest()), name, size));
        }
        // The newest first, and of equal ones always the same.
        others.sort_unstable_by(|a, b| b.cmp(a));
        let (mut sum, most) = (0, used.max(spare));
        for (_, name, size) in others {
            sum += size;
            if sum > most {
                // A build at the same time may have been faster.
                let _ = self.disk.remove(&format!("{FOLDER}/{name}"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        collections::BTreeMap,
        io,
        sync::{Mutex, PoisonError},
    };

    use super::{super::disk::Writing, *};
    use crate::base::files::Stamp;

    /// A cache in memory. Each write is one nanosecond later than the one before.
    #[derive(Default)]
    struct Shelf(Mutex<BTreeMap<String, (Vec<u8>, Stamp)>>);

    impl Shelf {
        fn files(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, (Vec<u8>, Stamp)>> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner)
        }
    }

    impl Disk for Shelf {
        fn stamp(&self, path: &str) -> Option<Stamp> {
            let name = path.strip_prefix(".dateline/")?;
            self.files().get(name).map(|(_, stamp)| *stamp)
        }

        fn load(&self, name: &str) -> io::Result<Vec<u8>> {
            let found = self.files().get(name).map(|(bytes, _)| bytes.clone());
            found.ok_or(io::ErrorKind::NotFound.into())
        }

        fn save(&self, name: &str, write: Writing<'_>) -> io::Result<()> {
            let mut bytes = Vec::new();
            write(&mut bytes)?;
            let mut files = self.files();
            let latest = files.values().map(|(_, stamp)| stamp.latest()).max();
            let now = latest.unwrap_or(0) + 1;
            let stamp = Stamp::new(1, bytes.len() as u64, now, now);
            files.insert(name.to_owned(), (bytes, stamp));
            Ok(())
        }

        fn list(&self, folder: &str) -> Vec<(String, u64)> {
            let prefix = format!("{folder}/");
            let one = |(name, (bytes, _)): (&String, &(Vec<u8>, Stamp))| {
                Some((name.strip_prefix(&prefix)?.to_owned(), bytes.len() as u64))
            };
            self.files().iter().filter_map(one).collect()
        }

        fn remove(&self, name: &str) -> io::Result<()> {
            self.files().remove(name);
            Ok(())
        }
    }

    fn key(n: u8) -> Digest {
        Digest::of(&[n])
    }

    fn shelf() -> (Arc<Shelf>, Derivatives) {
        let shelf = Arc::new(Shelf::default());
        let disk: Arc<dyn Disk> = shelf.clone();
        (shelf, Derivatives::new(&disk))
    }

    #[test]
    fn what_was_learned_is_recalled_unless_a_bit_of_it_is_wrong() {
        let (shelf, kept) = shelf();
        let bytes = b"a picture".to_vec();
        kept.learn(&key(1), &bytes);
        kept.learn(&key(2), b"another");
        assert_eq!(kept.recall(&key(1)), Some(bytes));
        assert_eq!((kept.recall(&key(3)), kept.has(&key(3))), (None, false));
        let good = shelf.files()[&name(&key(1))].clone();
        let put = |bytes: Vec<u8>| shelf.files().insert(name(&key(1)), (bytes, good.1));
        for bit in 0..good.0.len() * 8 {
            let mut bad = good.0.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            put(bad);
            assert_eq!(kept.recall(&key(1)), None, "bit {bit}");
        }
        for length in 0..good.0.len() {
            put(good.0[..length].to_vec());
            assert_eq!(kept.recall(&key(1)), None, "{length} bytes");
        }
        let other = shelf.files()[&name(&key(2))].0.clone();
        put(other);
        assert_eq!(kept.recall(&key(1)), None, "of another key");
        assert!(kept.has(&key(1)));
    }

    #[test]
    fn the_oldest_that_no_build_uses_go_first() {
        let (shelf, kept) = shelf();
        (0..8).for_each(|n| kept.learn(&key(n), &[n; 1000]));
        let left = || -> Vec<u8> { (0..8).filter(|n| kept.has(&key(*n))).collect() };
        let size = shelf.list(FOLDER)[0].1;
        let in_use = |keys: &[u8]| keys.iter().map(|n| key(*n)).collect::<BTreeSet<_>>();
        // The oldest is in use; of the others, five fit.
        kept.prune(&in_use(&[0]), 5 * size);
        assert_eq!(left(), [0, 3, 4, 5, 6, 7]);
        // No more than are in use, where that is more than what may be spare.
        kept.prune(&in_use(&[0, 4]), size);
        assert_eq!(left(), [0, 4, 6, 7]);
        kept.prune(&in_use(&[]), 0);
        assert_eq!(left(), Vec::<u8>::new());
    }

    #[test]
    fn nothing_is_removed_where_nothing_was_added() {
        let (shelf, kept) = shelf();
        shelf.save(&name(&key(1)), &mut |_| Ok(())).unwrap();
        kept.conclude(&|| unreachable!("nobody asks what is in use"));
        assert!(kept.has(&key(1)));
    }
}
