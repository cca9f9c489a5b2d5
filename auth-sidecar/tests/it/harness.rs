//! A small newsroom to ask things of.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Method, Request, StatusCode};
use dateline_auth::app::{MediaSource, Sidecar, SidecarOptions};
use dateline_auth::domain::clock::FixedClock;
use dateline_auth::mail::MemoryMailer;
use dateline_auth::store::postgres::{Postgres, PostgresOptions};
use dateline_auth::store::sqlite::ledger::LedgerFile;
use dateline_auth::store::sqlite::{Files, SqliteOptions};
use dateline_contract::manifest::{Dossier, Edition, Manifest, Rendition, Terms};
use http_body_util::BodyExt;
use jiff::Timestamp;
use tempfile::TempDir;
use tower::ServiceExt;

/// What the clock shows at first.
pub(crate) const NOW: &str = "2025-02-01T12:00:00Z";
/// When every rendition was changed, and the same as HTTP writes it.
pub(crate) const MODIFIED: &str = "2025-01-27T18:00:00Z";
pub(crate) const MODIFIED_HTTP: &str = "Mon, 27 Jan 2025 18:00:00 GMT";
/// The SHA-256 that the preview is said to have, as header values.
pub(crate) const PREVIEW_ETAG: &str =
    "\"aa00000000000000000000000000000000000000000000000000000000000000\"";
/// 32 bytes, and not for use.
pub(crate) const SECRET: &str = "k1:dGVzdHRlc3R0ZXN0dGVzdHRlc3R0ZXN0dGVzdHRlc3Q=";
pub(crate) const PREVIEW: &str = "/api/media/lisbon/preview";

/// Longer than two chunks, and different everywhere.
pub(crate) fn preview_bytes() -> Vec<u8> {
    (0..150_000_u32).flat_map(|n| [(n % 251) as u8]).collect()
}

/// What signed-in people may have.
pub(crate) const BROADCAST: &str = "/api/media/lisbon/broadcast";
pub(crate) const BROADCAST_SIZE: usize = 200_000;

/// Unlike the preview.
pub(crate) fn broadcast_bytes() -> Vec<u8> {
    (0..BROADCAST_SIZE).map(|n| (n % 241) as u8).collect()
}

pub(crate) struct Newsroom {
    pub(crate) dir: TempDir,
    pub(crate) clock: Arc<FixedClock>,
    pub(crate) sidecar: Sidecar,
    pub(crate) manifest: Manifest,
}

impl Newsroom {
    /// With what [`store_media`] makes.
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let manifest = Manifest {
            base_url: "https://news.example.org".into(),
            default_language: "en".into(),
            languages: vec!["en".into()],
            terms: terms(),
            media: store_media(&dir.path().join("media")),
            ..Manifest::default()
        };
        manifest.validate().unwrap();
        let clock = Arc::new(FixedClock::new(at(NOW)));
        let sidecar = Sidecar::open(SidecarOptions {
            clock: clock.clone(),
            ..options(dir.path())
        });
        let sidecar = sidecar.unwrap();
        sidecar.catalogue().replace(manifest.clone());
        Self {
            dir,
            clock,
            sidecar,
            manifest,
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask(Method::GET, path).send().await
    }

    pub(crate) fn ask(&self, method: Method, path: &str) -> Ask {
        Ask::new(self.sidecar.router(), method, path)
    }

    /// The preview, with these request headers.
    pub(crate) async fn preview(&self, headers: &[(&str, &str)]) -> Answer {
        let ask = self.ask(Method::GET, PREVIEW);
        headers
            .iter()
            .fold(ask, |ask, (name, value)| ask.header(name, value))
            .send()
            .await
    }
}

/// The terms of all dossiers.
pub(crate) fn terms() -> BTreeMap<String, Terms> {
    let version = "2025-01".into();
    [("standard".to_owned(), Terms { version })].into()
}

