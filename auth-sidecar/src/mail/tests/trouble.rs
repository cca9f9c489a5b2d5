//! Servers that are away, slow, strange or hostile: the mail stays ours, and we say why.

use std::time::Duration;

use futures_util::future::join_all;

use super::peer::{Act, Peer};
use super::{Mailer, SendOutcome, SmtpLimits, later, mail, refused, send, smtp};

/// Every turn of a first mail, and how a reason names it.
const TURNS: [(&str, &str); 7] = [
    ("greeting", "the greeting: "),
    ("EHLO", "EHLO: "),
    ("MAIL", "MAIL: "),
    ("RCPT", "RCPT: "),
    ("DATA", "DATA: "),
    ("content", "the answer to the message: "),
    (".", "the answer to the message: "),
];

async fn first_mail_with(verb: &'static str, act: Act, limits: SmtpLimits) -> (SendOutcome, Peer) {
    let peer = Peer::start(move |turn| if turn.verb == verb { act } else { Act::Usual }).await;
    let mailer = smtp(&peer.target(), limits);
    (send(&mailer, "a").await, peer)
}

#[tokio::test]
async fn no_step_waits_for_ever() {
    let limits = SmtpLimits {
        step: Duration::from_secs(3),
        answer: Duration::from_secs(3),
        ..SmtpLimits::default()
    };
    join_all(TURNS.map(async |(verb, step)| {
        let (sending, peer) = first_mail_with(verb, Act::Stall, limits).await;
        let reason = later(sending);
        assert!(reason.starts_with(step), "{verb}: {reason}");
        assert!(reason.contains("took too long"), "{verb}: {reason}");
        let open = matches!(verb, "content" | ".");
        assert_eq!(reason.contains("may have taken"), open, "{verb}: {reason}");
        assert_eq!(peer.connections(), 1, "{verb}");
    }))
    .await;
}

#[tokio::test]
async fn the_whole_has_a_limit_too() {
    let peer = Peer::start(|turn| match turn.verb {
        "." => Act::Stall,
        _ => Act::Usual,
    })
    .await;
    let limits = SmtpLimits {
        whole: Duration::from_millis(800),
        connections: 1,
        ..SmtpLimits::default()
    };
    let mailer = smtp(&peer.target(), limits);
    tokio::select! {
        sending = send(&mailer, "first") => panic!("{sending:?}"),
        sending = async {
            while peer.messages().is_empty() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            send(&mailer, "second").await
        } => {
            let reason = later(sending);
            assert!(reason.contains("no connection became free"), "{reason}");
        }
    }
}

#[tokio::test]
async fn a_closed_connection_leaves_the_mail_queued() {
    join_all(TURNS.map(async |(verb, step)| {
        let (sending, peer) = first_mail_with(verb, Act::Close, SmtpLimits::default()).await;
        let reason = later(sending);
        assert!(reason.starts_with(step), "{verb}: {reason}");
        assert!(reason.contains("ended the connection"), "{verb}: {reason}");
        let open = matches!(verb, "content" | ".");
        assert_eq!(reason.contains("may have taken"), open, "{verb}: {reason}");
        assert_eq!(peer.connections(), 1, "{verb}");
        assert_eq!(peer.messages().len(), usize::from(verb == "."), "{verb}");
    }))
    .await;
}

#[tokio::test]
async fn a_message_cut_short_was_not_taken() {
    let peer = Peer::start(|turn| match turn.verb {
        "content" => Act::Close,
        _ => Act::Usual,
    })
    .await;
    let mailer = smtp(&peer.target(), SmtpLimits::default());
    let mut long = mail("a");
    // More than sockets hold.
    long.text = "sixteen mails\n".repeat(1 << 20);
    let reason = later(mailer.send(&long).await);
    assert_eq!(reason, "the message: the server ended the connection");
    assert_eq!(peer.connections(), 1);
}

