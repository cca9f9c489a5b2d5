//! The files that a build writes while the service runs: the manifest, and the site's edge rules.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Sidecar, StartError};
use crate::config::{self, Config, Environment};
use crate::domain::catalogue::CatalogueHandle;
use crate::http::Site;
use crate::media::LocalFolder;
use crate::watch;
use dateline_contract::edge::EdgeRules;
use dateline_contract::manifest::Manifest;

pub(super) async fn manifest(sidecar: &Sidecar, config: Config) {
    let (catalogue, file) = (sidecar.catalogue(), config.manifest.clone());
    watch::follow(file, move |content| {
        let manifest = read(content, Manifest::from_json);
        apply_manifest(&catalogue, &config, manifest);
    })
    .await;
}

/// What a file holds, or why it cannot be used.
fn read<T, E: ToString>(
    content: io::Result<Vec<u8>>,
    parse: impl FnOnce(&[u8]) -> Result<T, E>,
) -> Result<T, String> {
    let bytes = content.map_err(|error| format!("it cannot be read: {error}"))?;
    parse(&bytes).map_err(|error| error.to_string())
}

/// Changes the catalogue before it tells so, so that whoever reads the log finds it true.
fn apply_manifest(catalogue: &CatalogueHandle, config: &Config, read: Result<Manifest, String>) {
    let file = &config.manifest;
    let manifest = match read {
        Ok(manifest) => manifest,
        Err(error) => {
            catalogue.refuse();
            tracing::error!(?file, %error, "the manifest was refused; the one before it, if any, stays in use");
            return;
        }
    };
    match &config.base_url {
        Some(base_url) if *base_url != manifest.base_url => tracing::warn!(
            setting = %base_url,
            manifest = %manifest.base_url,
            "the setting `base_url` overrides the manifest's, which differs"
        ),
        None if config.env == Environment::Production && config::is_open(&manifest.base_url) => {
            catalogue.refuse();
            tracing::error!(
                ?file,
                base_url = manifest.base_url,
                "the manifest was refused: production needs an https `base_url`"
            );
            return;
        }
        _ => {}
    }
    let dossiers = manifest.media.len();
    catalogue.replace(manifest);
    tracing::info!(?file, dossiers, "the manifest was read");
}

/// The site in this folder, with the rules beside it: `dist/edge/headers.json` for `dist/site`.
pub(super) async fn site(folder: PathBuf, base_url: Option<&str>) -> Result<Site, StartError> {
    if !folder.is_dir() {
        return Err(StartError::Site(folder));
    }
    let (rules, edge) = tokio::sync::watch::channel(Arc::default());
    let file = folder.join("../edge/headers.json");
    watch::follow(file.clone(), move |content| {
        if let Some(new) = edge_rules(&file, content) {
            rules.send_replace(Arc::new(new));
        }
    })
    .await;
    let tree = Arc::new(LocalFolder::new(folder));
    Ok(Site::new(tree, edge, base_url.map(Into::into)))
}

fn edge_rules(file: &Path, content: io::Result<Vec<u8>>) -> Option<EdgeRules> {
    if let Err(error) = &content {
        tracing::warn!(?file, %error, "no edge rules could be read: no redirects, and default headers");
        return None;
    }
    match read(content, EdgeRules::from_json) {
        Ok(rules) => {
            let redirects = rules.redirects.len();
            tracing::info!(?file, redirects, "the edge rules were read");
            Some(rules)
        }
        Err(error) => {
            tracing::error!(?file, %error, "the edge rules were refused; those before them stay in use");
            None
        }
    }
}
