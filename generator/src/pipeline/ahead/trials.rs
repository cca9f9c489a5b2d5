//! Which future pages are tried, and at which moment: the first page of each new kind.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::kinds::{self, Future, Kind, Listing, Sort};
use crate::{
    base::{hash::Map, index::Indexed},
    config::LangId,
    link::{Edition, EditionId, Life, Pages, Site},
    plan::{
        self, FeedFormat, FeedOf, Job, ListKey, Planned, SitemapKind, SitemapOf, Task, list_address,
    },
    render::Prepared,
    theme::Theme,
};

/// Pages that are made as they will be after a moment.
#[derive(Clone)]
pub(super) struct Trial {
    pub at: Timestamp,
    /// A document that comes out or ends then.
    pub because: EditionId,
    /// Places of lists are those in the site with all of them.
    pages: Vec<Job>,
    /// Languages of which every page changes: one of each sort is made.
    langs: BTreeSet<LangId>,
}

impl Trial {
    /// The pages, in the site as it will be; `whole` is the one with all that comes.
    pub fn jobs(&self, whole: &Site, prepared: &Prepared, theme: &Theme) -> Vec<Job> {
        let site = &prepared.site;
        let here = |job: &Job| {
            let same =
                |lang: LangId, key| plan::same_list(&whole.langs[lang], &site.langs[lang], key);
            let mut job = job.clone();
            match &mut job.task {
                Task::List { lang, key, .. }
                | Task::Feed {
                    lang,
                    of: FeedOf::List(key),
                    ..
                } => *key = same(*lang, *key)?,
                _ => {}
            }
            Some(job)
        };
        let mut jobs: Vec<Job> = self.pages.iter().filter_map(here).collect();
        if !self.langs.is_empty() {
            let mut seen = BTreeSet::new();
            let all = plan::pages(&prepared.config, site, theme).into_iter();
            jobs.extend(all.filter(|job| {
                let (lang, of) = whose(site, &job.task);
                let template = prepared.template_of(job);
                self.langs.contains(&lang) && seen.insert((lang, template, of))
            }));
        }
        jobs
    }
}

/// The language of a page, and of which sort it is among those of its template.
fn whose(site: &Site, task: &Task) -> (LangId, Sort) {
    let sort = |lang: LangId, key| (lang, kinds::sort(&site.langs[lang], key));
    match task {
        Task::Document(id) => {
            let edition = &site.editions[*id];
            (edition.source.lang, ("", edition.kind as usize))
        }
        Task::List { lang, key, .. } => sort(*lang, *key),
        Task::Feed {
            lang,
            of: FeedOf::List(key),
            ..
        } => sort(*lang, *key),
        Task::Taxonomy { lang, taxonomy } => (*lang, ("taxonomy", usize::from(*taxonomy))),
        Task::Home { lang }
        | Task::Feed { lang, .. }
        | Task::Notice { lang, .. }
        | Task::Sitemap { lang, .. }
        | Task::Account { lang, .. }
        | Task::Filled { lang, .. }
        | Task::Mail { lang, .. } => (*lang, ("", 0)),
        _ => (LangId::default(), ("", 0)),
    }
}

/// What to try of the site with everything scheduled published and nothing expired, of which `jobs` are
/// the outputs. `None` if nothing comes and nothing ends.
pub(super) fn all(planned: &Planned<'_>, jobs: &[Job]) -> Option<Vec<Trial>> {
    let (site, now) = (planned.site, planned.now);
    let lives: Vec<Life> = site.editions.iter().map(Edition::life).collect();
    let mut moments: BTreeMap<Timestamp, Vec<EditionId>> = BTreeMap::new();
    for (id, life) in lives.iter().indexed() {
        for at in life.moments().filter(|at| *at > now) {
            moments.entry(at).or_default().push(id);
        }
    }
    if moments.is_empty() {
        return None;
    }
    let mut former = vec![Vec::new(); site.langs.len()];
    for (id, edition) in site.editions.iter().indexed() {
        if !edition.meta.aliases.is_empty() {
            former[edition.source.lang].push(id);
        }
    }
    let moving = moments.values().flatten().copied().collect();
    let mut chooser = Chooser {
        shown_by: kinds::shown_by(site, &moving),
        future: Future {
            config: planned.config,
            site,
            now,
            lives,
            former,
            counts: Map::default(),
        },
        jobs,
        seen: BTreeSet::new(),
    };
    for lang in (0..site.langs.len()).map(LangId::from) {
        chooser.seen.insert(chooser.future.every_page(lang, now));
        chooser.seen.insert(chooser.future.home(lang, now));
    }
    let trials = moments.iter().map(|(at, ids)| chooser.after(*at, ids));
    let some = |trial: &Trial| !trial.pages.is_empty() || !trial.langs.is_empty();
    Some(trials.filter(some).collect())
}

