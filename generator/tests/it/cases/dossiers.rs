//! What a build says of a dossier's files, and what it never does to them.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use dateline::{
    base::files::{FileProblem, Files, Mem, Taking, Version},
    pipeline,
};

use crate::harness::{Newsroom, png};

/// Where the harness's dossiers keep a file, by what their checksum repeats.
fn stored(id: &str, name: &str, sum: &str) -> String {
    format!("media/{sum}/{}/{id}-{name}.mp4", sum.repeat(32))
}

#[test]
fn without_a_storage_nothing_is_said() {
    let built = Newsroom::new().dossier("clip", "2025-01-05", "", "").good();
    assert!(built.diagnostics().is_empty(), "{}", built.report());
}

#[test]
fn a_stored_file_that_is_missing_or_of_another_size_is_a_warning() {
    let room = Newsroom::new()
        .dossier("clip", "2025-01-05", "", "")
        .dossier("later", "2025-01-05", "embargo = 2025-03-01T00:00:00Z", "")
        .dossier("draft", "2025-01-05", "draft = true", "")
        .story("media/clip.fr.md", "", "", "")
        .file(&stored("clip", "preview", "cd"), vec![0; 999])
        .file(&stored("later", "broadcast", "ab"), vec![0; 1000]);
    let built = room.good();
    let found = built.diagnostics();
    let reported: Vec<(&str, usize, &str)> = found
        .iter()
        .map(|f| (f.file.as_str(), f.line, f.text.split(" | ").next().unwrap()))
        .collect();
    assert_eq!(
        reported,
        [
            (
                "content/media/clip.md",
                8,
                "clip-broadcast.mp4 is not in the media storage: it cannot be downloaded"
            ),
            (
                "content/media/clip.md",
                16,
                "the stored clip-preview.mp4 has 999 bytes and not 1000: it cannot be downloaded"
            ),
            (
                "content/media/later.md",
                16,
                "later-preview.mp4 is not in the media storage: it cannot be downloaded"
            ),
        ]
    );
    let text = &found[0].text;
    assert!(
        text.contains("dateline media add clip-broadcast.mp4 --to clip"),
        "{text}"
    );
}

/// Counts looks into the storage, and fails on every reading of it.
struct Guarded {
    inner: Mem,
    looks: AtomicUsize,
    reads: AtomicUsize,
}

impl Files for Guarded {
    fn walk(&self, folder: &str) -> (Vec<String>, Vec<FileProblem>) {
        assert!(!folder.starts_with("media"), "walked {folder}");
        self.inner.walk(folder)
    }

