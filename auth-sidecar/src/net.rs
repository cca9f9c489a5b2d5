//! What the accept loop is told, and what it tells of a request's sender.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use ipnet::IpNet;

/// What an operator decides about connections.
#[derive(Clone, Debug)]
pub struct Connections {
    /// How long one may wait for its next request. Longer than a proxy in front keeps it, or the proxy sends
    /// a request just when the connection ends, and answers 502.
    pub keep_alive: Duration,
    /// How many a network (an IPv4 address, an IPv6 /48) keeps while others wait.
    pub per_network: usize,
    /// Proxies, which speak for many.
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

/// Whom a connection is with: the accept loop sets it on every request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) IpAddr);
