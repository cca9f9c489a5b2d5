//! Bodies: read strictly, bounded in size and time.

use bytes::Bytes;
use futures_util::stream::{self, StreamExt as _};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::requests::{CALLS, object};
use super::*;

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";
const KIB: usize = 1024;

#[tokio::test]
async fn unreadable_bodies_are_refused() {
    let service = Service::new();
    let mut browser = service.browser();
    let deep = format!("{}{}", "[".repeat(8_000), "]".repeat(8_000));
    for body in [
        "",
        " ",
        "null",
        "true",
        "7",
        "\"\"",
        "[]",
        "[{}]",
        "{",
        "}",
        "{}{}",
        "{} x",
        "{]",
        "{'email':1}",
        "{\"email\":\"a\",}",
        "{email:1}",
        "\u{feff}{}",
        "{\"email\":\"\\ud800\"}",
        "{\"email\":\"\n\"}",
        "{\"email\":01}",
        "{\"email\":NaN}",
        "// x\n{}",
        &deep,
        // A name twice, also in another spelling.
        "{\"email\":\"jo@example.com\",\"email\":\"kim@example.net\"}",
        "{\"email\":\"jo@example.com\",\"\\u0065mail\":\"kim@example.net\"}",
        "{\"x\":1,\"x\":1}",
    ] {
        for (call, _) in CALLS {
            let answer = browser.send(call, JSON, body.to_owned()).await;
            answer.problem(400, "bad-request");
        }
    }
    let bad = [
        &b"email=jo%40example.com&email=kim%40example.net"[..],
        b"email=a&%65mail=b",
        b"email=%",
        b"email=%4",
        b"email=%zz",
        // No UTF-8, or UTF-8 in a form that hides something.
        b"email=\xff",
        b"email=%ff",
        b"email=%c0%af",
        b"email=%ed%a0%80",
        b"password=%f8",
        b"%ff=a",
    ];
    for body in bad {
        let answer = browser.send("login", FORM, body.to_owned()).await;
        answer.leads_to("/en/account/login/#bad-request");
        let answer = browser
            .send("account/sessions/revoke", FORM, body.to_owned())
            .await;
        answer.leads_to("/api/account#bad-request");
    }
    let utf8 = b"{\"email\":\"\xff\",\"password\":\"x\"}";
    let answer = browser.send("login", JSON, &utf8[..]).await;
    answer.problem(400, "bad-request");
}

#[tokio::test]
async fn values_are_of_their_kind() {
    let service = Service::new();
    let mut browser = service.browser();
    for (call, fields) in CALLS {
        let mut names: Vec<&str> = fields.iter().map(|(name, _)| *name).collect();
        names.push("lang");
        for name in names {
            let is_flag = matches!(name, "subscribed" | "all");
            let other = if is_flag { json!("true") } else { json!(true) };
            for value in [
                Value::Null,
                json!(7),
                json!(1.5),
                json!([]),
                json!({ "a": [1] }),
                json!(["x"]),
                other,
            ] {
                let mut body = object(fields);
                body[name] = value;
                let answer = browser.post(call, body).await;
                let problem = answer.problem(422, "field-invalid");
                assert_eq!(problem["field"], name, "{call}");
            }
        }
        // Missing altogether.
        for (name, _) in fields.iter().filter(|(name, _)| *name != "all") {
            let mut body = object(fields);
            body.as_object_mut().unwrap().remove(*name);
            let answer = browser.post(call, body).await;
            let problem = answer.problem(422, "field-invalid");
            assert_eq!(problem["field"], *name, "{call}");
        }
    }
    // Deep nesting is not followed.
    let deep = format!("{}{}", "[".repeat(8_000), "]".repeat(8_000));
    let answer = browser
        .send("reset", JSON, format!("{{\"email\":{deep}}}"))
        .await;
    answer.problem(422, "field-invalid");
    for flag in ["", "1", "yes", "TRUE", "on "] {
        let answer = browser.form("newsletter", &[("subscribed", flag)]).await;
        answer.leads_to("/api/account#field-invalid");
    }
}

