//! The numbers that rules go by. Defaults are those of `docs/security.md`; each may be set.

use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// How long things live.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lifetimes {
    /// A code: accepted until just before, refused at this age.
    pub code: Duration,
    /// Between two codes of one flow.
    pub resend_wait: Duration,
    /// A flow at most, however often it is renewed.
    pub flow_most: Duration,
    /// From the code to the new password.
    pub new_password: Duration,
    /// The way back, after the flow is done or without one.
    pub way_back: Duration,
    /// A session without a request.
    pub session_idle: Duration,
    /// A session at most.
    pub session_most: Duration,
    /// How long a change of address can be undone, and the former address is held back.
    pub address_hold: Duration,
    /// The mark of a browser that logged in.
    pub device: Duration,
    /// How long before its code ends a mail is no longer worth sending.
    pub code_mail_margin: Duration,
    /// How long other mails are tried.
    pub other_mail: Duration,
    /// A download link.
    pub link: Duration,
    /// How long a link that has ended is told from one that never was.
    pub link_memory: Duration,
    /// How long after its latest bytes a download may be resumed as the same one.
    pub download_resume: Duration,
    /// What is kept of a download, from its start.
    pub download_log: Duration,
}

impl Default for Lifetimes {
    fn default() -> Self {
        Self {
            code: 30 * MINUTE,
            resend_wait: MINUTE,
            flow_most: 2 * HOUR,
            new_password: 15 * MINUTE,
            way_back: 30 * MINUTE,
            session_idle: DAY,
            session_most: 30 * DAY,
            address_hold: 3 * DAY,
            device: 365 * DAY,
            code_mail_margin: 2 * MINUTE,
            other_mail: 3 * DAY,
            link: DAY,
            link_memory: 30 * DAY,
            download_resume: DAY,
            // 13 months.
            download_log: 396 * DAY,
        }
    }
}

/// How often things may happen. Windows slide: only time clears a count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Failed logins of an account in 5 minutes before waits begin.
    pub login_account: u32,
    /// Login attempts of a network in a minute.
    pub login_network_minute: u32,
    /// Login attempts of a network in an hour.
    pub login_network_hour: u32,
    /// How many networks' logins and codes an IPv6 /56 may use, in all of its own, before it is stopped.
    pub network_56: u32,
    /// The same of a /48: more, so that no /56 in it stops the others.
    pub network_48: u32,
    /// Passwords of a network that are hashed or wait for it at once; wider ones of IPv6 have more.
    pub hashes_network: usize,
    /// Codes asked for, an address, in 15 minutes.
    pub codes_address_short: u32,
    /// Codes asked for, an address, a day.
    pub codes_address_day: u32,
    /// Those of them that one network may use.
    pub codes_address_network_day: u32,
    /// Codes asked for by an owner's browser a day; in 15 minutes as for an address.
    pub codes_device_day: u32,
    /// Codes asked for, a network, an hour.
    pub codes_network_hour: u32,
    /// "You already have an account", an address, an hour.
    pub notices_hour: u32,
    /// The same, a day.
    pub notices_day: u32,
    /// Wrong tries of a code.
    pub code_tries: u32,
    /// Mails an hour that may be sent.
    pub mails_hour: u32,
    /// Mails on their way at once.
    pub mails_at_once: usize,
    /// How far behind queued mail may be before calls that send mail answer `busy`.
    pub mail_delay: Duration,
    /// Sessions of an account; the oldest go.
    pub sessions: u32,
    /// Marked browsers of an account; the oldest are forgotten.
    pub devices: u32,
    /// Consents of an account that are kept; the oldest go.
    pub consents: u32,
    /// Changes of an account's password a day; a reset is none.
    pub password_changes_day: u32,
    /// Changes of an account's address a day.
    pub address_changes_day: u32,
    /// Codes for them that an account may ask for a day.
    pub address_codes_day: u32,
    /// Live download links of an account.
    pub links: u32,
    /// Download links that an account may make a day.
    pub links_day: u32,
    /// Downloads that an account may begin a day; resuming one begins none.
    pub downloads_day: u32,
    /// Downloads that run.
    pub transfers: DownloadLimits,
}

/// How much may be on its way at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DownloadLimits {
    /// Downloads of an account; all ranges of one count as one.
    pub account: usize,
    /// Ranges of a download.
    pub parts: usize,
    /// Bytes a second of an account; 0 means no limit.
    pub account_rate: u64,
    /// Bytes a second of the whole service, previews among them; 0 means no limit.
    pub rate: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            login_account: 5,
            login_network_minute: 20,
            login_network_hour: 200,
            network_56: 4,
            network_48: 16,
            hashes_network: 2,
            codes_address_short: 3,
            codes_address_day: 10,
            codes_address_network_day: 4,
            codes_device_day: 6,
            codes_network_hour: 60,
            notices_hour: 1,
            notices_day: 3,
            code_tries: 5,
            mails_hour: 3000,
            mails_at_once: 10,
            mail_delay: 10 * MINUTE,
            sessions: 50,
            devices: 20,
            consents: 50,
            password_changes_day: 5,
            address_changes_day: 2,
            address_codes_day: 10,
            links: 20,
            links_day: 200,
            downloads_day: 1000,
            transfers: DownloadLimits {
                account: 8,
                parts: 16,
                account_rate: 0,
                rate: 0,
            },
        }
    }
}
