//! What all calls share: the requester, the body, and the format and language of the answer.

use std::error::Error;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use axum::body::to_bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use http_body_util::LengthLimitError;
use percent_encoding::utf8_percent_encode;
use serde::de::DeserializeOwned;

use super::answer::MayRefuse;
use super::body::{BodyError, Fields, Format};
use super::cookies::{self, SetCookies};
use super::error::Problem;
use super::media::make_link::IN_ADDRESS;
use super::reply::{self, Caller, ReplyContext, ReplyFormat};
use super::{AppState, client, language, origin};
use crate::domain::accounts::{BackChange, FlowCookie, Requester};
use crate::domain::address::Address;
use crate::domain::catalogue::Catalogue;
use crate::domain::device;
use crate::domain::network::Network;
use crate::domain::password::Password;
use crate::domain::random::TokenHash;
use crate::domain::refusal::Refusal;
use crate::domain::return_path::ReturnPath;
use crate::domain::store::{SignedIn, WayBack};
use crate::net::Peer;
use dateline_contract::texts::ProblemKind;

/// The field that every call accepts: one of the site's languages.
pub(super) const LANG: &str = "lang";
/// Maximum size of a request's body in bytes.
const BODY: usize = 16 * 1024;
/// Time limit for the whole body to arrive.
const BODY_TIME: Duration = Duration::from_secs(20);

/// The fields of a call besides [`LANG`], and its problems.
pub(super) trait Body: DeserializeOwned + Send + 'static {
    /// The page below `/{lang}/account/` that contains its form.
    const PAGE: &'static str;
    /// Its problems besides [`ANY`].
    const PROBLEMS: &'static [&'static [ProblemKind]];

    /// The requested return path.
    fn return_to(&self) -> Option<&str> {
        None
    }

    /// The page that contains the form, for a form on several pages.
    fn page(
        _state: &AppState,
        _asker: &Requester,
        _headers: &HeaderMap,
    ) -> impl Future<Output = &'static str> + Send {
        async { Self::PAGE }
    }
}

/// The problems of any call with a body.
const ANY: [ProblemKind; 9] = [
    ProblemKind::BadRequest,
    ProblemKind::Busy,
    ProblemKind::CrossSite,
    ProblemKind::FieldInvalid,
    ProblemKind::MethodNotAllowed,
    ProblemKind::TooLarge,
    ProblemKind::Unavailable,
    ProblemKind::UnknownField,
    ProblemKind::UnsupportedType,
];

impl<T: Body> MayRefuse for T {
    fn problems() -> Vec<ProblemKind> {
        let mut all = [&ANY[..], &T::PROBLEMS.concat()].concat();
        all.sort_unstable();
        all
    }
}

/// A POST call with its parsed request.
pub(super) struct Call<T> {
    pub(super) state: AppState,
    pub(super) catalogue: Arc<Catalogue>,
    pub(super) requester: Requester,
    pub(super) language: String,
    pub(super) body: T,
    format: Format,
    page: &'static str,
    reply: ReplyContext,
}

impl<T: Body> FromRequest<AppState> for Call<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let catalogue = state.catalogue.current().ok_or(Problem::Unavailable)?;
        let base = state.base_url(&catalogue);
        let format = format(&parts.headers)?;
        let is_own = origin::is_own(&parts.headers, &base, format == Format::Form);
        let requester = requester(state, &parts);
        let reply = ReplyContext::of(&parts);
        let page = match is_own {
            true => T::page(state, &requester, &parts.headers).await,
            false => T::PAGE,
        };
        let accepted = language::of(&parts.headers, catalogue.facts());
        reply.set_caller(Caller {
            format: match format {
                Format::Json => ReplyFormat::Json,
                Format::Form if is_own => ReplyFormat::Form,
                Format::Form => ReplyFormat::Text,
            },
            page: Some(page),
            language: accepted.to_owned(),
            session: requester.session,
            cookies: SetCookies::default(),
        });
        if !is_own {
            return Err(Problem::CrossSite);
        }
        let mut fields = read(body, format).await?;
        let lang = fields.take(LANG)?;
        let body: T = fields.all()?;
        let language =
            choose_language(state, &catalogue, lang.as_deref(), &requester, accepted).await?;
        reply.change(|caller| caller.language.clone_from(&language));
        let mut call = Self {
            state: state.clone(),
            catalogue,
            requester,
            language,
            body,
            format,
            page,
            reply,
        };
        if let Some(path) = call.body.return_to().filter(|path| !path.is_empty()) {
            call.change_back(call.way_back(path)).await?;
        }
        Ok(call)
    }
}

