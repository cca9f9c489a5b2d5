//! Accounts as their callers see them: a real router on a real SQLite file, mail in memory, a clock that
//! stands still until a test moves it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::Method;
use dateline_auth::app::{Sidecar, SidecarOptions};
use dateline_auth::domain::clock::{Clock, FixedClock};
use dateline_auth::domain::mail::Mail;
use dateline_auth::hashing::Cost;
use dateline_auth::mail::MemoryMailer;
use dateline_auth::store::sqlite::SqliteOptions;
use dateline_contract::manifest::{Manifest, ProblemText, Wording};
use dateline_contract::texts::PROBLEMS;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::{Answer, Ask, NOW, at, options_on, store_media, terms};

mod addresses;
mod again;
mod answers;
mod bodies;
mod codes;
mod enumeration;
mod flow;
mod hidden;
mod injection;
mod kept;
mod lifetimes;
mod limits;
mod mail;
mod media;
mod own;
mod registrations;
mod requests;
mod returning;
mod sessions;
mod twice;
mod waits;

pub(crate) use self::mail::{Log, later, never};

pub(crate) const BASE: &str = "https://news.example.org";
/// Good enough, and another one.
pub(crate) const PASSWORD: &str = "Correct-Horse-42!";
pub(crate) const OTHER_PASSWORD: &str = "Battery-Staple-17?";
/// The addresses of two people.
pub(crate) const JO: &str = "jo@example.com";
pub(crate) const KIM: &str = "kim@example.net";

/// A service under test.
pub(crate) struct Service {
    pub(crate) dir: TempDir,
    pub(crate) clock: Arc<FixedClock>,
    pub(crate) mailer: Arc<MemoryMailer>,
    pub(crate) sidecar: Sidecar,
    /// What its store may take.
    pub(crate) sqlite: SqliteOptions,
    pub(crate) change: fn(&mut SidecarOptions),
}

impl Service {
    pub(crate) fn new() -> Self {
        Self::with(|_| {})
    }

    /// With other options than those of every test.
    pub(crate) fn with(change: fn(&mut SidecarOptions)) -> Self {
        Self::on(SqliteOptions::default(), change)
    }

