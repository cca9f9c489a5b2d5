//! Accounts whose address changed after the backup.

use serde_json::json;

use crate::accounts::{JO, PASSWORD};
use crate::cli::{operator, service};

/// The report to the operator: accounts that exist, were deleted again, are void or disabled.
fn told(said: &serde_json::Value) -> [&serde_json::Value; 4] {
    ["accounts", "deleted_again", "passwords_voided", "disabled"].map(|name| &said[name])
}

const NEW: &str = "new@example.org";

#[tokio::test]
async fn an_address_left_after_the_backup_grants_no_access() {
    let service = service();
    let mut jo = service.registered(JO).await;
    service.operator(&["backup", "copy.db"]).done();
    service.moves(&mut jo, NEW).await;
    drop(jo);
    let service = service.while_stopped(|dir| {
        let said = operator(dir, &["restore", "copy.db", "--json"]).json();
        assert_eq!(told(&said), [&json!(1), &json!(0), &json!(0), &json!(1)]);
        let said = operator(dir, &["restore", "copy.db"]).done().out;
        assert!(
            said.contains("1 account is disabled, since it had another address"),
            "{said}"
        );
    });
    // The reader of the old mailbox gains nothing by it.
    let mut stranger = service.browser();
    stranger.reset(JO).await.status(202);
    assert!(service.mail_to(JO).await.subject.contains("closed"));
    service.operator(&["user", "enable", JO]).done();
    service.browser().log_in(JO, PASSWORD).await.status(200);
}

#[tokio::test]
async fn a_backup_from_after_a_change_of_address_has_it() {
    let service = service();
    let mut jo = service.registered(JO).await;
    service.moves(&mut jo, NEW).await;
    let undo = service.undo_code(JO).await;
    service.operator(&["backup", "copy.db"]).done();
    drop(jo);
    let service = service.while_stopped(|dir| {
        let said = operator(dir, &["restore", "copy.db", "--json"]).json();
        assert_eq!(told(&said), [&json!(1), &json!(0), &json!(0), &json!(0)]);
    });
    service.browser().log_in(NEW, PASSWORD).await.status(200);
    let shown = service.operator(&["user", "show", NEW]).done().out;
    assert!(shown.contains("can be undone until"), "{shown}");
    // The way back is one still.
    let mut owner = service.browser();
    owner.enter("account/address/undo", &undo).await.status(200);
}

#[tokio::test]
async fn an_account_deleted_at_another_address_stays_deleted() {
    let service = service();
    let mut jo = service.registered(JO).await;
    service.operator(&["backup", "copy.db"]).done();
    service.moves(&mut jo, NEW).await;
    drop(jo);
    service.operator(&["user", "delete", NEW, "--yes"]).done();
    // The address belongs to another reader afterwards, who is not meant.
    service.advance(1);
    service.registered(JO).await;
    service.operator(&["backup", "later.db"]).done();
    service.while_stopped(|dir| {
        for (backup, expected) in [("later.db", [1, 0, 0, 0]), ("copy.db", [0, 1, 0, 0])] {
            let said = operator(dir, &["restore", backup, "--json"]).json();
            assert_eq!(
                told(&said),
                expected.map(|n| json!(n)).each_ref(),
                "{backup}"
            );
        }
    });
}

#[tokio::test]
async fn a_change_that_was_undone_is_undone_again() {
    let service = service();
    let mut jo = service.registered(JO).await;
    service.operator(&["backup", "before.db"]).done();
    service.advance(1);
    service.moves(&mut jo, NEW).await;
    let undo = service.undo_code(JO).await;
    service.operator(&["backup", "between.db"]).done();
    service.advance(1);
    let mut owner = service.browser();
    owner.enter("account/address/undo", &undo).await.status(200);
    drop((jo, owner));
    let service = service.while_stopped(|dir| {
        for backup in ["before.db", "between.db"] {
            let said = operator(dir, &["restore", backup, "--json"]).json();
            let expected = [&json!(1), &json!(0), &json!(1), &json!(0)];
            assert_eq!(told(&said), expected, "{backup}");
        }
    });
    for email in [JO, NEW] {
        let answer = service.browser().log_in(email, PASSWORD).await;
        answer.problem(401, "credentials-wrong");
    }
    let (mut owner, code) = service.resetting(JO).await;
    owner.enter("reset/verify", &code).await.status(200);
}
