use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use dateline_contract::edge::{EdgeRules, HeaderRule};
use proptest::prelude::*;

use super::{
    object::{Forms, phase},
    *,
};
use crate::{base::hash::Digest, config::publish::Coding, emit::Emitter};

/// A target in memory that can fail at any call, before or after it took effect, and is checked after each change.
#[derive(Default)]
struct Model {
    objects: Mutex<BTreeMap<String, Fetched>>,
    calls: AtomicUsize,
    /// The call that fails, and whether it still takes effect.
    cut: Option<(usize, bool)>,
    /// Whether calls fail at first and succeed when retried.
    flaky: bool,
    /// Stores altered content under this key.
    tampers: Option<String>,
}

impl Model {
    /// Every page is complete, and every file that it needs exists.
    fn check(&self) {
        let objects = self.objects.lock().unwrap();
        for (key, got) in objects.iter().filter(|(key, _)| key.ends_with(".html")) {
            let text = std::str::from_utf8(&got.body).unwrap();
            let needs = text.strip_prefix("<page>").unwrap();
            let needs = needs.strip_suffix("</page>").unwrap();
            for file in needs.split_whitespace() {
                assert!(objects.contains_key(file), "{key} needs {file}");
            }
        }
    }

    fn call<T>(&self, work: impl FnOnce() -> T) -> Result<T, Fault> {
        let number = self.calls.fetch_add(1, Ordering::Relaxed);
        if self.flaky && number % 3 != 2 {
            return Err(Fault::temporary("503 SlowDown"));
        }
        let killed = Fault::permanent("killed", "");
        match self.cut {
            Some((at, works)) if at == number => {
                if works {
                    work();
                    self.check();
                }
                Err(killed)
            }
            Some((at, _)) if number > at => Err(killed),
            _ => {
                let done = work();
                self.check();
                Ok(done)
            }
        }
    }

    fn keys(&self) -> BTreeSet<String> {
        self.objects.lock().unwrap().keys().cloned().collect()
    }
}

impl Storage for Model {
    fn name(&self) -> String {
        "model".to_owned()
    }

    fn put(&self, key: &str, headers: &Headers, size: u64, open: Opening<'_>) -> Result<(), Fault> {
        let mut body = Vec::new();
        open().unwrap().read_to_end(&mut body).unwrap();
        assert_eq!(body.len() as u64, size);
        if self.tampers.as_deref() == Some(key) {
            body.push(b'!');
        }
        let headers = Some(headers.clone());
        self.call(|| {
            let mut objects = self.objects.lock().unwrap();
            objects.insert(key.to_owned(), Fetched { body, headers });
        })
    }

    fn get(&self, key: &str) -> Result<Option<Fetched>, Fault> {
        self.call(|| self.objects.lock().unwrap().get(key).cloned())
    }

    fn list(&self, take: &mut dyn FnMut(Entry)) -> Result<(), Fault> {
        let all: Vec<Entry> = self.call(|| {
            let objects = self.objects.lock().unwrap();
            let found = |(key, got): (&String, &Fetched)| Entry {
                key: key.clone(),
                tag: Some(self.tag(&got.body)),
            };
            objects.iter().map(found).collect()
        })?;
        all.into_iter().for_each(take);
        Ok(())
    }

    fn tag(&self, body: &[u8]) -> String {
        Digest::of(body).hex()
    }

    fn remove(&self, keys: &[&str]) -> Result<(), Fault> {
        assert!(keys.len() <= AT_ONCE);
        // One by one, in an order that no caller may rely on.
        for key in keys.iter().rev() {
            self.call(|| self.objects.lock().unwrap().remove(*key))?;
        }
        Ok(())
    }
}

struct NoProgress;

impl Progress for NoProgress {
    fn begin(&self, _bytes: u64) {}
    fn done(&self, _bytes: u64) {}
    fn waits(&self, _fault: &Fault, _time: Duration) {}
}

/// Retries without waiting.
const RETRY: Retry<'_> = Retry {
    sleep: |_| {},
    progress: &NoProgress,
};

type Tree = BTreeMap<String, String>;

