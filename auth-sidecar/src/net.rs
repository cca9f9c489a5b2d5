//! What the accept loop knows of a request's sender.

use std::net::IpAddr;

/// Whom a connection is with: the accept loop sets it on every request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) IpAddr);
