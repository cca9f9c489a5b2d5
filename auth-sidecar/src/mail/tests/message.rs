//! Messages as bytes, and the sender.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use jiff::Timestamp;
use proptest::prelude::*;

use super::{mail, sender};
use crate::domain::mail::Mail;
use crate::mail::Sender;
use crate::mail::message::prepare;

fn written(mail: &Mail) -> String {
    let bytes = prepare(mail, &sender()).unwrap().bytes;
    String::from_utf8(bytes).unwrap()
}

fn header_names(message: &str) -> Vec<&str> {
    let (headers, _) = message.split_once("\r\n\r\n").unwrap();
    let lines = headers
        .split("\r\n")
        .filter(|line| !line.starts_with([' ', '\t']));
    lines.map(|line| line.split_once(':').unwrap().0).collect()
}

const NAMES: [&str; 11] = [
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Content-Language",
    "Auto-Submitted",
    "X-Auto-Response-Suppress",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
];

#[test]
fn a_mail_is_text_and_html() {
    let message = written(&mail("7f"));
    let boundary = message.split("boundary=\"").nth(1).unwrap();
    let boundary = boundary.split('"').next().unwrap();
    let expected = format!(
        "From: \"The Newsroom\" <news@example.org>\r\n\
         To: jane.doe@example.net\r\n\
         Subject: Your code\r\n\
         Date: Tue, 03 Nov 2026 10:11:12 +0000\r\n\
         Message-ID: <7f@example.org>\r\n\
         Content-Language: en\r\n\
         Auto-Submitted: auto-generated\r\n\
         X-Auto-Response-Suppress: All\r\n\
         MIME-Version: 1.0\r\n\
         Content-Type: multipart/alternative;\r\n boundary=\"{boundary}\"\r\n\
         \r\n\
         --{boundary}\r\n\
         Content-Type: text/plain; charset=utf-8\r\n\
         Content-Transfer-Encoding: 7bit\r\n\
         \r\n\
         Hello,\r\n\r\n1234 5678\r\n\r\n\
         --{boundary}\r\n\
         Content-Type: text/html; charset=utf-8\r\n\
         Content-Transfer-Encoding: 7bit\r\n\
         \r\n\
         <p>Hello,</p>\r\n<p>1234 5678</p>\r\n\r\n\
         --{boundary}--\r\n"
    );
    assert_eq!(message, expected);
}

#[test]
fn without_html_it_is_text_alone() {
    let mut mail = mail("7f");
    mail.html = None;
    let message = written(&mail);
    assert!(message.contains("\r\nContent-Type: text/plain; charset=utf-8\r\n"));
    assert_eq!(header_names(&message), NAMES);
}

#[test]
fn other_scripts_are_wrapped_for_the_way() {
    let mut mail = mail("7f");
    mail.html = None;
    mail.language = "uk".into();
    mail.subject = "Ваш код".into();
    mail.text = "Ваш код для входу до редакції.\n".repeat(20);
    let message = written(&mail);
    assert!(message.is_ascii());
    assert!(
        message.split("\r\n").all(|line| line.len() <= 76),
        "{message}"
    );
    let (_, body) = message.split_once("\r\n\r\n").unwrap();
    let decoded = BASE64_STANDARD.decode(body.replace("\r\n", "")).unwrap();
    assert_eq!(
        String::from_utf8(decoded).unwrap(),
        mail.text.replace('\n', "\r\n")
    );
    let subject = BASE64_STANDARD.encode("Ваш код");
    assert!(
        message.contains(&format!("Subject: =?utf-8?b?{subject}?=\r\n")),
        "{message}"
    );

    mail.text = format!("Caf\u{e9} {}", "and so on ".repeat(50));
    let message = written(&mail);
    assert!(message.contains("quoted-printable") && message.contains("Caf=C3=A9"));
    assert!(
        message.split("\r\n").all(|line| line.len() <= 76),
        "{message}"
    );
}

#[test]
fn an_id_may_bring_its_domain() {
    let mut mail = mail("7f@mail.example.com");
    assert!(written(&mail).contains("Message-ID: <7f@mail.example.com>\r\n"));
    for id in [
        "",
        "a b",
        "a>",
        "<a",
        "a\r\nBcc: x@example.org",
        "a@",
        "@a",
        "a..b",
        ".a",
        "a@b@c",
        "é",
        "a/b",
    ] {
        mail.message_id = id.into();
        assert!(prepare(&mail, &sender()).is_err(), "{id:?}");
    }
    mail.message_id = "x".repeat(65);
    assert!(prepare(&mail, &sender()).is_err());
}

#[test]
fn a_language_is_a_language_tag() {
    let mut mail = mail("7f");
    for language in [
        "",
        "en\r\nBcc: x@example.org",
        "en us",
        "en,fr",
        "é",
        "en_US",
    ] {
        mail.language = language.into();
        assert!(prepare(&mail, &sender()).is_err(), "{language:?}");
    }
    mail.language = "zh-Hant-TW".into();
    assert!(written(&mail).contains("Content-Language: zh-Hant-TW\r\n"));
}

