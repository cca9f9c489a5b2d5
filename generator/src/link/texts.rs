//! Markdown outside documents: what `terms.toml` says of terms, `site.toml` of sections, and transcripts. Each
//! text is looked through as a body is, and stands among the editions that are checked as one that nobody lists.

use std::{collections::BTreeMap, sync::Arc};

use rayon::prelude::*;

use super::{Edition, Life, Site, Structure, Target, TermsFile, lives::State};
use crate::{
    base::{diag::Diagnostics, fields::Words, files::Files, guard, read},
    config::{self, Config, LangId},
    discover::Role,
    parse::{self, BodyFacts, Link, LinkKind, Place, body},
};

/// A text, and when it is out: with its dossiers.
pub(super) type Text = (Edition, Life);

/// Reads all of them.
pub(super) fn read(
    files: &dyn Files,
    config: &Config,
    terms: &TermsFile,
    site: &Site,
    held: &[(Edition, State)],
    diags: &mut Diagnostics,
) -> Vec<Text> {
    let sections = config
        .sections
        .iter()
        .filter_map(|s| s.description.as_ref());
    let mut out = of_file(files, config, config::FILE, sections, diags);
    out.extend(of_file(
        files,
        config,
        TermsFile::PATH,
        terms.texts(),
        diags,
    ));
    out.push((places_on_pages(config, site), Life::ALWAYS));
    out.extend(transcripts(files, config, site, held, diags));
    out
}

fn of_file<'a>(
    files: &dyn Files,
    config: &Config,
    path: &str,
    words: impl Iterator<Item = &'a Words>,
    diags: &mut Diagnostics,
) -> Vec<Text> {
    let mut words = words.peekable();
    // The file was read before; what is wrong with it was reported.
    let file = words.peek().and_then(|_| files.read(path).ok());
    let file = file.and_then(|content| read::as_text(path, content.bytes).ok());
    let Some(file) = file else {
        return Vec::new();
    };
    let wordings = words.flat_map(Words::places);
    wordings
        .map(|(lang, text)| {
            let lang = lang.and_then(|l| config.lang_index(l.code()));
            let mut edition = Edition::of_file(path, lang.unwrap_or_default());
            let place = Place::of(text, &file, &edition.source);
            edition.body = body::facts(&text.value, place, config, diags).into();
            (edition, Life::ALWAYS)
        })
        .collect()
}

/// Headings that `site.toml` names on pages. Whether there are such pages is asked elsewhere.
fn places_on_pages(config: &Config, site: &Site) -> Edition {
    let of_terms = config.terms.iter().filter_map(|t| t.page.as_ref());
    let pages = config.footer.iter().chain(of_terms);
    let mut edition = Edition::of_file(config::FILE, LangId::default());
    let links = pages
        .filter(|p| p.value.contains('#'))
        .filter(|p| {
            site.resolver
                .edition(config::FILE, LangId::default(), &p.value)
                .is_some()
        })
        .map(|p| Link {
            href: p.value.as_str().into(),
            kind: LinkKind::Link,
            span: p.span.start as u32..p.span.end as u32,
        });
    edition.body = Arc::new(BodyFacts {
        links: links.collect(),
        ..BodyFacts::default()
    });
    edition
}

/// Each transcript once, whichever languages show it.
fn transcripts(
    files: &dyn Files,
    config: &Config,
    site: &Site,
    held: &[(Edition, State)],
    diags: &mut Diagnostics,
) -> Vec<Text> {
    let waiting = held
        .iter()
        .filter(|(_, state)| matches!(state, State::Held(_)))
        .map(|(edition, _)| edition);
    let mut shown: BTreeMap<String, (LangId, Life)> = BTreeMap::new();
    for edition in site.editions.iter().chain(waiting) {
        if let Some(path) = site.transcript(config, edition) {
            let life = edition.life();
            let (_, all) = shown.entry(path).or_insert((edition.source.lang, life));
            all.from = all.from.min(life.from);
            all.until = all.until.max(life.until);
        }
    }
    let found: Vec<(Option<Text>, Diagnostics)> = shown
        .into_par_iter()
        .map(|(path, (lang, life))| {
            let mut diags = Vec::new();
            let path: Arc<str> = path.into();
            let read = guard::on_file(&path, &mut diags, |diags| {
                let text = parse::read(files, &path, diags)?;
                let mut edition = Edition::of_file(&path, lang);
                edition.source.role = Role::Dossier;
                let place = Place::body(&edition.source, 0);
                edition.body = body::facts(&text, place, config, diags).into();
                Some((edition, life))
            });
            (read.flatten(), diags)
        })
        .collect();
    let mut out = Vec::with_capacity(found.len());
    for (text, mut found) in found {
        out.extend(text);
        diags.append(&mut found);
    }
    out
}

impl Structure {
    /// The transcript in the page's language, else in the dossier's: `clip.transcript.fr.md` beside
    /// `clip.transcript.md`.
    pub fn transcript(&self, config: &Config, dossier: &Edition) -> Option<String> {
        let own = dossier.meta.dossier.as_deref()?;
        let file = &own.transcript.as_ref()?.value;
        let from = &dossier.source.path;
        let lang = &config.languages[dossier.source.lang].lang;
        let translated = file.strip_suffix(".md");
        let translated = translated.map(|stem| format!("{stem}.{lang}.md"));
        let found = translated.and_then(|t| self.resolver.file(from, &t));
        match found.or_else(|| self.resolver.file(from, file))? {
            Target::File(path) => Some(path),
            _ => None,
        }
    }
}
