//! A PostgreSQL server of the tests' own, from the system's packages, which ends with them.

use std::fs::Permissions;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// A server with its socket in its own folder.
pub(crate) struct Cluster {
    dir: PathBuf,
    pooler: OnceLock<()>,
    /// Ends the server and removes the folder, as soon as the tests let go of its input, however they end.
    _watch: Child,
}

/// The one that all tests of this process share.
pub(crate) fn shared() -> &'static Cluster {
    static SHARED: OnceLock<Cluster> = OnceLock::new();
    SHARED.get_or_init(Cluster::start)
}

/// The folder of PostgreSQL's programs.
fn programs() -> PathBuf {
    let on_path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&on_path).collect();
    // Where Debian has them, a folder for each version.
    if let Ok(versions) = std::fs::read_dir("/usr/lib/postgresql") {
        folders.extend(versions.map(|version| version.unwrap().path().join("bin")));
    }
    let found = folders
        .into_iter()
        .rfind(|folder| folder.join("initdb").is_file());
    found.expect("PostgreSQL is missing: scripts/test says how to install it")
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").unwrap().uid() == 0
}

/// A program of PostgreSQL's.
fn program(name: &str) -> Command {
    as_server(&programs().join(name))
}

/// A program that refuses to be run by root.
fn as_server(path: &Path) -> Command {
    if !is_root() {
        return Command::new(path);
    }
    let mut command = Command::new("setpriv");
    command.args([
        "--reuid=postgres",
        "--regid=postgres",
        "--clear-groups",
        "--",
    ]);
    command.arg(path);
    command
}

fn run(command: &mut Command) -> String {
    let output = command.stdin(Stdio::null()).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {text}{errors}");
    text
}

impl Cluster {
    pub(crate) fn start() -> Self {
        Self::start_with("listen_addresses = ''")
    }

    /// With these settings too.
    pub(crate) fn start_with(settings: &str) -> Self {
        let dir = tempfile::tempdir().unwrap().keep();
        if is_root() {
            run(Command::new("chown").arg("postgres").arg(&dir));
        }
        let data = dir.join("data");
        run(program("initdb")
            .args([
                "--no-sync",
                "-A",
                "trust",
                "-U",
                "postgres",
                "-E",
                "UTF8",
                "--locale=C.UTF-8",
                "-D",
            ])
            .arg(&data));
        let settings = format!(
            "unix_socket_directories = '{}'\nfsync = off\nmax_connections = 200\n{settings}\n",
            dir.display()
        );
        let file = data.join("postgresql.conf");
        let usual = std::fs::read_to_string(&file).unwrap();
        std::fs::write(&file, usual + &settings).unwrap();
        let watch = "read -r _; [ -e \"$2/pooler.pid\" ] && kill \"$(cat \"$2/pooler.pid\")\"; \"$1\" -D \"$2/data\" -m immediate stop; rm -rf \"$2\"";
        let watched = program("pg_ctl");
        let stop: Vec<_> = std::iter::once(watched.get_program())
            .chain(watched.get_args())
            .map(|word| word.to_string_lossy().into_owned())
            .collect();
        let watch = watch.replace("\"$1\"", &stop.join(" "));
        let watch = Command::new("sh")
            .args(["-c", &watch, "watch", ""])
            .arg(&dir)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let cluster = Self {
            dir,
            pooler: OnceLock::new(),
            _watch: watch,
        };
        cluster.control(&["start"]);
        cluster
    }

    /// `pg_ctl`, which waits until it is done.
    pub(crate) fn control(&self, what: &[&str]) {
        let mut command = program("pg_ctl");
        command.arg("-w").arg("-D").arg(self.dir.join("data"));
        // The server keeps running, and must not hold the tests' output open.
        command.arg("-l").arg(self.dir.join("log")).args(what);
        let status = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        assert!(status.unwrap().success(), "{what:?}");
    }

    /// Runs statements as the server's owner; what they give.
    pub(crate) fn sql(&self, database: &str, statements: &str) -> String {
        self.sql_at("5432", database, statements)
    }

