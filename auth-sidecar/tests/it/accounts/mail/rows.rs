//! Rows of mail: written with the change they report, and unreadable without the secret.

use std::collections::BTreeSet;

use super::*;

#[tokio::test]
async fn a_queued_mail_shows_neither_code_nor_address() {
    let service = Service::new();
    service.registered(JO).await;
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
        for mail in service.due_mails().await {
            let hex =
                |bytes: &[u8]| -> String { bytes.iter().map(|b| format!("{b:02X}")).collect() };
            let row = [
                mail.kind_name(),
                &mail.id,
                &mail.language,
                &mail.key,
                &mail.reason,
                &hex(mail.id.as_bytes()),
                &hex(&mail.sealed),
                &mail.flow.map(|flow| hex(&flow.0)).unwrap_or_default(),
            ];
            let row = row.join("|");
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
        (&waiting[0].kind, waiting[0].account),
        (&Ok(Some(MailKind::Deleted)), None)
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

    let mut mo = service.browser();
    let [old, new, other] = ["mo@example.com", "mo@example.org", "li@example.org"];
    for address in [other, old] {
        mo.register(address, PASSWORD).await.status(202);
        let code = service.waiting_code(address).await;
        mo.enter("verify", &code).await.status(200);
    }
    mo.ask_to_move(other, PASSWORD).await.status(202);
    mo.ask_to_move(new, PASSWORD).await.status(202);
    let code = service.waiting_code(new).await;
    // Mails of one moment are in no order.
    service.advance(1);
    mo.enter("account/address/verify", &code).await.status(204);
    service.browser().register(old, PASSWORD).await.status(202);
    let code = service.waiting_code(old).await;
    let mut owner = service.browser();
    owner.enter("account/address/undo", &code).await.status(200);

    let mails = service.due_mails().await;
    let kinds: BTreeSet<&str> = mails.iter().map(QueuedMail::kind_name).collect();
    let mut expected: Vec<&str> = MailKind::ALL.map(MailKind::name).into();
    expected.push("none");
    expected.sort_unstable();
    assert_eq!(kinds.into_iter().collect::<Vec<_>>(), expected);
    assert!(mails.iter().all(|mail| mail.sealed.len() == 680));
    let none = mails.iter().filter(|mail| mail.kind == Ok(None));
    assert_eq!(none.count(), 1);
}

#[tokio::test]
async fn rows_are_erased_once_sent_and_decoys_in_turn() {
    let service = Service::new();
    let script = Arc::new(Script::default());
    let sender = service.sender(script.clone());
    service.browser().register(JO, PASSWORD).await.status(202);
    service.browser().reset(KIM).await.status(202);
    assert_eq!(service.due_mails().await.len(), 2);
    sender.send_mail().await;
    assert!(service.due_mails().await.is_empty());
    assert_eq!(script.tried(), [JO], "nobody gets what is for nobody");
}

#[tokio::test]
async fn a_tampered_row_is_set_aside_logged_and_never_sent() {
    fn of(
        mails: &mut [QueuedMail],
        kind: Option<MailKind>,
    ) -> impl Iterator<Item = &mut QueuedMail> {
        mails.iter_mut().filter(move |mail| mail.kind == Ok(kind))
    }
    const VERIFY: Option<MailKind> = Some(MailKind::Verify);
    const RESET: Option<MailKind> = Some(MailKind::Reset);
    type Alter = fn(&mut Vec<QueuedMail>);
    let alterations: [(&str, Alter, usize, usize); 8] = [
        (
            "another's contents",
            |mails| {
                let mut sealed: Vec<_> =
                    of(mails, VERIFY).map(|mail| mail.sealed.clone()).collect();
                of(mails, VERIFY).for_each(|mail| mail.sealed = sealed.pop().unwrap());
            },
            2,
            1,
        ),
        (
            "another kind",
            |mails| of(mails, VERIFY).for_each(|mail| mail.kind = Ok(RESET)),
            2,
            1,
        ),
        (
            "an account",
            |mails| of(mails, VERIFY).for_each(|mail| mail.account = Some(1)),
            2,
            1,
        ),
        (
            "another account",
            |mails| of(mails, RESET).for_each(|mail| mail.account = Some(2)),
            1,
            2,
        ),
        (
            "another id",
            |mails| of(mails, VERIFY).for_each(|mail| mail.id.insert(0, 'x')),
            2,
            1,
        ),
        (
            "too short",
            |mails| of(mails, RESET).for_each(|mail| mail.sealed = vec![0]),
            1,
            2,
        ),
        (
            "for somebody",
            |mails| of(mails, None).for_each(|mail| mail.kind = Ok(Some(MailKind::Deleted))),
            1,
            3,
        ),
        (
            "zeros",
            |mails| of(mails, RESET).for_each(|mail| mail.sealed = vec![0; 680]),
            1,
            2,
        ),
    ];
    for (what, alter, altered, sent) in alterations {
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
        service.alter_mails(alter).await;
        let log = Log::new();
        sender.send_mail().await;
        assert_eq!(script.tried().len(), sent, "{what}");
        let aside = service.outbox().await;
        assert_eq!(aside.len(), altered, "{what}");
        for mail in aside {
            assert_eq!(mail.state, MailState::SetAside);
            assert_eq!(mail.reason, "its contents were altered");
            assert!(log.text().contains(&mail.id));
        }
        assert!(log.text().contains("its contents were altered"), "{what}");
        service.advance(1200);
        sender.send_mail().await;
        assert_eq!(script.tried().len(), sent, "nor later: {what}");
    }
}

#[tokio::test]
async fn a_mail_of_an_unknown_kind_is_set_aside_logged_and_others_are_sent() {
    let service = Service::new();
    let script = Arc::new(Script::default());
    let sender = service.sender(script.clone());
    for email in [JO, KIM] {
        service
            .browser()
            .register(email, PASSWORD)
            .await
            .status(202);
        service.advance(1);
    }
    let later = |mails: &mut Vec<QueuedMail>| mails[0].kind = Err("farewell".to_owned());
    service.alter_mails(later).await;
    let log = Log::new();
    sender.send_mail().await;
    assert_eq!(script.tried(), [KIM]);
    let aside = service.outbox().await;
    assert_eq!((aside.len(), aside[0].kind_name()), (1, "farewell"));
    assert_eq!(aside[0].state, MailState::SetAside);
    assert!(log.text().contains(&aside[0].id) && log.text().contains("farewell"));
}
