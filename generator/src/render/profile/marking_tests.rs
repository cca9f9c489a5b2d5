use proptest::prelude::*;
use tera::{Context, Kwargs, State, Tera, Value};

use super::*;

/// The text with marks, as a person would draw them: `‹3` entered, `·3` passed, `3›` left.
fn drawn(text: &str) -> String {
    let (mut out, places) = marked(text, 0).unwrap();
    for place in 0..places.len() {
        for (mark, sign) in [
            (Mark::Enter, format!("‹{place}")),
            (Mark::Pass, format!("·{place}")),
            (Mark::Exit, format!("{place}›")),
        ] {
            for (before, after) in [("", ""), ("-", ""), ("", "-")] {
                let call = mark.call(place, before, after);
                out = out.replace(&call, &format!("{before}{sign}{after}"));
            }
        }
    }
    out
}

#[test]
fn marks_stand_around_what_runs() {
    for (text, expected) in [
        ("a", "‹0a0›"),
        ("{", "{"),
        (
            "{% for a in b %}x{% endfor %}",
            "‹0‹1{% for a in b %}·1x{% endfor %}1›0›",
        ),
        (
            "{%- for a in b -%} x {%- else -%} y {%- endfor -%}",
            "‹0-‹1{%- for a in b -%}·1- x {%- else -%} y {%- endfor -%}1›-0›",
        ),
        ("{{ a }}{{ f(b=1) }}", "‹0{{ a }}‹1{{ f(b=1) }}1›0›"),
        ("{{- a | b -}}", "‹0-‹1{{- a | b -}}1›-0›"),
        ("{{<card a={b}/>}}", "‹0‹1{{<card a={b}/>}}1›0›"),
        (
            "{% <box a={b}> %}x{% </box> %}",
            "‹0‹1{% <box a={b}> %}x{% </box> %}1›0›",
        ),
        ("{% include \"a\" %}", "‹0‹1{% include \"a\" %}1›0›"),
        (
            "{% set a = b %}{% set c = d | e %}",
            "‹0{% set a = b %}‹1{% set c = d | e %}1›0›",
        ),
        (
            "{% set a %}x{% endset %}",
            "‹0‹1{% set a %}x{% endset %}1›0›",
        ),
        (
            "{% extends \"a\" %}\n{% block b %}x{% endblock b %}",
            "{% extends \"a\" %}\n{% block b %}‹1x1›{% endblock b %}",
        ),
        (
            "{% component a(b) %}x{%- endcomponent a %}",
            "‹0{% component a(b) %}‹1x-1›{%- endcomponent a %}0›",
        ),
        (
            "{% if f(a=1) %}x{% else %}y{% endif %}",
            "‹0{% if f(a=1) %}x{% else %}y{% endif %}0›",
        ),
    ] {
        assert_eq!(drawn(text), expected);
    }
}

#[test]
fn what_is_no_tag_has_no_marks() {
    for text in [
        "{# {% for a in b %} #}",
        "{#- {{ f(a=1) }} -#}",
        "{% raw %}{% for a in b %}{{ f(a=1) }}{% endraw %}",
        "{%- raw -%}{{ f(a=1) }}{%- endraw -%}",
        "{{ \"}} {% for a in b %}\" }}",
        "{{ '\\'}} f(' }}",
    ] {
        let (_, places) = marked(text, 0).unwrap();
        let inner = if text.contains("f('") { 2 } else { 1 };
        assert_eq!(places.len(), inner, "{text}");
    }
}

#[test]
fn places_know_their_lines() {
    let text = "{% for a in b %}\n{{ a\n | c }}\n{{ d | e }}{% endfor %}";
    let (out, places) = marked(text, 7).unwrap();
    let lines: Vec<(usize, bool)> = places.iter().map(|p| (p.line, p.repeats)).collect();
    assert_eq!(lines, [(0, false), (1, true), (2, false), (4, false)]);
    assert_eq!(out.matches('\n').count(), text.matches('\n').count());
    assert_eq!(Mark::of(Mark::Pass.code(8)), (8, Mark::Pass));
    assert!(out.contains(&format!("at={})", Mark::Pass.code(8))));
}

#[test]
fn what_no_template_can_be_has_no_marks() {
    for text in ["{% for", "{{ \"", "{# ", "{% endfor %}", "{% raw %}"] {
        assert!(marked(text, 0).is_none(), "{text}");
    }
}

/// What a template writes; `None` for one with a mistake.
fn written(text: &str) -> Option<String> {
    let mut tera = Tera::new();
    tera.autoescape_on(vec![".html"]);
    tera.register_function(FUNCTION, |_: Kwargs, _: &State| Value::safe_string(""));
    let base = "[{% block one %}-{% endblock %}{% block two %} {{ n }} {% endblock %}]";
    let card = "{% component card(n) %} <b>{{ n }}</b> {% endcomponent card %}{% component box(n) %}{{ body }}{% endcomponent box %}";
    tera.add_raw_templates([("base.html", base), ("card.html", card), ("x.html", text)])
        .ok()?;
    let mut context = Context::new();
    context.insert("n", "<1>");
    context.insert("list", &["a", "<b>", "c"]);
    context.insert("empty", &Vec::<String>::new());
    tera.render("x.html", &context).ok()
}

