//! Every rule, on a store that runs each of them again: answers and rows are those of a store that does not.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use dateline_auth::domain::accounts::{NextMail, Rate, Who};
use dateline_auth::domain::mail::SendOutcome;
use dateline_auth::domain::store::{Alive, QueuedMail, Rows, Stored};
use dateline_auth::domain::time::Moment;

use super::limits::hashes::SLOW;
use super::*;
use crate::harness::BROADCAST;
use crate::store::again::{Again, Sequence};

/// The functions that write, as they stand in `domain/accounts/`. [`all_rules`] calls each; one that is added
/// must be added to both.
const RULES: [&str; 37] = [
    "ask_to_change_address",
    "begin_download",
    "change_address",
    "change_back",
    "change_password",
    "changed_already",
    "confirm",
    "count_refused_password",
    "delete",
    "end_mails_for_nobody",
    "erase",
    "flush_gathered",
    "hold_mail",
    "lease_mail",
    "log_in",
    "log_out",
    "make_link",
    "may_register",
    "newsletter",
    "register",
    "resend",
    "reset",
    "reset_password",
    "reset_verify",
    "retry_mail",
    "revoke_link",
    "revoke_other_sessions",
    "revoke_session",
    "set_disabled",
    "settle_mail",
    "slot_or_cancel",
    "sweep",
    "undo_address",
    "unlock",
    "unsubscribe",
    "upgrade",
    "verify",
];

#[test]
fn every_rule_is_named() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/domain/accounts");
    let mut found = BTreeSet::new();
    for file in std::fs::read_dir(folder).unwrap() {
        let source = std::fs::read_to_string(file.unwrap().path()).unwrap();
        let mut within = "";
        for line in source.lines() {
            if let Some((_, rest)) = line.split_once("async fn ") {
                within = rest.split(['(', '<']).next().unwrap();
            }
            let writes = [".write(", ".write_guarded("]
                .iter()
                .any(|call| line.contains(call));
            if writes && !within.starts_with("write") {
                found.insert(within.to_owned());
            }
        }
    }
    assert_eq!(
        found.iter().collect::<Vec<_>>(),
        RULES.iter().collect::<Vec<_>>()
    );
}

/// All answers, and the final contents of the store.
#[derive(PartialEq)]
struct Seen {
    answers: Vec<String>,
    rows: String,
    queued: Vec<QueuedMail>,
    mails: Vec<Mail>,
}

struct Watched {
    service: Service,
    answers: Vec<String>,
}

impl Watched {
    fn note(&mut self, answer: &Answer) {
        let body = String::from_utf8_lossy(&answer.body);
        let Answer {
            status, headers, ..
        } = answer;
        self.answers.push(format!(
            "{status} {headers:?} {}",
            body.get(..4000).unwrap_or(&body)
        ));
    }

    async fn post(&mut self, browser: &mut Browser, call: &str, body: Value, status: u16) -> Value {
        let answer = browser.post(call, body).await;
        self.note(answer.status(status));
        match answer.body.is_empty() {
            true => Value::Null,
            false => answer.json(),
        }
    }

    async fn registered(&mut self, email: &str) -> Browser {
        let mut browser = self.service.browser();
        let body = json!({ "email": email, "password": PASSWORD, "return_to": "/en/news/" });
        self.post(&mut browser, "register", body, 202).await;
        let code = self.service.code_for(email).await;
        self.post(&mut browser, "verify", json!({ "code": code }), 200)
            .await;
        browser
    }

    fn told(&mut self, what: &impl std::fmt::Debug) {
        self.answers.push(format!("{what:?}"));
    }
}

/// What a service goes by at first, and once it was started again with more work for hashes.
type Changes = [fn(&mut SidecarOptions); 2];

const ONCE: Changes = [
    |options| options.random = Arc::new(Sequence::starting(0)),
    |options| {
        options.random = Arc::new(Sequence::starting(LATER));
        make_stronger(options);
    },
];

const TWICE: Changes = [
    |options| run_again(options, 0),
    |options| {
        run_again(options, LATER);
        make_stronger(options);
    },
];

/// Further than randomness comes before the service is started again.
const LATER: u64 = 1_000_000;

/// More work for a hash, and for one of a network at a time.
fn make_stronger(options: &mut SidecarOptions) {
    options.cost = SLOW;
    options.limits.hashes_network = 1;
}

fn run_again(options: &mut SidecarOptions, drawn: u64) {
    let random = Arc::new(Sequence::starting(drawn));
    options.random = random.clone();
    options.store = Arc::new(Again::new(options.store.clone(), random));
}

async fn all_rules([change, stronger]: Changes) -> Seen {
    let service = Service::with(change);
    let mut seen = Watched {
        service,
        answers: Vec::new(),
    };
    let mut jo = registering(&mut seen).await;
    own_account(&mut seen, &mut jo).await;
    downloads(&mut seen, &mut jo).await;
    resetting(&mut seen, &mut jo).await;
    addresses(&mut seen, &mut jo).await;
    drop(jo);
    let service = Service {
        change: stronger,
        ..seen.service
    };
    seen.service = service.restart();
    upgrading(&mut seen).await;
    administering(&mut seen).await;
    limits(&mut seen).await;
    end(seen).await
}

