//! Accounts: what each call does, apart from HTTP.
//!
//! Every use case is a method of [`Accounts`]: one or two transactions, with a password hash between them if needed.
//! The steps inside a transaction are methods of `Transaction`.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::hashing::{Hasher, Reservation};
use super::keys::{Keyring, Purpose};
use super::mail_health::MailHealth;
use super::network::Network;
use super::random::{Random, TokenHash};
use super::rate_limits::{self, CodeScopes, Counters, HitKeys, Reserved};
use super::refusal::{Refusal, Stop};
use super::settings::{Lifetimes, Limits};
use super::store::{Alive, FlowKind, Rows, Scope, Store, Stored};
use super::time::{Moment, ServiceTime};
use super::transfers::Transfers;

mod address;
mod administer;
mod codes;
mod delivery;
mod downloads;
mod ended;
mod enqueue;
mod export;
mod flows;
mod judging;
mod links;
mod login;
mod own;
mod register;
mod reset;
mod restore;
mod sessions;
mod upkeep;

pub use self::address::Undone;
pub use self::administer::{Overview, Who};
pub use self::codes::CodeSent;
pub use self::delivery::{Backlog, HOLD, NextMail, Rate};
pub use self::enqueue::MailContents;
pub use self::export::{Export, OwnAccount};
pub use self::flows::{BackChange, FlowCookie, NewFlowCookie};
pub use self::links::{Grant, OwnLink};
pub use self::login::{LoggedIn, Upgrade};
pub use self::register::Registration;
pub use self::restore::{Restored, restore};
pub use self::sessions::NewSession;

/// Prefix of the pseudonym of an erased address. No address lacks an `@`.
const ERASED: &str = "erased:";
/// Seconds to wait before retrying when the service is busy.
const BUSY: u64 = 3;

/// What rules need besides rows; the same in every transaction.
pub struct Core {
    /// The service's clock.
    pub time: ServiceTime,
    /// Random numbers.
    pub random: Arc<dyn Random>,
    /// The server's secret.
    pub keys: Keyring,
    /// Lifetimes.
    pub lifetimes: Lifetimes,
    /// Rate limits.
    pub limits: Limits,
    /// Running downloads.
    pub transfers: Arc<Transfers>,
    /// The state of mail delivery.
    pub mail: MailHealth,
}

impl Core {
    /// The keys of an address's or network's counters; never the value itself.
    fn hit_keys(&self, what: &str, value: &[u8]) -> HitKeys {
        let parts = [what.as_bytes(), value];
        let macs = self.keys.macs(Purpose::Address, &parts);
        macs.map(|(_, mac)| mac).collect()
    }

    /// The keys of an address's counters; also of an erased one.
    fn address_keys(&self, email_key: &str) -> HitKeys {
        let erased = email_key.strip_prefix(ERASED);
        let macs = erased.and_then(|text| URL_SAFE_NO_PAD.decode(text).ok());
        match macs {
            Some(macs) => macs.as_chunks().0.to_vec(),
            None => self.hit_keys("address", email_key.as_bytes()),
        }
    }

    /// The keys of an account's counters.
    fn account_keys(&self, account: i64) -> HitKeys {
        self.hit_keys("account", &account.to_be_bytes())
    }

    /// The pseudonym of an erased address.
    fn pseudonym(&self, email_key: &str) -> String {
        let macs = self.address_keys(email_key).concat();
        format!("{ERASED}{}", URL_SAFE_NO_PAD.encode(macs))
    }

    /// The counters of an attempt on this address. Runs the same statements for every address.
    fn counters(
        &self,
        rows: &dyn Rows,
        now: Moment,
        requester: &Requester,
        email_key: &str,
        account: Option<i64>,
    ) -> Stored<Counters> {
        let bound = match &requester.device {
            Some(device) => rows.device(device, now)?,
            None => None,
        };
        Ok(Counters {
            address: self.address_keys(email_key),
            network: self.network_keys(requester.network),
            wider: self.wider(requester.network),
            device: requester
                .device
                .filter(|_| bound.is_some() && bound == account)
                .map(|device| device.0),
        })
    }

    /// The keys of a network's own counters.
    fn network_keys(&self, network: Network) -> HitKeys {
        self.hit_keys("network", &network.to_bytes())
    }

    /// The keys of the containing networks' counters, and the multiple of the limit that each may use.
    fn wider(&self, network: Network) -> Vec<(HitKeys, u32)> {
        let times = [self.limits.network_56, self.limits.network_48];
        let wider = network.wider().into_iter().zip(times);
        wider
            .map(|(network, times)| {
                let what = format!("network of /{}", network.bits());
                (self.hit_keys(&what, &network.to_bytes()), times)
            })
            .collect()
    }

    /// Which sessions are alive.
    #[must_use]
    pub fn alive(&self, now: Moment) -> Alive {
        Alive {
            seen_after: now.minus(self.lifetimes.session_idle),
            begun_after: now.minus(self.lifetimes.session_most),
        }
    }
}

