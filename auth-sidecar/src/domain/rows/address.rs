//! Rows of changes of an account's address.

use crate::domain::random::TokenHash;
use crate::domain::store::Stored;
use crate::domain::time::Moment;

/// A change of an account's address that can be undone. The former address is held back meanwhile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddressChange {
    /// Rising.
    pub id: i64,
    /// Whose address it was.
    pub account: i64,
    /// The former address, canonical.
    pub email_key: String,
    /// Its spelling.
    pub email: String,
    /// The language of mails to it.
    pub language: String,
    /// The hash of the code that undoes it.
    pub code: TokenHash,
    /// When it happened.
    pub at: Moment,
    /// The first moment at which it cannot be undone any more.
    pub until: Moment,
}

/// Rows of addresses that changed.
pub trait AddressRows {
    /// By the code that undoes it, if that is good still.
    fn address_change(&self, code: &TokenHash, now: Moment) -> Stored<Option<AddressChange>>;
    /// The change by which this address is held back.
    fn held_address(&self, email_key: &str, now: Moment) -> Stored<Option<AddressChange>>;
    /// All of an account that can be undone, oldest first.
    fn address_changes_of(&self, account: i64, now: Moment) -> Stored<Vec<AddressChange>>;

    /// Notes a change; its `id` is ignored.
    fn insert_address_change(&mut self, change: &AddressChange) -> Stored<()>;
    /// Another address, if the account has `from` still, and no account has the other.
    fn replace_address(
        &mut self,
        account: i64,
        from: &str,
        to: [&str; 2],
        at: Moment,
    ) -> Stored<bool>;
    /// Ends this change of an account and all after it.
    fn end_address_changes(&mut self, account: i64, first: i64) -> Stored<()>;
    /// It can be undone until then, and no longer.
    fn end_address_change_at(&mut self, id: i64, until: Moment) -> Stored<()>;
}