fn pieces() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        " ",
        "\n",
        "  \n\t",
        "text",
        "{",
        "é{ }",
        "{{ n }}",
        "{{- n | upper -}}",
        "{{ n | upper -}}",
        "{{ \"}}\" ~ n }}",
        "{{ 'a\\'b' | upper }}",
        "{{ `%}` }}",
        "{{<card n={n}/>}}",
        "{{- <card n=\"}}\"/> -}}",
        "{{ {\"a\": n}[\"a\"] }}",
        "{{ [x for x in list if x != \"c\"] | join }}",
        "{{ super() }}",
        "{# note {% for #}",
        "{#- {{ n }} -#}",
        "{% raw %} {{ n }} {% if {% endraw %}",
        "{%- raw -%} {% for %} {%- endraw -%}",
        "{% for a in list %}",
        "{%- for a in empty -%}",
        "{% for a in list | reverse -%}",
        "{% for k, v in {\"a\": 1} %}",
        "{% endfor %}",
        "{%- endfor -%}",
        "{% else %}",
        "{%- else -%}",
        "{% if n %}",
        "{% elif list is containing(pat=\"a\") %}",
        "{%- endif %}",
        "{% break %}",
        "{%- continue -%}",
        "{% set b %}",
        "{% set b | upper -%}",
        "{%- endset %}",
        "{% set c = n | upper %}",
        "{% set_global d = list[:1] -%}",
        "{% filter upper %}",
        "{%- endfilter -%}",
        "{% <box n={n}> %}",
        "{%- </box> -%}",
        "{% include \"base.html\" %}",
        "{%- include \"base.html\" -%}",
        "{% extends \"base.html\" %}",
        "{% block one %}",
        "{%- block two -%}",
        "{% endblock %}",
        "{%- endblock two -%}",
        "{% component own(a) %}",
        "{%- endcomponent own -%}",
        "{{",
        "}}",
        "{%",
        "-%}",
        "\"",
        "'",
        "{#",
    ]);
    let piece = prop_oneof![9 => words.prop_map(str::to_owned), 1 => "\\PC{0,4}"];
    prop::collection::vec(piece, 0..14).prop_map(|pieces| pieces.concat())
}

/// Pieces that close what they open, so that most texts are templates.
fn template() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(vec![
        "text",
        " \n ",
        "{{ n }}",
        "{{- n | upper -}}",
        "{{<card n={n}/>}}",
        "{{ \"}}\" | upper -}}",
        "{#- {{ n }} -#}",
        "{% raw -%} {{ n }} {%- endraw %}",
        "{%- set c = n | upper -%}",
        "{% include \"base.html\" -%}",
    ]);
    let around = prop::sample::select(vec![
        ("{% for a in list %}", "{% endfor %}"),
        ("{%- for a in list -%}", "{%- endfor -%}"),
        ("{%- for a in empty -%} no {%- else -%}", "{%- endfor %}"),
        (
            "{% for a in list %}{% if a == \"c\" %}{%- break -%}{% endif %}",
            "{% endfor -%}",
        ),
        ("{%- if n | upper -%}", "{% else %} {%- endif -%}"),
        ("{%- set b -%}", "{%- endset -%} {{- b -}}"),
        ("{% filter upper -%}", "{%- endfilter %}"),
        ("{%- <box n={n}> -%}", "{%- </box> -%}"),
    ]);
    leaf.prop_map(str::to_owned)
        .prop_recursive(4, 24, 4, move |inner| {
            (around.clone(), prop::collection::vec(inner, 1..4))
                .prop_map(|((open, close), inner)| format!(" {open} {} {close} ", inner.concat()))
        })
}

fn unchanged(text: &str) -> Result<(), TestCaseError> {
    let out = marked(text, 3).map(|(out, _)| out);
    if let Some(plain) = written(text) {
        let out = out.ok_or_else(|| TestCaseError::fail("a template without marks"))?;
        prop_assert_eq!(written(&out), Some(plain), "{}", out);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 1000,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn any_text_may_be_given_marks(text in pieces()) {
        unchanged(&text)?;
    }

    #[test]
    fn a_template_with_marks_writes_the_same(
        parts in prop::collection::vec(template(), 1..4),
        child in any::<bool>(),
    ) {
        let parts = parts.concat();
        let text = match child {
            true => format!("{{% extends \"base.html\" %}}\n{{%- block one -%}} {parts} {{{{ super() }}}}{{%- endblock one -%}}"),
            false => parts,
        };
        prop_assert!(written(&text).is_some(), "{}", text);
        unchanged(&text)?;
    }
}