struct Chooser<'a> {
    future: Future<'a>,
    jobs: &'a [Job],
    shown_by: BTreeMap<EditionId, BTreeSet<EditionId>>,
    /// Kinds that were there before, or are tried.
    seen: BTreeSet<Kind>,
}

impl Chooser<'_> {
    /// What is new in kind after a moment at which `moving` come or end.
    fn after(&mut self, at: Timestamp, moving: &[EditionId]) -> Trial {
        let (mut pages, mut langs) = (Vec::new(), BTreeSet::new());
        for (lang, listing) in self.counted(at, moving) {
            let kind = self.future.listing(lang, listing);
            if kind.is_some_and(|kind| self.seen.insert(kind)) {
                pages.extend(self.of_listing(lang, listing));
            }
        }
        for id in self.touched(moving, at) {
            let kind = self.future.document(id, at);
            if self.seen.contains(&kind) {
                continue;
            }
            let now = self.future.now;
            let before = self.future.is_out(now)(&&id).then(|| self.future.document(id, now));
            self.seen.extend(before);
            if self.seen.insert(kind) {
                pages.extend(self.of_document(id));
            }
        }
        for lang in (0..self.future.site.langs.len()).map(LangId::from) {
            if self.seen.insert(self.future.every_page(lang, at)) {
                langs.insert(lang);
                pages.extend(self.redirect(lang, at));
            }
            let home = self.future.home(lang, at);
            let articles = home.2[0];
            if self.seen.insert(home) {
                pages.extend(self.of_language(lang, articles > 0));
            }
        }
        pages.retain(|job: &Job| self.made(&job.path));
        Trial {
            at,
            because: moving[0],
            pages,
            langs,
        }
    }

    /// Some page at a former address.
    fn redirect(&self, lang: LangId, at: Timestamp) -> Option<Job> {
        let leads = |job: &&Job| match &job.task {
            Task::Redirect { edition, .. } => {
                let own = self.future.edition(*edition).0.source.lang;
                own == lang && self.future.is_out(at)(&edition)
            }
            _ => false,
        };
        self.jobs.iter().find(leads).cloned()
    }

    /// Whether the theme makes something at a path.
    fn made(&self, path: &str) -> bool {
        let of = |job: &Job| (*job.path).cmp(path);
        self.jobs.binary_search_by(of).is_ok()
    }

    /// Counts what comes and ends; the listings that change, and those that name them in other languages.
    fn counted(&mut self, at: Timestamp, moving: &[EditionId]) -> BTreeSet<(LangId, Listing)> {
        let mut changed = BTreeSet::new();
        for id in moving {
            let lang = self.future.edition(*id).0.source.lang;
            for listing in self.future.listings(*id) {
                let count = self.future.count(lang, listing);
                if !self.future.counts.contains_key(&(lang, listing)) {
                    self.seen.extend(self.future.listing(lang, listing));
                }
                let count = match self.future.lives[*id].from == at {
                    true => count + 1,
                    false => count.saturating_sub(1),
                };
                self.future.counts.insert((lang, listing), count);
                changed.extend(self.future.everywhere(lang, listing));
            }
        }
        changed
    }

    /// The documents out at a moment whose pages may differ in kind as others come or end then.
    fn touched(&self, moving: &[EditionId], at: Timestamp) -> BTreeSet<EditionId> {
        let future = &self.future;
        let mut all: BTreeSet<EditionId> = moving.iter().copied().collect();
        for id in moving {
            let (edition, here) = future.edition(*id);
            let lang = edition.source.lang;
            all.extend(&edition.translations);
            all.extend(self.shown_by.get(id).into_iter().flatten());
            all.extend(kinds::Shown::by(future.site, *id).editions(future.site));
            for listing in future.listings(*id) {
                let near = future.around(future.items(lang, listing), *id, at);
                all.extend(near.into_iter().flatten());
                // Dossiers lead to their terms as long as there are articles.
                if let Listing::List(ListKey::Term(taxonomy, term)) = listing
                    && future.count(lang, listing) <= 1
                {
                    let terms = |id: EditionId| &future.edition(id).0.terms[taxonomy];
                    let dossiers = here.dossiers.iter();
                    all.extend(dossiers.filter(|d| terms(**d).contains(&term)));
                }
            }
        }
        all.retain(|id| future.is_out(at)(&id));
        all
    }

    /// What is made of a listing: a list's page, the first numbered ones and the last, and its feeds.
    fn of_listing(&self, lang: LangId, listing: Listing) -> Vec<Job> {
        let Future { config, site, .. } = self.future;
        let key = match listing {
            Listing::List(key) => key,
            Listing::Year(year) => {
                let of = SitemapOf {
                    kind: SitemapKind::Year(year),
                    part: 0,
                };
                let address = plan::sitemap_address(config.languages[lang].lang.code(), of);
                let path = format!("site{address}").into();
                return vec![Job {
                    path,
                    task: Task::Sitemap { lang, of },
                }];
            }
        };
        let home = list_address(site, config, lang, key);
        let last = Pages::of(self.future.count(lang, listing)).numbered;
        let numbers = BTreeSet::from([None, Some(1), Some(2), Some(last)]).into_iter();
        let numbers = numbers.filter(|number| number.is_none_or(|n| (1..=last).contains(&n)));
        let pages = numbers.map(|page| {
            let under = page.map_or_else(String::new, |n| format!("page/{n}/"));
            let path = format!("site{home}{under}index.html").into();
            let task = Task::List { lang, key, page };
            Job { path, task }
        });
        let feeds = feeds(&home, lang, FeedOf::List(key));
        pages.chain(feeds).collect()
    }

    /// A document, and the feeds of its section, which say of stories what they show.
    fn of_document(&self, id: EditionId) -> Vec<Job> {
        let Future { config, site, .. } = self.future;
        let (edition, _) = self.future.edition(id);
        let lang = edition.source.lang;
        let own = Job {
            path: format!("site{}index.html", edition.address).into(),
            task: Task::Document(id),
        };
        let section = site.section_of(edition).map(ListKey::Section);
        let feeds = section.map(|key| {
            let home = list_address(site, config, lang, key);
            feeds(&home, lang, FeedOf::List(key))
        });
        std::iter::once(own)
            .chain(feeds.into_iter().flatten())
            .collect()
    }

    /// A language's front page, and its feeds where there are articles.
    fn of_language(&self, lang: LangId, articles: bool) -> Vec<Job> {
        let home = format!("/{}/", self.future.config.languages[lang].lang);
        let page = Job {
            path: format!("site{home}index.html").into(),
            task: Task::Home { lang },
        };
        let feeds = articles.then(|| feeds(&home, lang, FeedOf::Language));
        std::iter::once(page)
            .chain(feeds.into_iter().flatten())
            .collect()
    }
}

/// The feeds beside a page.
fn feeds(home: &str, lang: LangId, of: FeedOf) -> Vec<Job> {
    let feed = |format: &FeedFormat| Job {
        path: format!("site{home}{}", format.file()).into(),
        task: Task::Feed {
            lang,
            of,
            format: *format,
        },
    };
    FeedFormat::of(of).iter().map(feed).collect()
}
