//! Pages in gzip, as `serve --site` gives them: the same content, and the file itself wherever a part of it, or no
//! gzip, is asked for.

use std::io::Read as _;

use axum::http::Method;
use flate2::read::GzDecoder;

use crate::harness::{Answer, write};
use crate::site::Pages;

/// Long enough to be compressed, and different everywhere.
fn text(length: usize) -> String {
    (0..)
        .map(|n: u32| format!("{n} "))
        .flat_map(|part| part.into_bytes())
        .map(char::from)
        .take(length)
        .collect()
}

async fn pages() -> Pages {
    let pages = Pages::new(None).await;
    for (name, length) in [
        ("en/long/index.html", 40_000),
        ("assets/long.css", 3000),
        ("assets/long.js", 1024),
        ("assets/long.svg", 5000),
        ("en/news/feed.xml", 5000),
        ("long.json", 5000),
        ("long.webmanifest", 5000),
        ("assets/short.css", 1023),
        ("assets/huge.txt", (2 << 20) + 1),
        ("assets/long.mp4", 5000),
        ("assets/long.png", 5000),
        ("assets/long.woff2", 5000),
    ] {
        write(&pages.dir.path().join("dist/site").join(name), text(length));
    }
    pages
}

async fn get(pages: &Pages, path: &str, headers: &[(&str, &str)]) -> Answer {
    let ask = pages.ask(Method::GET, path);
    headers
        .iter()
        .fold(ask, |ask, (name, value)| ask.header(name, value))
        .send()
        .await
}

fn unpacked(answer: &Answer) -> String {
    assert_eq!(answer.header("content-encoding"), "gzip");
    let mut text = String::new();
    GzDecoder::new(&*answer.body)
        .read_to_string(&mut text)
        .unwrap();
    text
}

const GZIP: (&str, &str) = ("accept-encoding", "gzip, br");

#[tokio::test]
async fn text_is_compressed_for_clients_that_accept_gzip() {
    let pages = pages().await;
    for (path, length) in [
        ("/en/long/", 40_000),
        ("/assets/long.css", 3000),
        ("/assets/long.js", 1024),
        ("/assets/long.svg", 5000),
        ("/en/news/feed.xml", 5000),
        ("/long.json", 5000),
        ("/long.webmanifest", 5000),
    ] {
        let plain = get(&pages, path, &[]).await;
        assert_eq!(plain.status(200).text(), text(length), "{path}");
        assert_eq!(plain.header("vary"), "Accept-Encoding", "{path}");
        assert_eq!(plain.header("content-encoding"), "");
        // Made, and kept.
        for _ in 0..2 {
            let packed = get(&pages, path, &[GZIP]).await;
            assert_eq!(unpacked(packed.status(200)), text(length), "{path}");
            assert_eq!(packed.header("vary"), "Accept-Encoding", "{path}");
            assert_eq!(packed.header("content-type"), plain.header("content-type"));
            assert_eq!(
                packed.header("content-length"),
                packed.body.len().to_string()
            );
            assert!(
                packed.body.len() < length / 2 + 300,
                "{path} {}",
                packed.body.len()
            );
            assert_ne!(packed.header("etag"), plain.header("etag"));
            assert_eq!(
                packed.header("last-modified"),
                plain.header("last-modified")
            );
            assert_eq!(packed.header("accept-ranges"), "none");
            let head = pages
                .ask(Method::HEAD, path)
                .header(GZIP.0, GZIP.1)
                .send()
                .await;
            assert!(head.body.is_empty());
            for name in [
                "etag",
                "content-length",
                "content-encoding",
                "vary",
                "content-type",
            ] {
                assert_eq!(head.header(name), packed.header(name), "{path} {name}");
            }
        }
    }
}

