//! The rows that rules are about, and the single statements on them that a store must give.
//!
//! Races are closed by guarded writes: methods that answer `bool` change a row only if it is still as
//! the rule expects.

use super::random::TokenHash;
use super::store::Stored;
use super::time::Moment;

mod address;
mod ended;
mod flow;
mod mail;
mod media;

pub use self::address::*;
pub use self::ended::*;
pub use self::flow::*;
pub use self::mail::*;
pub use self::media::*;

/// The hash of an account that no password opens any more: only a reset lets its owner in.
pub const NO_PASSWORD: &str = "!";

/// A verified account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Never used twice.
    pub id: i64,
    /// The canonical address, its identity.
    pub email_key: String,
    /// The spelling that mail goes to.
    pub email: String,
    /// In PHC form, or [`NO_PASSWORD`].
    pub password_hash: String,
    /// Of mails and of pages when nothing else says.
    pub language: String,
    /// Whether the newsletter was asked for.
    pub subscribed: bool,
    /// When its code was entered.
    pub created_at: Moment,
    /// When its password was set.
    pub password_at: Moment,
    /// Since when it has this address.
    pub address_at: Moment,
    /// When the operator disabled it.
    pub disabled_at: Option<Moment>,
}

/// Somebody logged in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The hash of its cookie.
    pub hash: TokenHash,
    /// The name that lists show.
    pub id: String,
    /// Whose.
    pub account: i64,
    /// Browser family and system.
    pub device: String,
    /// When it began.
    pub created_at: Moment,
    /// The latest request, to ten minutes.
    pub last_seen_at: Moment,
}

/// A session, and what every check of it needs of its account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedIn {
    /// The session.
    pub session: Session,
    /// The account's address.
    pub email: String,
    /// The account's language.
    pub language: String,
    /// Whether it asked for the newsletter.
    pub subscribed: bool,
}

/// Sessions count as alive if they were seen, and had begun, after these moments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alive {
    /// Idle since then is too long.
    pub seen_after: Moment,
    /// Begun then is too long ago.
    pub begun_after: Moment,
}

/// What a limit counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Login attempts on an address.
    LoginAccount = 1,
    /// Login attempts of an owner's browser.
    LoginDevice = 2,
    /// Login attempts from a network.
    LoginNetwork = 3,
    /// Registrations for an address.
    RegisterAddress = 4,
    /// Registrations from an owner's browser.
    RegisterDevice = 5,
    /// Resets for an address.
    ResetAddress = 6,
    /// Resets from an owner's browser.
    ResetDevice = 7,
    /// Codes asked for from a network.
    CodesNetwork = 8,
    /// "You already have an account" for an address.
    Notice = 9,
    /// Whatever else a code's flow writes, so that it costs as much.
    NoNotice = 10,
    /// Mails asked for from a network, whoever gets them.
    MailNetwork = 11,
    /// From when on a network that was asked to wait may log in to an address.
    LoginPromise = 12,
    /// From when on a network that was asked to wait may reset an address's password.
    ResetPromise = 13,
    /// Changes of an account's password.
    PasswordChange = 14,
    /// Codes asked for to bring an account to an address.
    AddressCodes = 15,
    /// The same, from a browser of the account that has the address.
    AddressDevice = 16,
    /// Codes that an account asked for to change its address.
    AddressAsked = 17,
    /// Changes of an account's address.
    AddressChange = 18,
    /// New passwords from a network that were refused.
    PasswordRefused = 19,
}

/// An event that a limit counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hit {
    /// To give it back by.
    pub id: i64,
    /// When.
    pub at: Moment,
    /// HMAC of the network it came from.
    pub network: [u8; 32],
}

/// Consent given or taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consent {
    /// Which of the two.
    pub subscribed: bool,
    /// The id of the words beside the button.
    pub wording: String,
    /// The words.
    pub text: String,
    /// Their language.
    pub language: String,
    /// When.
    pub at: Moment,
}

/// What a departure is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DepartureKind {
    /// An account is gone.
    Deleted,
    /// A password is no longer good.
    PasswordChanged,
    /// An account has another address.
    AddressLeft,
    /// It has this address again.
    AddressBack,
}

