//! Changing one's address, and undoing it from the old mailbox.

use dateline_auth::domain::time::Moment;

use super::*;
use crate::store::work::Watch;

/// The address that an account is to have, and one after that.
const NEW: &str = "new@example.org";
const NEWER: &str = "newer@example.org";
const THREE_DAYS: i64 = 3 * 24 * 3600;

impl Browser {
    pub(crate) async fn ask_to_move(&mut self, email: &str, password: &str) -> Answer {
        let body = json!({ "email": email, "password": password });
        self.post("account/address", body).await
    }
}

impl Service {
    /// Changes the address of the signed-in account, with [`PASSWORD`].
    pub(crate) async fn moves(&self, browser: &mut Browser, to: &str) {
        browser.ask_to_move(to, PASSWORD).await.status(202);
        let code = self.code_for(to).await;
        let answer = browser.enter("account/address/verify", &code).await;
        assert_eq!(
            answer.status(204).header("location"),
            "/api/account#address-changed"
        );
        // Send the notice first: mails of one moment have no order.
        self.mails().await;
    }

    /// The code by which the change from this address can be undone.
    pub(crate) async fn undo_code(&self, address: &str) -> String {
        let mail = self.mail_to(address).await;
        let is_code = |line: &&str| line.len() == 29 && line.matches('-').count() == 5;
        let line = mail.text.lines().find(is_code);
        line.unwrap_or_else(|| panic!("no code in {}", mail.text))
            .to_owned()
    }

    async fn has_no_code(&self, address: &str) -> bool {
        let mail = self.mail_to(address).await;
        !mail.text.lines().any(|line| {
            let digits = line.chars().filter(char::is_ascii_digit).count();
            digits == 8 && line.len() == 9 || line.matches('-').count() == 5
        })
    }
}

#[tokio::test]
async fn an_account_gets_another_address_with_all_that_belongs_to_it() {
    let service = Service::new();
    let mut jo = service.registered(JO).await;
    jo.newsletter(true, "").await.status(200);
    let link = jo.link().await;
    let mut other = service.browser();
    other.log_in(JO, PASSWORD).await.status(200);
    service.advance(60);

    let told = jo.ask_to_move(NEW, PASSWORD).await.status(202).json();
    assert_eq!(
        (&told["next"], &told["location"]),
        (
            &json!("address-verify"),
            &json!("/en/account/address/verify/")
        )
    );
    assert_eq!([&told["code_expires_in"], &told["resend_in"]], [1800, 60]);
    let answer = jo.enter("account/address/verify", "00000000").await;
    assert_eq!(answer.problem(422, "code-wrong")["attempts_left"], 4);
    // Nothing has changed so far.
    assert_eq!(jo.get("/api/session").await.json()["email"], JO);
    service.advance(60);
    jo.post("code", json!({})).await.status(202);
    let code = service.code_for(NEW).await;
    let arabic = |c: char| c.to_digit(10).and_then(|n| char::from_u32(0x0660 + n));
    let typed: String = code.chars().filter_map(arabic).collect();
    let before = jo.clone();
    jo.enter("account/address/verify", &typed).await.status(204);

    let told = jo.get("/api/session").await.json();
    assert_eq!(
        (&told["email"], &told["newsletter"]),
        (&json!(NEW), &json!(true))
    );
    assert!(
        !before.clone().is_signed_in().await,
        "its cookie is a new one"
    );
    assert!(!other.is_signed_in().await, "other sessions end");
    other.ask(Method::GET, &link).send().await.status(200);
    let all = jo.get("/api/account").await.status(200).json();
    assert_eq!(all["email"], NEW);
    assert_eq!(all["address_since"], "2025-02-01T12:02:00Z");
    assert_eq!(
        all["former_addresses"],
        json!([{ "email": JO, "left_at": "2025-02-01T12:02:00Z", "can_be_undone_until": "2025-02-04T12:02:00Z" }])
    );
    let notice = service.mail_to(JO).await;
    assert!(
        notice.text.contains("2025-02-04 13:02 UTC+01:00"),
        "{}",
        notice.text
    );
    assert!(!notice.text.contains(NEW), "who reads it need not know");
    other
        .log_in(JO, PASSWORD)
        .await
        .problem(401, "credentials-wrong");
    other.log_in(NEW, PASSWORD).await.status(200);
    // By another spelling too.
    other.log_in("NEW@Example.ORG", PASSWORD).await.status(200);
}

