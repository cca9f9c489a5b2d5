//! One's own download links: the list, and ending them.

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::super::asked::{Done, answer, asker};
use super::super::error::Problem;
use super::super::export;
use super::super::media::link::url;
use super::super::{AppState, calls};
use super::refused;

/// `GET /api/account/links`.
pub(in crate::http) async fn list(State(state): State<AppState>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let Some(catalogue) = state.catalogue.current() else {
        return Problem::Unavailable.into_response();
    };
    let links = match state.accounts.links(&asker(&state, &parts)).await {
        Ok(links) => links,
        Err(refusal) => {
            let problem = Problem::from(refusal);
            return refused(&problem, problem.clone().into_response());
        }
    };
    let base = state.base_url(&catalogue);
    let now = state.clock.now();
    let links = links.iter().map(|own| {
        let link = &own.link;
        let found = catalogue.content(&link.dossier, &link.rendition, &link.sha256, now);
        let mut described = export::link(link);
        described["url"] = url(&base, link, &own.text).into();
        described["ended"] = found.is_none().into();
        described
    });
    axum::Json(json!({ "links": links.collect::<Vec<Value>>() })).into_response()
}

pub(in crate::http) async fn revoke(State(state): State<AppState>, request: Request) -> Response {
    answer(state, &calls::REVOKE_LINKS, request, |asked| async move {
        let id = asked.one_or_all()?;
        // One that has ended already is as ended as was asked.
        asked.state.accounts.revoke_link(&asked.asker, id).await?;
        Ok(Done::new(None, "/api/account".to_owned()))
    })
    .await
}

/// `GET /api/account/downloads`.
pub(in crate::http) async fn downloads(
    State(state): State<AppState>,
    request: Request,
) -> Response {
    let (parts, _) = request.into_parts();
    let Some(catalogue) = state.catalogue.current() else {
        return Problem::Unavailable.into_response();
    };
    let downloads = match state.accounts.downloads(&asker(&state, &parts)).await {
        Ok(downloads) => downloads,
        Err(refusal) => {
            let problem = Problem::from(refusal);
            return refused(&problem, problem.clone().into_response());
        }
    };
    let now = state.clock.now();
    let downloads = downloads.iter().map(|download| {
        let wanted = &download.wanted;
        let found = catalogue.rendition(&wanted.dossier, &wanted.rendition, now);
        let mut described = export::download(download);
        described["ended"] = found.is_err().into();
        described
    });
    axum::Json(json!({ "downloads": downloads.collect::<Vec<Value>>() })).into_response()
}
