//! The personal data in SQLite's tables: all of it is in the export, and none is left after deletion.

use axum::http::Method;
use http_body_util::BodyExt as _;
use serde_json::{Value, json};

use crate::accounts::{JO, OTHER_PASSWORD, PASSWORD, Service};

#[test]
fn the_export_contains_all_personal_data() {
    let service = Service::new();
    // A new column or table is either exported or left out on purpose: then add it here.
    let told = [
        (
            "accounts",
            "id email_key email password_hash language subscribed created_at password_at disabled_at address_at",
        ),
        (
            "address_changes",
            "id account email_key email language code at until",
        ),
        ("sessions", "hash id account device created_at last_seen_at"),
        ("devices", "hash account created_at expires_at"),
        ("consents", "id account subscribed wording text language at"),
        (
            "links",
            "id account dossier rendition sha256 terms created_at expires_at ended_at",
        ),
        (
            "downloads",
            "id account dossier rendition sha256 size terms by_link granted started_at last_at bytes covered whole \
             running_until",
        ),
    ];
    for (table, columns) in told {
        let found =
            service.column::<String>(&format!("SELECT name FROM pragma_table_info('{table}')"));
        assert_eq!(found.join(" "), columns, "{table}");
    }
    // Of these, personal columns are counted or listed above, and the rest concerns no person.
    let others = [
        "departures",
        "ended_sessions",
        "flows",
        "hits",
        "migrations",
        "outbox",
        "pace",
        "sqlite_sequence",
    ];
    let mut known: Vec<_> = told.iter().map(|(table, _)| *table).chain(others).collect();
    known.sort_unstable();
    let tables = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name";
    assert_eq!(service.column::<String>(tables), known);
}

#[tokio::test]
async fn a_deleted_account_leaves_no_row_but_its_departure() {
    let service = Service::new();
    let mut jo = service.registered(JO).await;
    jo.newsletter(true, "").await.status(200);
    jo.link().await;
    let former = "former@example.org";
    service.moves(&mut jo, former).await;
    service.moves(&mut jo, JO).await;
    let mut other = service.browser();
    other.log_in(JO, PASSWORD).await.status(200);
    let mut stranger = service.browser();
    stranger.register(JO, OTHER_PASSWORD).await.status(202);
    stranger.reset(JO).await.status(202);
    let body = json!({ "password": PASSWORD });
    jo.post("account/delete", body).await.status(204);
    service.mails().await;
    service.advance(40 * 24 * 3600);
    service.sidecar.accounts().sweep().await.unwrap();
    let tables = "SELECT name FROM sqlite_master WHERE type = 'table'";
    for table in service.column::<String>(tables) {
        let expected = match table.as_str() {
            // At both addresses that it had.
            "departures" => 2,
            "migrations" | "pace" | "sqlite_sequence" => continue,
            _ => 0,
        };
        let count = format!("SELECT count(*) FROM {table}");
        assert_eq!(service.column::<i64>(&count), [expected], "{table}");
    }
}

#[tokio::test]
async fn an_export_of_many_downloads_is_complete() {
    let service = Service::new();
    let mut jo = service.registered(JO).await;
    let connection = rusqlite::Connection::open(service.database()).unwrap();
    connection
        .execute_batch(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
             INSERT INTO downloads (account, dossier, rendition, sha256, size, terms, by_link, granted, started_at,
               last_at, bytes, covered, whole)
             SELECT 1, 'lisbon', 'broadcast', 'aa', i, '', 0, 0, 0, 0, 0, '', 0 FROM n",
        )
        .unwrap();
    let mut body = jo.ask(Method::GET, "/api/account").stream().await;
    let (mut parts, mut largest, mut text) = (0, 0, Vec::new());
    while let Some(frame) = body.frame().await {
        let part = frame.unwrap().into_data().unwrap();
        parts += 1;
        largest = largest.max(part.len());
        text.extend_from_slice(&part);
        // Others are answered in between, also where the reader of this is slow.
        if parts % 50 == 0 {
            assert!(jo.is_signed_in().await);
        }
    }
    assert!(parts >= 200, "{parts} parts");
    assert!(largest < 256 * 1024, "{largest} bytes at once");
    let told: Value = serde_json::from_slice(&text).unwrap();
    let downloads = told["downloads"].as_array().unwrap();
    assert_eq!(downloads.len(), 100_000);
    assert_eq!(
        (&downloads[0]["size"], &downloads[99_999]["size"]),
        (&json!(100_000), &json!(1))
    );
}
