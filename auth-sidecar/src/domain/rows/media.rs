//! Rows of links to gated files, and of what was downloaded.

use crate::domain::coverage::Coverage;
use crate::domain::store::Stored;
use crate::domain::time::Moment;

/// A link to one rendition, good without a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Stands in the address, and in lists.
    pub id: String,
    /// Whose.
    pub account: i64,
    /// To which dossier.
    pub dossier: String,
    /// To which of its renditions.
    pub rendition: String,
    /// To which content of it, in hexadecimal digits: what was begun with a link must end as the same file.
    pub sha256: String,
    /// The version of the terms that was accepted; empty where there are none.
    pub terms: String,
    /// When it was made.
    pub created_at: Moment,
    /// The first moment, a whole second, at which it is no longer good.
    pub expires_at: Moment,
    /// When it was revoked before that.
    pub revoked_at: Option<Moment>,
}

impl Link {
    /// Whether it is good.
    #[must_use]
    pub fn is_live(&self, now: Moment) -> bool {
        self.revoked_at.is_none() && self.expires_at > now
    }
}

/// What ranges must have in common to be of one download, besides the account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// From which dossier.
    pub dossier: String,
    /// Which of its renditions.
    pub rendition: String,
    /// The content's SHA-256 in hexadecimal digits.
    pub sha256: String,
    /// The content's bytes.
    pub size: u64,
    /// The version of the terms that was accepted; empty where there are none.
    pub terms: String,
    /// Through a link, not in a session.
    pub by_link: bool,
    /// Whether another server sends the bytes.
    pub granted: bool,
}

impl Wanted {
    /// Whether this is at the same address, whatever its content.
    #[must_use]
    pub fn is_at(&self, other: &Self) -> bool {
        self.dossier == other.dossier && self.rendition == other.rendition
    }
}

/// How far a download is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Bytes that were sent, those sent twice counted twice.
    pub bytes: u64,
    /// Which parts these were.
    pub covered: Coverage,
}

/// A download: everything that was sent of one file, to one account, in one go or resumed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Download {
    /// Rising.
    pub id: i64,
    /// Blame; none once the account is deleted.
    pub account: Option<i64>,
    /// What was wanted.
    pub wanted: Wanted,
    /// When it was first asked for.
    pub started_at: Moment,
    /// When its latest bytes were sent, to a second.
    pub last_at: Moment,
    /// How far it is.
    pub progress: Progress,
    /// Whether every byte of it was sent. The last of them may not have arrived.
    pub whole: bool,
}

/// Rows of links.
pub trait LinkRows {
    /// By its id, also one that is over.
    fn link(&self, id: &str) -> Stored<Option<Link>>;
    /// Those of an account that are live, newest first.
    fn links_of(&self, account: i64, now: Moment) -> Stored<Vec<Link>>;
    /// All that are remembered of an account, those that have ended among them, newest first.
    fn links_held(&self, account: i64) -> Stored<Vec<Link>>;
    /// When an account made links after this moment, whatever became of them, oldest first.
    fn links_made(&self, account: i64, since: Moment) -> Stored<Vec<Moment>>;

    /// A new link.
    fn insert_link(&mut self, link: &Link) -> Stored<()>;
    /// Revokes a link, if it is the account's and live.
    fn revoke_link(&mut self, account: i64, id: &str, now: Moment) -> Stored<bool>;
    /// Revokes all live ones of an account.
    fn revoke_links_of(&mut self, account: i64, now: Moment) -> Stored<()>;
    /// Revokes all there are.
    fn revoke_all_links(&mut self, now: Moment) -> Stored<()>;
    /// Forgets `most` of those whose time ended at this moment or before; whether there may be more.
    fn forget_links(&mut self, expired_at: Moment, most: u32) -> Stored<bool>;
}

/// Rows of what was downloaded.
pub trait DownloadRows {
    /// The latest of these that had bytes after this moment.
    fn latest_download(
        &self,
        account: i64,
        wanted: &Wanted,
        since: Moment,
    ) -> Stored<Option<Download>>;
    /// The latest of an account, newest first, `limit` at most.
    fn downloads_of(&self, account: i64, limit: u32) -> Stored<Vec<Download>>;
    /// The same, of those with a smaller id.
    fn downloads_before(&self, account: i64, id: i64, limit: u32) -> Stored<Vec<Download>>;
    /// Those begun within these moments with a larger id, in order, `limit` at most.
    fn downloads_between(
        &self,
        from: Moment,
        to: Moment,
        after: i64,
        limit: u32,
    ) -> Stored<Vec<Download>>;
    /// The content of the latest of this rendition, if it had bytes after this moment.
    fn latest_content(
        &self,
        account: i64,
        wanted: &Wanted,
        since: Moment,
    ) -> Stored<Option<String>>;
    /// When an account began downloads after this moment, oldest first.
    fn downloads_begun(&self, account: i64, since: Moment) -> Stored<Vec<Moment>>;

    /// A new download without any bytes; its id.
    fn insert_download(&mut self, account: i64, wanted: &Wanted, now: Moment) -> Stored<i64>;
    /// How far it is now.
    fn note_progress(
        &mut self,
        id: i64,
        progress: &Progress,
        whole: bool,
        now: Moment,
    ) -> Stored<()>;
    /// Forgets `most` of those begun at this moment or before; whether there may be more.
    fn forget_downloads(&mut self, started_at: Moment, most: u32) -> Stored<bool>;
}
