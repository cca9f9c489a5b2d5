//! Reports leaks.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use jiff::Timestamp;

use super::{
    Gate, Item, ItemId, Needle, NeedleId, Standing, What, lock, needles::file_path, standing,
};
use crate::{
    base::{
        diag::{Diagnostic, Diagnostics},
        hash::Map,
    },
    link::Life,
};

/// How many more places a finding names.
const NAMED: usize = 3;

type Lives = Map<NeedleId, Vec<(Life, Arc<str>)>>;

impl Gate {
    /// Every leak, one finding for each document; call it after every output was searched.
    pub fn judge(&self) -> Diagnostics {
        let (mut outputs, standing) = {
            let found = lock(&self.found);
            (found.outputs.clone(), found.standing.clone())
        };
        outputs.retain(|number, _| self.excused[*number].get().is_none());
        if outputs.is_empty() && standing.is_empty() {
            return Vec::new();
        }
        let lives = self.documents_with(&outputs.keys().chain(standing.keys()).copied().collect());
        let mut diags = self.leaks(&mut outputs, &lives);
        let reported: BTreeSet<ItemId> = outputs
            .keys()
            .map(|n| self.known.needles[*n].item)
            .collect();
        diags.extend(self.coming(&standing, &lives, &reported));
        diags
    }

    /// What leaks now.
    fn leaks(
        &self,
        outputs: &mut BTreeMap<NeedleId, BTreeSet<Arc<str>>>,
        lives: &Lives,
    ) -> Diagnostics {
        outputs.retain(|number, _| {
            let same = lives.get(number).into_iter().flatten();
            let mut now = same.filter(|(life, _)| life.holds(self.now));
            let excuse = now.next();
            if let Some((_, source)) = excuse {
                let _ = self.excused[*number].set(source.clone());
            }
            excuse.is_none()
        });
        let mut by_item: BTreeMap<ItemId, (&Needle, BTreeSet<&str>)> = BTreeMap::new();
        for (number, places) in outputs.iter() {
            let needle = &self.known.needles[*number];
            let (_, all) = by_item
                .entry(needle.item)
                .or_insert((needle, BTreeSet::new()));
            all.extend(places.iter().map(|p| &**p));
        }
        let reported = by_item.into_iter().map(|(item, (needle, places))| {
            let item = &self.known.items[item];
            let first = outputs
                .iter()
                .find(|(n, _)| std::ptr::eq(&self.known.needles[**n], needle));
            let place = first.and_then(|(_, p)| p.first()).map_or("", |p| &**p);
            let message = format!(
                "{} of this {} would be public: {}",
                needle.part(),
                item.kind(self.now),
                needle.shown()
            );
            self.finding(message, item, needle, place, places)
        });
        reported.collect()
    }

    /// What will leak as time passes, for documents without a finding so far.
    fn coming(
        &self,
        standing: &BTreeMap<NeedleId, BTreeSet<Standing>>,
        lives: &Lives,
        reported: &BTreeSet<ItemId>,
    ) -> Diagnostics {
        let mut first: BTreeMap<ItemId, (Timestamp, &Needle, Arc<str>)> = BTreeMap::new();
        for (number, places) in standing {
            let needle = &self.known.needles[*number];
            let item = &self.known.items[needle.item];
            let same: Vec<_> = lives.get(number).into_iter().flatten().collect();
            let others: Vec<Life> = same.iter().map(|(life, _)| *life).collect();
            lock(&self.found)
                .excuses
                .extend(same.iter().map(|(_, source)| source.clone()));
            for Standing { place, beside } in places {
                let text = beside.as_ref().map(|path| self.lives_of_file(path));
                let moment = standing::first(self.now, item.life, text.as_deref(), &others);
                let Some(moment) = moment.filter(|_| !reported.contains(&needle.item)) else {
                    continue;
                };
                let new = (moment, needle, place.clone());
                match first.get_mut(&needle.item) {
                    Some(former) if former.0 <= moment => {}
                    Some(former) => *former = new,
                    None => drop(first.insert(needle.item, new)),
                }
            }
        }
        let reported = first.into_values().map(|(moment, needle, place)| {
            let item = &self.known.items[needle.item];
            let when = match moment > self.now {
                true => format!(" from {} on", self.shown(moment)),
                false => String::new(),
            };
            let kind = item.kind(moment);
            let message = format!(
                "{} of this {kind} would be public{when}: {}",
                needle.part(),
                needle.shown()
            );
            self.finding(message, item, needle, &place, BTreeSet::from([&*place]))
        });
        reported.collect()
    }

    /// The lifetimes of the documents that use a file.
    fn lives_of_file(&self, path: &str) -> Vec<Life> {
        let texts = self.texts();
        let waiting = self
            .known
            .items
            .iter()
            .filter(|i| !i.published)
            .map(|i| &i.edition);
        let all = self.site.editions.iter().chain(waiting);
        let uses = all.filter(|e| texts.used(e).iter().any(|t| file_path(t) == path));
        uses.filter_map(|e| standing::life(e, self.drafts))
            .collect()
    }

    fn shown(&self, moment: Timestamp) -> String {
        let local = self.config.time_zone.to_datetime(moment);
        format!("{} {}", local.date(), local.time())
    }

    fn finding(
        &self,
        message: String,
        item: &Item,
        needle: &Needle,
        place: &str,
        places: BTreeSet<&str>,
    ) -> Diagnostic {
        let mut diag = Diagnostic::error(message).in_file(&item.edition.source.path);
        diag = diag.note(format!("it stands in {place}"));
        let others: Vec<&str> = places.into_iter().filter(|p| *p != place).collect();
        if !others.is_empty() {
            let some = others
                .iter()
                .take(NAMED)
                .copied()
                .collect::<Vec<_>>()
                .join(", ");
            let more = match others.len().saturating_sub(NAMED) {
                0 => String::new(),
                n => format!(" and in {n} more"),
            };
            diag = diag.note(format!("something of it stands in {some}{more} too"));
        }
        diag.hint(match needle.what {
            What::File => "take the file out of there; what a published document shows too is no leak",
            _ => "take it out of there, or let it wait there too; what a published document says too is no leak",
        })
    }
}

impl Item {
    fn kind(&self, at: Timestamp) -> &'static str {
        match self.life {
            None => "draft",
            Some(life) if life.until <= at => "expired document",
            _ => "document that is not out yet",
        }
    }
}

impl Needle {
    fn part(&self) -> &'static str {
        match self.what {
            What::Title => "the title",
            What::Lead => "the lead",
            What::Address => "an address",
            What::Name => "the name of a file",
            What::Key => "the storage key of a rendition",
            What::File => "a file",
            What::Sentence | What::Other => "words",
        }
    }

    /// Its words, shortened.
    fn shown(&self) -> String {
        const LONGEST: usize = 80;
        let words: Vec<&str> = self.text.split_whitespace().collect();
        let text = words.join(" ");
        match text.char_indices().nth(LONGEST) {
            Some((at, _)) => format!("“{}…”", text[..at].trim_end()),
            None => format!("“{text}”"),
        }
    }
}
