//! What mails say: the theme's words, in the reader's language, and plain English when those fail.

use dateline_auth::composer::Templates;

use super::*;

/// A theme with French mails, Arabic ones of which some are broken, and no English ones.
struct Theme;

impl Templates for Theme {
    fn read(&self, path: &str) -> Option<String> {
        let text = match path {
            "mail/fr/verify.txt" => {
                "Subject: Votre code {{code}}\n\n{{code}}\n\nPour {{email}}, jusqu’à {{expires}} ({{when}}).\n"
            }
            "mail/fr/verify.html" => {
                "<p title=\"{{email}}\">{{email}}<p>{{code}}<p>{{expires}}<p>{{when}}"
            }
            "mail/fr/exists.txt" => "Subject: Déjà là\n\n[{{code}}][{{expires}}] {{when}}\n",
            "mail/fr/reset.txt" => "Subject: Nouveau mot de passe\n\n{{code}}\n",
            // An unknown name; an HTML part that ends early; no subject.
            "mail/ar/verify.txt" => "Subject: رمز\n\n{{code}} {{nonsense}}\n",
            "mail/ar/reset.txt" => "Subject: رمز\n\n{{code}}\n",
            "mail/ar/reset.html" => "<p>{{code",
            "mail/ar/exists.txt" => "{{when}}\n",
            _ => return None,
        };
        Some(text.to_owned())
    }
}

fn service() -> Service {
    Service::with(|options| options.templates = Arc::new(Theme))
}

async fn ask(service: &Service, call: &str, email: &str, lang: &str) -> Browser {
    let mut browser = service.browser();
    let mut body = json!({ "email": email, "lang": lang });
    if call == "register" {
        body["password"] = PASSWORD.into();
    }
    browser.post(call, body).await.status(202);
    browser
}

#[tokio::test]
async fn the_themes_words_are_filled_in_and_escaped() {
    const AWKWARD: &str = "o'brien&{{code}}@example.com";
    let service = service();
    ask(&service, "register", AWKWARD, "fr").await;
    let mail = service.mail_to(AWKWARD).await;
    assert_eq!(mail.language, "fr");
    let code = code_in(&mail);
    assert_eq!(mail.subject, format!("Votre code {code}"));
    let until = "13:30 UTC+01:00";
    let when = "2025-02-01 13:00 UTC+01:00";
    assert_eq!(
        mail.text,
        format!("{code}\n\nPour {AWKWARD}, jusqu’à {until} ({when}).\n")
    );
    let html = mail.html.unwrap();
    let address = "o&#39;brien&amp;{{code}}@example.com";
    assert_eq!(
        html,
        format!("<p title=\"{address}\">{address}<p>{code}<p>{until}<p>{when}")
    );
}

#[tokio::test]
async fn the_accounts_language_counts_once_there_is_one() {
    let service = service();
    let mut owner = ask(&service, "register", JO, "fr").await;
    let code = service.code_for(JO).await;
    owner.enter("verify", &code).await.status(200);
    // The requester may use another language.
    ask(&service, "reset", JO, "ar").await;
    let mail = service.mail_to(JO).await;
    assert_eq!(
        (mail.language.as_str(), mail.subject.as_str()),
        ("fr", "Nouveau mot de passe")
    );
    ask(&service, "register", JO, "ar").await;
    let mail = service.mail_to(JO).await;
    assert_eq!(
        (mail.subject.as_str(), mail.text.as_str()),
        ("Déjà là", "[][] 2025-02-01 13:00 UTC+01:00\n"),
        "no code, and no end of one"
    );
    assert_eq!(mail.html, None);
}

#[tokio::test]
async fn a_flow_keeps_its_language_in_every_code() {
    let service = service();
    let mut browser = ask(&service, "register", JO, "fr").await;
    service.advance(60);
    let lang = json!({ "lang": "ar" });
    browser.post("code", lang).await.status(202);
    let mail = service.mail_to(JO).await;
    assert_eq!(mail.language, "fr");
    assert!(mail.subject.starts_with("Votre code"));
}

#[tokio::test]
async fn with_a_broken_template_the_code_comes_in_plain_english() {
    let service = service();
    let mut browser = ask(&service, "register", JO, "ar").await;
    let mail = service.mail_to(JO).await;
    assert_eq!(mail.subject, "Your verification code");
    assert_eq!((mail.language.as_str(), mail.html.as_ref()), ("en", None));
    assert!(mail.text.contains("13:30 UTC+01:00"));
    browser.enter("verify", &code_in(&mail)).await.status(200);

    // A broken half is as bad as a broken whole.
    let mut browser = ask(&service, "reset", JO, "ar").await;
    let mail = service.mail_to(JO).await;
    assert_eq!(mail.subject, "Your code for a new password");
    assert_eq!((mail.language.as_str(), mail.html.as_ref()), ("en", None));
    browser
        .enter("reset/verify", &code_in(&mail))
        .await
        .status(200);

    ask(&service, "register", JO, "fr").await;
    let mail = service.mail_to(JO).await;
    assert_eq!(mail.subject, "You already have an account");
}

#[tokio::test]
async fn a_language_without_templates_gets_plain_english() {
    let service = service();
    ask(&service, "register", JO, "en").await;
    let mail = service.mail_to(JO).await;
    assert_eq!(mail.subject, "Your verification code");
    assert_eq!((mail.language.as_str(), mail.html), ("en", None));
}

/// A theme whose mails name the address that the site was built for.
struct Linked;

impl Templates for Linked {
    fn read(&self, path: &str) -> Option<String> {
        let text = "Subject: Code {{code}}\n\nhttps://news.example.org/en/ {{email}}\n";
        path.ends_with("verify.txt").then(|| text.to_owned())
    }
}

#[tokio::test]
async fn mails_lead_where_the_setting_says() {
    let service = Service::with(|options| {
        options.templates = Arc::new(Linked);
        options.base_url = Some("https://other.example:8443".into());
    });
    let mut browser = service.browser();
    browser.headers.clear();
    let body = json!({ "email": JO, "password": PASSWORD, "lang": "en" });
    browser.post("register", body).await.status(202);
    let mail = service.mail_to(JO).await;
    assert_eq!(mail.text, format!("https://other.example:8443/en/ {JO}\n"));
}
