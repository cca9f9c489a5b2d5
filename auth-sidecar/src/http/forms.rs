//! Where a form's answer leads: a page below `/{lang}/account/`, at the fragment that tells what happened.

use axum::http::{HeaderMap, header};

use super::AppState;
use super::asked::account_page;
use super::calls::Call;
use crate::domain::accounts::Asker;
use crate::domain::store::{FlowKind, Step};

/// The page that a call's form stands on. Two calls have forms on two pages: the flow says which, and
/// where there is none, the browser.
pub(super) async fn page_of(
    state: &AppState,
    call: &Call,
    asker: &Asker,
    headers: &HeaderMap,
) -> &'static str {
    let step = match call.path {
        "code" | "newsletter" => state.accounts.step(&asker.flow).await.unwrap_or_default(),
        _ => None,
    };
    match (call.path, step) {
        ("code", Some((FlowKind::Reset, _))) => "reset/verify/",
        ("code", None) if comes_from_reset(headers) => "reset/verify/",
        ("newsletter", Some((FlowKind::Register, Step::Done))) => "welcome/",
        _ => call.page,
    }
}

fn comes_from_reset(headers: &HeaderMap) -> bool {
    let referer = headers.get(header::REFERER);
    let referer = referer.and_then(|value| value.to_str().ok());
    referer.is_some_and(|referer| referer.contains("/account/reset/"))
}

/// Where a form on this page tells a problem.
pub(super) fn problem(page: &str, name: &str, language: &str) -> String {
    let page = match (name, page.starts_with("reset/")) {
        ("no-flow", true) => "reset/",
        ("no-flow", false) => "register/",
        ("code-used", true) => "reset/new-password/",
        ("code-used", false) | ("signed-out", _) => "login/",
        _ => page,
    };
    at(page, name, language)
}

/// A fragment of a page.
pub(super) fn at(page: &str, fragment: &str, language: &str) -> String {
    match page {
        // The page that the sidecar fills holds what the home holds.
        "" => format!("/api/account#{fragment}"),
        page => format!("{}#{fragment}", account_page(language, page)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::calls::{ANY, CALLS};
    use super::*;
    use crate::texts::{ACCOUNT_PAGES, PASSWORD_PROBLEMS};

    #[track_caller]
    fn is_held(location: &str) {
        let (path, fragment) = location.split_once('#').unwrap();
        let page = match path {
            "/api/account" => "",
            path => path.strip_prefix("/en/account/").unwrap(),
        };
        let found = ACCOUNT_PAGES.iter().find(|(known, _)| *known == page);
        let (_, fragments) = found.unwrap();
        assert!(fragments.contains(&fragment), "{location}");
    }

    #[test]
    fn every_problem_of_every_form_is_held_by_a_page() {
        // These are never told to a form, or not by leading it on.
        let elsewhere = [
            "cross-site",
            // Answered in place: there is no page for what has ended.
            "gone",
            "method-not-allowed",
            "not-found",
            "unsupported-type",
            // On the dossier's page.
            "terms-required",
        ];
        for call in CALLS {
            let pages: &[&str] = match call.path {
                "code" => &["verify/", "reset/verify/"],
                "newsletter" => &["", "welcome/"],
                _ => &[call.page],
            };
            let rules: &[&str] = if call.rules { &PASSWORD_PROBLEMS } else { &[] };
            for page in pages {
                for name in ANY.iter().chain(call.problems).chain(rules) {
                    if !elsewhere.contains(name) {
                        is_held(&problem(page, name, "en"));
                    }
                }
            }
        }
    }

    #[test]
    fn what_was_done_is_held_by_a_page() {
        for (page, fragment) in [
            ("verify/", "code-sent"),
            ("reset/verify/", "code-sent"),
            ("welcome/", "newsletter-on"),
            ("welcome/", "newsletter-off"),
            ("", "newsletter-on"),
            ("", "newsletter-off"),
            ("", "password-changed"),
        ] {
            is_held(&at(page, fragment, "en"));
        }
    }
}
