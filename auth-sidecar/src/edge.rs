//! `dist/edge/headers.json`: response headers, redirects and removed pages, in a form that favours
//! no CDN or web server.
//!
//! The generator writes it beside the forms that servers read (`_headers`, `nginx.conf` …), and
//! both `dateline-auth serve --site` and `dateline dev` apply it. Only serde is needed here.
//!
//! Paths are written decoded (`/ar/أخبار/`), as the files of the site are named. A redirect's `to`
//! is an address: what a URL may not hold is encoded when it is sent, `%` stays as it is.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The version that this crate writes, and the only one that it reads.
pub const VERSION: u32 = 1;

/// All rules of a site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EdgeRules {
    /// The format's version, [`VERSION`].
    pub version: u32,
    /// Headers by pattern. Where several match, the later one wins, header by header.
    #[serde(default)]
    pub headers: Vec<HeaderRule>,
    /// Redirects by the exact path that they lead away from; a list in the file.
    #[serde(default, with = "redirect_list")]
    pub redirects: BTreeMap<String, Redirect>,
    /// Exact paths that answer 410 Gone.
    #[serde(default)]
    pub gone: BTreeSet<String>,
}

impl Default for EdgeRules {
    fn default() -> Self {
        Self {
            version: VERSION,
            headers: Vec::new(),
            redirects: BTreeMap::new(),
            gone: BTreeSet::new(),
        }
    }
}

/// The headers of the paths that match one pattern.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeaderRule {
    /// An exact path, or a prefix followed by `*` as the last character.
    pub path: String,
    /// Header names and values.
    pub headers: BTreeMap<String, String>,
}

impl HeaderRule {
    fn matches(&self, path: &str) -> bool {
        match self.path.strip_suffix('*') {
            Some(prefix) => path.starts_with(prefix),
            None => path == self.path,
        }
    }
}

/// Where a path leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redirect {
    /// The new address: a path of the site, or an absolute URL.
    pub to: String,
    /// The status: 301, 302, 303, 307 or 308.
    pub status: u16,
}

impl EdgeRules {
    /// Reads and checks the rules.
    ///
    /// # Errors
    /// When it is not JSON of this shape, has a version other than [`VERSION`], names a path twice,
    /// or holds a pattern or status that has no meaning here.
    pub fn from_json(bytes: &[u8]) -> Result<Self, EdgeError> {
        #[derive(Deserialize)]
        struct Version {
            version: u64,
        }
        let Version { version } = serde_json::from_slice(bytes).map_err(EdgeError::Syntax)?;
        if version != u64::from(VERSION) {
            return Err(EdgeError::Version { found: version });
        }
        let rules: Self = serde_json::from_slice(bytes).map_err(EdgeError::Syntax)?;
        rules.validate()?;
        Ok(rules)
    }

    /// The rules as JSON, the same bytes for the same content, with a line feed at the end.
    ///
    /// # Errors
    /// Only when the serialiser fails, which no value of this type is known to cause.
    pub fn to_json(&self) -> Result<Vec<u8>, EdgeError> {
        let mut bytes = serde_json::to_vec_pretty(self).map_err(EdgeError::Syntax)?;
        bytes.push(b'\n');
        Ok(bytes)
    }

    /// Checks what the types cannot say.
    ///
    /// # Errors
    /// [`EdgeError::Invalid`] for the first value that is wrong.
    pub fn validate(&self) -> Result<(), EdgeError> {
        for rule in &self.headers {
            let prefix = rule.path.strip_suffix('*').unwrap_or(&rule.path);
            if !prefix.starts_with('/') || prefix.contains('*') {
                return Err(EdgeError::Invalid(format!(
                    "the pattern {:?} is neither a path nor a path that ends in `*`",
                    rule.path
                )));
            }
            for (name, value) in &rule.headers {
                if !is_field_name(name) || value.chars().any(char::is_control) {
                    return Err(EdgeError::Invalid(format!(
                        "{:?} has the header {name:?}: {value:?}, which cannot be sent",
                        rule.path
                    )));
                }
            }
        }
        for (from, redirect) in &self.redirects {
            if !matches!(redirect.status, 301 | 302 | 303 | 307 | 308) {
                return Err(EdgeError::Invalid(format!(
                    "the redirect of {from:?} has status {}",
                    redirect.status
                )));
            }
        }
        Ok(())
    }

    /// The headers of a path: of all rules that match, the later winning header by header. Names
    /// compare without case; the order is that in which names first appear.
    #[must_use]
    pub fn headers_for(&self, path: &str) -> Vec<(&str, &str)> {
        let mut found: Vec<(&str, &str)> = Vec::new();
        for rule in self.headers.iter().filter(|rule| rule.matches(path)) {
            for (name, value) in &rule.headers {
                match found
                    .iter_mut()
                    .find(|(known, _)| known.eq_ignore_ascii_case(name))
                {
                    Some(entry) => *entry = (name, value),
                    None => found.push((name, value)),
                }
            }
        }
        found
    }

