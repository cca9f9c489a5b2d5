//! What callers see while the database is held by another process, or the disk is full, or the database refuses a statement.

use std::thread;
use std::time::{Duration, Instant};

use dateline_auth::store::sqlite::SqliteOptions;
use futures_util::future::join_all;
use rusqlite::Connection;

use serde_json::json;

use crate::accounts::{JO, KIM, Log, OTHER_PASSWORD, PASSWORD, Service};

/// Longer than anything here takes, and short enough to wait for.
const PATIENCE: Duration = Duration::from_millis(1500);
const PAGES: u32 = 80;

fn impatient() -> Service {
    let sqlite = SqliteOptions {
        patience: PATIENCE,
        ..SqliteOptions::default()
    };
    Service::on(sqlite, |_| {})
}

fn on_a_small_disk() -> Service {
    let sqlite = SqliteOptions {
        most_pages: Some(PAGES),
        ..SqliteOptions::default()
    };
    Service::on(sqlite, |_| {})
}

/// Another process.
fn raw(service: &Service) -> Connection {
    let raw = Connection::open(service.database()).unwrap();
    raw.busy_timeout(Duration::from_secs(5)).unwrap();
    raw
}

/// Makes a statement fail from here on, or no more.
fn fault(service: &Service, sql: &str) {
    raw(service).execute_batch(sql).unwrap();
}

fn count(raw: &Connection, table: &str) -> i64 {
    let sql = format!("SELECT count(*) FROM {table}");
    raw.query_row(&sql, [], |row| row.get(0)).unwrap()
}

#[tokio::test]
async fn a_lock_that_another_process_holds_briefly_is_waited_for() {
    let service = Service::new();
    let raw = raw(&service);
    raw.execute_batch("BEGIN IMMEDIATE").unwrap();
    let holder = thread::spawn(move || {
        thread::sleep(Duration::from_millis(100));
        raw.execute_batch("COMMIT").unwrap();
    });
    service.browser().register(JO, PASSWORD).await.status(202);
    holder.join().unwrap();
}

#[tokio::test]
async fn a_lock_that_is_held_for_longer_makes_calls_busy_and_nothing_else() {
    let service = impatient();
    let mut signed_in = service.registered("owner@example.com").await;
    let raw = raw(&service);
    let flows = count(&raw, "flows");
    raw.execute_batch("BEGIN IMMEDIATE").unwrap();
    let begun = Instant::now();
    let calls = join_all((0..6).map(|n| {
        let mut browser = service.browser_at(&format!("192.0.2.{n}"));
        async move {
            match n % 3 {
                0 => {
                    browser
                        .register(&format!("{n}@example.com"), PASSWORD)
                        .await
                }
                1 => browser.log_in("owner@example.com", PASSWORD).await,
                _ => browser.reset("owner@example.com").await,
            }
        }
    }));
    let calls = async { (calls.await, begun.elapsed()) };
    let reading = async {
        assert!(signed_in.is_signed_in().await);
        begun.elapsed()
    };
    let ((answers, waited), read_after) = tokio::join!(calls, reading);
    for answer in &answers {
        assert_eq!(answer.problem(503, "busy")["retry_after"], 2);
        assert_eq!(answer.header("retry-after"), "2");
    }
    assert!(waited >= PATIENCE, "{waited:?}");
    assert!(
        waited < PATIENCE * 6,
        "they wait together, not one after the other: {waited:?}"
    );
    assert!(read_after < waited, "reading waits for nobody");
    let ready = service.browser().get("/readyz").await;
    assert_eq!(
        ready.status(503).json()["reason"],
        "the database cannot be written"
    );

    raw.execute_batch("COMMIT").unwrap();
    assert_eq!(count(&raw, "flows"), flows, "nothing was written");
    let mut browser = service.browser();
    browser.register(JO, PASSWORD).await.status(202);
    browser.get("/readyz").await.status(200);
}

