//! Slots of the hash queue: a total, and a share for each network, so that none can block the others.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::domain::network::Network;

/// All slots.
pub(super) struct Slots {
    most: usize,
    /// The share of a network; containing IPv6 networks have two and three times as many.
    most_of_network: usize,
    taken: Mutex<Taken>,
}

#[derive(Default)]
struct Taken {
    all: usize,
    by_network: BTreeMap<Network, usize>,
}

impl Slots {
    pub(super) fn new(most: usize, most_of_network: usize) -> Arc<Self> {
        Arc::new(Self {
            most,
            most_of_network,
            taken: Mutex::default(),
        })
    }

    /// A slot, unless all are taken or this network has used its share.
    pub(super) fn take(self: &Arc<Self>, network: Network) -> Option<Slot> {
        let networks = network.hashing_networks();
        let mut taken = self.taken();
        let has_share = networks.iter().any(|(network, shares)| {
            let held = taken.by_network.get(network).copied().unwrap_or(0);
            held >= self.most_of_network.saturating_mul(*shares as usize)
        });
        if taken.all >= self.most || has_share {
            return None;
        }
        taken.all += 1;
        for (network, _) in &networks {
            *taken.by_network.entry(*network).or_default() += 1;
        }
        Some(Slot {
            slots: Arc::clone(self),
            networks: networks.into_iter().map(|(network, _)| network).collect(),
        })
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A slot, released when dropped.
pub(super) struct Slot {
    slots: Arc<Slots>,
    networks: Vec<Network>,
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut taken = self.slots.taken();
        taken.all -= 1;
        for network in &self.networks {
            if let Some(held) = taken.by_network.get_mut(network) {
                *held -= 1;
                if *held == 0 {
                    taken.by_network.remove(network);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(address: &str) -> Network {
        Network::of(address.parse().unwrap())
    }

    /// As many as these addresses get between them.
    fn taken(slots: &Arc<Slots>, addresses: impl Iterator<Item = String>) -> Vec<Slot> {
        addresses
            .filter_map(|address| slots.take(network(&address)))
            .collect()
    }

    #[test]
    fn a_network_has_two_and_leaves_the_rest() {
        let slots = Slots::new(9, 2);
        let mine = taken(&slots, (0..64).map(|_| "192.0.2.1".to_owned()));
        assert_eq!(mine.len(), 2);
        let others = taken(&slots, (2..64).map(|n| format!("192.0.2.{n}")));
        assert_eq!(others.len(), 7);
        drop(mine);
        assert!(slots.take(network("192.0.2.1")).is_some());
    }

    #[test]
    fn wider_networks_have_more_and_not_all() {
        let of_a_customer = (0..256).map(|n| format!("2001:db8:1:2{n:02x}::1"));
        assert_eq!(taken(&Slots::new(100, 2), of_a_customer).len(), 4);
        let of_a_company = (0..256).map(|n| format!("2001:db8:1:{n:02x}00::1"));
        assert_eq!(taken(&Slots::new(100, 2), of_a_company).len(), 6);
        let of_the_world = (0..256).map(|n| format!("2001:db8:{n:x}::1"));
        assert_eq!(taken(&Slots::new(100, 2), of_the_world).len(), 100);
    }

    #[test]
    fn nothing_is_kept_of_released_slots() {
        let slots = Slots::new(9, 2);
        drop(taken(&slots, (0..64).map(|n| format!("2001:db8::{n}:1"))));
        let left = slots.taken();
        assert_eq!((left.all, left.by_network.len()), (0, 0));
    }
}
