//! Links to gated files, and what was downloaded.

use dateline_auth::domain::store::{Download, Link, Progress, Wanted};

use super::*;

fn link(id: &str, account: i64, expires: i64) -> Link {
    Link {
        id: id.into(),
        account,
        dossier: "lisbon".into(),
        rendition: "broadcast".into(),
        sha256: "ab".repeat(32),
        terms: "2025-01".into(),
        created_at: at(expires - 100),
        expires_at: at(expires),
        revoked_at: None,
    }
}

async fn ids(store: &Arc<dyn Store>, account: i64, now: i64) -> Vec<String> {
    let links = read(store, move |rows| rows.links_of(account, at(now))).await;
    links.into_iter().map(|link| link.id).collect()
}

pub(super) async fn links_live_until_their_end_and_are_found_afterwards(store: &Arc<dyn Store>) {
    write(store, |rows| {
        rows.insert_link(&link("a", 7, 500))?;
        rows.insert_link(&link("b", 7, 600))?;
        rows.insert_link(&link("c", 8, 600))
    })
    .await;
    assert_eq!(ids(store, 7, 499).await, ["b", "a"]);
    assert_eq!(ids(store, 7, 500).await, ["b"]);
    let made = |since| read(store, move |rows| rows.links_made(7, at(since)));
    assert_eq!(made(399).await, [at(400), at(500)]);
    assert_eq!(made(400).await, [at(500)]);
    assert_eq!(made(500).await, []);
    let found = read(store, |rows| rows.link("a")).await;
    assert_eq!(found, Some(link("a", 7, 500)));
    assert_eq!(read(store, |rows| rows.link("A")).await, None);
    write(store, |rows| rows.forget_links(at(500), 9)).await;
    assert_eq!(read(store, |rows| rows.link("a")).await, None);
    assert!(read(store, |rows| rows.link("b")).await.is_some());
}

pub(super) async fn links_end_one_by_one_or_together(store: &Arc<dyn Store>) {
    write(store, |rows| {
        for (id, account) in [("a", 7), ("b", 7), ("c", 8), ("d", 8)] {
            rows.insert_link(&link(id, account, 500))?;
        }
        Ok(())
    })
    .await;
    let end = |account, id: &'static str, now| {
        write(store, move |rows| rows.revoke_link(account, id, at(now)))
    };
    assert!(!end(8, "a", 450).await, "somebody else's");
    assert!(!end(7, "a", 500).await, "over already");
    assert!(end(7, "a", 450).await);
    assert!(!end(7, "a", 451).await, "ended already");
    let found = read(store, |rows| rows.link("a")).await.unwrap();
    assert_eq!(found.revoked_at, Some(at(450)));
    write(store, |rows| rows.revoke_links_of(8, at(460))).await;
    assert_eq!(ids(store, 7, 460).await, ["b"]);
    assert!(ids(store, 8, 460).await.is_empty());
    write(store, |rows| rows.revoke_all_links(at(470))).await;
    assert!(ids(store, 7, 470).await.is_empty());
    let found = read(store, |rows| rows.link("a")).await.unwrap();
    assert_eq!(found.revoked_at, Some(at(450)), "only once");
}

fn wanted() -> Wanted {
    Wanted {
        dossier: "lisbon".into(),
        rendition: "broadcast".into(),
        sha256: "ab".repeat(32),
        size: 5_368_709_120,
        terms: "2025-01".into(),
        by_link: true,
        granted: false,
    }
}

fn progress(bytes: u64, covered: &str) -> Progress {
    Progress {
        bytes,
        covered: covered.parse().unwrap(),
    }
}

