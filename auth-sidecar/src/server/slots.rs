//! Which connections stay when slots run out.
//!
//! While slots are free, any network may use any number. Once all are in use and a client waits, a network keeps
//! `per_network` of them, and the connections that are needed least are closed first.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::activity::{Activity, Phase};

/// The unit that slots are counted for: an IPv4 address, or an IPv6 /48, which a single customer may have. `None` is
/// a trusted proxy, which represents many clients.
pub(super) type Holder = Option<[u8; 7]>;

/// The holder of an address.
pub(super) fn holder(address: IpAddr) -> Holder {
    let mut key = [0; 7];
    match address.to_canonical() {
        IpAddr::V4(address) => {
            key[0] = 4;
            key[1..5].copy_from_slice(&address.octets());
        }
        IpAddr::V6(address) => {
            key[0] = 6;
            key[1..].copy_from_slice(&address.octets()[..6]);
        }
    }
    Some(key)
}

/// All slots.
pub(super) struct Slots {
    most: usize,
    per_network: usize,
    taken: Mutex<Taken>,
    freed: Notify,
}

#[derive(Default)]
struct Taken {
    next: u64,
    total: usize,
    /// In order of arrival.
    of: HashMap<Holder, BTreeMap<u64, Open>>,
}

struct Open {
    activity: Arc<Activity>,
    told_to_leave: Arc<Notify>,
}

/// The result of a request for a slot.
pub(super) enum Entered {
    /// A slot.
    In(Slot),
    /// The network has its share, and all of its connections are busy.
    Refused,
    /// No connection can be closed yet.
    Full,
}

/// A connection's slot; released when dropped.
pub(super) struct Slot {
    id: u64,
    holder: Holder,
    slots: Arc<Slots>,
    told_to_leave: Arc<Notify>,
}

impl Slots {
    pub(super) fn new(most: usize, per_network: usize) -> Arc<Self> {
        Arc::new(Self {
            most,
            per_network,
            taken: Mutex::default(),
            freed: Notify::new(),
        })
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A slot for a connection, if necessary by closing another.
    pub(super) fn enter(self: &Arc<Self>, holder: Holder, activity: &Arc<Activity>) -> Entered {
        let mut taken = self.taken();
        if taken.total >= self.most {
            let has_its_share = taken.count(holder) >= self.per_network;
            let leaves = match has_its_share {
                true => taken.spare(holder, self.per_network),
                false => taken.least_needed(self.per_network),
            };
            match leaves {
                Some((holder, id)) => taken.send_away(holder, id),
                None if has_its_share => return Entered::Refused,
                None => return Entered::Full,
            }
        }
        let (id, told_to_leave) = taken.add(holder, Arc::clone(activity));
        Entered::In(Slot {
            id,
            holder,
            slots: Arc::clone(self),
            told_to_leave,
        })
    }

    /// Completes when a slot becomes free.
    pub(super) async fn freed(&self) {
        self.freed.notified().await;
    }
}

impl Taken {
    /// How many slots a holder has.
    fn count(&self, holder: Holder) -> usize {
        let open = self.of.get(&holder).filter(|_| holder.is_some());
        open.map_or(0, BTreeMap::len)
    }

    fn add(&mut self, holder: Holder, activity: Arc<Activity>) -> (u64, Arc<Notify>) {
        let (id, told_to_leave) = (self.next, Arc::new(Notify::new()));
        self.next += 1;
        self.total += 1;
        let open = Open {
            activity,
            told_to_leave: Arc::clone(&told_to_leave),
        };
        self.of.entry(holder).or_default().insert(id, open);
        (id, told_to_leave)
    }

    /// The connection to close for a new one: of the largest holder, if it has a spare one or more than its share.
    fn least_needed(&self, per_network: usize) -> Option<(Holder, u64)> {
        let leaves = |holder| {
            let busy = || match self.count(holder) > per_network {
                true => self.least(holder, |_| true),
                false => None,
            };
            self.spare(holder, per_network).or_else(busy)
        };
        let holders = || self.of.keys().copied();
        // That usually suffices; otherwise all holders are considered.
        let largest = holders().max_by_key(|holder| self.count(*holder))?;
        leaves(largest).or_else(|| {
            let mut all: Vec<_> = holders().collect();
            all.sort_by_key(|holder| Reverse(self.count(*holder)));
            all.into_iter().find_map(leaves)
        })
    }

    /// A holder's connection that can be closed without losing a response: the one idle for longest. With more
    /// connections than a network's share, the first found: they may be very many.
    fn spare(&self, holder: Holder, per_network: usize) -> Option<(Holder, u64)> {
        if self.count(holder) <= per_network {
            return self.least(holder, Open::is_spare);
        }
        let mut open = self.of.get(&holder)?.iter();
        let (id, _) = open.find(|(_, open)| open.is_spare())?;
        Some((holder, *id))
    }

