//! Failed logins of accounts and of unknown addresses.

use dateline_auth::domain::keys::Purpose;
use dateline_auth::domain::network::Network;
use dateline_auth::domain::store::Scope;
use dateline_auth::domain::time::Moment;
use futures_util::future::join_all;

use super::*;

#[tokio::test]
async fn after_five_failures_waits_grow_and_never_become_a_lock() {
    for email in [JO, KIM] {
        let service = Service::new();
        service.registered(JO).await;
        for n in 0..5 {
            service.fail(email, &network(n)).await.status(401);
            service.advance(1);
        }
        service.advance(-1);
        for (n, wait) in (5..).zip([30, 60, 120, 240, 480, 900, 900, 900]) {
            let answer = service.fail(email, &network(n)).await;
            assert_eq!(refused(&answer, "too-many"), wait, "{email}");
            let mut right = service.browser_at(&network(100 + n));
            let answer = right.log_in(email, PASSWORD).await;
            assert_eq!(refused(&answer, "too-many"), wait, "the right one too");
            service.advance(wait - 1);
            let answer = service.fail(email, &network(n)).await;
            assert_eq!(refused(&answer, "too-many"), 1, "{email}");
            service.advance(1);
            service.fail(email, &network(n)).await.status(401);
        }
        service.advance(900);
        let status = if email == JO { 200 } else { 401 };
        let answer = service.browser().log_in(email, PASSWORD).await;
        answer.status(status);
    }
}

#[tokio::test]
async fn failures_that_are_far_apart_cost_nothing() {
    let service = Service::new();
    for n in 0..30 {
        service.fail(JO, &network(n)).await.status(401);
        service.advance(75);
    }
    // The fifth within less than five minutes.
    service.advance(-1);
    service.fail(JO, &network(40)).await.status(401);
    assert_eq!(
        refused(&service.fail(JO, &network(41)).await, "too-many"),
        30
    );
}

#[tokio::test]
async fn a_success_refunds_only_its_own_attempt() {
    let service = Service::new();
    service.registered(JO).await;
    for n in 0..4 {
        service.fail(JO, &network(n)).await.status(401);
    }
    for n in 0..4 {
        let mut stranger = service.browser_at(&network(n));
        stranger.log_in(JO, PASSWORD).await.status(200);
    }
    service.fail(JO, &network(4)).await.status(401);
    assert_eq!(
        refused(&service.fail(JO, &network(5)).await, "too-many"),
        30
    );
}

#[tokio::test]
async fn an_attempt_is_counted_before_it_is_judged() {
    for (email, kind) in [(JO, "an account"), (KIM, "none")] {
        let service = Service::with(|options| options.hashes = 16);
        service.registered(JO).await;
        let tries = (0..100).map(|n| {
            let from = network(n);
            let service = &service;
            async move { service.fail(email, &from).await.status.as_u16() }
        });
        let mut judged = join_all(tries).await;
        judged.retain(|status| *status != 429);
        assert_eq!(judged, [401; 5], "{kind}");
        assert_eq!(
            refused(&service.fail(email, &network(0)).await, "too-many"),
            30
        );
    }
}

#[tokio::test]
async fn strangers_attempts_do_not_affect_sessions() {
    let service = Service::new();
    let mut owner = service.registered(JO).await;
    for n in 0..9 {
        service.fail(JO, &network(n)).await;
    }
    assert!(owner.is_signed_in().await);
    owner.get("/api/account").await.status(200);
    let change = json!({ "current": PASSWORD, "password": OTHER_PASSWORD });
    owner.post("account/password", change).await.status(204);
}

#[tokio::test]
async fn counts_are_forgotten_after_a_day() {
    let service = Service::new();
    let keys = &service.sidecar.accounts().core().keys;
    let counted = async |scope, what: &str, of: &[u8]| {
        let parts = [what.as_bytes(), of];
        let (_, key) = keys.macs(Purpose::Address, &parts).next().unwrap();
        let hits = service
            .kept(move |rows| rows.hits(scope, &key, Moment(0)))
            .await;
        hits.len()
    };
    let from = Network::of(network(0).parse().unwrap()).to_bytes();
    let rows = async || {
        counted(Scope::LoginAccount, "address", KIM.as_bytes()).await
            + counted(Scope::LoginNetwork, "network", &from).await
    };
    for _ in 0..5 {
        service.fail(KIM, &network(0)).await.status(401);
    }
    assert_eq!(
        rows().await,
        10,
        "an account's and a network's, of no account too"
    );
    let sweep = || service.sidecar.accounts().sweep();
    service.advance(86_399);
    sweep().await.unwrap();
    assert_eq!(rows().await, 10);
    service.advance(1);
    sweep().await.unwrap();
    assert_eq!(rows().await, 0);
    service.fail(KIM, &network(0)).await.status(401);
}

#[tokio::test]
async fn counters_do_not_reveal_whom_they_count() {
    let service = Service::new();
    service.fail(KIM, "203.0.113.99").await.status(401);
    for end in ["", "-wal"] {
        let mut path = service.database().into_os_string();
        path.push(end);
        let bytes = std::fs::read(path).unwrap();
        for hidden in [KIM, "kim", "203.0.113.99"] {
            let found = bytes
                .windows(hidden.len())
                .any(|part| part == hidden.as_bytes());
            assert!(!found, "{hidden} in accounts.db{end}");
        }
        let address = [203, 0, 113, 99];
        assert!(!bytes.windows(4).any(|part| part == address));
    }
}
