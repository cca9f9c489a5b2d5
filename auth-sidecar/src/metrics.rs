//! What the service counts, for Prometheus, on a listener of its own.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Metric, Registry, Unit};

use crate::domain::accounts::Backlog;
use crate::domain::mail::SendOutcome;
use crate::domain::store::MailKind;

/// Counters of one kind, by the values of their labels.
type By<const LABELS: usize, M> = Family<[(&'static str, String); LABELS], M>;

/// The counters. Clones refer to the same ones.
#[derive(Clone)]
pub(crate) struct Metrics(Arc<Inner>);

struct Inner {
    registry: Registry,
    requests: By<3, Counter>,
    seconds: Histogram,
    mails: By<2, Counter>,
    mails_late: Counter,
    problems: By<1, Counter>,
    mails_waiting: Gauge,
    mails_waiting_networks: Gauge,
    mails_waiting_most: Gauge,
    mails_set_aside: Gauge,
    mail_behind: Gauge,
    degraded: By<1, Gauge>,
    downloads: Gauge,
    transfers: Gauge,
}

impl Default for Metrics {
    fn default() -> Self {
        /// Of whatever `about` says, in seconds.
        fn timed<M: Metric + Clone>(to: &mut Registry, name: &str, about: &str, metric: M) -> M {
            to.register_with_unit(name, about, Unit::Seconds, metric.clone());
            metric
        }
        fn counted<M: Metric + Clone + Default>(to: &mut Registry, name: &str, about: &str) -> M {
            let metric = M::default();
            to.register(name, about, metric.clone());
            metric
        }
        let bounds = [0.001, 0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];
        let mut registry = Registry::with_prefix("dateline");
        let to = &mut registry;
        let about_downloads = "Downloads of gated files that are on their way";
        let about_request = "Time to the answer's head";
        let about_late = "Mails given up because their time was over";
        let about_networks =
            "Networks that asked for waiting mail; each waits behind its own alone";
        let about_most = "Waiting mails of the network that has most";
        let about_behind = "Age of the oldest waiting mail";
        let about_degraded = "1 for each reason why the /readyz beside this says degraded";
        Self(Arc::new(Inner {
            downloads: counted(to, "downloads_running", about_downloads),
            transfers: counted(
                to,
                "transfers_running",
                "Ranges of them that are on their way",
            ),
            requests: counted(to, "requests", "Requests answered"),
            seconds: timed(to, "request", about_request, Histogram::new(bounds)),
            problems: counted(to, "problems", "Account calls refused, by problem"),
            mails: counted(to, "mails", "Tries to send a mail, by outcome"),
            mails_late: counted(to, "mails_late", about_late),
            mails_waiting: counted(to, "mails_waiting", "Mails that wait to be sent"),
            mails_waiting_networks: counted(to, "mails_waiting_networks", about_networks),
            mails_waiting_most: counted(to, "mails_waiting_most", about_most),
            mails_set_aside: counted(to, "mails_set_aside", "Permanently rejected mails"),
            mail_behind: timed(to, "mail_behind", about_behind, Gauge::default()),
            degraded: counted(to, "degraded", about_degraded),
            registry,
        }))
    }
}

impl Metrics {
    /// A request, by the route it matched, never by its path.
    pub(crate) fn request(&self, route: &str, method: &str, status: u16, took: Duration) {
        let labels = [
            ("route", route.to_owned()),
            ("method", method.to_owned()),
            ("status", status.to_string()),
        ];
        self.0.requests.get_or_create(&labels).inc();
        self.0.seconds.observe(took.as_secs_f64());
    }

    pub(crate) fn problem(&self, name: &'static str) {
        let labels = [("name", name.to_owned())];
        self.0.problems.get_or_create(&labels).inc();
    }

    pub(crate) fn mail(&self, kind: MailKind, outcome: &SendOutcome) {
        let outcome = match outcome {
            SendOutcome::Accepted => "sent",
            SendOutcome::Later { .. } => "later",
            SendOutcome::Refused { .. } => "refused",
        };
        let labels = [
            ("kind", kind.name().to_owned()),
            ("outcome", outcome.to_owned()),
        ];
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
        let labels = [("reason", reason.to_owned())];
        self.0.degraded.get_or_create(&labels).set(is.into());
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
