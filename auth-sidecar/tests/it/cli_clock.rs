//! `dateline-auth clock reset`: a clock that was ahead, and the way out.

use std::sync::Arc;

use dateline_auth::app::SidecarOptions;
use dateline_auth::domain::clock::{Clock, FixedClock, SystemClock};
use dateline_auth::domain::time::Moment;
use serde_json::json;

use crate::accounts::{JO, KIM, PASSWORD, Service};
use crate::cli::operator;
use crate::harness::{BROADCAST, at};

fn ahead(options: &mut SidecarOptions) {
    options.clock = Arc::new(FixedClock::new(at("2999-01-01T00:00:00Z")));
}

fn right(options: &mut SidecarOptions) {
    options.clock = Arc::new(SystemClock);
}

#[tokio::test]
async fn the_machines_clock_counts_again() {
    let service = Service::with(ahead);
    let jo = service.registered(JO).await;
    service.browser().register(KIM, PASSWORD).await.status(202);
    service
        .operator(&["clock", "reset"])
        .refused("stop the service");
    service.operator(&["user", "disable", JO]).done();
    service.operator(&["user", "enable", JO]).done();
    service.operator(&["user", "delete", JO, "--yes"]).done();
    // Of one moment, the older mail goes first no more surely than the newer one.
    service.mails().await;
    let cookies = jo.cookies.clone();
    drop(jo);
    let mut service = service.while_stopped(|_| {});
    let mut jo = service.registered(JO).await;
    jo.get(BROADCAST).await.status(200);
    let link = jo.link().await;
    service.flush().await;
    drop(jo);
    service.change = right;
    let service = service.while_stopped(|dir| {
        let said = operator(dir, &["clock", "reset", "--json"]).json();
        assert!(
            said["highest_seen"]
                .as_str()
                .unwrap()
                .starts_with("2999-01-01T"),
            "{said}"
        );
        assert!(!said["now"].as_str().unwrap().starts_with("2999"), "{said}");
        // A session of Jo's, the steps of Kim and Jo, and Kim's mail.
        assert_eq!(
            (
                &said["sessions_ended"],
                &said["flows_ended"],
                &said["links_ended"],
                &said["mails_dropped"]
            ),
            (&json!(1), &json!(2), &json!(1), &json!(0)),
            "{said}"
        );
        let again = operator(dir, &["clock", "reset"]).done().out;
        assert!(
            again.contains("The machine's clock counts again"),
            "{again}"
        );
    });
    let now = Moment::from(SystemClock.now());
    assert!(service.sidecar.accounts().core().time.behind().is_zero());
    let late = |sql: &str| service.column::<i64>(sql).iter().all(|at| *at <= now.0);
    for sql in [
        "SELECT created_at FROM accounts",
        "SELECT password_at FROM accounts",
        "SELECT created_at FROM outbox",
        "SELECT next_at FROM outbox",
        "SELECT started_at FROM downloads",
        "SELECT last_at FROM downloads",
    ] {
        assert!(late(sql), "{sql}");
    }
    assert_eq!(service.column::<i64>("SELECT count(*) FROM hits"), [0]);
    service.fetch(&link).await.problem(410, "link-gone");
    let mut jo = service.browser();
    jo.cookies = cookies;
    assert!(!jo.is_signed_in().await);
    jo.log_in(JO, PASSWORD).await.status(200);
    assert!(jo.is_signed_in().await);
}

#[tokio::test]
async fn mail_that_waited_for_a_far_day_is_sent_and_dead_codes_are_not() {
    let mut service = Service::with(ahead);
    let jo = service.registered(JO).await;
    drop(jo);
    service.browser().register(KIM, PASSWORD).await.status(202);
    service.operator(&["user", "delete", JO, "--yes"]).done();
    service.change = right;
    let service = service.while_stopped(|dir| {
        let said = operator(dir, &["clock", "reset", "--json"]).json();
        assert_eq!(said["mails_dropped"], 1, "{said}");
    });
    let before = service.mailer.letters().len();
    let mails = service.mails().await;
    let new: Vec<&str> = mails[before..]
        .iter()
        .map(|mail| mail.to.as_str())
        .collect();
    assert_eq!(new, [JO]);
}
