//! Services on machines whose clocks are wrong, on one PostgreSQL database: its clock counts.

use std::sync::Arc;
use std::time::Duration;

use dateline_auth::app::Sidecar;
use dateline_auth::domain::accounts::{NextMail, Rate};
use dateline_auth::domain::clock::{Clock, SystemClock};
use dateline_auth::mail::MemoryMailer;
use dateline_auth::store::postgres::{Postgres, PostgresOptions};
use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;

use crate::accounts::{Browser, JO, PASSWORD, code_in, manifest};
use crate::harness::options;
use crate::postgres::shared;

/// A machine whose clock is off by so many minutes.
struct Off(i64);

impl Clock for Off {
    fn now(&self) -> Timestamp {
        SystemClock.now() + SignedDuration::from_mins(self.0)
    }

    fn monotonic(&self) -> Duration {
        SystemClock.monotonic()
    }
}

/// A database, and what the services on it share.
struct Nodes {
    dir: TempDir,
    database: String,
    mailer: Arc<MemoryMailer>,
}

impl Nodes {
    fn new() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
            database: shared().database(),
            mailer: Arc::new(MemoryMailer::new()),
        }
    }

    /// A service on a machine whose clock is off by so many minutes.
    fn off(&self, minutes: i64) -> Sidecar {
        let address = shared().address(&self.database);
        let store = Postgres::open_on(&address, PostgresOptions::default(), Arc::new(Off(minutes)));
        let store = Arc::new(store.unwrap());
        let mut options = options(self.dir.path());
        options.clock = store.clone();
        options.store = store;
        options.mailer = self.mailer.clone();
        let sidecar = Sidecar::open(options).unwrap();
        sidecar.catalogue().replace(manifest(self.dir.path()));
        sidecar
    }

    fn sql(&self, statement: &str) {
        shared().sql(&self.database, statement);
    }
}

impl Drop for Nodes {
    fn drop(&mut self) {
        shared().drop_database(&self.database);
    }
}

#[tokio::test]
async fn a_node_whose_clock_is_behind_accepts_no_expired_code() {
    let nodes = Nodes::new();
    let behind = nodes.off(-20);
    let mut jo = Browser::of(&behind);
    jo.register(JO, PASSWORD).await.status(202);
    behind.send_mail().await;
    let code = code_in(&nodes.mailer.mails()[0]);
    nodes.sql("UPDATE flows SET code_expires_at = (extract(epoch FROM clock_timestamp()) * 1000)::bigint - 1");
    jo.enter("verify", &code).await.problem(410, "code-expired");
}

#[tokio::test]
async fn a_node_whose_clock_is_ahead_takes_no_mail_that_another_sends() {
    let nodes = Nodes::new();
    let (right, ahead) = (nodes.off(0), nodes.off(20));
    let mut jo = Browser::of(&right);
    jo.register(JO, PASSWORD).await.status(202);
    let next = |node: &Sidecar, owner: &'static str| {
        let accounts = node.accounts().clone();
        async move { accounts.lease_mail(owner, Rate::Kept).await.unwrap() }
    };
    assert!(matches!(next(&right, "a").await, NextMail::Leased(_)));
    assert!(matches!(next(&ahead, "b").await, NextMail::None));
    // Once the lease is over, it does.
    nodes.sql("UPDATE outbox SET lease_until = (extract(epoch FROM clock_timestamp()) * 1000)::bigint - 1");
    assert!(matches!(next(&ahead, "b").await, NextMail::Leased(_)));
}
