//! Whose mail goes first when strangers ask for more than can be sent.

use std::time::Instant;

use futures_util::stream::{self, StreamExt as _};

use super::*;

/// An honest reader's network.
const HOME: &str = "192.0.2.10";

fn v4(network: u32, host: u32) -> String {
    format!("10.{}.{}.{}", network / 256, network % 256, host % 254)
}

impl Service {
    /// Lets seconds pass until a mail to this address has gone out, no faster than the pace; how many.
    async fn seconds_until_mail(&self, email: &str) -> u32 {
        for second in 0..3600 {
            self.sidecar.send_mail_at_pace().await;
            if self.mailer.mails().iter().any(|mail| mail.to == email) {
                return second;
            }
            self.clock.advance(Duration::from_secs(1));
        }
        panic!("no mail to {email} within an hour");
    }

    async fn metric(&self, name: &str) -> i64 {
        let metrics = self.sidecar.metrics().await;
        let line = metrics.lines().find_map(|line| line.strip_prefix(name));
        line.unwrap().trim().parse().unwrap()
    }
}

/// Requests that are on their way at once: no more than find a place to be hashed on one processor.
const AT_ONCE: usize = 8;

/// Asks so often from each of so many networks within a minute, by a few addresses, for new accounts and for
/// new passwords; an honest reader registers amid it, and one after it.
async fn flood(networks: u32, each: u32) {
    let (service, begun) = (Service::new(), Instant::now());
    for round in 0..each {
        let ask = |network| {
            let email = format!("{network}-{round}@example.com");
            let mut browser = service.browser_at(&v4(network, round / 40));
            async move {
                let answer = match round % 2 {
                    0 => browser.register(&email, PASSWORD).await,
                    _ => browser.reset(&email).await,
                };
                answer.status(202);
            }
        };
        let asking = stream::iter(0..networks).for_each_concurrent(AT_ONCE, ask);
        asking.await;
        if round == each / 2 {
            let mut honest = service.browser_at("192.0.2.200");
            honest.register(JO, PASSWORD).await.status(202);
            assert!(service.seconds_until_mail(JO).await <= 30);
        }
        service.clock.advance(Duration::from_secs(60) / each);
        service.sidecar.send_mail_at_pace().await;
    }
    let mut honest = service.browser_at("198.51.100.20");
    honest.register(KIM, PASSWORD).await.status(202);
    let took = service.seconds_until_mail(KIM).await;
    assert!(took <= 30, "{took} s");
    println!(
        "{} requests from {networks} networks: an honest reader's mail goes out {took} s after it was asked for \
         (all of it took {} s of this machine)",
        networks * each,
        begun.elapsed().as_secs()
    );
    assert!(service.metric("dateline_mails_waiting ").await > i64::from(networks));
    assert!(service.metric("dateline_mails_waiting_networks ").await > i64::from(networks / 2));
}

#[tokio::test]
async fn an_honest_readers_mail_overtakes_a_flood() {
    flood(80, 8).await;
}

/// For `bench/mail-burst`: takes a minute or more.
#[tokio::test]
#[ignore = "the whole burst, run by bench/mail-burst"]
async fn an_honest_readers_mail_overtakes_two_hundred_thousand() {
    flood(500, 400).await;
}

#[tokio::test]
async fn decoy_mail_does_not_delay_real_mail() {
    let service = Service::new();
    for network in 0..12 {
        for n in 0..60 {
            let email = format!("{network}-{n}@example.com");
            let mut browser = service.browser_at(&v4(network, 1));
            browser.reset(&email).await.status(202);
        }
    }
    service
        .browser_at(HOME)
        .register(JO, PASSWORD)
        .await
        .status(202);
    assert_eq!(service.seconds_until_mail(JO).await, 0);
    assert!(service.due_mails().await.is_empty(), "none of them is left");
    service.clock.advance(Duration::from_secs(601));
    let mut network = service.browser_at(&v4(3, 2));
    network.register(KIM, PASSWORD).await.status(202);
    assert_eq!(service.seconds_until_mail(KIM).await, 0);
    assert_eq!(service.metric("dateline_mail_behind_seconds ").await, 0);
}

/// A client with a whole /48 has 256 queues, and only a few turns.
#[tokio::test]
async fn a_wide_ipv6_network_has_few_turns() {
    let service = Service::with(|options| options.limits.mails_hour = 60);
    for n in 0..160 {
        let mut browser = service.browser_at(&format!("2001:db8:7:{:x}::1", n * 256));
        let email = format!("{n}@example.com");
        browser.register(&email, PASSWORD).await.status(202);
    }
    let mut honest = service.browser_at("2001:db8:8:1::1");
    honest.register(JO, PASSWORD).await.status(202);
    service.sidecar.send_mail_at_pace().await;
    assert!(service.mailer.mails().iter().any(|mail| mail.to == JO));
    assert!(service.metric("dateline_mails_waiting ").await > 50);
}

#[tokio::test]
async fn owners_are_notified_before_strangers_get_many_codes() {
    let service = Service::with(|options| options.limits.mails_hour = 1);
    let mut owner = service.registered(JO).await;
    for n in 0..110 {
        let mut browser = service.browser_at(&v4(1, n));
        let email = format!("{n}@example.com");
        browser.register(&email, PASSWORD).await.status(202);
    }
    let change = json!({ "current": PASSWORD, "password": OTHER_PASSWORD });
    owner.post("account/password", change).await.status(204);
    service.sidecar.send_mail_at_pace().await;
    let mails = service.mailer.mails();
    let told = |mail: &Mail| mail.to == JO && mail.subject.contains("changed");
    assert!(mails.iter().any(told));
    assert!(service.metric("dateline_mails_waiting ").await > 5);
}
