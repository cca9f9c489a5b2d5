//! `dist/sidecar/manifest.json`: what the sidecar may serve, and to whom.

use std::collections::BTreeMap;

use dateline_contract::{
    manifest::{Dossier, Edition, Manifest, Rendition, Terms, VERSION},
    texts::PROBLEMS,
};

use super::prepared::Prepared;
use crate::{
    base::{date::Date, diag::Diagnostic, index::Indexed},
    config::{LangId, pictures::Download},
    link::{CatalogueEdition, CatalogueEntry, Story},
};

impl Prepared {
    /// The manifest as JSON.
    pub(super) fn manifest_json(&self) -> Result<Vec<u8>, Diagnostic> {
        self.manifest().to_json().map_err(|e| {
            Diagnostic::error(format!("the media catalogue cannot be written: {e}"))
                .in_file("content/media")
        })
    }

    /// The catalogue for the sidecar, which `dateline dev` hands over in memory.
    pub fn manifest(&self) -> Manifest {
        let config = &self.config;
        let terms = config.terms.iter().map(|t| {
            (
                t.id.clone(),
                Terms {
                    version: t.version.clone(),
                },
            )
        });
        let languages = || config.languages.iter().map(|l| l.lang.code().to_owned());
        let by_language = |i: LangId, code: String| {
            let texts = PROBLEMS.iter().filter_map(|name| {
                let text = self.problem(i, name)?;
                Some(((*name).to_owned(), text))
            });
            (code, texts.collect::<BTreeMap<_, _>>())
        };
        Manifest {
            version: VERSION,
            base_url: config.base_url.clone(),
            default_language: config.default_lang().code().to_owned(),
            languages: languages().collect(),
            name: languages()
                .indexed()
                .map(|(i, code)| (code, self.site_name(i).to_owned()))
                .collect(),
            time_zone: config.time_zone.iana_name().unwrap_or_default().to_owned(),
            password_policy: config.password_policy,
            newsletter: languages()
                .indexed()
                .filter_map(|(i, code)| Some((code, self.newsletter(i).ok().flatten()?)))
                .collect(),
            problems: languages()
                .indexed()
                .map(|(i, code)| by_language(i, code))
                .filter(|(_, texts)| !texts.is_empty())
                .collect(),
            terms: terms.collect(),
            media: self
                .site
                .catalogue
                .iter()
                .map(|entry| (entry.id.clone(), dossier(entry)))
                .collect(),
            pictures: self
                .site
                .stories
                .iter()
                .filter_map(|(id, story)| Some((id.clone(), self.pictures(story)?)))
                .collect(),
        }
    }
}

impl Prepared {
    /// The pictures of a story for readers with an account; none if all of them are for everyone after all. One at its
    /// end names none.
    fn pictures(&self, story: &Story) -> Option<Dossier> {
        let modified = utc(story.changed.unwrap_or_default());
        let renditions = story.pictures.iter().filter_map(|path| {
            let used = self.used.files.get(path)?;
            let file = used.file.as_ref()?;
            let rendition = Rendition {
                key: used.key()?,
                modified: modified.clone(),
                file_name: used.file_name(),
                content_type: used.media_type().to_owned(),
                size: file.length,
                sha256: file.sha256.clone(),
                gated: true,
            };
            let gated = used.download == Download::Account;
            gated.then(|| (used.name().to_owned(), rendition))
        });
        let renditions: BTreeMap<_, _> = renditions.collect();
        let is_over = story
            .editions
            .values()
            .all(|edition| edition.page.is_none());
        let editions = story.editions.iter();
        (is_over || !renditions.is_empty()).then(|| Dossier {
            editions: editions
                .map(|(lang, entry)| (lang.clone(), edition(entry)))
                .collect(),
            terms: self.config.pictures.download_terms.clone(),
            renditions,
        })
    }
}

fn dossier(entry: &CatalogueEntry) -> Dossier {
    let changed = entry
        .meta
        .updated
        .or(entry.meta.date.as_ref().map(|d| d.value));
    let modified = changed.map(|d| utc(d.at)).unwrap_or_default();
    let own = entry.meta.dossier.as_deref();
    let renditions = own.map_or(&[][..], |d| &d.renditions).iter().map(|r| {
        let rendition = Rendition {
            key: r.key(),
            modified: modified.clone(),
            file_name: r.file.value.clone(),
            content_type: r.media_type.clone(),
            size: r.size,
            sha256: r.sha256.clone(),
            gated: r.gated,
        };
        (r.name.clone(), rendition)
    });
    let editions = entry.editions.iter();
    Dossier {
        editions: editions
            .map(|(lang, entry)| (lang.clone(), edition(entry)))
            .collect(),
        terms: own.and_then(|d| d.terms.as_ref()).map(|t| t.value.clone()),
        renditions: renditions.collect(),
    }
}

fn edition(entry: &CatalogueEdition) -> Edition {
    let (page, title) = entry.page.clone().unzip();
    Edition {
        page,
        title,
        release: entry.release.map(utc),
        expires: entry.expires.map(utc),
    }
}

fn utc(at: jiff::Timestamp) -> String {
    Date {
        at,
        offset: jiff::tz::Offset::UTC,
        has_time: true,
    }
    .rfc3339()
}
