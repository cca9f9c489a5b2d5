//! Stage 1: `Files` → the sources of a newsroom, each with what its place says about it.

use std::sync::Arc;

use crate::{
    base::{
        diag::{Diagnostic, Diagnostics},
        files::Files,
        lang::Lang,
    },
    config::{Config, section_name},
};

/// What a Markdown file is, by the folder it lies in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Role {
    /// An article of a section.
    Article {
        /// The first folder under `content/`.
        section: Arc<str>,
    },
    /// A plain page.
    Page,
    /// A video dossier.
    Dossier,
}

/// A Markdown source.
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// Its path from the root: `content/news/2025/01/27/visit.fr.md`.
    pub path: Arc<str>,
    /// Its path without language and `.md`: what its translations share.
    pub stem: String,
    /// The language by its name, as a place in [`Config::languages`].
    pub lang: usize,
    /// What it is.
    pub role: Role,
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

/// Lists the sources. `site.toml` and `terms.toml` are no sources but configuration.
pub fn discover(files: &dyn Files, config: &Config, diags: &mut Diagnostics) -> Sources {
    let mut sources = Sources::default();
    let (found, problems) = files.walk("content");
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
            "static" => sources.statics.push(path),
            "newsletters" => {}
            _ if !file.ends_with(".md") || is_transcript(folder, rest) => {
                sources.attachments.push(path)
            }
            "pages" => sources
                .documents
                .extend(source(path, Role::Page, config, diags)),
            "media" => sources
                .documents
                .extend(source(path, Role::Dossier, config, diags)),
            section => {
                if let Err(why) = section_name(section, &config.taxonomies) {
                    if !refused.iter().any(|r| r == section) {
                        refused.push(section.to_owned());
                        diags.push(
                            Diagnostic::error(why)
                                .in_file(file)
                                .hint("rename the folder"),
                        );
                    }
                    continue;
                }
                let role = Role::Article {
                    section: section.into(),
                };
                sources.documents.extend(source(path, role, config, diags));
            }
        }
    }
    sources
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
    let (folder, name) = stem.rsplit_once('/').unwrap_or(("", stem));
    let Some((base, suffix)) = name.rsplit_once('.') else {
        return Some(SourceFile {
            stem: stem.to_owned(),
            lang: 0,
            role,
            path,
        });
    };
    if let Some(lang) = config.lang_index(suffix) {
        return Some(SourceFile {
            stem: format!("{folder}/{base}"),
            lang,
            role,
            path,
        });
    }
    if Lang::parse(suffix).is_some() {
        let known: Vec<&str> = config.languages.iter().map(|l| l.lang.code()).collect();
        diags.push(
            Diagnostic::error(format!(
                "`{suffix}` in this file's name is not a language of the site"
            ))
            .in_file(&path)
            .hint(format!(
                "the languages are {}; add [languages.{suffix}] to site.toml or rename the file",
                crate::base::fields::list(&known)
            )),
        );
        return None;
    }
    Some(SourceFile {
        stem: stem.to_owned(),
        lang: 0,
        role,
        path,
    })
}
