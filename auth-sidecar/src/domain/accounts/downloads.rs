//! The download log: written before the first byte, with the accepted terms, and updated once a second.

use super::export::SHOWN;
use super::sessions::signed_in;
use super::{Accounts, Grant, Requester, Transaction};
use crate::domain::rate_limits::{self, DAY};
use crate::domain::refusal::{Refusal, Stop};
use crate::domain::store::{Download, Progress, Rows, Stored, Wanted};
use crate::domain::time::Moment;
use crate::domain::transfers::{Joined, Refused, RequestKind, Sending};

/// Rows read in one transaction.
const BATCH: u32 = 1000;

impl From<Refused> for Stop {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::NoRoom(seconds) => Refusal::TooManyDownloads(seconds),
            Refused::OtherContent => Refusal::OtherContent,
        }
        .into()
    }
}

impl Accounts {
    /// Records a range about to be sent: as part of a running download, of one that can be resumed, or of a new one.
    ///
    /// # Errors
    /// [`Refusal::TooManyDownloads`]; [`Refusal::OtherContent`] if this would resume a download of different
    /// content.
    pub async fn begin_download(
        &self,
        grant: &Grant,
        wanted: Wanted,
        sending: &Sending,
        ask: RequestKind,
    ) -> Result<(), Stop> {
        let (account, part) = (grant.account, sending.part());
        let transfers = &self.core.transfers;
        if transfers.join(account, &wanted, part, ask)? == Joined::Running {
            return Ok(());
        }
        let _turn = transfers.turn(account).await;
        // Another request may have started it meanwhile; from here on no other can.
        let joined = transfers.join(account, &wanted, part, ask)?;
        if joined == Joined::Running {
            return Ok(());
        }
        let resume = joined == Joined::NotRunning;
        let of = wanted.clone();
        let begun = self
            .write(move |tx| tx.note_download(account, &of, ask, resume))
            .await?;
        let (id, progress, anywhere) = begun;
        transfers.begin(id, account, wanted, progress, part, &anywhere);
        Ok(())
    }

    /// The account's latest downloads, newest first.
    ///
    /// # Errors
    /// [`Refusal::SignedOut`].
    pub async fn downloads(&self, requester: &Requester) -> Result<Vec<Download>, Stop> {
        let session = requester.session;
        let mut downloads = self
            .read(move |rows, now, core| {
                let account = signed_in(rows, core, now, session)?.session.account;
                Ok(rows.downloads_of(account, SHOWN)?)
            })
            .await?;
        self.core.transfers.bring_up(&mut downloads);
        Ok(downloads)
    }

    /// All downloads started from `from` on and before `to`, oldest first, passed on one by one.
    ///
    /// # Errors
    /// The store's.
    pub async fn each_download<T: Send + 'static>(
        &self,
        from: Moment,
        to: Moment,
        mut all: T,
        mut each: impl FnMut(&mut T, Download) + Send + 'static,
    ) -> Result<T, Stop> {
        self.read(move |rows, _, _| {
            every_download(rows, from, to, |download| each(&mut all, download))?;
            Ok(all)
        })
        .await
    }
}

impl Transaction<'_> {
    /// The row of a download, either resumable or new, its progress, and which others run on any node.
    fn note_download(
        &mut self,
        account: i64,
        wanted: &Wanted,
        ask: RequestKind,
        resume: bool,
    ) -> Result<(i64, Progress, Vec<i64>), Stop> {
        let since = self.now.minus(self.core.lifetimes.download_resume);
        if ask == RequestKind::UnvalidatedResume {
            let begun = self.rows.latest_content(account, wanted, since)?;
            if begun.is_some_and(|begun| begun != wanted.sha256) {
                return Err(Refusal::OtherContent.into());
            }
        }
        let known = match resume {
            true => self.rows.latest_download(account, wanted, since)?,
            false => None,
        };
        let mut anywhere = self.rows.downloads_running(account, self.now)?;
        // A request for the whole of a file that is complete, or runs on another node, wants a second copy. A request for
        // a range does not: the last bytes sent may not have arrived.
        let is_copy = |known: &Download| known.whole || anywhere.contains(&known.id);
        let known = known.filter(|known| !(ask == RequestKind::Whole && is_copy(known)));
        anywhere.retain(|id| known.as_ref().is_none_or(|known| known.id != *id));
        self.core.transfers.check_room(account, &anywhere)?;
        if let Some(known) = known {
            return Ok((known.id, known.progress, anywhere));
        }
        let today = self.rows.downloads_begun(account, self.now.minus(DAY))?;
        let most = self.core.limits.downloads_day;
        if let Some(seconds) = rate_limits::wait_of_day(&today, most, self.now) {
            return Err(Refusal::TooManyDownloads(seconds).into());
        }
        let id = self.rows.insert_download(account, wanted, self.now)?;
        Ok((id, Progress::default(), anywhere))
    }
}

fn every_download(
    rows: &dyn Rows,
    from: Moment,
    to: Moment,
    mut each: impl FnMut(Download),
) -> Stored<()> {
    let mut after = 0;
    loop {
        let batch = rows.downloads_between(from, to, after, BATCH)?;
        let is_last = batch.len() < BATCH as usize;
        if let Some(last) = batch.last() {
            after = last.id;
        }
        batch.into_iter().for_each(&mut each);
        if is_last {
            return Ok(());
        }
    }
}