/// Writes a build by hand: what a build does is not the subject here.
fn built(out: &Path, site: &Tree, cache: &str) -> String {
    let emitter = Emitter::begin(out).unwrap();
    let _ = fs::remove_dir_all(out.join("site"));
    fs::create_dir_all(out.join("site")).unwrap();
    let rule = |path: &str, value: &str| HeaderRule {
        path: path.to_owned(),
        headers: [("Cache-Control".to_owned(), value.to_owned())].into(),
    };
    let rules = EdgeRules {
        base_url: Some("https://news.example".to_owned()),
        headers: vec![rule("/*", cache), rule("/assets/*", "immutable")],
        ..EdgeRules::default()
    };
    let mut files: BTreeMap<String, Vec<u8>> = site
        .iter()
        .map(|(path, text)| (format!("site/{path}"), text.clone().into_bytes()))
        .collect();
    files.insert("edge/headers.json".to_owned(), rules.to_json().unwrap());
    let mut id = Vec::new();
    let mut entries = Vec::new();
    for (path, bytes) in &files {
        let target = out.join(path);
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        fs::write(target, bytes).unwrap();
        let digest = Digest::of(bytes);
        id.extend([path.as_bytes(), digest.bytes()].concat());
        entries.push((path.as_str(), digest, bytes.len() as u64));
    }
    let id = Digest::of(&id).hex();
    emitter.list(&id, entries.into_iter()).unwrap();
    emitter.seal(&id).unwrap();
    id
}

fn page(needs: &str) -> String {
    format!("<page>{needs}</page>")
}

fn tree(files: &[(&str, &str)]) -> Tree {
    files
        .iter()
        .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()))
        .collect()
}

fn options(writer: &str) -> Options {
    Options {
        forms: Forms::One(None),
        grace_days: 0,
        now: 1_000_000,
        writer: writer.to_owned(),
        threads: 1,
        compress: |coding, body| [format!("{coding:?}").as_bytes(), body].concat(),
    }
}

/// The whole command.
fn publish(
    out: &Path,
    storage: &Model,
    options: Options,
    allowed: Option<usize>,
) -> Result<(), String> {
    let build = Build::open(out).map_err(|d| d.message)?;
    let publishing = build.compare(storage, options, RETRY);
    let mut publishing = publishing.map_err(|d| d.message)?;
    publishing.check(allowed).map_err(|d| d.message)?;
    publishing.apply().map_err(|d| d.message)?;
    publishing.acknowledge().map_err(|d| d.message)
}

fn acknowledged(out: &Path) -> serde_json::Value {
    let text = fs::read(out.join(".changes/acknowledged.json")).unwrap_or_default();
    serde_json::from_slice(&text).unwrap_or_default()
}

/// What the target should hold, beside its marker and what stays for a while.
fn holds(storage: &Model, site: &Tree) {
    let objects = storage.objects.lock().unwrap();
    for (key, text) in site {
        assert_eq!(objects[key].body, text.as_bytes(), "{key}");
    }
}

const ALL: Option<usize> = Some(usize::MAX);

/// Two versions of a small site that differ in everything that can differ.
fn versions() -> [Tree; 2] {
    [
        tree(&[
            ("assets/a.1.css", "a"),
            ("img/p.png", "p"),
            ("index.html", &page("assets/a.1.css img/p.png")),
            ("en/one/index.html", &page("assets/a.1.css img/p.png")),
            ("en/two/index.html", &page("assets/a.1.css")),
            ("feed.xml", "one two"),
        ]),
        tree(&[
            ("assets/a.2.css", "aa"),
            ("img/q.png", "q"),
            ("index.html", &page("assets/a.2.css img/q.png")),
            ("en/one/index.html", &page("assets/a.2.css")),
            ("en/three/index.html", &page("assets/a.2.css img/q.png")),
            ("feed.xml", "one three"),
        ]),
    ]
}

