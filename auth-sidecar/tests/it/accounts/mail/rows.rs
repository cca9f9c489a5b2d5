//! The rows: written with what they tell, and silent to whoever reads them.

use super::*;

/// Writing mail down fails from here on.
const NO_MAIL: &str =
    "CREATE TRIGGER no_mail BEFORE INSERT ON outbox BEGIN SELECT RAISE(ABORT, 'no mail'); END";

#[tokio::test]
async fn what_cannot_be_told_is_not_done() {
    let service = Service::new();
    let mut owner = service.registered(JO).await;
    let mut elsewhere = service.browser();
    elsewhere.log_in(JO, PASSWORD).await.status(200);
    let (mut resetting, code) = service.resetting(JO).await;
    resetting.enter("reset/verify", &code).await.status(200);
    let (mut waiting, _) = service.registering("al@example.com").await;
    service.advance(60);
    let all = "SELECT group_concat(id || email || password_hash) FROM accounts";
    let codes = "SELECT group_concat(hex(id) || step || hex(code_mac)) FROM flows";
    let before = (service.rows(all), service.rows(codes));

    service.raw(NO_MAIL);
    let mut stranger = service.browser();
    let change = json!({ "current": PASSWORD, "password": OTHER_PASSWORD });
    let delete = json!({ "password": PASSWORD });
    for answer in [
        stranger.register(KIM, PASSWORD).await,
        stranger.register(JO, PASSWORD).await,
        stranger.reset(JO).await,
        stranger.reset(KIM).await,
        waiting.post("code", json!({})).await,
        resetting
            .post("reset/password", json!({ "password": OTHER_PASSWORD }))
            .await,
        owner.post("account/password", change).await,
        owner.post("account/delete", delete).await,
    ] {
        answer.problem(503, "unavailable");
    }
    assert_eq!((service.rows(all), service.rows(codes)), before);
    assert!(owner.is_signed_in().await && elsewhere.is_signed_in().await);

    service.raw("DROP TRIGGER no_mail");
    resetting
        .post("reset/password", json!({ "password": OTHER_PASSWORD }))
        .await
        .status(200);
    assert!(!owner.is_signed_in().await && !elsewhere.is_signed_in().await);
}

#[tokio::test]
async fn what_is_not_done_is_not_told() {
    let service = Service::new();
    service
        .raw("CREATE TRIGGER no_flow BEFORE INSERT ON flows BEGIN SELECT RAISE(ABORT, 'no'); END");
    for email in [JO, KIM] {
        let answer = service.browser().register(email, PASSWORD).await;
        answer.problem(503, "unavailable");
        let answer = service.browser().reset(email).await;
        answer.problem(503, "unavailable");
    }
    assert!(service.outbox().await.is_empty());
    assert!(service.rows("SELECT id FROM outbox").is_empty());
}

#[tokio::test]
async fn a_waiting_mail_shows_neither_code_nor_address() {
    let service = Service::new();
    service.registered(JO).await;
    let everything = "SELECT id || '|' || coalesce(account, '') || '|' || coalesce(hex(flow), '') || '|' || kind
        || '|' || language || '|' || key || '|' || hex(sealed) || '|' || reason || '|' || hex(id) FROM outbox";
    for ask in ["register", "reset"] {
        let email = if ask == "register" { KIM } else { JO };
        let mut browser = service.browser();
        let answer = match ask {
            "register" => browser.register(email, PASSWORD).await,
            _ => browser.reset(email).await,
        };
        answer.status(202);
        let code = service.waiting_code(email).await;
        assert_eq!(code.len(), 8);
        assert!(!service.files_hold(&code), "the code as it is");
        let shown = format!("{} {}", &code[..4], &code[4..]);
        assert!(!service.files_hold(&shown), "the code as mails show it");
        for row in service.rows(everything) {
            for hidden in [email, "example", &code] {
                let hex: String = hidden.bytes().map(|b| format!("{b:02X}")).collect();
                assert!(!row.contains(hidden) && !row.contains(&hex), "{hidden}");
            }
        }
        service.mails().await;
    }
}

#[tokio::test]
async fn an_erased_account_leaves_its_last_mail_and_no_address() {
    let service = Service::new();
    let mut browser = service.registered(JO).await;
    assert!(service.files_hold(JO));
    let delete = json!({ "password": PASSWORD });
    browser.post("account/delete", delete).await.status(204);
    let waiting = service.outbox().await;
    assert_eq!(waiting.len(), 1);
    assert_eq!(
        (waiting[0].kind, waiting[0].account),
        (Some(MailKind::Deleted), None)
    );
    assert!(!service.files_hold(JO), "not even to tell its owner");
    assert!(service.mail_to(JO).await.text.contains("deleted"));
}