    fn pieces(&self, path: &str, take: Taking<'_>) -> io::Result<Version> {
        if path.starts_with("media/") {
            self.reads.fetch_add(1, Ordering::Relaxed);
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        self.inner.pieces(path, take)
    }

    fn size(&self, path: &str) -> io::Result<u64> {
        if path.starts_with("media/") {
            self.looks.fetch_add(1, Ordering::Relaxed);
        }
        self.inner.size(path)
    }
}

#[test]
fn a_build_of_ten_thousand_dossiers_reads_no_media_file() {
    const DOSSIERS: usize = 10_000;
    let mut room = Newsroom::new().without_template("list.html");
    for i in 0..DOSSIERS {
        let id = format!("clip-{i}");
        room = room
            .dossier(&id, "2025-01-05", "", "")
            .file(&stored(&id, "preview", "cd"), vec![0; 1000])
            .file(&stored(&id, "broadcast", "ab"), vec![0; 1000]);
    }
    let files = Arc::new(Guarded {
        inner: room.mem(),
        looks: AtomicUsize::new(0),
        reads: AtomicUsize::new(0),
    });
    let mut diags = Vec::new();
    let plan = pipeline::prepare(&room.inputs_from(files.clone()), &mut diags);
    let plan = plan.unwrap_or_else(|| panic!("{:#?}", &diags[..3]));
    diags.extend(plan.check(&|| false));
    assert_eq!(diags, []);
    assert!(plan.jobs.len() > DOSSIERS);
    assert_eq!(files.reads.load(Ordering::Relaxed), 0);
    assert_eq!(files.looks.load(Ordering::Relaxed), 2 * DOSSIERS);
}

/// All that a dossier consists of, with a mark of its own in each part.
fn with_secret(keys: &str) -> Newsroom {
    let keys = format!(
        "{keys}\nplace = \"Zzplace\"\nposter = \"zzposter.png\"\nposter_alt = \"Zzalt\"\ntranscript = \"zz.transcript.md\"\ntopics = [\"Zztopic\"]\naliases = [\"/zz-alias/\"]\n\
         [[captions]]\nlang = \"en\"\nfile = \"zz.en.vtt\"\n[[shot]]\nat = \"00:07\"\ntext = \"Zzshot\"\nspeaker = \"Zzspeaker\"\nquote = \"Zzquote\""
    );
    Newsroom::new()
        .story("news/open.md", "2025-01-02", "", "")
        .dossier("open", "2025-01-03", "", "")
        .dossier("zz-clip", "2025-01-05", &keys, "Zzbody.")
        .story("media/zz-clip.fr.md", "", "", "Zzcorps.")
        .file("content/media/zzposter.png", png(16, 9))
        .file("content/media/zz.transcript.md", "Zztranscript.")
        .file(
            "content/media/zz.en.vtt",
            "WEBVTT\n\n00:01.000 --> 00:02.000\nZzcaption\n",
        )
}

#[test]
fn nothing_of_a_held_dossier_is_in_any_byte_that_is_public() {
    let clean = {
        let mut room = with_secret("");
        room.files.retain(|path, _| !path.contains("zz"));
        room.good()
    };
    let public = |path: &&str| !path.starts_with("sidecar/");
    for keys in ["embargo = 2025-03-01T00:00:00Z", "draft = true"] {
        let built = with_secret(keys).good();
        let found: Vec<&str> = ["zz", "Zz", "ZZ"]
            .iter()
            .flat_map(|n| built.holding(n))
            .filter(public)
            .collect();
        assert_eq!(found, Vec::<&str>::new(), "{keys}");
        let rest = |b: &crate::harness::Built| {
            let mut all = b.outputs.clone();
            all.retain(|path, _| !path.starts_with("sidecar/"));
            all
        };
        assert_eq!(rest(&built), rest(&clean), "{keys}");
    }
    let reported = with_secret("embargo = 2025-03-01T00:00:00Z").good();
    assert_eq!(reported.holding("zz-clip"), ["sidecar/manifest.json"]);
    let manifest = reported.json("sidecar/manifest.json");
    for lang in ["en", "fr"] {
        assert_eq!(
            manifest["media"]["zz-clip"]["editions"][lang]["release"],
            "2025-03-01T00:00:00Z"
        );
    }
}

#[test]
fn of_an_expired_dossier_the_sidecar_keeps_that_it_was_and_no_words() {
    let built = with_secret("expires = 2025-01-06T00:00:00Z").good();
    let addresses = ["/en/video/zz-clip/", "/fr/video/zz-clip/", "/zz-alias/"];
    for needle in ["zz", "Zz"] {
        let found = built.holding(needle);
        let site: Vec<_> = found.iter().filter(|p| p.starts_with("site/")).collect();
        assert_eq!(site, Vec::<&&str>::new(), "{needle}");
    }
    let manifest = built.output("sidecar/manifest.json");
    for words in ["Story", "Zz", "/en/video/", "/fr/video/"] {
        let clip = &manifest[manifest.find("zz-clip").unwrap()..];
        assert!(!clip.contains(words), "{words} in {clip}");
    }
    let rules = built.output("edge/headers.json");
    for address in addresses {
        assert!(rules.contains(address), "{address}");
    }
}

#[test]
fn a_published_dossier_tells_no_key_and_its_files_come_out() {
    let built = with_secret("").good();
    assert!(!built.holding("Zzcaption").is_empty());
    for sum in ["ab", "cd"] {
        let key = format!("{sum}/{}", sum.repeat(32));
        assert_eq!(built.holding(&key), ["sidecar/manifest.json"]);
    }
}
