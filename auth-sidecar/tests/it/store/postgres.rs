//! PostgreSQL: the contract, and what concerns its server.

use std::collections::BTreeSet;
use std::net::TcpListener;
use std::time::{Duration, Instant};

use dateline_auth::domain::refusal::Stop;
use dateline_auth::domain::store::{Departure, DepartureKind, StoreError};
use dateline_auth::store::postgres::{Postgres, PostgresOptions};
use tokio::time::sleep;

use super::*;
use crate::postgres::{Cluster, shared};

/// A new database.
struct Database {
    store: Option<Arc<dyn Store>>,
    name: String,
}

impl Backend for Database {
    fn open() -> Self {
        let name = shared().database();
        let store = Some(open(shared(), &name));
        Self { store, name }
    }

    fn store(&self) -> Arc<dyn Store> {
        Arc::clone(self.store.as_ref().unwrap())
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        self.store = None;
        shared().drop_database(&self.name);
    }
}

contracts!(Database);

fn open(cluster: &Cluster, database: &str) -> Arc<dyn Store> {
    Arc::new(Postgres::open(&cluster.address(database), PostgresOptions::default()).unwrap())
}

/// Writes an account down, or says why not.
async fn try_insert(store: &Arc<dyn Store>, name: &str) -> Result<i64, Stop> {
    let account = account(name);
    let id = store.write(move |rows| Ok(rows.insert_account(&account)?));
    Ok(id.await?.unwrap())
}

/// Waits until the store takes writes again, as the upkeep tries it.
async fn recovers(store: &Arc<dyn Store>) {
    let begun = Instant::now();
    let probe = || store.write(|rows| Ok(rows.forget_hits()?));
    while let Err(error) = probe().await {
        assert!(begun.elapsed() < Duration::from_secs(60), "{error}");
        sleep(Duration::from_millis(100)).await;
    }
    assert!(store.is_writable());
}

