//! The needles of a document: texts and files that identify it. And the passages of published documents, which
//! excuse them.

mod passages;

use dateline_pictures::Field;

use self::passages::{blocks, cues, sentences};
use super::{Form, ItemId, Needle, What, words::words};
use crate::{
    base::{
        fields::Words as Translated,
        files::Files,
        hash::{Digest, Set},
        index::Indexed,
        path,
    },
    config::{Config, TaxonomyId},
    discover::SourceFile,
    link::{Edition, Site, Target},
    parse::{ImageMeta, LinkKind, Meta},
};

/// A shorter title or lead identifies nothing: "News", "About us". Words, and letters.
const TITLE: (usize, u32) = (2, 12);
/// The same for a sentence: "For immediate release".
const SENTENCE: (usize, u32) = (4, 20);
/// A shorter file name, in bytes without its extension, identifies nothing: `image.jpg`.
const NAME: usize = 8;
/// Smaller files, in bytes, may be equal by chance.
const SMALL: u64 = 24;

/// A passage of a document, and what it is.
pub(super) struct Passage {
    pub what: What,
    pub text: String,
}

/// Reads the passages of documents.
pub(super) struct Texts<'a> {
    pub files: &'a dyn Files,
    pub config: &'a Config,
    pub site: &'a Site,
}

impl Texts<'_> {
    /// The needles of an edition. `None` if its file is no longer what was parsed.
    pub(super) fn needles(&self, item: ItemId, edition: &Edition) -> Option<Vec<Needle>> {
        let mut out = Vec::new();
        let mut seen: Set<u64> = Set::default();
        let mut add = |what: What, form: Form, text: &str| {
            let text = text.to_owned();
            let needle = Needle {
                item,
                what,
                form,
                text,
            };
            if seen.insert(needle.mark()) {
                out.push(needle);
            }
        };
        let mut passages = self.front(edition);
        passages.extend(self.body(edition)?);
        for Passage { what, text } in passages {
            let (count, letters) = match what {
                What::Title | What::Lead => TITLE,
                What::Sentence => SENTENCE,
                What::Address => {
                    // An alias that is no path has no address.
                    if text.len() > 1 {
                        add(what, Form::Exact, text.trim_end_matches('/'));
                    }
                    continue;
                }
                What::Key => {
                    let hashes = words(text.as_bytes())
                        .iter()
                        .filter(|w| !w.is_end())
                        .map(|w| w.hash)
                        .collect();
                    add(what, Form::Words(hashes), &text);
                    continue;
                }
                // Files in static/ are always public, and have a check of their own.
                What::Name if text.starts_with("content/static/") => continue,
                What::Name => {
                    let name = text.rsplit('/').next().unwrap_or_default();
                    if name
                        .split('.')
                        .next()
                        .is_some_and(|stem| stem.len() >= NAME)
                    {
                        add(what, Form::Exact, name);
                    }
                    continue;
                }
                What::File | What::Other => continue,
            };
            for sentence in sentences(&text) {
                let all = words(sentence.as_bytes());
                for part in all.split(|w| w.is_end()) {
                    if part.len() >= count && part.iter().map(|w| w.letters).sum::<u32>() >= letters
                    {
                        add(
                            what,
                            Form::Words(part.iter().map(|w| w.hash).collect()),
                            sentence,
                        );
                    }
                }
            }
        }
        for file in self.used(edition) {
            let (Target::File(path), Ok(size)) =
                (&file, self.files.size(file_path(&file).as_str()))
            else {
                continue;
            };
            if let (true, Ok(digest)) = (size >= SMALL, self.files.digest(path)) {
                add(What::File, Form::File { size, digest }, path);
                add(What::Name, Form::Exact, &fingerprinted(path, digest));
            }
        }
        Some(out)
    }

    /// Passages of its front matter and its links; no file is read for them.
    pub(super) fn front(&self, edition: &Edition) -> Vec<Passage> {
        let meta = &edition.meta;
        let mut out = vec![
            Passage {
                what: What::Title,
                text: meta.title.clone(),
            },
            Passage {
                what: What::Address,
                text: edition.address.clone(),
            },
        ];
        let mut add = |what, text: &str| {
            out.push(Passage {
                what,
                text: text.to_owned(),
            })
        };
        for alias in &meta.aliases {
            add(
                What::Address,
                &path::alias(&alias.value).unwrap_or_default(),
            );
        }
        if let Some(lead) = &meta.lead {
            blocks(lead, &mut |what, text| {
                add(
                    if what == What::Sentence {
                        What::Lead
                    } else {
                        what
                    },
                    text,
                )
            });
        }
        if let Some(image) = &meta.image {
            of_image(image, &mut add);
        }
        for correction in &meta.corrections {
            blocks(&correction.note, &mut add);
        }
        of_dossier(meta, &mut add);
        for other in meta.dateline.iter().chain(&meta.authors) {
            add(What::Other, other);
        }
        if let Some(extra) = &meta.extra {
            add(What::Other, extra);
        }
        let lang = &self.config.languages[edition.source.lang].lang;
        let mut words = |words: &Translated| add(What::Other, self.config.words(words, lang));
        for (taxonomy, terms) in edition.terms.iter().indexed::<TaxonomyId>() {
            for term in terms
                .iter()
                .filter_map(|t| self.site.terms[taxonomy].get(usize::from(*t)))
            {
                words(&term.name);
                term.text.iter().for_each(&mut words);
            }
        }
        for file in self.used(edition) {
            let path = file_path(&file);
            if let (Target::File(_), Ok(digest)) = (&file, self.files.digest(&path)) {
                let text = fingerprinted(&path, digest);
                out.push(Passage {
                    what: What::Other,
                    text,
                });
            }
            out.push(Passage {
                what: What::Name,
                text: path,
            });
        }
        out
    }

    /// Passages of its body, its transcript and its captions. `None` if its file is no longer what was parsed.
    pub(super) fn body(&self, edition: &Edition) -> Option<Vec<Passage>> {
        let mut out = Vec::new();
        let mut add = |what, text: &str| {
            out.push(Passage {
                what,
                text: text.to_owned(),
            })
        };
        let source = self.files.read(&edition.source.path).ok()?;
        if source.version.digest != edition.digest {
            return None;
        }
        let body = source.bytes.get(edition.body_at..)?;
        blocks(&String::from_utf8_lossy(body), &mut add);
        if let Some(dossier) = &edition.meta.dossier {
            let read = |href: &str| {
                let target = self.site.resolver.file(&edition.source.path, href)?;
                let content = self.files.read(&file_path(&target)).ok()?;
                Some(String::from_utf8_lossy(&content.bytes).into_owned())
            };
            if let Some(text) = dossier.transcript.as_ref().and_then(|t| read(&t.value)) {
                blocks(&text, &mut add);
            }
            for text in dossier.captions.iter().filter_map(|c| read(&c.file.value)) {
                cues(&text, &mut add);
            }
        }
        Some(out)
    }

    /// The files that an edition uses, transcripts apart.
    pub(super) fn used(&self, edition: &Edition) -> Vec<Target> {
        let meta = &edition.meta;
        let mut hrefs: Vec<&str> = meta.image.iter().map(|i| i.src.value.as_str()).collect();
        if let Some(dossier) = &meta.dossier {
            hrefs.extend(dossier.poster.iter().map(|p| p.src.value.as_str()));
            hrefs.extend(dossier.captions.iter().map(|c| c.file.value.as_str()));
        }
        let links = edition.body.links.iter();
        let files = links.filter(|l| matches!(l.kind, LinkKind::Image | LinkKind::Link));
        hrefs.extend(files.map(|l| &*l.href));
        let file = |href: &str| self.target(&edition.source, href);
        hrefs.into_iter().filter_map(file).collect()
    }

    fn target(&self, source: &SourceFile, href: &str) -> Option<Target> {
        let target = self.site.resolver.link(&source.path, source.lang, href)?;
        matches!(target, Target::File(_) | Target::Static(_)).then_some(target)
    }
}

