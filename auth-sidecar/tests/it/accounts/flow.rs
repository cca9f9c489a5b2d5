//! The ways of S2 to S10, as they should go.

use serde_json::json;

use super::*;

#[tokio::test]
async fn registering_verifying_and_logging_in() {
    let service = Service::new();
    let mut browser = service.browser();
    let answer = browser
        .post(
            "register",
            json!({ "email": JO, "password": PASSWORD, "return_to": "/en/video/lisbon/" }),
        )
        .await;
    let told = answer.status(202).json();
    assert_eq!(told["next"], "verify");
    assert_eq!(told["code_expires_at"], "2025-02-01T12:30:00Z");
    assert_eq!(told["resend_at"], "2025-02-01T12:01:00Z");
    // For browsers whose clock is wrong.
    assert_eq!([&told["code_expires_in"], &told["resend_in"]], [1800, 60]);
    assert!(!browser.is_signed_in().await);
    browser
        .clone()
        .log_in(JO, PASSWORD)
        .await
        .problem(401, "credentials-wrong");

    let mail = service.mail_to(JO).await;
    assert!(mail.text.contains("13:30 UTC+01:00"), "{}", mail.text);
    let code = code_in(&mail);
    let answer = browser.post("verify", json!({ "code": code })).await;
    let told = answer.status(200).json();
    assert_eq!(
        told,
        json!({
            "next": "welcome", "return_to": "/en/video/lisbon/", "location": "/en/account/welcome/",
        })
    );
    let session = browser.get("/api/session").await.json();
    assert_eq!(
        session,
        json!({ "signed_in": true, "email": JO, "newsletter": false })
    );

    browser.post("logout", json!({})).await.status(204);
    assert!(!browser.is_signed_in().await);
    browser.log_in(JO, PASSWORD).await.status(200);
    assert!(browser.is_signed_in().await);
}

#[tokio::test]
async fn the_same_by_forms() {
    let service = Service::new();
    let mut browser = service.browser();
    let fields = [("email", JO), ("password", PASSWORD), ("lang", "fr")];
    browser
        .form("register", &fields)
        .await
        .leads_to("/fr/account/verify/");
    let code = service.code_for(JO).await;
    browser
        .form("verify", &[("code", "00000000")])
        .await
        .leads_to("/fr/account/verify/#code-wrong");
    browser
        .form("verify", &[("code", &code)])
        .await
        .leads_to("/fr/account/welcome/");
    let fields = [
        ("subscribed", "true"),
        ("wording", "wording-fr"),
        ("lang", "fr"),
    ];
    browser
        .form("newsletter", &fields)
        .await
        .leads_to("/fr/account/welcome/#newsletter-on");
    browser.get("/api/return").await.leads_to("/fr/");
    browser
        .form("logout", &[("return_to", "/en/news/")])
        .await
        .leads_to("/en/news/");
}

#[tokio::test]
async fn a_forgotten_password() {
    let service = Service::new();
    let mut elsewhere = service.registered(JO).await;
    let mut browser = service.browser();
    let fields = [("email", JO), ("return_to", "/en/news/?x=1#y")];
    browser
        .form("reset", &fields)
        .await
        .leads_to("/en/account/reset/verify/");
    let code = service.code_for(JO).await;
    browser
        .form("reset/verify", &[("code", &code)])
        .await
        .leads_to("/en/account/reset/new-password/");
    browser
        .form("reset/password", &[("password", OTHER_PASSWORD)])
        .await
        .leads_to("/en/account/reset/done/");
    assert!(!browser.is_signed_in().await, "a reset does not log in");
    assert!(!elsewhere.is_signed_in().await, "other sessions end");
    assert!(service.mail_to(JO).await.subject.contains("changed"));
    browser
        .get("/api/return")
        .await
        .leads_to("/en/account/login/");
    browser
        .log_in(JO, PASSWORD)
        .await
        .problem(401, "credentials-wrong");
    let told = browser.log_in(JO, OTHER_PASSWORD).await.status(200).json();
    assert_eq!(told["return_to"], "/en/news/?x=1#y");
}
