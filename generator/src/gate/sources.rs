//! Needles in sources whose content does not depend on the time, or that will be published one day.

use std::{collections::BTreeSet, sync::Arc};

use super::{Gate, Known, NeedleId, copies};
use crate::{config, link::Target, theme::Theme};

impl Gate {
    /// Searches the theme and the settings, which do not depend on the time. A common phrase in them is excused.
    pub(super) fn theme(&self, theme: &Theme, known: &mut Known) {
        let mut texts: Vec<(Arc<str>, Vec<u8>)> = Vec::new();
        for template in &theme.templates {
            texts.push((
                template.path.clone(),
                without_comments(&template.text).into_bytes(),
            ));
        }
        let catalogues = self
            .config
            .languages
            .iter()
            .map(|l| format!("{}/i18n/{}.ftl", theme.folder, l.lang));
        for path in catalogues.chain([config::FILE.to_owned()]) {
            let read = self.files.read(&path).ok();
            texts.extend(read.map(|content| (path.into(), without_notes(&content.bytes))));
        }
        for (place, bytes) in texts {
            for number in known.searches.anywhere(&bytes) {
                match known.needles[number].is_common_phrase() {
                    true => known.common[number] = true,
                    false => known.stays(number, &place, None),
                }
            }
        }
        let assets = theme
            .asset_names
            .iter()
            .filter_map(|name| theme.assets.get(name));
        for number in assets.flat_map(|asset| known.searches.anywhere(&asset.bytes)) {
            known.common[number] |= known.needles[number].is_common_phrase();
        }
    }

    /// Searches the files beside scheduled documents: they will be outputs one day.
    pub(super) fn attachments(&self, known: &mut Known) {
        let texts = self.texts();
        let waiting = known
            .items
            .iter()
            .filter(|i| !i.published && i.life.is_some());
        let used = waiting.flat_map(|i| texts.used(&i.edition));
        let path = |target| match target {
            Target::File(path) => Some(path),
            _ => None,
        };
        for path in used.filter_map(path).collect::<BTreeSet<String>>() {
            let mut found: BTreeSet<NeedleId> = BTreeSet::new();
            copies::in_pieces(self.files.as_ref(), &path, |bytes| {
                found.extend(known.searches.anywhere(bytes));
            });
            let path: Arc<str> = path.into();
            for number in found {
                known.stays(number, &path, Some(path.clone()));
            }
        }
    }
}

/// A template without its comments.
fn without_comments(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(open) = rest.find("{#") {
        out.push_str(&rest[..open]);
        rest = rest[open..]
            .find("#}")
            .map_or("", |close| &rest[open + close + 2..]);
    }
    out + rest
}

/// Settings without lines that are comments.
fn without_notes(bytes: &[u8]) -> Vec<u8> {
    let lines = bytes.split_inclusive(|b| *b == b'\n');
    lines
        .filter(|line| !line.trim_ascii_start().starts_with(b"#"))
        .flatten()
        .copied()
        .collect()
}