#[track_caller]
fn failed(result: Result<impl std::fmt::Debug, Stop>, words: &str) {
    match result {
        Err(Stop::Failed(StoreError::Failed(text))) if text.contains(words) => {}
        other => panic!("{other:?}, without {words:?}"),
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_yet_is_waited_for() {
    let cluster = Cluster::start();
    let database = cluster.database();
    cluster.control(&["stop", "-m", "fast"]);
    let store = open(&cluster, &database);
    assert!(!store.is_writable(), "so that the service is not ready");
    failed(
        try_insert(&store, "jo").await,
        "the database cannot be used",
    );
    let read = store.read(|rows| Ok(rows.account(1)?)).await;
    failed(read, "the database cannot be used");
    cluster.control(&["start"]);
    recovers(&store).await;
    insert(&store, "jo").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_was_confirmed_is_lost_by_restarts_of_the_server() {
    let cluster = Cluster::start();
    let database = cluster.database();
    let store = open(&cluster, &database);
    let begun = Instant::now();
    let writing = {
        let store = Arc::clone(&store);
        tokio::spawn(async move {
            let (mut kept, mut refused) = (BTreeSet::new(), 0);
            let mut number = 0;
            // Until it has seen the server go and come back.
            while refused == 0 || !store.is_writable() || kept.len() < 50 {
                assert!(begun.elapsed() < Duration::from_secs(120));
                number += 1;
                match try_insert(&store, &format!("n{number}")).await {
                    Ok(id) => drop(kept.insert(id)),
                    Err(_) => {
                        refused += 1;
                        sleep(Duration::from_millis(20)).await;
                    }
                }
            }
            kept
        })
    };
    for how in ["fast", "immediate"] {
        sleep(Duration::from_millis(300)).await;
        let stopping = &cluster;
        tokio::task::block_in_place(|| {
            stopping.control(&["stop", "-m", how]);
            std::thread::sleep(Duration::from_millis(700));
            stopping.control(&["start"]);
        });
        recovers(&store).await;
    }
    let kept = writing.await.unwrap();
    let there: BTreeSet<i64> = read(&store, |rows| rows.accounts_after(0, u32::MAX))
        .await
        .into_iter()
        .map(|account| account.id)
        .collect();
    assert!(kept.is_subset(&there), "{:?}", kept.difference(&there));
}

#[tokio::test]
async fn a_wrong_password_is_said_and_healed_without_a_restart() {
    let cluster = Cluster::start();
    let database = cluster.database();
    cluster.sql("postgres", "CREATE ROLE dateline LOGIN PASSWORD 'right'");
    cluster.sql(
        "postgres",
        &format!("ALTER DATABASE {database} OWNER TO dateline"),
    );
    let rules = "local all postgres trust\nlocal all all scram-sha-256\n";
    std::fs::write(cluster.data().join("pg_hba.conf"), rules).unwrap();
    cluster.control(&["reload"]);
    let address = cluster.address_as("dateline:wrong", &database);
    let store: Arc<dyn Store> =
        Arc::new(Postgres::open(&address, PostgresOptions::default()).unwrap());
    let refused = try_insert(&store, "jo").await;
    failed(refused, "password authentication failed");
    cluster.sql("postgres", "ALTER ROLE dateline PASSWORD 'wrong'");
    recovers(&store).await;
    insert(&store, "jo").await;
}

#[tokio::test]
async fn a_server_that_only_reads_answers_questions_and_takes_no_write() {
    let database = Database::open();
    let store = database.store();
    let id = insert(&store, "jo").await;
    let set = |value| {
        let name = &database.name;
        let set = format!("ALTER DATABASE {name} SET default_transaction_read_only = {value}");
        shared().sql("postgres", &set);
        // Of connections to come.
        let end = format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
        );
        shared().sql("postgres", &end);
    };
    set("on");
    failed(try_insert(&store, "kim").await, "read-only");
    assert!(!store.is_writable());
    let found = store.read(move |rows| Ok(rows.account(id)?)).await;
    assert!(found.unwrap().is_some());
    set("off");
    recovers(&store).await;
    insert(&store, "kim").await;
}

#[tokio::test]
async fn a_commit_that_no_replica_has_is_not_answered_as_done() {
    let cluster = Cluster::start();
    let database = cluster.database();
    let store = open(&cluster, &database);
    insert(&store, "jo").await;
    let set = |standbys| {
        let set = format!("ALTER SYSTEM SET synchronous_standby_names = '{standbys}'");
        cluster.sql("postgres", &set);
        cluster.control(&["reload"]);
    };
    set("nobody");
    // The setting reaches a connection a moment later.
    let begun = Instant::now();
    while try_insert(&store, &format!("n{:?}", begun.elapsed()))
        .await
        .is_ok()
    {
        assert!(begun.elapsed() < Duration::from_secs(3), "it was answered");
    }
    assert!(!store.is_writable());
    set("");
    recovers(&store).await;
}

#[tokio::test]
async fn a_host_that_hangs_keeps_nobody_from_the_next() {
    let hanging = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = hanging.local_addr().unwrap().port();
    let database = shared().database();
    let address = shared().address(&database);
    let address = address.replace("postgres@", &format!("postgres@127.0.0.1:{port},"));
    let store: Arc<dyn Store> =
        Arc::new(Postgres::open(&address, PostgresOptions::default()).unwrap());
    recovers(&store).await;
    insert(&store, "jo").await;
    drop(store);
    shared().drop_database(&database);
}

#[tokio::test]
async fn a_lock_that_is_held_for_too_long_makes_it_busy() {
    let database = Database::open();
    let store = database.store();
    insert(&store, "jo").await;
    let name = database.name.clone();
    let holder = std::thread::spawn(move || {
        shared().sql(
            &name,
            "BEGIN; LOCK TABLE accounts; SELECT pg_sleep(7); COMMIT",
        );
    });
    let begun = Instant::now();
    let result = loop {
        // Until the lock is held.
        let result = try_insert(&store, &format!("n{:?}", begun.elapsed())).await;
        if result.is_err() {
            break result;
        }
        assert!(begun.elapsed() < Duration::from_secs(60));
    };
    assert_eq!(result, Err(StoreError::Busy.into()));
    holder.join().unwrap();
    recovers(&store).await;
}

#[tokio::test]
async fn a_newer_or_another_schema_is_refused() {
    let database = Database::open();
    let open = || {
        Postgres::open(
            &shared().address(&database.name),
            PostgresOptions::default(),
        )
    };
    let refusal = || open().err().unwrap().to_string();
    let newer = "INSERT INTO migrations (step, checksum) VALUES (9, '')";
    shared().sql(&database.name, newer);
    assert!(refusal().contains("newer release"), "{}", refusal());
    let other = "DELETE FROM migrations WHERE step = 9; UPDATE migrations SET checksum = ''";
    shared().sql(&database.name, other);
    assert!(
        refusal().contains("step 1 of its schema differs"),
        "{}",
        refusal()
    );
}

#[tokio::test]
async fn services_that_start_at_once_make_one_schema() {
    let name = shared().database();
    let starting: Vec<_> = (0..4)
        .map(|_| {
            std::thread::spawn({
                let name = name.clone();
                move || open(shared(), &name)
            })
        })
        .collect();
    let stores: Vec<_> = starting
        .into_iter()
        .map(|one| one.join().unwrap())
        .collect();
    assert!(stores.iter().all(|store| store.is_writable()));
    drop(stores);
    shared().drop_database(&name);
}

#[tokio::test]
async fn text_that_postgresql_cannot_hold_finds_nothing_and_breaks_nothing() {
    let database = Database::open();
    let store = database.store();
    let id = insert(&store, "jo").await;
    let found = read(&store, |rows| rows.account_by_key("jo@example.org\0")).await;
    assert_eq!(found, None);
    assert!(!write(&store, move |rows| rows.revoke_session_called(id, "\0")).await);
}

#[tokio::test]
async fn departures_are_numbered_in_the_order_of_their_commits() {
    let database = Database::open();
    let store = database.store();
    let (mut last, mut seen) = (0, 0);
    let writing = futures_util::future::join_all((0..40_u8).map(|byte| {
        let departure = Departure {
            id: 0,
            kind: Ok(DepartureKind::Deleted),
            key: "k1".into(),
            address: [byte; 32],
            at: at(10),
        };
        write(&store, move |rows| rows.insert_departure(&departure, None))
    }));
    let reading = async {
        let begun = Instant::now();
        while seen < 40 {
            assert!(begun.elapsed() < Duration::from_secs(60), "{seen} of 40");
            // What was read is not read again: nothing may appear before it later.
            for departure in read(&store, move |rows| rows.departures_after(last)).await {
                last = departure.id;
                seen += 1;
            }
        }
    };
    tokio::join!(writing, reading);
}
