//! The network that a request comes from, which limits count when no session exists.

use std::net::IpAddr;

use ipnet::IpNet;

/// An IPv4 address, or an IPv6 /64. A /64 usually belongs to one connection, which can change addresses within it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Network(IpNet);

impl Network {
    /// The network of an address. IPv4-mapped IPv6 (`::ffff:192.0.2.1`) counts as IPv4.
    pub fn of(address: IpAddr) -> Self {
        let address = address.to_canonical();
        let shared = if address.is_ipv4() { 32 } else { 64 };
        // The number of bits always fits the address.
        Self(IpNet::new(address, shared).map_or_else(|_| address.into(), |net| net.trunc()))
    }

    /// The networks whose mail is queued together, with their shares: the IPv4 /24, or the IPv6 /56 and its /48. A
    /// mail waits in the queue of the first.
    #[must_use]
    pub fn mail_networks(self) -> Vec<(Self, u32)> {
        match self.0.addr() {
            IpAddr::V4(_) => self.around(&[(24, 1)]),
            IpAddr::V6(_) => self.around(&[(56, 1), (48, 4)]),
        }
    }

    /// The networks that share hashing slots, with their shares: the network itself, and the IPv6 /56 and /48 that
    /// contain it.
    #[must_use]
    pub fn hashing_networks(self) -> Vec<(Self, u32)> {
        match self.0.addr() {
            IpAddr::V4(_) => vec![(self, 1)],
            IpAddr::V6(_) => self.around(&[(64, 1), (56, 2), (48, 3)]),
        }
    }

    /// The IPv6 /56 and /48 that contain the network: their holder controls many networks.
    #[must_use]
    pub fn wider(self) -> Vec<Self> {
        match self.0.addr() {
            IpAddr::V4(_) => Vec::new(),
            IpAddr::V6(_) => {
                let around = self.around(&[(56, 1), (48, 1)]).into_iter();
                around.map(|(network, _)| network).collect()
            }
        }
    }

    /// The containing networks of these prefix lengths, with their shares.
    fn around(self, wider: &[(u8, u32)]) -> Vec<(Self, u32)> {
        let around = |bits| IpNet::new(self.0.addr(), bits).map(|net| Self(net.trunc()));
        let all = wider.iter();
        all.map(|(bits, shares)| (around(*bits).unwrap_or(self), *shares))
            .collect()
    }

    /// The prefix length.
    #[must_use]
    pub fn bits(self) -> u8 {
        self.0.prefix_len()
    }

    /// Identifies the network among those of its prefix length: the version (4 or 6), then the IPv4 address and
    /// zeros, or the 8 bytes of the prefix.
    pub fn to_bytes(self) -> [u8; 9] {
        let mut bytes = [0; 9];
        match self.0.addr() {
            IpAddr::V4(address) => {
                bytes[0] = 4;
                bytes[1..5].copy_from_slice(&address.octets());
            }
            IpAddr::V6(prefix) => {
                bytes[0] = 6;
                bytes[1..].copy_from_slice(&prefix.octets()[..8]);
            }
        }
        bytes
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv6Addr;

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
            assert_eq!(found.0.to_string(), network, "{address}");
        }
        let told = |all: Vec<(Network, u32)>| {
            let all = all
                .iter()
                .map(|(net, shares)| format!("{} {shares}", net.0));
            all.collect::<Vec<_>>()
        };
        let queues = |address: &str| told(Network::of(address.parse().unwrap()).mail_networks());
        assert_eq!(queues("192.0.2.1"), ["192.0.2.0/24 1"]);
        let around = ["2001:db8:1:200::/56 1", "2001:db8:1::/48 4"];
        assert_eq!(queues("2001:db8:1:234::5"), around);
        let places = |address: &str| told(Network::of(address.parse().unwrap()).hashing_networks());
        assert_eq!(places("192.0.2.1"), ["192.0.2.1/32 1"]);
        let around = [
            "2001:db8:1:234::/64 1",
            "2001:db8:1:200::/56 2",
            "2001:db8:1::/48 3",
        ];
        assert_eq!(places("2001:db8:1:234::5"), around);
        let wider = |address: &str| {
            let wider = Network::of(address.parse().unwrap()).wider();
            told(wider.into_iter().map(|net| (net, 1)).collect())
        };
        assert!(wider("192.0.2.1").is_empty());
        let around = ["2001:db8:1:200::/56 1", "2001:db8:1::/48 1"];
        assert_eq!(wider("2001:db8:1:234::5"), around);
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
            prop_assert_eq!(one == other, one.0.to_string() == other.0.to_string());
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
