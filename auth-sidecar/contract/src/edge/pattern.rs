//! The requests that a rule applies to, and their notation.

use std::fmt::{self, Write as _};
use std::str::FromStr;

use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// The requests that a rule applies to.
///
/// As text: a path from the root, where `%XX` is a byte; after a `?` the query, exactly as sent; a final `/*` for
/// everything below. A literal star in a path is written `%2A`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestPattern {
    /// The path, decoded.
    pub path: String,
    /// The query; `None` matches any query.
    pub query: Option<String>,
    /// Whether everything below `path`, which then ends in a slash, matches.
    pub below: bool,
}

impl RequestPattern {
    /// Matches this path only.
    #[must_use]
    pub fn exactly(path: &str) -> Self {
        Self {
            path: path.to_owned(),
            query: None,
            below: false,
        }
    }

    /// Matches everything below a folder.
    #[must_use]
    pub fn below(folder: &str) -> Self {
        Self {
            path: folder.to_owned(),
            query: None,
            below: true,
        }
    }

    /// Whether this matches every request that `other` matches.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        match self.below {
            true => {
                let bare = self.path.strip_suffix('/').unwrap_or_default();
                other.path.starts_with(&self.path) || other.path == bare
            }
            false => self == other,
        }
    }
}

/// Rejects paths that no browser sends as written, or that no file of a site can have.
fn path(raw: &str) -> Result<String, &'static str> {
    if raw.contains('*') {
        return Err(
            "a `*` may stand at the end alone, behind a slash; write %2A for a star itself",
        );
    }
    if raw.to_ascii_lowercase().contains("%2f") {
        return Err("an encoded slash means different things to different servers");
    }
    let escapes = raw.match_indices('%').all(|(at, _)| {
        let digits = raw.as_bytes().get(at + 1..at + 3);
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    });
    let decoded = percent_decode_str(raw).decode_utf8();
    let Some(decoded) = decoded.ok().filter(|_| escapes) else {
        return Err(
            "what stands behind a `%` is not the code of a character; write %25 for a `%` itself",
        );
    };
    if decoded.contains('\\') || decoded.chars().any(char::is_control) {
        return Err("no address holds a backslash or a control character");
    }
    let inside = decoded
        .strip_prefix('/')
        .ok_or("it must begin with a slash")?;
    let folder = inside.strip_suffix('/').unwrap_or(inside);
    for (depth, name) in folder.split('/').enumerate() {
        match name {
            "" if inside.is_empty() => {}
            "" => return Err("browsers and servers fold doubled slashes into one"),
            "." | ".." => return Err("browsers fold `.` and `..` away"),
            ".well-known" if depth == 0 => {}
            _ if name.starts_with('.') => {
                return Err("names that begin with a dot are never served");
            }
            _ => {}
        }
    }
    Ok(decoded.into_owned())
}

/// Characters that a query must not contain (the WHATWG URL standard's special-query set).
const QUERY: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'<')
    .add(b'>')
    .add(b'\'');

impl FromStr for RequestPattern {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.contains('#') {
            return Err("browsers keep what stands behind a `#` to themselves");
        }
        let (raw, query) = match text.split_once('?') {
            Some((raw, query)) => (raw, Some(query)),
            None => (text, None),
        };
        if query == Some("") {
            return Err("nothing stands behind the `?`");
        }
        let folder = raw.strip_suffix('*').filter(|folder| folder.ends_with('/'));
        if folder.is_some() && query.is_some() {
            return Err("a query cannot follow a `*`");
        }
        Ok(Self {
            path: path(folder.unwrap_or(raw))?,
            query: query.map(|query| utf8_percent_encode(query, QUERY).to_string()),
            below: folder.is_some(),
        })
    }
}

impl fmt::Display for RequestPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.path.chars() {
            match c {
                '%' | '*' | '?' | '#' => write!(f, "%{:02X}", u32::from(c))?,
                c => f.write_char(c)?,
            }
        }
        match &self.query {
            Some(query) => write!(f, "?{query}"),
            None if self.below => f.write_char('*'),
            None => Ok(()),
        }
    }
}

impl Serialize for RequestPattern {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for RequestPattern {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        let wrong = |why| de::Error::custom(format_args!("{text:?} is no address: {why}"));
        text.parse().map_err(wrong)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn patterns_are_written_as_they_are_read() {
        let pattern = |text: &str| text.parse::<RequestPattern>();
        assert_eq!(pattern("/a%20b"), Ok(RequestPattern::exactly("/a b")));
        assert_eq!(pattern("/old/*"), Ok(RequestPattern::below("/old/")));
        assert_eq!(pattern("/old/%2A"), Ok(RequestPattern::exactly("/old/*")));
        let story = pattern("/story.asp?id=1&q=é").unwrap();
        assert_eq!(
            (&*story.path, story.query.as_deref()),
            ("/story.asp", Some("id=1&q=%C3%A9"))
        );
        for wrong in [
            "", "old/", "/a*", "/a/*/b", "/a?", "/a/*?b=1", "/a#b", "/a%zz", "/a%2", "/a%ff",
            "/a//b", "//a/", "/a/../b", "/.git/", "/a\\b", "/a%0ab", "/a%2Fb",
        ] {
            assert!(pattern(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_folder_covers_what_lies_in_it() {
        let old = RequestPattern::below("/old/");
        for (path, covered) in [
            ("/old/", true),
            ("/old", true),
            ("/old/a/b", true),
            ("/older", false),
        ] {
            assert_eq!(
                old.covers(&RequestPattern::exactly(path)),
                covered,
                "{path}"
            );
        }
        assert!(old.covers(&RequestPattern::below("/old/a/")));
        assert!(!RequestPattern::below("/old/a/").covers(&old));
    }

    proptest! {
        #[test]
        fn text_reads_back(path in "(/[a-zé*?#% :\"{}$~+&=-]{1,5}){1,3}/?", query in proptest::option::of("[a-z0-9=&%*?/{}$:]{1,8}")) {
            let pattern = RequestPattern { path, query, below: false };
            prop_assert_eq!(pattern.to_string().parse::<RequestPattern>(), Ok(pattern));
        }
    }
}
