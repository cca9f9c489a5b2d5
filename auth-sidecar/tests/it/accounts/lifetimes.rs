//! How long things live, to the second, and that a clock which is set back makes nothing live longer.

use super::*;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

#[tokio::test]
async fn a_code_is_accepted_at_29_59_and_refused_at_30_00() {
    for (second, status) in [(30 * MINUTE - 1, 200), (30 * MINUTE, 410)] {
        let service = Service::new();
        service.registered(KIM).await;
        let (mut registering, code) = service.registering(JO).await;
        let (mut resetting, other) = service.resetting(KIM).await;
        service.advance(second);
        for (browser, call, code) in [
            (&mut registering, "verify", code),
            (&mut resetting, "reset/verify", other),
        ] {
            let answer = browser.enter(call, &code).await;
            match status {
                200 => drop(answer.status(200)),
                _ => drop(answer.problem(410, "code-expired")),
            }
        }
    }
}

#[tokio::test]
async fn no_resend_makes_a_flow_live_longer_than_two_hours() {
    let service = Service::new();
    let (mut browser, _) = service.registering(JO).await;
    // Also after a code has expired.
    for (minutes, end) in [(40, "13:10:00"), (40, "13:50:00"), (35, "14:00:00")] {
        service.advance(minutes * MINUTE);
        let told = browser.post("code", json!({})).await.status(202).json();
        assert_eq!(told["code_expires_at"], format!("2025-02-01T{end}Z"));
        service.mails().await;
    }
    let code = service.code_for(JO).await;
    service.advance(5 * MINUTE - 1);
    let answer = browser.enter("verify", "not a code").await;
    answer.problem(422, "code-wrong");
    service.advance(1);
    for _ in 0..2 {
        let answer = browser.enter("verify", &code).await;
        answer.problem(409, "no-flow");
        let answer = browser.post("code", json!({})).await;
        answer.problem(409, "no-flow");
    }
}

#[tokio::test]
async fn no_code_is_promised_that_would_end_before_its_mail_is_sent() {
    let service = Service::new();
    let (mut browser, _) = service.registering(JO).await;
    service.advance(2 * HOUR - 2 * MINUTE);
    let answer = browser.post("code", json!({})).await;
    answer.problem(409, "no-flow");
}

#[tokio::test]
async fn a_new_password_is_chosen_within_15_minutes_of_the_code() {
    for (second, status) in [(15 * MINUTE - 1, 200), (15 * MINUTE, 409)] {
        let service = Service::new();
        service.registered(JO).await;
        let (mut browser, code) = service.resetting(JO).await;
        service.advance(10 * MINUTE);
        browser.enter("reset/verify", &code).await.status(200);
        service.advance(second);
        let body = json!({ "password": OTHER_PASSWORD });
        browser.post("reset/password", body).await.status(status);
        let changed = browser.log_in(JO, OTHER_PASSWORD).await.status == 200;
        assert_eq!(changed, status == 200);
    }
}

#[tokio::test]
async fn the_return_path_lives_for_30_minutes() {
    for (second, path) in [(30 * MINUTE - 1, "/en/news/"), (30 * MINUTE, "/en/")] {
        let service = Service::new();
        service.registered(KIM).await;
        let mut done = service.browser();
        let mut body = json!({ "email": JO, "password": PASSWORD, "return_to": "/en/news/" });
        done.post("register", body.clone()).await.status(202);
        let code = service.code_for(JO).await;
        done.enter("verify", &code).await.status(200);
        let mut alone = service.browser();
        body["email"] = KIM.into();
        alone.post("login", body).await.status(200);
        service.advance(second);
        for browser in [&mut done, &mut alone] {
            browser.get("/api/return").await.leads_to(path);
        }
    }
}

