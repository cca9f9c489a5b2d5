//! The service's own rows.

use dateline_auth::domain::store::{Departure, DepartureKind, Scope, Store};

use super::*;

pub(super) async fn departures_are_kept_in_order(store: &Arc<dyn Store>) {
    let departure = |byte| Departure {
        id: 0,
        kind: Ok(DepartureKind::Deleted),
        key: "k1".into(),
        address: [byte; 32],
        at: at(10),
    };
    write(store, move |rows| {
        for byte in [3, 1, 2] {
            rows.insert_departure(&departure(byte), None)?;
        }
        Ok(())
    })
    .await;
    let after = |id| read(store, move |rows| rows.departures_after(id));
    let all = after(0).await;
    let bytes = |found: &[Departure]| found.iter().map(|row| row.address[0]).collect::<Vec<_>>();
    assert_eq!(bytes(&all), [3, 1, 2]);
    assert_eq!(
        (&all[0].kind, all[0].key.as_str()),
        (&Ok(DepartureKind::Deleted), "k1")
    );
    assert_eq!(all[0].at, at(10));
    assert_eq!(bytes(&after(all[0].id).await), [1, 2]);
    assert!(after(all[2].id).await.is_empty());
}

pub(super) async fn only_the_latest_departures_of_an_address_are_kept(store: &Arc<dyn Store>) {
    let insert = |kind: &'static str, address, seconds| {
        write(store, move |rows| {
            let departure = Departure {
                id: 0,
                kind: DepartureKind::named(kind).ok_or(kind.to_owned()),
                key: "k1".into(),
                address: [address; 32],
                at: at(seconds),
            };
            rows.insert_departure(&departure, None)
        })
    };
    let all = || async {
        let all = read(store, |rows| rows.departures_after(0)).await;
        let told = all
            .iter()
            .map(|row| (row.kind_name().to_owned(), row.address[0], row.at));
        told.collect::<Vec<_>>()
    };
    let row = |kind: &str, address, seconds| (kind.to_owned(), address, at(seconds));
    // Five changes a day for a hundred days.
    for second in 0..500 {
        insert("password", 1, second).await;
    }
    insert("password", 2, 1).await;
    // A later release's, with unknown meaning.
    insert("moved", 1, 600).await;
    insert("moved", 1, 601).await;
    let moved = [row("moved", 1, 600), row("moved", 1, 601)];
    let expected = [row("password", 1, 499), row("password", 2, 1)];
    assert_eq!(all().await, [&expected[..], &moved].concat());
    // The address is deleted, and registered and deleted again.
    for second in [700, 701] {
        insert("deleted", 1, second).await;
    }
    let expected = [
        row("password", 2, 1),
        moved[0].clone(),
        moved[1].clone(),
        row("deleted", 1, 701),
    ];
    assert_eq!(all().await, expected);
    insert("password", 1, 702).await;
    assert_eq!(all().await.len(), 5, "it may be there again");
}

pub(super) async fn rows_whose_key_is_gone_are_counted(store: &Arc<dyn Store>) {
    write(store, |rows| {
        rows.insert_mail(&mail("m", MailKind::Verify, 10))?;
        for (byte, step) in [(1, FlowStep::Code), (2, FlowStep::Done)] {
            rows.insert_flow(&Flow {
                step,
                ..flow(byte, FlowKind::Register, "jo")
            })?;
        }
        Ok(())
    })
    .await;
    let without = |keys: &'static [&str]| {
        let keys: Vec<String> = keys.iter().map(|key| (*key).to_owned()).collect();
        read(store, move |rows| rows.rows_without_key(&keys))
    };
    assert_eq!(without(&["k2", "k1"]).await, 0);
    assert_eq!(without(&["k2"]).await, 2, "a used code needs no key");
}

pub(super) async fn what_is_over_is_forgotten(store: &Arc<dyn Store>) {
    let id = insert(store, "jo").await;
    write(store, move |rows| {
        for (byte, end) in [(1, 500), (2, 501)] {
            rows.insert_flow(&Flow {
                expires_at: at(end),
                ..flow(byte, FlowKind::Register, "jo")
            })?;
            rows.insert_device(&hash(byte), id, at(10), at(end))?;
            rows.insert_hit(Scope::Notice, &[1; 32], &[1; 32], at(end - 300))?;
        }
        rows.insert_session(&session(1, id, 101, 400))?;
        rows.insert_session(&session(2, id, 100, 401))?;
        rows.insert_session(&session(3, id, 101, 401))
    })
    .await;
    let sweep = |most| {
        write(store, move |rows| {
            rows.sweep(at(500), alive(400, 100), at(200), most)
        })
    };
    assert!(sweep(1).await, "there may be more");
    assert!(!sweep(9).await);
    let left = read(store, move |rows| {
        let mut left = Vec::new();
        for byte in 1..=3 {
            left.push([
                rows.flow(&hash(byte), at(0))?.is_some(),
                rows.device(&hash(byte), at(0))?.is_some(),
                rows.session(&hash(byte), alive(0, 0))?.is_some(),
            ]);
        }
        Ok((left, rows.hits(Scope::Notice, &[1; 32], at(0))?.len()))
    })
    .await;
    let sessions = [false, false, true];
    let flows_and_marks = [false, true, false];
    let expected = [0, 1, 2].map(|at| [flows_and_marks[at], flows_and_marks[at], sessions[at]]);
    assert_eq!(left, (expected.into(), 1));
}
