//! Delayed mail: calls that would send more are answered `busy`, whatever the address, and no other calls.

use super::*;

/// Another network.
const ELSEWHERE: &str = "198.51.100.7";

/// What each call that sends mail answers; the flows of the last two began before.
async fn ask_all(service: &Service, flows: &mut [Browser]) -> Vec<(u16, Value)> {
    let mut answers = Vec::new();
    for email in [JO, KIM] {
        let mut browser = service.browser();
        answers.push(browser.register(email, PASSWORD).await);
        answers.push(browser.reset(email).await);
    }
    for browser in flows {
        answers.push(browser.post("code", json!({})).await);
    }
    let told = |answer: &Answer| (answer.status.as_u16(), answer.json()["retry_after"].clone());
    answers.iter().map(told).collect()
}

/// Flows of an address with an account and of one without.
async fn begin(service: &Service) -> [Browser; 2] {
    service.registered(JO).await;
    service.mails().await;
    service.advance(3600);
    let mut flows = [service.browser(), service.browser()];
    for (browser, email) in flows.iter_mut().zip([JO, KIM]) {
        browser.reset(email).await.status(202);
    }
    flows
}

#[tokio::test]
async fn when_mail_is_ten_minutes_behind_asking_for_more_is_busy() {
    let service = Service::new();
    let mut flows = begin(&service).await;
    service.advance(600);
    let busy = vec![(503, json!(60)); 6];
    let answers = ask_all(&service, &mut flows).await;
    assert_eq!(answers, vec![(202, Value::Null); 6], "just so far is good");
    service.advance(1);
    // Those that replaced them are fresh; two mails of others still wait.
    service
        .alter_mails(|mails| {
            let by = Duration::from_secs(601);
            mails
                .iter_mut()
                .for_each(|mail| mail.created_at = mail.created_at.minus(by));
        })
        .await;
    service.advance(60);
    assert_eq!(ask_all(&service, &mut flows).await, busy);
    let mut browser = service.browser();
    let answer = browser.register("new@example.com", PASSWORD).await;
    answer.problem(503, "busy");
    assert_eq!(answer.header("retry-after"), "60");
    let mut other = service.browser_at(ELSEWHERE);
    other
        .register("new@example.com", PASSWORD)
        .await
        .status(202);
    other.reset("al@example.com").await.status(202);
    let ready = browser.get("/readyz").await;
    assert_eq!(ready.status(200).json()["status"], "degraded");
    browser.log_in(JO, PASSWORD).await.status(200);

    service.sidecar.send_mail().await;
    let answer = browser.register("new@example.com", PASSWORD).await;
    answer.status(202);
    browser.get("/readyz").await.status(200);
}

#[tokio::test]
async fn a_decoy_mail_counts_like_any_other() {
    for email in [JO, KIM] {
        let service = Service::new();
        service.registered(JO).await;
        service.mails().await;
        service.browser().reset(email).await.status(202);
        service.advance(600);
        let mut other = service.browser();
        other.register("al@example.com", PASSWORD).await.status(202);
        service.advance(1);
        let answer = service.browser().reset("bo@example.com").await;
        answer.problem(503, "busy");
    }
}

/// Decoys wait for a server in trouble like any other mail: neither `busy` nor the readiness reveals them.
#[tokio::test]
async fn a_server_in_trouble_reveals_no_accounts() {
    for email in [JO, KIM] {
        let service = Service::new();
        service.registered(JO).await;
        service.mails().await;
        service.mailer.answer_with(later(false));
        service.clock.advance(Duration::from_secs(2));
        service.browser().reset(email).await.status(202);
        for _ in 0..11 {
            service.sidecar.send_mail().await;
            service.clock.advance(Duration::from_secs(60));
        }
        let answer = service.browser().reset("bo@example.com").await;
        answer.problem(503, "busy");
        let mut other = service.browser_at(ELSEWHERE);
        other.reset(email).await.status(202);
        let ready = other.get("/readyz").await.json();
        assert_eq!(ready["status"], "degraded", "{email}");

        service.mailer.answer_with(SendOutcome::Accepted);
        service.clock.advance(Duration::from_secs(600));
        service.sidecar.send_mail().await;
        service.clock.advance(Duration::from_secs(1));
        service.sidecar.send_mail().await;
        service.browser().reset("bo@example.com").await.status(202);
        let ready = other.get("/readyz").await.json();
        assert_eq!(ready["status"], "ok", "{email}");
    }
}

#[tokio::test]
async fn several_recipients_refused_in_a_row_degrade_readiness_for_operators_and_one_does_not() {
    let service = Service::new();
    service.mailer.answer_with(never());
    let mut browser = service.browser();
    for n in 1..=5 {
        let mut reader = service.browser_at(&format!("198.51.{n}.1"));
        let email = format!("{n}@example.com");
        reader.register(&email, PASSWORD).await.status(202);
        service.sidecar.send_mail().await;
        // Not public: whether a mail to another address was accepted in between would reveal an account.
        let ready = browser.get("/readyz").await.json();
        assert_eq!(ready["status"], "ok", "after {n}");
        let metrics = service.sidecar.metrics().await;
        let aside = "dateline_degraded{reason=\"mail-set-aside\"} 1";
        assert!(metrics.contains(aside), "operators see each");
        let refused = metrics.contains("dateline_degraded{reason=\"mail-refused\"} 1");
        assert_eq!(refused, n == 5);
    }
    service.mailer.answer_with(SendOutcome::Accepted);
    browser.register(JO, PASSWORD).await.status(202);
    service.sidecar.send_mail().await;
    let metrics = service.sidecar.metrics().await;
    assert!(metrics.contains("dateline_degraded{reason=\"mail-refused\"} 0"));
}

#[tokio::test]
async fn one_recipients_failure_does_not_affect_others() {
    for (about_recipient, status) in [(true, 202), (false, 503)] {
        let service = Service::new();
        let script = Arc::new(Script::default());
        script.say(JO, later(about_recipient));
        let sender = service.sender(script.clone());
        service.browser().register(JO, PASSWORD).await.status(202);
        sender.send_mail().await;
        service.advance(601);
        let answer = service.browser().register(KIM, PASSWORD).await;
        answer.status(status);
        let ready = service.browser().get("/readyz").await.json();
        assert_eq!(ready["status"] == "ok", about_recipient);
    }
}
