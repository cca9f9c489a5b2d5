//! `dist/edge/headers.json`: response headers, redirects and removed pages, in a form that favours
//! no CDN or web server.
//!
//! The generator writes it beside the forms that servers read (`_headers`, `nginx.conf` …), and
//! both `dateline-auth serve --site` and `dateline dev` apply it.
//!
//! A rule's source is written as in a browser (`/ar/أخبار/`, `/story.asp?id=123`), or as a folder with everything below
//! it (`/old/*`); see [`RequestPattern`]. A redirect's `to` is an address: characters that a URL must not contain are
//! encoded when it is sent; `%` stays as it is.

mod pattern;
mod policy;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use self::pattern::RequestPattern;
pub use self::policy::allow_media;

/// The version that this crate writes, and the only one it reads.
pub const VERSION: u32 = 2;

/// All rules of a site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EdgeRules {
    /// The format's version, [`VERSION`].
    pub version: u32,
    /// The address that the site was built for and that its security policies contain: `https://news.example.org`.
    #[serde(default)]
    pub base_url: Option<String>,
    /// Headers by pattern. Where several match, the later one wins, header by header.
    #[serde(default)]
    pub headers: Vec<HeaderRule>,
    /// Redirects by source; a list in the file.
    #[serde(default, with = "redirect_list")]
    pub redirects: BTreeMap<RequestPattern, Redirect>,
    /// Requests that get 410 Gone.
    #[serde(default)]
    pub gone: BTreeSet<RequestPattern>,
}

impl Default for EdgeRules {
    fn default() -> Self {
        Self {
            version: VERSION,
            base_url: None,
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

/// The target of a redirect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Redirect {
    /// The new address: a path of the site, or an absolute URL.
    pub to: String,
    /// The status: 301, 302, 303, 307 or 308.
    pub status: u16,
}

/// The response of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer<'a> {
    /// A redirect.
    Moved(&'a Redirect),
    /// Removed permanently.
    Gone,
}

impl EdgeRules {
    /// Reads and checks the rules.
    ///
    /// # Errors
    /// When it is not JSON of this shape, has a version other than [`VERSION`], names a path twice,
    /// or has an invalid pattern or status.
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

    /// Checks rules beyond the types.
    ///
    /// # Errors
    /// [`EdgeError::Invalid`] for the first invalid value.
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
                    "the redirect of {from} has status {}",
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

    /// Extends a security policy to a site that is also served at `origins`: everything that it allows below the site's
    /// own origin is allowed below these too. An origin without a scheme has the page's.
    #[must_use]
    pub fn policy_at(&self, policy: &str, origins: &[&str]) -> String {
        let Some(base) = self.base_url.as_deref() else {
            return policy.to_owned();
        };
        let sources = |directive: &str| {
            let mut all: Vec<String> = Vec::new();
            for source in directive.split(' ') {
                all.push(source.to_owned());
                let inside = source
                    .strip_prefix(base)
                    .filter(|rest| rest.starts_with('/'));
                let others = inside
                    .iter()
                    .flat_map(|rest| origins.iter().map(move |o| format!("{o}{rest}")));
                let new: Vec<String> = others.filter(|other| other != source).collect();
                all.extend(new);
            }
            all.join(" ")
        };
        let directives: Vec<String> = policy.split(';').map(sources).collect();
        directives.join(";")
    }

    /// The response for a decoded path and a query as sent. The most specific rule applies: one with this query, then
    /// one for the path, then the one for the deepest folder above it. A folder also matches without its final
    /// slash.
    #[must_use]
    pub fn answer(&self, path: &str, query: Option<&str>) -> Option<Answer<'_>> {
        let as_folder = (!path.ends_with('/')).then(|| format!("{path}/"));
        let forms = || std::iter::once(path).chain(as_folder.as_deref());
        let with_query = query.into_iter().flat_map(|query| {
            forms().map(move |path| RequestPattern {
                path: path.to_owned(),
                query: Some(query.to_owned()),
                below: false,
            })
        });
        let plain = forms().map(RequestPattern::exactly);
        let whole = as_folder.as_deref().unwrap_or(path);
        let slashes = whole.rmatch_indices('/');
        let above = slashes.map(|(at, _)| RequestPattern::below(&whole[..=at]));
        let mut all = with_query.chain(plain).chain(above);
        all.find_map(|pattern| self.rule(&pattern))
    }

    /// The response of the rule for exactly this pattern.
    #[must_use]
    pub fn rule(&self, pattern: &RequestPattern) -> Option<Answer<'_>> {
        match self.redirects.get(pattern) {
            Some(redirect) => Some(Answer::Moved(redirect)),
            None => self.gone.contains(pattern).then_some(Answer::Gone),
        }
    }
}