#[tokio::test]
async fn rejections_of_the_sender_are_retried() {
    for (verb, answer) in [
        ("greeting", "554 5.7.1 no service for you"),
        ("greeting", "421 4.3.2 busy"),
        ("EHLO", "502 what?"),
        ("EHLO", "552 too much"),
        ("MAIL", "530 5.7.0 log in first"),
        ("MAIL", "550 5.7.1 not from there"),
        ("MAIL", "553 5.1.8 who is that?"),
        ("RCPT", "554 5.7.1 relay access denied"),
        ("DATA", "503 5.5.1 not yet"),
        ("DATA", "250 fine"),
        (".", "550 5.7.26 unauthenticated"),
        (".", "554 Message rejected: Email address is not verified."),
        (".", "550 5.4.5 Daily user sending limit exceeded."),
        ("DATA", "554 account suspended"),
        ("RCPT", "550 5.1.7 sender rejected"),
        ("RCPT", "553 5.1.8 sender rejected"),
        ("RCPT", "550 5.2.252 SendAsDenied"),
        (
            "RCPT",
            "454 Throttling failure: Daily message quota exceeded.",
        ),
    ] {
        let (sending, _) = first_mail_with(verb, Act::Say(answer), SmtpLimits::default()).await;
        let SendOutcome::Later {
            reason,
            about_recipient,
        } = sending
        else {
            panic!("{verb} {answer}: {sending:?}");
        };
        assert!(reason.ends_with(answer), "{verb}: {reason}");
        assert!(!about_recipient, "{verb}: {reason}");
    }
}

#[tokio::test]
async fn nonsense_is_for_later() {
    for answer in [
        "",
        "hello",
        "2",
        "25",
        "-250",
        "+25 x",
        "999 x",
        "199 x",
        "250x",
        "2500 x",
        "250-a\r\n251 b",
        "250-a\r\n\r\n250 b",
        "é50 x",
        "HTTP/1.1 400 Bad Request",
    ] {
        for verb in ["greeting", "EHLO", "RCPT", "."] {
            let (sending, _) = first_mail_with(verb, Act::Say(answer), SmtpLimits::default()).await;
            let reason = later(sending);
            assert!(reason.contains("not SMTP"), "{verb}, {answer:?}: {reason}");
        }
    }
}

#[tokio::test]
async fn an_answer_without_end_is_not_read_to_its_end() {
    for act in [Act::EndlessLine, Act::EndlessLines] {
        for verb in ["greeting", "EHLO", "RCPT", "."] {
            let (sending, _) = first_mail_with(verb, act, SmtpLimits::default()).await;
            let reason = later(sending);
            assert!(reason.contains("answer without end"), "{verb}: {reason}");
        }
    }
}

#[tokio::test]
async fn a_server_that_is_away_is_for_later() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let mailer = smtp(&format!("smtp://127.0.0.1:{port}"), SmtpLimits::default());
    let reason = later(send(&mailer, "a").await);
    assert!(reason.starts_with("connecting: "), "{reason}");
}

#[tokio::test]
async fn without_starttls_no_mail_is_sent_unless_configured() {
    let peer = Peer::start(|_| Act::Usual).await;
    let mailer = smtp(
        &format!("smtp://127.0.0.1:{}", peer.port),
        SmtpLimits::default(),
    );
    let reason = later(send(&mailer, "a").await);
    assert_eq!(
        reason,
        "TLS: the server does not offer it, and `tls=required` (the default) needs it"
    );
    assert_eq!(peer.lines(), ["EHLO example.org"]);

    let target = format!("smtp://127.0.0.1:{}?tls=opportunistic", peer.port);
    let mailer = smtp(&target, SmtpLimits::default());
    assert_eq!(send(&mailer, "a").await, SendOutcome::Accepted);
}

#[tokio::test]
async fn tls_that_is_offered_must_hold() {
    for (answer, words) in [
        (Act::Say("454 4.7.0 not now"), "TLS: 454 4.7.0 not now"),
        (Act::Say("502 5.5.1 what?"), "TLS: 502 5.5.1 what?"),
        (Act::Close, "TLS: the server ended the connection"),
        (Act::SayAndClose("220 go on"), "TLS: "),
        // Answers put into the open part, to be read as if they came under TLS.
        (
            Act::Say("220 go on\r\n250-peer\r\n250 AUTH PLAIN"),
            "TLS: the server spoke on before TLS began",
        ),
    ] {
        for mode in ["required", "opportunistic"] {
            let peer = Peer::start(move |turn| match turn.verb {
                "EHLO" => Act::Say("250-peer\r\n250-AUTH PLAIN\r\n250 STARTTLS"),
                "STARTTLS" => answer,
                _ => Act::Usual,
            })
            .await;
            let target = format!("smtp://news:pass@127.0.0.1:{}?tls={mode}", peer.port);
            let mailer = smtp(&target, SmtpLimits::default());
            let reason = later(send(&mailer, "a").await);
            assert!(reason.starts_with(words), "{answer:?}: {reason}");
            assert_eq!(peer.lines()[..2], ["EHLO example.org", "STARTTLS"]);
            assert!(!peer.lines().iter().any(|line| line.starts_with("AUTH")));
        }
    }
}

