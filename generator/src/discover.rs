//! Stage 1: `Files` → the sources of a newsroom, each with what its place says about it.

use std::sync::Arc;

use crate::{
    base::{
        attachment,
        diag::{Diagnostic, Diagnostics},
        files::Files,
        lang::{self, Lang},
    },
    config::{Config, LangId, section_name},
};

/// What a Markdown file is, by its folder.
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
    pub lang: LangId,
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
    // What the settings are read from is reported already.
    let reported =
        |path: &str, diags: &Diagnostics| diags.iter().any(|d| d.file.as_deref() == Some(path));
    for problem in problems {
        if reported(&problem.path, diags) {
            continue;
        }
        diags.push(Diagnostic::error(problem.why).in_file(&problem.path));
    }
    let mut refused: Vec<String> = Vec::new();
    for file in &found {
        let path: Arc<str> = file.as_str().into();
        let inside = &file["content/".len()..];
        let Some((folder, rest)) = inside.split_once('/') else {
            if let Some(name) = passed_over(inside) {
                diags.push(unread(file, &name));
            } else if inside.ends_with(".md") {
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
                if let Some(name) = passed_over(rest).filter(|_| !is_transcript(folder, rest)) {
                    diags.push(unread(file, &name));
                }
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
                let there = |other: &str| found.binary_search_by(|f| (**f).cmp(other)).is_ok();
                match source(path, role, config, &there) {
                    Ok(source) => sources.documents.push(source),
                    Err(diag) => diags.push(*diag),
                }
            }
        }
    }
    sources
}

/// A document by its path, as [`discover`] finds it.
pub fn document(path: Arc<str>, config: &Config) -> Option<SourceFile> {
    let (folder, _) = path.strip_prefix("content/")?.split_once('/')?;
    let role = role(folder);
    source(path, role, config, &|_| false).ok()
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

/// The name that a file should have, if it looks like a document and is read as none.
fn passed_over(path: &str) -> Option<String> {
    const ENDINGS: [&str; 16] = [
        "md", "markdown", "mdown", "mkdown", "mkdn", "mkd", "mdwn", "mdtext", "md.txt", "mdx",
        "rmd", "qmd", "rst", "adoc", "asciidoc", "textile",
    ];
    let name = path.rsplit('/').next().unwrap_or(path);
    // Spaces behind a name, and points, are slips.
    let name_seen = name.trim_end_matches([' ', '.', '\u{a0}']);
    let small = name_seen.to_lowercase();
    let ending = ENDINGS.iter().find(|e| small.ends_with(&format!(".{e}")))?;
    let stem = name_seen.get(..name_seen.len().checked_sub(ending.len() + 1)?)?;
    (!name.ends_with(".md") && !stem.is_empty()).then(|| format!("{stem}.md"))
}

fn unread(file: &str, name: &str) -> Diagnostic {
    Diagnostic::error("this looks like a document, but its name does not end with .md")
        .in_file(file)
        .hint(format!(
            "call it {name}; what ends in another way is not read"
        ))
}

/// A document by its path. `there` knows whether another file is there.
fn source(
    path: Arc<str>,
    role: Role,
    config: &Config,
    there: &dyn Fn(&str) -> bool,
) -> Result<SourceFile, Box<Diagnostic>> {
    let stem = path.strip_suffix(".md").unwrap_or(&path);
    let whole = stem.len();
    let name = stem.rsplit('/').next().unwrap_or(stem);
    if name == "_index" || name.starts_with("_index.") {
        let diag = Diagnostic::error("`_index.md` means nothing here: Dateline makes the pages of folders")
            .in_file(&path)
            .hint("write a section's title under [sections.NAME] in site.toml, and take this file out; a story needs another name");
        return Err(diag.into());
    }
    let (stem_length, lang) = match name.rsplit_once('.') {
        None => (whole, LangId::default()),
        Some((before, suffix)) => match config.lang_index(suffix) {
            Some(lang) => (whole - suffix.len() - 1, lang),
            None => {
                let source = format!("{}.md", &stem[..whole - suffix.len() - 1]);
                if let Some(diag) = unknown_language(&path, before, suffix, config, there(&source))
                {
                    return Err(diag.into());
                }
                (whole, LangId::default())
            }
        },
    };
    Ok(SourceFile {
        stem_length,
        lang,
        role,
        path,
    })
}

/// What to say of a suffix that is probably meant as a language and is none of the site's.
/// `translates`: the document whose translation it would be is there.
fn unknown_language(
    path: &str,
    before: &str,
    suffix: &str,
    config: &Config,
    translates: bool,
) -> Option<Diagnostic> {
    let written = suffix.replace('_', "-");
    let message = format!("`{suffix}` in this file's name is not a language of the site");
    let diag = Diagnostic::error(message).in_file(path);
    let codes = || config.languages.iter().map(|l| l.lang.code());
    if let Some(code) = codes().find(|code| code.eq_ignore_ascii_case(&written)) {
        return Some(diag.hint(format!("call it {before}.{code}.md")));
    }
    // A name may end with `.io` or `.old`. What stands beside its source is a translation.
    let likely = match translates {
        true => Lang::parse(&written.to_lowercase()).is_some(),
        false => lang::looks_like_a_code(&written),
    };
    let known: Vec<&str> = codes().collect();
    let hint = format!(
        "the languages are {}; add [languages.{written}] to site.toml, or rename the file: {before}-{suffix}.md has no language in its name",
        crate::base::fields::list(&known)
    );
    likely.then(|| diag.hint(hint))
}

#[cfg(test)]
mod tests {
    use super::passed_over;

    #[test]
    fn what_looks_like_a_document_is_not_passed_over() {
        for name in ["a.MD", "a.markdown", "a.mdx", "a.md ", "a.md.", "a.rst"] {
            let path = format!("news/{name}");
            assert_eq!(passed_over(&path).as_deref(), Some("a.md"), "{name}");
        }
        for name in ["a.md", "a.pdf", "md", ".md"] {
            assert_eq!(passed_over(&format!("news/{name}")), None, "{name}");
        }
    }
}
