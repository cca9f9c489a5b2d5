//! TLS with rustls, as for mail.

use std::error::Error;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::Socket;
use tokio_postgres::tls::{ChannelBinding, MakeTlsConnect, TlsConnect, TlsStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream as Encrypted;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{self, CertificateError, ClientConfig, RootCertStore};

use super::error::OpenError;
use crate::tls;

/// Checks a server's certificate and the name in it.
#[derive(Clone)]
pub(super) struct Tls(Arc<ClientConfig>);

impl Tls {
    /// Trusts the PEM certificates in `roots`, or else the system's; none without encryption.
    pub(super) fn new(encrypts: bool, roots: Option<&[u8]>) -> Result<Self, OpenError> {
        let made = match encrypts {
            true => tls::client(roots),
            false => tls::client_of(RootCertStore::empty()),
        };
        made.map(Self).map_err(|error| match error {
            tls::Error::NoRoots => OpenError::Tls(
                "there is no certificate to trust; `sslrootcert=FILE` names one".to_owned(),
            ),
            tls::Error::Failed(reason) => OpenError::Tls(reason),
        })
    }
}

/// What an operator can do about a server whose certificate was refused; `None` for another error.
pub(super) fn refusal(error: &(dyn Error + 'static)) -> Option<&'static str> {
    let inner = error.downcast_ref::<io::Error>()?.get_ref()?;
    match inner.downcast_ref()? {
        rustls::Error::InvalidCertificate(reason) => match reason {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                Some("the server's certificate has expired")
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                Some("the server's certificate is not valid yet")
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                Some("the server's certificate does not name the host of the address")
            }
            CertificateError::UnknownIssuer | CertificateError::BadSignature => Some(
                "the server's certificate is from no authority that is trusted; `sslrootcert=FILE` names one",
            ),
            _ => None,
        },
        _ => None,
    }
}

impl MakeTlsConnect<Socket> for Tls {
    type Stream = Stream;
    type TlsConnect = Connector;
    type Error = io::Error;

    fn make_tls_connect(&mut self, host: &str) -> io::Result<Connector> {
        // Also called for Unix sockets, which have no host name and are not encrypted.
        let name = ServerName::try_from(host.to_owned()).ok();
        Ok(Connector(Arc::clone(&self.0), name))
    }
}

/// Connects to one host.
pub(super) struct Connector(Arc<ClientConfig>, Option<ServerName<'static>>);

impl TlsConnect<Socket> for Connector {
    type Stream = Stream;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Stream>> + Send>>;

    fn connect(self, socket: Socket) -> Self::Future {
        Box::pin(async {
            let unnamed = || io::Error::other("the host's name cannot be in a certificate");
            let name = self.1.ok_or_else(unnamed)?;
            Ok(Stream(
                TlsConnector::from(self.0).connect(name, socket).await?,
            ))
        })
    }
}

/// An encrypted connection.
pub(super) struct Stream(Encrypted<Socket>);

impl TlsStream for Stream {
    fn channel_binding(&self) -> ChannelBinding {
        ChannelBinding::none()
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, buffer)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}
