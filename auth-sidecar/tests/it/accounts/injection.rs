//! What comes from outside ends up in no header, mail or cookie.

use super::*;

/// All that a service said: answers' heads and bodies, and mails.
#[derive(Default)]
struct Said(String);

impl Said {
    fn hear(&mut self, answer: &Answer) {
        if let Some(location) = answer.headers.get("location") {
            let location = location.to_str().unwrap();
            assert!(
                location.starts_with('/') && !location.starts_with("//"),
                "{location}"
            );
        }
        self.0 += &format!("{:?} {}\n", answer.headers, answer.text());
    }

    async fn hear_mails(&mut self, service: &Service) {
        for mail in service.mails().await {
            assert!(
                !mail.to.contains(char::is_control) && !mail.subject.contains(char::is_control)
            );
            self.0 += &format!(
                "{} {} {} {:?}\n",
                mail.to, mail.subject, mail.text, mail.html
            );
        }
    }
}

#[tokio::test]
async fn no_header_says_which_site_this_is() {
    let service = Service::new();
    let evil = "evil.example";
    let mut browser = service.browser();
    for (name, value) in [
        ("host", evil),
        ("x-forwarded-host", evil),
        ("x-host", evil),
        ("x-forwarded-server", evil),
        ("x-original-url", "https://evil.example/"),
        ("x-rewrite-url", "/evil.example"),
        ("forwarded", "for=127.0.0.1;host=evil.example;proto=http"),
        ("x-forwarded-proto", "http"),
        ("x-forwarded-port", "81"),
        ("x-forwarded-prefix", "/evil.example"),
        ("referer", "https://evil.example/account/reset/"),
        ("via", "1.1 evil.example"),
        ("true-client-ip", evil),
        ("user-agent", evil),
    ] {
        browser = browser.with(name, value);
    }
    let mut said = Said::default();
    let login = [
        ("email", JO),
        ("password", OTHER_PASSWORD),
        ("return_to", "/en/news/"),
    ];
    said.hear(&browser.form("register", &login).await);
    let code = service.code_for(JO).await;
    said.hear(&browser.form("verify", &[("code", &code)]).await);
    said.hear(&browser.get("/api/account").await);
    said.hear(&browser.form("logout", &[]).await);
    said.hear(&browser.form("register", &login).await);
    service.mails().await;
    said.hear(&browser.form("reset", &[("email", JO)]).await);
    let code = service.code_for(JO).await;
    said.hear(&browser.form("reset/verify", &[("code", &code)]).await);
    said.hear(
        &browser
            .form("reset/password", &[("password", PASSWORD)])
            .await,
    );
    said.hear(&browser.get("/api/return").await);
    said.hear(&browser.get("https://evil.example/api/return").await);
    said.hear(&browser.form("login", &login).await);
    said.hear(&browser.get("/api/openapi.json").await);
    said.hear_mails(&service).await;
    assert!(!said.0.contains("evil"), "{}", said.0);
    // Nor is another origin one's own because the request names it.
    let mut browser = service.browser().without("sec-fetch-site");
    browser = browser
        .with("host", evil)
        .with("origin", "https://evil.example");
    browser.form("logout", &[]).await.status(403);
}

#[tokio::test]
async fn no_field_reaches_a_header_or_another_mailbox() {
    let service = Service::new();
    service.registered(KIM).await;
    let mut said = Said::default();
    let good = [
        ("email", "jo@example.com"),
        ("password", PASSWORD),
        ("code", "12345678"),
        ("lang", "en"),
        ("return_to", "/en/"),
        ("current", PASSWORD),
        ("subscribed", "true"),
        ("wording", "wording-en"),
        ("id", "abc"),
    ];
    let calls = super::requests::CALLS.map(|(call, fields)| {
        let optional: &[&str] = match call {
            "register" | "login" | "reset" | "logout" => &["lang", "return_to"],
            "newsletter" => &["lang", "wording"],
            "account/sessions/revoke" => &["id"],
            _ => &["lang"],
        };
        let names = fields
            .iter()
            .map(|(name, _)| *name)
            .filter(|name| *name != "all");
        (
            call,
            names.chain(optional.iter().copied()).collect::<Vec<_>>(),
        )
    });
    let mut count = 0;
    for (call, names) in calls {
        for field in &names {
            for bad in [
                "\r\nX-Injected: yes",
                "\nX-Injected: yes",
                "\rX-Injected:yes",
                "%0d%0aX-Injected: yes",
                "\r\nBcc: x-injected@example.org\r\n\r\nX-Injected",
                "\r\n.\r\nMAIL FROM:<x-injected@example.org>",
                ">\r\nRCPT TO:<x-injected@example.org",
                "\u{85}X-Injected: yes",
                "\u{2028}X-Injected: yes",
                "\0X-Injected",
                "嘊嘍X-Injected: yes",
                "; X-Injected=1",
            ] {
                count += 1;
                let network = format!("2001:db8:{count:x}::1");
                let fields: Vec<(&str, String)> = names
                    .iter()
                    .map(|name| {
                        let (_, value) = good.iter().find(|(known, _)| known == name).unwrap();
                        let bad = if name == field { bad } else { "" };
                        (*name, format!("{value}{bad}"))
                    })
                    .collect();
                let fields: Vec<(&str, &str)> = fields
                    .iter()
                    .map(|(name, value)| (*name, value.as_str()))
                    .collect();
                let mut browser = service.browser_at(&network);
                said.hear(&browser.form(call, &fields).await);
                said.hear(&browser.post(call, super::requests::object(&fields)).await);
                said.hear(&browser.get("/api/return").await);
            }
        }
        service.mails().await;
    }
    for agent in [
        "x-injected",
        "Firefox/1\u{e9}x-injected",
        "Mozilla/5.0 (x-injected; Linux) Firefox/x-injected",
        "%0d%0aX-Injected",
    ] {
        let mut browser = service.browser_at("203.0.113.9").with("user-agent", agent);
        browser = browser.with("accept-language", "x-injected, fr;q=x-injected");
        said.hear(&browser.log_in(KIM, PASSWORD).await);
        said.hear(&browser.get("/api/account").await);
    }
    said.hear_mails(&service).await;
    let said = said.0.to_lowercase();
    // Within a path, encoded, it does no harm.
    let kept = [
        "%e5%98%8a%e5%98%8dx-injected:%20yes",
        "%e2%80%a8x-injected:%20yes",
        ";%20x-injected=1",
    ];
    let encoded = |rest: String, path: &str| rest.replace(&format!("/en/{path}"), "");
    let rest = kept.into_iter().fold(said, encoded);
    assert_eq!(rest.find("injected").map(|at| &rest[at - 200..at]), None);
    let mails = service.mails().await;
    assert!(mails.iter().all(|mail| mail.to == JO || mail.to == KIM));
}
