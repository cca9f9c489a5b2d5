//! Fills a database for measurements.
//!
//!     cargo run --release -p dateline-auth --example fill -- DATABASE ACCOUNTS SESSIONS [DEVICES DOWNLOADS]
//!
//! DATABASE is a file of SQLite, or the address of a PostgreSQL database. Makes accounts `user0@example.org` … with the
//! password `Correct-Horse-42!` and divides the sessions, known browsers and complete downloads among them. Prints the
//! cookies of 100 sessions, evenly spread over all, one a line.

use std::error::Error;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use dateline_auth::app::development_secret;
use dateline_auth::domain::clock::{Clock as _, SystemClock};
use dateline_auth::domain::coverage::Coverage;
use dateline_auth::domain::hashing::Hasher;
use dateline_auth::domain::network::Network;
use dateline_auth::domain::password::Password;
use dateline_auth::domain::random::{SystemRandom, Token, public_id};
use dateline_auth::domain::store::{Account, Progress, Rows, Session, Store, Stored, Wanted};
use dateline_auth::domain::time::Moment;
use dateline_auth::hashing::{Cost, HashPool};
use dateline_auth::store::postgres::{Postgres, PostgresOptions};
use dateline_auth::store::sqlite::{Files, Sqlite, SqliteOptions};

/// What one transaction takes.
const PORTION: u32 = 5_000;
/// The most cookies that are printed.
const SHOWN: usize = 100;

/// How many rows of each kind.
struct Amounts {
    accounts: u32,
    sessions: u32,
    devices: u32,
    downloads: u32,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (database, numbers) = arguments.split_first().ok_or("no database")?;
    let numbers: Vec<u32> = numbers
        .iter()
        .map(|n| n.parse())
        .collect::<Result<_, _>>()?;
    let (accounts, sessions, devices, downloads) = match *numbers.as_slice() {
        [accounts, sessions] => (accounts, sessions, 0, 0),
        [accounts, sessions, devices, downloads] => (accounts, sessions, devices, downloads),
        _ => return Err("usage: fill DATABASE ACCOUNTS SESSIONS [DEVICES DOWNLOADS]".into()),
    };
    let amounts = Amounts {
        accounts,
        sessions,
        devices,
        downloads,
    };
    let store: Arc<dyn Store> = if database.starts_with("postgres") {
        Arc::new(Postgres::open(database, PostgresOptions::default())?)
    } else {
        let files = Files::together(Path::new(database).into());
        // The service that is started on it signs with this.
        development_secret(&files.state)?;
        Arc::new(Sqlite::open(&files, SqliteOptions::default())?)
    };
    tokio::runtime::Runtime::new()?.block_on(fill(&*store, &amounts))
}

async fn fill(store: &dyn Store, amounts: &Amounts) -> Result<(), Box<dyn Error>> {
    let hash: Arc<str> = hash("Correct-Horse-42!").await.ok_or("no hash")?.into();
    let now = SystemClock.now().into();
    let mut ids: Vec<i64> = Vec::new();
    for range in portions(amounts.accounts) {
        let hash = hash.clone();
        let write =
            move |rows: &mut dyn Rows| Ok(insert_accounts(rows, now, &hash, range.clone())?);
        ids.extend(store.write(write).await?);
    }
    let ids: Arc<[i64]> = ids.into();
    let mut cookies = Vec::new();
    for range in portions(amounts.sessions) {
        let ids = ids.clone();
        let write = move |rows: &mut dyn Rows| Ok(insert_sessions(rows, now, &ids, range.clone())?);
        cookies.extend(store.write(write).await?);
    }
    for range in portions(amounts.devices) {
        let ids = ids.clone();
        let write = move |rows: &mut dyn Rows| Ok(insert_devices(rows, now, &ids, range.clone())?);
        store.write(write).await?;
    }
    for range in portions(amounts.downloads) {
        let ids = ids.clone();
        let write =
            move |rows: &mut dyn Rows| Ok(insert_downloads(rows, now, &ids, range.clone())?);
        store.write(write).await?;
    }
    let apart = (cookies.len() / SHOWN).max(1);
    for cookie in cookies.iter().step_by(apart).take(SHOWN) {
        println!("{cookie}");
    }
    Ok(())
}

/// Numbers below this, in ranges for one transaction each.
fn portions(most: u32) -> impl Iterator<Item = Range<u32>> {
    (0..most)
        .step_by(PORTION as usize)
        .map(move |first| first..most.min(first + PORTION))
}

async fn hash(password: &str) -> Option<String> {
    let hasher = HashPool::start(1, 1, Cost::default(), Arc::new(SystemRandom)).ok()?;
    let password = Password::parse_given(password)?;
    let nobody = Network::of([127, 0, 0, 1].into());
    hasher.hash(hasher.reserve(nobody)?, password).await
}

fn insert_accounts(
    rows: &mut dyn Rows,
    now: Moment,
    hash: &str,
    numbers: Range<u32>,
) -> Stored<Vec<i64>> {
    let mut ids = Vec::new();
    for number in numbers {
        let email = format!("user{number}@example.org");
        let account = Account {
            id: 0,
            email_key: email.clone(),
            email,
            password_hash: hash.to_owned(),
            language: "en".to_owned(),
            subscribed: false,
            created_at: now,
            password_at: now,
            address_at: now,
            disabled_at: None,
        };
        ids.extend(rows.insert_account(&account)?);
    }
    Ok(ids)
}

/// The account that has the row of this number.
fn owner(ids: &[i64], number: u32) -> i64 {
    ids[number as usize % ids.len()]
}

fn insert_sessions(
    rows: &mut dyn Rows,
    now: Moment,
    ids: &[i64],
    numbers: Range<u32>,
) -> Stored<Vec<String>> {
    let mut cookies = Vec::new();
    for number in numbers {
        let token = Token::new(&SystemRandom);
        rows.insert_session(&Session {
            hash: token.hash(),
            id: public_id(&SystemRandom),
            account: owner(ids, number),
            device: "Firefox on Linux".to_owned(),
            created_at: now,
            last_seen_at: now,
        })?;
        cookies.push(token.as_str().to_owned());
    }
    Ok(cookies)
}

fn insert_devices(
    rows: &mut dyn Rows,
    now: Moment,
    ids: &[i64],
    numbers: Range<u32>,
) -> Stored<()> {
    for number in numbers {
        let hash = Token::new(&SystemRandom).hash();
        rows.insert_device(&hash, owner(ids, number), now, now)?;
    }
    Ok(())
}

fn insert_downloads(
    rows: &mut dyn Rows,
    now: Moment,
    ids: &[i64],
    numbers: Range<u32>,
) -> Stored<()> {
    for number in numbers {
        let wanted = Wanted {
            dossier: "summit-opening-session".to_owned(),
            rendition: "broadcast".to_owned(),
            sha256: "a".repeat(64),
            size: 5_000_000_000,
            terms: "2025-01".to_owned(),
            by_link: false,
            granted: false,
        };
        let id = rows.insert_download(owner(ids, number), &wanted, now)?;
        let mut covered = Coverage::default();
        covered.add(0..wanted.size);
        let progress = Progress {
            bytes: wanted.size,
            covered,
        };
        rows.note_progress(id, &progress, true, now)?;
    }
    Ok(())
}