/// Fills a media folder and says what is there: a public preview, gated broadcast quality, captions in
/// Arabic, an embargoed dossier, and two renditions whose files are missing or of another size.
pub(crate) fn store_media(folder: &Path) -> BTreeMap<String, Dossier> {
    let store = |byte: u8, name: &str, kind: &str, bytes: &[u8], gated: bool| {
        let sha256 = format!("{byte:02x}{}", "0".repeat(62));
        let key = format!("{byte:02x}/{sha256}/{name}");
        let path = folder.join(&key);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
        Rendition {
            key,
            modified: MODIFIED.into(),
            file_name: name.into(),
            content_type: kind.into(),
            size: bytes.len() as u64,
            sha256,
            gated,
        }
    };
    let mut altered = store(
        0xad,
        "altered.mp4",
        "video/mp4",
        b"longer than it was",
        false,
    );
    altered.size = 5;
    let missing = store(0xae, "missing.mp4", "video/mp4", b"x", false);
    std::fs::remove_file(folder.join(&missing.key)).unwrap();
    let lisbon = Dossier {
        editions: [
            edition("en", "lisbon", Some("Doorstep in Lisbon")),
            edition("fr", "lisbon", None),
        ]
        .into(),
        terms: Some("standard".into()),
        renditions: [
            (
                "preview",
                store(0xaa, "preview.mp4", "video/mp4", &preview_bytes(), false),
            ),
            (
                "broadcast",
                store(
                    0xab,
                    "broadcast.mov",
                    "video/quicktime",
                    &broadcast_bytes(),
                    true,
                ),
            ),
            (
                "captions-ar",
                store(
                    0xac,
                    "ترجمة.vtt",
                    "text/vtt; charset=utf-8",
                    b"WEBVTT\n",
                    false,
                ),
            ),
            ("empty", store(0xaf, "empty.txt", "text/plain", b"", false)),
            ("altered", altered),
            ("missing", missing),
        ]
        .map(|(name, rendition)| (name.to_owned(), rendition))
        .into(),
    };
    let waiting = Edition {
        release: Some("2025-02-01T13:00:00+00:00".into()),
        ..edition("en", "embargoed", None).1
    };
    let embargoed = Dossier {
        editions: [("en".to_owned(), waiting)].into(),
        terms: Some("standard".into()),
        renditions: [
            (
                "preview".to_owned(),
                store(0xb0, "e.mp4", "video/mp4", b"embargoed", false),
            ),
            (
                "broadcast".to_owned(),
                store(0xb1, "e.mov", "video/quicktime", b"both", true),
            ),
        ]
        .into(),
    };
    [
        ("lisbon".to_owned(), lisbon),
        ("embargoed".to_owned(), embargoed),
    ]
    .into()
}

/// An edition that is out and stays so, by its language.
pub(crate) fn edition(language: &str, id: &str, title: Option<&str>) -> (String, Edition) {
    let edition = Edition {
        page: Some(format!("/{language}/video/{id}/")),
        title: title.map(str::to_owned),
        ..Edition::default()
    };
    (language.to_owned(), edition)
}

/// What every sidecar under test is made from: mail stays in memory.
pub(crate) fn options(dir: &Path) -> SidecarOptions {
    options_on(dir, SqliteOptions::default())
}

/// The same, on a store that may take so much. With `DATELINE_TEST_STORE=postgres` in the environment, accounts are in
/// a PostgreSQL database and media in a bucket of an S3 server, one of each for each folder; with `pgbouncer`, the
/// database is reached by way of PgBouncer.
pub(crate) fn options_on(dir: &Path, sqlite: SqliteOptions) -> SidecarOptions {
    let mailer = Arc::new(MemoryMailer::new());
    let options = match std::env::var("DATELINE_TEST_STORE").as_deref() {
        Ok("postgres" | "pgbouncer") => {
            let store = Postgres::open(&database_of(dir), PostgresOptions::default()).unwrap();
            let ledger = Arc::new(LedgerFile(files(dir).ledger()));
            SidecarOptions::new(Arc::new(store), ledger, SECRET.into(), mailer)
        }
        Ok(other) => panic!("DATELINE_TEST_STORE is {other:?}, neither `postgres` nor `pgbouncer`"),
        Err(_) => SidecarOptions::on_sqlite(&files(dir), sqlite, SECRET.into(), mailer).unwrap(),
    };
    SidecarOptions {
        media: stored(&dir.join("media")),
        build: stored(&dir.join("sidecar")),
        ..options
    }
}

