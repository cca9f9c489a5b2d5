//! One account call, from the bytes of its request to the answer: who may ask, what was asked, in which
//! language, and how a form is led on.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use super::calls::{Call, Field, Kind};
use super::cookies::{self, SetCookies};
use super::error::Problem;
use super::fields::{Fields, FieldsError};
use super::words::Words;
use super::{AppState, client, forms, language, origin};
use crate::domain::accounts::{Asker, BackChange, FlowCookie};
use crate::domain::catalogue::Catalogue;
use crate::domain::device;
use crate::domain::network::Network;
use crate::domain::random::TokenHash;
use crate::domain::refusal::Refusal;
use crate::domain::return_path::ReturnPath;
use crate::domain::store::WayBack;
use crate::metrics::Metrics;
use crate::net::Peer;

/// Bytes of a request's body at most.
const BODY: usize = 16 * 1024;
/// For all of a body to arrive.
const BODY_TIME: Duration = Duration::from_secs(20);

/// How the caller wants to be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Json,
    Form,
}

/// A call that was read and may be answered.
pub(super) struct Asked {
    pub(super) state: AppState,
    pub(super) catalogue: Arc<Catalogue>,
    pub(super) fields: Fields,
    pub(super) asker: Asker,
    pub(super) language: String,
    /// The page that the form stands on.
    page: &'static str,
    format: Format,
}

/// What a call did.
pub(super) struct Done {
    /// For JSON.
    pub(super) body: Option<Value>,
    /// For a form: a path of the site, with its fragment.
    pub(super) to: String,
    pub(super) cookies: SetCookies,
}

impl Done {
    pub(super) fn new(body: Option<Value>, to: String) -> Self {
        Self {
            body,
            to,
            cookies: SetCookies::default(),
        }
    }
}

impl Asked {
    /// The page that the form stands on, at this fragment.
    pub(super) fn here(&self, fragment: &str) -> String {
        forms::at(self.page, fragment, &self.language)
    }

    /// A page below `/{lang}/account/`.
    pub(super) fn page(&self, page: &str) -> String {
        account_page(&self.language, page)
    }

    /// Whether a form asks, to be led on.
    pub(super) fn is_form(&self) -> bool {
        self.format == Format::Form
    }

    /// Changes where this leads back to.
    pub(super) async fn change_back(
        &self,
        back: WayBack,
        cookies: &mut SetCookies,
    ) -> Result<(), Problem> {
        let mut asker = self.asker.clone();
        change_back(&self.state, &mut asker, BackChange::To(back), cookies).await
    }

    /// Where a way back leads.
    pub(super) fn path_of(&self, back: &WayBack) -> String {
        path_of(back, &self.language)
    }
}

pub(super) fn account_page(language: &str, page: &str) -> String {
    format!("/{language}/account/{page}")
}

/// The path of a way back, with the rendition marked; the home page if it leads nowhere.
pub(super) fn path_of(back: &WayBack, language: &str) -> String {
    let Some(path) = &back.path else {
        return format!("/{language}/");
    };
    match back
        .rendition
        .as_deref()
        .and_then(|name| name.split_once('/'))
    {
        Some((_, name)) => format!("{path}#rendition-{name}"),
        None => path.clone(),
    }
}

/// Who asks, by headers and connection.
pub(super) fn asker(state: &AppState, parts: &Parts) -> Asker {
    let peer = parts.extensions.get::<Peer>();
    let peer = peer.map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |peer| peer.0);
    let client = client::client(peer, &parts.headers, &state.trusted);
    let token = |name| cookies::get(&parts.headers, name).and_then(TokenHash::of_cookie);
    let agent = parts.headers.get(header::USER_AGENT);
    Asker {
        network: Network::of(client),
        device: token(cookies::DEVICE),
        session: token(cookies::SESSION),
        flow: cookies::get(&parts.headers, cookies::FLOW)
            .map(|value| state.accounts.flow_cookie(value))
            .unwrap_or_default(),
        browser: device::describe(
            agent
                .and_then(|agent| agent.to_str().ok())
                .unwrap_or_default(),
        ),
    }
}

/// Reads a call, runs it, answers it.
pub(super) async fn answer<F, R>(
    state: AppState,
    call: &'static Call,
    request: Request,
    run: F,
) -> Response
where
    F: FnOnce(Asked) -> R,
    R: Future<Output = Result<Done, Problem>>,
{
    let (parts, body) = request.into_parts();
    let Some(catalogue) = state.catalogue.current() else {
        return Problem::Unavailable.into_response();
    };
    let facts = catalogue.facts();
    let accepted = language::of(&parts.headers, facts);
    let words = Words::new(Arc::clone(&catalogue), accepted.to_owned());
    let format = match format(&parts.headers) {
        Ok(format) => format,
        Err(problem) => return problem.response(&words),
    };
    let base = state.base_url(&catalogue);
    if !origin::is_own(&parts.headers, &base, format == Format::Form) {
        return cross_site(format, &words);
    }
    let mut asker = asker(&state, &parts);
    let told = Told {
        metrics: state.metrics.clone(),
        call,
        format,
        page: forms::page_of(&state, call, &asker, &parts.headers).await,
    };
    let fields = match read_fields(call, format, body).await {
        Ok(fields) => fields,
        Err(problem) => return told.problem(&problem, accepted, &words, &SetCookies::default()),
    };
    let language = match choose_language(&state, &catalogue, &fields, &asker, accepted).await {
        Ok(language) => language,
        Err(problem) => return told.problem(&problem, accepted, &words, &SetCookies::default()),
    };
    let words = Words::new(Arc::clone(&catalogue), language.clone());

    let mut early = SetCookies::default();
    if call.fields.iter().any(|field| field.name == "return_to") {
        let change = back_change(&fields, &base);
        match change_back(&state, &mut asker, change, &mut early).await {
            Ok(()) => {}
            Err(problem) => return told.problem(&problem, &language, &words, &early),
        }
    }
    let asked = Asked {
        state,
        catalogue: Arc::clone(&catalogue),
        fields,
        asker,
        language: language.clone(),
        page: told.page,
        format,
    };
    match run(asked).await {
        Ok(done) => told.done(done, &early),
        Err(problem) => {
            if problem == Problem::Refused(Refusal::SignedOut) {
                early.end_session();
            }
            told.problem(&problem, &language, &words, &early)
        }
    }
}

