//! Edits of articles, pages, dossiers, and the files beside them.

use super::{
    Edit,
    world::{Rng, World},
};
use crate::harness::png;

/// Puts a line into the front matter of some article.
fn line(world: &mut World, rng: &mut Rng, line: &str) {
    let path = world.article(rng);
    world.key(&path, line);
}

/// Adds text to the body of some article.
fn body(world: &mut World, rng: &mut Rng, text: &str) {
    let path = world.article(rng);
    world.append(&path, text);
}

fn dossier(world: &mut World, rng: &mut Rng, line: &str) {
    let path = world.dossier(rng);
    world.key(&path, line);
}

fn fresh(rng: &mut Rng) -> u64 {
    rng.next() % 1000
}

fn drawing(inside: &str) -> String {
    format!("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"9\" height=\"9\">{inside}</svg>")
}

/// The edits.
pub const EDITS: &[Edit] = &[
    ("body: words", |w, r| {
        let n = fresh(r);
        body(w, r, &format!("More words {n}."));
    }),
    ("a correction dated in the future", |w, r| {
        let day = r.below(4) + 1;
        let line = format!("corrections = [{{ date = 2025-02-0{day}T18:00:00Z, note = \"x\" }}]");
        self::line(w, r, &line)
    }),
    ("updated before the date", |w, r| {
        line(w, r, "updated = 2000-01-01")
    }),
    ("a key of another system that says public", |w, r| {
        line(w, r, "published = true")
    }),
    ("a key of another system that holds back", |w, r| {
        line(w, r, "status = \"draft\"")
    }),
    ("body: a link", |w, r| {
        let n = r.below(9);
        body(w, r, &format!("[other](/news/s{n}.md)"));
    }),
    ("body: a link to a heading", |w, r| {
        body(w, r, "[other](/news/s3.md#part)")
    }),
    ("body: a link to a former address", |w, r| {
        let n = r.below(50);
        body(w, r, &format!("[other](/former/{n}?from=here#part)"));
    }),
    ("body: links to what the site makes", |w, r| {
        body(w, r, "[f](/en/feed.xml) [t](/en/topics) [s](/sitemap.xml)")
    }),
    ("body: a heading that is not there", |w, r| {
        body(w, r, "[other](/news/s3.md#lost)")
    }),
    ("body: headings", |w, r| {
        body(w, r, "\n## One\n\n## Two\n\n### Three\n\n## Four\n")
    }),
    ("body: a heading renamed", |w, r| {
        let path = w.article(r);
        w.replace(&path, "#part}", "#partly}");
    }),
    ("body: a picture", |w, r| body(w, r, "![p](p.png)")),
    ("body: a figure", |w, r| {
        body(
            w,
            r,
            "\n::: figure src=\"p.png\" alt=\"y\"\nSee [s](s1.md).\n:::",
        )
    }),
    ("body: a video", |w, r| {
        body(w, r, "\n::: video id=\"clip\"\n:::")
    }),
    ("body: a contact", |w, r| {
        body(w, r, "\n::: contact id=\"press\"\n:::")
    }),
    ("body: a quotation", |w, r| {
        body(w, r, "\n::: quote by=\"Ada\"\nSo *much*.\n:::")
    }),
    ("body: a footnote", |w, r| {
        body(w, r, "Text[^1].\n\n[^1]: Note with [link](s2.md).")
    }),
    ("body: HTML", |w, r| body(w, r, "<b onclick=\"x\">bold</b>")),
    ("body: a reference", |w, r| {
        body(w, r, "[one][x]\n\n[x]: s1.md \"Title\"")
    }),
    ("body: a link to an address", |w, r| {
        body(w, r, "[list](/en/news/)")
    }),
    ("body: a broken link", |w, r| {
        body(w, r, "[gone](/news/never.md)")
    }),
    ("body: white space", |w, r| body(w, r, "\n\n")),
    ("body: emptied", |w, r| {
        let path = w.article(r);
        w.change(&path, |t| {
            let end = t.rfind("+++\n").map_or(t.len(), |i| i + 4);
            t[..end].to_owned()
        });
    }),
    ("title", |w, r| {
        let n = fresh(r);
        line(w, r, &format!("title = \"Title {n}\""));
    }),
    ("date: another day", |w, r| {
        let day = 1 + r.below(28);
        line(w, r, &format!("date = 2025-01-{day:02}"));
    }),
    ("date: another year", |w, r| {
        let year = 2015 + r.below(9);
        line(w, r, &format!("date = {year}-06-01T08:00:00+02:00"));
    }),
    ("date: in the future", |w, r| {
        let day = 2 + r.below(9);
        line(w, r, &format!("date = 2025-02-{day:02}"));
    }),
    (
        "a moment: a story that will take another's address",
        |w, r| {
            let path = w.article(r);
            let text = w.files.get(&path).cloned().unwrap_or_default();
            w.put("content/news/held.md", text);
            w.key("content/news/held.md", "embargo = 2025-02-06T12:00:00Z");
        },
    ),
    (
        "a moment: a story to come with a topic of its own",
        |w, r| {
            let n = r.below(4) + 3;
            let text = format!(
                "+++\ntitle = \"To come\"\ndate = 2025-02-0{n}\ntopics = [\"Coming {n}\"]\n+++\n[s](s1.md#part)\n"
            );
            w.put("content/news/to-come.md", text);
        },
    ),
    ("a moment: a link to a story to come", |w, r| {
        body(w, r, "[soon](/news/to-come.md)")
    }),
    ("a moment: a link to a topic to come or gone", |w, r| {
        let n = r.below(4) + 3;
        body(w, r, &format!("[soon](/en/topics/coming-{n}/)"));
    }),
    ("a moment: an end that moves", |w, r| {
        let day = r.below(9) + 1;
        line(w, r, &format!("expires = 2025-02-0{day}T12:00:00Z"));
    }),
    ("updated", |w, r| {
        let hour = r.below(24);
        line(w, r, &format!("updated = 2025-01-31T{hour:02}:00:00Z"));
    }),
    ("slug", |w, r| {
        let n = fresh(r);
        line(w, r, &format!("slug = \"slug-{n}\""));
    }),
    ("slug: none", |w, r| {
        line(w, r, "slug = \"x\"");
        let path = w.article(r);
        w.without_key(&path, "slug =");
    }),
    ("embargo: to come", |w, r| {
        let day = 2 + r.below(5);
        line(w, r, &format!("embargo = 2025-02-{day:02}T09:00:00Z"));
    }),
    ("embargo: past", |w, r| {
        line(w, r, "embargo = 2025-01-20T09:00:00Z")
    }),
    ("expires: to come", |w, r| {
        let day = 2 + r.below(5);
        line(w, r, &format!("expires = 2025-02-{day:02}T09:00:00Z"));
    }),
    ("expires: past", |w, r| {
        line(w, r, "expires = 2025-01-31T09:00:00Z")
    }),
    ("draft: on", |w, r| line(w, r, "draft = true")),
    ("draft: off", |w, _| {
        w.without_key("content/speeches/draft.md", "draft =")
    }),
    ("lead", |w, r| {
        let n = fresh(r);
        line(w, r, &format!("lead = \"Lead {n}\""));
    }),
    ("lead: a link", |w, r| {
        let n = r.below(9);
        line(w, r, &format!("lead = \"See [it](/news/s{n}.md#part).\""))
    }),
    ("correction: a file", |w, r| {
        let n = fresh(r);
        w.put("content/news/more.txt", format!("{n}"));
        let note = format!("corrections = [{{ date = 2025-01-20, note = \"[f](more.txt) {n}\" }}]");
        line(w, r, &note)
    }),
    ("body: another beginning", |w, r| {
        let n = fresh(r);
        let path = w.article(r);
        w.change(&path, |t| {
            t.replacen("\n+++\n", &format!("\n+++\nBegins {n} with \"it\".\n\n"), 1)
        });
    }),
    ("body: a title", |w, r| body(w, r, "# Part\n\n## Part")),
    ("body: what another system left", |w, r| {
        body(w, r, "{{ x }} [a][b] [^9]")
    }),
    ("body: a first picture", |w, r| {
        let path = w.article(r);
        w.without_key(&path, "image =");
        w.change(&path, |t| {
            t.replacen("\n+++\n", "\n+++\n![q](/p.png)\n\n", 1)
        });
    }),
    ("transcript: a file", |w, r| {
        let n = fresh(r);
        w.put("content/media/more.txt", format!("{n}"));
        w.append(
            "content/media/clip.transcript.md",
            "\n[f](more.txt)\n\n## Part\n",
        );
    }),
    ("transcript: a broken link", |w, _| {
        w.append("content/media/clip.transcript.md", "\n[f](nowhere.md)");
    }),
    ("dateline", |w, r| line(w, r, "dateline = \"Lisbon\"")),
    ("kind", |w, r| line(w, r, "kind = \"statement\"")),
    ("topics: another", |w, r| {
        let n = r.below(5);
        line(w, r, &format!("topics = [\"T{n}\", \"Trade\"]"));
    }),
    ("topics: a new one", |w, r| {
        let n = fresh(r);
        line(w, r, &format!("topics = [\"New {n}\"]"));
    }),
    ("topics: none", |w, r| {
        let path = w.article(r);
        w.without_key(&path, "topics =");
    }),
    ("places", |w, r| {
        line(w, r, "places = [\"Lisbon\", \"Ostend\"]")
    }),
    ("image: other words", |w, r| {
        let n = fresh(r);
        line(
            w,
            r,
            &format!(
                "image = {{ src = \"p.png\", alt = \"Words {n}\", caption = \"A *caption*\", credit = \"Ada\" }}"
            ),
        );
    }),
    ("image: a static one", |w, r| {
        line(w, r, "image = { src = \"/p.png\", alt = \"Static\" }")
    }),
    ("media", |w, r| line(w, r, "media = [\"clap\", \"clip\"]")),
    ("media: none", |w, r| {
        let path = w.article(r);
        w.without_key(&path, "media =");
    }),
    ("related", |w, r| {
        let n = r.below(8);
        line(w, r, &format!("related = [\"/news/s{n}.md\"]"));
    }),
    ("alias", |w, r| {
        let n = r.below(40);
        line(w, r, &format!("aliases = [\"/former/{n}/\"]"));
    }),
    ("alias: one that is taken", |w, r| {
        line(w, r, "aliases = [\"/en/news/\"]")
    }),
    ("authors", |w, r| line(w, r, "authors = [\"Ada\", \"Bo\"]")),
    ("contact", |w, r| line(w, r, "contact = \"press\"")),
    ("correction", |w, r| {
        line(
            w,
            r,
            "corrections = [{ date = 2025-01-30, note = \"It was [this](/news/s2.md).\" }]",
        )
    }),
    ("extra", |w, r| {
        let n = fresh(r);
        line(
            w,
            r,
            &format!("extra = {{ number = {n}, list = [1.5, true, \"x\"] }}"),
        );
    }),
    ("front matter: broken", |w, r| {
        let path = w.article(r);
        w.replace(&path, "title = ", "title == ");
    }),
    ("front matter: a key that warns", |w, r| {
        line(w, r, "topics = [\"Tradee\"]")
    }),
    ("rename a file", |w, r| {
        let (path, n) = (w.article(r), fresh(r));
        w.rename(&path, &format!("content/news/renamed-{n}.md"));
    }),
    ("rename by case alone", |w, r| {
        let path = w.article(r);
        w.rename(&path, &path.replace("/s", "/S"));
    }),
    ("move to another section", |w, r| {
        let path = w.article(r);
        w.rename(&path, &path.replace("/news/", "/reports/"));
    }),
    ("delete a file", |w, r| {
        let path = w.article(r);
        w.remove(&path);
    }),
    ("restore a file", |w, r| {
        let all: Vec<String> = w.first.keys().cloned().collect();
        if let Some(path) = r.of(&all) {
            let content = w.first[path].clone();
            w.put(path, content);
        }
    }),
    ("two files change places", |w, r| {
        let (a, b) = (w.article(r), w.article(r));
        let (one, two) = (w.text(&a), w.text(&b));
        if a != b {
            w.put(&a, two);
            w.put(&b, one);
        }
    }),
    ("add an article", |w, r| {
        let (n, day) = (fresh(r), 1 + r.below(31));
        w.put(&format!("content/news/new-{n}.md"), format!("+++\ntitle = \"New {n}\"\ndate = 2025-01-{day:02}\ntopics = [\"Trade\"]\n+++\nFresh.\n"));
    }),
    ("add one in YAML", |w, r| {
        let n = fresh(r);
        w.put(
            &format!("content/news/yaml-{n}.md"),
            format!("---\ntitle: YAML {n}\ndate: 2025-01-15\nextra: {{ a: {n} }}\n---\nFresh.\n"),
        );
    }),
    ("add a translation", |w, r| {
        let path = w
            .article(r)
            .replace(".md", ".fr.md")
            .replace(".fr.fr.", ".fr.");
        w.put(&path, "+++\ntitle = \"Traduit\"\n+++\nTexte « cité ».\n");
    }),
    ("remove a translation", |w, r| {
        let all = w.paths("content/", ".fr.md");
        if let Some(path) = r.of(&all) {
            w.remove(path);
        }
    }),
    ("page: title", |w, r| {
        let n = fresh(r);
        w.key("content/pages/about.md", &format!("title = \"About {n}\""));
        w.put(
            "content/pages/more.md",
            format!("+++\ntitle = \"More {n}\"\n+++\nText.\n"),
        );
    }),
    ("page: slug", |w, r| {
        let n = fresh(r);
        w.key("content/pages/about.md", &format!("slug = \"about-{n}\""));
        w.put("content/pages/other.md", "+++\ntitle = \"Other\"\n+++\n");
    }),
    ("dossier: title", |w, r| {
        let n = fresh(r);
        dossier(w, r, &format!("title = \"Clip {n}\""));
    }),
    ("dossier: date", |w, r| {
        let day = 1 + r.below(28);
        dossier(w, r, &format!("date = 2025-01-{day:02}"));
    }),
    ("dossier: embargo", |w, r| {
        dossier(w, r, "embargo = 2025-02-05T09:00:00Z")
    }),
    ("dossier: duration", |w, r| {
        let n = r.below(50);
        dossier(w, r, &format!("duration = \"00:01:{n:02}\""));
    }),
    ("dossier: body", |w, r| {
        let path = w.dossier(r);
        w.append(&path, "More of it.");
    }),
    ("dossier: shotlist", |w, r| {
        dossier(
            w,
            r,
            "shot = [{ at = \"00:00:05\", text = \"Another\", speaker = \"Ada\" }]",
        )
    }),
    ("dossier: poster", |w, r| {
        dossier(w, r, "poster = \"poster.png\"\nposter_alt = \"Else\"")
    }),
    ("dossier: terms", |w, r| {
        dossier(w, r, "terms = \"standard\"")
    }),
    ("dossier: place", |w, r| dossier(w, r, "place = \"Ostend\"")),
    ("rendition: size", |w, r| {
        let path = w.dossier(r);
        w.replace(&path, "size = 1000", "size = 2000");
    }),
    ("rendition: open to all", |w, r| {
        let path = w.dossier(r);
        w.replace(&path, "gated = true", "gated = false");
    }),
    ("dossier: a translation", |w, _| {
        w.put(
            "content/media/clip.fr.md",
            "+++\ntitle = \"Extrait\"\n+++\nTexte.\n",
        )
    }),
    ("transcript", |w, r| {
        let n = fresh(r);
        w.append(
            "content/media/clip.transcript.md",
            &format!("And {n}, see [this](/news/s4.md)."),
        );
        w.put("content/media/unused.transcript.md", "x");
    }),
    ("transcript: another language", |w, _| {
        w.put("content/media/clip.transcript.fr.md", "Dit.\n")
    }),
    ("captions", |w, r| {
        let n = fresh(r);
        w.append(
            "content/media/clip.vtt",
            &format!("\n00:03.000 --> 00:04.000\nLine {n}"),
        );
        w.put("content/media/unused.vtt", "WEBVTT\n");
    }),
    ("captions: broken", |w, _| {
        w.put("content/media/clip.vtt", "no captions")
    }),
    ("a picture: the same size", |w, r| {
        let mut bytes = png(4, 3);
        bytes.push(fresh(r) as u8);
        w.put("content/news/p.png", bytes);
    }),
    ("a picture: another size", |w, r| {
        let n = 1 + fresh(r) as u32;
        w.put("content/news/p.png", png(n, 7));
    }),
    ("a drawing", |w, r| {
        w.put("content/news/d.svg", drawing(""));
        body(w, r, "![d](d.svg)");
    }),
    ("a drawing that acts", |w, r| {
        w.put("content/news/d.svg", drawing("<script/>"));
        body(w, r, "![d](d.svg)");
    }),
    ("body: a script beside it", |w, r| {
        w.put("content/news/d.js", "1");
        body(w, r, "[d](d.js)");
    }),
    ("static: a script", |w, r| {
        let n = fresh(r);
        w.put("content/static/d.js", format!("{n}"));
    }),
    ("body: raw HTML with links", |w, r| {
        body(w, r, "<p><a href=\"s1.md\">x</a><img src=p.png alt=x></p>")
    }),
    ("body: raw HTML with a frame", |w, r| {
        body(w, r, "<iframe src=\"https://a.example/\"></iframe>")
    }),
    ("a picture: gone", |w, _| w.remove("content/news/p.png")),
    ("a picture: none at all", |w, _| {
        w.put("content/news/p.png", "no picture")
    }),
    ("poster file", |w, r| {
        let n = 1 + fresh(r) as u32;
        w.put("content/media/poster.png", png(n, n));
    }),
    ("static: a text", |w, r| {
        let n = fresh(r);
        w.put("content/static/a.txt", format!("text {n}"));
    }),
    ("static: one more", |w, r| {
        let n = r.below(4);
        w.put(&format!("content/static/more/{n}.txt"), "more");
    }),
    ("static: one less", |w, r| {
        let all = w.paths("content/static/", ".txt");
        if let Some(path) = r.of(&all) {
            w.remove(path);
        }
    }),
    ("static: a picture", |w, r| {
        let n = 1 + fresh(r) as u32;
        w.put("content/static/p.png", png(n, 2));
    }),
    ("static: in the way of a page", |w, _| {
        w.put("content/static/en/news/index.html", "mine")
    }),
    ("held: a sentence", |w, r| {
        let path = *r.of(&SEALED).unwrap_or(&SEALED[0]);
        let keys = *r
            .of(&[
                "draft = true",
                "embargo = 2025-02-04T08:00:00Z",
                "expires = 2025-02-06T08:00:00Z",
            ])
            .unwrap_or(&"");
        let head = format!("+++\ntitle = \"Sealed\"\ndate = 2025-01-05T08:00:00Z\n{keys}\n+++\n");
        let own = fresh(r);
        w.put(
            path,
            format!("{head}{SECRET}\n\nAnd the other seal has the number {own}.\n"),
        );
    }),
    ("held: its sentence in static/", |w, r| {
        let own = fresh(r);
        w.put("content/static/reported.txt", format!("{own}: {SECRET}\n"));
    }),
    ("held: its sentence in a story", |w, r| body(w, r, SECRET)),
    ("held: its sentence in no story", |w, _| {
        for path in w.paths("content/news/", ".md") {
            w.replace(&path, SECRET, "");
        }
    }),
    ("held: its sentence in the theme", |w, _| {
        w.append("themes/plain/templates/article.html", SECRET);
    }),
    ("held: reported no more", |w, _| {
        w.remove("content/static/reported.txt");
        w.replace("themes/plain/templates/article.html", SECRET, "");
    }),
    ("held: all in no place at all", |w, _| {
        SEALED.iter().for_each(|path| w.remove(path));
        w.remove("content/static/reported.txt");
    }),
];

/// Documents that are held back, and what one of them says.
const SEALED: [&str; 2] = ["content/speeches/sealed.md", "content/news/sealed.md"];
const SECRET: &str = "The sealed letter is opened on the last day of the month.";
