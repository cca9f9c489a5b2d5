//! One's own account: its data, the newsletter, the password, and complete deletion.

use dateline_auth::domain::store::DepartureKind;

use super::*;

impl Browser {
    pub(crate) async fn newsletter(&mut self, subscribed: bool, wording: &str) -> Answer {
        let body = match wording {
            "" => json!({ "subscribed": subscribed }),
            id => json!({ "subscribed": subscribed, "wording": id }),
        };
        self.post("newsletter", body).await
    }
}

#[tokio::test]
async fn consents_are_kept_with_their_words() {
    let service = Service::new();
    let mut browser = service.registered(JO).await;
    for (subscribed, wording) in [
        (true, ""),
        (false, ""),
        (true, "wording-fr"),
        (true, "wording-ar"),
    ] {
        service.advance(1);
        let answer = browser.newsletter(subscribed, wording).await;
        let end = if subscribed { "on" } else { "off" };
        let location = format!("/en/account/welcome/#newsletter-{end}");
        assert_eq!(
            answer.status(200).json(),
            json!({ "newsletter": subscribed, "location": location })
        );
    }
    for unknown in ["wording-old", "wording-", "en", "' OR 1=1"] {
        let answer = browser.newsletter(true, unknown).await;
        answer.problem(409, "wording-old");
    }
    let fields = [("subscribed", "on"), ("wording", "gone")];
    let answer = browser.form("newsletter", &fields).await;
    answer.leads_to("/en/account/welcome/#wording-old");
    let told = browser.get("/api/account").await.json();
    let entry = |subscribed: bool, second: u32, language: &str| {
        let (id, text) = match subscribed {
            true => (
                format!("wording-{language}"),
                format!("Send me the newsletter ({language})"),
            ),
            false => (String::new(), String::new()),
        };
        json!({
            "subscribed": subscribed, "at": format!("2025-02-01T12:00:0{second}Z"),
            "wording": id, "text": text, "language": language,
        })
    };
    let history = [
        entry(true, 1, "en"),
        entry(false, 2, "en"),
        entry(true, 3, "fr"),
        entry(true, 4, "ar"),
    ];
    assert_eq!(
        told["newsletter"],
        json!({ "subscribed": true, "history": history })
    );
}

#[tokio::test]
async fn the_newsletters_form_leads_back_to_where_it_stood() {
    let service = Service::new();
    let mut browser = service.registered(JO).await;
    let fields = [("subscribed", "false")];
    let answer = browser.form("newsletter", &fields).await;
    answer.leads_to("/en/account/welcome/#newsletter-off");
    let answer = browser.form("newsletter", &[]).await;
    answer.leads_to("/en/account/welcome/#field-invalid");
    // Another registration is in progress, so no welcome page yet.
    browser.register(KIM, PASSWORD).await.status(202);
    let answer = browser.form("newsletter", &fields).await;
    answer.leads_to("/api/account#newsletter-off");
}

#[tokio::test]
async fn the_export_is_complete_and_contains_no_secret() {
    let service = Service::new();
    let mut browser = service.registered(JO).await;
    browser.newsletter(true, "").await.status(200);
    let mut other = service.browser_at("203.0.113.9");
    other.log_in(JO, OTHER_PASSWORD).await.status(401);
    other.reset(JO).await.status(202);
    let answer = browser.get("/api/account").await;
    let mut told = answer.status(200).json();
    let id = told["sessions"][0]["id"].take();
    assert_eq!(id.as_str().unwrap().len(), 12);
    let now = "2025-02-01T12:00:00Z";
    let expected = json!({
        "email": JO,
        "language": "en",
        "created_at": now,
        "password_changed_at": now,
        "address_since": now,
        "former_addresses": [],
        "disabled_at": null,
        "newsletter": { "subscribed": true, "history": [{
            "subscribed": true, "at": now, "wording": "wording-en", "language": "en",
            "text": "Send me the newsletter (en)",
        }] },
        "sessions": [{ "id": null, "device": "Unknown browser", "first_seen": now, "last_seen": now }],
        "links": [],
        "downloads": [],
        "browsers_marked_at": [now],
        "mails_waiting": [{ "kind": "reset", "asked_for_at": now }],
        "last_day": { "failed_logins": [now], "registrations_tried": [now], "resets_tried": [now], "address_changes_tried": [] },
    });
    assert_eq!(told, expected);
    for cookie in browser.cookies.values().chain(other.cookies.values()) {
        assert!(cookie == "1" || !answer.text().contains(cookie.as_str()));
    }
}

