//! Rate limits, counted in the store: they survive restarts, and processes that share a database share the counts.
//!
//! Every event is a row. Windows slide, so only time clears a count. The row that leaves the window first determines
//! when to retry.

use std::slice;
use std::time::Duration;

use super::refusal::{Refusal, Stop};
use super::settings::Limits;
use super::store::{Hit, Rows, Scope, Stored};
use super::time::{CLOCK_TOLERANCE, Moment};

const MINUTE: Duration = Duration::from_secs(60);
const FIVE_MINUTES: Duration = Duration::from_secs(5 * 60);
const QUARTER: Duration = Duration::from_secs(15 * 60);
pub(super) const HOUR: Duration = Duration::from_secs(60 * 60);
/// Older events are deleted.
pub(super) const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Waits in seconds after failed logins beyond the free ones; the last one repeats.
const WAITS: [u64; 6] = [30, 60, 120, 240, 480, 900];

/// The HMACs that identify a counter, one for each key of the secret, so that rotating the key resets no count. New
/// events use the first one.
pub(super) type HitKeys = Vec<[u8; 32]>;

/// The counters of an attempt.
#[derive(Clone, Debug)]
pub(super) struct Counters {
    /// Of the address.
    pub(super) address: HitKeys,
    /// Of the network.
    pub(super) network: HitKeys,
    /// Of the containing networks, with the multiple of the limit that each may use.
    pub(super) wider: Vec<(HitKeys, u32)>,
    /// The device mark of a browser that is bound to the address's account.
    pub(super) device: Option<[u8; 32]>,
}

impl Counters {
    /// Of what counts for a network and those that contain it alone.
    pub(super) fn of_network(network: HitKeys, wider: Vec<(HitKeys, u32)>) -> Self {
        Self {
            address: Vec::new(),
            network,
            wider,
            device: None,
        }
    }

    /// The browser's own counter if it has one, else the address's.
    fn own(&self, device: Scope, address: Scope) -> (Scope, &[[u8; 32]]) {
        match &self.device {
            Some(mark) => (device, slice::from_ref(mark)),
            None => (address, &self.address),
        }
    }

    fn insert(
        &self,
        rows: &mut dyn Rows,
        scope: Scope,
        keys: &[[u8; 32]],
        at: Moment,
    ) -> Stored<i64> {
        rows.insert_hit(scope, &keys[0], &self.network[0], at)
    }

    /// Counts the event for the network and the networks that contain it.
    pub(super) fn insert_network(
        &self,
        rows: &mut dyn Rows,
        scope: Scope,
        at: Moment,
    ) -> Stored<i64> {
        let id = self.insert(rows, scope, &self.network, at)?;
        for (keys, _) in &self.wider {
            rows.insert_hit_beside(id, scope, &keys[0], at)?;
        }
        Ok(id)
    }

    /// Until when one of the containing networks is blocked. `limits` are those of a single network, by window.
    fn wider_free_at(
        &self,
        rows: &dyn Rows,
        scope: Scope,
        most: &[(u32, Duration)],
        now: Moment,
    ) -> Stored<Option<Moment>> {
        let mut latest = None;
        for (keys, times) in &self.wider {
            for (most, window) in most {
                let younger = most.saturating_mul(*times).saturating_sub(1);
                let within = (now.minus(*window), now.plus(CLOCK_TOLERANCE));
                let leaves = rows.hit_before(scope, keys, within, younger)?;
                latest = latest.max(leaves.map(|at| at.plus(*window)));
            }
        }
        Ok(latest)
    }
}

/// All hits under any of these keys within `window`, oldest first.
pub(super) fn hits(
    rows: &dyn Rows,
    scope: Scope,
    keys: &[[u8; 32]],
    window: Duration,
    now: Moment,
) -> Stored<Vec<Hit>> {
    let mut all = Vec::new();
    for key in keys {
        all.extend(rows.hits(scope, key, now.minus(window))?);
    }
    // Hits from a clock that was ahead would count until that time.
    all.retain(|hit| hit.at <= now.plus(CLOCK_TOLERANCE));
    all.sort_by_key(|hit| hit.at);
    Ok(all)
}

