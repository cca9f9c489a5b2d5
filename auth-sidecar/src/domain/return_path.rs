//! Return addresses: a path of this site, and nothing else.
//!
//! The text comes from outside, and ends up in a `Location` header and a cookie. Browsers parse `Location` by the
//! URL Standard, with its own reading of `/\evil`, `//evil` or a tab in the middle. So this parses the text by the
//! same rules, against the site's own address, and keeps the serialised result. It also refuses what a less careful
//! parser (a proxy, a log, a script) might take for another address.

use std::fmt;

use percent_encoding::percent_decode_str;
use url::Url;

/// Maximum length in bytes, before and after encoding.
const LONGEST: usize = 512;

/// A path of this site with its query and fragment: ASCII, at most 512 bytes, safe in a `Location` header, and never
/// below `/api/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReturnPath(String);

impl ReturnPath {
    /// Parses a return address. `base` is the site's origin, `https://news.example.org`. `None` for anything that is
    /// not certainly a path of this site.
    pub fn parse(text: &str, base: &str) -> Option<Self> {
        if text.len() > LONGEST || !text.starts_with('/') || text.starts_with("//") {
            return None;
        }
        // The URL Standard drops tabs and line ends, trims spaces, and reads `\` as `/`.
        if text.contains(|c: char| c.is_control() || c == '\\') || text.ends_with(' ') {
            return None;
        }
        let base = Url::parse(base).ok()?;
        let url = base.join(text).ok()?;
        let stays = matches!(url.scheme(), "http" | "https")
            && url.origin() == base.origin()
            && url.username().is_empty()
            && url.password().is_none();
        if !stays || !is_page(url.path()) {
            return None;
        }
        let mut path = url.path().to_owned();
        for (mark, part) in [('?', url.query()), ('#', url.fragment())] {
            let Some(part) = part else { continue };
            if percent_decode_str(part).any(|b| b.is_ascii_control()) {
                return None;
            }
            path.push(mark);
            path.push_str(part);
        }
        (path.len() <= LONGEST).then_some(Self(path))
    }

