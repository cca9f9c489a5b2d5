//! How `site.toml` and the command line name a bucket.

use dateline_contract::bucket::{Bucket, OPTIONS, Wrong};

use crate::base::path;

/// Reads `s3://BUCKET/PREFIX?endpoint=…&region=…`.
///
/// # Errors
/// What to write instead.
pub(super) fn parse(text: &str) -> Result<Bucket, String> {
    Bucket::parse(text).map_err(|wrong| {
        let near = match &wrong {
            Wrong::Option(key) => path::closest(key, OPTIONS),
            _ => None,
        };
        match near {
            Some(near) => format!("did you mean `{near}=`?"),
            None => wrong.to_string(),
        }
    })
}