#[tokio::test]
async fn the_same_by_forms_also_when_they_are_sent_twice() {
    let service = Service::new();
    let mut jo = service.registered(JO).await;
    for (email, password, fragment) in [
        ("nowhere", PASSWORD, "email-invalid"),
        (JO, PASSWORD, "address-same"),
        (NEW, OTHER_PASSWORD, "credentials-wrong"),
    ] {
        let fields = [("email", email), ("password", password), ("lang", "fr")];
        let answer = jo.form("account/address", &fields).await;
        answer.leads_to(&format!("/fr/account/address/#{fragment}"));
    }
    let fields = [("email", NEW), ("password", PASSWORD), ("lang", "fr")];
    let answer = jo.form("account/address", &fields).await;
    answer.leads_to("/fr/account/address/verify/");
    let answer = jo.form("code", &[]).await;
    answer.leads_to("/fr/account/address/verify/#code-wait");
    let answer = jo.form("account/address/verify", &[("code", "x")]).await;
    answer.leads_to("/fr/account/address/verify/#code-wrong");
    let code = service.code_for(NEW).await;
    let mut impatient = jo.clone();
    for _ in 0..2 {
        let answer = jo.form("account/address/verify", &[("code", &code)]).await;
        answer.leads_to("/api/account#address-changed");
        assert!(jo.is_signed_in().await);
    }
    // The first answer was lost: the repeated form has the ended session.
    let answer = impatient
        .form("account/address/verify", &[("code", &code)])
        .await;
    answer.leads_to("/api/account#address-changed");
    assert!(
        !answer.headers.contains_key("set-cookie"),
        "which one has meanwhile"
    );

    let undo = service.undo_code(JO).await;
    let mut owner = service.browser();
    let mut again = owner.clone();
    for browser in [&mut owner, &mut again] {
        let fields = [("code", &*undo), ("lang", "fr")];
        let answer = browser.form("account/address/undo", &fields).await;
        answer.leads_to("/fr/account/reset/new-password/");
    }
    service.advance(60);
    let answer = again.form("account/address/undo", &[("code", &undo)]).await;
    answer.leads_to("/fr/account/address/undo/#undo-invalid");
    let answer = again
        .form("reset/password", &[("password", OTHER_PASSWORD)])
        .await;
    answer.leads_to("/fr/account/reset/done/");
    again.log_in(JO, OTHER_PASSWORD).await.status(200);
}

#[tokio::test]
async fn changing_an_address_does_not_reveal_accounts() {
    let service = Service::new();
    service.registered(KIM).await;
    let mut jo = service.registered(JO).await;
    service.mails().await;
    let watch = Watch::on(&service);
    let mut seen = Vec::new();
    for address in [NEW, KIM] {
        let mut browser = watch.browser_at("192.0.2.7");
        browser.log_in(JO, PASSWORD).await.status(200);
        service.mails().await;
        watch.begin();
        let told = browser.ask_to_move(address, PASSWORD).await;
        let asked = watch.told();
        let mut answers = vec![told.status(202).json()];
        for _ in 0..3 {
            let answer = browser.enter("account/address/verify", "00000000").await;
            answers.push(answer.problem(422, "code-wrong"));
        }
        let lengths = service.due_mails().await;
        let lengths: Vec<usize> = lengths.iter().map(|mail| mail.sealed.len()).collect();
        let mut notified = service.mails().await;
        notified.retain(|mail| mail.to == address);
        assert_eq!(notified.len(), 2 - usize::from(address == NEW), "{address}");
        service.advance(60);
        watch.begin();
        answers.push(browser.post("code", json!({})).await.status(202).json());
        for answer in &mut answers {
            for time in ["code_expires_at", "resend_at"] {
                answer.as_object_mut().unwrap().remove(time);
            }
        }
        seen.push((answers, lengths, [asked, watch.told()]));
    }
    assert_eq!(seen[0], seen[1]);
    assert!(service.has_no_code(KIM).await);
    let subject = service.mail_to(KIM).await.subject;
    assert!(subject.contains("already has an account"), "{subject}");
    // An owner is not flooded: the second attempt sends nothing.
    let mails = service.mails().await;
    assert_eq!(mails.iter().filter(|mail| mail.to == KIM).count(), 2);
    assert_eq!(jo.get("/api/session").await.json()["email"], JO);
}

