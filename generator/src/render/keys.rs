//! The key of a job: equal keys mean equal bytes. It is made by the very code that renders, with two things
//! replaced: templates answer with a digest of what they were given, and a body with a digest of its source
//! and of what its references lead to.

use std::{collections::BTreeMap, sync::Arc};

use tera::Value;

use super::{
    Failure, Renderer,
    body::address,
    cards,
    closures::{Closures, Templates, encode},
    engine::taken,
    globals,
};
use crate::{
    base::{
        files::Files,
        hash::{Digest, Sum},
    },
    discover::Role,
    link::{Edition, watched},
    markdown::directive,
    parse::LinkKind,
    plan::{Job, Task},
};

/// Makes keys. What it reads of files is asked of the `files` that it was made with.
pub struct Keys {
    /// Answers with what keys are made of.
    instead: Renderer,
    /// Renders and makes the key at once.
    beside: Renderer,
}

impl Renderer {
    /// Keys for the jobs of this renderer.
    pub fn keys(&self, files: Arc<dyn Files>, templates: Templates) -> Keys {
        let langs = 0..self.config.languages.len();
        let globals: Vec<_> = langs
            .map(|lang| globals(&self.config, &self.site, &self.theme, lang))
            .collect();
        let closures = Arc::new(self.engines.new_closures(&self.config, templates, &globals));
        Keys {
            instead: Self {
                files,
                engines: self.engines.keyed(&closures),
                ..self.clone()
            },
            beside: Self {
                engines: self.engines.with_keys(&closures),
                ..self.clone()
            },
        }
    }

    /// What stands for a body in a key: every reference of it is among its facts.
    pub(super) fn body_key(&self, closures: &Closures, edition: &Edition) -> Digest {
        let mut sum = Sum::default();
        sum.digest(&edition.digest).number(edition.body_at as u64);
        for kind in directive::Kind::ALL {
            if let Some(digest) = closures.component(kind.name()) {
                sum.digest(digest);
            }
        }
        let lang = edition.source.lang;
        let mut buffer = Vec::new();
        for link in &edition.body.links {
            let value = match link.kind {
                LinkKind::Link => Value::from(address(self, edition, &link.href)),
                LinkKind::Image | LinkKind::File => {
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
                    id.map_or_else(Value::none, |id| self.card(id).value.clone())
                }
                LinkKind::Contact => {
                    let contacts = &self.config.contacts;
                    let contact = contacts.iter().find(|c| *c.id == *link.href);
                    contact.map_or_else(Value::none, |c| self.contact(c, lang))
                }
            };
            encode(&value, &[], &mut buffer);
        }
        sum.bytes(&buffer).finish()
    }
}

/// The key of a job.
#[derive(Clone, Debug)]
pub struct Key {
    /// Of all that makes its bytes.
    pub digest: Digest,
    /// The editions that were looked at for it, sorted. While the site's structure stays, an edit of
    /// another edition does not change the key.
    pub looked_at: Box<[u32]>,
}

impl Keys {
    /// The key of a job; `None` for one that cannot be rendered, which rendering will tell.
    pub fn of(&self, job: &Job) -> Option<Key> {
        let (bytes, looked_at) = watched(|| self.instead.render(job));
        let digest = Digest::of(&bytes.ok()?);
        Some(Key { digest, looked_at })
    }

    /// What enters a key by the template alone: its text and that of all that it may take in, by its name.
    pub fn templates(&self) -> BTreeMap<String, Digest> {
        let closures = self.instead.engines.closures();
        closures.map_or_else(BTreeMap::new, |closures| closures.templates().clone())
    }

    /// Whether [`Keys::render`] can make a job: one template writes all of it, and its key follows from what
    /// was parsed, so that no file is asked for it.
    pub fn can_render(&self, job: &Job) -> bool {
        match &job.task {
            Task::List { .. } | Task::Taxonomy { .. } | Task::Home { .. } => true,
            Task::Sitemap { .. } | Task::Redirect { .. } => true,
            Task::Feed { .. } => !self.beside.config.full_text_feeds,
            Task::Document(id) => {
                let edition = &self.beside.site.editions[*id];
                edition.source.role != Role::Dossier
            }
            Task::Root | Task::Notice { .. } | Task::SitemapIndex | Task::Robots => false,
            Task::Static(_) | Task::File(_) | Task::Asset(_) | Task::Edge(_) => false,
            Task::Manifest | Task::Account { .. } | Task::Filled { .. } => false,
            Task::Mail { .. } => false,
        }
    }

    /// The bytes of a job with its key, at once: both take the same preparations.
    ///
    /// # Errors
    /// As [`Renderer::render`].
    pub fn render(&self, job: &Job) -> Result<(Vec<u8>, Option<Key>), Failure> {
        let (bytes, looked_at) = watched(|| self.beside.render(job));
        let digest = taken().map(|key| Digest::of(key.bytes()));
        Ok((bytes?, digest.map(|digest| Key { digest, looked_at })))
    }
}
