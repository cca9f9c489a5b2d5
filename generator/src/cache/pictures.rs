//! What is known of files beside documents, by content: a picture is read once.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use super::envelope;
use crate::{
    assets::{Fact, Memory},
    base::{files::Files, hash::Digest},
};

const NAME: &str = "pictures";

/// Facts of former builds, and those that this one asked for or found.
pub struct Pictures {
    former: BTreeMap<Digest, Fact>,
    used: Mutex<BTreeMap<Digest, Fact>>,
}

impl Pictures {
    /// Loads what former builds found.
    pub fn load(files: &dyn Files) -> Self {
        Self {
            former: envelope::load_value(files, NAME).unwrap_or_default(),
            used: Mutex::default(),
        }
    }

    fn used(&self) -> MutexGuard<'_, BTreeMap<Digest, Fact>> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Remembers what was found, if anything is new.
    pub fn save(self, files: &dyn Files) {
        let Self { former, used } = self;
        let mut used = used.into_inner().unwrap_or_else(PoisonError::into_inner);
        if used.keys().all(|key| former.contains_key(key)) {
            return;
        }
        // What other branches left stays, until it is more than what is in use.
        if former.len() <= 2 * used.len() {
            used.extend(former);
        }
        envelope::save_value(files, NAME, &used);
    }
}

impl Memory for Pictures {
    fn recall(&self, key: &Digest) -> Option<Fact> {
        let fact = *self.former.get(key)?;
        self.used().insert(*key, fact);
        Some(fact)
    }

    fn learn(&self, key: Digest, fact: Fact) {
        self.used().insert(key, fact);
    }
}
