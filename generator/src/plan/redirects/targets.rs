//! Addresses of this site to which former ones lead: chains, circles and missing targets.

use std::ops::Range;

use dateline_contract::edge::{Answer, EdgeRules, RequestPattern};

use super::{About, Reader};
use crate::{
    base::path,
    discover::Role,
    plan::{Task, address_of, moved::page_at},
};

impl Reader<'_> {
    /// Whether there is something at an address to which a rule leads; `None` when the rule is wrong.
    pub(super) fn address(
        &mut self,
        all: &EdgeRules,
        asked: &RequestPattern,
        address: &str,
        span: &Range<usize>,
        at: &Range<usize>,
    ) -> Option<bool> {
        let mut way = vec![asked.to_string(), address.to_owned()];
        let mut place = address.to_owned();
        while let Some(Answer::Moved(redirect)) = all.answer(&place, None) {
            place = path::decode(redirect.to.split(['?', '#']).next().unwrap_or_default())
                .unwrap_or_default();
            let seen = way.contains(&place);
            way.push(place.clone());
            if seen {
                way.dedup();
                if let [alone] = way.as_slice() {
                    way.push(alone.clone());
                }
                self.wrong(
                    span,
                    format!("this leads in a circle: {}", way.join(" → ")),
                    "lead one of them to a page",
                );
                return None;
            }
        }
        // A scheduled document may have had this address; then it redirects from here.
        let same = |alias: &str| alias.trim_end_matches('/') == address.trim_end_matches('/');
        let mut coming = self.about.findings.coming.editions.iter();
        if way.len() == 2
            && let Some(edition) =
                coming.find(|e| e.meta.aliases.iter().any(|alias| same(&alias.value)))
        {
            place.clone_from(&edition.address);
            way.push(place.clone());
        }
        if way.len() > 2 {
            let hint = format!("lead to the last of them at once: {place}");
            self.wrong(at, format!("this leads on: {}", way.join(" → ")), hint);
            return None;
        }
        if page_at(self.about.jobs, address)
            .is_some_and(|job| !matches!(job.task, Task::Redirect { .. }))
        {
            return Some(true);
        }
        if self.comes_and_goes(address) {
            self.warn(
                at,
                format!("there is no “{address}” now"),
                "until there is such a page, this line answers 410",
            );
            return Some(false);
        }
        if all.answer(address, None) == Some(Answer::Gone) {
            self.wrong(
                at,
                format!("“{address}” is gone"),
                "lead to another page, or write the former address under `gone` too",
            );
            return None;
        }
        let pages = self.about.jobs.iter().map(|job| address_of(&job.path));
        let pages: Vec<String> = pages
            .filter(|a| a.len().abs_diff(address.len()) <= 2)
            .collect();
        let hint = match path::closest(address, pages.iter().map(String::as_str)) {
            Some(near) => format!("did you mean {near}?"),
            None => {
                "write the path of a source file from content/, such as /news/2019/05/02/visit.md"
                    .to_owned()
            }
        };
        self.wrong(at, format!("“{address}” leads nowhere"), hint);
        None
    }

    /// Whether an address is that of a list, which is there while it lists something.
    fn comes_and_goes(&self, address: &str) -> bool {
        let About {
            config, sources, ..
        } = self.about;
        let mut parts = address.split('/').filter(|p| !p.is_empty());
        let Some(_) = parts.next().and_then(|lang| config.lang_index(lang)) else {
            return false;
        };
        let (Some(first), rest) = (parts.next(), parts.count()) else {
            return false;
        };
        let of_section =
            |role: &Role| matches!(role, Role::Article { section } if **section == *first);
        let section = || {
            config.sections.iter().any(|s| *s.name == *first)
                || sources.documents.iter().any(|s| of_section(&s.role))
        };
        match first {
            "video" => rest == 0,
            "kind" => rest > 0,
            _ if config.taxonomies.iter().any(|t| t.name == first) => true,
            // Four parts more are a story's.
            _ => rest != 4 && section(),
        }
    }
}
