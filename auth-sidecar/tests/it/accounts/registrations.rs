//! An address belongs to the reader of its mailbox, in the verified spelling.

use super::*;

const MINUTE: i64 = 60;

impl Service {
    /// To whom all mails went, oldest first, and what they said.
    async fn sent(&self) -> Vec<(String, String)> {
        let mails = self.mails().await;
        mails
            .into_iter()
            .map(|mail| (mail.to, mail.subject))
            .collect()
    }
}

#[tokio::test]
async fn a_password_is_void_until_the_code_from_the_mailbox_is_entered() {
    let service = Service::new();
    // A stranger registers Jo's address before Jo does.
    let (mut thief, stolen) = {
        let mut thief = service.browser_at("203.0.113.66");
        thief.register(JO, OTHER_PASSWORD).await.status(202);
        (thief, service.code_for(JO).await)
    };
    let (mut jo, code) = service.registering(JO).await;
    // The code of the first mail does not verify Jo's flow, nor the other way round.
    jo.enter("verify", &stolen).await.problem(422, "code-wrong");
    thief
        .enter("verify", &code)
        .await
        .problem(422, "code-wrong");
    for password in [PASSWORD, OTHER_PASSWORD] {
        let mut browser = service.browser();
        browser
            .log_in(JO, password)
            .await
            .problem(401, "credentials-wrong");
    }
    jo.enter("verify", &code).await.status(200);

    // The other registration leads nowhere, and its password has gone.
    thief
        .enter("verify", &stolen)
        .await
        .problem(422, "code-wrong");
    thief
        .post("code", json!({}))
        .await
        .problem(429, "code-wait");
    thief
        .log_in(JO, OTHER_PASSWORD)
        .await
        .problem(401, "credentials-wrong");
    service.browser().log_in(JO, PASSWORD).await.status(200);
    assert!(jo.is_signed_in().await);
    let voided = service.flow_of(&thief).await.unwrap();
    assert_eq!(voided.password_hash, None);
    let kept = service.flow_of(&jo).await.unwrap();
    assert_eq!(kept.password_hash, None);
}

#[tokio::test]
async fn a_registration_begun_before_never_touches_the_account() {
    let service = Service::new();
    let (mut slow, _) = service.registering(JO).await;
    let mut elsewhere = service.browser();
    elsewhere.register(JO, OTHER_PASSWORD).await.status(202);
    let code = service.code_for(JO).await;
    elsewhere.enter("verify", &code).await.status(200);
    // It answers as ever and gets no code; so does one that is begun after.
    service.advance(15 * MINUTE);
    slow.post("code", json!({})).await.status(202);
    assert!(service.mail_to(JO).await.subject.contains("already"));
    slow.enter("verify", &code).await.problem(422, "code-wrong");
    slow.register(JO, PASSWORD).await.status(202);
    slow.enter("verify", &code).await.problem(422, "code-wrong");
    service
        .browser()
        .log_in(JO, OTHER_PASSWORD)
        .await
        .status(200);
}

#[tokio::test]
async fn a_new_registration_in_the_same_browser_replaces_the_old_one() {
    let service = Service::new();
    let (browser, code) = service.registering(JO).await;
    let mut again = browser.clone();
    again.register(KIM, PASSWORD).await.status(202);
    let mut old = browser;
    old.enter("verify", &code).await.problem(409, "no-flow");
    let other = service.code_for(KIM).await;
    again.enter("verify", &other).await.status(200);
}

#[tokio::test]
async fn registering_a_known_address_changes_nothing_and_notifies_three_times_a_day() {
    let service = Service::new();
    let mut owner = service.registered(JO).await;
    let before = service.accounts_kept().await;
    let mut told = Vec::new();
    for (network, minutes) in [0, 30, 59, 60, 119, 120, 180, 300].into_iter().enumerate() {
        let passed = jiff::SignedDuration::from_mins(minutes);
        service.clock.set(at(NOW) + passed);
        let mut stranger = service.browser_at(&format!("203.0.113.{network}"));
        let body = json!({ "email": JO, "password": OTHER_PASSWORD, "lang": "fr" });
        stranger.post("register", body).await.status(202);
        let mails = service.sent().await;
        told.push(
            mails
                .iter()
                .filter(|(_, subject)| subject.contains("already"))
                .count(),
        );
        for code in ["00000000", "11111111"] {
            stranger
                .enter("verify", code)
                .await
                .problem(422, "code-wrong");
        }
    }
    assert_eq!(told, [1, 1, 1, 2, 2, 3, 3, 3]);
    assert_eq!(service.accounts_kept().await, before);
    assert!(owner.is_signed_in().await);
    // In the account's language, without a code.
    let mail = service.mail_to(JO).await;
    assert_eq!(mail.language, "en");
    assert!(!mail.text.contains("Enter this code"), "{}", mail.text);

    service
        .clock
        .set(at(NOW) + jiff::SignedDuration::from_hours(24));
    let mut stranger = service.browser_at("203.0.113.99");
    stranger.register(JO, OTHER_PASSWORD).await.status(202);
    assert_eq!(service.sent().await.len(), 1 + 4);
    stranger.log_in(JO, PASSWORD).await.status(200);
}