    /// On a store that may take no more.
    pub(crate) fn on(sqlite: SqliteOptions, change: fn(&mut SidecarOptions)) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = Arc::new(FixedClock::new(at(NOW)));
        let mailer = Arc::new(MemoryMailer::new());
        let sidecar = open(&dir, sqlite, &clock, &mailer, change);
        Self {
            dir,
            clock,
            mailer,
            sidecar,
            sqlite,
            change,
        }
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.dir.path().join("state/accounts.db")
    }

    /// Ends the service and starts it again on the same files.
    pub(crate) fn restart(self) -> Self {
        self.while_stopped(|_| {})
    }

    /// The same, with something in between that needs its folder alone. Browsers hold the service open:
    /// they must be gone.
    pub(crate) fn while_stopped(self, work: impl FnOnce(&Path)) -> Self {
        self.reopened(work, |_| {})
    }

    /// The same, started with `more` options this once.
    pub(crate) fn reopened(
        self,
        work: impl FnOnce(&Path),
        more: impl FnOnce(&mut SidecarOptions),
    ) -> Self {
        let Self {
            dir,
            clock,
            mailer,
            sidecar,
            sqlite,
            change,
        } = self;
        drop(sidecar);
        work(dir.path());
        let sidecar = open(&dir, sqlite, &clock, &mailer, |options| {
            change(options);
            more(options);
        });
        Self {
            dir,
            clock,
            mailer,
            sidecar,
            sqlite,
            change,
        }
    }

    pub(crate) fn advance(&self, seconds: i64) {
        let now = self.clock.now();
        self.clock
            .set(now + jiff::SignedDuration::from_secs(seconds));
    }

    pub(crate) fn browser(&self) -> Browser {
        Browser::of(&self.sidecar)
    }

    /// A browser in this network.
    pub(crate) fn browser_at(&self, address: &str) -> Browser {
        self.browser().with("x-forwarded-for", address)
    }

    /// Every mail so far, oldest first.
    pub(crate) async fn mails(&self) -> Vec<Mail> {
        self.sidecar.send_mail().await;
        self.mailer.mails()
    }

    /// The newest mail to this address.
    pub(crate) async fn mail_to(&self, address: &str) -> Mail {
        let mails = self.mails().await;
        let found = mails.into_iter().rfind(|mail| mail.to == address);
        found.unwrap_or_else(|| panic!("no mail to {address}"))
    }

    /// The code in the newest mail to this address.
    pub(crate) async fn code_for(&self, address: &str) -> String {
        code_in(&self.mail_to(address).await)
    }

    /// A browser with a registration in progress, and its code.
    pub(crate) async fn registering(&self, address: &str) -> (Browser, String) {
        let mut browser = self.browser();
        browser.register(address, PASSWORD).await.status(202);
        let code = self.code_for(address).await;
        (browser, code)
    }

    /// A browser with a reset in progress, and its code.
    pub(crate) async fn resetting(&self, address: &str) -> (Browser, String) {
        let mut browser = self.browser();
        browser.reset(address).await.status(202);
        let code = self.code_for(address).await;
        (browser, code)
    }

    /// A browser that has just registered this address with [`PASSWORD`].
    pub(crate) async fn registered(&self, address: &str) -> Browser {
        let (mut browser, code) = self.registering(address).await;
        browser.enter("verify", &code).await.status(200);
        browser
    }

    /// Disables the account of this address, or enables it again.
    pub(crate) async fn set_disabled(&self, address: &str, disabled: bool) {
        let accounts = self.sidecar.accounts();
        let all = accounts.all().await.unwrap();
        let account = all.into_iter().find(|account| account.email == address);
        let changed = accounts.set_disabled(account.unwrap().id, disabled).await;
        assert!(changed.unwrap());
    }

    /// Writes down what was gathered, as the upkeep does every second.
    pub(crate) async fn flush(&self) {
        self.sidecar.accounts().flush_gathered().await.unwrap();
    }
}

pub(crate) fn open(
    dir: &TempDir,
    sqlite: SqliteOptions,
    clock: &Arc<FixedClock>,
    mailer: &Arc<MemoryMailer>,
    change: impl FnOnce(&mut SidecarOptions),
) -> Sidecar {
    let mut options = SidecarOptions {
        clock: clock.clone(),
        mailer: mailer.clone(),
        // The least work that Argon2 allows: hashing is not what is tested.
        cost: Cost {
            memory: 8,
            passes: 1,
        },
        // Tests say by X-Forwarded-For where a browser is.
        trusted_proxies: vec!["127.0.0.0/8".parse().unwrap()],
        ..options_on(dir.path(), sqlite)
    };
    change(&mut options);
    let sidecar = Sidecar::open(options).unwrap();
    sidecar.catalogue().replace(manifest(dir.path()));
    sidecar
}

/// Words for every problem.
fn problems_in_english() -> BTreeMap<String, ProblemText> {
    let text = |name: &str| ProblemText {
        title: format!("{name} in English"),
        detail: "What to do".into(),
    };
    let problems = PROBLEMS.iter();
    problems
        .map(|name| ((*name).to_owned(), text(name)))
        .collect()
}

/// The catalogue's dossiers, with new files.
pub(crate) fn manifest(dir: &Path) -> Manifest {
    let wording = |language: &str| Wording {
        id: format!("wording-{language}"),
        text: format!("Send me the newsletter ({language})"),
    };
    let languages = ["en", "fr", "ar"];
    Manifest {
        base_url: BASE.into(),
        default_language: "en".into(),
        languages: languages.map(str::to_owned).into(),
        name: [("en".to_owned(), "Example Newsroom".to_owned())].into(),
        time_zone: "Europe/Brussels".into(),
        newsletter: languages
            .map(|language| (language.to_owned(), wording(language)))
            .into(),
        problems: [("en".to_owned(), problems_in_english())].into(),
        terms: terms(),
        media: store_media(&dir.join("media")),
        ..Manifest::default()
    }
}

