//! The pictures that are made of others: one job each. What a slot shows follows from the roles of its pictures.

use std::{collections::BTreeMap, sync::Arc};

use super::{Job, Planned, Task};
use crate::assets::{Derivative, Used};

impl Planned<'_> {
    /// Every derivative. Slots may share some.
    pub(super) fn derivatives(self) -> impl Iterator<Item = Job> {
        let mut jobs = BTreeMap::new();
        for (path, used) in &self.used.files {
            self.derivatives_of(path.as_str().into(), used, &mut jobs);
        }
        for (address, used) in &self.used.statics {
            let path = format!("content/static{address}");
            self.derivatives_of(path.into(), used, &mut jobs);
        }
        let job = |(path, task): (String, Task)| Job {
            path: path.into(),
            task,
        };
        jobs.into_iter().map(job)
    }

    fn derivatives_of(self, source: Arc<str>, used: &Used, jobs: &mut BTreeMap<String, Task>) {
        let Some(original) = &used.original else {
            return;
        };
        for slot in self.theme.slots.iter() {
            for shown in used.shown.iter().filter(|s| slot.of.contains(&s.role)) {
                let formats = original.derivatives(&used.address, shown.focus, slot);
                let made = formats.into_iter().flat_map(|(_, made)| made);
                jobs.extend(made.map(|Derivative { address, recipe }| {
                    let source = source.clone();
                    (
                        format!("site{address}"),
                        Task::Derivative { source, recipe },
                    )
                }));
            }
        }
    }
}