#[test]
fn a_subject_stays_one_header() {
    let mut mail = mail("7f");
    for (subject, line) in [
        (
            "Hello\r\nBcc: x@example.org",
            "Subject: Hello  Bcc: x@example.org\r\n",
        ),
        ("Hello\n\n<p>", "Subject: Hello  <p>\r\n"),
        ("a\u{2028}b\u{85}c\0d\te", "Subject: a b c d e\r\n"),
        ("\r\n", "Subject: \r\n"),
    ] {
        mail.subject = subject.into();
        let message = written(&mail);
        assert!(message.contains(line), "{subject:?}: {message}");
        assert_eq!(header_names(&message), NAMES[..10], "{subject:?}");
    }
    mail.subject = "x".repeat(5000);
    assert!(written(&mail).split("\r\n").all(|line| line.len() < 300));
    mail.subject = "é".repeat(5000);
    assert!(written(&mail).split("\r\n").all(|line| line.len() < 300));
}

#[test]
fn a_date_can_always_be_written() {
    let mut mail = mail("7f");
    mail.date = Timestamp::MIN;
    assert!(written(&mail).contains("Date: Thu, 01 Jan 1970 00:00:00 +0000\r\n"));
    mail.date = Timestamp::MAX;
    assert!(written(&mail).contains("9999"));
}

#[test]
fn a_sender_is_one_address_with_or_without_a_name() {
    for (setting, header, domain) in [
        (
            "news@example.org",
            "From: news@example.org\r\n",
            "example.org",
        ),
        (
            "  News <news@example.org> ",
            "From: News <news@example.org>\r\n",
            "example.org",
        ),
        (
            "<news@example.org>",
            "From: news@example.org\r\n",
            "example.org",
        ),
        (
            "\"News, Inc.\" <n@example.org>",
            "From: =?utf-8?b?TmV3cywgSW5jLg==?= <n@example.org>\r\n",
            "example.org",
        ),
        (
            "News, Inc. <n@example.org>",
            "From: =?utf-8?b?TmV3cywgSW5jLg==?= <n@example.org>\r\n",
            "example.org",
        ),
        (
            "Presse & Médias <p@bücher.example>",
            "",
            "xn--bcher-kva.example",
        ),
    ] {
        let sender = Sender::parse(setting).unwrap_or_else(|error| panic!("{setting}: {error}"));
        assert_eq!(sender.domain(), domain, "{setting}");
        let message = prepare(&mail("7f"), &sender).unwrap().bytes;
        let message = String::from_utf8(message).unwrap();
        assert!(
            message.is_ascii() && message.starts_with(header),
            "{message}"
        );
        assert!(message.contains(&format!("<7f@{domain}>")));
    }
    for setting in [
        "",
        "news",
        "News",
        "@example.org",
        "news@",
        "News <news@example.org",
        "news@example.org>",
        "News <news@example.org> x",
        "a@example.org, b@example.org",
        "A <a@example.org>, B <b@example.org>",
        "News\r\nBcc: x@example.org <news@example.org>",
        "News <news@example.org>\r\nBcc: x@example.org",
        "News <ne\nws@example.org>",
        "News \"x\" <news@example.org>",
        "news@[127.0.0.1]",
        "réd@example.org",
    ] {
        assert!(Sender::parse(setting).is_err(), "{setting:?}");
    }
}

proptest! {
    #[test]
    fn no_content_injects_a_header_or_ends_the_message(
        to in "(?s).{0,20}@.{0,20}|[a-zé.\r\n@>]{1,12}@example\\.org",
        subject in "(?s).{0,400}|[\r\n :a]{0,30}",
        text in "(?s).{0,300}|[\r\n.]{0,40}",
        html in "(?s).{0,300}|[\r\n.-]{0,40}",
        language in "(?s).{0,8}|[a-z\r\n-]{1,8}",
        id in "(?s).{0,8}|[a-z@.\r\n]{1,8}",
    ) {
        // Each strange field by itself, so that one refused field does not hide the others.
        let sane = mail("7f");
        for strange in [
            Mail { to, ..sane.clone() },
            Mail { subject, ..sane.clone() },
            Mail { text, ..sane.clone() },
            Mail { html: Some(html), ..sane.clone() },
            Mail { language, ..sane.clone() },
            Mail { message_id: id, ..sane.clone() },
        ] {
            let Ok(prepared) = prepare(&strange, &sender()) else { continue };
            let message = String::from_utf8(prepared.bytes).unwrap();
            prop_assert!(message.ends_with("\r\n"));
            let bare = message.replace("\r\n", "");
            prop_assert!(!bare.contains(['\r', '\n', '\0']), "{:?}", message);
            prop_assert!(message.split("\r\n").all(|line| line.len() <= 998));
            prop_assert_eq!(header_names(&message), &NAMES[..10]);
        }
    }
}