/// Registering, with a resent code, a wrong one, and a way back that changes; logging out and in.
async fn registering(seen: &mut Watched) -> Browser {
    let mut jo = seen.service.browser();
    let body = json!({ "email": JO, "password": PASSWORD });
    let weak = json!({ "email": JO, "password": "weak" });
    seen.post(&mut jo, "register", weak, 422).await;
    seen.post(&mut jo, "register", body.clone(), 202).await;
    let wanted = jo.ask(Method::GET, BROADCAST).header("accept", "text/html");
    let led = wanted.send().await;
    jo.keep(&led);
    seen.note(led.status(303));
    seen.post(&mut jo, "code", json!({}), 429).await;
    seen.service.advance(60);
    seen.post(&mut jo, "code", json!({}), 202).await;
    seen.post(&mut jo, "verify", json!({ "code": "00000000" }), 422)
        .await;
    let code = seen.service.code_for(JO).await;
    seen.post(&mut jo, "verify", json!({ "code": code }), 200)
        .await;
    let back = jo.get("/api/return").await;
    seen.note(back.status(303));
    seen.post(&mut jo, "logout", json!({}), 204).await;
    seen.post(&mut jo, "login", body, 200).await;
    jo
}

/// The newsletter, sessions, and a new password.
async fn own_account(seen: &mut Watched, jo: &mut Browser) {
    seen.post(jo, "newsletter", json!({ "subscribed": true }), 200)
        .await;
    for _ in 0..3 {
        let mut other = seen.service.browser();
        other.log_in(JO, PASSWORD).await.status(200);
    }
    let sessions = jo.get("/api/account/sessions").await;
    seen.note(sessions.status(200));
    let sessions = sessions.json();
    let mut others = sessions["sessions"].as_array().unwrap().iter();
    let other = others.find(|session| session["current"] == false).unwrap();
    let id = other["id"].clone();
    seen.post(jo, "account/sessions/revoke", json!({ "id": id }), 204)
        .await;
    seen.post(jo, "account/sessions/revoke", json!({ "all": true }), 204)
        .await;
    let fields = json!({ "current": OTHER_PASSWORD, "password": OTHER_PASSWORD });
    seen.post(jo, "account/password", fields, 401).await;
    let fields = json!({ "current": PASSWORD, "password": OTHER_PASSWORD });
    let mut second = jo.clone();
    seen.post(jo, "account/password", fields, 204).await;
    let form = [("current", PASSWORD), ("password", OTHER_PASSWORD)];
    let again = second.form("account/password", &form).await;
    again.leads_to("/api/account#password-changed");
    *jo = second;
    seen.service.mails().await;
}

/// Links, and a download that is resumed.
async fn downloads(seen: &mut Watched, jo: &mut Browser) {
    for _ in 0..3 {
        let made = jo.post("media/lisbon/broadcast/link", json!({})).await;
        seen.note(made.status(201));
    }
    let links = jo.get("/api/account/links").await;
    let id = links.json()["links"][0]["id"].clone();
    seen.post(jo, "account/links/revoke", json!({ "id": id }), 204)
        .await;
    seen.post(jo, "account/links/revoke", json!({ "all": true }), 204)
        .await;
    for range in ["bytes=0-99999", "bytes=100000-"] {
        let part = jo.ask(Method::GET, BROADCAST).header("range", range);
        seen.note(part.send().await.status(206));
        seen.service.flush().await;
    }
    seen.note(jo.get("/api/account/downloads").await.status(200));
    seen.service.advance(3600);
    seen.note(jo.get("/api/session").await.status(200));
    seen.service.flush().await;
}

async fn resetting(seen: &mut Watched, jo: &mut Browser) {
    seen.post(jo, "reset", json!({ "email": JO }), 202).await;
    let code = seen.service.code_for(JO).await;
    seen.post(jo, "reset/verify", json!({ "code": code }), 200)
        .await;
    seen.post(jo, "reset/password", json!({ "password": PASSWORD }), 200)
        .await;
}

/// Another address, which is undone; and a wrong code.
async fn addresses(seen: &mut Watched, jo: &mut Browser) {
    let body = json!({ "email": JO, "password": PASSWORD });
    seen.post(jo, "login", body, 200).await;
    let new = "new@example.org";
    let body = json!({ "email": new, "password": PASSWORD });
    seen.post(jo, "account/address", body, 202).await;
    let code = seen.service.code_for(new).await;
    for (code, status) in [("00000000", 422), (&*code, 204)] {
        let body = json!({ "code": code });
        seen.post(jo, "account/address/verify", body, status).await;
    }
    let body = json!({ "code": seen.service.undo_code(JO).await });
    seen.post(jo, "account/address/undo", body, 200).await;
    seen.post(jo, "reset/password", json!({ "password": PASSWORD }), 200)
        .await;
    seen.service.mails().await;
}

