//! Account pages, mails, and what the sidecar fills: of a small theme, and of the theme that ships.

use std::path::Path;

use dateline_contract::{
    manifest::{Manifest, PasswordPolicy},
    texts::{ACCOUNT_PAGES, MailKind, PROBLEMS, fragments},
};

use crate::harness::{Built, Newsroom, snapshot};

const PAGE: &str = r#"ACCOUNT {{ account.name }} {{ lang.code }}
title: {{ page.title }}
noindex: {{ page.noindex }}
problems: {% for p in account.problems %}[{{ p.name }}{% if p.limit %} {{ p.limit }}{% endif %}]{% endfor %}
notes: {% for n in account.notes %}[{{ n }}]{% endfor %}
rules: {% for r in account.rules %}[{{ r.name }}{% if r.limit %} {{ r.limit }}{% endif %}]{% endfor %}
newsletter: {% if account.newsletter %}{{ account.newsletter.id }} {{ account.newsletter.text }}{% endif %}
login: {% if site.account and site.account.login %}{{ site.account.login }}{% endif %}
done: {% if site.account and site.account.reset_done %}{{ site.account.reset_done }}{% endif %}
alternates: {% for a in page.alternates %}[{{ a.code }} {{ a.url }}]{% endfor %}
crumbs: {% for b in page.breadcrumbs %}[{{ b.title }} {{ b.url }}]{% endfor %}
"#;

const MAIL: &str = "Subject: {{ t(key=\"hello\", site=site.name) }}\n\n{{ slot.code }}\n{{ t(key=\"until\", time=slot.expires) }} & {{ site.name }}\n";

fn template(room: Newsroom, name: &str, text: &str) -> Newsroom {
    room.file(&format!("themes/plain/{name}"), text)
}

/// A newsroom whose theme has two account pages, a mail in both forms and the page that is filled.
fn room() -> Newsroom {
    let mut room = Newsroom::new();
    for (lang, words) in [
        (
            "en",
            "hello = Code for { $site }\nuntil = Until { $time }\naccount-home-title = Account\naccount-wait-title = Please wait\nnewsletter-wording = Send me news of { $site }\nproblem-busy = Busy\n    .detail = Wait\nproblem-password-too-short = Short\n    .detail = Not { $limit }\nproblem-gone = Gone\n",
        ),
        ("fr", "problem-busy = Occupé\n    .detail = Attendre\n"),
    ] {
        let path = format!("themes/plain/i18n/{lang}.ftl");
        let mut text = room.files[&path].clone();
        text.extend(words.bytes());
        room = room.file(&path, text);
    }
    room = template(room, "templates/account/home.html", PAGE);
    room = template(room, "templates/account/reset/new-password.html", PAGE);
    room = template(room, "mail/verify.txt", MAIL);
    room = template(
        room,
        "mail/verify.html",
        "<p>{{ slot.email }} {{ t(key=\"hello\", site=site.name) }}</p>",
    );
    room = template(
        room,
        "pages/wait.html",
        "{{ page.title }} {{ slot.title }} {{ slot.time }} {{ slot.again }}\n",
    );
    template(
        room,
        "pages/account.html",
        "{{ slot.email }}{{ slot.sessions.start }}{{ slot.sessions.id }}{{ slot.sessions.current.start }}x{{ slot.sessions.current.end }}{{ slot.sessions.end }}{{ slot.sessions.none }}y{{ slot.sessions.end }}\n",
    )
}

#[test]
fn pages_and_mails_exist_when_their_templates_do() {
    let built = Newsroom::new().good();
    assert!(built.paths("site/en/account").is_empty());
    assert_eq!(built.paths("sidecar/"), ["sidecar/manifest.json"]);
    let built = room().good();
    assert_eq!(
        built.paths("site/fr/account"),
        [
            "site/fr/account/index.html",
            "site/fr/account/reset/new-password/index.html"
        ]
    );
    assert_eq!(
        built.paths("sidecar/"),
        [
            "sidecar/mail/en/verify.html",
            "sidecar/mail/en/verify.txt",
            "sidecar/mail/fr/verify.html",
            "sidecar/mail/fr/verify.txt",
            "sidecar/manifest.json",
            "sidecar/pages/en/account.html",
            "sidecar/pages/en/wait.html",
            "sidecar/pages/fr/account.html",
            "sidecar/pages/fr/wait.html",
        ]
    );
    assert!(
        !built
            .output("site/sitemap/en-pages.xml")
            .contains("account")
    );
}