#[tokio::test]
async fn wrong_passwords_count_as_elsewhere_in_a_session() {
    let service = Service::new();
    let mut jo = service.registered(JO).await;
    for _ in 0..5 {
        let answer = jo.ask_to_move(NEW, OTHER_PASSWORD).await;
        answer.problem(401, "credentials-wrong");
    }
    for (call, body) in [
        (
            "account/address",
            json!({ "email": NEW, "password": PASSWORD }),
        ),
        ("account/delete", json!({ "password": PASSWORD })),
    ] {
        let problem = jo.post(call, body).await.problem(429, "too-many");
        assert_eq!(problem["retry_after"], 30);
    }
    service.advance(30);
    jo.ask_to_move(NEW, PASSWORD).await.status(202);
    let mut nobody = service.browser();
    let answer = nobody.ask_to_move(NEW, PASSWORD).await;
    answer.problem(401, "signed-out");
    let answer = nobody.enter("account/address/verify", "12345678").await;
    answer.problem(401, "signed-out");
}

/// The reader of the old mailbox logs out whoever has session and password.
#[tokio::test]
async fn the_owner_of_the_old_mailbox_gets_the_account_back() {
    let service = Service::new();
    let mut jo = service.registered(JO).await;
    let mut thief = service.browser();
    thief.log_in(JO, PASSWORD).await.status(200);
    service.moves(&mut thief, NEW).await;
    let undo = service.undo_code(JO).await;
    assert!(!jo.is_signed_in().await);
    let change = json!({ "current": PASSWORD, "password": OTHER_PASSWORD });
    thief.post("account/password", change).await.status(204);
    let link = thief.link().await;
    let answer = thief.post("account/delete", json!({ "password": OTHER_PASSWORD }));
    answer.await.problem(409, "address-recent");
    // Begun before the owner comes.
    let mut pending = thief.clone();
    pending.ask_to_move(NEWER, OTHER_PASSWORD).await.status(202);
    let pending_code = service.code_for(NEWER).await;
    let (mut reset, reset_code) = service.resetting(NEW).await;
    reset.enter("reset/verify", &reset_code).await.status(200);

    service.advance(THREE_DAYS - 600);
    thief.log_in(NEW, OTHER_PASSWORD).await.status(200);
    for wrong in ["", "12345678", &undo[1..], &undo.replace(|_| true, "0")] {
        let answer = jo.enter("account/address/undo", wrong).await;
        answer.problem(422, "undo-invalid");
    }
    let told = jo.enter("account/address/undo", &undo.to_lowercase()).await;
    assert_eq!(
        told.status(200).json(),
        json!({ "next": "new-password", "location": "/en/account/reset/new-password/" })
    );
    assert!(!thief.is_signed_in().await);
    thief.ask(Method::GET, &link).send().await.status(410);
    for (email, password) in [(NEW, OTHER_PASSWORD), (JO, OTHER_PASSWORD), (JO, PASSWORD)] {
        let answer = thief.log_in(email, password).await;
        answer.problem(401, "credentials-wrong");
    }
    let answer = pending.enter("account/address/verify", &pending_code).await;
    answer.problem(401, "signed-out");
    let answer = reset.post("reset/password", json!({ "password": PASSWORD }));
    answer.await.problem(409, "no-flow");
    // Marks of browsers are the owner's alone.
    assert_eq!(service.kept(|rows| rows.devices_of(1)).await.len(), 1);
    let mail = service.mail_to(NEW).await;
    assert!(mail.subject.contains("undone"), "{}", mail.subject);

    jo.post("reset/password", json!({ "password": PASSWORD }))
        .await
        .status(200);
    jo.log_in(JO, PASSWORD).await.status(200);
    assert_eq!(jo.get("/api/session").await.json()["email"], JO);
    // Only once; a new flow of the other address has no account.
    service.advance(61);
    let answer = jo.enter("account/address/undo", &undo).await;
    answer.problem(422, "undo-invalid");
    let sent = service.mails().await.len();
    service.browser().reset(NEW).await.status(202);
    assert_eq!(service.mails().await.len(), sent);
    jo.post("account/delete", json!({ "password": PASSWORD }))
        .await
        .status(204);
}

