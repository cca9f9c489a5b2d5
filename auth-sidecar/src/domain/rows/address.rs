//! Rows of changes of an account's address.

use crate::domain::random::TokenHash;
use crate::domain::store::Stored;
use crate::domain::time::Moment;

/// A change of an account's address that can be undone. Until then the former address is reserved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddressChange {
    /// Ids rise in the order of changes.
    pub id: i64,
    /// The account.
    pub account: i64,
    /// The former address, canonical.
    pub email_key: String,
    /// The former address as it was entered.
    pub email: String,
    /// The language of mails to the former address.
    pub language: String,
    /// The hash of the code that undoes it.
    pub code: TokenHash,
    /// When the address was changed.
    pub at: Moment,
    /// The first moment at which the change can no longer be undone.
    pub until: Moment,
}

/// Rows of changes of address.
pub trait AddressRows {
    /// Finds a change by the code that undoes it, unless that has expired.
    fn address_change(&self, code: &TokenHash, now: Moment) -> Stored<Option<AddressChange>>;
    /// The change that reserves this address.
    fn held_address(&self, email_key: &str, now: Moment) -> Stored<Option<AddressChange>>;
    /// All changes of an account that can be undone, oldest first.
    fn address_changes_of(&self, account: i64, now: Moment) -> Stored<Vec<AddressChange>>;

    /// Inserts a change; its `id` is ignored.
    fn insert_address_change(&mut self, change: &AddressChange) -> Stored<()>;
    /// Changes the address to `to` (key, spelling), if the account still has `from` and no other account has `to`.
    fn replace_address(
        &mut self,
        account: i64,
        from: &str,
        to: [&str; 2],
        at: Moment,
    ) -> Stored<bool>;
    /// Deletes the change `first` of an account and all later ones.
    fn end_address_changes(&mut self, account: i64, first: i64) -> Stored<()>;
    /// Sets until when a change can be undone.
    fn end_address_change_at(&mut self, id: i64, until: Moment) -> Stored<()>;
}
