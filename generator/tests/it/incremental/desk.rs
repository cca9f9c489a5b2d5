//! A newsroom in memory with a file system's clock, its output on disk, and the comparison.

use std::{
    collections::BTreeMap,
    io,
    path::Path,
    sync::{Arc, Mutex},
};

use dateline::{
    base::{
        clock::Now,
        diag::{self, Diagnostics},
        files::{FileProblem, Files, Mem, PIECE, Stamp, Taking, Version},
        hash::Digest,
    },
    incremental::{self, Writing},
    pipeline::{self, Inputs},
    render::Failure,
};

use super::world::{Rng, World};
use crate::harness::{Silent, Snapshot, moment, snapshot};

const SECOND: i64 = 1_000_000_000;

#[derive(Default)]
struct State {
    files: BTreeMap<String, (Vec<u8>, Stamp)>,
    clock: i64,
    inodes: u64,
    /// How many files the disk has room for until it is full; none for endless room.
    room: Option<usize>,
}

impl State {
    fn put(&mut self, path: &str, content: Vec<u8>, keeps_time: bool) {
        // Every write takes a moment, as on a real disk.
        self.clock += 4_000;
        let former = self.files.get(path).map(|(_, stamp)| stamp.latest());
        let modified = former.filter(|_| keeps_time).unwrap_or(self.clock);
        self.inodes += 1;
        let stamp = Stamp::new(self.inodes, content.len() as u64, modified, self.clock);
        self.files.insert(path.to_owned(), (content, stamp));
    }
}

/// Files with times.
#[derive(Default)]
pub struct Disk(Mutex<State>);

impl Disk {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// Writes a file.
    pub fn put(&self, path: &str, content: Vec<u8>) {
        self.state().put(path, content, false);
    }

    /// From here on the disk has room for so many remembered files.
    pub fn fill(&self, room: Option<usize>) {
        self.state().room = room;
    }

    /// Gives a file another content of the same size, with no trace of it.
    pub fn put_unseen(&self, path: &str, content: Vec<u8>) {
        let mut state = self.state();
        let file = state.files.get_mut(path).unwrap();
        assert_eq!(file.0.len(), content.len());
        file.0 = content;
    }
}

impl Files for Disk {
    fn walk(&self, folder: &str) -> (Vec<String>, Vec<FileProblem>) {
        let prefix = format!("{folder}/");
        let state = self.state();
        let found = state.files.keys().filter(|p| p.starts_with(&prefix));
        (found.cloned().collect(), Vec::new())
    }

    fn size(&self, path: &str) -> io::Result<u64> {
        let size = self.state().files.get(path).map(|(bytes, _)| bytes.len());
        match size {
            Some(size) => Ok(size as u64),
            None if !self.walk(path).0.is_empty() => Ok(0),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }

    fn pieces(&self, path: &str, take: Taking<'_>) -> io::Result<Version> {
        let file = self.state().files.get(path).cloned();
        let (bytes, stamp) = file.ok_or(io::ErrorKind::NotFound)?;
        bytes.chunks(PIECE).try_for_each(take)?;
        Ok(Version {
            digest: Digest::of(&bytes),
            stamp: Some(stamp),
        })
    }
}

impl incremental::Disk for Disk {
    fn stamp(&self, path: &str) -> Option<Stamp> {
        self.state().files.get(path).map(|(_, stamp)| *stamp)
    }

    fn load(&self, name: &str) -> io::Result<Vec<u8>> {
        self.read(&format!(".dateline/{name}")).map(|c| c.bytes)
    }

    fn save(&self, name: &str, write: Writing<'_>) -> io::Result<()> {
        let mut bytes = Vec::new();
        write(&mut bytes)?;
        let mut state = self.state();
        match &mut state.room {
            Some(0) => return Err(io::ErrorKind::StorageFull.into()),
            Some(room) => *room -= 1,
            None => {}
        }
        state.put(&format!(".dateline/{name}"), bytes, false);
        Ok(())
    }

    fn list(&self, folder: &str) -> Vec<(String, u64)> {
        let prefix = format!(".dateline/{folder}/");
        let state = self.state();
        let all = state.files.iter();
        all.filter_map(|(path, (bytes, _))| {
            let name = path.strip_prefix(&prefix)?;
            Some((name.to_owned(), bytes.len() as u64))
        })
        .collect()
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let removed = self.state().files.remove(&format!(".dateline/{name}"));
        removed.map(drop).ok_or(io::ErrorKind::NotFound.into())
    }

    fn rewrite(&self, path: &str, content: &[u8]) -> io::Result<()> {
        self.state().put(path, content.to_vec(), false);
        Ok(())
    }
}

/// What a build of these inputs gives from nothing.
fn clean(inputs: &Inputs) -> (Option<Snapshot>, Diagnostics) {
    let mut diags = Vec::new();
    let Some(plan) = pipeline::prepare(inputs, &mut diags) else {
        return (None, diags);
    };
    let (mut outputs, mut failed) = (Snapshot::new(), false);
    for job in plan.jobs.iter() {
        match plan.render(job) {
            Ok(bytes) => {
                plan.search(job, &bytes);
                outputs.insert(job.path.to_string(), Some(bytes));
            }
            Err(Failure::Wrong(_)) => failed = true,
            Err(Failure::Stale(path)) => panic!("{path} cannot change in memory"),
        }
    }
    if failed {
        diags.extend(plan.check(&|| false));
        return (None, diags);
    }
    let ahead = plan.ahead();
    if !ahead.is_empty() {
        diags.extend(ahead);
        return (None, diags);
    }
    let leaks = plan.judge();
    let good = leaks.is_empty();
    diags.extend(leaks);
    (good.then_some(outputs), diags)
}

/// A newsroom that is built again and again.
pub struct Desk {
    pub files: Arc<Disk>,
    out: tempfile::TempDir,
    last: Snapshot,
    world: Option<World>,
}

/// Where temporary files cost least.
pub fn scratch() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    match memory.is_dir() {
        true => tempfile::tempdir_in(memory).unwrap(),
        false => tempfile::tempdir().unwrap(),
    }
}

