//! Which addresses changed.

use std::collections::BTreeSet;

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use super::{
    object::{Forms, path_of},
    order::Upload,
    run::Publishing,
};

/// An address that changed.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Address {
    /// Whole, with scheme and host.
    pub url: String,
    /// The file below the site.
    pub file: String,
}

impl Publishing<'_> {
    /// The addresses that changed by what was carried out, or before, and that nobody was told of since.
    pub fn untold(&self) -> Vec<Address> {
        let base = self.desk.rules.base_url().unwrap_or_default();
        let plain = |upload: &&Upload| !self.is_form(upload);
        let uploaded = self.plan.uploads.iter().filter(plain).map(|u| &u.key);
        let removed = self.plan.removals.iter().map(|(_, key)| key);
        let mut keys: BTreeSet<&str> = uploaded.chain(removed).map(String::as_str).collect();
        keys.extend(self.record.untold.iter().map(String::as_str));
        // A form that was removed is no address, as long as its file is known.
        let is_form = |key: &str| {
            let file = key.strip_suffix(".br").or(key.strip_suffix(".gz"));
            let known = |file| keys.contains(file) || self.record.held.contains_key(file);
            matches!(self.options.forms, Forms::Beside(_)) && file.is_some_and(known)
        };
        let all = keys.iter().filter(|key| !is_form(key));
        let all = all.map(|file| Address {
            url: format!("{base}{}", utf8_percent_encode(&path_of(file), &ENCODED)),
            file: (*file).to_owned(),
        });
        all.collect()
    }
}

/// What a path of a URL may not hold as it is.
const ENCODED: AsciiSet = CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');
