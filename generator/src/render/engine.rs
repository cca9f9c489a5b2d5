//! One template engine for each language, and errors of templates as diagnostics.

use std::sync::Arc;

use tera::{ErrorKind, Tera, Value};

use super::{
    functions::{self, Dates},
    value::Context,
};
use crate::{
    base::{
        date::Date,
        diag::{Diagnostic, Diagnostics},
        index::Indexed,
    },
    config::{Config, LangId},
    markdown::text,
    theme::{Template, Theme},
};

/// The engines, in the order of [`Config::languages`]. They share nothing that changes.
#[derive(Clone)]
pub(super) struct Engines {
    engines: Arc<Vec<Tera>>,
    dates: Vec<Option<Arc<Dates>>>,
    theme: Arc<Theme>,
}

fn escape(text: &str, out: &mut dyn std::io::Write) -> std::io::Result<()> {
    text::pieces(text, |piece| out.write_all(piece.as_bytes()))
}

impl Engines {
    /// Compiles the theme for each language. `globals` are what every page of that language sees.
    pub fn new(
        config: &Config,
        theme: &Arc<Theme>,
        globals: Vec<Vec<(&'static str, Value)>>,
        diags: &mut Diagnostics,
    ) -> Option<Self> {
        let before = diags.len();
        let (mut engines, mut dates) = (Vec::new(), Vec::new());
        for (lang, globals) in globals.into_iter().indexed::<LangId>() {
            let mut tera = Tera::new();
            tera.set_escape_fn(escape);
            tera.autoescape_on(vec![".html", ".xml", ".rss"]);
            let of_lang = Dates::new(&config.languages[lang].lang).map(Arc::new);
            functions::register(&mut tera, config, theme, of_lang.clone(), lang);
            dates.push(of_lang);
            // One by one first, so that every template with a mistake is named, not the first alone.
            if lang == LangId::default() && !each_parses(theme, diags) {
                return None;
            }
            let all = theme
                .templates
                .iter()
                .map(|t| (t.name.as_str(), t.text.as_str()));
            if let Err(error) = tera.add_raw_templates(all) {
                diags.extend(diagnostics(theme, &error));
                return None;
            }
            for (key, value) in globals {
                tera.global_context().insert_value(key, value);
            }
            engines.push(tera);
        }
        (diags.len() == before).then(|| Self {
            engines: Arc::new(engines),
            dates,
            theme: theme.clone(),
        })
    }

    /// That of the default language. The languages differ in what functions answer, not in which there are.
    pub fn first(&self) -> &Tera {
        &self.engines[0]
    }

    /// Renders a template.
    pub fn render(
        &self,
        (lang, template): (LangId, &str),
        context: &Context,
        hint: usize,
    ) -> Result<Vec<u8>, Diagnostic> {
        let mut out = Vec::with_capacity(hint);
        match self.engines[lang].render_to(template, context.inner(), &mut out) {
            Ok(()) => Ok(out),
            Err(error) => Err(self.mistake(&error)),
        }
    }

    /// Whether the theme has a component.
    pub fn has_component(&self, name: &str) -> bool {
        self.first().contains_component(name)
    }

    /// Renders a component around a body of HTML.
    pub fn component(
        &self,
        lang: LangId,
        name: &str,
        args: &Context,
        body: &str,
    ) -> Result<String, Diagnostic> {
        let engine = &self.engines[lang];
        if !engine.contains_component(name) {
            let folder = &self.theme.folder;
            return Err(Diagnostic::error(format!(
                "the theme has no component `{name}` for this block"
            ))
            .hint(format!(
                "add {{% component {name}(…) %}} to a file in {folder}/components/"
            )));
        }
        engine
            .render_component(name, args.inner(), Some(body), true)
            .map_err(|error| self.mistake(&error))
    }

    /// A date in words, where the generator itself must write one.
    pub fn date(&self, lang: LangId, date: Date, style: &str) -> Option<String> {
        self.dates[lang].as_ref()?.format(date, style).ok()
    }

    fn mistake(&self, error: &tera::Error) -> Diagnostic {
        diagnostics(&self.theme, error)
            .into_iter()
            .next()
            .unwrap_or_else(|| Diagnostic::error(error.to_string()))
    }
}

fn each_parses(theme: &Theme, diags: &mut Diagnostics) -> bool {
    let mut good = true;
    for template in &theme.templates {
        if let Some(error) = mistake(template) {
            diags.extend(diagnostics(theme, &error));
            good = false;
        }
    }
    good
}

/// The mistake in the text of a template, for which others do not matter.
fn mistake(template: &Template) -> Option<tera::Error> {
    let alone = Tera::new().add_raw_template(&template.name, &template.text);
    alone
        .err()
        .filter(|e| matches!(e.kind(), ErrorKind::SyntaxError(_)))
}

fn find<'a>(theme: &'a Theme, name: &str) -> Option<&'a Template> {
    theme.templates.iter().find(|t| t.name == name)
}

