use super::*;
use crate::base::{diag::Severity, files::Mem, tree, yaml};

fn config() -> Config {
    let site =
        "name='N'\nbase_url='https://n.example'\ntime_zone='Europe/Brussels'\n[taxonomies.hold]\n";
    Config::load(
        &Mem::default().with(crate::config::FILE, site),
        &mut Vec::new(),
    )
    .unwrap()
}

fn found(text: &str, format: Format) -> Vec<(bool, String)> {
    let entries = match format {
        Format::Toml => tree::from_toml(text, 0).0,
        Format::Yaml => yaml::from_yaml(text, 0).unwrap(),
    };
    let judge = Judge {
        format,
        file: &"a.md".into(),
        config: &config(),
    };
    let mut diags = Vec::new();
    judge.check(entries, &mut diags);
    let reported = |d: Diagnostic| {
        let error = d.severity == Severity::Error;
        let key = &text[d.span.unwrap()];
        (
            error,
            format!("{key}: {} | {}", d.message, d.hint.unwrap_or_default()),
        )
    };
    diags.into_iter().map(reported).collect()
}

/// Each is an error, and the advice holds this line.
#[test]
fn what_holds_back_is_refused_with_the_line_to_write() {
    let date = "date = 2025-01-01\n";
    let draft = "`draft = true`";
    let embargo = "`embargo = 2025-03-01T10:00:00+01:00`";
    let expires = "`expires = 2025-03-01T10:00:00+01:00`";
    for (keys, line) in [
        ("DRAFT = true", draft),
        ("Draft = \"yes\"", draft),
        ("drfat = true", draft),
        ("drafd = true", draft),
        ("dfrat = true", draft),
        ("is_draft = true", draft),
        ("isDraft = 1", draft),
        ("\"draft \" = true", draft),
        ("\"drаft\" = true", draft), // with a Cyrillic letter
        ("wip = true", draft),
        ("published = false", draft),
        ("Published = \"no\"", draft),
        ("publish = false", draft),
        ("publised = false", draft),
        ("public = false", draft),
        ("noPublish = true", draft),
        ("do_not_publish = true", draft),
        ("unpublished = true", draft),
        ("private = true", draft),
        ("hidden = true", draft),
        ("unlisted = true", draft),
        ("visible = false", draft),
        ("headless = true", draft),
        ("render = false", draft),
        ("permalink = false", draft),
        ("eleventyExcludeFromCollections = true", draft),
        ("build = { render = \"never\" }", draft),
        ("_build = { list = \"never\" }", draft),
        ("scheduled = true", draft),
        ("status = \"draft\"", draft),
        ("Status = \"Pending review\"", draft),
        ("stauts = \"draft\"", draft),
        ("status = \"drafft\"", draft),
        ("status = 0", draft),
        ("post_status = \"future\"", draft),
        ("moderation_state = \"needs_review\"", draft),
        ("post_password = \"x\"", draft),
        ("expired = true", draft),
        ("embargoed = true", draft),
        ("Embargo = 2025-03-01T10:00:00+01:00", embargo),
        ("emabrgo = 2025-03-01T10:00:00+01:00", embargo),
        ("embargo_until = \"2025-03-01 10:00\"", embargo),
        ("embargo-ends = \"2025-03-01 10:00\"", embargo),
        ("embargo_untl = \"2025-03-01 10:00\"", embargo),
        (
            "embargo_until = \"1 March 2025\"",
            "`embargo = 2025-01-27T15:00:00+01:00`",
        ),
        ("publishDate = 2025-03-01T10:00:00+01:00", embargo),
        ("publish_date = 2025-03-01T10:00:00+01:00", embargo),
        ("publishdate = 2025-03-01T10:00:00+01:00", embargo),
        ("PUBLISH-DATE = 2025-03-01T10:00:00+01:00", embargo),
        ("pubDate = 2025-03-01T10:00:00+01:00", embargo),
        ("published_at = 1740819600", embargo),
        ("published = 2025-03-01T10:00:00+01:00", embargo),
        ("publish_on = 2025-03-01T10:00:00+01:00", embargo),
        ("publish_up = 2025-03-01T10:00:00+01:00", embargo),
        ("not_before = 2025-03-01T10:00:00+01:00", embargo),
        ("go_live_at = 2025-03-01T10:00:00+01:00", embargo),
        ("hold_until = 2025-03-01T10:00:00+01:00", embargo),
        ("visibleFrom = 2025-03-01T10:00:00+01:00", embargo),
        ("publish = { from = 2025-03-01T10:00:00+01:00 }", embargo),
        ("expiryDate = 2025-03-01T10:00:00+01:00", expires),
        ("expiry_date = 2025-03-01T10:00:00+01:00", expires),
        ("expire = 2025-03-01T10:00:00+01:00", expires),
        ("exipres = 2025-03-01T10:00:00+01:00", expires),
        ("unpublishdate = 2025-03-01T10:00:00+01:00", expires),
        ("unpublish_on = 2025-03-01T10:00:00+01:00", expires),
        ("publish_down = 2025-03-01T10:00:00+01:00", expires),
        ("published_until = 2025-03-01T10:00:00+01:00", expires),
        ("hide_after = 2025-03-01T10:00:00+01:00", expires),
        ("not_after = 2025-03-01T10:00:00+01:00", expires),
    ] {
        let reported = found(&format!("{date}{keys}\n"), Format::Toml);
        assert!(
            matches!(reported.as_slice(), [(true, text)] if text.contains(line)),
            "{keys}: {reported:?}"
        );
    }
}

