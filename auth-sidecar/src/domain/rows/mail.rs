//! Rows of queued mail.

use crate::domain::random::TokenHash;
use crate::domain::store::Stored;
use crate::domain::time::Moment;
pub use dateline_contract::texts::MailKind;

/// The state of a queued mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailState {
    /// Waiting to be sent.
    Waiting,
    /// Set aside: refused permanently, or unreadable.
    SetAside,
}

/// A queued mail.
#[derive(Clone, PartialEq, Eq)]
pub struct QueuedMail {
    /// Also the left half of its Message-ID.
    pub id: String,
    /// The account; `None` if it does not exist yet, or no longer.
    pub account: Option<i64>,
    /// The flow whose code it contains.
    pub flow: Option<TokenHash>,
    /// Its kind. `None` for a decoy: it has no recipient, and is queued so that requests for unknown addresses take as
    /// long. An unknown kind, from another release, is kept as its name; such a mail is set aside.
    pub kind: Result<Option<MailKind>, String>,
    /// Its language.
    pub language: String,
    /// The id of the key that sealed it.
    pub key: String,
    /// The sealed address and values.
    pub sealed: Vec<u8>,
    /// Its state.
    pub state: MailState,
    /// When it was requested.
    pub created_at: Moment,
    /// The moment after which it is no longer worth sending.
    pub due_until: Moment,
    /// When to try to send it next.
    pub next_at: Moment,
    /// How often sending was tried.
    pub attempts: u32,
    /// Why the latest attempt failed.
    pub reason: String,
    /// Keyed hash of the network that requested it; each network has its own queue.
    pub network: [u8; 32],
    /// How many mails that network had requested within the hour.
    pub asked: u32,
}

impl QueuedMail {
    /// The name of its kind, or `none`.
    #[must_use]
    pub fn kind_name(&self) -> &str {
        match &self.kind {
            Ok(kind) => kind.map_or("none", MailKind::name),
            Err(name) => name,
        }
    }
}

/// The numbers of queued mails, without decoys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MailCounts {
    /// Waiting mails.
    pub waiting: i64,
    /// Networks with waiting mails.
    pub networks: i64,
    /// The longest queue of a network.
    pub most: i64,
    /// Mails set aside.
    pub set_aside: i64,
}

/// Rows of queued mail.
pub trait MailRows {
    /// When the oldest mail was requested that waits for a reason other than its recipient.
    fn oldest_waiting(&self) -> Stored<Option<Moment>>;
    /// The same, for the mails of one network.
    fn oldest_waiting_of(&self, network: &[u8; 32]) -> Stored<Option<Moment>>;
    /// The numbers of queued mails.
    fn mail_counts(&self) -> Stored<MailCounts>;
    /// Whether [`MailRows::lease_mail`] would find one.
    fn has_due_mail(&self, now: Moment) -> Stored<bool>;
    /// Whether any mail other than decoys waits.
    fn has_waiting_mail(&self) -> Stored<bool>;
    /// Whether a decoy is due.
    fn has_mail_for_nobody(&self, now: Moment) -> Stored<bool>;
    /// Until when the mails that were sent use up the rate; see [`MailPace`](crate::domain::mail_pace::MailPace).
    fn mail_pace(&self) -> Stored<i64>;
    /// All mails except decoys, oldest first.
    fn mails(&self) -> Stored<Vec<QueuedMail>>;

    /// The same, for one account.
    fn mails_of(&self, account: i64) -> Stored<Vec<QueuedMail>>;

    /// Inserts a mail.
    fn insert_mail(&mut self, mail: &QueuedMail) -> Stored<()>;
    /// Deletes all mails of an account.
    fn drop_mails_of_account(&mut self, account: i64) -> Stored<()>;
    /// The same, and keeps other nodes from the rate until the end of the transaction.
    fn lock_mail_pace(&mut self) -> Stored<i64>;
    /// Until when the rate is used up now.
    fn set_mail_pace(&mut self, used: i64) -> Stored<()>;
    /// Takes the next due mail other than a decoy, and leases it to `owner` until then. Mails that other nodes are
    /// changing are passed over. Networks that requested the
    /// fewest mails come first, and within a network the mail that has been due for longest.
    fn lease_mail(&mut self, now: Moment, owner: &str, until: Moment)
    -> Stored<Option<QueuedMail>>;
    /// Extends the lease, if `owner` still holds it.
    fn hold_mail(&mut self, id: &str, owner: &str, until: Moment) -> Stored<bool>;
    /// Deletes up to `most` decoys that are due, and returns them.
    fn end_mails_for_nobody(&mut self, now: Moment, most: u32) -> Stored<Vec<QueuedMail>>;
    /// Deletes a mail after it was sent, if `owner` still holds the lease.
    fn finish_mail(&mut self, id: &str, owner: &str) -> Stored<bool>;
    /// Schedules another attempt, if `owner` still holds the lease. `own_fault` means that the recipient is the reason.
    fn postpone_mail(
        &mut self,
        id: &str,
        owner: &str,
        next_at: Moment,
        reason: &str,
        own_fault: bool,
    ) -> Stored<bool>;
    /// Sets a mail aside, if `owner` still holds the lease.
    fn set_mail_aside(&mut self, id: &str, owner: &str, reason: &str) -> Stored<bool>;
    /// Reschedules a mail, or all without an id, for immediate delivery; not those without content, past their time or
    /// being sent. Returns how many.
    fn retry_mails(&mut self, id: Option<&str>, now: Moment) -> Stored<u64>;
    /// Deletes up to `most` mails that are no longer worth sending, and returns them.
    fn end_late_mails(&mut self, now: Moment, most: u32) -> Stored<Vec<QueuedMail>>;
    /// Deletes all mails.
    fn drop_all_mails(&mut self) -> Stored<()>;
}