    /// The path with its query and fragment, percent-encoded.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ReturnPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether a normalised path is safe to visit, also for parsers that decode it first.
fn is_page(path: &str) -> bool {
    // `/a/..//evil` normalises to `//evil`.
    if path.starts_with("//") {
        return false;
    }
    let decoded: Vec<u8> = percent_decode_str(path).collect();
    let strange = |b: &u8| b.is_ascii_control() || matches!(b, b'\\' | b'@');
    // The site's paths contain no encoded slash, so decoding must not create segments.
    let slashes = |bytes: &[u8]| bytes.iter().filter(|&&b| b == b'/').count();
    if decoded.iter().any(strange) || slashes(&decoded) != slashes(path.as_bytes()) {
        return false;
    }
    // Doubly encoded text is refused.
    if percent_decode_str(path).any(|b| b == b'%') {
        return false;
    }
    let mut segments = decoded[1..].split(|&b| b == b'/');
    let first = segments.next().unwrap_or_default();
    !first.eq_ignore_ascii_case(b"api") && !segments.any(|segment| segment == b"..")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BASE: &str = "https://news.example.org";

    fn parse(text: &str) -> Option<String> {
        ReturnPath::parse(text, BASE).map(|path| path.0)
    }

    #[test]
    fn paths_of_the_site_are_kept() {
        for (text, expected) in [
            ("/", "/"),
            ("/en/", "/en/"),
            ("/en/video/lisbon-doorstep/", "/en/video/lisbon-doorstep/"),
            ("/en/a?b=c&d=%2Fe#f", "/en/a?b=c&d=%2Fe#f"),
            ("/en/#rendition-1080p", "/en/#rendition-1080p"),
            ("/en/?", "/en/?"),
            ("/ar/أخبار/", "/ar/%D8%A3%D8%AE%D8%A8%D8%A7%D8%B1/"),
            (
                "/ar/%D8%A3%D8%AE%D8%A8%D8%A7%D8%B1/",
                "/ar/%D8%A3%D8%AE%D8%A8%D8%A7%D8%B1/",
            ),
            ("/a b?c d#e f", "/a%20b?c%20d#e%20f"),
            ("/a/./b/../c", "/a/c"),
            ("/a/%2e%2E/b", "/b"),
            ("/../../a", "/a"),
            ("/a//b", "/a//b"),
            ("/a:b", "/a:b"),
            ("/https://evil.example/", "/https://evil.example/"),
            ("/?next=https://evil.example", "/?next=https://evil.example"),
            ("/?next=//evil.example", "/?next=//evil.example"),
            ("/#//evil.example", "/#//evil.example"),
            ("/?mail=a@b.example", "/?mail=a@b.example"),
            ("/.evil.example", "/.evil.example"),
            ("/;a", "/;a"),
            ("/apiary/", "/apiary/"),
            ("/en/api/", "/en/api/"),
            ("/?/api/", "/?/api/"),
            ("/é\"<>`{}'", "/%C3%A9%22%3C%3E%60%7B%7D'"),
            ("/\u{202e}gpj", "/%E2%80%AEgpj"),
            ("/。", "/%E3%80%82"),
            ("/／evil.example", "/%EF%BC%8Fevil.example"),
        ] {
            assert_eq!(parse(text).as_deref(), Some(expected), "{text:?}");
        }
    }

    #[test]
    fn all_else_is_refused() {
        for text in [
            "",
            " ",
            "en/",
            "?a",
            "#a",
            ".",
            "..",
            // Other addresses.
            "//evil.example",
            "///evil.example",
            "////evil.example",
            "//evil.example/%2e%2e",
            "//news.example.org",
            "//news.example.org@evil.example",
            "//user:password@news.example.org/",
            "https://evil.example",
            "https://news.example.org/",
            "https://news.example.org.evil.example/",
            "https:evil.example",
            "https:/evil.example",
            "https:///evil.example",
            "http://news.example.org/",
            "HTTPS://evil.example",
            "javascript:alert(1)",
            "javascript://news.example.org/%0aalert(1)",
            "data:text/html,x",
            "mailto:a@b.example",
            "blob:https://news.example.org/x",
            "@evil.example",
            ".evil.example",
            ":443",
            "evil.example",
            // Backslashes.
            "/\\evil.example",
            "\\/evil.example",
            "\\\\evil.example",
            "\\evil.example",
            "/a\\b",
            "/\\/evil.example",
            "//\\evil.example",
            "/?a\\b",
            "/%5Cevil.example",
            "/%5c%5cevil.example",
            "/a/%5C..%5C",
            // What is dropped on the way.
            "/\tevil",
            "/\t/evil.example",
            "/\n/evil.example",
            "/\r/evil.example",
            "\t//evil.example",
            " //evil.example",
            " /en/",
            "/en/ ",
            "/en/\n",
            "/\0/evil.example",
            "/a\u{7f}",
            "/a\u{85}",
            "/%09/evil.example",
            "/%0a/evil.example",
            "/%0D%0ALocation:%20https://evil.example",
            "/?a=%0d%0aSet-Cookie:b",
            "/#%00",
            "/en/\r\nLocation: https://evil.example",
            // Slashes that appear.
            "/..//evil.example",
            "/.//evil.example",
            "/a/..//evil.example",
            "/a/%2e%2e//evil.example",
            "/%2e%2e//evil.example",
            "/%2F/evil.example",
            "/%2fevil.example",
            "/%2f%2fevil.example",
            "/a%2fb",
            "/%252fevil.example",
            "/%255cevil.example",
            // Who is who.
            "/@evil.example",
            "/a@evil.example/",
            "/%40evil.example",
            "//@evil.example",
            // What does something.
            "/api",
            "/api/",
            "/api?x",
            "/api#x",
            "/api/logout",
            "/API/logout",
            "/a/../api/logout",
            "/./api/logout",
            "/%61pi/logout",
            "/%2561pi/logout",
            "/x/%2e%2e/api/",
            "/a/..%2fapi/",
        ] {
            assert_eq!(parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn lengths_are_those_of_both_forms() {
        let plain = |bytes: usize| format!("/{}", "a".repeat(bytes - 1));
        assert_eq!(parse(&plain(512)), Some(plain(512)));
        assert_eq!(parse(&plain(513)), None);
        assert_eq!(parse(&format!("/{}", "é".repeat(85))).unwrap().len(), 511);
        assert_eq!(parse(&format!("/{}", "é".repeat(86))), None);
        assert_eq!(parse(&format!("/{}", "a/../".repeat(200_000))), None);
    }

    #[test]
    fn the_base_decides_what_this_site_is() {
        for base in ["https://news.example.org:8443", "http://localhost:3000"] {
            assert_eq!(ReturnPath::parse("/en/", base).unwrap().as_str(), "/en/");
            assert_eq!(ReturnPath::parse("//news.example.org/", base), None);
        }
        for base in [
            "",
            "news.example.org",
            "file:///srv",
            "data:,",
            "mailto:a@b.c",
        ] {
            assert_eq!(ReturnPath::parse("/en/", base), None, "{base}");
        }
    }

    fn sound(text: &str) {
        let Some(path) = ReturnPath::parse(text, BASE) else {
            return;
        };
        let path = path.as_str();
        assert!(path.len() <= LONGEST && path.starts_with('/') && !path.starts_with("//"));
        assert!(path.bytes().all(|b| b.is_ascii_graphic()), "{path:?}");
        let base = Url::parse(BASE).unwrap();
        let url = base.join(path).unwrap();
        assert_eq!(url.origin(), base.origin());
        assert_eq!(url.as_str(), format!("{BASE}{path}"), "it is normal");
        assert!(!url.path().starts_with("/api/"));
        // Put together by hand it is the same.
        assert_eq!(Url::parse(&format!("{BASE}{path}")).unwrap(), url);
        assert_eq!(parse(path).as_deref(), Some(path), "it reads as itself");
    }

    proptest! {
        #[test]
        fn any_text_stays_on_the_site(text in ".*") {
            sound(&text);
            sound(&format!("/{text}"));
        }

        #[test]
        fn tricks_stay_on_the_site(parts in proptest::collection::vec(
            prop_oneof![
                Just("/"), Just("//"), Just("\\"), Just("."), Just(".."), Just("%2e"), Just("%2F"),
                Just("%5c"), Just("%09"), Just("%"), Just("%25"), Just("\t"), Just("\n"), Just(" "),
                Just("@"), Just(":"), Just("?"), Just("#"), Just("https:"), Just("evil.example"),
                Just("api"), Just("é"), Just("／"), Just("\u{202e}"), Just(";"), Just("["),
            ],
            0..12,
        )) {
            let text = parts.concat();
            sound(&text);
            sound(&format!("/{text}"));
        }
    }
}