#[test]
fn a_table_may_not_swallow_what_decides() {
    for (text, format, place) in [
        (
            "[extra]\ndraft = true\n",
            Format::Toml,
            "above the first line with [ ]",
        ),
        (
            "[extra.deep.er]\ndraft = true\n",
            Format::Toml,
            "above the first line with [ ]",
        ),
        (
            "[image]\nsrc = \"a\"\nembargo = 2025-03-01T10:00:00Z\n",
            Format::Toml,
            "above the first",
        ),
        (
            "[[corrections]]\nnote = \"a\"\nexpires = 2025-03-01T10:00:00Z\n",
            Format::Toml,
            "above",
        ),
        (
            "[own]\npublishDate = 2025-03-01T10:00:00Z\n",
            Format::Toml,
            "above the first",
        ),
        (
            "[extra]\nstatus = \"draft\"\n",
            Format::Toml,
            "above the first",
        ),
        (
            "extra:\n  draft: true\n",
            Format::Yaml,
            "`draft: true` without spaces before it",
        ),
        (
            "extra:\n  embargo: 2025-03-01T10:00:00Z\n",
            Format::Yaml,
            "`embargo: 2025",
        ),
        ("params:\n  Draft: yes\n", Format::Yaml, "`draft: true`"),
    ] {
        let reported = found(text, format);
        assert!(
            matches!(reported.as_slice(), [(true, text)] if text.contains(place)),
            "{text}: {reported:?}"
        );
    }
}

#[test]
fn what_says_public_or_less_than_our_own_keys_is_a_warning() {
    for keys in [
        "published = true",
        "Draft = false",
        "status = \"publish\"",
        "post_status = \"Published\"",
        "status = 1",
        "private = false",
        "publishDate = 2024-12-31",
        "pubDate = 2025-01-01T10:00:00Z",
        "[extra]\npublished = true",
        // In a table of something else, words of no certain meaning may be about that.
        "[extra.hero]\nhidden = true",
        "[extra.film]\nrelease_date = 2027-01-01",
        "[extra.map]\nvisible = false",
    ] {
        let reported = found(
            &format!("date = 2025-01-01T10:00:00Z\n{keys}\n"),
            Format::Toml,
        );
        assert!(
            matches!(reported.as_slice(), [(false, _)]),
            "{keys}: {reported:?}"
        );
    }
    // The document is held back by what Dateline reads.
    let reported = found("draft = true\npublished = false\n", Format::Toml);
    assert!(matches!(reported.as_slice(), [(false, _)]), "{reported:?}");
}

