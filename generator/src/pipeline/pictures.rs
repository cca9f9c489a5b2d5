//! Makes derivatives: all of one picture at once, since it is then read and decoded once.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use dateline_pictures::Recipe;

use super::{Plan, Progress};
use crate::{
    base::{clock::worked, guard, hash::Digest, index::Indexed},
    plan::{Job, JobId, Task},
    render::{self, Failure},
};

/// How many pixels are decoded at once, if more than one picture is: two of a camera's 24 megapixels take about
/// 300 MiB with their files.
const ROOM: u64 = 50_000_000;

/// Derivatives of one picture that are to be made.
pub(super) struct Group {
    /// The picture's path from the root.
    source: Arc<str>,
    /// Of the picture.
    pixels: u64,
    derivatives: Vec<(JobId, Recipe)>,
}

/// A derivative that was made.
pub struct Derived<'a> {
    /// Which.
    pub job: &'a Job,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// How long a thread worked on it; on the first of a picture, with reading that.
    pub took: Duration,
}

impl Plan {
    /// The derivatives for which `makes` says so, by picture, the largest first: a long one that began last would
    /// leave the other cores idle.
    pub(super) fn groups(&self, makes: impl Fn(JobId) -> bool) -> Vec<Group> {
        let mut by_source: BTreeMap<&Arc<str>, Vec<(JobId, Recipe)>> = BTreeMap::new();
        for (at, job) in self.jobs.iter().indexed() {
            if let Task::Derivative { source, recipe } = &job.task
                && makes(at)
            {
                by_source.entry(source).or_default().push((at, *recipe));
            }
        }
        let pixels = |source: &str| {
            let used = self.prepared.used.at(source);
            let size = used.and_then(|used| used.size).unwrap_or_default();
            u64::from(size.0) * u64::from(size.1)
        };
        let group = |(source, derivatives): (&Arc<str>, _)| Group {
            source: source.clone(),
            pixels: pixels(source),
            derivatives,
        };
        let mut groups: Vec<Group> = by_source.into_iter().map(group).collect();
        groups.sort_by_key(|group| std::cmp::Reverse(group.pixels));
        groups
    }

    /// Makes all of a group: what `take` makes of each.
    pub(super) fn group<T>(
        &self,
        group: &Group,
        take: impl Fn(JobId, Derived<'_>) -> Result<T, Failure>,
    ) -> Vec<(JobId, Result<T, Failure>)> {
        let mut done = Vec::new();
        let Some(&(first, _)) = group.derivatives.first() else {
            return done;
        };
        let recipes: Vec<Recipe> = group.derivatives.iter().map(|(_, r)| *r).collect();
        let mut began = worked();
        let made = render::guarded(&self.jobs[first], || {
            let mut each = |place: usize, bytes: Vec<u8>| {
                let (at, _) = group.derivatives[place];
                let job = &self.jobs[at];
                let took = worked().saturating_sub(began);
                done.push((at, take(at, Derived { job, bytes, took })));
                began = worked();
            };
            self.prepared
                .derivatives(&group.source, &recipes, &mut each)
        });
        // Every job must have a result.
        let made = made.and_then(|()| match done.len() == recipes.len() {
            true => Ok(()),
            false => {
                Err(guard::failed(format!("while making pictures of {}", group.source)).into())
            }
        });
        if let Err(failure) = made {
            done.push((first, Err(failure)));
        }
        done
    }

    /// Makes the derivatives that no build has made yet, one picture after the other, until `stop` says so. How many it
    /// made. What is wrong with a picture is reported where it is shown.
    pub fn make_pictures(&self, progress: &dyn Progress, stop: &dyn Fn() -> bool) -> usize {
        let Some(kept) = &self.prepared.kept else {
            return 0;
        };
        let groups = self.groups(|at| self.key(&self.jobs[at]).is_some_and(|key| !kept.has(&key)));
        if !groups.is_empty() {
            progress.begin_pictures(groups.iter().map(|g| g.derivatives.len()).sum());
        }
        let mut made = 0;
        for group in groups {
            if stop() {
                return made;
            }
            let done = self.group(&group, |_, _| {
                progress.picture();
                Ok(())
            });
            made += done.iter().filter(|(_, result)| result.is_ok()).count();
        }
        self.conclude_pictures();
        made
    }

    /// Removes derivatives that earlier builds kept and that this one does not use, if there are too many.
    pub fn conclude_pictures(&self) {
        let in_use =
            || -> BTreeSet<Digest> { self.jobs.iter().filter_map(|j| self.key(j)).collect() };
        if let Some(kept) = &self.prepared.kept {
            kept.conclude(&in_use);
        }
    }

    /// The key of a derivative.
    fn key(&self, job: &Job) -> Option<Digest> {
        let Task::Derivative { source, recipe } = &job.task else {
            return None;
        };
        let used = self.prepared.used.at(source)?;
        Some(used.original?.key(recipe))
    }
}

/// Pictures that wait, and those in work.
struct Queue {
    /// The smallest first.
    waiting: Vec<Group>,
    /// How many pixels are in memory.
    pixels: u64,
}

/// Works on all groups in parallel, as long as there is room for their pixels. A thread that finds none does not wait:
/// it may do other work, and whoever gives room back goes on.
pub(super) fn each(mut groups: Vec<Group>, work: &(dyn Fn(&Group) + Sync)) {
    groups.reverse();
    let queue = Mutex::new(Queue {
        waiting: groups,
        pixels: 0,
    });
    rayon::scope(|scope| go_on(scope, &queue, work));
}

fn go_on<'s>(scope: &rayon::Scope<'s>, queue: &'s Mutex<Queue>, work: &'s (dyn Fn(&Group) + Sync)) {
    loop {
        let Some(group) = lock(queue).take() else {
            return;
        };
        // For another thread that has nothing to do.
        scope.spawn(move |scope| go_on(scope, queue, work));
        work(&group);
        lock(queue).pixels -= group.pixels;
    }
}

