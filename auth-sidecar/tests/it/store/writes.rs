//! What writes cost: those that wait share a commit, and what changes nothing has none.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use dateline_auth::domain::refusal::{Refusal, Stop};
use dateline_auth::domain::store::{Scope, StoreError};
use futures_util::future::join_all;
use rusqlite::Connection;
use serde_json::{Value, json};

use super::*;
use crate::accounts::{Browser, JO, KIM, OTHER_PASSWORD, PASSWORD, Service};

const PAGE: usize = 4096;

/// Commits that lie in the log, by the frames that end one.
fn commits(service: &Service) -> usize {
    let mut path = service.database().into_os_string();
    path.push("-wal");
    let log = std::fs::read(path).unwrap_or_default();
    let (header, frames) = log.split_at(log.len().min(32));
    let salts = header.get(16..24).unwrap_or_default();
    let frames = frames.chunks_exact(24 + PAGE);
    // Other frames are left of an earlier log.
    let of_this = frames.take_while(|frame| &frame[8..16] == salts);
    of_this.filter(|frame| frame[4..8] != [0; 4]).count()
}

/// Holds the database until all of these wait to be written down.
async fn at_once<T>(service: &Service, writes: impl Future<Output = T>) -> T {
    let raw = Connection::open(service.database()).unwrap();
    raw.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut writes = pin!(writes);
    let wait = poll_fn(|context| Poll::Ready(writes.as_mut().poll(context).is_pending()));
    assert!(wait.await);
    raw.execute_batch("COMMIT").unwrap();
    writes.await
}

fn hit(rows: &mut dyn Rows, key: u8) -> Stored<i64> {
    rows.insert_hit(Scope::Notice, &[key; 32], &[2; 32], Moment(1))
}

#[tokio::test]
async fn writes_that_wait_share_a_commit() {
    let service = Service::new();
    let store = service.sidecar.accounts().store().clone();
    let before = commits(&service);
    let writes = (0..100).map(|_| store.write(|rows| Ok(hit(rows, 1)?)));
    let done = at_once(&service, join_all(writes)).await;
    assert!(done.iter().all(Result::is_ok));
    let made = commits(&service) - before;
    assert!((1..=5).contains(&made), "{made} commits");
    let hits = service.kept(|rows| rows.hits(Scope::Notice, &[1; 32], Moment(0)));
    assert_eq!(hits.await.len(), 100);
}

#[tokio::test]
async fn of_writes_that_share_a_commit_each_is_undone_alone() {
    let service = Service::new();
    let store = service.sidecar.accounts().store().clone();
    let thought_better = || Stop::Failed(StoreError::Failed("it thought better of it".into()));
    let writes = (0..50_u8).map(|n| {
        store.write(move |rows| {
            hit(rows, n)?;
            match n % 5 {
                0 => Ok(()),
                1 => Err(Refusal::CodeSpent.into()),
                2 => Err(thought_better()),
                3 => panic!("a mistake in a rule, on purpose"),
                // A statement that fails, whatever the rule makes of it.
                _ => {
                    let session = session(1, 999, 10, 10);
                    let _ = rows.insert_session(&session);
                    Ok(())
                }
            }
        })
    });
    let done = at_once(&service, join_all(writes)).await;
    for (n, result) in (0_u8..).zip(done) {
        match n % 5 {
            0 => assert_eq!(result, Ok(())),
            1 => assert_eq!(result, Err(Refusal::CodeSpent.into())),
            2 => assert_eq!(result, Err(thought_better())),
            _ => assert!(matches!(result, Err(Stop::Failed(_))), "{n}"),
        }
        let hits = service.kept(move |rows| rows.hits(Scope::Notice, &[n; 32], Moment(0)));
        assert_eq!(hits.await.len(), usize::from(n % 5 < 2), "{n}");
    }
}

