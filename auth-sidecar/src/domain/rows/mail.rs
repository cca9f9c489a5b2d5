//! Rows of queued mail.

use crate::domain::random::TokenHash;
use crate::domain::store::Stored;
use crate::domain::time::Moment;
pub use dateline_contract::texts::MailKind;

/// Whether a mail waits for its turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailState {
    /// It does.
    Waiting,
    /// It was refused for good, or cannot be read.
    SetAside,
}

/// A mail to be sent.
#[derive(Clone, PartialEq, Eq)]
pub struct QueuedMail {
    /// Also the left half of its Message-ID.
    pub id: String,
    /// Whose it is; none where there is no account yet or any more.
    pub account: Option<i64>,
    /// The flow whose code it tells.
    pub flow: Option<TokenHash>,
    /// What it says; none if nobody gets it, and it is there so that asking in vain takes as long. The name
    /// alone of a kind that this release does not know: such a mail is set aside, and others go on.
    pub kind: Result<Option<MailKind>, String>,
    /// The language it is written in.
    pub language: String,
    /// The id of the key that sealed it.
    pub key: String,
    /// Address and values.
    pub sealed: Vec<u8>,
    /// Whether it waits.
    pub state: MailState,
    /// When it was asked for.
    pub created_at: Moment,
    /// From when on it is not worth sending.
    pub due_until: Moment,
    /// When its turn comes.
    pub next_at: Moment,
    /// Times that sending it was tried.
    pub attempts: u32,
    /// Why the latest try failed.
    pub reason: String,
    /// Keyed hash of the network that asked for it, in whose queue it waits.
    pub network: [u8; 32],
    /// How many mails that network had asked for within the hour.
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

/// How much mail there is, not counting what is `none`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MailCounts {
    /// Mails that wait.
    pub waiting: i64,
    /// Networks that they wait for.
    pub networks: i64,
    /// Mails of the network that waits for most.
    pub most: i64,
    /// Mails that were set aside.
    pub set_aside: i64,
}

/// Rows of queued mail.
pub trait MailRows {
    /// When the oldest mail was asked for that waits through no fault of its recipient.
    fn oldest_waiting(&self) -> Stored<Option<Moment>>;
    /// The same, of those that a network asked for.
    fn oldest_waiting_of(&self, network: &[u8; 32]) -> Stored<Option<Moment>>;
    /// How many there are.
    fn mail_counts(&self) -> Stored<MailCounts>;
    /// Whether [`MailRows::lease_mail`] would find one.
    fn has_due_mail(&self, now: Moment) -> Stored<bool>;
    /// Whether any mail waits that somebody gets.
    fn has_waiting_mail(&self) -> Stored<bool>;
    /// Whether a mail that is `none` has had its turn.
    fn has_mail_for_nobody(&self, now: Moment) -> Stored<bool>;
    /// All mail but what is `none`, oldest first.
    fn mails(&self) -> Stored<Vec<QueuedMail>>;

    /// The same of an account.
    fn mails_of(&self, account: i64) -> Stored<Vec<QueuedMail>>;

    /// A new mail.
    fn insert_mail(&mut self, mail: &QueuedMail) -> Stored<()>;
    /// Ends all mails of an account.
    fn drop_mails_of_account(&mut self, account: i64) -> Stored<()>;
    /// The mail whose turn it is, reserved for `owner` until then; none that is `none`. It is the oldest of the
    /// network that asked for least.
    fn lease_mail(&mut self, now: Moment, owner: &str, until: Moment)
    -> Stored<Option<QueuedMail>>;
    /// Reserves it for longer, if `owner` still holds it.
    fn hold_mail(&mut self, id: &str, owner: &str, until: Moment) -> Stored<bool>;
    /// Ends `most` mails that are `none` and whose turn has come.
    fn end_mails_for_nobody(&mut self, now: Moment, most: u32) -> Stored<Vec<QueuedMail>>;
    /// Erases a mail, if `owner` still holds it.
    fn finish_mail(&mut self, id: &str, owner: &str) -> Stored<bool>;
    /// Another try later, if `owner` still holds it. `own_fault`: it waits because of its recipient.
    fn postpone_mail(
        &mut self,
        id: &str,
        owner: &str,
        next_at: Moment,
        reason: &str,
        own_fault: bool,
    ) -> Stored<bool>;
    /// No other try, if `owner` still holds it.
    fn set_mail_aside(&mut self, id: &str, owner: &str, reason: &str) -> Stored<bool>;
    /// Makes its turn come now, if it still holds what to send, is worth sending and is not being sent; all
    /// without an id. How many.
    fn retry_mails(&mut self, id: Option<&str>, now: Moment) -> Stored<u64>;
    /// Ends `most` mails that are not worth sending any more.
    fn end_late_mails(&mut self, now: Moment, most: u32) -> Stored<Vec<QueuedMail>>;
    /// Ends all mails.
    fn drop_all_mails(&mut self) -> Stored<()>;
}