pub(super) async fn downloads_go_on(store: &Arc<dyn Store>) {
    let jo = insert(store, "jo").await;
    let id = write(store, move |rows| {
        rows.insert_download(jo, &wanted(), at(100))
    })
    .await;
    let latest = |since| {
        read(store, move |rows| {
            rows.latest_download(jo, &wanted(), at(since))
        })
    };
    let begun = Download {
        id,
        account: Some(jo),
        wanted: wanted(),
        started_at: at(100),
        last_at: at(100),
        progress: Progress::default(),
        whole: false,
    };
    assert_eq!(latest(99).await, Some(begun.clone()));
    assert_eq!(latest(100).await, None);
    let reached = progress(5_000_000_000, "0-4000000000,4100000000-4200000000");
    let noted = reached.clone();
    write(store, move |rows| {
        rows.note_progress(id, &noted, false, at(200))
    })
    .await;
    let now = Download {
        progress: reached,
        last_at: at(200),
        ..begun
    };
    assert_eq!(latest(199).await, Some(now));
    let content = |since| {
        read(store, move |rows| {
            rows.latest_content(jo, &wanted(), at(since))
        })
    };
    assert_eq!(content(199).await, Some("ab".repeat(32)));
    assert_eq!(content(200).await, None);
    for change in [
        (|wanted| wanted.dossier = "madrid".into()) as fn(&mut Wanted),
        |wanted| wanted.rendition = "preview".into(),
        |wanted| wanted.sha256 = "cd".repeat(32),
        |wanted| wanted.terms = String::new(),
        |wanted| wanted.by_link = false,
        |wanted| wanted.granted = true,
    ] {
        let mut other = wanted();
        change(&mut other);
        let found = read(store, move |rows| rows.latest_download(jo, &other, at(0))).await;
        assert_eq!(found, None);
    }
    let all = progress(6_000_000_000, "0-5368709120");
    write(store, move |rows| {
        rows.note_progress(id, &all, true, at(300))
    })
    .await;
    // Sent bytes may not have arrived, so a complete download may continue.
    assert!(latest(299).await.is_some_and(|found| found.whole));
    assert_eq!(latest(300).await, None);
    assert_eq!(content(299).await, Some("ab".repeat(32)));
}

pub(super) async fn downloads_are_listed_and_forgotten(store: &Arc<dyn Store>) {
    let (jo, kim) = (insert(store, "jo").await, insert(store, "kim").await);
    let mut all = Vec::new();
    for (account, begun) in [(jo, 100), (kim, 200), (jo, 300)] {
        all.push(
            write(store, move |rows| {
                rows.insert_download(account, &wanted(), at(begun))
            })
            .await,
        );
    }
    let of = |account, limit| async move {
        let found = read(store, move |rows| rows.downloads_of(account, limit)).await;
        found.iter().map(|one| one.id).collect::<Vec<_>>()
    };
    let between = |from, to, after, limit| async move {
        let found = read(store, move |rows| {
            rows.downloads_between(at(from), at(to), after, limit)
        });
        let found = found.await;
        found.iter().map(|one| one.id).collect::<Vec<_>>()
    };
    let begun = |since| read(store, move |rows| rows.downloads_begun(jo, at(since)));
    assert_eq!(begun(99).await, [at(100), at(300)]);
    assert_eq!(begun(100).await, [at(300)]);
    assert_eq!(begun(300).await, []);
    assert_eq!(of(jo, 9).await, [all[2], all[0]]);
    assert_eq!(of(jo, 1).await, [all[2]]);
    assert_eq!(between(100, 300, 0, 9).await, all[..2]);
    assert_eq!(between(101, 301, 0, 1).await, [all[1]]);
    assert_eq!(between(0, 999, all[0], 9).await, all[1..]);

    write(store, move |rows| rows.erase_account(jo)).await;
    assert!(of(jo, 9).await.is_empty());
    let found = read(store, |rows| rows.downloads_between(at(0), at(999), 0, 1)).await;
    assert_eq!(found[0].account, None, "it stays, and is nobody's");
    write(store, |rows| rows.forget_downloads(at(100), 9)).await;
    assert_eq!(between(0, 999, 0, 9).await, all[1..]);
}
