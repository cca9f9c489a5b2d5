//! Counts outlive a restart and a new key of the secret, and are shared by processes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::future::join_all;

use super::*;
use crate::harness::SECRET;

/// Three codes asked for and five failed logins, from one network.
async fn use_up(service: &Service) {
    for _ in 0..3 {
        service.ask("reset", KIM, &network(0)).await.status(202);
    }
    for _ in 0..5 {
        service.fail(KIM, &network(0)).await.status(401);
    }
}

async fn is_used_up(service: &Service) {
    let answer = service.ask("reset", KIM, &network(1)).await;
    assert_eq!(refused(&answer, "too-many"), 900);
    let answer = service.fail(KIM, &network(1)).await;
    assert_eq!(refused(&answer, "too-many"), 30);
    // A network's count: three codes until now, and one more that one address refused.
    for n in 0..57 {
        let email = format!("{n}@example.com");
        service.ask("reset", &email, &network(0)).await.status(202);
    }
    let answer = service.ask("reset", JO, &network(0)).await;
    assert_eq!(refused(&answer, "too-many"), 3600);
    for n in 0..15 {
        let email = format!("{n}@example.com");
        service.fail(&email, &network(0)).await.status(401);
    }
    let answer = service.fail(JO, &network(0)).await;
    assert_eq!(refused(&answer, "too-many"), 60);
}

#[tokio::test]
async fn a_restart_forgets_no_count() {
    let service = Service::new();
    use_up(&service).await;
    is_used_up(&service.restart()).await;
}

#[tokio::test]
async fn processes_on_one_database_share_counts() {
    let service = Service::new();
    let other = service.beside();
    use_up(&service).await;
    is_used_up(&other).await;
}

#[tokio::test]
async fn attempts_at_two_processes_at_once_are_judged_five_times() {
    let service = Service::with(|options| options.hashes = 8);
    let services = [&service, &service.beside()];
    let tries = (0..100).map(|n| {
        let from = network(n);
        async move { services[n % 2].fail(KIM, &from).await.status.as_u16() }
    });
    let mut judged = join_all(tries).await;
    judged.retain(|status| *status != 429);
    assert_eq!(judged, [401; 5]);
}

#[tokio::test]
async fn a_new_key_of_the_secret_clears_no_count() {
    let service = Service::new();
    use_up(&service).await;
    let rotated = service.restart_with(|options| {
        options.secret = format!("k2:{},{SECRET}", STANDARD.encode([7; 32]));
    });
    is_used_up(&rotated).await;
}
