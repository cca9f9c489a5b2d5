//! Codes: attempts, flows, and used codes.

use std::collections::BTreeMap;

use super::*;

const MINUTE: i64 = 60;

/// Eight digits that are not this code.
fn wrong(code: &str) -> String {
    let last = if code.ends_with('0') { "1" } else { "0" };
    format!("{}{last}", &code[..code.len() - 1])
}

/// The same call so often at once; how often each thing was answered: `200`, or a problem's name.
async fn at_once(
    browser: &Browser,
    times: usize,
    call: &'static str,
    body: Value,
) -> (BTreeMap<String, usize>, Vec<Answer>) {
    let calls: Vec<_> = (0..times)
        .map(|_| {
            let (mut browser, body) = (browser.clone(), body.clone());
            tokio::spawn(async move { browser.post(call, body).await })
        })
        .collect();
    let mut counts = BTreeMap::new();
    let mut answers = Vec::new();
    for call in calls {
        let answer = call.await.unwrap();
        let name = match answer.status.as_u16() {
            200 => "200".to_owned(),
            _ => answer.json()["type"]
                .as_str()
                .unwrap()
                .replace("urn:dateline:problem:", ""),
        };
        *counts.entry(name).or_default() += 1;
        answers.push(answer);
    }
    (counts, answers)
}

