//! What every store must do, and what the one in SQLite does besides.
//!
//! A contract is a function on a [`Store`]: [`contracts`] makes a test of each for one backend, so
//! that a second one is tested by one line.

use std::sync::Arc;

use dateline_auth::domain::random::TokenHash;
use dateline_auth::domain::store::{
    Account, Alive, Flow, FlowKind, FlowStep, MailKind, MailState, QueuedMail, Rows, Session,
    Store, Stored, StoredCode, WayBack,
};
use dateline_auth::domain::time::Moment;

mod addresses;
pub(crate) mod again;
mod bounds;
mod flows;
mod mails;
mod media;
mod people;
mod pgbouncer;
mod postgres;
mod service;
mod sqlite;
mod traces;
mod transactions;
mod trouble;
pub(crate) mod work;
mod writes;

/// A store under test; what it needs ends with it.
trait Backend {
    fn open() -> Self;
    fn store(&self) -> Arc<dyn Store>;
}

/// One test of each contract.
macro_rules! contracts {
    ($backend:ty) => {
        crate::store::contracts! { $backend:
            people::an_address_has_one_account,
            people::accounts_are_listed_in_order,
            people::every_number_picks_an_account,
            people::a_password_is_replaced_only_if_it_is_the_one_that_was_checked,
            people::disabling_twice_changes_nothing,
            people::consents_are_kept_in_order,
            people::erasing_takes_what_hangs_on_an_account_and_nothing_else,
            people::sessions_live_between_two_moments,
            people::sessions_end_one_by_one_or_together,
            people::a_browsers_mark_ends_and_may_change_hands,
            people::ended_sessions_are_remembered_for_a_while,
            addresses::a_change_of_address_is_held_until_its_end,
            addresses::an_address_is_replaced_if_it_is_free_and_what_it_was,
            addresses::what_an_account_left_is_its_own_until_it_is_erased,
            flows::a_flow_is_there_until_its_end,
            flows::what_is_counted_beside_goes_with_it,
            flows::a_try_counts_while_there_are_some,
            flows::each_step_of_a_flow_is_left_once,
            flows::a_code_is_replaced_while_it_is_waited_for,
            flows::the_way_back_changes_alone,
            flows::flows_of_an_address_end_together,
            flows::hits_are_found_by_scope_key_and_age,
            mails::mails_take_turns,
            mails::only_who_holds_the_lease_changes_a_mail,
            mails::what_waits_is_counted,
            mails::who_asked_for_less_goes_first,
            mails::mails_for_nobody_end_by_themselves,
            mails::late_mails_end,
            mails::mails_end_with_their_account,
            mails::the_rate_of_mails_is_one_row,
            mails::mails_are_tried_again_when_an_operator_says_so,
            media::links_live_until_their_end_and_are_found_afterwards,
            media::links_end_one_by_one_or_together,
            media::downloads_go_on,
            media::downloads_are_listed_and_forgotten,
            service::departures_are_kept_in_order,
            service::only_the_latest_departures_of_an_address_are_kept,
            service::rows_whose_key_is_gone_are_counted,
            service::what_is_over_is_forgotten,
            transactions::an_error_undoes_everything,
            transactions::a_refusal_keeps_what_was_written,
            transactions::a_statement_that_failed_cannot_be_ignored,
            transactions::a_rule_that_panics_ends_alone,
            transactions::writes_come_one_after_the_other,
            transactions::a_guarded_write_lets_so_many_through,
            transactions::a_question_sees_one_state,
            transactions::whoever_leaves_undoes_nothing,
        }
    };
    ($backend:ty: $($room:ident::$contract:ident),+ $(,)?) => { $(
        #[tokio::test]
        async fn $contract() {
            let backend = <$backend as crate::store::Backend>::open();
            crate::store::$room::$contract(&backend.store()).await;
        }
    )+ };
}
use contracts;

/// Runs a rule that must succeed.
async fn write<T, F>(store: &Arc<dyn Store>, rule: F) -> T
where
    T: Send + 'static,
    F: Fn(&mut dyn Rows) -> Stored<T> + Send + 'static,
{
    store.write(move |rows| Ok(rule(rows)?)).await.unwrap()
}

/// Asks a question that must be answered.
async fn read<T, F>(store: &Arc<dyn Store>, question: F) -> T
where
    T: Send + 'static,
    F: FnOnce(&dyn Rows) -> Stored<T> + Send + 'static,
{
    store.read(|rows| Ok(question(rows)?)).await.unwrap()
}

/// A moment, in seconds of this test.
fn at(seconds: i64) -> Moment {
    Moment(seconds * 1000)
}

fn hash(byte: u8) -> TokenHash {
    TokenHash([byte; 32])
}

/// Sessions that were seen and had begun after these seconds.
fn alive(seen_after: i64, begun_after: i64) -> Alive {
    Alive {
        seen_after: at(seen_after),
        begun_after: at(begun_after),
    }
}

fn account(name: &str) -> Account {
    Account {
        id: 0,
        email_key: format!("{name}@example.org"),
        email: format!("{}@Example.org", name.to_uppercase()),
        password_hash: format!("hash of {name}"),
        language: "ar".into(),
        subscribed: false,
        created_at: at(10),
        password_at: at(20),
        address_at: at(10),
        disabled_at: None,
    }
}

/// Writes an account down; its id.
async fn insert(store: &Arc<dyn Store>, name: &str) -> i64 {
    let account = account(name);
    write(store, move |rows| rows.insert_account(&account))
        .await
        .unwrap()
}

fn session(byte: u8, account: i64, begun: i64, seen: i64) -> Session {
    Session {
        hash: hash(byte),
        id: format!("s{byte}"),
        account,
        device: "Firefox, Linux".into(),
        created_at: at(begun),
        last_seen_at: at(seen),
    }
}

fn code(byte: u8) -> StoredCode {
    StoredCode {
        key: "k1".into(),
        mac: [byte; 32],
        sent_at: at(100),
        expires_at: at(200),
    }
}

fn flow(byte: u8, kind: FlowKind, name: &str) -> Flow {
    Flow {
        id: hash(byte),
        kind,
        step: FlowStep::Code,
        email_key: format!("{name}@example.org"),
        email: format!("{name}@Example.org"),
        account: Some(7),
        password_hash: Some("hash".into()),
        language: "fr".into(),
        back: WayBack {
            path: Some("/fr/news/".into()),
            rendition: Some("lisbon/broadcast".into()),
        },
        code: code(byte),
        code_tries: 0,
        code_used_at: None,
        network_hit: 3,
        created_at: at(100),
        expires_at: at(300),
    }
}

/// A mail that was asked for then.
fn mail(id: &str, kind: impl Into<Option<MailKind>>, asked: i64) -> QueuedMail {
    QueuedMail {
        id: id.into(),
        account: None,
        flow: None,
        kind: Ok(kind.into()),
        language: "en".into(),
        key: "k1".into(),
        sealed: vec![1, 2, 3],
        state: MailState::Waiting,
        created_at: at(asked),
        due_until: at(10_000),
        next_at: at(asked),
        attempts: 0,
        reason: String::new(),
        network: [0; 32],
        asked: 1,
    }
}