#[test]
fn pages_are_complete_wherever_a_run_is_cut() {
    let versions = versions();
    for threads in [1, 4] {
        for works in [false, true] {
            for at in 0.. {
                let dir = tempfile::tempdir().unwrap();
                let out = dir.path();
                let mut storage = Model::default();
                let mut cut_somewhere = false;
                for (n, site) in [&versions[0], &versions[1], &versions[0]]
                    .iter()
                    .enumerate()
                {
                    let id = built(out, site, "short");
                    storage.cut = Some((at, works));
                    storage.calls = AtomicUsize::new(0);
                    let mut first = options(&format!("cut-{n}"));
                    first.threads = threads;
                    cut_somewhere |= publish(out, &storage, first, ALL).is_err();
                    storage.cut = None;
                    // The next run resumes, also with another version, and completes.
                    if n != 1 {
                        publish(out, &storage, options(&format!("again-{n}")), ALL).unwrap();
                        holds(&storage, site);
                        assert_eq!(storage.keys().len(), site.len() + 1);
                        assert_eq!(acknowledged(out)["id"], id.as_str());
                    }
                }
                if !cut_somewhere {
                    assert!(at > 12, "{at}");
                    break;
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]
    /// Random trees, one after the other, each cut somewhere: pages are complete at every moment.
    #[test]
    fn any_sequence_of_trees(
        trees in prop::collection::vec(prop::collection::btree_map("[a-e]", prop::collection::btree_set(0_u8..6, 0..4), 0..5), 1..5),
        cuts in prop::collection::vec((0_usize..30, any::<bool>()), 5),
        grace in 0_u64..2,
    ) {
        let dir = tempfile::tempdir().unwrap();
        let mut storage = Model::default();
        for (n, pages) in trees.iter().enumerate() {
            let mut site = Tree::new();
            for (name, needs) in pages {
                let needs: Vec<String> = needs.iter().map(|n| match n % 2 {
                    0 => format!("assets/{n}.css"),
                    _ => format!("static/{n}.png"),
                }).collect();
                site.insert(format!("{name}/index.html"), page(&needs.join(" ")));
                site.extend(needs.into_iter().map(|need| (need, String::new())));
            }
            built(dir.path(), &site, "short");
            storage.cut = Some(cuts[n]);
            storage.calls = AtomicUsize::new(0);
            let mut first = options(&format!("cut-{n}"));
            first.grace_days = grace;
            let _ = publish(dir.path(), &storage, first.clone(), ALL);
            storage.cut = None;
            if n % 2 == 1 || n + 1 == trees.len() {
                first.writer = format!("again-{n}");
                prop_assert_eq!(publish(dir.path(), &storage, first, ALL), Ok(()));
                holds(&storage, &site);
                let pages = |keys: BTreeSet<String>| keys.into_iter().filter(|k| k.ends_with("html")).count();
                prop_assert_eq!(pages(storage.keys()), pages(site.keys().cloned().collect()));
            }
        }
    }
}

#[test]
fn what_is_there_is_not_uploaded_again() {
    let dir = tempfile::tempdir().unwrap();
    let mut site = versions()[0].clone();
    built(dir.path(), &site, "short");
    let mut storage = Model::default();
    publish(dir.path(), &storage, options("1"), None).unwrap();
    let calls = |storage: &mut Model| std::mem::take(storage.calls.get_mut());
    // Marker, listing, marker, six files, three of them back.
    assert_eq!(calls(&mut storage), 12);
    publish(dir.path(), &storage, options("2"), None).unwrap();
    assert_eq!(calls(&mut storage), 1, "the marker alone");
    site.insert("en/two/index.html".to_owned(), page(""));
    built(dir.path(), &site, "short");
    publish(dir.path(), &storage, options("3"), None).unwrap();
    assert_eq!(calls(&mut storage), 4, "marker, marker, page, page");
    // Other headers are another object.
    built(dir.path(), &site, "long");
    publish(dir.path(), &storage, options("4"), None).unwrap();
    let objects = storage.objects.lock().unwrap();
    let cache = |key: &str| objects[key].headers.clone().unwrap().cache_control.unwrap();
    assert_eq!(cache("index.html"), "long");
    assert_eq!(cache("assets/a.1.css"), "immutable");
}

#[test]
fn a_lost_or_outdated_record_is_rebuilt() {
    let dir = tempfile::tempdir().unwrap();
    let versions = versions();
    built(dir.path(), &versions[0], "short");
    let mut storage = Model::default();
    publish(dir.path(), &storage, options("1"), None).unwrap();
    // Another machine has no record, finds what is unchanged, and publishes another tree.
    let other = tempfile::tempdir().unwrap();
    built(other.path(), &versions[0], "short");
    *storage.calls.get_mut() = 0;
    publish(other.path(), &storage, options("2"), None).unwrap();
    assert_eq!(*storage.calls.get_mut(), 2, "marker, listing");
    publish(other.path(), &storage, options("2"), None).unwrap();
    assert_eq!(*storage.calls.get_mut(), 3, "marker");
    built(other.path(), &versions[1], "short");
    publish(other.path(), &storage, options("3"), ALL).unwrap();
    // The first machine notices.
    publish(dir.path(), &storage, options("4"), ALL).unwrap();
    holds(&storage, &versions[0]);
    assert_eq!(storage.keys().len(), versions[0].len() + 1);
}

#[test]
fn temporary_failures_are_retried() {
    let dir = tempfile::tempdir().unwrap();
    built(dir.path(), &versions()[0], "short");
    let storage = Model {
        flaky: true,
        ..Model::default()
    };
    publish(dir.path(), &storage, options("1"), None).unwrap();
    holds(&storage, &versions()[0]);
}

#[test]
fn many_removals_need_confirmation() {
    let dir = tempfile::tempdir().unwrap();
    let mut site = Tree::new();
    for n in 0..20 {
        site.insert(format!("{n}/index.html"), page(""));
    }
    built(dir.path(), &site, "short");
    let storage = Model::default();
    publish(dir.path(), &storage, options("1"), None).unwrap();
    for n in 0..3 {
        site.remove(&format!("{n}/index.html"));
    }
    built(dir.path(), &site, "short");
    let refused = publish(dir.path(), &storage, options("2"), None).unwrap_err();
    assert!(refused.contains("3 of 20"), "{refused}");
    assert!(publish(dir.path(), &storage, options("2"), Some(2)).is_err());
    assert_eq!(storage.keys().len(), 21);
    publish(dir.path(), &storage, options("2"), Some(3)).unwrap();
    assert_eq!(storage.keys().len(), 18);
    site.remove("3/index.html");
    built(dir.path(), &site, "short");
    publish(dir.path(), &storage, options("3"), None).unwrap();
    assert_eq!(storage.keys().len(), 17);
}

#[test]
fn files_of_others_stay_without_confirmation() {
    let dir = tempfile::tempdir().unwrap();
    built(dir.path(), &versions()[0], "short");
    let storage = Model::default();
    let theirs = Fetched {
        body: Vec::new(),
        headers: None,
    };
    storage
        .objects
        .lock()
        .unwrap()
        .insert("theirs.txt".to_owned(), theirs);
    let refused = publish(dir.path(), &storage, options("1"), None).unwrap_err();
    assert!(refused.contains("1 of 1 files"), "{refused}");
    assert_eq!(storage.keys().len(), 1);
}

#[test]
fn fingerprinted_files_outlive_their_pages_for_a_while() {
    let dir = tempfile::tempdir().unwrap();
    let versions = versions();
    let storage = Model::default();
    let day = |n: i64| Options {
        grace_days: 7,
        now: 1_000_000 + n * 86_400,
        ..options(&format!("day-{n}"))
    };
    built(dir.path(), &versions[0], "short");
    publish(dir.path(), &storage, day(0), ALL).unwrap();
    built(dir.path(), &versions[1], "short");
    publish(dir.path(), &storage, day(1), ALL).unwrap();
    assert!(storage.keys().contains("assets/a.1.css"));
    assert!(!storage.keys().contains("img/p.png"), "no fingerprint");
    publish(dir.path(), &storage, day(7), ALL).unwrap();
    assert!(storage.keys().contains("assets/a.1.css"));
    publish(dir.path(), &storage, day(8), ALL).unwrap();
    assert!(!storage.keys().contains("assets/a.1.css"));
    // A file that is used again starts a new grace period.
    built(dir.path(), &versions[0], "short");
    publish(dir.path(), &storage, day(9), ALL).unwrap();
    built(dir.path(), &versions[1], "short");
    publish(dir.path(), &storage, day(10), ALL).unwrap();
    publish(dir.path(), &storage, day(16), ALL).unwrap();
    assert!(storage.keys().contains("assets/a.1.css"));
}

#[test]
fn what_lists_pages_follows_them_in_every_format() {
    for file in [
        "en/feed.xml",
        "en/feed.json",
        "en/videos/feed.rss",
        "sitemap.xml",
        "sitemap/en-2025.xml",
        "robots.txt",
    ] {
        assert_eq!(phase(file, true), Phase::Lists, "{file}");
    }
    assert_eq!(phase("en/feedback.css", true), Phase::Files);
}

#[test]
fn an_altered_upload_is_not_acknowledged() {
    let dir = tempfile::tempdir().unwrap();
    built(dir.path(), &versions()[0], "short");
    let mut storage = Model {
        tampers: Some("feed.xml".to_owned()),
        ..Model::default()
    };
    let said = publish(dir.path(), &storage, options("1"), None).unwrap_err();
    assert!(
        said.contains("feed.xml") && said.contains("another content"),
        "{said}"
    );
    assert!(acknowledged(dir.path()).is_null());
    storage.tampers = None;
    publish(dir.path(), &storage, options("2"), None).unwrap();
    holds(&storage, &versions()[0]);
}

#[test]
fn a_changed_or_unfinished_build_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let storage = Model::default();
    let said = || publish(dir.path(), &storage, options("1"), None).unwrap_err();
    assert!(said().contains("holds no build"));
    built(dir.path(), &versions()[0], "short");
    mark_preview(dir.path(), true).unwrap();
    assert!(said().contains("--drafts or --at"));
    mark_preview(dir.path(), false).unwrap();
    fs::write(dir.path().join("site/index.html"), "<page>mine</page>").unwrap();
    assert!(said().contains("site/index.html is not what the build wrote"));
    built(dir.path(), &versions()[0], "short");
    Emitter::begin(dir.path()).unwrap().seal("").unwrap();
    assert!(said().contains("did not finish"));
    assert!(!storage.keys().contains("index.html"));
}

#[test]
fn compressed_forms_lie_beside_or_in_place() {
    let dir = tempfile::tempdir().unwrap();
    let long = page(&" ".repeat(2000));
    built(
        dir.path(),
        &tree(&[("index.html", &long), ("s.html", &page(""))]),
        "short",
    );
    let beside = Model::default();
    let mut both = options("1");
    both.forms = Forms::Beside(vec![Coding::Brotli, Coding::Gzip]);
    publish(dir.path(), &beside, both, None).unwrap();
    let keys = [
        ".dateline.json",
        "index.html",
        "index.html.br",
        "index.html.gz",
        "s.html",
    ];
    assert_eq!(beside.keys(), BTreeSet::from(keys.map(str::to_owned)));
}

#[test]
fn only_changed_addresses_are_announced() {
    let dir = tempfile::tempdir().unwrap();
    let mut site = versions()[0].clone();
    built(dir.path(), &site, "short");
    let storage = Model::default();
    publish(dir.path(), &storage, options("1"), None).unwrap();
    site.remove("en/two/index.html");
    site.insert("en/two words/index.html".to_owned(), page(""));
    built(dir.path(), &site, "short");
    let urls = || {
        let build = Build::open(dir.path()).unwrap();
        let publishing = build.compare(&storage, options("2"), RETRY);
        let mut publishing = publishing.unwrap();
        publishing.apply().unwrap();
        let urls: Vec<String> = publishing
            .unannounced()
            .into_iter()
            .map(|a| a.url)
            .collect();
        urls
    };
    let wanted = [
        "https://news.example/en/two%20words/",
        "https://news.example/en/two/",
    ];
    assert_eq!(urls(), wanted);
    // They were not announced yet, so they are listed again.
    assert_eq!(urls(), wanted);
    publish(dir.path(), &storage, options("3"), None).unwrap();
    assert!(urls().is_empty());
}
