//! Renders one job.

use std::ops::Deref;

use dateline_pictures::Recipe;

use super::{
    backend::{Backend, Html},
    encode::Card,
    failure::{Failure, guarded},
    prepared::Prepared,
    value::Context,
};
use crate::{
    assets,
    base::{hash::Digest, read::unreadable},
    config::LangId,
    link::{Edition, EditionId, Reading, Reads, Structure},
    plan::{Job, Task},
};

/// Makes one output of what was prepared, and writes it to a backend.
pub(super) struct Renderer<'a, B> {
    prepared: &'a Prepared,
    /// What is published, but for the editions themselves.
    pub site: &'a Structure,
    /// The editions. They are read only through this, so that the key of the job records each read.
    pub editions: Reading<'a>,
    pub backend: &'a B,
}

impl<B> Deref for Renderer<'_, B> {
    type Target = Prepared;

    fn deref(&self) -> &Prepared {
        self.prepared
    }
}

impl Prepared {
    /// The bytes of one output.
    ///
    /// # Errors
    /// A diagnostic that names the template's line and the document, or that a source has changed. A panic is
    /// such a diagnostic too, whoever asks: for a key, for a page, for one to come.
    pub fn render(&self, job: &Job) -> Result<Vec<u8>, Failure> {
        Renderer::new(self, &Html, None).output(job)
    }

    /// Makes derivatives of the picture at a path from the root, which is read and decoded once; those that earlier
    /// builds kept are taken as they are. `each` gets the place of a recipe and the bytes, in no particular order.
    ///
    /// # Errors
    /// That the picture is damaged, or has changed.
    pub fn derivatives(
        &self,
        path: &str,
        recipes: &[Recipe],
        each: &mut dyn FnMut(usize, Vec<u8>),
    ) -> Result<(), Failure> {
        let used = self.used.at(path);
        let Some((used, original)) = used.and_then(|used| Some((used, used.original?))) else {
            return Ok(());
        };
        let kept = self.kept.as_deref();
        let (mut places, mut missing) = (Vec::new(), Vec::new());
        for (place, recipe) in recipes.iter().enumerate() {
            match kept.and_then(|kept| kept.recall(&original.key(recipe))) {
                Some(bytes) => each(place, bytes),
                None => {
                    places.push(place);
                    missing.push(*recipe);
                }
            }
        }
        if missing.is_empty() {
            return Ok(());
        }
        let source = self.content(path)?;
        let mut take = |n: usize, bytes: Vec<u8>| {
            if let Some(kept) = kept {
                kept.learn(&original.key(&missing[n]), &bytes);
            }
            each(places[n], bytes);
        };
        let made = dateline_pictures::derive(&source, &used.rights, &missing, &mut take);
        made.map_err(|broken| assets::broken(path, &broken).into())
    }

    /// The content of a file.
    pub(super) fn content(&self, path: &str) -> Result<Vec<u8>, Failure> {
        let content = self.files.read(path).map_err(|e| unreadable(path, &e))?;
        // The key was made from the former content.
        match content.changed {
            true => Err(Failure::Stale(path.to_owned())),
            false => Ok(content.bytes),
        }
    }

    /// For the same newsroom after quiet edits.
    pub fn edited(&self, edited: Vec<(EditionId, Edition)>) -> Self {
        let renderer = Renderer::new(self, &Html, None);
        let card = |(id, edition): &(EditionId, Edition)| (*id, renderer.new_card(edition));
        let cards = edited.iter().map(card).collect();
        self.with(edited, cards)
    }
}

impl<'a, B: Backend> Renderer<'a, B> {
    /// Editions that are read are recorded in `reads`.
    pub fn new(prepared: &'a Prepared, backend: &'a B, reads: Option<&'a Reads>) -> Self {
        let site = &prepared.site;
        Self {
            prepared,
            site: &site.structure,
            editions: Reading::new(&site.editions, reads),
            backend,
        }
    }

    /// One output.
    pub fn output(&self, job: &Job) -> Result<B::Out, Failure> {
        guarded(job, || self.unguarded(job))
    }

