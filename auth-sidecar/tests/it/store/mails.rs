//! Waiting mail.

use dateline_auth::domain::store::{MailCounts, Store};
use futures_util::future::join_all;

use super::*;

async fn post(store: &Arc<dyn Store>, mails: Vec<QueuedMail>) {
    write(store, move |rows| {
        mails.iter().try_for_each(|mail| rows.insert_mail(mail))
    })
    .await;
}

/// The id of the mail that is leased.
async fn lease(
    store: &Arc<dyn Store>,
    now: i64,
    owner: &'static str,
    until: i64,
) -> Option<String> {
    let leased = write(store, move |rows| {
        rows.lease_mail(at(now), owner, at(until))
    })
    .await;
    leased.map(|mail| mail.id)
}

async fn is_due(store: &Arc<dyn Store>, now: i64) -> bool {
    read(store, move |rows| rows.has_due_mail(at(now))).await
}

async fn ids(store: &Arc<dyn Store>) -> Vec<String> {
    let mails = read(store, |rows| rows.mails()).await;
    mails.iter().map(|mail| mail.id.clone()).collect()
}

pub(super) async fn mails_take_turns(store: &Arc<dyn Store>) {
    let first = QueuedMail {
        account: Some(7),
        flow: Some(hash(1)),
        ..mail("first", MailKind::Verify, 10)
    };
    let early = QueuedMail {
        next_at: at(30),
        ..mail("early", MailKind::Verify, 5)
    };
    post(
        store,
        vec![early, mail("later", MailKind::Reset, 30), first.clone()],
    )
    .await;
    assert!(!is_due(store, 9).await && is_due(store, 10).await);
    assert_eq!(lease(store, 9, "a", 100).await, None, "not its turn yet");
    let leased = write(store, |rows| rows.lease_mail(at(40), "a", at(100))).await;
    let once = QueuedMail {
        attempts: 1,
        ..first
    };
    assert!(leased == Some(once), "the whole mail, one attempt counted");
    assert_eq!(lease(store, 40, "b", 100).await.as_deref(), Some("early"));
    assert_eq!(lease(store, 40, "b", 100).await.as_deref(), Some("later"));
    assert_eq!(lease(store, 99, "c", 200).await, None, "all are held");
    assert!(!is_due(store, 99).await && is_due(store, 100).await);
    assert!(read(store, |rows| rows.has_waiting_mail()).await);
    let again = write(store, |rows| rows.lease_mail(at(100), "c", at(200))).await;
    let again = again.unwrap();
    assert_eq!((again.id.as_str(), again.attempts), ("first", 2));
}

pub(super) async fn only_who_holds_the_lease_changes_a_mail(store: &Arc<dyn Store>) {
    post(store, vec![mail("m", MailKind::Verify, 10)]).await;
    let postpone = |owner: &'static str| {
        write(store, move |rows| {
            rows.postpone_mail("m", owner, at(50), "later", false)
        })
    };
    let finish = |owner: &'static str| write(store, move |rows| rows.finish_mail("m", owner));
    let aside = |owner: &'static str| {
        write(store, move |rows| {
            rows.set_mail_aside("m", owner, "refused")
        })
    };
    assert!(!finish("a").await, "nobody holds it");
    lease(store, 10, "a", 20).await;
    assert!(!finish("b").await && !postpone("b").await && !aside("b").await);
    assert!(postpone("a").await);
    assert!(!finish("a").await, "it was given back");
    assert_eq!(lease(store, 49, "b", 60).await, None);
    lease(store, 50, "a", 60).await;
    lease(store, 60, "b", 70).await;
    assert!(!finish("a").await && !postpone("a").await && !aside("a").await);
    assert!(aside("b").await);
    assert_eq!(lease(store, 90, "b", 99).await, None, "set aside");
    let kept = read(store, |rows| rows.mails()).await;
    assert_eq!((kept[0].attempts, kept[0].reason.as_str()), (3, "refused"));
    assert_eq!(kept[0].state, MailState::SetAside);

    write(store, |rows| rows.retry_mails(None, at(90))).await;
    lease(store, 90, "b", 99).await;
    assert!(finish("b").await);
    assert_eq!(ids(store).await, Vec::<String>::new());
}

