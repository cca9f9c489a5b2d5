//! `POST /api/media/{id}/{rendition}/link`: a download link to a gated file, for programs without a session.

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use axum::response::Response;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::super::calls::prelude::*;
use super::{Item, access, document, find};
use crate::domain::store::Link;

/// Characters that need no escaping in a URL (RFC 3986 §2.3).
pub(in crate::http) const IN_ADDRESS: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct MakeLink {
    /// The accepted version of the terms; absent: the current one.
    terms: Option<String>,
}

impl Body for MakeLink {
    const PAGE: &'static str = "";
    const PROBLEMS: &'static [&'static [Kind]] = &[&[
        Kind::Gone,
        Kind::LinkLimit,
        Kind::NotFound,
        Kind::SignedOut,
        Kind::TermsRequired,
        Kind::TooMany,
    ]];
}

/// The gated file of a URL. It is looked up first, as for the file itself: an unknown file has no other problems.
pub(in crate::http) struct Gated(Item);

impl FromRequestParts<AppState> for Gated {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Response> {
        let names = Path::from_request_parts(parts, state).await;
        let problem = match find(state, names) {
            Ok(item) if item.rendition.gated => return Ok(Self(item)),
            Ok(_) => Problem::NotFound,
            Err(problem) => problem,
        };
        Err(document::error_response(state, parts, problem).await)
    }
}

#[derive(Serialize, ToSchema)]
pub(in crate::http) struct NewLink {
    url: String,
    #[schema(format = DateTime)]
    expires_at: String,
    sha256: String,
    /// The file's size in bytes.
    size: u64,
}

impl Answer for NewLink {
    const STATUS: StatusCode = StatusCode::CREATED;
}

/// Create a download link to a gated file, for programs without a session.
#[utoipa::path(
    post,
    path = "/api/media/{id}/{rendition}/link",
    params(("id" = String, Path), ("rendition" = String, Path)),
    request_body = MakeLink,
    security(("session" = []))
)]
pub(in crate::http) async fn make_link(
    Gated(item): Gated,
    mut call: Call<MakeLink>,
) -> Result<Done<NewLink>, Refused<MakeLink>> {
    if let Err(problem) = call.signed_in().await {
        if call.is_form() && problem == Problem::Refused(Refusal::SignedOut) {
            // The redirect returns to the rendition that the form is beside.
            let back = access::way_back(&item, &call.language);
            call.change_back(back).await?;
        }
        return Err(problem.into());
    }
    let terms = access::accepted(&item, call.body.terms.as_deref(), &call.language)?;
    let (accounts, sha256) = (&call.state.accounts, &item.rendition.sha256);
    let of = (&item.id, &item.name, sha256, &terms);
    let just_made = match call.is_form() {
        // A form sent twice leads to the first answer.
        true => {
            accounts
                .link_just_made(&call.requester, of.0, of.1, of.2, of.3)
                .await?
        }
        false => None,
    };
    let own = match just_made {
        Some(own) => own,
        None => {
            let made = accounts
                .make_link(&call.requester, of.0, of.1, of.2, of.3)
                .await?;
            tracing::info!(
                account = made.link.account,
                link = made.link.id,
                dossier = item.id,
                rendition = item.name,
                "a download link was made"
            );
            made
        }
    };
    let base = call.state.base_url(&call.catalogue);
    let link = NewLink {
        url: url(&base, &own.link, &own.token),
        expires_at: own.link.expires_at.rfc3339(),
        sha256: item.rendition.sha256.clone(),
        size: item.rendition.size,
    };
    let to = format!("/api/account#link-{}", own.link.id);
    Ok(Done::new(to, link))
}

/// The complete URL with the token.
pub(in crate::http) fn url(base: &str, link: &Link, text: &str) -> String {
    let part = |text| utf8_percent_encode(text, IN_ADDRESS);
    let (dossier, rendition) = (part(&link.dossier), part(&link.rendition));
    format!("{base}/api/media/{dossier}/{rendition}?link={text}")
}
