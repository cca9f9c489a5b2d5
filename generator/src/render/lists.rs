//! Pages that list: sections, kinds, terms, archives, dossiers, and the terms of a taxonomy.

use std::ops::Range;

use tera::Value;

use super::{
    backend::Backend,
    failure::Failure,
    page::Page,
    renderer::Renderer,
    value::{Context, extended, html, list, map},
};
use crate::{
    base::{date::Date, index::Indexed, path},
    config::{LangId, TaxonomyId},
    link::{Archive, ArchiveId, Edition, Pages, Period, TermsFile},
    markdown::anchors::Anchors,
    plan::{self, FeedFormat, FeedOf, ListKey},
};

impl<B: Backend> Renderer<'_, B> {
    pub(super) fn list(
        &self,
        lang: LangId,
        key: ListKey,
        number: Option<usize>,
    ) -> Result<B::Out, Failure> {
        let items = plan::list_items(self.site, lang, key);
        let pages = Pages::of(items.len());
        let home = plan::list_address(self.site, &self.config, lang, key);
        let (range, newer, older) = around(&pages, &path::encode(&home), number);
        let first = number.is_none();
        let title = self.list_title(lang, key);
        let description = self.list_text(lang, key)?;
        let (kind, name) = self.list_kind(lang, key);
        let (precision, date) = self.archive_date(lang, key);
        let mut context = Context::new();
        let list_value = map([
            ("type", Value::from(kind)),
            ("title", Value::from(title.as_str())),
            ("text", html(description.as_deref())),
            (
                "items",
                list(
                    items[range]
                        .iter()
                        .rev()
                        .map(|id| context.card(self.card(*id))),
                ),
            ),
            ("number", Value::from(number.unwrap_or(pages.numbered + 1))),
            ("first", Value::from(first)),
            (
                "total",
                if first {
                    Value::from(items.len())
                } else {
                    Value::none()
                },
            ),
            ("newer", newer),
            ("older", older),
            ("name", Value::from(name)),
            // On the list's own address alone: a numbered page never changes again.
            (
                "children",
                if first {
                    self.children(lang, key)
                } else {
                    list([])
                },
            ),
            ("precision", precision),
            ("date", date),
        ]);
        let address = number.map_or_else(|| home.clone(), |n| format!("{home}page/{n}/"));
        let mut page = Page::new(kind, lang, &address);
        page.title = Some(&title);
        let plain = description.as_deref().map(crate::markdown::text::plain);
        page.description = plain.as_deref().map(str::trim).filter(|d| !d.is_empty());
        page.breadcrumbs = self.crumbs_of_list(lang, key);
        if first {
            page.alternates = self.same_list_elsewhere(lang, key);
        }
        if !FeedFormat::of(FeedOf::List(key)).is_empty() {
            page.feed = Some(FeedOf::List(key));
        }
        let template = if matches!(key, ListKey::Archive(..)) {
            "archive.html"
        } else {
            "list.html"
        };
        context.insert_value("page", self.page(page));
        context.insert_value("list", list_value);
        self.template(lang, template, &context, 32 << 10)
    }

    fn list_kind(&self, lang: LangId, key: ListKey) -> (&'static str, String) {
        match key {
            ListKey::Section(i) => ("section", self.site.langs[lang].sections[i].0.name.clone()),
            ListKey::Archive(i, _) => ("archive", self.site.langs[lang].sections[i].0.name.clone()),
            ListKey::Kind(kind) => ("kind", kind.name().to_owned()),
            ListKey::Term(t, _) => ("term", self.config.taxonomies[t].name.clone()),
            ListKey::Videos => ("video-list", "video".to_owned()),
        }
    }

    fn list_text(&self, lang: LangId, key: ListKey) -> Result<Option<String>, Failure> {
        let words = match key {
            ListKey::Section(i) => self.site.langs[lang].sections[i].0.description.as_ref(),
            ListKey::Term(t, i) => self.site.terms[t][i].text.as_ref(),
            _ => None,
        };
        let Some(words) = words else {
            return Ok(None);
        };
        let code = &self.config.languages[lang].lang;
        let markdown = self.config.words(words, code);
        let file = match key {
            ListKey::Term(..) => TermsFile::PATH,
            _ => crate::config::FILE,
        };
        let stand_in = Edition::of_file(file, lang);
        let html = self.markdown(&stand_in, markdown, "", Anchors::default())?;
        Ok(Some(html.html))
    }

    fn archive_date(&self, lang: LangId, key: ListKey) -> (Value, Value) {
        let ListKey::Archive(section, i) = key else {
            return (Value::none(), Value::none());
        };
        let period = self.site.langs[lang].archives[section][i].period;
        (
            Value::from(precision(period)),
            Value::from(first_day(period)),
        )
    }

    /// Finer archives below this list: a section's years, a year's months, a month's days.
    fn children(&self, lang: LangId, key: ListKey) -> Value {
        let here = &self.site.langs[lang];
        if !self.theme.has("archive.html") {
            return list([]);
        }
        // What lies in a period stands right after it.
        let (section, parent, first) = match key {
            ListKey::Section(i) => (i, None, 0),
            ListKey::Archive(i, a) => (i, Some(here.archives[i][a].period), usize::from(a) + 1),
            _ => return list([]),
        };
        let periods = here.archives[section].iter().map(|a| a.period).indexed();
        let inside = |period: Period| {
            let mut around = std::iter::successors(Some(period), |period| period.above());
            parent.is_none_or(|parent| around.any(|period| period == parent))
        };
        let mut children: Vec<(ArchiveId, Period)> = periods
            .skip(first)
            .take_while(|(_, period)| inside(*period))
            .filter(|(_, period)| period.above() == parent)
            .collect();
        children.reverse();
        list(children.into_iter().map(|(i, period)| {
            let address =
                plan::list_address(self.site, &self.config, lang, ListKey::Archive(section, i));
            let title = self.archive_title(lang, period);
            map([
                ("title", Value::from(title)),
                ("url", Value::from(path::encode(&address))),
                ("date", Value::from(first_day(period))),
            ])
        }))
    }

    /// `2025`, `January 2025` or `27 January 2025`.
    fn archive_title(&self, lang: LangId, period: Period) -> String {
        let numbers = || period.path().trim_end_matches('/').replace('/', "-");
        let date = Date::parse(&first_day(period), &jiff::tz::TimeZone::UTC).ok();
        date.and_then(|d| self.engines.date(lang, d, precision(period)))
            .unwrap_or_else(numbers)
    }

    fn crumbs_of_list(&self, lang: LangId, key: ListKey) -> Vec<(String, String)> {
        let code = &self.config.languages[lang].lang;
        match key {
            ListKey::Term(t, _) if self.theme.has("taxonomy.html") => {
                let title = self.taxonomy_title(lang, t);
                vec![(
                    title,
                    format!("/{code}/{}/", self.config.taxonomies[t].name),
                )]
            }
            ListKey::Archive(section, i) => {
                let archives = &self.site.langs[lang].archives[section];
                let address = |key| plan::list_address(self.site, &self.config, lang, key);
                let above = |period: &Period| period.above();
                let mut crumbs: Vec<(String, String)> =
                    std::iter::successors(archives[i].period.above(), above)
                        .filter_map(|period| {
                            let key = ListKey::Archive(section, Archive::find(archives, period)?);
                            Some((self.archive_title(lang, period), address(key)))
                        })
                        .collect();
                let key = ListKey::Section(section);
                crumbs.push((self.list_title(lang, key), address(key)));
                crumbs.reverse();
                crumbs
            }
            _ => Vec::new(),
        }
    }

    /// The list that means the same in each language that has it.
    pub(super) fn same_list_elsewhere(&self, lang: LangId, key: ListKey) -> Vec<(LangId, String)> {
        let langs = self.site.langs.iter().indexed();
        let same = langs.filter_map(|(other, here)| {
            let key = plan::same_list(&self.site.langs[lang], here, key)?;
            let address = plan::list_address(self.site, &self.config, other, key);
            Some((other, address))
        });
        same.collect()
    }

    pub(super) fn taxonomy(&self, lang: LangId, taxonomy: TaxonomyId) -> Result<B::Out, Failure> {
        let here = &self.site.langs[lang];
        let name = &self.config.taxonomies[taxonomy].name;
        let title = self.taxonomy_title(lang, taxonomy);
        let mut terms: Vec<(String, Value)> = here.terms[taxonomy]
            .iter()
            .map(|(term, items)| {
                let link = self.term_link(lang, taxonomy, *term);
                let title = self.list_title(lang, ListKey::Term(taxonomy, *term));
                (
                    title.to_lowercase(),
                    extended(&link, [("count", Value::from(items.len()))]),
                )
            })
            .collect();
        terms.sort_by(|a, b| a.0.cmp(&b.0));
        let value = map([
            ("name", Value::from(name.as_str())),
            ("title", Value::from(title.as_str())),
            ("terms", list(terms.into_iter().map(|(_, value)| value))),
        ]);
        let address = |lang: LangId| format!("/{}/{name}/", self.config.languages[lang].lang);
        let own = address(lang);
        let mut page = Page::new("taxonomy", lang, &own);
        page.title = Some(&title);
        let languages = (0..self.config.languages.len())
            .map(LangId::from)
            .filter(|l| !self.site.langs[*l].terms[taxonomy].is_empty());
        page.alternates = languages.map(|l| (l, address(l))).collect();
        let mut context = Context::new();
        context.insert_value("page", self.page(page));
        context.insert_value("taxonomy", value);
        self.template(lang, "taxonomy.html", &context, 16 << 10)
    }
}

/// What stands on a page of the list at `home`, and the pages after and before it.
fn around(pages: &Pages, home: &str, number: Option<usize>) -> (Range<usize>, Value, Value) {
    let address = |n: usize| Value::from(format!("{home}page/{n}/"));
    let Some(n) = number else {
        let older = match pages.numbered {
            0 => Value::none(),
            last => address(last),
        };
        return (pages.own(), Value::none(), older);
    };
    let newer = match n == pages.numbered {
        true => Value::from(home),
        false => address(n + 1),
    };
    let older = match n {
        1 => Value::none(),
        n => address(n - 1),
    };
    (pages.page(n), newer, older)
}

/// The first day of a period as a date that `date` formats.
fn first_day(period: Period) -> String {
    let (month, day) = (period.month.unwrap_or(1), period.day.unwrap_or(1));
    format!("{:04}-{month:02}-{day:02}", period.year)
}

/// The style in which `date` writes a period's first day.
fn precision(period: Period) -> &'static str {
    match (period.month, period.day) {
        (None, _) => "year",
        (Some(_), None) => "month",
        (Some(_), Some(_)) => "day",
    }
}
