//! Fills a database for measurements.
//!
//!     cargo run --release -p dateline-auth --example fill -- DATABASE ACCOUNTS SESSIONS
//!
//! Makes accounts `user0@example.org` … with the password `Correct-Horse-42!` and divides the sessions
//! among them. Prints the cookies of the first 100 sessions, one a line.

use std::error::Error;
use std::path::Path;
use std::sync::Arc;

use dateline_auth::app::{Sidecar, SidecarOptions, development_secret};
use dateline_auth::domain::hashing::Hasher;
use dateline_auth::domain::network::Network;
use dateline_auth::domain::password::Password;
use dateline_auth::domain::random::{SystemRandom, Token, public_id};
use dateline_auth::domain::store::{Account, Rows, Session, Stored};
use dateline_auth::domain::time::Moment;
use dateline_auth::hashing::{Cost, HashPool};
use dateline_auth::mail::MemoryMailer;
use dateline_auth::store::sqlite::{Files, SqliteOptions};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [database, accounts, sessions] = arguments.as_slice() else {
        return Err("usage: fill DATABASE ACCOUNTS SESSIONS".into());
    };
    let (accounts, sessions): (u32, u32) = (accounts.parse()?, sessions.parse()?);
    let database = Path::new(database);
    let files = Files::together(database.into());
    let secret = development_secret(&files.state)?;
    let mailer = Arc::new(MemoryMailer::new());
    let options = SidecarOptions::on_sqlite(&files, SqliteOptions::default(), secret, mailer)?;
    let sidecar = Sidecar::open(options)?;
    tokio::runtime::Runtime::new()?.block_on(fill(&sidecar, accounts, sessions))
}

async fn fill(sidecar: &Sidecar, accounts: u32, sessions: u32) -> Result<(), Box<dyn Error>> {
    let hash = hash("Correct-Horse-42!").await.ok_or("no hash")?;
    let now = sidecar.accounts().core().time.now();
    let cookies = sidecar
        .accounts()
        .store()
        .write(move |rows| Ok(insert(rows, now, &hash, accounts, sessions)?))
        .await?;
    for cookie in cookies {
        println!("{cookie}");
    }
    Ok(())
}

async fn hash(password: &str) -> Option<String> {
    let hasher = HashPool::start(1, 1, Cost::default(), Arc::new(SystemRandom)).ok()?;
    let password = Password::parse_given(password)?;
    let nobody = Network::of([127, 0, 0, 1].into());
    hasher.hash(hasher.reserve(nobody)?, password).await
}

fn insert(
    rows: &mut dyn Rows,
    now: Moment,
    hash: &str,
    accounts: u32,
    sessions: u32,
) -> Stored<Vec<String>> {
    let mut ids = Vec::new();
    for number in 0..accounts {
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
    let mut cookies = Vec::new();
    for account in ids.iter().cycle().take(sessions as usize) {
        let token = Token::new(&SystemRandom);
        rows.insert_session(&Session {
            hash: token.hash(),
            id: public_id(&SystemRandom),
            account: *account,
            device: "Firefox on Linux".to_owned(),
            created_at: now,
            last_seen_at: now,
        })?;
        if cookies.len() < 100 {
            cookies.push(token.as_str().to_owned());
        }
    }
    Ok(cookies)
}
