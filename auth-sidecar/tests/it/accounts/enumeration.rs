//! Whether an address has an account, or a disabled one, shows in no answer, and in no work that a call takes.

use std::sync::Mutex;

use dateline_auth::domain::accounts::{Accounts, FlowCookie, Requester};
use dateline_auth::domain::address::Address;
use dateline_auth::domain::hashing::{Checked, Hasher, Reservation};
use dateline_auth::domain::network::Network;
use dateline_auth::domain::password::Password;
use dateline_auth::domain::refusal::{Refusal, Stop};
use futures_util::future::BoxFuture;

use super::*;
use crate::store::work::Watch;

const MINUTE: i64 = 60;

/// A whole answer without its random parts; of cookies, the lengths of values.
fn shape(answer: &Answer) -> String {
    let mut lines = vec![answer.status.to_string()];
    for (name, value) in &answer.headers {
        let value = value.to_str().unwrap();
        match name.as_str() {
            "x-request-id" => {}
            "set-cookie" => {
                let (cookie, attributes) = value.split_once(';').unwrap();
                let (cookie, value) = cookie.split_once('=').unwrap();
                lines.push(format!("{name}: {cookie}={};{attributes}", value.len()));
            }
            _ => lines.push(format!("{name}: {value}")),
        }
    }
    lines[1..].sort();
    format!("{}\n\n{}", lines.join("\n"), answer.text())
}

/// What may be known of [`JO`].
#[derive(Clone, Copy, Debug)]
enum Kind {
    Unknown,
    Known,
    Disabled,
    /// An account left it lately.
    Held,
}

/// A service that knows so much, all counters at zero.
async fn service(kind: Kind) -> Service {
    let service = Service::new();
    if !matches!(kind, Kind::Unknown) {
        let mut jo = service.registered(JO).await;
        if matches!(kind, Kind::Held) {
            service.moves(&mut jo, "another@example.org").await;
            service.mails().await;
        }
    }
    if matches!(kind, Kind::Disabled) {
        service.set_disabled(JO, true).await;
    }
    service.advance(24 * 60 * MINUTE);
    service
}

/// A conversation by two browsers, one asking as JSON and one by forms, told by shapes and by what each call costs.
struct Talk<'s> {
    service: &'s Service,
    watch: Watch,
    json: Browser,
    form: Browser,
    shapes: Vec<String>,
}

impl Talk<'_> {
    async fn ask(&mut self, call: &str, fields: &[(&str, &str)]) {
        let body = fields
            .iter()
            .map(|(name, value)| ((*name).to_owned(), Value::from(*value)))
            .collect();
        self.watch.begin();
        let answers = [
            self.json.post(call, Value::Object(body)).await,
            self.form.form(call, fields).await,
        ];
        self.shapes.push(format!("{call}: {}", self.watch.told()));
        self.service.mails().await;
        // Rows of decoys are gone by then, too.
        let waiting = self.service.due_mails().await;
        let told = answers
            .iter()
            .map(|answer| format!("{call}: {}", shape(answer)));
        self.shapes.extend(told);
        self.shapes.push(format!("{} mails wait", waiting.len()));
    }

    /// Until every limit was met.
    async fn until_all_limits(&mut self, begin: (&str, &[(&str, &str)]), enter: &str) {
        for round in [1, 2] {
            self.json = self.watch.browser_at(&format!("203.0.113.{round}"));
            self.form = self.watch.browser_at(&format!("198.51.100.{round}"));
            self.ask(begin.0, begin.1).await;
            for code in ["no code", "1", "2", "3", "4", "5", "6"] {
                self.ask(enter, &[("code", &code.repeat(8))]).await;
            }
            for _ in 0..3 {
                self.ask("code", &[]).await;
                self.service.advance(MINUTE);
            }
            self.ask(enter, &[("code", "00000000")]).await;
            self.ask(begin.0, begin.1).await;
            self.service.advance(31 * MINUTE);
            self.ask(enter, &[("code", "00000000")]).await;
            self.ask("code", &[]).await;
            self.service.advance(90 * MINUTE);
            self.ask(enter, &[("code", "00000000")]).await;
        }
    }
}

