use super::*;
use crate::base::{tree, yaml};

fn judged(format: Format, text: &str) -> Vec<Finding> {
    let entries = match format {
        Format::Toml => {
            let (entries, problems) = tree::from_toml(text, 0);
            assert_eq!(problems, [], "{text}");
            entries
        }
        Format::Yaml => yaml::from_yaml(text, 0).unwrap_or_default(),
    };
    let zone = TimeZone::get("Europe/Brussels").unwrap();
    let judge = Judge {
        format,
        zone: &zone,
        date: Date::parse("2025-01-27T15:00:00+01:00", &zone).ok(),
    };
    let mut found = Vec::new();
    judge.entries(&entries, 0, &mut found);
    found
}

fn one(format: Format, text: &str) -> (Severity, String) {
    let mut found = judged(format, text);
    assert_eq!(found.len(), 1, "{text}: {} findings", found.len());
    let found = found.remove(0);
    (found.severity, found.hint)
}

#[test]
fn whatever_holds_back_is_an_error_with_the_line_to_write() {
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
    ] {
        let (severity, hint) = one(Format::Toml, text);
        assert_eq!(severity, Severity::Error, "{text}");
        assert!(hint.contains(line), "{text}: {hint}");
        let says_where = hint.contains("above the first line");
        assert_eq!(says_where, text.starts_with('['), "{text}: {hint}");
    }
}

#[test]
fn yaml_gets_lines_in_yaml() {
    let (_, hint) = one(Format::Yaml, "extra:\n  draft: true\n");
    assert!(
        hint.contains("`draft: true` without spaces before it"),
        "{hint}"
    );
    let (_, hint) = one(Format::Yaml, "publishDate: 2027-01-01\n");
    assert!(
        hint.contains("`embargo: 2027-01-01T00:00:00+01:00`"),
        "{hint}"
    );
}

#[test]
fn whatever_says_public_is_a_warning() {
    for text in [
        "published = true",
        "status = \"publish\"",
        "visibility = \"public\"",
        "Draft = false",
        "private = \"no\"",
        "embargoed = false",
        // Not after the document's own date.
        "publishDate = 2025-01-27T15:00:00+01:00",
        "pubDate = 2024-12-31",
    ] {
        assert_eq!(one(Format::Toml, text).0, Severity::Warning, "{text}");
    }
}

#[test]
fn keys_of_another_sense_are_left_alone() {
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
        "render = \"always\"",
    ] {
        let found = judged(Format::Toml, text);
        assert!(
            found.iter().all(|f| f.severity == Severity::Warning),
            "{text}: {}",
            found[0].hint
        );
    }
}

proptest::proptest! {
    #[test]
    fn no_capitals_or_separators_hide_a_key(
        at in 0..3usize,
        capitals in 0u8..=255,
        mark in "[-_ .]?",
    ) {
        let name: String = OWN[at].0.chars().enumerate().map(|(i, c)| match capitals >> (i % 8) & 1 {
            1 => c.to_ascii_uppercase(),
            _ => c,
        }).collect();
        let value = ["true", "2027-01-01T00:00:00Z", "2027-01-01T00:00:00Z"][at];
        let text = format!("[extra]\n\"{}{mark}{}\" = {value}", &name[..3], &name[3..]);
        proptest::prop_assert_eq!(one(Format::Toml, &text).0, Severity::Error);
    }
}
