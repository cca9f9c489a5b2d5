//! Downloads from several services on one store.

use axum::body::Body;
use axum::http::Method;
use dateline_auth::app::Sidecar;
use http_body_util::BodyExt;

use super::{Browser, Service};
use crate::accounts::{JO, open};
use crate::harness::{BROADCAST, BROADCAST_SIZE};

impl Service {
    /// Another service on the same store.
    fn node(&self) -> Sidecar {
        open(
            &self.dir,
            self.sqlite,
            &self.clock,
            &self.mailer,
            self.change,
        )
    }
}

impl Browser {
    fn at(&self, node: &Sidecar) -> Self {
        Self {
            router: node.router(),
            ..self.clone()
        }
    }

    async fn range(&self, range: &str) {
        let ask = self.ask(Method::GET, BROADCAST).header("range", range);
        ask.send().await.status(206);
    }

    /// The whole file, of which nothing is read yet.
    async fn begins(&self) -> Body {
        self.ask(Method::GET, BROADCAST).stream().await
    }

    async fn is_refused(&self) {
        let answer = self.ask(Method::GET, BROADCAST).send().await;
        answer.problem(429, "too-many-downloads");
    }
}

async fn flush(node: &Sidecar) {
    node.accounts().flush_gathered().await.unwrap();
}

async fn arrives(body: Body) -> bool {
    let all = body.collect().await;
    all.is_ok_and(|all| all.to_bytes().len() == BROADCAST_SIZE)
}

fn two(options: &mut dateline_auth::app::SidecarOptions) {
    options.limits.transfers.account = 2;
}

#[tokio::test]
async fn ranges_from_two_nodes_are_one_download_with_all_its_bytes() {
    let service = Service::new();
    let mut jo = service.registered(JO).await;
    let node = service.node();
    jo.range("bytes=0-99999").await;
    jo.at(&node).range("bytes=100000-149999").await;
    flush(&node).await;
    service.flush().await;
    // The node that began it knows nothing of the others' bytes, and adds its own.
    jo.at(&node).range("bytes=150000-").await;
    flush(&node).await;
    let downloads = jo.downloads().await;
    assert_eq!(downloads.len(), 1, "{downloads:?}");
    assert_eq!(downloads[0]["bytes"], BROADCAST_SIZE);
    assert_eq!(downloads[0]["whole"], true);
}

#[tokio::test]
async fn downloads_at_once_are_counted_over_all_nodes() {
    let service = Service::with(two);
    let jo = service.registered(JO).await;
    let node = service.node();
    let there = jo.at(&node);
    let (one, two) = (jo.begins().await, jo.begins().await);
    service.flush().await;
    there.is_refused().await;
    drop(one);
    service.flush().await;
    let three = there.begins().await;
    flush(&node).await;
    jo.is_refused().await;
    assert!(arrives(two).await && arrives(three).await);
}

#[tokio::test]
async fn downloads_of_a_node_that_was_killed_end_with_what_it_said_of_them() {
    let service = Service::with(two);
    let jo = service.registered(JO).await;
    let node = service.node();
    let there = jo.at(&node);
    let running = (jo.begins().await, jo.begins().await);
    service.flush().await;
    for (seconds, is_refused) in [(4, true), (1, false)] {
        service.advance(seconds);
        match is_refused {
            true => there.is_refused().await,
            false => assert!(arrives(there.begins().await).await),
        }
    }
    drop(running);
}

#[tokio::test]
async fn of_downloads_that_begin_at_once_on_two_nodes_some_are_cut_off() {
    let service = Service::with(two);
    let jo = service.registered(JO).await;
    let node = service.node();
    let there = jo.at(&node);
    let ours = (jo.begins().await, jo.begins().await);
    let theirs = (there.begins().await, there.begins().await);
    service.flush().await;
    flush(&node).await;
    assert!(arrives(ours.0).await && arrives(ours.1).await);
    // Their first request continues the download that began here.
    assert!(arrives(theirs.0).await && !arrives(theirs.1).await);
}
