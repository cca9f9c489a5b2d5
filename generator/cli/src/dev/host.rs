//! Whom `dev` answers: this machine by its own names. Any page in the same browser could otherwise read drafts
//! by a name of its own that it lets lead here (DNS rebinding).

use std::sync::Arc;

use axum::{
    Router,
    extract::Request,
    http::{HeaderMap, HeaderValue, StatusCode, Uri, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};

/// Names of this machine, which no other site can have.
const OWN: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// The router, for requests that name this machine or one of `names` alone.
pub(super) fn guarded(router: Router, names: &[String]) -> Router {
    let names = names.iter().map(|name| name.to_ascii_lowercase());
    let names: Arc<[String]> = names.collect();
    router.layer(middleware::from_fn(move |request: Request, next: Next| {
        let names = names.clone();
        async move {
            match host(request.uri(), request.headers()) {
                Some(host) if is_own(&host, &names) => next.run(request).await,
                _ => refusal(),
            }
        }
    }))
}

/// The host that a request names, without its port, in lower case.
fn host(uri: &Uri, headers: &HeaderMap) -> Option<String> {
    let given: Vec<&HeaderValue> = headers.get_all(header::HOST).iter().collect();
    let host = match (uri.authority(), given.as_slice()) {
        (Some(authority), [] | [_]) => authority.as_str(),
        (None, [one]) => one.to_str().ok()?,
        _ => return None,
    };
    let name = match host.rsplit_once(':') {
        // The colons inside of `[::1]` are no port's.
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    };
    Some(name.trim_end_matches('.').to_ascii_lowercase())
}

fn is_own(host: &str, names: &[String]) -> bool {
    OWN.contains(&host) || names.iter().any(|name| name == host)
}

fn refusal() -> Response {
    let text = "dateline dev answers for localhost alone. To reach it by another name, start it with --host NAME.\n";
    (StatusCode::MISDIRECTED_REQUEST, text).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(uri: &str, hosts: &[&str]) -> bool {
        let mut headers = HeaderMap::new();
        for host in hosts {
            headers.append(header::HOST, host.parse().unwrap());
        }
        let names = ["newsroom.test".to_owned()];
        host(&uri.parse().unwrap(), &headers).is_some_and(|host| is_own(&host, &names))
    }

    #[test]
    fn only_names_of_this_machine_are_answered() {
        for own in [
            "localhost:8000",
            "LOCALHOST",
            "localhost.:8000",
            "127.0.0.1:8000",
            "[::1]:8000",
            "[::1]",
            "Newsroom.test:8000",
        ] {
            assert!(asked("/", &[own]), "{own}");
        }
        for foreign in [
            "attacker.example:8000",
            "localhost.attacker.example",
            "127.0.0.1.attacker.example:8000",
            "localhost@attacker.example",
            "attacker.example:localhost",
            "127.0.0.2",
            "",
        ] {
            assert!(!asked("/", &[foreign]), "{foreign}");
        }
        assert!(!asked("/", &[]), "no name at all");
        assert!(!asked("/", &["localhost", "attacker.example"]));
        assert!(asked("http://localhost:8000/en/", &["localhost:8000"]));
        assert!(!asked("http://attacker.example/en/", &["localhost"]));
    }
}