pub(super) async fn the_rate_of_mails_is_one_row(store: &Arc<dyn Store>) {
    assert_eq!(read(store, |rows| rows.mail_pace()).await, 0);
    let add = || {
        store.write_guarded(|rows| {
            let used = rows.lock_mail_pace()?;
            Ok(rows.set_mail_pace(used + 1)?)
        })
    };
    for added in join_all((0..20).map(|_| add())).await {
        added.unwrap();
    }
    assert_eq!(
        read(store, |rows| rows.mail_pace()).await,
        20,
        "none was lost"
    );
}

pub(super) async fn what_waits_is_counted(store: &Arc<dyn Store>) {
    let state = || {
        read(store, |rows| {
            Ok((rows.mail_counts()?.waiting, rows.oldest_waiting()?))
        })
    };
    assert_eq!(state().await, (0, None));
    let mails = vec![
        mail("a", MailKind::Verify, 10),
        mail("n", None, 20),
        mail("b", MailKind::Reset, 30),
    ];
    post(store, mails).await;
    assert_eq!(state().await, (2, Some(at(10))));
    assert_eq!(ids(store).await, ["a", "b"]);
    lease(store, 40, "x", 50).await;
    write(store, |rows| {
        rows.postpone_mail("a", "x", at(60), "full mailbox", true)
    })
    .await;
    assert_eq!(
        state().await,
        (2, Some(at(20))),
        "one's recipient's fault is nobody's delay"
    );
    write(store, |rows| rows.end_mails_for_nobody(at(60), 9)).await;
    lease(store, 60, "x", 70).await;
    write(store, |rows| rows.set_mail_aside("b", "x", "refused")).await;
    assert_eq!(
        state().await,
        (1, None),
        "what is set aside waits for nobody"
    );
}

pub(super) async fn late_mails_end(store: &Arc<dyn Store>) {
    let due = |id, seconds| QueuedMail {
        due_until: at(seconds),
        ..mail(id, MailKind::Verify, 10)
    };
    let mails = ["late", "held", "aside"].map(|id| due(id, 100));
    let mut mails = Vec::from(mails);
    mails.push(due("good", 101));
    for (turn, mail) in (10..).zip(&mut mails) {
        mail.next_at = at(turn);
    }
    mails.rotate_left(1);
    post(store, mails).await;
    assert_eq!(lease(store, 10, "x", 20).await.as_deref(), Some("late"));
    assert_eq!(lease(store, 11, "x", 150).await.as_deref(), Some("held"));
    assert_eq!(lease(store, 12, "x", 20).await.as_deref(), Some("aside"));
    write(store, |rows| rows.set_mail_aside("aside", "x", "refused")).await;
    assert_eq!(
        lease(store, 100, "x", 120).await.as_deref(),
        Some("good"),
        "what is not worth sending is not sent"
    );
    write(store, |rows| {
        rows.postpone_mail("good", "x", at(105), "later", false)
    })
    .await;
    let end = |now, most| async move {
        let ended = write(store, move |rows| rows.end_late_mails(at(now), most)).await;
        let mut ids: Vec<_> = ended.into_iter().map(|mail| mail.id).collect();
        ids.sort();
        ids
    };
    assert_eq!(end(99, 9).await, Vec::<String>::new());
    assert_eq!(end(100, 9).await, ["aside", "late"]);
    assert_eq!(ids(store).await, ["good", "held"], "one may be on its way");
    assert_eq!((end(150, 1).await.len(), end(150, 1).await.len()), (1, 1));
    assert_eq!(ids(store).await, Vec::<String>::new());
    assert!(!read(store, |rows| rows.has_waiting_mail()).await);
}

pub(super) async fn mails_end_with_their_account(store: &Arc<dyn Store>) {
    let mut mails = Vec::new();
    for (id, account, flow) in [
        ("a", None, Some(hash(1))),
        ("b", Some(7), Some(hash(2))),
        ("c", Some(8), None),
        ("d", None, None),
    ] {
        mails.push(QueuedMail {
            account,
            flow,
            ..mail(id, MailKind::Verify, 10)
        });
    }
    post(store, mails).await;
    write(store, |rows| rows.drop_mails_of_account(7)).await;
    assert_eq!(ids(store).await, ["a", "c", "d"]);
}

