//! `_redirects`: the first line that matches; `:name` is any one part, a `*` at the end anything.

use std::collections::BTreeMap;

use dateline::base::path;

use super::Said;

#[derive(Clone, Copy, PartialEq)]
pub enum Host {
    Netlify,
    /// Knows no queries and no status but those of redirects.
    Cloudflare,
}

fn parameters(query: &str) -> BTreeMap<String, String> {
    let pairs = query.split('&').filter_map(|p| p.split_once('='));
    let decoded = pairs.map(|(name, value)| (name.to_owned(), path::decode(value).unwrap()));
    decoded.collect()
}

/// Whether an address matches. Both are compared decoded, part by part.
fn matches(pattern: &str, address: &str) -> bool {
    let (mut pattern, mut address) = (pattern.split('/'), address.split('/'));
    loop {
        match (pattern.next(), address.next()) {
            (None, None) => return true,
            (Some("*"), Some(_)) => {
                assert_eq!(pattern.next(), None, "a star stands at the end");
                return true;
            }
            (Some(p), Some(a)) => {
                let any = p.len() > 1 && p.starts_with(':');
                assert!(!p.contains('*'), "{p}");
                if !any && path::decode(p) != path::decode(a) {
                    return false;
                }
            }
            _ => return false,
        }
    }
}

pub fn answer(text: &str, host: Host, address: &str, query: Option<&str>) -> Said {
    for line in text.lines().filter(|l| !l.starts_with('#')) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let (from, rest) = words.split_first().unwrap();
        let (to, wanted) = rest[..rest.len() - 1].split_last().unwrap();
        let status = rest[rest.len() - 1];
        if host == Host::Cloudflare && (!wanted.is_empty() || status != "301") {
            continue;
        }
        let asked = parameters(query.unwrap_or_default());
        let wanted: BTreeMap<String, String> = wanted.iter().flat_map(|w| parameters(w)).collect();
        if !matches(from, address) || (!wanted.is_empty() && wanted != asked) {
            continue;
        }
        return match status {
            "301" | "301!" => Said::Moved((*to).to_owned()),
            "410" | "410!" => Said::Gone((*to).to_owned()),
            other => panic!("{other} in {line}"),
        };
    }
    Said::Nothing
}