impl Desk {
    pub fn new() -> Self {
        let files = Arc::new(Disk::default());
        files.state().clock = 1_700_000_000 * SECOND;
        Self {
            files,
            out: scratch(),
            last: Snapshot::new(),
            world: None,
        }
    }

    /// What builds remember with.
    pub fn disk(&self) -> Arc<dyn incremental::Disk> {
        self.files.clone()
    }

    pub fn out(&self) -> &Path {
        self.out.path()
    }

    /// Time enough passes for stamps to be trusted.
    pub fn rest(&self) {
        self.files.state().clock += 3 * SECOND;
    }

    /// Time passes: not at all, for a moment, or long enough for stamps to be trusted. Once in a while the
    /// clock is set back.
    pub fn wait(&self, rng: &mut Rng) {
        let chance = rng.below(12);
        let some = (rng.next() % SECOND as u64) as i64;
        let passed = match chance {
            0 => 0,
            1 | 2 => some,
            3 => -7 * SECOND - some,
            _ => 3 * SECOND + some,
        };
        self.files.state().clock += passed;
    }

    /// Makes the sources those of `world`, writing no more than an editor would.
    pub fn take(&mut self, world: &World) {
        let mut state = self.files.state();
        let is_source = |p: &String| !p.starts_with(".dateline/");
        let gone = |p: &String| is_source(p) && !world.files.contains_key(p);
        let gone: Vec<String> = state.files.keys().filter(|p| gone(p)).cloned().collect();
        for path in gone {
            state.files.remove(&path);
        }
        if world.forgets {
            state.files.retain(|path, _| is_source(path));
        }
        if world.spoils {
            let kept = |path: &str| path.starts_with(".dateline/pictures/");
            let files = state.files.iter_mut();
            for (_, (bytes, _)) in files.filter(|(path, _)| kept(path)) {
                bytes[0] ^= 1;
            }
        }
        for (path, content) in &world.files {
            let same = state.files.get(path).is_some_and(|(had, _)| had == content);
            if !same || world.touched {
                state.put(path, content.clone(), world.keeps_times);
            }
        }
        self.world = Some(world.clone());
    }

    pub fn inputs(&self, world: &World, files: Arc<dyn Files>) -> Inputs {
        let Now(first) = moment(crate::harness::NOW);
        let seconds = first.as_second() + world.day * 86_400 + world.second;
        Inputs {
            files,
            now: Now(jiff_at(seconds)),
            drafts: world.drafts,
            base_url: world.base_url.clone(),
            addresses: world.addresses,
        }
    }

    /// Builds; what was built, and what was reported.
    pub fn build(&self, world: &World) -> Option<(incremental::Built, Diagnostics)> {
        let mut diags = Vec::new();
        let inputs = self.inputs(world, self.files.clone());
        let built = incremental::build(&inputs, &self.disk(), self.out(), &Silent, &mut diags)?;
        Some((built, diags))
    }

    /// Builds; what was reported.
    pub fn tried(&self, world: &World) -> Diagnostics {
        let mut diags = Vec::new();
        let inputs = self.inputs(world, self.files.clone());
        let built = incremental::build(&inputs, &self.disk(), self.out(), &Silent, &mut diags);
        assert_eq!(built.is_none(), diag::any_error(&diags), "{diags:#?}");
        diags
    }

    /// Builds, and compares with a clean build. Whether there was something to build.
    pub fn compare(&mut self, world: &World) -> Result<bool, String> {
        let mem = world
            .files
            .iter()
            .fold(Mem::default(), |mem, (path, content)| {
                mem.with(path, content.clone())
            });
        let (wanted, reported) = clean(&self.inputs(world, Arc::new(mem)));
        let mut diags = Vec::new();
        let inputs = self.inputs(world, self.files.clone());
        let built = incremental::build(&inputs, &self.disk(), self.out(), &Silent, &mut diags);
        if built.is_none() != diag::any_error(&diags) {
            return Err(format!("built and wrong at once: {diags:#?}"));
        }
        if diags != reported {
            return Err(format!(
                "a clean build reports {reported:#?}, this one {diags:#?}"
            ));
        }
        let good = wanted.is_some();
        let wanted = wanted.unwrap_or_else(|| self.last.clone());
        let mut found = snapshot(self.out());
        found.retain(|_, content| content.is_some());
        if let Some(why) = difference(&wanted, &found) {
            return Err(why);
        }
        self.last = found;
        Ok(good)
    }
}

fn jiff_at(seconds: i64) -> jiff::Timestamp {
    jiff::Timestamp::from_second(seconds).unwrap()
}

/// The first difference between two trees.
pub fn difference(wanted: &Snapshot, found: &Snapshot) -> Option<String> {
    let text = |tree: &Snapshot, path: &str| {
        let content = tree.get(path).and_then(Option::as_ref);
        content.map_or("nothing".to_owned(), |b| {
            String::from_utf8_lossy(b).into_owned()
        })
    };
    let paths = wanted.keys().chain(found.keys());
    let path = paths
        .into_iter()
        .find(|p| wanted.get(*p) != found.get(*p))?;
    Some(format!(
        "{path} should be\n{}\nand is\n{}",
        text(wanted, path),
        text(found, path)
    ))
}
