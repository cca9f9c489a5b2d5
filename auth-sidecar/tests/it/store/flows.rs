//! Flows, and what limits count.

use dateline_auth::domain::store::{Scope, Store};

use super::*;

async fn begin(store: &Arc<dyn Store>, flows: Vec<Flow>) {
    write(store, move |rows| {
        flows.iter().try_for_each(|flow| rows.insert_flow(flow))
    })
    .await;
}

async fn found(store: &Arc<dyn Store>, byte: u8) -> Option<Flow> {
    read(store, move |rows| rows.flow(&hash(byte), at(150))).await
}

pub(super) async fn a_flow_is_there_until_its_end(store: &Arc<dyn Store>) {
    begin(store, vec![flow(1, FlowKind::Register, "jo")]).await;
    let there = |seconds| read(store, move |rows| rows.flow(&hash(1), at(seconds)));
    assert!(there(299).await == Some(flow(1, FlowKind::Register, "jo")));
    assert!(there(300).await.is_none());
    assert!(found(store, 2).await.is_none());
    write(store, |rows| rows.delete_flow(&hash(1))).await;
    assert!(found(store, 1).await.is_none());
    write(store, |rows| rows.delete_flow(&hash(1))).await;
}

pub(super) async fn a_try_counts_while_there_are_some(store: &Arc<dyn Store>) {
    begin(store, vec![flow(1, FlowKind::Register, "jo")]).await;
    let count = |byte| write(store, move |rows| rows.count_try(&hash(byte), 2));
    assert!(count(1).await);
    assert!(count(1).await);
    assert!(!count(1).await);
    assert_eq!(found(store, 1).await.unwrap().code_tries, 2);
    assert!(!count(2).await, "no flow, no try");
}

pub(super) async fn each_step_of_a_flow_is_left_once(store: &Arc<dyn Store>) {
    begin(store, vec![flow(1, FlowKind::Reset, "jo")]).await;
    let advance = |from, to, now| {
        write(store, move |rows| {
            rows.advance(&hash(1), from, to, at(now), at(now + 200))
        })
    };
    assert!(!advance(FlowStep::NewPassword, FlowStep::Done, 120).await);
    assert!(advance(FlowStep::Code, FlowStep::NewPassword, 120).await);
    assert!(!advance(FlowStep::Code, FlowStep::NewPassword, 121).await);
    let now = found(store, 1).await.unwrap();
    assert!(now.step == FlowStep::NewPassword);
    assert_eq!(now.password_hash, None, "no password waits any longer");
    assert_eq!((now.code_used_at, now.expires_at), (Some(at(120)), at(320)));
    assert!(advance(FlowStep::NewPassword, FlowStep::Done, 130).await);
    let now = found(store, 1).await.unwrap();
    assert!(now.step == FlowStep::Done);
    assert_eq!(now.code_used_at, Some(at(120)), "when it was used stays");
}

pub(super) async fn a_code_is_replaced_while_it_is_waited_for(store: &Arc<dyn Store>) {
    begin(store, vec![flow(1, FlowKind::Register, "jo")]).await;
    write(store, |rows| rows.count_try(&hash(1), 5)).await;
    let new = StoredCode {
        key: "k2".into(),
        mac: [9; 32],
        sent_at: at(160),
        expires_at: at(260),
    };
    let replace = || {
        let new = new.clone();
        write(store, move |rows| {
            rows.replace_code(&hash(1), &new, at(400))
        })
    };
    assert!(replace().await);
    let now = found(store, 1).await.unwrap();
    assert!(now.code == new, "all of it");
    assert_eq!((now.code_tries, now.expires_at), (0, at(400)));
    write(store, |rows| {
        rows.advance(&hash(1), FlowStep::Code, FlowStep::Done, at(170), at(400))
    })
    .await;
    assert!(!replace().await);
}

pub(super) async fn the_way_back_changes_alone(store: &Arc<dyn Store>) {
    begin(store, vec![flow(1, FlowKind::Register, "jo")]).await;
    let back = WayBack {
        path: Some("/en/".into()),
        rendition: None,
    };
    let to = back.clone();
    write(store, move |rows| rows.set_way_back(&hash(1), &to)).await;
    let expected = Flow {
        back,
        ..flow(1, FlowKind::Register, "jo")
    };
    assert!(found(store, 1).await == Some(expected));
    write(store, |rows| {
        rows.set_way_back(&hash(2), &WayBack::default())
    })
    .await;
}

