//! Argon2id on its own threads, each with memory that it reuses.
//!
//! Memory allocated for each hash would stay with the allocator and grow to hundreds of megabytes. The threads run
//! at a lower priority than those that answer requests, so that a flood of logins leaves the rest of the service
//! responsive. The queue is short; beyond it, requests are told to retry.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use std::{io, thread};

use argon2::password_hash::phc::{Output, PasswordHash, Salt};
use argon2::{ARGON2ID_IDENT, Algorithm, Argon2, Block, Params, Version};
use futures_channel::oneshot;
use futures_util::future::{BoxFuture, FutureExt as _};
use subtle::ConstantTimeEq as _;

use self::slots::Slots;
use crate::domain::hashing::{Checked, Hasher, Reservation};
use crate::domain::network::Network;
use crate::domain::password::Password;
use crate::domain::random::{Random, bytes};

mod slots;

/// Queued passwords for each thread: about a tenth of a second of work.
const WAITING: usize = 8;
/// How long an idle thread keeps its memory.
const KEEP_MEMORY: Duration = Duration::from_secs(60);
/// A hash that no password produces.
const NOBODY: [u8; HASH] = [0; HASH];
const SALT: usize = 16;
const HASH: usize = 32;
const VERSION: Version = Version::V0x13;

/// The cost of a hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// Memory in KiB.
    pub memory: u32,
    /// Passes.
    pub passes: u32,
}

impl Default for Cost {
    /// OWASP's first choice: m = 19 456 KiB, t = 2, p = 1.
    fn default() -> Self {
        Self {
            memory: 19_456,
            passes: 2,
        }
    }
}

/// The threads.
pub struct HashPool {
    work: Sender<Work>,
    slots: Arc<Slots>,
    params: Params,
    random: Arc<dyn Random>,
}

/// A job; its sender is dropped if it fails.
struct Work {
    password: Password,
    salt: Vec<u8>,
    params: Params,
    slot: Reservation,
    done: oneshot::Sender<[u8; HASH]>,
}

impl HashPool {
    /// Starts `threads` threads, with a limit on a network's slots.
    ///
    /// # Errors
    /// If the system cannot start threads, or Argon2 does not support the cost.
    pub fn start(
        threads: usize,
        of_network: usize,
        cost: Cost,
        random: Arc<dyn Random>,
    ) -> io::Result<Self> {
        let params =
            Params::new(cost.memory, cost.passes, 1, Some(HASH)).map_err(io::Error::other)?;
        let (work, jobs) = channel();
        let jobs = Arc::new(Mutex::new(jobs));
        let threads = threads.max(1);
        for _ in 0..threads {
            let jobs = Arc::clone(&jobs);
            thread::Builder::new()
                .name("hashing".to_owned())
                .stack_size(256 * 1024)
                .spawn(move || run(&jobs))?;
        }
        Ok(Self {
            work,
            slots: Slots::new(threads * (WAITING + 1), of_network),
            params,
            random,
        })
    }

    fn submit(
        &self,
        slot: Reservation,
        password: Password,
        salt: Vec<u8>,
        params: Params,
    ) -> oneshot::Receiver<[u8; HASH]> {
        let (done, result) = oneshot::channel();
        // Fails only if no thread is left, and then drops `done`.
        let _ = self.work.send(Work {
            password,
            salt,
            params,
            slot,
            done,
        });
        result
    }
}