#[tokio::test]
async fn smtps_speaks_tls_from_the_first_byte() {
    let peer = Peer::start(|_| Act::Usual).await;
    let mailer = smtp(
        &format!("smtps://127.0.0.1:{}", peer.port),
        SmtpLimits::default(),
    );
    let reason = later(send(&mailer, "a").await);
    assert!(reason.starts_with("TLS: "), "{reason}");
}

#[tokio::test]
async fn a_failed_login_is_the_operators_trouble() {
    for (offer, answer, words) in [
        (
            "250-peer\r\n250 AUTH PLAIN",
            "535 5.7.8 bad AG5ld3MAcGFzcw==",
            "AUTH: 535 5.7.8",
        ),
        (
            "250-peer\r\n250 AUTH PLAIN",
            "500 what? AUTH PLAIN AG5ld3MAcGFzcw==",
            "AUTH: 500",
        ),
        (
            "250-peer\r\n250 AUTH LOGIN",
            "504 5.5.4 no",
            "AUTH: 504 5.5.4",
        ),
        (
            "250-peer\r\n250 AUTH GSSAPI",
            "",
            "AUTH: the server offers neither PLAIN nor LOGIN",
        ),
        (
            "250 peer",
            "",
            "AUTH: the server offers neither PLAIN nor LOGIN",
        ),
    ] {
        let peer = Peer::start(move |turn| match turn.verb {
            "EHLO" => Act::Say(offer),
            "AUTH" => Act::Say(answer),
            _ => Act::Usual,
        })
        .await;
        let target = format!("smtp://news:pass@127.0.0.1:{}?tls=none", peer.port);
        let mailer = smtp(&target, SmtpLimits::default());
        assert_eq!(later(send(&mailer, "a").await), words);
    }
}

/// `0.0.0.0` reaches this machine too, but is not known to.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_password_does_not_go_in_the_open() {
    for mode in ["opportunistic", "none"] {
        let peer = Peer::start(|turn| match turn.verb {
            "EHLO" => Act::Say("250-peer\r\n250 AUTH PLAIN"),
            _ => Act::Usual,
        })
        .await;
        let target = format!("smtp://news:pass@0.0.0.0:{}?tls={mode}", peer.port);
        let mailer = smtp(&target, SmtpLimits::default());
        let reason = later(send(&mailer, "a").await);
        assert!(reason.contains("does not go in the open"), "{reason}");
        assert_eq!(peer.lines(), ["EHLO example.org"]);
    }
}

#[tokio::test]
async fn an_address_that_holds_a_command_is_refused_before_connecting() {
    let peer = Peer::start(|_| Act::Usual).await;
    let mailer = smtp(&peer.target(), SmtpLimits::default());
    for to in [
        "jane@example.org>\r\nRCPT TO:<other@example.org",
        "jane@example.org\r\nDATA",
        "jane\r\nDATA@example.org",
        "jane>@example.org",
        "jane @example.org",
        "\"jane\r\n\"@example.org",
        "a@b@example.org",
        "jane@example.org\0",
        "jane@exam\nple.org",
        "jane@exam\u{2028}ple.org",
        "jane@[127.0.0.1]",
        "Jane <jane@example.org>",
        "jane",
        "@example.org",
        "jane@",
        "",
    ] {
        let mut mail = mail("a");
        mail.to = to.into();
        let reason = refused(mailer.send(&mail).await);
        assert!(
            reason.contains("not one that mail can go to"),
            "{to:?}: {reason}"
        );
    }
    assert_eq!(peer.connections(), 0);
}