#[tokio::test]
async fn the_old_address_is_reserved_for_three_days() {
    let service = Service::new();
    let mut jo = service.registered(JO).await;
    let mut kim = service.registered(KIM).await;
    service.moves(&mut jo, NEW).await;
    let undo = service.undo_code(JO).await;
    let mut stranger = service.browser();
    let free = stranger.register("free@example.org", PASSWORD).await;
    let held = stranger.register(JO, OTHER_PASSWORD).await;
    assert_eq!(held.status(202).json(), free.json(), "it does not show");
    assert!(service.has_no_code(JO).await);
    let subject = service.mail_to(JO).await.subject;
    assert!(subject.contains("reserved"), "{subject}");
    let answer = stranger.enter("verify", "12345678").await;
    answer.problem(422, "code-wrong");
    kim.ask_to_move(JO, PASSWORD).await.status(202);
    service.browser().reset(JO).await.status(202);
    assert!(service.has_no_code(JO).await);
    let delete = json!({ "password": PASSWORD });
    let answer = jo.post("account/delete", delete).await;
    answer.problem(409, "address-recent");

    service.advance(THREE_DAYS);
    let answer = service.browser().enter("account/address/undo", &undo).await;
    answer.problem(422, "undo-invalid");
    service.sidecar.accounts().sweep().await.unwrap();
    let kept = service.kept(|rows| rows.address_changes_of(1, Moment(0)));
    assert_eq!(kept.await, []);
    service.registered(JO).await;
    let mut jo = service.browser();
    jo.log_in(NEW, PASSWORD).await.status(200);
    let delete = json!({ "password": PASSWORD });
    jo.post("account/delete", delete).await.status(204);
    // The address's current owner keeps it.
    service.browser().log_in(JO, PASSWORD).await.status(200);
}

#[tokio::test]
async fn the_oldest_way_back_still_works() {
    for from_first in [true, false] {
        let service = Service::new();
        let mut jo = service.registered(JO).await;
        service.moves(&mut jo, NEW).await;
        let first = service.undo_code(JO).await;
        service.moves(&mut jo, NEWER).await;
        let second = service.undo_code(NEW).await;
        let mut owner = service.browser();
        let mut undo = async |code: &str, status| {
            owner
                .enter("account/address/undo", code)
                .await
                .status(status);
        };
        let address = async || service.accounts_kept().await[0].email.clone();
        if !from_first {
            undo(&second, 200).await;
            assert_eq!(address().await, NEW);
        }
        undo(&first, 200).await;
        assert_eq!(address().await, JO);
        undo(&second, 422).await;
        assert_eq!(address().await, JO);
        // Its own mailbox gets no notice as if it were another's.
        service.browser().register(NEW, PASSWORD).await.status(202);
        service.code_for(NEW).await;
    }
}

#[tokio::test]
async fn an_undone_change_cannot_be_undone_in_turn() {
    let service = Service::new();
    let mut jo = service.registered(JO).await;
    service.moves(&mut jo, NEW).await;
    service.moves(&mut jo, JO).await;
    let mail = service.mail_to(NEW).await;
    assert!(mail.subject.contains("undone"), "{}", mail.subject);
    assert!(service.has_no_code(NEW).await);
    assert_eq!(jo.get("/api/session").await.json()["email"], JO);
    jo.post("account/delete", json!({ "password": PASSWORD }))
        .await
        .status(204);
}

