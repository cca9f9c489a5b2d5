//! Templates that take in others, in every way in which that can be written.

use std::ops::ControlFlow;

use super::{
    Edit,
    desk::Desk,
    step,
    world::{Rng, World},
};
use crate::harness::Newsroom;

const ARTICLE: &str = "themes/plain/templates/article.html";
/// How many templates are made at random. Each may take in those after it.
const COUNT: usize = 5;

/// What stands within a component that is called, if anything.
const BODY: &str = "{{ body | default(value='') }}";

/// Tags that begin and end so.
const EDGES: [(&str, &str); 5] = [
    ("{% ", " %}"),
    ("{%", "%}"),
    ("{%- ", " -%}"),
    ("{%  ", "\n%}"),
    ("{%-\t", " %}"),
];

fn tag(rng: &mut Rng, inner: &str) -> String {
    let (start, end) = EDGES[rng.below(EDGES.len())];
    format!(
        "{start}{}{end}",
        inner.replace(' ', ["  ", " ", "\n "][rng.below(3)])
    )
}

fn quoted(rng: &mut Rng, text: &str) -> String {
    match rng.below(4) {
        0 => format!("'{text}'"),
        1 => format!("`{text}`"),
        2 => format!("\"{}\"", text.replace('/', "\\/")),
        _ => format!("\"{text}\""),
    }
}

/// What looks like a tag and is none.
fn lookalike(rng: &mut Rng) -> String {
    let n = rng.below(COUNT);
    let all = [
        format!("{{# {{% component c{n}() %}} #}}"),
        format!("{{% raw %}}{{% component c{n}() %}}{{{{<c{n}/>}}}}{{% endraw %}}"),
        format!("{{{{ \"{{% include 'rnd/{n}.html' %}} {{<c{n}/>}}\" }}}}"),
        "component c0() endcomponent ".to_owned(),
        "é\n\n".to_owned(),
    ];
    all[rng.below(all.len())].clone()
}

/// Something that takes in the template at `n`, or its component.
fn taking(rng: &mut Rng, n: usize) -> String {
    let inner = match rng.below(3) {
        0 => {
            let name = quoted(rng, &format!("rnd/{n}.html"));
            tag(rng, &format!("include {name}"))
        }
        1 => ["{{<c#/>}}", "{{- <c# x={1}/> -}}", "{{ <c#  x={ 2 } /> }}"][rng.below(3)].to_owned(),
        _ => tag(rng, "< c# >") + "body" + &tag(rng, "</ c# >"),
    };
    let inner = inner.replace('#', &n.to_string());
    match rng.below(4) {
        0 => format!("{{% if 1 %}}{inner}{{% endif %}}"),
        1 => format!("{{% set x %}}{inner}{{% endset %}}{{{{ x }}}}"),
        2 => format!("{{% filter upper %}}{inner}{{% endfilter %}}"),
        _ => inner,
    }
}

/// The template at `n`: its text, a component, and others that it takes in. It may extend one.
fn random(rng: &mut Rng, n: usize) -> String {
    let mut pieces = vec![format!("text {} ", rng.next() % 1000)];
    for other in n + 1..COUNT {
        if rng.below(2) == 0 {
            pieces.push(lookalike(rng));
            pieces.push(taking(rng, other));
        }
    }
    let half = rng.below(pieces.len());
    let (own, inside) = pieces.split_at(half);
    let end = ["endcomponent", &format!("endcomponent c{n}")][rng.below(2)].to_owned();
    let component = tag(rng, &format!("component c{n}(x = none)"))
        + &format!("c{} {BODY}{}", rng.next() % 1000, inside.concat())
        + &tag(rng, &end);
    let own = own.concat();
    match n + 1 < COUNT && rng.below(3) == 0 {
        true => {
            let parent = quoted(rng, &format!("rnd/{}.html", n + 1));
            let extends = tag(rng, &format!("extends {parent}"));
            format!("{extends}{component}{{% block b %}}{{{{ super() }}}}{own}{{% endblock %}}")
        }
        false => format!("{own}{{% block b %}}{own}{{% endblock %}}{component}"),
    }
}

fn put(world: &mut World, rng: &mut Rng, n: usize) {
    let text = random(rng, n);
    world.put(&format!("themes/plain/templates/rnd/{n}.html"), text);
}

/// All of them, which articles take in.
fn put_all(world: &mut World, rng: &mut Rng) {
    (0..COUNT).for_each(|n| put(world, rng, n));
    let taken = "{% include \"rnd/0.html\" %}";
    world.change(ARTICLE, |text| match text.contains(taken) {
        true => text,
        false => text + taken,
    });
}

/// The edits.
pub const EDITS: &[Edit] = &[
    ("templates: all at random", put_all),
    ("templates: one at random", |w, r| {
        if w.paths("themes/plain/templates/rnd/", ".html").is_empty() {
            put_all(w, r);
        }
        let n = r.below(COUNT);
        put(w, r, n);
    }),
    ("templates: the words of one", |w, r| {
        let all = w.paths("themes/plain/templates/rnd/", ".html");
        let n = r.next() % 1000;
        match r.of(&all) {
            Some(path) => w.change(path, |t| t.replacen(BODY, &format!("{BODY}{n}"), 1)),
            None => put_all(w, r),
        }
    }),
];

