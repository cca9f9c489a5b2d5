//! What a call costs, told so that it can be compared exactly: how often the store is asked and written to, which
//! rows change, how much is drawn at random. What differs there between known and unknown addresses could be timed;
//! `bench/accounts-timing` does, with a clock.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use dateline_auth::app::Sidecar;
use dateline_auth::domain::random::{Random, SystemRandom};
use dateline_auth::domain::store::{ReadJob, Store, WriteJob};
use rusqlite::Connection;

use crate::accounts::{Browser, Service, open};

/// Another process on the files of a service, whose work is counted.
pub(crate) struct Watch {
    sidecar: Sidecar,
    rows: Connection,
    counts: Arc<Counts>,
}

#[derive(Default)]
struct Counts {
    reads: AtomicUsize,
    writes: AtomicUsize,
    drawn: AtomicUsize,
}

struct Counted<T>(T, Arc<Counts>);

impl Store for Counted<Arc<dyn Store>> {
    fn submit_write(&self, job: Box<dyn WriteJob>) {
        self.1.writes.fetch_add(1, Ordering::Relaxed);
        self.0.submit_write(job);
    }

    fn submit_read(&self, job: ReadJob) {
        self.1.reads.fetch_add(1, Ordering::Relaxed);
        self.0.submit_read(job);
    }

    fn is_writable(&self) -> bool {
        self.0.is_writable()
    }
}

impl Random for Counted<SystemRandom> {
    fn fill(&self, buffer: &mut [u8]) {
        // A number below a limit, 4 bytes, may be drawn again.
        if buffer.len() > 4 {
            self.1.drawn.fetch_add(buffer.len(), Ordering::Relaxed);
        }
        self.0.fill(buffer);
    }
}

/// Notes each row that changes in any table.
fn note_changes(rows: &Connection) {
    rows.execute_batch("CREATE TABLE seen (what TEXT NOT NULL)")
        .unwrap();
    let sql = "SELECT name FROM sqlite_schema WHERE type = 'table'
               AND name NOT IN ('seen', 'migrations', 'sqlite_sequence')";
    let mut tables = rows.prepare(sql).unwrap();
    let tables = tables.query_map([], |row| row.get::<_, String>(0)).unwrap();
    for table in tables.map(Result::unwrap) {
        for what in ["INSERT", "UPDATE", "DELETE"] {
            let trigger = format!(
                "CREATE TRIGGER seen_{what}_{table} AFTER {what} ON {table}
                 BEGIN INSERT INTO seen VALUES ('{what} {table}'); END"
            );
            rows.execute_batch(&trigger).unwrap();
        }
    }
}

impl Watch {
    pub(crate) fn on(service: &Service) -> Self {
        let rows = Connection::open(service.database()).unwrap();
        rows.busy_timeout(Duration::from_secs(60)).unwrap();
        note_changes(&rows);
        let counts = Arc::<Counts>::default();
        let (clock, mailer) = (&service.clock, &service.mailer);
        let sidecar = open(&service.dir, service.sqlite, clock, mailer, |options| {
            (service.change)(options);
            options.store = Arc::new(Counted(options.store.clone(), Arc::clone(&counts)));
            options.random = Arc::new(Counted(SystemRandom, Arc::clone(&counts)));
        });
        Self {
            sidecar,
            rows,
            counts,
        }
    }

    pub(crate) fn browser_at(&self, address: &str) -> Browser {
        Browser::of(&self.sidecar).with("x-forwarded-for", address)
    }

    /// Forgets what was done so far, which others did.
    pub(crate) fn begin(&self) {
        self.rows.execute("DELETE FROM seen", []).unwrap();
        let Counts {
            reads,
            writes,
            drawn,
        } = &*self.counts;
        for count in [reads, writes, drawn] {
            count.store(0, Ordering::Relaxed);
        }
    }

    /// What was done since then.
    pub(crate) fn told(&self) -> String {
        let sql = "SELECT what || ' x ' || count(*) FROM seen GROUP BY what ORDER BY what";
        let mut seen = self.rows.prepare(sql).unwrap();
        let seen = seen.query_map([], |row| row.get::<_, String>(0)).unwrap();
        let seen: Vec<_> = seen.map(Result::unwrap).collect();
        let Counts {
            reads,
            writes,
            drawn,
        } = &*self.counts;
        let [reads, writes, drawn] =
            [reads, writes, drawn].map(|count| count.load(Ordering::Relaxed));
        format!("{reads} reads, {writes} writes, {drawn} bytes at random; {seen:?}")
    }
}