/// The name that a file has on the site.
fn fingerprinted(path: &str, digest: Digest) -> String {
    let name = path.rsplit('/').next().unwrap_or_default();
    let (stem, ending) = name.rsplit_once('.').unwrap_or((name, ""));
    format!("{stem}.{}.{ending}", digest.short())
}

/// The path of a file from the root.
pub(super) fn file_path(target: &Target) -> String {
    match target {
        Target::File(path) => path.clone(),
        Target::Static(address) => format!("content/static{address}"),
        _ => String::new(),
    }
}

fn of_image(image: &ImageMeta, add: &mut impl FnMut(What, &str)) {
    let said = &image.said;
    add(What::Sentence, said.alt.as_deref().unwrap_or_default());
    if let Some(caption) = &image.caption {
        blocks(caption, add);
    }
    for (field, value) in said.rights.iter() {
        let what = match field {
            Field::Headline | Field::Description | Field::Alt => What::Sentence,
            _ => What::Other,
        };
        add(what, value);
    }
}

fn of_dossier(meta: &Meta, add: &mut impl FnMut(What, &str)) {
    let Some(dossier) = &meta.dossier else {
        return;
    };
    if let Some(poster) = &dossier.poster {
        of_image(poster, add);
    }
    add(What::Other, dossier.place.as_deref().unwrap_or_default());
    for shot in &dossier.shots {
        add(What::Sentence, &shot.text);
        add(What::Sentence, shot.quote.as_deref().unwrap_or_default());
        add(What::Other, shot.speaker.as_deref().unwrap_or_default());
    }
    for rendition in &dossier.renditions {
        add(What::Name, &rendition.file.value);
        add(What::Key, &rendition.sha256);
    }
}
