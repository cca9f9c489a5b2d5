//! The text of a source, or a finding that says why it cannot be read.

use std::io;

use super::{
    diag::{Diagnostic, Diagnostics},
    files::{Content, Files},
    text,
};

/// The text of a file that must be there; `None` where `diags` say what is wrong.
pub fn text(files: &dyn Files, path: &str, diags: &mut Diagnostics) -> Option<String> {
    text_of(path, files.read(path), diags)
}

/// The text of a file that need not be there, and is empty then.
pub fn text_if_there(files: &dyn Files, path: &str, diags: &mut Diagnostics) -> Option<String> {
    match files.read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Some(String::new()),
        read => text_of(path, read, diags),
    }
}

fn text_of(path: &str, read: io::Result<Content>, diags: &mut Diagnostics) -> Option<String> {
    let text = read
        .map_err(|error| unreadable(path, &error))
        .and_then(|content| as_text(path, content.bytes));
    text.map_err(|diag| diags.push(diag)).ok()
}

/// A file that cannot be read.
pub fn unreadable(path: &str, error: &io::Error) -> Diagnostic {
    Diagnostic::error(format!("this file cannot be read: {error}")).in_file(path)
}

/// The text of a file.
///
/// # Errors
/// A finding at the first byte that is not UTF-8.
pub fn as_text(file: &str, bytes: Vec<u8>) -> Result<String, Diagnostic> {
    let bytes = text::unmarked(bytes);
    String::from_utf8(bytes)
        .map(text::nfc)
        .map_err(|e| Diagnostic::not_utf8(file, e.as_bytes()))
}