#[tokio::test]
async fn an_address_changes_twice_a_day_at_most() {
    let service = Service::new();
    let mut jo = service.registered(JO).await;
    service.moves(&mut jo, NEW).await;
    let mut late = jo.clone();
    late.ask_to_move("late@example.org", PASSWORD)
        .await
        .status(202);
    service.moves(&mut jo, NEWER).await;
    let answer = jo.ask_to_move("third@example.org", PASSWORD).await;
    assert_eq!(answer.problem(429, "too-many")["retry_after"], 24 * 3600);
    // What was begun before is over, too.
    let code = service.code_for("late@example.org").await;
    jo.cookies
        .insert("__Host-dateline-flow".into(), late.cookie("flow").into());
    let answer = jo.enter("account/address/verify", &code).await;
    answer.problem(409, "no-flow");
    service.advance(24 * 3600 - 1);
    jo.log_in(NEWER, PASSWORD).await.status(200);
    service.advance(1);
    service.moves(&mut jo, "third@example.org").await;
    // What is held back has an end, and so a bound.
    for day in 0..5 {
        service.advance(24 * 3600);
        let address = service.accounts_kept().await[0].email.clone();
        jo.log_in(&address, PASSWORD).await.status(200);
        for half in 0..2 {
            service
                .moves(&mut jo, &format!("day{day}.{half}@example.org"))
                .await;
        }
        service.sidecar.accounts().sweep().await.unwrap();
        let kept = service.kept(|rows| rows.address_changes_of(1, Moment(0)));
        assert!(kept.await.len() <= 6);
    }
    service.advance(24 * 3600);
    jo.log_in("day4.1@example.org", PASSWORD).await.status(200);
    // Codes that are asked for have a bound of their own.
    for n in 0..11 {
        let answer = jo
            .ask_to_move(&format!("to{n}@example.org"), PASSWORD)
            .await;
        assert_eq!(answer.status, if n < 10 { 202 } else { 429 }, "{n}");
    }
}

#[tokio::test]
async fn flows_begun_before_a_change_are_void() {
    let service = Service::new();
    let mut jo = service.registered(JO).await;
    let (mut stranger, code) = service.registering(NEW).await;
    let (mut reset, reset_code) = service.resetting(JO).await;
    let (mut chosen, chosen_code) = service.resetting(JO).await;
    chosen.enter("reset/verify", &chosen_code).await.status(200);
    service.moves(&mut jo, NEW).await;
    let answer = stranger.enter("verify", &code).await;
    answer.problem(422, "code-wrong");
    let answer = reset.enter("reset/verify", &reset_code).await;
    answer.problem(422, "code-wrong");
    let body = json!({ "password": OTHER_PASSWORD });
    chosen
        .post("reset/password", body)
        .await
        .problem(409, "no-flow");

    // A change that waits ends with the password that was asked for.
    jo.ask_to_move(NEWER, PASSWORD).await.status(202);
    let code = service.code_for(NEWER).await;
    let change = json!({ "current": PASSWORD, "password": OTHER_PASSWORD });
    jo.post("account/password", change).await.status(204);
    let answer = jo.enter("account/address/verify", &code).await;
    let told = answer.problem(409, "no-flow");
    assert_eq!(told["location"], "/en/account/address/#no-flow");

    // An address that another account took meanwhile stays with it.
    jo.ask_to_move(NEWER, OTHER_PASSWORD).await.status(202);
    let code = service.code_for(NEWER).await;
    service.registered(NEWER).await;
    let answer = jo.enter("account/address/verify", &code).await;
    answer.problem(422, "code-wrong");
    // The code is of the account that asked.
    let mut kim = service.registered(KIM).await;
    kim.ask_to_move("kim@example.org", PASSWORD)
        .await
        .status(202);
    let code = service.code_for("kim@example.org").await;
    let mut jo = service.browser();
    jo.log_in(NEW, OTHER_PASSWORD).await.status(200);
    jo.cookies
        .insert("__Host-dateline-flow".into(), kim.cookie("flow").into());
    let answer = jo.enter("account/address/verify", &code).await;
    answer.problem(409, "no-flow");
}

#[tokio::test]
async fn an_account_that_is_closed_stays_so() {
    let service = Service::new();
    let mut jo = service.registered(JO).await;
    service.moves(&mut jo, NEW).await;
    let undo = service.undo_code(JO).await;
    service.set_disabled(NEW, true).await;
    let answer = service.browser().enter("account/address/undo", &undo).await;
    answer.problem(422, "undo-invalid");
    service.set_disabled(NEW, false).await;
    let answer = service.browser().enter("account/address/undo", &undo).await;
    answer.status(200);
}
