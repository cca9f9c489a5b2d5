//! Where media files are, and what sends them.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::StartError;
#[cfg(feature = "s3")]
use crate::config::Environment;
use crate::config::{Config, Location, Media, MediaRedirect};
use crate::domain::catalogue::Place;
use crate::http::{AppState, Delivery};
use crate::media::{LocalFolder, Made, Maker, MediaStorage};
use dateline_contract::bucket::Bucket;

/// Where media files are, with what is needed to read them.
pub enum MediaSource {
    /// In a folder, by the keys of the manifest. It need not exist yet.
    Folder(PathBuf),
    /// In a bucket, by the same keys.
    #[cfg(feature = "s3")]
    Bucket(Bucket, Box<dateline_bucket::Access>),
    /// Made from their keys whenever they are asked for, as a preview does.
    Made(Maker),
}

impl MediaSource {
    /// What the settings say, with the credentials of the environment.
    pub(super) fn of(config: &Config) -> Result<Self, StartError> {
        match &config.media {
            Media::Folder(folder) => Ok(Self::Folder(folder.clone())),
            Media::Bucket(bucket) => of_bucket(config, bucket),
        }
    }

    /// Where the manifest is.
    pub(super) fn beside_manifest(config: &Config) -> Result<Self, StartError> {
        match &config.manifest {
            Location::File(file) => {
                let folder = file.parent().unwrap_or(Path::new(""));
                Ok(Self::Folder(folder.to_owned()))
            }
            #[cfg(feature = "s3")]
            Location::Object(bucket, _) => {
                let access = super::objects::access(bucket, "manifest")?;
                Ok(Self::Bucket(bucket.clone(), Box::new(access)))
            }
            #[cfg(not(feature = "s3"))]
            Location::Object(..) => Err(without_buckets("manifest")),
        }
    }
}

#[cfg(feature = "s3")]
fn of_bucket(config: &Config, bucket: &Bucket) -> Result<MediaSource, StartError> {
    let access = super::objects::access(bucket, "media")?;
    let is_open = !access.endpoint.starts_with("https:");
    if config.env == Environment::Production
        && config.media_redirect == MediaRedirect::Presigned
        && is_open
    {
        return Err(StartError::Bucket {
            setting: "media",
            reason: format!(
                "readers are redirected to {}, and production needs https: write another endpoint=, or \
                 `media_redirect = \"off\"`",
                access.endpoint
            ),
        });
    }
    Ok(MediaSource::Bucket(bucket.clone(), Box::new(access)))
}

#[cfg(not(feature = "s3"))]
fn of_bucket(_: &Config, _: &Bucket) -> Result<MediaSource, StartError> {
    Err(without_buckets("media"))
}

/// What a program without them says of a setting that names a bucket.
#[cfg(not(feature = "s3"))]
pub(super) fn without_buckets(setting: &'static str) -> StartError {
    StartError::Bucket {
        setting,
        reason: "this program was built without buckets (its feature `s3`)".to_owned(),
    }
}

/// What sends the files of the media storage.
pub(super) fn delivery(source: &MediaSource, redirect: MediaRedirect, life: Duration) -> Delivery {
    match redirect {
        MediaRedirect::Off => Delivery::Own,
        MediaRedirect::XAccel(prefix) => Delivery::XAccel(prefix),
        // The other server has a working directory of its own.
        MediaRedirect::XSendfile => {
            let folder = match source {
                MediaSource::Folder(folder) => folder.clone(),
                _ => PathBuf::new(),
            };
            Delivery::XSendfile(std::path::absolute(&folder).unwrap_or(folder))
        }
        MediaRedirect::Presigned => Delivery::Presigned(life),
    }
}

/// Opens a storage; `setting` says where it is.
pub(super) fn storage(
    source: MediaSource,
    #[cfg_attr(not(feature = "s3"), expect(unused_variables))] setting: &'static str,
) -> Result<Arc<dyn MediaStorage>, StartError> {
    Ok(match source {
        MediaSource::Folder(folder) => Arc::new(LocalFolder::new(folder)),
        #[cfg(feature = "s3")]
        MediaSource::Bucket(bucket, access) => {
            let store = super::objects::store(bucket, *access, setting)?;
            Arc::new(crate::media::bucket::BucketStorage::new(store))
        }
        MediaSource::Made(maker) => Arc::new(Made::new(maker)),
    })
}

/// Looks for ever whether a storage can be used, by a file in it that readers may have now.
pub(super) async fn tend(state: AppState, place: Place) {
    let storage = Arc::clone(state.storage(place));
    let key = || {
        let catalogue = state.catalogue.current()?;
        catalogue.any_key(place, state.clock.now())
    };
    storage.tend(&key).await;
}
