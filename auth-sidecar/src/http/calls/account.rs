//! `GET /api/account`: the account's data, as JSON or as the one page that cannot be static.

use axum::body::Body;
use axum::http::{HeaderMap, Uri, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde_json::json;
use utoipa::{IntoResponses, PartialSchema};

use super::prelude::*;
use crate::domain::accounts::{OwnAccount, OwnLink, Requester};
use crate::domain::catalogue::{Catalogue, Facts};
use crate::domain::moments::reading_time;
use crate::domain::store::Download;
use crate::domain::time::Moment;
use crate::http::answer::{MayRefuse, Responses, described, in_json, redirect_schema};
use crate::http::export::{self, Export};
use crate::http::media::make_link::url;
use crate::http::page::filled;
use crate::http::reply::{account_page, see_other};
use crate::http::representation::set;
use dateline_contract::template::Values;
use dateline_contract::texts::ACCOUNT_PAGE;

/// The account's data, as JSON or as a page.
pub(super) struct Everything(Response);

impl IntoResponse for Everything {
    fn into_response(self) -> Response {
        self.0
    }
}

impl IntoResponses for Everything {
    fn responses() -> Responses {
        let mut shown = in_json("Done.", json!(Export::schema()));
        shown["content"]["text/html"] = json!({ "schema": { "type": "string" } });
        let led = redirect_schema("To the login page, for a browser without a session.");
        described([(StatusCode::OK, shown), (StatusCode::SEE_OTHER, led)])
    }
}

impl MayRefuse for Everything {
    fn problems() -> Vec<Kind> {
        let mut problems = Owner::problems();
        // The theme may have no account page.
        problems.push(Kind::NotFound);
        problems
    }
}

/// Everything stored about the account.
#[utoipa::path(get, path = "/api/account")]
pub(super) async fn account(
    visit: Visit,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Everything, Refused<Everything>> {
    let Visit {
        state,
        catalogue,
        requester,
        ..
    } = &visit;
    if !wants_page(&headers) || uri.query() == Some(AS_JSON) {
        let all = state.accounts.everything(requester).await?;
        let parts = Body::from_stream(export::parts(state.accounts.clone(), all));
        let headers = [
            (header::CONTENT_TYPE, "application/json"),
            (header::VARY, "Accept"),
        ];
        let response = (headers, parts).into_response();
        return Ok(Everything(response));
    }
    match page(state, catalogue, requester, &headers).await {
        Ok(response) => Ok(Everything(response)),
        Err(Problem::Refused(Refusal::SignedOut)) => {
            let login = account_page(&visit.language, "login/#signed-out");
            let mut response = see_other(&login);
            let mut cookies = SetCookies::default();
            if state.may_end(requester.session).await {
                cookies.end_session();
            }
            cookies.write(response.headers_mut());
            Ok(Everything(response))
        }
        Err(problem) => Err(problem.into()),
    }
}

/// The query of the link that saves the JSON: some browsers send `text/html` then too.
const AS_JSON: &str = "as=json";

/// Browsers accept `text/html`; programs that do not care get JSON.
fn wants_page(headers: &HeaderMap) -> bool {
    let accept = headers
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/html"))
}

async fn page(
    state: &AppState,
    catalogue: &Catalogue,
    requester: &Requester,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    let facts = catalogue.facts();
    let own = state.accounts.own_account(requester).await?;
    let OwnAccount {
        account,
        links,
        downloads,
        ..
    } = &own;

    let known = facts.languages.contains(&account.language);
    let language = if known {
        &account.language
    } else {
        &facts.default_language
    };
    let items = Items {
        catalogue,
        language,
        base: &state.base_url(catalogue),
        now: state.clock.now(),
    };
    let values = values(facts, &own)
        .flag("with_links", !links.is_empty())
        .list("links", links.iter().map(|own| items.link(own)).collect())
        .flag("with_downloads", !downloads.is_empty())
        .list(
            "downloads",
            downloads
                .iter()
                .map(|download| items.download(download))
                .collect(),
        );
    let page = (language.as_str(), ACCOUNT_PAGE);
    let mut response = filled(state, catalogue, headers, page, &values).await?;
    set(response.headers_mut(), header::VARY, "Accept");
    Ok(response)
}

fn values(facts: &Facts, own: &OwnAccount) -> Values {
    let account = &own.account;
    let time = |at| reading_time(at, &facts.time_zone);
    let sessions = own.sessions.iter().map(|session| {
        let current = session.hash == own.session;
        Values::new()
            .text("id", &session.id)
            .text("device", &session.device)
            .text("first_seen", time(session.created_at))
            .text("last_seen", time(session.last_seen_at))
            .flag("current", current)
            .flag("other", !current)
    });
    Values::new()
        .text("email", &account.email)
        .text("since", time(account.created_at))
        .flag("subscribed", account.subscribed)
        .flag("unsubscribed", !account.subscribed)
        .list("sessions", sessions.collect())
}

/// Titles and pages of dossiers for lists: released ones, in the page's language.
struct Items<'p> {
    catalogue: &'p Catalogue,
    language: &'p str,
    /// The site's origin.
    base: &'p str,
    now: Timestamp,
}

impl Items<'_> {
    fn link(&self, own: &OwnLink) -> Values {
        let link = &own.link;
        let (dossier, name) = (&link.dossier, &link.rendition);
        let found = self
            .catalogue
            .content(dossier, name, &link.sha256, self.now);
        let ended = found.is_none();
        let file = found.map_or_else(|| name.clone(), |file| file.file_name.clone());
        let url = url(self.base, link, &own.token);
        self.item(dossier, name)
            .text("id", &link.id)
            .text("command", curl(&file, &url))
            .text("file", file)
            .text("url", url)
            .text("expires", self.time(link.expires_at))
            .flag("ended", ended)
    }

    fn download(&self, download: &Download) -> Values {
        let wanted = &download.wanted;
        let found = self
            .catalogue
            .rendition(&wanted.dossier, &wanted.rendition, self.now);
        self.item(&wanted.dossier, &wanted.rendition)
            .text("started", self.time(download.started_at))
            .text("percent", percent(download))
            .flag("whole", download.whole)
            .flag("partly", !download.whole)
            .flag("ended", found.is_err())
    }

    fn item(&self, dossier: &str, rendition: &str) -> Values {
        let found = self.catalogue.dossier(dossier, self.now);
        let title = found.and_then(|found| found.title(self.language, self.now));
        let page = found.and_then(|found| found.page(self.language, self.now));
        let home = format!("/{}/", self.language);
        Values::new()
            .text("title", title.unwrap_or(dossier))
            .text("page", page.unwrap_or(&home))
            .text("rendition", rendition)
    }

    fn time(&self, at: Moment) -> String {
        reading_time(at, &self.catalogue.facts().time_zone)
    }
}

/// A command that downloads the file, or resumes it, in any POSIX shell.
fn curl(file: &str, url: &str) -> String {
    let quoted = |text: &str| format!("'{}'", text.replace('\'', r"'\''"));
    // A file name must not look like an option.
    let file = format!("./{file}");
    format!("curl -fL -C - -o {} {}", quoted(&file), quoted(url))
}

/// Whole percent, rounded down: an incomplete download is never 100.
fn percent(download: &Download) -> String {
    let sent = u128::from(download.progress.covered.bytes());
    let size = u128::from(download.wanted.size.max(1));
    (sent * 100 / size).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_file_name_is_a_command() {
        assert_eq!(
            curl("it's $(x) \"y\".mov", "https://n.example/?link=v1"),
            r#"curl -fL -C - -o './it'\''s $(x) "y".mov' 'https://n.example/?link=v1'"#
        );
    }
}
