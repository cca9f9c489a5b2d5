//! What owners keep while strangers use limits up: the mark of their browser, and their sessions.

use super::*;

/// Out of the session, with the browser's mark alone.
async fn leave(owner: &mut Browser) {
    owner.post("logout", json!({})).await.status(204);
    assert!(!owner.cookie("device").is_empty());
}

/// Ten resets by strangers: all that an address has in a day.
async fn use_up_codes(service: &Service, email: &str) {
    for n in 0..10 {
        if n % 3 == 0 {
            service.sidecar.send_mail().await;
            service.advance(901);
        }
        service.ask("reset", email, &network(n)).await.status(202);
    }
    refused(&service.ask("reset", email, &network(99)).await, "too-many");
}

#[tokio::test]
async fn an_owners_browser_has_three_and_six_codes_of_its_own() {
    let service = Service::new();
    let mut owner = service.registered(JO).await;
    leave(&mut owner).await;
    use_up_codes(&service, JO).await;
    for _ in 0..3 {
        owner.reset(JO).await.status(202);
    }
    assert_eq!(refused(&owner.reset(JO).await, "too-many"), 900);
    service.sidecar.send_mail().await;
    service.advance(900);
    for _ in 0..3 {
        owner.reset(JO).await.status(202);
    }
    assert_eq!(refused(&owner.reset(JO).await, "too-many"), 86_400 - 900);
    service.sidecar.send_mail().await;
    service.advance(86_400 - 901);
    assert_eq!(refused(&owner.reset(JO).await, "too-many"), 1);
    service.advance(1);
    owner.reset(JO).await.status(202);
}

#[tokio::test]
async fn an_owners_codes_are_not_the_strangers() {
    let service = Service::new();
    let mut owner = service.registered(JO).await;
    leave(&mut owner).await;
    for _ in 0..3 {
        owner.reset(JO).await.status(202);
    }
    use_up_codes(&service, JO).await;
}

#[tokio::test]
async fn another_accounts_device_mark_gives_no_advantage() {
    let service = Service::new();
    service.registered(JO).await;
    let mut kim = service.registered(KIM).await;
    leave(&mut kim).await;
    use_up_codes(&service, JO).await;
    refused(&kim.reset(JO).await, "too-many");
    for n in 0..5 {
        service.fail(JO, &network(n)).await.status(401);
    }
    refused(&kim.log_in(JO, PASSWORD).await, "too-many");
    kim.log_in(KIM, PASSWORD).await.status(200);
}

#[tokio::test]
async fn an_owners_browser_logs_in_while_strangers_use_everything_up() {
    let service = Service::new();
    let mut owner = service.registered(JO).await;
    leave(&mut owner).await;
    for n in 0..5 {
        service.fail(JO, &network(n)).await.status(401);
    }
    // The network that the owner is in, too.
    for n in 0..20 {
        let email = format!("{n}@example.com");
        service.fail(&email, "127.0.0.1").await.status(401);
    }
    let answer = service.browser().log_in(KIM, PASSWORD).await;
    refused(&answer, "too-many");
    owner.log_in(JO, PASSWORD).await.status(200);

    leave(&mut owner).await;
    for _ in 0..5 {
        owner.log_in(JO, OTHER_PASSWORD).await.status(401);
    }
    let answer = owner.log_in(JO, PASSWORD).await;
    assert_eq!(
        refused(&answer, "too-many"),
        30,
        "whoever stole it has five"
    );
    let mut made_up = service.browser_at(&network(9));
    made_up.cookies.insert(
        "__Host-dateline-device".into(),
        owner.cookie("device").replace(|_: char| true, "A"),
    );
    refused(&made_up.log_in(JO, PASSWORD).await, "too-many");
}

