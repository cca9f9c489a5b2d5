//! Codes asked for, by address. Known and unknown addresses are tested side by side throughout.

use super::*;

const CALLS: [&str; 2] = ["register", "reset"];

/// A service that knows JO and not KIM, a day later.
async fn service() -> Service {
    let service = Service::new();
    service.registered(JO).await;
    service.advance(86_400);
    service
}

#[tokio::test]
async fn an_address_has_three_in_fifteen_minutes() {
    for call in CALLS {
        for email in [JO, KIM] {
            let service = service().await;
            for n in 0..3 {
                service.ask(call, email, &network(n)).await.status(202);
                service.advance(10);
            }
            let answer = service.ask(call, email, &network(3)).await;
            assert_eq!(refused(&answer, "too-many"), 900 - 30, "{call} {email}");
            service.advance(869);
            let answer = service.ask(call, email, &network(4)).await;
            assert_eq!(refused(&answer, "too-many"), 1, "{call} {email}");
            service.advance(1);
            service.ask(call, email, &network(5)).await.status(202);
            let answer = service.ask(call, email, &network(6)).await;
            assert_eq!(refused(&answer, "too-many"), 10, "only one place was free");
        }
    }
}

#[tokio::test]
async fn registering_and_resetting_are_counted_apart() {
    for email in [JO, KIM] {
        let service = service().await;
        for call in CALLS {
            for n in 0..3 {
                service.ask(call, email, &network(n)).await.status(202);
            }
            refused(&service.ask(call, email, &network(9)).await, "too-many");
        }
        let other = "somebody@example.com";
        service.ask("reset", other, &network(0)).await.status(202);
    }
}

#[tokio::test]
async fn an_address_has_ten_a_day_of_which_one_network_may_use_four() {
    for call in CALLS {
        for email in [JO, KIM] {
            let service = service().await;
            for n in 0..4 {
                service.ask(call, email, &network(0)).await.status(202);
                service.advance(1200 + n);
            }
            let gone = 4 * 1200 + 6;
            // An owner may need a reset, so its wait is a quarter of an hour at most.
            let most = if call == "reset" { 900 } else { 86_400 };
            let answer = service.ask(call, email, &network(0)).await;
            assert_eq!(refused(&answer, "too-many"), most.min(86_400 - gone));
            for n in 0..6 {
                let from = network(1 + n / 3);
                service.ask(call, email, &from).await.status(202);
                service.advance(1200);
            }
            let gone = gone + 6 * 1200;
            let answer = service.ask(call, email, &network(7)).await;
            assert_eq!(
                refused(&answer, "too-many"),
                most.min(86_400 - gone),
                "{call} {email}"
            );
            service.advance(86_400 - gone - 1);
            let answer = service.ask(call, email, &network(8)).await;
            assert_eq!(refused(&answer, "too-many"), 1);
            service.advance(1);
            service.ask(call, email, &network(0)).await.status(202);
        }
    }
}

#[tokio::test]
async fn the_longest_of_several_waits_is_reported() {
    let service = service().await;
    let ask = async |n| service.ask("register", KIM, &network(n)).await;
    ask(0).await.status(202);
    service.advance(7200);
    for _ in 0..3 {
        ask(0).await.status(202);
    }
    // Three in 15 minutes, and four of a network a day.
    let answer = ask(0).await;
    assert_eq!(refused(&answer, "too-many"), 86_400 - 7200);
    let answer = ask(1).await;
    assert_eq!(refused(&answer, "too-many"), 900);
}

#[tokio::test]
async fn another_code_of_a_flow_counts_like_the_first() {
    for call in CALLS {
        for email in [JO, KIM] {
            let service = service().await;
            let mut browser = service.browser();
            match call {
                "register" => browser.register(email, PASSWORD).await,
                _ => browser.reset(email).await,
            }
            .status(202);
            for _ in 0..2 {
                service.advance(59);
                let answer = browser.post("code", json!({})).await;
                assert_eq!(refused(&answer, "code-wait"), 1, "{call} {email}");
                service.advance(1);
                browser.post("code", json!({})).await.status(202);
                let answer = browser.post("code", json!({})).await;
                assert_eq!(refused(&answer, "code-wait"), 60);
            }
            service.advance(60);
            let answer = browser.post("code", json!({})).await;
            assert_eq!(refused(&answer, "code-limit"), 900 - 180, "{call} {email}");
            refused(&service.ask(call, email, &network(9)).await, "too-many");
            service.advance(900 - 180);
            browser.post("code", json!({})).await.status(202);
        }
    }
}

#[tokio::test]
async fn an_owner_is_notified_at_most_hourly_and_three_times_a_day() {
    let service = service().await;
    let told = || async {
        let mails = service.mails().await;
        let notices = mails
            .iter()
            .filter(|mail| mail.to == JO && mail.subject.contains("already have an account"));
        notices.count()
    };
    let begun = service.clock.now();
    for (seconds, times) in [
        (0, 1),
        (3599, 1),
        (3600, 2),
        (7199, 2),
        (7200, 3),
        (10_800, 3),
        (86_399, 3),
        (86_400, 4),
        (86_401, 4),
    ] {
        service
            .clock
            .set(begun + jiff::SignedDuration::from_secs(seconds));
        let from = network(usize::try_from(seconds % 241).unwrap());
        service.ask("register", JO, &from).await.status(202);
        assert_eq!(told().await, times, "after {seconds} s");
    }
}

#[tokio::test]
async fn numbers_are_settings() {
    let service = Service::with(|options| {
        options.limits.codes_address_short = 1;
        options.limits.login_account = 2;
    });
    service.ask("reset", JO, &network(0)).await.status(202);
    let answer = service.ask("reset", JO, &network(1)).await;
    assert_eq!(refused(&answer, "too-many"), 900);
    for _ in 0..2 {
        service.fail(JO, &network(0)).await.status(401);
    }
    assert_eq!(
        refused(&service.fail(JO, &network(0)).await, "too-many"),
        30
    );
}
