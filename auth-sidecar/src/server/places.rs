//! Who may have a connection when not everybody can.
//!
//! While there is room, anybody may have any number. Once all places are taken and somebody waits, a network
//! keeps `per_network` of them, and what nobody needs right now goes first.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::activity::{Activity, Phase};

/// Whom places are counted for: an IPv4 address, or the first 48 bits of an IPv6 address, which a single
/// customer may have. `None` is a proxy of ours, which speaks for many.
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

/// All places.
pub(super) struct Places {
    most: usize,
    per_network: usize,
    taken: Mutex<Taken>,
    freed: Notify,
}

#[derive(Default)]
struct Taken {
    next: u64,
    open: HashMap<u64, Open>,
    counts: HashMap<[u8; 7], usize>,
}

struct Open {
    holder: Holder,
    activity: Arc<Activity>,
    told_to_leave: Arc<Notify>,
}

/// What became of somebody who came.
pub(super) enum Entered {
    /// A place.
    In(Place),
    /// The network has its share, and needs all of it.
    Refused,
    /// Nobody can be sent away yet.
    Full,
}

/// A connection's place; free again when dropped.
pub(super) struct Place {
    id: u64,
    places: Arc<Places>,
    told_to_leave: Arc<Notify>,
}

impl Places {
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

    /// A place for a connection, if need be that of another.
    pub(super) fn enter(self: &Arc<Self>, holder: Holder, activity: &Arc<Activity>) -> Entered {
        let mut taken = self.taken();
        if taken.open.len() >= self.most {
            let own = holder.and_then(|key| taken.counts.get(&key)).copied();
            let has_its_share = own.is_some_and(|own| own >= self.per_network);
            let leaves = match has_its_share {
                true => taken.least_needed(|open| open.holder == holder && open.is_spare()),
                false => taken.least_needed(|open| {
                    open.is_spare() || taken.count(open.holder) > self.per_network
                }),
            };
            match leaves {
                Some(id) => taken.send_away(id),
                None if has_its_share => return Entered::Refused,
                None => return Entered::Full,
            }
        }
        let (id, told_to_leave) = taken.add(holder, Arc::clone(activity));
        Entered::In(Place {
            id,
            places: Arc::clone(self),
            told_to_leave,
        })
    }

    /// Completes when a place has become free.
    pub(super) async fn freed(&self) {
        self.freed.notified().await;
    }
}

impl Taken {
    fn count(&self, holder: Holder) -> usize {
        let count = holder.and_then(|key| self.counts.get(&key));
        count.copied().unwrap_or(0)
    }

    fn add(&mut self, holder: Holder, activity: Arc<Activity>) -> (u64, Arc<Notify>) {
        let (id, told_to_leave) = (self.next, Arc::new(Notify::new()));
        self.next += 1;
        if let Some(key) = holder {
            *self.counts.entry(key).or_default() += 1;
        }
        let open = Open {
            holder,
            activity,
            told_to_leave: Arc::clone(&told_to_leave),
        };
        self.open.insert(id, open);
        (id, told_to_leave)
    }

    /// Of the largest holder; the one that does least, and has done so for longest.
    fn least_needed(&self, may_leave: impl Fn(&Open) -> bool) -> Option<u64> {
        let candidates = self.open.iter().filter(|(_, open)| may_leave(open));
        let need = |(_, open): &(&u64, &Open)| {
            let (phase, since) = open.activity.now();
            (Reverse(self.count(open.holder)), phase.need(), since)
        };
        candidates.min_by_key(need).map(|(id, _)| *id)
    }

    fn send_away(&mut self, id: u64) {
        if let Some(open) = self.remove(id) {
            open.told_to_leave.notify_one();
        }
    }

    fn remove(&mut self, id: u64) -> Option<Open> {
        let open = self.open.remove(&id)?;
        if let Some(key) = open.holder
            && let Some(count) = self.counts.get_mut(&key)
        {
            *count -= 1;
            if *count == 0 {
                self.counts.remove(&key);
            }
        }
        Some(open)
    }
}

impl Open {
    /// Whether nobody loses an answer with it.
    fn is_spare(&self) -> bool {
        matches!(self.activity.now().0, Phase::Fresh | Phase::Idle)
    }
}

impl Place {
    /// Completes when somebody else gets this place.
    pub(super) async fn lost(&self) {
        self.told_to_leave.notified().await;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.places.taken().remove(self.id);
        self.places.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Crowd {
        places: Arc<Places>,
        inside: Vec<(Place, Arc<Activity>)>,
    }

    impl Crowd {
        fn new(most: usize) -> Self {
            let places = Places::new(most, 2);
            let inside = Vec::new();
            Self { places, inside }
        }

        /// The index of whoever came in.
        fn comes(&mut self, address: &str) -> Result<usize, &'static str> {
            let activity = Arc::new(Activity::default());
            let holder = holder(address.parse().unwrap());
            match self.places.enter(holder, &activity) {
                Entered::In(place) => {
                    self.inside.push((place, activity));
                    Ok(self.inside.len() - 1)
                }
                Entered::Refused => Err("refused"),
                Entered::Full => Err("full"),
            }
        }

        fn is_busy(&self, index: usize) {
            self.inside[index].1.begin();
        }

        fn still_in(&self) -> Vec<usize> {
            let taken = self.places.taken();
            let is_in = |index: &usize| taken.open.contains_key(&self.inside[*index].0.id);
            (0..self.inside.len()).filter(is_in).collect()
        }
    }

    #[test]
    fn room_is_for_anybody() {
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
    fn a_place_given_back_is_counted_once() {
        let mut crowd = Crowd::new(1);
        crowd.comes("2001:db8::1").unwrap();
        crowd.comes("2001:db8:0:1::1").unwrap();
        crowd.inside.clear();
        assert!(crowd.places.taken().counts.is_empty());
        crowd.comes("2001:db8::1").unwrap();
        assert_eq!(crowd.places.taken().open.len(), 1);
    }
}