/// A registration of [`JO`] and a reset of [`KIM`], with their calls and codes.
async fn both(service: &Service) -> [(Browser, String, &'static str); 2] {
    service.registered(KIM).await;
    let (registering, code) = service.registering(JO).await;
    let (resetting, other) = service.resetting(KIM).await;
    [
        (registering, code, "verify"),
        (resetting, other, "reset/verify"),
    ]
}

#[tokio::test]
async fn after_five_attempts_the_right_code_is_refused_too() {
    let service = Service::new();
    for (mut browser, code, call) in both(&service).await {
        for left in [4, 3, 2, 1, 0] {
            let answer = browser.enter(call, &wrong(&code)).await;
            assert_eq!(answer.problem(422, "code-wrong")["attempts_left"], left);
        }
        for code in [&code, &wrong(&code), "nonsense"] {
            let answer = browser.enter(call, code).await;
            answer.problem(429, "code-spent");
        }
        assert!(!browser.is_signed_in().await);
        service.advance(MINUTE);
        browser.post("code", json!({})).await.status(202);
        let email = if call == "verify" { JO } else { KIM };
        let newest = service.code_for(email).await;
        browser.enter(call, &newest).await.status(200);
    }
}

#[tokio::test]
async fn malformed_codes_use_no_attempt() {
    let service = Service::new();
    for (mut browser, code, call) in both(&service).await {
        for text in [
            "",
            "1234567",
            "123456789",
            "1234567a",
            "१२३४५६७",
            "0x123456",
        ] {
            let answer = browser.enter(call, text).await;
            assert_eq!(answer.problem(422, "code-wrong")["attempts_left"], 5);
        }
        // As a keyboard of Persian writes it, pasted from a mail that is read from the right.
        let persian = |c: char| c.to_digit(10).and_then(|n| char::from_u32(0x6f0 + n));
        let digits = code.chars().filter_map(persian);
        let pasted: String = digits.flat_map(|c| [c, '-', '\u{200f}', ' ']).collect();
        browser.enter(call, &format!("{pasted}.")).await.status(200);
    }
}

#[tokio::test]
async fn a_resend_waits_replaces_the_code_and_brings_new_tries() {
    let service = Service::new();
    let (mut browser, first) = service.registering(JO).await;
    for (passed, left) in [(0, 60), (59, 1)] {
        service.advance(passed);
        let answer = browser.post("code", json!({})).await;
        assert_eq!(answer.problem(429, "code-wait")["retry_after"], left);
        assert_eq!(answer.header("retry-after"), left.to_string());
    }
    for _ in 0..3 {
        browser.enter("verify", &wrong(&first)).await.status(422);
    }
    service.advance(1);
    let told = browser.post("code", json!({})).await.status(202).json();
    assert_eq!(told["code_expires_at"], "2025-02-01T12:31:00Z");
    assert_eq!(told["resend_at"], "2025-02-01T12:02:00Z");
    let second = service.code_for(JO).await;
    let answer = browser.enter("verify", &first).await;
    assert_eq!(answer.problem(422, "code-wrong")["attempts_left"], 4);
    browser.enter("verify", &second).await.status(200);
}

#[tokio::test]
async fn a_replaced_code_is_no_longer_sent() {
    let service = Service::new();
    let mut browser = service.browser();
    browser.register(JO, PASSWORD).await.status(202);
    service.advance(MINUTE);
    browser.post("code", json!({})).await.status(202);
    assert_eq!(service.mails().await.len(), 1);
    let code = service.code_for(JO).await;
    browser.enter("verify", &code).await.status(200);
}

#[tokio::test]
async fn resends_count_like_first_codes_and_clear_no_count() {
    let service = Service::new();
    let (mut browser, _) = service.registering(JO).await;
    for _ in 0..2 {
        service.advance(MINUTE);
        browser.post("code", json!({})).await.status(202);
        service.mails().await;
    }
    service.advance(MINUTE);
    let answer = browser.post("code", json!({})).await;
    assert_eq!(answer.problem(429, "code-limit")["retry_after"], 12 * 60);
    assert_eq!(answer.header("retry-after"), "720");
    let answer = service.browser().register(JO, PASSWORD).await;
    assert_eq!(answer.problem(429, "too-many")["retry_after"], 12 * 60);
    // A reset is counted apart.
    service.browser().reset(JO).await.status(202);
    service.mails().await;

    service.advance(12 * MINUTE);
    browser.post("code", json!({})).await.status(202);
    service.mails().await;
    service.advance(MINUTE);
    let answer = browser.post("code", json!({})).await;
    let day = 24 * 3600 - 16 * 60;
    assert_eq!(answer.problem(429, "code-limit")["retry_after"], day);
    // That was one network's share.
    let mut other = service.browser_at("203.0.113.9");
    other.register(JO, PASSWORD).await.status(202);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_a_hundred_wrong_codes_at_once_five_are_judged() {
    let service = Service::new();
    for (mut browser, code, call) in both(&service).await {
        let body = json!({ "code": wrong(&code) });
        let (counts, answers) = at_once(&browser, 100, call, body).await;
        let expected = [("code-spent", 95), ("code-wrong", 5)];
        assert_eq!(counts, expected.map(|(k, n)| (k.to_owned(), n)).into());
        let mut left: Vec<u64> = answers
            .iter()
            .filter_map(|answer| answer.json()["attempts_left"].as_u64())
            .collect();
        left.sort_unstable();
        assert_eq!(left, [0, 1, 2, 3, 4]);
        let answer = browser.enter(call, &code).await;
        answer.problem(429, "code-spent");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_a_hundred_right_codes_at_once_one_succeeds() {
    let service = Service::new();
    for (mut browser, code, call) in both(&service).await {
        let (counts, answers) = at_once(&browser, 100, call, json!({ "code": code })).await;
        let expected = [("200", 1), ("code-spent", 95), ("code-used", 4)];
        assert_eq!(counts, expected.map(|(k, n)| (k.to_owned(), n)).into());
        let with_cookies = answers
            .iter()
            .filter(|answer| answer.headers.contains_key("set-cookie"));
        match call {
            "verify" => assert_eq!(with_cookies.count(), 1),
            _ => {
                assert_eq!(with_cookies.count(), 0);
                let body = json!({ "password": OTHER_PASSWORD });
                let (counts, _) = at_once(&browser, 20, "reset/password", body).await;
                assert_eq!(counts["200"], 1, "{counts:?}");
                browser.enter(call, &code).await.problem(429, "code-spent");
            }
        }
    }
    let sessions = service.sessions_kept().await;
    assert_eq!(
        sessions.len(),
        1,
        "one more than Kim's, which the reset ended"
    );
}

#[tokio::test]
async fn a_code_works_only_for_its_flow() {
    let service = Service::new();
    let [(mut registering, code, _), (mut resetting, other, _)] = both(&service).await;
    // Another's, for another purpose.
    for (browser, call, code) in [
        (&mut registering, "verify", &other),
        (&mut resetting, "reset/verify", &code),
    ] {
        browser.enter(call, code).await.problem(422, "code-wrong");
    }
    // The right one, at the other call.
    for (browser, call, code) in [
        (&mut registering, "reset/verify", &code),
        (&mut resetting, "verify", &other),
    ] {
        browser.enter(call, code).await.problem(409, "no-flow");
    }
    // The same address's, of another flow and without any.
    let (mut second, seconds) = service.registering(JO).await;
    for (browser, code) in [(&mut second, &code), (&mut registering, &seconds)] {
        browser
            .enter("verify", code)
            .await
            .problem(422, "code-wrong");
    }
    let mut stranger = service.browser();
    stranger
        .enter("verify", &code)
        .await
        .problem(409, "no-flow");
    registering.enter("verify", &code).await.status(200);
    resetting.enter("reset/verify", &other).await.status(200);
}

#[tokio::test]
async fn a_step_cannot_be_skipped() {
    let service = Service::new();
    let [(mut registering, ..), (mut resetting, ..)] = both(&service).await;
    let body = json!({ "password": OTHER_PASSWORD });
    for browser in [&mut registering, &mut resetting, &mut service.browser()] {
        let answer = browser.post("reset/password", body.clone()).await;
        answer.problem(409, "no-flow");
    }
    service.browser().log_in(KIM, PASSWORD).await.status(200);
}

#[tokio::test]
async fn a_used_code_is_reported_and_has_no_effect() {
    let service = Service::new();
    let [(mut registering, code, _), (mut resetting, other, _)] = both(&service).await;
    registering.enter("verify", &code).await.status(200);
    let before = registering.cookie("session").to_owned();
    let answer = registering.enter("verify", &code).await;
    answer.problem(409, "code-used");
    assert!(!answer.headers.contains_key("set-cookie"));
    assert_eq!(registering.cookie("session"), before);
    let answer = registering.form("verify", &[("code", &code)]).await;
    answer.leads_to("/en/account/welcome/");
    assert!(!answer.headers.contains_key("set-cookie"));
    let answer = registering.enter("verify", &wrong(&code)).await;
    answer.problem(422, "code-wrong");

    resetting.enter("reset/verify", &other).await.status(200);
    let answer = resetting.form("reset/verify", &[("code", &other)]).await;
    answer.leads_to("/en/account/reset/new-password/#code-used");
    let fields = [("password", OTHER_PASSWORD)];
    let answer = resetting.form("reset/password", &fields).await;
    answer.leads_to("/en/account/reset/done/");
    let answer = resetting.enter("reset/verify", &other).await;
    answer.problem(409, "code-used");
    // An expired code is not described.
    service.advance(30 * MINUTE);
    for (browser, call, code) in [
        (&mut registering, "verify", &code),
        (&mut resetting, "reset/verify", &other),
    ] {
        browser.enter(call, code).await.problem(409, "no-flow");
    }
}

/// The second click of a double one has not seen the first one's answer.
#[tokio::test]
async fn a_form_that_is_sent_twice_leads_where_it_led_at_first() {
    let service = Service::new();
    let (mut browser, code) = service.registering(JO).await;
    let second = browser.clone();
    let form = [("code", code.as_str())];
    browser
        .form("verify", &form)
        .await
        .leads_to("/en/account/welcome/");
    for (after, page) in [(MINUTE - 1, "welcome/"), (1, "login/#code-used")] {
        service.advance(after);
        let answer = second.clone().form("verify", &form).await;
        answer.leads_to(&format!("/en/account/{page}"));
        assert!(
            !answer.headers.contains_key("set-cookie"),
            "no second session"
        );
    }
    // A signed-in reader is led to the next step, however late.
    browser
        .form("verify", &form)
        .await
        .leads_to("/en/account/welcome/");
    browser.post("logout", json!({})).await.status(204);
    let answer = browser.form("verify", &form).await;
    answer.leads_to("/en/account/login/#code-used");
}

#[tokio::test]
async fn a_new_password_that_is_sent_twice_is_set_once() {
    let service = Service::new();
    service.registered(JO).await;
    let (mut browser, code) = service.resetting(JO).await;
    browser.enter("reset/verify", &code).await.status(200);
    let form = |password| [("password", password)];
    for _ in 0..2 {
        let answer = browser.form("reset/password", &form(OTHER_PASSWORD)).await;
        answer.leads_to("/en/account/reset/done/");
    }
    let told = service.mails().await;
    assert_eq!(
        told.len(),
        3,
        "of the registration, the reset and the change"
    );
    service.advance(MINUTE);
    let answer = browser.form("reset/password", &form(PASSWORD)).await;
    answer.leads_to("/en/account/reset/#no-flow");
    browser.log_in(JO, OTHER_PASSWORD).await.status(200);
}

#[tokio::test]
async fn forms_are_led_to_the_page_of_their_flow() {
    for (n, page) in ["verify", "reset/verify"].into_iter().enumerate() {
        let service = Service::new();
        let mut flows = both(&service).await;
        let (browser, code, call) = &mut flows[n];
        let on = |problem: &str| format!("/en/account/{page}/#{problem}");
        let answer = browser.form(call, &[("code", &wrong(code))]).await;
        answer.leads_to(&on("code-wrong"));
        browser.form("code", &[]).await.leads_to(&on("code-wait"));
        service.advance(MINUTE);
        browser.form("code", &[]).await.leads_to(&on("code-sent"));
        service.mails().await;
        service.advance(30 * MINUTE);
        let answer = browser.form(call, &[("code", code)]).await;
        answer.leads_to(&on("code-expired"));
    }
    let service = Service::new();
    let mut stranger = service.browser();
    let code = ("code", "12345678");
    for (call, fields, page) in [
        ("verify", vec![code], "register"),
        ("code", vec![], "register"),
        ("reset/verify", vec![code], "reset"),
        (
            "reset/password",
            vec![("password", OTHER_PASSWORD)],
            "reset",
        ),
    ] {
        let answer = stranger.form(call, &fields).await;
        answer.leads_to(&format!("/en/account/{page}/#no-flow"));
    }
    let page = format!("{BASE}/en/account/reset/verify/");
    let mut stranger = stranger.with("referer", &page);
    stranger
        .form("code", &[])
        .await
        .leads_to("/en/account/reset/#no-flow");
}
