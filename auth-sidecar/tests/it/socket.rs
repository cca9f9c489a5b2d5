//! Over real connections, for what only they show.

use std::net::SocketAddr;

use dateline_auth::server;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

use crate::harness::{Newsroom, PREVIEW, PREVIEW_ETAG, preview_bytes};

async fn serving(newsroom: &Newsroom) -> (SocketAddr, oneshot::Sender<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let router = newsroom.sidecar.router();
    tokio::spawn(server::serve(
        listener,
        router,
        server::Connections::default(),
        async {
            let _ = stopped.await;
        },
    ));
    (address, stop)
}

/// Sends requests on one connection and returns the bytes of all answers.
async fn ask(address: SocketAddr, request: &str) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.unwrap();
    bytes
}

fn split(answer: &[u8]) -> (String, &[u8]) {
    let at = answer
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .unwrap();
    let head = String::from_utf8(answer[..at].to_vec()).unwrap();
    (head.to_ascii_lowercase(), &answer[at + 4..])
}

#[tokio::test]
async fn an_interrupted_download_resumes() {
    let newsroom = Newsroom::new();
    let (address, _stop) = serving(&newsroom).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {PREVIEW} HTTP/1.1\r\nHost: a\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut begun = vec![0; 20_000];
    stream.read_exact(&mut begun).await.unwrap();
    drop(stream);
    let (_, begun) = split(&begun);
    let answer = ask(
        address,
        &format!(
            "GET {PREVIEW} HTTP/1.1\r\nHost: a\r\nRange: bytes={}-\r\nIf-Range: {PREVIEW_ETAG}\r\nConnection: close\r\n\r\n",
            begun.len()
        ),
    )
    .await;
    let (head, rest) = split(&answer);
    assert!(head.starts_with("http/1.1 206"), "{head}");
    assert!([begun, rest].concat() == preview_bytes());
}

