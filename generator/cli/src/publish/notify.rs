//! Notifies others of changed addresses: the CDN that caches their old content, search engines, and feed hubs.

use std::{
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
    thread,
    time::Duration,
};

use dateline::{
    base::{diag::Diagnostic, replace::replace},
    config::publish::{Publish, Purge},
    publish::{Address, Fault},
};
use dateline_bucket::variable;
use serde_json::json;
use ureq::{Agent, http::Request};

use crate::s3::{Answer, ask, client};

/// How many addresses one call sends; IndexNow accepts ten times as many, CDNs fewer.
const AT_ONCE: usize = 1000;
/// How often a call is tried.
const TRIES: u32 = 4;
/// The variable with the `Authorization` header for a CDN's hook.
const AUTHORIZATION: &str = "DATELINE_PURGE_AUTHORIZATION";

type Failed = Box<Diagnostic>;

/// Notifies the CDN, whose failure fails the command; then the others, whose failures are warnings.
///
/// # Errors
/// When the CDN could not be notified.
pub(super) fn notify(
    root: &Path,
    to: &Publish,
    changed: &[Address],
    diags: &mut Vec<Diagnostic>,
) -> Result<(), Failed> {
    if changed.is_empty() {
        return Ok(());
    }
    if let Some(purge) = &to.purge {
        self::purge(root, purge, changed)?;
    }
    if to.indexnow_key.is_none() && to.websub.is_empty() {
        return Ok(());
    }
    let agent = &hook_client()?;
    if let Some(key) = &to.indexnow_key
        && let Err(fault) = indexnow(agent, to, key, changed)
    {
        diags.push(not_notified("IndexNow", fault));
    }
    for hub in &to.websub {
        if let Err(fault) = websub(agent, hub, changed) {
            diags.push(not_notified(hub, fault));
        }
    }
    Ok(())
}

fn hook_client() -> Result<Agent, Failed> {
    client(1, None).map_err(|fault| Box::new(Diagnostic::error(fault.message).hint(fault.hint)))
}

fn not_notified(whom: &str, fault: Fault) -> Diagnostic {
    let message = format!(
        "{whom} could not be notified of changed addresses: {}",
        fault.message
    );
    Diagnostic::warning(message).hint("the site is published; these changes will not be sent again")
}

fn purge(root: &Path, purge: &Purge, changed: &[Address]) -> Result<(), Failed> {
    let lines: String = changed
        .iter()
        .map(|address| format!("{}\n", address.url))
        .collect();
    let done = match purge {
        Purge::File(name) => {
            let path = root.join(name);
            let write = |file: &mut std::fs::File| file.write_all(lines.as_bytes());
            replace(&path.with_extension("draft"), &path, write)
                .map_err(|e| format!("{} cannot be written: {e}", path.display()))
        }
        Purge::Command(words) => command(root, words, &lines),
        Purge::Hook(url) => {
            let agent = hook_client()?;
            changed.chunks(AT_ONCE).try_for_each(|some| {
                let urls: Vec<&str> = some.iter().map(|address| address.url.as_str()).collect();
                let body = json!({ "urls": urls }).to_string();
                let authorization = variable(AUTHORIZATION);
                let mut headers = vec![("content-type", "application/json")];
                headers.extend(
                    authorization
                        .as_deref()
                        .map(|value| ("authorization", value)),
                );
                post(&agent, url, &headers, body).map_err(|fault| fault.message)
            })
        }
    };
    done.map_err(|why| {
        let message = format!("the CDN could not be notified of changed addresses: {why}");
        let hint = "the files are uploaded, but not acknowledged: fix the cause, then run the command again to notify it";
        Box::new(Diagnostic::error(message).hint(hint))
    })
}

fn command(root: &Path, words: &[String], lines: &str) -> Result<(), String> {
    let Some((program, arguments)) = words.split_first() else {
        return Ok(());
    };
    let child = Command::new(program)
        .args(arguments)
        .current_dir(root)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn();
    let mut child = child.map_err(|e| format!("{program} cannot be started: {e}"))?;
    if let Some(mut input) = child.stdin.take() {
        // A program may ignore its input: its exit status decides.
        let _ = input.write_all(lines.as_bytes());
    }
    let status = child.wait().map_err(|e| format!("{program}: {e}"))?;
    match status.success() {
        true => Ok(()),
        false => Err(format!("{program} ended with {status}")),
    }
}

fn indexnow(agent: &Agent, to: &Publish, key: &str, changed: &[Address]) -> Result<(), Fault> {
    let pages: Vec<&Address> = changed
        .iter()
        .filter(|a| a.file.ends_with(".html"))
        .collect();
    for some in pages.chunks(AT_ONCE) {
        let urls: Vec<&str> = some.iter().map(|address| address.url.as_str()).collect();
        let origin = origin(urls[0]);
        let host = origin.split_once("://").map_or(origin, |(_, host)| host);
        let body = json!({
            "host": host,
            "key": key,
            "keyLocation": format!("{origin}/{key}.txt"),
            "urlList": urls,
        });
        let headers = [("content-type", "application/json; charset=utf-8")];
        post(agent, &to.indexnow_endpoint, &headers, body.to_string())?;
    }
    Ok(())
}

/// Scheme, host and port.
fn origin(url: &str) -> &str {
    let start = url.find("://").map_or(0, |at| at + 3);
    let end = url[start..].find('/').map_or(url.len(), |at| start + at);
    &url[..end]
}

fn websub(agent: &Agent, hub: &str, changed: &[Address]) -> Result<(), Fault> {
    let is_feed = |file: &str| matches!(file.rsplit('/').next(), Some("feed.xml" | "feed.json"));
    for feed in changed.iter().filter(|address| is_feed(&address.file)) {
        let mut body = String::from("hub.mode=publish&hub.url=");
        // Form encoding.
        for byte in feed.url.bytes() {
            match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' => {
                    body.push(char::from(byte));
                }
                byte => body.push_str(&format!("%{byte:02X}")),
            }
        }
        let headers = [("content-type", "application/x-www-form-urlencoded")];
        post(agent, hub, &headers, body)?;
    }
    Ok(())
}

/// Posts, with a few retries.
fn post(agent: &Agent, url: &str, headers: &[(&str, &str)], body: String) -> Result<(), Fault> {
    let mut tries = 0;
    loop {
        let mut request = Request::builder().method("POST").uri(url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(body.clone().into_bytes());
        let request = request.map_err(|e| Fault::permanent(format!("{url}: {e}"), ""))?;
        let fault = match ask(agent, request) {
            Ok(answer) if answer.is_good() => return Ok(()),
            Ok(answer) => refused(url, &answer),
            Err(fault) => fault,
        };
        tries += 1;
        match fault.retry_after {
            Some(asked) if tries < TRIES => {
                let own = Duration::from_millis(250 << tries);
                thread::sleep(own.max(asked.min(Duration::from_secs(30))));
            }
            _ => return Err(fault),
        }
    }
}

fn refused(url: &str, answer: &Answer) -> Fault {
    let message = format!("{} answers {}", origin(url), answer.status());
    match answer.retry_after() {
        Some(after) => Fault {
            retry_after: Some(after),
            ..Fault::temporary(message)
        },
        None => Fault::permanent(message, ""),
    }
}
