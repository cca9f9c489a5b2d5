//! `content/redirects.toml`: what became of the addresses of former systems.
//!
//! Errors here do not depend on the time: a target that has expired answers 410, one that is held
//! back waits, and nothing that comes or goes by itself makes a mistake of a line that was none.

mod clashes;
mod meaning;
mod targets;

use std::{ops::Range, sync::Arc};

use dateline_contract::edge::{EdgeRules, RequestPattern};

use super::{Job, moved::permanent};
use crate::{
    base::{
        diag::{Diagnostic, Diagnostics},
        fields::Fields,
        files::Files,
        hash::Map,
        read,
        tree::{self, Value},
    },
    config::Config,
    discover::Sources,
    link::{Findings, HeldBack, Site},
};

/// The file, from the root.
const FILE: &str = "content/redirects.toml";

/// A line of `[redirects]`, or an entry of `gone`.
struct Rule {
    asked: RequestPattern,
    span: Range<usize>,
    to: To,
    /// Does nothing while there is a page of the site.
    idle: bool,
}

/// Where a rule leads.
enum To {
    /// 410.
    Gone,
    /// An address of this site or a URL, ready to be sent.
    There(String),
    /// An address of this site that no document has.
    Address {
        address: String,
        whole: String,
        span: Range<usize>,
    },
    /// Nothing until its target is released, which has this address.
    Waits(String),
}

/// The pages that the rules are about.
pub(super) struct About<'a> {
    pub config: &'a Config,
    pub sources: &'a Sources,
    pub site: &'a Site,
    pub findings: &'a Findings,
    /// Sorted by path.
    pub jobs: &'a [Job],
}

/// Reads the file and adds its rules to those of the documents.
pub(super) fn add(
    files: &dyn Files,
    about: &About<'_>,
    rules: &mut EdgeRules,
    diags: &mut Diagnostics,
) {
    let Some(text) = read::text_if_there(files, FILE, diags) else {
        return;
    };
    let file: Arc<str> = FILE.into();
    let (entries, problems) = tree::from_toml(&text, 0);
    let problems = problems.into_iter();
    diags.extend(problems.map(|p| p.at(&file, "this", tree::Format::Toml)));
    let mut reader = Reader::new(about, &file, diags);
    let read = reader.read(entries);
    let read = reader.without_clashes(read, rules);
    reader.enter(read, rules);
}

struct Reader<'a> {
    about: &'a About<'a>,
    file: &'a Arc<str>,
    diags: &'a mut Diagnostics,
    /// Documents by address, in any state.
    documents: Map<&'a str, (&'a Arc<str>, Option<&'a HeldBack>)>,
    /// By source.
    held: Map<&'a str, &'a HeldBack>,
}

impl<'a> Reader<'a> {
    fn new(about: &'a About<'a>, file: &'a Arc<str>, diags: &'a mut Diagnostics) -> Self {
        // A draft that is shown is none that is published.
        let published = about.site.editions.iter().filter(|e| !e.meta.draft);
        let published = published.map(|e| (e.address.as_str(), (&e.source.path, None)));
        let held = || about.findings.held.iter();
        let by_source = held().map(|h| (&*h.path, h)).collect();
        let held = held().map(|h| (h.address.as_str(), (&h.path, Some(h))));
        Self {
            about,
            file,
            diags,
            documents: held.chain(published).collect(),
            held: by_source,
        }
    }

    fn wrong(&mut self, span: &Range<usize>, message: String, hint: impl Into<String>) {
        let diag = Diagnostic::error(message).at(self.file, span.clone());
        self.diags.push(diag.hint(hint));
    }

    fn warn(&mut self, span: &Range<usize>, message: String, hint: impl Into<String>) {
        let diag = Diagnostic::warning(message).at(self.file, span.clone());
        self.diags.push(diag.hint(hint));
    }

    fn read(&mut self, entries: Vec<tree::Entry>) -> Vec<Rule> {
        let mut fields = Fields::new(entries, 0..0, self.file, self.diags);
        let gone = fields.texts("gone");
        let table = fields.table("redirects");
        fields.done();
        let mut rules = Vec::new();
        for text in gone {
            rules.extend(self.asked(&text.value, &text.span).map(|asked| Rule {
                asked,
                span: text.span,
                to: To::Gone,
                idle: false,
            }));
        }
        for entry in table.into_iter().flat_map(|t| t.value) {
            let Value::Text(target) = &entry.node.value else {
                let message = format!(
                    "`{}` must lead to text, not {}",
                    entry.key,
                    entry.node.value.describe()
                );
                let hint = match entry.key.as_str() {
                    "gone" => "write `gone` above the line [redirects]",
                    _ => "write \"/old/\" = \"/news/2019/05/02/visit.md\"",
                };
                self.wrong(&entry.node.span, message, hint);
                continue;
            };
            let asked = self.asked(&entry.key, &entry.key_span);
            let to = self.target(target, &entry.node.span);
            if let (Some(asked), Some(to)) = (asked, to) {
                let span = entry.key_span;
                let idle = false;
                rules.push(Rule {
                    asked,
                    span,
                    to,
                    idle,
                });
            }
        }
        rules
    }

    fn asked(&mut self, text: &str, span: &Range<usize>) -> Option<RequestPattern> {
        let asked = match text.parse::<RequestPattern>() {
            Ok(asked) => asked,
            Err(why) => {
                let message = format!("“{text}” is not a former address: {why}");
                let hint = "write it from the root of the site: /old/page.html, /story.asp?id=123, or /old/* for \
                            everything below";
                self.wrong(span, message, hint);
                return None;
            }
        };
        let own = ["/api/", "/assets/", "/files/"];
        if own
            .iter()
            .any(|own| RequestPattern::below(own).covers(&asked))
        {
            let message = format!("“{text}” cannot lead anywhere: Dateline itself answers there");
            self.wrong(span, message, "take this line away");
            return None;
        }
        Some(asked)
    }

    /// Enters the rules, those first that lead to documents and elsewhere: what leads to other addresses is
    /// checked against all of them.
    fn enter(&mut self, read: Vec<Rule>, rules: &mut EdgeRules) {
        let mut all = rules.clone();
        for Rule { asked, to, .. } in &read {
            match to {
                To::Gone => drop(all.gone.insert(asked.clone())),
                To::There(to) | To::Waits(to) | To::Address { whole: to, .. } => {
                    all.redirects.insert(asked.clone(), permanent(to.clone()));
                }
            }
        }
        for Rule {
            asked,
            span,
            to,
            idle,
        } in read
        {
            let to = match to {
                To::Address {
                    address,
                    whole,
                    span: at,
                } => match self.address(&all, &asked, &address, &span, &at) {
                    Some(true) => To::There(whole),
                    Some(false) => To::Gone,
                    None => continue,
                },
                to => to,
            };
            if idle {
                continue;
            }
            match to {
                To::There(to) => {
                    rules.gone.remove(&asked);
                    rules.redirects.insert(asked, permanent(to));
                }
                To::Gone => drop(rules.gone.insert(asked)),
                To::Waits(_) | To::Address { .. } => {}
            }
        }
    }
}
