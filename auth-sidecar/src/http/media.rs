//! `GET, HEAD /api/media/{id}/{rendition}`: the catalogue's files, whole or in part.
//!
//! Public ones are open to everyone; gated ones need a session or a link.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::http::header::{self, HeaderName};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde_json::json;
use utoipa::openapi::{Content, RefOr};
use utoipa::{IntoResponses, PartialSchema};

use self::access::Access;
use self::delivery::Sent;
use super::AppState;
use super::answer::{MayRefuse, Refused, Responses, described};
use super::disposition::disposition;
use super::error::Problem;
use super::representation::{Representation, set};
use crate::domain::accounts::Grant;
use crate::domain::catalogue::{Absent, Catalogue, Dossier, Place, Rendition};
use crate::domain::store::Wanted;
use crate::domain::transfers::RequestKind;
use crate::media::{MediaStorage, OpenError, SentHeaders};
use dateline_contract::texts::ProblemKind;

mod access;
mod delivery;
mod document;
pub(super) mod make_link;

pub(crate) use self::delivery::Delivery;

static REPR_DIGEST: HeaderName = HeaderName::from_static("repr-digest");

/// Short, because a URL is not bound to one content: a corrected or withdrawn file must take effect soon. Caches
/// revalidate with the entity tag, without a transfer.
const CACHED: i64 = 600;

/// The item that a URL of the catalogue names.
struct Item {
    catalogue: Arc<Catalogue>,
    id: String,
    name: String,
    dossier: Arc<Dossier>,
    rendition: Arc<Rendition>,
    /// The time of the lookup.
    now: Timestamp,
}

impl Item {
    /// Where its file is.
    fn storage<'a>(&self, state: &'a AppState) -> &'a Arc<dyn MediaStorage> {
        state.storage(self.rendition.place)
    }
}

/// How long a signed address of a public file lives, at least.
const PUBLIC_LIFE: Duration = Duration::from_secs(3600);

type Names = Result<Path<(String, String)>, PathRejection>;

/// A file, or a redirect on the way to it.
pub(super) struct File(Response);

impl IntoResponse for File {
    fn into_response(self) -> Response {
        self.0
    }
}

impl MayRefuse for File {
    fn problems() -> Vec<ProblemKind> {
        vec![
            ProblemKind::Busy,
            ProblemKind::Gone,
            ProblemKind::LinkGone,
            ProblemKind::LinkInvalid,
            ProblemKind::MethodNotAllowed,
            ProblemKind::NotFound,
            ProblemKind::PreconditionFailed,
            ProblemKind::RangeNotSatisfiable,
            ProblemKind::SignedOut,
            ProblemKind::TermsRequired,
            ProblemKind::TooMany,
            ProblemKind::TooManyDownloads,
            ProblemKind::Unavailable,
        ]
    }
}

impl IntoResponses for File {
    fn responses() -> Responses {
        let mut responses = Refused::<Self>::responses();
        for response in responses.values_mut() {
            if let RefOr::T(response) = response {
                // For a browser that navigates to it.
                let text = Content::builder().schema(Some(String::schema())).build();
                response
                    .content
                    .insert("text/plain".to_owned(), text.into());
            }
        }
        let bytes = json!({ "description": "The file.", "content": { "*/*": {} } });
        let led = "For a browser that opens it as a page: to log in, or to the terms.";
        let away = "The file, at a signed address of its store that ends within minutes; ask here again then.";
        responses.extend(described([
            (StatusCode::OK, bytes.clone()),
            (StatusCode::PARTIAL_CONTENT, bytes),
            (StatusCode::SEE_OTHER, json!({ "description": led })),
            (
                StatusCode::TEMPORARY_REDIRECT,
                json!({ "description": away }),
            ),
            (
                StatusCode::NOT_MODIFIED,
                json!({ "description": "Not modified." }),
            ),
        ]));
        responses
    }
}

