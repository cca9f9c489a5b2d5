//! `dateline-auth outbox …` beside a running service.

use dateline_auth::domain::mail::SendOutcome;
use serde_json::json;

use crate::accounts::{JO, KIM, PASSWORD, code_in};
use crate::cli::{command, run, service};

#[tokio::test]
async fn queued_mail_is_listed_without_address_or_code() {
    let service = service();
    assert_eq!(
        service.operator(&["outbox", "list"]).done().out,
        "No mail is queued.\n"
    );
    service.registered(JO).await;
    service.browser().register(KIM, PASSWORD).await.status(202);
    service.browser().reset(JO).await.status(202);
    service.browser().reset("al@example.com").await.status(202);

    let listed = service.operator(&["outbox", "list"]).done();
    let json = service.operator(&["outbox", "list", "--json"]);
    let codes: Vec<String> = service.mails().await.iter().skip(1).map(code_in).collect();
    assert_eq!(codes.len(), 2);
    for text in [&listed.out, &json.out] {
        for secret in [
            JO,
            KIM,
            "al@",
            &codes[0],
            &codes[0].replace(' ', ""),
            &codes[1],
        ] {
            assert!(!text.contains(secret), "{secret}: {text}");
        }
    }
    assert_eq!(listed.out.lines().count(), 3, "{}", listed.out);
    assert!(listed.out.starts_with("id "), "{}", listed.out);
    let json = json.json();
    let mails = json["mails"].as_array().unwrap();
    let kinds: Vec<_> = mails
        .iter()
        .map(|mail| (&mail["kind"], &mail["account"]))
        .collect();
    assert_eq!(
        kinds,
        [
            (&json!("verify"), &json!(null)),
            (&json!("reset"), &json!(1))
        ]
    );
    for key in [
        "id",
        "language",
        "state",
        "created_at",
        "given_up_at",
        "next_try_at",
    ] {
        assert!(mails[0][key].is_string(), "{key}: {json}");
    }
    assert_eq!(
        (&mails[0]["state"], &mails[0]["attempts"]),
        (&json!("waiting"), &json!(0))
    );
    assert!(mails[0]["age_seconds"].is_u64());
}

#[tokio::test]
async fn mail_that_was_set_aside_can_be_retried() {
    let service = service();
    service.mailer.answer_with(SendOutcome::Refused {
        reason: "RCPT: 550 no\u{1b}[2J such user".into(),
    });
    let mut jo = service.browser();
    jo.register(JO, PASSWORD).await.status(202);
    assert_eq!(service.mails().await.len(), 0);
    let listed = service.operator(&["outbox", "list"]).done().out;
    assert!(
        listed.contains("set aside") && listed.contains("550 no"),
        "{listed}"
    );
    assert!(!listed.contains('\u{1b}'), "{listed}");
    let id = service.outbox().await.remove(0).id;

    service
        .operator(&["outbox", "retry", "nonsense"])
        .refused("`dateline-auth outbox list`");
    service.mailer.answer_with(SendOutcome::Accepted);
    assert_eq!(service.mails().await.len(), 0);
    let said = service.operator(&["outbox", "retry", &id, "--json"]).json();
    assert_eq!(said, json!({ "retried": 1 }));
    let code = service.code_for(JO).await;
    jo.post("verify", json!({ "code": code })).await.status(200);
    service
        .operator(&["outbox", "retry", &id])
        .refused("no mail has the ID");
    let said = service.operator(&["outbox", "retry", "--all"]).done();
    assert_eq!(said.out, "No queued mail can be sent.\n");
}

#[tokio::test]
async fn all_queued_mail_can_be_retried_at_once() {
    let service = service();
    service.mailer.answer_with(SendOutcome::Later {
        reason: "the server took too long".into(),
        about_recipient: false,
    });
    for email in [JO, KIM] {
        service
            .browser()
            .register(email, PASSWORD)
            .await
            .status(202);
    }
    service.mails().await;
    service.mailer.answer_with(SendOutcome::Accepted);
    assert_eq!(service.mails().await.len(), 0, "it is not their turn");
    let said = service.operator(&["outbox", "retry", "--all"]).done();
    assert!(
        said.out
            .starts_with("2 mails are scheduled for immediate delivery"),
        "{said:?}"
    );
    assert_eq!(service.mails().await.len(), 2);
}

#[test]
fn a_test_mail_uses_the_configured_mailer() {
    let dir = tempfile::tempdir().unwrap();
    let test = |mail: &str, address: &str| {
        let mut command = command(dir.path(), &["mail", "test", address]);
        run(command.env("DATELINE_AUTH_MAIL", mail))
    };
    let said = test("file:mail", "jo@example.com").done().out;
    assert!(
        said.contains("accepted a test mail to jo@example.com"),
        "{said}"
    );
    let files: Vec<_> = std::fs::read_dir(dir.path().join("mail"))
        .unwrap()
        .collect();
    let mail = std::fs::read_to_string(files[0].as_ref().unwrap().path()).unwrap();
    assert!(mail.contains("To: jo@example.com\r\n"), "{mail}");
    assert!(!dir.path().join("state").exists(), "it needs no database");
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = closed.local_addr().unwrap().port();
    drop(closed);
    test(&format!("smtp://127.0.0.1:{port}"), "jo@example.com").refused("connecting: ");
    assert_eq!(test("file:mail", "nobody").status, 2);
}
