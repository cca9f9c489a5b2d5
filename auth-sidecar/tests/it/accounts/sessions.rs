//! Sessions and cookies: never adopted from outside, and dead once they have ended.

use axum::http::HeaderValue;

use super::*;

const HOST: &str = "__Host-dateline-";

/// A value that a token could have.
const MADE_UP: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

impl Browser {
    fn plant(&mut self, name: &str, value: &str) {
        self.cookies.insert(format!("{HOST}{name}"), value.into());
    }

    /// The browser's sessions as the list has them.
    async fn sessions(&mut self) -> Vec<Value> {
        let list = self.get("/api/account/sessions").await.status(200).json();
        list["sessions"].as_array().unwrap().clone()
    }
}

/// What an answer sets, values masked by their length.
fn set_cookies(answer: &Answer) -> Vec<String> {
    let lines = answer.headers.get_all("set-cookie").into_iter();
    lines
        .map(|line| {
            let (name, rest) = line.to_str().unwrap().split_once('=').unwrap();
            let (value, attributes) = rest.split_once("; ").unwrap();
            let name = name.strip_prefix(HOST).unwrap();
            format!("{name} {} {attributes}", value.len())
        })
        .collect()
}

const SHARED: &str = "Secure; SameSite=Lax";

#[tokio::test]
async fn cookies_have_their_attributes() {
    let service = Service::new();
    let mut browser = service.browser();
    let answer = browser.register(JO, PASSWORD).await;
    let flow = format!("flow 45 Path=/; Max-Age=7200; {SHARED}; HttpOnly");
    assert_eq!(set_cookies(&answer), [flow]);
    assert!(browser.cookie("flow").starts_with("s."));
    let code = service.code_for(JO).await;
    let answer = browser.enter("verify", &code).await;
    let session = [
        format!("session 43 Path=/; Max-Age=2592000; {SHARED}; HttpOnly"),
        format!("signed-in 1 Path=/; Max-Age=2592000; {SHARED}"),
        format!("device 43 Path=/; Max-Age=31536000; {SHARED}; HttpOnly"),
    ];
    assert_eq!(set_cookies(&answer), session);
    assert_eq!(browser.cookie("signed-in"), "1");
    // A browser that is known already keeps its mark.
    let answer = browser.log_in(JO, PASSWORD).await;
    assert_eq!(set_cookies(&answer), session[..2]);
    let answer = browser.post("logout", json!({})).await;
    let cleared = [
        format!("session 0 Path=/; Max-Age=0; {SHARED}; HttpOnly"),
        format!("signed-in 0 Path=/; Max-Age=0; {SHARED}"),
    ];
    assert_eq!(set_cookies(&answer), cleared);
    assert_eq!(answer.header("clear-site-data"), "\"cache\", \"storage\"");
    // The way back alone is sealed, and holds nothing that could be read.
    let body = json!({ "email": JO, "password": OTHER_PASSWORD, "return_to": "/en/news/" });
    let mut browser = service.browser();
    let answer = browser.post("login", body).await;
    let told = &set_cookies(&answer)[0];
    let attributes = format!("Path=/; Max-Age=1800; {SHARED}; HttpOnly");
    assert!(
        told.starts_with("flow ") && told.ends_with(&attributes),
        "{told}"
    );
    assert!(browser.cookie("flow").starts_with("w.k1."));
}

#[tokio::test]
async fn a_cookie_that_was_planted_is_never_adopted() {
    let service = Service::new();
    let mut browser = service.browser();
    for (name, value) in [
        ("session", MADE_UP),
        ("device", MADE_UP),
        ("flow", &format!("s.{MADE_UP}")),
    ] {
        browser.plant(name, value);
    }
    assert!(!browser.clone().is_signed_in().await);
    let mut seen = vec![browser.cookie("flow").to_owned()];
    // Each step has its own value.
    for _ in 0..2 {
        browser.register(JO, PASSWORD).await.status(202);
        seen.push(browser.cookie("flow").to_owned());
        browser.reset(KIM).await.status(202);
        seen.push(browser.cookie("flow").to_owned());
    }
    browser.plant("session", MADE_UP);
    browser.register(JO, PASSWORD).await.status(202);
    let code = service.code_for(JO).await;
    browser.enter("verify", &code).await.status(200);
    for name in ["session", "device", "flow"] {
        seen.push(browser.cookie(name).to_owned());
    }
    // Nor does a login keep the value of the one before, which ends.
    let before = browser.clone();
    browser.log_in(JO, PASSWORD).await.status(200);
    seen.push(browser.cookie("session").to_owned());
    let count = seen.len();
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), count, "{seen:?}");
    assert!(!before.clone().is_signed_in().await);
    assert_eq!(service.sessions_kept().await.len(), 1);
}

