//! Bytes as text, one way for everything that is read: UTF-8, without the byte order mark that some editors
//! put first. Places in findings count from behind the mark.

use super::diag::Diagnostic;

const MARK: &[u8] = "\u{feff}".as_bytes();

/// The text of a file.
///
/// # Errors
/// A finding at the first byte that is not UTF-8.
pub fn of(file: &str, bytes: Vec<u8>) -> Result<String, Diagnostic> {
    let bytes = unmarked(bytes);
    String::from_utf8(bytes).map_err(|e| Diagnostic::not_utf8(file, e.as_bytes()))
}

/// The same bytes without a byte order mark before them.
pub fn unmarked(mut bytes: Vec<u8>) -> Vec<u8> {
    if bytes.starts_with(MARK) {
        bytes.drain(..MARK.len());
    }
    bytes
}