#[test]
fn harmless_keys_are_left_alone() {
    for keys in [
        "draft = true",
        "embargo = 2025-03-01T10:00:00Z",
        "expires = 2025-03-01T10:00:00Z",
        "poster = \"summit-2025.jpg\"",
        "posters = \"summit-2025.jpg\"",
        "hold = true", // a taxonomy of this office
        "status = \"on track\"",
        "status = \"in progress\"",
        "state = \"Georgia\"",
        "publisher = \"The Press\"",
        "publication = \"The Gazette\"",
        "craft = true",
        "polish = false",
        "embargo_note = \"For use after ten\"",
        "passport_expires = 2025-03-01",
        "start = 2025-03-01",
        "end_time = 2025-03-01T10:00:00Z",
        "live = true",
        "Embargo = \"\"",
        "permalink = \"/a/\"",
        "noindex = true",
        "[extra.book]\npublished = 2019",
        "[[extra.events]]\nstatus = \"draft\"\nstart = 2025-03-01\npublished = false",
        "[[shot]]\nat = \"00:00:01\"\ntext = \"x\"",
        "никто = true",
    ] {
        assert_eq!(found(&format!("{keys}\n"), Format::Toml), [], "{keys}");
    }
    for keys in ["published:", "embargo_until: ~", "expiryDate: ''"] {
        assert_eq!(found(keys, Format::Yaml), [], "{keys}");
    }
}

#[test]
fn keys_that_speak_of_something_else_are_left_alone_too() {
    for text in [
        "status = \"on track\"",
        "state = \"Portugal\"",
        "craft = \"pottery\"",
        "drift = 3",
        "experts = [\"A\"]",
        "permalink = \"/a/\"",
        "hide = [\"toc\"]",
        "internal = \"memo\"",
        "list = [\"a\"]",
        "[extra.event]\ndate = 2027-01-01\nstart = 2027-01-01",
        "published_by = \"the office\"",
        "[extra]\ntheme = \"dark\"\nweight = 1",
    ] {
        assert_eq!(found(text, Format::Toml), [], "{text}");
    }
}

