//! The key of a job: equal keys mean equal bytes. It is made by the very code that renders, with three
//! things replaced: templates answer with a digest of what they were given, cards with a digest of
//! themselves, and a body with a digest of its source and of what its references lead to.

use std::sync::Arc;

use tera::Value;

use super::{
    Renderer,
    body::address,
    cards::{self, Cards},
    closures::{Closures, encode},
    globals,
    value::map,
};
use crate::{
    base::{
        files::Files,
        hash::{Digest, Sum},
    },
    link::{Edition, watched},
    markdown::html::Html,
    parse::LinkKind,
    plan::Job,
};

/// Components that a block of a body may call.
const BLOCKS: [&str; 4] = ["figure", "quote", "video", "contact"];

/// Makes keys. What it reads of files is asked of the `files` that it was made with.
pub struct Keys(Renderer);

impl Renderer {
    /// Keys for the jobs of this renderer.
    pub fn keys(&self, files: Arc<dyn Files>) -> Keys {
        let langs = 0..self.config.languages.len();
        let globals: Vec<_> = langs
            .map(|lang| globals(&self.config, &self.site, &self.theme, lang))
            .collect();
        let closures = Closures::new(&self.config, &self.theme, &globals);
        Keys(Self {
            files,
            engines: self.engines.keyed(closures),
            cards: Cards::new(self.site.editions.len()),
            full_cards: Some(self.cards.clone()),
            edge: Arc::default(),
            ..self.clone()
        })
    }

    /// What stands for a body in a key: every reference of it is among its facts.
    pub(super) fn body_key(&self, closures: &Closures, edition: &Edition) -> Html {
        let mut sum = Sum::default();
        sum.digest(&edition.digest).number(edition.body_at as u64);
        for block in BLOCKS {
            if let Some(digest) = closures.component(block) {
                sum.digest(digest);
            }
        }
        let lang = edition.source.lang;
        let mut buffer = Vec::new();
        for link in &edition.body.links {
            let value = match link.kind {
                LinkKind::Link => Value::from(address(self, edition, &link.href)),
                LinkKind::Image => {
                    let path = &edition.source.path;
                    cards::image(
                        cards::file(&self.site, &self.used, path, &link.href),
                        "",
                        None,
                        None,
                    )
                }
                LinkKind::Dossier => {
                    let id = self.site.dossier(&link.href, lang);
                    id.map_or_else(Value::none, |id| self.card(id).clone())
                }
                LinkKind::Contact => {
                    let contacts = &self.config.contacts;
                    let contact = contacts.iter().find(|c| *c.id == *link.href);
                    contact.map_or_else(Value::none, |c| self.contact(c, lang))
                }
            };
            encode(&value, &mut buffer);
        }
        Html {
            html: sum.bytes(&buffer).finish().hex(),
            toc: Vec::new(),
        }
    }
}

/// What stands for a card in a key.
pub(super) fn stub(card: &Value) -> Value {
    let mut bytes = Vec::with_capacity(1 << 10);
    encode(card, &mut bytes);
    let digest = Digest::of(&bytes);
    map([("digest", Value::from(&digest.bytes()[..]))])
}

/// The key of a job.
#[derive(Clone, Debug)]
pub struct Key {
    /// Of all that makes its bytes.
    pub digest: Digest,
    /// The editions that were looked at for it, sorted. While the site's structure stays, an edit of
    /// another edition does not change the key.
    pub looked_at: Vec<u32>,
}

impl Keys {
    /// The key of a job; `None` for one that cannot be rendered, which rendering will tell.
    pub fn of(&self, job: &Job) -> Option<Key> {
        let (bytes, looked_at) = watched(|| self.0.render(job));
        let digest = Digest::of(&bytes.ok()?);
        Some(Key { digest, looked_at })
    }
}
