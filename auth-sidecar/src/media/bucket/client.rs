//! The HTTP client: GET requests to one store, over connections that are kept.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use dateline_bucket::variable;
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper::body::Incoming;
use hyper::{Request, Response, Uri};
use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::client::legacy::{self, Client as Pool};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::ClientConfig;
use tokio_rustls::rustls::pki_types::ServerName;
use tower::Service;

use crate::tls;

/// For the connection, TLS included.
const CONNECT: Duration = Duration::from_secs(5);

/// For the head of the answer, connection included.
const HEAD: Duration = Duration::from_secs(15);

/// How long an unused connection is kept.
const IDLE: Duration = Duration::from_secs(20);

/// Memory for one transfer whose reader is slow.
const BUFFER: usize = 128 * 1024;

/// What an answer may hold that is read whole: errors, lists, manifests.
const MOST: usize = 64 << 20;

/// Sends requests. Clones share their connections.
#[derive(Clone)]
pub(crate) struct Client(Pool<Connector, Empty<Bytes>>);

impl Client {
    /// For a store at this address.
    ///
    /// # Errors
    /// If it is encrypted and no certificate is trusted.
    pub(crate) fn new(endpoint: &str) -> Result<Self, tls::Error> {
        let tls = match endpoint.starts_with("https:") {
            true => Some(tls::client_and(variable("AWS_CA_BUNDLE").as_deref())?),
            false => None,
        };
        let mut pool = legacy::Builder::new(TokioExecutor::new());
        pool.pool_idle_timeout(IDLE).pool_timer(TokioTimer::new());
        pool.http1_max_buf_size(BUFFER);
        Ok(Self(pool.build(Connector(tls))))
    }

    /// The head of the answer to a GET, with its body to be read. The address may be signed, so no error repeats it.
    ///
    /// # Errors
    /// If no answer comes in time.
    pub(crate) async fn get(
        &self,
        url: &str,
        headers: &[(&'static str, &str)],
    ) -> io::Result<Response<Incoming>> {
        let mut request = Request::get(url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Empty::new());
        let request = request.map_err(|_| io::Error::other("a request cannot be made"))?;
        match timeout(HEAD, self.0.request(request)).await {
            Ok(answer) => answer.map_err(|error| io::Error::other(root(&error))),
            Err(_) => Err(io::Error::new(
                io::ErrorKind::TimedOut,
                format!("there was no answer within {} s", HEAD.as_secs()),
            )),
        }
    }
}

/// The whole body of an answer, which is small.
pub(crate) async fn read(body: Incoming) -> io::Result<Bytes> {
    let read = timeout(HEAD, Limited::new(body, MOST).collect()).await;
    let read = read.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?;
    Ok(read.map_err(io::Error::other)?.to_bytes())
}

/// What is at the bottom of an error: "client error (Connect)" helps nobody.
fn root(error: &(dyn std::error::Error + 'static)) -> String {
    let mut last = error;
    while let Some(deeper) = last.source() {
        last = deeper;
    }
    last.to_string()
}

/// Opens connections, encrypted ones if it has the means.
#[derive(Clone)]
struct Connector(Option<Arc<ClientConfig>>);

impl Service<Uri> for Connector {
    type Response = TokioIo<Stream>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Self::Response>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, to: Uri) -> Self::Future {
        let tls = self.0.clone();
        Box::pin(async move {
            let connected = timeout(CONNECT, connect(&to, tls)).await;
            let connected = connected.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
            connected.map(TokioIo::new)
        })
    }
}

async fn connect(to: &Uri, tls: Option<Arc<ClientConfig>>) -> io::Result<Stream> {
    let host = to.host().unwrap_or_default();
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let usual = if tls.is_some() { 443 } else { 80 };
    let stream = TcpStream::connect((host, to.port_u16().unwrap_or(usual))).await?;
    stream.set_nodelay(true)?;
    let Some(tls) = tls else {
        return Ok(Stream::Plain(stream));
    };
    let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
    let encrypted = TlsConnector::from(tls).connect(name, stream).await?;
    Ok(Stream::Encrypted(Box::new(encrypted)))
}

/// A connection to the store.
enum Stream {
    Plain(TcpStream),
    Encrypted(Box<TlsStream<TcpStream>>),
}

impl Connection for Stream {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_read(context, buffer),
            Self::Encrypted(stream) => Pin::new(stream).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write(context, bytes),
            Self::Encrypted(stream) => Pin::new(stream).poll_write(context, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_flush(context),
            Self::Encrypted(stream) => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(context),
            Self::Encrypted(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }
}
