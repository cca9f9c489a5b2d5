//! The newsrooms that are edited.

use super::world::World;
use crate::harness::{Newsroom, png};

/// All of them, by name.
pub fn all() -> Vec<(&'static str, World)> {
    let rooms = [
        ("rich", rich()),
        ("full text", full_text()),
        ("small theme", small_theme()),
        ("long", long()),
    ];
    rooms.map(|(name, room)| (name, World::new(room))).to_vec()
}

/// A theme whose articles show pictures in slots.
pub fn slotted(room: Newsroom) -> Newsroom {
    let article = "themes/plain/templates/article.html";
    let text = String::from_utf8(room.files[article].clone()).unwrap();
    let shown = "{% if article.image %}{% set p = picture_for(image=article.image, slot=\"lead\") %}\
        lead: {{ p.src }} {{ p.srcset }}{% for s in p.sources %} {{ s.srcset }}{% endfor %}{% endif %}\n";
    room.file(article, format!("{text}\n{shown}")).file(
        "themes/plain/theme.toml",
        "[slots.lead]\nof = [\"main\"]\nwidths = [2, 24]\ncrop = \"3:2\"\n[slots.wide]\nwidths = [3, 16]\n",
    )
}

/// A theme whose templates take in others, call components, and name assets.
fn woven(room: Newsroom) -> Newsroom {
    let text = |path: &str| String::from_utf8(room.files[path].clone()).unwrap();
    let article = "themes/plain/templates/article.html";
    let list = "themes/plain/templates/list.html";
    let woven = format!(
        "{}\n{{{{<stamp date={{article.date}}/>}}}}{{% include \"parts/foot.html\" %}}",
        text(article)
    );
    let named = format!(
        "{}{{{{ asset(path=\"img/\" ~ \"mark.svg\") }}}}\n",
        text(list)
    );
    room.file(article, woven)
        .file(list, named)
        .file(
            "themes/plain/templates/parts/foot.html",
            "foot: {{ site.name }} {{ asset(path=\"img/mark.svg\") }} {{ t(key=\"home-title\") }}\n",
        )
        .file(
            "themes/plain/components/stamp.html",
            "{% component stamp(date) %}stamp {{ date | date }}{% endcomponent stamp %}\n",
        )
}

/// The richest, for the program itself.
pub fn room() -> Newsroom {
    rich()
}

/// Something of everything.
fn rich() -> Newsroom {
    let room = Newsroom::new()
        .keys("footer = [\"/pages/about.md\"]")
        .tables("[terms.paid]\nversion = \"3\"\npage = \"/pages/about.md\"")
        .file("content/terms.toml", "[topics.trade]\nname = { en = \"Trade\", fr = \"Commerce\" }\ntext = \"All of it.\"\n")
        .file("content/static/a.txt", "a")
        .file("content/static/p.png", png(9, 9))
        .file("content/news/p.png", png(4, 3))
        .file("content/media/poster.png", png(8, 6))
        .file("content/media/clip.vtt", "WEBVTT\n\n00:01.000 --> 00:02.000\nHello\n")
        .file("content/media/clip.transcript.md", "Said in [a story](/news/s1.md).\n\n::: video id=\"clap\"\n:::\n")
        .story("pages/about.md", "", "", "About [us](/news/s0.md).")
        .story("pages/about.fr.md", "", "", "Nous.")
        .dossier("clip", "2025-01-10", "poster = \"poster.png\"\nposter_alt = \"A ship\"\ntranscript = \"clip.transcript.md\"\nterms = \"paid\"\nshot = [{ at = \"00:00:03\", text = \"A ship\" }]\ncaptions = [{ lang = \"en\", file = \"clip.vtt\" }]", "See [a](/news/s2.md).")
        .dossier("clap", "2025-01-11", "", "Second.");
    let mut room = slotted(woven(room)).press_kits();
    for i in 0..8 {
        let keys = format!(
            "topics = [\"Trade\", \"T{}\"]\npeople = [\"Ada\"]\nmedia = [\"clip\"]\naliases = [\"/old/{i}/\"]\nrelated = [\"/news/s{}.md\"]\nimage = {{ src = \"p.png\", alt = \"Picture {i}\" }}",
            i % 3,
            (i + 1) % 8
        );
        let body = format!(
            "[next](s{}.md#part) and ![p](/p.png)\n\n## Part {{#part}}\n\nText.\n\n::: video id=\"clap\"\n:::\n\n::: figure src=\"p.png\" alt=\"x\"\nCaption [l](/pages/about.md)\n:::",
            (i + 3) % 8
        );
        room = room.story(
            &format!("news/s{i}.md"),
            &format!("2025-01-{:02}", 1 + 2 * i),
            &keys,
            &body,
        );
        if i % 3 == 0 {
            room = room.story(
                &format!("news/s{i}.fr.md"),
                "",
                "",
                "Texte.\n\n## Partie {#part}\n",
            );
        }
    }
    room.story(
        "speeches/talk.md",
        "2025-01-05",
        "kind = \"speech\"\nembargo = 2025-02-03T08:00:00Z",
        "Waiting.",
    )
    .story(
        "speeches/old.md",
        "2025-01-05",
        "kind = \"speech\"\nexpires = 2025-02-10T08:00:00Z",
        "Leaving.",
    )
    .story(
        "speeches/draft.md",
        "2025-01-05",
        "draft = true",
        "Not yet ![p](/p.png).",
    )
}

/// Feeds with whole texts, and HTML in bodies.
fn full_text() -> Newsroom {
    let room = rich();
    let site = String::from_utf8(room.files["content/site.toml"].clone()).unwrap();
    room.file(
        "content/site.toml",
        format!("{site}\n[feeds]\nfull_text = true\n[markdown]\nraw_html = true\n"),
    )
}

/// A theme that makes articles and little else.
fn small_theme() -> Newsroom {
    let mut room = rich();
    for name in [
        "home.html",
        "archive.html",
        "feed.json",
        "taxonomy.html",
        "410.html",
        "sitemap.xml",
        "sitemap-index.xml",
    ] {
        room = room.without_template(name);
    }
    room
}

/// Lists with numbered pages.
fn long() -> Newsroom {
    let mut room = woven(Newsroom::new());
    for i in 0..43 {
        let keys = format!("topics = [\"T{}\"]", i % 2);
        room = room.story(
            &format!("news/s{i}.md"),
            &format!("2025-01-{:02}", 1 + i / 2),
            &keys,
            "Text.",
        );
    }
    room
}
