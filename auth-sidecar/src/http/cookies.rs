//! The four cookies, read and written.
//!
//! All are `__Host-`: Secure, Path=/, without Domain (RFC 6265bis §4.1.3). All but the hint that
//! somebody is signed in are HttpOnly.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue, header};

use crate::domain::accounts::{NewFlowCookie, NewSession};
use crate::domain::random::Token;

pub(super) const FLOW: &str = "__Host-dateline-flow";
pub(super) const SESSION: &str = "__Host-dateline-session";
pub(super) const SIGNED_IN: &str = "__Host-dateline-signed-in";
pub(super) const DEVICE: &str = "__Host-dateline-device";

/// Cookies to be set by an answer.
#[derive(Clone, Debug, Default)]
pub(super) struct SetCookies(Vec<String>);

impl SetCookies {
    pub(super) fn flow(&mut self, cookie: &NewFlowCookie) {
        self.set(FLOW, &cookie.value, cookie.max_age, true);
    }

    /// `lives`: of the session, of the browser's mark.
    pub(super) fn session(&mut self, new: &NewSession, lives: (Duration, Duration)) {
        self.set(SESSION, new.session.as_str(), lives.0, true);
        self.set(SIGNED_IN, "1", lives.0, false);
        if let Some(device) = &new.device {
            self.device(device, lives.1);
        }
    }

    /// The browser's mark.
    pub(super) fn device(&mut self, device: &Token, life: Duration) {
        self.set(DEVICE, device.as_str(), life, true);
    }

    pub(super) fn end_session(&mut self) {
        self.set(SESSION, "", Duration::ZERO, true);
        self.set(SIGNED_IN, "", Duration::ZERO, false);
    }

    fn set(&mut self, name: &str, value: &str, max_age: Duration, http_only: bool) {
        let http_only = if http_only { "; HttpOnly" } else { "" };
        self.0.push(format!(
            "{name}={value}; Path=/; Max-Age={}; Secure; SameSite=Lax{http_only}",
            max_age.as_secs()
        ));
    }

    pub(super) fn write(&self, headers: &mut HeaderMap) {
        for cookie in &self.0 {
            if let Ok(value) = HeaderValue::try_from(cookie) {
                headers.append(header::SET_COOKIE, value);
            }
        }
    }
}

/// The value of a cookie. Of several of one name, which only somebody else can have set, none counts.
pub(super) fn get<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let lines = headers.get_all(header::COOKIE).into_iter();
    let mut values = lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(found, _)| *found == name)
        .map(|(_, value)| value);
    let value = values.next()?;
    values.next().is_none().then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_are_found_among_others() {
        let mut headers = HeaderMap::new();
        headers.append(
            header::COOKIE,
            HeaderValue::from_static("a=1; bb=2;c= 3 ; a"),
        );
        headers.append(header::COOKIE, HeaderValue::from_static("d=x=y; bb=again"));
        assert_eq!(get(&headers, "a"), Some("1"));
        assert_eq!(get(&headers, "d"), Some("x=y"));
        assert_eq!(get(&headers, "bb"), None, "twice is once too often");
        assert_eq!(get(&headers, "e"), None);
    }
}
