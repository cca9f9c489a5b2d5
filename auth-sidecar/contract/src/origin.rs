//! The address of a site: scheme, host and port, in the one form that browsers send as `Origin`.
//!
//! Both programs normalise addresses with this, so that they compare equal.

use url::Url;

/// The normal form of an `http` or `https` address without a path: lower case, names of other scripts as
/// `xn--…`, no default port, no trailing slash. `None` for anything else.
#[must_use]
pub fn normal(text: &str) -> Option<String> {
    let (scheme, rest) = text.split_once("://")?;
    let host = rest.trim_end_matches('/');
    // Browsers silently change or drop these, which is not what the author meant.
    let odd = |c: char| c.is_whitespace() || c.is_control() || "/\\?#@%\"<>".contains(c);
    let known = ["http", "https"];
    let is_web = known.iter().any(|one| scheme.eq_ignore_ascii_case(one));
    if !is_web || host.is_empty() || host.contains(odd) {
        return None;
    }
    let url = Url::parse(&format!("{scheme}://{host}")).ok()?;
    Some(url.origin().ascii_serialization())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_has_one_form() {
        for (text, form) in [
            ("https://news.example.org", "https://news.example.org"),
            ("https://news.example.org/", "https://news.example.org"),
            ("https://news.example.org:443", "https://news.example.org"),
            ("http://news.example.org:80/", "http://news.example.org"),
            ("http://news.example.org:443", "http://news.example.org:443"),
            (
                "https://news.example.org:08443",
                "https://news.example.org:8443",
            ),
            ("HTTPS://News.Example.ORG", "https://news.example.org"),
            ("https://münchen.example", "https://xn--mnchen-3ya.example"),
            ("https://MÜNCHEN.example", "https://xn--mnchen-3ya.example"),
            (
                "https://أخبار.example:8443",
                "https://xn--igbicxr.example:8443",
            ),
            ("http://localhost:8001", "http://localhost:8001"),
            ("http://[::1]:80", "http://[::1]"),
            ("http://[2001:DB8:0:0::1]", "http://[2001:db8::1]"),
        ] {
            assert_eq!(normal(text).as_deref(), Some(form), "{text}");
            assert_eq!(normal(form).as_deref(), Some(form), "{form}");
        }
    }

    #[test]
    fn nothing_else_is_one() {
        for text in [
            "",
            "news.example.org",
            "https:news.example.org",
            "https:/news.example.org",
            "https://",
            "https:///news",
            "//news.example.org",
            "ftp://news.example.org",
            "file:///srv",
            "https://news.example.org/en",
            "https://news.example.org?",
            "https://news.example.org#",
            "https://user@news.example.org",
            "https://news.example.org\\en",
            " https://news.example.org",
            "https://news.exa mple.org",
            "https://news.exam\tple.org",
            "https://news.example.org:port",
            "https://news.example.org:99999",
            "https://%6eews.example.org",
            "https://xn--a.example",
            "https://1.2.3.4.5",
        ] {
            assert_eq!(normal(text), None, "{text:?}");
        }
    }
}
