//! The account calls: thin handlers that read fields, ask `domain`, and say where to go next.

use axum::response::Response;
use serde_json::{Value, json};

use super::asked::{Asked, Done};
use super::cookies::SetCookies;
use super::error::Problem;
use crate::domain::accounts::CodeSent;
use crate::domain::address::Address;
use crate::domain::password::Password;
use crate::domain::refusal::Refusal;

pub(super) mod code;
pub(super) mod links;
pub(super) mod own;
pub(super) mod page;
pub(super) mod password;
pub(super) mod session;
pub(super) mod sessions;

impl Asked {
    fn text(&self, name: &str) -> Result<&str, Problem> {
        Ok(self.fields.text(name)?.unwrap_or_default())
    }

    fn address(&self) -> Result<Address, Problem> {
        Address::parse(self.text("email")?).map_err(|_| Refusal::EmailInvalid.into())
    }

    /// Which of several things is to be ended: the one of this `id`, or with `all` every one.
    fn one_or_all(&self) -> Result<Option<String>, Problem> {
        let all = self.fields.flag("all")?.unwrap_or_default();
        match (self.text("id")?, all) {
            ("", true) => Ok(None),
            ("", false) => Err(Problem::FieldInvalid("id".to_owned())),
            (_, true) => Err(Problem::FieldInvalid("all".to_owned())),
            (id, false) => Ok(Some(id.to_owned())),
        }
    }

    /// A password that somebody chooses; `email` is what it must not resemble.
    fn new_password(&self, email: &str) -> Result<Password, Problem> {
        let facts = self.catalogue.facts();
        let site = facts.name.values().map(String::as_str);
        let context: Vec<&str> = site.chain([email]).collect();
        Password::parse_new(self.text("password")?, facts.password_policy, &context)
            .map_err(|rules| Refusal::Password(rules).into())
    }

    /// A password that somebody says is theirs. One that is too long for any account is wrong at once.
    fn given_password(&self, name: &str) -> Result<Password, Problem> {
        Password::parse_given(self.text(name)?).ok_or(Refusal::CredentialsWrong.into())
    }
}

/// The answer to a refused call by GET. Whoever shows a dead session is rid of its cookies.
fn refused(problem: &Problem, mut response: Response) -> Response {
    if *problem == Problem::Refused(Refusal::SignedOut) {
        let mut cookies = SetCookies::default();
        cookies.end_session();
        cookies.write(response.headers_mut());
    }
    response
}

/// A code is on its way.
fn code_sent(sent: &CodeSent, next: Option<&str>, to: String) -> Done {
    let mut body = json!({
        "code_expires_at": sent.expires_at.rfc3339(),
        "resend_at": sent.resend_at.rfc3339(),
    });
    if let Some(next) = next {
        body["next"] = Value::from(next);
    }
    let mut done = Done::new(Some(body), to);
    if let Some(cookie) = &sent.cookie {
        done.cookies.flow(cookie);
    }
    done
}
