//! A build, its options, and one run that publishes it to a target.

use std::{path::Path, sync::atomic::AtomicBool};

use dateline_contract::edge::EdgeRules;

use super::{
    object::{Forms, Headers, Object, Rules, key_of},
    plan::{Plan, Upload, name},
    record::{self, Record},
    retry::{Failed, Retry},
    storage::{Fault, Storage},
};
use crate::{
    base::{diag::Diagnostic, hash::Digest},
    config::publish::Coding,
    emit::{self, Journal, changes::Tree},
};

/// Files up to this size are read into memory; larger ones are streamed.
pub(super) const SMALL: u64 = 8 << 20;

/// Options of a run.
#[derive(Clone)]
pub struct Options {
    /// Which forms of a file the target stores.
    pub forms: Forms,
    /// How many days fingerprinted files stay after the last page that used them.
    pub grace_days: u64,
    /// The time of the run, in seconds since 1970.
    pub now: i64,
    /// An ID that no other run has.
    pub writer: String,
    /// How many uploads run in parallel.
    pub threads: usize,
    /// Compresses a text file.
    pub compress: fn(Coding, &[u8]) -> Vec<u8>,
}

/// A finished build in an output folder, locked against other builds.
pub struct Build {
    pub(super) held: emit::Held,
    pub(super) tree: Tree,
    pub(super) rules: Rules,
}

impl Build {
    /// Opens the build in `out`; other builds wait until it is dropped.
    ///
    /// # Errors
    /// When `out` has no finished build, or one that must not be published.
    pub fn open(out: &Path) -> Result<Self, Failed> {
        let held = emit::Held::take(out)?;
        let tree = held.tree()?;
        const RULES: &str = "edge/headers.json";
        let rules = held.read(RULES).map_err(|e| e.to_string());
        let rules = rules.and_then(|json| EdgeRules::from_json(&json).map_err(|e| e.to_string()));
        let rules = rules.map_err(|why| {
            let diag = Diagnostic::error(format!("{}/{RULES}: {why}", out.display()));
            Box::new(diag.hint("run `dateline build`, which writes it again"))
        })?;
        Ok(Self {
            held,
            tree,
            rules: Rules::new(rules),
        })
    }
}

/// One run against one target.
pub struct Publishing<'a> {
    pub(super) build: &'a Build,
    pub(super) storage: &'a dyn Storage,
    pub(super) journal: Journal,
    pub(super) record: Record,
    pub(super) objects: Vec<Object>,
    pub(super) plan: Plan,
    /// Whether every object at the target is known to come from Dateline.
    pub(super) ours: bool,
    /// Whether the record on disk matches the one in memory.
    pub(super) written: bool,
    pub(super) retry: Retry<'a>,
    pub(super) options: Options,
}

impl Publishing<'_> {
    /// What the run will upload and remove.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The ID of the tree.
    pub fn id(&self) -> &str {
        &self.build.tree.id
    }

    /// The size of the file behind an upload, in bytes.
    pub fn size(&self, upload: &Upload) -> u64 {
        self.build.tree.files[upload.object.file].size
    }

    /// Checks that the plan may remove as much as it does.
    ///
    /// # Errors
    /// See [`Plan::check`].
    pub fn check(&self, allowed: Option<usize>) -> Result<(), Failed> {
        self.plan.check(allowed, self.ours)
    }

    /// Calls the target, with retries.
    pub(super) fn ask<T>(&self, call: impl FnMut() -> Result<T, Fault>) -> Result<T, Fault> {
        self.retry.run(&AtomicBool::new(false), call)
    }

    pub(super) fn file(&self, object: &Object) -> &str {
        name(&self.build.tree.files, object)
    }

    pub(super) fn key(&self, object: &Object) -> String {
        key_of(self.file(object), object.coding, &self.options.forms).into_owned()
    }

    pub(super) fn headers(&self, object: &Object) -> Headers {
        let file = self.file(object);
        self.build
            .rules
            .headers(file, object.coding, &self.options.forms)
    }

    /// The content of an object in its form; `None` if it is too large for memory.
    pub(super) fn small(&self, object: &Object) -> Result<Option<Vec<u8>>, Failed> {
        let file = &self.build.tree.files[object.file];
        if file.size > SMALL {
            let same = self.build.held.is(file);
            return match same.map_err(|e| unreadable(&file.path, &e))? {
                true => Ok(None),
                false => Err(altered(&file.path)),
            };
        }
        let read = self.build.held.read(&file.path);
        let body = read.map_err(|e| unreadable(&file.path, &e))?;
        if Digest::of(&body) != file.hash {
            return Err(altered(&file.path));
        }
        Ok(Some(match object.coding {
            Coding::Plain => body,
            coding => (self.options.compress)(coding, &body),
        }))
    }

    /// Whether this is a compressed form beside its file.
    pub(super) fn is_form(&self, upload: &Upload) -> bool {
        let beside = matches!(self.options.forms, Forms::Beside(_));
        beside && upload.object.coding != Coding::Plain
    }

    /// Marks the changed addresses as announced and the tree as published.
    ///
    /// # Errors
    /// When that cannot be written.
    pub fn acknowledge(self) -> Result<(), Failed> {
        let Self { build, journal, .. } = self;
        journal.add(record::ANNOUNCED)?;
        build.held.acknowledge(&build.tree.id)
    }
}

fn unreadable(path: &str, error: &std::io::Error) -> Failed {
    let diag = Diagnostic::error(format!("cannot read {path} of the build: {error}"));
    Box::new(diag.hint("run `dateline build`, then publish again"))
}

fn altered(path: &str) -> Failed {
    let diag = Diagnostic::error(format!("{path} is not what the build wrote"));
    Box::new(
        diag.hint(
            "something changed it after the build; remove the output folder and build again, then publish",
        ),
    )
}