#[tokio::test]
async fn heads_without_content_keep_the_connection_in_step() {
    let newsroom = Newsroom::new();
    let (address, _stop) = serving(&newsroom).await;
    let answer = ask(
        address,
        &format!(
            "HEAD {PREVIEW} HTTP/1.1\r\nHost: a\r\n\r\n\
             GET {PREVIEW} HTTP/1.1\r\nHost: a\r\nIf-None-Match: {PREVIEW_ETAG}\r\n\r\n\
             GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        ),
    )
    .await;
    let text = String::from_utf8(answer).unwrap().to_ascii_lowercase();
    let heads: Vec<&str> = text.split("\r\n\r\n").collect();
    assert!(heads[0].starts_with("http/1.1 200") && heads[0].contains("content-length: 150000"));
    assert!(heads[1].starts_with("http/1.1 304"), "{}", heads[1]);
    assert!(!heads[1].contains("content-length"), "{}", heads[1]);
    assert!(heads[2].starts_with("http/1.1 200"), "{}", heads[2]);
    assert_eq!(heads[3], r#"{"status":"ok"}"#);
}

#[tokio::test]
async fn paths_that_no_client_library_would_send() {
    let newsroom = Newsroom::new();
    let (address, _stop) = serving(&newsroom).await;
    for path in [
        "/api/media/../../etc/passwd",
        "/api/media/lisbon/..",
        "/api/media/\u{e9}/x",
    ] {
        let request = format!("GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        let answer = ask(address, &request).await;
        let (head, _) = split(&answer);
        assert!(
            head.starts_with("http/1.1 404") || head.starts_with("http/1.1 400"),
            "{path}: {head}"
        );
    }
}

#[tokio::test]
async fn several_downloads_at_once_are_each_exact() {
    let newsroom = Newsroom::new();
    let (address, _stop) = serving(&newsroom).await;
    let request = format!("GET {PREVIEW} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    let downloads: Vec<_> = (0..8)
        .map(|_| {
            let request = request.clone();
            tokio::spawn(async move { ask(address, &request).await })
        })
        .collect();
    for download in downloads {
        assert!(split(&download.await.unwrap()).1 == preview_bytes());
    }
}

/// What two programs could read in two ways.
const UNCLEAR: [&str; 20] = [
    "GET /healthz HTTP/1.1\r\n\r\n",
    "GET /healthz HTTP/1.1\r\nHost:\r\n\r\n",
    "GET /healthz HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
    "GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    "GET /healthz HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n",
    "GET /healthz HTTP/1.1\r\nHost: a, b\r\n\r\n",
    "GET /healthz HTTP/1.1\r\nHost: a/b\r\n\r\n",
    "GET /healthz HTTP/1.1\r\nHost: user@a\r\n\r\n",
    "GET http://b/healthz HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET http://a/healthz HTTP/1.1\r\n\r\n",
    "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n",
    "POST /api/login HTTP/1.1\r\nHost: a\r\nTE: identity\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "POST /api/login HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n",
    "POST /api/login HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "POST /api/login HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "POST /api/login HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "POST /api/login HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\ncontent-length: 5\r\n\r\n0\r\n\r\n",
    "POST /api/login HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    "GET /healthz HTTP/1.1\nHost: a\n\n",
    "GET /healthz HTTP/1.1\r\nHost: a\nX: y\r\n\r\n",
];

#[tokio::test]
async fn ambiguous_requests_are_refused_and_end_the_connection() {
    let newsroom = Newsroom::new();
    let (address, _stop) = serving(&newsroom).await;
    let many = format!(
        "GET /healthz HTTP/1.1\r\nHost: a\r\n{}\r\n",
        "X: y\r\n".repeat(500)
    );
    let raw = [
        "GET /healthz HTTP/1.1\r\nHost: a\r\nX: y\0z\r\n\r\n",
        "GET /healthz HTTP/1.1\r\nHost: a\r\nX: y\rz\r\n\r\n",
        "GET /healthz HTTP/1.1\r\nHost: a\r\n X: folded\r\n\r\n",
        "GET /healthz HTTP/1.1\r\nHost : a\r\n\r\n",
    ];
    for request in UNCLEAR.into_iter().chain(raw) {
        // On a connection of its own, behind an empty line, which parsers pass over, and behind an honest request:
        // together with it, or once it was answered.
        let honest = "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n";
        for before in ["", "\r\n", "\r\n\r\n"] {
            let alone = ask(address, &format!("{before}{request}")).await;
            let (head, _) = split(&alone);
            assert!(
                head.starts_with("http/1.1 400") || head.starts_with("http/1.0 400"),
                "{before:?}{request:?}: {head}"
            );
        }
        let both = ask(address, &format!("{honest}{honest}\r\n{request}")).await;
        let both = String::from_utf8(both).unwrap();
        let told: Vec<&str> = both
            .match_indices("HTTP/1.")
            .map(|(at, _)| &both[at + 9..at + 12])
            .collect();
        assert_eq!(told, ["200", "200", "400"], "{request:?}: {both}");
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(honest.as_bytes()).await.unwrap();
        let mut first = [0; 16];
        stream.read_exact(&mut first).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).await.unwrap();
        let rest = String::from_utf8(rest).unwrap();
        let again = rest.find("HTTP/1.").map(|at| &rest[at + 9..at + 12]);
        assert_eq!(again, Some("400"), "{request:?}: {rest}");
    }
    let (head, _) = split(&ask(address, &many).await).clone();
    assert!(head.starts_with("http/1.1 431"), "{head}");
}

/// Protects memory, and every program behind: a head is at most 16 KiB, alone or behind others.
#[tokio::test]
async fn a_head_of_more_than_16_kib_is_refused() {
    let newsroom = Newsroom::new();
    let (address, _stop) = serving(&newsroom).await;
    let of = |size: usize| {
        let bare = "GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX: \r\n\r\n".len();
        let filler = "y".repeat(size - bare);
        format!("GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX: {filler}\r\n\r\n")
    };
    let honest = "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n";
    for (size, status) in [(16 * 1024, "200"), (16 * 1024 + 1, "431"), (70_000, "431")] {
        for before in ["", honest] {
            let answers = ask(address, &format!("{before}{}", of(size))).await;
            let answers = String::from_utf8_lossy(&answers).into_owned();
            let last = answers
                .rfind("HTTP/1.1 ")
                .map(|at| &answers[at + 9..at + 12]);
            assert_eq!(last, Some(status), "{size} bytes: {answers}");
        }
    }
}

#[tokio::test]
async fn clear_requests_pass_in_all_their_forms() {
    let newsroom = Newsroom::new();
    let (address, _stop) = serving(&newsroom).await;
    for request in [
        "GET /healthz HTTP/1.0\r\n\r\n",
        "GET /healthz HTTP/1.1\r\nHost: news.example.org:8001\r\nConnection: close\r\n\r\n",
        "GET /healthz HTTP/1.1\r\nHost: [::1]:8001\r\nConnection: close\r\n\r\n",
        "GET http://News.example.org/healthz HTTP/1.1\r\nHost: news.example.org\r\nConnection: close\r\n\r\n",
        "GET /healthz HTTP/1.1\r\nHost: a\r\nTE: trailers\r\nConnection: close\r\n\r\n",
    ] {
        let answer = ask(address, request).await;
        let (head, _) = split(&answer);
        assert!(head[9..].starts_with("200"), "{request:?}: {head}");
    }
    let chunked = "POST /api/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: Chunked\r\n\
        Connection: close\r\n\r\n2\r\n{}\r\n0\r\n\r\n";
    let (head, _) = split(&ask(address, chunked).await).clone();
    assert!(head.starts_with("http/1.1 422"), "{head}");
}

/// Where a body ends only the parser knows: what follows it before the answer cannot be looked through.
#[tokio::test]
async fn behind_a_body_the_next_request_waits_for_the_answer() {
    let newsroom = Newsroom::new();
    let (address, _stop) = serving(&newsroom).await;
    let post = "POST /api/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";
    let honest = "GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    for (waits, expected) in [(true, "200"), (false, "400")] {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let mut told = Vec::new();
        if waits {
            told.resize(12, 0);
            stream.write_all(post.as_bytes()).await.unwrap();
            stream.read_exact(&mut told).await.unwrap();
            stream.write_all(honest.as_bytes()).await.unwrap();
        } else {
            let both = format!("{post}{honest}");
            stream.write_all(both.as_bytes()).await.unwrap();
        }
        stream.read_to_end(&mut told).await.unwrap();
        let told = String::from_utf8(told).unwrap();
        let last = told.rfind("HTTP/1.1 ").map(|at| &told[at + 9..at + 12]);
        assert!(told.starts_with("HTTP/1.1 422"), "{told}");
        assert_eq!(last, Some(expected), "{told}");
    }
}

#[tokio::test]
async fn a_head_request_that_needs_no_content_states_no_length() {
    let newsroom = Newsroom::new();
    let (address, _stop) = serving(&newsroom).await;
    let request = format!(
        "HEAD {PREVIEW} HTTP/1.1\r\nHost: a\r\nIf-None-Match: {PREVIEW_ETAG}\r\nConnection: close\r\n\r\n"
    );
    let answer = ask(address, &request).await;
    let (head, rest) = split(&answer);
    assert!(head.starts_with("http/1.1 304"), "{head}");
    assert!(
        !head.contains("content-length") && rest.is_empty(),
        "{head}"
    );
}
