//! `/_dev/mail`: the mails that the sidecar would have sent, newest first.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Path, State as Shared},
    http::{StatusCode, header},
    response::{Html, IntoResponse, Response},
    routing::get,
};
use dateline_auth::{domain::letter::Letter, mail::MemoryMailer};

use crate::markdown::text::escaped;

/// A mail may hold whatever a theme wrote: no script, nothing from elsewhere.
const POLICY: &str =
    "sandbox allow-popups; default-src 'none'; style-src 'unsafe-inline'; img-src data:";

const HEAD: &str = "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
    <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>Mails</title>\n\
    <link rel=\"stylesheet\" href=\"/_dev/client.css\">\n<body class=\"dev-mail\">\n<h1>Mails</h1>\n";

pub(super) fn router(mailbox: Arc<MemoryMailer>) -> Router {
    Router::new()
        .route("/_dev/mail", get(list))
        .route("/_dev/mail/{id}", get(html))
        .with_state(mailbox)
}

async fn list(Shared(mailbox): Shared<Arc<MemoryMailer>>) -> Html<String> {
    let letters = mailbox.letters();
    let mut page = HEAD.to_owned();
    if letters.is_empty() {
        page.push_str("<p>None yet: register an account, and its code is here.</p>\n");
    }
    for letter in letters.iter().rev() {
        page.push_str(&entry(letter));
    }
    Html(page)
}

fn entry(letter: &Letter) -> String {
    let html = match &letter.html {
        Some(_) => format!(
            "<iframe src=\"/_dev/mail/{}\" title=\"As HTML\" sandbox></iframe>\n",
            escaped(&letter.message_id)
        ),
        None => String::new(),
    };
    format!(
        "<article lang=\"{}\" dir=\"auto\">\n<h2>{}</h2>\n<p lang=\"en\" dir=\"ltr\">To {} at {}</p>\n<pre>{}</pre>\n{html}</article>\n",
        escaped(&letter.language),
        escaped(&letter.subject),
        escaped(&letter.to),
        escaped(&letter.date.to_string()),
        escaped(&letter.text),
    )
}

async fn html(Shared(mailbox): Shared<Arc<MemoryMailer>>, Path(id): Path<String>) -> Response {
    let letters = mailbox.letters();
    let found = letters.into_iter().find(|letter| letter.message_id == id);
    match found.and_then(|letter| letter.html) {
        Some(html) => ([(header::CONTENT_SECURITY_POLICY, POLICY)], Html(html)).into_response(),
        None => (StatusCode::NOT_FOUND, "There is no such mail any more.\n").into_response(),
    }
}
