//! Processes that share a database, and one that dies while it sends.

use std::collections::BTreeSet;

use futures_util::future::FutureExt;
use tokio::sync::Semaphore;

use super::*;

/// A mail server that does not reply until a test lets it.
struct Silent {
    given: Mutex<Vec<Mail>>,
    /// One permit a mail that it was given.
    called: Semaphore,
    /// One permit a mail that it takes.
    may_take: Semaphore,
}

impl Default for Silent {
    fn default() -> Self {
        Self {
            given: Mutex::default(),
            called: Semaphore::new(0),
            may_take: Semaphore::new(0),
        }
    }
}

impl Silent {
    async fn was_called(&self) {
        self.called.acquire().await.unwrap().forget();
    }
}

impl Mailer for Silent {
    fn send<'a>(&'a self, mail: &'a Mail) -> BoxFuture<'a, SendOutcome> {
        locked(&self.given).push(mail.clone());
        self.called.add_permits(1);
        let taken = async {
            self.may_take.acquire().await.unwrap().forget();
            SendOutcome::Accepted
        };
        taken.boxed()
    }
}

#[tokio::test]
async fn a_mail_whose_sender_died_is_resent_with_the_same_message_id() {
    let service = Service::new();
    let (silent, script) = (Arc::new(Silent::default()), Arc::new(Script::default()));
    let (dying, other) = (
        service.sender(silent.clone()),
        service.sender(script.clone()),
    );
    service.browser().register(JO, PASSWORD).await.status(202);
    tokio::select! {
        () = dying.send_mail() => panic!("nothing was answered"),
        () = silent.was_called() => {}
    }
    drop(dying);
    for (seconds, tries) in [(0, 0), (99, 0), (1, 1), (900, 1)] {
        service.advance(seconds);
        other.send_mail().await;
        assert_eq!(script.tried().len(), tries);
    }
    let first = locked(&silent.given)[0].clone();
    let (first, second) = (&first, &script.mails()[0]);
    assert_eq!(first.message_id, second.message_id);
    assert_eq!(first.text, second.text, "the same code");
    assert!(service.outbox().await.is_empty());
}

#[tokio::test]
async fn an_outcome_after_the_lease_expired_is_ignored() {
    let service = Service::new();
    let (silent, script) = (Arc::new(Silent::default()), Arc::new(Script::default()));
    let (slow, other) = (
        service.sender(silent.clone()),
        service.sender(script.clone()),
    );
    service.browser().register(JO, PASSWORD).await.status(202);
    let meanwhile = async {
        silent.was_called().await;
        service.advance(100);
        script.say(JO, never());
        other.send_mail().await;
        silent.may_take.add_permits(1);
    };
    tokio::join!(slow.send_mail(), meanwhile);
    let kept = service.outbox().await;
    assert_eq!(kept.len(), 1, "the later holder's word counts");
    assert_eq!(kept[0].reason, "550 no such mailbox");
}

#[tokio::test]
async fn a_code_that_is_replaced_on_its_way_does_not_come_back() {
    let service = Service::new();
    let silent = Arc::new(Silent::default());
    let slow = service.sender(silent.clone());
    let mut browser = service.browser();
    browser.register(JO, PASSWORD).await.status(202);
    let meanwhile = async {
        silent.was_called().await;
        service.advance(60);
        browser.post("code", json!({})).await.status(202);
        silent.may_take.add_permits(2);
    };
    tokio::join!(slow.send_mail(), meanwhile);
    let given = locked(&silent.given).clone();
    assert_eq!(given.len(), 2);
    assert_ne!(given[0].message_id, given[1].message_id);
    assert!(service.outbox().await.is_empty());
    browser
        .enter("verify", &code_in(&given[1]))
        .await
        .status(200);
}

#[tokio::test]
async fn processes_that_send_at_once_send_each_mail_once() {
    let service = Service::new();
    let script = Arc::new(Script::default());
    let senders = [
        service.sender(script.clone()),
        service.sender(script.clone()),
    ];
    for n in 0..30 {
        let mut browser = service.browser_at(&format!("198.51.100.{n}"));
        let email = format!("{n}@example.com");
        browser.register(&email, PASSWORD).await.status(202);
    }
    tokio::join!(senders[0].send_mail(), senders[1].send_mail());
    let mails = script.mails();
    let ids: BTreeSet<_> = mails.iter().map(|mail| &mail.message_id).collect();
    assert_eq!((mails.len(), ids.len()), (30, 30));
    for sender in &senders {
        sender.send_mail().await;
    }
    assert_eq!(script.tried().len(), 30);
}

#[tokio::test]
async fn processes_share_the_rate_of_mails_and_its_burst() {
    let service = Service::with(|options| options.limits.mails_hour = 1);
    let script = Arc::new(Script::default());
    let senders = [
        service.sender(script.clone()),
        service.sender(script.clone()),
    ];
    for n in 0..110 {
        let mut browser = service.browser_at(&format!("198.51.100.{n}"));
        let email = format!("{n}@example.com");
        browser.register(&email, PASSWORD).await.status(202);
    }
    tokio::join!(
        senders[0].send_mail_at_pace(),
        senders[1].send_mail_at_pace()
    );
    assert_eq!(script.tried().len(), 100);
    // A new process has no additional burst.
    let third = service.sender(script.clone());
    third.send_mail_at_pace().await;
    assert_eq!(script.tried().len(), 100);
}

#[tokio::test]
async fn a_mail_that_was_sent_is_never_sent_again() {
    let service = Service::new();
    service.browser().register(JO, PASSWORD).await.status(202);
    assert_eq!(service.mails().await.len(), 1);
    let service = service.restart();
    for _ in 0..3 {
        service.advance(500);
        assert_eq!(service.mails().await.len(), 1);
    }
}

/// A server may take ten minutes to reply; no other process may send the mail meanwhile.
#[tokio::test(start_paused = true)]
async fn a_mail_that_is_still_sent_is_kept_from_others() {
    let service = Service::new();
    let (silent, script) = (Arc::new(Silent::default()), Arc::new(Script::default()));
    let (slow, other) = (
        service.sender(silent.clone()),
        service.sender(script.clone()),
    );
    service.browser().register(JO, PASSWORD).await.status(202);
    let meanwhile = async {
        silent.was_called().await;
        for _ in 0..20 {
            service.advance(30);
            tokio::time::sleep(Duration::from_secs(30)).await;
            // The store's threads do not live by the runtime's time.
            for _ in 0..4 {
                std::thread::sleep(Duration::from_millis(10));
                tokio::task::yield_now().await;
            }
            other.send_mail().await;
        }
        silent.may_take.add_permits(1);
    };
    tokio::join!(slow.send_mail(), meanwhile);
    assert!(script.tried().is_empty());
    assert!(service.outbox().await.is_empty());
}
