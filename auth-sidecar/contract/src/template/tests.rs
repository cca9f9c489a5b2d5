use proptest::prelude::*;

use super::*;

fn account() -> Values {
    let session = |device: &str, current: bool| {
        Values::new()
            .text("device", device)
            .flag("current", current)
            .flag("other", !current)
    };
    Values::new()
        .text("email", "o'neill&co@example.org")
        .text("code", "1234 5678")
        .flag("subscribed", true)
        .flag("unsubscribed", false)
        .list("none", Vec::new())
        .list(
            "sessions",
            vec![
                session("Firefox on Linux", true),
                session("<script>", false),
            ],
        )
}

#[test]
fn texts_flags_and_lists_are_filled() {
    for (template, expected) in [
        ("", ""),
        ("plain\r\n", "plain\r\n"),
        ("{{email}}", "o&#39;neill&amp;co@example.org"),
        ("a {{ code }} b", "a 1234 5678 b"),
        ("{{#subscribed}}yes{{/subscribed}}", "yes"),
        ("{{^subscribed}}yes{{/subscribed}}", ""),
        ("{{# unsubscribed }}yes{{/ unsubscribed }}", ""),
        ("{{^unsubscribed}}no{{/unsubscribed}}", "no"),
        ("{{#none}}{{not-there}}{{/none}}", ""),
        ("{{^none}}empty{{/none}}", "empty"),
        ("{{^sessions}}empty{{/sessions}}", ""),
        (
            "{{#sessions}}{{device}}{{#current}}*{{/current}}{{^other}}+{{/other}};{{/sessions}}",
            "Firefox on Linux*+;&lt;script&gt;;",
        ),
        (
            "{{#sessions}}{{code}} {{/sessions}}",
            "1234 5678 1234 5678 ",
        ),
        (
            "{{#sessions}}{{#sessions}}.{{/sessions}}{{/sessions}}",
            "....",
        ),
        ("} }} { {a} é{{code}}é", "} }} { {a} é1234 5678é"),
    ] {
        assert_eq!(
            fill(template, &account(), Escape::Html).unwrap(),
            expected,
            "{template}"
        );
    }
    assert_eq!(
        fill("{{email}}", &account(), Escape::None).unwrap(),
        "o'neill&co@example.org"
    );
}

#[test]
fn inner_values_come_before_outer_ones() {
    let values = Values::new().text("name", "outer").list(
        "list",
        vec![Values::new().text("name", "inner"), Values::new()],
    );
    assert_eq!(
        fill("{{#list}}{{name}} {{/list}}{{name}}", &values, Escape::None).unwrap(),
        "inner outer outer"
    );
}

#[test]
fn a_value_is_never_read_as_a_template() {
    let values = Values::new()
        .text("a", "{{b}} {{#a}} {{/a}} {{")
        .text("b", "secret");
    assert_eq!(
        fill("{{a}}}}", &values, Escape::None).unwrap(),
        "{{b}} {{#a}} {{/a}} {{}}"
    );
}

#[test]
fn mistakes_are_named_with_their_place() {
    let deep = "{{#subscribed}}".repeat(MAX_DEPTH + 1);
    for (template, line, column, words) in [
        ("a\nbé {{email", 2, 4, "without its"),
        ("{{}}", 1, 1, "is no name"),
        ("{{ }}", 1, 1, "is no name"),
        ("{{Email}}", 1, 1, "\"Email\" is no name"),
        ("{{{email}}}", 1, 1, "is no name"),
        ("{{&email}}", 1, 1, "is no name"),
        ("{{! note }}", 1, 1, "is no name"),
        ("{{e mail}}", 1, 1, "is no name"),
        ("{{1a}}", 1, 1, "is no name"),
        ("{{#a\u{301}}}", 1, 1, "is no name"),
        ("{{missing}}", 1, 1, "nothing is called `missing`"),
        ("{{#missing}}{{/missing}}", 1, 1, "nothing is called"),
        ("\r\n  {{#subscribed}}", 2, 3, "`subscribed` is not closed"),
        ("{{/subscribed}}", 1, 1, "closes nothing"),
        (
            "{{#subscribed}}\n{{#sessions}}{{/subscribed}}{{/sessions}}",
            2,
            14,
            "`{{/subscribed}}` closes nothing",
        ),
        ("{{subscribed}}", 1, 1, "is a flag, and is used as a text"),
        ("{{sessions}}", 1, 1, "is a list, and is used as a text"),
        (
            "{{#email}}{{/email}}",
            1,
            1,
            "is a text, and is used as a flag",
        ),
        (
            "{{^email}}{{/email}}",
            1,
            1,
            "is a text, and is used as a flag",
        ),
        (&deep, 1, 15 * MAX_DEPTH + 1, "more than 8 sections"),
    ] {
        let error = fill(template, &account(), Escape::Html).unwrap_err();
        assert_eq!((error.line, error.column), (line, column), "{template}");
        assert!(error.to_string().contains(words), "{template}: {error}");
    }
}

#[test]
fn checking_knows_form_and_names() {
    let allowed = ["email", "sessions", "device"];
    for good in ["", "{{email}}", "{{#sessions}}{{device}}{{/sessions}}"] {
        assert_eq!(check(good, &allowed), Ok(()), "{good}");
    }
    for (bad, column) in [
        ("{{code}}", 1),
        ("{{#sessions}}{{id}}{{/sessions}}", 14),
        ("{{^others}}{{/others}}", 1),
        ("{{email", 1),
        ("{{#sessions}}", 1),
    ] {
        assert_eq!(check(bad, &allowed).unwrap_err().column, column, "{bad}");
    }
}

proptest! {
    #[test]
    fn no_text_panics(template in ".*") {
        let _ = fill(&template, &account(), Escape::Html);
        let _ = check(&template, &["email"]);
    }

    #[test]
    fn no_arrangement_of_tags_panics(parts in proptest::collection::vec(
        prop_oneof![
            Just("{{"), Just("}}"), Just("#"), Just("^"), Just("/"), Just(" "), Just("é\n"),
            Just("email"), Just("{{#sessions}}"), Just("{{/sessions}}"), Just("{{^none}}"),
            Just("{{/none}}"), Just("{{device}}"),
        ],
        0..24,
    )) {
        let template = parts.concat();
        let filled = fill(&template, &account(), Escape::Html);
        if filled.is_ok() {
            let all = ["email", "sessions", "none", "device"];
            prop_assert_eq!(check(&template, &all), Ok(()));
        }
    }

    #[test]
    fn a_value_cannot_leave_its_place(value in ".*") {
        let values = Values::new().text("v", value.clone());
        let filled = fill("<a title=\"{{v}}\">{{v}}</a>", &values, Escape::Html).unwrap();
        prop_assert_eq!(filled.matches(['<', '>']).count(), 4);
        prop_assert_eq!(filled.matches('"').count(), 2);
        prop_assert!(!filled.contains('\''));
        let back = filled["<a title=\"".len()..].split('"').next().unwrap()
            .replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"")
            .replace("&#39;", "'").replace("&amp;", "&");
        prop_assert_eq!(back, value);
    }
}
