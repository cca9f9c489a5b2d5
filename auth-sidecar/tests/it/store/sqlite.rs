//! SQLite: the contract, and what concerns its files.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};

use dateline_auth::app::SidecarOptions;
use dateline_auth::domain::refusal::Stop;
use dateline_auth::domain::store::{Scope, StoreError};
use dateline_auth::mail::MemoryMailer;
use dateline_auth::store::sqlite::{Files, Sqlite, SqliteOptions, backup};
use futures_util::future::join_all;
use rusqlite::Connection;
use tempfile::TempDir;

use super::*;
use crate::harness::{SECRET, files};

/// A file in its own folder.
struct Folder {
    store: Arc<dyn Store>,
    path: PathBuf,
    dir: TempDir,
}

impl Backend for Folder {
    fn open() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("state/accounts.db");
        let store = open(&path);
        Self { store, path, dir }
    }

    fn store(&self) -> Arc<dyn Store> {
        self.store.clone()
    }
}

contracts!(Folder);

pub(super) fn open(path: &Path) -> Arc<dyn Store> {
    Arc::new(Sqlite::open(&Files::together(path.to_owned()), SqliteOptions::default()).unwrap())
}

/// Why a service that keeps its accounts there does not start.
fn refused(dir: &Path) -> String {
    let mailer = Arc::new(MemoryMailer::new());
    let sqlite = SqliteOptions::default();
    let options = SidecarOptions::on_sqlite(&files(dir), sqlite, SECRET.into(), mailer);
    options.err().unwrap().to_string()
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[tokio::test]
async fn every_file_is_private_to_its_owner() {
    let files = Folder::open();
    insert(&files.store, "jo").await;
    let folder = files.path.parent().unwrap();
    assert_eq!(mode(folder), 0o700);
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        names.push(entry.file_name().into_string().unwrap());
        assert_eq!(mode(&entry.path()), 0o600, "{names:?}");
    }
    names.sort();
    let expected = ["", "-shm", "-wal", ".lock"].map(|end| format!("accounts.db{end}"));
    assert_eq!(names, expected);

    let copy = files.dir.path().join("copy.db");
    backup::backup(&Files::together(files.path.clone()), &copy, false).unwrap();
    assert_eq!(mode(&copy), 0o600);
    fs::set_permissions(&copy, PermissionsExt::from_mode(0o644)).unwrap();
    drop(open(&copy));
    assert_eq!(mode(&copy), 0o600, "one that was open to others is shut");
}

#[tokio::test]
async fn closing_leaves_one_file_that_may_be_copied() {
    let Folder { store, path, dir } = Folder::open();
    insert(&store, "jo").await;
    drop(store);
    let copy = dir.path().join("copy.db");
    fs::copy(&path, &copy).unwrap();
    let found = read(&open(&copy), |rows| rows.account_by_key("jo@example.org")).await;
    assert!(found.is_some());
}

#[tokio::test]
async fn a_newer_schema_is_refused_in_words_and_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let path = files(dir.path()).database;
    drop(open(&path));
    let raw = Connection::open(&path).unwrap();
    raw.pragma_update(None, "user_version", 99).unwrap();
    drop(raw);
    let before = fs::read(&path).unwrap();
    let error = refused(dir.path());
    assert!(error.contains("accounts.db"), "{error}");
    assert!(error.contains("newer release (schema 99;"), "{error}");
    assert!(error.contains("use that release"), "{error}");
    assert!(fs::read(&path).unwrap() == before);
}

#[tokio::test]
async fn a_file_that_is_not_a_database_is_refused_with_a_reason() {
    let dir = tempfile::tempdir().unwrap();
    let path = files(dir.path()).database;
    crate::harness::write(
        &path,
        "a shopping list, longer than a header of SQLite ".repeat(9),
    );
    let error = refused(dir.path());
    assert!(error.contains("not a database"), "{error}");
}

#[tokio::test]
async fn processes_share_one_state() {
    let files = Folder::open();
    let other = open(&files.path);
    let stores = [&files.store, &other];
    write(&other, |rows| {
        rows.insert_flow(&flow(1, FlowKind::Reset, "jo"))
    })
    .await;
    let tries = (0..100).map(|n| write(stores[n % 2], |rows| rows.count_try(&hash(1), 5)));
    let counted = join_all(tries).await;
    assert_eq!(counted.iter().filter(|counted| **counted).count(), 5);
    let counting = (0..100).map(|n| {
        write(stores[n % 2], |rows| {
            let before = rows.hits(Scope::Notice, &[1; 32], at(-1))?.len();
            rows.insert_hit(Scope::Notice, &[1; 32], &[2; 32], at(1))?;
            Ok(before)
        })
    });
    let mut seen = join_all(counting).await;
    seen.sort_unstable();
    assert_eq!(seen, (0..100).collect::<Vec<_>>());
}

