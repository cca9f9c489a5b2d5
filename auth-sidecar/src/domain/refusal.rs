//! Why a rule did not do what was requested.

use super::store::StoreError;

/// Why a rule stopped. `?` passes on both kinds.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Stop {
    /// The caller is not allowed to, or not now. Writes of the rule are kept, since failed attempts must count.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The store failed. Writes of the rule are rolled back.
    #[error(transparent)]
    Failed(#[from] StoreError),
}

/// The reason that the caller gets; `http` maps it to a status and words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it was refused: {self:?}")]
pub enum Refusal {
    /// Not a deliverable address.
    EmailInvalid,
    /// The password rules that are not met, in the order of the page.
    Password(Vec<&'static str>),
    /// Rate limited. Seconds to wait.
    TooMany(u64),
    /// Overloaded, or mail is behind. Seconds to wait.
    Busy(u64),
    /// Wrong code; this many attempts are left.
    CodeWrong(u32),
    /// Wrong code; no attempt is left.
    CodeSpent,
    /// The code has expired.
    CodeExpired,
    /// The code was correct and has been used.
    CodeUsed,
    /// The next code can be requested after this many seconds.
    CodeWait(u64),
    /// Too many codes were requested. Seconds to wait.
    CodeLimit(u64),
    /// No flow is in progress that this could continue.
    NoFlow,
    /// Wrong address or password.
    CredentialsWrong,
    /// Correct credentials, but the operator disabled the account.
    AccountDisabled,
    /// The account already has this address.
    AddressSame,
    /// The address was changed recently, and the change can still be undone.
    AddressRecent,
    /// Not a code that undoes a change of address, or no longer one.
    UndoInvalid,
    /// A session is required.
    SignedOut,
    /// The accepted wording is not the current one.
    WordingOld,
    /// Not a link to this file.
    LinkInvalid,
    /// The link has expired or was revoked.
    LinkGone,
    /// The account has reached its limit of active links.
    LinkLimit,
    /// A resume of different content.
    OtherContent,
    /// The account has reached its limit of concurrent downloads. Seconds to wait.
    TooManyDownloads(u64),
    /// Temporarily unavailable.
    Unavailable,
}