/// Rows to refund on success.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reserved {
    pub(super) own: i64,
    pub(super) network: i64,
    /// The address and network that were admitted by a promise, which a refund deletes too.
    promise: Option<[[u8; 32]; 2]>,
}

/// When fewer than `most` of these hits are within `window`; `None` if that is now.
fn free_at(hits: &[Hit], most: u32, window: Duration, now: Moment) -> Option<Moment> {
    let recent = hits.partition_point(|hit| hit.at <= now.minus(window));
    let times: Vec<Moment> = hits[recent..].iter().map(|hit| hit.at).collect();
    room_at(&times, most, window, now)
}

/// The same for times that all lie within `window`, oldest first.
fn room_at(times: &[Moment], most: u32, window: Duration, now: Moment) -> Option<Moment> {
    // Once this one leaves the window, there is room for one more.
    let leaves = times.len().checked_sub(most as usize)?;
    Some(times.get(leaves).map_or(now, |at| *at).plus(window))
}

/// Seconds until fewer than `most` of these events of the last day, oldest first, count.
pub(super) fn wait_of_day(times: &[Moment], most: u32, now: Moment) -> Option<u64> {
    wait(room_at(times, most, DAY, now), now)
}

/// When the next login may be attempted: some are free, then each failure lengthens the wait.
fn login_at(hits: &[Hit], free: u32) -> Option<Moment> {
    let free = (free as usize).max(1);
    let mut waits = None;
    for (index, hit) in hits.iter().enumerate() {
        let level = match waits {
            Some((level, _)) => level + 1,
            None => {
                let first = index.checked_sub(free - 1).map(|first| hits[first].at);
                if first.is_none_or(|first| hit.at.since(first) >= FIVE_MINUTES) {
                    continue;
                }
                0
            }
        };
        let wait = Duration::from_secs(WAITS[level.min(WAITS.len() - 1)]);
        waits = Some((level, hit.at.plus(wait)));
    }
    waits.map(|(_, until)| until)
}

/// Seconds until then; `None` if it has passed. The latest of several limits applies, so that waiting for
/// `Retry-After` always admits.
fn wait(until: Option<Moment>, now: Moment) -> Option<u64> {
    let until = until.filter(|until| *until > now)?;
    Some(until.seconds_from(now))
}

/// Whether an attempt is admitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Admission {
    Free,
    ByPromise,
    /// Not before this many seconds.
    After(u64),
    /// The same, and the promise was made just now.
    PromisedAfter(u64),
}

/// Admits a network that an address's limit blocks until `until`, if it has a promise. The time it was given is kept
/// as a promise, one for each network: whoever waits that long is admitted whatever others did meanwhile, and never
/// waits longer than 15 minutes.
fn admit_by_promise(
    rows: &mut dyn Rows,
    scope: Scope,
    who: &Counters,
    until: Option<Moment>,
    now: Moment,
) -> Stored<Admission> {
    let mut promise = None;
    for key in &who.address {
        let all = rows.hits(scope, key, now.minus(QUARTER))?;
        promise = promise.or(all
            .into_iter()
            .find(|promise| who.network.contains(&promise.network)));
    }
    let stops = until.filter(|until| *until > now);
    let after = |at| wait(Some(at), now).map_or(Admission::Free, Admission::After);
    match (promise, stops) {
        (None, None) => Ok(Admission::Free),
        (Some(promise), Some(until)) if promise.at > now => Ok(after(promise.at.min(until))),
        (Some(promise), _) => rows.delete_hit(promise.id).map(|()| Admission::ByPromise),
        (None, Some(until)) => {
            let at = until.min(now.plus(QUARTER));
            who.insert(rows, scope, &who.address, at)?;
            Ok(Admission::PromisedAfter(at.seconds_from(now)))
        }
    }
}