/// A `Host` header as a source of a security policy; `None` where a policy could be misread.
#[must_use]
pub fn host_source(host: &str) -> Option<&str> {
    let (name, port) = host.split_once(':').unwrap_or((host, "0"));
    let plain = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'.' | b'-');
    let good = !name.is_empty() && name.bytes().all(plain) && !port.is_empty();
    (good && port.bytes().all(|c| c.is_ascii_digit())).then_some(host)
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

    use super::{
        BTreeMap, Deserialize, Deserializer, Redirect, RequestPattern, Serialize, Serializer,
    };

    #[derive(Serialize, Deserialize)]
    struct Entry {
        from: RequestPattern,
        to: String,
        status: u16,
    }

    pub(super) fn serialize<S: Serializer>(
        redirects: &BTreeMap<RequestPattern, Redirect>,
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
    ) -> Result<BTreeMap<RequestPattern, Redirect>, D::Error> {
        let mut redirects = BTreeMap::new();
        for Entry { from, to, status } in Vec::<Entry>::deserialize(deserializer)? {
            if redirects.contains_key(&from) {
                return Err(D::Error::custom(format_args!("{from} is redirected twice")));
            }
            redirects.insert(from, Redirect { to, status });
        }
        Ok(redirects)
    }
}

/// Why edge rules were rejected.
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
    /// An invalid value.
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

    const SAMPLE: &str = r#"{ "version": 2,
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
    fn the_closest_rule_counts() {
        let rules = r#"{ "version": 2,
            "redirects": [ { "from": "/old/", "to": "/en/new/", "status": 301 },
                { "from": "/old/*", "to": "/en/", "status": 301 },
                { "from": "/old/deep/*", "to": "/en/deep/", "status": 301 },
                { "from": "/old/story.asp?id=1", "to": "/en/one/", "status": 301 },
                { "from": "/x%2A", "to": "/en/star/", "status": 301 } ],
            "gone": ["/en/gone/", "/old/story.asp?id=2", "/blog/*"] }"#;
        let rules = EdgeRules::from_json(rules.as_bytes()).unwrap();
        let to = |path: &str, query: Option<&str>| match rules.answer(path, query) {
            Some(Answer::Moved(redirect)) => redirect.to.clone(),
            Some(Answer::Gone) => "gone".to_owned(),
            None => "none".to_owned(),
        };
        for (path, query, answer) in [
            ("/old/", None, "/en/new/"),
            ("/old", Some("utm=1"), "/en/new/"),
            ("/older", None, "none"),
            ("/old/x", None, "/en/"),
            ("/old/deep", None, "/en/deep/"),
            ("/old/deep/x/y", None, "/en/deep/"),
            ("/old/deeper", None, "/en/"),
            ("/old/story.asp", Some("id=1"), "/en/one/"),
            ("/old/story.asp", Some("id=2"), "gone"),
            ("/old/story.asp", Some("id=3"), "/en/"),
            ("/x*", None, "/en/star/"),
            ("/xy", None, "none"),
            ("/en/gone", None, "gone"),
            ("/en/gone/x", None, "none"),
            ("/blog", None, "gone"),
            ("/", None, "none"),
        ] {
            assert_eq!(to(path, query), answer, "{path} {query:?}");
        }
    }

    #[test]
    fn a_policy_names_scripts_wherever_the_site_answers() {
        let rules = EdgeRules {
            base_url: Some("https://news.example".to_owned()),
            ..EdgeRules::default()
        };
        let policy = "default-src 'none'; script-src https://news.example/assets/a.js https://news.example.org/b.js; img-src 'self'";
        assert_eq!(
            rules.policy_at(policy, &["http://localhost:8001", "127.0.0.1:8001"]),
            "default-src 'none'; script-src https://news.example/assets/a.js http://localhost:8001/assets/a.js \
             127.0.0.1:8001/assets/a.js https://news.example.org/b.js; img-src 'self'"
        );
        assert_eq!(rules.policy_at(policy, &["https://news.example"]), policy);
        assert_eq!(EdgeRules::default().policy_at(policy, &["x"]), policy);
        assert_eq!(host_source("localhost:8000"), Some("localhost:8000"));
        for odd in [
            "",
            ":80",
            "a b",
            "a;b",
            "*",
            "*.example",
            "'self'",
            "a:",
            "a:*",
            "[::1]:80",
            "a/b",
            "a,b",
        ] {
            assert_eq!(host_source(odd), None, "{odd}");
        }
    }

    #[test]
    fn what_is_written_reads_back() {
        let rules = EdgeRules::from_json(SAMPLE.as_bytes()).unwrap();
        let json = rules.to_json().unwrap();
        assert_eq!(EdgeRules::from_json(&json).unwrap(), rules);
        assert!(String::from_utf8(json).unwrap().contains("\"from\""));
    }

    #[test]
    fn invalid_rules_are_refused() {
        for wrong in [
            r#"{"version": 1}"#,
            r#"{"version": 2, "headers": [{"path": "/a*b", "headers": {}}]}"#,
            r#"{"version": 2, "headers": [{"path": "a", "headers": {}}]}"#,
            r#"{"version": 2, "headers": [{"path": "/", "headers": {"X Y": "z"}}]}"#,
            r#"{"version": 2, "headers": [{"path": "/", "headers": {"X": "a\r\nY: z"}}]}"#,
            r#"{"version": 2, "redirects": [{"from": "/a", "to": "/b", "status": 200}]}"#,
            r#"{"version": 2, "redirects": [{"from": "/a", "to": "/b", "status": 301},
                {"from": "/a", "to": "/c", "status": 301}]}"#,
        ] {
            assert!(EdgeRules::from_json(wrong.as_bytes()).is_err(), "{wrong}");
        }
    }
}
