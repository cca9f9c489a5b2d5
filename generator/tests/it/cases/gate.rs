//! Nothing of a document that is not published stands in what goes out.

use crate::harness::{Built, Newsroom, png};

const TITLE: &str = "Ministers meet “quietly” in Évora";
const BODY: &str = "The *delegation* will arrive on [Monday](https://example.org) — before noon.\n\nNo one else knows of this plan yet.";

const HELD: [(&str, &str); 4] = [
    ("draft = true", "draft"),
    ("embargo = 2025-02-01T12:00:01Z", "not out yet"),
    ("date = 2025-02-01T12:00:01Z", "not out yet"),
    ("expires = 2025-02-01T12:00:00Z", "expired"),
];

/// A newsroom with a story that is held back.
fn room(keys: &str) -> Newsroom {
    let date = if keys.starts_with("date") {
        ""
    } else {
        "date = 2025-01-10T10:00:00Z\n"
    };
    let text = format!(
        "+++\ntitle = \"{TITLE}\"\n{date}{keys}\nlead = \"Talks behind closed doors\"\nslug = \"evora-talks\"\naliases = [\"/former/evora/\"]\nimage = {{ src = \"handshake-evora.png\", alt = \"Two ministers shaking hands at the door\" }}\n+++\n{BODY}\n"
    );
    Newsroom::new()
        .story(
            "news/open.md",
            "2025-01-05T10:00:00Z",
            "",
            "Nothing to see here for anybody.",
        )
        .file("content/news/evora.md", text)
        .file("content/news/handshake-evora.png", png(31, 7))
}

fn with(text: &str) -> Newsroom {
    room("draft = true").file("content/static/press/kit.html", text)
}

/// The leak that is reported, of one finding.
fn leak(room: &Newsroom) -> String {
    let built = room.build();
    let errors = built.errors();
    let text = |path: &str| {
        room.files
            .get(path)
            .map(|b| String::from_utf8_lossy(b).into_owned())
    };
    let planted = text("content/static/press/kit.html").or(text("content/static/a.txt"));
    assert_eq!(errors.len(), 1, "{planted:?}\n{}", built.report());
    format!("{}: {}", errors[0].file, errors[0].text)
}

fn good(room: &Newsroom) -> Built {
    room.good()
}

#[test]
fn a_newsroom_that_holds_something_back_builds() {
    for (keys, _) in HELD {
        good(&room(keys));
    }
}

#[test]
fn words_of_every_sort_of_held_document_are_found() {
    for (keys, why) in HELD {
        let reported = leak(&room(keys).file(
            "content/static/a.txt",
            "… the delegation will arrive on Monday, before noon!",
        ));
        assert!(
            reported.starts_with("content/news/evora.md: words of this "),
            "{reported}"
        );
        assert!(
            reported.contains(why) && reported.contains("it stands in site/a.txt"),
            "{reported}"
        );
        assert!(
            reported.contains("“The delegation will arrive on Monday — before noon”"),
            "{reported}"
        );
    }
}

#[test]
fn it_is_found_in_every_encoding() {
    for text in [
        "ministers meet quietly in évora",
        "<h1>Ministers meet &ldquo;quietly&rdquo; in &Eacute;vora</h1>",
        "Ministers meet &#8220;quietly&#8221; in &#201;vora",
        "<p>MINISTERS meet <em class=\"x\">“quietly”</em>\n   in <b>Évora</b>.",
        "{\"title\":\"Ministers meet \\u201cquietly\\u201d in \\u00c9vora\"}",
        "{\"html\":\"\\nMinisters meet \\\"quietly\\\"\\nin \\u003cb\\u003eÉvora<\\/b>\"}",
        "<title>Ministers meet &amp;ldquo;quietly&amp;rdquo; in &amp;#201;vora</title>",
        "<content>&lt;p&gt;Ministers meet &lt;em&gt;quietly&lt;/em&gt; in Évora</content>",
        "?q=Ministers%20meet%20quietly%20in%20%C3%89vora",
        "Ministers meet *quietly* in E\u{301}vora",
        "Ministers\u{a0}meet &nbsp;quietly\u{202f}in&nbsp;Évora",
        "<img alt='Ministers meet quietly in Évora' src=x>",
        "// if (a < b) say(\"Ministers meet quietly in Évora\")",
        "&#77;inisters m&#101;et quietly in Évora",
        "Min\u{ad}is\u{ad}ters me\u{ad}et quiet\u{ad}ly in Évo\u{ad}ra",
        "Min&shy;is&shy;ters m&#173;eet qui\u{200b}etly in É\u{2060}vora",
        "Mi\\u00adnis\\u00adters me%C2%ADet qu%C2%ADietly in É&#xad;vora",
    ] {
        let reported = leak(&with(text));
        assert!(
            reported.contains("the title of this draft would be public"),
            "{text}: {reported}"
        );
    }
}

