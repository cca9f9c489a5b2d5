//! Until when to wait, for browsers without script: no page says it that is the same for everybody.

use dateline_auth::composer::Templates;

use super::media::LINK;
use super::*;
use crate::harness::BROADCAST;

/// A theme with a page for it, in two languages.
struct Pages;

impl Templates for Pages {
    fn read(&self, path: &str) -> Option<String> {
        let words = match path {
            "pages/en/wait.html" => "from",
            "pages/fr/wait.html" => "dès",
            _ => return None,
        };
        Some(format!(
            "{{{{title}}}} {words} {{{{time}}}} <a href=\"{{{{again}}}}\">"
        ))
    }
}

fn service(change: fn(&mut SidecarOptions)) -> Service {
    let mut service = Service::with(change);
    service.sidecar = open(
        &service.dir,
        service.sqlite,
        &service.clock,
        &service.mailer,
        |options| {
            options.templates = Arc::new(Pages);
            change(options);
        },
    );
    service
}

/// Checks that it is the page of the wait, with these words and this way on.
#[track_caller]
fn waits(answer: &Answer, told: &str, again: &str) {
    answer.status(429);
    assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
    assert_eq!(answer.header("cache-control"), "no-store");
    let policy = answer.header("content-security-policy");
    assert!(
        policy.contains("script-src https://news.example.org/assets/"),
        "{policy}"
    );
    assert!(answer.header("retry-after").parse::<u32>().is_ok());
    let (text, link) = answer.text().split_once(" <a href=").unwrap();
    assert_eq!((text, link), (told, &*format!("\"{again}\">")));
}

#[tokio::test]
async fn a_rate_limited_form_shows_when_to_retry() {
    let service = service(|_| {});
    let wrong = [
        ("email", JO),
        ("password", "Not-The-Password-1!"),
        ("lang", "fr"),
    ];
    let mut browser = service.browser();
    for _ in 0..5 {
        browser.form("login", &wrong).await.status(303);
    }
    let answer = browser.form("login", &wrong).await;
    // Half a minute from noon in London; the minute is rounded up.
    let told = "too-many in English dès 13:01 UTC+01:00";
    waits(&answer, told, "/fr/account/login/");
    assert_eq!(answer.header("retry-after"), "30");
    // At that time the call is admitted.
    service.advance(60);
    browser
        .form("login", &wrong)
        .await
        .leads_to("/fr/account/login/#credentials-wrong");
    // With script, the page shows it by itself.
    let problem = browser
        .log_in(JO, "Not-The-Password-1!")
        .await
        .problem(429, "too-many");
    assert_eq!(problem["location"], "/en/account/login/#too-many");
}

#[tokio::test]
async fn codes_passwords_links_and_files_show_waits_alike() {
    let service = service(|options| {
        options.limits.links_day = 1;
        options.limits.downloads_day = 1;
        options.limits.password_changes_day = 0;
        options.lifetimes.resend_wait = std::time::Duration::from_secs(600);
    });
    let mut jo = service.registered(JO).await;
    let tomorrow = |name: &str| format!("{name} in English from 2025-02-02 13:00 UTC+01:00");

    jo.form(LINK, &[]).await.status(303);
    let change = [("current", PASSWORD), ("password", OTHER_PASSWORD)];
    let answer = jo.form("account/password", &change).await;
    waits(&answer, &tomorrow("too-many"), "/en/account/password/");

    let mut kim = service.browser();
    for _ in 0..3 {
        kim.form("reset", &[("email", KIM)]).await.status(303);
    }
    let answer = kim.form("reset", &[("email", KIM)]).await;
    waits(
        &answer,
        "too-many in English from 13:15 UTC+01:00",
        "/en/account/reset/",
    );
    let answer = kim.form("code", &[]).await;
    waits(
        &answer,
        "code-wait in English from 13:10 UTC+01:00",
        "/en/account/reset/verify/",
    );
    service.advance(600);
    let answer = kim.form("code", &[]).await;
    waits(
        &answer,
        "code-limit in English from 13:15 UTC+01:00",
        "/en/account/reset/verify/",
    );

    waits(
        &jo.form(LINK, &[]).await,
        &tomorrow("too-many"),
        "/api/account",
    );
    let open = |path: &str| {
        let ask = jo.ask(Method::GET, path);
        ask.header("accept", "text/html")
            .header("sec-fetch-dest", "document")
            .send()
    };
    open(BROADCAST).await.status(200);
    service.advance(600);
    let again = format!("{BROADCAST}?terms=2025-01");
    let told = "too-many-downloads in English from 2025-02-02 13:10 UTC+01:00";
    waits(&open(&again).await, told, &again);
}

#[tokio::test]
async fn where_the_words_say_it_or_the_theme_has_no_page_the_form_has_it() {
    let service = service(|_| {});
    let (mut browser, _) = service.registering(JO).await;
    // "A minute after the last".
    browser
        .form("code", &[])
        .await
        .leads_to("/en/account/verify/#code-wait");
    for _ in 0..3 {
        browser
            .form("reset", &[("email", KIM), ("lang", "ar")])
            .await
            .status(303);
    }
    let answer = browser
        .form("reset", &[("email", KIM), ("lang", "ar")])
        .await;
    answer.leads_to("/ar/account/reset/#too-many");
}
