//! What is known of files beside documents, by content: a picture is read once.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::{envelope, recorder::Recorder};
use crate::{
    assets::{Fact, Memory},
    base::hash::Digest,
};

const NAME: &str = "facts";

/// Facts of earlier builds, and those that this one used or found.
pub struct Facts {
    recorder: Arc<Recorder>,
    former: BTreeMap<Digest, Fact>,
    used: Mutex<BTreeMap<Digest, Fact>>,
}

impl Facts {
    /// Loads what earlier builds found.
    pub fn load(recorder: &Arc<Recorder>) -> Self {
        Self {
            recorder: recorder.clone(),
            former: envelope::load_value(recorder.disk(), NAME).unwrap_or_default(),
            used: Mutex::default(),
        }
    }

    fn used(&self) -> MutexGuard<'_, BTreeMap<Digest, Fact>> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Memory for Facts {
    fn known(&self, path: &str) -> Option<Digest> {
        self.recorder.known(path)
    }

    fn conclude(&self) {
        let (former, mut used) = (&self.former, self.used());
        if used.keys().all(|key| former.contains_key(key)) {
            return;
        }
        // What other branches left stays, until it is more than what is in use.
        if former.len() <= 2 * used.len() {
            used.extend(former.iter().map(|(key, fact)| (*key, fact.clone())));
        }
        envelope::save_value(self.recorder.disk(), NAME, &*used);
    }

    fn recall(&self, key: &Digest) -> Option<Fact> {
        let fact = self.former.get(key)?.clone();
        self.used().insert(*key, fact.clone());
        Some(fact)
    }

    fn learn(&self, key: Digest, fact: Fact) {
        self.used().insert(key, fact);
    }
}
