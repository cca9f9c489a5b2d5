//! Parts of files (RFC 9110 §14).

use axum::http::Method;

use crate::harness::{Newsroom, PREVIEW, PREVIEW_ETAG, preview_bytes};

#[tokio::test]
async fn a_single_range_is_a_part() {
    let newsroom = Newsroom::new();
    let whole = preview_bytes();
    for (range, start, end) in [
        ("bytes=0-0", 0, 1),
        ("bytes=0-", 0, 150_000),
        ("bytes=100-199", 100, 200),
        ("bytes=65530-65550", 65_530, 65_551),
        ("bytes=149999-", 149_999, 150_000),
        ("bytes=149000-999999", 149_000, 150_000),
        ("bytes=-1", 149_999, 150_000),
        ("bytes=-70000", 80_000, 150_000),
        ("bytes=-999999", 0, 150_000),
        ("bytes=5-99999999999999999999999999", 5, 150_000),
    ] {
        let answer = newsroom.preview(&[("range", range)]).await;
        assert_eq!(answer.status, 206, "{range}");
        assert_eq!(
            answer.header("content-range"),
            format!("bytes {start}-{}/150000", end - 1)
        );
        assert_eq!(answer.header("content-length"), (end - start).to_string());
        assert_eq!(answer.header("etag"), PREVIEW_ETAG);
        assert_eq!(answer.header("accept-ranges"), "bytes");
        assert_eq!(answer.header("content-type"), "video/mp4");
        assert!(answer.header("repr-digest").starts_with("sha-256=:"));
        assert!(answer.body == whole[start..end], "{range}");
    }
}

#[tokio::test]
async fn a_range_past_the_end_cannot_be_satisfied() {
    let newsroom = Newsroom::new();
    for range in ["bytes=150000-", "bytes=200000-300000", "bytes=-0"] {
        let answer = newsroom.preview(&[("range", range)]).await;
        answer.problem(416, "range-not-satisfiable");
        assert_eq!(answer.header("content-range"), "bytes */150000", "{range}");
        assert_eq!(answer.header("accept-ranges"), "bytes");
    }
}

#[tokio::test]
async fn several_ranges_and_nonsense_get_the_whole() {
    let newsroom = Newsroom::new();
    for range in [
        "bytes=0-1,5-6",
        "bytes=0-100,50-150",
        "bytes=0-,0-,0-,0-",
        "bytes=5-1",
        "bytes=x-y",
        "pages=1-2",
        "bytes",
    ] {
        let answer = newsroom.preview(&[("range", range)]).await;
        assert_eq!(answer.status, 200, "{range}");
        assert_eq!(answer.body.len(), 150_000);
        assert_eq!(answer.header("content-range"), "");
    }
    let two = newsroom
        .preview(&[("range", "bytes=0-1"), ("range", "bytes=0-1")])
        .await;
    assert_eq!(two.status, 200);
}

#[tokio::test]
async fn head_ignores_ranges() {
    let newsroom = Newsroom::new();
    for range in ["bytes=0-1", "bytes=999999-"] {
        let answer = newsroom
            .ask(Method::HEAD, PREVIEW)
            .header("range", range)
            .send()
            .await;
        assert_eq!(answer.status, 200, "{range}");
        assert_eq!(answer.header("content-length"), "150000");
        assert_eq!(answer.header("accept-ranges"), "bytes");
        assert_eq!(answer.header("content-range"), "");
        assert!(answer.body.is_empty());
    }
}

#[tokio::test]
async fn if_range_protects_a_resume() {
    let newsroom = Newsroom::new();
    let resume = ("range", "bytes=149990-");
    let fresh = newsroom
        .preview(&[resume, ("if-range", PREVIEW_ETAG)])
        .await;
    assert_eq!((fresh.status.as_u16(), fresh.body.len()), (206, 10));
    let weak = format!("W/{PREVIEW_ETAG}");
    for stale in [
        "\"other\"",
        &weak,
        "Mon, 27 Jan 2025 18:00:00 GMT",
        "nonsense",
        "",
    ] {
        let answer = newsroom.preview(&[resume, ("if-range", stale)]).await;
        assert_eq!(
            (answer.status.as_u16(), answer.body.len()),
            (200, 150_000),
            "{stale}"
        );
    }
    let past = newsroom
        .preview(&[("range", "bytes=150000-"), ("if-range", "\"other\"")])
        .await;
    assert_eq!(
        past.status, 200,
        "a stale copy may be longer than the file is now"
    );
}

#[tokio::test]
async fn an_empty_file_has_no_parts() {
    let newsroom = Newsroom::new();
    let path = "/api/media/lisbon/empty";
    let whole = newsroom.get(path).await;
    assert_eq!(
        (whole.status.as_u16(), whole.header("content-length")),
        (200, "0")
    );
    let part = newsroom
        .ask(Method::GET, path)
        .header("range", "bytes=0-")
        .send()
        .await;
    part.problem(416, "range-not-satisfiable");
    assert_eq!(part.header("content-range"), "bytes */0");
}
