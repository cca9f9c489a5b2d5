//! The pages of the site, as `serve --site` gives them.

use std::os::unix::fs::symlink;
use std::path::PathBuf;

use axum::Router;
use axum::http::Method;
use dateline_auth::app::Installation;
use dateline_auth::config::{Config, Environment, Hsts, Location, Media};
use tempfile::TempDir;

use crate::harness::{Answer, Ask, write};

pub(crate) struct Pages {
    pub(crate) dir: TempDir,
    pub(crate) router: Router,
}

impl Pages {
    /// A small site; `rules` are its edge rules, if any.
    pub(crate) async fn new(rules: Option<&str>) -> Self {
        Self::within(rules, Environment::Development).await
    }

    pub(crate) async fn within(rules: Option<&str>, env: Environment) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let site = dir.path().join("dist/site");
        for (name, content) in [
            ("index.html", "<p>languages"),
            ("404.html", "<p>missing"),
            ("fr/404.html", "<p>introuvable"),
            ("fr/410.html", "<p>retirée"),
            ("fr/index.html", "<p>accueil"),
            ("en/index.html", "<p>home"),
            ("en/news/index.html", "<p>news"),
            ("en/empty/other.txt", "x"),
            ("en/feed.xml", "<feed/>"),
            ("en/feed.json", "{}"),
            ("sitemap.xml", "<urlset/>"),
            ("site.webmanifest", "{}"),
            ("robots.txt", "User-agent: *"),
            ("assets/a.css", "a{}"),
            ("assets/a.js", "1"),
            ("assets/a.svg", "<svg/>"),
            ("assets/a.JPG", "jpg"),
            ("assets/a.vtt", "WEBVTT"),
            ("assets/a.mp4", "0123456789"),
            ("assets/a.unknown", "?"),
            ("ar/أخبار/index.html", "<p>أخبار"),
            (".env", "secret"),
            (".git/config", "secret"),
            (".well-known/security.txt", "Contact: x"),
        ] {
            write(&site.join(name), content);
        }
        write(&dir.path().join("dist/secret"), "secret");
        symlink("../secret", site.join("leak")).unwrap();
        symlink(dir.path().join("dist"), site.join("up")).unwrap();
        symlink("robots.txt", site.join("robots-too.txt")).unwrap();
        if let Some(rules) = rules {
            write(&dir.path().join("dist/edge/headers.json"), rules);
        }
        let installation = Installation::start(config(&dir, env), Some(site))
            .await
            .unwrap();
        Self {
            dir,
            router: installation.router(),
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask(Method::GET, path).send().await
    }

    pub(crate) fn ask(&self, method: Method, path: &str) -> Ask {
        Ask::new(self.router.clone(), method, path)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join("dist").join(name)
    }
}

fn config(dir: &TempDir, env: Environment) -> Config {
    let mut config = Config::load(None, []).unwrap();
    config.listen = "127.0.0.1:0".parse().unwrap();
    config.manifest = Location::File(dir.path().join("dist/sidecar/manifest.json"));
    config.media = Media::Folder(dir.path().join("media"));
    config.database = dateline_auth::config::Database::Sqlite(dir.path().join("state/accounts.db"));
    config.env = env;
    if env == Environment::Production {
        config.hsts = Hsts::Host;
    }
    config
}

