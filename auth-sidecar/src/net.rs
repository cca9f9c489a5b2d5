//! Connection settings of the accept loop, and the peer address that it attaches to requests.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use ipnet::IpNet;

/// Connection settings.
#[derive(Clone, Debug)]
pub struct Connections {
    /// How long a connection may be idle. It must exceed the idle time-out of a proxy in front: otherwise the proxy
    /// can send a request just as the connection closes, and answers 502.
    pub keep_alive: Duration,
    /// How many connections a network (an IPv4 address, an IPv6 /48) keeps while others wait.
    pub per_network: usize,
    /// Trusted proxies, which represent many clients.
    pub trusted: Arc<[IpNet]>,
}

impl Default for Connections {
    fn default() -> Self {
        Self {
            keep_alive: Duration::from_secs(75),
            per_network: 64,
            trusted: Arc::default(),
        }
    }
}

/// The peer of a connection; the accept loop attaches it to every request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) IpAddr);
