//! The files that a build writes while the service runs: the manifest, and the site's edge rules.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

#[cfg(feature = "s3")]
use super::objects::{self, Followed, TemplateObjects};
use super::{Sidecar, StartError};
use crate::composer::{TemplateFolder, Templates};
use crate::config::{self, Config, Environment, Location};
use crate::domain::catalogue::CatalogueHandle;
use crate::http::{AppState, Site};
use crate::media::LocalFolder;
use crate::watch;
use dateline_contract::edge::EdgeRules;
use dateline_contract::manifest::Manifest;

/// A file or an object that is followed.
pub(super) enum Source {
    File(PathBuf),
    #[cfg(feature = "s3")]
    Object(Box<Followed>),
}

impl Source {
    /// The manifest, with the templates beside it.
    pub(super) fn manifest(location: &Location) -> Result<(Self, Arc<dyn Templates>), StartError> {
        match location {
            Location::File(file) => {
                let folder = file.parent().unwrap_or(Path::new("")).to_owned();
                Ok((Self::File(file.clone()), Arc::new(TemplateFolder(folder))))
            }
            #[cfg(feature = "s3")]
            Location::Object(..) => {
                let templates = TemplateObjects::default();
                let source = Self::of(location, "manifest", Some(templates.clone()))?;
                Ok((source, Arc::new(templates)))
            }
            #[cfg(not(feature = "s3"))]
            Location::Object(..) => Err(super::media::without_buckets("manifest")),
        }
    }

    #[cfg(feature = "s3")]
    fn of(
        location: &Location,
        setting: &'static str,
        templates: Option<TemplateObjects>,
    ) -> Result<Self, StartError> {
        Ok(match location {
            Location::File(file) => Self::File(file.clone()),
            Location::Object(bucket, name) => Self::Object(Box::new(Followed {
                store: objects::store(bucket.clone(), objects::access(bucket, setting)?, setting)?,
                name: name.clone(),
                templates,
            })),
        })
    }

    #[cfg(not(feature = "s3"))]
    fn of(location: &Location, setting: &'static str, _: Option<()>) -> Result<Self, StartError> {
        match location {
            Location::File(file) => Ok(Self::File(file.clone())),
            Location::Object(..) => Err(super::media::without_buckets(setting)),
        }
    }

    async fn follow(self, apply: impl FnMut(io::Result<Vec<u8>>) + Send + 'static) {
        match self {
            Self::File(file) => watch::follow(file, apply).await,
            #[cfg(feature = "s3")]
            Self::Object(object) => object.follow(apply).await,
        }
    }
}

pub(super) async fn manifest(sidecar: &Sidecar, source: Source, config: Config) {
    let catalogue = sidecar.catalogue();
    let apply = move |content| {
        let manifest = read(content, Manifest::from_json);
        apply_manifest(&catalogue, &config, manifest);
    };
    source.follow(apply).await;
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
    let file = config.manifest.to_string();
    let manifest = match read {
        Ok(manifest) => manifest,
        Err(error) => {
            catalogue.refuse();
            tracing::error!(file, %error, "the manifest was refused; the one before it, if any, stays in use");
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
                file,
                base_url = manifest.base_url,
                "the manifest was refused: production needs an https `base_url`"
            );
            return;
        }
        _ => {}
    }
    let dossiers = manifest.media.len();
    catalogue.replace(manifest);
    tracing::info!(file, dossiers, "the manifest was read");
}

/// The site in this folder, with its rules: by default those beside it, `dist/edge/headers.json` for `dist/site`.
pub(super) async fn site(
    folder: PathBuf,
    config: &Config,
    state: &AppState,
) -> Result<Site, StartError> {
    if !folder.is_dir() {
        return Err(StartError::Site(folder));
    }
    let (rules, edge) = tokio::sync::watch::channel(Arc::default());
    let beside = || Location::File(folder.join("../edge/headers.json"));
    let location = config.edge.clone().unwrap_or_else(beside);
    let file = location.to_string();
    let apply = move |content| {
        if let Some(new) = edge_rules(&file, content) {
            rules.send_replace(Arc::new(new));
        }
    };
    Source::of(&location, "edge", None)?.follow(apply).await;
    let tree = Arc::new(LocalFolder::new(folder));
    let base_url = state.base_url.clone();
    Ok(Site::new(tree, edge, base_url, state.media_origin()))
}

fn edge_rules(file: &str, content: io::Result<Vec<u8>>) -> Option<EdgeRules> {
    if let Err(error) = &content {
        tracing::warn!(file, %error, "no edge rules could be read: no redirects, and default headers");
        return None;
    }
    match read(content, EdgeRules::from_json) {
        Ok(rules) => {
            let redirects = rules.redirects.len();
            tracing::info!(file, redirects, "the edge rules were read");
            Some(rules)
        }
        Err(error) => {
            tracing::error!(file, %error, "the edge rules were refused; those before them stay in use");
            None
        }
    }
}
