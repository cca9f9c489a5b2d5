//! What holds for any rule and any question.

use std::sync::mpsc;

use dateline_auth::domain::refusal::{Refusal, Stop};
use dateline_auth::domain::store::{Scope, Store, StoreError};
use futures_util::FutureExt;
use futures_util::future::join_all;

use super::*;

/// How many hits this key has.
async fn hits(store: &Arc<dyn Store>) -> usize {
    read(store, |rows| rows.hits(Scope::Notice, &[1; 32], at(-1)))
        .await
        .len()
}

fn hit(rows: &mut dyn Rows, seconds: i64) -> Stored<i64> {
    rows.insert_hit(Scope::Notice, &[1; 32], &[2; 32], at(seconds))
}

pub(super) async fn an_error_undoes_everything(store: &Arc<dyn Store>) {
    let failure = Stop::Failed(StoreError::Failed("a rule thought better of it".into()));
    let told = failure.clone();
    let result: Result<(), Stop> = store
        .write(move |rows| {
            hit(rows, 1)?;
            rows.insert_account(&account("jo"))?;
            Err(told.clone())
        })
        .await;
    assert_eq!(result, Err(failure));
    assert_eq!(hits(store).await, 0);
    let found = read(store, |rows| rows.account_by_key("jo@example.org")).await;
    assert_eq!(found, None);
    assert!(store.is_writable(), "that was the rule's wish");
}

pub(super) async fn a_refusal_keeps_what_was_written(store: &Arc<dyn Store>) {
    let result: Result<(), Stop> = store
        .write(|rows| {
            hit(rows, 1)?;
            Err(Refusal::CodeSpent.into())
        })
        .await;
    assert_eq!(result, Err(Refusal::CodeSpent.into()));
    assert_eq!(hits(store).await, 1);
}

pub(super) async fn a_statement_that_failed_cannot_be_ignored(store: &Arc<dyn Store>) {
    let id = insert(store, "jo").await;
    let result = store
        .write(move |rows| {
            hit(rows, 1)?;
            rows.insert_session(&session(1, id, 10, 10))?;
            let _ = rows.insert_session(&session(1, id, 10, 10));
            Ok(hit(rows, 2)?)
        })
        .await;
    assert!(
        matches!(result, Err(Stop::Failed(StoreError::Failed(_)))),
        "{result:?}"
    );
    assert_eq!(hits(store).await, 0);
}

pub(super) async fn a_rule_that_panics_ends_alone(store: &Arc<dyn Store>) {
    let result: Result<(), Stop> = store
        .write(|rows| {
            hit(rows, 1)?;
            panic!("a mistake in a rule, on purpose")
        })
        .await;
    assert!(result.is_err());
    // More of them than there can be readers.
    for _ in 0..20 {
        let result: Result<(), Stop> = store
            .read(|_| panic!("a mistake in a question, on purpose"))
            .await;
        assert!(result.is_err());
    }
    assert_eq!(hits(store).await, 0);
    write(store, |rows| hit(rows, 2)).await;
    assert_eq!(hits(store).await, 1);
}

pub(super) async fn writes_come_one_after_the_other(store: &Arc<dyn Store>) {
    let counting = (0..100).map(|_| {
        write(store, |rows| {
            let before = rows.hits(Scope::Notice, &[1; 32], at(-1))?.len();
            hit(rows, i64::try_from(before).unwrap())?;
            Ok(before)
        })
    });
    let mut seen = join_all(counting).await;
    seen.sort_unstable();
    assert_eq!(seen, (0..100).collect::<Vec<_>>());
    assert_eq!(hits(store).await, 100, "what was answered is there");
}

pub(super) async fn a_guarded_write_lets_so_many_through(store: &Arc<dyn Store>) {
    write(store, |rows| {
        rows.insert_flow(&flow(1, FlowKind::Reset, "jo"))
    })
    .await;
    let tries = (0..100).map(|_| write(store, |rows| rows.count_try(&hash(1), 5)));
    let counted = join_all(tries).await;
    assert_eq!(counted.iter().filter(|counted| **counted).count(), 5);
    let leave = |_| {
        write(store, |rows| {
            rows.advance(&hash(1), FlowStep::Code, FlowStep::Done, at(110), at(200))
        })
    };
    let left = join_all((0..100).map(leave)).await;
    assert_eq!(left.iter().filter(|left| **left).count(), 1);
    let new = |_| write(store, |rows| rows.insert_account(&account("jo")));
    let new = join_all((0..100).map(new)).await;
    assert_eq!(new.iter().flatten().count(), 1);
}

pub(super) async fn a_question_sees_one_state(store: &Arc<dyn Store>) {
    write(store, |rows| hit(rows, 1)).await;
    let (asked, was_asked) = mpsc::channel();
    let (go_on, may_go_on) = mpsc::channel();
    let question = store.read(move |rows| {
        let before = rows.hits(Scope::Notice, &[1; 32], at(-1))?.len();
        asked.send(()).unwrap();
        may_go_on.recv().unwrap();
        let after = rows.hits(Scope::Notice, &[1; 32], at(-1))?.len();
        let others = rows.account_by_key("jo@example.org")?.is_some();
        Ok((before, after, others))
    });
    let change = async {
        was_asked.recv().unwrap();
        write(store, |rows| {
            hit(rows, 2)?;
            rows.insert_account(&account("jo"))
        })
        .await;
        go_on.send(()).unwrap();
    };
    let (seen, ()) = tokio::join!(question, change);
    assert_eq!(seen.unwrap(), (1, 1, false));
    assert_eq!(hits(store).await, 2);
}

pub(super) async fn whoever_leaves_undoes_nothing(store: &Arc<dyn Store>) {
    // Asked, and gone before the answer.
    drop(store.write(|rows| Ok(hit(rows, 1)?)).now_or_never());
    write(store, |rows| hit(rows, 2)).await;
    // The first need not be done by now.
    let begun = std::time::Instant::now();
    while hits(store).await < 2 {
        assert!(begun.elapsed() < std::time::Duration::from_secs(60));
        tokio::task::yield_now().await;
    }
}
