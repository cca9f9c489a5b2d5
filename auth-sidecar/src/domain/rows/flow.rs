//! Rows of flows: registrations, resets and changes of address in progress.

use crate::domain::random::TokenHash;
use crate::domain::store::Stored;
use crate::domain::time::Moment;

/// What a flow leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlowKind {
    /// A new account.
    Register,
    /// A new password.
    Reset,
    /// Another address.
    Address,
}

/// How far a flow is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlowStep {
    /// Its code is to be entered.
    Code,
    /// A reset's code was entered; the new password is to be.
    NewPassword,
    /// Nothing is left but the way back.
    Done,
}

/// Where to go when all is done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WayBack {
    /// A path of this site.
    pub path: Option<String>,
    /// `DOSSIER/RENDITION` that was asked for.
    pub rendition: Option<String>,
}

/// A code, as the store keeps it.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredCode {
    /// The id of the key that made the MAC.
    pub key: String,
    /// HMAC over flow, purpose and digits; random where no code is right.
    pub mac: [u8; 32],
    /// When it was sent.
    pub sent_at: Moment,
    /// The first moment at which it is refused.
    pub expires_at: Moment,
}

/// A registration, a reset or a change of address in progress.
#[derive(Clone, PartialEq, Eq)]
pub struct Flow {
    /// The hash of its cookie.
    pub id: TokenHash,
    /// What it leads to.
    pub kind: FlowKind,
    /// How far it is.
    pub step: FlowStep,
    /// The canonical address; of a change, the new one.
    pub email_key: String,
    /// The spelling that was given.
    pub email: String,
    /// Whose password is reset, none for an address without an account; whose address changes.
    pub account: Option<i64>,
    /// The password that a registration would set.
    pub password_hash: Option<String>,
    /// Of its mails and answers.
    pub language: String,
    /// Where to go afterwards.
    pub back: WayBack,
    /// The newest code.
    pub code: StoredCode,
    /// Tries that the code has had.
    pub code_tries: u32,
    /// When the right code was entered.
    pub code_used_at: Option<Moment>,
    /// The network's hit that is given back when its address turns out to be the requester's.
    pub network_hit: i64,
    /// When it began.
    pub created_at: Moment,
    /// The first moment at which it is no more.
    pub expires_at: Moment,
}

/// Rows of flows.
pub trait FlowRows {
    /// By its cookie; one that is over is not there.
    fn flow(&self, id: &TokenHash, now: Moment) -> Stored<Option<Flow>>;

    /// A new flow.
    fn insert_flow(&mut self, flow: &Flow) -> Stored<()>;
    /// Ends a flow.
    fn delete_flow(&mut self, id: &TokenHash) -> Stored<()>;
    /// Changes where it leads.
    fn set_way_back(&mut self, id: &TokenHash, back: &WayBack) -> Stored<()>;
    /// Replaces the code, with new tries, if the flow still waits for one.
    fn replace_code(
        &mut self,
        id: &TokenHash,
        code: &StoredCode,
        expires_at: Moment,
    ) -> Stored<bool>;
    /// Counts a try if the code has had fewer than `most`; whether it was counted.
    fn count_try(&mut self, id: &TokenHash, most: u32) -> Stored<bool>;
    /// From one step to another, if it is at the first; without the password it held. Leaving
    /// [`FlowStep::Code`] uses the code up.
    fn advance(
        &mut self,
        id: &TokenHash,
        from: FlowStep,
        to: FlowStep,
        now: Moment,
        expires_at: Moment,
    ) -> Stored<bool>;
    /// Leads an address's flows nowhere, but for one; those of this kind, or all. Flows that wait for a code
    /// stay, so that they answer as before, with `nobodys`, which is no code's MAC; others end. Where there is a
    /// `pseudonym`, it takes the address's place.
    fn void_flows(
        &mut self,
        email_key: &str,
        kind: Option<FlowKind>,
        but: Option<&TokenHash>,
        nobodys: &[u8; 32],
        pseudonym: Option<&str>,
    ) -> Stored<()>;
    /// Ends an account's changes of address in progress, but for one.
    fn end_address_flows(&mut self, account: i64, but: Option<&TokenHash>) -> Stored<()>;
    /// Ends all flows; how many.
    fn end_all_flows(&mut self) -> Stored<u64>;
}
