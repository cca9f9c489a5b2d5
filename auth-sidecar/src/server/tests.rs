use std::net::SocketAddr;
use std::time::Instant;

use axum::body::{Body, Bytes};
use axum::routing::get;
use futures_util::stream;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::*;

const SHORT: ServerLimits = ServerLimits {
    header_read: Duration::from_millis(200),
    write_stall: Duration::from_millis(200),
    drain: Duration::from_millis(200),
    connections: 2,
};

struct Running {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    server: JoinHandle<io::Result<()>>,
}

async fn run(limits: ServerLimits) -> Running {
    let endless = || async {
        let chunk = Bytes::from(vec![0; 65_536]);
        Body::from_stream(stream::repeat_with(move || {
            Ok::<_, io::Error>(chunk.clone())
        }))
    };
    let slow = || async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        "done"
    };
    let router = Router::new()
        .route("/", get(|| async { "hello" }))
        .route("/slow", get(slow))
        .route("/endless", get(endless));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    let server = tokio::spawn(serve_within(limits, listener, router, async {
        let _ = stopped.await;
    }));
    Running {
        address,
        stop,
        server,
    }
}

async fn ask(address: SocketAddr, request: &str) -> TcpStream {
    let mut client = TcpStream::connect(address).await.unwrap();
    client.write_all(request.as_bytes()).await.unwrap();
    client
}

async fn answer(client: &mut TcpStream) -> String {
    let mut text = String::new();
    client.read_to_string(&mut text).await.unwrap();
    text
}

#[tokio::test]
async fn a_half_sent_head_is_cut_off() {
    let running = run(SHORT).await;
    let started = Instant::now();
    let mut client = ask(running.address, "GET / HTTP/1.1\r\nHost: a\r\n").await;
    let _ = answer(&mut client).await;
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn a_client_that_takes_nothing_loses_its_connection() {
    let running = run(ServerLimits {
        connections: 1,
        ..SHORT
    })
    .await;
    let stalled = ask(running.address, "GET /endless HTTP/1.1\r\nHost: a\r\n\r\n").await;
    // The only connection is taken until the stalled one is closed.
    let mut client = ask(
        running.address,
        "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    )
    .await;
    let text = tokio::time::timeout(Duration::from_secs(5), answer(&mut client)).await;
    assert!(text.unwrap().ends_with("hello"));
    drop(stalled);
}

#[tokio::test]
async fn running_answers_end_before_the_server_does() {
    let running = run(SHORT).await;
    let mut client = ask(running.address, "GET /slow HTTP/1.1\r\nHost: a\r\n\r\n").await;
    tokio::time::sleep(Duration::from_millis(30)).await;
    running.stop.send(()).unwrap();
    assert!(answer(&mut client).await.ends_with("done"));
    running.server.await.unwrap().unwrap();
    assert!(TcpStream::connect(running.address).await.is_err());
}

#[tokio::test]
async fn an_endless_answer_does_not_hold_up_shutdown() {
    let running = run(SHORT).await;
    let _client = ask(running.address, "GET /endless HTTP/1.1\r\nHost: a\r\n\r\n").await;
    tokio::time::sleep(Duration::from_millis(30)).await;
    running.stop.send(()).unwrap();
    let ended = tokio::time::timeout(Duration::from_secs(5), running.server).await;
    ended.unwrap().unwrap().unwrap();
}
