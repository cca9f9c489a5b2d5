//! Mails as files, one `.eml` each, for machines that send no mail.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use futures_util::future::BoxFuture;

use super::message::{self, Sender};
use crate::domain::mail::{Mail, Mailer, SendOutcome};

/// Writes mails into a folder, which it makes when it needs it. They hold codes, so only the
/// owner may read them: the folder is made with mode 0700, files with 0600.
///
/// A file's name is date and message id. A file is there whole or not at all, and a mail that is
/// sent twice is one file.
#[derive(Clone, Debug)]
pub struct FileMailer {
    folder: PathBuf,
    sender: Sender,
}

impl FileMailer {
    /// Writes into `folder`, as from `sender`.
    #[must_use]
    pub fn new(folder: PathBuf, sender: Sender) -> Self {
        Self { folder, sender }
    }
}

impl Mailer for FileMailer {
    fn send<'a>(&'a self, mail: &'a Mail) -> BoxFuture<'a, SendOutcome> {
        Box::pin(async move {
            let bytes = match message::prepare(mail, &self.sender) {
                Ok(prepared) => prepared.bytes,
                Err(reason) => {
                    return SendOutcome::Refused {
                        reason: reason.to_owned(),
                    };
                }
            };
            let folder = self.folder.clone();
            let name = file_name(mail);
            // A disk may make one wait, which no async worker may do.
            let written = tokio::task::spawn_blocking(move || write(&folder, &name, &bytes)).await;
            match written.unwrap_or_else(|error| Err(error.into())) {
                Ok(()) => SendOutcome::Accepted,
                Err(error) => SendOutcome::Later {
                    reason: format!("writing into the mail folder: {error}"),
                    about_recipient: false,
                },
            }
        })
    }
}

fn file_name(mail: &Mail) -> String {
    let date = mail.date.strftime("%Y%m%dT%H%M%SZ");
    // `prepare` lets only letters, digits and `.-_+=@` through.
    format!("{date}-{}.eml", mail.message_id)
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)?;
    let unfinished = folder.join(format!(".{name}.part"));
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&unfinished)?;
    file.write_all(bytes)?;
    // What was answered with "accepted" must outlive a loss of power.
    file.sync_all()?;
    fs::rename(&unfinished, folder.join(name))?;
    fs::File::open(folder)?.sync_all()
}