fn run(jobs: &Mutex<Receiver<Work>>) {
    // On Linux this concerns the calling thread alone; elsewhere it does no harm.
    let _ = rustix::process::setpriority_process(None, 10);
    let mut memory: Vec<Block> = Vec::new();
    loop {
        let job = {
            let jobs = jobs.lock().unwrap_or_else(PoisonError::into_inner);
            jobs.recv_timeout(KEEP_MEMORY)
        };
        match job {
            // The caller has left.
            Ok(work) if work.done.is_canceled() => {}
            Ok(work) => {
                let (password, salt) = (&work.password, work.salt.as_slice());
                let found = hash(password, salt, work.params, &mut memory);
                // First, so that the slot is free when the answer arrives.
                drop(work.slot);
                if let Some(hash) = found {
                    let _ = work.done.send(hash);
                }
            }
            Err(RecvTimeoutError::Timeout) => memory = Vec::new(),
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

fn hash(
    password: &Password,
    salt: &[u8],
    params: Params,
    memory: &mut Vec<Block>,
) -> Option<[u8; HASH]> {
    let blocks = params.block_count();
    if memory.len() < blocks {
        memory.resize(blocks, Block::new());
    }
    let mut hash = [0; HASH];
    Argon2::new(Algorithm::Argon2id, VERSION, params)
        .hash_password_into_with_memory(password.as_bytes(), salt, &mut hash, &mut memory[..blocks])
        .ok()?;
    Some(hash)
}

impl Hasher for HashPool {
    fn reserve(&self, network: Network) -> Option<Reservation> {
        let slot = self.slots.take(network)?;
        Some(Reservation(Box::new(slot)))
    }

    fn hash(&self, slot: Reservation, password: Password) -> BoxFuture<'static, Option<String>> {
        let salt = bytes::<SALT>(self.random.as_ref());
        let params = self.params.clone();
        let result = self.submit(slot, password, salt.to_vec(), params.clone());
        async move { encode(&params, &salt, &result.await.ok()?) }.boxed()
    }

    fn check(
        &self,
        slot: Reservation,
        password: Password,
        against: Option<String>,
    ) -> BoxFuture<'static, Option<Checked>> {
        // A foreign hash matches nothing; the owner can reset the password.
        let known = against.as_deref().and_then(decode);
        let (params, salt, expected) =
            known.unwrap_or_else(|| (self.params.clone(), vec![0; SALT], NOBODY));
        let weak = params.m_cost() < self.params.m_cost() || params.t_cost() < self.params.t_cost();
        let result = self.submit(slot, password, salt, params);
        async move {
            let same: bool = result.await.ok()?.ct_eq(&expected).into();
            Some(match (same, weak) {
                (false, _) => Checked::Wrong,
                (true, false) => Checked::Right,
                (true, true) => Checked::RightButWeak,
            })
        }
        .boxed()
    }
}

/// `$argon2id$v=19$m=19456,t=2,p=1$SALT$HASH`.
fn encode(params: &Params, salt: &[u8], hash: &[u8]) -> Option<String> {
    let phc = PasswordHash {
        algorithm: ARGON2ID_IDENT,
        version: Some(VERSION.into()),
        params: params.try_into().ok()?,
        salt: Some(Salt::new(salt).ok()?),
        hash: Some(Output::new(hash).ok()?),
    };
    Some(phc.to_string())
}

fn decode(text: &str) -> Option<(Params, Vec<u8>, [u8; HASH])> {
    let phc = PasswordHash::new(text).ok()?;
    if phc.algorithm != ARGON2ID_IDENT || phc.version != Some(VERSION.into()) {
        return None;
    }
    let params = Params::try_from(&phc).ok()?;
    Some((
        params,
        phc.salt?.to_vec(),
        phc.hash?.as_bytes().try_into().ok()?,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::random::SystemRandom;
    use crate::domain::store::NO_PASSWORD;

    const CHEAP: Cost = Cost {
        memory: 64,
        passes: 1,
    };

    fn pool(cost: Cost) -> HashPool {
        HashPool::start(1, 2, cost, Arc::new(SystemRandom)).unwrap()
    }

    /// A place for somebody in this network.
    fn place(pool: &HashPool, last: u8) -> Option<Reservation> {
        pool.reserve(Network::of([192, 0, 2, last].into()))
    }

    fn password(text: &str) -> Password {
        Password::parse_given(text).unwrap()
    }

    fn check(pool: &HashPool, text: &str, hash: Option<&str>) -> Checked {
        let slot = place(pool, 1).unwrap();
        block_on(pool.check(slot, password(text), hash.map(str::to_owned))).unwrap()
    }

    fn block_on<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap()
            .block_on(future)
    }

    #[test]
    fn the_right_password_and_no_other() {
        let pool = pool(CHEAP);
        let hash = block_on(pool.hash(place(&pool, 1).unwrap(), password("one"))).unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{hash}");
        assert_eq!(check(&pool, "one", Some(&hash)), Checked::Right);
        assert_eq!(check(&pool, "two", Some(&hash)), Checked::Wrong);
        assert_eq!(check(&pool, "one", None), Checked::Wrong);
        for none in [
            "$2b$12$nonsense",
            NO_PASSWORD,
            &hash.replace("argon2id", "argon2i"),
            &hash.replace("v=19", "v=16"),
            &hash.replace("v=19$", ""),
            &hash[..hash.len() - 3],
            &format!("{hash}$"),
        ] {
            assert_eq!(check(&pool, "one", Some(none)), Checked::Wrong);
            assert_eq!(check(&pool, none, Some(none)), Checked::Wrong);
        }
    }

    #[test]
    fn weaker_hashes_are_noticed_and_still_good() {
        let old = pool(CHEAP);
        let hash = block_on(old.hash(place(&old, 1).unwrap(), password("one"))).unwrap();
        let today = pool(Cost {
            memory: 128,
            passes: 1,
        });
        assert_eq!(check(&today, "one", Some(&hash)), Checked::RightButWeak);
        assert_eq!(check(&today, "two", Some(&hash)), Checked::Wrong);
    }

    #[test]
    fn the_reference_vector() {
        // RFC 9106 has none without secret and data; this is from the reference implementation's
        // command line: `printf password | argon2 somesalt -id -t 2 -m 16 -p 1`.
        let params = Params::new(65_536, 2, 1, Some(HASH)).unwrap();
        let found = hash(&password("password"), b"somesalt", params, &mut Vec::new()).unwrap();
        // As that command line prints it, and as former versions stored it.
        let stored = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
        let (params, salt, expected) = decode(stored).unwrap();
        assert_eq!((salt.as_slice(), expected), (&b"somesalt"[..], found));
        assert_eq!(encode(&params, &salt, &found).as_deref(), Some(stored));
        let hex: String = found.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(
            hex,
            "09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7"
        );
    }

    #[test]
    fn a_full_queue_grants_no_slot() {
        let pool = pool(CHEAP);
        let slots: Vec<_> = (0..99).filter_map(|last| place(&pool, last)).collect();
        assert_eq!(slots.len(), WAITING + 1);
        drop(slots);
        assert!(place(&pool, 1).is_some());
    }
}
