//! Cards: what lists, home and neighbours show of a document. Built once, shared by every page.

use std::borrow::Cow;

use tera::Value;

use super::{
    backend::Backend,
    encode::Card,
    pictures::image,
    renderer::Renderer,
    value::{list, map, text},
};
use crate::{
    assets::{Used, UsedFiles},
    base::{date::Date, path},
    config::{Config, LangId},
    discover::Role,
    link::{Edition, EditionId, SectionId, Structure, Target},
    markdown::text::{escaped, plain},
    parse::{DossierMeta, ImageMeta, LinkKind, Picture, Rendition},
    theme::slots,
};

impl<B: Backend> Renderer<'_, B> {
    /// The card of an edition; plain pages have one too, with little on it.
    pub(super) fn new_card(&self, edition: &Edition) -> Card {
        let value = match &edition.source.role {
            Role::Dossier => self.dossier(edition),
            _ => self.summary(edition),
        };
        value.into()
    }

    fn summary(&self, edition: &Edition) -> Value {
        let (config, lang) = (&self.config, edition.source.lang);
        let code = &config.languages[lang].lang;
        let url = path::encode(&edition.address);
        let section = self.site.section_of(edition);
        map([
            ("title", Value::from(edition.meta.title.as_str())),
            ("canonical", Value::from(config.absolute(&url))),
            ("url", Value::from(url)),
            ("date", date(edition.date)),
            ("updated", date(edition.meta.updated)),
            ("kind", Value::from(edition.kind.name())),
            ("dateline", text(edition.meta.dateline.as_deref())),
            ("lead", text(self.lead(edition).as_deref())),
            (
                "section",
                section.map_or_else(Value::none, |at| self.section_link(lang, at)),
            ),
            (
                "image",
                self.front_picture(edition, edition.meta.image.as_ref(), slots::Role::Main),
            ),
            ("lang", Value::from(code.code())),
            ("dir", Value::from(code.direction())),
        ])
    }

    /// The lead as text, without its links.
    fn lead<'e>(&self, edition: &'e Edition) -> Option<Cow<'e, str>> {
        let lead = edition.meta.lead.as_deref()?;
        // Most are plain.
        if !lead.contains(|c: char| c.is_ascii_punctuation() && !",;:()/%".contains(c) && c != '.')
            && !lead.contains("..")
        {
            return Some(Cow::Borrowed(lead));
        }
        Some(Cow::Owned(plain(&self.inline(edition, lead))))
    }

    /// What says in a few words what a document is about: its lead, else how it begins.
    pub(super) fn summary_of<'e>(&self, edition: &'e Edition) -> Option<Cow<'e, str>> {
        let opening = || edition.body.opening.as_deref().map(Cow::Borrowed);
        self.lead(edition).or_else(opening)
    }

    /// The picture that stands for a document elsewhere: its own, else the first of its body, else the poster of
    /// its first video.
    pub(super) fn picture_of(&self, id: EditionId) -> Option<Value> {
        let edition = &self.editions[id];
        let own = self.card(id).value.get_from_path("image").cloned();
        let in_body = || {
            let picture = edition.body.picture()?;
            Some(self.body_picture(edition, picture))
        };
        let links = edition.body.links.iter();
        let of_body = links.filter(|l| l.kind == LinkKind::Dossier);
        let videos = edition.meta.media.iter().map(|m| m.value.as_str());
        let mut videos = videos.chain(of_body.map(|l| &*l.href));
        let poster = || {
            let lang = edition.source.lang;
            videos.find_map(|video| {
                let id = self.site.dossier(video, lang)?;
                let poster = self.card(id).value.get_from_path("poster").cloned();
                poster.filter(|p| !p.is_none())
            })
        };
        let some = |value: &Value| !value.is_none();
        own.filter(some)
            .or_else(|| in_body().filter(some))
            .or_else(poster)
    }

    /// A picture of a body.
    pub(super) fn body_picture(&self, edition: &Edition, picture: &Picture) -> Value {
        let file = file(self.site, &self.used, &edition.source.path, &picture.src);
        let caption = picture.caption.trim();
        let caption = (!caption.is_empty()).then(|| escaped(caption));
        let (role, caption) = (slots::Role::Body, caption.as_deref());
        image(file, role, &picture.said, caption, Value::none())
    }

    /// A picture of front matter.
    fn front_picture(
        &self,
        edition: &Edition,
        meta: Option<&ImageMeta>,
        role: slots::Role,
    ) -> Value {
        let Some(meta) = meta else {
            return Value::none();
        };
        let file = file(self.site, &self.used, &edition.source.path, &meta.src.value);
        let caption = meta.caption.as_deref().map(|c| self.inline(edition, c));
        let offered =
            role == slots::Role::Main && !file.is_some_and(|f| self.is_in_body(edition, f));
        let download = match offered {
            true => self.download(edition, file),
            false => Value::none(),
        };
        image(file, role, &meta.said, caption.as_deref(), download)
    }

    fn section_link(&self, lang: LangId, at: SectionId) -> Value {
        let link = self.links.section(lang, at);
        link.get_or_init(|| {
            let code = &self.config.languages[lang].lang;
            let section = &self.site.langs[lang].sections[at].0;
            let title = self.config.words(&section.title, code);
            map([
                ("name", Value::from(section.name.as_str())),
                ("title", Value::from(title)),
                ("url", Value::from(format!("/{code}/{}/", section.name))),
            ])
        })
        .clone()
    }

    fn dossier(&self, edition: &Edition) -> Value {
        let (config, site, used) = (&self.config, self.site, &self.used);
        let lang = &config.languages[edition.source.lang].lang;
        let url = path::encode(&edition.address);
        let none = DossierMeta::default();
        let own = edition.meta.dossier.as_deref().unwrap_or(&none);
        let poster = self.front_picture(edition, own.poster.as_ref(), slots::Role::Poster);
        map([
            ("id", Value::from(edition.slug.as_str())),
            ("title", Value::from(edition.meta.title.as_str())),
            ("canonical", Value::from(config.absolute(&url))),
            ("url", Value::from(url)),
            ("date", date(edition.date)),
            ("updated", date(edition.meta.updated)),
            ("place", text(own.place.as_deref())),
            ("dateline", Value::none()),
            (
                "duration",
                own.duration.map_or_else(Value::none, Value::from),
            ),
            ("image", poster.clone()),
            ("poster", poster),
            (
                "preview",
                own.renditions
                    .iter()
                    .find(|r| !r.gated)
                    .map_or_else(Value::none, |r| preview(edition, r)),
            ),
            ("captions", captions(config, site, used, edition, own)),
            ("kind", Value::from("video")),
            ("section", Value::none()),
            ("lead", text(self.summary_of(edition).as_deref())),
            ("lang", Value::from(lang.code())),
            ("dir", Value::from(lang.direction())),
        ])
    }
}