impl Queue {
    /// The largest for which there is room.
    fn take(&mut self) -> Option<Group> {
        let room = ROOM.saturating_sub(self.pixels);
        let fits = |group: &Group| self.pixels == 0 || group.pixels <= room;
        let at = self.waiting.iter().rposition(fits)?;
        let group = self.waiting.remove(at);
        self.pixels += group.pixels;
        Some(group)
    }
}

fn lock(queue: &Mutex<Queue>) -> MutexGuard<'_, Queue> {
    queue.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU64, Ordering};

    fn group(pixels: u64) -> Group {
        Group {
            source: "content/a.jpg".into(),
            pixels,
            derivatives: Vec::new(),
        }
    }

    #[test]
    fn the_largest_picture_that_fits_is_next() {
        const M: u64 = 1_000_000;
        let waiting = [1, 24, 30, 200].map(|n| group(n * M)).into();
        let mut queue = Queue { waiting, pixels: 0 };
        let mut take = |back: u64| {
            queue.pixels -= back * M;
            queue.take().map(|group| group.pixels / M)
        };
        // Larger than all the room, so alone.
        assert_eq!(take(0), Some(200));
        assert_eq!(take(0), None);
        assert_eq!(take(200), Some(30));
        assert_eq!(take(0), Some(1));
        assert_eq!(take(0), None);
        assert_eq!(take(1), None);
        assert_eq!(take(30), Some(24));
    }

    #[test]
    fn each_picture_is_worked_on_once_within_the_room() {
        let groups: Vec<Group> = (0..200).map(|n| group((n * 7 % 31) << 20)).collect();
        let all: u64 = groups.iter().map(|group| group.pixels).sum();
        let (now, most, done) = (AtomicU64::new(0), AtomicU64::new(0), AtomicU64::new(0));
        let work = |group: &Group| {
            let now_here = now.fetch_add(group.pixels, Ordering::SeqCst) + group.pixels;
            most.fetch_max(now_here, Ordering::SeqCst);
            std::thread::yield_now();
            done.fetch_add(group.pixels, Ordering::SeqCst);
            now.fetch_sub(group.pixels, Ordering::SeqCst);
        };
        let pool = rayon::ThreadPoolBuilder::new().num_threads(8).build();
        pool.unwrap().install(|| each(groups, &work));
        assert_eq!(done.into_inner(), all);
        assert!(most.into_inner() <= ROOM);
    }
}
