//! CSRF protection: whether a request that changes something comes from this site.
//!
//! `Sec-Fetch-Site` states it; without it, `Origin` must be the site's own. A form with neither is refused. JSON
//! with neither is accepted: no browser sends it cross-site without a preflight, and none is ever granted.

use axum::http::{HeaderMap, header};
use url::Url;

/// The request's host, as a source of a security policy.
pub(super) fn host(headers: &HeaderMap) -> Option<&str> {
    let host = headers.get(header::HOST)?.to_str().ok()?;
    dateline_contract::edge::host_source(host)
}

pub(super) fn is_own(headers: &HeaderMap, base_url: &str, is_form: bool) -> bool {
    let mut sites = headers.get_all("sec-fetch-site").into_iter();
    match (sites.next(), sites.next()) {
        (Some(site), None) => return site == "same-origin" || site == "none",
        (Some(_), Some(_)) => return false,
        (None, _) => {}
    }
    let mut origins = headers.get_all(header::ORIGIN).into_iter();
    match (origins.next(), origins.next()) {
        (Some(origin), None) => origin == base_url,
        (Some(_), Some(_)) => false,
        (None, _) => !is_form,
    }
}

/// Whether a GET was started by this site or the reader, so that its effects are wanted. A browser without
/// `Sec-Fetch-Site` at least sends a referrer; programs send neither.
pub(super) fn is_wanted(headers: &HeaderMap, base_url: &str) -> bool {
    let mut sites = headers.get_all("sec-fetch-site").into_iter();
    match (sites.next(), sites.next()) {
        (Some(site), None) => site == "same-origin" || site == "none",
        (Some(_), Some(_)) => false,
        (None, _) => headers.get_all(header::REFERER).into_iter().all(|page| {
            let page = page.to_str().ok().and_then(|page| Url::parse(page).ok());
            page.is_some_and(|page| page.origin().ascii_serialization() == base_url)
        }),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn each_header_alone_and_both() {
        let base = "https://news.example.org";
        for (site, origin, form, json) in [
            (None, None, false, true),
            (Some("same-origin"), None, true, true),
            (Some("none"), None, true, true),
            (Some("same-site"), None, false, false),
            (Some("cross-site"), None, false, false),
            (Some("cross-site"), Some(base), false, false),
            (
                Some("same-origin"),
                Some("https://evil.example"),
                true,
                true,
            ),
            (None, Some(base), true, true),
            (None, Some("https://evil.example"), false, false),
            (None, Some("http://news.example.org"), false, false),
            (None, Some("https://news.example.org:444"), false, false),
            (
                None,
                Some("https://news.example.org.evil.example"),
                false,
                false,
            ),
            (None, Some("null"), false, false),
            (Some(""), Some(base), false, false),
        ] {
            let mut headers = HeaderMap::new();
            if let Some(site) = site {
                headers.insert("sec-fetch-site", HeaderValue::from_static(site));
            }
            if let Some(origin) = origin {
                headers.insert(header::ORIGIN, HeaderValue::from_static(origin));
            }
            assert_eq!(is_own(&headers, base, true), form, "{site:?} {origin:?}");
            assert_eq!(is_own(&headers, base, false), json, "{site:?} {origin:?}");
        }
    }

    #[test]
    fn a_header_twice_says_nothing() {
        let base = "https://news.example.org";
        let mut headers = HeaderMap::new();
        headers.append("sec-fetch-site", HeaderValue::from_static("same-origin"));
        headers.append("sec-fetch-site", HeaderValue::from_static("cross-site"));
        assert!(!is_own(&headers, base, false));
        let mut headers = HeaderMap::new();
        headers.append(
            header::ORIGIN,
            HeaderValue::from_static("https://news.example.org"),
        );
        headers.append(
            header::ORIGIN,
            HeaderValue::from_static("https://evil.example"),
        );
        assert!(!is_own(&headers, base, false));
    }
}
