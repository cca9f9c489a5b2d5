//! Access to gated files: a session, or a link to the file, and the accepted terms.

use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};

use super::super::call::requester;
use super::super::cookies::{self, SetCookies};
use super::super::error::Problem;
use super::super::reply::{account_page, see_other};
use super::super::{AppState, language, origin};
use super::{Item, document};
use crate::domain::accounts::{BackChange, Grant, Requester};
use crate::domain::refusal::{Refusal, Stop};
use crate::domain::store::WayBack;

/// The decision on a request.
pub(super) enum Access {
    /// The file is public.
    Public,
    /// This account may download it.
    Granted(Grant),
    /// The browser is redirected to a page first.
    Redirected(Response),
}

/// The query of a rendition's URL. Other names are ignored.
#[derive(Default)]
struct Query {
    link: Option<String>,
    terms: Option<String>,
}

impl Query {
    /// Two values of one name are ambiguous: neither counts.
    fn parse(query: Option<&str>) -> Self {
        let pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
        let mut own = Self::default();
        for (name, value) in pairs {
            let known = match &*name {
                "link" => &mut own.link,
                "terms" => &mut own.terms,
                _ => continue,
            };
            *known = Some(match known {
                Some(_) => String::new(),
                None => value.into_owned(),
            });
        }
        own
    }
}

pub(super) async fn check(state: &AppState, item: &Item, parts: &Parts) -> Result<Access, Problem> {
    if !item.rendition.gated {
        return Ok(Access::Public);
    }
    let query = Query::parse(parts.uri.query());
    if let Some(shown) = query.link {
        return by_link(state, item, &shown).await.map(Access::Granted);
    }
    let requester = requester(state, parts);
    let signed_in = match requester.session {
        Some(session) => state.accounts.session(session).await?,
        None => None,
    };
    let Some(signed_in) = signed_in else {
        return signed_out(state, item, parts, &requester).await;
    };
    // Otherwise another site's page could start a download, and accept the terms, in the reader's name.
    if !origin::is_wanted(&parts.headers, &state.base_url(&item.catalogue)) {
        return Ok(Access::Redirected(see_other(&page(
            item,
            &signed_in.language,
        ))));
    }
    match accepted(item, query.terms.as_deref(), &signed_in.language) {
        Ok(terms) => Ok(Access::Granted(Grant {
            account: signed_in.session.account,
            terms,
            by_link: false,
        })),
        Err(Problem::TermsRequired { page, .. }) if document::is_navigation(parts) => {
            Ok(Access::Redirected(see_other(&format!("{page}#terms"))))
        }
        Err(problem) => Err(problem),
    }
}

/// The accepted version of the terms: the current one, if it or none is named.
pub(super) fn accepted(
    item: &Item,
    named: Option<&str>,
    language: &str,
) -> Result<String, Problem> {
    let current = &item.dossier.terms;
    match named {
        Some(named) if named != current => Err(Problem::TermsRequired {
            version: current.clone(),
            page: page(item, language),
        }),
        _ => Ok(current.clone()),
    }
}

async fn by_link(state: &AppState, item: &Item, shown: &str) -> Result<Grant, Problem> {
    let content = &item.rendition.sha256;
    let accounts = &state.accounts;
    let holder = accounts.link_holder(shown, &item.id, &item.name, content);
    match holder.await {
        Err(Stop::Refused(Refusal::LinkGone)) => {
            let default = &item.catalogue.facts().default_language;
            let base = state.base_url(&item.catalogue);
            let page = format!("{base}{}", page(item, default));
            Err(Problem::LinkGone { page })
        }
        holder => Ok(holder?),
    }
}

/// A browser that navigates to the file logs in first and returns to the rendition. Programs and scripts get a
/// problem.
async fn signed_out(
    state: &AppState,
    item: &Item,
    parts: &Parts,
    requester: &Requester,
) -> Result<Access, Problem> {
    let problem = Problem::Refused(Refusal::SignedOut);
    let mut cookies = SetCookies::default();
    if cookies::is_there(&parts.headers, cookies::SESSION) && state.may_end(requester.session).await
    {
        cookies.end_session();
    }
    let mut response = if document::is_navigation(parts) {
        let facts = item.catalogue.facts();
        let kept = state.accounts.language(&requester.flow, None).await?;
        let kept = kept.filter(|kept| facts.languages.contains(kept));
        let accepted = language::of(&parts.headers, facts);
        let language = kept.as_deref().unwrap_or(accepted);
        let change = BackChange::To(way_back(item, language));
        if let Some(cookie) = state.accounts.change_back(&requester.flow, change).await? {
            cookies.flow(&cookie);
        }
        see_other(&account_page(language, "login/"))
    } else {
        problem.into_response()
    };
    cookies.write(response.headers_mut());
    Ok(Access::Redirected(response))
}

/// The dossier's page in this language, else in another that is released, else the home page.
pub(super) fn page(item: &Item, language: &str) -> String {
    let page = item.dossier.page(language, item.now);
    page.map_or_else(|| format!("/{language}/"), str::to_owned)
}

/// The dossier's page, with the rendition highlighted.
pub(super) fn way_back(item: &Item, language: &str) -> WayBack {
    WayBack {
        path: Some(page(item, language)),
        rendition: Some(format!("{}/{}", item.id, item.name)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_doubled_name_is_a_value_that_nothing_has() {
        let query = |text| {
            let Query { link, terms } = Query::parse(Some(text));
            (link, terms)
        };
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(query("link=a%2Eb&x=1"), (some("a.b"), None));
        assert_eq!(query("terms=1&link=2"), (some("2"), some("1")));
        assert_eq!(query("link=a&link=a&terms=&terms=1"), (some(""), some("")));
        assert_eq!(query("Link=a&terms"), (None, some("")));
    }
}
