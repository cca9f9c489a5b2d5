//! Which template a job is made with.

use std::borrow::Cow;

use dateline_contract::texts::{ACCOUNT_PAGES, FILLED_PAGES};

use super::prepared::Prepared;
use crate::{
    discover::Role,
    plan::{self, Job, ListKey, Task},
};

impl Prepared {
    /// The template of a job; `None` for what is copied or written without one.
    pub fn template_of(&self, job: &Job) -> Option<Cow<'static, str>> {
        let name = match &job.task {
            Task::Root => "root.html",
            Task::Home { .. } => "home.html",
            Task::Document(id) => match &self.site.editions[*id].source.role {
                Role::Dossier => "video.html",
                Role::Page => "page.html",
                Role::Article { .. } => "article.html",
            },
            Task::List { key, .. } => match key {
                ListKey::Archive(..) => "archive.html",
                _ => "list.html",
            },
            Task::Taxonomy { .. } => "taxonomy.html",
            Task::Notice { name, .. } => return Some(format!("{name}.html").into()),
            Task::Redirect { .. } => "redirect.html",
            Task::Feed { format, .. } => format.template(),
            Task::SitemapIndex => "sitemap-index.xml",
            Task::Sitemap { .. } => "sitemap.xml",
            Task::Robots => "robots.txt",
            Task::Account { page, .. } => {
                return Some(plan::account_template(ACCOUNT_PAGES[*page]).into());
            }
            Task::Filled { page, .. } => {
                return Some(plan::filled_template(FILLED_PAGES[*page]).into());
            }
            Task::Mail { mail, html, .. } => {
                return Some(plan::mail_template(*mail, *html).into());
            }
            // A press kit has several.
            Task::Derivative { .. } | Task::PressKit(_) => return None,
            Task::Static(_) | Task::File(_) | Task::Asset(_) | Task::Edge(_) | Task::Manifest => {
                return None;
            }
        };
        Some(name.into())
    }
}
