//! Accounts and their sessions.

use dateline_auth::domain::refusal::Stop;
use dateline_auth::domain::store::{Consent, Ended, EndedSession, Session, Store, StoreError};

use super::*;

pub(super) async fn an_address_has_one_account(store: &Arc<dyn Store>) {
    let first = insert(store, "jo").await;
    let mut other = account("jo");
    other.email = "JO@EXAMPLE.ORG".into();
    other.password_hash = "another".into();
    let again = write(store, move |rows| rows.insert_account(&other)).await;
    assert_eq!(again, None);
    let expected = Account {
        id: first,
        ..account("jo")
    };
    let by_key = read(store, |rows| rows.account_by_key("jo@example.org")).await;
    assert_eq!(by_key, Some(expected.clone()));
    let by_id = read(store, move |rows| rows.account(first)).await;
    assert_eq!(by_id, Some(expected));
    let unknown = read(store, |rows| rows.account_by_key("JO@example.org")).await;
    assert_eq!(unknown, None, "keys are compared as they are");

    write(store, move |rows| rows.erase_account(first)).await;
    assert!(
        insert(store, "jo").await > first,
        "an id is never used twice"
    );
}

pub(super) async fn accounts_are_listed_in_order(store: &Arc<dyn Store>) {
    let mut ids = Vec::new();
    for name in ["c", "a", "b"] {
        ids.push(insert(store, name).await);
    }
    let after = |id, limit| async move {
        let found = read(store, move |rows| rows.accounts_after(id, limit)).await;
        found.iter().map(|account| account.id).collect::<Vec<_>>()
    };
    assert_eq!(after(0, 2).await, ids[..2]);
    assert_eq!(after(ids[1], 2).await, ids[2..]);
    assert!(after(ids[2], 2).await.is_empty());
}

pub(super) async fn every_number_picks_an_account(store: &Arc<dyn Store>) {
    let picked = async |number| read(store, move |rows| rows.hash_of_any(number)).await;
    assert_eq!(picked(7).await, None);
    let first = insert(store, "a").await;
    insert(store, "b").await;
    let last = insert(store, "c").await;
    write(store, move |rows| rows.erase_account(first)).await;
    for number in [0, 1, 2, 3, 4, 5, u32::MAX] {
        let hash = picked(number).await.unwrap();
        assert!(
            ["hash of b", "hash of c"].contains(&&*hash),
            "{number}: {hash}"
        );
        assert_eq!(picked(number).await.unwrap(), hash);
    }
    let of_last = u32::try_from(last - 1).unwrap();
    assert_eq!(picked(of_last).await.unwrap(), "hash of c");
}

pub(super) async fn a_password_is_replaced_only_if_it_is_the_one_that_was_checked(
    store: &Arc<dyn Store>,
) {
    let id = insert(store, "jo").await;
    let replace = |from: &'static str, to: &'static str, seconds| {
        write(store, move |rows| {
            rows.replace_password(id, from, to, at(seconds))
        })
    };
    assert!(!replace("hash of kim", "new", 50).await);
    assert!(replace("hash of jo", "new", 51).await);
    assert!(!replace("hash of jo", "newer", 52).await);
    let found = read(store, move |rows| rows.account(id)).await.unwrap();
    assert_eq!(
        (found.password_hash.as_str(), found.password_at),
        ("new", at(51))
    );
}

pub(super) async fn disabling_twice_changes_nothing(store: &Arc<dyn Store>) {
    let id = insert(store, "jo").await;
    write(store, move |rows| {
        rows.insert_session(&session(1, id, 10, 10))
    })
    .await;
    let set =
        |seconds: Option<i64>| write(store, move |rows| rows.set_disabled(id, seconds.map(at)));
    assert!(!set(None).await);
    assert!(set(Some(5)).await);
    assert!(!set(Some(6)).await);
    let found = read(store, move |rows| rows.account(id)).await.unwrap();
    assert_eq!(found.disabled_at, Some(at(5)));
    let shown = read(store, |rows| rows.session(&hash(1), alive(0, 0))).await;
    assert_eq!(shown, None, "whoever is disabled is not signed in");
    assert!(set(None).await);
    assert!(!set(None).await);
    let unknown = write(store, |rows| rows.set_disabled(99, Some(at(7)))).await;
    assert!(!unknown);
}