#[tokio::test]
async fn more_writes_than_may_wait_are_refused_at_once() {
    let files = Folder::open();
    let (begun, has_begun) = mpsc::channel();
    let (go_on, may_go_on) = mpsc::channel();
    let slow = files.store.write(move |_| {
        begun.send(()).unwrap();
        may_go_on.recv().unwrap();
        Ok(())
    });
    let flood = async {
        has_begun.recv().unwrap();
        let hit = |rows: &mut dyn Rows| {
            Ok::<_, Stop>(rows.insert_hit(Scope::Notice, &[1; 32], &[2; 32], at(1))?)
        };
        let all = join_all((0..522).map(|_| files.store.write(hit)));
        let release = async { go_on.send(()).unwrap() };
        // All have asked before the first is let go.
        tokio::join!(all, release).0
    };
    let (slow, flood) = tokio::join!(slow, flood);
    slow.unwrap();
    let busy = |result: &&Result<i64, Stop>| **result == Err(StoreError::Busy.into());
    assert_eq!(flood.iter().filter(busy).count(), 10);
    assert_eq!(flood.iter().filter(|result| result.is_ok()).count(), 512);
}

/// Whether any of the store's files holds this text.
fn files_hold(files: &Folder, text: &str) -> bool {
    let folder = fs::read_dir(files.path.parent().unwrap()).unwrap();
    folder.into_iter().any(|entry| {
        let bytes = fs::read(entry.unwrap().path()).unwrap();
        bytes
            .windows(text.len())
            .any(|part| part == text.as_bytes())
    })
}

#[tokio::test]
async fn erased_data_leaves_every_file() {
    let files = Folder::open();
    let jo = insert(&files.store, "jo").await;
    insert(&files.store, "kim").await;
    assert!(files_hold(&files, "hash of jo"));
    write(&files.store, move |rows| rows.erase_account(jo)).await;
    assert!(files_hold(&files, "hash of kim"));
    for gone in ["jo@example.org", "JO@Example.org", "hash of jo"] {
        assert!(!files_hold(&files, gone), "{gone}");
    }
}

#[tokio::test]
async fn erased_data_leaves_every_file_once_readers_finish() {
    let files = Folder::open();
    let jo = insert(&files.store, "jo").await;
    let raw = Connection::open(&files.path).unwrap();
    raw.execute_batch("BEGIN; SELECT count(*) FROM accounts;")
        .unwrap();
    write(&files.store, move |rows| rows.erase_account(jo)).await;
    write(&files.store, |rows| rows.forget_hits()).await;
    assert!(files_hold(&files, "hash of jo"), "somebody still reads it");
    raw.execute_batch("COMMIT").unwrap();
    write(&files.store, |rows| rows.forget_hits()).await;
    assert!(!files_hold(&files, "hash of jo"));
}

#[tokio::test]
async fn the_file_is_sound_after_many_rows_came_and_went() {
    let files = Folder::open();
    for round in 0..30_i64 {
        let id = insert(&files.store, &format!("jo{round}")).await;
        let batch = (0..20_u8).map(|n| {
            write(&files.store, move |rows| {
                let byte = (round as u8).wrapping_mul(20).wrapping_add(n);
                rows.insert_session(&Session {
                    id: format!("{round}-{n}"),
                    hash: TokenHash([byte, round as u8, n, 0].repeat(8).try_into().unwrap()),
                    ..session(byte, id, round, round)
                })?;
                rows.insert_mail(&mail(&format!("{round}-{n}"), MailKind::Verify, round))?;
                rows.insert_hit(Scope::Notice, &[n; 32], &[2; 32], at(round))?;
                Ok(())
            })
        });
        join_all(batch).await;
        if round % 3 == 0 {
            write(&files.store, move |rows| rows.erase_account(id)).await;
            write(&files.store, move |rows| {
                rows.sweep(at(round), alive(0, 0), at(round / 2), 1000)
            })
            .await;
        }
    }
    let raw = Connection::open(&files.path).unwrap();
    let words: String = raw
        .pragma_query_value(None, "integrity_check", |row| row.get(0))
        .unwrap();
    assert_eq!(words, "ok");
    let orphans = raw.query_row("SELECT count(*) FROM pragma_foreign_key_check", [], |row| {
        row.get::<_, i64>(0)
    });
    assert_eq!(orphans, Ok(0));
}

#[tokio::test]
async fn an_unknown_kind_of_mail_is_read_by_its_name() {
    let files = Folder::open();
    write(&files.store, |rows| {
        rows.insert_mail(&mail("m", MailKind::Verify, 10))
    })
    .await;
    let raw = Connection::open(&files.path).unwrap();
    raw.execute("UPDATE outbox SET kind = 'farewell'", [])
        .unwrap();
    let listed = read(&files.store, |rows| rows.mails()).await;
    let leased = write(&files.store, |rows| rows.lease_mail(at(10), "a", at(20))).await;
    for mail in [&listed[0], &leased.unwrap()] {
        assert_eq!(mail.kind, Err("farewell".to_owned()));
        assert_eq!(mail.kind_name(), "farewell");
    }
}