async fn talk(kind: Kind, about: &str) -> Vec<String> {
    let service = service(kind).await;
    let watch = Watch::on(&service);
    let mut talk = Talk {
        json: watch.browser_at("203.0.113.1"),
        form: watch.browser_at("198.51.100.1"),
        service: &service,
        watch,
        shapes: Vec::new(),
    };
    let register = [
        ("email", JO),
        ("password", OTHER_PASSWORD),
        ("return_to", "/en/news/"),
    ];
    match about {
        "register" => {
            talk.until_all_limits(("register", &register), "verify")
                .await
        }
        "reset" => {
            let fields = [("email", JO), ("lang", "fr")];
            talk.until_all_limits(("reset", &fields), "reset/verify")
                .await;
        }
        "login" => {
            for _ in 0..8 {
                talk.ask("login", &register).await;
                service.advance(20);
            }
            service.advance(60 * MINUTE);
            talk.ask("login", &register).await;
        }
        "account/address" => {
            service.registered(KIM).await;
            for browser in [&mut talk.json, &mut talk.form] {
                browser.log_in(KIM, PASSWORD).await.status(200);
            }
            service.mails().await;
            for _ in 0..4 {
                let fields = [("email", JO), ("password", PASSWORD)];
                talk.ask("account/address", &fields).await;
                for code in ["1", "2", "3", "4", "5", "6"] {
                    let fields = [("code", &*code.repeat(8))];
                    talk.ask("account/address/verify", &fields).await;
                }
                service.advance(MINUTE);
                talk.ask("code", &[]).await;
                service.advance(9 * MINUTE);
            }
        }
        _ => unreachable!(),
    }
    let told: Vec<_> = [
        "code-wrong",
        "code-spent",
        "code-limit",
        "too-many",
        "credentials-wrong",
    ]
    .into_iter()
    .filter(|name| talk.shapes.iter().any(|shape| shape.contains(name)))
    .collect();
    match about {
        "login" => assert_eq!(told, ["too-many", "credentials-wrong"]),
        _ => assert_eq!(told, ["code-wrong", "code-spent", "code-limit", "too-many"]),
    }
    talk.shapes
}

async fn tells_nothing(about: &str) {
    let unknown = talk(Kind::Unknown, about).await;
    for kind in [Kind::Known, Kind::Disabled, Kind::Held] {
        for (one, other) in unknown.iter().zip(talk(kind, about).await) {
            assert_eq!(*one, other, "{kind:?}");
        }
    }
}

#[tokio::test]
async fn registering_does_not_reveal_accounts() {
    tells_nothing("register").await;
}

#[tokio::test]
async fn resetting_does_not_reveal_accounts() {
    tells_nothing("reset").await;
}

#[tokio::test]
async fn changing_an_address_does_not_reveal_the_new_one() {
    tells_nothing("account/address").await;
}

#[tokio::test]
async fn logging_in_does_not_reveal_accounts() {
    tells_nothing("login").await;
}

/// What another code costs, and another flow of the same browser, while the mail server is slow.
async fn work_while_mail_waits(kind: Kind) -> Vec<String> {
    let service = service(kind).await;
    let watch = Watch::on(&service);
    let mut told = Vec::new();
    for call in ["register", "reset"] {
        let mut stranger = watch.browser_at("203.0.113.1");
        match call {
            "register" => stranger.register(JO, OTHER_PASSWORD).await.status(202),
            _ => stranger.reset(JO).await.status(202),
        };
        let ended = service.sidecar.accounts().end_mails_for_nobody();
        ended.await.unwrap();
        service.advance(MINUTE);
        watch.begin();
        stranger.post("code", json!({})).await.status(202);
        told.push(watch.told());
        let ended = service.sidecar.accounts().end_mails_for_nobody();
        ended.await.unwrap();
        watch.begin();
        stranger.reset(KIM).await.status(202);
        told.push(watch.told());
    }
    told
}

#[tokio::test]
async fn queued_mail_does_not_change_the_cost_of_a_new_code() {
    let unknown = work_while_mail_waits(Kind::Unknown).await;
    for kind in [Kind::Known, Kind::Disabled] {
        assert_eq!(unknown, work_while_mail_waits(kind).await, "{kind:?}");
    }
}

