//! Conditional requests (RFC 9110 §13).

use axum::http::Method;

use crate::harness::{MODIFIED_HTTP, Newsroom, PREVIEW, PREVIEW_ETAG};

const LATER: &str = "Mon, 27 Jan 2025 18:00:01 GMT";
const EARLIER: &str = "Mon, 27 Jan 2025 17:59:59 GMT";

#[tokio::test]
async fn matching_validators_answer_not_modified() {
    let newsroom = Newsroom::new();
    let weak = format!("\"x,y\", W/{PREVIEW_ETAG}");
    for condition in [
        ("if-none-match", PREVIEW_ETAG),
        ("if-none-match", &weak),
        ("if-none-match", "*"),
        ("if-modified-since", MODIFIED_HTTP),
        ("if-modified-since", LATER),
    ] {
        for method in [Method::GET, Method::HEAD] {
            let answer = newsroom
                .ask(method, PREVIEW)
                .header(condition.0, condition.1)
                .send()
                .await;
            assert_eq!(answer.status, 304, "{condition:?}");
            assert!(answer.body.is_empty());
            assert_eq!(answer.header("etag"), PREVIEW_ETAG);
            assert_eq!(answer.header("last-modified"), MODIFIED_HTTP);
            assert_eq!(answer.header("cache-control"), "public, max-age=600");
            assert_eq!(answer.header("content-type"), "");
        }
    }
}

#[tokio::test]
async fn changed_content_is_sent() {
    let newsroom = Newsroom::new();
    for condition in [
        ("if-none-match", "\"other\""),
        ("if-none-match", "not-a-tag"),
        ("if-modified-since", EARLIER),
        ("if-modified-since", "the day before yesterday"),
        ("if-match", PREVIEW_ETAG),
        ("if-match", "*"),
        ("if-unmodified-since", MODIFIED_HTTP),
        ("if-unmodified-since", "nonsense"),
    ] {
        assert_eq!(
            newsroom.preview(&[condition]).await.status,
            200,
            "{condition:?}"
        );
    }
}

#[tokio::test]
async fn a_failed_precondition_answers_412() {
    let newsroom = Newsroom::new();
    let weak = format!("W/{PREVIEW_ETAG}");
    for condition in [
        ("if-match", "\"other\""),
        ("if-match", &weak),
        ("if-unmodified-since", EARLIER),
    ] {
        let answer = newsroom.preview(&[condition]).await;
        answer.problem(412, "precondition-failed");
    }
}

#[tokio::test]
async fn conditions_apply_in_their_order() {
    let newsroom = Newsroom::new();
    for (conditions, status) in [
        // A tag goes before a date, whichever way it decides.
        (
            &[("if-none-match", "\"other\""), ("if-modified-since", LATER)][..],
            200,
        ),
        (
            &[("if-match", PREVIEW_ETAG), ("if-unmodified-since", EARLIER)],
            200,
        ),
        // Failed goes before unchanged, and both before ranges.
        (
            &[("if-match", "\"other\""), ("if-none-match", PREVIEW_ETAG)],
            412,
        ),
        (
            &[("if-none-match", PREVIEW_ETAG), ("range", "bytes=0-1")],
            304,
        ),
        (
            &[("if-match", "\"other\""), ("range", "bytes=999999-")],
            412,
        ),
        (&[("if-match", PREVIEW_ETAG), ("range", "bytes=0-1")], 206),
    ] {
        let answer = newsroom.preview(conditions).await;
        assert_eq!(answer.status.as_u16(), status, "{conditions:?}");
    }
    let two_lines = [("if-none-match", "\"x\""), ("if-none-match", PREVIEW_ETAG)];
    assert_eq!(newsroom.preview(&two_lines).await.status, 304);
}

#[tokio::test]
async fn a_date_that_lies_ahead_is_not_sent() {
    let newsroom = Newsroom::new();
    newsroom
        .clock
        .set(crate::harness::at("2025-01-27T17:00:00Z"));
    let answer = newsroom.preview(&[("if-modified-since", LATER)]).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("last-modified"), "");
}
