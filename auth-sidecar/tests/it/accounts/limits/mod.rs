//! How often things may happen: every number, to the second, and what strangers cannot do with them.

use super::*;

mod codes;
pub(super) mod hashes;
mod logins;
mod network;
mod owner;
mod together;

impl Service {
    /// Another process on the same files.
    pub(super) fn beside(&self) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (clock, mailer) = (Arc::clone(&self.clock), Arc::clone(&self.mailer));
        let sidecar = open(&self.dir, self.sqlite, &clock, &mailer, self.change);
        Self {
            dir,
            clock,
            mailer,
            sidecar,
            sqlite: self.sqlite,
            change: self.change,
        }
    }

    /// Ends the service and starts it again on the same files with other options.
    pub(super) fn restart_with(self, change: fn(&mut SidecarOptions)) -> Self {
        Self { change, ..self }.restart()
    }

    /// Asks for a code, from this network, with no cookie; its mail is sent.
    async fn ask(&self, call: &str, email: &str, network: &str) -> Answer {
        let mut browser = self.browser_at(network);
        let answer = match call {
            "register" => browser.register(email, PASSWORD).await,
            _ => browser.reset(email).await,
        };
        self.sidecar.send_mail().await;
        answer
    }

    /// A wrong password, from this network, with no cookie.
    async fn fail(&self, email: &str, network: &str) -> Answer {
        self.browser_at(network)
            .log_in(email, "Not-The-Password-1!")
            .await
    }
}

/// A different one for each number below 250.
fn network(n: usize) -> String {
    format!("198.51.100.{n}")
}

/// Checks that it is `too-many` (or another name of 429), told alike in body and header; seconds to wait.
#[track_caller]
fn refused(answer: &Answer, name: &str) -> i64 {
    let problem = answer.problem(429, name);
    assert_eq!(
        answer.header("retry-after"),
        problem["retry_after"].to_string()
    );
    problem["retry_after"].as_i64().unwrap()
}
