//! The program: its settings, exit status, and the files it follows.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::time::{Duration, Instant};

use crate::harness::{Newsroom, PREVIEW, SECRET, write};

pub(crate) fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dateline-auth"));
    command.env_clear().stdin(Stdio::null());
    command
}

/// The exit status and what stands on stderr.
fn run(command: &mut Command) -> (i32, String) {
    let output = command.output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    (output.status.code().unwrap(), text)
}

/// A running program; it ends with the test.
struct Running {
    child: Child,
    log: BufReader<ChildStderr>,
    address: String,
}

impl Running {
    fn start(command: &mut Command) -> Self {
        let mut child = command
            .arg("serve")
            .env("DATELINE_AUTH_LISTEN", "127.0.0.1:0")
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let log = BufReader::new(child.stderr.take().unwrap());
        let mut running = Self {
            child,
            log,
            address: String::new(),
        };
        let line = running.logged("listening");
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
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        )
        .unwrap();
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
    // Why stands on the metrics listener: this address is open to everybody.
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
fn the_operator_is_told_which_file_is_wrong() {
    let newsroom = Newsroom::new();
    let dir = newsroom.dir.path();
    write(
        &dir.join("dist/sidecar/manifest.json"),
        newsroom.manifest.to_json().unwrap(),
    );
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
fn it_ends_in_order_when_told_to() {
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
