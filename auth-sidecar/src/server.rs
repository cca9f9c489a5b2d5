//! The accept loop: turns connections into requests for a router, within limits.
//!
//! Written on hyper-util, because `axum::serve` sets no time-out for request headers.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tower::ServiceExt as _;

use self::stall::StallGuard;
use crate::net::Peer;

mod stall;

/// Bytes that a connection may hold before it asks an answer's body for more; the head of a request may be
/// no longer either. By default hyper takes 400 KiB, which two hundred slow downloads make 80 MB.
const WRITE_BUFFER: usize = 64 * 1024;

/// How long and how much a client may keep the server busy.
#[derive(Clone, Copy, Debug)]
struct ServerLimits {
    /// From the end of the last answer, or the start of the connection, to the end of the request's head.
    header_read: Duration,
    /// Without one byte being taken from an answer.
    write_stall: Duration,
    /// For running answers, after shutdown began.
    drain: Duration,
    /// Connections at once; further ones wait in the kernel's queue.
    connections: usize,
}

impl Default for ServerLimits {
    fn default() -> Self {
        Self {
            header_read: Duration::from_secs(10),
            write_stall: Duration::from_secs(60),
            drain: Duration::from_secs(10),
            connections: connections_that_fit(4096),
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

/// Serves `router` on `listener` until `shutdown` completes; then accepts nothing more, lets running
/// answers end for at most 10 s, and returns.
///
/// HTTP/1.1. A request's head, of 64 KiB at most, must arrive within 10 s, and a client must take some byte of its answer
/// every 60 s, or its connection is closed. The number of connections is limited.
///
/// # Errors
/// None at present: failures to accept are logged and tried again, since most are about one client
/// or pass by themselves.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    shutdown: impl Future<Output = ()>,
) -> io::Result<()> {
    serve_within(ServerLimits::default(), listener, router, shutdown).await
}

/// The runtime that serving was measured on.
///
/// # Errors
/// When the system gives no threads.
pub fn runtime() -> io::Result<Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        // By default a worker looks for new requests every 61 turns, each of which may copy a chunk
        // of a download: at full speed, small requests would starve.
        .event_interval(1)
        // Answers of the database arrive from other threads, in a queue of which a busy worker takes one
        // task now and then only.
        .global_queue_interval(1)
        .build()
}

/// Completes when the process is told to end, by SIGTERM or by SIGINT (ctrl-c).
///
/// # Errors
/// When the signals cannot be listened to.
pub fn told_to_end() -> io::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

async fn serve_within(
    limits: ServerLimits,
    listener: TcpListener,
    router: Router,
    shutdown: impl Future<Output = ()>,
) -> io::Result<()> {
    let open = Arc::new(Semaphore::new(limits.connections));
    let graceful = GracefulShutdown::new();
    // Dropped at the end, which cuts off whatever has not ended by then.
    let (serving, _) = watch::channel(());
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let (stream, peer, permit) = tokio::select! {
            () = &mut shutdown => break,
            accepted = accept(&listener, &open) => accepted,
        };
        let connection = connection(limits, stream, peer, router.clone(), &graceful);
        let mut over = serving.subscribe();
        tokio::spawn(async move {
            tokio::select! {
                () = connection => {}
                _ = over.changed() => {}
            }
            drop(permit);
        });
    }
    drop(listener);
    if tokio::time::timeout(limits.drain, graceful.shutdown())
        .await
        .is_err()
    {
        tracing::warn!(
            after = ?limits.drain,
            "some answers were still being sent when the time to shut down was over"
        );
    }
    Ok(())
}

/// The next connection, once there is room for one.
async fn accept(
    listener: &TcpListener,
    open: &Arc<Semaphore>,
) -> (TcpStream, IpAddr, OwnedSemaphorePermit) {
    loop {
        // The semaphore is never closed; were it, waiting for ever is all that accepting could do.
        let Ok(permit) = Arc::clone(open).acquire_owned().await else {
            return std::future::pending().await;
        };
        match listener.accept().await {
            Ok((stream, peer)) => return (stream, peer.ip(), permit),
            Err(error) if is_about_one_client(&error) => {}
            Err(error) => {
                tracing::error!(%error, "a connection could not be accepted");
                // Out of descriptors or memory: trying at once would only burn a core.
                tokio::time::sleep(Duration::from_millis(100)).await;
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
    router: Router,
    graceful: &GracefulShutdown,
) -> impl Future<Output = ()> + use<> {
    // Small answers go out at once; large ones fill whole segments anyway.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY could not be set");
    }
    let service = router.map_request(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(Peer(peer));
        request
    });
    let io = TokioIo::new(StallGuard::new(stream, limits.write_stall));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header_read)
        .max_buf_size(WRITE_BUFFER)
        .serve_connection(io, TowerToHyperService::new(service));
    let connection = graceful.watch(connection);
    async move {
        // Clients that leave early, send nonsense or stall are everyday life, not the operator's concern.
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a connection ended early");
        }
    }
}

#[cfg(test)]
mod tests;
