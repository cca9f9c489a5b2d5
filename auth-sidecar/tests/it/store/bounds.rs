//! Every table that grows has a bound, which `docs/security.md` states; each is filled here beyond it, by whoever
//! does nothing else, and honest people notice nothing. What an account's own tables hold is tried in `accounts/own.rs` too.

use std::path::Path;
use std::time::Duration;

use axum::http::Method;
use dateline_auth::domain::mail::SendOutcome;
use serde_json::json;

use crate::accounts::{JO, KIM, PASSWORD, Service, code_in, later, never};
use crate::harness::BROADCAST;

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

impl Service {
    fn rows(&self, table: &str) -> i64 {
        self.column(&format!("SELECT count(*) FROM {table}"))[0]
    }

    async fn swept(&self, table: &str) -> i64 {
        self.sidecar.accounts().sweep().await.unwrap();
        self.rows(table)
    }

    /// A reader in another network registers, and logs in again.
    async fn serves_others(&self) {
        let mut honest = self.browser_at("192.0.2.1");
        honest.register(JO, PASSWORD).await.status(202);
        let code = self.code_for(JO).await;
        honest.enter("verify", &code).await.status(200);
        honest.log_in(JO, PASSWORD).await.status(200);
    }
}

/// The section of the document, as lines of its table.
fn stated() -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/security.md");
    let text = std::fs::read_to_string(path).unwrap();
    let (_, section) = text.split_once("## Table sizes").unwrap();
    let section = section.split("\n## ").next().unwrap();
    let lines = section.lines().filter(|line| line.starts_with("| "));
    lines.map(str::to_owned).collect()
}

#[test]
fn every_table_has_a_stated_bound_and_a_test() {
    let service = Service::new();
    let tables = service.column::<String>(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT IN ('migrations', 'sqlite_sequence')",
    );
    let stated = stated();
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it");
    for table in tables {
        let row = stated.iter().find(|line| {
            let tables = line.split('|').nth(1).unwrap_or_default();
            tables.split(',').any(|name| name.trim() == table)
        });
        let row = row.unwrap_or_else(|| panic!("docs/security.md states no bound of {table}"));
        let test = row.split('|').nth(4).unwrap_or_default();
        let (file, name) = test.trim().split_once(": ").unwrap_or_default();
        let source = std::fs::read_to_string(tests.join(file.trim_matches('`')));
        let source = source.unwrap_or_else(|error| panic!("{table}: {test}: {error}"));
        assert!(
            source.contains(&format!("fn {}(", name.trim_matches('`'))),
            "{table}: {test}"
        );
    }
}

#[tokio::test]
async fn flows_are_bounded_by_what_a_network_may_begin_in_two_hours() {
    let service = Service::new();
    for hour in 0..3 {
        for n in 0..70 {
            let email = format!("{hour}-{n}@example.com");
            let answer = service.browser().reset(&email).await;
            answer.status(if n < 60 { 202 } else { 429 });
        }
        assert_eq!(service.swept("flows").await, 60 * (hour + 1).min(2));
        service.mails().await;
        service.advance(HOUR);
    }
    service.serves_others().await;
    service.advance(2 * HOUR);
    assert_eq!(service.swept("flows").await, 0);
}

/// One network does all that leaves a hit, every hour of two days: it leaves what its limits let pass in a day.
#[tokio::test]
async fn hits_are_bounded_by_a_networks_daily_limits() {
    // Of a login the address's and the network's; of a code these, the mail's, and a notice's or none. IPv6 has two
    // wider networks besides, and queues of mail for both.
    for (address, of_login, of_code) in [("203.0.113.9", 2, 4), ("2001:db8:1:2::9", 4, 7)] {
        let service = Service::with(|options| {
            options.limits.login_network_hour = 6;
            options.limits.codes_network_hour = 4;
        });
        let mut most = 0;
        for hour in 0..48 {
            for n in 0..8 {
                let email = format!("{hour}-{n}@example.com");
                let mut stranger = service.browser_at(address);
                let answer = stranger.log_in(&email, PASSWORD).await;
                answer.status(if n < 6 { 401 } else { 429 });
                let answer = match n % 2 {
                    0 => stranger.register(&email, PASSWORD).await,
                    _ => stranger.reset(&email).await,
                };
                answer.status(if n < 4 { 202 } else { 429 });
            }
            service.mails().await;
            most = most.max(service.swept("hits").await);
            service.advance(HOUR);
        }
        assert_eq!(most, 24 * (6 * of_login + 4 * of_code), "{address}");
        service.serves_others().await;
        service.advance(DAY);
        assert_eq!(service.swept("hits").await, 0);
    }
}

