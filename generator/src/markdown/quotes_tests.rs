use crate::{
    base::lang::Lang,
    markdown::{
        directive::Directive,
        html::{Hooks, Page, inline, to_html},
    },
};

struct Plain;

impl Hooks for Plain {
    fn link(&mut self, href: &str) -> Option<String> {
        Some(href.to_owned())
    }

    fn image(&mut self, _: &str, alt: &str, _: &str, out: &mut String) {
        out.push_str(alt);
    }

    fn directive(&mut self, _: &Directive, body: &str, out: &mut String) {
        out.push_str(body);
    }
}

fn written(body: &str, lang: &str) -> String {
    let lang = Lang::parse(lang).unwrap();
    let html = to_html(body, Page::new(&lang, "", false), &mut Plain).html;
    let html = html
        .trim()
        .trim_start_matches("<p>")
        .trim_end_matches("</p>");
    html.replace("&quot;", "\"").replace("&#39;", "'")
}

/// Every case fails by itself, and all failures are shown.
fn all(cases: &[(&str, &str, &str)]) {
    let wrong: Vec<String> = cases
        .iter()
        .filter_map(|(lang, body, expected)| {
            let got = written(body, lang);
            (got != *expected)
                .then(|| format!("{lang}: {body}\n  got      {got}\n  expected {expected}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn each_language_has_its_marks_outside_and_inside() {
    let body = "\"a 'b' c\" \"d \"e\" f\"";
    all(&[
        ("en", body, "“a ‘b’ c” “d ‘e’ f”"),
        (
            "fr",
            body,
            "«\u{202f}a “b” c\u{202f}» «\u{202f}d “e” f\u{202f}»",
        ),
        ("fr-CH", body, "«a ‹b› c» «d ‹e› f»"),
        ("de", body, "„a ‚b‘ c“ „d ‚e‘ f“"),
        ("de-AT", body, "„a ‚b‘ c“ „d ‚e‘ f“"),
        ("de-CH", body, "«a ‹b› c» «d ‹e› f»"),
        ("es", body, "«a “b” c» «d “e” f»"),
        ("it", body, "«a “b” c» «d “e” f»"),
        ("pt", body, "«a “b” c» «d “e” f»"),
        ("pt-BR", body, "“a ‘b’ c” “d ‘e’ f”"),
        ("nl", body, "„a ‚b’ c” „d ‚e’ f”"),
        ("pl", body, "„a «b» c” „d «e» f”"),
        ("sv", body, "”a ’b’ c” ”d ’e’ f”"),
        ("fi", body, "”a ’b’ c” ”d ’e’ f”"),
        ("da", body, "»a ›b‹ c« »d ›e‹ f«"),
        ("nb", body, "«a ‘b’ c» «d ‘e’ f»"),
        ("cs", body, "„a ‚b‘ c“ „d ‚e‘ f“"),
        ("hu", body, "„a »b« c” „d »e« f”"),
        ("ro", body, "„a «b» c” „d «e» f”"),
        ("hr", body, "„a ‚b’ c” „d ‚e’ f”"),
        ("ru", body, "«a „b“ c» «d „e“ f»"),
        ("uk", body, "«a „b“ c» «d „e“ f»"),
        ("el", body, "«a “b” c» «d “e” f»"),
        ("ar", "\"قال 'نعم' أمس\"", "«قال “نعم” أمس»"),
        ("fa", "\"a 'b' c\"", "«a ‹b› c»"),
        ("ja", "彼は\"はい\"と言った", "彼は「はい」と言った"),
        ("zh", "他说\"好的，'走'吧\"。", "他说“好的，‘走’吧”。"),
        ("ko", "그는 \"네\"라고 말했다", "그는 “네”라고 말했다"),
    ]);
}

#[test]
fn measures_keep_their_marks() {
    all(&[
        ("en", "A 6\" pipe", "A 6\" pipe"),
        (
            "en",
            "He is 5'10\" tall, she 5' 4\".",
            "He is 5'10\" tall, she 5' 4\".",
        ),
        ("en", "6\" x 4\" boards", "6\" x 4\" boards"),
        ("en", "6\"x4\"", "6\"x4\""),
        ("en", "\"the 6\" pipe\"", "“the 6\" pipe”"),
        (
            "en",
            "\"in 2025\" and \"in 2026\"",
            "“in 2025” and “in 2026”",
        ),
        ("en", "\"He said \"in 2025\"\"", "“He said ‘in 2025’”"),
        (
            "de",
            "ein 6\"-Rohr, \"wie 2025\"",
            "ein 6\"-Rohr, „wie 2025“",
        ),
        (
            "fr",
            "un tube de 6\" et \"deux\"",
            "un tube de 6\" et «\u{202f}deux\u{202f}»",
        ),
    ]);
}

#[test]
fn a_word_may_go_on_behind_its_quotation() {
    all(&[
        (
            "en",
            "\"word\"s and \"word\"-like",
            "“word”s and “word”-like",
        ),
        ("en", "the \"Post\"'s view", "the “Post”’s view"),
        (
            "de",
            "das \"Wort\"es, \"EU\"-weit",
            "das „Wort“es, „EU“-weit",
        ),
        (
            "fr",
            "d'\"air\" et l'\"eau\"",
            "d’«\u{202f}air\u{202f}» et l’«\u{202f}eau\u{202f}»",
        ),
        ("it", "l'\"Unità\"", "l’«Unità»"),
    ]);
}

#[test]
fn apostrophes_at_the_start_of_words() {
    all(&[
        (
            "en",
            "'Tis the season of the '90s; 'twas fun.",
            "’Tis the season of the ’90s; ’twas fun.",
        ),
        (
            "en",
            "rock 'n' roll, class of '24",
            "rock ’n’ roll, class of ’24",
        ),
        ("en", "\"'Tis late,\" she said", "“’Tis late,” she said"),
        ("en", "\"the '90s\"", "“the ’90s”"),
        (
            "en",
            "**\"b\"**'s and \"c\"'s, then 'd'",
            "<strong>“b”</strong>’s and “c”’s, then ‘d’",
        ),
        ("en", "'em' is a tag", "‘em’ is a tag"),
        (
            "en",
            "the dogs' bowls and James' \"own\"",
            "the dogs’ bowls and James’ “own”",
        ),
        ("en", "it's O'Brien's 1990's", "it’s O’Brien’s 1990’s"),
        (
            "nl",
            "'s Ochtends in 's-Hertogenbosch, zo'n \"'t Hart\"",
            "’s Ochtends in ’s-Hertogenbosch, zo’n „’t Hart”",
        ),
        (
            "de",
            "Das war 'ne \"gute\" Idee, geht's?",
            "Das war ’ne „gute“ Idee, geht’s?",
        ),
        ("fr", "L'été d'aujourd'hui", "L’été d’aujourd’hui"),
        ("it", "nell'estate del '68", "nell’estate del ’68"),
        ("uk", "здоров'я", "здоров’я"),
    ]);
}

#[test]
fn marks_beside_brackets_dashes_and_punctuation() {
    all(&[
        (
            "en",
            "(\"a\") [\"b\"] {\"c\"} \"(d)\"",
            "(“a”) [“b”] {“c”} “(d)”",
        ),
        (
            "en",
            "one--\"two\"--three---\"four\"",
            "one–“two”–three—“four”",
        ),
        ("en", "\"wait--\" she said", "“wait–” she said"),
        (
            "en",
            "\"Yes.\" \"No!\" \"Why?\", \"Oh...\"",
            "“Yes.” “No!” “Why?”, “Oh…”",
        ),
        ("en", "He said:\"Yes\"", "He said:“Yes”"),
        ("en", "\"'Yes,' he said.\"", "“‘Yes,’ he said.”"),
        ("en", "'He said \"yes\"'", "‘He said “yes”’"),
        ("en", "either/\"or\"", "either/“or”"),
        ("es", "¿\"Qué\"? ¡\"No\"!", "¿«Qué»? ¡«No»!"),
        ("de", "(\"a\") – \"b\" –", "(„a“) – „b“ –"),
    ]);
}

#[test]
fn marks_across_emphasis_links_code_and_lines() {
    all(&[
        (
            "en",
            "\"*word*\" and *\"word\"*",
            "“<em>word</em>” and <em>“word”</em>",
        ),
        ("en", "\"**a** b\"", "“<strong>a</strong> b”"),
        (
            "en",
            "[\"a\"](/x) \"[b](/x)\"",
            "<a href=\"/x\">“a”</a> “<a href=\"/x\">b</a>”",
        ),
        (
            "en",
            "\"`a`\" and `\"b\"`",
            "“<code>a</code>” and <code>\"b\"</code>",
        ),
        ("en", "\"one\ntwo\"", "“one\ntwo”"),
        ("en", "![\"a\"](x.png) \"b\"", "“a” “b”"),
        ("en", "a *b*'s", "a <em>b</em>’s"),
        (
            "fr",
            "\"*mot*\" !",
            "«\u{202f}<em>mot</em>\u{202f}»\u{202f}!",
        ),
        ("en", "\"a <b>\"c\"</b> d\"", "“a <b>‘c’</b> d”"),
    ]);
}

#[test]
fn what_cannot_be_told_stays_as_it_was_written() {
    all(&[
        ("en", "a \" b", "a \" b"),
        ("en", "\"\" and ''", "\"\" and ''"),
        ("en", "\\\"a\\\" \\'b\\' &quot;c&quot;", "\"a\" 'b' \"c\""),
        (
            "en",
            "“typed” and ‘typed’ *“x”*",
            "“typed” and ‘typed’ <em>“x”</em>",
        ),
        ("de", "“*x*”", "“<em>x</em>”"),
        ("he", "צה\"ל ומנכ\"ל", "צה\"ל ומנכ\"ל"),
        ("en", "a\"b", "a\"b"),
    ]);
}

#[test]
fn a_quotation_may_run_over_paragraphs() {
    assert_eq!(written("\"One.\n\n\"Two.\"", "en"), "“One.</p>\n<p>“Two.”");
    assert_eq!(written("'One.\n\n'Two.'", "en"), "‘One.</p>\n<p>‘Two.’");
    assert_eq!(
        written("\"Un.\n\nDeux.\"", "fr"),
        "«\u{202f}Un.</p>\n<p>Deux.\u{202f}»"
    );
}

#[test]
fn code_has_no_typography() {
    assert_eq!(
        written("```\n\"a\" ; b !\n```", "fr"),
        "<pre><code>\"a\" ; b !\n</code></pre>"
    );
}

#[test]
fn a_line_may_begin_with_anything() {
    let en = Lang::parse("en").unwrap();
    let line = |text: &str| inline(text, &en, &mut Plain);
    assert_eq!(line("2025. \"A\" year"), "2025. “A” year");
    assert_eq!(line("# *a*\n- b"), "# <em>a</em> - b");
    assert_eq!(line("*\"Q\"*, he said"), "<em>“Q”</em>, he said");
    assert_eq!(line("... and on"), "… and on");
    assert_eq!(line("<b>a</b>"), "<b>a</b>");
    assert_eq!(line("**中。**文"), "<strong>中。</strong>文");
}

proptest::proptest! {
    #[test]
    fn letters_are_never_lost(body in "([a-z0-9 .,()é中—-]|\"|'|\\*|`|\n){0,40}", lang in "en|fr|de|sv|he|zh") {
        // No reader sees what stands behind the fence of a code block.
        proptest::prop_assume!(!body.contains("```"));
        let out = written(&body, &lang);
        let letters = |t: &str| t.chars().filter(|c| c.is_ascii_digit() || *c == 'é').collect::<String>();
        let plain = crate::markdown::text::plain(&out);
        if !body.contains("1.") && !body.contains(|c: char| c.is_ascii_digit()) {
            proptest::prop_assert_eq!(letters(&plain), letters(&body));
        }
    }
}
