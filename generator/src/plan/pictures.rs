//! The pictures that are made of others: one job each. What a slot shows follows from the roles of its pictures.

use std::{collections::BTreeMap, sync::Arc};

use dateline_pictures::Material;

use super::{Job, Planned, Task};
use crate::{
    assets::{Derivative, Original, Used},
    base::diag::{Diagnostic, Diagnostics},
    theme::slots::Slot,
};

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

    /// Warns of each photo that is smaller than the widest slot that shows it.
    pub(super) fn small_pictures(self, diags: &mut Diagnostics) {
        let statics = self.used.statics.iter();
        let statics = statics.map(|(address, used)| (format!("content/static{address}"), used));
        let files = self.used.files.iter();
        let files = files.map(|(path, used)| (path.clone(), used));
        for (path, used) in files.chain(statics) {
            // Drawings and cut-outs are made in the size in which they are shown.
            let photo = |original: &&Original| original.material == Material::Photo;
            let Some(original) = used.original.as_ref().filter(photo) else {
                continue;
            };
            let shows = |slot: &&Slot| used.shown.iter().any(|s| slot.of.contains(&s.role));
            let widest = |slot: &Slot| slot.widths.last().copied().unwrap_or_default();
            let slots = self.theme.slots.iter().filter(shows);
            let Some(slot) = slots.max_by_key(|slot| widest(slot)) else {
                continue;
            };
            let (has, wanted) = (slot.across(original.size), widest(slot));
            if has < wanted {
                let message = format!(
                    "this picture has {has} pixels across, fewer than the {wanted} of the theme's slot `{}`",
                    slot.name
                );
                let hint =
                    "it looks blurred or small on large screens: put in the original, uncropped";
                diags.push(
                    Diagnostic::warning(message)
                        .in_file(path.as_str())
                        .hint(hint),
                );
            }
        }
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