#[test]
fn it_is_found_in_files_of_other_encodings() {
    let text = "\u{feff}Ministers meet quietly in Évora";
    let wide = |order: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(order).collect::<Vec<u8>>();
    let narrow = text.chars().skip(1).map(|c| c as u8).collect::<Vec<u8>>();
    for bytes in [wide(u16::to_le_bytes), wide(u16::to_be_bytes), narrow] {
        let reported = leak(&room("draft = true").file("content/static/a.txt", bytes.clone()));
        assert!(
            reported.contains("the title of this draft"),
            "{bytes:?}: {reported}"
        );
    }
}

#[test]
fn a_word_that_is_broken_in_its_source_is_found_whole() {
    let room = |text: &str| {
        Newsroom::new()
            .story(
                "news/a.md",
                "2025-01-01T10:00:00Z",
                "draft = true",
                "The Donau\u{ad}dampf\u{ad}schiff is late again, says the captain.",
            )
            .file("content/static/a.txt", text)
    };
    leak(&room("the donaudampfschiff is late again says the captain"));
    leak(&room(
        "the donaudampf\u{ad}schiff is late again says the captain",
    ));
}

#[test]
fn every_part_of_a_document_is_found() {
    for (text, what) in [
        (TITLE, "the title"),
        ("Talks behind closed doors", "the lead"),
        ("No one else knows of this plan yet", "words"),
        ("two ministers shaking hands at the door", "words"),
        (
            "<a href=\"https://news.example/en/news/2025/01/10/evora-talks/\">",
            "an address",
        ),
        ("<a href=/en/news/2025/01/10/evora-talks>", "an address"),
        ("see /former/evora/.", "an address"),
        ("<img src=\"handshake-evora.png\">", "the name of a file"),
        ("/files/news/handshake-evora.png?x", "the name of a file"),
    ] {
        let reported = leak(&with(text));
        assert!(
            reported.contains(&format!("{what} of this draft would be public")),
            "{text}: {reported}"
        );
    }
}

#[test]
fn what_is_only_alike_is_no_leak() {
    for text in [
        "Ministers meet in Évora quietly",
        "Ministers meet. <p>Quietly</p><p>in Évora",
        "/en/news/2025/01/10/evora-talks-and-more/",
        "/fr/news/2025/01/10/evora-talks/",
        "/former/evora-old/",
        "a-handshake-evora.png handshake-evora.png2",
        "The delegation will arrive on Tuesday — before noon.",
    ] {
        good(&with(text));
    }
}

#[test]
fn it_is_found_in_names_of_outputs() {
    let reported = leak(
        &room("draft = true").file("content/static/ministers-meet-quietly-in-évora.pdf", "%PDF"),
    );
    assert!(
        reported.contains("it stands in site/ministers-meet-quietly-in-évora.pdf"),
        "{reported}"
    );
}

#[test]
fn a_file_is_found_under_any_name() {
    let held = room("draft = true");
    let reported = leak(&held.clone().file("content/static/x.png", png(31, 7)));
    assert!(
        reported.contains("a file of this draft would be public"),
        "{reported}"
    );
    assert!(reported.contains("site/x.png"), "{reported}");
    let shown = held.file("content/news/x.png", png(31, 7));
    good(&shown.story("news/other.md", "2025-01-06T10:00:00Z", "", "![x](x.png)"));
}