/// A stronger proof than a password was given: lift all waits of the address.
pub(super) fn lift_waits(rows: &mut dyn Rows, address: &HitKeys) -> Stored<()> {
    forget(rows, address, &[Scope::LoginAccount, Scope::LoginPromise]).map(drop)
}

/// Deletes an address's counts; returns whether there were any.
pub(super) fn forget(rows: &mut dyn Rows, address: &HitKeys, scopes: &[Scope]) -> Stored<bool> {
    let mut any = false;
    for key in address {
        for scope in scopes {
            for hit in rows.hits(*scope, key, Moment(i64::MIN))? {
                rows.delete_hit(hit.id)?;
                any = true;
            }
        }
    }
    Ok(any)
}

/// Refuses a login attempt that follows others of this browser or session too closely; counts nothing.
pub(super) fn check_own_logins(
    rows: &dyn Rows,
    limits: &Limits,
    who: &Counters,
    now: Moment,
) -> Result<(), Stop> {
    let (scope, keys) = who.own(Scope::LoginDevice, Scope::LoginAccount);
    let own = hits(rows, scope, keys, DAY, now)?;
    match wait(login_at(&own, limits.login_account), now) {
        Some(seconds) => Err(Refusal::TooMany(seconds).into()),
        None => Ok(()),
    }
}

/// Refuses a network that had too many new passwords refused; counts nothing.
pub(super) fn check_refused_passwords(
    rows: &dyn Rows,
    limits: &Limits,
    who: &Counters,
    now: Moment,
) -> Result<(), Stop> {
    let (scope, most) = (Scope::PasswordRefused, limits.passwords_network_hour);
    let refused = hits(rows, scope, &who.network, HOUR, now)?;
    let wider = who.wider_free_at(rows, scope, &[(most, HOUR)], now)?;
    match wait(free_at(&refused, most, HOUR, now).max(wider), now) {
        Some(seconds) => Err(Refusal::TooMany(seconds).into()),
        None => Ok(()),
    }
}

/// Refuses an event that reached its daily limit; counts nothing.
pub(super) fn check_daily_limit(
    rows: &dyn Rows,
    scope: Scope,
    keys: &[[u8; 32]],
    most: u32,
    now: Moment,
) -> Result<(), Stop> {
    let all = hits(rows, scope, keys, DAY, now)?;
    match free_at(&all, most, DAY, now) {
        Some(until) => Err(Refusal::TooMany(until.seconds_from(now)).into()),
        None => Ok(()),
    }
}

/// Counts a login attempt before its password is checked.
pub(super) fn reserve_login(
    rows: &mut dyn Rows,
    limits: &Limits,
    who: &Counters,
    now: Moment,
) -> Result<Reserved, Stop> {
    let (scope, keys) = who.own(Scope::LoginDevice, Scope::LoginAccount);
    let mut let_in = Admission::Free;
    if who.device.is_some() {
        check_own_logins(rows, limits, who, now)?;
    } else {
        let own = hits(rows, scope, keys, DAY, now)?;
        let network = hits(rows, Scope::LoginNetwork, &who.network, HOUR, now)?;
        let until = login_at(&own, limits.login_account);
        let most = [
            (limits.login_network_minute, MINUTE),
            (limits.login_network_hour, HOUR),
        ];
        let own = most.map(|(most, window)| free_at(&network, most, window, now));
        let wider = who.wider_free_at(rows, Scope::LoginNetwork, &most, now)?;
        let network = own.into_iter().max().flatten().max(wider);
        let_in = match network {
            // A network that is blocked anyway gets no promise.
            Some(_) => Admission::After(wait(until.max(network), now).unwrap_or(1)),
            None => admit_by_promise(rows, Scope::LoginPromise, who, until, now)?,
        };
    }
    match let_in {
        Admission::Free | Admission::ByPromise => {}
        Admission::After(seconds) => return Err(Refusal::TooMany(seconds).into()),
        Admission::PromisedAfter(seconds) => {
            // Otherwise a network could get a promise for every address that others have blocked.
            who.insert_network(rows, Scope::LoginNetwork, now)?;
            return Err(Refusal::TooMany(seconds).into());
        }
    }
    Ok(Reserved {
        own: who.insert(rows, scope, keys, now)?,
        network: who.insert_network(rows, Scope::LoginNetwork, now)?,
        promise: (let_in == Admission::ByPromise).then_some([who.address[0], who.network[0]]),
    })
}

