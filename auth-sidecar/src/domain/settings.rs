//! The numbers that rules use. `docs/security.md` states the defaults; each can be set.

use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// Lifetimes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lifetimes {
    /// A code: accepted before this age, refused from then on.
    pub code: Duration,
    /// Between two codes of one flow.
    pub resend_wait: Duration,
    /// A flow at most, however often its code is renewed.
    pub flow_most: Duration,
    /// From the code to the new password.
    pub new_password: Duration,
    /// The return path, after the flow is done or without one.
    pub way_back: Duration,
    /// A session without a request.
    pub session_idle: Duration,
    /// A session in total.
    pub session_most: Duration,
    /// How long a change of address can be undone, and the former address is reserved.
    pub address_hold: Duration,
    /// The device mark of a browser that logged in.
    pub device: Duration,
    /// A mail with a code is dropped this long before the code expires.
    pub code_mail_margin: Duration,
    /// How long delivery of other mails is attempted.
    pub other_mail: Duration,
    /// A download link.
    pub link: Duration,
    /// How long an ended link is distinguished from one that never existed.
    pub link_memory: Duration,
    /// How long after its latest bytes a download can be resumed as the same one.
    pub download_resume: Duration,
    /// A download's log entry, from its start.
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

/// Rate limits. Windows slide: only time clears a count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Failed logins of an account in 5 minutes before it must wait.
    pub login_account: u32,
    /// Login attempts of a network in a minute.
    pub login_network_minute: u32,
    /// Login attempts of a network in an hour.
    pub login_network_hour: u32,
    /// New passwords of a network that are refused in an hour: each is judged, which takes up to 2 ms.
    pub passwords_network_hour: u32,
    /// How many networks' logins and codes an IPv6 /56 may use in total.
    pub network_56: u32,
    /// The same for a /48: more, so that one /56 in it does not block the others.
    pub network_48: u32,
    /// Password hashes of a network that run or are queued; containing IPv6 networks have more.
    pub hashes_network: usize,
    /// Codes for an address in 15 minutes.
    pub codes_address_short: u32,
    /// Codes for an address a day.
    pub codes_address_day: u32,
    /// Of these, codes requested from one network.
    pub codes_address_network_day: u32,
    /// Codes for an owner's browser a day; in 15 minutes as for an address.
    pub codes_device_day: u32,
    /// Codes requested from a network an hour.
    pub codes_network_hour: u32,
    /// "You already have an account" notices to an address an hour.
    pub notices_hour: u32,
    /// The same, a day.
    pub notices_day: u32,
    /// Attempts at a code.
    pub code_tries: u32,
    /// Mails sent an hour.
    pub mails_hour: u32,
    /// Mails being sent at the same time.
    pub mails_at_once: usize,
    /// How far behind queued mail may be before calls that send mail answer `busy`.
    pub mail_delay: Duration,
    /// Sessions of an account; the oldest are ended.
    pub sessions: u32,
    /// Device marks of an account; the oldest are deleted.
    pub devices: u32,
    /// Consents of an account; the oldest are deleted.
    pub consents: u32,
    /// Changes of an account's password a day; resets do not count.
    pub password_changes_day: u32,
    /// Changes of an account's address a day.
    pub address_changes_day: u32,
    /// Codes for such changes that an account may request a day.
    pub address_codes_day: u32,
    /// Active download links of an account.
    pub links: u32,
    /// Download links that an account may create a day.
    pub links_day: u32,
    /// Downloads that an account may start a day; a resume does not count.
    pub downloads_day: u32,
    /// Running downloads.
    pub transfers: DownloadLimits,
}

/// Limits of running downloads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DownloadLimits {
    /// Downloads of an account; all ranges of one count as one.
    pub account: usize,
    /// Ranges of a download.
    pub parts: usize,
    /// Bytes a second for an account; 0 means no limit.
    pub account_rate: u64,
    /// Bytes a second for the whole service, previews included; 0 means no limit.
    pub rate: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            login_account: 5,
            login_network_minute: 20,
            login_network_hour: 200,
            passwords_network_hour: 200,
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