pub(super) async fn flows_of_an_address_end_together(store: &Arc<dyn Store>) {
    let done = Flow {
        step: FlowStep::Done,
        ..flow(4, FlowKind::Register, "jo")
    };
    let flows = vec![
        flow(1, FlowKind::Register, "jo"),
        flow(2, FlowKind::Register, "jo"),
        flow(3, FlowKind::Reset, "jo"),
        done,
        flow(5, FlowKind::Register, "kim"),
    ];
    begin(store, flows).await;
    let there = || async {
        let mut there = Vec::new();
        for byte in 1..=5 {
            if found(store, byte).await.is_some() {
                there.push(byte);
            }
        }
        there
    };
    write(store, |rows| {
        rows.void_flows(
            "jo@example.org",
            Some(FlowKind::Register),
            Some(&hash(1)),
            &[9; 32],
            None,
        )
    })
    .await;
    let voided = |there: &Flow| there.code.mac == [9; 32] && there.password_hash.is_none();
    let is_voided = || async {
        let mut bytes = there().await;
        let mut found_voided = Vec::new();
        for byte in bytes.drain(..) {
            if found(store, byte).await.is_some_and(|flow| voided(&flow)) {
                found_voided.push(byte);
            }
        }
        found_voided
    };
    assert_eq!(there().await, [1, 2, 3, 4, 5], "they are there as before");
    assert_eq!(is_voided().await, [2], "of this kind, but for itself");
    write(store, |rows| {
        rows.advance(
            &hash(3),
            FlowStep::Code,
            FlowStep::NewPassword,
            at(120),
            at(300),
        )
    })
    .await;
    write(store, |rows| {
        rows.void_flows("jo@example.org", None, None, &[9; 32], None)
    })
    .await;
    assert_eq!(there().await, [1, 2, 5], "what waits for no code ends");
    assert_eq!(is_voided().await, [1, 2]);
    let erase = |rows: &mut dyn Rows| {
        rows.void_flows("jo@example.org", None, None, &[9; 32], Some("nobody"))
    };
    write(store, erase).await;
    let flow = found(store, 1).await.unwrap();
    assert_eq!([flow.email_key, flow.email], ["nobody"; 2]);
}

pub(super) async fn hits_are_found_by_scope_key_and_age(store: &Arc<dyn Store>) {
    let insert = |scope, key: u8, seconds| {
        write(store, move |rows| {
            rows.insert_hit(scope, &[key; 32], &[8; 32], at(seconds))
        })
    };
    let late = insert(Scope::LoginAccount, 1, 30).await;
    let early = insert(Scope::LoginAccount, 1, 10).await;
    let middle = insert(Scope::LoginAccount, 1, 20).await;
    insert(Scope::LoginAccount, 2, 20).await;
    insert(Scope::LoginNetwork, 1, 20).await;
    let of = |since| async move {
        let question = move |rows: &dyn Rows| rows.hits(Scope::LoginAccount, &[1; 32], at(since));
        let hits = read(store, question).await;
        assert!(hits.iter().all(|hit| hit.network == [8; 32]));
        hits.iter().map(|hit| hit.id).collect::<Vec<_>>()
    };
    assert_eq!(of(0).await, [early, middle, late]);
    assert_eq!(of(10).await, [middle, late], "since then, not at it");
    write(store, move |rows| rows.delete_hit(middle)).await;
    write(store, move |rows| rows.delete_hit(middle)).await;
    assert_eq!(of(0).await, [early, late]);
}

pub(super) async fn what_is_counted_beside_goes_with_it(store: &Arc<dyn Store>) {
    let scope = Scope::LoginNetwork;
    let insert = |seconds| {
        write(store, move |rows| {
            let first = rows.insert_hit(scope, &[1; 32], &[8; 32], at(seconds))?;
            rows.insert_hit_beside(first, scope, &[2; 32], at(seconds))?;
            rows.insert_hit_beside(first, scope, &[3; 32], at(seconds))?;
            Ok(first)
        })
    };
    // Of the same moment, as those of a busy network may be.
    let (one, _other, _late) = (insert(10).await, insert(10).await, insert(20).await);
    let before = |keys: &'static [u8], within: (i64, i64), younger| {
        read(store, move |rows| {
            let keys: Vec<[u8; 32]> = keys.iter().map(|key| [*key; 32]).collect();
            rows.hit_before(scope, &keys, (at(within.0), at(within.1)), younger)
        })
    };
    assert_eq!(before(&[2], (0, 20), 0).await, Some(at(20)));
    assert_eq!(before(&[2], (0, 20), 2).await, Some(at(10)));
    assert_eq!(before(&[2], (0, 20), 3).await, None);
    assert_eq!(
        before(&[2], (10, 20), 1).await,
        None,
        "since then, not at it"
    );
    assert_eq!(before(&[2], (0, 19), 0).await, Some(at(10)));
    assert_eq!(before(&[2, 3], (0, 20), 5).await, Some(at(10)));
    write(store, move |rows| rows.delete_hit(one)).await;
    for key in [1, 2, 3] {
        let count = read(store, move |rows| rows.count_hits(scope, &[key; 32], at(0)));
        assert_eq!(count.await, 2, "{key}");
    }
}
