use std::net::SocketAddr;
use std::time::Instant;

use axum::body::{Body, Bytes};
use axum::routing::get;
use futures_util::stream;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::{Semaphore, oneshot};
use tokio::task::JoinHandle;

use super::*;

/// For what must come: a bound for what never does.
const PATIENCE: Duration = Duration::from_secs(60);

const SHORT: ServerLimits = ServerLimits {
    head: Duration::from_millis(500),
    keep_alive: Duration::from_millis(600),
    write_stall: Duration::from_millis(200),
    drain: Duration::from_millis(200),
    connections: 2,
    per_network: 64,
};

struct Running {
    address: SocketAddr,
    /// Has a permit for each request for `/held` that came, and takes one for its answer.
    asked: Arc<Semaphore>,
    answers: Arc<Semaphore>,
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
    let (asked, answers) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
    let (came, goes) = (Arc::clone(&asked), Arc::clone(&answers));
    let held = async move || {
        came.add_permits(1);
        goes.acquire().await.unwrap().forget();
        "done"
    };
    let router = Router::new()
        .route("/", get(|| async { "hello" }))
        .route("/held", get(held))
        .route("/endless", get(endless));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    let server = tokio::spawn(serve_within(
        limits,
        listener,
        router,
        Arc::default(),
        async {
            let _ = stopped.await;
        },
    ));
    Running {
        address,
        asked,
        answers,
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
    let mut client = ask(running.address, "GET / HTTP/1.1\r\nHost: a\r\n").await;
    let ended = tokio::time::timeout(PATIENCE, answer(&mut client)).await;
    ended.unwrap();
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
    let text = tokio::time::timeout(PATIENCE, answer(&mut client)).await;
    assert!(text.unwrap().ends_with("hello"));
    drop(stalled);
}

#[tokio::test]
async fn running_answers_end_before_the_server_does() {
    let running = run(ServerLimits {
        drain: PATIENCE,
        ..SHORT
    })
    .await;
    let mut client = ask(running.address, "GET /held HTTP/1.1\r\nHost: a\r\n\r\n").await;
    running.asked.acquire().await.unwrap().forget();
    running.stop.send(()).unwrap();
    running.answers.add_permits(1);
    assert!(answer(&mut client).await.ends_with("done"));
    running.server.await.unwrap().unwrap();
    assert!(TcpStream::connect(running.address).await.is_err());
}

#[tokio::test]
async fn an_endless_answer_does_not_hold_up_shutdown() {
    let running = run(SHORT).await;
    let mut client = ask(running.address, "GET /endless HTTP/1.1\r\nHost: a\r\n\r\n").await;
    client.read_u8().await.unwrap();
    running.stop.send(()).unwrap();
    let ended = tokio::time::timeout(PATIENCE, running.server).await;
    ended.unwrap().unwrap().unwrap();
}

#[tokio::test]
async fn an_idle_connection_lives_longer_than_a_head_may_take_and_then_ends_in_order() {
    let limits = ServerLimits {
        keep_alive: Duration::from_secs(5),
        ..SHORT
    };
    let running = run(limits).await;
    let mut client = ask(running.address, "GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    tokio::time::sleep(limits.head * 3 / 2).await;
    client
        .write_all(b"GET /held HTTP/1.1\r\nHost: a\r\n\r\n")
        .await
        .unwrap();
    let answered = Instant::now();
    running.answers.add_permits(1);
    let text = answer(&mut client).await;
    assert!(text.ends_with("done"), "{text}");
    assert!(answered.elapsed() >= limits.keep_alive);
}

#[tokio::test]
async fn a_second_head_has_no_longer_than_the_first() {
    let running = run(ServerLimits {
        keep_alive: PATIENCE * 2,
        ..SHORT
    })
    .await;
    let mut client = ask(running.address, "GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    client.write_all(b"GET / HT").await.unwrap();
    let rest = tokio::time::timeout(PATIENCE, answer(&mut client));
    let _ = rest.await.unwrap();
}

#[tokio::test]
async fn a_new_client_displaces_a_hoarders_connections() {
    let running = run(ServerLimits {
        connections: 4,
        per_network: 2,
        keep_alive: PATIENCE * 2,
        write_stall: PATIENCE * 2,
        ..SHORT
    })
    .await;
    let mut hoard = Vec::new();
    for path in ["/", "/", "/endless", "/endless", "/endless", "/endless"] {
        let request = format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n");
        hoard.push(ask(running.address, &request).await);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    for source in ["127.0.0.2", "127.0.0.3"] {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        let source = format!("{source}:0").parse().unwrap();
        socket.bind(source).unwrap();
        let mut client = socket.connect(running.address).await.unwrap();
        let request = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
        client.write_all(request.as_bytes()).await.unwrap();
        let text = tokio::time::timeout(PATIENCE, answer(&mut client)).await;
        assert!(text.unwrap().ends_with("hello"));
    }
}
