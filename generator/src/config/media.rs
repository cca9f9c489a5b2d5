//! `[media]`: where the files of dossiers are stored.

use dateline_contract::bucket::Bucket;

use super::bucket;
use crate::base::fields::Fields;

/// Where the files of dossiers are stored.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum MediaStorage {
    /// A folder.
    Folder(String),
    /// A bucket of an S3-compatible store.
    Bucket(Bucket),
}

impl MediaStorage {
    /// Reads a folder, with or without `file:`, or `s3://BUCKET/PREFIX?endpoint=…&region=…`.
    ///
    /// # Errors
    /// A message and a hint.
    pub fn parse(text: &str) -> Result<Self, (String, String)> {
        let wrong = |hint: String| (format!("“{text}” is not a media storage"), hint);
        if text.starts_with("s3://") {
            return bucket::parse(text).map(Self::Bucket).map_err(wrong);
        }
        let folder = text.strip_prefix("file:").unwrap_or(text).trim();
        // `s3:bucket` and `https://…` are no folders that anyone means.
        if folder.is_empty() || folder.contains("://") || folder.starts_with("s3:") {
            let hint = "name a folder, or s3://BUCKET/PREFIX?endpoint=https://…&region=…";
            return Err(wrong(hint.to_owned()));
        }
        Ok(Self::Folder(folder.to_owned()))
    }

    /// Reads the table.
    pub(super) fn read(t: &mut Fields<'_>) -> Option<Self> {
        let text = t.required_text("storage")?;
        match Self::parse(&text.value) {
            Ok(storage) => Some(storage),
            Err((message, hint)) => {
                t.push(text.span, format!("`storage`: {message}"), &hint);
                None
            }
        }
    }
}
