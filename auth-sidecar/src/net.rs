//! Addresses: whom a connection is with, and ranges as settings name them (`10.0.0.0/8`,
//! `2001:db8::/32`, `192.0.2.7`).

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// Whom a connection is with: the accept loop sets it on every request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) IpAddr);

/// A range of IP addresses. IPv4 within IPv6 (`::ffff:10.0.0.0/104`) is IPv4.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IpNet {
    /// The first address.
    address: IpAddr,
    /// How many leading bits all addresses share: 32 at most for IPv4, 128 for IPv6.
    prefix: u8,
}

impl IpNet {
    /// Whether an address lies in this range. IPv4 within IPv6 is IPv4.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(first), IpAddr::V4(address)) => {
                u32::from(address) & mask_v4(self.prefix) == u32::from(first)
            }
            (IpAddr::V6(first), IpAddr::V6(address)) => {
                u128::from(address) & mask_v6(self.prefix) == u128::from(first)
            }
            _ => false,
        }
    }
}

fn mask_v4(prefix: u8) -> u32 {
    u32::MAX
        .checked_shl(32_u32.saturating_sub(prefix.into()))
        .unwrap_or(0)
}

fn mask_v6(prefix: u8) -> u128 {
    u128::MAX
        .checked_shl(128_u32.saturating_sub(prefix.into()))
        .unwrap_or(0)
}

impl From<IpAddr> for IpNet {
    fn from(address: IpAddr) -> Self {
        let address = address.to_canonical();
        let prefix = if address.is_ipv4() { 32 } else { 128 };
        Self { address, prefix }
    }
}

impl FromStr for IpNet {
    type Err = IpNetError;

    fn from_str(text: &str) -> Result<Self, IpNetError> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let written: IpAddr = address.parse().map_err(|_| IpNetError::Address)?;
        let all = Self::from(written);
        let Some(prefix) = prefix else {
            return Ok(all);
        };
        let digits = prefix.bytes().all(|b| b.is_ascii_digit());
        let longest = if written.is_ipv4() { 32 } else { 128 };
        // `+8` and `08` are numbers to Rust.
        let prefix: u8 = match prefix.parse() {
            Ok(bits) if digits && bits <= longest && (bits == 0 || !prefix.starts_with('0')) => {
                bits
            }
            _ => return Err(IpNetError::Prefix { longest }),
        };
        // IPv4 within IPv6 has 96 bits before its own.
        let prefix = match (written, all.address) {
            (IpAddr::V6(_), IpAddr::V4(_)) => prefix
                .checked_sub(96)
                .ok_or(IpNetError::Prefix { longest })?,
            _ => prefix,
        };
        let net = Self {
            address: all.address,
            prefix,
        };
        let first = match all.address {
            IpAddr::V4(a) => IpAddr::V4(Ipv4Addr::from(u32::from(a) & mask_v4(prefix))),
            IpAddr::V6(a) => IpAddr::V6(Ipv6Addr::from(u128::from(a) & mask_v6(prefix))),
        };
        if first == net.address {
            Ok(net)
        } else {
            // More likely a slip than meant, and a slip here decides whom to believe.
            Err(IpNetError::Inside(Self {
                address: first,
                prefix,
            }))
        }
    }
}

impl fmt::Display for IpNet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

/// Why a text is no range of addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IpNetError {
    /// No IPv4 or IPv6 address before the `/`.
    Address,
    /// No number of bits after the `/`.
    Prefix {
        /// The highest that it may be.
        longest: u8,
    },
    /// The address lies within the range that it should begin.
    Inside(IpNet),
}

impl fmt::Display for IpNetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address => f.write_str("is no IP address, nor a range such as `10.0.0.0/8`"),
            Self::Prefix { longest } => {
                write!(f, "has no number of bits from 0 to {longest} after its `/`")
            }
            Self::Inside(net) => write!(f, "does not begin its range: write `{net}`"),
        }
    }
}

