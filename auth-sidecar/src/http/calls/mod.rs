//! The calls: one file each or for a few that belong together, with what it takes, what it answers, what
//! it refuses, and its handler. A handler asks `domain`, and says where to go next. The description in
//! `/api/openapi.json` is made from these types.

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{AppState, health, media};

mod account;
mod code;
mod delete;
mod downloads;
mod links;
mod login;
mod newsletter;
mod password;
mod register;
mod reset;
mod session;
mod sessions;

/// What every call is written with.
pub(super) mod prelude {
    pub(in crate::http) use axum::http::StatusCode;
    pub(in crate::http) use serde::{Deserialize, Serialize};
    pub(in crate::http) use utoipa::ToSchema;

    pub(in crate::http) use super::super::AppState;
    pub(in crate::http) use super::super::answer::{
        Answer, Anybody, Done, Nothing, Owner, Refused, Shown,
    };
    pub(in crate::http) use super::super::call::{
        Body, Call, Visit, address, given_password, one_or_all,
    };
    pub(in crate::http) use super::super::cookies::SetCookies;
    pub(in crate::http) use super::super::error::Problem;
    pub(in crate::http) use super::{Next, Secret};
    pub(in crate::http) use crate::domain::refusal::Refusal;
    pub(in crate::http) use crate::texts::ProblemKind as Kind;
}

/// A text that is erased when it is dropped.
pub(in crate::http) type Secret = zeroize::Zeroizing<String>;

/// The step that follows.
#[derive(serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(in crate::http) enum Next {
    Verify,
    Welcome,
    ResetVerify,
    NewPassword,
    LogIn,
}

/// Every route of the interface, with its description. GET routes answer HEAD too.
pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(register::register))
        .routes(routes!(code::verify))
        .routes(routes!(code::resend))
        .routes(routes!(login::log_in))
        .routes(routes!(login::log_out))
        .routes(routes!(session::session))
        .routes(routes!(session::go_back))
        .routes(routes!(reset::reset))
        .routes(routes!(reset::reset_verify))
        .routes(routes!(reset::reset_password))
        .routes(routes!(newsletter::newsletter))
        .routes(routes!(account::account))
        .routes(routes!(password::change_password))
        .routes(routes!(delete::delete_account))
        .routes(routes!(sessions::sessions))
        .routes(routes!(sessions::revoke_sessions))
        .routes(routes!(links::links))
        .routes(routes!(links::revoke_links))
        .routes(routes!(downloads::downloads))
        .routes(routes!(media::rendition))
        .routes(routes!(media::make_link::make_link))
        .routes(routes!(health::alive))
        .routes(routes!(health::ready))
}

#[cfg(test)]
mod tests {
    use super::super::answer::MayRefuse;
    use super::super::telling::{at, location};
    use super::prelude::*;
    use crate::http::media;
    use crate::texts::fragments;

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
    fn every_problem_of_every_form_is_held_by_a_page() {
        are_held::<super::register::Register>(&["register/"]);
        are_held::<super::code::Verify>(&["verify/"]);
        are_held::<super::code::Resend>(&["verify/", "reset/verify/"]);
        are_held::<super::login::Login>(&["login/"]);
        are_held::<super::login::Logout>(&["login/"]);
        are_held::<super::reset::Reset>(&["reset/"]);
        are_held::<super::reset::ResetVerify>(&["reset/verify/"]);
        are_held::<super::reset::ResetPassword>(&["reset/new-password/"]);
        are_held::<super::newsletter::Newsletter>(&["", "welcome/"]);
        are_held::<super::password::ChangePassword>(&["password/"]);
        are_held::<super::delete::DeleteAccount>(&["delete/"]);
        are_held::<super::sessions::RevokeSessions>(&[""]);
        are_held::<super::links::RevokeLinks>(&[""]);
        are_held::<media::make_link::MakeLink>(&[""]);
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
