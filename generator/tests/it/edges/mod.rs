//! What every file of `dist/edge/` answers, as whoever reads it understands it.
//!
//! The readers beside this file know the rules of their program and nothing of how the files are written.

mod caddy;
mod hosts;
mod nginx;

use dateline::base::path;
use dateline_contract::edge::{Answer, EdgeRules, RequestPattern};
use proptest::prelude::*;

use crate::harness::{Built, Newsroom};

/// What is answered to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    Moved(String),
    /// 410, with this page.
    Gone(String),
    /// Whatever lies there.
    Nothing,
}

/// A request: its path and query as they are sent.
#[derive(Clone, Debug)]
struct Request {
    path: String,
    query: Option<String>,
}

impl Request {
    fn parse(text: &str) -> Self {
        let (path, query) = match text.split_once('?') {
            Some((path, query)) => (path, Some(query.to_owned())),
            None => (text, None),
        };
        let path = path.to_owned();
        Self { path, query }
    }

    fn decoded(&self) -> String {
        path::decode(&self.path).unwrap()
    }
}

/// As the neutral file says it.
fn neutral(built: &Built, request: &Request) -> Said {
    let rules = EdgeRules::from_json(&built.outputs["edge/headers.json"]).unwrap();
    match rules.answer(&request.decoded(), request.query.as_deref()) {
        Some(Answer::Moved(to)) => Said::Moved(to.to.clone()),
        Some(Answer::Gone) if request.path.starts_with("/fr/") => {
            Said::Gone("/fr/410.html".to_owned())
        }
        Some(Answer::Gone) => Said::Gone("/410.html".to_owned()),
        None => Said::Nothing,
    }
}

/// Each format by name, where it can say such things at all.
fn all(built: &Built, request: &Request) -> Vec<(&'static str, Said)> {
    let (path, query) = (request.decoded(), request.query.as_deref());
    let redirects = built.output("edge/_redirects");
    let hosts = |host| hosts::answer(redirects, host, &request.path, query);
    let mut all = vec![
        (
            "nginx",
            nginx::answer(built.output("edge/nginx.conf"), &path, query),
        ),
        (
            "Caddy",
            caddy::answer(built.output("edge/Caddyfile"), &path, query),
        ),
    ];
    let said = query.is_none_or(|q| !redirects.contains(&format!("?{q} ")));
    if said {
        all.push(("Netlify", hosts(hosts::Host::Netlify)));
    }
    if query.is_none() {
        // It passes over what is gone.
        let said = match neutral(built, request) {
            Said::Gone(_) => Said::Nothing,
            said => said,
        };
        if hosts(hosts::Host::Cloudflare) != said {
            all.push(("Cloudflare", hosts(hosts::Host::Cloudflare)));
        }
    }
    all
}

fn alike(built: &Built, text: &str) -> Said {
    let request = Request::parse(text);
    let said = neutral(built, &request);
    for (format, other) in all(built, &request) {
        assert_eq!(other, said, "{format} about {text}");
    }
    said
}

/// Every character that is special to one of them.
const ODD: &str = "/a*b:c d$e{f}g\"h'i;j#k%l~m(n)o[p]q|r^s`t&u=v+w@x,y!z/é/أخبار";

fn odd() -> String {
    path::encode(ODD).replace('*', "%2A")
}

fn room() -> Newsroom {
    let redirects = format!(
        "gone = [\"/en/gone/\", \"/fr/parti/\", \"/fr/blog/*\", \"/story.asp?id=9\", \"/odd{odd}\"]\n\
         [redirects]\n\
         \"/story.asp?id=1\" = \"/news/a.md\"\n\
         \"/story.asp?q=$x{{y}}&z='\" = \"/news/a.md\"\n\
         \"/?p=12\" = \"/news/a.md\"\n\
         \"/old/*\" = \"https://example.org/a?b=$c{{d}}#e\"\n\
         \"/old/deep/*\" = \"/news/b.md#part\"\n\
         \"/old/deep/page.html\" = \"/en/\"\n\
         \"{odd}\" = \"/news/b.md\"\n",
        odd = odd()
    );
    Newsroom::new()
        .story(
            "news/a.md",
            "2025-01-05",
            "aliases = [\"/former/*\", \"/former/:id/x\", \"/a b/100%25/\"]",
            "",
        )
        .story("news/b.md", "2025-01-06", "", "## Part\n")
        .file("content/redirects.toml", redirects)
}

