//! A PostgreSQL server in trouble, as readers and operators notice: 503 with `Retry-After`, nothing lost, recovery without
//! a restart, and a line in the log when it begins and when it ends.

use std::io::BufRead as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use dateline_auth::store::postgres::{Postgres, PostgresOptions};

use crate::accounts::{Browser, JO, PASSWORD, Service};
use crate::harness::SECRET;
use crate::postgres::Cluster;
use crate::program::{Running, program};

/// A service on its own server, as the role `dateline`, which has a password.
struct Troubled {
    cluster: Cluster,
    database: String,
    service: Service,
}

impl Troubled {
    fn start() -> Self {
        let cluster = Cluster::start();
        let database = cluster.database();
        cluster.sql("postgres", "CREATE ROLE dateline LOGIN PASSWORD 'right'");
        cluster.sql(
            "postgres",
            &format!("ALTER DATABASE {database} OWNER TO dateline"),
        );
        cluster.place(
            "pg_hba.conf",
            b"local all postgres trust\nlocal all all scram-sha-256\n",
        );
        cluster.control(&["reload"]);
        let address = cluster.address_as("dateline:right", &database);
        let store = Postgres::open(&address, PostgresOptions::default()).unwrap();
        let service = Service::new().reopened(|_| {}, |options| options.store = Arc::new(store));
        Self {
            cluster,
            database,
            service,
        }
    }

    fn sql(&self, statements: &str) -> String {
        self.cluster.sql(&self.database, statements)
    }

