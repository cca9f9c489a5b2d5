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

/// The step of a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlowStep {
    /// Waiting for the code.
    Code,
    /// Waiting for the new password, after the code of a reset.
    NewPassword,
    /// Done; only the way back is still needed.
    Done,
}

/// Where to return after a flow.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WayBack {
    /// A path of this site.
    pub path: Option<String>,
    /// The requested file, `DOSSIER/RENDITION`.
    pub rendition: Option<String>,
}

/// A code, as the store keeps it.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredCode {
    /// The id of the key that made the MAC.
    pub key: String,
    /// HMAC over flow, purpose and digits; random if no code is to match.
    pub mac: [u8; 32],
    /// When it was sent.
    pub sent_at: Moment,
    /// The first moment at which it has expired.
    pub expires_at: Moment,
}

/// A registration, a reset or a change of address in progress.
#[derive(Clone, PartialEq, Eq)]
pub struct Flow {
    /// The hash of its cookie.
    pub id: TokenHash,
    /// What it leads to.
    pub kind: FlowKind,
    /// Its current step.
    pub step: FlowStep,
    /// The canonical address; for a change of address, the new one.
    pub email_key: String,
    /// The address as it was entered.
    pub email: String,
    /// The account whose password or address changes; `None` for a registration, or a reset without an account.
    pub account: Option<i64>,
    /// The password that a registration would set.
    pub password_hash: Option<String>,
    /// The language of its mails and pages.
    pub language: String,
    /// Where to return afterwards.
    pub back: WayBack,
    /// The newest code.
    pub code: StoredCode,
    /// How often a code was tried.
    pub code_tries: u32,
    /// When the right code was entered.
    pub code_used_at: Option<Moment>,
    /// The hit of the network's rate limit, which is refunded once the address proves to be the requester's.
    pub network_hit: i64,
    /// When it began.
    pub created_at: Moment,
    /// The first moment at which it has expired.
    pub expires_at: Moment,
}

/// Rows of flows.
pub trait FlowRows {
    /// Finds a flow by the hash of its cookie, unless it has expired.
    fn flow(&self, id: &TokenHash, now: Moment) -> Stored<Option<Flow>>;

    /// Inserts a flow.
    fn insert_flow(&mut self, flow: &Flow) -> Stored<()>;
    /// Deletes a flow.
    fn delete_flow(&mut self, id: &TokenHash) -> Stored<()>;
    /// Sets where to return afterwards.
    fn set_way_back(&mut self, id: &TokenHash, back: &WayBack) -> Stored<()>;
    /// Replaces the code and resets the tries, if the flow still waits for a code.
    fn replace_code(
        &mut self,
        id: &TokenHash,
        code: &StoredCode,
        expires_at: Moment,
    ) -> Stored<bool>;
    /// Counts a try, unless there were `most` already; returns whether it was counted.
    fn count_try(&mut self, id: &TokenHash, most: u32) -> Stored<bool>;
    /// Moves a flow from one step to another, if it is at the first, and drops its password. Leaving [`FlowStep::Code`]
    /// marks the code as used.
    fn advance(
        &mut self,
        id: &TokenHash,
        from: FlowStep,
        to: FlowStep,
        now: Moment,
        expires_at: Moment,
    ) -> Stored<bool>;
    /// Voids an address's flows of this kind, or of all kinds, except one. Flows that wait for a code stay, so that
    /// they respond as before, but get `void_mac`, which matches no code; others are deleted. A `pseudonym`, if given,
    /// replaces the address.
    fn void_flows(
        &mut self,
        email_key: &str,
        kind: Option<FlowKind>,
        except: Option<&TokenHash>,
        void_mac: &[u8; 32],
        pseudonym: Option<&str>,
    ) -> Stored<()>;
    /// Deletes an account's changes of address in progress, except one.
    fn end_address_flows(&mut self, account: i64, except: Option<&TokenHash>) -> Stored<()>;
    /// Deletes all flows; returns how many.
    fn end_all_flows(&mut self) -> Stored<u64>;
}