impl DepartureKind {
    /// As rows and `deleted.log` have it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Deleted => "deleted",
            Self::PasswordChanged => "password",
            Self::AddressLeft => "address-left",
            Self::AddressBack => "address-back",
        }
    }

    /// The kind of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let all = [
            Self::Deleted,
            Self::PasswordChanged,
            Self::AddressLeft,
            Self::AddressBack,
        ];
        all.into_iter().find(|kind| kind.name() == name)
    }
}

/// What a restored backup must not undo.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Departure {
    /// Rising.
    pub id: i64,
    /// What happened; the name that was written, if it is none of this release's.
    pub kind: Result<DepartureKind, String>,
    /// The id of the key of the MAC.
    pub key: String,
    /// HMAC of the canonical address.
    pub address: [u8; 32],
    /// When.
    pub at: Moment,
}

impl Departure {
    /// As rows and `deleted.log` have it.
    #[must_use]
    pub fn kind_name(&self) -> &str {
        self.kind
            .as_ref()
            .map_or_else(String::as_str, |kind| kind.name())
    }

    /// Whether this one says all that an earlier one of the same address does: of a kind only the latest matters, and
    /// nothing is left to say of what is deleted. Who left an address before somebody else was deleted there is
    /// another.
    #[must_use]
    pub fn replaces(&self, earlier: &Self) -> bool {
        let same = (&self.key, &self.address) == (&earlier.key, &earlier.address);
        let covers = match (&self.kind, &earlier.kind) {
            (Ok(DepartureKind::Deleted), Ok(DepartureKind::AddressLeft)) => self.at == earlier.at,
            (Ok(DepartureKind::Deleted), Ok(_)) => true,
            (Ok(kind), Ok(earlier)) => kind == earlier,
            _ => self.kind == earlier.kind && self.at == earlier.at,
        };
        same && covers
    }
}

/// Rows of accounts and of what hangs on them.
pub trait AccountRows {
    /// By canonical address.
    fn account_by_key(&self, email_key: &str) -> Stored<Option<Account>>;
    /// By id.
    fn account(&self, id: i64) -> Stored<Option<Account>>;
    /// All with a larger id, in order, `limit` at most.
    fn accounts_after(&self, id: i64, limit: u32) -> Stored<Vec<Account>>;
    /// The hash of an account that a number picks, none if there is no account. While the accounts are the same,
    /// so is the one of a number.
    fn hash_of_any(&self, number: u32) -> Stored<Option<String>>;
    /// All of an account, oldest first.
    fn consents_of(&self, account: i64) -> Stored<Vec<Consent>>;

    /// Its id, or none if the address has one already. `id` is ignored.
    fn insert_account(&mut self, account: &Account) -> Stored<Option<i64>>;
    /// If the hash is still `from`.
    fn replace_password(&mut self, account: i64, from: &str, to: &str, at: Moment) -> Stored<bool>;
    /// If it was not so before.
    fn set_disabled(&mut self, account: i64, at: Option<Moment>) -> Stored<bool>;
    /// Whether the newsletter is wanted.
    fn set_subscribed(&mut self, account: i64, subscribed: bool) -> Stored<()>;
    /// Keeps a consent, and `most` of an account: the oldest go.
    fn insert_consent(&mut self, account: i64, consent: &Consent, most: u32) -> Stored<()>;
    /// With its sessions, devices and consents. What it held is overwritten, in the log too.
    fn erase_account(&mut self, account: i64) -> Stored<bool>;
}

/// Rows of who is logged in, and of browsers that were.
pub trait SessionRows {
    /// By its cookie, if seen and begun after these moments.
    fn session(&self, hash: &TokenHash, alive: Alive) -> Stored<Option<SignedIn>>;
    /// All of an account that are alive, newest first.
    fn sessions_of(&self, account: i64, alive: Alive) -> Stored<Vec<Session>>;
    /// The account that a browser's mark is bound to.
    fn device(&self, hash: &TokenHash, now: Moment) -> Stored<Option<i64>>;
    /// When an account's browsers were marked.
    fn devices_of(&self, account: i64) -> Stored<Vec<Moment>>;

