//! Follows a file that another program writes.
//!
//! Polls it every second: that works on every file system, needs no threads, and builds that write these files are
//! minutes apart.

use std::io;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

/// The polling interval.
const INTERVAL: Duration = Duration::from_secs(1);

/// A file, and what it was when it was last read.
struct WatchedFile {
    path: PathBuf,
    /// None before the first check.
    seen: Option<Option<Stamp>>,
}

/// Whatever changes with the content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    modified: Option<SystemTime>,
    size: u64,
    /// Another file that was moved here may have the same time and size.
    inode: u64,
}

impl WatchedFile {
    fn new(path: PathBuf) -> Self {
        Self { path, seen: None }
    }

    /// The content, if it changed since the last check; an error is also returned once.
    async fn changed(&mut self) -> Option<io::Result<Vec<u8>>> {
        let stamp = self.stamp().await;
        if self.seen == Some(stamp) {
            return None;
        }
        // Before reading: a change during the read is then seen the next time.
        self.seen = Some(stamp);
        Some(tokio::fs::read(&self.path).await)
    }

    async fn stamp(&self) -> Option<Stamp> {
        use std::os::unix::fs::MetadataExt;

        let metadata = tokio::fs::metadata(&self.path).await.ok()?;
        Some(Stamp {
            modified: metadata.modified().ok(),
            size: metadata.len(),
            inode: metadata.ino(),
        })
    }
}

/// Calls `apply` with the content, and with each new content, for ever.
pub(crate) async fn follow(
    path: PathBuf,
    mut apply: impl FnMut(io::Result<Vec<u8>>) + Send + 'static,
) {
    let mut file = WatchedFile::new(path);
    if let Some(content) = file.changed().await {
        apply(content);
    }
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(INTERVAL).await;
            if let Some(content) = file.changed().await {
                apply(content);
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn each_change_and_each_absence_is_reported_once() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        let mut file = WatchedFile::new(path.clone());
        assert!(file.changed().await.unwrap().is_err());
        assert!(file.changed().await.is_none());
        std::fs::write(&path, "one").unwrap();
        assert_eq!(file.changed().await.unwrap().unwrap(), b"one");
        assert!(file.changed().await.is_none());
        std::fs::write(dir.path().join("new"), "two").unwrap();
        std::fs::rename(dir.path().join("new"), &path).unwrap();
        assert_eq!(file.changed().await.unwrap().unwrap(), b"two");
        std::fs::remove_file(&path).unwrap();
        assert!(file.changed().await.unwrap().is_err());
    }
}
