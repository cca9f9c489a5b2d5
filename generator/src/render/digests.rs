//! Keys of outputs: a digest of all that can make a difference to what a template writes.
//!
//! That is: the templates that can take part, with the assets they name; what every page of the
//! language sees; and the values that the page itself hands over. Where a template leaves open what it
//! takes, all of it counts: too much costs time, too little would leave a page stale.

use std::collections::BTreeMap;

use tera::Value;

use super::{
    encode::{encode, entries, text},
    value::Context,
};
use crate::{
    base::{
        hash::{self, Digest, Sum},
        index::Indexed,
    },
    config::{Config, LangId},
    theme::Theme,
};

/// What templates stand for in keys.
#[derive(Default)]
pub struct Templates {
    /// By name: the template's text and that of all that it may take in, with the assets that these name.
    pub by_name: BTreeMap<String, Digest>,
    /// By component: the same, for the file that defines it.
    pub components: hash::Map<String, Digest>,
}

/// What keys are made of.
pub(super) struct Digests {
    templates: Templates,
    /// By language: what its every page sees and what functions answer.
    langs: Vec<Digest>,
}

impl Digests {
    /// Of a theme with these `templates`. `globals` are what every page of each language sees.
    pub fn new(
        config: &Config,
        theme: &Theme,
        templates: Templates,
        globals: &[Vec<(&'static str, Value)>],
    ) -> Self {
        let langs = globals.iter().indexed::<LangId>().map(|(lang, globals)| {
            let mut sum = Sum::default();
            sum.text(config.languages[lang].lang.code());
            sum.text(&config.base_url);
            sum.digest(&theme.catalogues[lang].digest());
            sum.digest(&theme.slots.digest);
            let mut buffer = Vec::new();
            globals
                .iter()
                .for_each(|(_, v)| encode(v, &[], &mut buffer));
            sum.bytes(&buffer).finish()
        });
        Self {
            templates,
            langs: langs.collect(),
        }
    }

    /// Of what a template would write.
    pub fn of(&self, (lang, template): (LangId, &str), context: &Context) -> Digest {
        let mut sum = Sum::default();
        sum.digest(&self.langs[lang]);
        if let Some(template) = self.templates.by_name.get(template) {
            sum.digest(template);
        }
        let (body, of_body) = context.of_body();
        let mut buffer = Vec::with_capacity(8 << 10);
        for (name, value) in context.entries() {
            text(name, &mut buffer);
            match value.as_map() {
                Some(map) => entries(
                    map,
                    context.cards(),
                    |field| !of_body(name, field),
                    &mut buffer,
                ),
                None => encode(value, context.cards(), &mut buffer),
            }
        }
        if let Some(body) = body {
            sum.digest(body);
        }
        sum.bytes(&buffer).finish()
    }

    /// By template: its text and that of all that it may take in.
    pub fn templates(&self) -> &BTreeMap<String, Digest> {
        &self.templates.by_name
    }

    /// Of a component's text and all that it may take in.
    pub fn component(&self, name: &str) -> Option<&Digest> {
        self.templates.components.get(name)
    }
}
