//! An incremental build equals a clean one, byte for byte and word for word, whatever was edited.
//!
//! `INCREMENTAL_SEQUENCES` in the environment sets how many random sequences are tried
//! (`scripts/soak`), `INCREMENTAL_SEED` where they begin.

mod derivatives;
mod desk;
mod documents;
mod faults;
mod gate;
mod guards;
mod moved;
mod pictures;
mod promises;
mod quiet;
mod settings;
mod sites;
mod templates;
mod world;

use std::ops::ControlFlow;

use self::world::Rng;
pub use self::{
    desk::{Desk, difference},
    world::World,
};

/// A kind of edit: its name, and what it does. It may find nothing to do.
type Edit = (&'static str, fn(&mut World, &mut Rng));

/// Every kind of edit.
fn edits() -> Vec<Edit> {
    [
        documents::EDITS,
        settings::EDITS,
        templates::EDITS,
        moved::EDITS,
        pictures::EDITS,
    ]
    .concat()
}

/// Builds after an edit and compares with a clean build. A mistake stops nothing but the site's renewal.
fn step(desk: &mut Desk, world: &mut World, what: &str) -> ControlFlow<String, bool> {
    desk.take(world);
    match desk.compare(world) {
        Ok(good) => {
            moved::keep(desk, world);
            ControlFlow::Continue(good)
        }
        Err(why) => ControlFlow::Break(format!("after {what}: {why}")),
    }
}

fn sequence(seed: u64, length: usize) -> Result<(), String> {
    let mut rng = Rng::new(seed);
    let sites = sites::all();
    let (site, first) = &sites[rng.below(sites.len())];
    let (mut world, edits) = (first.clone(), edits());
    let (mut desk, mut good) = (Desk::new(), world.clone());
    let mut reported = vec![format!("seed {seed}, site {site}")];
    for _ in 0..length {
        let what = reported.last().map_or("", |t| t);
        match step(&mut desk, &mut world, what) {
            ControlFlow::Continue(true) => good = world.clone(),
            // Mistakes are mended in most cases before the next edit comes.
            ControlFlow::Continue(false) if rng.below(4) > 0 => world = good.clone(),
            ControlFlow::Continue(false) => {}
            ControlFlow::Break(why) => return Err(format!("{}\n{why}", reported.join("\n"))),
        }
        for _ in 0..1 + rng.below(3) / 2 {
            let (name, edit) = edits[rng.below(edits.len())];
            edit(&mut world, &mut rng);
            reported.push(name.to_owned());
        }
        desk.wait(&mut rng);
    }
    match step(&mut desk, &mut world, "the last edit") {
        ControlFlow::Continue(_) => Ok(()),
        ControlFlow::Break(why) => Err(format!("{}\n{why}", reported.join("\n"))),
    }
}

/// The share of the work that falls to this run.
fn number(name: &str, default: u64) -> u64 {
    let text = std::env::var(name).ok();
    text.map_or(default, |t| t.parse().expect("a number"))
}

fn in_parallel(of: Vec<u64>, one: impl Fn(u64) -> Result<(), String> + Sync) {
    use std::sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    };
    let (next, failed) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(n) = of.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(why) = one(*n) {
                        failed.lock().unwrap().push(why);
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap();
    assert!(failed.is_empty(), "{}\n{} in all", failed[0], failed.len());
}

#[test]
fn there_are_enough_kinds_of_edit_and_each_does_something() {
    let edits = edits();
    assert!(edits.len() >= 60, "{}", edits.len());
    let sites = sites::all();
    for (name, edit) in edits {
        let changed = (0..40).any(|seed| {
            sites.iter().any(|(_, first)| {
                let mut world = first.clone();
                // Some edits undo others.
                let mut rng = Rng::new(seed);
                edit(&mut world, &mut rng);
                world != *first
            })
        });
        let undoes = [
            "restore a file",
            "nothing at all",
            "touch every file",
            "clear a memory",
            "held: its sentence in no story",
            "held: reported no more",
            "held: all in no place at all",
        ];
        assert!(changed || undoes.contains(&name), "{name} does nothing");
    }
}

#[test]
fn after_any_single_edit_a_build_equals_a_clean_one() {
    let (edits, sites) = (edits(), sites::all());
    // Each kind on each site in the long run; each kind on one site always.
    let whole = number("INCREMENTAL_SEQUENCES", 0) > 0;
    let pairs = (0..edits.len() * sites.len())
        .filter(|n| whole || n / edits.len() == n % edits.len() % sites.len());
    in_parallel(pairs.map(|n| n as u64).collect(), |n| {
        let n = n as usize;
        let (name, edit) = edits[n % edits.len()];
        let (site, first) = &sites[n / edits.len()];
        let (mut desk, mut rng) = (Desk::new(), Rng::new(n as u64));
        let mut world = first.clone();
        for at in 0..2 {
            if let ControlFlow::Break(why) = step(&mut desk, &mut world, name) {
                return Err(format!("{site}: {why}"));
            }
            if at == 0 {
                desk.wait(&mut rng);
                edit(&mut world, &mut rng);
            }
        }
        Ok(())
    });
}

#[test]
fn after_any_sequence_of_edits_a_build_equals_a_clean_one() {
    let from = number("INCREMENTAL_SEED", 1);
    let sequences = number("INCREMENTAL_SEQUENCES", 6);
    in_parallel((from..from + sequences).collect(), |seed| {
        sequence(seed, 20)
    });
}
