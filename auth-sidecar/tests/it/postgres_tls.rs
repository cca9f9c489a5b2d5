//! Encrypted connections to PostgreSQL, with certificates made here: whose server is trusted, and what an operator is
//! told of any other.

use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use dateline_auth::domain::store::Store;
use dateline_auth::store::postgres::{Postgres, PostgresOptions};

use crate::cli::{Said, command, run};
use crate::postgres::Cluster;

/// An unknown authority, in a folder.
struct Authority(tempfile::TempDir);

const KEY: [&str; 6] = [
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:prime256v1",
    "-nodes",
    "-keyout",
];

impl Authority {
    fn new() -> Self {
        let authority = Self(tempfile::tempdir().unwrap());
        let mut new = authority.openssl();
        new.args(["req", "-x509"]).args(KEY).args([
            "ca.key", "-subj", "/CN=Test", "-days", "2", "-out", "ca.pem",
        ]);
        new.args([
            "-addext",
            "basicConstraints=critical,CA:TRUE",
            "-addext",
            "keyUsage=critical,keyCertSign",
        ]);
        done(&mut new);
        authority
    }

    fn openssl(&self) -> Command {
        let mut openssl = Command::new("openssl");
        openssl.current_dir(self.0.path());
        openssl
    }

    fn file(&self) -> String {
        self.0.path().join("ca.pem").display().to_string()
    }

    /// A certificate for `localhost`, which ends after so many days, with its key.
    fn certificate(&self, days: &str) -> [Vec<u8>; 2] {
        done(self.openssl().arg("req").args(KEY).args([
            "server.key",
            "-subj",
            "/CN=localhost",
            "-out",
            "server.csr",
        ]));
        let names = "subjectAltName=DNS:localhost\nbasicConstraints=CA:FALSE\n";
        std::fs::write(self.0.path().join("names"), names).unwrap();
        let mut sign = self.openssl();
        sign.args([
            "x509",
            "-req",
            "-in",
            "server.csr",
            "-CA",
            "ca.pem",
            "-CAkey",
            "ca.key",
            "-CAcreateserial",
        ]);
        done(sign.args(["-extfile", "names", "-days", days, "-out", "server.pem"]));
        ["server.pem", "server.key"].map(|name| std::fs::read(self.0.path().join(name)).unwrap())
    }
}

fn done(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "{command:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// A server on a port, with encryption if it has a certificate.
struct Server {
    cluster: Cluster,
    port: u16,
}

impl Server {
    fn start() -> Self {
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let cluster =
            Cluster::start_with(&format!("listen_addresses = '127.0.0.1'\nport = {port}"));
        Self { cluster, port }
    }

    fn show(&self, [certificate, key]: &[Vec<u8>; 2]) {
        self.cluster.place("server.crt", certificate);
        self.cluster.place("server.key", key);
        self.cluster.setting("ssl = on");
    }

    fn address(&self, host: &str, options: &str) -> String {
        format!(
            "postgres://postgres:hunter2@{host}:{}/postgres?{options}",
            self.port
        )
    }
}

/// A command on the accounts at this address.
fn list(dir: &Path, address: &str) -> Said {
    run(command(dir, &["user", "list", "--json"]).env("DATELINE_AUTH_DATABASE", address))
}

#[tokio::test]
async fn a_server_is_trusted_by_its_certificate_and_its_name() {
    let (ours, theirs) = (Authority::new(), Authority::new());
    let server = Server::start();
    let dir = tempfile::tempdir().unwrap();
    let of = |authority: &Authority, host: &str| {
        server.address(
            host,
            &format!("sslmode=verify-full&sslrootcert={}", authority.file()),
        )
    };
    let refused = |address: &str, words: &str| {
        let said = list(dir.path(), address);
        assert_eq!((said.status, said.out.as_str()), (1, ""), "{said:?}");
        assert!(
            said.err.contains(words) && !said.err.contains("hunter2"),
            "{said:?}"
        );
    };
    // Without a certificate, it is not asked for anything.
    refused(&of(&ours, "localhost"), "server does not support TLS");

    server.show(&ours.certificate("2"));
    list(dir.path(), &of(&ours, "localhost")).done();
    let store = Postgres::open(&of(&ours, "localhost"), PostgresOptions::default()).unwrap();
    let plain = "SELECT count(*) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
                 WHERE application_name = 'dateline-auth' AND NOT ssl";
    assert_eq!(server.sql(plain).trim(), "0");
    drop(store);

    refused(
        &of(&ours, "127.0.0.1"),
        "does not name the host of the address",
    );
    refused(
        &of(&theirs, "localhost"),
        "is from no authority that is trusted",
    );
    let nothing = dir.path().join("nothing.pem");
    std::fs::write(&nothing, "no certificate").unwrap();
    let options = format!("sslmode=verify-full&sslrootcert={}", nothing.display());
    refused(
        &server.address("localhost", &options),
        "there is no certificate to trust",
    );
    let options = format!(
        "sslmode=verify-full&sslrootcert={}",
        dir.path().join("none.pem").display()
    );
    refused(&server.address("localhost", &options), "`sslrootcert`");
}

#[tokio::test]
async fn a_certificate_that_expired_is_refused_until_it_is_renewed() {
    let authority = Authority::new();
    let server = Server::start();
    server.show(&authority.certificate("-1"));
    let options = format!("sslmode=verify-full&sslrootcert={}", authority.file());
    let address = server.address("localhost", &options);
    let dir = tempfile::tempdir().unwrap();
    let said = list(dir.path(), &address);
    assert!(
        said.status == 1 && said.err.contains("certificate has expired"),
        "{said:?}"
    );

    let store: Arc<dyn Store> =
        Arc::new(Postgres::open(&address, PostgresOptions::default()).unwrap());
    assert!(!store.is_writable());
    server.show(&authority.certificate("2"));
    let begun = Instant::now();
    while store.write(|rows| Ok(rows.forget_hits()?)).await.is_err() {
        assert!(begun.elapsed() < Duration::from_secs(60));
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

impl Server {
    fn sql(&self, statements: &str) -> String {
        self.cluster
            .sql_at(&self.port.to_string(), "postgres", statements)
    }
}
