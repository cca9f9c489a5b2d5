//! Notifications of changed addresses, and how failures of stores and hooks are reported.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

use super::{built, good, publish, room, said};
use crate::harness::Folder;

/// A server that records requests and answers them with `answers` in turn; the last one repeats.
struct Server {
    port: u16,
    asked: Arc<Mutex<Vec<(String, String)>>>,
}

/// Reads one request: its head, and its body.
fn request(stream: &mut BufReader<TcpStream>) -> Option<(String, Vec<u8>)> {
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        if line == "\r\n" {
            break;
        }
        head.push_str(&line);
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    Some((head, body))
}

impl Server {
    fn start(answers: &[&str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (answers, seen): (Vec<String>, _) = (
            answers.iter().map(|a| (*a).to_owned()).collect(),
            Arc::clone(&asked),
        );
        thread::spawn(move || {
            for (n, stream) in listener.incoming().enumerate() {
                let mut stream = BufReader::new(stream.unwrap());
                let Some((head, body)) = request(&mut stream) else {
                    continue;
                };
                let body = String::from_utf8_lossy(&body).into_owned();
                seen.lock().unwrap().push((head, body));
                let answer = &answers[n.min(answers.len() - 1)];
                let _ = stream.get_mut().write_all(answer.as_bytes());
            }
        });
        Self { port, asked }
    }

    fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    fn asked(&self) -> Vec<(String, String)> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }
}

const DONE: &str = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
const BUSY: &str = "HTTP/1.1 503 Slow Down\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
const NO: &str = "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

fn newsroom(text: &str, keys: &str) -> crate::harness::Newsroom {
    let mut room = room(20, text);
    // `[publish.live]` is the last table.
    room = room.tables(keys);
    room
}

#[test]
fn a_file_and_a_command_get_only_changed_addresses() {
    let folder = Folder::new(&room(20, "One."));
    let with = |text: &str, purge: &str| built(&folder, &newsroom(text, purge));
    with("One.", "purge = \"file:purge.txt\"");
    good(&publish(&folder, &[]));
    let purged = || fs::read_to_string(folder.root().join("purge.txt")).unwrap();
    assert!(purged().lines().count() > 40);
    assert!(
        purged()
            .lines()
            .all(|line| line.starts_with("https://news.example/"))
    );
    with("Two.", "purge = \"file:purge.txt\"");
    good(&publish(&folder, &[]));
    let page = "https://news.example/en/news/2025/01/20/s19/";
    assert!(purged().lines().any(|line| line == page), "{}", purged());
    assert!(purged().lines().count() < 10, "{}", purged());
    // After a failure, the command gets the same addresses again.
    with(
        "Three.",
        "purge = [\"command:sh\", \"-c\", \"cat >addresses; test -e works\"]",
    );
    let output = publish(&folder, &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).contains("sh ended with"), "{}", said(&output));
    fs::remove_file(folder.root().join("addresses")).unwrap();
    fs::write(folder.root().join("works"), "").unwrap();
    good(&publish(&folder, &[]));
    let text = fs::read_to_string(folder.root().join("addresses")).unwrap();
    assert!(text.lines().any(|line| line == page), "{text}");
    fs::remove_file(folder.root().join("addresses")).unwrap();
    good(&publish(&folder, &[]));
    assert!(!folder.root().join("addresses").exists(), "nothing changed");
}

