//! Files that are copied as they are may be larger than memory: none is ever read as a whole.

use std::{
    io,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use dateline::{
    base::{
        diag,
        files::{Content, FileProblem, Files, Os, PIECE, Taking, Version},
    },
    incremental, pipeline,
};

use crate::harness::{Folder, Newsroom, Silent};

/// Files on the disk, of which those called `large.…` are handed over in pieces or not at all.
struct Careful {
    inner: Os,
    pieces: AtomicUsize,
}

impl Files for Careful {
    fn walk(&self, folder: &str) -> (Vec<String>, Vec<FileProblem>) {
        self.inner.walk(folder)
    }

    fn size(&self, path: &str) -> io::Result<u64> {
        self.inner.size(path)
    }

    fn pieces(&self, path: &str, take: Taking<'_>) -> io::Result<Version> {
        self.inner.pieces(path, &mut |piece| {
            assert!(piece.len() <= PIECE);
            self.pieces.fetch_add(1, Ordering::Relaxed);
            take(piece)
        })
    }

    fn read(&self, path: &str) -> io::Result<Content> {
        assert!(!path.contains("/large."), "{path} was read as a whole");
        self.inner.read(path)
    }
}

fn room(fill: u8, body: &str) -> Newsroom {
    let large = vec![fill; 5 * PIECE + 1];
    Newsroom::new()
        .story(
            "news/a.md",
            "2025-01-01",
            "",
            &format!("[all](large.zip) [too](/large.mp4) {body}"),
        )
        .file("content/news/large.zip", large.clone())
        .file("content/static/large.mp4", large)
}

fn built(folder: &Folder, room: &Newsroom) -> usize {
    folder.write(room);
    let careful = Arc::new(Careful {
        inner: Os::new(folder.root()),
        pieces: AtomicUsize::new(0),
    });
    let inputs = room.inputs_from(careful.clone());
    let disk: Arc<dyn incremental::Disk> = Arc::new(Os::new(folder.root()));
    let mut diags = Vec::new();
    let done = incremental::build(&inputs, &disk, &folder.dist(), &Silent, &mut diags);
    assert!(done.is_some() && !diag::any_error(&diags), "{diags:?}");
    assert!(
        incremental::verify(&inputs, &disk, &folder.dist(), &mut diags).is_some(),
        "{diags:?}"
    );
    let plan = pipeline::prepare(&inputs, &mut diags).unwrap();
    assert_eq!(plan.check(&|| false), []);
    careful.pieces.load(Ordering::Relaxed)
}

fn holds(path: &Path, fill: u8) {
    let bytes = std::fs::read(path).unwrap();
    assert!(bytes.len() == 5 * PIECE + 1 && bytes.iter().all(|b| *b == fill));
}

#[test]
fn large_files_pass_through_in_pieces() {
    let folder = Folder::new(&room(1, ""));
    let site = folder.dist().join("site");
    for (fill, body) in [(1, ""), (1, "edited"), (2, "edited"), (2, "edited again")] {
        assert!(built(&folder, &room(fill, body)) > 0);
        holds(&site.join("large.mp4"), fill);
        let beside = std::fs::read_dir(site.join("files/news")).unwrap();
        let beside: Vec<_> = beside.flatten().map(|e| e.path()).collect();
        assert_eq!(beside.len(), 1, "{beside:?}");
        holds(&beside[0], fill);
    }
}
