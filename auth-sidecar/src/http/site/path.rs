//! Maps a request's path to a file name, refusing ambiguous ones.

use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};

/// Characters to escape in a path (the WHATWG URL standard's path set), and `\`, which browsers treat as `/`.
const ENCODED: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'\\')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'}');

/// A decoded path of the site: it starts with `/`, and each segment is a plain name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SitePath(String);

impl SitePath {
    /// Decodes a request's path; none if no file of the site can have it.
    pub(super) fn parse(raw: &str) -> Option<Self> {
        // Some programs treat an encoded slash as part of a name, others as a separator.
        if raw.to_ascii_lowercase().contains("%2f") {
            return None;
        }
        let decoded = percent_decode_str(raw).decode_utf8().ok()?;
        let names = decoded.strip_prefix('/')?;
        if names.contains('\\') || names.chars().any(char::is_control) {
            return None;
        }
        let folder = names.strip_suffix('/').unwrap_or(names);
        let plain = (names.is_empty())
            || folder.split('/').enumerate().all(|(depth, name)| {
                // Hidden files are never served, except `.well-known` (RFC 8615).
                !name.is_empty()
                    && (!name.starts_with('.') || (depth == 0 && name == ".well-known"))
            });
        plain.then(|| Self(decoded.into_owned()))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the path names a folder.
    pub(super) fn is_folder(&self) -> bool {
        self.0.ends_with('/')
    }

    /// The file's name below the site's root; a folder's is its index.
    pub(super) fn key(&self) -> String {
        let name = &self.0[1..];
        if self.is_folder() {
            format!("{name}index.html")
        } else {
            name.to_owned()
        }
    }

    /// The first segment, which is the language.
    pub(super) fn language(&self) -> Option<&str> {
        let (first, _) = self.0[1..].split_once('/')?;
        (!first.is_empty()).then_some(first)
    }
}

/// A decoded path, escaped for a URL.
pub(super) fn encode(path: &str) -> String {
    utf8_percent_encode(&path.replace('%', "%25"), ENCODED).to_string()
}

/// Escapes the characters of an address that still need it.
pub(super) fn encode_address(address: &str) -> String {
    // `?` and `#` keep their meaning here.
    const ADDRESS: &AsciiSet = &ENCODED.remove(b'?').remove(b'#');
    utf8_percent_encode(address, ADDRESS).to_string()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn plain_paths_become_names() {
        for (raw, key) in [
            ("/", "index.html"),
            ("/en/", "en/index.html"),
            ("/en/news", "en/news"),
            ("/en/feed.xml", "en/feed.xml"),
            ("/ar/%D8%A3%D8%AE%D8%A8%D8%A7%D8%B1/", "ar/أخبار/index.html"),
            ("/a%20b", "a b"),
            ("/100%25", "100%"),
            ("/%252e%252e/x", "%2e%2e/x"),
            ("/.well-known/security.txt", ".well-known/security.txt"),
            ("/a..b", "a..b"),
        ] {
            let path = SitePath::parse(raw);
            assert_eq!(path.map(|p| p.key()).as_deref(), Some(key), "{raw}");
        }
    }

    #[test]
    fn ambiguous_paths_are_refused() {
        for raw in [
            "",
            "*",
            "//",
            "//evil.example/",
            "/en//news/",
            "/..",
            "/../x",
            "/en/../../x",
            "/./en",
            "/%2e%2e/x",
            "/%2E./x",
            "/en%2f..%2fx",
            "/en%2Fx",
            "/..%5cx",
            "/en\\x",
            "/%00",
            "/en/%00.html",
            "/x%0a",
            "/%c0%ae%c0%ae/x",
            "/%ff",
            "/.git/config",
            "/en/.env",
            "/%2egit/config",
            "/en/.well-known/x",
        ] {
            assert_eq!(SitePath::parse(raw), None, "{raw}");
        }
    }

    #[test]
    fn addresses_are_encoded_once() {
        assert_eq!(encode("/a b/100%/é"), "/a%20b/100%25/%C3%A9");
        assert_eq!(encode_address("/é/?a=%20#b"), "/%C3%A9/?a=%20#b");
        assert_eq!(encode_address("/a\r\nb"), "/a%0D%0Ab");
    }

    proptest! {
        #[test]
        fn no_path_leads_upwards(raw in "(/|%2f|%2e|\\.|\\\\|%5c|%00|a|%){0,12}") {
            if let Some(path) = SitePath::parse(&raw) {
                let key = path.key();
                prop_assert!(key.split('/').all(|n| !n.is_empty() && n != "." && n != ".."), "{key}");
            }
        }
    }
}