/// A file of a dossier, whole or in part (RFC 9110, section 14). Gated ones need a session or a link.
#[utoipa::path(
    method(get, head),
    path = "/api/media/{id}/{rendition}",
    params(
        ("id" = String, Path),
        ("rendition" = String, Path),
        ("link" = inline(Option<String>), Query, description = "A download link's text."),
        ("terms" = inline(Option<String>), Query,
            description = "The version of the terms that one accepts; absent: the current one."),
    ),
    security((), ("session" = []))
)]
pub(super) async fn rendition(
    State(state): State<AppState>,
    names: Names,
    request: Request,
) -> File {
    let (parts, _) = request.into_parts();
    File(match answer(&state, names, &parts).await {
        Ok(response) => response,
        Err(problem) => {
            let kind = problem.kind();
            debug_assert!(File::problems().contains(&kind), "{kind:?} is not declared");
            document::error_response(&state, &parts, problem).await
        }
    })
}

async fn answer(state: &AppState, names: Names, parts: &Parts) -> Result<Response, Problem> {
    let item = find(state, names)?;
    let grant = match access::check(state, &item, parts).await? {
        Access::Public => None,
        Access::Granted(grant) => Some(grant),
        Access::Redirected(response) => return Ok(response),
    };
    let representation = represent(&item);
    let kind = &item.rendition.content_type;
    let delivery = match item.rendition.place {
        Place::Media => &state.delivery,
        // Web servers in front and signed addresses know the media storage alone.
        Place::Build => &Delivery::Own,
    };
    let delivery = delivery.for_request(parts, &representation.etag, kind);
    let headers = delivery.evaluated(&parts.headers);
    let outcome = representation.evaluate(&parts.method, &headers);
    if let Some(response) = representation.without_content(&outcome) {
        return Ok(response);
    }
    let mut response = representation.head(&outcome);
    if parts.method == Method::HEAD {
        let size = item.storage(state).size(&item.rendition.key).await;
        check_size(&item, size)?;
        return Ok(response);
    }
    let (range, is_all) = outcome.range(item.rendition.size);
    let delivery = delivery.of(&headers, is_all);
    let sent = prepare(state, &item, delivery, &range, response.headers()).await?;
    let transfers = &state.accounts.core().transfers;
    let sending = transfers.sending(range.clone());
    if let Some(grant) = grant {
        let wanted = wanted(&item, &grant, delivery);
        state
            .accounts
            .begin_download(
                &grant,
                wanted,
                &sending,
                ask(&range, is_all, &parts.headers),
            )
            .await?;
    }
    delivery.deliver(&mut response, sent, &range, sending);
    Ok(response)
}

/// The file's bytes, or where they are had, once it is certain that it is there.
async fn prepare(
    state: &AppState,
    item: &Item,
    delivery: &Delivery,
    range: &Range<u64>,
    headers: &HeaderMap,
) -> Result<Sent, Problem> {
    let (key, storage) = (&item.rendition.key, item.storage(state));
    if !delivery.is_elsewhere() {
        return match storage.open(key, Some(range.clone())).await {
            Ok(file) if file.size == item.rendition.size => {
                Ok(Sent::Bytes(file.read(range.clone())))
            }
            other => Err(unusable(item, other.map(|file| file.size))),
        };
    }
    check_size(item, storage.size(key).await)?;
    let Delivery::Presigned(life) = delivery else {
        return Ok(Sent::ByServer(key.clone()));
    };
    let value = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let sent = SentHeaders {
        content_type: &item.rendition.content_type,
        disposition: value(header::CONTENT_DISPOSITION).unwrap_or("attachment"),
        cache_control: value(header::CACHE_CONTROL).unwrap_or("no-store"),
    };
    let address = storage.address(key, &sent, life_of(item, *life));
    address.map(Sent::At).ok_or(Problem::Unavailable)
}

/// How long a signed address lives: never beyond its dossier's expiry. Nothing is protected by that of a public file,
/// which a player goes on with after a pause.
fn life_of(item: &Item, life: Duration) -> Duration {
    let life = match item.rendition.gated {
        true => life,
        false => life.max(PUBLIC_LIFE),
    };
    let end = item.dossier.ends(item.now);
    let left = end.map(|end| end.duration_since(item.now).as_secs());
    let left = left.map(|left| Duration::from_secs(u64::try_from(left).unwrap_or_default().max(1)));
    left.map_or(life, |left| left.min(life))
}

