//! The program: its settings, exit status, and the files it follows.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::time::{Duration, Instant};

use crate::harness::{Newsroom, PREVIEW, SECRET, write};

pub(crate) fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dateline-auth"));
    command.env_clear().stdin(Stdio::null());
    command
}

/// The exit status and stderr.
fn run(command: &mut Command) -> (i32, String) {
    let output = command.output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    (output.status.code().unwrap(), text)
}

/// A running program; it ends with the test.
pub(crate) struct Running {
    child: Child,
    pub(crate) log: BufReader<ChildStderr>,
    pub(crate) address: String,
    /// What it said before it listened.
    early: String,
}

impl Running {
    pub(crate) fn start(command: &mut Command) -> Self {
        Self::start_with(command, &[])
    }

    fn start_with(command: &mut Command, arguments: &[&str]) -> Self {
        let mut child = command
            .arg("serve")
            .args(arguments)
            .env("DATELINE_AUTH_LISTEN", "127.0.0.1:0")
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let log = BufReader::new(child.stderr.take().unwrap());
        let mut running = Self {
            child,
            log,
            address: String::new(),
            early: String::new(),
        };
        let line = loop {
            let mut line = String::new();
            assert_ne!(
                running.log.read_line(&mut line).unwrap(),
                0,
                "{}",
                running.early
            );
            if line.contains("listening") {
                break line;
            }
            running.early.push_str(&line);
        };
        let digits = |c: char| c.is_ascii_digit() || c == '.' || c == ':';
        let from = line.find("127.0.0.1").unwrap();
        let address = &line[from..];
        running.address = address[..address.find(|c| !digits(c)).unwrap_or(address.len())].into();
        running
    }

    /// The next line of the log that holds `text`.
    fn logged(&mut self, text: &str) -> String {
        loop {
            let mut line = String::new();
            assert_ne!(
                self.log.read_line(&mut line).unwrap(),
                0,
                "nothing tells of {text}"
            );
            if line.contains(text) {
                return line.trim_end().to_owned();
            }
        }
    }