#[tokio::test]
async fn small_large_and_binary_files_are_sent_uncompressed() {
    let pages = pages().await;
    for (path, varies) in [
        ("/assets/short.css", true),
        ("/assets/huge.txt", true),
        ("/assets/long.mp4", false),
        ("/assets/long.png", false),
        ("/assets/long.woff2", false),
    ] {
        let answer = get(&pages, path, &[GZIP]).await;
        answer.status(200);
        assert_eq!(answer.header("content-encoding"), "", "{path}");
        assert_eq!(answer.header("vary") == "Accept-Encoding", varies, "{path}");
        assert_eq!(answer.header("accept-ranges"), "bytes", "{path}");
    }
    // What is made for one reader never is: it could tell its secrets by its length.
    for path in ["/api/session", "/api/account", "/api/openapi.json"] {
        assert_eq!(
            get(&pages, path, &[GZIP]).await.header("content-encoding"),
            "",
            "{path}"
        );
    }
}

#[tokio::test]
async fn conditions_and_ranges_apply_to_the_representation_they_name() {
    let pages = pages().await;
    let path = "/en/long/";
    let plain = get(&pages, path, &[]).await.header("etag").to_owned();
    let packed = get(&pages, path, &[GZIP]).await.header("etag").to_owned();
    // Each is as it was for whoever has it, also before it is made again.
    for (headers, etag) in [
        (&[("if-none-match", &*plain)][..], &plain),
        (&[GZIP, ("if-none-match", &*packed)], &packed),
        (&[GZIP, ("if-none-match", "*")], &packed),
    ] {
        let answer = get(&pages, path, headers).await;
        answer.status(304);
        assert_eq!(answer.header("etag"), etag);
        assert_eq!(answer.header("vary"), "Accept-Encoding");
        assert_eq!(answer.header("content-encoding"), "");
        assert!(answer.body.is_empty());
    }
    // Neither is the other.
    get(&pages, path, &[("if-none-match", &packed)])
        .await
        .status(200);
    get(&pages, path, &[GZIP, ("if-none-match", &plain)])
        .await
        .status(200);
    get(&pages, path, &[GZIP, ("if-match", &plain)])
        .await
        .status(412);
    get(&pages, path, &[GZIP, ("if-match", &packed)])
        .await
        .status(200);
    // A part is one of the file, whatever is taken.
    for headers in [
        &[GZIP, ("range", "bytes=100-199")][..],
        &[GZIP, ("range", "bytes=100-199"), ("if-range", &*plain)],
    ] {
        let part = get(&pages, path, headers).await;
        assert_eq!(part.status(206).text(), &text(40_000)[100..200]);
        assert_eq!(
            (part.header("content-encoding"), part.header("etag")),
            ("", &*plain)
        );
    }
    // Who has a part of the packed one begins again.
    let headers = [GZIP, ("range", "bytes=100-199"), ("if-range", &*packed)];
    let whole = get(&pages, path, &headers).await;
    assert_eq!(whole.status(200).text(), text(40_000));
    assert_eq!(whole.header("content-encoding"), "");
    // A new file has a new tag, and new bytes.
    let file = pages.dir.path().join("dist/site/en/long/index.html");
    write(&file, text(20_000));
    let new = get(&pages, path, &[GZIP, ("if-none-match", &packed)]).await;
    assert_eq!(unpacked(&new), text(20_000));
}

#[tokio::test]
async fn a_flood_of_distinct_files_is_answered_whole() {
    let pages = pages().await;
    let site = pages.dir.path().join("dist/site");
    for n in 0..60 {
        write(&site.join(format!("flood/{n}.txt")), text(300_000 + n));
    }
    // Some are packed and some are not, as there is room; none waits, and none is wrong.
    let all = (0..60).map(|n| {
        let pages = &pages;
        async move {
            let answer = get(pages, &format!("/flood/{n}.txt"), &[GZIP]).await;
            let got = match answer.header("content-encoding") {
                "" => answer.text().to_owned(),
                _ => unpacked(&answer),
            };
            assert!(got == text(300_000 + n), "{n}");
        }
    });
    futures_util::future::join_all(all).await;
}
