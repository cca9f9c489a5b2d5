//! Notifies each open page: that its content changed, and which errors there are.

use std::{collections::VecDeque, convert::Infallible, sync::Arc, time::Duration};

use axum::{
    extract::{Query, State as Shared},
    http::HeaderMap,
    response::sse::{Event, KeepAlive, Sse},
};
use futures_util::{Stream, stream};
use serde::Deserialize;
use tokio::sync::watch;

use super::{
    serve::{Served, served},
    state::State,
    styles,
};
use dateline::base::hash::Digest;

/// A page in a browser.
#[derive(Deserialize)]
pub(super) struct Open {
    /// Its path, as the browser has it.
    path: String,
    /// What it shows; see [`Served::version`].
    page: String,
}

/// An open page, as its own stream of events sees it.
struct Tab {
    state: Arc<State>,
    changes: watch::Receiver<u64>,
    path: String,
    version: String,
    /// What it shows, once that is known, and what stands for the files beside it.
    shown: Option<(Arc<[u8]>, Option<Digest>)>,
    /// The errors it was sent.
    findings: Option<String>,
    waiting: VecDeque<Event>,
    first: bool,
}

/// Events `findings`, `css` and `reload` for one open page, beginning with what is wrong now. A browser
/// that comes back says by `Last-Event-ID` (HTML, "Server-sent events") what it shows.
pub(super) async fn events(
    Shared(state): Shared<Arc<State>>,
    Query(open): Query<Open>,
    headers: HeaderMap,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok());
    let tab = Tab {
        changes: state.changes(),
        state,
        path: open.path,
        version: last.map_or(open.page, str::to_owned),
        shown: None,
        findings: None,
        waiting: VecDeque::new(),
        first: true,
    };
    let stream = stream::unfold(tab, |mut tab| async move {
        let event = tab.next().await?;
        Some((Ok(event), tab))
    });
    Sse::new(stream).keep_alive(KeepAlive::new().interval(Duration::from_secs(15)))
}

impl Tab {
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.waiting.pop_front() {
                return Some(event);
            }
            if !std::mem::take(&mut self.first) {
                self.changes.changed().await.ok()?;
            }
            self.changes.borrow_and_update();
            let (state, path) = (self.state.clone(), self.path.clone());
            let look = move || (served(&state, &path, None), state.findings());
            let (served, findings) = tokio::task::spawn_blocking(look).await.ok()?;
            self.tell(&served, findings);
        }
    }

    fn tell(&mut self, served: &Served, findings: String) {
        if self.findings.as_ref() != Some(&findings) {
            self.waiting.push_back(self.event("findings", &findings));
            self.findings = Some(findings);
        }
        let version = served.version();
        if version == self.version {
            self.shown = shown(served);
            return;
        }
        // With a mistake the page that is shown stays.
        if served.is_broken() {
            return;
        }
        let swapped = match (&self.shown, served.bytes()) {
            (Some((old, beside)), Some(new)) if *beside == served.beside() => {
                styles::swapped(old, new)
            }
            _ => None,
        };
        let event = match swapped {
            Some(swapped) => {
                self.version = version;
                self.shown = shown(served);
                let swapped = serde_json::json!(swapped).to_string();
                self.event("css", &swapped)
            }
            // Browsers ignore an event without data.
            None => self.event("reload", "changed"),
        };
        self.waiting.push_back(event);
    }

    fn event(&self, name: &str, data: &str) -> Event {
        Event::default().id(&self.version).event(name).data(data)
    }
}

fn shown(served: &Served) -> Option<(Arc<[u8]>, Option<Digest>)> {
    Some((served.bytes()?.clone(), served.beside()))
}
