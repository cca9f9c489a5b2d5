//! Who asks, when proxies stand in between.
//!
//! Anyone can send `X-Forwarded-For` and `Forwarded` (RFC 7239). They count only when the peer is a
//! proxy that the settings name, and only as far back as such proxies reach: each of them adds at the
//! right whom it heard, so that the first address from the right that is none of ours is the client.
//! What stands left of it, the client may have written.

use std::net::{IpAddr, SocketAddr};

use axum::http::HeaderMap;
use axum::http::header::FORWARDED;
use ipnet::IpNet;

const X_FORWARDED_FOR: &str = "x-forwarded-for";

/// The client's address. Where a proxy named nobody, or nothing that can be read, it is that proxy's own.
///
/// A proxy may add to one of the two headers and pass on the other as the client wrote it. When both are
/// there and do not say the same, neither is believed, and it is the peer.
pub(crate) fn client(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let peer = peer.to_canonical();
    let is_ours = |address: IpAddr| trusted.iter().any(|net| net.contains(&address));
    if !is_ours(peer) {
        return peer;
    }
    let mut found = None;
    for (name, hops) in [
        (X_FORWARDED_FOR, x_forwarded_for as Hops),
        (FORWARDED.as_str(), forwarded),
    ] {
        if !headers.contains_key(name) {
            continue;
        }
        let mut said = peer;
        // From the right: the last header's last entry first.
        for hop in headers
            .get_all(name)
            .into_iter()
            .rev()
            .flat_map(|value| value.to_str().map_or(vec![None], hops).into_iter().rev())
        {
            match hop {
                Some(address) if is_ours(said) => said = address,
                _ => break,
            }
        }
        if found.is_some_and(|other| other != said) {
            return peer;
        }
        found = Some(said);
    }
    found.unwrap_or(peer)
}

/// The entries of one header, from left to right; `None` for one that names no address.
type Hops = fn(&str) -> Vec<Option<IpAddr>>;

fn x_forwarded_for(value: &str) -> Vec<Option<IpAddr>> {
    value
        .split(',')
        .map(|entry| entry.trim_matches([' ', '\t']))
        // Empty list elements are skipped (RFC 9110 §5.6.1.2).
        .filter(|entry| !entry.is_empty())
        .map(address)
        .collect()
}

/// `for=192.0.2.1;proto=https, for="[2001:db8::1]:443"`. A header that cannot be taken apart to its end
/// is one entry without address: where an entry begins cannot be known, if a client may have opened a
/// quote in front of it.
fn forwarded(value: &str) -> Vec<Option<IpAddr>> {
    read_forwarded(value).unwrap_or_else(|| vec![None])
}

fn read_forwarded(value: &str) -> Option<Vec<Option<IpAddr>>> {
    let mut hops = Vec::new();
    let mut rest = value;
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        if rest.is_empty() {
            return Some(hops);
        }
        // One entry: pairs by semicolon, each name once (RFC 7239 §4).
        let mut names: Vec<String> = Vec::new();
        let mut hop = None;
        loop {
            let (name, after) = rest.split_once('=')?;
            let (text, after) = pair_value(after)?;
            let name = name.to_ascii_lowercase();
            if name.is_empty() || !name.bytes().all(is_token) || names.contains(&name) {
                return None;
            }
            if name == "for" {
                hop = address(&text);
            }
            names.push(name);
            let after = after.trim_start_matches([' ', '\t']);
            match after.as_bytes().first() {
                Some(b';') => rest = after[1..].trim_start_matches([' ', '\t']),
                Some(b',') | None => {
                    rest = after;
                    break;
                }
                Some(_) => return None,
            }
        }
        hops.push(hop);
    }
}

/// A token or a quoted string at the start of a text, and what follows it.
fn pair_value(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        // An IPv4 address with its port should be quoted, and often is not.
        let end = text
            .find(|c: char| !c.is_ascii() || !(is_token(c as u8) || c == ':'))
            .unwrap_or(text.len());
        return (end > 0).then(|| (text[..end].to_owned(), &text[end..]));
    };
    let mut value = String::new();
    let mut chars = quoted.char_indices();
    loop {
        match chars.next()? {
            (end, '"') => return Some((value, &quoted[end + 1..])),
            (_, '\\') => value.push(chars.next()?.1),
            (_, c) => value.push(c),
        }
    }
}

/// `tchar` (RFC 9110 §5.6.2).
fn is_token(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b)
}

