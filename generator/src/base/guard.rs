//! A panic is a mistake of the program. It ends no build: a finding says where it happened.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::diag::{Diagnostic, Diagnostics};

/// What `work` gives; `None` where it panics.
pub fn caught<T>(work: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(work)).ok()
}

/// What `work` on a file gives. Where it panics, `diags` get a finding that names the file.
pub fn on_file<T>(
    file: &str,
    diags: &mut Diagnostics,
    work: impl FnOnce(&mut Diagnostics) -> T,
) -> Option<T> {
    let done = caught(|| work(diags));
    if done.is_none() {
        diags.push(failed(format!("while reading {file}")).in_file(file));
    }
    done
}

/// The finding for a panic.
pub fn failed(during: String) -> Diagnostic {
    Diagnostic::error("Dateline itself failed here; this is a mistake of ours, not of yours")
        .note(during)
        .hint("please report it, with this document")
}