fn find(state: &AppState, names: Names) -> Result<Item, Problem> {
    // Undecodable names do not exist.
    let Path((id, name)) = names.map_err(|_| Problem::NotFound)?;
    // Before the first manifest nothing is known, not even which files do not exist.
    let catalogue = state.catalogue.current().ok_or(Problem::Unavailable)?;
    let now = state.clock.now();
    let (dossier, rendition) =
        catalogue
            .rendition(&id, &name, now)
            .map_err(|absent| match absent {
                Absent::Unknown => Problem::NotFound,
                Absent::Ended => Problem::Gone,
            })?;
    Ok(Item {
        catalogue,
        id,
        name,
        dossier,
        rendition,
        now,
    })
}

/// A client that resumes without a validator could join two files; with one, the conditions protect it.
fn ask(range: &Range<u64>, is_all: bool, headers: &HeaderMap) -> RequestKind {
    let names_content = [header::IF_RANGE, header::IF_MATCH];
    match names_content.iter().any(|name| headers.contains_key(name)) {
        _ if is_all => RequestKind::Whole,
        false if range.start > 0 => RequestKind::UnvalidatedResume,
        _ => RequestKind::Range,
    }
}

/// What identifies a download in the log.
fn wanted(item: &Item, grant: &Grant, delivery: &Delivery) -> Wanted {
    Wanted {
        dossier: item.id.clone(),
        rendition: item.name.clone(),
        sha256: item.rendition.sha256.clone(),
        size: item.rendition.size,
        terms: grant.terms.clone(),
        by_link: grant.by_link,
        granted: delivery.is_elsewhere(),
    }
}

fn check_size(item: &Item, size: Result<u64, OpenError>) -> Result<(), Problem> {
    match size {
        Ok(size) if size == item.rendition.size => Ok(()),
        other => Err(unusable(item, other)),
    }
}

/// The problem of a stored file that is missing or not the manifest's, whose reason is for the log alone.
fn unusable(item: &Item, size: Result<u64, OpenError>) -> Problem {
    let (dossier, rendition, key) = (&item.id, &item.name, &item.rendition.key);
    match size {
        Ok(size) => tracing::error!(
            dossier,
            rendition,
            key,
            size,
            expected = item.rendition.size,
            "a media file has not the size that the manifest states; it is not served"
        ),
        Err(OpenError::Away) => {}
        Err(error) => tracing::error!(
            dossier,
            rendition,
            key,
            %error,
            "a media file of the manifest cannot be served"
        ),
    }
    Problem::Unavailable
}

fn represent(item: &Item) -> Representation {
    let Item { rendition, now, .. } = item;
    let mut headers = HeaderMap::new();
    set(&mut headers, header::CONTENT_TYPE, &rendition.content_type);
    // Gated files are attachments: the page that links to one stays open.
    let kind = if rendition.gated {
        "attachment"
    } else {
        "inline"
    };
    set(
        &mut headers,
        header::CONTENT_DISPOSITION,
        &disposition(kind, &rendition.file_name),
    );
    if !rendition.gated {
        let fresh = fresh_for(item.dossier.ends(*now), *now);
        let value = format!("public, max-age={fresh}");
        set(&mut headers, header::CACHE_CONTROL, &value);
        let policy = HeaderName::from_static("cross-origin-resource-policy");
        set(&mut headers, policy, "cross-origin");
    }
    if let Some(digest) = repr_digest(&rendition.sha256) {
        set(&mut headers, REPR_DIGEST.clone(), &digest);
    }
    Representation {
        etag: format!("\"{}\"", rendition.sha256),
        // A date in the future must not be sent (RFC 9110 §8.8.2.1).
        modified: rendition.modified.filter(|at| at <= now),
        size: rendition.size,
        headers,
    }
}

/// Seconds for which a cache may keep a file: never beyond its dossier's expiry.
fn fresh_for(end: Option<Timestamp>, now: Timestamp) -> i64 {
    let left = end.map(|end| end.duration_since(now).as_secs());
    left.map_or(CACHED, |left| left.clamp(0, CACHED))
}

/// The digest of the whole content, also with a range (RFC 9530 §3).
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
    fn no_cache_keeps_a_file_beyond_its_end() {
        let now = Timestamp::UNIX_EPOCH;
        let after = |ms| now.checked_add(jiff::SignedDuration::from_millis(ms)).ok();
        for (end, seconds) in [
            (None, 600),
            (after(3_600_000), 600),
            (after(599_999), 599),
            (after(999), 0),
        ] {
            assert_eq!(fresh_for(end, now), seconds, "{end:?}");
        }
    }

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
