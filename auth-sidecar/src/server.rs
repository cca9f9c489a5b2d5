//! The accept loop: turns connections into requests for a router, within limits.
//!
//! Written on hyper-util, because `axum::serve` sets no time-out for request headers.

use std::convert::Infallible;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use hyper::body::Incoming;
use hyper::header::{CONNECTION, CONTENT_LENGTH, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use hyper_util::server::graceful::GracefulShutdown;
use ipnet::IpNet;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tower::ServiceExt as _;

use self::activity::{Activity, Watched};
use self::guard::Guard;
use self::slots::{Entered, Slot, Slots};
use crate::net::Peer;

pub use crate::net::Connections;

mod activity;
mod guard;
mod head;
mod slots;

/// Bytes that a connection buffers before it asks a response's body for more; also the maximum size of a request's
/// head. hyper's default is 400 KiB, which makes 80 MB for two hundred slow downloads.
const WRITE_BUFFER: usize = 64 * 1024;

/// Time-outs and limits of connections.
#[derive(Clone, Copy, Debug)]
struct ServerLimits {
    /// From the start of the connection, or a head's first byte, to the end of the head.
    head: Duration,
    /// From the end of an answer to the first byte of the next request.
    keep_alive: Duration,
    /// Without the client accepting a byte of a response.
    write_stall: Duration,
    /// For running answers, after shutdown began.
    drain: Duration,
    /// Connections at once.
    connections: usize,
    /// Of these, the connections that a network keeps while others wait.
    per_network: usize,
}

impl ServerLimits {
    fn new(connections: &Connections) -> Self {
        Self {
            head: Duration::from_secs(10),
            keep_alive: connections.keep_alive,
            write_stall: Duration::from_secs(60),
            drain: Duration::from_secs(10),
            connections: connections_that_fit(4096),
            per_network: connections.per_network,
        }
    }
}

/// A download holds two file descriptors, its connection and its file; running out of them would
/// fail requests half-way instead of making connections wait.
fn connections_that_fit(wanted: usize) -> usize {
    const RESERVED: u64 = 64;
    let Some(descriptors) = rustix::process::getrlimit(rustix::process::Resource::Nofile).current
    else {
        return wanted;
    };
    let fit = descriptors.saturating_sub(RESERVED) / 2;
    usize::try_from(fit).unwrap_or(wanted).clamp(16, wanted)
}

/// Serves `router` on `listener` until `shutdown` completes; then accepts nothing more, lets running responses
/// finish for at most 10 s, and returns.
///
/// HTTP/1.1. A request's head, at most 64 KiB, must arrive within 10 s, and a client must accept some byte of its
/// response every 60 s, or its connection is closed. The number of connections is limited. When all are in use, a
/// new one displaces an idle connection, or one of a network with many.
///
/// # Errors
/// None at present: failures to accept are logged and retried, since most concern one client or pass by themselves.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    connections: Connections,
    shutdown: impl Future<Output = ()>,
) -> io::Result<()> {
    let limits = ServerLimits::new(&connections);
    serve_within(limits, listener, router, connections.trusted, shutdown).await
}

/// The runtime that the benchmarks measured.
///
/// # Errors
/// When the system cannot start threads.
pub fn runtime() -> io::Result<Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        // By default a worker looks for new requests every 61 turns, each of which may copy a chunk
        // of a download: at full speed, small requests would starve.
        .event_interval(1)
        // The database answers from other threads, through a queue from which a busy worker rarely takes a task.
        .global_queue_interval(1)
        .build()
}

/// Completes on SIGTERM or SIGINT (ctrl-c).
///
/// # Errors
/// When the signals cannot be listened to.
pub fn shutdown_signal() -> io::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// Calls `work` for each SIGHUP, which would otherwise end the process.
///
/// # Errors
/// When the signal cannot be listened to.
pub fn on_hangup(work: impl Fn() + Send + 'static) -> io::Result<()> {
    let mut hangups = signal(SignalKind::hangup())?;
    tokio::spawn(async move {
        while hangups.recv().await.is_some() {
            work();
        }
    });
    Ok(())
}