/// A hash of less work than now becomes one of more at the next login, after the answer.
async fn upgrading(seen: &mut Watched) {
    let accounts = seen.service.sidecar.accounts().clone();
    let hash = async || {
        let found = accounts.find(JO.parse::<Who>().unwrap()).await.unwrap();
        found.unwrap().password_hash
    };
    let before = hash().await;
    let mut jo = seen.service.browser();
    let body = json!({ "email": JO, "password": PASSWORD });
    seen.post(&mut jo, "login", body, 200).await;
    while hash().await == before {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}

/// Operators' actions, and periodic work.
async fn administering(seen: &mut Watched) {
    let mut kim = seen.registered(KIM).await;
    seen.registered("al@example.org").await;
    let accounts = seen.service.sidecar.accounts().clone();
    for disabled in [true, true, false] {
        let changed = accounts.set_disabled(2, disabled).await;
        seen.told(&changed);
    }
    seen.post(
        &mut kim,
        "login",
        json!({ "email": KIM, "password": PASSWORD }),
        200,
    )
    .await;
    seen.post(
        &mut kim,
        "account/delete",
        json!({ "password": PASSWORD }),
        204,
    )
    .await;
    seen.told(&accounts.unlock(1).await);
    seen.told(&accounts.unsubscribe(1).await);
    let erased = accounts.erase(3).await;
    seen.told(&erased);
    seen.told(&accounts.retry_mail(None).await);
    seen.service
        .browser()
        .reset("nobody@example.org")
        .await
        .status(202);
    seen.told(&accounts.end_mails_for_nobody().await);
    seen.service.browser().reset(JO).await.status(202);
    let next = accounts.lease_mail("a sender", Rate::Kept).await.unwrap();
    let NextMail::Leased(mail) = next else {
        panic!("a mail is due");
    };
    seen.told(&accounts.hold_mail(&mail, "a sender").await);
    seen.told(
        &accounts
            .settle_mail(&mail, "a sender", SendOutcome::Accepted)
            .await,
    );
    seen.service.mails().await;
    seen.service.browser().reset(JO).await.status(202);
    seen.service.advance(24 * 3600);
    let late = accounts.sweep().await.unwrap();
    seen.told(&late.iter().map(|mail| &mail.id).collect::<Vec<_>>());
    seen.service.mails().await;
}

/// What is counted is counted once.
async fn limits(seen: &mut Watched) {
    for status in [401, 401, 401, 401, 401, 429] {
        let answer = seen.service.browser().log_in(JO, OTHER_PASSWORD).await;
        seen.note(answer.status(status));
    }
    for status in [202, 202, 202, 429] {
        let answer = seen.service.browser().reset(JO).await;
        seen.note(answer.status(status));
        let answer = seen.service.browser().register(JO, PASSWORD).await;
        seen.note(answer.status(status));
    }
    // At once, from one network.
    let mut browsers = [seen.service.browser(), seen.service.browser()];
    let tries = browsers.iter_mut().map(|one| one.log_in(KIM, PASSWORD));
    let mut answers = futures_util::future::join_all(tries).await;
    // Either may be first.
    answers.sort_by_key(|answer| answer.status);
    for (answer, status) in answers.iter().zip([401, 503]) {
        seen.note(answer.status(status));
    }
}

async fn end(seen: Watched) -> Seen {
    let store = seen.service.sidecar.accounts().store().clone();
    let (rows, queued) = store
        .read(|rows| Ok((dump(rows)?, rows.mails()?)))
        .await
        .unwrap();
    Seen {
        answers: seen.answers,
        rows,
        queued,
        mails: seen.service.mailer.mails(),
    }
}

fn dump(rows: &dyn Rows) -> Stored<String> {
    let (long_ago, never) = (Moment(0), Moment(i64::MAX));
    let alive = Alive {
        seen_after: long_ago,
        begun_after: long_ago,
    };
    let mut text = String::new();
    for account in rows.accounts_after(0, 1000)? {
        let id = account.id;
        let hangs = (
            rows.consents_of(id)?,
            rows.sessions_of(id, alive)?,
            rows.devices_of(id)?,
            rows.links_made(id, long_ago)?,
            rows.links_of(id, long_ago)?.len(),
            rows.address_changes_of(id, long_ago)?,
        );
        writeln!(text, "{account:?} {hangs:?}").unwrap();
    }
    let downloads = rows.downloads_between(long_ago, never, 0, 1000)?;
    let departures = rows.departures_after(0)?;
    writeln!(text, "{downloads:?} {departures:?}").unwrap();
    Ok(text)
}

#[tokio::test]
async fn a_retried_rule_has_the_effect_of_one_run() {
    let (once, twice) = (all_rules(ONCE).await, all_rules(TWICE).await);
    for (once, twice) in once.answers.iter().zip(&twice.answers) {
        assert_eq!(once, twice);
    }
    assert_eq!(once.rows, twice.rows);
    assert!(once == twice);
}