/// An address, with or without a port; `unknown` and `_names` are none.
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
            let lines = [
                ("X-Forwarded-For", "10.0.0.1"),
                ("Forwarded", "for=10.0.0.1"),
            ];
            assert_eq!(ask(peer, &lines), peer);
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
    fn forwarded_is_read_from_the_right() {
        for (value, expected) in [
            ("", PROXY),
            ("for=203.0.113.9", "203.0.113.9"),
            ("For=203.0.113.9;proto=https;by=10.0.0.1", "203.0.113.9"),
            ("proto=https ; for=203.0.113.9", "203.0.113.9"),
            ("for=203.0.113.9:80", "203.0.113.9"),
            ("for=\"203.0.113.9:80\"", "203.0.113.9"),
            ("for=\"[2001:db8::9]\"", "2001:db8::9"),
            ("for=\"[2001:db8::9]:_port\"", PROXY),
            (
                "for=\"[2001:db8::9]:4711\";host=\"a,b;c=\\\"d\"",
                "2001:db8::9",
            ),
            ("for=198.51.100.1, for=203.0.113.9", "203.0.113.9"),
            ("for=203.0.113.9,for=10.0.0.2", "203.0.113.9"),
            ("for=203.0.113.9, , for=10.0.0.2,", "203.0.113.9"),
            ("for=\"203.0.113.\\9\"", "203.0.113.9"),
            ("for=unknown", PROXY),
            ("for=_hidden", PROXY),
            ("for=203.0.113.9, for=unknown", PROXY),
            ("for=203.0.113.9, proto=http", PROXY),
            ("for=203.0.113.9, by=10.0.0.1, for=10.0.0.2", "10.0.0.2"),
            // What cannot be taken apart.
            ("203.0.113.9", PROXY),
            ("for", PROXY),
            ("for=", PROXY),
            ("=203.0.113.9", PROXY),
            ("for=203.0.113.9;for=198.51.100.1", PROXY),
            ("for=203.0.113.9;", PROXY),
            ("for=203.0.113.9 proto=http", PROXY),
            ("for =203.0.113.9", PROXY),
            ("for=[2001:db8::9]", PROXY),
            ("for=\"203.0.113.9", PROXY),
            // A quote that a client left open swallows nothing.
            ("for=\"198.51.100.1, for=203.0.113.9", PROXY),
            ("x=\", for=\"[2001:db8::9]\"", PROXY),
            ("x=\", for=203.0.113.9;by=\"y\"", PROXY),
            ("for=198.51.100.1;x=\"\\, for=203.0.113.9", PROXY),
        ] {
            let found = ask(PROXY, &[("Forwarded", value)]);
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
        assert_eq!(
            ask(
                PROXY,
                &[("Forwarded", "for=\""), ("Forwarded", "for=203.0.113.9")]
            ),
            "203.0.113.9"
        );
    }

    #[test]
    fn two_headers_must_agree() {
        let both = |x, f| ask(PROXY, &[("X-Forwarded-For", x), ("Forwarded", f)]);
        assert_eq!(both("203.0.113.9", "for=203.0.113.9"), "203.0.113.9");
        assert_eq!(
            both("203.0.113.9, 10.0.0.2", "for=203.0.113.9"),
            "203.0.113.9"
        );
        assert_eq!(both("203.0.113.9", "for=198.51.100.1"), PROXY);
        assert_eq!(both("198.51.100.1", "for=203.0.113.9"), PROXY);
        assert_eq!(both("203.0.113.9", "nonsense"), PROXY);
    }

    proptest! {
        #[test]
        fn no_header_panics(value in proptest::collection::vec(any::<u8>(), 0..60)) {
            for name in ["x-forwarded-for", "forwarded"] {
                if let Ok(value) = HeaderValue::from_bytes(&value) {
                    let mut headers = HeaderMap::new();
                    headers.append(name, value);
                    client(PROXY.parse().unwrap(), &headers, &trusted());
                }
            }
        }

        #[test]
        fn nothing_to_the_left_of_the_proxys_word_counts(
            before in "[ -~]{0,40}",
            quoted in "(for=|x=)?\"?[ -~]{0,30}",
        ) {
            let x = format!("{before}, 203.0.113.9, 10.0.0.2");
            prop_assert_eq!(ask(PROXY, &[("X-Forwarded-For", &x)]), "203.0.113.9");
            for added in ["for=203.0.113.9", "for=203.0.113.9;by=\"10.0.0.1\"", "for=\"203.0.113.9\""] {
                let found = ask(PROXY, &[("Forwarded", &format!("{quoted}, {added}"))]);
                prop_assert!(found == "203.0.113.9" || found == PROXY, "{} {}", quoted, found);
            }
        }
    }
}
