//! A part of a file as a stream of chunks.
//!
//! What the kernel has in its page cache is copied at once, on the async worker; only what must come
//! from the disk goes to a blocking thread. That is cheaper than a thread for every chunk, and never
//! makes a worker wait. Buffers are used again as soon as the connection has sent them, and a client that
//! takes everything at once gives way to others after each turn.

use std::collections::VecDeque;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use futures_util::Stream;
use tokio::task::JoinHandle;

/// The server's `WRITE_BUFFER` is as large, so that a slow client holds one or two of them and never more.
const CHUNK: usize = 64 * 1024;

/// For a client that keeps up: fewer calls and fewer wake-ups of its side for as many bytes.
const LARGE_CHUNK: usize = 256 * 1024;

/// A client keeps up once it took so many bytes without a rest: more than the buffers of two kernels
/// hold, which take the first ten megabytes at once however slow it is.
const KEEPS_UP: u64 = 16 * 1024 * 1024;

/// Longer than this between two chunks is a rest.
const REST: Duration = Duration::from_millis(100);

/// Buffers kept for use again: one that is being sent and one that was read meanwhile.
const BUFFERS: usize = 2;

/// Bytes until other tasks have their turn. Left to itself, hyper goes on for several megabytes, and
/// small requests beside fast downloads then wait for hundreds of milliseconds. With shorter turns cores
/// would spend their time handing a lone download to each other.
const TURN: usize = 512 * 1024;

pub(super) struct FileStream {
    file: Arc<File>,
    /// For the log.
    key: String,
    rest: Range<u64>,
    pace: Pace,
    sent: VecDeque<Bytes>,
    /// Whether the file system can tell cached content from content that it must fetch.
    tells_cached: bool,
    fetching: Option<JoinHandle<(BytesMut, io::Result<usize>)>>,
    /// Bytes given since others last had their turn.
    given: usize,
}

impl FileStream {
    pub(super) fn new(file: File, key: String, range: Range<u64>) -> Self {
        Self {
            file: Arc::new(file),
            key,
            pace: Pace::new(),
            rest: range,
            sent: VecDeque::new(),
            tells_cached: true,
            fetching: None,
            given: 0,
        }
    }

    /// A buffer of one chunk: the oldest that was sent, once nobody holds it any more.
    fn buffer(&mut self, size: usize) -> BytesMut {
        if let Some(oldest) = self.sent.pop_front() {
            match oldest.try_into_mut() {
                Ok(buffer) if buffer.len() == size => return buffer,
                // Its client's pace has changed.
                Ok(_) => self.sent.clear(),
                // Still on its way; it is freed when it has arrived.
                Err(oldest) if self.sent.len() + 1 < BUFFERS => self.sent.push_front(oldest),
                Err(_) => {}
            }
        }
        BytesMut::zeroed(size)
    }

    /// Takes note of `length` bytes read into `buffer`.
    fn take(&mut self, buffer: BytesMut, length: usize) -> io::Result<Bytes> {
        if length == 0 {
            tracing::error!(key = %self.key, at = self.rest.start, "a file was truncated while it was being sent");
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.rest.start += length as u64;
        let whole = buffer.freeze();
        let chunk = whole.slice(..length);
        self.sent.push_back(whole);
        Ok(chunk)
    }

    fn fail(&mut self, error: io::Error) -> io::Error {
        tracing::error!(key = %self.key, at = self.rest.start, %error, "a file could not be read");
        error
    }

    fn finish(&mut self, buffer: BytesMut, read: io::Result<usize>) -> io::Result<Bytes> {
        let outcome = match read {
            Ok(length) => self.take(buffer, length),
            Err(error) => Err(self.fail(error)),
        };
        if outcome.is_err() {
            self.rest.start = self.rest.end;
        }
        outcome
    }
}

impl Stream for FileStream {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        if this.fetching.is_none() {
            if this.rest.is_empty() {
                return Poll::Ready(None);
            }
            if this.given >= TURN {
                this.given = 0;
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            let chunk = this.pace.chunk(Instant::now());
            let rest = usize::try_from(this.rest.end - this.rest.start).unwrap_or(usize::MAX);
            let wanted = rest.min(chunk);
            this.given += wanted;
            // Of a short rest, no more than that: most parts that players ask for are small.
            let size = if this.sent.is_empty() { wanted } else { chunk };
            let mut buffer = this.buffer(size);
            if this.tells_cached {
                match read_cached(&this.file, &mut buffer[..wanted], this.rest.start) {
                    Cached::Read(read) => {
                        return Poll::Ready(Some(this.finish(buffer, Ok(read))));
                    }
                    Cached::MustFetch => {}
                    Cached::CannotTell => this.tells_cached = false,
                }
            }
            let file = Arc::clone(&this.file);
            let at = this.rest.start;
            this.fetching = Some(tokio::task::spawn_blocking(move || {
                let read = file.read_at(&mut buffer[..wanted], at);
                (buffer, read)
            }));
        }
        let Some(fetching) = &mut this.fetching else {
            return Poll::Ready(None);
        };
        let fetched = ready!(Pin::new(fetching).poll(cx));
        this.fetching = None;
        let (buffer, read) =
            fetched.unwrap_or_else(|error| (BytesMut::new(), Err(io::Error::from(error))));
        Poll::Ready(Some(this.finish(buffer, read)))
    }
}

/// How fast a connection takes what it gets.
struct Pace {
    asked: Option<Instant>,
    /// Bytes without a rest.
    taken: u64,
}

impl Pace {
    fn new() -> Self {
        Self {
            asked: None,
            taken: 0,
        }
    }