pub(super) async fn consents_are_kept_in_order(store: &Arc<dyn Store>) {
    let (jo, kim) = (insert(store, "jo").await, insert(store, "kim").await);
    let consent = |subscribed, seconds| Consent {
        subscribed,
        wording: "w1".into(),
        text: "Send me the newsletter".into(),
        language: "en".into(),
        at: at(seconds),
    };
    let given = [consent(true, 30), consent(false, 30), consent(true, 20)];
    let kept = given.clone();
    write(store, move |rows| {
        for consent in &kept {
            rows.insert_consent(jo, consent, 50)?;
        }
        rows.set_subscribed(jo, true)
    })
    .await;
    let found = read(store, move |rows| rows.consents_of(jo)).await;
    assert_eq!(found, given);
    assert_eq!(read(store, move |rows| rows.consents_of(kim)).await, []);
    let subscribed = |id| read(store, move |rows| Ok(rows.account(id)?.unwrap().subscribed));
    assert!(subscribed(jo).await);
    assert!(!subscribed(kim).await);
}

pub(super) async fn erasing_takes_what_hangs_on_an_account_and_nothing_else(
    store: &Arc<dyn Store>,
) {
    let (jo, kim) = (insert(store, "jo").await, insert(store, "kim").await);
    write(store, move |rows| {
        for (byte, id) in [(1, jo), (2, kim)] {
            rows.insert_session(&session(byte, id, 10, 10))?;
            rows.insert_device(&hash(byte), id, at(10), at(1000))?;
            let consent = Consent {
                subscribed: true,
                wording: String::new(),
                text: String::new(),
                language: "en".into(),
                at: at(10),
            };
            rows.insert_consent(id, &consent, 50)?;
        }
        Ok(())
    })
    .await;
    assert!(write(store, move |rows| rows.erase_account(jo)).await);
    assert!(!write(store, move |rows| rows.erase_account(jo)).await);
    for (byte, id, there) in [(1, jo, false), (2, kim, true)] {
        let found = read(store, move |rows| {
            Ok([
                rows.account(id)?.is_some(),
                rows.session(&hash(byte), alive(0, 0))?.is_some(),
                !rows.sessions_of(id, alive(0, 0))?.is_empty(),
                rows.device(&hash(byte), at(20))?.is_some(),
                !rows.devices_of(id)?.is_empty(),
                !rows.consents_of(id)?.is_empty(),
            ])
        })
        .await;
        assert_eq!(found, [there; 6]);
    }
}

pub(super) async fn sessions_live_between_two_moments(store: &Arc<dyn Store>) {
    let id = insert(store, "jo").await;
    write(store, move |rows| {
        rows.insert_session(&session(1, id, 10, 20))
    })
    .await;
    let there = |seen_after, begun_after| {
        read(store, move |rows| {
            let found = rows.session(&hash(1), alive(seen_after, begun_after))?;
            let listed = rows.sessions_of(id, alive(seen_after, begun_after))?;
            assert_eq!(found.is_some(), !listed.is_empty());
            Ok(found)
        })
    };
    let found = there(19, 9).await.unwrap();
    assert_eq!(found.session, session(1, id, 10, 20));
    assert_eq!(
        (found.email.as_str(), found.language.as_str()),
        ("JO@Example.org", "ar")
    );
    assert_eq!(there(20, 9).await, None, "idle for just so long");
    assert_eq!(there(19, 10).await, None, "begun just so long ago");
    write(store, |rows| rows.touch_session(&hash(1), at(25))).await;
    write(store, |rows| rows.touch_session(&hash(1), at(22))).await;
    let seen = there(19, 9).await.unwrap().session.last_seen_at;
    assert_eq!(seen, at(25), "it is never seen earlier than it was");
    let none = read(store, |rows| rows.session(&hash(9), alive(0, 0))).await;
    assert_eq!(none, None);
}