async fn serve_within(
    limits: ServerLimits,
    listener: TcpListener,
    router: Router,
    trusted: Arc<[IpNet]>,
    shutdown: impl Future<Output = ()>,
) -> io::Result<()> {
    let acceptor = Acceptor {
        listener,
        slots: Slots::new(limits.connections, limits.per_network),
        trusted,
    };
    let graceful = GracefulShutdown::new();
    // Dropped at the end, which cuts off whatever has not ended by then.
    let (serving, _) = watch::channel(());
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            () = &mut shutdown => break,
            accepted = acceptor.next() => accepted,
        };
        let slot = accepted.slot;
        let connection = connection(
            limits,
            accepted.stream,
            accepted.peer,
            accepted.activity,
            router.clone(),
            &graceful,
        );
        let mut over = serving.subscribe();
        tokio::spawn(async move {
            tokio::select! {
                () = connection => {}
                () = slot.lost() => tracing::debug!("a connection was closed to admit another"),
                _ = over.changed() => {}
            }
            drop(slot);
        });
    }
    drop(acceptor);
    if tokio::time::timeout(limits.drain, graceful.shutdown())
        .await
        .is_err()
    {
        tracing::warn!(
            after = ?limits.drain,
            "the shutdown time-out ended with responses still being sent"
        );
    }
    Ok(())
}

/// Accepts connections within the limits.
struct Acceptor {
    listener: TcpListener,
    slots: Arc<Slots>,
    trusted: Arc<[IpNet]>,
}

/// An accepted connection with its slot.
struct Accepted {
    stream: TcpStream,
    peer: IpAddr,
    activity: Arc<Activity>,
    slot: Slot,
}

impl Acceptor {
    /// How often to look for an idle connection while all slots are in use.
    const LOOK_AGAIN: Duration = Duration::from_millis(50);

    /// The next connection, once there is a slot for it.
    async fn next(&self) -> Accepted {
        loop {
            let (stream, peer) = self.accept().await;
            let is_proxy = self
                .trusted
                .iter()
                .any(|net| net.contains(&peer.to_canonical()));
            let holder = (!is_proxy).then(|| slots::holder(peer)).flatten();
            let activity = Arc::new(Activity::default());
            let slot = loop {
                match self.slots.enter(holder, &activity) {
                    Entered::In(slot) => break Some(slot),
                    Entered::Refused => break None,
                    Entered::Full => {
                        let freed = self.slots.freed();
                        let _ = tokio::time::timeout(Self::LOOK_AGAIN, freed).await;
                    }
                }
            };
            if let Some(slot) = slot {
                return Accepted {
                    stream,
                    peer,
                    activity,
                    slot,
                };
            }
        }
    }

    async fn accept(&self) -> (TcpStream, IpAddr) {
        loop {
            match self.listener.accept().await {
                Ok((stream, peer)) => return (stream, peer.ip()),
                Err(error) if is_about_one_client(&error) => {}
                Err(error) => {
                    tracing::error!(%error, "a connection could not be accepted");
                    // Out of descriptors or memory: trying at once would only burn a core.
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
    }
}

fn is_about_one_client(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
    )
}

fn connection(
    limits: ServerLimits,
    stream: TcpStream,
    peer: IpAddr,
    activity: Arc<Activity>,
    router: Router,
    graceful: &GracefulShutdown,
) -> impl Future<Output = ()> + use<> {
    // Small answers go out at once; large ones fill whole segments anyway.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY could not be set");
    }
    let io = TokioIo::new(Guard::new(stream, limits, Arc::clone(&activity)));
    let service = service_fn(move |request| {
        let (router, activity) = (router.clone(), Arc::clone(&activity));
        answer(router, peer, activity, request)
    });
    let connection = http1::Builder::new()
        // The guard does this, since it tells a head in progress from an idle connection.
        .header_read_timeout(None)
        .max_buf_size(WRITE_BUFFER)
        .serve_connection(io, service);
    let connection = graceful.watch(connection);
    async move {
        // Clients that leave early, send nonsense or stall are normal, and not the operator's concern.
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a connection ended early");
        }
    }
}

async fn answer(
    router: Router,
    peer: IpAddr,
    activity: Arc<Activity>,
    mut request: Request<Incoming>,
) -> Result<Response<Watched>, Infallible> {
    let mut response = match activity.begin() {
        Ok(()) if head::is_unambiguous(&request) => {
            request.extensions_mut().insert(Peer(peer));
            router.oneshot(request).await?
        }
        Ok(()) => refused(StatusCode::BAD_REQUEST),
        Err(status) => refused(status),
    };
    // The router states a length of nothing for HEAD, where one means that of the content (RFC 9110 §8.6).
    if matches!(
        response.status(),
        StatusCode::NOT_MODIFIED | StatusCode::NO_CONTENT
    ) {
        response.headers_mut().remove(CONTENT_LENGTH);
    }
    Ok(response.map(|body| Watched::new(body, activity)))
}

/// The response that the parser gives to what it cannot parse.
fn refused(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    let close = HeaderValue::from_static("close");
    response.headers_mut().insert(CONNECTION, close);
    response
}

#[cfg(test)]
mod tests;
