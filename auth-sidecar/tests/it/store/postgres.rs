//! PostgreSQL: the contract, and what concerns its server.

use dateline_auth::store::postgres::{Postgres, PostgresOptions};

use super::*;
use crate::postgres::{Cluster, shared};

/// A database of its own.
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