#[tokio::test]
async fn another_ones_session_and_mark_are_not_taken_over() {
    let service = Service::new();
    let thief = service.registered(KIM).await;
    let mut victim = service.registered(JO).await;
    victim.cookies = thief.cookies.clone();
    victim.log_in(JO, PASSWORD).await.status(200);
    assert_ne!(victim.cookie("session"), thief.cookie("session"));
    assert_ne!(victim.cookie("device"), thief.cookie("device"));
    assert!(!thief.clone().is_signed_in().await);
    let told = victim.get("/api/session").await.json();
    assert_eq!(told["email"], JO);
}

#[tokio::test]
async fn a_duplicate_cookie_is_ignored() {
    let service = Service::new();
    let browser = service.registered(JO).await;
    let session = browser.cookie("session").to_owned();
    let twice = format!("{HOST}session={session}; {HOST}session={MADE_UP}");
    let mut stranger = service.browser().with("cookie", &twice);
    assert!(!stranger.is_signed_in().await);
}

#[tokio::test]
async fn foreign_cookies_on_the_domain_do_not_end_sessions() {
    let service = Service::new();
    let browser = service.registered(JO).await;
    let own = format!("{HOST}session={}", browser.cookie("session"));
    for foreign in [
        &b"prefs=caf\xe9"[..],
        b"prefs=caf\xc3\xa9",
        b"\xff\xfe=\x80; ;=;",
        b"__Host-dateline-session=theirs",
        b"__Host-dateline-session=\xe9; __Host-dateline-flow=\xe9",
        b"__Host-dateline-flow=s.x; __Host-dateline-device=x",
    ] {
        for parts in [[foreign, own.as_bytes()], [own.as_bytes(), foreign]] {
            let line = HeaderValue::from_bytes(&parts.join(&b"; "[..])).unwrap();
            let ask = service.browser().ask(Method::GET, "/api/session");
            let answer = ask.bytes("cookie", line).send().await;
            let seen = String::from_utf8_lossy(foreign);
            assert_eq!(answer.json()["signed_in"], true, "{seen}");
            assert!(!answer.headers.contains_key("set-cookie"), "{seen}");
        }
    }
}

/// Ends the session of a browser, or all sessions of its account, from elsewhere.
async fn end(service: &Service, how: &str, browser: &Browser) {
    let mut other = service.browser();
    other.log_in(JO, PASSWORD).await.status(200);
    let ended = match how {
        "logout" => browser.clone().post("logout", json!({})).await,
        "login" => browser.clone().log_in(JO, PASSWORD).await,
        "reset" => {
            let (mut other, code) = service.resetting(JO).await;
            other.enter("reset/verify", &code).await.status(200);
            let body = json!({ "password": OTHER_PASSWORD });
            other.post("reset/password", body).await
        }
        "password" => {
            let body = json!({ "current": PASSWORD, "password": OTHER_PASSWORD });
            other.post("account/password", body).await
        }
        "deletion" => {
            let body = json!({ "password": PASSWORD });
            other.post("account/delete", body).await
        }
        "revoked" => {
            let sessions = other.sessions().await;
            let id = sessions.iter().find(|one| one["current"] == false).unwrap()["id"].clone();
            other
                .post("account/sessions/revoke", json!({ "id": id }))
                .await
        }
        "all" => {
            other
                .post("account/sessions/revoke", json!({ "all": true }))
                .await
        }
        "disabled" => return service.set_disabled(JO, true).await,
        "idle" => return service.advance(24 * 3600),
        _ => unreachable!(),
    };
    assert!(ended.status.is_success(), "{how}: {}", ended.text());
    let stays = matches!(how, "logout" | "login" | "password" | "revoked" | "all");
    assert_eq!(other.is_signed_in().await, stays, "{how}");
}

