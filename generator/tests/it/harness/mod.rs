//! Newsrooms in a line or two, built in memory at a fixed moment.

pub mod bucket;
mod disk;
mod pictures;
mod theme;
pub mod xml;

use std::{collections::BTreeMap, path::Path, sync::Arc};

use dateline::{
    base::{
        clock::Now,
        diag::{self, Diagnostic, Diagnostics, Report, Severity},
        files::{Files, Mem},
    },
    incremental::{self, Disk},
    pipeline::{self, Addresses, Inputs, Plan, Progress},
    plan::Job,
    render::Failure,
};

pub use self::{
    disk::{Folder, Snapshot, printed, snapshot},
    pictures::{deep_png, jpeg, large_jpeg, photo, png},
};

/// The moment all tests speak for.
pub const NOW: &str = "2025-02-01T12:00:00Z";

const SITE: &str = r#"name = "The Newsroom"
base_url = "https://news.example"
time_zone = "Europe/Brussels"
theme = "plain"
default_language = "en"
"#;

const TABLES: &str = r#"
[languages.en]
name = "English"
[languages.fr]
name = "Français"
[contacts.press]
name = "Press office"
email = "press@news.example"
[terms.standard]
version = "1"
"#;

/// Most tests are not about whose pictures are.
const PICTURES: &str = "[pictures]\ncredit = \"The Newsroom\"\n";

/// A disk without a cache.
pub fn forgetful() -> Arc<dyn Disk> {
    Arc::new(Mem::default())
}

/// No bar, no lines.
pub struct Silent;

impl Progress for Silent {}

/// Sources of a newsroom.
#[derive(Clone)]
pub struct Newsroom {
    pub files: BTreeMap<String, Vec<u8>>,
    top: String,
    tables: String,
    now: Now,
    drafts: bool,
    base_url: Option<String>,
    addresses: Addresses,
}

pub fn moment(text: &str) -> Now {
    Now(text.parse().unwrap())
}

impl Newsroom {
    /// Settings and a theme; no documents.
    pub fn new() -> Self {
        let of_theme = theme::FILES
            .iter()
            .map(|(path, text)| (format!("themes/plain/{path}"), text.as_bytes().to_vec()));
        Self {
            files: of_theme.collect(),
            top: SITE.to_owned(),
            tables: format!("{TABLES}{PICTURES}"),
            now: moment(NOW),
            drafts: false,
            base_url: None,
            addresses: Addresses::Leave,
        }
        .settled()
    }

    fn settled(mut self) -> Self {
        let text = format!("{}{}", self.top, self.tables);
        self.files
            .insert("content/site.toml".to_owned(), text.into_bytes());
        self
    }

    /// Adds or replaces a file.
    pub fn file(mut self, path: &str, content: impl Into<Vec<u8>>) -> Self {
        self.files.insert(path.to_owned(), content.into());
        self
    }

    /// Takes a file away.
    pub fn without(mut self, path: &str) -> Self {
        assert!(self.files.remove(path).is_some(), "{path} is not there");
        self
    }

    /// Takes a template away.
    pub fn without_template(self, name: &str) -> Self {
        self.without(&format!("themes/plain/templates/{name}"))
    }

    /// More keys at the head of `site.toml`.
    pub fn keys(mut self, keys: &str) -> Self {
        self.top.push_str(keys);
        self.top.push('\n');
        self.settled()
    }

    /// More tables at the end of `site.toml`.
    pub fn tables(mut self, tables: &str) -> Self {
        self.tables.push_str(tables);
        self.tables.push('\n');
        self.settled()
    }

    /// Other keys of `[pictures]`.
    pub fn pictures(mut self, keys: &str) -> Self {
        let table = format!("[pictures]\n{keys}\n");
        self.tables = self.tables.replace(PICTURES, &table);
        self.settled()
    }

    /// With press kits, for which the theme of tests has no templates otherwise.
    pub fn press_kits(self) -> Self {
        let add = |room: Self, (path, text): &(&str, &str)| {
            room.file(&format!("themes/plain/{path}"), *text)
        };
        theme::KITS.iter().fold(self, add)
    }

