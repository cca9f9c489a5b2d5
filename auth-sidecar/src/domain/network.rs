//! Whom a limit counts when nobody is logged in: the network that a request comes from.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// One IPv4 address, or the 64 bits of an IPv6 address that a connection usually has to itself: within
/// them anybody can change addresses at will.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Network(Kind);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Kind {
    V4(Ipv4Addr),
    /// The lower half is zero.
    V6(Ipv6Addr),
}

impl Network {
    /// The network of an address. IPv4 within IPv6 (`::ffff:192.0.2.1`) is IPv4.
    pub fn of(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V4(address) => Kind::V4(address),
            IpAddr::V6(address) => {
                let upper = u128::from(address) & !u128::from(u64::MAX);
                Kind::V6(Ipv6Addr::from(upper))
            }
        })
    }

    /// What tells it from every other network: the version (4 or 6), then the address's 4 bytes and
    /// zeros, or the prefix's 8 bytes.
    pub fn to_bytes(self) -> [u8; 9] {
        let mut bytes = [0; 9];
        match self.0 {
            Kind::V4(address) => {
                bytes[0] = 4;
                bytes[1..5].copy_from_slice(&address.octets());
            }
            Kind::V6(prefix) => {
                bytes[0] = 6;
                bytes[1..].copy_from_slice(&prefix.octets()[..8]);
            }
        }
        bytes
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Kind::V4(address) => write!(f, "{address}/32"),
            Kind::V6(prefix) => write!(f, "{prefix}/64"),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn networks_of_addresses() {
        for (address, network) in [
            ("192.0.2.1", "192.0.2.1/32"),
            ("::ffff:192.0.2.1", "192.0.2.1/32"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
            ("2001:db8:1:2::", "2001:db8:1:2::/64"),
            ("::1", "::/64"),
            ("fe80::1", "fe80::/64"),
            ("::192.0.2.1", "::/64"),
        ] {
            let found = Network::of(address.parse().unwrap());
            assert_eq!(found.to_string(), network, "{address}");
        }
        let bytes = |address: &str| Network::of(address.parse().unwrap()).to_bytes();
        assert_eq!(bytes("192.0.2.1"), [4, 192, 0, 2, 1, 0, 0, 0, 0]);
        assert_eq!(
            bytes("2001:db8:1:2::9"),
            [6, 0x20, 0x01, 0x0d, 0xb8, 0, 1, 0, 2]
        );
    }

    proptest! {
        #[test]
        fn equal_in_one_form_is_equal_in_all(a: IpAddr, b: IpAddr, lower: u64) {
            let (one, other) = (Network::of(a), Network::of(b));
            prop_assert_eq!(one == other, one.to_bytes() == other.to_bytes());
            prop_assert_eq!(one == other, one.to_string() == other.to_string());
            if let IpAddr::V6(a) = a && a.to_ipv4_mapped().is_none() {
                let neighbour = (u128::from(a) >> 64 << 64) | u128::from(lower);
                let neighbour = Ipv6Addr::from(neighbour);
                if neighbour.to_ipv4_mapped().is_none() {
                    prop_assert_eq!(one, Network::of(IpAddr::V6(neighbour)));
                }
            }
        }
    }
}
