//! `_redirects`, as Netlify and Cloudflare Pages read it.

use std::{collections::BTreeSet, fmt::Write as _};

use dateline_contract::edge::{Answer, EdgeRules};

use super::{Exact, Prepared, below, exact, gone_page};
use crate::base::path;

const HEAD: &str = "# For Netlify and Cloudflare Pages. Cloudflare knows neither queries nor the status 410 and passes over\n\
    # such lines: there, removed pages answer 404. Netlify ignores the order in a query and hands queries on.\n";

pub(super) fn redirects(prepared: &Prepared, rules: &EdgeRules) -> String {
    let mut out = String::from(HEAD);
    let mut line = |from: String, path: &str, answer: Answer<'_>, force: &str| {
        let _ = match answer {
            Answer::Moved(to) => writeln!(out, "{from} {} {}{force}", to.to, to.status),
            Answer::Gone => writeln!(out, "{from} {} 410{force}", gone_page(prepared, path)),
        };
    };
    let all = exact(rules);
    // The first line that matches counts.
    for Exact { path, queries, .. } in &all {
        for (query, answer) in queries {
            match parameters(query) {
                // Where a page lies at the path, only a forced line counts.
                Some(parameters) => {
                    line(format!("{}{parameters}", written(path)), path, *answer, "!")
                }
                None => line(
                    format!("# cannot be said here: {}?{query}", written(path)),
                    path,
                    *answer,
                    "",
                ),
            }
        }
    }
    for Exact { path, plain, .. } in &all {
        if let Some(answer) = plain {
            line(written(path), path, *answer, "");
        }
    }
    for (folder, answer) in below(rules) {
        line(format!("{}*", written(folder)), folder, answer, "");
    }
    out
}

/// A path in which nothing is a pattern.
fn written(path: &str) -> String {
    path::encode(path).replace('*', "%2A").replace(':', "%3A")
}

/// ` id=123 page=2`: parameters with one value each. `None` if the query is no such thing.
fn parameters(query: &str) -> Option<String> {
    let mut out = String::new();
    let mut names = BTreeSet::new();
    for parameter in query.split('&') {
        let (name, value) = parameter.split_once('=')?;
        let new = names.insert(name);
        if name.is_empty() || value.is_empty() || !new || value.contains('=') {
            return None;
        }
        let _ = write!(out, " {name}={}", value.replace(':', "%3A"));
    }
    Some(out)
}
