//! Composer that arrive, and what is said on the way.

use std::time::Duration;

use futures_util::future::join_all;

use super::peer::{Act, Peer};
use super::{Mailer, SendOutcome, SmtpLimits, later, mail, refused, send, smtp};

#[tokio::test]
async fn mails_share_one_connection() {
    let peer = Peer::start(|_| Act::Usual).await;
    let mailer = smtp(&peer.target(), SmtpLimits::default());
    assert_eq!(send(&mailer, "a").await, SendOutcome::Accepted);
    assert_eq!(send(&mailer, "b").await, SendOutcome::Accepted);
    let transaction = [
        "MAIL FROM:<news@example.org>",
        "RCPT TO:<jane.doe@example.net>",
        "DATA",
    ];
    let mut expected = vec!["EHLO example.org"];
    expected.extend(transaction);
    expected.extend(transaction);
    assert_eq!(peer.lines(), expected);
    assert_eq!(peer.connections(), 1);
    let messages = peer.messages();
    assert!(messages[0].contains("Message-ID: <a@example.org>\r\n"));
    assert!(messages[1].contains("Message-ID: <b@example.org>\r\n"));
}

#[tokio::test]
async fn dots_arrive_as_they_were_written() {
    let peer = Peer::start(|_| Act::Usual).await;
    let mailer = smtp(&peer.target(), SmtpLimits::default());
    let mut dotted = mail("dots");
    dotted.html = None;
    dotted.text = ".\n..\n.x\n\n.\n".into();
    assert_eq!(mailer.send(&dotted).await, SendOutcome::Accepted);
    dotted.text = ".".into();
    assert_eq!(mailer.send(&dotted).await, SendOutcome::Accepted);
    dotted.text = "MAIL FROM:<x@example.org>\r.\rDATA\n.\r\n.".into();
    assert_eq!(mailer.send(&dotted).await, SendOutcome::Accepted);
    let body = |index: usize| {
        peer.messages()[index]
            .split_once("\r\n\r\n")
            .unwrap()
            .1
            .to_owned()
    };
    assert_eq!(body(0), ".\r\n..\r\n.x\r\n\r\n.\r\n\r\n");
    assert_eq!(body(1), ".\r\n");
    assert_eq!(
        body(2),
        "MAIL FROM:<x@example.org>\r\n.\r\nDATA\r\n.\r\n.\r\n"
    );
    assert_eq!(peer.messages().len(), 3);
}

#[tokio::test]
async fn a_refused_recipient_is_set_aside_and_costs_no_connection() {
    let peer = Peer::start(|turn| match (turn.verb, turn.before) {
        ("RCPT", 0) => Act::Say("550-5.1.1 <jane.doe@example.net>:\r\n550 5.1.1 no such user"),
        _ => Act::Usual,
    })
    .await;
    let mailer = smtp(&peer.target(), SmtpLimits::default());
    let reason = refused(send(&mailer, "a").await);
    assert_eq!(reason, "RCPT: 550 5.1.1 <[address]>: 5.1.1 no such user");
    assert_eq!(send(&mailer, "b").await, SendOutcome::Accepted);
    assert_eq!(peer.connections(), 1);
    assert!(peer.lines().contains(&"RSET".to_owned()));
}

#[tokio::test]
async fn a_rejected_message_is_set_aside() {
    let peer = Peer::start(|turn| match turn.verb {
        "." => Act::Say("554 5.6.0 not like this"),
        _ => Act::Usual,
    })
    .await;
    let mailer = smtp(&peer.target(), SmtpLimits::default());
    let reason = refused(send(&mailer, "a").await);
    assert_eq!(reason, "the answer to the message: 554 5.6.0 not like this");
}

#[tokio::test]
async fn greylisting_is_for_later() {
    let peer = Peer::start(|turn| match (turn.verb, turn.before) {
        ("RCPT", 0) => Act::Say("451 4.7.1 greylisted, come back in 300 s"),
        _ => Act::Usual,
    })
    .await;
    let mailer = smtp(&peer.target(), SmtpLimits::default());
    let reason = later(send(&mailer, "a").await);
    assert_eq!(reason, "RCPT: 451 4.7.1 greylisted, come back in 300 s");
    assert_eq!(send(&mailer, "a").await, SendOutcome::Accepted);
    assert_eq!(peer.connections(), 1);
}

#[tokio::test]
async fn answers_of_several_lines_are_one_answer() {
    let peer = Peer::start(|turn| match turn.verb {
        "greeting" => Act::Say("220-welcome\r\n220-\r\n220"),
        "EHLO" => Act::Say("250-peer\r\n250-\r\n250- \r\n250-AUTH\r\n250"),
        "MAIL" => Act::Say("250-fine\r\n250 really"),
        "DATA" => Act::Usual,
        _ => Act::Usual,
    })
    .await;
    let mailer = smtp(&peer.target(), SmtpLimits::default());
    assert_eq!(send(&mailer, "a").await, SendOutcome::Accepted);
}