#[test]
fn tables_and_words_of_other_systems_are_known() {
    let draft = "`draft = true`";
    for (text, line) in [
        ("[extra]\ndraft = true", draft),
        (
            "[extra]\nembargo = 2027-01-01T12:00:00Z",
            "`embargo = 2027-01-01T12:00:00Z`",
        ),
        (
            "[extra.deep.down]\nexpires = 2027-01-01T12:00:00Z",
            "`expires = 2027-01-01T12:00:00Z`",
        ),
        ("[[extra.links]]\nurl = \"x\"\ndraft = true", draft),
        ("DRAFT = true", draft),
        ("Draft = true", draft),
        ("draft_ = \"yes\"", draft),
        ("drfat = true", draft),
        ("is-draft = true", draft),
        (
            "emabrgo = 2027-01-01T12:00:00Z",
            "`embargo = 2027-01-01T12:00:00Z`",
        ),
        (
            "embrago = \"2027-01-01 12:00\"",
            "`embargo = 2027-01-01T12:00:00+01:00`",
        ),
        (
            "embargo_until = 2027-01-01",
            "`embargo = 2027-01-01T00:00:00+01:00`",
        ),
        (
            "press_embargo_ends = 2027-01-01T12:00:00Z",
            "`embargo = 2027-01-01T12:00:00Z`",
        ),
        (
            "embargo_until = \"Monday\"",
            "`embargo = 2025-01-27T15:00:00+01:00`",
        ),
        (
            "publishDate = 2027-01-01",
            "`embargo = 2027-01-01T00:00:00+01:00`",
        ),
        (
            "publish_date = 2027-01-01",
            "`embargo = 2027-01-01T00:00:00+01:00`",
        ),
        (
            "published_at = 2027-01-01",
            "`embargo = 2027-01-01T00:00:00+01:00`",
        ),
        (
            "published = 2027-01-01",
            "`embargo = 2027-01-01T00:00:00+01:00`",
        ),
        (
            "expiryDate = 2027-01-01",
            "`expires = 2027-01-01T00:00:00+01:00`",
        ),
        (
            "expirse = 2027-01-01",
            "`expires = 2027-01-01T00:00:00+01:00`",
        ),
        (
            "unpublish_on = 2027-01-01",
            "`expires = 2027-01-01T00:00:00+01:00`",
        ),
        (
            "Expires = 2027-01-01T12:00:00Z",
            "`expires = 2027-01-01T12:00:00Z`",
        ),
        ("published = false", draft),
        ("published = 0", draft),
        ("status = \"draft\"", draft),
        ("status = \"Pending review\"", draft),
        ("status = 0", draft),
        ("post_status = \"future\"", draft),
        ("moderation_state = \"needs work\"", draft),
        ("visibility = \"members\"", draft),
        ("private = true", draft),
        ("scheduled = \"Monday\"", draft),
        ("password = \"x\"", draft),
        ("permalink = false", draft),
        ("eleventyExcludeFromCollections = true", draft),
        ("[build]\nrender = \"never\"", draft),
        ("[_build]\nlist = \"local\"", draft),
        (
            "[extra]\ndate = 2027-01-01",
            "`date = 2027-01-01T00:00:00+01:00`",
        ),
        ("DATE = 2027-01-01", "`date = 2027-01-01T00:00:00+01:00`"),
        (
            "post_date_gmt = \"2027-01-01 10:00:00\"",
            "`date = 2027-01-01T10:00:00+01:00`",
        ),
        ("archived = true", draft),
        ("brouillon = true", draft),
        ("en_brouillon = \"oui\"", draft),
        ("Entwurf = true", draft),
        ("مسودة = true", draft),
        ("publié = false", draft),
        ("veröffentlicht = false", draft),
        ("live = false", draft),
        ("isOnline = false", draft),
        ("enabled = false", draft),
        ("approved = 0", draft),
        ("disabled = true", draft),
        ("released = false", draft),
        ("not_for_release = true", draft),
        ("not-ready = true", draft),
        ("publish_later = true", draft),
        ("draft_status = true", draft),
        ("incomplete = true", draft),
        ("spiked = true", draft),
        ("access = \"members\"", draft),
        ("excludeFromCollections = true", draft),
        ("status = \"WIP\"", draft),
        ("status = \"brouillon\"", draft),
        ("status = \"draft (second version)\"", draft),
        ("status = \"embargoed until Monday\"", draft),
        ("status = \"in preparation\"", draft),
        ("[wordpress]\nstatus = \"private\"", draft),
        ("[ghost.post]\nvisibility = \"members\"", draft),
        ("[drupal]\nstatus = 0", draft),
        ("[extra.own.table]\nstatus = \"draft\"", draft),
        ("[extra.own.table]\narchived = true", draft),
        ("[image]\nsrc = \"a\"\nprivate = true", draft),
        (
            "goes_live = 2027-01-01",
            "`embargo = 2027-01-01T00:00:00+01:00`",
        ),
        (
            "live_on = 2027-01-01",
            "`embargo = 2027-01-01T00:00:00+01:00`",
        ),
        (
            "launch_date = 2027-01-01",
            "`embargo = 2027-01-01T00:00:00+01:00`",
        ),
        (
            "valid_from = 2027-01-01",
            "`embargo = 2027-01-01T00:00:00+01:00`",
        ),
        (
            "Sperrfrist = 2027-01-01",
            "`embargo = 2027-01-01T00:00:00+01:00`",
        ),
        (
            "date_de_publication = 2027-01-01",
            "`embargo = 2027-01-01T00:00:00+01:00`",
        ),
        (
            "validUntil = 2027-01-01",
            "`expires = 2027-01-01T00:00:00+01:00`",
        ),
        (
            "archive_on = 2027-01-01",
            "`expires = 2027-01-01T00:00:00+01:00`",
        ),
        (
            "sunset = 2027-01-01",
            "`expires = 2027-01-01T00:00:00+01:00`",
        ),
    ] {
        let dated = format!("date = 2025-01-27T15:00:00+01:00\n{text}");
        let reported = found(&dated, Format::Toml);
        assert!(
            matches!(reported.as_slice(), [(true, hint)] if hint.contains(line)),
            "{text}: {reported:?}"
        );
    }
}