    fn unguarded(&self, job: &Job) -> Result<B::Out, Failure> {
        let made = match &job.task {
            // What is wrong with a picture is not that of one derivative.
            Task::Derivative { source, recipe } => return self.derivative(source, recipe),
            Task::Root => self.root(),
            Task::Home { lang } => self.home(*lang),
            Task::Document(id) => self.document(*id),
            Task::List { lang, key, page } => self.list(*lang, *key, *page),
            Task::Taxonomy { lang, taxonomy } => self.taxonomy(*lang, *taxonomy),
            Task::Notice { lang, name } => self.notice(*lang, name, &job.path),
            Task::Redirect { edition, alias } => self.redirect(*edition, *alias),
            Task::Feed { lang, of, format } => self.feed(*lang, *of, *format),
            Task::SitemapIndex => self.sitemap_index(),
            Task::Sitemap { lang, of } => self.sitemap(*lang, *of),
            Task::Robots => self.robots(),
            Task::Static(path) | Task::File(path) => match job.task.copied() {
                Some(path) => self.copy(path),
                None => self.picture(path),
            },
            Task::PressKit(id) => self.press_kit(*id),
            Task::Asset(name) => {
                let asset = self.theme.assets.get(&**name);
                self.bytes(asset.map_or_else(Vec::new, |asset| asset.bytes.to_vec()))
            }
            Task::Edge(name) => self.bytes(self.edge_file(name)),
            Task::Manifest => self
                .manifest_json()
                .map_err(Failure::from)
                .and_then(|json| self.bytes(json)),
            Task::Account { lang, page } => self.account(*lang, *page),
            Task::Filled { lang, page } => self.filled_page(*lang, *page),
            Task::Mail { lang, mail, html } => self.mail(*lang, *mail, *html),
        };
        made.map_err(|failure| failure.of(|| self.subject(job)))
    }

    fn bytes(&self, bytes: Vec<u8>) -> Result<B::Out, Failure> {
        Ok(self.backend.bytes(bytes))
    }

    /// An output that is a copy of a source.
    fn copy(&self, path: &str) -> Result<B::Out, Failure> {
        let digest = || {
            let digest = self.files.digest(path);
            digest.map_err(|e| unreadable(path, &e).into())
        };
        self.backend.copy(|| self.content(path), digest)
    }

    /// A picture as it is published.
    fn picture(&self, path: &str) -> Result<B::Out, Failure> {
        let bytes = || self.published(path);
        self.backend.copy(bytes, || self.published_digest(path))
    }

    /// A picture without what is private, and with its rights.
    pub fn published(&self, path: &str) -> Result<Vec<u8>, Failure> {
        let rights = self.used.at(path).map(|used| used.rights.clone());
        let content = self.content(path)?;
        Ok(assets::published(
            path,
            content,
            &rights.unwrap_or_default(),
        ))
    }

    /// Of all that makes the same.
    pub fn published_digest(&self, path: &str) -> Result<Digest, Failure> {
        let rights = self.used.at(path).map(|used| used.rights.clone());
        let content = self.files.digest(path).map_err(|e| unreadable(path, &e))?;
        Ok(assets::digest(&content, &rights.unwrap_or_default()))
    }

    /// A picture made of another one.
    fn derivative(&self, path: &str, recipe: &Recipe) -> Result<B::Out, Failure> {
        let original = self.used.at(path).and_then(|used| used.original);
        let key = || Ok(original.map_or_else(Digest::default, |original| original.key(recipe)));
        let bytes = || {
            let mut made = Vec::new();
            let mut take = |_, bytes| made = bytes;
            self.derivatives(path, &[*recipe], &mut take)?;
            Ok(made)
        };
        self.backend.copy(bytes, key)
    }

    /// What a template makes of a context.
    pub fn template(
        &self,
        lang: LangId,
        template: &str,
        context: &Context,
        hint: usize,
    ) -> Result<B::Out, Failure> {
        self.backend
            .template(&self.engines, (lang, template), context, hint)
    }

    /// What lists, home and neighbours show of an edition.
    pub fn card(&self, id: EditionId) -> &Card {
        self.editions.note(id);
        self.cards.get(id, || self.new_card(&self.editions[id]))
    }
}
