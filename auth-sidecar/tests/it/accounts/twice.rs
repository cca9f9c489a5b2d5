//! Forms that are sent twice by one impatient hand: the second one shows what the first one found, leads where that
//! led, and takes nothing away.

use super::media::LINK;
use super::*;

const MINUTE: i64 = 60;

/// Whether an answer ends the session of its browser.
fn ends_session(answer: &Answer) -> bool {
    let lines = answer.headers.get_all("set-cookie").into_iter();
    lines
        .map(|line| line.to_str().unwrap())
        .any(|line| line.starts_with("__Host-dateline-session=;"))
}

#[tokio::test]
async fn a_change_of_password() {
    let service = Service::new();
    let mut browser = service.registered(JO).await;
    let (mut second, mut thief, mut late) = (browser.clone(), browser.clone(), browser.clone());
    let form = [("current", PASSWORD), ("password", OTHER_PASSWORD)];
    let done = "/api/account#password-changed";
    browser.form("account/password", &form).await.leads_to(done);
    // What was on its way with the old session takes the new one out of no browser.
    for path in ["/api/session", "/api/account", "/api/account/links"] {
        assert!(!ends_session(&second.get(path).await), "{path}");
    }
    let mut by_script = second.clone();
    let body = json!({ "current": PASSWORD, "password": OTHER_PASSWORD });
    let answer = by_script.post("account/password", body).await;
    answer.problem(401, "signed-out");
    assert!(!ends_session(&answer));
    // The answer to the first may be lost: the second, and a third, bring a session, each in place of the one before.
    for mut again in [second.clone(), second] {
        again.form("account/password", &form).await.leads_to(done);
        assert!(again.is_signed_in().await);
    }
    assert!(!browser.is_signed_in().await);
    assert_eq!(service.sessions_kept().await.len(), 1);
    assert_eq!(
        service.mails().await.len(),
        2,
        "of the registration and the change"
    );
    // The old session alone opens nothing.
    for password in [PASSWORD, "Something-Else-99!"] {
        let form = [("current", PASSWORD), ("password", password)];
        let answer = thief.form("account/password", &form).await;
        answer.leads_to("/en/account/login/#signed-out");
        assert!(!thief.is_signed_in().await);
    }
    service.advance(MINUTE);
    let answer = late.form("account/password", &form).await;
    answer.leads_to("/en/account/login/#signed-out");
    assert!(ends_session(&answer));
}

#[tokio::test]
async fn a_change_of_password_whose_second_form_comes_to_another_node() {
    let service = Service::new();
    let (clock, mailer) = (&service.clock, &service.mailer);
    let node = open(&service.dir, service.sqlite, clock, mailer, service.change);
    let mut browser = service.registered(JO).await;
    let second = Browser {
        router: node.router(),
        ..browser.clone()
    };
    let form = [("current", PASSWORD), ("password", OTHER_PASSWORD)];
    let done = "/api/account#password-changed";
    browser.form("account/password", &form).await.leads_to(done);
    assert!(!ends_session(&second.clone().get("/api/session").await));
    for mut again in [second.clone(), second] {
        again.form("account/password", &form).await.leads_to(done);
        assert!(again.is_signed_in().await);
    }
    assert_eq!(service.sessions_kept().await.len(), 1);
}

#[tokio::test]
async fn a_deletion() {
    let service = Service::new();
    let mut browser = service.registered(JO).await;
    let mut second = browser.clone();
    for browser in [&mut browser, &mut second] {
        let answer = browser
            .form("account/delete", &[("password", PASSWORD)])
            .await;
        answer.leads_to("/en/account/deleted/");
        assert!(ends_session(&answer));
    }
    assert_eq!(service.mails().await.len(), 2);
}

#[tokio::test]
async fn ending_sessions() {
    let service = Service::new();
    let mut browser = service.registered(JO).await;
    let mut second = browser.clone();
    for browser in [&mut browser, &mut second] {
        let answer = browser
            .form("account/sessions/revoke", &[("all", "true")])
            .await;
        answer.leads_to("/api/account");
        assert!(!ends_session(&answer));
    }
    assert!(browser.is_signed_in().await);
    // A copy of the old one is useless.
    assert!(!second.is_signed_in().await);

    let sessions = browser.get("/api/account/sessions").await.json();
    let id = sessions["sessions"][0]["id"].as_str().unwrap().to_owned();
    let mut second = browser.clone();
    for browser in [&mut browser, &mut second] {
        let answer = browser
            .form("account/sessions/revoke", &[("id", &id)])
            .await;
        answer.leads_to("/en/account/login/");
        assert!(ends_session(&answer));
    }
}

#[tokio::test]
async fn a_code_and_a_link() {
    let service = Service::new();
    let (mut browser, _) = service.registering(KIM).await;
    let sent = service.mails().await.len();
    service.advance(MINUTE);
    for _ in 0..2 {
        let answer = browser.form("code", &[]).await;
        answer.leads_to("/en/account/verify/#code-sent");
    }
    assert_eq!(service.mails().await.len(), sent + 1);
    service.advance(10);
    let answer = browser.form("code", &[]).await;
    answer.leads_to("/en/account/verify/#code-wait");

    let mut jo = service.registered(JO).await;
    let first = jo.form(LINK, &[]).await;
    let second = jo.form(LINK, &[]).await;
    second.leads_to(first.header("location"));
    // Programs, and readers who wait, get as many as they request.
    jo.link().await;
    service.advance(10);
    let later = jo.form(LINK, &[]).await;
    assert_ne!(later.header("location"), first.header("location"));
    let links = jo.get("/api/account/links").await.json();
    assert_eq!(links["links"].as_array().unwrap().len(), 3);
}