#[tokio::test]
async fn a_registrant_cannot_suppress_the_owners_notice() {
    let service = Service::new();
    service.registered(JO).await;
    // One's own code, or a reset, uses no notice up; and a new step takes no notice back.
    service
        .browser_at("203.0.113.1")
        .reset(JO)
        .await
        .status(202);
    service.mails().await;
    let mut stranger = service.browser_at("203.0.113.2");
    stranger.register(JO, OTHER_PASSWORD).await.status(202);
    service.advance(MINUTE);
    stranger.post("code", json!({})).await.status(202);
    stranger.register(KIM, OTHER_PASSWORD).await.status(202);
    // Mail servers may be away for longer than a code lives.
    service.advance(60 * MINUTE);
    let subjects: Vec<_> = service
        .sent()
        .await
        .into_iter()
        .map(|(_, subject)| subject)
        .collect();
    assert_eq!(subjects.len(), 3, "{subjects:?}");
    assert!(subjects[2].contains("already"), "{subjects:?}");
}

#[tokio::test]
async fn mail_goes_to_the_spelling_that_was_verified() {
    let service = Service::new();
    let verified = "Jo@example.com";
    let mut browser = service.browser();
    browser
        .register("Jo@Example.COM", PASSWORD)
        .await
        .status(202);
    let code = service.code_for(verified).await;
    browser.enter("verify", &code).await.status(200);
    let told = browser.get("/api/session").await.json();
    assert_eq!(told["email"], verified);

    let spellings = [
        "jo@example.com",
        "JO@EXAMPLE.COM",
        "ｊｏ@example.com",
        " Jo@ｅxample.com ",
    ];
    for (n, spelling) in spellings.into_iter().enumerate() {
        service.advance(60 * MINUTE);
        let mut stranger = service.browser_at(&format!("203.0.113.{n}"));
        stranger
            .register(spelling, OTHER_PASSWORD)
            .await
            .status(202);
        stranger.reset(spelling).await.status(202);
        service.mails().await;
        service.advance(MINUTE);
        stranger.post("code", json!({})).await.status(202);
        service.mails().await;
        stranger.log_in(spelling, PASSWORD).await.status(200);
    }
    let sent = service.sent().await;
    assert_eq!(sent.len(), 1 + 3 + 4 * 2);
    for (to, subject) in sent {
        assert_eq!(to, verified, "{subject}");
    }
}

#[tokio::test]
async fn addresses_that_only_look_alike_have_owners_of_their_own() {
    let service = Service::new();
    let owners = [
        ("jo@faß.de", "jo@xn--fa-hia.de", "Correct-Horse-42!"),
        ("jo@fass.de", "jo@fass.de", "Battery-Staple-17?"),
        ("j.o@fass.de", "j.o@fass.de", "Staple-Horse-99?"),
        ("jo+news@fass.de", "jo+news@fass.de", "Battery-Correct-8!"),
        ("jо@fass.de", "jо@fass.de", "Cyrillic-Horse-8!"),
    ];
    for (typed, mailed, password) in owners {
        let mut browser = service.browser_at("203.0.113.1");
        browser.register(typed, password).await.status(202);
        let code = service.code_for(mailed).await;
        browser.enter("verify", &code).await.status(200);
    }
    assert!(
        service
            .sent()
            .await
            .iter()
            .all(|(_, subject)| subject.contains("verification"))
    );
    for (n, (typed, ..)) in owners.iter().enumerate() {
        for (other, (.., password)) in owners.iter().enumerate() {
            let mut browser = service.browser_at(&format!("203.0.113.{n}{other}"));
            let status = if n == other { 200 } else { 401 };
            browser.log_in(typed, password).await.status(status);
        }
    }
}

#[tokio::test]
async fn a_reset_ends_the_accounts_other_resets() {
    let service = Service::new();
    service.registered(JO).await;
    let (mut waiting, code) = service.resetting(JO).await;
    let (mut choosing, other) = service.resetting(JO).await;
    choosing.enter("reset/verify", &other).await.status(200);
    let (mut first, newest) = service.resetting(JO).await;
    first.enter("reset/verify", &newest).await.status(200);
    let body = json!({ "password": OTHER_PASSWORD });
    first.post("reset/password", body.clone()).await.status(200);
    waiting
        .enter("reset/verify", &code)
        .await
        .problem(422, "code-wrong");
    choosing
        .post("reset/password", body)
        .await
        .problem(409, "no-flow");
}

#[tokio::test]
async fn a_reset_that_was_begun_too_early_still_leads_to_a_new_password() {
    let service = Service::new();
    let mut early = service.browser();
    early.reset(JO).await.status(202);
    service.registered(JO).await;
    service.advance(MINUTE);
    early.post("code", json!({})).await.status(202);
    let code = service.code_for(JO).await;
    early.enter("reset/verify", &code).await.status(200);
    let body = json!({ "password": OTHER_PASSWORD });
    early.post("reset/password", body).await.status(200);
    early.log_in(JO, OTHER_PASSWORD).await.status(200);
}