    /// Ends all connections of the service, and waits until they have ended.
    fn end_connections(&self) {
        let theirs = "FROM pg_stat_activity WHERE usename = 'dateline'";
        let server = |statement: &str| self.cluster.sql("postgres", statement);
        server(&format!("SELECT pg_terminate_backend(pid) {theirs}"));
        while server(&format!("SELECT count(*) {theirs}")).trim() != "0" {
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// A browser in another network, so that no limit applies.
    fn browser(&self, number: usize) -> Browser {
        self.service.browser_at(&format!("192.0.2.{number}"))
    }

    /// The number of registrations in progress.
    fn flows(&self) -> String {
        self.sql("SELECT count(*) FROM flows").trim().to_owned()
    }

    /// Checks what a fault is like, by what begins and what ends it.
    async fn suffers(&self, number: usize, name: &str, begin: impl Fn(&Self), end: impl Fn(&Self)) {
        let before = self.flows();
        begin(self);
        let mut browser = self.browser(number);
        let address = format!("p{number}@example.com");
        let refused = browser.register(&address, PASSWORD).await;
        assert_eq!(refused.status.as_u16(), 503, "{name}: {}", refused.text());
        assert!(
            refused.problem(503, "unavailable")["retry_after"].as_u64() > Some(0),
            "{name}"
        );
        assert_eq!(refused.header("retry-after"), "30", "{name}");
        let ready = browser.get("/readyz").await;
        assert_eq!(ready.status.as_u16(), 503, "{name}");
        end(self);
        let begun = Instant::now();
        loop {
            // Not from one network: no limit may end the waiting.
            let answer = browser.register(&address, PASSWORD).await;
            if answer.status.as_u16() == 202 {
                break;
            }
            answer.problem(503, "unavailable");
            assert!(begun.elapsed() < Duration::from_secs(60), "{name}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        browser.get("/readyz").await.status(200);
        let expected = before.parse::<u32>().unwrap() + 1;
        assert_eq!(
            self.flows(),
            expected.to_string(),
            "{name}: exactly what was answered"
        );
    }
}

/// A fault: its name, what begins and what ends it.
type Fault = (&'static str, fn(&Troubled), fn(&Troubled));

const FAULTS: [Fault; 8] = [
    (
        "read-only",
        |it| {
            it.sql("ALTER ROLE dateline SET default_transaction_read_only = on");
            it.end_connections();
        },
        |it| drop(it.sql("ALTER ROLE dateline RESET default_transaction_read_only")),
    ),
    (
        "too many connections",
        |it| {
            it.sql("ALTER ROLE dateline CONNECTION LIMIT 0");
            it.end_connections();
        },
        |it| drop(it.sql("ALTER ROLE dateline CONNECTION LIMIT -1")),
    ),
    (
        "another password",
        |it| {
            it.sql("ALTER ROLE dateline PASSWORD 'rotated'");
            it.end_connections();
        },
        |it| drop(it.sql("ALTER ROLE dateline PASSWORD 'right'")),
    ),
    (
        "a database that accepts no connections",
        |it| {
            it.cluster.sql(
                "postgres",
                &format!("ALTER DATABASE {} ALLOW_CONNECTIONS false", it.database),
            );
            it.end_connections();
        },
        |it| {
            drop(it.cluster.sql(
                "postgres",
                &format!("ALTER DATABASE {} ALLOW_CONNECTIONS true", it.database),
            ));
        },
    ),
    (
        "a newer schema",
        |it| {
            it.sql("INSERT INTO migrations (step, checksum) VALUES (999, '')");
            it.end_connections();
        },
        |it| drop(it.sql("DELETE FROM migrations WHERE step = 999")),
    ),
    (
        "a table that is gone",
        |it| drop(it.sql("ALTER TABLE flows RENAME TO elsewhere")),
        |it| drop(it.sql("ALTER TABLE elsewhere RENAME TO flows")),
    ),
    (
        "a full disk",
        |it| fails_with(it, "53100"),
        |it| drop(it.sql("DROP TRIGGER fault ON flows")),
    ),
    (
        "no memory left",
        |it| fails_with(it, "53200"),
        |it| drop(it.sql("DROP TRIGGER fault ON flows")),
    ),
];

/// Makes the server answer a write with this code.
fn fails_with(it: &Troubled, code: &str) {
    it.sql(&format!(
        "CREATE OR REPLACE FUNCTION fault() RETURNS trigger LANGUAGE plpgsql AS
           $$ BEGIN RAISE EXCEPTION 'fault' USING ERRCODE = '{code}'; END $$;
         CREATE TRIGGER fault BEFORE INSERT ON flows FOR EACH ROW EXECUTE FUNCTION fault()"
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_are_told_to_come_back_and_nothing_is_lost() {
    let it = Troubled::start();
    let mut owner = it.service.registered(JO).await;
    for (number, (name, begin, end)) in FAULTS.into_iter().enumerate() {
        it.suffers(number + 1, name, begin, end).await;
    }
    let stop = |it: &Troubled| it.cluster.control(&["stop", "-m", "immediate"]);
    // Crash recovery takes a moment, in which the server says that it is starting up.
    it.suffers(100, "stopped", stop, |it| it.cluster.control(&["start"]))
        .await;
    assert!(owner.is_signed_in().await);
}

#[tokio::test]
async fn a_connection_that_ends_in_the_middle_of_a_rule_is_replaced() {
    let it = Troubled::start();
    it.sql(
        "CREATE SEQUENCE struck;
         CREATE FUNCTION strike() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS
           $$ BEGIN IF nextval('struck') = 1 THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF; RETURN NEW; END $$;
         CREATE TRIGGER strike BEFORE INSERT ON flows FOR EACH ROW EXECUTE FUNCTION strike()",
    );
    it.browser(1).register(JO, PASSWORD).await.status(202);
    assert_eq!(it.flows(), "1");
    assert_eq!(
        it.sql("SELECT last_value > 1 FROM struck").trim(),
        "t",
        "it was struck"
    );
}

#[tokio::test]
async fn a_statement_that_takes_too_long_makes_a_call_busy() {
    let it = Troubled::start();
    it.sql(
        "CREATE FUNCTION linger() RETURNS trigger LANGUAGE plpgsql AS
           $$ BEGIN PERFORM pg_sleep(60); RETURN NEW; END $$;
         CREATE TRIGGER linger BEFORE INSERT ON flows FOR EACH ROW EXECUTE FUNCTION linger()",
    );
    let answer = it.browser(1).register(JO, PASSWORD).await;
    assert_eq!(answer.problem(503, "busy")["retry_after"], 2);
    assert_eq!(answer.header("retry-after"), "2");
    it.sql("DROP TRIGGER linger ON flows");
    it.browser(1).register(JO, PASSWORD).await.status(202);
}

#[test]
fn an_outage_is_logged_when_it_begins_and_when_it_ends() {
    let cluster = Cluster::start();
    let database = cluster.database();
    let dir = tempfile::tempdir().unwrap();
    let mut running = Running::start(
        program()
            .current_dir(dir.path())
            .env("DATELINE_AUTH_DATABASE", cluster.address(&database))
            .env("DATELINE_AUTH_SECRET", SECRET)
            .env("DATELINE_AUTH_LANDLOCK", "off"),
    );
    let mut lines = Vec::new();
    let mut until = |words: &str| {
        loop {
            let mut line = String::new();
            assert_ne!(
                running.log.read_line(&mut line).unwrap(),
                0,
                "no line says {words}: {lines:?}"
            );
            lines.push(line.clone());
            if line.contains(words) {
                return lines.clone();
            }
        }
    };
    cluster.control(&["stop", "-m", "immediate"]);
    until("the database cannot be used");
    // The service looks for work every second.
    std::thread::sleep(Duration::from_secs(6));
    cluster.control(&["start"]);
    let lines = until("the database can be reached again");
    let trouble: Vec<&String> = lines
        .iter()
        .filter(|line| line.contains("ERROR") || line.contains("WARN"))
        .collect();
    let about = |words: &str| trouble.iter().filter(|line| line.contains(words)).count();
    assert_eq!(
        about("worker: the database cannot be used"),
        1,
        "{trouble:#?}"
    );
    // One each of mail, deletions, decoys, sweeps, activity and writes, however long it takes.
    assert!(trouble.len() <= 8, "{trouble:#?}");
}
