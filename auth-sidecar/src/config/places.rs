//! Where the media files, the manifest and the edge rules are, and what sends the files.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use dateline_contract::bucket::{Bucket, Wrong};

use super::forms::{Form, path_after};
use super::read::Settings;
use super::{ConfigError, bad};

/// Where the media files are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Media {
    /// In a folder.
    Folder(PathBuf),
    /// In a bucket of an S3-compatible store.
    Bucket(Bucket),
}

/// Where a file that the generator writes is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// On disk.
    File(PathBuf),
    /// In the folder of a bucket, under this name.
    Object(Bucket, String),
}

impl Location {
    /// The file, if it is one on disk.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::File(file) => Some(file),
            Self::Object(..) => None,
        }
    }
}

/// For people.
impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(file) => write!(f, "{}", file.display()),
            Self::Object(bucket, name) => write!(f, "s3://{}/{}{name}", bucket.name, bucket.prefix),
        }
    }
}

/// What sends the media files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MediaRedirect {
    /// This program, from a folder or a bucket.
    Off,
    /// nginx, told by `X-Accel-Redirect`: the internal location of the media folder, with a slash at its
    /// beginning and end.
    XAccel(String),
    /// Another web server, told by `X-Sendfile`.
    XSendfile,
    /// The bucket's store, at signed addresses.
    Presigned,
}

impl Form for Media {
    fn read(text: &str) -> Result<Self, String> {
        if text.starts_with("s3://") {
            return bucket(text).map(Self::Bucket);
        }
        path_after("file:", text)
            .map(Self::Folder)
            .ok_or_else(|| format!("is {text:?}, not `file:DIR` or `s3://BUCKET/PREFIX`"))
    }
}

impl Form for Location {
    fn read(text: &str) -> Result<Self, String> {
        if !text.starts_with("s3://") {
            return Ok(Self::File(text.into()));
        }
        let object = bucket(text)?.of_object();
        object
            .map(|(folder, name)| Self::Object(folder, name))
            .ok_or_else(|| "names a bucket alone: write `s3://BUCKET/FOLDER/FILE`".to_owned())
    }
}

/// The text is not repeated: by mistake it may hold a key.
fn bucket(text: &str) -> Result<Bucket, String> {
    Bucket::parse(text).map_err(|wrong: Wrong| format!("names no bucket: {wrong}"))
}

impl Form for MediaRedirect {
    fn read(text: &str) -> Result<Self, String> {
        let is_location = |prefix: &&str| {
            let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '-' | '_' | '.');
            prefix.starts_with('/') && prefix.ends_with('/') && prefix.chars().all(plain)
        };
        match (text, text.strip_prefix("x-accel:").filter(is_location)) {
            ("off", _) => Ok(Self::Off),
            ("x-sendfile", _) => Ok(Self::XSendfile),
            ("presigned", _) => Ok(Self::Presigned),
            (_, Some(prefix)) => Ok(Self::XAccel(prefix.to_owned())),
            _ => Err(format!(
                "is {text:?}, not `off`, `x-accel:/LOCATION/`, `x-sendfile` or `presigned`"
            )),
        }
    }
}

/// How media files reach readers.
pub(super) struct Sending {
    pub(super) media: Media,
    pub(super) redirect: MediaRedirect,
    /// How long a signed address lives.
    pub(super) life: Duration,
}

/// Long enough for what follows a redirect at once, and for a player that pauses for a while.
const LIFE: Duration = Duration::from_secs(15 * 60);

/// What stores accept at most.
const LONGEST_LIFE: Duration = Duration::from_secs(7 * 24 * 3600);

/// A bucket's store sends its files itself, unless the settings say otherwise; a folder cannot.
pub(super) fn sending(settings: &mut Settings) -> Result<Sending, ConfigError> {
    let media = settings.media.take();
    let media = media.unwrap_or_else(|| Media::Folder("media".into()));
    let life = settings.media_life.unwrap_or(LIFE);
    if life > LONGEST_LIFE {
        let most = LONGEST_LIFE.as_secs();
        let reason = format!("is {}, and stores accept {most} seconds", life.as_secs());
        return Err(bad("media_life", reason));
    }
    let redirect = match (&media, settings.media_redirect.take()) {
        (Media::Folder(_), None) => MediaRedirect::Off,
        (Media::Bucket(_), None) => MediaRedirect::Presigned,
        (Media::Folder(_), Some(MediaRedirect::Presigned)) => {
            let reason = "is `presigned`, and `media` is a folder: only a bucket's store sends files by itself";
            return Err(bad("media_redirect", reason));
        }
        (Media::Bucket(_), Some(MediaRedirect::XAccel(_) | MediaRedirect::XSendfile)) => {
            let reason = "names a web server, and `media` is a bucket: write `presigned`, or `off` to send its files from here";
            return Err(bad("media_redirect", reason));
        }
        (_, Some(given)) => given,
    };
    Ok(Sending {
        media,
        redirect,
        life,
    })
}

#[cfg(test)]
mod tests {
    use super::super::Config;
    use super::*;

    fn load(variables: &[(&str, &str)]) -> Result<Config, String> {
        let variables = variables.iter().map(|(name, value)| {
            let name = format!("DATELINE_AUTH_{name}");
            (name.into(), (*value).into())
        });
        Config::load(None, variables).map_err(|error| error.to_string())
    }

    #[test]
    fn a_bucket_sends_its_files_itself_unless_told_otherwise() {
        let bucket = ("MEDIA", "s3://clips/press?region=eu-west-1");
        let config = load(&[bucket]).unwrap();
        assert_eq!(config.media_redirect, MediaRedirect::Presigned);
        assert_eq!(config.media_life.as_secs(), 900);
        let config = load(&[bucket, ("MEDIA_REDIRECT", "off"), ("MEDIA_LIFE", "60")]).unwrap();
        assert_eq!(config.media_redirect, MediaRedirect::Off);
        assert_eq!(config.media_life.as_secs(), 60);
        assert_eq!(load(&[]).unwrap().media_redirect, MediaRedirect::Off);
        for (settings, reason) in [
            (&[("MEDIA_REDIRECT", "presigned")][..], "is a folder"),
            (&[bucket, ("MEDIA_REDIRECT", "x-sendfile")], "is a bucket"),
            (&[bucket, ("MEDIA_REDIRECT", "x-accel:/m/")], "is a bucket"),
            (&[bucket, ("MEDIA_LIFE", "604801")], "604800"),
            (&[("MEDIA", "s3://clips?regoin=x")], "endpoint= and region="),
            (&[("MEDIA", "s3:///press")], "bucket's name"),
            (&[("MANIFEST", "s3://clips")], "s3://BUCKET/FOLDER/FILE"),
        ] {
            let error = load(settings).unwrap_err();
            assert!(error.contains(reason), "{error}");
        }
        let secret = ("MEDIA", "s3://clips?endpoint=https://key:hidden@s3.example");
        let error = load(&[secret]).unwrap_err();
        assert!(!error.contains("hidden"), "{error}");
    }

    #[test]
    fn a_manifest_is_a_file_or_an_object() {
        let manifest = |text| load(&[("MANIFEST", text)]).unwrap().manifest;
        assert_eq!(manifest("m.json"), Location::File("m.json".into()));
        let object = manifest("s3://private/sidecar/manifest.json?region=eu-west-1");
        assert_eq!(object.to_string(), "s3://private/sidecar/manifest.json");
        assert_eq!(object.file(), None);
    }
}