/// Strangers together stop many addresses; whoever asks for each of them is promised no more than a network may ask.
#[tokio::test]
async fn a_network_is_promised_no_more_codes_than_its_limit() {
    let service = Service::with(|options| options.limits.login_network_minute = 5);
    for n in 0..12 {
        let mut stranger = service.browser_at(&format!("198.51.100.{n}"));
        for _ in 0..5 {
            let answer = stranger.log_in(&format!("{n}@example.com"), PASSWORD).await;
            answer.problem(401, "credentials-wrong");
        }
    }
    let before = service.rows("hits");
    for _ in 0..3 {
        for n in 0..12 {
            let mut curious = service.browser_at("203.0.113.9");
            let answer = curious.log_in(&format!("{n}@example.com"), PASSWORD).await;
            answer.problem(429, "too-many");
        }
    }
    assert_eq!(service.rows("hits"), before + 2 * 5);
    service.serves_others().await;
}

/// A server that takes nothing, or refuses for good, makes no queue longer than what its network may ask for.
#[tokio::test]
async fn the_outbox_is_bounded_by_the_limits_and_three_days_of_notices() {
    for (n, outcome) in [later(false), never()].into_iter().enumerate() {
        let service = Service::with(|options| options.limits.codes_network_hour = 4);
        service.registered(KIM).await;
        service.mails().await;
        service.mailer.answer_with(outcome);
        let mut most = 0;
        for hour in 0..5 * 24 {
            service.advance(HOUR);
            let stranger = || service.browser_at(&format!("203.0.113.{}", hour % 3));
            // Clients that are told to wait keep asking.
            stranger().register(KIM, PASSWORD).await;
            for n in 0..5 {
                let email = format!("{hour}-{n}@example.com");
                stranger().register(&email, PASSWORD).await;
                stranger().reset(&email).await;
            }
            service.sidecar.send_mail().await;
            most = most.max(service.swept("outbox").await);
        }
        // An hour's codes, and three days of notices to an owner.
        assert!((4..=4 + 3 * 3).contains(&most), "{n}: {most}");
        service.mailer.answer_with(SendOutcome::Accepted);
        service.advance(600);
        service.serves_others().await;
        service.advance(3 * DAY);
        assert_eq!(service.swept("outbox").await, 0);
    }
}

#[tokio::test]
async fn an_address_has_one_account_and_none_before_its_code() {
    let service = Service::new();
    for n in 0..50 {
        let email = format!("{n}@example.com");
        service
            .browser()
            .register(&email, PASSWORD)
            .await
            .status(202);
    }
    assert_eq!(service.rows("accounts"), 0);
    for email in [JO, "JO@Example.com", "jo@EXAMPLE.COM"] {
        let mut browser = service.browser_at("192.0.2.7");
        browser.register(email, PASSWORD).await.status(202);
        let mails = service.mails().await;
        if let Some(mail) = mails.iter().rfind(|mail| mail.to == email) {
            let code = code_in(mail);
            browser.enter("verify", &code).await.status(200);
        }
    }
    assert_eq!(service.rows("accounts"), 1);
}

#[tokio::test]
async fn links_are_bounded_by_the_daily_limit_and_their_retention() {
    let service = Service::with(|options| {
        options.limits.links_day = 2;
        options.lifetimes.link_memory = Duration::from_secs(5 * 24 * 3600);
    });
    let mut jo = service.registered(JO).await;
    let mut most = 0;
    for _ in 0..12 {
        jo.log_in(JO, PASSWORD).await.status(200);
        for n in 0..4 {
            let made = jo.post("media/lisbon/broadcast/link", json!({})).await;
            made.status(if n < 2 { 201 } else { 429 });
            let all = json!({ "all": true });
            jo.post("account/links/revoke", all).await.status(204);
        }
        service.advance(DAY);
        most = most.max(service.swept("links").await);
    }
    assert_eq!(
        most,
        2 * 5,
        "a day of life and five of memory, without those of today"
    );
    service.advance(6 * DAY);
    assert_eq!(service.swept("links").await, 0);
}

#[tokio::test]
async fn downloads_are_bounded_by_the_daily_limit_and_their_retention() {
    let service = Service::with(|options| {
        options.limits.downloads_day = 2;
        options.lifetimes.download_log = Duration::from_secs(5 * 24 * 3600);
    });
    let mut jo = service.registered(JO).await;
    let mut most = 0;
    for _ in 0..12 {
        jo.log_in(JO, PASSWORD).await.status(200);
        for n in 0..4 {
            let answer = jo.get(BROADCAST).await;
            answer.status(if n < 2 { 200 } else { 429 });
        }
        service.flush().await;
        service.advance(DAY);
        most = most.max(service.swept("downloads").await);
    }
    assert_eq!(most, 2 * 4, "without those of today");
    service.advance(5 * DAY);
    assert_eq!(service.swept("downloads").await, 0);
}

/// A row is no longer for being asked for piece by piece.
#[tokio::test]
async fn a_download_remembers_sixty_four_pieces() {
    let service = Service::new();
    let jo = service.registered(JO).await;
    for n in 0..100 {
        let range = format!("bytes={0}-{0}", 10 * n);
        let ask = jo.ask(Method::GET, BROADCAST).header("range", &range);
        ask.send().await.status(206);
    }
    service.flush().await;
    let covered = service.column::<String>("SELECT covered FROM downloads");
    assert_eq!(covered.len(), 1);
    assert_eq!(covered[0].split(',').count(), 64);
}