#[test]
fn what_a_file_is_called_holds_nothing_back() {
    for path in [
        "content/news/_drafts/a.md",
        "content/news/Drafts/a.md",
        "content/drafts/a.md",
        "content/news/unpublished/2025/a.md",
        "content/news/a.draft.md",
        "content/news/a.draft.fr.md",
        "content/news/DRAFT-visit.md",
        "content/news/visit_EMBARGOED.md",
        "content/news/_visit.md",
    ] {
        assert!(meant_as_draft(path).is_some(), "{path}");
    }
    for path in [
        "content/news/draft-budget.md",
        "content/news/embargo/arms.md",
        "content/news/2025/a.md",
    ] {
        assert_eq!(meant_as_draft(path), None, "{path}");
    }
}

#[test]
fn a_key_below_the_front_matter_is_not_passed_over() {
    let reported = |format, body: &str| {
        let config = config();
        let judge = Judge {
            format,
            file: &"a.md".into(),
            config: &config,
        };
        let mut diags = Vec::new();
        let entries = tree::from_toml("date = 2025-01-01", 0).0;
        judge.below(&entries, body, 0, &mut diags);
        diags.into_iter().map(|d| d.message).collect::<Vec<_>>()
    };
    for body in [
        "draft = true\nText.",
        "\n\ndraft: true\n\nText.",
        "slug = \"a\"\nembargo = 2027-01-01T10:00:00Z\n",
        "---\ntitle: A\npublished: false\n---\n",
        "expires: 2027-01-01 10:00",
        "status_post = \"x\"\n\nDraft = true",
    ] {
        assert_eq!(reported(Format::Toml, body).len(), 1, "{body}");
        assert_eq!(reported(Format::Yaml, body).len(), 1, "{body}");
    }
    for body in [
        "Text.\n\ndraft = true",
        "Embargo: 2027-01-01 10:00",
        "Published: no",
        "draft = false",
        "embargo: noon, we hope",
        "published = 2024-12-31",
        "mood: calm",
        "https://example.org",
    ] {
        assert!(reported(Format::Toml, body).is_empty(), "{body}");
    }
}

proptest::proptest! {
    #[test]
    fn no_capitals_or_separators_hide_a_key(
        at in 0..3usize,
        capitals in 0u8..=255,
        mark in "[-_ .]?",
    ) {
        let own = ["draft", "embargo", "expires"][at];
        let name: String = own.chars().enumerate().map(|(i, c)| match capitals >> (i % 8) & 1 {
            1 => c.to_ascii_uppercase(),
            _ => c,
        }).collect();
        let value = ["true", "2027-01-01T00:00:00Z", "2027-01-01T00:00:00Z"][at];
        let text = format!("[extra]\n\"{}{mark}{}\" = {value}", &name[..3], &name[3..]);
        let reported = found(&text, Format::Toml);
        proptest::prop_assert!(matches!(reported.as_slice(), [(true, _)]), "{:?}", reported);
    }

    #[test]
    fn never_panics(key in "(draft|embargo|Publish|_|-|until|\\PC){0,12}", table in "(publish|\\PC){0,3}") {
        let _ = words::meaning(&key, &table);
    }
}
