//! What `dateline` and `dateline-auth` know alike of a bucket: where its store is, with which credentials requests
//! are signed, and what a refusal means. Sending the requests is each program's own.

#![cfg_attr(test, allow(clippy::unwrap_used))]
#![deny(missing_docs)]

use std::fmt;

use dateline_contract::bucket::Bucket;
use rusty_s3::{Bucket as Signer, Credentials, UrlStyle};

mod credentials;
mod refusal;

pub use self::credentials::{Lookup, variable};
pub use self::refusal::{Context, Refusal, code};

/// What is wrong, and what to do about it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fault {
    /// What is wrong.
    pub message: String,
    /// The cure; empty if there is none to name.
    pub hint: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.hint.as_str() {
            "" => f.write_str(&self.message),
            hint => write!(f, "{}: {hint}", self.message),
        }
    }
}

/// A bucket, its store and the credentials for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// Signs requests.
    pub signer: Signer,
    /// Signs them with these; never shown.
    pub credentials: Credentials,
    /// The prefix of all keys: empty, or ends with a slash.
    pub prefix: String,
    /// Scheme, host and port of the store.
    pub endpoint: String,
}

impl Access {
    /// Finds store and credentials, by what the place says and otherwise by the usual variables and files.
    ///
    /// # Errors
    /// When credentials are missing, or the endpoint is not a valid address.
    pub fn open(place: &Bucket, lookup: Lookup<'_>) -> Result<Self, Fault> {
        const HINT: &str = "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_SHARED_CREDENTIALS_FILE and AWS_PROFILE";
        let credentials = credentials::find(lookup).map_err(|why| Fault {
            message: format!("no credentials for the store: {why}"),
            hint: HINT.to_owned(),
        })?;
        let region = place.region.clone();
        let region = region
            .or_else(|| lookup("AWS_REGION"))
            .or_else(|| lookup("AWS_DEFAULT_REGION"))
            .unwrap_or_else(|| "us-east-1".to_owned());
        let own = place.endpoint.clone();
        let own = own
            .or_else(|| lookup("AWS_ENDPOINT_URL_S3"))
            .or_else(|| lookup("AWS_ENDPOINT_URL"));
        // Stores other than Amazon's rarely have a host name for each bucket.
        let (endpoint, style) = match own {
            Some(endpoint) => (endpoint, UrlStyle::Path),
            None => (
                format!("https://s3.{region}.amazonaws.com"),
                UrlStyle::VirtualHost,
            ),
        };
        let wrong = |why: String| Fault {
            message: format!("{endpoint} is not the address of a store: {why}"),
            hint: "write ?endpoint=https://HOST[:PORT] after the bucket".to_owned(),
        };
        let url = endpoint.parse().map_err(|e| wrong(format!("{e}")))?;
        let signer = Signer::new(url, style, place.name.clone(), region);
        let signer = signer.map_err(|e| wrong(e.to_string()))?;
        Ok(Self {
            signer,
            credentials,
            prefix: place.prefix.clone(),
            endpoint,
        })
    }

    /// The key in the bucket of what is `key` below the prefix.
    #[must_use]
    pub fn key(&self, key: &str) -> String {
        format!("{}{key}", self.prefix)
    }

    /// Scheme, host and port at which objects are: the bucket may have a host of its own.
    #[must_use]
    pub fn origin(&self) -> String {
        self.signer.object_url("").origin().ascii_serialization()
    }
}

/// For people.
impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, prefix) = (self.signer.name(), &self.prefix);
        write!(f, "s3://{name}/{prefix} at {}", self.endpoint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_is_found_and_its_secret_never_shown() {
        let open = |text: &str, more: &'static [(&str, &str)]| {
            let known = [
                ("AWS_ACCESS_KEY_ID", "KEY"),
                ("AWS_SECRET_ACCESS_KEY", "hidden"),
                ("AWS_SESSION_TOKEN", "hidden too"),
            ];
            let lookup = |name: &str| {
                let mut all = known.iter().chain(more);
                all.find(|(known, _)| *known == name)
                    .map(|(_, value)| (*value).to_owned())
            };
            Access::open(&Bucket::parse(text).unwrap(), &lookup).unwrap()
        };
        let amazon = open("s3://news/site?region=eu-west-1", &[]);
        assert_eq!(amazon.origin(), "https://news.s3.eu-west-1.amazonaws.com");
        let place = Bucket::parse("s3://news/site?region=eu-west-1").unwrap();
        assert_eq!(place.origin(), Some(amazon.origin()));
        assert_eq!(amazon.key("a"), "site/a");
        let own = open("s3://news?endpoint=http://localhost:9000", &[]);
        assert_eq!(own.origin(), "http://localhost:9000");
        assert_eq!(own.to_string(), "s3://news/ at http://localhost:9000");
        let named = open(
            "s3://news",
            &[("AWS_ENDPOINT_URL_S3", "https://s3.example.org")],
        );
        assert_eq!(named.origin(), "https://s3.example.org");
        assert!(!format!("{named:?}").contains("hidden"), "{named:?}");
    }
}