#[test]
fn dossiers_are_searched_for_shots_captions_transcripts_names_and_keys() {
    let room = |text: &str| {
        Newsroom::new()
            .dossier(
                "closed-doors",
                "2025-03-01T10:00:00Z",
                "transcript = \"closed.transcript.md\"\ncaptions = [{ lang = \"en\", file = \"closed-doors.en.vtt\" }]\nshot = [{ at = \"00:00:03\", text = \"Wide shot of the closed door\", quote = \"We have nothing more to say\" }]",
                "A film about the long night in the castle.",
            )
            .file("content/media/closed-doors.en.vtt", "WEBVTT\n\n00:01.000 --> 00:02.000 align:start\n<v Ada>Good evening to all of you\n")
            .file("content/media/closed.transcript.md", "What was said **behind the door** stays there.\n")
            .file("content/static/a.txt", text)
    };
    let sum = "ab".repeat(32);
    for text in [
        "a film about the long night in the castle",
        "wide shot of the closed door",
        "we have nothing more to say",
        "good evening to all of you",
        "what was said behind the door stays there",
        "/api/media/closed-doors-broadcast.mp4",
        "/en/video/closed-doors/",
        "/files/media/closed-doors.en.vtt",
        &sum,
        &format!("ab/{sum}/x.mp4"),
    ] {
        let reported = leak(&room(text));
        assert!(
            reported.starts_with("content/media/closed-doors.md"),
            "{text}: {reported}"
        );
    }
    good(&room("Nothing."));
}

#[test]
fn scripts_without_spaces_and_without_ascii_are_searched_too() {
    let room = |text: &str| {
        let keys = "draft = true\nlead = \"يصل الوفد إلى المدينة صباحا\"";
        Newsroom::new()
            .story("news/a.md", "2025-01-01T10:00:00Z", keys, "外相会談は来週リスボンで開かれる。\n\nДелегация прибудет в столицу утром. État âgé où été ïñü çà.")
            .file("content/static/a.txt", text)
    };
    for text in [
        "…この外相会談は来週リスボンで開かれる予定",
        "…この外相会談は来週リスホ\u{3099}ンて\u{3099}開かれる予定",
        "<p>يصل الوفد <b>إلى</b> المدينة\nصباحا</p>",
        "\\u064a\\u0635\\u0644 \\u0627\\u0644\\u0648\\u0641\\u062f \\u0625\\u0644\\u0649 \\u0627\\u0644\\u0645\\u062f\\u064a\\u0646\\u0629 \\u0635\\u0628\\u0627\\u062d\\u0627",
        "ДЕЛЕГАЦИЯ прибудет в столицу УТРОМ",
        "&#1044;&#1077;&#1083;&#1077;&#1075;&#1072;&#1094;&#1080;&#1103; &#1087;&#1088;&#1080;&#1073;&#1091;&#1076;&#1077;&#1090; &#1074; &#1089;&#1090;&#1086;&#1083;&#1080;&#1094;&#1091; &#1091;&#1090;&#1088;&#1086;&#1084;",
    ] {
        assert!(
            leak(&room(text)).contains("it stands in site/a.txt"),
            "{text}"
        );
    }
    good(&room("外相会談は来週"));
}

#[test]
fn what_a_published_document_says_is_no_leak() {
    let text = "Ministers meet quietly in Évora";
    let say = |keys: &str, body: &str| {
        with(text).story("news/other.md", "2025-01-06T10:00:00Z", keys, body)
    };
    good(&say("", "As we said: ministers meet *quietly* in Évora."));
    good(&say("lead = \"Ministers meet quietly in Évora\"", ""));
    good(&say("topics = [\"Ministers meet quietly in Évora\"]", ""));
    good(
        &say(
            "image = { src = \"/p.png\", alt = \"Ministers meet quietly in Évora\" }",
            "",
        )
        .file("content/static/p.png", png(3, 3)),
    );
    // Who is held back too says nothing.
    let waits = "embargo = 2025-03-01T10:00:00Z";
    let built = say(waits, "Ministers meet quietly in Évora.").build();
    assert_eq!(built.errors().len(), 2, "{}", built.report());
}