#[tokio::test]
async fn the_export_includes_ended_links_and_failed_attempts() {
    let service = Service::new();
    let mut jo = service.registered(JO).await;
    jo.link().await;
    let links = jo.get("/api/account/links").await.json();
    let id = links["links"][0]["id"].clone();
    assert!(links["links"][0]["ended_at"].is_null());
    jo.post("account/links/revoke", json!({ "id": id }))
        .await
        .status(204);
    // The browser has a mark, and so its own counts.
    jo.log_in(JO, OTHER_PASSWORD).await.status(401);
    let told = jo.get("/api/account").await.status(200).json();
    let now = "2025-02-01T12:00:00Z";
    assert_eq!(told["links"][0]["id"], id);
    assert_eq!(told["links"][0]["ended_at"], now);
    assert_eq!(told["last_day"]["failed_logins"], json!([now]));
    jo.reset(JO).await.status(202);
    let told = jo.get("/api/account").await.status(200).json();
    assert_eq!(told["last_day"]["resets_tried"], json!([now]));
}

#[tokio::test]
async fn changing_the_password_needs_the_old_one() {
    let service = Service::new();
    let mut browser = service.registered(JO).await;
    let mut other = service.browser();
    other.log_in(JO, PASSWORD).await.status(200);
    let call = "account/password";
    let change =
        |current: &str, password: &str| json!({ "current": current, "password": password });
    let answer = browser
        .post(call, change(OTHER_PASSWORD, OTHER_PASSWORD))
        .await;
    answer.problem(401, "credentials-wrong");
    let answer = browser.post(call, change(PASSWORD, "short")).await;
    answer.problem(422, "password-too-short");
    assert!(browser.is_signed_in().await && other.is_signed_in().await);
    let answer = browser.post(call, change(PASSWORD, OTHER_PASSWORD)).await;
    answer.status(204);
    assert!(browser.is_signed_in().await && !other.is_signed_in().await);
    assert!(service.mail_to(JO).await.subject.contains("changed"));
    other
        .log_in(JO, PASSWORD)
        .await
        .problem(401, "credentials-wrong");
    other.log_in(JO, OTHER_PASSWORD).await.status(200);
}

/// An account cannot be made to fill the disk: every table that it writes to has a bound.
#[tokio::test]
async fn the_rows_of_an_account_are_bounded() {
    let service = Service::new();
    let mut browser = service.registered(JO).await;
    // The same again is no change of mind.
    for _ in 0..3 {
        browser.newsletter(false, "").await.status(200);
    }
    let consents = async || service.kept(|rows| rows.consents_of(1)).await;
    assert_eq!(consents().await.len(), 0);
    for n in 0..60 {
        browser.newsletter(n % 2 == 0, "").await.status(200);
        browser.newsletter(n % 2 == 0, "").await.status(200);
    }
    let kept = consents().await;
    assert_eq!(kept.len(), 50);
    assert!(!kept[49].subscribed, "the oldest go");

    for _ in 0..60 {
        service.advance(1);
        service.browser().log_in(JO, PASSWORD).await.status(200);
    }
    assert_eq!(service.sessions_kept().await.len(), 50);
    assert_eq!(service.kept(|rows| rows.devices_of(1)).await.len(), 20);
    assert!(!browser.is_signed_in().await, "the oldest go");

    browser.log_in(JO, PASSWORD).await.status(200);
    service.mails().await;
    let sent = service.mailer.mails().len();
    let (mut old, mut new) = (PASSWORD, OTHER_PASSWORD);
    for _ in 0..5 {
        let body = json!({ "current": old, "password": new });
        browser.post("account/password", body).await.status(204);
        (old, new) = (new, old);
    }
    for password in [new, "weak"] {
        let body = json!({ "current": old, "password": password });
        let answer = browser.post("account/password", body).await;
        assert_eq!(answer.problem(429, "too-many")["retry_after"], 24 * 3600);
    }
    assert_eq!(service.mails().await.len(), sent + 5);
    assert_eq!(
        service.departures_kept().await.len(),
        1,
        "the latest is all that matters"
    );
    service.advance(24 * 3600 - 1);
    browser.log_in(JO, old).await.status(200);
    service.advance(1);
    let body = json!({ "current": old, "password": new });
    browser.post("account/password", body).await.status(204);
}

