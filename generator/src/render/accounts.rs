//! Account pages: static ones, and those that the sidecar fills. And the words that go with them.

use dateline_contract::{
    manifest::{ProblemText, Wording},
    password_rules::{self, Rule},
    texts::{
        ACCOUNT_PAGE, ACCOUNT_PAGES, ACCOUNT_SLOTS, DOWNLOAD_SLOTS, FILLED_PAGES, LINK_SLOTS,
        PROBLEMS, SESSION_SLOTS, WAIT_PAGE, WAIT_SLOTS, fragments,
    },
};
use fluent_bundle::FluentArgs;
use tera::{Map, Value};

use super::{
    backend::Backend,
    failure::Failure,
    page::Page,
    prepared::Prepared,
    renderer::Renderer,
    slots,
    value::{Context, list, map},
};
use crate::{
    base::{diag::Diagnostic, hash::Digest},
    config::LangId,
    plan::{self, AccountPageId, FilledPageId},
    theme::Theme,
};

/// `site.account`: the address of each account page, or none where the theme has no home of accounts.
pub(super) fn addresses(theme: &Theme, code: &str) -> Value {
    if !theme.has("account/home.html") {
        return Value::none();
    }
    let address = |path: &&str| {
        let name = path.trim_end_matches('/').replace(['/', '-'], "_");
        let name = if name.is_empty() {
            "home".to_owned()
        } else {
            name
        };
        let url = match theme.has(&plan::account_template(path)) {
            true => Value::from(format!("/{code}/account/{path}")),
            false => Value::none(),
        };
        (name.into(), url)
    };
    ACCOUNT_PAGES.iter().map(address).collect::<Map>().into()
}

/// A number as templates and messages see it.
fn limit(rule: Option<&Rule>) -> Value {
    let limit = rule.and_then(|r| r.limit);
    limit.map_or_else(Value::none, Value::from)
}

