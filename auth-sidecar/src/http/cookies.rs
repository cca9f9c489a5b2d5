//! The four cookies, read and written.
//!
//! All are `__Host-`: Secure, Path=/, without Domain (RFC 6265bis §4.1.3). All but the hint that the browser is
//! signed in are HttpOnly.

use std::time::Duration;

use axum::http::header::HeaderName;
use axum::http::{HeaderMap, HeaderValue, header};

use crate::domain::accounts::{NewFlowCookie, NewSession};
use crate::domain::random::Token;

pub(super) const FLOW: &str = "__Host-dateline-flow";
pub(super) const SESSION: &str = "__Host-dateline-session";
pub(super) const SIGNED_IN: &str = "__Host-dateline-signed-in";
pub(super) const DEVICE: &str = "__Host-dateline-device";

/// The cookies that a response sets or clears.
#[derive(Clone, Debug, Default)]
pub(super) struct SetCookies {
    lines: Vec<String>,
    /// The account whose session starts.
    account: Option<i64>,
    /// Whether to clear everything that pages stored, too.
    clears: bool,
}

static CLEAR_SITE_DATA: HeaderName = HeaderName::from_static("clear-site-data");

impl SetCookies {
    pub(super) fn flow(&mut self, cookie: &NewFlowCookie) {
        self.set(FLOW, &cookie.value, cookie.max_age, true);
    }

    /// `lives`: lifetimes of the session and of the device mark.
    pub(super) fn session(&mut self, new: &NewSession, lifetimes: (Duration, Duration)) {
        self.account = Some(new.account);
        self.set(SESSION, new.session.as_str(), lifetimes.0, true);
        self.set(SIGNED_IN, "1", lifetimes.0, false);
        if let Some(device) = &new.device {
            self.device(device, lifetimes.1);
        }
    }

    /// The device mark.
    pub(super) fn device(&mut self, device: &Token, life: Duration) {
        self.set(DEVICE, device.as_str(), life, true);
    }

    pub(super) fn end_session(&mut self) {
        self.set(SESSION, "", Duration::ZERO, true);
        self.set(SIGNED_IN, "", Duration::ZERO, false);
    }

    /// Ends the session at logout. The device mark stays: with it, its owner gets in whatever strangers do. That is
    /// why cookies are cleared one by one.
    pub(super) fn leave(&mut self) {
        self.end_session();
        self.clears = true;
    }

    /// The account whose session starts.
    pub(super) fn account(&self) -> Option<i64> {
        self.account
    }

    fn set(&mut self, name: &str, value: &str, max_age: Duration, http_only: bool) {
        let http_only = if http_only { "; HttpOnly" } else { "" };
        self.lines.push(format!(
            "{name}={value}; Path=/; Max-Age={}; Secure; SameSite=Lax{http_only}",
            max_age.as_secs()
        ));
    }

    pub(super) fn write(&self, headers: &mut HeaderMap) {
        if self.clears {
            let all = HeaderValue::from_static("\"cache\", \"storage\"");
            headers.insert(CLEAR_SITE_DATA.clone(), all);
        }
        for cookie in &self.lines {
            if let Ok(value) = HeaderValue::try_from(cookie) {
                headers.append(header::SET_COOKIE, value);
            }
        }
    }
}

/// The cookie of this name, parsed by `of`. Values that do not parse belong to another program on the domain and are
/// ignored. Of several that parse, none counts: which one is ours is unknown.
pub(super) fn get<T: PartialEq>(
    headers: &HeaderMap,
    name: &str,
    of: impl Fn(&str) -> Option<T>,
) -> Option<T> {
    let text = |value| std::str::from_utf8(value).ok();
    let mut ours = values(headers, name).filter_map(text).filter_map(of);
    let value = ours.next()?;
    ours.all(|other| other == value).then_some(value)
}

/// Whether there is a cookie of this name, ours or not.
pub(super) fn is_there(headers: &HeaderMap, name: &str) -> bool {
    values(headers, name).next().is_some()
}

/// As bytes: browsers send any, and one cookie must not hide the others.
fn values<'h>(headers: &'h HeaderMap, name: &str) -> impl Iterator<Item = &'h [u8]> {
    let lines = headers.get_all(header::COOKIE).into_iter();
    lines
        .flat_map(|line| line.as_bytes().split(|byte| *byte == b';'))
        .filter_map(move |pair| {
            let rest = pair.trim_ascii().strip_prefix(name.as_bytes())?;
            rest.strip_prefix(b"=")
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[&[u8]]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(header::COOKIE, HeaderValue::from_bytes(line).unwrap());
        }
        headers
    }

    /// Ours are numbers.
    fn number(headers: &HeaderMap, name: &str) -> Option<u8> {
        get(headers, name, |value| value.parse().ok())
    }

    #[test]
    fn cookies_are_found_among_others() {
        let all = headers(&[b"a=1; bb=2;c= 3 ; a; aa=5", b"d=4=; bb=6"]);
        assert_eq!(number(&all, "a"), Some(1));
        assert_eq!(number(&all, "aa"), Some(5));
        assert_eq!(get(&all, "d", |value| Some(value == "4=")), Some(true));
        assert_eq!(number(&all, "bb"), None, "twice is once too often");
        assert_eq!(number(&all, "e"), None);
        assert!(is_there(&all, "bb") && !is_there(&all, "e"));
    }

    #[test]
    fn foreign_cookies_are_ignored() {
        for line in [
            &b"prefs=caf\xe9; a=1"[..],
            b"prefs=caf\xc3\xa9; a=1",
            b"a=1; \xff\xfe=\x80",
            b"\xff; a=1;;=;",
            b"a=mine; a=1",
            b"a=1; a=\xe9; a=",
            b"a=1; a=1",
        ] {
            let seen = String::from_utf8_lossy(line);
            assert_eq!(number(&headers(&[line]), "a"), Some(1), "{seen}");
        }
    }
}
