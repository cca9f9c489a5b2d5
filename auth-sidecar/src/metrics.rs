//! What the service counts, for Prometheus, on a listener of its own.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use crate::domain::accounts::Backlog;
use crate::domain::mail::SendOutcome;
use crate::domain::store::MailKind;

/// A request, by the route it matched, never by its path.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    route: String,
    method: String,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct MailLabels {
    kind: &'static str,
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ProblemLabels {
    name: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ReasonLabels {
    reason: &'static str,
}

/// The counters. Clones refer to the same ones.
#[derive(Clone)]
pub(crate) struct Metrics(Arc<Inner>);

struct Inner {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    seconds: Histogram,
    mails: Family<MailLabels, Counter>,
    mails_late: Counter,
    problems: Family<ProblemLabels, Counter>,
    mails_waiting: Gauge,
    mails_waiting_networks: Gauge,
    mails_waiting_most: Gauge,
    mails_set_aside: Gauge,
    mail_behind: Gauge,
    degraded: Family<ReasonLabels, Gauge>,
    downloads: Gauge,
    transfers: Gauge,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("dateline");
        let bounds = [0.001, 0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];
        let requests = Family::default();
        let seconds = Histogram::new(bounds);
        let (mails, mails_late, problems) =
            (Family::default(), Counter::default(), Family::default());
        let (mails_waiting, mail_behind) = (Gauge::default(), Gauge::default());
        let (mails_waiting_networks, mails_waiting_most, mails_set_aside) =
            (Gauge::default(), Gauge::default(), Gauge::default());
        let degraded = Family::default();
        let (downloads, transfers) = (Gauge::default(), Gauge::default());
        registry.register(
            "downloads_running",
            "Downloads of gated files that are on their way",
            downloads.clone(),
        );
        registry.register(
            "transfers_running",
            "Ranges of them that are on their way",
            transfers.clone(),
        );
        registry.register("requests", "Requests answered", requests.clone());
        registry.register_with_unit(
            "request",
            "Time to the answer's head",
            Unit::Seconds,
            seconds.clone(),
        );
        registry.register(
            "problems",
            "Account calls refused, by problem",
            problems.clone(),
        );
        registry.register("mails", "Tries to send a mail, by outcome", mails.clone());
        registry.register(
            "mails_late",
            "Mails given up because their time was over",
            mails_late.clone(),
        );
        registry.register(
            "mails_waiting",
            "Mails that wait to be sent",
            mails_waiting.clone(),
        );
        registry.register(
            "mails_waiting_networks",
            "Networks that asked for waiting mail; each waits behind its own alone",
            mails_waiting_networks.clone(),
        );
        registry.register(
            "mails_waiting_most",
            "Waiting mails of the network that has most",
            mails_waiting_most.clone(),
        );
        registry.register(
            "mails_set_aside",
            "Mails that were refused for good",
            mails_set_aside.clone(),
        );
        registry.register_with_unit(
            "mail_behind",
            "Age of the oldest waiting mail",
            Unit::Seconds,
            mail_behind.clone(),
        );
        registry.register(
            "degraded",
            "1 for each reason why /readyz says degraded",
            degraded.clone(),
        );
        Self(Arc::new(Inner {
            registry,
            requests,
            seconds,
            mails,
            mails_late,
            problems,
            mails_waiting,
            mails_waiting_networks,
            mails_waiting_most,
            mails_set_aside,
            mail_behind,
            degraded,
            downloads,
            transfers,
        }))
    }
}

impl Metrics {
    pub(crate) fn request(&self, route: &str, method: &str, status: u16, took: Duration) {
        let labels = RequestLabels {
            route: route.to_owned(),
            method: method.to_owned(),
            status,
        };
        self.0.requests.get_or_create(&labels).inc();
        self.0.seconds.observe(took.as_secs_f64());
    }

    pub(crate) fn problem(&self, name: &'static str) {
        self.0.problems.get_or_create(&ProblemLabels { name }).inc();
    }

    pub(crate) fn mail(&self, kind: MailKind, outcome: &SendOutcome) {
        let outcome = match outcome {
            SendOutcome::Accepted => "sent",
            SendOutcome::Later { .. } => "later",
            SendOutcome::Refused { .. } => "refused",
        };
        let labels = MailLabels {
            kind: kind.name(),
            outcome,
        };
        self.0.mails.get_or_create(&labels).inc();
    }

    pub(crate) fn mails_late(&self, count: u64) {
        self.0.mails_late.inc_by(count);
    }

    pub(crate) fn mail_backlog(&self, backlog: Backlog) {
        let counts = backlog.counts;
        self.0.mails_waiting.set(counts.waiting);
        self.0.mails_waiting_networks.set(counts.networks);
        self.0.mails_waiting_most.set(counts.most);
        self.0.mails_set_aside.set(counts.set_aside);
        let age = i64::try_from(backlog.age.as_secs());
        self.0.mail_behind.set(age.unwrap_or(i64::MAX));
    }

    pub(crate) fn transfers(&self, (downloads, transfers): (usize, usize)) {
        let number = |count| i64::try_from(count).unwrap_or(i64::MAX);
        self.0.downloads.set(number(downloads));
        self.0.transfers.set(number(transfers));
    }

    pub(crate) fn degraded(&self, reason: &'static str, is: bool) {
        self.0
            .degraded
            .get_or_create(&ReasonLabels { reason })
            .set(is.into());
    }

    /// OpenMetrics text.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a string fails only when an encoder does, and then says so in its place.
        if prometheus_client::encoding::text::encode(&mut text, &self.0.registry).is_err() {
            let _ = writeln!(text, "# the metrics could not be written");
        }
        text
    }
}
