//! Time-outs of a connection whose client stalls.
//!
//! Without them, clients that open downloads and read nothing, or begin requests and never finish, would hold every
//! connection for ever.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

use super::ServerLimits;
use super::activity::{Activity, Phase};

/// Fails a write that stalls, and a request's head that takes too long; ends connections that are idle for too long.
pub(super) struct Guard<T> {
    inner: T,
    limits: ServerLimits,
    activity: Arc<Activity>,
    /// Runs only while a write waits.
    writing: Option<Pin<Box<Sleep>>>,
    /// Runs while nothing is to be read, until this moment.
    reading: Option<(Instant, Pin<Box<Sleep>>)>,
}

impl<T> Guard<T> {
    pub(super) fn new(inner: T, limits: ServerLimits, activity: Arc<Activity>) -> Self {
        Self {
            inner,
            limits,
            activity,
            writing: None,
            reading: None,
        }
    }

    /// Completes when the client has taken too long.
    fn poll_patience(&mut self, cx: &mut Context<'_>) -> Poll<Phase> {
        loop {
            let (phase, since) = self.activity.now();
            let patience = match phase {
                Phase::Fresh | Phase::Reading => self.limits.head,
                Phase::Idle => self.limits.keep_alive,
                Phase::Busy | Phase::Answered => Duration::MAX,
            };
            let now = Instant::now();
            // Nothing polls again after the last byte is sent, so this wakes itself.
            let end = since.checked_add(patience);
            let end = end.unwrap_or_else(|| now + self.limits.keep_alive);
            if end <= now {
                return Poll::Ready(phase);
            }
            let sleep = match &mut self.reading {
                Some((until, sleep)) => {
                    if *until != end {
                        *until = end;
                        sleep.as_mut().reset(end);
                    }
                    sleep
                }
                none => {
                    let sleep = Box::pin(tokio::time::sleep_until(end));
                    &mut none.insert((end, sleep)).1
                }
            };
            ready!(sleep.as_mut().poll(cx));
            self.reading = None;
        }
    }
}

impl<T: AsyncWrite + Unpin> Guard<T> {
    fn write_with<R>(
        &mut self,
        cx: &mut Context<'_>,
        write: impl FnOnce(Pin<&mut T>, &mut Context<'_>) -> Poll<io::Result<R>>,
    ) -> Poll<io::Result<R>> {
        if let Poll::Ready(done) = write(Pin::new(&mut self.inner), cx) {
            self.writing = None;
            return Poll::Ready(done);
        }
        let limit = self.limits.write_stall;
        let waiting = self
            .writing
            .get_or_insert_with(|| Box::pin(tokio::time::sleep(limit)));
        ready!(waiting.as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Guard<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        if let Poll::Ready(done) = Pin::new(&mut self.inner).poll_read(cx, buffer) {
            if let Some(new @ [_, ..]) = buffer.filled().get(before..) {
                self.activity.received(new);
            }
            return Poll::Ready(done);
        }
        Poll::Ready(match ready!(self.poll_patience(cx)) {
            Phase::Reading => Err(io::ErrorKind::TimedOut.into()),
            // As if the client had ended it between two requests.
            _ => Ok(()),
        })
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Guard<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.write_with(cx, |inner, cx| inner.poll_write(cx, bytes))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.write_with(cx, |inner, cx| inner.poll_write_vectored(cx, slices))
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = ready!(Pin::new(&mut self.inner).poll_flush(cx));
        self.activity.flushed();
        Poll::Ready(flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}
