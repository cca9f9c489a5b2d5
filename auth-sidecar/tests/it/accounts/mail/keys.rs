//! Waiting mail, codes and ways back when the secret changes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::*;
use crate::harness::SECRET;

fn other_key() -> String {
    format!("k2:{}", STANDARD.encode([7; 32]))
}

impl Service {
    /// The old key still verifies.
    fn rotate(self) -> Self {
        self.restart_with(|options| options.secret = format!("{},{SECRET}", other_key()))
    }

    /// The old key is gone.
    fn lose_key(self) -> Self {
        self.restart_with(|options| options.secret = other_key())
    }
}

#[tokio::test]
async fn a_new_key_keeps_what_the_old_one_made() {
    let service = Service::new();
    let owner = service.registered(JO).await;
    service.mails().await;
    let mut waiting = service.browser();
    waiting.register(KIM, PASSWORD).await.status(202);
    let (resetting, code) = service.resetting(JO).await;
    let mut reading = service.browser();
    let call = json!({ "email": JO, "password": OTHER_PASSWORD, "return_to": "/en/video/" });
    reading.post("login", call).await.status(401);

    let service = service.rotate();
    let mut owner = owner.moved_to(&service);
    assert!(owner.is_signed_in().await);
    let mut resetting = resetting.moved_to(&service);
    resetting.enter("reset/verify", &code).await.status(200);
    reading
        .moved_to(&service)
        .get("/api/return")
        .await
        .leads_to("/en/video/");
    let mut waiting = waiting.moved_to(&service);
    let code = service.code_for(KIM).await;
    waiting.enter("verify", &code).await.status(200);

    let mut al = service.browser();
    al.register("al@example.com", PASSWORD).await.status(202);
    let flow = service.flow_of(&al).await.unwrap();
    assert_eq!(flow.code.key, "k2", "what is new is made with the new key");
    let mails = service.due_mails().await;
    assert!(!mails.is_empty() && mails.iter().all(|mail| mail.key == "k2"));
}

/// As in the middle of a rotation: every node knows both keys, and some sign with the old one still.
#[tokio::test]
async fn nodes_that_sign_with_different_keys_accept_each_others() {
    let service = Service::with(|options| options.secret = format!("{SECRET},{}", other_key()));
    let (clock, mailer) = (&service.clock, &service.mailer);
    let other = open(&service.dir, service.sqlite, clock, mailer, |options| {
        options.secret = format!("{},{SECRET}", other_key());
    });
    let there = |browser: Browser| Browser {
        router: other.router(),
        ..browser
    };

    let mut jo = service.browser();
    jo.register(JO, PASSWORD).await.status(202);
    other.send_mail().await;
    let code = code_in(&service.mailer.mails()[0]);
    let mut jo = there(jo);
    jo.enter("verify", &code).await.status(200);

    let mut kim = there(service.browser());
    kim.register(KIM, PASSWORD).await.status(202);
    let code = service.code_for(KIM).await;
    let mut kim = Browser {
        router: service.sidecar.router(),
        ..kim
    };
    kim.enter("verify", &code).await.status(200);
    assert!(service.outbox().await.is_empty(), "nothing was set aside");

    for maker in [&mut jo, &mut kim] {
        let link = maker.link().await;
        for browser in [service.browser(), there(service.browser())] {
            let answer = browser.ask(Method::GET, &link).send().await;
            answer.status(200);
        }
    }
    // What one counted counts for the other.
    for attempt in 0..6 {
        let browser = service.browser();
        let mut browser = if attempt % 2 == 0 {
            browser
        } else {
            there(browser)
        };
        let answer = browser.log_in(JO, OTHER_PASSWORD).await;
        answer.status(if attempt < 5 { 401 } else { 429 });
    }
}

#[tokio::test]
async fn mail_sealed_with_a_lost_key_is_counted_logged_and_set_aside() {
    let service = Service::new();
    let (mut lost, code) = service.registering(JO).await;
    for email in ["al@example.com", "bo@example.com"] {
        service
            .browser()
            .register(email, PASSWORD)
            .await
            .status(202);
    }
    let service = service.lose_key();
    lost = lost.moved_to(&service);
    service.browser().register(KIM, PASSWORD).await.status(202);
    let log = Log::new();
    let mails = service.mails().await;
    assert_eq!(mails.len(), 2, "JO's from before, and KIM's");
    assert_eq!(mails[1].to, KIM);
    let aside = service.outbox().await;
    assert_eq!(aside.len(), 2);
    for mail in &aside {
        assert_eq!(mail.state, MailState::SetAside);
        assert!(mail.reason.contains("key that sealed it is gone"));
        assert!(log.text().contains(&mail.id));
    }
    assert!(!log.text().contains("@example"), "{}", log.text());

    service.sidecar.start_jobs();
    log.says("made with a key that the secret no longer contains")
        .await;
    let told = log.text();
    let line = told
        .lines()
        .find(|line| line.contains("no longer contains"));
    // Two mails, and the codes of three flows.
    assert!(line.unwrap().contains("rows=5"), "{told}");

    // A reader who waits for one requests another.
    lost.enter("verify", &code).await.problem(422, "code-wrong");
    service.advance(60);
    let sent = service.mailer.mails().len();
    lost.post("code", json!({})).await.status(202);
    // The jobs may have it in hand already.
    while service.mails().await.len() == sent {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let code = service.code_for(JO).await;
    lost.enter("verify", &code).await.status(200);
}

#[tokio::test]
async fn a_return_path_sealed_with_a_lost_key_falls_back_to_home() {
    let service = Service::new();
    let mut reading = service.browser();
    let call = json!({ "email": JO, "password": OTHER_PASSWORD, "return_to": "/fr/video/" });
    reading.post("login", call).await.status(401);
    let service = service.lose_key();
    reading
        .moved_to(&service)
        .get("/api/return")
        .await
        .leads_to("/en/");
}