    /// Where exactly this path leads, if anywhere.
    #[must_use]
    pub fn redirect(&self, path: &str) -> Option<&Redirect> {
        self.redirects.get(path)
    }

    /// Whether exactly this path was removed for good.
    #[must_use]
    pub fn is_gone(&self, path: &str) -> bool {
        self.gone.contains(path)
    }
}

/// A token (RFC 9110 §5.6.2).
fn is_field_name(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}

/// Redirects are a list of `{from, to, status}` in the file and a map in memory.
mod redirect_list {
    use serde::de::Error as _;

    use super::{BTreeMap, Deserialize, Deserializer, Redirect, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    struct Entry {
        from: String,
        to: String,
        status: u16,
    }

    pub(super) fn serialize<S: Serializer>(
        redirects: &BTreeMap<String, Redirect>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(redirects.iter().map(|(from, redirect)| Entry {
            from: from.clone(),
            to: redirect.to.clone(),
            status: redirect.status,
        }))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<BTreeMap<String, Redirect>, D::Error> {
        let mut redirects = BTreeMap::new();
        for Entry { from, to, status } in Vec::<Entry>::deserialize(deserializer)? {
            if redirects.contains_key(&from) {
                return Err(D::Error::custom(format_args!(
                    "{from:?} is redirected twice"
                )));
            }
            redirects.insert(from, Redirect { to, status });
        }
        Ok(redirects)
    }
}

/// Why edge rules were refused.
#[derive(Debug)]
#[non_exhaustive]
pub enum EdgeError {
    /// Not JSON, or not of this shape.
    Syntax(serde_json::Error),
    /// Written by another version of the generator.
    Version {
        /// The version that the file states.
        found: u64,
    },
    /// A value without meaning.
    Invalid(String),
}

impl fmt::Display for EdgeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syntax(error) => write!(f, "the edge rules cannot be read: {error}"),
            Self::Version { found } => write!(
                f,
                "the edge rules have version {found}, and this program knows only version \
                 {VERSION}: use `dateline` and `dateline-auth` of the same release"
            ),
            Self::Invalid(reason) => write!(f, "the edge rules are wrong: {reason}"),
        }
    }
}

impl std::error::Error for EdgeError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Syntax(error) => Some(error),
            Self::Version { .. } | Self::Invalid(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: &str = r#"{ "version": 1,
        "headers": [
            { "path": "/*", "headers": { "Cache-Control": "no-cache", "X-A": "1" } },
            { "path": "/assets/*", "headers": { "cache-control": "public, immutable" } },
            { "path": "/feed.xml", "headers": { "X-A": "2" } } ],
        "redirects": [ { "from": "/old/", "to": "/en/new/", "status": 301 } ],
        "gone": ["/en/gone/"] }"#;

    #[test]
    fn later_rules_win_header_by_header() {
        let rules = EdgeRules::from_json(SAMPLE.as_bytes()).unwrap();
        assert_eq!(
            rules.headers_for("/assets/a.css"),
            [("cache-control", "public, immutable"), ("X-A", "1")]
        );
        assert_eq!(
            rules.headers_for("/feed.xml"),
            [("Cache-Control", "no-cache"), ("X-A", "2")]
        );
        assert_eq!(
            rules.headers_for("/feed.xml/")[1],
            ("X-A", "1"),
            "exact means exact"
        );
    }

    #[test]
    fn redirects_and_gone_are_exact() {
        let rules = EdgeRules::from_json(SAMPLE.as_bytes()).unwrap();
        assert_eq!(rules.redirect("/old/").unwrap().to, "/en/new/");
        assert!(rules.redirect("/old").is_none());
        assert!(rules.is_gone("/en/gone/"));
        assert!(!rules.is_gone("/en/gone/x"));
    }

    #[test]
    fn what_is_written_reads_back() {
        let rules = EdgeRules::from_json(SAMPLE.as_bytes()).unwrap();
        let json = rules.to_json().unwrap();
        assert_eq!(EdgeRules::from_json(&json).unwrap(), rules);
        assert!(String::from_utf8(json).unwrap().contains("\"from\""));
    }

    #[test]
    fn what_has_no_meaning_is_refused() {
        for wrong in [
            r#"{"version": 2}"#,
            r#"{"version": 1, "headers": [{"path": "/a*b", "headers": {}}]}"#,
            r#"{"version": 1, "headers": [{"path": "a", "headers": {}}]}"#,
            r#"{"version": 1, "headers": [{"path": "/", "headers": {"X Y": "z"}}]}"#,
            r#"{"version": 1, "headers": [{"path": "/", "headers": {"X": "a\r\nY: z"}}]}"#,
            r#"{"version": 1, "redirects": [{"from": "/a", "to": "/b", "status": 200}]}"#,
            r#"{"version": 1, "redirects": [{"from": "/a", "to": "/b", "status": 301},
                {"from": "/a", "to": "/c", "status": 301}]}"#,
        ] {
            assert!(EdgeRules::from_json(wrong.as_bytes()).is_err(), "{wrong}");
        }
    }
}
