//! Slots of the hash queue: limits are checked first, no network has all slots, and a call without a slot is no attempt.

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::task::JoinHandle;

use super::*;

/// So much that a hash outlasts a few calls.
pub(in crate::accounts) const SLOW: Cost = Cost {
    memory: 16_384,
    passes: 6,
};
/// So much that a hash outlasts what a test does meanwhile.
const ENDLESS: Cost = Cost {
    memory: 65_536,
    passes: 60,
};
const HERE: &str = "203.0.113.7";

/// One hash at a time, eight that wait; beyond, the service is busy.
fn slow() -> Service {
    Service::with(|options| options.hashes = 1)
}

/// The same files, with hashes that do not end.
fn slowed(service: Service) -> Service {
    service.restart_with(|options| {
        options.hashes = 1;
        options.cost = ENDLESS;
    })
}

/// Strangers who occupy every slot.
struct Crowd(Vec<JoinHandle<u16>>);

impl Crowd {
    /// Registers, each from another network: that hashes at today's cost.
    async fn gather(service: &Service) -> Self {
        let mut coming: FuturesUnordered<_> = (0..12)
            .map(|n| {
                let mut browser = service.browser_at(&network(n));
                tokio::spawn(async move {
                    let email = format!("{n}@example.com");
                    browser.register(&email, PASSWORD).await.status.as_u16()
                })
            })
            .collect();
        for _ in 0..3 {
            assert_eq!(coming.next().await.unwrap().unwrap(), 503);
        }
        Self(coming.into_iter().collect())
    }

    /// Drops the strangers, without waiting for those that still have a slot.
    fn leave(self) {
        assert!(
            self.0.iter().all(|one| !one.is_finished()),
            "a place was free meanwhile"
        );
        self.0.iter().for_each(JoinHandle::abort);
    }
}

#[tokio::test]
async fn a_full_queue_is_busy_and_the_rest_stays_quick() {
    let service = slow();
    let owner = service.registered(JO).await;
    let cookies = owner.cookies.clone();
    drop(owner);
    let service = slowed(service);
    let mut owner = service.browser();
    owner.cookies = cookies;
    let crowd = Crowd::gather(&service).await;
    for _ in 0..3 {
        assert!(owner.is_signed_in().await);
    }
    owner.get("/healthz").await.status(200);
    let body = json!({ "password": PASSWORD });
    for answer in [
        service.browser_at(HERE).log_in(JO, PASSWORD).await,
        service.browser_at(HERE).register(KIM, PASSWORD).await,
        owner.post("account/delete", body).await,
    ] {
        assert_eq!(answer.problem(503, "busy")["retry_after"], 3);
        assert_eq!(answer.header("retry-after"), "3");
    }
    crowd.leave();
}

#[tokio::test]
async fn rate_limits_are_checked_before_the_hash_queue() {
    let service = slow();
    let owner = service.registered(JO).await;
    for _ in 0..5 {
        service.fail(JO, "203.0.113.1").await.status(401);
        let body = json!({ "password": OTHER_PASSWORD });
        let answer = owner.clone().post("account/delete", body).await;
        answer.status(401);
    }
    for _ in 0..3 {
        service
            .ask("register", KIM, "203.0.113.1")
            .await
            .status(202);
    }
    let cookies = owner.cookies.clone();
    drop(owner);
    let service = slowed(service);
    let mut owner = service.browser();
    owner.cookies = cookies;
    let crowd = Crowd::gather(&service).await;
    refused(&service.fail(JO, HERE).await, "too-many");
    refused(&service.ask("register", KIM, HERE).await, "too-many");
    let body = json!({ "password": PASSWORD });
    refused(&owner.post("account/delete", body).await, "too-many");
    let body = json!({ "current": PASSWORD, "password": OTHER_PASSWORD });
    refused(&owner.post("account/password", body).await, "too-many");
    crowd.leave();
}