/// A value that a token could have.
const MADE_UP: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// A client with made-up cookies.
fn impostor(service: &Service) -> Browser {
    let mut browser = service.browser();
    let cookies = [("session", ""), ("device", ""), ("flow", "s.")];
    for (name, prefix) in cookies {
        let name = format!("__Host-dateline-{name}");
        browser.cookies.insert(name, format!("{prefix}{MADE_UP}"));
    }
    browser
}

#[tokio::test]
async fn calls_that_change_nothing_write_nothing_and_wait_for_no_writer() {
    let service = Service::new();
    let mut jo = service.registered(JO).await;
    jo.post("newsletter", json!({ "subscribed": true }))
        .await
        .status(200);
    jo.post(
        "login",
        json!({ "email": JO, "password": PASSWORD, "return_to": "/en/" }),
    )
    .await
    .status(200);
    service.mails().await;
    service.flush().await;
    let code = json!({ "code": "12345678" });
    let password = json!({ "password": OTHER_PASSWORD });
    let (change, id) = (
        json!({ "current": PASSWORD, "password": PASSWORD }),
        json!({ "id": "nobody" }),
    );
    let on = json!({ "subscribed": true });
    let back = json!({ "return_to": "/en/" });
    let all: Value = json!({ "all": true });
    let nothing = json!({});
    let before = commits(&service);
    // The writer is blocked, so that a call that needs it does not return.
    let raw = Connection::open(service.database()).unwrap();
    raw.execute_batch("BEGIN IMMEDIATE").unwrap();
    for (mut browser, call, body, status) in [
        (impostor(&service), "logout", &nothing, 204),
        (service.browser(), "logout", &back, 204),
        (impostor(&service), "logout", &back, 204),
        (impostor(&service), "verify", &code, 409),
        (jo.clone(), "verify", &json!({ "code": "1" }), 422),
        (impostor(&service), "reset/verify", &code, 409),
        (jo.clone(), "reset/verify", &code, 409),
        (impostor(&service), "reset/password", &password, 409),
        (impostor(&service), "code", &nothing, 409),
        (jo.clone(), "code", &nothing, 409),
        (impostor(&service), "newsletter", &on, 401),
        (jo.clone(), "newsletter", &on, 200),
        (impostor(&service), "account/password", &change, 401),
        (impostor(&service), "account/delete", &password, 401),
        (impostor(&service), "account/sessions/revoke", &all, 401),
        (impostor(&service), "account/links/revoke", &all, 401),
        (jo.clone(), "account/sessions/revoke", &id, 204),
        (jo.clone(), "account/links/revoke", &id, 204),
        (jo.clone(), "account/links/revoke", &all, 204),
        (
            impostor(&service),
            "media/lisbon/broadcast/link",
            &nothing,
            401,
        ),
    ] {
        let answer = browser.post(call, body.clone()).await;
        assert_eq!(answer.status.as_u16(), status, "{call} {}", answer.text());
    }
    for path in [
        "/api/session",
        "/api/return",
        "/api/account",
        "/api/account/sessions",
        "/api/account/links",
    ] {
        jo.get(path).await;
        impostor(&service).get(path).await;
    }
    raw.execute_batch("COMMIT").unwrap();
    assert_eq!(commits(&service), before);
}

#[tokio::test]
async fn calls_refused_by_a_limit_write_nothing() {
    let service = Service::new();
    for n in 0..60 {
        let email = format!("{n}@example.com");
        service.browser().reset(&email).await.status(202);
    }
    for _ in 0..20 {
        service.browser().log_in(KIM, PASSWORD).await;
    }
    service.mails().await;
    let before = commits(&service);
    for _ in 0..3 {
        let mut stranger = service.browser();
        stranger.reset(KIM).await.problem(429, "too-many");
        stranger
            .register(KIM, PASSWORD)
            .await
            .problem(429, "too-many");
        stranger
            .log_in(KIM, PASSWORD)
            .await
            .problem(429, "too-many");
    }
    assert_eq!(commits(&service), before);
}
