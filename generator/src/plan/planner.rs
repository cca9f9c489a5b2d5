//! Collects the jobs of a site: pages, feeds, copies, and what the sidecar and the CDN get.

use dateline_contract::texts::{ACCOUNT_PAGES, FILLED_PAGES, MailKind};

use super::{
    EDGE, FeedFormat, FeedOf, Job, Task, account_template, filled_template, list_address,
    list_items, lists, mail_template, sitemap_address, sitemaps,
};
use crate::{
    base::{index::Indexed, path},
    config::{Config, LangId, TaxonomyId},
    discover::Sources,
    link::{Pages, Reading, Site},
    theme::Theme,
};

pub(super) struct Planner<'a> {
    config: &'a Config,
    site: &'a Site,
    theme: &'a Theme,
    pub(super) jobs: Vec<Job>,
}

impl<'a> Planner<'a> {
    /// With every output that a template makes, but for pages at former addresses.
    pub(super) fn new(config: &'a Config, site: &'a Site, theme: &'a Theme) -> Self {
        let mut planner = Self {
            config,
            site,
            theme,
            jobs: Vec::new(),
        };
        for lang in (0..config.languages.len()).map(LangId::from) {
            planner.language(lang);
            planner.accounts(lang);
        }
        planner.whole_site();
        planner
    }

    /// A page: `/en/news/` is `site/en/news/index.html`.
    fn page(&mut self, address: &str, task: Task) {
        self.jobs.push(Job {
            path: format!("site{address}index.html").into(),
            task,
        });
    }

    fn file(&mut self, address: &str, task: Task) {
        self.jobs.push(Job {
            path: format!("site{address}").into(),
            task,
        });
    }

    fn feeds(&mut self, address: &str, lang: LangId, of: FeedOf) {
        for &format in FeedFormat::of(of) {
            if self.theme.has(format.template()) {
                let task = Task::Feed { lang, of, format };
                self.file(&format!("{address}{}", format.file()), task);
            }
        }
    }

    fn language(&mut self, lang: LangId) {
        let (site, theme) = (self.site, self.theme);
        let here = &site.langs[lang];
        let code = self.config.languages[lang].lang.code();
        let home = format!("/{code}/");
        if theme.has("home.html") {
            self.page(&home, Task::Home { lang });
        }
        // A feed without entries has no date, and RFC 4287 asks for one.
        if !here.articles.is_empty() {
            self.feeds(&home, lang, FeedOf::Language);
        }
        for (ids, template) in [
            (&here.articles, "article.html"),
            (&here.pages, "page.html"),
            (&here.dossiers, "video.html"),
        ] {
            if theme.has(template) {
                for id in ids {
                    self.page(&site.editions[*id].address, Task::Document(*id));
                }
            }
        }
        self.lists(lang);
        if theme.has("taxonomy.html") {
            for (taxonomy, terms) in here.terms.iter().indexed::<TaxonomyId>() {
                if !terms.is_empty() {
                    let address = format!("/{code}/{}/", self.config.taxonomies[taxonomy].name);
                    self.page(&address, Task::Taxonomy { lang, taxonomy });
                }
            }
        }
        self.notices(lang);
        if theme.has("sitemap.xml") {
            let editions = Reading::new(&site.editions, None);
            for (of, _) in sitemaps(site, editions, self.config, theme, lang) {
                self.file(&sitemap_address(code, of), Task::Sitemap { lang, of });
            }
        }
    }

    /// Lists, page by page, with their feeds.
    fn lists(&mut self, lang: LangId) {
        for key in lists(self.site, self.theme, lang) {
            let address = list_address(self.site, self.config, lang, key);
            let list = |page| Task::List { lang, key, page };
            self.page(&address, list(None));
            let pages = Pages::of(list_items(self.site, lang, key).len());
            for number in 1..=pages.numbered {
                self.page(&format!("{address}page/{number}/"), list(Some(number)));
            }
            self.feeds(&address, lang, FeedOf::List(key));
        }
    }

    /// Error pages. Those of the default language also serve addresses outside any language.
    fn notices(&mut self, lang: LangId) {
        let code = self.config.languages[lang].lang.code();
        for (name, template) in [
            ("404", "404.html"),
            ("410", "410.html"),
            ("resting", "resting.html"),
        ] {
            if self.theme.has(template) {
                let notice = || Task::Notice {
                    lang,
                    name: name.into(),
                };
                self.file(&format!("/{code}/{template}"), notice());
                if lang == LangId::default() {
                    self.file(&format!("/{template}"), notice());
                }
            }
        }
    }

    /// Account pages, and what the sidecar fills and sends.
    fn accounts(&mut self, lang: LangId) {
        let code = self.config.languages[lang].lang.code();
        for (page, path) in ACCOUNT_PAGES.iter().indexed() {
            if self.theme.has(&account_template(path)) {
                let address = format!("/{code}/account/{path}");
                self.page(&address, Task::Account { lang, page });
            }
        }
        for (page, name) in FILLED_PAGES.iter().indexed() {
            if self.theme.has(&filled_template(name)) {
                self.jobs.push(Job {
                    path: format!("sidecar/pages/{code}/{name}.html").into(),
                    task: Task::Filled { lang, page },
                });
            }
        }
        for mail in MailKind::ALL {
            for html in [true, false] {
                let template = mail_template(mail, html);
                if self.theme.has(&template) {
                    self.jobs.push(Job {
                        path: format!(
                            "sidecar/{}",
                            template.replace("mail/", &format!("mail/{code}/"))
                        )
                        .into(),
                        task: Task::Mail { lang, mail, html },
                    });
                }
            }
        }
    }

    fn whole_site(&mut self) {
        for (template, task) in [
            ("root.html", Task::Root),
            ("sitemap-index.xml", Task::SitemapIndex),
            ("robots.txt", Task::Robots),
        ] {
            if self.theme.has(template) {
                let address = match task {
                    Task::Root => "/index.html",
                    Task::SitemapIndex => "/sitemap.xml",
                    _ => "/robots.txt",
                };
                self.file(address, task);
            }
        }
    }

    /// What is copied, or written without a template.
    pub(super) fn copies(&mut self, sources: &Sources) {
        for source in &sources.statics {
            let address = source["content/static".len()..].to_owned();
            self.file(&address, Task::Static(source.clone()));
        }
        for name in &self.theme.asset_names {
            if let Some(asset) = self.theme.assets.get(name) {
                let address = path::decode(&asset.url).unwrap_or_default();
                self.file(&address, Task::Asset(name.as_str().into()));
            }
        }
        for name in EDGE {
            self.jobs.push(Job {
                path: format!("edge/{name}").into(),
                task: Task::Edge(name.into()),
            });
        }
        self.jobs.push(Job {
            path: "sidecar/manifest.json".into(),
            task: Task::Manifest,
        });
    }
}
