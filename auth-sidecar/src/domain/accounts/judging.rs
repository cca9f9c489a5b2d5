//! New passwords that are refused: judging one is work, so a network may have so many an hour.

use super::{Accounts, Requester};
use crate::domain::rate_limits::{self, Counters};
use crate::domain::refusal::Stop;
use crate::domain::store::Scope;

impl Accounts {
    /// Refuses to judge a new password from a network that had too many refused.
    ///
    /// # Errors
    /// [`Refusal::TooMany`](crate::domain::refusal::Refusal::TooMany).
    pub async fn may_choose_password(&self, requester: &Requester) -> Result<(), Stop> {
        let network = requester.network;
        self.read(move |rows, now, core| {
            let who = Counters::of_network(core.network_keys(network), core.wider(network));
            rate_limits::check_refused_passwords(rows, &core.limits, &who, now)
        })
        .await
    }

    /// Counts a new password that was refused.
    ///
    /// # Errors
    /// The store's.
    pub async fn count_refused_password(&self, requester: &Requester) -> Result<(), Stop> {
        let network = requester.network;
        self.write(move |tx| {
            let who = Counters::of_network(tx.core.network_keys(network), tx.core.wider(network));
            who.insert_network(tx.rows, Scope::PasswordRefused, tx.now)?;
            Ok(())
        })
        .await
    }
}