#[tokio::test]
async fn a_full_hash_queue_does_not_count_as_an_attempt() {
    let service = slow();
    let owner = service.registered(JO).await;
    let cookies = owner.cookies.clone();
    drop(owner);
    let service = slowed(service);
    let mut owner = service.browser();
    owner.cookies = cookies;
    let crowd = Crowd::gather(&service).await;
    for _ in 0..6 {
        service.fail(JO, HERE).await.problem(503, "busy");
        service
            .ask("register", KIM, HERE)
            .await
            .problem(503, "busy");
        let body = json!({ "current": PASSWORD, "password": OTHER_PASSWORD });
        owner
            .post("account/password", body)
            .await
            .problem(503, "busy");
    }
    crowd.leave();
    let (cookies, from) = (owner.cookies.clone(), network(99));
    drop(owner);
    let service = service.restart_with(|_| {});
    for _ in 0..3 {
        service.ask("register", KIM, HERE).await.status(202);
    }
    for _ in 0..5 {
        service.fail(JO, &from).await.status(401);
    }
    let mut owner = service.browser();
    owner.cookies = cookies;
    let body = json!({ "current": PASSWORD, "password": OTHER_PASSWORD });
    owner.post("account/password", body).await.status(204);
}

#[tokio::test]
async fn a_flood_from_one_network_does_not_block_others() {
    for from in [|_| HERE.to_owned(), |n| format!("2001:db8:7:{n:x}::1")] {
        let service = slow();
        drop(service.registered(JO).await);
        let service = service.restart_with(|options| {
            options.hashes = 1;
            options.cost = SLOW;
        });
        let flood: Vec<_> = (0..64)
            .map(|n| {
                let mut browser = service.browser_at(&from(n));
                tokio::spawn(async move {
                    browser
                        .log_in(&format!("{n}@example.com"), PASSWORD)
                        .await
                        .status
                })
            })
            .collect();
        let mut waiting = usize::MAX;
        // All without a slot are refused at once; without shares there would be nine slots.
        while waiting > 9 {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
            waiting = flood.iter().filter(|one| !one.is_finished()).count();
        }
        let mut owner = service.browser_at("198.51.100.1");
        owner.log_in(JO, PASSWORD).await.status(200);
        flood.iter().for_each(JoinHandle::abort);
    }
}

#[tokio::test]
async fn limits_come_before_a_password_is_judged() {
    let service = Service::new();
    let mut owner = service.registered(JO).await;
    let weak = json!({ "current": PASSWORD, "password": "weak" });
    owner
        .post("account/password", weak.clone())
        .await
        .status(422);
    for _ in 0..5 {
        let wrong = json!({ "current": OTHER_PASSWORD, "password": OTHER_PASSWORD });
        owner.post("account/password", wrong).await.status(401);
    }
    refused(&owner.post("account/password", weak).await, "too-many");
    // By the address's count, and by the network's.
    let weak = async |email: &str| service.browser_at(HERE).register(email, "weak").await;
    for _ in 0..3 {
        weak(KIM).await.status(422);
        service.ask("register", KIM, HERE).await.status(202);
    }
    refused(&weak(KIM).await, "too-many");
    for n in 4..60 {
        let email = format!("{n}@example.com");
        service.ask("reset", &email, HERE).await.status(202);
    }
    refused(&weak("new@example.com").await, "too-many");
}

/// Protects the cores: a network has so many new passwords judged in vain, by whichever call, and then waits.
#[tokio::test]
async fn refused_passwords_are_counted_for_the_network() {
    let service = Service::with(|options| options.limits.passwords_network_hour = 3);
    let mut owner = service.registered(JO).await;
    let mut lost = service.browser();
    lost.reset(JO).await.status(202);
    let code = service.code_for(JO).await;
    lost.enter("reset/verify", &code).await.status(200);
    let weak = json!({ "current": PASSWORD, "password": "weak" });
    owner
        .post("account/password", weak.clone())
        .await
        .status(422);
    let chosen = lost.post("reset/password", json!({ "password": "weak" }));
    chosen.await.status(422);
    service.browser().register(KIM, "weak").await.status(422);
    // Neither call is admitted, even with the right password.
    refused(&owner.post("account/password", weak).await, "too-many");
    let chosen = lost.post("reset/password", json!({ "password": OTHER_PASSWORD }));
    refused(&chosen.await, "too-many");
    let answer = service.browser().register(KIM, PASSWORD).await;
    refused(&answer, "too-many");
    let elsewhere = service.browser_at(HERE).register(KIM, "weak").await;
    elsewhere.status(422);
    // After the wait, the call is admitted.
    let wait = answer.json()["retry_after"].as_i64().unwrap();
    assert!((3590..=3600).contains(&wait), "{wait}");
    service.advance(wait);
    service.browser().register(KIM, PASSWORD).await.status(202);
}
