use jiff::Timestamp;

use super::*;

/// Passes when it is told to.
#[derive(Default)]
struct Hand(AtomicU64);

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }

    fn monotonic(&self) -> Duration {
        Duration::from_secs(self.0.load(Ordering::Relaxed))
    }
}

const SIZE: u64 = 1000;

fn wanted(rendition: &str) -> Wanted {
    Wanted {
        dossier: "lisbon".into(),
        rendition: rendition.into(),
        sha256: "ab".repeat(32),
        size: SIZE,
        terms: "2025-01".into(),
        by_link: false,
        granted: false,
    }
}

struct Room {
    clock: Arc<Hand>,
    transfers: Arc<Transfers>,
    next: i64,
}

impl Room {
    fn new(limits: DownloadLimits) -> Self {
        let clock = Arc::new(Hand(AtomicU64::new(1000)));
        Self {
            transfers: Arc::new(Transfers::new(clock.clone(), limits)),
            clock,
            next: 1,
        }
    }

    fn pass(&self, seconds: u64) {
        self.clock.0.fetch_add(seconds, Ordering::Relaxed);
    }

    /// As a request does: joins what runs, or begins.
    fn ask(
        &mut self,
        account: i64,
        rendition: &str,
        range: Option<Range<u64>>,
    ) -> Result<Sending, Refused> {
        let ask = if range.is_none() {
            RequestKind::Whole
        } else {
            RequestKind::Range
        };
        let sending = self.transfers.sending(range.unwrap_or(0..SIZE));
        let (part, wanted) = (sending.part(), wanted(rendition));
        if self.transfers.join(account, &wanted, part, ask)? != Joined::Running {
            self.transfers.check_room(account, &[])?;
            self.transfers
                .begin(self.next, account, wanted, Progress::default(), part, &[]);
            self.next += 1;
        }
        Ok(sending)
    }

    fn flush(&self) -> Vec<(i64, u64, String, bool)> {
        let checkpoints = self.transfers.checkpoints();
        self.transfers.saved(&checkpoints, &[]);
        checkpoints
            .into_iter()
            .filter(|checkpoint| checkpoint.fresh > 0)
            .map(|checkpoint| {
                let covered = checkpoint.progress.covered;
                (
                    checkpoint.id,
                    checkpoint.progress.bytes,
                    covered.to_string(),
                    covered.is_whole(SIZE),
                )
            })
            .collect()
    }
}

fn limits() -> DownloadLimits {
    DownloadLimits {
        account: 2,
        parts: 3,
        account_rate: 0,
        rate: 0,
    }
}

#[test]
fn ranges_of_one_download_are_one() {
    let mut room = Room::new(limits());
    let first = room.ask(1, "broadcast", None).unwrap();
    first.sent(300);
    let second = room.ask(1, "broadcast", Some(300..1000)).unwrap();
    assert_eq!(room.transfers.count(), (1, 2));
    assert_eq!(room.flush(), [(1, 300, "0-300".into(), false)]);
    second.sent(700);
    drop((first, second));
    assert_eq!(room.flush(), [(1, 1000, "0-1000".into(), true)]);
    assert_eq!(room.flush(), []);
    assert_eq!(room.transfers.count(), (0, 0));
    // It is forgotten: what follows begins anew, from what is written down.
    let _third = room.ask(1, "broadcast", Some(0..10)).unwrap();
    assert_eq!(room.next, 3);
}

#[test]
fn another_copy_is_another_download() {
    let mut room = Room::new(limits());
    let _one = room.ask(1, "broadcast", None).unwrap();
    let _two = room.ask(1, "broadcast", None).unwrap();
    assert_eq!(room.transfers.count(), (2, 2));
    // A range goes to the later of them.
    let range = room.ask(1, "broadcast", Some(5..6)).unwrap();
    range.sent(1);
    assert_eq!(room.flush(), [(2, 1, "5-6".into(), false)]);
    let _other = room.ask(2, "broadcast", Some(5..6)).unwrap();
    assert_eq!(room.next, 4);
}

