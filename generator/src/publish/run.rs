//! A build, a target, and what lies between them.

use std::{path::Path, sync::atomic::AtomicBool};

use dateline_contract::edge::EdgeRules;

use super::{
    object::{Forms, Headers, Object, Rules, key_of},
    order::{Plan, Upload, name},
    record::{self, Record},
    storage::{Fault, Storage},
    work::{Failed, Patience},
};
use crate::{
    base::{diag::Diagnostic, hash::Digest},
    config::publish::Coding,
    emit::{self, Journal, changes::Tree},
};

/// Larger files are not held in memory.
pub(super) const SMALL: u64 = 8 << 20;

/// How it is done.
#[derive(Clone)]
pub struct Options {
    /// What the target holds of one file.
    pub forms: Forms,
    /// How long fingerprinted files outlive their last page, in days.
    pub grace_days: u64,
    /// Seconds since 1970.
    pub now: i64,
    /// A name that no other run has.
    pub writer: String,
    /// Uploads at once.
    pub threads: usize,
    /// Compresses text.
    pub compress: fn(Coding, &[u8]) -> Vec<u8>,
    /// Waits between tries.
    pub patience: fn(std::time::Duration),
}

/// Hears how far it is.
pub trait Watch: Sync {
    /// So many bytes will be uploaded.
    fn begin(&self, bytes: u64);
    /// So many more are.
    fn done(&self, bytes: u64);
}

/// A build that is ready to go out.
pub struct Desk {
    pub(super) held: emit::Held,
    pub(super) tree: Tree,
    pub(super) rules: Rules,
}

impl Desk {
    /// Takes what lies in `out`; builds wait until it is dropped.
    ///
    /// # Errors
    /// When there is nothing that may be published.
    pub fn open(out: &Path) -> Result<Self, Failed> {
        let held = emit::Held::take(out)?;
        let tree = held.tree()?;
        const RULES: &str = "edge/headers.json";
        let rules = held.read(RULES).map_err(|e| e.to_string());
        let rules = rules.and_then(|json| EdgeRules::from_json(&json).map_err(|e| e.to_string()));
        let rules = rules.map_err(|why| {
            let diag = Diagnostic::error(format!("{}/{RULES}: {why}", out.display()));
            Box::new(diag.hint("run `dateline build`, which writes it anew"))
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
    pub(super) desk: &'a Desk,
    pub(super) storage: &'a dyn Storage,
    pub(super) journal: Journal,
    pub(super) record: Record,
    pub(super) objects: Vec<Object>,
    pub(super) plan: Plan,
    /// Whether all that lies at the target is known to be Dateline's.
    pub(super) ours: bool,
    /// Whether the record on the disk is that in memory.
    pub(super) written: bool,
    pub(super) patience: Patience,
    pub(super) options: Options,
}

impl Publishing<'_> {
    /// What is to be done.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The name of the tree.
    pub fn id(&self) -> &str {
        &self.desk.tree.id
    }

    /// Bytes of the files of an upload.
    pub fn size(&self, upload: &Upload) -> u64 {
        self.desk.tree.files[upload.object.file].size
    }

    /// Whether so much may be removed.
    ///
    /// # Errors
    /// See [`Plan::check`].
    pub fn check(&self, allowed: Option<usize>) -> Result<(), Failed> {
        self.plan.check(allowed, self.ours)
    }

    pub(super) fn ask<T>(&self, call: impl FnMut() -> Result<T, Fault>) -> Result<T, Fault> {
        self.patience.with(&AtomicBool::new(false), call)
    }

    pub(super) fn file(&self, object: &Object) -> &str {
        name(&self.desk.tree.files, object)
    }

    pub(super) fn key(&self, object: &Object) -> String {
        key_of(self.file(object), object.coding, &self.options.forms).into_owned()
    }

    pub(super) fn headers(&self, object: &Object) -> Headers {
        let file = self.file(object);
        self.desk
            .rules
            .headers(file, object.coding, &self.options.forms)
    }

    /// The content of an object in its form; none if it is too large to be held.
    pub(super) fn small(&self, object: &Object) -> Result<Option<Vec<u8>>, Failed> {
        let file = &self.desk.tree.files[object.file];
        if file.size > SMALL {
            let same = self.desk.held.is(file);
            return match same.map_err(|e| unreadable(&file.path, &e))? {
                true => Ok(None),
                false => Err(altered(&file.path)),
            };
        }
        let read = self.desk.held.read(&file.path);
        let body = read.map_err(|e| unreadable(&file.path, &e))?;
        if Digest::of(&body) != file.hash {
            return Err(altered(&file.path));
        }
        Ok(Some(match object.coding {
            Coding::Plain => body,
            coding => (self.options.compress)(coding, &body),
        }))
    }

    /// Whether it is a compressed form beside its file.
    pub(super) fn is_form(&self, upload: &Upload) -> bool {
        let beside = matches!(self.options.forms, Forms::Beside(_));
        beside && upload.object.coding != Coding::Plain
    }

    /// All is done, and everybody was told: the tree is acknowledged.
    ///
    /// # Errors
    /// When that cannot be written.
    pub fn conclude(self) -> Result<(), Failed> {
        let Self { desk, journal, .. } = self;
        journal.add(record::TOLD)?;
        desk.held.acknowledge(&desk.tree.id)
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
            "somebody changed it since; remove the output folder and build again, then publish",
        ),
    )
}
