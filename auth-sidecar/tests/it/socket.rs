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
    tokio::spawn(server::serve(listener, newsroom.sidecar.router(), async {
        let _ = stopped.await;
    }));
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
async fn a_download_that_broke_off_goes_on() {
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
