//! Composer in a folder and in memory.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::{SendOutcome, later, mail, refused, send, sender};
use crate::mail::{FileMailer, MemoryMailer};

#[tokio::test]
async fn a_folder_gets_one_private_file_per_mail() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("state/mail");
    let mailer = FileMailer::new(folder.clone(), sender());
    for id in ["b", "a", "b"] {
        assert_eq!(send(&mailer, id).await, SendOutcome::Accepted);
    }
    let mut names: Vec<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["20261103T101112Z-a.eml", "20261103T101112Z-b.eml"]);
    let mode = |path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(folder.clone()), 0o700);
    let file = folder.join(&names[0]);
    assert_eq!(mode(file.clone()), 0o600);
    let message = fs::read_to_string(file).unwrap();
    assert!(message.starts_with("From: ") && message.ends_with("--\r\n"));
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_is_for_later() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, "").unwrap();
    let mailer = FileMailer::new(file, sender());
    let reason = later(send(&mailer, "a").await);
    assert!(
        reason.starts_with("writing into the mail folder: "),
        "{reason}"
    );
}

#[tokio::test]
async fn no_mail_names_a_file_outside_the_folder() {
    let dir = tempfile::tempdir().unwrap();
    let mailer = FileMailer::new(dir.path().join("mail"), sender());
    for id in ["../a", "/a", "..", "a/b", "a\0"] {
        refused(send(&mailer, id).await);
    }
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn memory_keeps_the_newest_hundred() {
    let mailer = MemoryMailer::new();
    for id in 0..103 {
        assert_eq!(send(&mailer, &id.to_string()).await, SendOutcome::Accepted);
    }
    let mails = mailer.mails();
    assert_eq!(mails.len(), 100);
    assert_eq!(mails[0].message_id, "3");
    assert_eq!(mails[99], mail("102"));
}

#[tokio::test]
async fn memory_returns_the_configured_answer() {
    let mailer = MemoryMailer::new();
    mailer.answer_with(SendOutcome::Refused {
        reason: "no".into(),
    });
    assert_eq!(refused(send(&mailer, "a").await), "no");
    assert!(mailer.mails().is_empty());
    mailer.answer_with(SendOutcome::Accepted);
    assert_eq!(send(&mailer, "a").await, SendOutcome::Accepted);
    assert_eq!(mailer.mails().len(), 1);
}
