//! The key of a job: equal keys mean equal bytes. It is made by the very code that renders, which writes to
//! [`Digests`] instead.

use std::collections::BTreeMap;

use tera::Value;

use super::{
    backend::{Backend, Both},
    body, cards,
    digests::{Digests, Templates},
    encode::encode,
    failure::Failure,
    pictures::image,
    prepared::Prepared,
    renderer::Renderer,
};
use crate::{
    base::hash::{Digest, Sum},
    discover::Role,
    link::{Edition, EditionId, Reads},
    markdown::directive,
    parse::{LinkKind, Said},
    plan::{Job, Task},
    theme::slots,
};

/// Makes keys of jobs.
pub struct Keys<'a> {
    prepared: &'a Prepared,
    digests: Digests,
}

impl Prepared {
    /// Keys for jobs, where templates stand for themselves by `templates`.
    pub fn keys(&self, templates: Templates) -> Keys<'_> {
        Keys {
            prepared: self,
            digests: Digests::new(&self.config, &self.theme, templates, &self.globals()),
        }
    }
}

impl<B: Backend> Renderer<'_, B> {
    /// What stands for a body in a key: every reference of it is among its facts.
    pub(super) fn body_key(&self, digests: &Digests, edition: &Edition) -> Digest {
        let mut sum = Sum::default();
        sum.digest(&edition.digest).number(edition.body_at as u64);
        sum.text(edition.kind.name());
        let directives = directive::Kind::ALL.iter().map(|kind| kind.name());
        for component in directives.chain([body::IMAGE, body::PHOTO]) {
            if let Some(digest) = digests.component(component) {
                sum.digest(digest);
            }
        }
        let lang = edition.source.lang;
        let mut buffer = Vec::new();
        for link in &edition.body.links {
            let value = match link.kind {
                LinkKind::Link => Value::from(self.address(edition, &link.href)),
                LinkKind::Image | LinkKind::File => {
                    let path = &edition.source.path;
                    let file = cards::file(self.site, &self.used, path, &link.href);
                    let download = self.download(edition, file);
                    image(file, slots::Role::Body, &Said::default(), None, download)
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
    /// The editions that it read, sorted. While the site's structure stays, an edit of
    /// another edition does not change the key.
    pub reads: Box<[EditionId]>,
}

impl Keys<'_> {
    /// The key of a job; `None` for one that cannot be rendered, which rendering will report.
    pub fn of(&self, job: &Job) -> Option<Key> {
        let reads = Reads::default();
        let digest = Renderer::new(self.prepared, &self.digests, Some(&reads)).output(job);
        Some(Key {
            digest: digest.ok()?,
            reads: reads.sorted(),
        })
    }

    /// What enters a key by the template alone: its text and that of all that it may take in, by its name.
    pub fn templates(&self) -> &BTreeMap<String, Digest> {
        self.digests.templates()
    }

    /// Whether [`Keys::render`] can make a job: one template writes all of it, and its key follows from what
    /// was parsed, so that no file is read for it.
    pub fn can_render(&self, job: &Job) -> bool {
        match &job.task {
            Task::List { .. } | Task::Taxonomy { .. } | Task::Home { .. } => true,
            Task::Sitemap { .. } | Task::Redirect { .. } => true,
            Task::Feed { .. } => !self.prepared.config.full_text_feeds,
            Task::Document(id) => {
                let edition = &self.prepared.site.editions[*id];
                edition.source.role != Role::Dossier
            }
            Task::Root | Task::Notice { .. } | Task::SitemapIndex | Task::Robots => false,
            Task::Static(_) | Task::File(_) | Task::Asset(_) | Task::Edge(_) => false,
            Task::Derivative { .. } | Task::PressKit(_) => false,
            Task::Manifest | Task::Account { .. } | Task::Filled { .. } => false,
            Task::Mail { .. } => false,
        }
    }

    /// The bytes of a job with its key, at once: both take the same preparations.
    ///
    /// # Errors
    /// As [`Prepared::render`].
    pub fn render(&self, job: &Job) -> Result<(Vec<u8>, Key), Failure> {
        let (reads, both) = (Reads::default(), Both(&self.digests));
        let made = Renderer::new(self.prepared, &both, Some(&reads)).output(job);
        let (bytes, digest) = made?;
        let reads = reads.sorted();
        Ok((bytes, Key { digest, reads }))
    }
}