#[tokio::test]
async fn a_full_disk_is_reported_writes_nothing_partially_and_is_recovered_from() {
    let service = on_a_small_disk();
    let mut signed_in = service.registered("owner@example.com").await;
    let raw = raw(&service);
    raw.execute_batch("CREATE TABLE ballast (x)").unwrap();
    let pages = |name| raw.pragma_query_value(None, name, |row| row.get::<_, u32>(0));
    while pages("page_count").unwrap() < PAGES {
        raw.execute("INSERT INTO ballast VALUES (zeroblob(4000))", [])
            .unwrap();
    }
    let counts = || ["flows", "outbox", "hits"].map(|table| count(&raw, table));
    // Pages in use have some room left.
    let mut before = counts();
    let mut registered = Vec::new();
    let refused = loop {
        let n = registered.len();
        assert!(n < 500, "the disk never fills");
        let mut browser = service.browser_at(&format!("192.0.2.{n}"));
        let answer = browser
            .register(&format!("{n}@example.com"), PASSWORD)
            .await;
        if answer.status != 202 {
            break answer;
        }
        let after = counts();
        let (flows, mails) = (after[0] - before[0], after[1] - before[1]);
        assert_eq!((flows, mails), (1, 1));
        before = after;
        registered.push(browser);
    };
    assert_eq!(refused.problem(503, "unavailable")["retry_after"], 30);
    assert_eq!(refused.header("retry-after"), "30");
    let after = counts();
    assert_eq!((after[0], after[1]), (before[0], before[1]));
    let mut browser = service.browser();
    browser.get("/readyz").await.status(503);
    browser.get("/healthz").await.status(200);
    assert!(signed_in.is_signed_in().await, "what is there can be read");

    raw.execute("DELETE FROM ballast", []).unwrap();
    browser.register(JO, PASSWORD).await.status(202);
    browser.get("/readyz").await.status(200);
    let code = service.code_for(JO).await;
    let told = browser
        .post("verify", serde_json::json!({ "code": code }))
        .await;
    told.status(200);
    let words: String = raw
        .pragma_query_value(None, "integrity_check", |row| row.get(0))
        .unwrap();
    assert_eq!(words, "ok");
}

/// Writing mail down fails from here on.
const NO_MAIL: &str =
    "CREATE TRIGGER no_mail BEFORE INSERT ON outbox BEGIN SELECT RAISE(ABORT, 'no mail'); END";

#[tokio::test]
async fn a_write_whose_answer_cannot_be_recorded_is_rolled_back() {
    let service = Service::new();
    let mut owner = service.registered(JO).await;
    let mut elsewhere = service.browser();
    elsewhere.log_in(JO, PASSWORD).await.status(200);
    let (mut resetting, code) = service.resetting(JO).await;
    resetting.enter("reset/verify", &code).await.status(200);
    let (mut waiting, _) = service.registering("al@example.com").await;
    service.advance(60);
    let before = (
        service.accounts_kept().await,
        service.flow_of(&resetting).await,
        service.flow_of(&waiting).await,
        count(&raw(&service), "flows"),
    );

    fault(&service, NO_MAIL);
    let mut stranger = service.browser();
    let change = json!({ "current": PASSWORD, "password": OTHER_PASSWORD });
    let delete = json!({ "password": PASSWORD });
    for answer in [
        stranger.register(KIM, PASSWORD).await,
        stranger.register(JO, PASSWORD).await,
        stranger.reset(JO).await,
        stranger.reset(KIM).await,
        waiting.post("code", json!({})).await,
        resetting
            .post("reset/password", json!({ "password": OTHER_PASSWORD }))
            .await,
        owner.post("account/password", change).await,
        owner.post("account/delete", delete).await,
    ] {
        answer.problem(503, "unavailable");
    }
    let after = (
        service.accounts_kept().await,
        service.flow_of(&resetting).await,
        service.flow_of(&waiting).await,
        count(&raw(&service), "flows"),
    );
    assert!(after == before);
    assert!(owner.is_signed_in().await && elsewhere.is_signed_in().await);

    fault(&service, "DROP TRIGGER no_mail");
    resetting
        .post("reset/password", json!({ "password": OTHER_PASSWORD }))
        .await
        .status(200);
    assert!(!owner.is_signed_in().await && !elsewhere.is_signed_in().await);
}

#[tokio::test]
async fn a_write_that_is_rolled_back_is_not_confirmed() {
    let service = Service::new();
    fault(
        &service,
        "CREATE TRIGGER no_flow BEFORE INSERT ON flows BEGIN SELECT RAISE(ABORT, 'no'); END",
    );
    for email in [JO, KIM] {
        let answer = service.browser().register(email, PASSWORD).await;
        answer.problem(503, "unavailable");
        let answer = service.browser().reset(email).await;
        answer.problem(503, "unavailable");
    }
    assert!(service.due_mails().await.is_empty());
}

#[tokio::test]
async fn an_outcome_that_cannot_be_kept_is_kept_as_soon_as_it_can() {
    let service = Service::new();
    let log = Log::new();
    service.browser().register(JO, PASSWORD).await.status(202);
    fault(
        &service,
        "CREATE TRIGGER kept BEFORE DELETE ON outbox BEGIN SELECT RAISE(ABORT, 'no'); END",
    );
    let meanwhile = async {
        log.says("a mail's outcome could not be stored").await;
        fault(&service, "DROP TRIGGER kept");
    };
    tokio::join!(service.sidecar.send_mail(), meanwhile);
    assert!(service.outbox().await.is_empty());
    service.advance(900);
    assert_eq!(service.mails().await.len(), 1, "it did not go out twice");
}
