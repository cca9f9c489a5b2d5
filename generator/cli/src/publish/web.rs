//! The HTTP client: one for all threads, which trusts the system's certificates.

use std::{sync::Arc, time::Duration};

use dateline::publish::Fault;
use ureq::{
    Agent, Body, Error,
    http::{Request, Response},
    tls::{Certificate, RootCerts, TlsConfig},
};

/// The largest response body that is read.
const MOST: u64 = 64 << 20;

/// A client that keeps connections open for `threads` threads.
pub(super) fn client(threads: usize) -> Agent {
    let roots = rustls_native_certs::load_native_certs().certs;
    let roots: Vec<Certificate<'static>> = roots
        .iter()
        .map(|root| Certificate::from_der(root).to_owned())
        .collect();
    let tls = TlsConfig::builder()
        .root_certs(RootCerts::Specific(Arc::new(roots)))
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .build();
    let config = Agent::config_builder()
        .tls_config(tls)
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .user_agent(concat!("dateline/", env!("CARGO_PKG_VERSION")))
        .max_idle_connections(threads)
        .max_idle_connections_per_host(threads)
        .timeout_resolve(Some(Duration::from_secs(10)))
        .timeout_connect(Some(Duration::from_secs(10)))
        .timeout_send_body(Some(Duration::from_secs(300)))
        .timeout_recv_response(Some(Duration::from_secs(60)))
        .timeout_recv_body(Some(Duration::from_secs(300)))
        .build();
    config.new_agent()
}

/// A response.
pub(super) struct Answer {
    pub(super) head: Response<()>,
    pub(super) body: Vec<u8>,
}

impl Answer {
    pub(super) fn status(&self) -> u16 {
        self.head.status().as_u16()
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.head.headers().get(name)?.to_str().ok()
    }

    pub(super) fn is_good(&self) -> bool {
        self.head.status().is_success()
    }

    /// How long to wait before a retry, if the status says that one may succeed.
    pub(super) fn retry_after(&self) -> Option<Duration> {
        let busy = matches!(self.status(), 408 | 429 | 500 | 502 | 503 | 504);
        let asked = self
            .header("retry-after")
            .and_then(|after| after.parse().ok());
        busy.then(|| Duration::from_secs(asked.unwrap_or(0)))
    }
}

/// Sends a request and reads the whole response. Failures on the way are temporary, except for unknown hosts and
/// untrusted certificates.
pub(super) fn ask(agent: &Agent, request: Request<Vec<u8>>) -> Result<Answer, Fault> {
    let host = request.uri().authority().map(ToString::to_string);
    let host = host.unwrap_or_default();
    let answer = agent.run(request).and_then(|answer: Response<Body>| {
        let (head, body) = answer.into_parts();
        let body = body.into_with_config().limit(MOST).read_to_vec()?;
        let head = Response::from_parts(head, ());
        Ok(Answer { head, body })
    });
    answer.map_err(|error| {
        let message = format!("{host} cannot be reached: {error}");
        match error {
            Error::HostNotFound => {
                Fault::permanent(message, "check the host name, and this machine's network")
            }
            Error::Tls(_) | Error::Rustls(_) | Error::BadUri(_) => {
                Fault::permanent(message, "check the address, and the system's certificates")
            }
            _ => Fault::temporary(message),
        }
    })
}
