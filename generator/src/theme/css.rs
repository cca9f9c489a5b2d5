//! Styles: `@import` bundled, minified, `url(…)` pointed at fingerprinted assets.

use std::{
    collections::BTreeMap,
    fmt,
    path::{Path, PathBuf},
};

use lightningcss::{
    bundler::{Bundler, ResolveResult, SourceProvider},
    dependencies::{Dependency, DependencyOptions},
    stylesheet::{MinifyOptions, ParserOptions, PrinterOptions},
};

use super::Asset;
use crate::base::{
    diag::{Diagnostic, Diagnostics},
    hash::Map,
    path, read,
};

/// Bundles every style whose name does not begin with `_`.
pub(super) fn bundle(
    folder: &str,
    styles: Vec<(String, Vec<u8>)>,
    assets: &Map<String, Asset>,
    diags: &mut Diagnostics,
) -> Vec<(String, Vec<u8>)> {
    let mut sources = Sources::default();
    let mut entries = Vec::new();
    for (name, bytes) in styles {
        let file = format!("{folder}/assets/{name}");
        match read::as_text(&file, bytes) {
            Ok(text) => {
                if let Some(at) = super::too_deep(&text) {
                    let diag = Diagnostic::error("this style nests too deeply to be read");
                    diags.push(diag.at(&file.as_str().into(), at..at + 1));
                    continue;
                }
                sources.0.insert(PathBuf::from(&name), text)
            }
            Err(diag) => {
                diags.push(diag);
                continue;
            }
        };
        if !name
            .rsplit('/')
            .next()
            .is_some_and(|file| file.starts_with('_'))
        {
            entries.push(name);
        }
    }
    let mut out = Vec::new();
    for entry in entries {
        match one(&sources, &entry, assets) {
            Ok(css) => out.push((entry, css.into_bytes())),
            Err(problem) => {
                let file = format!(
                    "{folder}/assets/{}",
                    problem.file.as_deref().unwrap_or(&entry)
                );
                let mut diag =
                    Diagnostic::error(format!("this style cannot be used: {}", problem.message))
                        .in_file(&file);
                if let (Some((line, column)), Some(text)) = (
                    problem.place,
                    problem.file.and_then(|f| sources.0.get(Path::new(&f))),
                ) {
                    let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
                    let at = (start + column.saturating_sub(1)).min(text.len());
                    diag = diag.at(&file.as_str().into(), at..at + 1);
                }
                diags.push(diag);
            }
        }
    }
    out
}

struct Problem {
    message: String,
    file: Option<String>,
    /// Line from 0, column from 1.
    place: Option<(usize, usize)>,
}

fn one(sources: &Sources, entry: &str, assets: &Map<String, Asset>) -> Result<String, Problem> {
    let plain = |message: String| Problem {
        message,
        file: None,
        place: None,
    };
    let mut bundler = Bundler::new(sources, None, ParserOptions::default());
    let mut sheet = bundler.bundle(Path::new(entry)).map_err(|e| Problem {
        message: e.kind.to_string(),
        file: e.loc.as_ref().map(|l| l.filename.clone()),
        place: e.loc.as_ref().map(|l| (l.line as usize, l.column as usize)),
    })?;
    sheet
        .minify(MinifyOptions::default())
        .map_err(|e| plain(e.kind.to_string()))?;
    let printer = PrinterOptions {
        minify: true,
        analyze_dependencies: Some(DependencyOptions {
            remove_imports: false,
        }),
        ..PrinterOptions::default()
    };
    let printed = sheet
        .to_css(printer)
        .map_err(|e| plain(e.kind.to_string()))?;
    let mut css = printed.code;
    for dependency in printed.dependencies.unwrap_or_default() {
        if let Dependency::Url(url) = dependency {
            let external = url.url.starts_with(['#', '/'])
                || url.url.starts_with("data:")
                || url.url.contains("://");
            let target = if external {
                url.url.clone()
            } else {
                let asset = path::beside(&url.loc.file_path, &url.url).and_then(|p| assets.get(&p));
                let asset = asset.ok_or_else(|| Problem {
                    message: format!("there is no asset `{}`", url.url),
                    file: Some(url.loc.file_path.clone()),
                    place: Some((
                        url.loc.start.line.saturating_sub(1) as usize,
                        url.loc.start.column as usize,
                    )),
                })?;
                asset.url.clone()
            };
            css = css.replace(&url.placeholder, &target);
        }
    }
    Ok(css)
}

#[derive(Default)]
struct Sources(BTreeMap<PathBuf, String>);

#[derive(Debug)]
struct Missing(String);

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "there is no style `{}`", self.0)
    }
}

impl std::error::Error for Missing {}

impl SourceProvider for Sources {
    type Error = Missing;

    fn read<'a>(&'a self, file: &Path) -> Result<&'a str, Missing> {
        self.0
            .get(file)
            .map(String::as_str)
            .ok_or_else(|| Missing(file.display().to_string()))
    }

    fn resolve(&self, specifier: &str, from: &Path) -> Result<ResolveResult, Missing> {
        if specifier.contains("://") {
            return Ok(ResolveResult::External(specifier.to_owned()));
        }
        let path = path::beside(&from.to_string_lossy(), specifier)
            .ok_or_else(|| Missing(specifier.to_owned()))?;
        Ok(ResolveResult::File(PathBuf::from(path)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(styles: &[(&str, &str)]) -> (Vec<(String, Vec<u8>)>, Diagnostics) {
        let mut assets = Map::default();
        let url = "/assets/img/a.0123456789.svg".to_owned();
        assets.insert(
            "img/a.svg".to_owned(),
            Asset {
                url,
                bytes: Vec::new().into(),
            },
        );
        let mut diags = Vec::new();
        let styles = styles
            .iter()
            .map(|(n, t)| ((*n).to_owned(), t.as_bytes().to_vec()))
            .collect();
        (bundle("themes/t", styles, &assets, &mut diags), diags)
    }

    #[test]
    fn bundles_minifies_and_points_at_assets() {
        let (out, diags) = run(&[
            (
                "css/site.css",
                "@import \"_base.css\";\nb { background: url(../img/a.svg) }\n",
            ),
            ("css/_base.css", "a {\n  margin: 0px;\n}\n"),
        ]);
        assert_eq!(diags, []);
        assert_eq!(out.len(), 1);
        let css = String::from_utf8(out[0].1.clone()).unwrap();
        assert!(css.starts_with("a{margin:0}"), "{css}");
        assert!(css.contains("/assets/img/a.0123456789.svg"), "{css}");
    }

    #[test]
    fn mistakes_name_the_file_that_holds_them() {
        let (_, diags) = run(&[
            ("css/site.css", "@import \"_a.css\";"),
            ("css/_a.css", "a { }\nb { color: red; } }\n"),
        ]);
        assert_eq!(
            diags[0].file.as_deref(),
            Some("themes/t/assets/css/_a.css"),
            "{diags:?}"
        );
        assert!(
            run(&[("s.css", "b { background: url(no.png) }")]).1[0]
                .message
                .contains("no.png")
        );
        assert!(
            run(&[("s.css", "@import 'no.css';")]).1[0]
                .message
                .contains("no.css")
        );
    }
}
