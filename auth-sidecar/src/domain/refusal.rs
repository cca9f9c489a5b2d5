//! Why a rule did not do what it was asked.

use super::store::StoreError;

/// Why a rule stopped. One `?` passes on both.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Stop {
    /// The caller may not, or not now. What the rule wrote is kept: a wrong try must count.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The store could not. What the rule wrote is undone.
    #[error(transparent)]
    Failed(#[from] StoreError),
}

/// What a caller is told; `http` finds the status and the words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it was refused: {self:?}")]
pub enum Refusal {
    /// No address that mail could go to.
    EmailInvalid,
    /// The rules that a new password does not meet, in the order of the page.
    Password(Vec<&'static str>),
    /// Too often. Seconds to wait.
    TooMany(u64),
    /// Too much at once, or mail is behind. Seconds to wait.
    Busy(u64),
    /// So many tries are left.
    CodeWrong(u32),
    /// No try is left.
    CodeSpent,
    /// Its time is over.
    CodeExpired,
    /// It was right, and was used already.
    CodeUsed,
    /// A new one may be asked for after so many seconds.
    CodeWait(u64),
    /// Too many codes were asked for. Seconds to wait.
    CodeLimit(u64),
    /// There is no flow that this could finish.
    NoFlow,
    /// Address and password do not belong together.
    CredentialsWrong,
    /// They do, but the operator disabled the account.
    AccountDisabled,
    /// The account has this address already.
    AddressSame,
    /// The account's address was changed so lately that it can be undone.
    AddressRecent,
    /// No code that undoes a change of address, or one that does so no longer.
    UndoInvalid,
    /// This needs a session.
    SignedOut,
    /// The words that were agreed to are not the current ones.
    WordingOld,
    /// Not a link to this.
    LinkInvalid,
    /// The link's time is over, or it was ended.
    LinkGone,
    /// As many links as an account may have are live.
    LinkLimit,
    /// What was begun was another content.
    OtherContent,
    /// As many downloads as may run do. Seconds to wait.
    TooManyDownloads(u64),
    /// The service cannot do it now.
    Unavailable,
}
