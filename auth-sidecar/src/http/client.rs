//! The client's address behind proxies.
//!
//! Anyone can send `X-Forwarded-For`. It counts only if the peer is a trusted proxy, and only as far as trusted
//! proxies wrote it: each appends the address it received the request from, so the first address from the right that
//! is not a trusted proxy is the client. Everything left of it may be forged. `Forwarded` (RFC 7239) is ignored:
//! proxies that append to one header pass the other on as the client sent it.

use std::net::{IpAddr, SocketAddr};

use axum::http::HeaderMap;
use ipnet::IpNet;

const X_FORWARDED_FOR: &str = "x-forwarded-for";

/// The client's address. If a proxy named none, or an unreadable one, that proxy's own address.
pub(crate) fn client(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let is_ours = |address: IpAddr| trusted.iter().any(|net| net.contains(&address));
    let mut found = peer.to_canonical();
    // The last entry of the last header first.
    for line in headers.get_all(X_FORWARDED_FOR).into_iter().rev() {
        // A line that is not text only shows that something was there.
        for entry in line.to_str().unwrap_or("?").rsplit(',') {
            let entry = entry.trim_matches([' ', '\t']);
            // Empty list elements are ignored (RFC 9110 §5.6.1.2).
            if entry.is_empty() {
                continue;
            }
            match address(entry) {
                Some(address) if is_ours(found) => found = address,
                _ => return found,
            }
        }
    }
    found
}

