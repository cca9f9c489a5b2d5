//! Rows of links to gated files, and of downloads.

use crate::domain::coverage::Coverage;
use crate::domain::store::Stored;
use crate::domain::time::Moment;

/// A link to one rendition, valid without a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Its id, part of its address.
    pub id: String,
    /// The account.
    pub account: i64,
    /// The dossier.
    pub dossier: String,
    /// The rendition.
    pub rendition: String,
    /// The content's SHA-256 in hexadecimal digits: a download that was begun with a link must get the same file to the
    /// end.
    pub sha256: String,
    /// The version of the terms that was accepted; empty where there are none.
    pub terms: String,
    /// When it was created.
    pub created_at: Moment,
    /// The first moment, a whole second, at which it has expired.
    pub expires_at: Moment,
    /// When it was revoked, if it was.
    pub revoked_at: Option<Moment>,
}

impl Link {
    /// Whether it is valid.
    #[must_use]
    pub fn is_live(&self, now: Moment) -> bool {
        self.revoked_at.is_none() && self.expires_at > now
    }
}

/// What requests of one account must have in common to count as one download.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The dossier.
    pub dossier: String,
    /// The rendition.
    pub rendition: String,
    /// The content's SHA-256 in hexadecimal digits.
    pub sha256: String,
    /// The content's size in bytes.
    pub size: u64,
    /// The version of the terms that was accepted; empty where there are none.
    pub terms: String,
    /// Whether through a link, not in a session.
    pub by_link: bool,
    /// Whether another server sends the bytes.
    pub granted: bool,
}

impl Wanted {
    /// Whether this is the same rendition, whatever its content.
    #[must_use]
    pub fn is_at(&self, other: &Self) -> bool {
        self.dossier == other.dossier && self.rendition == other.rendition
    }
}

/// The progress of a download.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// How many bytes were sent; bytes that were sent twice count twice.
    pub bytes: u64,
    /// Which parts of the file were sent.
    pub covered: Coverage,
}

/// A download: everything that was sent of one file to one account, in one or more requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Download {
    /// Ids rise in the order of insertion.
    pub id: i64,
    /// The account; `None` once it is deleted.
    pub account: Option<i64>,
    /// What was requested.
    pub wanted: Wanted,
    /// When it was first requested.
    pub started_at: Moment,
    /// When bytes were last sent, to the second.
    pub last_at: Moment,
    /// Its progress.
    pub progress: Progress,
    /// Whether every byte was sent. The last ones may not have arrived.
    pub whole: bool,
}

/// Rows of links.
pub trait LinkRows {
    /// Finds a link by its id, even if it has ended.
    fn link(&self, id: &str) -> Stored<Option<Link>>;
    /// The live links of an account, newest first.
    fn links_of(&self, account: i64, now: Moment) -> Stored<Vec<Link>>;
    /// All stored links of an account, including ended ones, newest first.
    fn links_held(&self, account: i64) -> Stored<Vec<Link>>;
    /// When an account created links after this moment, including ended ones, oldest first.
    fn links_made(&self, account: i64, since: Moment) -> Stored<Vec<Moment>>;

    /// Inserts a link.
    fn insert_link(&mut self, link: &Link) -> Stored<()>;
    /// Revokes a link, if it belongs to the account and is live.
    fn revoke_link(&mut self, account: i64, id: &str, now: Moment) -> Stored<bool>;
    /// Revokes all live links of an account.
    fn revoke_links_of(&mut self, account: i64, now: Moment) -> Stored<()>;
    /// Revokes all links.
    fn revoke_all_links(&mut self, now: Moment) -> Stored<()>;
    /// Deletes up to `most` links that had expired by this moment; returns whether there may be more.
    fn forget_links(&mut self, expired_at: Moment, most: u32) -> Stored<bool>;
}

/// Rows of downloads.
pub trait DownloadRows {
    /// The latest of these downloads, if bytes were sent after this moment.
    fn latest_download(
        &self,
        account: i64,
        wanted: &Wanted,
        since: Moment,
    ) -> Stored<Option<Download>>;
    /// The latest downloads of an account, newest first, at most `limit`.
    fn downloads_of(&self, account: i64, limit: u32) -> Stored<Vec<Download>>;
    /// The same, only those with a smaller id.
    fn downloads_before(&self, account: i64, id: i64, limit: u32) -> Stored<Vec<Download>>;
    /// Downloads begun between these moments with an id larger than `after`, in order, at most `limit`.
    fn downloads_between(
        &self,
        from: Moment,
        to: Moment,
        after: i64,
        limit: u32,
    ) -> Stored<Vec<Download>>;
    /// The content of the latest download of this rendition, if bytes were sent after this moment.
    fn latest_content(
        &self,
        account: i64,
        wanted: &Wanted,
        since: Moment,
    ) -> Stored<Option<String>>;
    /// When an account began downloads after this moment, oldest first.
    fn downloads_begun(&self, account: i64, since: Moment) -> Stored<Vec<Moment>>;

    /// The downloads of an account that are running at this moment, on any node.
    fn downloads_running(&self, account: i64, now: Moment) -> Stored<Vec<i64>>;

    /// Inserts a download without any bytes; returns its id.
    fn insert_download(&mut self, account: i64, wanted: &Wanted, now: Moment) -> Stored<i64>;
    /// A download, which no other node changes until the end of the transaction.
    fn lock_download(&mut self, id: i64) -> Stored<Option<Download>>;
    /// Updates its progress.
    fn note_progress(
        &mut self,
        id: i64,
        progress: &Progress,
        whole: bool,
        now: Moment,
    ) -> Stored<()>;
    /// Until when it runs, unless that is renewed; `None` if it does not.
    fn set_running(&mut self, id: i64, until: Option<Moment>) -> Stored<()>;
    /// Deletes up to `most` downloads begun by this moment; returns whether there may be more.
    fn forget_downloads(&mut self, started_at: Moment, most: u32) -> Stored<bool>;
}
