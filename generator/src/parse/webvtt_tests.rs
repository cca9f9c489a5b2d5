//! Captions as they should be, and as they come.

use proptest::prelude::*;

use super::*;

const GOOD: &str = "\u{feff}WEBVTT - Lisbon\r\nKind: captions\r\n\r\nSTYLE\r\n::cue { color: white }\r\n\r\nNOTE checked\r\n\r\nfirst\r\n00:01.000 --> 00:00:04.500 align:start line:90%\r\n<v Ilse Haverkorn>Two per cent.\r\nFor 1 &lt; 2.\r\n\r\n\r\n00:00:04.500 --> 00:00:06.000\r\nWhat we agree";

fn messages(text: &str, duration: Option<f64>) -> Vec<(String, String)> {
    let found = check(text, duration);
    let reported = found
        .into_iter()
        .map(|p| (text[p.span].to_owned(), p.message));
    reported.collect()
}

fn one(body: &str, marked: &str, message: &str) {
    let text = format!("WEBVTT\n\n{body}\n");
    let found = messages(&text, Some(60.0));
    assert_eq!(found.len(), 1, "{body}: {found:?}");
    assert_eq!(found[0].0, marked, "{body}: {found:?}");
    assert!(found[0].1.contains(message), "{body}: {found:?}");
}

#[test]
fn what_the_specification_allows_is_good() {
    assert_eq!(check(GOOD, Some(6.0)), []);
    assert_eq!(check(&GOOD.replace("\r\n", "\r"), None), []);
    assert_eq!(
        check("WEBVTT\n\n100:00:00.000 --> 100:00:01.000\nx", None),
        []
    );
}

#[test]
fn mistakes_are_found_where_they_stand() {
    one(
        "00:00:01,000 --> 00:00:02.000\nx",
        "00:00:01,000",
        "not a time",
    );
    one("1:00.000 --> 01:02.000\nx", "1:00.000", "not a time");
    one("00:01.00 --> 00:02.000\nx", "00:01.00", "not a time");
    one("00:60.000 --> 01:02.000\nx", "00:60.000", "not a time");
    one(
        "00:01.000-->00:02.000\nx",
        "-->",
        "a space before and after",
    );
    one(
        "00:05.000 --> 00:02.000\nx",
        "00:02.000",
        "ends before it begins",
    );
    one(
        "00:05.000 --> 00:05.000\nx",
        "00:05.000",
        "ends before it begins",
    );
    one(
        "00:59.000 --> 01:02.000\nx",
        "01:02.000",
        "ends after the video",
    );
    one(
        "01:02.000 --> 01:03.000\nx",
        "01:02.000",
        "begins after the video",
    );
    one("00:01.000 --> 00:02.000 Hello\nx", "Hello", "not a setting");
    one("00:01.000 --> 00:02.000\nx < y", "<", "never closed");
    one(
        "00:01.000 --> 00:02.000\nx\n00:02.000 --> 00:03.000\ny",
        "-->",
        "cannot hold",
    );
    one(
        "00:01.000 --> 00:02.000\nx\n\nlost words",
        "lost words",
        "no time",
    );
    one(
        "00:03.000 --> 00:04.000\nx\n\n00:01.000 --> 00:02.000\ny",
        "00:01.000",
        "begins before the one above",
    );
    one(
        "00:03.000 --> 00:04.000\nx\n\nSTYLE\n::cue {}",
        "STYLE",
        "after a cue",
    );
}

#[test]
fn other_formats_and_empty_files_are_told_once() {
    let srt = "1\n00:00:01,000 --> 00:00:02,000\nHello\n";
    assert_eq!(messages(srt, None)[0].0, "1");
    assert_eq!(messages("", None).len(), 1);
    assert_eq!(messages("WEBVTTX\n", None).len(), 1);
    assert_eq!(messages("WEBVTT\n\nNOTE nothing\n", None).len(), 1);
    assert_eq!(
        messages("WEBVTT\n00:01.000 --> 00:02.000\nx", None)[0].0,
        "00:01.000 --> 00:02.000"
    );
}

proptest! {
    #[test]
    fn no_text_is_too_strange(text in "(WEBVTT\n\n)?[ -~\n\r\t<>:é\u{feff}]{0,200}(-->)?[0-9:. \n]{0,40}") {
        for problem in check(&text, Some(5.0)) {
            prop_assert!(text.get(problem.span).is_some());
        }
    }

    #[test]
    fn cues_in_order_are_good(lengths in proptest::collection::vec(1u32..90_000, 1..20)) {
        let mut text = "WEBVTT\n".to_owned();
        let mut at = 0;
        let stamp = |ms: u32| format!("{:02}:{:02}:{:02}.{:03}", ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60, ms % 1000);
        for length in lengths {
            text.push_str(&format!("\n{} --> {}\nwords\n", stamp(at), stamp(at + length)));
            at += length;
        }
        prop_assert_eq!(check(&text, Some(f64::from(at) / 1000.0)), []);
    }
}
