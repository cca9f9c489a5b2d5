//! A file as a response: 200, 206 or 304.

use std::io;

use axum::http::{HeaderMap, Method};
use axum::response::Response;

use super::representation::Representation;
use crate::media::{OpenFile, StoredFile};

/// The response for an open file, with its content headers; the file is read while it is sent.
///
/// # Errors
/// If it is not a regular file, or its size is unknown.
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

/// Identifies this content of a file: a build replaces each changed file, so size and modification time (in
/// nanoseconds) suffice.
pub(super) fn version(file: &StoredFile) -> String {
    format!("{:x}-{:x}", file.modified.as_nanosecond(), file.size)
}