/// Builds, gives a file another text, builds again. The second build equals a clean one, and something of it
/// is new.
fn edited(room: Newsroom, path: &str, from: &str, to: &str) -> Result<(), String> {
    let (mut desk, mut world) = (Desk::new(), World::new(room));
    let mut build = |world: &mut World| match step(&mut desk, world, "a build") {
        ControlFlow::Continue(true) => {
            desk.rest();
            Ok(crate::harness::snapshot(desk.out()))
        }
        ControlFlow::Continue(false) => Err("nothing was built".to_owned()),
        ControlFlow::Break(why) => Err(why),
    };
    let before = build(&mut world)?;
    assert!(world.text(path).contains(from));
    world.replace(path, from, to);
    match build(&mut world)? == before {
        true => Err("nothing is new".to_owned()),
        false => Ok(()),
    }
}

#[test]
fn an_edit_of_what_a_template_takes_in_is_seen_whatever_its_spelling() {
    let component = "themes/plain/components/badge.html";
    let definitions = [
        "{% component badge(text = 1) %}old{% endcomponent badge %}",
        "{% component  badge(text = 1) %}old{% endcomponent %}",
        "{%component\n\tbadge ( text: integer = 1 , ) %}old{%endcomponent%}",
        "{%- component badge(text = 1) -%} old {%- endcomponent badge -%}",
        "{# {% component bad() %} #}{% component badge(...rest) %}old{% endcomponent %}",
        "{% raw %}{% component other() %}{% endraw %}{% component badge(text = 1) %}old{% endcomponent %}",
    ];
    let uses = [
        "{{<badge/>}}",
        "{{- <badge text={ 2 }/> -}}",
        "{%<badge>%}x{%</badge>%}",
        "{% < badge  text={3} > %}x{%- </ badge > -%}",
        "{{ [<badge/>][0] }}",
        "{% include 'parts/deep.html' %}",
        "{%-include `parts/deep.html`-%}",
        "{% include \"parts\\/deep.html\" %}",
        "{% set x %}{% include \"parts/deep.html\" %}{% endset %}{{ x }}",
        "{% filter upper %}{{<outer/>}}{% endfilter %}",
    ];
    let pairs = definitions
        .iter()
        .flat_map(|d| uses.iter().map(move |u| (d, u)));
    for (definition, used) in pairs {
        let room = Newsroom::new()
            .story("news/a.md", "2025-01-02", "", "Text.")
            .file(component, *definition)
            .file(
                "themes/plain/components/outer.html",
                "{% component outer() %}{{<badge/>}}{% endcomponent %}",
            )
            .file(
                "themes/plain/templates/parts/deep.html",
                "{%- include 'parts/deeper.html' -%}",
            )
            .file("themes/plain/templates/parts/deeper.html", "{{<badge/>}}");
        let text = String::from_utf8(room.files[ARTICLE].clone()).unwrap();
        let room = room.file(ARTICLE, text + used);
        let seen = edited(room, component, "old", "new");
        assert_eq!(seen, Ok(()), "{definition} and {used}");
    }
}

#[test]
fn an_edit_of_what_a_template_extends_is_seen_whatever_its_spelling() {
    for extends in [
        "{% extends \"parts/base.html\" %}",
        "\n{# base #}{%-extends  'parts\\/base.html'-%}",
        "{%\nextends\n`parts/base.html`\n%}{% component x() %}{% endcomponent %}",
    ] {
        let base = "themes/plain/templates/parts/base.html";
        let room = Newsroom::new()
            .story("news/a.md", "2025-01-02", "", "Text.")
            .file(
                "themes/plain/templates/parts/root.html",
                "{% block a %}old{% endblock %}{{ asset(path = `img/mark.svg` ) }}",
            )
            .file(
                base,
                "{% extends 'parts/root.html' %}{% block a %}{{ super() }}middle{% endblock %}",
            )
            .file(
                ARTICLE,
                format!("{extends}{{% block a %}}{{{{ super() }}}}own{{% endblock %}}"),
            );
        let root = "themes/plain/templates/parts/root.html";
        let mark = "themes/plain/assets/img/mark.svg";
        assert_eq!(
            edited(room.clone(), base, "middle", "x"),
            Ok(()),
            "{extends}"
        );
        assert_eq!(edited(room.clone(), root, "old", "x"), Ok(()), "{extends}");
        assert_eq!(
            edited(room, mark, "width=\"8\"", "width=\"9\""),
            Ok(()),
            "{extends}"
        );
    }
}

#[test]
fn random_templates_are_templates() {
    let room = Newsroom::new().story("news/a.md", "2025-01-02", "", "Text.");
    for seed in 0..40 {
        let (mut world, mut rng) = (World::new(room.clone()), Rng::new(seed));
        put_all(&mut world, &mut rng);
        let built = step(&mut Desk::new(), &mut world, "random templates");
        let texts = world.paths("themes/plain/templates/rnd/", "").into_iter();
        let texts: String = texts.map(|path| world.text(&path) + "\n").collect();
        assert_eq!(built, ControlFlow::Continue(true), "{texts}");
    }
}