    /// A document below `content/`, called `Story NAME`.
    pub fn story(self, path: &str, date: &str, keys: &str, body: &str) -> Self {
        let name = path.rsplit('/').next().unwrap().trim_end_matches(".md");
        let date = match date {
            "" => String::new(),
            date => format!("date = {date}\n"),
        };
        let keys = match keys {
            "" => String::new(),
            keys => format!("{keys}\n"),
        };
        let text = format!("+++\ntitle = \"Story {name}\"\n{date}{keys}+++\n{body}\n");
        self.file(&format!("content/{path}"), text)
    }

    /// A dossier below `content/media/` with one gated and one free rendition.
    pub fn dossier(self, id: &str, date: &str, keys: &str, body: &str) -> Self {
        let rendition = |name: &str, gated: bool| {
            let sum = if gated { "ab" } else { "cd" }.repeat(32);
            format!(
                "[[rendition]]\nname = \"{name}\"\nfile = \"{id}-{name}.mp4\"\nlabel = \"{name}\"\ngated = {gated}\ntype = \"video/mp4\"\nsize = 1000\nsha256 = \"{sum}\"\n"
            )
        };
        let keys = format!(
            "duration = \"00:01:00\"\n{keys}\n{}{}",
            rendition("broadcast", true),
            rendition("preview", false)
        );
        self.story(&format!("media/{id}.md"), date, &keys, body)
    }

    /// The moment of the build.
    pub fn at(mut self, text: &str) -> Self {
        self.now = moment(text);
        self
    }

    /// As `--drafts`.
    pub fn drafts(mut self) -> Self {
        self.drafts = true;
        self
    }

    /// As `--base-url`.
    pub fn base_url(mut self, url: &str) -> Self {
        self.base_url = Some(url.to_owned());
        self
    }

    /// As `build` without `--at`, or with `--locked`.
    pub fn addresses(mut self, addresses: Addresses) -> Self {
        self.addresses = addresses;
        self
    }

    pub fn mem(&self) -> Mem {
        let mut mem = Mem::default();
        for (path, content) in &self.files {
            mem = mem.with(path, content.clone());
        }
        mem
    }

    pub fn inputs(&self) -> Inputs {
        self.inputs_from(Arc::new(self.mem()))
    }

    pub fn inputs_from(&self, files: Arc<dyn Files>) -> Inputs {
        Inputs {
            files,
            now: self.now,
            drafts: self.drafts,
            base_url: self.base_url.clone(),
            addresses: self.addresses,
        }
    }

    /// Builds in memory.
    pub fn build(&self) -> Built {
        Built::from(self.inputs())
    }

    /// Builds in memory, with no error.
    pub fn good(&self) -> Built {
        let built = self.build();
        assert!(built.errors().is_empty(), "{}", built.report());
        built
    }

    /// Builds into a folder as the program does; the findings.
    pub fn build_into(&self, out: &Path) -> Diagnostics {
        let mut diags = Vec::new();
        let built = incremental::build(&self.inputs(), &forgetful(), out, &Silent, &mut diags);
        assert_eq!(built.is_none(), diag::any_error(&diags), "{diags:#?}");
        diags
    }
}

/// An output as a build makes and searches it.
fn made(plan: &Plan, job: &Job) -> Result<Vec<u8>, Failure> {
    if !job.task.in_pieces() {
        let bytes = plan.render(job)?;
        plan.search(job, &bytes);
        return Ok(bytes);
    }
    let mut bytes = Vec::new();
    plan.give(job, &mut |piece| {
        bytes.extend_from_slice(piece);
        Ok(())
    })?;
    Ok(bytes)
}

/// What a build in memory gave.
pub struct Built {
    pub inputs: Inputs,
    pub plan: Option<Plan>,
    pub outputs: BTreeMap<String, Vec<u8>>,
    pub diags: Diagnostics,
}

/// A finding as tests look at it.
#[derive(Debug, Clone)]
pub struct Finding {
    pub file: String,
    /// 0: the file as a whole.
    pub line: usize,
    pub error: bool,
    /// Message, hint and notes.
    pub text: String,
}