pub(super) async fn mails_are_tried_again_when_an_operator_says_so(store: &Arc<dyn Store>) {
    post(
        store,
        vec![mail("a", MailKind::Verify, 10), mail("n", None, 10)],
    )
    .await;
    post(
        store,
        vec![
            mail("b", MailKind::Verify, 20),
            mail("held", MailKind::Verify, 30),
        ],
    )
    .await;
    for _ in 0..4 {
        lease(store, 30, "x", 100).await;
    }
    let later = |id: &'static str, own_fault| {
        write(store, move |rows| {
            rows.postpone_mail(id, "x", at(900), "later", own_fault)
        })
    };
    later("n", false).await;
    later("b", true).await;
    write(store, |rows| rows.set_mail_aside("a", "x", "refused")).await;
    let retry = |id: Option<&'static str>| write(store, move |rows| rows.retry_mails(id, at(50)));
    assert_eq!(retry(Some("unknown")).await, 0);
    assert_eq!(retry(Some("held")).await, 0, "it is on its way");
    assert_eq!(retry(Some("a")).await, 1);
    assert_eq!(lease(store, 50, "y", 100).await.as_deref(), Some("a"));
    assert_eq!(retry(None).await, 1, "neither what is held nor `none`");
    assert_eq!(lease(store, 50, "y", 100).await.as_deref(), Some("b"));
    assert_eq!(lease(store, 50, "y", 100).await, None);
}

pub(super) async fn who_asked_for_less_goes_first(store: &Arc<dyn Store>) {
    let of = |id, network, asked, seconds| QueuedMail {
        network: [network; 32],
        asked,
        ..mail(id, MailKind::Verify, seconds)
    };
    let mut mails = Vec::new();
    for (n, id) in (1..).zip(["a1", "a2", "a3"]) {
        mails.push(of(id, b'a', n, 10));
    }
    mails.push(of("b1", b'b', 1, 20));
    mails.push(of("b2", b'b', 2, 21));
    mails.push(of("c1", b'c', 1, 30));
    mails.push(QueuedMail {
        kind: Ok(None),
        ..of("n", b'd', 1, 1)
    });
    post(store, mails).await;
    let counts = read(store, |rows| rows.mail_counts()).await;
    let expected = MailCounts {
        waiting: 6,
        networks: 3,
        most: 3,
        set_aside: 0,
    };
    assert_eq!(counts, expected);
    let oldest = |byte: u8| read(store, move |rows| rows.oldest_waiting_of(&[byte; 32]));
    assert_eq!(oldest(b'b').await, Some(at(20)));
    assert_eq!(oldest(b'x').await, None);
    let mut order = Vec::new();
    while let Some(id) = lease(store, 40, "x", 100).await {
        order.push(id);
    }
    assert_eq!(order, ["c1", "b1", "b2", "a1", "a2", "a3"]);
}

pub(super) async fn mails_for_nobody_end_by_themselves(store: &Arc<dyn Store>) {
    let mut mails = vec![mail("a", MailKind::Verify, 10)];
    for (id, seconds) in [("n1", 10), ("n2", 20), ("n3", 30)] {
        mails.push(mail(id, None, seconds));
    }
    post(store, mails).await;
    let due = |now| read(store, move |rows| rows.has_mail_for_nobody(at(now)));
    assert!(!due(9).await && due(10).await);
    assert!(is_due(store, 10).await);
    assert_eq!(lease(store, 10, "x", 40).await.as_deref(), Some("a"));
    assert_eq!(
        lease(store, 30, "x", 40).await,
        None,
        "nobody gets the rest"
    );
    assert!(!is_due(store, 30).await);
    let end = |now, most| async move {
        let ended = write(store, move |rows| rows.end_mails_for_nobody(at(now), most)).await;
        ended.len()
    };
    assert_eq!(end(20, 1).await, 1);
    assert_eq!(end(20, 9).await, 1);
    assert!(!due(29).await && due(30).await);
    assert_eq!(end(30, 9).await, 1);
    assert_eq!(ids(store).await, ["a"]);
}
