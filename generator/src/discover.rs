//! Stage 1: `Files` → the sources of a newsroom, each with what its place says about it.

use std::sync::Arc;

use crate::{
    base::{
        attachment,
        diag::{Diagnostic, Diagnostics},
        files::Files,
        lang::Lang,
    },
    config::{Config, section_name},
};

/// What a Markdown file is, by the folder it lies in.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Role {
    /// An article of a section.
    Article {
        /// The first folder under `content/`.
        section: Arc<str>,
    },
    /// A plain page.
    #[default]
    Page,
    /// A video dossier.
    Dossier,
}

/// A Markdown source.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct SourceFile {
    /// Its path from the root: `content/news/2025/01/27/visit.fr.md`.
    pub path: Arc<str>,
    /// How much of `path` is its stem, in bytes; see [`SourceFile::stem`].
    pub stem_length: usize,
    /// The language by its name, as a place in [`Config::languages`].
    pub lang: usize,
    /// What it is.
    pub role: Role,
}

impl SourceFile {
    /// Its path without language and `.md`: what its translations share.
    pub fn stem(&self) -> &str {
        &self.path[..self.stem_length]
    }
}

/// Everything found under `content/`.
#[derive(Debug, Default)]
pub struct Sources {
    /// Articles, pages and dossiers, by path.
    pub documents: Vec<SourceFile>,
    /// Files under `content/static/`, as paths from the root.
    pub statics: Vec<Arc<str>>,
    /// Other files, which documents may use: pictures, captions, transcripts.
    pub attachments: Vec<Arc<str>>,
}

impl Sources {
    /// Whether there is a document at this path.
    pub fn has_document(&self, path: &str) -> bool {
        let found = self.documents.binary_search_by(|s| (*s.path).cmp(path));
        found.is_ok()
    }
}

/// Lists the sources. `site.toml` and `terms.toml` are no sources but configuration.
pub fn discover(files: &dyn Files, config: &Config, diags: &mut Diagnostics) -> Sources {
    let mut sources = Sources::default();
    let (mut found, problems) = files.walk("content");
    found.sort_unstable();
    for problem in problems {
        diags.push(Diagnostic::error(problem.why).in_file(&problem.path));
    }
    let mut refused: Vec<String> = Vec::new();
    for file in &found {
        let path: Arc<str> = file.as_str().into();
        let inside = &file["content/".len()..];
        let Some((folder, rest)) = inside.split_once('/') else {
            if inside.ends_with(".md") {
                diags.push(
                    Diagnostic::error("a document cannot lie directly under content/")
                        .in_file(file)
                        .hint(
                            "move it into a section such as content/news/, or into content/pages/",
                        ),
                );
            }
            continue;
        };
        match folder {
            "static" => {
                if let Some((message, hint)) = attachment::inert(file) {
                    diags.push(Diagnostic::warning(message).in_file(file).hint(hint));
                }
                sources.statics.push(path)
            }
            "newsletters" => {}
            _ if !file.ends_with(".md") || is_transcript(folder, rest) => {
                sources.attachments.push(path)
            }
            _ => {
                let role = role(folder);
                if let Role::Article { section } = &role
                    && let Err(why) = section_name(section, &config.taxonomies)
                {
                    if !refused.iter().any(|r| r == folder) {
                        refused.push(folder.to_owned());
                        let diag = Diagnostic::error(why).in_file(file);
                        diags.push(diag.hint("rename the folder"));
                    }
                    continue;
                }
                sources.documents.extend(source(path, role, config, diags));
            }
        }
    }
    sources
}

/// A document by its path, as [`discover`] finds it.
pub fn document(path: Arc<str>, config: &Config) -> Option<SourceFile> {
    let (folder, _) = path.strip_prefix("content/")?.split_once('/')?;
    let role = role(folder);
    source(path, role, config, &mut Vec::new())
}

fn role(folder: &str) -> Role {
    match folder {
        "pages" => Role::Page,
        "media" => Role::Dossier,
        section => Role::Article {
            section: section.into(),
        },
    }
}

/// `media/lisbon.transcript.md` belongs to the dossier beside it and is no document of its own.
fn is_transcript(folder: &str, rest: &str) -> bool {
    folder == "media"
        && rest
            .rsplit('/')
            .next()
            .is_some_and(|name| name.contains(".transcript."))
}

fn source(
    path: Arc<str>,
    role: Role,
    config: &Config,
    diags: &mut Diagnostics,
) -> Option<SourceFile> {
    let stem = path.strip_suffix(".md")?;
    let whole = stem.len();
    let name = stem.rsplit('/').next().unwrap_or(stem);
    let (stem_length, lang) = match name.rsplit_once('.') {
        None => (whole, 0),
        Some((_, suffix)) => match config.lang_index(suffix) {
            Some(lang) => (whole - suffix.len() - 1, lang),
            None if Lang::parse(suffix).is_some() => {
                diags.push(unknown_language(&path, suffix, config));
                return None;
            }
            None => (whole, 0),
        },
    };
    Some(SourceFile {
        stem_length,
        lang,
        role,
        path,
    })
}

fn unknown_language(path: &str, suffix: &str, config: &Config) -> Diagnostic {
    let known: Vec<&str> = config.languages.iter().map(|l| l.lang.code()).collect();
    let message = format!("`{suffix}` in this file's name is not a language of the site");
    Diagnostic::error(message).in_file(path).hint(format!(
        "the languages are {}; add [languages.{suffix}] to site.toml or rename the file",
        crate::base::fields::list(&known)
    ))
}