/// The account service. Clones share the same state.
#[derive(Clone)]
pub struct Accounts {
    store: Arc<dyn Store>,
    hasher: Arc<dyn Hasher>,
    core: Arc<Core>,
    /// Notified when mail was queued.
    bell: Arc<dyn Fn() + Send + Sync>,
    /// Sessions seen since the last flush, so that a session check writes nothing.
    seen: Arc<Mutex<BTreeMap<[u8; 32], Moment>>>,
}

/// The client of a request: what the request shows besides its fields.
#[derive(Clone, Debug)]
pub struct Requester {
    /// Its network.
    pub network: Network,
    /// The device mark of a browser that logged in before.
    pub device: Option<TokenHash>,
    /// The session cookie.
    pub session: Option<TokenHash>,
    /// The flow in progress.
    pub flow: FlowCookie,
    /// Browser family and system.
    pub browser: String,
}

impl Accounts {
    /// Uses this store; `bell` is notified when mail was queued.
    #[must_use]
    pub fn new(
        store: Arc<dyn Store>,
        hasher: Arc<dyn Hasher>,
        core: Arc<Core>,
        bell: Arc<dyn Fn() + Send + Sync>,
    ) -> Self {
        Self {
            store,
            hasher,
            core,
            bell,
            seen: Arc::default(),
        }
    }

    /// What rules need besides rows.
    #[must_use]
    pub fn core(&self) -> &Arc<Core> {
        &self.core
    }

    /// The underlying store.
    #[must_use]
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }

    /// Runs a rule in one transaction, at the service's time. It may run more than once, so it must change only
    /// rows.
    ///
    /// # Errors
    /// The rule's, or the store's.
    async fn write<T, F>(&self, rule: F) -> Result<T, Stop>
    where
        T: Send + 'static,
        F: Fn(&mut Transaction<'_>) -> Result<T, Stop> + Send + 'static,
    {
        let core = Arc::clone(&self.core);
        self.store
            .write(move |rows| rule(&mut Transaction::new(rows, &core)))
            .await
    }

    /// The same for the outbox and upkeep, whose work is guarded statements, so that nodes which do it at once conflict
    /// neither with rules nor with each other.
    ///
    /// # Errors
    /// The work's, or the store's.
    async fn write_guarded<T, F>(&self, work: F) -> Result<T, Stop>
    where
        T: Send + 'static,
        F: Fn(&mut Transaction<'_>) -> Result<T, Stop> + Send + 'static,
    {
        let core = Arc::clone(&self.core);
        self.store
            .write_guarded(move |rows| work(&mut Transaction::new(rows, &core)))
            .await
    }

    /// Reads one state of the rows, at the service's time.
    ///
    /// # Errors
    /// The question's, or the store's.
    async fn read<T, F>(&self, question: F) -> Result<T, Stop>
    where
        T: Send + 'static,
        F: FnOnce(&dyn Rows, Moment, &Core) -> Result<T, Stop> + Send + 'static,
    {
        let core = Arc::clone(&self.core);
        self.store
            .read(move |rows| question(rows, core.time.now(), &core))
            .await
    }

    /// A slot in the hash queue, after the limits admitted the request.
    fn hashing_slot(&self, network: Network) -> Result<Reservation, Refusal> {
        self.hasher.reserve(network).ok_or(Refusal::Busy(BUSY))
    }

    /// The same. If the queue is full, cancels the reservation: nothing was attempted.
    async fn slot_or_cancel(
        &self,
        network: Network,
        reserved: Reserved,
    ) -> Result<Reservation, Stop> {
        let place = self.hashing_slot(network);
        if place.is_err() {
            self.write(move |tx| Ok(rate_limits::cancel(tx.rows, reserved, tx.now)?))
                .await?;
        }
        Ok(place?)
    }
}

/// One transaction.
struct Transaction<'t> {
    rows: &'t mut dyn Rows,
    /// The time, the same throughout.
    now: Moment,
    core: &'t Core,
}

impl<'t> Transaction<'t> {
    /// A transaction at the service's time.
    fn new(rows: &'t mut dyn Rows, core: &'t Core) -> Self {
        let now = core.time.now();
        Self { rows, now, core }
    }
}

impl Accounts {
    /// Names the requester's network in logs, recognisable only with the secret.
    pub fn keyed_network(&self, requester: &Requester) -> String {
        let keys = self.core.hit_keys("network", &requester.network.to_bytes());
        let first = keys.first().map_or(&[][..], |key| &key[..8]);
        first.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl Transaction<'_> {
    /// The counters of an attempt on this address.
    fn counters(
        &self,
        requester: &Requester,
        email_key: &str,
        account: Option<i64>,
    ) -> Stored<Counters> {
        self.core
            .counters(self.rows, self.now, requester, email_key, account)
    }
}

/// The counters of codes of this kind.
const fn scopes(kind: FlowKind) -> CodeScopes {
    match kind {
        FlowKind::Register => CodeScopes {
            address: Scope::RegisterAddress,
            device: Scope::RegisterDevice,
            promise: None,
        },
        FlowKind::Address => CodeScopes {
            address: Scope::AddressCodes,
            device: Scope::AddressDevice,
            promise: None,
        },
        FlowKind::Reset => CodeScopes {
            address: Scope::ResetAddress,
            device: Scope::ResetDevice,
            promise: Some(Scope::ResetPromise),
        },
    }
}
