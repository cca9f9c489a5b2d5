//! The HTTP client: one for all threads, which trusts the system's certificates.

use std::{path::Path, sync::Arc, time::Duration};

use dateline::publish::Fault;
use ureq::{
    Agent, AsSendBody, Body, Error,
    http::{Request, Response},
    tls::{Certificate, RootCerts, TlsConfig},
};

/// The largest response body that is read.
const MOST: u64 = 64 << 20;

/// A client that keeps `connections` open. It also trusts the certificates in the file `bundle`.
///
/// # Errors
/// When that file has no certificate.
pub(crate) fn client(connections: usize, bundle: Option<String>) -> Result<Agent, Fault> {
    let mut roots = rustls_native_certs::load_native_certs().certs;
    if let Some(bundle) = bundle {
        let own = rustls_native_certs::load_certs_from_paths(Some(Path::new(&bundle)), None);
        if own.certs.is_empty() {
            let why = own
                .errors
                .first()
                .map_or_else(String::new, |e| format!(": {e}"));
            let message = format!("AWS_CA_BUNDLE: {bundle} holds no certificate{why}");
            return Err(Fault::permanent(message, "name a file of PEM certificates"));
        }
        roots.extend(own.certs);
    }
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
        .max_idle_connections(connections)
        .max_idle_connections_per_host(connections)
        .timeout_resolve(Some(Duration::from_secs(10)))
        .timeout_connect(Some(Duration::from_secs(10)))
        .timeout_send_body(Some(Duration::from_secs(300)))
        .timeout_recv_response(Some(Duration::from_secs(60)))
        .timeout_recv_body(Some(Duration::from_secs(300)))
        .build();
    Ok(config.new_agent())
}

/// A response.
pub(crate) struct Answer {
    pub(crate) head: Response<()>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn status(&self) -> u16 {
        self.head.status().as_u16()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.headers().get(name)?.to_str().ok()
    }

    pub(crate) fn is_good(&self) -> bool {
        self.head.status().is_success()
    }

    /// How long to wait before a retry, if the status says that one may succeed.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        let busy = matches!(self.status(), 408 | 429 | 500 | 502 | 503 | 504);
        let asked = self
            .header("retry-after")
            .and_then(|after| after.parse().ok());
        busy.then(|| Duration::from_secs(asked.unwrap_or(0)))
    }
}

/// Sends a request and reads the whole response. Failures on the way are temporary, except for unknown hosts and
/// untrusted certificates.
pub(crate) fn ask(agent: &Agent, request: Request<impl AsSendBody>) -> Result<Answer, Fault> {
    let host = request.uri().authority().map(ToString::to_string);
    let host = host.unwrap_or_default();
    let answer = agent.run(request).and_then(|answer: Response<Body>| {
        let (head, body) = answer.into_parts();
        let body = body.into_with_config().limit(MOST).read_to_vec()?;
        let head = Response::from_parts(head, ());
        Ok(Answer { head, body })
    });
    answer.map_err(|error| failed(&host, &error))
}

fn failed(host: &str, error: &Error) -> Fault {
    const AGAIN: &str = "then run the command again: it resumes where it stopped";
    let message = match error {
        Error::Io(error) => format!("{host} cannot be reached: {error}"),
        error => format!("{host} cannot be reached: {error}"),
    };
    // A handshake's error comes wrapped as one of the connection.
    let is_tls = match error {
        Error::Tls(_) | Error::Rustls(_) => true,
        Error::Io(e) => e.get_ref().is_some_and(|inner| inner.is::<rustls::Error>()),
        _ => false,
    };
    match error {
        _ if is_tls => Fault::permanent(
            message,
            "check the address and the server's certificate; AWS_CA_BUNDLE names a private authority's, for stores",
        ),
        Error::HostNotFound => {
            Fault::permanent(message, "check the host name, and this machine's network")
        }
        Error::BadUri(_) => Fault::permanent(message, "check the address"),
        _ => Fault {
            hint: format!(
                "check the address, this machine's network, and that the server runs; {AGAIN}"
            ),
            ..Fault::temporary(message)
        },
    }
}
