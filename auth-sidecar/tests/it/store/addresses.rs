//! Changes of an account's address.

use dateline_auth::domain::store::{AddressChange, Departure, DepartureKind, Store};

use super::*;

fn change(byte: u8, account: i64, name: &str, until: i64) -> AddressChange {
    AddressChange {
        id: i64::from(byte),
        account,
        email_key: format!("{name}@example.org"),
        email: format!("{}@Example.org", name.to_uppercase()),
        language: "ar".into(),
        code: hash(byte),
        at: at(10),
        until: at(until),
    }
}

async fn keep(store: &Arc<dyn Store>, changes: Vec<AddressChange>) {
    write(store, move |rows| {
        let mut all = changes.iter();
        all.try_for_each(|change| rows.insert_address_change(change))
    })
    .await;
}

pub(super) async fn a_change_of_address_is_held_until_its_end(store: &Arc<dyn Store>) {
    let (jo, kim) = (insert(store, "jo").await, insert(store, "kim").await);
    let all = [
        change(1, jo, "old", 300),
        change(2, jo, "older", 400),
        change(3, kim, "was", 300),
    ];
    keep(store, all.to_vec()).await;
    let found = |seconds| {
        read(store, move |rows| {
            Ok((
                rows.address_change(&hash(1), at(seconds))?,
                rows.held_address("old@example.org", at(seconds))?,
                rows.address_changes_of(jo, at(seconds))?,
            ))
        })
    };
    let first = Some(all[0].clone());
    assert_eq!(found(299).await, (first.clone(), first, all[..2].to_vec()));
    assert_eq!(found(300).await, (None, None, all[1..2].to_vec()));
    write(store, |rows| rows.end_address_change_at(1, at(200))).await;
    assert_eq!(found(200).await.2, all[1..2]);
    write(store, move |rows| rows.end_address_changes(jo, 2)).await;
    assert_eq!(found(100).await.2.len(), 1);
    let others = read(store, move |rows| rows.address_changes_of(kim, at(100)));
    assert_eq!(others.await, all[2..]);
    write(store, |rows| rows.sweep(at(300), alive(0, 0), at(0), 1000)).await;
    let left = read(store, move |rows| rows.address_changes_of(kim, at(0)));
    assert_eq!(left.await, []);
}

pub(super) async fn an_address_is_replaced_if_it_is_free_and_what_it_was(store: &Arc<dyn Store>) {
    let jo = insert(store, "jo").await;
    insert(store, "kim").await;
    let replace = |from: &'static str, to: &'static str| {
        write(store, move |rows| {
            rows.replace_address(jo, from, [to, "New@Example.org"], at(50))
        })
    };
    assert!(!replace("al@example.org", "new@example.org").await);
    assert!(!replace("jo@example.org", "kim@example.org").await);
    assert!(replace("jo@example.org", "new@example.org").await);
    assert!(!replace("jo@example.org", "newer@example.org").await);
    let found = read(store, |rows| rows.account_by_key("new@example.org")).await;
    let found = found.unwrap();
    assert_eq!(
        (found.id, &*found.email, found.address_at),
        (jo, "New@Example.org", at(50))
    );
    let gone = read(store, |rows| rows.account_by_key("jo@example.org")).await;
    assert_eq!(gone, None);
}

pub(super) async fn what_an_account_left_is_its_own_until_it_is_erased(store: &Arc<dyn Store>) {
    let (jo, kim) = (insert(store, "jo").await, insert(store, "kim").await);
    keep(store, vec![change(1, jo, "old", 300)]).await;
    let left = |byte| Departure {
        id: 0,
        kind: Ok(DepartureKind::AddressLeft),
        key: "k1".into(),
        address: [byte; 32],
        at: at(10),
    };
    write(store, move |rows| {
        rows.insert_departure(&left(1), Some(jo))?;
        rows.insert_departure(&left(2), Some(kim))?;
        rows.insert_departure(&left(3), None)?;
        for (byte, account) in [(1, jo), (2, jo), (3, kim)] {
            rows.insert_flow(&Flow {
                account: Some(account),
                ..flow(byte, FlowKind::Address, "new")
            })?;
        }
        rows.end_address_flows(jo, Some(&hash(2)))
    })
    .await;
    let flows = read(store, |rows| {
        let there = |byte| Ok(rows.flow(&hash(byte), at(150))?.is_some());
        Ok([there(1)?, there(2)?, there(3)?])
    });
    assert_eq!(flows.await, [false, true, true]);
    let of = |account| async move {
        let found = read(store, move |rows| rows.departures_of(account)).await;
        found.iter().map(|one| one.address[0]).collect::<Vec<_>>()
    };
    assert_eq!((of(jo).await, of(kim).await), (vec![1], vec![2]));
    write(store, move |rows| rows.erase_account(jo)).await;
    assert_eq!((of(jo).await, of(kim).await), (vec![], vec![2]));
    let all = read(store, |rows| {
        let held = rows.held_address("old@example.org", at(100))?;
        Ok((rows.departures_after(0)?.len(), held))
    });
    assert_eq!(all.await, (3, None));
    // Another account's deletion does not identify a former owner; one's own does.
    for (seconds, expected) in [
        (20, ["address-left", "deleted"]),
        (10, ["deleted", "deleted"]),
    ] {
        let deleted = Departure {
            kind: Ok(DepartureKind::Deleted),
            at: at(seconds),
            ..left(3)
        };
        write(store, move |rows| rows.insert_departure(&deleted, None)).await;
        let all = read(store, |rows| rows.departures_after(0)).await;
        let of_third = all.iter().filter(|one| one.address[0] == 3);
        let mut kinds: Vec<&str> = of_third.map(Departure::kind_name).collect();
        kinds.sort_unstable();
        assert_eq!(kinds, expected);
    }
    // Voided, a change stays its account's, so that it ends with that.
    write(store, |rows| {
        rows.void_flows("new@example.org", None, None, &[9; 32], None)
    })
    .await;
    let found = read(store, |rows| rows.flow(&hash(3), at(150))).await;
    assert_eq!(found.unwrap().account, Some(kim));
}