    /// The size of the chunk that is asked for now.
    fn chunk(&mut self, now: Instant) -> usize {
        let before = self.asked.replace(now);
        if before.is_some_and(|before| now.duration_since(before) > REST) {
            self.taken = 0;
        }
        let chunk = if self.taken < KEEPS_UP {
            CHUNK
        } else {
            LARGE_CHUNK
        };
        self.taken += chunk as u64;
        chunk
    }
}

enum Cached {
    /// This many bytes were there.
    Read(usize),
    MustFetch,
    CannotTell,
}

#[cfg(target_os = "linux")]
fn read_cached(file: &File, buffer: &mut [u8], at: u64) -> Cached {
    use rustix::io::{Errno, ReadWriteFlags, preadv2};

    let slices = &mut [io::IoSliceMut::new(buffer)];
    match preadv2(file, slices, at, ReadWriteFlags::NOWAIT) {
        Ok(length) => Cached::Read(length),
        Err(Errno::AGAIN | Errno::INTR) => Cached::MustFetch,
        // Errors proper too are left to the ordinary read, which reports them.
        Err(_) => Cached::CannotTell,
    }
}

#[cfg(not(target_os = "linux"))]
fn read_cached(_: &File, _: &mut [u8], _: u64) -> Cached {
    Cached::CannotTell
}

#[cfg(test)]
mod tests {
    use futures_util::StreamExt;
    use proptest::prelude::*;

    use super::*;

    fn content(length: usize) -> Vec<u8> {
        (0..length).map(|n| (n % 251) as u8).collect()
    }

    async fn read(length: usize, range: Range<u64>, tells_cached: bool) -> Vec<u8> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        std::fs::write(&path, content(length)).unwrap();
        let mut stream = FileStream::new(File::open(path).unwrap(), "file".into(), range);
        stream.tells_cached = tells_cached;
        let mut all = Vec::new();
        while let Some(chunk) = stream.next().await {
            all.extend_from_slice(&chunk.unwrap());
        }
        all
    }

    #[tokio::test]
    async fn every_part_is_exact_on_both_ways() {
        let length = 3 * 65_536 + 17;
        let whole = content(length);
        for (start, end) in [
            (0, length),
            (0, 1),
            (length - 1, length),
            (65_535, 65_537),
            (10, 65_546),
            (5, 5),
        ] {
            for tells_cached in [true, false] {
                let part = read(length, start as u64..end as u64, tells_cached).await;
                assert_eq!(part, whole[start..end], "{start}..{end} {tells_cached}");
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn any_range_is_exact(
            length in 1_usize..20 * CHUNK,
            a in any::<prop::sample::Index>(),
            b in any::<prop::sample::Index>(),
            tells_cached: bool,
        ) {
            let (a, b) = (a.index(length + 1), b.index(length + 1));
            let (start, end) = (a.min(b), a.max(b));
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let part = runtime.block_on(read(length, start as u64..end as u64, tells_cached));
            prop_assert!(part == content(length)[start..end], "{}..{} of {}", start, end, length);
        }
    }

    #[tokio::test]
    async fn others_have_their_turn_however_fast_a_client_is() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        std::fs::write(&path, content(40 * CHUNK)).unwrap();
        let file = File::open(path).unwrap();
        let mut stream = FileStream::new(file, "file".into(), 0..40 * CHUNK as u64);
        let mut cx = Context::from_waker(std::task::Waker::noop());
        // Were the whole file not in the page cache, it would wait more often, not less.
        let mut given = 0;
        while let Poll::Ready(Some(chunk)) = stream.poll_next_unpin(&mut cx) {
            chunk.unwrap();
            given += 1;
        }
        assert!(given <= TURN / CHUNK, "{given}");
    }

    #[test]
    fn chunks_are_large_only_while_a_client_keeps_up() {
        let mut pace = Pace::new();
        let mut now = Instant::now();
        let many = KEEPS_UP / CHUNK as u64;
        for _ in 0..many {
            assert_eq!(pace.chunk(now), CHUNK);
            now += REST;
        }
        assert_eq!(pace.chunk(now), LARGE_CHUNK);
        now += REST * 2;
        assert_eq!(pace.chunk(now), CHUNK, "after a rest");
    }

    #[tokio::test]
    async fn a_file_of_many_sizes_of_chunks_is_exact() {
        let length = KEEPS_UP as usize + 3 * LARGE_CHUNK + 17;
        let whole = content(length);
        assert!(read(length, 5..length as u64, true).await == whole[5..]);
    }

    #[tokio::test]
    async fn a_file_that_became_shorter_is_an_error_once() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        std::fs::write(&path, content(10)).unwrap();
        let mut stream = FileStream::new(File::open(path).unwrap(), "file".into(), 0..20);
        assert_eq!(stream.next().await.unwrap().unwrap().len(), 10);
        assert!(stream.next().await.unwrap().is_err());
        assert!(stream.next().await.is_none());
    }

    #[tokio::test]
    async fn buffers_are_used_again_but_never_while_held() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        let whole = content(40 * 65_536);
        std::fs::write(&path, &whole).unwrap();
        let file = File::open(path).unwrap();
        let length = whole.len() as u64;
        let mut stream = FileStream::new(file.try_clone().unwrap(), "file".into(), 0..length);
        let mut addresses = std::collections::BTreeSet::new();
        while let Some(chunk) = stream.next().await {
            addresses.insert(chunk.unwrap().as_ptr() as usize);
        }
        assert_eq!(
            addresses.len(),
            1,
            "a reader that keeps nothing needs one buffer"
        );
        let stream = FileStream::new(file, "file".into(), 0..length);
        let held: Vec<_> = stream.map(Result::unwrap).collect().await;
        assert_eq!(held.concat(), whole);
    }
}
