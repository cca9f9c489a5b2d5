//! What answers where no page is: former addresses lead on, and what has expired is gone.

use std::collections::BTreeMap;

use dateline_contract::edge::{EdgeRules, Redirect, RequestPattern};

use super::Job;
use crate::{
    base::path,
    link::{Findings, State},
};

/// From the aliases of published documents, and from what has expired.
pub(super) fn of_documents(
    aliases: &[(String, String)],
    findings: &Findings,
    jobs: &[Job],
) -> EdgeRules {
    let redirects = aliases.iter().map(|(from, to)| {
        let to = permanent(path::encode(to));
        (RequestPattern::exactly(from), to)
    });
    let redirects: BTreeMap<RequestPattern, Redirect> = redirects.collect();
    let expired = findings.held.iter().filter(|h| h.state == State::Expired);
    // An address that lives again, by a new story or an alias, is no longer gone.
    let dead = |asked: &RequestPattern| {
        page_at(jobs, &asked.path).is_none() && !redirects.contains_key(asked)
    };
    let gone = expired
        .flat_map(|h| h.addresses())
        .map(|a| RequestPattern::exactly(a));
    let gone = gone.filter(dead).collect();
    EdgeRules {
        redirects,
        gone,
        ..EdgeRules::default()
    }
}

pub(super) fn permanent(to: String) -> Redirect {
    Redirect { to, status: 301 }
}

/// The output that answers at an address: its file, or the index of its folder.
pub(super) fn page_at<'a>(jobs: &'a [Job], address: &str) -> Option<&'a Job> {
    let bare = address.strip_suffix('/').unwrap_or(address);
    let paths = [format!("site{bare}/index.html"), format!("site{address}")];
    paths.iter().find_map(|path| {
        let at = jobs.binary_search_by(|j| (*j.path).cmp(path)).ok()?;
        jobs.get(at)
    })
}