#[tokio::test]
async fn queued_mail_reveals_nothing_by_its_rows() {
    let mut rows = Vec::new();
    for kind in [Kind::Unknown, Kind::Known, Kind::Disabled, Kind::Held] {
        let service = service(kind).await;
        service
            .browser()
            .register(JO, OTHER_PASSWORD)
            .await
            .status(202);
        let name = "a-very-long-name-that-somebody-typed@mail.example.com";
        for address in [JO, name] {
            service.browser().reset(address).await.status(202);
        }
        let mails = service.due_mails().await;
        rows.push(
            mails
                .iter()
                .map(|mail| mail.sealed.len())
                .collect::<Vec<_>>(),
        );
    }
    assert_eq!(rows[0].len(), 3);
    assert!(
        rows.iter().flatten().all(|length| *length == rows[0][0]),
        "{rows:?}"
    );
    assert!(rows.iter().all(|rows| rows.len() == 3));
}

#[tokio::test]
async fn only_its_owner_learns_that_an_account_is_disabled() {
    let service = Service::new();
    let mut owner = service.registered(JO).await;
    service.set_disabled(JO, true).await;
    assert!(!owner.is_signed_in().await);
    let mut browser = service.browser();
    browser
        .log_in(JO, OTHER_PASSWORD)
        .await
        .problem(401, "credentials-wrong");
    let answer = browser.log_in(JO, PASSWORD).await;
    answer.problem(403, "account-disabled");
    assert!(!answer.headers.contains_key("set-cookie"));
    browser.reset(JO).await.status(202);
    assert!(service.mail_to(JO).await.subject.contains("closed"));
    service.set_disabled(JO, false).await;
    assert!(!owner.is_signed_in().await);
    browser.log_in(JO, PASSWORD).await.status(200);
}

#[tokio::test]
async fn invalid_addresses_are_answered_alike() {
    let service = Service::new();
    service.registered(JO).await;
    for text in [
        "",
        "jo",
        "jo@",
        "@example.com",
        "jo@example",
        "jo@localhost",
        "jo@[192.0.2.1]",
        "jo@example.com,kim@example.net",
        "jo@example.com kim@example.net",
        "\"jo\"@example.com",
        "Jo <jo@example.com>",
        "jo(a)@example.com",
        "jo@example.com..",
        "jo\0@example.com",
        "jo@example.com\r\nBcc: kim@example.net",
        "jo\r\n@example.com",
        "jo%0a@example.com\n.",
        &format!("{}@example.com", "a".repeat(65)),
        &format!("jo@{}com", "a.".repeat(130)),
    ] {
        let mut browser = service.browser();
        browser
            .register(text, PASSWORD)
            .await
            .problem(422, "email-invalid");
        browser.reset(text).await.problem(422, "email-invalid");
        browser
            .log_in(text, PASSWORD)
            .await
            .problem(401, "credentials-wrong");
        assert!(browser.cookies.is_empty());
    }
    assert_eq!(service.mails().await.len(), 1);
}

/// What the owner of [`JO`] does while a stranger's flow is open.
#[derive(Clone, Copy, Debug)]
enum Deed {
    Nothing,
    Verify,
    Reset,
    Disabled,
    Delete,
}

/// All that a stranger's open flow answers, before and after.
async fn open_flow(call: &str, known: bool, deed: Deed) -> Vec<String> {
    let service = Service::new();
    let mut owner = match known {
        true => service.registered(JO).await,
        false => service.browser(),
    };
    service.advance(24 * 60 * MINUTE - 1);
    let watch = Watch::on(&service);
    let mut stranger = watch.browser_at("203.0.113.1");
    let begun = match call {
        "verify" => stranger.register(JO, OTHER_PASSWORD).await,
        _ => stranger.reset(JO).await,
    };
    let mut shapes = vec![shape(&begun)];
    service.mails().await;
    // Whatever they do next, people ask for codes.
    let mut registering = service.browser_at("198.51.100.8");
    registering.register(JO, PASSWORD).await.status(202);
    let mails = service.mails().await;
    let mut resetting = service.browser_at("198.51.100.7");
    resetting.reset(JO).await.status(202);
    match deed {
        Deed::Nothing => {}
        Deed::Verify => {
            let code = code_in(mails.last().unwrap());
            registering.enter("verify", &code).await.status(200);
        }
        Deed::Reset => {
            let code = service.code_for(JO).await;
            resetting.enter("reset/verify", &code).await.status(200);
            let body = json!({ "password": OTHER_PASSWORD });
            resetting.post("reset/password", body).await.status(200);
        }
        Deed::Disabled => service.set_disabled(JO, true).await,
        Deed::Delete => {
            let body = json!({ "password": PASSWORD });
            owner.post("account/delete", body).await.status(204);
        }
    }
    service.mails().await;
    for _ in 0..2 {
        watch.begin();
        for code in ["00000000", "11111111"] {
            shapes.push(shape(&stranger.enter(call, code).await));
        }
        shapes.push(watch.told());
        service.advance(MINUTE);
        watch.begin();
        shapes.push(shape(&stranger.post("code", json!({})).await));
        shapes.push(watch.told());
        shapes.push(shape(&stranger.get("/api/session").await));
        service.mails().await;
    }
    service.advance(31 * MINUTE);
    shapes.push(shape(&stranger.enter(call, "00000000").await));
    shapes
}