impl std::error::Error for IpNetError {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn net(text: &str) -> IpNet {
        text.parse()
            .unwrap_or_else(|error| panic!("{text} {error}"))
    }

    #[test]
    fn ranges_hold_what_they_say() {
        for (range, inside, outside) in [
            (
                "10.0.0.0/8",
                ["10.0.0.0", "10.255.255.255"],
                ["9.255.255.255", "11.0.0.0"],
            ),
            (
                "192.0.2.7",
                ["192.0.2.7", "::ffff:192.0.2.7"],
                ["192.0.2.6", "192.0.2.8"],
            ),
            (
                "192.0.2.7/32",
                ["192.0.2.7", "192.0.2.7"],
                ["192.0.2.6", "::192.0.2.7"],
            ),
            (
                "192.0.2.4/31",
                ["192.0.2.4", "192.0.2.5"],
                ["192.0.2.3", "192.0.2.6"],
            ),
            (
                "0.0.0.0/0",
                ["0.0.0.0", "255.255.255.255"],
                ["::", "2001:db8::1"],
            ),
            (
                "::/0",
                ["::", "2001:db8::1"],
                ["192.0.2.1", "::ffff:192.0.2.1"],
            ),
            (
                "2001:db8::/32",
                ["2001:db8::1", "2001:db8:ffff::"],
                ["2001:db7::", "2001:db9::"],
            ),
            ("::1", ["::1", "0:0:0:0:0:0:0:1"], ["::2", "127.0.0.1"]),
            (
                "::ffff:10.0.0.0/104",
                ["10.1.2.3", "::ffff:10.1.2.3"],
                ["11.0.0.0", "::"],
            ),
            (
                "::ffff:10.0.0.1",
                ["10.0.0.1", "::ffff:10.0.0.1"],
                ["10.0.0.2", "::1"],
            ),
        ] {
            let range_ = net(range);
            for address in inside {
                assert!(
                    range_.contains(address.parse().unwrap()),
                    "{range} {address}"
                );
            }
            for address in outside {
                assert!(
                    !range_.contains(address.parse().unwrap()),
                    "{range} {address}"
                );
            }
        }
    }

    #[test]
    fn what_is_no_range_says_why() {
        for (text, words) in [
            ("", "no IP address"),
            ("localhost", "no IP address"),
            (" 10.0.0.0/8", "no IP address"),
            ("10.0.0/8", "no IP address"),
            ("010.0.0.0/8", "no IP address"),
            ("[::1]", "no IP address"),
            ("fe80::1%eth0", "no IP address"),
            ("10.0.0.0/", "from 0 to 32"),
            ("10.0.0.0/33", "from 0 to 32"),
            ("10.0.0.0/08", "from 0 to 32"),
            ("10.0.0.0/+8", "from 0 to 32"),
            ("10.0.0.0/-1", "from 0 to 32"),
            ("10.0.0.0/8/8", "from 0 to 32"),
            ("10.0.0.0/255.0.0.0", "from 0 to 32"),
            ("::/129", "from 0 to 128"),
            ("::/1000", "from 0 to 128"),
            ("::ffff:0.0.0.0/95", "from 0 to 128"),
            ("10.1.2.3/8", "write `10.0.0.0/8`"),
            ("2001:db8::1/64", "write `2001:db8::/64`"),
        ] {
            let error = text.parse::<IpNet>().unwrap_err().to_string();
            assert!(error.contains(words), "{text}: {error}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in ".*") {
            let _ = text.parse::<IpNet>();
        }

        #[test]
        fn near_ranges_read_back(address: IpAddr, prefix in 0_u8..140) {
            let text = format!("{address}/{prefix}");
            let found = match text.parse::<IpNet>() {
                Ok(net) | Err(IpNetError::Inside(net)) => net,
                Err(_) => return Ok(()),
            };
            prop_assert!(found.contains(address));
            prop_assert_eq!(net(&found.to_string()), found);
        }
    }
}
