//! The site of the last build, so that a quiet edit need not link it again.

use std::{collections::BTreeSet, sync::Arc};

use dateline_contract::edge::EdgeRules;
use serde::{Deserialize, Serialize};

use super::{disk::Disk, envelope, record, remembered::Stubs};
use crate::{
    assets::UsedFiles,
    base::hash::Digest,
    link::{EditionId, Structure},
    plan::{JobId, Task},
};

/// A site as a build left it, without the content of its documents.
#[derive(Serialize, Deserialize)]
pub struct Snapshot {
    /// What documents make together.
    pub structure: Arc<Structure>,
    /// Identifies the documents.
    pub editions: Stubs,
    /// Files beside documents.
    pub used: Arc<UsedFiles>,
    /// Redirects and 410s, without headers.
    pub moved: Arc<EdgeRules>,
    /// Addresses of this site where nothing is.
    pub dead: Arc<BTreeSet<String>>,
    /// Which editions each job read.
    pub job_reads: JobReads,
}

/// Jobs with the editions that each read for its key. Jobs that read none are left out.
#[derive(Default, Serialize, Deserialize)]
pub struct JobReads {
    /// Each job, how it is made, how many editions it read.
    jobs: Vec<(JobId, Task, u32)>,
    /// One job's after the other's.
    editions: Vec<EditionId>,
}

impl JobReads {
    /// Adds a job. The editions are sorted.
    pub fn add(&mut self, job: JobId, task: &Task, editions: &[EditionId]) {
        if !editions.is_empty() {
            let count = editions.len() as u32;
            self.jobs.push((job, task.clone(), count));
            self.editions.extend(editions);
        }
    }

    /// The jobs that read any of `edited`, each with all that it read.
    pub fn at<'a>(
        &'a self,
        edited: &'a [EditionId],
    ) -> impl Iterator<Item = (JobId, &'a Task, &'a [EditionId])> {
        let mut rest = self.editions.as_slice();
        let job_reads = self.jobs.iter().map(move |(job, task, count)| {
            let (own, others) = rest.split_at((*count as usize).min(rest.len()));
            rest = others;
            (*job, task, own)
        });
        job_reads.filter(|(_, _, own)| edited.iter().any(|id| own.binary_search(id).is_ok()))
    }
}

impl Snapshot {
    /// The snapshot of the output folder `out`, by its absolute path, with its name.
    pub fn load(disk: &dyn Disk, out: &str) -> Option<(Self, Digest)> {
        let (bytes, id) = envelope::load(disk, &record::name("site", out))?;
        Some((postcard::from_bytes(&bytes).ok()?, id))
    }

    /// Saves it. Its name, which stands for what it holds; `None` when that fails.
    pub fn save(&self, disk: &dyn Disk, out: &str) -> Option<Digest> {
        envelope::save_value(disk, &record::name("site", out), self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jobs_are_found_by_what_they_read() {
        let ids = |ids: &[usize]| -> Vec<EditionId> { ids.iter().map(|id| (*id).into()).collect() };
        let mut job_reads = JobReads::default();
        for (job, read) in [(0, &[1, 2, 9][..]), (1, &[]), (2, &[3])] {
            job_reads.add(job.into(), &Task::Document(job.into()), &ids(read));
        }
        let jobs = |edited: &[usize]| -> Vec<usize> {
            let edited = ids(edited);
            job_reads
                .at(&edited)
                .map(|(job, _, _)| job.into())
                .collect()
        };
        assert_eq!(jobs(&[2, 3]), [0, 2]);
        assert_eq!(jobs(&[9, 10]), [0]);
        assert_eq!(jobs(&[4]), [0; 0]);
    }
}