#[tokio::test]
async fn a_local_part_beyond_ascii_needs_smtputf8() {
    let mut greek = mail("a");
    greek.to = "ιωάννα@παράδειγμα.gr".into();

    let without = Peer::start(|_| Act::Usual).await;
    let mailer = smtp(&without.target(), SmtpLimits::default());
    let reason = refused(mailer.send(&greek).await);
    assert!(reason.contains("SMTPUTF8"), "{reason}");
    assert_eq!(send(&mailer, "b").await, SendOutcome::Accepted);
    assert_eq!(without.connections(), 1);

    let with = Peer::start(|turn| match turn.verb {
        "EHLO" => Act::Say("250-peer\r\n250-8BITMIME\r\n250 SmtpUtf8"),
        _ => Act::Usual,
    })
    .await;
    let mailer = smtp(&with.target(), SmtpLimits::default());
    assert_eq!(mailer.send(&greek).await, SendOutcome::Accepted);
    let lines = with.lines();
    assert_eq!(
        lines[1],
        "MAIL FROM:<news@example.org> BODY=8BITMIME SMTPUTF8"
    );
    assert_eq!(lines[2], "RCPT TO:<ιωάννα@xn--hxajbheg2az3al.gr>");
}

#[tokio::test]
async fn a_domain_beyond_ascii_needs_nothing() {
    let peer = Peer::start(|_| Act::Usual).await;
    let mailer = smtp(&peer.target(), SmtpLimits::default());
    let mut mail = mail("a");
    mail.to = "Jane@Bücher.example".into();
    assert_eq!(mailer.send(&mail).await, SendOutcome::Accepted);
    assert_eq!(peer.lines()[1], "MAIL FROM:<news@example.org>");
    assert_eq!(peer.lines()[2], "RCPT TO:<Jane@xn--bcher-kva.example>");
    assert!(peer.messages()[0].is_ascii());
}

#[tokio::test]
async fn a_closed_idle_connection_is_replaced() {
    // Closed right away; closed when the next mail begins; said to be closing then.
    for act in [
        Act::SayAndClose("250 queued"),
        Act::Close,
        Act::SayAndClose("421 4.4.2 idle"),
        Act::SayAndClose("221 2.0.0 goodbye"),
        Act::SayAndClose("451 4.4.2 Timeout - closing connection"),
        Act::Say("451 4.4.2 Timeout waiting for data from client"),
    ] {
        let peer = Peer::start(
            move |turn| match (turn.connection, turn.verb, turn.before, act) {
                (0, ".", 0, Act::SayAndClose("250 queued")) => act,
                (0, "MAIL", 1, _) => act,
                _ => Act::Usual,
            },
        )
        .await;
        let mailer = smtp(&peer.target(), SmtpLimits::default());
        assert_eq!(send(&mailer, "a").await, SendOutcome::Accepted, "{act:?}");
        assert_eq!(send(&mailer, "b").await, SendOutcome::Accepted, "{act:?}");
        assert_eq!(peer.connections(), 2, "{act:?}");
        assert_eq!(peer.messages().len(), 2, "{act:?}");
    }
}

#[tokio::test]
async fn a_silently_dropped_idle_connection_is_replaced_soon() {
    let peer = Peer::start(|turn| match (turn.connection, turn.verb, turn.before) {
        (0, "MAIL", 1) => Act::Stall,
        _ => Act::Usual,
    })
    .await;
    let limits = SmtpLimits {
        kept: Duration::from_millis(100),
        ..SmtpLimits::default()
    };
    let mailer = smtp(&peer.target(), limits);
    assert_eq!(send(&mailer, "a").await, SendOutcome::Accepted);
    assert_eq!(send(&mailer, "b").await, SendOutcome::Accepted);
    assert_eq!(peer.connections(), 2);
}

#[tokio::test]
async fn a_slow_greeting_is_waited_for() {
    let usual = SmtpLimits::default();
    let slow = Duration::from_secs(20);
    assert!(usual.step > slow && usual.whole > usual.step && usual.answer > usual.step);
    assert!(usual.step <= SmtpLimits::MOST_STEP && usual.answer <= SmtpLimits::MOST_ANSWER);
    let peer = Peer::start(|turn| match turn.verb {
        "greeting" => Act::Wait(Duration::from_millis(300)),
        _ => Act::Usual,
    })
    .await;
    let limits = SmtpLimits {
        kept: Duration::from_millis(100),
        ..usual
    };
    let mailer = smtp(&peer.target(), limits);
    assert_eq!(send(&mailer, "a").await, SendOutcome::Accepted);
}