#[tokio::test]
async fn a_strangers_open_flow_does_not_reveal_the_owners_actions() {
    for call in ["verify", "reset/verify"] {
        let untouched = open_flow(call, false, Deed::Nothing).await;
        for (known, deed) in [
            (true, Deed::Nothing),
            (false, Deed::Verify),
            (true, Deed::Reset),
            (true, Deed::Disabled),
            (true, Deed::Delete),
        ] {
            for (one, other) in untouched.iter().zip(open_flow(call, known, deed).await) {
                assert_eq!(*one, other, "{call}: {deed:?}");
            }
        }
    }
}

/// What a password is compared with; nothing is ever right, or everything.
struct Recorder {
    against: Mutex<Vec<Option<String>>>,
    found: Checked,
}

impl Hasher for Recorder {
    fn reserve(&self, _: Network) -> Option<Reservation> {
        Some(Reservation(Box::new(())))
    }

    fn hash(&self, _: Reservation, _: Password) -> BoxFuture<'static, Option<String>> {
        Box::pin(std::future::ready(None))
    }

    fn check(
        &self,
        _: Reservation,
        _: Password,
        against: Option<String>,
    ) -> BoxFuture<'static, Option<Checked>> {
        self.against.lock().unwrap().push(against);
        Box::pin(std::future::ready(Some(self.found)))
    }
}

/// The cost of a hash shows in its time: an unknown address takes the time of an account.
#[tokio::test]
async fn an_unknown_address_is_checked_against_some_hash_and_never_admitted() {
    let service = Service::new();
    for email in [JO, "kim@example.org"] {
        service.registered(email).await;
    }
    let ids = 1..=2_i64;
    let hashes: Vec<String> = service
        .kept(move |rows| {
            let hash = |id| Ok(rows.account(id)?.unwrap().password_hash);
            ids.map(hash).collect()
        })
        .await;
    let accounts = service.sidecar.accounts();
    for found in [Checked::Wrong, Checked::Right, Checked::RightButWeak] {
        let recorder = Arc::new(Recorder {
            against: Mutex::default(),
            found,
        });
        let (store, core) = (accounts.store().clone(), accounts.core().clone());
        let recorded = Accounts::new(store, recorder.clone(), core, Arc::new(|| {}));
        for n in 0..16_u8 {
            let requester = Requester {
                network: Network::of([192, 0, 2, n].into()),
                device: None,
                session: None,
                flow: FlowCookie::None,
                browser: String::new(),
            };
            let address = Address::parse(&format!("nobody{n}@example.org")).unwrap();
            let password = Password::parse_given(PASSWORD).unwrap();
            let answer = recorded.log_in(requester, address, password).await;
            let refused = Stop::Refused(Refusal::CredentialsWrong);
            assert_eq!(format!("{:?}", answer.unwrap_err()), format!("{refused:?}"));
        }
        let against = recorder.against.lock().unwrap();
        for hash in &hashes {
            let by_it = |other: &&Option<String>| other.as_ref() == Some(hash);
            assert!(against.iter().any(|other| by_it(&other)), "{against:?}");
        }
        assert_eq!(against.len(), 16);
        assert!(against.iter().flatten().all(|hash| hashes.contains(hash)));
    }
}