#[tokio::test]
async fn an_ended_session_is_dead_and_its_cookies_are_cleared() {
    for how in [
        "logout", "login", "reset", "password", "deletion", "revoked", "all", "disabled", "idle",
    ] {
        let service = Service::new();
        let browser = service.registered(JO).await;
        end(&service, how, &browser).await;
        for path in ["/api/session", "/api/account", "/api/account/sessions"] {
            let mut browser = browser.clone();
            let answer = browser.get(path).await;
            match path {
                "/api/session" => assert_eq!(answer.json(), json!({ "signed_in": false })),
                _ => drop(answer.problem(401, "signed-out")),
            }
            let left = (browser.cookie("session"), browser.cookie("signed-in"));
            assert_eq!(left, ("", ""), "{how} {path}");
        }
        let password = ("password", PASSWORD);
        for (call, fields) in [
            ("newsletter", vec![("subscribed", "true")]),
            ("account/password", vec![("current", PASSWORD), password]),
            ("account/delete", vec![password]),
            ("account/sessions/revoke", vec![("all", "true")]),
        ] {
            let mut browser = browser.clone();
            let answer = browser.form(call, &fields).await;
            answer.leads_to("/en/account/login/#signed-out");
            let left = (browser.cookie("session"), browser.cookie("signed-in"));
            assert_eq!(left, ("", ""), "{how} {call}");
        }
        let mut page = browser.clone().with("accept", "text/html");
        let answer = page.get("/api/account").await;
        answer.leads_to("/en/account/login/#signed-out");
        assert_eq!(page.cookie("session"), "");
    }
}

#[tokio::test]
async fn a_copied_cookie_dies_with_the_others() {
    for call in ["account/password", "account/sessions/revoke"] {
        let service = Service::new();
        let mut owner = service.registered(JO).await;
        let mut thief = owner.clone();
        let body = match call {
            "account/password" => json!({ "current": PASSWORD, "password": OTHER_PASSWORD }),
            _ => json!({ "all": true }),
        };
        let answer = owner.post(call, body).await;
        let session = [
            format!("session 43 Path=/; Max-Age=2592000; {SHARED}; HttpOnly"),
            format!("signed-in 1 Path=/; Max-Age=2592000; {SHARED}"),
        ];
        assert_eq!(set_cookies(answer.status(204)), session, "{call}");
        assert!(!thief.is_signed_in().await, "{call}");
        assert!(owner.is_signed_in().await, "{call}");
        let list = owner.sessions().await;
        assert_eq!(list.len(), 1);
        assert_eq!(list[0]["current"], true);
    }
}

#[tokio::test]
async fn a_new_cookie_brings_a_session_no_longer_life_and_no_new_guesses() {
    let service = Service::new();
    let mut browser = service.registered(JO).await;
    let all = json!({ "all": true });
    for _ in 0..5 {
        let body = json!({ "password": OTHER_PASSWORD });
        let answer = browser.post("account/delete", body).await;
        answer.problem(401, "credentials-wrong");
        let answer = browser.post("account/sessions/revoke", all.clone()).await;
        answer.status(204);
    }
    let body = json!({ "password": PASSWORD });
    let answer = browser.post("account/delete", body).await;
    answer.problem(429, "too-many");
    for day in 0..30 {
        assert!(browser.is_signed_in().await, "{day}");
        service.flush().await;
        let answer = browser.post("account/sessions/revoke", all.clone()).await;
        answer.status(204);
        service.advance(24 * 3600 - 1);
    }
    service.advance(30);
    assert!(!browser.is_signed_in().await);
}

#[tokio::test]
async fn sessions_are_listed_and_ended_by_their_owner_alone() {
    let service = Service::new();
    let mut jo = service.registered(JO).await;
    service.advance(60);
    let phone = "Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0";
    let mut phone = service.browser().with("user-agent", phone);
    phone.log_in(JO, PASSWORD).await.status(200);
    let mut kim = service.registered(KIM).await;

    let list = jo.sessions().await;
    assert_eq!(list.len(), 2);
    assert_eq!(list[0]["device"], "Firefox on Android");
    assert_eq!(list[0]["first_seen"], "2025-02-01T12:01:00Z");
    assert_eq!(
        (&list[0]["current"], &list[1]["current"]),
        (&false.into(), &true.into())
    );

    let revoke = "account/sessions/revoke";
    for session in &list {
        kim.post(revoke, json!({ "id": session["id"] }))
            .await
            .status(204);
    }
    kim.post(revoke, json!({ "all": true })).await.status(204);
    assert!(jo.is_signed_in().await && phone.is_signed_in().await && kim.is_signed_in().await);

    for (body, field) in [
        (json!({}), "id"),
        (json!({ "all": false }), "id"),
        (json!({ "id": list[0]["id"], "all": true }), "all"),
    ] {
        let problem = jo.post(revoke, body).await.problem(422, "field-invalid");
        assert_eq!(problem["field"], field);
    }
    let id = list[0]["id"].as_str().unwrap();
    jo.form(revoke, &[("id", id)])
        .await
        .leads_to("/api/account");
    assert!(!phone.is_signed_in().await);
    // One's own: logged out.
    let id = list[1]["id"].as_str().unwrap();
    jo.form(revoke, &[("id", id)])
        .await
        .leads_to("/en/account/login/");
    assert_eq!(jo.cookie("session"), "");
}