/// The address under which the sidecar answers for a rendition.
pub(super) fn rendition_url(edition: &Edition, rendition: &Rendition) -> String {
    path::encode(&format!("/api/media/{}/{}", edition.slug, rendition.name))
}

fn preview(edition: &Edition, rendition: &Rendition) -> Value {
    let size = rendition.dimensions();
    map([
        ("url", Value::from(rendition_url(edition, rendition))),
        ("type", Value::from(rendition.media_type.as_str())),
        ("width", size.map_or_else(Value::none, |s| s.0.into())),
        ("height", size.map_or_else(Value::none, |s| s.1.into())),
    ])
}

fn captions(
    config: &Config,
    site: &Structure,
    used: &UsedFiles,
    edition: &Edition,
    own: &DossierMeta,
) -> Value {
    list(own.captions.iter().filter_map(|c| {
        let file = file(site, used, &edition.source.path, &c.file.value)?;
        let language = config
            .lang_index(&c.lang)
            .map(|i| config.languages[i].name.as_str());
        Some(map([
            ("lang", Value::from(c.lang.as_str())),
            ("name", Value::from(language.unwrap_or(&c.lang))),
            ("src", Value::from(path::encode(&file.address))),
        ]))
    }))
}

/// The used file that a reference in `from` names.
pub(super) fn file<'a>(
    site: &Structure,
    used: &'a UsedFiles,
    from: &str,
    href: &str,
) -> Option<&'a Used> {
    match site.resolver.file(from, href)? {
        Target::File(path) => used.files.get(&path),
        Target::Static(address) => used.statics.get(&address),
        _ => None,
    }
}

pub(super) fn date(date: Option<Date>) -> Value {
    date.map_or_else(Value::none, |d| d.rfc3339().into())
}
