//! What operators do: from the command line, beside a running service.

use super::{Accounts, Work};
use crate::domain::refusal::Refusal;
use crate::domain::store::{Account, Stored};

impl Accounts {
    /// Every account, in the order in which they came to be.
    ///
    /// # Errors
    /// The store's.
    pub async fn all(&self) -> Result<Vec<Account>, Refusal> {
        const BATCH: u32 = 1000;
        let mut all: Vec<Account> = Vec::new();
        loop {
            let after = all.last().map_or(0, |account| account.id);
            let batch = self
                .read(move |rows, _, _| rows.accounts_after(after, BATCH))
                .await?;
            let is_last = batch.len() < BATCH as usize;
            all.extend(batch);
            if is_last {
                return Ok(all);
            }
        }
    }

    /// Disables or enables. Disabling ends sessions and steps at once. `false` if it was so already.
    ///
    /// # Errors
    /// The store's.
    pub async fn set_disabled(&self, account: Account, disabled: bool) -> Result<bool, Refusal> {
        let changed = self
            .write(move |work| work.set_disabled(&account, disabled))
            .await?;
        Ok(changed)
    }

    /// Erases an account as its owner could.
    ///
    /// # Errors
    /// The store's.
    pub async fn erase(&self, account: Account) -> Result<(), Refusal> {
        self.write(move |work| work.erase(&account)).await?;
        Ok(())
    }
}

impl Work<'_> {
    fn set_disabled(&mut self, account: &Account, disabled: bool) -> Stored<bool> {
        let at = disabled.then_some(self.now);
        if !self.tx.set_disabled(account.id, at)? {
            return Ok(false);
        }
        if disabled {
            self.tx.end_sessions_of(account.id, None)?;
            self.tx.end_flows_of(&account.email_key)?;
        }
        Ok(true)
    }
}