/// A template error at its template's line.
fn diagnostics(theme: &Theme, error: &tera::Error) -> Diagnostics {
    match error.kind() {
        ErrorKind::SyntaxError(report) | ErrorKind::RenderingError(report) => {
            let diag = Diagnostic::error(format!("template: {}", lower(report.message())));
            vec![match find(theme, report.filename()) {
                Some(template) => diag.at(&template.path, report.span().range.clone()),
                None => diag,
            }]
        }
        // The further down the line, the more spaces stand before the arrow.
        ErrorKind::Msg(message) if message.contains(" --> ") => message
            .split("\n\n")
            .filter(|m| m.starts_with("error: "))
            .map(|m| from_report(theme, m))
            .collect(),
        ErrorKind::MissingParent { current, parent } => {
            let diag = Diagnostic::error(format!(
                "template: this extends `{parent}`, which the theme does not have"
            ));
            vec![match find(theme, current) {
                Some(template) => {
                    let at = template.text.find(parent.as_str()).unwrap_or(0);
                    diag.at(&template.path, at..at + parent.len())
                }
                None => diag,
            }]
        }
        other => vec![Diagnostic::error(format!("template: {other}")).in_file(&theme.folder)],
    }
}

/// Tera hands over references to unknown filters and the like as finished text: `error: …`, ` --> name:line:column`.
fn from_report(theme: &Theme, report: &str) -> Diagnostic {
    let mut lines = report.lines();
    let message = lines
        .next()
        .unwrap_or_default()
        .trim_start_matches("error: ");
    let diag = Diagnostic::error(format!("template: {}", lower(message)));
    let place = lines.next().and_then(Place::read);
    let place = place.and_then(|place| {
        let template = find(theme, place.name)?;
        Some((template, place.offset(&template.text)))
    });
    match place {
        Some((template, start)) => {
            let length = report
                .lines()
                .last()
                .map_or(1, |l| l.matches('^').count().max(1));
            diag.at(&template.path, start..start + length)
        }
        _ => diag,
    }
}

/// A place in a template, as a report names it: ` --> NAME:LINE:COLUMN`.
pub struct Place<'a> {
    name: &'a str,
    line: usize,
    column: usize,
}

impl<'a> Place<'a> {
    /// Read from the line that names it.
    pub fn read(text: &'a str) -> Option<Self> {
        let mut parts = text.trim_start().strip_prefix("--> ")?.rsplitn(3, ':');
        let column = parts.next()?.parse().ok()?;
        let line = parts.next()?.parse().ok()?;
        let name = parts.next()?;
        Some(Self { name, line, column })
    }

    /// The byte of the template's text.
    pub fn offset(&self, text: &str) -> usize {
        let mut lines = text.split_inclusive('\n');
        let before = lines.by_ref().take(self.line.saturating_sub(1));
        let before: usize = before.map(str::len).sum();
        let line = lines.next().unwrap_or_default();
        let within = line.chars().take(self.column.saturating_sub(1));
        before + within.map(char::len_utf8).sum::<usize>()
    }
}

fn lower(message: &str) -> String {
    let mut chars = message.chars();
    let text: String = chars
        .next()
        .map_or_else(String::new, |c| c.to_lowercase().chain(chars).collect());
    text.trim_end_matches('.').to_owned()
}
