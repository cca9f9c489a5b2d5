//! Password hashing as rules see it. It takes memory and time, so it runs elsewhere behind a short queue.

use std::any::Any;

use futures_util::future::BoxFuture;

use super::network::Network;
use super::password::Password;

/// Hashes passwords, a few at once.
pub trait Hasher: Send + Sync + 'static {
    /// Reserves a slot in the queue for this network; `None` if the queue is full or the network has used its share.
    fn reserve(&self, network: Network) -> Option<Reservation>;

    /// A hash in PHC form with a fresh salt. `None` if the service shuts down meanwhile.
    fn hash(&self, place: Reservation, password: Password) -> BoxFuture<'static, Option<String>>;

    /// Compares with a hash. Without one, compares with a hash that matches no password, to take as long.
    fn check(
        &self,
        place: Reservation,
        password: Password,
        against: Option<String>,
    ) -> BoxFuture<'static, Option<Checked>>;
}

/// A slot in the queue, released when dropped.
pub struct Reservation(pub Box<dyn Any + Send>);

/// The result of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checked {
    /// A different password.
    Wrong,
    /// The same password.
    Right,
    /// The same password, hashed with weaker parameters than the current ones.
    RightButWeak,
}
