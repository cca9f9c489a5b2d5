//! TLS towards other servers with rustls and ring, by the system's certificates or by given ones.

use std::sync::Arc;

use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// Why it cannot be set up.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// Nothing is trusted.
    #[error("there is no certificate to trust")]
    NoRoots,
    /// A certificate or the library is at fault.
    #[error("{0}")]
    Failed(String),
}

/// A client that trusts the PEM certificates in `roots`, or else the system's.
#[cfg(feature = "postgres")]
pub(crate) fn client(roots: Option<&[u8]>) -> Result<Arc<ClientConfig>, Error> {
    let mut trusted = RootCertStore::empty();
    match roots {
        Some(pem) => {
            for certificate in CertificateDer::pem_slice_iter(pem) {
                let certificate = certificate.map_err(|error| Error::Failed(error.to_string()))?;
                let added = trusted.add(certificate);
                added.map_err(|error| Error::Failed(error.to_string()))?;
            }
        }
        None => {
            let found = rustls_native_certs::load_native_certs();
            trusted.add_parsable_certificates(found.certs);
        }
    }
    match trusted.is_empty() {
        true => Err(Error::NoRoots),
        false => client_of(trusted),
    }
}

/// A client that trusts the system's certificates and, besides, those in the PEM file, if one is named.
#[cfg(feature = "s3")]
pub(crate) fn client_and(file: Option<&str>) -> Result<Arc<ClientConfig>, Error> {
    let mut trusted = RootCertStore::empty();
    trusted.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if let Some(file) = file {
        let read =
            CertificateDer::pem_file_iter(file).and_then(Iterator::collect::<Result<Vec<_>, _>>);
        let more = read.map_err(|error| Error::Failed(format!("{file}: {error}")))?;
        trusted.add_parsable_certificates(more);
    }
    match trusted.is_empty() {
        true => Err(Error::NoRoots),
        false => client_of(trusted),
    }
}

/// A client that trusts these certificates.
pub(crate) fn client_of(trusted: RootCertStore) -> Result<Arc<ClientConfig>, Error> {
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::Failed(error.to_string()))?
        .with_root_certificates(trusted)
        .with_no_client_auth();
    Ok(Arc::new(config))
}
