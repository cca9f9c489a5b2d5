//! How often things may happen, counted in the store: a restart forgets nothing, and processes that
//! share a database share the counts.
//!
//! Every event is a row. Windows slide, so that only time clears a count; what says when to come back
//! is the row that leaves the window first.

use std::time::Duration;

use super::settings::Limits;
use super::store::{Hit, Scope, Stored, Tx};
use super::time::Moment;

const MINUTE: Duration = Duration::from_secs(60);
const FIVE_MINUTES: Duration = Duration::from_secs(5 * 60);
const QUARTER: Duration = Duration::from_secs(15 * 60);
const HOUR: Duration = Duration::from_secs(60 * 60);
/// What is older is forgotten.
pub(super) const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Waits after failed logins beyond the free ones, in seconds; the last one stays.
const WAITS: [u64; 6] = [30, 60, 120, 240, 480, 900];

/// Whom an attempt is counted for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Counters {
    /// HMAC of the address.
    pub(super) address: [u8; 32],
    /// HMAC of the network.
    pub(super) network: [u8; 32],
    /// The mark of a browser that is bound to the address's account.
    pub(super) device: Option<[u8; 32]>,
}

/// Rows to give back on success.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reserved {
    pub(super) own: i64,
    pub(super) network: i64,
}

/// The moment at which fewer than `most` of these hits are younger than `window`; none if now.
fn free_at(hits: &[Hit], most: u32, window: Duration, now: Moment) -> Option<Moment> {
    let most = most as usize;
    let recent = hits.partition_point(|hit| hit.at <= now.minus(window));
    let recent = &hits[recent..];
    // Once this one is too old, one place is free.
    let leaves = recent.len().checked_sub(most)?;
    Some(recent.get(leaves).map_or(now, |hit| hit.at).plus(window))
}

/// When the next login may be tried: some are free, then each failure makes the wait longer.
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

fn refuse(until: Option<Moment>, now: Moment) -> Result<(), u64> {
    match until {
        Some(until) if until > now => Err(until.seconds_from(now)),
        _ => Ok(()),
    }
}

/// Counts a login attempt before its password is looked at. Refused: seconds to wait.
pub(super) fn reserve_login(
    tx: &mut dyn Tx,
    limits: &Limits,
    who: &Counters,
    now: Moment,
) -> Stored<Result<Reserved, u64>> {
    let (scope, key) = match &who.device {
        Some(device) => (Scope::LoginDevice, device),
        None => (Scope::LoginAccount, &who.address),
    };
    let own = tx.hits(scope, key, now.minus(DAY))?;
    let network = tx.hits(Scope::LoginNetwork, &who.network, now.minus(HOUR))?;
    let mut allowed = refuse(login_at(&own, limits.login_account), now);
    if who.device.is_none() {
        let (minute, hour) = (limits.login_network_minute, limits.login_network_hour);
        allowed = allowed
            .and_then(|()| refuse(free_at(&network, minute, MINUTE, now), now))
            .and_then(|()| refuse(free_at(&network, hour, HOUR, now), now));
    }
    if let Err(seconds) = allowed {
        return Ok(Err(seconds));
    }
    Ok(Ok(Reserved {
        own: tx.insert_hit(scope, key, &who.network, now)?,
        network: tx.insert_hit(Scope::LoginNetwork, &who.network, &who.network, now)?,
    }))
}

/// Which codes are asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct CodeScopes {
    pub(super) address: Scope,
    pub(super) device: Scope,
}

/// Counts a code asked for, for known and unknown addresses alike. Refused: seconds to wait.
pub(super) fn reserve_code(
    tx: &mut dyn Tx,
    limits: &Limits,
    scopes: CodeScopes,
    who: &Counters,
    now: Moment,
) -> Stored<Result<Reserved, u64>> {
    let from_network = tx.hits(Scope::CodesNetwork, &who.network, now.minus(HOUR))?;
    let full = free_at(&from_network, limits.codes_network_hour, HOUR, now);
    if let Err(seconds) = refuse(full, now) {
        return Ok(Err(seconds));
    }
    let network = tx.insert_hit(Scope::CodesNetwork, &who.network, &who.network, now)?;
    let (scope, key, day) = match &who.device {
        Some(device) => (scopes.device, device, limits.codes_device_day),
        None => (scopes.address, &who.address, limits.codes_address_day),
    };
    let own = tx.hits(scope, key, now.minus(DAY))?;
    let mut allowed = refuse(free_at(&own, limits.codes_address_short, QUARTER, now), now)
        .and_then(|()| refuse(free_at(&own, day, DAY, now), now));
    if who.device.is_none() {
        let same: Vec<Hit> = own
            .iter()
            .filter(|hit| hit.network == who.network)
            .copied()
            .collect();
        let share = free_at(&same, limits.codes_address_network_day, DAY, now);
        allowed = allowed.and_then(|()| refuse(share, now));
    }
    if let Err(seconds) = allowed {
        return Ok(Err(seconds));
    }
    let own = tx.insert_hit(scope, key, &who.network, now)?;
    Ok(Ok(Reserved { own, network }))
}

/// Whether an owner may be told once more that somebody asked in vain; counted by `key` if so.
pub(super) fn reserve_notice(
    tx: &mut dyn Tx,
    limits: &Limits,
    key: &[u8; 32],
    who: &Counters,
    now: Moment,
) -> Stored<bool> {
    let hits = tx.hits(Scope::Notice, key, now.minus(DAY))?;
    let allowed = refuse(free_at(&hits, limits.notices_hour, HOUR, now), now).is_ok()
        && refuse(free_at(&hits, limits.notices_day, DAY, now), now).is_ok();
    if allowed {
        tx.insert_hit(Scope::Notice, key, &who.network, now)?;
    }
    Ok(allowed)
}

/// Gives back what a success had reserved.
pub(super) fn give_back(tx: &mut dyn Tx, reserved: Reserved) -> Stored<()> {
    tx.delete_hit(reserved.own)?;
    tx.delete_hit(reserved.network)
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