    /// A new session.
    fn insert_session(&mut self, session: &Session) -> Stored<()>;
    /// By its cookie.
    fn revoke_session(&mut self, hash: &TokenHash) -> Stored<bool>;
    /// By the name that lists show, if it is the account's.
    fn revoke_session_called(&mut self, account: i64, id: &str) -> Stored<bool>;
    /// All of an account but one.
    fn revoke_sessions_of(&mut self, account: i64, except: Option<&TokenHash>) -> Stored<()>;
    /// All there are; how many.
    fn revoke_all_sessions(&mut self) -> Stored<u64>;
    /// Leaves an account this session and the newest others, `most` in all.
    fn revoke_oldest_sessions(&mut self, account: i64, except: &TokenHash, most: u32)
    -> Stored<()>;
    /// It was seen.
    fn touch_session(&mut self, hash: &TokenHash, at: Moment) -> Stored<()>;
    /// Marks a browser.
    fn insert_device(
        &mut self,
        hash: &TokenHash,
        account: i64,
        now: Moment,
        expires_at: Moment,
    ) -> Stored<()>;
    /// Leaves an account this mark and the newest others, `most` in all.
    fn forget_oldest_devices(&mut self, account: i64, except: &TokenHash, most: u32) -> Stored<()>;
    /// Forgets all marks of browsers.
    fn forget_devices(&mut self) -> Stored<()>;
}

/// Rows that limits count.
pub trait HitRows {
    /// Since this moment, oldest first.
    fn hits(&self, scope: Scope, key: &[u8; 32], since: Moment) -> Stored<Vec<Hit>>;
    /// The same, under the marks and sessions of an account's browsers.
    fn hits_of_browsers(&self, scope: Scope, account: i64, since: Moment) -> Stored<Vec<Moment>>;
    /// When that event under any of these keys was which so many younger ones follow, of those within these moments.
    fn hit_before(
        &self,
        scope: Scope,
        keys: &[[u8; 32]],
        within: (Moment, Moment),
        younger: u32,
    ) -> Stored<Option<Moment>>;
    /// How many there are.
    fn count_hits(&self, scope: Scope, key: &[u8; 32], since: Moment) -> Stored<u32>;

    /// Counts an event; its id.
    fn insert_hit(
        &mut self,
        scope: Scope,
        key: &[u8; 32],
        network: &[u8; 32],
        at: Moment,
    ) -> Stored<i64>;
    /// Counts the same event under another key, right after the one of this id, with which it is given back.
    fn insert_hit_beside(
        &mut self,
        first: i64,
        scope: Scope,
        key: &[u8; 32],
        at: Moment,
    ) -> Stored<()>;
    /// Gives an event back, with what was counted beside it.
    fn delete_hit(&mut self, id: i64) -> Stored<()>;
    /// Forgets all events.
    fn forget_hits(&mut self) -> Stored<()>;
}

/// Rows of the service itself.
pub trait ServiceRows {
    /// All with a larger id.
    fn departures_after(&self, id: i64) -> Stored<Vec<Departure>>;
    /// Those by which an account left an address.
    fn departures_of(&self, account: i64) -> Stored<Vec<Departure>>;
    /// Rows whose key is not one of these: mails, and codes of flows.
    fn rows_without_key(&self, keys: &[String]) -> Stored<u64>;

    /// Notes what a restored backup must not undo, in place of what it [replaces](Departure::replaces); its `id` is not
    /// looked at. `account` is who left an address, and replaces no other's leaving.
    fn insert_departure(&mut self, departure: &Departure, account: Option<i64>) -> Stored<()>;
    /// Waits until no other node sweeps, until the end of the transaction.
    fn take_turn_to_sweep(&mut self) -> Stored<()>;
    /// Forgets flows, devices, sessions and changes of address that are over, and hits before this moment, `most` of
    /// each; whether there may be more.
    fn sweep(&mut self, now: Moment, alive: Alive, hits_before: Moment, most: u32) -> Stored<bool>;
}

/// Everything that one transaction may ask and change. `&dyn Rows` can only ask.
pub trait Rows:
    AccountRows
    + AddressRows
    + FlowRows
    + SessionRows
    + EndedRows
    + HitRows
    + MailRows
    + LinkRows
    + DownloadRows
    + ServiceRows
{
}
impl<T> Rows for T where
    T: AccountRows
        + AddressRows
        + FlowRows
        + SessionRows
        + EndedRows
        + HitRows
        + MailRows
        + LinkRows
        + DownloadRows
        + ServiceRows
{
}
