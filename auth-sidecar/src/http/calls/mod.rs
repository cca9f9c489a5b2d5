//! The calls: one file each or for a few that belong together, with request, answer, problems and handler. A handler
//! calls `domain` and decides where to go next. `/api/openapi.json` is generated from these types.

use axum::Router;
use axum::routing::{get, post};

use super::{AppState, health, media};

mod account;
mod address;
mod code;
mod delete;
mod downloads;
mod links;
mod login;
mod newsletter;
mod password;
mod register;
mod reset;
pub(super) mod revoke;
mod session;
mod sessions;

/// What every call imports.
pub(super) mod prelude {
    pub(in crate::http) use axum::http::StatusCode;
    pub(in crate::http) use serde::{Deserialize, Serialize};
    pub(in crate::http) use utoipa::ToSchema;

    pub(in crate::http) use super::super::AppState;
    pub(in crate::http) use super::super::answer::{
        Answer, Anybody, Done, NoContent, Owner, Refused, Shown,
    };
    pub(in crate::http) use super::super::call::{Body, Call, Visit, address, given_password};
    pub(in crate::http) use super::super::cookies::SetCookies;
    pub(in crate::http) use super::super::error::Problem;
    pub(in crate::http) use super::{Next, Secret};
    pub(in crate::http) use crate::domain::refusal::Refusal;
    pub(in crate::http) use dateline_contract::texts::ProblemKind as Kind;
}

/// A text that is erased on drop.
pub(in crate::http) type Secret = zeroize::Zeroizing<String>;

/// The next step.
#[derive(serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(in crate::http) enum Next {
    Verify,
    AddressVerify,
    Welcome,
    ResetVerify,
    NewPassword,
    LogIn,
}

/// Lists each call once. Its route is made at start; its description, from the same handlers and types, only on
/// request.
macro_rules! calls {
    ($($method:ident $address:literal $module:ident$(::$handler:ident)+;)*) => {
        /// Every route of the API. GET routes also answer HEAD.
        pub(super) fn routes() -> Router<AppState> {
            Router::new()$(.route($address, $method($module$(::$handler)+)))*
        }

        #[derive(utoipa::OpenApi)]
        #[openapi(paths($($module$(::$handler)+),*))]
        pub(super) struct Described;

        #[cfg(test)]
        const LISTED: &[(&str, &str, &str)] =
            &[$(($address, stringify!($method), stringify!($module$(::$handler)+))),*];
    };
}

calls! {
    post "/api/register" register::register;
    post "/api/verify" code::verify;
    post "/api/code" code::resend;
    post "/api/login" login::log_in;
    post "/api/logout" login::log_out;
    get "/api/session" session::session;
    get "/api/return" session::go_back;
    post "/api/reset" reset::reset;
    post "/api/reset/verify" reset::reset_verify;
    post "/api/reset/password" reset::reset_password;
    post "/api/newsletter" newsletter::newsletter;
    get "/api/account" account::account;
    post "/api/account/password" password::change_password;
    post "/api/account/address" address::change_address;
    post "/api/account/address/verify" address::verify_address;
    post "/api/account/address/undo" address::undo_address;
    post "/api/account/delete" delete::delete_account;
    get "/api/account/sessions" sessions::sessions;
    post "/api/account/sessions/revoke" sessions::revoke_sessions;
    get "/api/account/links" links::links;
    post "/api/account/links/revoke" links::revoke_links;
    get "/api/account/downloads" downloads::downloads;
    get "/api/media/{id}/{rendition}" media::rendition;
    post "/api/media/{id}/{rendition}/link" media::make_link::make_link;
    get "/healthz" health::alive;
    get "/readyz" health::ready;
}

#[cfg(test)]
mod tests {
    use utoipa::OpenApi;

    use super::super::answer::MayRefuse;
    use super::super::reply::{at, location};
    use super::prelude::*;
    use crate::http::media;
    use dateline_contract::texts::fragments;

    #[test]
    fn every_call_is_described_at_its_address() {
        let described = serde_json::json!(super::Described::openapi());
        let mut found = Vec::new();
        for (address, calls) in described["paths"].as_object().unwrap() {
            let calls = calls.as_object().unwrap().iter();
            found.extend(
                calls
                    .filter(|(method, _)| *method != "head")
                    .map(|(method, call)| {
                        (
                            address.as_str(),
                            method.as_str(),
                            call["operationId"].as_str().unwrap(),
                        )
                    }),
            );
        }
        let mut listed: Vec<_> = super::LISTED
            .iter()
            .map(|(address, method, path)| {
                (*address, *method, path.rsplit([':', ' ']).next().unwrap())
            })
            .collect();
        listed.sort_unstable();
        found.sort_unstable();
        assert_eq!(found, listed);
    }

    #[track_caller]
    fn is_held(location: &str) {
        let (path, fragment) = location.split_once('#').unwrap();
        let page = match path {
            "/api/account" => "",
            path => path.strip_prefix("/en/account/").unwrap(),
        };
        assert!(fragments(page).contains(&fragment), "{location}");
    }

    fn are_held<T: Body>(pages: &[&'static str]) {
        for page in pages {
            for kind in T::problems() {
                if let Some(location) = location(kind, Some(page), "en") {
                    is_held(&location);
                }
            }
        }
    }

    #[test]
    fn every_problem_of_every_form_has_a_fragment_on_its_page() {
        are_held::<super::register::Register>(&["register/"]);
        are_held::<super::code::Verify>(&["verify/"]);
        are_held::<super::code::Resend>(&["verify/", "reset/verify/", "address/verify/"]);
        are_held::<super::login::Login>(&["login/"]);
        are_held::<super::login::Logout>(&["login/"]);
        are_held::<super::reset::Reset>(&["reset/"]);
        are_held::<super::reset::ResetVerify>(&["reset/verify/"]);
        are_held::<super::reset::ResetPassword>(&["reset/new-password/"]);
        are_held::<super::newsletter::Newsletter>(&["", "welcome/"]);
        are_held::<super::password::ChangePassword>(&["password/"]);
        are_held::<super::address::ChangeAddress>(&["address/"]);
        are_held::<super::address::VerifyAddress>(&["address/verify/"]);
        are_held::<super::address::UndoAddress>(&["address/undo/"]);
        are_held::<super::delete::DeleteAccount>(&["delete/"]);
        are_held::<super::revoke::Revoke>(&[""]);
        are_held::<media::make_link::MakeLink>(&[""]);
    }

    #[test]
    fn every_outcome_has_a_fragment_on_its_page() {
        for (page, fragment) in [
            ("verify/", "code-sent"),
            ("reset/verify/", "code-sent"),
            ("address/verify/", "code-sent"),
            ("", "address-changed"),
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