#[tokio::test]
async fn folders_answer_with_their_index() {
    let pages = Pages::new(None).await;
    for (path, body) in [
        ("/", "<p>languages"),
        ("/en/", "<p>home"),
        ("/en/news/", "<p>news"),
        ("/en/news/?page=1", "<p>news"),
        ("/ar/%D8%A3%D8%AE%D8%A8%D8%A7%D8%B1/", "<p>أخبار"),
        ("/.well-known/security.txt", "Contact: x"),
        ("/robots-too.txt", "User-agent: *"),
    ] {
        let answer = pages.get(path).await;
        assert_eq!(
            (answer.status.as_u16(), answer.text()),
            (200, body),
            "{path}"
        );
        assert_eq!(answer.header("cache-control"), "no-cache");
        assert!(
            answer
                .header("content-security-policy")
                .contains("default-src 'self'")
        );
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
    }
    for (path, to) in [
        ("/en/news", "/en/news/"),
        ("/en?x=1&y=2", "/en/?x=1&y=2"),
        (
            "/ar/%d8%a3%d8%ae%d8%a8%d8%a7%d8%b1",
            "/ar/%D8%A3%D8%AE%D8%A8%D8%A7%D8%B1/",
        ),
    ] {
        let answer = pages.get(path).await;
        assert_eq!(
            (answer.status.as_u16(), answer.header("location")),
            (301, to),
            "{path}"
        );
    }
    for path in ["/en/empty", "/en/empty/", "/robots.txt/", "/assets"] {
        assert_eq!(pages.get(path).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn content_types() {
    let pages = Pages::new(None).await;
    for (path, content_type) in [
        ("/en/", "text/html; charset=utf-8"),
        ("/en/feed.xml", "application/atom+xml; charset=utf-8"),
        ("/en/feed.json", "application/feed+json"),
        ("/sitemap.xml", "application/xml; charset=utf-8"),
        ("/site.webmanifest", "application/manifest+json"),
        ("/robots.txt", "text/plain; charset=utf-8"),
        ("/assets/a.css", "text/css; charset=utf-8"),
        ("/assets/a.js", "text/javascript; charset=utf-8"),
        ("/assets/a.svg", "image/svg+xml"),
        ("/assets/a.JPG", "image/jpeg"),
        ("/assets/a.vtt", "text/vtt; charset=utf-8"),
        ("/assets/a.mp4", "video/mp4"),
        ("/assets/a.unknown", "application/octet-stream"),
    ] {
        assert_eq!(
            pages.get(path).await.header("content-type"),
            content_type,
            "{path}"
        );
    }
}

#[tokio::test]
async fn pages_have_validators_and_parts() {
    let pages = Pages::new(None).await;
    let first = pages.get("/assets/a.mp4").await;
    let etag = first.header("etag");
    assert!(etag.starts_with('"') && first.header("last-modified").ends_with("GMT"));
    let again = pages
        .ask(Method::GET, "/assets/a.mp4")
        .header("if-none-match", etag)
        .send()
        .await;
    assert_eq!((again.status.as_u16(), again.header("etag")), (304, etag));
    let part = pages
        .ask(Method::GET, "/assets/a.mp4")
        .header("range", "bytes=2-4")
        .header("if-range", etag)
        .send()
        .await;
    assert_eq!((part.status.as_u16(), part.text()), (206, "234"));
    let head = pages.ask(Method::HEAD, "/assets/a.mp4").send().await;
    assert_eq!((head.header("content-length"), head.body.len()), ("10", 0));
    write(&pages.path("site/assets/a.mp4"), "9876543210");
    let changed = pages
        .ask(Method::GET, "/assets/a.mp4")
        .header("if-none-match", etag)
        .send()
        .await;
    assert_eq!(
        (changed.status.as_u16(), changed.text()),
        (200, "9876543210")
    );
}

#[tokio::test]
async fn missing_pages_answer_in_the_readers_language() {
    let pages = Pages::new(None).await;
    for (path, body) in [
        ("/no", "<p>missing"),
        ("/en/no/", "<p>missing"),
        ("/fr/no/", "<p>introuvable"),
        ("/fr/", "<p>accueil"),
    ] {
        let answer = pages.get(path).await;
        assert_eq!(answer.text(), body, "{path}");
        assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
        if answer.status == 404 {
            assert_eq!(answer.header("cache-control"), "no-store");
            assert_eq!(answer.header("etag"), "");
        }
    }
    let head = pages.ask(Method::HEAD, "/no").send().await;
    assert_eq!(
        (head.status.as_u16(), head.header("content-length")),
        (404, "10")
    );
    std::fs::remove_file(pages.path("site/404.html")).unwrap();
    pages.get("/en/no/").await.problem(404, "not-found");
}

#[tokio::test]
async fn nothing_outside_the_tree_and_nothing_hidden_is_served() {
    let pages = Pages::new(None).await;
    for path in [
        "/../secret",
        "/en/../../secret",
        "/%2e%2e/secret",
        "/%2E%2E/secret",
        "/.%2e/secret",
        "/en/%2e%2e/%2e%2e/secret",
        "/..%2fsecret",
        "/..%2Fsecret",
        "/en%2f..%2f..%2fsecret",
        "/..%5csecret",
        "/..\\secret",
        "/%252e%252e/secret",
        "/%252e%252e%252fsecret",
        "/%c0%ae%c0%ae/secret",
        "/%e0%80%ae%e0%80%ae/secret",
        "/..%c0%afsecret",
        "/robots.txt%00",
        "/robots.txt%00.html",
        "/%00",
        "//secret",
        "//en/",
        "/en//",
        "/./robots.txt",
        "/leak",
        "/up/secret",
        "/up/",
        "/up",
        "/.env",
        "/%2eenv",
        "/.git/config",
        "/.git/",
        "/en/.hidden",
        "/index.html/",
        "/etc/passwd",
    ] {
        let answer = pages.get(path).await;
        assert_eq!(answer.status, 404, "{path}");
        assert!(!answer.text().contains("secret"), "{path}");
    }
}

#[tokio::test]
async fn other_methods_are_refused_and_the_interface_goes_before_pages() {
    let pages = Pages::new(None).await;
    write(&pages.path("site/api/page/index.html"), "never");
    for method in [Method::POST, Method::DELETE, Method::OPTIONS] {
        let answer = pages.ask(method, "/en/").send().await;
        answer.problem(405, "method-not-allowed");
        assert_eq!(answer.header("allow"), "GET,HEAD");
    }
    pages.get("/api/page/").await.problem(404, "not-found");
    assert_eq!(pages.get("/healthz").await.status, 200);
}

#[tokio::test]
async fn production_keeps_browsers_on_https() {
    let pages = Pages::within(None, Environment::Production).await;
    for path in ["/en/", "/api/none", "/healthz"] {
        let answer = pages.get(path).await;
        assert_eq!(
            answer.header("strict-transport-security"),
            "max-age=31536000",
            "{path}"
        );
    }
}
