//! Trying again, giving up, and being replaced.

use std::collections::BTreeSet;

use super::*;

/// When the turn of the only mail comes, in milliseconds.
async fn next_at(service: &Service) -> i64 {
    service.outbox().await.pop().unwrap().next_at.0
}

fn set(service: &Service, millis: i64) {
    let moment = jiff::Timestamp::from_millisecond(millis).unwrap();
    service.clock.set(moment);
}

#[tokio::test]
async fn retries_are_increasingly_far_apart() {
    let service = Service::new();
    let script = Arc::new(Script::default());
    script.say(JO, later(false));
    let sender = service.sender(script.clone());
    service.browser().register(JO, PASSWORD).await.status(202);
    for (done, wait) in (1..).zip([5, 30, 120, 240, 480, 480]) {
        let now = service.clock.now().as_millisecond();
        sender.send_mail().await;
        assert_eq!(script.tried().len(), done);
        let next = next_at(&service).await;
        let (least, most) = (wait * 800, wait * 1200);
        assert!(
            (least..=most).contains(&(next - now)),
            "try {done}: {} ms",
            next - now
        );
        set(&service, next - 1);
        sender.send_mail().await;
        assert_eq!(script.tried().len(), done, "not before its turn");
        set(&service, next);
    }
    script.say(JO, SendOutcome::Accepted);
    sender.send_mail().await;
    let mails = script.mails();
    assert_eq!(mails.len(), 7);
    assert!(
        mails
            .iter()
            .all(|mail| mail.message_id == mails[0].message_id)
    );
    assert!(service.outbox().await.is_empty());
}

#[tokio::test]
async fn mails_that_failed_together_do_not_come_back_together() {
    let service = Service::new();
    for n in 0..20 {
        let email = format!("{n}@example.com");
        let mut browser = service.browser_at(&format!("198.51.100.{n}"));
        browser.register(&email, PASSWORD).await.status(202);
    }
    service.mailer.answer_with(later(false));
    service.sidecar.send_mail().await;
    let mails = service.outbox().await;
    let turns: BTreeSet<i64> = mails.iter().map(|mail| mail.next_at.0).collect();
    assert!(turns.len() > 5, "{turns:?}");
}

#[tokio::test]
async fn a_permanently_rejected_mail_does_not_delay_others() {
    let service = Service::new();
    let script = Arc::new(Script::default());
    script.say(JO, never());
    let sender = service.sender(script.clone());
    for email in [JO, KIM] {
        service
            .browser()
            .register(email, PASSWORD)
            .await
            .status(202);
    }
    let log = Log::new();
    sender.send_mail().await;
    let mut tried = script.tried();
    tried.sort();
    assert_eq!(tried, [JO, KIM]);
    let aside = service.outbox().await;
    assert_eq!(aside.len(), 1);
    assert_eq!(aside[0].state, MailState::SetAside);
    assert_eq!(aside[0].reason, "550 no such mailbox");
    let told = log.text();
    assert!(
        told.contains(&aside[0].id) && told.contains("550"),
        "{told}"
    );
    for hidden in [JO, KIM, "jo@", "example"] {
        assert!(!told.contains(hidden), "{hidden}: {told}");
    }
    service.advance(1200);
    sender.send_mail().await;
    assert_eq!(script.tried().len(), 2, "it is never tried again");
    service
        .browser()
        .register("al@example.com", PASSWORD)
        .await
        .status(202);
    assert_eq!(service.end_late_mails().await, 0);
    service.advance(1680);
    assert_eq!(
        service.end_late_mails().await,
        1,
        "al's, not what was told before"
    );
    assert!(
        service.outbox().await.is_empty(),
        "and what it held is erased"
    );
}

#[tokio::test]
async fn a_new_code_removes_the_old_codes_queued_mail() {
    let service = Service::new();
    service.registered(JO).await;
    for call in ["verify", "reset/verify"] {
        let mut browser = service.browser();
        let email = match call {
            "verify" => {
                browser.register(KIM, PASSWORD).await.status(202);
                KIM
            }
            _ => {
                browser.reset(JO).await.status(202);
                JO
            }
        };
        let old = service.waiting_code(email).await;
        let mails = service.mailer.mails().len();
        service.advance(60);
        browser.post("code", json!({})).await.status(202);
        let new = service.code_for(email).await;
        assert_eq!(
            service.mailer.mails().len(),
            mails + 1,
            "one alone goes out"
        );
        if old != new.replace(' ', "") {
            browser.enter(call, &old).await.problem(422, "code-wrong");
        }
        browser.enter(call, &new).await.status(200);
    }
    let mut browser = service.browser();
    browser
        .register("first@example.com", PASSWORD)
        .await
        .status(202);
    browser
        .register("second@example.com", PASSWORD)
        .await
        .status(202);
    let mails = service.mails().await;
    assert!(mails.iter().any(|mail| mail.to == "second@example.com"));
    assert!(mails.iter().all(|mail| mail.to != "first@example.com"));
}

#[tokio::test]
async fn repeated_requests_cannot_suppress_an_owners_notice() {
    let service = Service::new();
    service.registered(JO).await;
    service.mails().await;
    let mut stranger = service.browser();
    stranger.register(JO, OTHER_PASSWORD).await.status(202);
    service.advance(60);
    stranger.post("code", json!({})).await.status(202);
    stranger.register(KIM, OTHER_PASSWORD).await.status(202);
    let mail = service.mail_to(JO).await;
    assert!(mail.subject.contains("already have an account"));
}

#[tokio::test]
async fn a_code_is_not_sent_in_its_last_two_minutes() {
    for (seconds, sent) in [(1679, 1), (1680, 0)] {
        let service = Service::new();
        service.browser().register(JO, PASSWORD).await.status(202);
        service.advance(seconds);
        assert_eq!(service.mails().await.len(), sent, "after {seconds} s");
        assert_eq!(service.end_late_mails().await, 1 - sent);
        assert!(service.outbox().await.is_empty());
    }
}

#[tokio::test]
async fn mails_without_a_code_are_tried_for_three_days() {
    for (seconds, sent) in [(259_199, 3), (259_200, 0)] {
        let service = Service::new();
        let mut owner = service.registered(JO).await;
        service.mails().await;
        let before = service.mailer.mails().len();
        service.browser().register(JO, PASSWORD).await.status(202);
        let change = json!({ "current": PASSWORD, "password": OTHER_PASSWORD });
        owner.post("account/password", change).await.status(204);
        let mut kim = service.browser();
        kim.register(KIM, PASSWORD).await.status(202);
        let code = service.waiting_code(KIM).await;
        kim.enter("verify", &code).await.status(200);
        let delete = json!({ "password": PASSWORD });
        kim.post("account/delete", delete).await.status(204);
        service.advance(seconds);
        let mails = service.mails().await;
        let subjects: Vec<_> = mails[before..].iter().map(|mail| &mail.subject).collect();
        assert_eq!(subjects.len(), sent, "{subjects:?}");
        service.end_late_mails().await;
        assert!(service.outbox().await.is_empty() && service.due_mails().await.is_empty());
    }
}