pub(super) async fn sessions_end_one_by_one_or_together(store: &Arc<dyn Store>) {
    let (jo, kim) = (insert(store, "jo").await, insert(store, "kim").await);
    write(store, move |rows| {
        for byte in 1..=4 {
            rows.insert_session(&session(byte, jo, i64::from(byte), 50))?;
        }
        rows.insert_session(&session(5, kim, 5, 50))
    })
    .await;
    let twice = session(1, kim, 9, 9);
    let result = store
        .write(move |rows| Ok(rows.insert_session(&twice)?))
        .await;
    assert!(
        matches!(result, Err(Stop::Failed(StoreError::Failed(_)))),
        "{result:?}"
    );

    let of = |id| async move {
        let found: Vec<Session> = read(store, move |rows| rows.sessions_of(id, alive(0, 0))).await;
        found
            .iter()
            .map(|session| session.hash.0[0])
            .collect::<Vec<_>>()
    };
    assert_eq!(of(jo).await, [4, 3, 2, 1], "the newest first");
    assert!(write(store, |rows| rows.revoke_session(&hash(4))).await);
    assert!(!write(store, |rows| rows.revoke_session(&hash(4))).await);
    let called =
        |id, name: &'static str| write(store, move |rows| rows.revoke_session_called(id, name));
    assert!(!called(kim, "s3").await, "another's");
    assert!(called(jo, "s3").await);
    write(store, move |rows| {
        rows.revoke_sessions_of(jo, Some(&hash(1)))
    })
    .await;
    assert_eq!(of(jo).await, [1]);
    write(store, move |rows| rows.revoke_sessions_of(jo, None)).await;
    assert!(of(jo).await.is_empty());
    assert_eq!(of(kim).await, [5]);
}

pub(super) async fn a_browsers_mark_ends_and_may_change_hands(store: &Arc<dyn Store>) {
    let (jo, kim) = (insert(store, "jo").await, insert(store, "kim").await);
    let mark = |id, now, until| {
        write(store, move |rows| {
            rows.insert_device(&hash(1), id, at(now), at(until))
        })
    };
    let owner = |now| read(store, move |rows| rows.device(&hash(1), at(now)));
    mark(jo, 10, 100).await;
    assert_eq!(owner(99).await, Some(jo));
    assert_eq!(owner(100).await, None);
    let marked = read(store, move |rows| rows.devices_of(jo)).await;
    assert_eq!(marked, [at(10)]);
    mark(kim, 20, 200).await;
    assert_eq!(owner(150).await, Some(kim));
    assert_eq!(read(store, move |rows| rows.devices_of(jo)).await, []);
}

pub(super) async fn ended_sessions_are_remembered_for_a_while(store: &Arc<dyn Store>) {
    let end = |byte, how, at| EndedSession {
        hash: hash(byte),
        account: 7,
        how,
        at,
        successor: None,
    };
    let note = |ended: EndedSession| write(store, move |rows| rows.note_end(&ended));
    let find = |byte, since| {
        read(store, move |rows| {
            rows.ended_session(&hash(byte), at(since))
        })
    };
    note(end(1, Ended::LoggedOut, at(10))).await;
    note(end(2, Ended::Deleted, at(20))).await;
    assert_eq!(find(1, 9).await, Some(end(1, Ended::LoggedOut, at(10))));
    assert_eq!((find(1, 10).await, find(3, 0).await), (None, None));
    let replaced = EndedSession {
        successor: Some(hash(9)),
        ..end(1, Ended::Replaced, at(11))
    };
    note(replaced.clone()).await;
    assert_eq!(find(1, 10).await, Some(replaced));
    assert!(write(store, |rows| rows.forget_ends(at(11), 1)).await);
    assert_eq!(find(1, 0).await, None);
    assert!(find(2, 0).await.is_some());
}
