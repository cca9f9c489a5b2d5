//! Where mails go: to an SMTP server, into a folder, or into memory.
//!
//! The setting `mail` is a [`MailTarget`], the setting `mail_from` a [`Sender`]; a mailer is made of both.

mod file;
mod memory;
mod message;
mod smtp;
mod target;

pub use file::FileMailer;
pub use memory::MemoryMailer;
pub use message::Sender;
pub use smtp::{Smtp, SmtpLimits};
pub use target::{MailTarget, SmtpTarget, TlsMode};

use std::fmt;

/// Why `mail` or `mail_from` was refused, in words that follow the setting's name. They never
/// repeat the value, which may hold a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MailSettingError(&'static str);

impl fmt::Display for MailSettingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for MailSettingError {}

#[cfg(test)]
mod tests;