#[tokio::test]
async fn a_sessions_own_passwords_are_counted_for_it_alone() {
    let service = Service::new();
    let mut thief = service.registered(JO).await;
    let mut owner = service.browser_at(&network(1));
    owner.log_in(JO, PASSWORD).await.status(200);
    let wrong = json!({ "current": OTHER_PASSWORD, "password": "Something-Else-99!" });
    for _ in 0..3 {
        let answer = thief.post("account/password", wrong.clone()).await;
        answer.problem(401, "credentials-wrong");
    }
    for _ in 0..2 {
        let answer = thief
            .post("account/delete", json!({ "password": OTHER_PASSWORD }))
            .await;
        answer.problem(401, "credentials-wrong");
    }
    let delete = json!({ "password": PASSWORD });
    let change = json!({ "current": PASSWORD, "password": OTHER_PASSWORD });
    for (call, body) in [("account/delete", &delete), ("account/password", &change)] {
        let answer = thief.post(call, body.clone()).await;
        assert_eq!(refused(&answer, "too-many"), 30, "{call}");
    }
    service.advance(29);
    let answer = thief.post("account/delete", delete.clone()).await;
    assert_eq!(refused(&answer, "too-many"), 1);
    let mut elsewhere = service.browser_at(&network(2));
    elsewhere.log_in(JO, PASSWORD).await.status(200);
    owner.post("account/password", change).await.status(204);
    let answer = thief.post("account/delete", delete).await;
    answer.problem(401, "signed-out");
}

#[tokio::test]
async fn a_right_password_uses_up_no_limit_of_a_session() {
    let service = Service::with(|options| options.limits.password_changes_day = 8);
    let mut owner = service.registered(JO).await;
    for n in 0..8 {
        let (current, password) = match n % 2 {
            0 => (PASSWORD, OTHER_PASSWORD),
            _ => (OTHER_PASSWORD, PASSWORD),
        };
        let change = json!({ "current": current, "password": password });
        owner.post("account/password", change).await.status(204);
    }
}

/// Chooses a new password in this browser, with the code that was just sent.
async fn finish_reset(service: &Service, browser: &mut Browser) {
    let code = service.code_for(JO).await;
    browser.enter("reset/verify", &code).await.status(200);
    let body = json!({ "password": OTHER_PASSWORD });
    browser.post("reset/password", body).await.status(200);
}

#[tokio::test]
async fn an_owner_with_a_mailbox_gets_in_within_a_quarter_of_an_hour_whatever_strangers_do() {
    let service = Service::new();
    service.registered(JO).await;
    use_up_codes(&service, JO).await;
    for n in 0..6 {
        service.fail(JO, &network(n)).await;
    }
    let mut owner = service.browser();
    let wait = refused(&owner.reset(JO).await, "too-many");
    assert!(wait <= 900, "{wait}");
    // Strangers take every place that becomes free.
    for n in 0..wait / 60 {
        service.advance(60);
        let n = usize::try_from(n).unwrap();
        service.ask("reset", JO, &network(100 + n)).await;
        service.fail(JO, &network(100 + n)).await;
    }
    service.advance(wait % 60);
    for n in 50..60 {
        service.ask("reset", JO, &network(n)).await;
    }
    owner.reset(JO).await.status(202);
    finish_reset(&service, &mut owner).await;
    owner.log_in(JO, OTHER_PASSWORD).await.status(200);
}

#[tokio::test]
async fn finishing_a_reset_lifts_the_waits_of_its_address_and_marks_the_browser() {
    let service = Service::new();
    service.registered(JO).await;
    for n in 0..5 {
        service.fail(JO, &network(n)).await.status(401);
    }
    let mut owner = service.browser();
    owner.reset(JO).await.status(202);
    finish_reset(&service, &mut owner).await;
    assert!(!owner.cookie("device").is_empty());
    let mut elsewhere = service.browser_at(&network(7));
    elsewhere.log_in(JO, OTHER_PASSWORD).await.status(200);
    for n in 0..6 {
        service.fail(JO, &network(n)).await;
    }
    refused(&service.fail(JO, &network(8)).await, "too-many");
    owner.log_in(JO, OTHER_PASSWORD).await.status(200);
}

#[tokio::test]
async fn waiting_as_long_as_retry_after_says_admits_despite_others_guesses() {
    let service = Service::new();
    service.registered(JO).await;
    for n in 0..5 {
        service.fail(JO, &network(n)).await.status(401);
    }
    service.advance(30);
    service.fail(JO, &network(5)).await.status(401);
    let mut owner = service.browser();
    let wait = refused(&owner.log_in(JO, PASSWORD).await, "too-many");
    // A stranger guesses as soon as anybody may; asked again, less is left.
    for n in 0..wait {
        service.advance(1);
        let stranger = network(50 + usize::try_from(n).unwrap() % 3);
        service.fail(JO, &stranger).await;
        if n % 7 == 0 && n + 1 < wait {
            let left = refused(&owner.log_in(JO, PASSWORD).await, "too-many");
            assert_eq!(left, wait - n - 1);
        }
    }
    owner.log_in(JO, PASSWORD).await.status(200);
}
