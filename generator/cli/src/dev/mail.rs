//! `/_dev/mail`: the mails that the sidecar would have sent, newest first.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Path, State as Shared},
    http::{StatusCode, header},
    response::{Html, IntoResponse, Response},
    routing::get,
};
use dateline_auth::{domain::mail::Mail, mail::MemoryMailer};

use dateline::markdown::text::escaped;

/// A mail may hold anything a theme wrote: no script, nothing from elsewhere.
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
    let mails = mailbox.mails();
    let mut page = HEAD.to_owned();
    if mails.is_empty() {
        page.push_str("<p>None yet: register an account, and its code is here.</p>\n");
    }
    for mail in mails.iter().rev() {
        page.push_str(&entry(mail));
    }
    Html(page)
}

fn entry(mail: &Mail) -> String {
    let html = match &mail.html {
        Some(_) => format!(
            "<iframe src=\"/_dev/mail/{}\" title=\"As HTML\" sandbox></iframe>\n",
            escaped(&mail.message_id)
        ),
        None => String::new(),
    };
    format!(
        "<article lang=\"{}\" dir=\"auto\">\n<h2>{}</h2>\n<p lang=\"en\" dir=\"ltr\">To {} at {}</p>\n<pre>{}</pre>\n{html}</article>\n",
        escaped(&mail.language),
        escaped(&mail.subject),
        escaped(&mail.to),
        escaped(&mail.date.to_string()),
        escaped(&mail.text),
    )
}

async fn html(Shared(mailbox): Shared<Arc<MemoryMailer>>, Path(id): Path<String>) -> Response {
    let mails = mailbox.mails();
    let found = mails.into_iter().find(|mail| mail.message_id == id);
    match found.and_then(|mail| mail.html) {
        Some(html) => ([(header::CONTENT_SECURITY_POLICY, POLICY)], Html(html)).into_response(),
        None => (StatusCode::NOT_FOUND, "This mail no longer exists.\n").into_response(),
    }
}