#[test]
fn hooks_engines_and_hubs_are_posted_to() {
    let (hook, engine, hub) = (
        Server::start(&[BUSY, DONE]),
        Server::start(&[DONE]),
        Server::start(&[NO]),
    );
    let keys = format!(
        "purge = \"{}\"\nindexnow_key = \"0123456789\"\nindexnow_endpoint = \"{}\"\nwebsub = \"{}\"",
        hook.url("/purge"),
        engine.url("/indexnow"),
        hub.url("/"),
    );
    let folder = Folder::new(&room(20, "One."));
    built(&folder, &newsroom("One.", &keys));
    let output = publish(&folder, &[]);
    good(&output);
    assert!(
        said(&output).contains("could not be notified of changed addresses"),
        "{}",
        said(&output)
    );
    for server in [&hook, &engine, &hub] {
        assert!(!server.asked().is_empty());
    }
    built(&folder, &newsroom("Two.", &keys));
    good(&publish(&folder, &[]));
    let page = "https://news.example/en/news/2025/01/20/s19/";
    let [(head, body)] = &hook.asked()[..] else {
        panic!()
    };
    assert!(
        head.starts_with("POST /purge ") && body.contains(page),
        "{head}{body}"
    );
    let [(_, body)] = &engine.asked()[..] else {
        panic!()
    };
    let body: serde_json::Value = serde_json::from_str(body).unwrap();
    assert_eq!(body["host"], "news.example");
    assert_eq!(body["keyLocation"], "https://news.example/0123456789.txt");
    assert!(
        body["urlList"]
            .as_array()
            .unwrap()
            .iter()
            .any(|url| url == page)
    );
    assert!(hub.asked().iter().all(|(_, body)| {
        body.starts_with("hub.mode=publish&hub.url=https%3A%2F%2Fnews.example%2F")
            && body.contains("feed.")
    }));
    good(&publish(&folder, &[]));
    assert!(hook.asked().is_empty() && engine.asked().is_empty());
}

/// The command's output when a store gives these answers, and how many requests it got.
fn of_store(answers: &[&str]) -> (String, usize) {
    let store = Server::start(answers);
    let folder = Folder::new(&room(3, "One."));
    built(&folder, &room(3, "One."));
    let target = format!("s3://news?endpoint=http://127.0.0.1:{}", store.port);
    let out = folder.dist();
    let output = folder
        .command(&["publish", &target, "--out", out.to_str().unwrap()])
        .env("AWS_ACCESS_KEY_ID", "k")
        .env("AWS_SECRET_ACCESS_KEY", "s")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    (said(&output), store.asked().len())
}

fn answer(status: &str, more: &str, code: &str) -> String {
    let body = format!("<Error><Code>{code}</Code><Message>words</Message></Error>");
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\n{more}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
}

#[test]
fn refusals_are_reported_with_a_hint() {
    for (status, more, code, wanted, cure) in [
        (
            "403 Forbidden",
            "",
            "AccessDenied",
            "denies access",
            "s3:PutObject",
        ),
        (
            "403 Forbidden",
            "",
            "InvalidAccessKeyId",
            "does not know the access key",
            "AWS_ACCESS_KEY_ID",
        ),
        (
            "403 Forbidden",
            "",
            "ExpiredToken",
            "has expired",
            "new credentials",
        ),
        (
            "301 Moved",
            "",
            "PermanentRedirect",
            "not in the region",
            "region=",
        ),
        (
            "404 Not Found",
            "",
            "NoSuchBucket",
            "no bucket “news”",
            "create the bucket",
        ),
        (
            "403 Forbidden",
            "Date: Wed, 01 Jan 2020 00:00:00 GMT\r\n",
            "AccessDenied",
            "clock differs",
            "NTP",
        ),
        (
            "403 Forbidden",
            "",
            "RequestTimeTooSkewed",
            "clock is wrong",
            "NTP",
        ),
        (
            "403 Forbidden",
            "",
            "SignatureDoesNotMatch",
            "refuses the signature",
            "AWS_SECRET_ACCESS_KEY",
        ),
        ("418 No", "", "Teapot", "418 Teapot words", "policy"),
    ] {
        let (text, asked) = of_store(&[&answer(status, more, code)]);
        assert_eq!(asked, 1, "{code} is tried again");
        assert!(
            text.contains(wanted) && text.contains(cure),
            "{code}: {text}"
        );
    }
    // Temporary failures are retried before the refusal is reported.
    let busy = answer("503 Slow Down", "", "SlowDown");
    let (text, asked) = of_store(&[&busy, &busy, &answer("403 Forbidden", "", "AccessDenied")]);
    assert!(text.contains("denies access"), "{text}");
    assert_eq!(asked, 3);
    assert!(
        text.contains("answers 503 SlowDown; trying again for up to 60 s"),
        "{text}"
    );
}
