//! A file as an answer: all of it, the part that is asked for, or that it is as it was.

use std::io;

use axum::http::{HeaderMap, Method};
use axum::response::Response;

use super::representation::Representation;
use crate::media::{OpenFile, StoredFile};

/// The answer for an open file, with the headers of its content; it is read as it is sent.
///
/// # Errors
/// When it is no file, or the system cannot tell its size.
pub fn of(
    file: OpenFile,
    content: HeaderMap,
    method: &Method,
    request: &HeaderMap,
) -> io::Result<Response> {
    let file = StoredFile::of(file)?;
    Ok(stored(file, content, method, request))
}

pub(super) fn stored(
    file: StoredFile,
    content: HeaderMap,
    method: &Method,
    request: &HeaderMap,
) -> Response {
    let representation = Representation {
        etag: format!("\"{}\"", version(&file)),
        modified: Some(file.modified),
        size: file.size,
        headers: content,
    };
    let outcome = representation.evaluate(method, request);
    representation
        .without_content(&outcome)
        .unwrap_or_else(|| representation.with_content(&outcome, method, file))
}

/// What tells this content of a file from others: a build writes each changed file anew, so that size and time (in
/// nanoseconds) do.
pub(super) fn version(file: &StoredFile) -> String {
    format!("{:x}-{:x}", file.modified.as_nanosecond(), file.size)
}