    /// The same, by way of PgBouncer.
    pub(crate) fn sql_pooled(&self, database: &str, statements: &str) -> String {
        self.sql_at("6432", database, statements)
    }

    pub(crate) fn sql_at(&self, port: &str, database: &str, statements: &str) -> String {
        run(Command::new(programs().join("psql"))
            .args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"])
            .args(["-U", "postgres", "-p", port])
            .arg("-h")
            .arg(&self.dir)
            .args(["-d", database, "-c", statements]))
    }

    /// Runs a command of PostgreSQL's, as an operator writes it, as the server's owner.
    pub(crate) fn shell(&self, folder: &Path, line: &str) {
        let path = format!("{}:{}", programs().display(), env!("PATH"));
        run(Command::new("sh")
            .args(["-c", line])
            .current_dir(folder)
            .env("PATH", path)
            .env("PGHOST", &self.dir)
            .env("PGUSER", "postgres"));
    }

    /// A new database, without tables; its name.
    pub(crate) fn database(&self) -> String {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let name = format!("test{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        self.sql("postgres", &format!("CREATE DATABASE {name}"));
        name
    }

    /// Removes a database.
    pub(crate) fn drop_database(&self, name: &str) {
        self.sql(
            "postgres",
            &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"),
        );
    }

    /// The address of a database, as the setting has it.
    pub(crate) fn address(&self, database: &str) -> String {
        self.address_as("postgres", database)
    }

    /// The same, for another user (`NAME` or `NAME:PASSWORD`).
    pub(crate) fn address_as(&self, user: &str, database: &str) -> String {
        let host = self.dir.to_str().unwrap().replace('/', "%2F");
        format!("postgres://{user}@{host}/{database}")
    }

    /// The address of a database by way of PgBouncer in transaction mode, with fewer connections to the server than a
    /// service has to the pooler.
    pub(crate) fn pooled_address(&self, database: &str) -> String {
        self.pooler.get_or_init(|| self.start_pooler());
        let host = self.dir.to_str().unwrap().replace('/', "%2F");
        format!("postgres://postgres@{host}:6432/{database}")
    }

    fn start_pooler(&self) {
        let dir = self.dir.display();
        let settings = format!(
            "[databases]\n* = host={dir} user=postgres\n[pgbouncer]\nlisten_port = 6432\nunix_socket_dir = {dir}\n\
             auth_type = any\npool_mode = transaction\ndefault_pool_size = 3\nmax_client_conn = 1000\n\
             server_idle_timeout = 2\nlogfile = {dir}/pooler.log\npidfile = {dir}/pooler.pid\n"
        );
        let file = self.dir.join("pooler.ini");
        std::fs::write(&file, settings).unwrap();
        let mut pooler = as_server("pgbouncer".as_ref());
        let path = format!("{}:/usr/sbin", std::env::var("PATH").unwrap_or_default());
        run(pooler
            .args(["-q", "-d"])
            .arg(file)
            .env("PATH", path)
            .stdout(Stdio::null()));
        // It listens some time after it has left for the background.
        let socket = self.dir.join(".s.PGSQL.6432");
        while UnixStream::connect(&socket).is_err() {
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Adds a setting, and has it read.
    pub(crate) fn setting(&self, line: &str) {
        let file = self.data().join("postgresql.conf");
        let settings = std::fs::read_to_string(&file).unwrap();
        std::fs::write(&file, format!("{settings}{line}\n")).unwrap();
        self.control(&["reload"]);
    }

    /// Writes a file into the folder of its data, for the server alone.
    pub(crate) fn place(&self, name: &str, content: &[u8]) {
        let file = self.data().join(name);
        std::fs::write(&file, content).unwrap();
        std::fs::set_permissions(&file, Permissions::from_mode(0o600)).unwrap();
        if is_root() {
            run(Command::new("chown").arg("postgres").arg(&file));
        }
    }

    /// The folder of its data.
    pub(crate) fn data(&self) -> PathBuf {
        Path::new(&self.dir).join("data")
    }
}