#[test]
fn a_page_is_told_what_it_must_hold() {
    let built = room().good();
    let (home, reset) = ("/en/account/", "/en/account/reset/new-password/");
    assert_eq!(built.says(home, "title"), "Account");
    assert_eq!(built.says(home, "noindex"), "true");
    assert_eq!(built.says(home, "login"), "", "that template is not there");
    assert_eq!(built.says(home, "crumbs"), "");
    assert_eq!(built.says(reset, "crumbs"), "[Account /en/account/]");
    assert_eq!(
        built.says(home, "alternates"),
        "[en /en/account/][fr /fr/account/]"
    );
    assert_eq!(
        built.says(home, "notes"),
        "[address-changed][newsletter-off][newsletter-on][password-changed]"
    );
    assert!(
        built
            .says(home, "problems")
            .starts_with("[bad-request][busy]")
    );
    assert!(
        built
            .says(reset, "problems")
            .contains("[password-too-long 128][password-too-short 12]")
    );
    assert!(
        built
            .says(reset, "rules")
            .starts_with("[password-too-short 12]")
    );
    let by_length = room().tables("[password]\npolicy = \"length\"").good();
    assert!(
        by_length
            .says(reset, "rules")
            .starts_with("[password-too-short 15]")
    );
    assert!(!by_length.says(reset, "rules").contains("needs-upper"));
}

#[test]
fn mails_leave_slots_and_text_mails_are_not_escaped() {
    let mut room = room();
    let site = String::from_utf8(room.files["content/site.toml"].clone()).unwrap();
    let site = site.replace("The Newsroom", "News & Views");
    room = room.file("content/site.toml", site);
    let built = room.good();
    assert_eq!(
        built.output("sidecar/mail/en/verify.txt"),
        "Subject: Code for News & Views\n\n{{code}}\nUntil {{expires}} & News & Views\n"
    );
    assert_eq!(
        built.output("sidecar/mail/en/verify.html"),
        "<p>{{email}} Code for News &amp; Views</p>"
    );
    assert_eq!(
        built.output("sidecar/pages/en/account.html"),
        "{{email}}{{#sessions}}{{id}}{{#current}}x{{/current}}{{/sessions}}{{^sessions}}y{{/sessions}}\n"
    );
    assert_eq!(
        built.output("sidecar/pages/en/wait.html"),
        "Please wait {{title}} {{time}} {{again}}\n"
    );
}

#[test]
fn braces_from_elsewhere_never_become_slots() {
    let mut room = room();
    let site = String::from_utf8(room.files["content/site.toml"].clone()).unwrap();
    room = room.file(
        "content/site.toml",
        site.replace("The Newsroom", "The {{code}}"),
    );
    let errors = room.build().errors();
    let files: Vec<&str> = errors.iter().map(|e| e.file.as_str()).collect();
    assert_eq!(
        files,
        [
            "themes/plain/mail/verify.html",
            "themes/plain/mail/verify.txt"
        ],
        "{errors:#?}"
    );
    assert!(
        errors[1]
            .text
            .contains("“{{” in a text would be taken for a slot")
    );
}

#[test]
fn the_manifest_has_the_words_that_the_theme_has() {
    let built = room().tables("[password]\npolicy = \"length\"").good();
    let all = Manifest::from_json(&built.outputs["sidecar/manifest.json"]).unwrap();
    assert_eq!(all.name["fr"], "The Newsroom");
    assert_eq!(all.time_zone, "Europe/Brussels");
    assert_eq!(all.password_policy, PasswordPolicy::Length);
    let named = |lang: &str| all.problems[lang].keys().cloned().collect::<Vec<_>>();
    assert_eq!(
        named("en"),
        ["busy", "password-too-short"],
        "`gone` has no detail"
    );
    assert_eq!(all.problems["en"]["password-too-short"].detail, "Not 15");
    assert_eq!(all.problems["fr"]["busy"].title, "Occupé");
    let wording = &all.newsletter["en"];
    assert_eq!(wording.text, "Send me news of The Newsroom");
    assert_eq!(
        built.says("/en/account/", "newsletter"),
        format!("{} {}", wording.id, wording.text)
    );
    assert_eq!(wording.id.len(), 12);
    let plain = Newsroom::new().good().json("sidecar/manifest.json");
    assert_eq!(plain["newsletter"], serde_json::json!({}));
    assert_eq!(plain["problems"], serde_json::json!({}));
    assert_eq!(plain["password_policy"], "composition");
}

/// The theme that ships, in its three languages.
fn shipped() -> Built {
    let theme = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../themes/newsroom");
    let mut room = Newsroom::new().tables("[languages.ar]\nname = \"العربية\"");
    room.files.retain(|path, _| !path.starts_with("themes/"));
    for (path, content) in snapshot(&theme) {
        if let Some(content) = content {
            room = room.file(&format!("themes/plain/{path}"), content);
        }
    }
    let built = room.good();
    assert!(built.diags.is_empty(), "{}", built.report());
    built
}