/// Findings with their lines.
pub fn findings(files: &dyn Files, diags: &[Diagnostic]) -> Vec<Finding> {
    let mut report = Report::new(files);
    let mut one = |d: &Diagnostic| {
        // A person's form must not panic either.
        assert!(!report.text(d, false).is_empty());
        let line = report.json(d)["line"].as_u64().unwrap_or_default() as usize;
        let hint = d.hint.as_deref().unwrap_or_default();
        Finding {
            file: d.file.as_deref().unwrap_or_default().to_owned(),
            line,
            error: d.severity == Severity::Error,
            text: format!("{} | {hint} | {}", d.message, d.notes.join(" | ")),
        }
    };
    diags.iter().map(&mut one).collect()
}

impl Built {
    fn from(inputs: Inputs) -> Self {
        let mut diags = Vec::new();
        let plan = pipeline::prepare(&inputs, &mut diags);
        let mut outputs = BTreeMap::new();
        if let Some(plan) = &plan {
            let mut failed = false;
            for job in plan.jobs.iter() {
                match made(plan, job) {
                    Ok(bytes) => {
                        assert!(outputs.insert(job.path.to_string(), bytes).is_none());
                    }
                    Err(Failure::Wrong(_)) => failed = true,
                    Err(Failure::Stale(path)) => panic!("{path} cannot change in memory"),
                }
            }
            diags.extend(match failed {
                true => plan.check(&|| false),
                false => [plan.judge(), plan.ahead()].concat(),
            });
        }
        Self {
            inputs,
            plan,
            outputs,
            diags,
        }
    }

    /// All findings.
    pub fn diagnostics(&self) -> Vec<Finding> {
        findings(self.inputs.files.as_ref(), &self.diags)
    }

    pub fn errors(&self) -> Vec<Finding> {
        self.diagnostics().into_iter().filter(|f| f.error).collect()
    }

    /// Whether there is a warning about `file` that says `text`.
    pub fn warns(&self, file: &str, text: &str) -> bool {
        let mut all = self.diagnostics().into_iter();
        all.any(|f| !f.error && f.file == file && f.text.contains(text))
    }

    /// All findings as a person reads them.
    pub fn report(&self) -> String {
        let mut report = Report::new(self.inputs.files.as_ref());
        let texts = self.diags.iter().map(|d| report.text(d, false));
        texts.collect::<Vec<_>>().join("\n\n")
    }

    pub fn has(&self, path: &str) -> bool {
        self.outputs.contains_key(path)
    }

    /// An output as text.
    pub fn output(&self, path: &str) -> &str {
        let paths = || self.outputs.keys().cloned().collect::<Vec<_>>().join("\n");
        let bytes = self
            .outputs
            .get(path)
            .unwrap_or_else(|| panic!("no {path} in\n{}\n{}", paths(), self.report()));
        std::str::from_utf8(bytes).unwrap()
    }

    /// A page by its address.
    pub fn page(&self, address: &str) -> &str {
        self.output(&format!("site{address}index.html"))
    }

    /// What a page says after `name: `.
    pub fn says(&self, address: &str, name: &str) -> &str {
        let prefix = format!("{name}:");
        let line = self
            .page(address)
            .lines()
            .find_map(|l| l.strip_prefix(&prefix));
        line.unwrap_or_else(|| panic!("no {name} on {address}:\n{}", self.page(address)))
            .trim()
    }

    /// What follows `body:`.
    pub fn body(&self, address: &str) -> &str {
        self.page(address).split_once("\nbody:\n").unwrap().1
    }

    /// Paths of outputs that hold some bytes, or are called so.
    pub fn holding(&self, needle: &str) -> Vec<&str> {
        let holds = |bytes: &[u8]| String::from_utf8_lossy(bytes).contains(needle);
        self.outputs
            .iter()
            .filter(|(path, bytes)| path.contains(needle) || holds(bytes))
            .map(|(path, _)| path.as_str())
            .collect()
    }

    /// Every path that begins so.
    pub fn paths(&self, prefix: &str) -> Vec<&str> {
        let all = self.outputs.keys().map(String::as_str);
        all.filter(|p| p.starts_with(prefix)).collect()
    }

    /// A path that begins and ends so: a fingerprinted file.
    pub fn fingerprinted(&self, start: &str, end: &str) -> Option<&str> {
        let all = self.outputs.keys().map(String::as_str);
        all.into_iter()
            .find(|p| p.starts_with(start) && p.ends_with(end))
    }

    pub fn json(&self, path: &str) -> serde_json::Value {
        serde_json::from_str(self.output(path)).unwrap()
    }
}