async fn change_back(
    state: &AppState,
    asker: &mut Asker,
    change: BackChange,
    cookies: &mut SetCookies,
) -> Result<(), Problem> {
    let kept = change.clone();
    if let Some(cookie) = state.accounts.change_back(&asker.flow, change).await? {
        cookies.flow(&cookie);
        if let BackChange::To(back) = kept {
            asker.flow = FlowCookie::Back(back);
        }
    }
    Ok(())
}

/// How a call's outcome is told.
struct Told {
    metrics: Metrics,
    call: &'static Call,
    format: Format,
    /// The page that its form stands on.
    page: &'static str,
}

impl Told {
    fn done(&self, done: Done, early: &SetCookies) -> Response {
        let mut response = match self.format {
            Format::Form => see_other(&done.to),
            Format::Json => {
                let status = StatusCode::from_u16(self.call.done).unwrap_or(StatusCode::OK);
                match done.body {
                    Some(body) => (status, axum::Json(body)).into_response(),
                    None => status.into_response(),
                }
            }
        };
        early.write(response.headers_mut());
        done.cookies.write(response.headers_mut());
        response
    }

    fn problem(
        &self,
        problem: &Problem,
        language: &str,
        words: &Words,
        cookies: &SetCookies,
    ) -> Response {
        self.metrics.problem(problem.name());
        let mut response = match self.format {
            Format::Json => problem.response(words),
            Format::Form => see_other(&forms::problem(self.page, problem.name(), language)),
        };
        cookies.write(response.headers_mut());
        response
    }
}

fn see_other(to: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    if let Ok(value) = HeaderValue::try_from(to) {
        response.headers_mut().insert(header::LOCATION, value);
    }
    response
}

/// A redirect to a path of this site.
pub(super) fn lead_to(path: &str) -> Response {
    see_other(path)
}

/// The two exact content types; UTF-8 may be said, nothing else (RFC 9110 §8.3).
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

/// No redirect: it would tell another site's page whether there is a session.
fn cross_site(format: Format, words: &Words) -> Response {
    if format == Format::Json {
        return Problem::CrossSite.response(words);
    }
    let (title, detail) = words.of("cross-site");
    let text = format!("{title}. {detail}\n");
    let kind = [(header::CONTENT_TYPE, "text/plain; charset=utf-8")];
    (StatusCode::FORBIDDEN, kind, text).into_response()
}

async fn read_fields(call: &Call, format: Format, body: Body) -> Result<Fields, Problem> {
    let bytes = tokio::time::timeout(BODY_TIME, to_bytes(body, BODY))
        .await
        .map_err(|_| Problem::BadRequest)?
        .map_err(|error| match is_too_large(&error) {
            true => Problem::TooLarge,
            false => Problem::BadRequest,
        })?;
    let names: Vec<&str> = call.fields.iter().map(|field| field.name).collect();
    let fields = match format {
        Format::Json => Fields::from_json(&bytes, &names),
        Format::Form => Fields::from_form(&bytes, &names),
    };
    let fields = fields.map_err(Problem::from)?;
    call.fields
        .iter()
        .try_for_each(|field| check(field, &fields))?;
    Ok(fields)
}

fn check(field: &Field, fields: &Fields) -> Result<(), Problem> {
    let invalid = || Problem::FieldInvalid(field.name.to_owned());
    let present = match field.kind {
        Kind::Flag => fields.flag(field.name)?.is_some(),
        _ => fields.text(field.name)?.is_some(),
    };
    match present || !field.required {
        true => Ok(()),
        false => Err(invalid()),
    }
}

fn is_too_large(error: &axum::Error) -> bool {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if error.is::<http_body_util::LengthLimitError>() {
            return true;
        }
        cause = error.source();
    }
    false
}

async fn choose_language(
    state: &AppState,
    catalogue: &Catalogue,
    fields: &Fields,
    asker: &Asker,
    accepted: &str,
) -> Result<String, Problem> {
    let known = &catalogue.facts().languages;
    match fields.text("lang")?.filter(|lang| !lang.is_empty()) {
        Some(lang) if known.iter().any(|known| known == lang) => Ok(lang.to_owned()),
        Some(_) => Err(Problem::FieldInvalid("lang".to_owned())),
        None => {
            let kept = state.accounts.language(&asker.flow, asker.session).await?;
            let kept = kept.filter(|lang| known.contains(lang));
            Ok(kept.unwrap_or_else(|| accepted.to_owned()))
        }
    }
}

fn back_change(fields: &Fields, base: &str) -> BackChange {
    match fields.text("return_to").ok().flatten() {
        None | Some("") => BackChange::Keep,
        Some(path) => BackChange::To(WayBack {
            path: ReturnPath::parse(path, base).map(|path| path.as_str().to_owned()),
            rendition: None,
        }),
    }
}

impl From<FieldsError> for Problem {
    fn from(error: FieldsError) -> Self {
        match error {
            FieldsError::Malformed => Self::BadRequest,
            FieldsError::Unknown { field } => Self::UnknownField(field),
            FieldsError::Invalid { field } => Self::FieldInvalid(field),
        }
    }
}
