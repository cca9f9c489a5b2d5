//! Edits of settings, terms and theme; other moments and options; and what happens to files unseen.

use super::{
    Edit,
    world::{Rng, World},
};
use crate::harness::{NOW, moment};

const SITE: &str = "content/site.toml";
const ARTICLE: &str = "themes/plain/templates/article.html";
const EN: &str = "themes/plain/i18n/en.ftl";

/// Puts a line at the head of `site.toml` instead of the one with its key.
fn head(world: &mut World, line: &str) {
    let key = format!("{} =", line.split(" =").next().unwrap_or_default());
    world.without_key(SITE, &key);
    world.change(SITE, |t| format!("{line}\n{t}"));
}

/// Adds a table to `site.toml` unless it is there.
fn table(world: &mut World, table: &str, lines: &str) {
    world.change(SITE, |t| match t.contains(table) {
        true => t,
        false => format!("{t}{table}\n{lines}\n"),
    });
}

fn theme(world: &mut World, path: &str, text: &str) {
    world.append(&format!("themes/plain/{path}"), text);
}

fn fresh(rng: &mut Rng) -> u64 {
    rng.next() % 1000
}

/// The edits.
pub const EDITS: &[Edit] = &[
    ("site: name", |w, r| {
        let n = fresh(r);
        head(w, &format!("name = \"Newsroom {n}\""));
    }),
    ("site: description", |w, r| {
        let n = fresh(r);
        head(w, &format!("description = \"Says {n}\""));
    }),
    ("site: address", |w, r| {
        let n = fresh(r);
        head(w, &format!("base_url = \"https://n{n}.example\""));
    }),
    ("site: time zone", |w, _| {
        head(w, "time_zone = \"Asia/Tokyo\"")
    }),
    ("site: footer", |w, _| {
        w.put("content/pages/legal.md", "+++\ntitle = \"Legal\"\n+++\n");
        head(w, "footer = [\"/pages/legal.md\"]");
    }),
    ("site: dead fragments are warnings", |w, _| {
        table(w, "[links]", "fragments = \"warn\"")
    }),
    ("site: no footer", |w, _| head(w, "footer = []")),
    ("site: a language", |w, _| {
        table(w, "[languages.de]", "name = \"Deutsch\"");
        w.put(
            "content/news/s1.de.md",
            "+++\ntitle = \"Deutsch\"\n+++\nText.\n",
        );
    }),
    ("site: a language's name", |w, _| {
        w.replace(SITE, "Français", "French")
    }),
    ("site: a section", |w, _| {
        table(
            w,
            "[sections.news]",
            "title = \"All news\"\ndescription = \"*Daily*.\"\nkind = \"statement\"",
        )
    }),
    ("site: a taxonomy", |w, _| {
        table(w, "[taxonomies.people]", "title = \"Persons\"")
    }),
    ("site: its own taxonomy", |w, _| {
        table(w, "[taxonomies.ships]", "title = \"Ships\"");
        w.key("content/news/s2.md", "ships = [\"Aurora\"]");
    }),
    ("site: whole texts in feeds", |w, _| {
        table(w, "[feeds]", "full_text = true")
    }),
    ("site: no HTML", |w, _| {
        table(w, "[markdown]", "raw_html = false")
    }),
    ("site: a contact", |w, _| {
        table(w, "[contacts.desk]", "name = \"Desk\"\nphone = \"1\"")
    }),
    ("site: the contact's name", |w, r| {
        let n = fresh(r);
        w.replace(SITE, "Press office", &format!("Office {n}"));
    }),
    ("site: terms of downloads", |w, r| {
        let n = fresh(r);
        w.replace(SITE, "version = \"3\"", &format!("version = \"{n}\""));
        w.replace(SITE, "version = \"1\"", &format!("version = \"{n}\""));
    }),
    ("site: a mistake", |w, _| head(w, "theme = 3")),
    ("site: white space", |w, _| w.append(SITE, "\n")),
    ("terms: a name", |w, r| {
        let n = fresh(r);
        w.put(
            "content/terms.toml",
            format!("[topics.trade]\nname = \"Trade {n}\"\n[topics.t1]\nname = \"One\"\n"),
        );
    }),
    ("terms: a text", |w, r| {
        let n = fresh(r);
        w.put(
            "content/terms.toml",
            format!("[topics.trade]\nname = \"Trade\"\ntext = \"About {n}\"\n"),
        );
    }),
    ("terms: a text with links", |w, r| {
        let n = r.below(9);
        let text = format!(
            "[topics.trade]\nname = \"Trade\"\ntext = \"See [it](/news/s{n}.md) ![p](news/p.png)\"\n"
        );
        w.put("content/terms.toml", text);
    }),
    ("terms: none", |w, _| {
        w.put("content/terms.toml", "");
        w.remove("content/terms.toml");
        w.put("content/static/none.txt", "");
    }),
    ("theme: article", |w, _| {
        theme(w, "templates/article.html", "end {{ site.name }}")
    }),
    ("theme: list", |w, _| theme(w, "templates/list.html", "end")),
    ("theme: home", |w, _| {
        theme(w, "templates/home.html", "{{ page.url }}")
    }),
    ("theme: feed", |w, _| {
        w.replace("themes/plain/templates/feed.xml", "<feed>", "<feed >")
    }),
    ("theme: what is included", |w, r| {
        let n = fresh(r);
        w.put(
            "themes/plain/templates/parts/foot.html",
            format!("foot {n}\n"),
        );
    }),
    ("theme: what is included is gone", |w, _| {
        w.remove("themes/plain/templates/parts/foot.html")
    }),
    ("theme: a component", |w, r| {
        let n = fresh(r);
        w.put(
            "themes/plain/components/stamp.html",
            format!("{{% component stamp(date) %}}{n} {{{{ date }}}}{{% endcomponent stamp %}}\n"),
        );
    }),
    ("theme: a block of bodies", |w, r| {
        let n = fresh(r);
        w.replace(
            "themes/plain/components/blocks.html",
            "<video-block>",
            &format!("<video-block id=\"{n}\">"),
        );
    }),
    ("theme: the figure", |w, _| {
        w.replace(
            "themes/plain/components/blocks.html",
            "<figure>",
            "<figure class=\"x\">",
        )
    }),
    ("theme: wording", |w, r| {
        let n = fresh(r);
        w.replace(EN, "Home", &format!("Home {n}"));
    }),
    ("theme: wording of lists", |w, _| {
        w.replace(EN, "News stories", "All stories")
    }),
    ("theme: wording that is missing", |w, _| {
        w.without_key("themes/plain/i18n/fr.ftl", "home-title =")
    }),
    ("theme: a style", |w, r| {
        let n = fresh(r);
        theme(
            w,
            "assets/css/site.css",
            &format!(".x{n} {{ margin: {n}px }}"),
        );
    }),
    ("theme: an imported style", |w, r| {
        let n = fresh(r);
        theme(w, "assets/css/_base.css", &format!("p {{ margin: {n}px }}"));
    }),
    ("theme: a picture", |w, r| {
        let n = fresh(r);
        w.put(
            "themes/plain/assets/img/mark.svg",
            format!("<svg width=\"{n}\"/>"),
        );
    }),
    ("theme: one more asset", |w, r| {
        let n = r.below(3);
        w.put(&format!("themes/plain/assets/img/{n}.svg"), "<svg/>");
    }),
    ("theme: a template less", |w, r| {
        let all = w.paths("themes/plain/templates/", "l");
        if let Some(path) = r.of(&all) {
            w.remove(path);
        }
    }),
    ("theme: a template more", |w, _| {
        w.put(
            "themes/plain/templates/account/home.html",
            "ACCOUNT {{ page.title }} {{ site.name }}\n",
        );
        w.append(EN, "account-home-title = Account");
    }),
    ("theme: a mail", |w, r| {
        let n = fresh(r);
        w.put(
            "themes/plain/mail/verify.txt",
            format!("Subject: Code {n}\n\nHello {{{{ slot.email }}}}\n"),
        );
    }),
    ("theme: a filled page", |w, r| {
        let n = fresh(r);
        w.put(
            "themes/plain/pages/account.html",
            format!("{n} {{{{ slot.email }}}}"),
        );
    }),
    ("theme: a mistake", |w, _| {
        w.append(ARTICLE, "{{ article.nothing }}")
    }),
    ("theme: a mistake in a list as it may once be", |w, r| {
        let total = 1 + r.below(3);
        let short = format!("list.total == {total} and list.name == \"speeches\"");
        w.append(
            "themes/plain/templates/list.html",
            &format!("{{% if {short} %}}{{{{ list.never.there }}}}{{% endif %}}"),
        );
    }),
    (
        "theme: a mistake where nothing is shown any more",
        |w, _| {
            w.append(
                ARTICLE,
                "{% if not article.media %}{{ article.media[0].title }}{% endif %}",
            )
        },
    ),
    ("theme: a mistake in its form", |w, _| {
        w.append(ARTICLE, "{% if %}")
    }),
    ("theme: another one", |w, _| {
        for path in w.paths("themes/plain/", "") {
            let text = w.files[&path].clone();
            w.put(&path.replace("themes/plain/", "themes/other/"), text);
        }
        w.append("themes/other/templates/article.html", "other");
        head(w, "theme = \"other\"");
    }),
    ("media: a stored file", |w, r| {
        let (sum, n) = ("ab".repeat(32), 900 + r.below(200));
        w.put(&format!("media/ab/{sum}/clip-broadcast.mp4"), vec![0; n]);
    }),
    ("time passes", |w, r| w.day += 1 + r.below(4) as i64),
    ("time: to the second of a moment, or before it", |w, r| {
        let all = w.moments();
        if let Some(at) = r.of(&all) {
            w.second = at - moment(NOW).0.as_second() - w.day * 86_400 - r.below(2) as i64;
        }
    }),
    ("time is written otherwise", |w, r| {
        w.day -= 1 + r.below(4) as i64
    }),
    ("drafts: on or off", |w, _| w.drafts = !w.drafts),
    ("another base URL", |w, r| {
        let n = fresh(r);
        w.base_url = match n % 2 {
            0 => Some(format!("https://stage{n}.example")),
            _ => None,
        };
        w.touched = true;
    }),
    ("nothing at all", |_, _| ()),
    ("touch every file", |w, _| w.touched = !w.touched),
    ("edits that keep times", |w, r| {
        w.keeps_times = !w.keeps_times;
        // As long as it was.
        let path = w.article(r);
        w.replace(&path, "Text.", "Tex7.");
        w.replace(&path, "Story", "Sto7y");
    }),
    ("clear a memory", |w, _| w.forgets = !w.forgets),
];