#[test]
fn names_of_things_may_stand_in_the_theme() {
    let article = "themes/plain/templates/article.html";
    let said = |words: &str| {
        let room = Newsroom::new();
        let text = String::from_utf8(room.files[article].clone()).unwrap();
        room.file(article, format!("{text}\n<p>{words}</p>\n"))
            .story("news/open.md", "2025-01-05T10:00:00Z", "", "")
    };
    let draft = |title: &str| {
        format!("+++\ntitle = \"{title}\"\ndate = 2025-01-06T10:00:00Z\ndraft = true\n+++\n")
    };
    good(&said("Conditions of use").file("content/news/x.md", draft("Conditions of use")));
    let long = "The great hall reopens to visitors in spring";
    let reported = leak(&said(long).file("content/news/x.md", draft(long)));
    assert!(
        reported.contains("it stands in site/en/news/2025/01/05/open/index.html"),
        "{reported}"
    );
    // What no reader will see is no leak.
    good(&said(&format!("{{# {long} #}}")).file("content/news/x.md", draft(long)));
}

#[test]
fn an_expired_address_stands_in_rules_for_410_alone() {
    let expired = "expires = 2025-01-20T00:00:00Z";
    let built = good(&room(expired));
    assert!(built.output("edge/nginx.conf").contains("evora-talks"));
    // The slug of most stories is their title.
    let titled = Newsroom::new().file(
        "content/news/a-secret-merger.md",
        "+++\ntitle = \"A secret merger\"\ndate = 2025-01-10\nexpires = 2025-01-20T00:00:00Z\n+++\n",
    );
    assert!(
        good(&titled)
            .output("edge/Caddyfile")
            .contains("a-secret-merger")
    );
    let reported =
        leak(&room(expired).file("content/static/a.txt", "/en/news/2025/01/10/evora-talks/"));
    assert!(
        reported.contains("an address of this expired document"),
        "{reported}"
    );
}

#[test]
fn what_will_leak_is_told_today() {
    let room = |keys: &str, text: &str| {
        Newsroom::new()
            .story(
                "news/a.md",
                "2025-01-10T10:00:00Z",
                keys,
                "The old tower is open to everyone again.",
            )
            .file("content/static/a.txt", text)
    };
    let text = "The old tower is open to everyone again";
    good(&room("", text));
    let reported = leak(&room("expires = 2025-03-01T10:00:00+01:00", text));
    assert!(
        reported
            .contains("words of this expired document would be public from 2025-03-01 10:00:00 on"),
        "{reported}"
    );
    good(&room(
        "expires = 2025-03-01T10:00:00+01:00",
        "Nothing of it.",
    ));
    // Excused by another, as long as that is there.
    let other = |keys: &str| {
        room("expires = 2025-03-01T10:00:00Z", text).story(
            "news/b.md",
            "2025-01-10T10:00:00Z",
            keys,
            text,
        )
    };
    good(&other(""));
    let built = other("draft = true").build();
    assert_eq!(built.errors().len(), 2, "{}", built.report());
    assert!(
        built
            .errors()
            .iter()
            .all(|e| e.text.contains("from 2025-03-01")),
        "{}",
        built.report()
    );
    let built = other("expires = 2025-04-01T10:00:00Z").build();
    assert_eq!(built.errors().len(), 2, "{}", built.report());
    assert!(
        built
            .errors()
            .iter()
            .all(|e| e.text.contains("from 2025-04-01")),
        "{}",
        built.report()
    );
}

#[test]
fn a_file_that_comes_out_later_is_searched_today() {
    let room = |keys: &str| {
        Newsroom::new()
            .story(
                "news/a.md",
                "2025-01-10T10:00:00Z",
                "embargo = 2025-03-01T10:00:00Z",
                "[Data](numbers.csv)",
            )
            .story(
                "news/b.md",
                "2025-01-10T10:00:00Z",
                keys,
                "A secret that nobody may hear about.",
            )
            .file(
                "content/news/numbers.csv",
                "1,a secret that nobody may hear about\n",
            )
    };
    let reported = leak(&room("draft = true"));
    assert!(
        reported.contains("content/news/b.md") && reported.contains("from 2025-03-01"),
        "{reported}"
    );
    good(&room(""));
    good(&room("embargo = 2025-02-20T10:00:00Z"));
}

#[test]
fn many_leaks_of_one_document_are_one_finding() {
    let copy = format!("{TITLE}\n\n{BODY}");
    let reported = leak(
        &with(&copy)
            .file("content/static/b.txt", copy.clone())
            .file("content/static/c.txt", copy),
    );
    assert!(reported.contains("it stands in site/b.txt"), "{reported}");
    assert!(
        reported.contains("something of it stands in site/c.txt, site/press/kit.html too"),
        "{reported}"
    );
}
