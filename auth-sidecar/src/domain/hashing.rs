//! What rules need of password hashing, which takes memory and time and so happens elsewhere, with a
//! short queue.

use std::any::Any;

use futures_util::future::BoxFuture;

use super::network::Network;
use super::password::Password;

/// Hashes passwords, a few at once.
pub trait Hasher: Send + Sync + 'static {
    /// A place in the queue for somebody in this network; none if it is full, or the network has its share.
    fn reserve(&self, network: Network) -> Option<Reservation>;

    /// A hash in PHC form, with fresh salt. `None` if the service ends meanwhile.
    fn hash(&self, place: Reservation, password: Password) -> BoxFuture<'static, Option<String>>;

    /// Compares with a hash; without one, with a hash that no password has, so that it takes as long.
    fn check(
        &self,
        place: Reservation,
        password: Password,
        against: Option<String>,
    ) -> BoxFuture<'static, Option<Checked>>;
}

/// A place in the queue, given up when dropped.
pub struct Reservation(pub Box<dyn Any + Send>);

/// What a check found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checked {
    /// Another password.
    Wrong,
    /// The same.
    Right,
    /// The same, but hashed with weaker parameters than today's.
    RightButWeak,
}
