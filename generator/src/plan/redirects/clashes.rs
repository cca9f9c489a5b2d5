//! Former addresses that are taken: by a page, by an alias, by another line.

use std::sync::Arc;

use dateline_contract::edge::{EdgeRules, RequestPattern};

use super::{Reader, Rule};
use crate::{
    base::{
        diag::Diagnostic,
        hash::{Map, Set},
        path,
    },
    config::RESERVED,
    link::{HeldBack, State},
    plan::{Task, address_of, moved::page_at},
};

/// What stands at a former address.
enum Page {
    None,
    /// Something that stays: a mistake.
    Taken(String),
    /// Something that may be there today and not tomorrow.
    Stays(String),
}

impl Reader<'_> {
    /// Leaves out what meets a page or another rule, and says so.
    pub(super) fn without_clashes(&mut self, mut read: Vec<Rule>, rules: &EdgeRules) -> Vec<Rule> {
        // `/old` and `/old/` are one address for most hosts.
        let key = |asked: &RequestPattern| RequestPattern {
            path: asked.path.trim_end_matches('/').to_owned(),
            ..asked.clone()
        };
        let mut taken: Map<RequestPattern, String> = Map::default();
        for held in &self.about.findings.held {
            // A draft's addresses may be given away; what has expired may lead on.
            if matches!(held.state, State::Held(_)) {
                let aliases = held.addresses().skip(1);
                taken.extend(aliases.map(|a| {
                    (
                        key(&RequestPattern::exactly(a)),
                        format!("it is an alias of {}", held.path),
                    )
                }));
            }
        }
        let drafts = self.about.site.editions.iter().filter(|e| e.meta.draft);
        let drafts = drafts.flat_map(|e| &e.meta.aliases);
        let drafts: Set<String> = drafts.filter_map(|a| path::alias(&a.value)).collect();
        let of_stories = rules.redirects.keys();
        for asked in of_stories.filter(|asked| !drafts.contains(&asked.path)) {
            taken.insert(key(asked), "it is the alias of a story".to_owned());
        }
        read.sort_by_key(|rule| rule.span.start);
        read.retain_mut(|rule| {
            let note = match taken.get(&key(&rule.asked)) {
                Some(note) => Some(note.clone()),
                None => match self.page(&rule.asked) {
                    Page::None => None,
                    Page::Taken(note) => Some(note),
                    Page::Stays(what) => {
                        let message =
                            format!("“{}” is an address of this site: {what}", rule.asked);
                        self.warn(
                            &rule.span,
                            message,
                            "while that page is there, this line does nothing",
                        );
                        rule.idle = true;
                        None
                    }
                },
            };
            if let Some(note) = note {
                let message = format!("the former address “{}” is taken", rule.asked);
                let diag = Diagnostic::error(message).at(self.file, rule.span.clone());
                self.diags
                    .push(diag.note(note).hint("take one of the two away"));
                return false;
            }
            let line = "another line of this file is about the same address".to_owned();
            taken.insert(key(&rule.asked), line);
            true
        });
        read
    }

    /// What of the site a rule would stand before.
    fn page(&self, asked: &RequestPattern) -> Page {
        if asked.query.is_some() {
            return Page::None;
        }
        if asked.below {
            return self.pages_below(asked);
        }
        let forms = [asked.path.clone(), format!("{}/", asked.path)];
        for (source, held) in forms
            .iter()
            .filter_map(|address| self.documents.get(address.as_str()))
        {
            match held.map(|h| h.state) {
                // Its address is given away, or gone, for as long as it stays a draft.
                Some(State::Draft | State::Expired) => {}
                _ => return Page::Taken(format!("it is the address of {source}")),
            }
        }
        match page_at(self.about.jobs, &asked.path).map(|job| &job.task) {
            None => Page::None,
            Some(Task::Redirect { edition, .. })
                if self.about.site.editions[*edition].meta.draft =>
            {
                Page::Stays("the alias of a draft that is shown".to_owned())
            }
            Some(Task::Redirect { .. }) => Page::Taken("it is the alias of a story".to_owned()),
            Some(Task::Document(_)) => Page::Stays("a draft that is shown".to_owned()),
            // These come and go with the stories that they list.
            Some(
                Task::List { .. }
                | Task::Taxonomy { .. }
                | Task::Feed { .. }
                | Task::Sitemap { .. },
            ) => Page::Stays("a list that Dateline makes".to_owned()),
            Some(Task::Static(path)) => Page::Taken(format!("it is the address of {path}")),
            Some(_) => Page::Taken("it is the address of a page that Dateline makes".to_owned()),
        }
    }

    fn pages_below(&self, asked: &RequestPattern) -> Page {
        let config = self.about.config;
        let taxonomies = config.taxonomies.iter().map(|t| t.name.as_str());
        let names: Vec<&str> = RESERVED.iter().copied().chain(taxonomies).collect();
        for language in &config.languages {
            for name in &names {
                let folder = RequestPattern::below(&format!("/{}/{name}/", language.lang.code()));
                if folder.covers(asked) || asked.covers(&folder) {
                    return Page::Taken(format!("{} holds pages that Dateline makes", folder.path));
                }
            }
        }
        let mut inside: Vec<&(&Arc<str>, Option<&HeldBack>)> = self
            .documents
            .iter()
            .filter(|(address, (_, held))| {
                let stays = held.is_none_or(|h| !matches!(h.state, State::Draft | State::Expired));
                stays && asked.covers(&RequestPattern::exactly(address))
            })
            .map(|(_, document)| document)
            .collect();
        inside.sort_by_key(|(source, _)| *source);
        if let Some((source, _)) = inside.first() {
            return Page::Taken(format!("{source} has an address below it"));
        }
        let prefix = format!("site{}", asked.path);
        let jobs = self.about.jobs;
        let from = jobs.partition_point(|job| *job.path < *prefix);
        let mut below = jobs[from..]
            .iter()
            .take_while(|job| job.path.starts_with(&prefix));
        // An alias is closer than what stands for its whole folder.
        match below.find(|job| !matches!(job.task, Task::Redirect { .. })) {
            Some(job) => Page::Taken(format!("{} lies below it", address_of(&job.path))),
            None => Page::None,
        }
    }
}
