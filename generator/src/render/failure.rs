//! Why an output cannot be made.

use crate::{
    base::{diag::Diagnostic, guard},
    plan::{self, Job},
};

/// Why a job has no output.
#[derive(Debug)]
pub enum Failure {
    /// A mistake of the theme or the content.
    Wrong(Box<Diagnostic>),
    /// A source is no longer what was parsed: the build must begin again.
    Stale(String),
}

impl From<Diagnostic> for Failure {
    fn from(diag: Diagnostic) -> Self {
        Self::Wrong(Box::new(diag))
    }
}

impl From<Box<Diagnostic>> for Failure {
    fn from(diag: Box<Diagnostic>) -> Self {
        Self::Wrong(diag)
    }
}

impl Failure {
    /// The same, with what was being rendered.
    pub(super) fn of(self, subject: impl FnOnce() -> String) -> Self {
        match self {
            Self::Wrong(diag) => diag.note(format!("while rendering {}", subject())).into(),
            stale => stale,
        }
    }
}

/// A panic of `work` on a job becomes a diagnostic that names it.
///
/// # Errors
/// That diagnostic, and those of `work`.
pub fn guarded<T>(job: &Job, work: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    guard::caught(work).unwrap_or_else(|| {
        let address = plan::address_of(&job.path);
        Err(guard::failed(format!("while rendering {address}")).into())
    })
}
