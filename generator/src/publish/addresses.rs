//! The addresses that changed.

use std::collections::BTreeSet;

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use super::{
    object::{Forms, path_of},
    plan::Upload,
    run::Publishing,
};

/// An address that changed.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Address {
    /// The full URL, with scheme and host.
    pub url: String,
    /// The path of the file, relative to the site.
    pub file: String,
}

impl Publishing<'_> {
    /// All addresses that changed, in this run or an earlier one, and have not been announced yet.
    pub fn unannounced(&self) -> Vec<Address> {
        let base = self.build.rules.base_url().unwrap_or_default();
        let plain = |upload: &&Upload| !self.is_form(upload);
        let uploaded = self.plan.uploads.iter().filter(plain).map(|u| &u.key);
        let removed = self.plan.removals.iter().map(|(_, key)| key);
        let mut keys: BTreeSet<&str> = uploaded.chain(removed).map(String::as_str).collect();
        keys.extend(self.record.unannounced.iter().map(String::as_str));
        // A compressed form that was removed is not an address of its own, as long as its file is known.
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

/// Characters that must be percent-encoded in the path of a URL.
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
