//! The state of a connection, from what it reads and writes.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use axum::body::{Body, Bytes};
use hyper::StatusCode;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use tokio::time::Instant;

use super::head::HeadScan;

/// The phase of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// No byte has arrived.
    Fresh,
    /// A request's head is arriving.
    Reading,
    /// A request is being answered.
    Busy,
    /// The answer has ended, and its last bytes may be on their way.
    Answered,
    /// An answer was sent; there may be another request.
    Idle,
}

impl Phase {
    /// How much closing it would lose.
    pub(super) fn need(self) -> u8 {
        match self {
            Self::Fresh | Self::Idle => 0,
            Self::Reading => 1,
            Self::Answered => 2,
            Self::Busy => 3,
        }
    }
}

/// Shared by a connection's bytes, its requests, and those who decide whether it may stay.
pub(super) struct Activity(Mutex<State>);

struct State {
    phase: Phase,
    since: Instant,
    /// Of the head that is coming.
    scan: HeadScan,
    /// Whether complete heads that are not processed yet are well-formed: a client may send several requests without
    /// waiting for responses.
    judged: VecDeque<Result<(), StatusCode>>,
    /// A body is arriving. Only the parser knows where it ends and the next head begins: such a head is checked if
    /// it arrives after the response, and refused otherwise.
    is_body: bool,
}

impl Default for Activity {
    fn default() -> Self {
        Self(Mutex::new(State {
            phase: Phase::Fresh,
            since: Instant::now(),
            scan: HeadScan::default(),
            judged: VecDeque::new(),
            is_body: false,
        }))
    }
}

impl Activity {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The phase, and since when.
    pub(super) fn now(&self) -> (Phase, Instant) {
        let state = self.state();
        (state.phase, state.since)
    }

    /// Bytes came.
    pub(super) fn received(&self, mut bytes: &[u8]) {
        let mut state = self.state();
        match state.phase {
            Phase::Fresh => state.phase = Phase::Reading,
            Phase::Idle => {
                state.phase = Phase::Reading;
                state.since = Instant::now();
                state.is_body = false;
            }
            Phase::Reading | Phase::Busy | Phase::Answered => {}
        }
        while !bytes.is_empty() && !state.is_body {
            let read = state.scan.read(bytes);
            bytes = &bytes[read..];
            if state.scan.is_over() {
                let head = std::mem::take(&mut state.scan);
                state.judged.push_back(head.check());
                state.is_body = head.has_body();
            }
        }
    }

    /// A request's head was parsed. Returns whether its bytes were well-formed.
    pub(super) fn begin(&self) -> Result<(), StatusCode> {
        let mut state = self.state();
        state.phase = Phase::Busy;
        state.since = Instant::now();
        let judged = state.judged.pop_front();
        judged.unwrap_or(Err(StatusCode::BAD_REQUEST))
    }

    /// All that was to be sent is sent.
    pub(super) fn flushed(&self) {
        let mut state = self.state();
        if state.phase == Phase::Answered {
            state.phase = match state.scan.has_begun() {
                true => Phase::Reading,
                false => Phase::Idle,
            };
            state.since = Instant::now();
        }
    }
}

/// An answer's body, whose end is noted.
pub(super) struct Watched {
    body: Body,
    activity: Arc<Activity>,
}

impl Watched {
    pub(super) fn new(body: Body, activity: Arc<Activity>) -> Self {
        Self { body, activity }
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.activity.state().phase = Phase::Answered;
    }
}

impl HttpBody for Watched {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
