//! PostgreSQL by way of PgBouncer in transaction mode, where each transaction may reach another process of the server.

use dateline_auth::store::postgres::{Postgres, PostgresOptions};

use super::*;
use crate::postgres::shared;

struct Pooled {
    store: Option<Arc<dyn Store>>,
    name: String,
}

impl Backend for Pooled {
    fn open() -> Self {
        let name = shared().database();
        let address = shared().pooled_address(&name);
        let store = Postgres::open(&address, PostgresOptions::default()).unwrap();
        Self {
            store: Some(Arc::new(store)),
            name,
        }
    }

    fn store(&self) -> Arc<dyn Store> {
        Arc::clone(self.store.as_ref().unwrap())
    }
}

impl Drop for Pooled {
    fn drop(&mut self) {
        self.store = None;
        shared().drop_database(&self.name);
    }
}

contracts!(Pooled);

#[tokio::test]
async fn nothing_is_left_on_a_connection() {
    let pooled = Pooled::open();
    let store = pooled.store();
    let work = (0..40).map(|n| {
        let store = &store;
        async move {
            insert(store, &format!("n{n}")).await;
            read(store, |rows| rows.accounts_after(0, 10)).await;
        }
    });
    futures_util::future::join_all(work).await;
    let state = "SELECT (SELECT count(*) FROM pg_prepared_statements)
          + (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'
             AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))
          + (SELECT count(*) FROM pg_listening_channels())
          + (SELECT count(*) FROM pg_class WHERE relpersistence = 't')
          + (SELECT count(*) FROM pg_settings WHERE name IN ('statement_timeout', 'enable_seqscan',
               'default_transaction_isolation', 'search_path') AND source = 'session')";
    // Each of the pooler's connections, which it takes in turn.
    for _ in 0..12 {
        assert_eq!(shared().sql_pooled(&pooled.name, state).trim(), "0");
    }
    let processes = "SELECT count(*) FROM pg_stat_activity
                     WHERE datname = current_database() AND pid <> pg_backend_pid()";
    let processes: u32 = shared()
        .sql(&pooled.name, processes)
        .trim()
        .parse()
        .unwrap();
    assert!(processes <= 3, "{processes}: the pooler stood not between");
}