impl<B: Backend> Renderer<'_, B> {
    /// One page of [`ACCOUNT_PAGES`].
    pub(super) fn account(&self, lang: LangId, page: AccountPageId) -> Result<B::Out, Failure> {
        let path = ACCOUNT_PAGES[page];
        let of = |lang: LangId| format!("/{}/account/{path}", self.config.languages[lang].lang);
        let all = (0..self.config.languages.len()).map(LangId::from);
        let alternates = all.map(|l| (l, of(l))).collect();
        let template = plan::account_template(path);
        let context = self.account_context(lang, path, &of(lang), alternates)?;
        self.template(lang, &template, &context, 12 << 10)
    }

    /// A page that the sidecar fills.
    pub(super) fn filled_page(&self, lang: LangId, page: FilledPageId) -> Result<B::Out, Failure> {
        match FILLED_PAGES[page] {
            WAIT_PAGE => self.filled_wait(lang),
            _ => self.filled_account(lang),
        }
    }

    /// How long a client has to wait.
    fn filled_wait(&self, lang: LangId) -> Result<B::Out, Failure> {
        let code = &self.config.languages[lang].lang;
        let address = format!("/{code}/account/");
        let mut context = self.account_context(lang, WAIT_PAGE, &address, Vec::new())?;
        context.insert_value("slot", Value::from(slots::plain(&WAIT_SLOTS)));
        let template = plan::filled_template(WAIT_PAGE);
        let rendered = self.template(lang, &template, &context, 12 << 10)?;
        self.filled(&template, rendered, &WAIT_SLOTS)
    }

    /// What the home holds, and slots.
    fn filled_account(&self, lang: LangId) -> Result<B::Out, Failure> {
        let mut context = self.account_context(lang, "", "/api/account", Vec::new())?;
        let mut slot = slots::plain(&["email", "since"]);
        for name in ["subscribed", "unsubscribed", "with_links", "with_downloads"] {
            slot.insert(name.into(), slots::section(name, Map::default()));
        }
        let lists: [(&str, &[&str], &[&str]); 3] = [
            ("sessions", &SESSION_SLOTS, &["current", "other"]),
            ("links", &LINK_SLOTS, &["ended"]),
            ("downloads", &DOWNLOAD_SLOTS, &["whole", "partly", "ended"]),
        ];
        for (list, slots_of, sections) in lists {
            let mut entry = slots::plain(slots_of);
            for name in sections {
                entry.insert((*name).into(), slots::section(name, Map::default()));
            }
            slot.insert(list.into(), slots::section(list, entry));
        }
        context.insert_value("slot", Value::from(slot));
        let template = plan::filled_template(ACCOUNT_PAGE);
        let rendered = self.template(lang, &template, &context, 16 << 10)?;
        let allowed = [
            &ACCOUNT_SLOTS[..],
            &SESSION_SLOTS,
            &LINK_SLOTS,
            &DOWNLOAD_SLOTS,
        ]
        .concat();
        self.filled(&template, rendered, &allowed)
    }

    /// The text of something that the sidecar fills, with only its slots in it.
    pub(super) fn filled(
        &self,
        template: &str,
        rendered: B::Out,
        allowed: &[&str],
    ) -> Result<B::Out, Failure> {
        self.backend.finish(rendered, |rendered| {
            let rendered = String::from_utf8_lossy(&rendered);
            let text = slots::finish(&rendered, allowed).map_err(|why| {
                self.about(template, why).hint(
                    "a slot is written {{ slot.NAME }}; other text cannot hold two opening braces here",
                )
            })?;
            Ok(text.into_bytes())
        })
    }

    fn account_context(
        &self,
        lang: LangId,
        path: &str,
        address: &str,
        alternates: Vec<(LangId, String)>,
    ) -> Result<Context, Failure> {
        let template = plan::account_template(path);
        let name = template["account/".len()..].trim_end_matches(".html");
        let words = &self.theme.catalogues[lang];
        let title = |name: &str| words.plain(&format!("account-{}-title", name.replace('/', "-")));
        let (own, home) = (title(name), title("home"));
        let about = words.plain("account-why");
        let mut head = Page::new(ACCOUNT_PAGE, lang, address);
        head.title = Some(&own);
        head.description = Some(&about);
        head.noindex = true;
        head.alternates = alternates;
        if !path.is_empty() && self.theme.has("account/home.html") {
            let code = &self.config.languages[lang].lang;
            head.breadcrumbs.push((home, format!("/{code}/account/")));
        }
        let (problems, notes): (Vec<&str>, Vec<&str>) =
            fragments(path).iter().partition(|f| PROBLEMS.contains(f));
        let rules = password_rules::rules(self.config.password_policy);
        let named = |name: &str, rule: Option<&Rule>| {
            map([("name", Value::from(name)), ("limit", limit(rule))])
        };
        let problem = |name: &&str| named(name, rules.iter().find(|r| r.name == *name));
        let newsletter = self.newsletter(lang)?.map_or_else(Value::none, |w| {
            map([("id", Value::from(w.id)), ("text", Value::from(w.text))])
        });
        let account = map([
            ("name", Value::from(name)),
            ("problems", list(problems.iter().map(problem))),
            ("notes", list(notes.into_iter().map(Value::from))),
            ("rules", list(rules.iter().map(|r| named(r.name, Some(r))))),
            (
                "rules_json",
                Value::from(password_rules::as_json(self.config.password_policy)),
            ),
            (
                "password_rules",
                Value::from(password_rules::as_attribute(self.config.password_policy)),
            ),
            ("newsletter", newsletter),
        ]);
        let mut context = Context::new();
        context.insert_value("page", self.page(head));
        context.insert_value("account", account);
        Ok(context)
    }
}

impl Prepared {
    /// A mistake of a template as a whole.
    pub(super) fn about(&self, template: &str, message: String) -> Diagnostic {
        let found = self.theme.templates.iter().find(|t| t.name == template);
        Diagnostic::error(message).in_file(found.map_or(template, |t| &t.path))
    }

    /// What one agrees to when subscribing, if the theme says it.
    pub(super) fn newsletter(&self, lang: LangId) -> Result<Option<Wording>, Diagnostic> {
        let mut args = FluentArgs::new();
        args.set("site", self.site_name(lang).to_owned());
        let text = self.theme.catalogues[lang].message("newsletter-wording", &args);
        let text = text.map_err(|why| Diagnostic::error(why).in_file(&self.theme.folder))?;
        Ok(text.map(|text| Wording {
            id: Digest::of(text.as_bytes()).first(6),
            text,
        }))
    }

    /// The theme's text for a problem, if it has one.
    pub(super) fn problem(&self, lang: LangId, name: &str) -> Option<ProblemText> {
        let rules = password_rules::rules(self.config.password_policy);
        let mut args = FluentArgs::new();
        if let Some(limit) = rules.iter().find(|r| r.name == name).and_then(|r| r.limit) {
            args.set("limit", limit);
        }
        let text = |key: &str| {
            self.theme.catalogues[lang]
                .message(key, &args)
                .ok()
                .flatten()
        };
        Some(ProblemText {
            title: text(&format!("problem-{name}"))?,
            detail: text(&format!("problem-{name}.detail"))?,
        })
    }

    /// The newsroom's name.
    pub(super) fn site_name(&self, lang: LangId) -> &str {
        let code = &self.config.languages[lang].lang;
        self.config.words(&self.config.name, code)
    }
}