#[tokio::test]
async fn a_session_allows_few_password_attempts() {
    let service = Service::new();
    let mut browser = service.registered(JO).await;
    let body = json!({ "password": OTHER_PASSWORD });
    for _ in 0..5 {
        let answer = browser.post("account/delete", body.clone()).await;
        answer.problem(401, "credentials-wrong");
    }
    for call in ["account/delete", "account/password"] {
        let body = match call {
            "account/delete" => json!({ "password": PASSWORD }),
            _ => json!({ "current": PASSWORD, "password": OTHER_PASSWORD }),
        };
        let problem = browser.post(call, body).await.problem(429, "too-many");
        assert_eq!(problem["retry_after"], 30);
    }
    // Which does not keep the owner from logging in.
    service.browser().log_in(JO, PASSWORD).await.status(200);
}

#[tokio::test]
async fn deletion_erases_every_row_and_byte() {
    let service = Service::new();
    let address = "a.most.unusual.name@example.com";
    let mut browser = service.registered(address).await;
    browser.newsletter(true, "").await.status(200);
    let mut other = service.browser();
    other.log_in(address, PASSWORD).await.status(200);
    service
        .browser()
        .register(address, OTHER_PASSWORD)
        .await
        .status(202);
    service.browser().reset(address).await.status(202);
    let found = |needle: &str| {
        ["", "-wal", "-shm"].iter().any(|ending| {
            let mut path = service.database().into_os_string();
            path.push(ending);
            let bytes = std::fs::read(path).unwrap_or_default();
            bytes
                .windows(needle.len())
                .any(|window| window == needle.as_bytes())
        })
    };
    let needles = [
        "unusual.name",
        "$argon2id$",
        "Unknown browser",
        "Send me the newsletter",
    ];
    for needle in needles {
        assert!(
            found(needle),
            "{needle} is not even looked for in the right place"
        );
    }

    let body = json!({ "password": OTHER_PASSWORD });
    let answer = browser.post("account/delete", body).await;
    answer.problem(401, "credentials-wrong");
    let answer = browser
        .form("account/delete", &[("password", PASSWORD)])
        .await;
    answer.leads_to("/en/account/deleted/");
    for needle in needles {
        assert!(!found(needle), "{needle}");
    }
    assert!(service.mail_to(address).await.subject.contains("deleted"));
    assert!(!found("unusual.name"));
    // Counters know an address by HMAC alone, and for a day.
    service.advance(24 * 3600);
    service.sidecar.accounts().sweep().await.unwrap();
    let departures = service.departures_kept().await;
    assert_eq!(departures.len(), 1);
    assert_eq!(departures[0].kind, Ok(DepartureKind::Deleted));
    // The address is free, and nothing of the old account comes back.
    assert!(!other.is_signed_in().await);
    let mut again = service.registered(address).await;
    let told = again.get("/api/account").await.json();
    assert_eq!(
        told["newsletter"],
        json!({ "subscribed": false, "history": [] })
    );
    assert_eq!(told["sessions"].as_array().unwrap().len(), 1);
    let ids: Vec<i64> = service
        .accounts_kept()
        .await
        .iter()
        .map(|one| one.id)
        .collect();
    assert_eq!(ids, [2]);
}