    /// A holder's least needed connection, and of these the oldest.
    fn least(&self, holder: Holder, may_leave: fn(&Open) -> bool) -> Option<(Holder, u64)> {
        let open = self.of.get(&holder)?.iter();
        let need = |(_, open): &(&u64, &Open)| {
            let (phase, since) = open.activity.now();
            (phase.need(), since)
        };
        let candidates = open.filter(|(_, open)| may_leave(open));
        candidates.min_by_key(need).map(|(id, _)| (holder, *id))
    }

    fn send_away(&mut self, holder: Holder, id: u64) {
        if let Some(open) = self.remove(holder, id) {
            open.told_to_leave.notify_one();
        }
    }

    fn remove(&mut self, holder: Holder, id: u64) -> Option<Open> {
        let of = self.of.get_mut(&holder)?;
        let open = of.remove(&id)?;
        if of.is_empty() {
            self.of.remove(&holder);
        }
        self.total -= 1;
        Some(open)
    }
}

impl Open {
    /// Whether closing it loses no response.
    fn is_spare(&self) -> bool {
        matches!(self.activity.now().0, Phase::Fresh | Phase::Idle)
    }
}

impl Slot {
    /// Completes when this slot is given to another connection.
    pub(super) async fn lost(&self) {
        self.told_to_leave.notified().await;
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.slots.taken().remove(self.holder, self.id);
        self.slots.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Crowd {
        slots: Arc<Slots>,
        inside: Vec<(Slot, Arc<Activity>)>,
    }

    impl Crowd {
        fn new(most: usize) -> Self {
            let slots = Slots::new(most, 2);
            let inside = Vec::new();
            Self { slots, inside }
        }

        /// The index of whoever came in.
        fn comes(&mut self, address: &str) -> Result<usize, &'static str> {
            let activity = Arc::new(Activity::default());
            let holder = holder(address.parse().unwrap());
            match self.slots.enter(holder, &activity) {
                Entered::In(slot) => {
                    self.inside.push((slot, activity));
                    Ok(self.inside.len() - 1)
                }
                Entered::Refused => Err("refused"),
                Entered::Full => Err("full"),
            }
        }

        fn is_busy(&self, index: usize) {
            let _ = self.inside[index].1.begin();
        }

        fn still_in(&self) -> Vec<usize> {
            let taken = self.slots.taken();
            let is_in = |index: &usize| {
                let slot = &self.inside[*index].0;
                let own = taken.of.get(&slot.holder);
                own.is_some_and(|own| own.contains_key(&slot.id))
            };
            (0..self.inside.len()).filter(is_in).collect()
        }
    }

    #[test]
    fn free_slots_are_open_to_any_network() {
        let mut crowd = Crowd::new(4);
        for _ in 0..4 {
            crowd.comes("192.0.2.1").unwrap();
        }
        assert_eq!(crowd.still_in(), [0, 1, 2, 3]);
    }

    #[test]
    fn the_largest_holders_idle_connection_goes_first() {
        let mut crowd = Crowd::new(4);
        crowd.comes("192.0.2.9").unwrap();
        for _ in 0..3 {
            crowd.comes("192.0.2.1").unwrap();
        }
        crowd.is_busy(1);
        crowd.comes("192.0.2.2").unwrap();
        assert_eq!(crowd.still_in(), [0, 1, 3, 4]);
    }

    #[test]
    fn beyond_its_share_a_network_loses_busy_ones_too() {
        let mut crowd = Crowd::new(3);
        for index in 0..3 {
            crowd.comes("192.0.2.1").unwrap();
            crowd.is_busy(index);
        }
        crowd.comes("192.0.2.2").unwrap();
        crowd.is_busy(3);
        assert_eq!(crowd.still_in(), [1, 2, 3]);
        assert_eq!(crowd.comes("192.0.2.1"), Err("refused"));
        assert_eq!(crowd.comes("192.0.2.3"), Err("full"));
        assert_eq!(crowd.still_in(), [1, 2, 3]);
    }

    #[test]
    fn a_freed_slot_is_counted_once() {
        let mut crowd = Crowd::new(1);
        crowd.comes("2001:db8::1").unwrap();
        crowd.comes("2001:db8:0:1::1").unwrap();
        crowd.inside.clear();
        assert!(crowd.slots.taken().of.is_empty());
        crowd.comes("2001:db8::1").unwrap();
        assert_eq!(crowd.slots.taken().total, 1);
    }
}