#[tokio::test]
async fn a_session_ends_after_24_idle_hours() {
    let service = Service::new();
    let mut browser = service.registered(JO).await;
    for _ in 0..2 {
        service.advance(DAY - 1);
        assert!(browser.is_signed_in().await);
        service.flush().await;
    }
    service.advance(DAY - 1);
    assert!(browser.clone().is_signed_in().await);
    // That visit was not written down before a crash, say.
    service.advance(1);
    assert!(!browser.is_signed_in().await);
    assert_eq!(browser.cookie("session"), "");
}

#[tokio::test]
async fn a_session_ends_after_30_days_however_busy() {
    let service = Service::new();
    let mut browser = service.registered(JO).await;
    for _ in 0..30 {
        service.advance(DAY - 1);
        assert!(browser.is_signed_in().await);
        service.flush().await;
    }
    service.advance(29);
    assert!(browser.is_signed_in().await);
    service.advance(1);
    assert!(!browser.is_signed_in().await);
}

#[tokio::test]
async fn a_clock_that_is_set_back_extends_nothing() {
    let service = Service::new();
    let mut session = service.registered(KIM).await;
    let link = session.link().await;
    let (mut code, right) = service.registering(JO).await;
    let (mut choosing, other) = service.resetting(KIM).await;
    choosing.enter("reset/verify", &other).await.status(200);
    let mut flow = service.browser();
    let body = json!({ "email": "ana@example.org", "return_to": "/en/news/" });
    flow.post("reset", body).await.status(202);
    service.mails().await;

    let password = json!({ "password": OTHER_PASSWORD });
    for (seconds, step) in [
        (15 * MINUTE, 0),
        (15 * MINUTE, 1),
        (90 * MINUTE, 2),
        (22 * HOUR, 3),
    ] {
        // Further back than the time that passes.
        service
            .clock
            .set(service.clock.now() - jiff::SignedDuration::from_secs(2 * seconds));
        service
            .clock
            .advance(std::time::Duration::from_secs(seconds.unsigned_abs()));
        let answer = choosing.post("reset/password", password.clone()).await;
        answer.problem(409, "no-flow");
        if step >= 1 {
            let answer = code.enter("verify", &right).await;
            let name = if step == 1 {
                (410, "code-expired")
            } else {
                (409, "no-flow")
            };
            answer.problem(name.0, name.1);
        }
        if step >= 2 {
            flow.get("/api/return").await.leads_to("/en/");
        }
        assert_eq!(session.clone().is_signed_in().await, step < 3);
        let answer = service.fetch(&link).await;
        answer.status(if step < 3 { 200 } else { 410 });
    }
}

#[tokio::test]
async fn a_restarted_service_uses_the_machines_clock() {
    let service = Service::new();
    service.advance(DAY);
    service.registered(KIM).await;
    for _ in 0..6 {
        service.browser().log_in(KIM, OTHER_PASSWORD).await;
    }
    // A minute after the clock was corrected.
    service.clock.set(at(NOW));
    let service = service.restart();
    service.browser().get("/readyz").await.status(200);
    let (mut browser, _) = service.registering(JO).await;
    let told = browser.get("/api/session").await;
    told.status(200);
    // Counts with a future time are ignored: otherwise nobody could log in until then.
    let answer = service.browser().log_in(KIM, PASSWORD).await;
    answer.status(200);
    let mut code = service.browser();
    let told = code.register("ana@example.org", PASSWORD).await;
    assert_eq!(
        told.status(202).json()["code_expires_at"],
        "2025-02-01T12:30:00Z"
    );
}

/// What is written of a session may lag behind, but never by as much as it lives.
#[tokio::test]
async fn activity_keeps_a_session_alive_however_short_the_idle_limit() {
    let service = Service::with(|options| {
        options.lifetimes.session_idle = std::time::Duration::from_secs(300);
    });
    let mut browser = service.registered(JO).await;
    for _ in 0..10 {
        service.advance(4 * MINUTE);
        assert!(browser.is_signed_in().await);
        service.flush().await;
    }
    service.advance(5 * MINUTE);
    assert!(!browser.is_signed_in().await);
}
