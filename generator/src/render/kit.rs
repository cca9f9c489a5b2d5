//! Press kits: the pictures of a document as they are published, with its texts in every language.

mod body;
mod plain;
mod story;

use jiff::civil;
use tera::Value;

use super::{
    archive::Archive,
    backend::{Backend, Html},
    failure::{Failure, guarded},
    prepared::Prepared,
    renderer::Renderer,
    value::map,
};
use crate::{
    base::{
        files::Taking,
        hash::{Digest, Sum},
        path,
        zip::Names,
    },
    link::{Edition, EditionId, Kit},
    plan::{self, Job, Task},
};

/// The files of a kit by their names in it.
struct Named<'a> {
    /// Paths from the root, and names.
    pictures: Vec<(&'a str, String)>,
}

impl<'a> Named<'a> {
    /// Names for pictures; `taken` are those of texts.
    fn new(kit: &'a Kit, taken: impl Iterator<Item = String>) -> Self {
        let mut names = Names::default();
        for name in taken {
            names.add(&name);
        }
        let named = |path: &'a String| {
            let name = path.rsplit('/').next().unwrap_or(path);
            (path.as_str(), names.add(name))
        };
        Self {
            pictures: kit.pictures.iter().map(named).collect(),
        }
    }

    /// The name of a picture by its path from the root.
    fn get(&self, path: &str) -> Option<&str> {
        let found = self.pictures.iter().find(|(own, _)| *own == path);
        found.map(|(_, name)| name.as_str())
    }
}

impl Prepared {
    /// Hands over an output that is made in pieces, of which no text goes on in the next one. Its size and digest.
    ///
    /// # Errors
    /// As [`Prepared::render`]; that a piece was not taken.
    pub fn give(&self, job: &Job, take: Taking<'_>) -> Result<(u64, Digest), Failure> {
        let (mut size, mut sum) = (0, Sum::default());
        let mut count = |piece: &[u8]| {
            size += piece.len() as u64;
            sum.rest(piece);
            take(piece)
        };
        self.archive(job, |renderer, archive| {
            archive.write(&mut count, |path| renderer.published(path))
        })?;
        Ok((size, sum.finish()))
    }

    /// Hands over what an output that is made in pieces says: all of it but its pictures, which are outputs
    /// themselves.
    ///
    /// # Errors
    /// As [`Prepared::render`].
    pub fn texts(&self, job: &Job, mut take: impl FnMut(&[u8])) -> Result<(), Failure> {
        self.archive(job, |_, archive| {
            for (name, text) in archive.texts() {
                take(name.as_bytes());
                take(&text);
            }
            for (name, _) in &archive.pictures {
                take(name.as_bytes());
            }
            Ok(())
        })
    }

    fn archive(
        &self,
        job: &Job,
        then: impl FnOnce(&Renderer<'_, Html>, Archive<Vec<u8>>) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let Task::PressKit(id) = job.task else {
            return Ok(());
        };
        guarded(job, || {
            let renderer = Renderer::new(self, &Html, None);
            let archive = renderer.kit(id);
            let done = archive.and_then(|archive| then(&renderer, archive));
            done.map_err(|failure| failure.of(|| self.subject(job)))
        })
    }
}

impl<B: Backend> Renderer<'_, B> {
    /// A press kit as a whole.
    pub(super) fn press_kit(&self, id: EditionId) -> Result<B::Out, Failure> {
        let bytes = |archive: Archive<Vec<u8>>| {
            let mut bytes = Vec::new();
            let mut take = |piece: &[u8]| {
                bytes.extend_from_slice(piece);
                Ok(())
            };
            archive.write(&mut take, |path| self.published(path))?;
            Ok(bytes)
        };
        let key = |archive: Archive<Digest>| archive.key(|path| self.published_digest(path));
        self.backend.archive(self.kit(id)?, bytes, key)
    }

    /// What a page says of the press kit of its document.
    pub(super) fn press_kit_link(&self, edition: &Edition) -> Value {
        let kit = self.site.kit(&edition.translations);
        let Some((first, kit)) = kit.filter(|_| plan::has_kits(&self.theme)) else {
            return Value::none();
        };
        let address = Kit::address(self.editions.place(first).address);
        map([
            ("url", Value::from(path::encode(&address))),
            ("pictures", Value::from(kit.pictures.len())),
        ])
    }

    /// The press kit of the document whose first edition is `id`.
    fn kit(&self, id: EditionId) -> Result<Archive<B::Out>, Failure> {
        let mut archive = Archive {
            time: civil::DateTime::ZERO,
            texts: Vec::new(),
            pictures: Vec::new(),
        };
        let Some(kit) = self.site.kits.get(&id) else {
            return Ok(archive);
        };
        let first = &self.editions[id];
        archive.time = first.date.map_or(archive.time, |date| date.local());
        let code = |id: &EditionId| {
            let lang = self.editions.place(*id).lang;
            (lang, self.config.languages[lang].lang.code())
        };
        let langs: Vec<_> = kit.editions.iter().map(code).collect();
        let story = |code: &str, ending: &str| format!("text.{code}.{ending}");
        let stories = langs.iter().flat_map(|(_, code)| {
            let endings = plan::KIT_STORY.iter();
            endings.map(move |(ending, _)| story(code, ending))
        });
        let texts = plan::KIT_TEXTS.iter().map(|(name, _)| (*name).to_owned());
        let named = Named::new(kit, stories.chain(texts));
        let folder = Names::default().add(Kit::folder(&first.address));
        let inside = |name: &str| format!("{folder}/{name}");
        let mut lists = plan::KIT_TEXTS.map(|(name, _)| (inside(name), Vec::new()));
        for (id, (lang, code)) in kit.editions.iter().zip(langs.iter().copied()) {
            let context = self.kit_context(*id, &named)?;
            let write = |template| self.template(lang, template, &context, 8 << 10);
            for (ending, template) in plan::KIT_STORY {
                if self.theme.has(template) {
                    let name = inside(&story(code, ending));
                    archive.texts.push((name, vec![write(template)?]));
                }
            }
            for ((_, template), (_, parts)) in plan::KIT_TEXTS.iter().zip(&mut lists) {
                if self.theme.has(template) {
                    parts.push(write(template)?);
                }
            }
        }
        let some = lists.into_iter().filter(|(_, parts)| !parts.is_empty());
        archive.texts.extend(some);
        let pictures = named.pictures.iter();
        let pictures = pictures.map(|(path, name)| (inside(name), (*path).to_owned()));
        archive.pictures.extend(pictures);
        Ok(archive)
    }
}