#[tokio::test]
async fn rows_of_all_kinds_are_equally_long() {
    let service = Service::new();
    let mut owner = service.registered(JO).await;
    let longest = format!("{}@{}.example", "ü".repeat(32), "a".repeat(60));
    service
        .browser()
        .register(&longest, PASSWORD)
        .await
        .status(202);
    service
        .browser()
        .register("a@b.example", PASSWORD)
        .await
        .status(202);
    service.browser().register(JO, PASSWORD).await.status(202);
    service.browser().reset(JO).await.status(202);
    service.browser().reset(KIM).await.status(202);
    let change = json!({ "current": PASSWORD, "password": OTHER_PASSWORD });
    owner.post("account/password", change).await.status(204);
    let mut kim = service.browser();
    kim.register(KIM, PASSWORD).await.status(202);
    let code = service.waiting_code(KIM).await;
    kim.enter("verify", &code).await.status(200);
    service.set_disabled(KIM, true).await;
    service.browser().register(KIM, PASSWORD).await.status(202);
    let mut al = service.browser();
    al.register("al@example.com", PASSWORD).await.status(202);
    let code = service.waiting_code("al@example.com").await;
    al.enter("verify", &code).await.status(200);
    let delete = json!({ "password": PASSWORD });
    al.post("account/delete", delete).await.status(204);

    let kinds = service.rows("SELECT DISTINCT kind FROM outbox ORDER BY kind");
    let mut expected: Vec<&str> = MailKind::ALL.map(MailKind::name).into();
    expected.push("none");
    expected.sort_unstable();
    assert_eq!(kinds, expected);
    let lengths = service.rows("SELECT DISTINCT CAST(length(sealed) AS TEXT) FROM outbox");
    assert_eq!(lengths, ["680"]);
    let none = service.rows("SELECT id FROM outbox WHERE kind = 'none'");
    assert_eq!(none.len(), 1);
}

#[tokio::test]
async fn rows_are_erased_once_sent_and_those_for_nobody_in_turn() {
    let service = Service::new();
    let script = Arc::new(Script::default());
    let sender = service.sender(script.clone());
    service.browser().register(JO, PASSWORD).await.status(202);
    service.browser().reset(KIM).await.status(202);
    assert_eq!(service.rows("SELECT id FROM outbox").len(), 2);
    sender.send_mail().await;
    assert!(service.rows("SELECT id FROM outbox").is_empty());
    assert_eq!(script.tried(), [JO], "nobody gets what is for nobody");
}

#[tokio::test]
async fn a_row_that_was_altered_is_set_aside_told_and_never_sent() {
    const SWAP: &str = "CREATE TEMP TABLE s AS SELECT id, sealed FROM outbox WHERE kind = 'verify';
        UPDATE outbox SET sealed = (SELECT sealed FROM s WHERE s.id <> outbox.id) WHERE kind = 'verify'";
    for (alter, altered) in [
        (SWAP, 2),
        ("UPDATE outbox SET kind = 'reset' WHERE kind = 'verify'", 2),
        ("UPDATE outbox SET account = 1 WHERE kind = 'verify'", 2),
        ("UPDATE outbox SET account = 2 WHERE kind = 'reset'", 1),
        ("UPDATE outbox SET id = 'x' || id WHERE kind = 'verify'", 2),
        ("UPDATE outbox SET sealed = x'00' WHERE kind = 'reset'", 1),
        ("UPDATE outbox SET kind = 'deleted' WHERE kind = 'none'", 1),
        (
            "UPDATE outbox SET sealed = zeroblob(680) WHERE kind = 'reset'",
            1,
        ),
    ] {
        let service = Service::new();
        service.registered(JO).await;
        service.mails().await;
        let script = Arc::new(Script::default());
        let sender = service.sender(script.clone());
        for email in [KIM, "al@example.com"] {
            service
                .browser()
                .register(email, PASSWORD)
                .await
                .status(202);
        }
        service.browser().reset(JO).await.status(202);
        service
            .browser()
            .reset("nobody@example.com")
            .await
            .status(202);
        service.raw(alter);
        let log = Log::new();
        sender.send_mail().await;
        let sent = if alter.contains("'none'") {
            3
        } else {
            3 - altered
        };
        assert_eq!(script.tried().len(), sent, "{alter}");
        let aside = service.outbox().await;
        assert_eq!(aside.len(), altered, "{alter}");
        for mail in aside {
            assert_eq!(mail.state, MailState::SetAside);
            assert_eq!(mail.reason, "its contents were altered");
            assert!(log.text().contains(&mail.id));
        }
        assert!(log.text().contains("its contents were altered"), "{alter}");
        service.advance(1200);
        sender.send_mail().await;
        assert_eq!(script.tried().len(), sent, "nor later: {alter}");
    }
}
