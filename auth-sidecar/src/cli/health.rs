//! `dateline-auth health`: asks the running service how it is, for supervisors and container images.

use std::io::{self, Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::{Value, json};

use super::output::print_result;
use super::{Common, Failure, load};

/// How long the service may take for each step of its answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// More than any answer has.
const MOST: u64 = 64 * 1024;

/// Arguments of `health`.
#[derive(clap::Args)]
pub(super) struct HealthArguments {
    #[command(flatten)]
    common: Common,
    /// Ask whether requests should be sent to it, not only whether it responds.
    #[arg(long)]
    ready: bool,
}

pub(super) fn run(arguments: &HealthArguments) -> Result<(), Failure> {
    let config = load(arguments.common.config.as_deref())?;
    let path = if arguments.ready {
        "/readyz"
    } else {
        "/healthz"
    };
    let address = reachable(config.listen);
    let silent =
        |error| Failure::Input(format!("the service at {address} does not answer: {error}"));
    let (status, body) = ask(address, path).map_err(silent)?;
    let state = body["status"].as_str().unwrap_or("unknown");
    if status != 200 {
        let reason = body["reason"].as_str().unwrap_or(state);
        return Err(Failure::Input(format!(
            "the service at {address} answers {status}: {reason}"
        )));
    }
    print_result(arguments.common.json, &json!({ "status": state }), || {
        state.to_owned()
    })
}

/// Where a service that listens there can be reached from this machine.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let host = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(host, listen.port())
}

/// The status and the JSON of an answer.
fn ask(address: SocketAddr, path: &str) -> io::Result<(u16, Value)> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let head = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(head.as_bytes())?;
    let mut answer = String::new();
    stream.take(MOST).read_to_string(&mut answer)?;
    let foreign = || io::Error::other("what answers there is another program");
    let (head, body) = answer.split_once("\r\n\r\n").ok_or_else(foreign)?;
    let status = head
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok());
    let body = serde_json::from_str(body).map_err(|_| foreign())?;
    Ok((status.ok_or_else(foreign)?, body))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_on_all_addresses_is_asked_on_this_machine() {
        for (listen, asked) in [
            ("0.0.0.0:8001", "127.0.0.1:8001"),
            ("[::]:8001", "[::1]:8001"),
            ("192.0.2.7:80", "192.0.2.7:80"),
        ] {
            assert_eq!(reachable(listen.parse().unwrap()).to_string(), asked);
        }
    }
}