#[tokio::test]
async fn a_server_is_reached_without_a_mail() {
    let peer = Peer::start(|_| Act::Usual).await;
    let mailer = smtp(&peer.target(), SmtpLimits::default());
    assert_eq!(mailer.reach().await, SendOutcome::Accepted);
    assert_eq!(mailer.reach().await, SendOutcome::Accepted);
    assert_eq!(send(&mailer, "a").await, SendOutcome::Accepted);
    assert_eq!((peer.connections(), peer.messages().len()), (1, 1));
    let peer = Peer::start(|turn| match turn.verb {
        "EHLO" => Act::Say("421 4.3.2 not now"),
        _ => Act::Usual,
    })
    .await;
    let mailer = smtp(&peer.target(), SmtpLimits::default());
    assert_eq!(later(mailer.reach().await), "EHLO: 421 4.3.2 not now");
}

#[tokio::test]
async fn a_server_that_says_too_much_is_not_kept() {
    let peer = Peer::start(|turn| match turn.verb {
        "." => Act::Say("250 queued\r\n250 queued"),
        _ => Act::Usual,
    })
    .await;
    let mailer = smtp(&peer.target(), SmtpLimits::default());
    assert_eq!(send(&mailer, "a").await, SendOutcome::Accepted);
    assert_eq!(send(&mailer, "b").await, SendOutcome::Accepted);
    assert_eq!(peer.connections(), 2);
}

#[tokio::test]
async fn only_a_silent_or_closed_start_is_tried_again_at_once() {
    for (verb, act) in [
        ("MAIL", Act::Say("451 4.3.0 not now")),
        ("RCPT", Act::Close),
        ("DATA", Act::Close),
        ("content", Act::Close),
        (".", Act::Close),
    ] {
        let peer = Peer::start(move |turn| match turn.before {
            1 if turn.verb == verb => act,
            _ => Act::Usual,
        })
        .await;
        let mailer = smtp(&peer.target(), SmtpLimits::default());
        assert_eq!(send(&mailer, "a").await, SendOutcome::Accepted);
        let reason = later(send(&mailer, "b").await);
        assert_eq!(peer.connections(), 1, "{verb}: {reason}");
        let mails = peer
            .lines()
            .iter()
            .filter(|line| line.starts_with("MAIL"))
            .count();
        assert_eq!(mails, 2, "{verb}: {reason}");
    }
}

#[tokio::test]
async fn an_idle_connection_ends_with_quit() {
    let peer = Peer::start(|_| Act::Usual).await;
    let limits = SmtpLimits {
        idle: Duration::from_millis(20),
        ..SmtpLimits::default()
    };
    let mailer = smtp(&peer.target(), limits);
    for round in 1..=2 {
        assert_eq!(send(&mailer, "a").await, SendOutcome::Accepted);
        let quits = || peer.lines().iter().filter(|line| *line == "QUIT").count();
        for _ in 0..12_000 {
            if quits() == round {
                break;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert_eq!(quits(), round);
        assert_eq!(peer.connections(), round);
    }
}

#[tokio::test]
async fn there_are_never_more_connections_than_allowed() {
    let peer = Peer::start(|_| Act::Usual).await;
    let limits = SmtpLimits {
        connections: 2,
        ..SmtpLimits::default()
    };
    let mailer = smtp(&peer.target(), limits);
    let ids: Vec<String> = (0..12).map(|id| format!("mail-{id}")).collect();
    let sent = join_all(ids.iter().map(|id| send(&mailer, id))).await;
    assert!(sent.iter().all(|sending| *sending == SendOutcome::Accepted));
    assert_eq!(peer.most_open(), 2);
    assert_eq!(peer.connections(), 2);
    assert_eq!(peer.messages().len(), 12);
}

#[tokio::test]
async fn logging_in_uses_plain_or_login() {
    for (offer, expected) in [
        (
            "250-peer\r\n250 AUTH LOGIN PLAIN",
            &["AUTH PLAIN AG5ld3MAcMOkc3M="][..],
        ),
        (
            "250-peer\r\n250 auth login",
            &["AUTH LOGIN", "bmV3cw==", "cMOkc3M="],
        ),
    ] {
        let peer = Peer::start(move |turn| match turn.verb {
            "EHLO" => Act::Say(offer),
            _ => Act::Usual,
        })
        .await;
        let target = format!("smtp://news:p%C3%A4ss@127.0.0.1:{}?tls=none", peer.port);
        let mailer = smtp(&target, SmtpLimits::default());
        assert_eq!(send(&mailer, "a").await, SendOutcome::Accepted);
        assert_eq!(peer.lines()[1..=expected.len()], *expected);
    }
}