impl<T> Call<T> {
    /// The page of the form, at this fragment.
    pub(super) fn here(&self, fragment: &str) -> String {
        reply::at(self.page, fragment, &self.language)
    }

    /// A page below `/{lang}/account/`.
    pub(super) fn page(&self, page: &str) -> String {
        reply::account_page(&self.language, page)
    }

    /// Whether a form was sent, which expects a redirect.
    pub(super) fn is_form(&self) -> bool {
        self.format == Format::Form
    }

    pub(super) async fn signed_in(&self) -> Result<SignedIn, Problem> {
        let session = self.requester.session.ok_or(Refusal::SignedOut)?;
        let signed_in = self.state.accounts.session(session).await?;
        Ok(signed_in.ok_or(Refusal::SignedOut)?)
    }

    /// Parses a new password; `email` is what it must not resemble.
    pub(super) async fn new_password(&self, text: &str, email: &str) -> Result<Password, Problem> {
        let accounts = &self.state.accounts;
        accounts.may_choose_password(&self.requester).await?;
        let facts = self.catalogue.facts();
        let site = facts.name.values().map(String::as_str);
        let context: Vec<&str> = site.chain([email]).collect();
        match Password::parse_new(text, facts.password_policy, &context) {
            Ok(password) => Ok(password),
            Err(rules) => {
                accounts.count_refused_password(&self.requester).await?;
                Err(Refusal::Password(rules).into())
            }
        }
    }

    /// The return path of a given path; the home page if it is not of this site.
    pub(super) fn way_back(&self, path: &str) -> WayBack {
        let base = self.state.base_url(&self.catalogue);
        WayBack {
            path: ReturnPath::parse(path, &base).map(|path| path.as_str().to_owned()),
            rendition: None,
        }
    }

    /// Changes the return path.
    pub(super) async fn change_back(&mut self, back: WayBack) -> Result<(), Problem> {
        let change = BackChange::To(back.clone());
        let accounts = &self.state.accounts;
        if let Some(cookie) = accounts.change_back(&self.requester.flow, change).await? {
            self.reply.change(|caller| caller.cookies.flow(&cookie));
            self.requester.flow = FlowCookie::Back(back);
        }
        Ok(())
    }

    /// The path that a return path leads to.
    pub(super) fn path_of(&self, back: &WayBack) -> String {
        path_of(back, &self.language)
    }
}

/// A GET call.
pub(super) struct Visit {
    pub(super) state: AppState,
    pub(super) catalogue: Arc<Catalogue>,
    pub(super) requester: Requester,
    /// From the request's headers.
    pub(super) language: String,
}

impl FromRequestParts<AppState> for Visit {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let catalogue = state.catalogue.current().ok_or(Problem::Unavailable)?;
        let language = language::of(&parts.headers, catalogue.facts()).to_owned();
        let requester = requester(state, parts);
        ReplyContext::of(parts).set_caller(Caller {
            format: ReplyFormat::Json,
            page: None,
            language: language.clone(),
            session: requester.session,
            cookies: SetCookies::default(),
        });
        Ok(Self {
            state: state.clone(),
            catalogue,
            requester,
            language,
        })
    }
}

impl ReplyContext {
    fn of(parts: &Parts) -> Self {
        parts.extensions.get::<Self>().cloned().unwrap_or_default()
    }
}

