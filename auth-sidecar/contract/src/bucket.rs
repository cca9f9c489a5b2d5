//! `s3://BUCKET/PREFIX?endpoint=…&region=…`: a bucket of an S3-compatible store, as settings of both programs write it.

use std::fmt;

use crate::origin;

/// A bucket, or the part of it below a prefix.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Bucket {
    /// Its name.
    pub name: String,
    /// The prefix of all keys: empty, or ends with a slash.
    pub prefix: String,
    /// Scheme, host and port of the store; `None` means the usual environment variables, or Amazon's.
    pub endpoint: Option<String>,
    /// Its region; `None` means the usual environment variables.
    pub region: Option<String>,
}

/// Why a text names no bucket.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Wrong {
    /// It does not begin with `s3://`.
    Scheme,
    /// The bucket's name is missing or has other characters.
    Name,
    /// The prefix has `.` or `..` as a part.
    Prefix,
    /// `endpoint` is more than scheme, host and port.
    Endpoint,
    /// Another option follows the question mark, or one without a value.
    Option(String),
}

/// What to write instead.
impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Scheme => "write s3://BUCKET/PREFIX?endpoint=https://…&region=…",
            Self::Name => {
                "write the bucket's name after s3://, in letters, digits, dots and hyphens"
            }
            Self::Prefix => "write the prefix without . and ..",
            Self::Endpoint => {
                "`endpoint` is scheme, host and port alone, as in https://s3.example.org:9000"
            }
            Self::Option(_) => "only endpoint= and region= may follow the question mark",
        })
    }
}

/// The options that may follow the question mark.
pub const OPTIONS: [&str; 2] = ["endpoint", "region"];

impl Bucket {
    /// Reads `s3://BUCKET/PREFIX?endpoint=…&region=…`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, Wrong> {
        let rest = text.strip_prefix("s3://").ok_or(Wrong::Scheme)?;
        let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (name, prefix) = place.split_once('/').unwrap_or((place, ""));
        let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        if name.is_empty() || !name.chars().all(good) {
            return Err(Wrong::Name);
        }
        let prefix = prefix.trim_matches('/');
        if prefix.split('/').any(|part| part == "." || part == "..") {
            return Err(Wrong::Prefix);
        }
        let mut bucket = Self {
            name: name.to_owned(),
            prefix: match prefix {
                "" => String::new(),
                prefix => format!("{prefix}/"),
            },
            ..Self::default()
        };
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            let value = percent_encoding::percent_decode_str(value).decode_utf8_lossy();
            match key {
                "endpoint" => {
                    bucket.endpoint = Some(origin::normal(&value).ok_or(Wrong::Endpoint)?);
                }
                "region" if !value.is_empty() => bucket.region = Some(value.into_owned()),
                _ => return Err(Wrong::Option(key.to_owned())),
            }
        }
        Ok(bucket)
    }

    /// Scheme, host and port at which the store has objects: Amazon's hosts have the bucket's name, as those of other
    /// stores rarely have. `None` if neither endpoint nor region are told here.
    #[must_use]
    pub fn origin(&self) -> Option<String> {
        match (&self.endpoint, &self.region) {
            (Some(endpoint), _) => Some(endpoint.clone()),
            (None, Some(region)) => {
                Some(format!("https://{}.s3.{region}.amazonaws.com", self.name))
            }
            (None, None) => None,
        }
    }

    /// The bucket with the folder of one object, and the object's name in it; `None` if a bucket alone is named.
    #[must_use]
    pub fn of_object(&self) -> Option<(Self, String)> {
        let key = self.prefix.strip_suffix('/')?;
        let (folder, name) = match key.rsplit_once('/') {
            Some((folder, name)) => (format!("{folder}/"), name),
            None => (String::new(), key),
        };
        let folder = Self {
            prefix: folder,
            ..self.clone()
        };
        Some((folder, name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_is_read_with_its_options() {
        let read =
            Bucket::parse("s3://news/a/b/?endpoint=HTTP%3A%2F%2Flocalhost%3A9000&region=eu-west-1");
        let bucket = read.unwrap();
        assert_eq!((&*bucket.name, &*bucket.prefix), ("news", "a/b/"));
        assert_eq!(bucket.endpoint.as_deref(), Some("http://localhost:9000"));
        assert_eq!(bucket.region.as_deref(), Some("eu-west-1"));
        for (text, wrong) in [
            ("http://news", Wrong::Scheme),
            ("s3:///a", Wrong::Name),
            ("s3://a@b/c", Wrong::Name),
            ("s3://b/a/../c", Wrong::Prefix),
            ("s3://b?endpoint=https://k:s@host", Wrong::Endpoint),
            ("s3://b?region=", Wrong::Option("region".into())),
            ("s3://b?key=x", Wrong::Option("key".into())),
        ] {
            assert_eq!(Bucket::parse(text), Err(wrong), "{text}");
        }
    }

    #[test]
    fn an_origin_follows_from_endpoint_or_region() {
        let origin = |text| Bucket::parse(text).unwrap().origin();
        let own = origin("s3://b/p?endpoint=https://s3.example.org/&region=x");
        assert_eq!(own.as_deref(), Some("https://s3.example.org"));
        let amazon = origin("s3://b/p?region=eu-west-1");
        assert_eq!(
            amazon.as_deref(),
            Some("https://b.s3.eu-west-1.amazonaws.com")
        );
        assert_eq!(origin("s3://b/p"), None);
    }

    #[test]
    fn an_object_has_a_folder_and_a_name() {
        let object = |text| Bucket::parse(text).unwrap().of_object();
        let (folder, name) = object("s3://b/side/car/manifest.json?region=x").unwrap();
        assert_eq!((&*folder.prefix, &*name), ("side/car/", "manifest.json"));
        assert_eq!(folder.region.as_deref(), Some("x"));
        let (folder, name) = object("s3://b/manifest.json").unwrap();
        assert_eq!((&*folder.prefix, &*name), ("", "manifest.json"));
        assert_eq!(object("s3://b"), None);
    }
}