#[tokio::test]
async fn unknown_fields_are_named() {
    let service = Service::new();
    let mut browser = service.browser();
    for (call, fields) in CALLS {
        for name in ["admin", "Email", "email ", "password[]", "__proto__", ""] {
            let mut body = object(fields);
            body[name] = json!({ "nested": null });
            let problem = browser.post(call, body).await;
            assert_eq!(problem.problem(422, "unknown-field")["field"], name);
        }
    }
    let mut fields = CALLS[0].1.to_vec();
    fields.push(("admin", "true"));
    let answer = browser.form("register", &fields).await;
    answer.leads_to("/en/account/register/#unknown-field");
    // A name from outside is quoted escaped and shortened.
    let problem = browser.post("logout", json!({ "a\r\nb\u{202e}": 1 })).await;
    assert_eq!(
        problem.problem(422, "unknown-field")["field"],
        "a\\r\\nb\\u{202e}"
    );
    let problem = browser
        .post("logout", json!({ ("a".repeat(9_000)): 1 }))
        .await;
    let field = problem.problem(422, "unknown-field")["field"].clone();
    assert_eq!(field, format!("{}…", "a".repeat(40)));
}

#[tokio::test]
async fn bodies_have_16_kib_at_most() {
    let service = Service::new();
    let mut browser = service.browser();
    let body = json!({ "email": JO, "password": "a" }).to_string();
    for (size, status) in [(16 * KIB, 401), (16 * KIB + 1, 413), (100 * KIB, 413)] {
        let padded = format!("{body}{}", " ".repeat(size - body.len()));
        browser
            .send("login", JSON, padded.clone())
            .await
            .status(status);
        // Of unknown length.
        let pieces: Vec<Bytes> = padded
            .as_bytes()
            .chunks(1000)
            .map(Bytes::copy_from_slice)
            .collect();
        let pieces = stream::iter(pieces).map(Ok::<_, std::io::Error>);
        let answer = browser.send("login", JSON, Body::from_stream(pieces)).await;
        answer.status(status);
    }
    let long = "a".repeat(KIB * KIB);
    for (call, fields) in CALLS {
        let mut body = object(fields);
        body["password"] = long.as_str().into();
        browser.post(call, body).await.problem(413, "too-large");
    }
    let fields = [("email", JO), ("password", &long)];
    let answer = browser.form("register", &fields).await;
    answer.leads_to("/en/account/register/#too-large");
    // Within the body, but no password that anybody has.
    let long = "aB1!".repeat(3 * KIB);
    let problem = browser.register(JO, &long).await;
    problem.problem(422, "password-too-long");
    browser
        .log_in(JO, &long)
        .await
        .problem(401, "credentials-wrong");
    assert!(service.mails().await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_end_is_given_20_seconds() {
    let service = Service::new();
    let mut browser = service.browser();
    let half = stream::iter([Ok::<_, std::io::Error>(Bytes::from("{\"email\":"))]);
    let begun = tokio::time::Instant::now();
    let body = Body::from_stream(half.chain(stream::pending()));
    let answer = browser.send("register", JSON, body).await;
    answer.problem(400, "bad-request");
    assert_eq!(begun.elapsed().as_secs(), 20);
    // One that breaks off is not acted upon.
    let whole = Bytes::from(json!({ "email": JO, "password": PASSWORD }).to_string());
    let broken = std::io::Error::other("gone");
    let body = Body::from_stream(stream::iter([Ok(whole), Err(broken)]));
    let answer = browser.send("register", JSON, body).await;
    answer.problem(400, "bad-request");
    assert!(service.mails().await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn half_sent_bodies_over_a_connection() {
    let service = Service::new();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = service.sidecar.router();
    tokio::spawn(dateline_auth::server::serve(
        listener,
        router,
        dateline_auth::server::Connections::default(),
        std::future::pending(),
    ));
    let head = format!("POST /api/register HTTP/1.1\r\nHost: a\r\nContent-Type: {JSON}\r\n");
    let body = json!({ "email": JO, "password": PASSWORD }).to_string();
    let length = format!("Content-Length: {}\r\n\r\n", body.len() + 1);
    for rest in [
        format!("{length}{body}"),
        format!(
            "Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{body}",
            body.len()
        ),
    ] {
        let mut slow = TcpStream::connect(address).await.unwrap();
        slow.write_all(format!("{head}{rest}").as_bytes())
            .await
            .unwrap();
        let mut answer = String::new();
        slow.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
        assert!(
            answer.contains("urn:dateline:problem:bad-request"),
            "{answer}"
        );
        // And one whose sender leaves.
        let mut leaving = TcpStream::connect(address).await.unwrap();
        leaving
            .write_all(format!("{head}{rest}").as_bytes())
            .await
            .unwrap();
        leaving.shutdown().await.unwrap();
        let mut answer = String::new();
        leaving.read_to_string(&mut answer).await.unwrap();
        assert!(!answer.starts_with("HTTP/1.1 2"), "{answer}");
    }
    assert!(service.mails().await.is_empty());
    service.browser().register(JO, PASSWORD).await.status(202);
}
