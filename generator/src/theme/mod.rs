//! `themes/NAME/` → [`Theme`]: templates as text, catalogues and finished assets.

pub mod catalogue;
pub mod css;
pub mod slots;

use std::sync::Arc;

use self::{catalogue::Catalogue, slots::Slots};
use crate::{
    base::{
        diag::{Diagnostic, Diagnostics},
        files::Files,
        hash::{Digest, Map},
        path, read,
    },
    config::Config,
};

/// A template or component.
#[derive(Clone, Debug)]
pub struct Template {
    /// As other templates call it: `base.html`, `components/card.html`, `mail/verify.txt`.
    pub name: String,
    /// Its path from the root.
    pub path: Arc<str>,
    /// Its text.
    pub text: String,
}

/// A finished file of `assets/`.
#[derive(Clone, Debug)]
pub struct Asset {
    /// Its address: `/assets/css/site.1a2b3c4d5e.css`.
    pub url: String,
    /// Its content.
    pub bytes: Arc<[u8]>,
}

/// A theme, read.
pub struct Theme {
    /// Its folder: `themes/newsroom`.
    pub folder: String,
    /// Templates, components, mails, and pages that the sidecar fills, by name.
    pub templates: Vec<Template>,
    /// In the order of [`Config::languages`].
    pub catalogues: Vec<Arc<Catalogue>>,
    /// By path below `assets/`.
    pub assets: Map<String, Asset>,
    /// The keys of `assets`, sorted.
    pub asset_names: Vec<String>,
    /// Where its pages show pictures.
    pub slots: Slots,
}

impl Theme {
    /// Whether there is a template of this name: then its kind of output exists.
    pub fn has(&self, template: &str) -> bool {
        self.templates.iter().any(|t| t.name == template)
    }

    /// Reads the theme that `site.toml` names. `None` when it cannot be used.
    pub fn load(files: &dyn Files, config: &Config, diags: &mut Diagnostics) -> Option<Self> {
        let folder = format!("themes/{}", config.theme);
        let (found, problems) = files.walk(&folder);
        if found.is_empty() {
            diags.push(
                Diagnostic::error(format!("there is no theme in {folder}/"))
                    .in_file(crate::config::FILE)
                    .hint(
                        "put the theme's folder there, or name another with `theme` in site.toml",
                    ),
            );
            return None;
        }
        diags.extend(
            problems
                .into_iter()
                .map(|p| Diagnostic::error(p.why).in_file(&p.path)),
        );
        let mut templates = Vec::new();
        let mut raw = Vec::new();
        let mut slots = Slots::default();
        for file in &found {
            let inside = &file[folder.len() + 1..];
            let name = match inside.split_once('/') {
                Some(("templates", name)) => name.to_owned(),
                Some(("components" | "mail" | "pages", _)) => inside.to_owned(),
                None if inside == slots::FILE => {
                    slots = Slots::load(files, file, diags);
                    continue;
                }
                Some(("assets", name)) => {
                    match files.read(file) {
                        Ok(content) => raw.push((name.to_owned(), content.bytes)),
                        Err(e) => diags.push(read::unreadable(file, &e)),
                    }
                    continue;
                }
                _ => continue,
            };
            if let Some(text) = read::text(files, file, diags) {
                templates.push(Template {
                    name,
                    path: file.as_str().into(),
                    text,
                });
            }
        }
        let catalogues = catalogue::load(files, &folder, config, diags);
        let (assets, asset_names) = finish(&folder, raw, diags);
        Some(Self {
            folder,
            templates,
            catalogues,
            assets,
            asset_names,
            slots,
        })
    }
}

/// Where a style or catalogue opens more brackets than its reader's stack can hold.
fn too_deep(text: &str) -> Option<usize> {
    const DEEPEST: usize = 100;
    let mut depth = 0_usize;
    text.bytes().position(|byte| {
        match byte {
            b'{' | b'(' | b'[' => depth += 1,
            b'}' | b')' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth > DEEPEST
    })
}

/// Fingerprints everything; styles come last, since they refer to the others.
fn finish(
    folder: &str,
    raw: Vec<(String, Vec<u8>)>,
    diags: &mut Diagnostics,
) -> (Map<String, Asset>, Vec<String>) {
    let mut assets: Map<String, Asset> = Map::default();
    let (styles, others): (Vec<_>, Vec<_>) = raw
        .into_iter()
        .partition(|(name, _)| name.ends_with(".css"));
    for (name, bytes) in others {
        assets.insert(name.clone(), asset(&name, bytes));
    }
    for (name, bytes) in css::bundle(folder, styles, &assets, diags) {
        assets.insert(name.clone(), asset(&name, bytes));
    }
    let mut names: Vec<String> = assets.keys().cloned().collect();
    names.sort();
    (assets, names)
}

fn asset(name: &str, bytes: Vec<u8>) -> Asset {
    let url = path::encode(&format!(
        "/assets/{}",
        fingerprinted(name, Digest::of(&bytes))
    ));
    Asset {
        url,
        bytes: bytes.into(),
    }
}

/// `css/site.css` → `css/site.1a2b3c4d5e.css`.
pub fn fingerprinted(name: &str, content: Digest) -> String {
    let hash = content.short();
    let (folder, file) = name.rsplit_once('/').map_or(("", name), |(d, f)| (d, f));
    let file = match file.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() => format!("{stem}.{hash}.{extension}"),
        _ => format!("{file}.{hash}"),
    };
    if folder.is_empty() {
        file
    } else {
        format!("{folder}/{file}")
    }
}