/// The counters of one kind of code.
#[derive(Clone, Copy, Debug)]
pub(super) struct CodeScopes {
    pub(super) address: Scope,
    pub(super) device: Scope,
    /// The owner's, which strangers cannot exhaust; for others it makes no difference.
    pub(super) promise: Option<Scope>,
}

/// Until when new codes are refused.
pub(super) struct CodeWaits {
    /// By the counter of the address or of the browser.
    own: Option<Moment>,
    /// By the counter of the network or a containing one.
    network: Option<Moment>,
}

/// Until when a network, or one that contains it, may request no code.
fn codes_of_network(
    rows: &dyn Rows,
    limits: &Limits,
    who: &Counters,
    now: Moment,
) -> Stored<Option<Moment>> {
    let (scope, most) = (Scope::CodesNetwork, limits.codes_network_hour);
    let asked = hits(rows, scope, &who.network, HOUR, now)?;
    let wider = who.wider_free_at(rows, scope, &[(most, HOUR)], now)?;
    Ok(free_at(&asked, most, HOUR, now).max(wider))
}

impl CodeWaits {
    pub(super) fn of(
        rows: &dyn Rows,
        limits: &Limits,
        scopes: CodeScopes,
        who: &Counters,
        now: Moment,
    ) -> Stored<Self> {
        let (scope, keys) = who.own(scopes.device, scopes.address);
        let all = hits(rows, scope, keys, DAY, now)?;
        let mut own = free_at(&all, limits.codes_address_short, QUARTER, now);
        if who.device.is_some() {
            own = own.max(free_at(&all, limits.codes_device_day, DAY, now));
        } else {
            let mut same = all.clone();
            same.retain(|hit| who.network.contains(&hit.network));
            own = own
                .max(free_at(&all, limits.codes_address_day, DAY, now))
                .max(free_at(&same, limits.codes_address_network_day, DAY, now));
        }
        let network = codes_of_network(rows, limits, who, now)?;
        Ok(Self { own, network })
    }

    /// Whether the counter of the address or browser has room.
    pub(super) fn own_is_free(&self) -> bool {
        self.own.is_none()
    }

    /// Refuses if the network's counter is full; counting one more would change nothing.
    pub(super) fn check_network(
        &self,
        now: Moment,
        full: fn(u64) -> Refusal,
    ) -> Result<(), Refusal> {
        match self.network {
            Some(network) => Err(full(
                self.own
                    .max(Some(network))
                    .map_or(1, |until| until.seconds_from(now)),
            )),
            None => Ok(()),
        }
    }
}

/// Counts a requested code, for known and unknown addresses alike. `full` builds the refusal from the seconds to
/// wait.
pub(super) fn reserve_code(
    rows: &mut dyn Rows,
    limits: &Limits,
    scopes: CodeScopes,
    who: &Counters,
    now: Moment,
    full: fn(u64) -> Refusal,
) -> Result<Reserved, Stop> {
    let mut waits = CodeWaits::of(rows, limits, scopes, who, now)?;
    waits.check_network(now, full)?;
    // Counted in any case, to detect requests for many addresses.
    let network = who.insert_network(rows, Scope::CodesNetwork, now)?;
    if let (Some(promise), None) = (scopes.promise, who.device) {
        waits.own = match admit_by_promise(rows, promise, who, waits.own, now)? {
            Admission::After(seconds) | Admission::PromisedAfter(seconds) => {
                Some(now.plus(Duration::from_secs(seconds)))
            }
            Admission::Free | Admission::ByPromise => None,
        };
    }
    if waits.own.is_some() {
        // Including this one.
        let network = codes_of_network(rows, limits, who, now)?;
        return Err(full(wait(waits.own.max(network), now).unwrap_or(1)).into());
    }
    let (scope, keys) = who.own(scopes.device, scopes.address);
    let own = who.insert(rows, scope, keys, now)?;
    Ok(Reserved {
        own,
        network,
        promise: None,
    })
}

