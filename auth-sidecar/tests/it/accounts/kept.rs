//! What the store keeps, asked of any store through its interface.

use std::sync::{Mutex, PoisonError};

use dateline_auth::domain::accounts::FlowCookie;
use dateline_auth::domain::refusal::Stop;
use dateline_auth::domain::store::{
    Account, Alive, Departure, Download, Flow, QueuedMail, Rows, Session, StoreError, Stored,
};
use dateline_auth::domain::time::Moment;

use super::*;

/// Before everything, and after.
const LONG_AGO: Moment = Moment(0);
const NEVER: Moment = Moment(i64::MAX);

impl Service {
    /// Asks something of the rows.
    pub(crate) async fn kept<T, F>(&self, question: F) -> T
    where
        T: Send + 'static,
        F: FnOnce(&dyn Rows) -> Stored<T> + Send + 'static,
    {
        let store = self.sidecar.accounts().store();
        store.read(|rows| Ok(question(rows)?)).await.unwrap()
    }

    pub(crate) async fn accounts_kept(&self) -> Vec<Account> {
        self.kept(|rows| rows.accounts_after(0, 1000)).await
    }

    /// Of all accounts, also those that are over.
    pub(crate) async fn sessions_kept(&self) -> Vec<Session> {
        let alive = Alive {
            seen_after: LONG_AGO,
            begun_after: LONG_AGO,
        };
        self.kept(move |rows| {
            let mut all = Vec::new();
            for account in rows.accounts_after(0, 1000)? {
                all.extend(rows.sessions_of(account.id, alive)?);
            }
            Ok(all)
        })
        .await
    }

    pub(crate) async fn downloads_kept(&self) -> Vec<Download> {
        self.kept(|rows| rows.downloads_between(LONG_AGO, NEVER, 0, 1000))
            .await
    }

    pub(crate) async fn departures_kept(&self) -> Vec<Departure> {
        self.kept(|rows| rows.departures_after(0)).await
    }

    /// The flow that a browser is in.
    pub(crate) async fn flow_of(&self, browser: &Browser) -> Option<Flow> {
        let accounts = self.sidecar.accounts();
        let FlowCookie::Flow(id) = accounts.flow_cookie(browser.cookie("flow")) else {
            return None;
        };
        self.kept(move |rows| rows.flow(&id, LONG_AGO)).await
    }

    /// All mail that is due, decoys too.
    pub(crate) async fn due_mails(&self) -> Vec<QueuedMail> {
        let found = Arc::new(Mutex::new(Vec::new()));
        let (into, now) = (Arc::clone(&found), Moment::from(self.clock.now()));
        let store = self.sidecar.accounts().store();
        let looked: Result<(), Stop> = store
            .write(move |rows| {
                *into.lock().unwrap_or_else(PoisonError::into_inner) = take_due(rows, now)?;
                // So that nothing changes.
                Err(StoreError::Failed("only looked".into()).into())
            })
            .await;
        assert!(looked.is_err());
        let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut found)
    }

    /// Changes the only due mail, as a person with access to the database could.
    pub(crate) async fn alter_mails(&self, alter: fn(&mut Vec<QueuedMail>)) {
        let now = Moment::from(self.clock.now());
        let store = self.sidecar.accounts().store();
        let altered = store.write(move |rows| {
            let mut mails = take_due(rows, now)?;
            rows.drop_all_mails()?;
            alter(&mut mails);
            Ok(mails.iter().try_for_each(|mail| rows.insert_mail(mail))?)
        });
        altered.await.unwrap();
    }
}

/// As they were before they were leased.
fn take_due(rows: &mut dyn Rows, now: Moment) -> Stored<Vec<QueuedMail>> {
    let mut mails = Vec::new();
    while let Some(mut mail) = rows.lease_mail(now, "a test", NEVER)? {
        mail.attempts -= 1;
        mails.push(mail);
    }
    mails.extend(rows.end_mails_for_nobody(now, u32::MAX)?);
    Ok(mails)
}
