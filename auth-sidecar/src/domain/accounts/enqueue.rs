//! Queues mail, in the same transaction as the change that it reports. `delivery` and the outbox send it.

use serde::{Deserialize, Serialize};

use super::{Accounts, Core, Transaction};
use crate::domain::keys::Purpose;
use crate::domain::network::Network;
use crate::domain::random::{TokenHash, bytes};
use crate::domain::rate_limits::{HOUR, HitKeys};
use crate::domain::store::{MailKind, MailState, QueuedMail, Scope, Stored};
use crate::domain::time::Moment;

/// Length of every sealed text, so that a row reveals neither the address's length nor whether it is a decoy.
const LENGTH: usize = 640;

/// A mail to be queued, without its values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewMail {
    /// Its kind; none for a decoy.
    pub kind: Option<MailKind>,
    /// The spelling it goes to.
    pub to: String,
    /// The account it belongs to.
    pub account: Option<i64>,
    /// The flow whose code it contains, or pretends to.
    pub flow: Option<TokenHash>,
    /// The language it is written in.
    pub language: String,
}

impl NewMail {
    /// Whether it delivers a code.
    pub(super) fn tells_code(&self) -> bool {
        self.kind.is_some_and(MailKind::tells_code)
    }
}

/// The sealed contents of a queued mail.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailContents {
    /// The spelling it goes to.
    pub to: String,
    /// `12345678`; empty in mails without a code.
    pub code: String,
    /// When the code expires, or 0.
    pub expires: i64,
    /// When the reported event happened.
    pub when: i64,
}

/// The queue that a mail waits in, and how many mails that queue got within the hour.
#[derive(Clone, Copy, Debug)]
pub(super) struct Turn {
    network: [u8; 32],
    asked: u32,
}

impl Core {
    /// The keys of a network's queues, and their shares; mail waits in the first.
    pub(super) fn mail_queues(&self, network: Network) -> impl Iterator<Item = (HitKeys, u32)> {
        let networks = network.mail_networks().into_iter();
        networks.map(|(network, shares)| {
            let what = format!("mail of /{}", network.bits());
            (self.hit_keys(&what, &network.to_bytes()), shares)
        })
    }
}

/// The associated data that binds sealed contents to their row.
fn bound(mail: &QueuedMail) -> Vec<u8> {
    format!(
        "{}/{}/{}",
        mail.id,
        mail.account.unwrap_or(0),
        mail.kind_name()
    )
    .into_bytes()
}

/// The contents of a queued mail; none if its key is lost or the row was altered.
pub(super) fn open(core: &Core, mail: &QueuedMail) -> Option<MailContents> {
    let text = core
        .keys
        .open(&mail.key, Purpose::Mail, &bound(mail), &mail.sealed)?;
    serde_json::from_slice(&text).ok()
}

impl Transaction<'_> {
    /// The turn of a mail that this network requested; counts it, decoys included.
    pub(super) fn turn_of(&mut self, network: Network) -> Stored<Turn> {
        let (mut queue, mut asked) = (None, 0);
        for (keys, shares) in self.core.mail_queues(network) {
            let mut count = 1;
            for key in &keys {
                let since = self.now.minus(HOUR);
                count += self.rows.count_hits(Scope::MailNetwork, key, since)?;
            }
            let key = queue.get_or_insert(keys[0]);
            self.rows
                .insert_hit(Scope::MailNetwork, &keys[0], key, self.now)?;
            asked = asked.max(count.div_ceil(shares));
        }
        Ok(Turn {
            network: queue.unwrap_or_default(),
            asked,
        })
    }

    /// The turn of a notice to an owner: it has its own queue, not a network's.
    pub(super) fn turn_of_owner(&self, account: i64) -> Turn {
        let keys = self
            .core
            .hit_keys("mail of account", &account.to_be_bytes());
        Turn {
            network: keys[0],
            asked: 1,
        }
    }

    /// Queues a mail, with its code and that code's expiry.
    pub(super) fn enqueue(
        &mut self,
        new: &NewMail,
        turn: Turn,
        code: Option<(&str, Moment)>,
    ) -> Stored<()> {
        let lifetimes = &self.core.lifetimes;
        let code = code.filter(|_| new.tells_code());
        let due_until = match code {
            Some((_, end)) => end.minus(lifetimes.code_mail_margin),
            None => self.now.plus(lifetimes.other_mail),
        };
        let contents = MailContents {
            to: new.to.clone(),
            code: code.map_or_else(String::new, |(code, _)| code.to_owned()),
            expires: code.map_or(0, |(_, end)| end.0),
            when: self.now.0,
        };
        let mut text = serde_json::to_vec(&contents).unwrap_or_default();
        text.resize(text.len().max(LENGTH), b' ');
        let id: String = bytes::<16>(self.core.random.as_ref())
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let mut mail = QueuedMail {
            id,
            account: new.account,
            flow: new.flow,
            kind: Ok(new.kind),
            language: new.language.clone(),
            key: self.core.keys.current().to_owned(),
            sealed: Vec::new(),
            state: MailState::Waiting,
            created_at: self.now,
            due_until,
            next_at: self.now,
            attempts: 0,
            reason: String::new(),
            network: turn.network,
            asked: turn.asked,
        };
        let random = self.core.random.as_ref();
        mail.sealed = self
            .core
            .keys
            .seal(Purpose::Mail, random, &bound(&mail), &text);
        self.rows.insert_mail(&mail)
    }
}

impl Accounts {
    /// Notifies the sender that mail may be due.
    pub(super) fn ring(&self) {
        (self.bell)();
    }
}