/// Whether an owner may be notified again that somebody requested a code in vain; counted if so. Other cases do the
/// same work under a scope that nothing reads.
pub(super) fn reserve_notice(
    rows: &mut dyn Rows,
    limits: &Limits,
    is_notice: bool,
    who: &Counters,
    now: Moment,
) -> Stored<bool> {
    let told = hits(rows, Scope::Notice, &who.address, DAY, now)?;
    let is_free = free_at(&told, limits.notices_hour, HOUR, now).is_none()
        && free_at(&told, limits.notices_day, DAY, now).is_none();
    let (allowed, scope) = match is_notice && is_free {
        true => (true, Scope::Notice),
        false => (false, Scope::NoNotice),
    };
    who.insert(rows, scope, &who.address, now)?;
    Ok(allowed)
}

/// Cancels an attempt that did not take place, together with its promise.
pub(super) fn cancel(rows: &mut dyn Rows, reserved: Reserved, now: Moment) -> Stored<()> {
    if let Some([address, network]) = reserved.promise {
        rows.insert_hit(Scope::LoginPromise, &address, &network, now)?;
    }
    refund(rows, reserved)
}

/// Refunds what a success had reserved.
pub(super) fn refund(rows: &mut dyn Rows, reserved: Reserved) -> Stored<()> {
    rows.delete_hit(reserved.own)?;
    rows.delete_hit(reserved.network)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hits(seconds: &[i64]) -> Vec<Hit> {
        let hit = |at: &i64| Hit {
            id: 0,
            at: Moment(at * 1000),
            network: [0; 32],
        };
        seconds.iter().map(hit).collect()
    }

    #[test]
    fn windows_slide() {
        let now = Moment(100_000);
        let free = |at: &[i64], most| free_at(&hits(at), most, MINUTE, now).map(|at| at.0 / 1000);
        assert_eq!(free(&[], 1), None);
        assert_eq!(free(&[40], 1), None, "a minute old is too old");
        assert_eq!(free(&[41], 1), Some(101));
        assert_eq!(free(&[10, 50, 60], 3), None);
        assert_eq!(free(&[50, 60, 70], 3), Some(110));
        assert_eq!(
            free(&[50, 60, 70], 2),
            Some(120),
            "after the limit was lowered"
        );
    }

    #[test]
    fn a_limit_of_nothing_refuses_everything() {
        assert_eq!(free_at(&[], 0, MINUTE, Moment(0)), Some(Moment(60_000)));
    }

    #[test]
    fn waits_grow_after_five_failures_in_five_minutes() {
        let next = |at: &[i64]| login_at(&hits(at), 5).map(|at| at.0 / 1000);
        assert_eq!(next(&[0, 1, 2, 3]), None);
        assert_eq!(next(&[0, 1, 2, 3, 300]), None, "not within five minutes");
        assert_eq!(next(&[0, 1, 2, 3, 299]), Some(329));
        let mut at = vec![0, 1, 2, 3, 4];
        for wait in [30, 60, 120, 240, 480, 900, 900] {
            let until = next(&at).unwrap();
            assert_eq!(until - at.last().unwrap(), wait);
            at.push(until);
        }
        assert_eq!(
            next(&[0, 1, 2, 3, 4, 4000]),
            Some(4060),
            "a pause does not lower it"
        );
    }
}