/// The eight digits on a line of their own.
pub(crate) fn code_in(mail: &Mail) -> String {
    let is_code =
        |line: &&str| line.len() == 9 && line.chars().filter(char::is_ascii_digit).count() == 8;
    let line = mail.text.lines().find(is_code);
    line.unwrap_or_else(|| panic!("no code in {:?}", mail.subject))
        .to_owned()
}

/// Something with a cookie jar.
#[derive(Clone)]
pub(crate) struct Browser {
    router: Router,
    pub(crate) cookies: BTreeMap<String, String>,
    headers: Vec<(String, String)>,
}

impl Browser {
    pub(crate) fn of(sidecar: &Sidecar) -> Self {
        Self {
            router: sidecar.router(),
            cookies: BTreeMap::new(),
            headers: vec![("sec-fetch-site".into(), "same-origin".into())],
        }
    }

    /// Sends this header with every request.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(known, _)| known != name);
        self.headers.push((name.into(), value.into()));
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(known, _)| known != name);
        self
    }

    /// The same browser, asking another service.
    pub(crate) fn moved_to(self, service: &Service) -> Self {
        Self {
            router: service.sidecar.router(),
            ..self
        }
    }

    /// `POST /api/CALL` with JSON.
    pub(crate) async fn post(&mut self, call: &str, body: Value) -> Answer {
        self.send(call, "application/json", body.to_string()).await
    }

    /// `POST /api/CALL` as a form.
    pub(crate) async fn form(&mut self, call: &str, fields: &[(&str, &str)]) -> Answer {
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        self.send(call, "application/x-www-form-urlencoded", body)
            .await
    }

    /// `POST /api/CALL` with these very bytes.
    pub(crate) async fn send(&mut self, call: &str, kind: &str, body: impl Into<Body>) -> Answer {
        let ask = self.ask(Method::POST, &format!("/api/{call}"));
        let answer = ask
            .header("content-type", kind)
            .send_body(body.into())
            .await;
        self.keep(&answer);
        answer
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        let answer = self.ask(Method::GET, path).send().await;
        self.keep(&answer);
        answer
    }

    /// A request as this browser sends it.
    pub(crate) fn ask(&self, method: Method, path: &str) -> Ask {
        let mut ask = Ask::new(self.router.clone(), method, path);
        for (name, value) in &self.headers {
            ask = ask.header(name, value);
        }
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        match cookies.is_empty() {
            true => ask,
            false => ask.header("cookie", &cookies.join("; ")),
        }
    }

    pub(crate) fn keep(&mut self, answer: &Answer) {
        for line in answer.headers.get_all("set-cookie") {
            let line = line.to_str().unwrap();
            let (pair, attributes) = line.split_once("; ").unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            match attributes.contains("Max-Age=0;") {
                true => self.cookies.remove(name),
                false => self.cookies.insert(name.into(), value.into()),
            };
        }
    }

    pub(crate) async fn register(&mut self, email: &str, password: &str) -> Answer {
        self.post("register", json!({ "email": email, "password": password }))
            .await
    }

    pub(crate) async fn log_in(&mut self, email: &str, password: &str) -> Answer {
        self.post("login", json!({ "email": email, "password": password }))
            .await
    }

    pub(crate) async fn reset(&mut self, email: &str) -> Answer {
        self.post("reset", json!({ "email": email })).await
    }

    /// Enters a code.
    pub(crate) async fn enter(&mut self, call: &str, code: &str) -> Answer {
        self.post(call, json!({ "code": code })).await
    }

    pub(crate) async fn is_signed_in(&mut self) -> bool {
        self.get("/api/session").await.json()["signed_in"] == true
    }

    pub(crate) fn cookie(&self, name: &str) -> &str {
        self.cookies
            .get(&format!("__Host-dateline-{name}"))
            .map_or("", String::as_str)
    }
}