#[test]
fn interrupted_downloads_resume_and_complete_ones_do_not() {
    let mut room = Room::new(limits());
    let first = room.ask(1, "a", None).unwrap();
    first.sent(10);
    drop(first);
    let again = room.ask(1, "a", None).unwrap();
    again.sent(SIZE);
    drop(again);
    assert_eq!(room.flush(), [(1, SIZE + 10, "0-1000".into(), true)]);
    let one = room.ask(1, "a", None).unwrap();
    one.sent(SIZE);
    drop(one);
    let _copy = room.ask(1, "a", None).unwrap();
    assert_eq!(room.next, 4);
}

#[test]
fn only_stalled_downloads_are_displaced() {
    let mut room = Room::new(limits());
    let one = room.ask(1, "a", None).unwrap();
    let two = room.ask(1, "b", None).unwrap();
    assert_eq!(
        room.ask(1, "c", None).err(),
        Some(Refused::NoRoom(RETRY_AFTER))
    );
    assert!(room.ask(2, "c", None).is_ok());
    room.pass(9);
    assert!(room.ask(1, "c", None).is_err());
    two.sent(1);
    room.pass(1);
    let three = room.ask(1, "c", None).unwrap();
    assert!(one.is_cut() && !two.is_cut() && !three.is_cut());
    assert!(room.ask(1, "d", None).is_err());
    drop(two);
    assert!(room.ask(1, "d", None).is_ok());
}

#[test]
fn ranges_of_a_download_are_limited_alike() {
    let mut room = Room::new(limits());
    let parts: Vec<_> = (0..3)
        .map(|n| room.ask(1, "a", Some(n..SIZE)).unwrap())
        .collect();
    assert!(room.ask(1, "a", Some(9..SIZE)).is_err());
    room.pass(10);
    parts[0].sent(1);
    let _fourth = room.ask(1, "a", Some(9..SIZE)).unwrap();
    assert_eq!(
        parts.iter().map(Sending::is_cut).collect::<Vec<_>>(),
        [false, true, false]
    );
}

#[test]
fn progress_that_was_not_saved_is_reported_again() {
    let mut room = Room::new(limits());
    let sending = room.ask(1, "a", None).unwrap();
    sending.sent(10);
    drop(sending);
    let checkpoints = room.transfers.checkpoints();
    assert_eq!(checkpoints.len(), 1);
    assert_eq!(room.transfers.checkpoints(), checkpoints);
    room.transfers.saved(&checkpoints, &[]);
    assert_eq!(room.transfers.checkpoints(), []);
}

#[test]
fn a_request_that_sends_nothing_leaves_no_trace() {
    let mut room = Room::new(limits());
    drop(room.ask(1, "a", None).unwrap());
    assert_eq!(room.flush(), []);
    assert!(room.transfers.lock().is_empty());
}

#[test]
fn an_accounts_downloads_share_its_rate_and_all_share_the_services() {
    let mut room = Room::new(DownloadLimits {
        account_rate: 1000,
        rate: 10_000,
        ..limits()
    });
    let one = room.ask(1, "a", None).unwrap();
    let two = room.ask(1, "b", None).unwrap();
    let other = room.ask(2, "a", None).unwrap();
    let seconds = |wait: Duration| (wait.as_secs_f64() * 1000.0).round() / 1000.0;
    // A quarter of a second may be ahead.
    assert_eq!(seconds(one.sent(1000)), 1.0 - 0.25);
    assert_eq!(seconds(two.sent(1000)), 2.0 - 0.25);
    assert_eq!(seconds(other.sent(250)), 0.0);
    let preview = room.transfers.sending(0..100_000);
    assert_eq!(seconds(preview.sent(100_000)), 10.225 - 0.25);
}