/// The values of an attribute in a page.
fn values<'a>(page: &'a str, attribute: &str) -> Vec<&'a str> {
    let start = format!(" {attribute}=\"");
    let parts = page.split(start.as_str()).skip(1);
    parts.map(|p| p.split('"').next().unwrap()).collect()
}

#[test]
fn every_page_of_the_shipped_theme_holds_every_fragment_in_every_language() {
    let built = shipped();
    for lang in ["en", "fr", "ar"] {
        let filled = (
            format!("sidecar/pages/{lang}/account.html"),
            ACCOUNT_PAGES[0],
        );
        let of_page = |page| (format!("site/{lang}/account/{page}index.html"), page);
        for (path, page) in ACCOUNT_PAGES.map(of_page).into_iter().chain([filled]) {
            let held = fragments(page);
            let page = built.output(&path);
            for fragment in held {
                let there = format!("id=\"{fragment}\" tabindex=\"-1\"");
                assert_eq!(page.matches(&there).count(), 1, "{path}: {fragment}");
            }
            assert!(
                page.contains("<meta name=\"robots\" content=\"noindex\">"),
                "{path}"
            );
            for form in page.split("<form ").skip(1) {
                let form = form.split("</form>").next().unwrap();
                assert!(
                    form.contains("method=\"post\" action=\"/api/"),
                    "{path}: {form}"
                );
                assert!(
                    form.contains(&format!("name=\"lang\" value=\"{lang}\"")),
                    "{path}: {form}"
                );
            }
            assert!(!page.contains("return_to"), "{path}");
            for no in ["http://", "style=", "onclick", "checked"] {
                assert!(!page.contains(no), "{path}: {no}");
            }
            for link in values(page, "href") {
                // What the sidecar fills in is a path of the site, too.
                let inside = [
                    "/",
                    "#",
                    "mailto:",
                    "tel:",
                    "https://news.example/",
                    "{{page}}#",
                ];
                assert!(inside.iter().any(|i| link.starts_with(i)), "{path}: {link}");
            }
        }
    }
}

#[test]
fn the_shipped_theme_has_words_for_every_problem_in_every_language() {
    let built = shipped();
    let all = Manifest::from_json(&built.outputs["sidecar/manifest.json"]).unwrap();
    for lang in ["en", "fr", "ar"] {
        for name in PROBLEMS {
            let text = &all.problems[lang][name];
            for words in [&text.title, &text.detail] {
                assert!(
                    !words.is_empty() && !words.contains('$'),
                    "{lang} {name}: {words}"
                );
            }
        }
    }
    assert_ne!(all.newsletter["fr"].id, all.newsletter["en"].id);
}

#[test]
fn mails_of_the_shipped_theme_stand_by_themselves() {
    let built = shipped();
    for lang in ["en", "fr", "ar"] {
        for kind in MailKind::ALL.map(MailKind::name) {
            let text = built.output(&format!("sidecar/mail/{lang}/{kind}.txt"));
            let (head, body) = text.split_once("\n\n").unwrap();
            assert!(
                head.starts_with("Subject: ") && !head.contains('\n'),
                "{kind}: {head}"
            );
            let lines: Vec<&str> = body.lines().collect();
            if matches!(kind, "verify" | "reset" | "address") {
                assert_eq!(lines[0], "{{code}}", "{kind}");
                assert!(lines[1].contains("{{expires}}"), "{kind}: {}", lines[1]);
            }
            assert!(body.contains("{{email}}"), "{kind} says why it was sent");
            let html = built.output(&format!("sidecar/mail/{lang}/{kind}.html"));
            for no in ["<img", "<link", "<script", "src=", "url(", "<table"] {
                assert!(!html.contains(no), "{kind}: {no}");
            }
            let links = body.split_whitespace().filter(|w| w.contains("://"));
            for link in values(html, "href").into_iter().chain(links) {
                assert!(link.starts_with("https://news.example/"), "{kind}: {link}");
            }
            assert_eq!(
                values(html, "dir")[0],
                if lang == "ar" { "rtl" } else { "ltr" }
            );
        }
    }
}

#[test]
fn password_managers_are_led_to_the_page_on_which_a_password_is_changed() {
    let led = |room: &Newsroom| {
        let rules = room.build().output("edge/headers.json").to_owned();
        let rules = dateline_contract::edge::EdgeRules::from_json(rules.as_bytes()).unwrap();
        let mut all = rules.redirects.into_iter();
        let found = all.find(|(asked, _)| asked.path == "/.well-known/change-password");
        found.map(|(_, redirect)| (redirect.to, redirect.status))
    };
    let room = room();
    assert_eq!(led(&room), None, "the theme has no such page");
    let room = template(room, "templates/account/password.html", PAGE);
    assert_eq!(led(&room), Some(("/en/account/password/".to_owned(), 302)));
}