    /// The whole answer to a GET.
    fn get(&self, path: &str) -> String {
        self.send(&format!(
            "GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        ))
    }

    /// The whole answer to a request.
    fn send(&self, request: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).unwrap();
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn status(answer: &str) -> &str {
    &answer["HTTP/1.1 ".len()..][..3]
}

#[test]
fn wrong_usage_is_2_and_wrong_input_is_1() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(run(program().current_dir(dir.path())).0, 2);
    assert_eq!(
        run(program()
            .current_dir(dir.path())
            .args(["serve", "--nonsense"]))
        .0,
        2
    );
    let (code, text) =
        run(program()
            .current_dir(dir.path())
            .args(["serve", "--config", "/nowhere/auth.toml"]));
    assert_eq!(code, 1);
    assert!(text.contains("/nowhere/auth.toml"), "{text}");
    let file = dir.path().join("auth.toml");
    write(&file, "listn = \"127.0.0.1:0\"\n");
    let (code, text) = run(program()
        .current_dir(dir.path())
        .args(["serve", "--config"])
        .arg(&file));
    assert_eq!(code, 1);
    assert!(text.contains("listn"), "{text}");
    let (code, text) = run(program()
        .current_dir(dir.path())
        .arg("serve")
        .env("DATELINE_AUTH_MEDIA", "media"));
    assert_eq!(code, 1);
    assert!(text.contains("DATELINE_AUTH_MEDIA"), "{text}");
    let (code, text) =
        run(program()
            .current_dir(dir.path())
            .args(["serve", "--site", "/nowhere/site"]));
    assert_eq!(code, 1);
    assert!(text.contains("/nowhere/site"), "{text}");
    assert_eq!(run(program().current_dir(dir.path()).arg("--version")).0, 0);
}

#[test]
fn a_refused_manifest_leaves_the_old_one_in_use() {
    let newsroom = Newsroom::new();
    let dir = newsroom.dir.path();
    let file = dir.join("dist/sidecar/manifest.json");
    let mut program = program();
    program.current_dir(dir);
    let mut running = Running::start(&mut program);
    assert_eq!(status(&running.get("/healthz")), "200");
    assert_eq!(status(&running.get("/readyz")), "503");

    write(&file, newsroom.manifest.to_json().unwrap());
    running.logged("the manifest was read");
    assert_eq!(status(&running.get("/readyz")), "200");
    assert_eq!(status(&running.get(PREVIEW)), "200");

    write(&file, r#"{"version": 3, "media": "of another shape"}"#);
    let line = running.logged("refused");
    assert!(
        line.contains("version 3") && line.contains("stays in use"),
        "{line}"
    );
    assert_eq!(status(&running.get(PREVIEW)), "200");
    let ready = running.get("/readyz");
    // The reason is only on the metrics listener: this address is public.
    assert!(
        ready.contains("degraded") && !ready.contains("refused"),
        "{ready}"
    );

    write(&file, newsroom.manifest.to_json().unwrap());
    running.logged("the manifest was read");
    assert!(running.get("/readyz").contains(r#"{"status":"ok"}"#));
    std::fs::remove_file(&file).unwrap();
    running.logged("cannot be read");
    assert_eq!(status(&running.get(PREVIEW)), "200");
}

#[test]
fn errors_at_start_name_the_file() {
    let newsroom = Newsroom::new();
    let dir = newsroom.dir.path();
    write(
        &dir.join("dist/sidecar/manifest.json"),
        newsroom.manifest.to_json().unwrap(),
    );
    std::fs::create_dir(dir.join(".dateline")).unwrap();
    let mut program = program();
    program
        .current_dir(dir)
        .env("DATELINE_AUTH_ENV", "production")
        .env("DATELINE_AUTH_SECRET", SECRET)
        .env("DATELINE_AUTH_MAIL", "smtps://127.0.0.1:9")
        .env("DATELINE_AUTH_MAIL_FROM", "newsroom@example.org");
    let mut running = Running::start(&mut program);
    assert_eq!(status(&running.get("/api/media/lisbon/altered")), "503");
    let line = running.logged("altered.mp4");
    let line: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!(
        (&line["level"], &line["expected"]),
        (&"ERROR".into(), &5.into()),
        "{line}"
    );
}

#[test]
fn sigterm_shuts_down_gracefully() {
    let newsroom = Newsroom::new();
    let mut program = program();
    program.current_dir(newsroom.dir.path());
    let mut running = Running::start(&mut program);
    let pid = rustix::process::Pid::from_child(&running.child);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    running.logged("shutting down");
    let started = Instant::now();
    loop {
        if let Some(status) = running.child.try_wait().unwrap() {
            assert_eq!(status.code(), Some(0));
            break;
        }
        assert!(
            started.elapsed() < Duration::from_secs(9),
            "idle, yet it waits"
        );
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_database_is_made_in_sight_and_in_production_only_where_it_is_expected() {
    let dir = tempfile::tempdir().unwrap();
    let develops = || {
        let mut program = program();
        program
            .current_dir(dir.path())
            .env("DATELINE_AUTH_DATABASE", "sqlite:new/accounts.db");
        Running::start(&mut program).early.clone()
    };
    let line = develops();
    let path = dir.path().join("new/accounts.db");
    assert!(line.contains("a new one was created"), "{line}");
    assert!(line.contains(path.to_str().unwrap()), "{line}");
    assert!(!develops().contains("was created"));

    let produces = |database: &str, arguments: &[&str]| {
        let mut program = program();
        program
            .current_dir(dir.path())
            .arg("serve")
            .args(arguments)
            .env("DATELINE_AUTH_ENV", "production")
            .env("DATELINE_AUTH_LISTEN", "192.0.2.1:1")
            .env("DATELINE_AUTH_SECRET", SECRET)
            .env("DATELINE_AUTH_MAIL", "smtps://127.0.0.1:9")
            .env("DATELINE_AUTH_MAIL_FROM", "newsroom@example.org")
            .env("DATELINE_AUTH_DATABASE", database);
        let (code, text) = run(&mut program);
        assert_eq!(code, 1);
        text
    };
    let mistyped = "sqlite:nwe/accounts.db";
    let text = produces(mistyped, &[]);
    let whole = dir.path().join("nwe/accounts.db");
    assert!(
        text.contains("--create") && text.contains(whole.to_str().unwrap()),
        "{text}"
    );
    assert!(!dir.path().join("nwe").exists());
    // `deleted.log` shows that a database was lost.
    write(&dir.path().join("lost/deleted.log"), "");
    assert!(produces("sqlite:lost/accounts.db", &[]).contains("--create"));
    assert!(!dir.path().join("lost/accounts.db").exists());
    // These come further, to the address that this machine has not.
    assert!(produces(mistyped, &["--create"]).contains("192.0.2.1:1"));
    std::fs::create_dir(dir.path().join("empty")).unwrap();
    assert!(produces("sqlite:empty/accounts.db", &[]).contains("192.0.2.1:1"));
}

#[test]
fn sighup_is_logged_and_changes_nothing() {
    let newsroom = Newsroom::new();
    let mut program = program();
    program.current_dir(newsroom.dir.path());
    let mut running = Running::start(&mut program);
    let pid = rustix::process::Pid::from_child(&running.child);
    for _ in 0..2 {
        rustix::process::kill_process(pid, rustix::process::Signal::HUP).unwrap();
        running.logged("SIGHUP");
    }
    assert_eq!(status(&running.get("/healthz")), "200");
}

#[test]
fn production_takes_no_manifest_for_an_open_address() {
    let newsroom = Newsroom::new();
    let dir = newsroom.dir.path();
    let file = dir.join("dist/sidecar/manifest.json");
    std::fs::create_dir(dir.join(".dateline")).unwrap();
    let mut program = program();
    program
        .current_dir(dir)
        .env("DATELINE_AUTH_ENV", "production")
        .env("DATELINE_AUTH_SECRET", SECRET)
        .env("DATELINE_AUTH_MAIL", "smtps://127.0.0.1:9")
        .env("DATELINE_AUTH_MAIL_FROM", "newsroom@example.org");
    let mut running = Running::start(&mut program);
    let mut manifest = newsroom.manifest.clone();
    manifest.base_url = "http://news.example.org".into();
    write(&file, manifest.to_json().unwrap());
    let line = running.logged("the manifest was refused");
    assert!(line.contains("production needs an https"), "{line}");
    assert_eq!(status(&running.get("/readyz")), "503");
}

#[test]
fn a_database_that_is_moved_away_takes_nothing_more_until_it_is_back() {
    let newsroom = Newsroom::new();
    let dir = newsroom.dir.path();
    write(
        &dir.join("dist/sidecar/manifest.json"),
        newsroom.manifest.to_json().unwrap(),
    );
    let mut program = program();
    program.current_dir(dir);
    let mut running = Running::start(&mut program);
    let database = dir.join(".dateline/accounts.db");
    let away = dir.join(".dateline/elsewhere.db");
    let register = |running: &Running| {
        let body = r#"{"email": "jo@example.org", "password": "Correct-Horse-7-Battery"}"#;
        running.send(&format!(
            "POST /api/register HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
             Connection: close\r\n\r\n{body}",
            body.len()
        ))
    };
    assert_eq!(status(&register(&running)), "202");
    std::fs::rename(&database, &away).unwrap();
    assert_eq!(status(&register(&running)), "503");
    let ready = running.get("/readyz");
    assert!(ready.starts_with("HTTP/1.1 503"), "{ready}");
    running.logged("no longer at its place");
    std::fs::write(&database, "").unwrap();
    assert_eq!(status(&running.get("/readyz")), "503");
    std::fs::rename(&away, &database).unwrap();
    let back = Instant::now();
    while status(&running.get("/readyz")) != "200" {
        assert!(back.elapsed() < Duration::from_secs(60), "it stays away");
        std::thread::sleep(Duration::from_millis(100));
    }
    assert_eq!(status(&register(&running)), "202");
}

#[test]
fn the_audit_stream_records_calls_without_addresses() {
    let newsroom = Newsroom::new();
    let dir = newsroom.dir.path();
    write(
        &dir.join("dist/sidecar/manifest.json"),
        newsroom.manifest.to_json().unwrap(),
    );
    let mut program = program();
    program
        .current_dir(dir)
        .env("DATELINE_AUTH_AUDIT", "file:audit.log");
    let mut running = Running::start(&mut program);
    let post = |running: &Running, call: &str, body: &str| {
        running.send(&format!(
            "POST /api/{call} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
             Connection: close\r\n\r\n{body}",
            body.len()
        ))
    };
    let login = r#"{"email": "jo@example.org", "password": "Correct-Horse-7-Battery"}"#;
    assert_eq!(status(&post(&running, "register", login)), "202");
    assert_eq!(status(&post(&running, "login", login)), "401");
    assert_eq!(
        status(&post(&running, "account/delete", "{\"password\": \"x\"}")),
        "401"
    );
    // What is no call leaves no line.
    assert_eq!(status(&post(&running, "nothing", "{}")), "404");
    let mode = |name: &str| std::fs::metadata(dir.join(name)).unwrap().permissions();
    assert_eq!(mode("audit.log").mode() & 0o777, 0o600);
    // Rotated, as logrotate does.
    std::fs::rename(dir.join("audit.log"), dir.join("audit.log.1")).unwrap();
    let pid = rustix::process::Pid::from_child(&running.child);
    rustix::process::kill_process(pid, rustix::process::Signal::HUP).unwrap();
    running.logged("reopened");
    assert_eq!(status(&post(&running, "logout", "{}")), "204");
    assert_eq!(mode("audit.log").mode() & 0o777, 0o600);

    let read = |arguments: &[&str]| {
        let mut program = self::program();
        let audit = program.current_dir(dir).arg("audit").args(arguments);
        let output = audit
            .env("DATELINE_AUTH_AUDIT", "file:audit.log")
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let old = read(&["audit.log.1", "--json"]);
    let old: serde_json::Value = serde_json::from_str(&old).unwrap();
    let events = old["events"].as_array().unwrap();
    let told: Vec<_> = events
        .iter()
        .map(|event| {
            assert_eq!(event["network"].as_str().unwrap().len(), 16, "{event}");
            (
                event["what"].as_str().unwrap(),
                event["outcome"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("register", "done"),
            ("login", "credentials-wrong"),
            ("account/delete", "signed-out"),
        ]
    );
    assert!(!old.to_string().contains("jo@") && !old.to_string().contains("127.0.0.1"));
    let refused = read(&["audit.log.1", "--refused", "--what", "login"]);
    assert!(
        refused.contains("credentials-wrong") && !refused.contains("signed-out"),
        "{refused}"
    );
    assert!(read(&[]).contains("logout"));
}

#[test]
fn a_confined_service_serves_and_opens_no_file_outside() {
    let newsroom = Newsroom::new();
    let dir = newsroom.dir.path();
    let manifest = newsroom.manifest.to_json().unwrap();
    let file = dir.join("dist/sidecar/manifest.json");
    write(&file, &manifest);
    write(&dir.join("dist/site/en/index.html"), "<p>home");
    let outside = tempfile::tempdir().unwrap();
    write(&outside.path().join("manifest.json"), &manifest);
    let lead_outside = || {
        std::fs::remove_file(&file).unwrap();
        std::os::unix::fs::symlink(outside.path().join("manifest.json"), &file).unwrap();
    };
    let start = |landlock: &str| {
        let mut program = program();
        let program = program
            .current_dir(dir)
            .env("DATELINE_AUTH_LANDLOCK", landlock);
        Running::start_with(
            program.env("DATELINE_AUTH_AUDIT", "file:log/audit.log"),
            &["--site", "dist/site"],
        )
    };
    std::fs::create_dir(dir.join("log")).unwrap();

    let mut running = start("on");
    if running.early.contains("no Landlock") {
        eprintln!("skipped: this kernel has no Landlock");
        return;
    }
    assert!(
        running.early.contains("Landlock is active"),
        "{}",
        running.early
    );
    assert_eq!(status(&running.get("/en/")), "200");
    assert_eq!(status(&running.get(PREVIEW)), "200");
    assert_eq!(status(&running.get("/readyz")), "200");
    let body = r#"{"email": "jo@example.org", "password": "Correct-Horse-7-Battery"}"#;
    let register = format!(
        "POST /api/register HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n{body}",
        body.len()
    );
    assert_eq!(status(&running.send(&register)), "202");
    let begun = Instant::now();
    while std::fs::read_dir(dir.join(".dateline/mail")).map_or(0, Iterator::count) == 0 {
        assert!(begun.elapsed() < Duration::from_secs(60), "no mail comes");
        std::thread::sleep(Duration::from_millis(50));
    }
    // A new log, a new manifest and a rebuilt site are accessible.
    std::fs::rename(dir.join("log/audit.log"), dir.join("log/audit.log.1")).unwrap();
    let pid = rustix::process::Pid::from_child(&running.child);
    rustix::process::kill_process(pid, rustix::process::Signal::HUP).unwrap();
    running.logged("reopened");
    std::fs::rename(dir.join("dist/site"), dir.join("dist/old")).unwrap();
    write(&dir.join("dist/site/en/new/index.html"), "<p>new");
    assert_eq!(status(&running.get("/en/new/")), "200");
    write(
        &dir.join("dist/sidecar/new.json"),
        [&manifest[..], b"\n"].concat(),
    );
    std::fs::rename(dir.join("dist/sidecar/new.json"), &file).unwrap();
    running.logged("the manifest was read");
    // Files outside are not, although their permissions allow it.
    lead_outside();
    let refused = running.logged("the manifest was refused");
    assert!(refused.contains("ermission denied"), "{refused}");
    drop(running);

    let mut running = start("off");
    assert!(!running.early.contains("Landlock"), "{}", running.early);
    assert!(
        running.early.contains("the manifest was read"),
        "{}",
        running.early
    );
    running.child.kill().unwrap();
}