/// The requester, from headers and connection.
pub(super) fn requester(state: &AppState, parts: &Parts) -> Requester {
    let peer = parts.extensions.get::<Peer>();
    let peer = peer.map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |peer| peer.0);
    let client = client::client(peer, &parts.headers, &state.trusted);
    let token = |name| cookies::get(&parts.headers, name, TokenHash::of_cookie);
    let flow = |value: &str| match state.accounts.flow_cookie(value) {
        FlowCookie::None => None,
        flow => Some(flow),
    };
    let agent = parts.headers.get(header::USER_AGENT);
    Requester {
        network: Network::of(client),
        device: token(cookies::DEVICE),
        session: token(cookies::SESSION),
        flow: cookies::get(&parts.headers, cookies::FLOW, flow).unwrap_or_default(),
        browser: device::describe(
            agent
                .and_then(|agent| agent.to_str().ok())
                .unwrap_or_default(),
        ),
    }
}

/// Accepts exactly two content types, optionally with UTF-8 (RFC 9110 §8.3).
fn format(headers: &HeaderMap) -> Result<Format, Problem> {
    let mut values = headers.get_all(header::CONTENT_TYPE).into_iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return Err(Problem::UnsupportedType);
    };
    let value = value.to_str().unwrap_or_default().to_ascii_lowercase();
    let (essence, parameter) = value.split_once(';').unwrap_or((&value, "charset=utf-8"));
    let parameter = parameter.trim().replace('"', "");
    match (essence.trim(), parameter.as_str()) {
        ("application/json", "charset=utf-8") => Ok(Format::Json),
        ("application/x-www-form-urlencoded", "charset=utf-8") => Ok(Format::Form),
        _ => Err(Problem::UnsupportedType),
    }
}

async fn read(body: axum::body::Body, format: Format) -> Result<Fields, Problem> {
    let bytes = tokio::time::timeout(BODY_TIME, to_bytes(body, BODY))
        .await
        .map_err(|_| Problem::BadRequest)?
        .map_err(|error| match error.source() {
            Some(cause) if cause.is::<LengthLimitError>() => Problem::TooLarge,
            _ => Problem::BadRequest,
        })?;
    Ok(Fields::read(&bytes, format)?)
}

impl From<BodyError> for Problem {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::Malformed => Self::BadRequest,
            BodyError::Unknown(field) => Self::UnknownField(field),
            BodyError::Invalid(field) => Self::FieldInvalid(field),
        }
    }
}

/// The language of the field, the flow, the account, or the browser.
async fn choose_language(
    state: &AppState,
    catalogue: &Catalogue,
    field: Option<&str>,
    requester: &Requester,
    accepted: &str,
) -> Result<String, Problem> {
    let known = &catalogue.facts().languages;
    match field.filter(|lang| !lang.is_empty()) {
        Some(lang) if known.iter().any(|known| known == lang) => Ok(lang.to_owned()),
        Some(_) => Err(Problem::FieldInvalid(LANG.to_owned())),
        None => {
            let kept = state
                .accounts
                .language(&requester.flow, requester.session)
                .await?;
            let kept = kept.filter(|lang| known.contains(lang));
            Ok(kept.unwrap_or_else(|| accepted.to_owned()))
        }
    }
}

/// The path with the rendition highlighted; the home page if there is none.
pub(super) fn path_of(back: &WayBack, language: &str) -> String {
    let Some(path) = &back.path else {
        return format!("/{language}/");
    };
    match back
        .rendition
        .as_deref()
        .and_then(|name| name.split_once('/'))
    {
        Some((_, name)) => {
            let name = utf8_percent_encode(name, IN_ADDRESS);
            format!("{path}#rendition-{name}")
        }
        None => path.clone(),
    }
}

pub(super) fn address(email: &str) -> Result<Address, Problem> {
    Address::parse(email).map_err(|_| Refusal::EmailInvalid.into())
}

/// Parses a password for checking. One that is too long for any account is wrong at once.
pub(super) fn given_password(text: &str) -> Result<Password, Problem> {
    Password::parse_given(text).ok_or(Refusal::CredentialsWrong.into())
}