/// The files of this folder: in it, or in a bucket with the same files where accounts are in PostgreSQL.
fn stored(folder: &Path) -> MediaSource {
    match std::env::var_os("DATELINE_TEST_STORE") {
        Some(_) => crate::peer::shared().media(folder),
        None => MediaSource::Folder(folder.to_owned()),
    }
}

/// The address of this folder's PostgreSQL database, which is made once.
fn database_of(dir: &Path) -> String {
    let note = dir.join("state/database");
    if !note.exists() {
        write(&note, crate::postgres::shared().database());
    }
    let name = std::fs::read_to_string(note).unwrap();
    match std::env::var("DATELINE_TEST_STORE").as_deref() {
        Ok("pgbouncer") => crate::postgres::shared().pooled_address(&name),
        _ => crate::postgres::shared().address(&name),
    }
}

/// Where it keeps its accounts.
pub(crate) fn files(dir: &Path) -> Files {
    Files::together(dir.join("state/accounts.db"))
}

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn write(path: &Path, content: impl AsRef<[u8]>) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, content).unwrap();
}

/// A request in the making.
pub(crate) struct Ask {
    router: Router,
    request: axum::http::request::Builder,
}

impl Ask {
    pub(crate) fn new(router: Router, method: Method, path: &str) -> Self {
        Self {
            router,
            request: Request::builder().method(method).uri(path),
        }
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.request = self.request.header(name, value);
        self
    }

    /// A header of any bytes.
    pub(crate) fn bytes(mut self, name: &str, value: HeaderValue) -> Self {
        self.request = self.request.header(name, value);
        self
    }

    /// The answer's body, of which nothing is read yet.
    pub(crate) async fn stream(self) -> Body {
        let request = self.request.body(Body::empty()).unwrap();
        self.router.oneshot(request).await.unwrap().into_body()
    }

    pub(crate) async fn send(self) -> Answer {
        self.send_body(Body::empty()).await
    }

    pub(crate) async fn send_body(self, body: Body) -> Answer {
        let request = self.request.body(body).unwrap();
        let (head, body) = self.router.oneshot(request).await.unwrap().into_parts();
        Answer {
            status: head.status,
            headers: head.headers,
            body: body.collect().await.unwrap().to_bytes().to_vec(),
        }
    }
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// The header's value; empty if there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// Checks the status.
    #[track_caller]
    pub(crate) fn status(&self, status: u16) -> &Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        self
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// Checks that it is a 303 to this path.
    #[track_caller]
    pub(crate) fn leads_to(&self, path: &str) {
        self.status(303);
        assert_eq!(self.header("location"), path);
    }

    /// Checks that it is this problem in the form of RFC 9457, and returns its members.
    #[track_caller]
    pub(crate) fn problem(&self, status: u16, name: &str) -> serde_json::Value {
        assert_eq!(self.status.as_u16(), status, "{:?}", self.text());
        assert_eq!(self.header("content-type"), "application/problem+json");
        assert_eq!(self.header("cache-control"), "no-store");
        let problem: serde_json::Value = serde_json::from_slice(&self.body).unwrap();
        assert_eq!(problem["type"], format!("urn:dateline:problem:{name}"));
        assert_eq!(problem["status"], status);
        assert!(problem["title"].is_string() && problem["detail"].is_string());
        problem
    }
}
