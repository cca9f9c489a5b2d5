use super::*;

const TAG: &str = "\"abc\"";
const BEFORE: &str = "Mon, 27 Jan 2025 17:59:59 GMT";
const SAME: &str = "Mon, 27 Jan 2025 18:00:00 GMT";
const OTHER: &str = "\"other\"";

fn asked(change: impl FnOnce(&mut Conditions)) -> Outcome {
    let mut conditions = Conditions::default();
    change(&mut conditions);
    let current = Current {
        etag: TAG,
        modified: "2025-01-27T18:00:00.7Z".parse().ok(),
        size: 100,
    };
    evaluate(&conditions, current)
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[test]
fn if_none_match_compares_weakly_and_reads_lists() {
    for list in [
        TAG,
        "W/\"abc\"",
        "*",
        "\"x\", \"abc\"",
        "\"x,y\",W/\"abc\"",
        ", \"abc\"",
    ] {
        assert_eq!(
            asked(|c| c.if_none_match = some(list)),
            Outcome::NotModified,
            "{list}"
        );
    }
    for list in [
        "",
        "abc",
        OTHER,
        "\"abc",
        "\"x,\"abc\"",
        "\"\"",
        "W/",
        "w/\"abc\"",
    ] {
        assert_eq!(
            asked(|c| c.if_none_match = some(list)),
            Outcome::Whole,
            "{list}"
        );
    }
}

#[test]
fn if_match_compares_strongly() {
    assert_eq!(
        asked(|c| c.if_match = some("\"x\", \"abc\"")),
        Outcome::Whole
    );
    assert_eq!(asked(|c| c.if_match = some("*")), Outcome::Whole);
    for list in ["W/\"abc\"", OTHER, "nonsense"] {
        assert_eq!(
            asked(|c| c.if_match = some(list)),
            Outcome::PreconditionFailed,
            "{list}"
        );
    }
}

#[test]
fn dates_compare_by_the_second() {
    assert_eq!(
        asked(|c| c.if_modified_since = some(SAME)),
        Outcome::NotModified
    );
    assert_eq!(
        asked(|c| c.if_modified_since = some(BEFORE)),
        Outcome::Whole
    );
    assert_eq!(
        asked(|c| c.if_modified_since = some("today")),
        Outcome::Whole
    );
    assert_eq!(
        asked(|c| c.if_unmodified_since = some(SAME)),
        Outcome::Whole
    );
    assert_eq!(
        asked(|c| c.if_unmodified_since = some(BEFORE)),
        Outcome::PreconditionFailed
    );
    // The two obsolete forms.
    for same in ["Monday, 27-Jan-25 18:00:00 GMT", "Mon Jan 27 18:00:00 2025"] {
        assert_eq!(
            asked(|c| c.if_modified_since = some(same)),
            Outcome::NotModified
        );
    }
}

#[test]
fn tags_go_before_dates() {
    let outcome = asked(|c| {
        c.if_none_match = some(OTHER);
        c.if_modified_since = some(SAME);
    });
    assert_eq!(outcome, Outcome::Whole);
    let outcome = asked(|c| {
        c.if_match = some(TAG);
        c.if_unmodified_since = some(BEFORE);
    });
    assert_eq!(outcome, Outcome::Whole);
}

#[test]
fn preconditions_precede_not_modified_and_ranges() {
    let outcome = asked(|c| {
        c.if_match = some(OTHER);
        c.if_none_match = some(TAG);
        c.range = some("bytes=0-1");
    });
    assert_eq!(outcome, Outcome::PreconditionFailed);
    let outcome = asked(|c| {
        c.if_none_match = some(TAG);
        c.range = some("bytes=500-");
    });
    assert_eq!(outcome, Outcome::NotModified);
}

#[test]
fn if_range_needs_the_strong_tag() {
    let with = |validator: &str, range: &str| {
        asked(|c| {
            c.if_range = some(validator);
            c.range = some(range);
        })
    };
    assert_eq!(with(TAG, "bytes=10-"), Outcome::Part(10..100));
    assert_eq!(with(TAG, "bytes=100-"), Outcome::RangeNotSatisfiable);
    for stale in [OTHER, "W/\"abc\"", SAME, "abc", "\"abc\", \"abc\""] {
        assert_eq!(with(stale, "bytes=10-"), Outcome::Whole, "{stale}");
        assert_eq!(with(stale, "bytes=100-"), Outcome::Whole, "{stale}");
    }
    assert_eq!(asked(|c| c.if_range = some(OTHER)), Outcome::Whole);
}

#[test]
fn http_dates() {
    let at = |text: &str| to_http_date(text.parse().unwrap());
    assert_eq!(at("2025-01-27T18:00:00.7Z").as_deref(), Some(SAME));
    assert_eq!(at("1969-12-31T00:00:00Z"), None);
}