#[test]
fn every_format_says_the_same() {
    let built = room().good();
    let moved = |to: &str| Said::Moved(to.to_owned());
    let (a, b) = (
        moved("/en/news/2025/01/05/a/"),
        moved("/en/news/2025/01/06/b/"),
    );
    let gone = |page: &str| Said::Gone(page.to_owned());
    let elsewhere = moved("https://example.org/a?b=%24c%7Bd%7D#e");
    for (request, said) in [
        ("/former/%2A/", &a),
        ("/former/*", &a),
        ("/former/x", &Said::Nothing),
        ("/former/:id/x/", &a),
        ("/former/7/x/", &Said::Nothing),
        ("/a%20b/100%25/", &a),
        ("/story.asp?id=1", &a),
        ("/story.asp?q=$x{y}&z=%27", &a),
        ("/story.asp?id=2", &Said::Nothing),
        ("/story.asp", &Said::Nothing),
        ("/?p=12", &a),
        ("/", &Said::Nothing),
        ("/old", &elsewhere),
        ("/old/", &elsewhere),
        ("/old/x/y.html", &elsewhere),
        ("/older", &Said::Nothing),
        ("/old/deep", &moved("/en/news/2025/01/06/b/#part")),
        ("/old/deep/x", &moved("/en/news/2025/01/06/b/#part")),
        ("/old/deep/page.html", &moved("/en/")),
        (&odd(), &b),
        (&format!("/odd{}", odd()), &gone("/410.html")),
        ("/en/gone", &gone("/410.html")),
        ("/story.asp?id=9", &gone("/410.html")),
        ("/fr/parti/", &gone("/fr/410.html")),
        ("/fr/blog/2012/x", &gone("/fr/410.html")),
        ("/fr/blogs", &Said::Nothing),
    ] {
        assert_eq!(&alike(&built, request), said, "{request}");
    }
}

#[test]
fn what_a_format_cannot_say_stands_in_its_file() {
    let built = Newsroom::new()
        .story("news/a.md", "2025-01-05", "", "")
        .file(
            "content/redirects.toml",
            "[redirects]\n\"/x?123\" = \"/news/a.md\"\n",
        )
        .good();
    let text = built.output("edge/_redirects");
    assert!(
        text.starts_with("# For Netlify and Cloudflare Pages."),
        "{text}"
    );
    assert!(text.contains("# cannot be said here: /x?123 "), "{text}");
}

/// A piece of a path in which anything may stand.
fn name() -> impl Strategy<Value = String> {
    "[a-cé*:${}\"'%;~ ()|^+&=-]{1,4}".prop_filter("a name that is served", |n| !n.starts_with('.'))
}

fn below_former() -> impl Strategy<Value = String> {
    let names = prop::collection::vec(name(), 1..3);
    (names, any::<bool>()).prop_map(|(names, slash)| {
        let path = path::encode(&format!("/{}", names.join("/"))).replace('*', "%2A");
        path + if slash { "/" } else { "" }
    })
}

fn rules() -> impl Strategy<Value = Vec<(String, u8)>> {
    let asked = (
        below_former(),
        prop::sample::select(vec!["", "", "/*", "?id=1", "?id=$2&n={x}"]),
    );
    let asked = asked.prop_map(|(path, end)| match end {
        "/*" => format!("{}/*", path.trim_end_matches('/')),
        end => path + end,
    });
    prop::collection::vec((asked, 0u8..4), 1..8)
}

proptest! {
    #![proptest_config(crate::properties::config())]

    #[test]
    fn all_formats_answer_alike(
        rules in rules(),
        others in prop::collection::vec((below_former(), prop::sample::select(vec!["", "?id=1", "?id=2"])), 4),
    ) {
        let mut seen = std::collections::BTreeSet::new();
        let (mut gone, mut lines) = (Vec::new(), String::new());
        for (asked, to) in &rules {
            let parsed: RequestPattern = asked.parse().unwrap();
            if !seen.insert((parsed.path.trim_end_matches('/').to_owned(), parsed.query, parsed.below)) {
                continue;
            }
            match to {
                0 => gone.push(asked.clone()),
                1 => lines += &format!("{asked:?} = \"/news/a.md\"\n"),
                2 => lines += &format!("{asked:?} = \"https://example.org/{{x}}$y\"\n"),
                _ => lines += &format!("{asked:?} = \"/en/\"\n"),
            }
        }
        let built = Newsroom::new()
            .story("news/a.md", "2025-01-05", "", "")
            .file("content/redirects.toml", format!("gone = {gone:?}\n[redirects]\n{lines}"))
            .build();
        prop_assert!(built.errors().is_empty(), "{}", built.report());
        let asked = rules.iter().map(|(asked, _)| asked.replace("/*", "/x"));
        let bare = rules.iter().map(|(asked, _)| asked.trim_end_matches("/*").trim_end_matches('/').to_owned());
        let others = others.iter().map(|(path, query)| format!("{path}{query}"));
        for request in asked.chain(bare).chain(others) {
            if !request.is_empty() {
                alike(&built, &request);
            }
        }
    }
}
