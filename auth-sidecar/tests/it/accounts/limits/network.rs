//! Codes asked for and logins tried, by network.

use super::*;

const HERE: &str = "203.0.113.7";
const ELSEWHERE: &str = "203.0.113.8";

#[tokio::test]
async fn a_network_may_ask_for_sixty_codes_an_hour_whatever_the_address() {
    let service = Service::new();
    service.registered(JO).await;
    service.advance(3600);
    for n in 0..60 {
        // Known or not, allowed or refused by the address's own limit: each call counts.
        let email = [JO, KIM, "third@example.com"][n % 3];
        let answer = service.ask("reset", email, HERE).await;
        assert_eq!(answer.status.as_u16() == 202, n < 9, "{n}");
        service.advance(1);
    }
    for email in [JO, "new@example.com"] {
        let answer = service.ask("register", email, HERE).await;
        assert_eq!(refused(&answer, "too-many"), 3600 - 60, "{email}");
    }
    let email = "new@example.com";
    service.ask("register", email, ELSEWHERE).await.status(202);
    service.advance(3539);
    let answer = service.ask("register", "another@example.com", HERE).await;
    assert_eq!(refused(&answer, "too-many"), 1);
    service.advance(1);
    let answer = service.ask("register", "another@example.com", HERE).await;
    answer.status(202);
}

#[tokio::test]
async fn waiting_out_both_network_and_address_limits_admits() {
    let service = Service::new();
    for n in 0..56 {
        let email = format!("{n}@example.com");
        service.ask("reset", &email, HERE).await.status(202);
    }
    service.advance(10);
    for _ in 0..3 {
        service.ask("reset", KIM, HERE).await.status(202);
    }
    service.advance(10);
    // The address refuses for 15 minutes; this very call is the network's sixtieth.
    let answer = service.ask("reset", KIM, HERE).await;
    assert_eq!(refused(&answer, "too-many"), 3600 - 20);
    service.advance(3600 - 20);
    service.ask("reset", KIM, HERE).await.status(202);
}

#[tokio::test]
async fn a_registration_that_is_verified_is_given_back() {
    let service = Service::new();
    let mut browsers = Vec::new();
    for n in 0..60 {
        let mut browser = service.browser_at(HERE);
        let email = format!("{n}@example.com");
        browser.register(&email, PASSWORD).await.status(202);
        browsers.push((browser, email));
    }
    let more = |n: usize| {
        let email = format!("more-{n}@example.com");
        let service = &service;
        async move { service.ask("register", &email, HERE).await }
    };
    refused(&more(0).await, "too-many");
    for (n, (browser, email)) in browsers.iter_mut().take(3).enumerate() {
        let code = service.code_for(email).await;
        let verified = browser.post("verify", json!({ "code": code })).await;
        verified.status(200);
        more(1 + n).await.status(202);
        refused(&more(9).await, "too-many");
    }
}

#[tokio::test]
async fn ipv6_is_counted_by_64_bits() {
    let service = Service::new();
    for n in 0..60 {
        let email = format!("{n}@example.com");
        let from = format!("2001:db8:1:2:{n}::1");
        service.ask("reset", &email, &from).await.status(202);
    }
    let ask = |from: &'static str| service.ask("reset", KIM, from);
    refused(&ask("2001:db8:1:2:ffff::").await, "too-many");
    ask("2001:db8:1:3::1").await.status(202);

    for n in 0..20 {
        let email = format!("{n}@example.com");
        let from = format!("2001:db8:5:6::{n}");
        service.fail(&email, &from).await.status(401);
    }
    let fail = |from: &'static str| service.fail(KIM, from);
    refused(&fail("2001:db8:5:6:7:8:9:a").await, "too-many");
    fail("2001:db8:5:7::").await.status(401);
    for n in 0..20 {
        let email = format!("{n}@example.com");
        service.fail(&email, "192.0.2.1").await.status(401);
    }
    refused(&fail("::ffff:192.0.2.1").await, "too-many");
}

/// An address in the /64 of this number, of a /56 (the last byte of the number) of 2001:db8:1::/48.
fn v6(subnet: usize) -> String {
    format!("2001:db8:1:{subnet:x}::1")
}

/// With few tries, so that wider networks are soon full.
fn few() -> Service {
    Service::with(|options| {
        options.limits.login_network_minute = 2;
        options.limits.login_network_hour = 5;
        options.limits.codes_network_hour = 2;
        options.limits.network_56 = 3;
        options.limits.network_48 = 5;
    })
}