/// An address, with or without a port; `unknown` and `_names` are not addresses.
fn address(text: &str) -> Option<IpAddr> {
    let bracketed = || text.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    let address: IpAddr = text
        .parse()
        .ok()
        .or_else(|| text.parse::<SocketAddr>().ok().map(|socket| socket.ip()))
        .or_else(|| bracketed().map(IpAddr::V6))?;
    Some(address.to_canonical())
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};
    use proptest::prelude::*;

    use super::*;

    const PROXY: &str = "10.0.0.1";

    fn trusted() -> Vec<IpNet> {
        ["10.0.0.0/8", "2001:db8:ffff::/48"]
            .iter()
            .map(|net| net.parse().unwrap())
            .collect()
    }

    fn ask(peer: &str, lines: &[(&str, &str)]) -> String {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(
                HeaderName::from_bytes(name.as_bytes()).unwrap(),
                HeaderValue::from_bytes(value.as_bytes()).unwrap(),
            );
        }
        client(peer.parse().unwrap(), &headers, &trusted()).to_string()
    }

    #[test]
    fn strangers_are_not_believed() {
        for peer in ["203.0.113.9", "2001:db8::9"] {
            assert_eq!(ask(peer, &[("X-Forwarded-For", "10.0.0.1")]), peer);
            assert_eq!(ask(peer, &[]), peer);
        }
        assert_eq!(ask("::ffff:203.0.113.9", &[]), "203.0.113.9");
    }

    #[test]
    fn x_forwarded_for_is_read_from_the_right() {
        for (value, expected) in [
            ("", PROXY),
            (" , ", PROXY),
            ("203.0.113.9", "203.0.113.9"),
            ("203.0.113.9:4711", "203.0.113.9"),
            ("2001:db8::9", "2001:db8::9"),
            ("[2001:db8::9]", "2001:db8::9"),
            ("[2001:db8::9]:4711", "2001:db8::9"),
            ("::ffff:203.0.113.9", "203.0.113.9"),
            ("203.0.113.9,", "203.0.113.9"),
            // Whatever the client wrote stands further left.
            ("198.51.100.1, 203.0.113.9", "203.0.113.9"),
            ("10.0.0.7, 203.0.113.9", "203.0.113.9"),
            ("nonsense, 203.0.113.9", "203.0.113.9"),
            // Over our own, to the first that is not.
            ("203.0.113.9, 10.0.0.2", "203.0.113.9"),
            (
                "198.51.100.1,203.0.113.9 , 10.0.0.3,10.0.0.2",
                "203.0.113.9",
            ),
            ("203.0.113.9, 2001:db8:ffff::2, 10.0.0.2", "203.0.113.9"),
            ("203.0.113.9, ::ffff:10.0.0.2", "203.0.113.9"),
            ("10.0.0.3, 10.0.0.2", "10.0.0.3"),
            // Malformed: the last one of ours.
            ("unknown", PROXY),
            ("203.0.113.9, unknown", PROXY),
            ("203.0.113.9, unknown, 10.0.0.2", "10.0.0.2"),
            ("203.0.113.9 10.0.0.2", PROXY),
            ("203.0.113", PROXY),
            ("203.0.113.09", PROXY),
            ("fe80::1%eth0", PROXY),
            ("[203.0.113.9]", PROXY),
            ("203.0.113.9:99999", PROXY),
            ("localhost", PROXY),
            ("\"203.0.113.9\"", PROXY),
            ("203.0.113.9é", PROXY),
        ] {
            let found = ask(PROXY, &[("X-Forwarded-For", value)]);
            assert_eq!(found, expected, "{value:?}");
        }
    }

    #[test]
    fn several_lines_are_one_list() {
        let x = "X-Forwarded-For";
        assert_eq!(
            ask(
                PROXY,
                &[(x, "198.51.100.1"), (x, "203.0.113.9"), (x, "10.0.0.2")]
            ),
            "203.0.113.9"
        );
        // The client's own line does not spoil the proxy's.
        assert_eq!(ask(PROXY, &[(x, "\""), (x, "203.0.113.9")]), "203.0.113.9");
        assert_eq!(ask(PROXY, &[(x, "203.0.113.9"), (x, "é")]), PROXY);
    }

    #[test]
    fn forwarded_is_not_read() {
        let lines = [
            ("Forwarded", "for=198.51.100.1"),
            ("X-Forwarded-For", "203.0.113.9"),
        ];
        assert_eq!(ask(PROXY, &lines[..1]), PROXY);
        assert_eq!(ask(PROXY, &lines), "203.0.113.9");
    }

    /// What clients and proxies write, and what they should not.
    fn entry() -> impl Strategy<Value = String> {
        prop_oneof![
            any::<IpAddr>().prop_map(|address| address.to_string()),
            any::<SocketAddr>().prop_map(|address| address.to_string()),
            (0_u8..4).prop_map(|last| format!("10.0.0.{last}")),
            Just("::ffff:10.0.0.2".to_owned()),
            Just("2001:db8:ffff::2".to_owned()),
            "unknown|_hidden|for=192\\.0\\.2\\.1|\"10\\.0\\.0\\.2\"|\\[::1|10\\.0\\.0|",
            "[ -~\t]{0,20}",
        ]
    }

    fn headers(lines: &[Vec<u8>]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for line in lines {
            if let Ok(value) = HeaderValue::from_bytes(line) {
                headers.append(X_FORWARDED_FOR, value);
            }
        }
        headers
    }

    proptest! {
        #[test]
        fn no_bytes_panic_or_move_a_stranger(
            peer: IpAddr,
            lines in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..60), 0..4),
        ) {
            let headers = headers(&lines);
            client(PROXY.parse().unwrap(), &headers, &trusted());
            if !trusted().iter().any(|net| net.contains(&peer.to_canonical())) {
                prop_assert_eq!(client(peer, &headers, &trusted()), peer.to_canonical());
            }
        }

        /// Whatever stands there, in however many lines: the last word of a proxy of ours counts, and
        /// what stands further left changes nothing.
        #[test]
        fn nothing_to_the_left_of_the_proxys_word_counts(
            before in proptest::collection::vec(entry(), 0..6),
            lines in any::<bool>(),
            ours in "(, *10\\.0\\.0\\.[1-9]){0,3}[ ,]{0,3}",
        ) {
            let proxys = format!("203.0.113.9{ours}").into_bytes();
            let found = if lines {
                let mut all: Vec<_> = before.into_iter().map(String::into_bytes).collect();
                all.push(proxys);
                client(PROXY.parse().unwrap(), &headers(&all), &trusted())
            } else {
                let mut all = before.join(",").into_bytes();
                all.push(b',');
                all.extend(proxys);
                client(PROXY.parse().unwrap(), &headers(&[all]), &trusted())
            };
            prop_assert_eq!(found.to_string(), "203.0.113.9");
        }

        /// Lines and commas are one list: how it is cut does not matter.
        #[test]
        fn lines_are_one_list(entries in proptest::collection::vec(entry(), 0..6)) {
            let peer = PROXY.parse().unwrap();
            let one = headers(&[entries.join(",").into_bytes()]);
            let many: Vec<_> = entries.into_iter().map(String::into_bytes).collect();
            prop_assert_eq!(client(peer, &one, &trusted()), client(peer, &headers(&many), &trusted()));
        }
    }
}
