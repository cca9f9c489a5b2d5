//! `GET, HEAD /api/media/{id}/{rendition}`: the files of the catalogue.
//!
//! Public ones answer whole or in part. Gated ones answer 401 to everybody, until there are accounts.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::header::{self, HeaderName};
use axum::http::{HeaderMap, HeaderValue, Method};
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::AppState;
use super::disposition;
use super::error::Problem;
use super::representation::{Representation, set};
use crate::domain::catalogue::Rendition;
use crate::domain::refusal::Refusal;
use crate::media::StoredFile;

static REPR_DIGEST: HeaderName = HeaderName::from_static("repr-digest");

/// Short, because an address is not bound to one content: a corrected or withdrawn file must soon be
/// so everywhere. Caches ask again with the entity tag, which costs no transfer.
const CACHE_CONTROL: &str = "public, max-age=600";

pub(super) async fn rendition(
    State(state): State<AppState>,
    method: Method,
    headers: HeaderMap,
    names: Result<Path<(String, String)>, PathRejection>,
) -> Result<Response, Problem> {
    // Names that cannot even be decoded are names that do not exist.
    let Path((id, name)) = names.map_err(|_| Problem::NotFound)?;
    let rendition = find(&state, &id, &name)?;
    if rendition.gated {
        return Err(Problem::Refused(Refusal::SignedOut));
    }
    let representation = represent(&rendition, &state);
    let outcome = representation.evaluate(&method, &headers);
    if let Some(response) = representation.without_content(&outcome) {
        return Ok(response);
    }
    let file = open(&state, &id, &name, &rendition).await?;
    Ok(representation.with_content(outcome, &method, file))
}

fn find(state: &AppState, id: &str, name: &str) -> Result<Arc<Rendition>, Problem> {
    // Before the first manifest nothing is known, not even that a file does not exist.
    let catalogue = state.catalogue.current().ok_or(Problem::Unavailable)?;
    catalogue
        .rendition(id, name, state.clock.now())
        .ok_or(Problem::NotFound)
}

async fn open(
    state: &AppState,
    id: &str,
    name: &str,
    rendition: &Rendition,
) -> Result<StoredFile, Problem> {
    let key = rendition.key.as_str();
    match state.media.open(key).await {
        Ok(file) if file.size == rendition.size => Ok(file),
        Ok(file) => {
            tracing::error!(
                dossier = id,
                rendition = name,
                key,
                size = file.size,
                expected = rendition.size,
                "a media file has not the size that the manifest states; it is not served"
            );
            Err(Problem::Unavailable)
        }
        Err(error) => {
            tracing::error!(
                dossier = id,
                rendition = name,
                key,
                %error,
                "a media file of the manifest cannot be served"
            );
            Err(Problem::Unavailable)
        }
    }
}

fn represent(rendition: &Rendition, state: &AppState) -> Representation {
    let mut headers = HeaderMap::new();
    set(&mut headers, header::CONTENT_TYPE, &rendition.content_type);
    set(
        &mut headers,
        header::CONTENT_DISPOSITION,
        &disposition::inline(&rendition.file_name),
    );
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static(CACHE_CONTROL),
    );
    if let Some(digest) = repr_digest(&rendition.sha256) {
        set(&mut headers, REPR_DIGEST.clone(), &digest);
    }
    Representation {
        etag: format!("\"{}\"", rendition.sha256),
        // A date that lies ahead must not be sent (RFC 9110 §8.8.2.1).
        modified: rendition.modified.filter(|at| *at <= state.clock.now()),
        size: rendition.size,
        headers,
    }
}

/// The digest of the whole content, also beside a part (RFC 9530 §3).
fn repr_digest(hex: &str) -> Option<String> {
    let digit = |b: &u8| char::from(*b).to_digit(16);
    let bytes: Option<Vec<u8>> = hex
        .as_bytes()
        .chunks_exact(2)
        .map(|pair| u8::try_from(digit(&pair[0])? * 16 + digit(&pair[1])?).ok())
        .collect();
    Some(format!("sha-256=:{}:", STANDARD.encode(bytes?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_structured_fields() {
        // The SHA-256 of nothing.
        let hex = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(
            repr_digest(hex).as_deref(),
            Some("sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:")
        );
        assert_eq!(repr_digest("xy"), None);
    }
}