#[tokio::test]
async fn logins_of_an_ipv6_56_and_48_are_counted_together() {
    let service = few();
    service.registered(JO).await;
    let mut n = 0;
    let mut fail = |subnet| {
        n += 1;
        let (email, from) = (format!("{n}@example.com"), v6(subnet));
        let service = &service;
        async move { service.fail(&email, &from).await }
    };
    // Six of the /56 that ends in 00 to ff.
    for subnet in [0, 0, 1, 1, 2, 2] {
        fail(subnet).await.status(401);
    }
    refused(&fail(3).await, "too-many");
    // A neighbour in the /48 is not its neighbour in the /56, and four more are the /48's ten.
    for subnet in [0x100, 0x100, 0x101, 0x200] {
        fail(subnet).await.status(401);
    }
    refused(&fail(0x300).await, "too-many");
    // Successful logins use up none of the limits; another /48 and IPv4 are unaffected.
    let elsewhere = "2001:db8:2::1";
    service.fail(KIM, elsewhere).await.status(401);
    for _ in 0..3 {
        let mut owner = service.browser_at(elsewhere);
        owner.log_in(JO, PASSWORD).await.status(200);
    }
    service.fail(KIM, elsewhere).await.status(401);
    service.fail(KIM, HERE).await.status(401);
    // A minute later there is room again, and within the hour 5 times as many for each are the most.
    service.advance(60);
    let answer = service.browser_at(&v6(3)).log_in(JO, PASSWORD).await;
    answer.status(200);
    for subnet in [0, 1, 2, 3, 3] {
        fail(subnet).await.status(401);
    }
    service.advance(60);
    for subnet in [0, 1, 2, 3] {
        fail(subnet).await.status(401);
    }
    // 15 of this /56 within the hour; its neighbour has had 4, and the /48 19 of 25.
    service.advance(60);
    let wait = refused(&fail(4).await, "too-many");
    assert_eq!(wait, 3600 - 180);
    fail(0x300).await.status(401);
}

#[tokio::test]
async fn codes_of_an_ipv6_56_and_48_are_counted_together() {
    let service = few();
    let mut n = 0;
    let mut ask = |call: &'static str, subnet| {
        n += 1;
        let (email, from) = (format!("{n}@example.com"), v6(subnet));
        let service = &service;
        async move { service.ask(call, &email, &from).await }
    };
    for (call, subnet) in [
        ("reset", 0),
        ("register", 0),
        ("reset", 1),
        ("reset", 1),
        ("reset", 2),
    ] {
        ask(call, subnet).await.status(202);
    }
    // Verifying the sixth of the /56 refunds its use of all limits.
    for _ in 0..2 {
        let mut browser = service.browser_at(&v6(2));
        let email = format!("verified-{}@example.com", service.mails().await.len());
        browser.register(&email, PASSWORD).await.status(202);
        let code = service.code_for(&email).await;
        browser.enter("verify", &code).await.status(200);
    }
    ask("register", 3).await.status(202);
    for call in ["reset", "register"] {
        assert_eq!(refused(&ask(call, 4).await, "too-many"), 3600, "{call}");
    }
    for subnet in [0x100, 0x100, 0x200, 0x300] {
        ask("reset", subnet).await.status(202);
    }
    refused(&ask("reset", 0x400).await, "too-many");
    service.ask("reset", KIM, "2001:db8:2::1").await.status(202);
    service.advance(3600);
    ask("reset", 4).await.status(202);
}

#[tokio::test]
async fn no_network_blocks_its_neighbours_alone() {
    let service = Service::new();
    // One /64 of a /56 uses up its limit, and continues.
    for n in 0..60 {
        let email = format!("{n}@example.com");
        let answer = service.fail(&email, &v6(0)).await;
        assert_eq!(answer.status.as_u16() == 401, n < 20);
    }
    service.fail(KIM, &v6(1)).await.status(401);
    // So do all of that /56: the others of the /48 do not notice.
    for n in 0..100 {
        service.fail(&format!("{n}@example.org"), &v6(n)).await;
    }
    refused(&service.fail(KIM, &v6(0xff)).await, "too-many");
    service.fail(KIM, &v6(0x100)).await.status(401);
}

#[tokio::test]
async fn a_network_may_fail_twenty_times_a_minute_and_two_hundred_an_hour() {
    let service = Service::new();
    service.registered(JO).await;
    let stranger = |n: usize| format!("{n}@example.com");
    for minute in 0..10 {
        for n in 0..20 {
            service.advance(1);
            let email = stranger(minute * 20 + n);
            service.fail(&email, HERE).await.status(401);
        }
        if minute == 0 {
            let answer = service.fail(&stranger(999), HERE).await;
            assert_eq!(refused(&answer, "too-many"), 41);
            service.advance(40);
            let answer = service.fail(JO, HERE).await;
            assert_eq!(refused(&answer, "too-many"), 1);
            service.fail(JO, ELSEWHERE).await.status(401);
            service.advance(20);
        } else {
            service.advance(60);
        }
    }
    let answer = service.browser_at(HERE).log_in(JO, PASSWORD).await;
    assert_eq!(refused(&answer, "too-many"), 3600 - (10 * 80 - 1));
    service.advance(3600 - 800);
    refused(&service.fail(JO, HERE).await, "too-many");
    service.advance(1);
    let answer = service.browser_at(HERE).log_in(JO, PASSWORD).await;
    answer.status(200);
}

#[tokio::test]
async fn successful_logins_consume_no_limit() {
    let service = Service::new();
    service.registered(JO).await;
    for _ in 0..30 {
        let answer = service.browser_at(HERE).log_in(JO, PASSWORD).await;
        answer.status(200);
    }
    let answer = service.fail("somebody@example.com", HERE).await;
    answer.status(401);
}
