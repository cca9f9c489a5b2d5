//! `content/redirects.toml`: what became of the addresses of former systems.
//!
//! What is wrong here is wrong whatever the time: a target that has expired answers 410, one that is held
//! back waits, and nothing that comes or goes by itself makes a mistake of a line that was none.

use std::{ops::Range, sync::Arc};

use dateline_auth::edge::{Answer, Asked, EdgeRules};

use super::{
    Job, Task, address_of,
    moved::{page_at, permanent},
};
use crate::{
    base::{
        diag::{Diagnostic, Diagnostics},
        fields::Fields,
        files::Files,
        hash::Map,
        path,
        tree::{self, Value},
    },
    config::{Config, RESERVED},
    discover::{Role, Sources},
    link::{Findings, HeldBack, Site, State},
};

/// The file, from the root.
const FILE: &str = "content/redirects.toml";

/// A line of `[redirects]`, or an entry of `gone`.
struct Rule {
    asked: Asked,
    span: Range<usize>,
    to: To,
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
    /// Nothing until its target is released.
    Waits,
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
    let bytes = match files.read(FILE) {
        Ok(bytes) => bytes,
        Err(error) => {
            if error.kind() != std::io::ErrorKind::NotFound {
                let message = format!("this file cannot be read: {error}");
                diags.push(Diagnostic::error(message).in_file(FILE));
            }
            return;
        }
    };
    let text = match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            diags.push(Diagnostic::not_utf8(FILE, error.as_bytes()));
            return;
        }
    };
    let file: Arc<str> = FILE.into();
    let (entries, problems) = tree::from_toml(&text, 0);
    for p in problems {
        let message = format!("this is not TOML: {}", p.message);
        diags.push(Diagnostic::error(message).at(&file, p.span));
    }
    let mut reader = Reader::new(about, &file, diags);
    let read = reader.read(entries);
    let read = reader.without_clashes(read, rules);
    reader.enter(read, rules);
}

struct Reader<'a> {
    about: &'a About<'a>,
    file: &'a Arc<str>,
    diags: &'a mut Diagnostics,
    /// Documents by address, whatever their state.
    documents: Map<String, (&'a Arc<str>, Option<&'a HeldBack>)>,
    /// By source.
    held: Map<&'a str, &'a HeldBack>,
}

impl<'a> Reader<'a> {
    fn new(about: &'a About<'a>, file: &'a Arc<str>, diags: &'a mut Diagnostics) -> Self {
        // A draft that is shown is none that is published.
        let published = about.site.editions.iter().filter(|e| !e.meta.draft);
        let published = published.map(|e| (e.address.clone(), (&e.source.path, None)));
        let held = || about.findings.held.iter();
        let by_source = held().map(|h| (&*h.path, h)).collect();
        let held = held().map(|h| (h.address.clone(), (&h.path, Some(h))));
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
                rules.push(Rule { asked, span, to });
            }
        }
        rules
    }

    fn asked(&mut self, text: &str, span: &Range<usize>) -> Option<Asked> {
        let asked = match text.parse::<Asked>() {
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
        if own.iter().any(|own| Asked::below(own).covers(&asked)) {
            let message = format!("“{text}” cannot lead anywhere: Dateline itself answers there");
            self.wrong(span, message, "take this line away");
            return None;
        }
        Some(asked)
    }

    fn target(&mut self, text: &str, span: &Range<usize>) -> Option<To> {
        const HINT: &str = "write a source file (/news/2019/05/02/visit.md), an address (/en/topics/trade/) or a \
                            URL (https://example.org/)";
        let local = match text.strip_prefix(self.about.config.base_url.as_str()) {
            Some("") => "/",
            Some(rest) if rest.starts_with('/') => rest,
            _ => text,
        };
        if text.ends_with("/*") {
            let message = format!("“{text}” is not one place");
            self.wrong(
                span,
                message,
                "a target has no `*`: everything below a folder leads to one page",
            );
            return None;
        }
        if let Some(rest) = local
            .strip_prefix("https://")
            .or_else(|| local.strip_prefix("http://"))
        {
            let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
            if host.is_empty()
                || text.contains(char::is_control)
                || text.contains(char::is_whitespace)
            {
                self.wrong(span, format!("“{text}” is not a URL"), HINT);
                return None;
            }
            return Some(To::There(url(local)));
        }
        let cut = local.find(['?', '#']).unwrap_or(local.len());
        let (plain, rest) = local.split_at(cut);
        let inside =
            path::decode(plain).filter(|p| !p.contains(char::is_control) && !p.contains('\\'));
        let inside = inside.filter(|p| p.starts_with('/') && !p.starts_with("//"));
        let normal = inside.as_deref().and_then(path::normalise);
        let (Some(inside), Some(normal)) = (inside, normal) else {
            self.wrong(
                span,
                format!("“{text}” is no place that one can be led to"),
                HINT,
            );
            return None;
        };
        if normal.ends_with(".md") {
            return self.source(&format!("content/{normal}"), text, rest, span);
        }
        let slash = if inside.ends_with('/') && !normal.is_empty() {
            "/"
        } else {
            ""
        };
        let address = format!("/{normal}{slash}");
        let whole = url(&format!("{}{rest}", path::encode(&address)));
        Some(match self.documents.get(&address) {
            Some((_, held)) => state(*held, whole),
            None => To::Address {
                address,
                whole,
                span: span.clone(),
            },
        })
    }

    fn source(&mut self, path: &str, text: &str, rest: &str, span: &Range<usize>) -> Option<To> {
        let About { site, sources, .. } = self.about;
        if let Some(id) = site.resolver.published(path) {
            let address = path::encode(site.editions.place(id).address);
            return Some(To::There(url(&format!("{address}{rest}"))));
        }
        if let Some(held) = self.held.get(path).copied() {
            if held.state == State::Draft {
                let message = format!("“{text}” is a draft, so nothing leads there yet");
                self.warn(span, message, "publish it, or lead to another page");
            }
            return Some(state(Some(held), String::new()));
        }
        // One with mistakes is told of already.
        if !sources.has_document(path) {
            let name = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
            let all = || sources.documents.iter().map(|s| &*s.path);
            let near = all()
                .find(|p| name(p) == name(path))
                .or_else(|| path::closest(path, all()));
            let hint = match near {
                Some(near) => format!("did you mean {}?", &near["content".len()..]),
                None => "write the path of the source file from content/, such as /news/2019/05/02/visit.md".to_owned(),
            };
            self.wrong(span, format!("there is no “{text}”"), hint);
        }
        None
    }

    /// Leaves out what meets a page or another rule, and says so.
    fn without_clashes(&mut self, mut read: Vec<Rule>, rules: &EdgeRules) -> Vec<Rule> {
        // `/old` and `/old/` are one address for most hosts.
        let key = |asked: &Asked| Asked {
            path: asked.path.trim_end_matches('/').to_owned(),
            ..asked.clone()
        };
        let mut taken: Map<Asked, String> = Map::default();
        for held in &self.about.findings.held {
            if held.state != State::Expired {
                let aliases = held.addresses().skip(1);
                taken.extend(aliases.map(|a| {
                    (
                        key(&Asked::exactly(a)),
                        format!("it is an alias of {}", held.path),
                    )
                }));
            }
        }
        for asked in rules.redirects.keys() {
            taken.insert(key(asked), "it is the alias of a story".to_owned());
        }
        read.sort_by_key(|rule| rule.span.start);
        read.retain(|rule| {
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
                        return false;
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
    fn page(&self, asked: &Asked) -> Page {
        if asked.query.is_some() {
            return Page::None;
        }
        if asked.below {
            return self.pages_below(asked);
        }
        let forms = [asked.path.clone(), format!("{}/", asked.path)];
        for (source, held) in forms
            .iter()
            .filter_map(|address| self.documents.get(address))
        {
            match held.map(|h| h.state) {
                // Its address is given away, or gone, for as long as it stays a draft.
                Some(State::Draft | State::Expired) => {}
                _ => return Page::Taken(format!("it is the address of {source}")),
            }
        }
        match page_at(self.about.jobs, &asked.path).map(|job| &job.task) {
            None => Page::None,
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

    fn pages_below(&self, asked: &Asked) -> Page {
        let config = self.about.config;
        let taxonomies = config.taxonomies.iter().map(|t| t.name.as_str());
        let names: Vec<&str> = RESERVED.iter().copied().chain(taxonomies).collect();
        for language in &config.languages {
            for name in &names {
                let folder = Asked::below(&format!("/{}/{name}/", language.lang.code()));
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
                stays && asked.covers(&Asked::exactly(address))
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

    /// Enters the rules, those first that lead to documents and elsewhere: what leads to other addresses is
    /// checked against all of them.
    fn enter(&mut self, read: Vec<Rule>, rules: &mut EdgeRules) {
        let mut all = rules.clone();
        for Rule { asked, to, .. } in &read {
            match to {
                To::Gone => drop(all.gone.insert(asked.clone())),
                To::There(to) | To::Address { whole: to, .. } => {
                    all.redirects.insert(asked.clone(), permanent(to.clone()));
                }
                To::Waits => {}
            }
        }
        for Rule { asked, span, to } in read {
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
            match to {
                To::There(to) => {
                    rules.gone.remove(&asked);
                    rules.redirects.insert(asked, permanent(to));
                }
                To::Gone => drop(rules.gone.insert(asked)),
                To::Waits | To::Address { .. } => {}
            }
        }
    }

    /// Whether there is something at an address to which a rule leads; `None` when the rule is wrong.
    fn address(
        &mut self,
        all: &EdgeRules,
        asked: &Asked,
        address: &str,
        span: &Range<usize>,
        at: &Range<usize>,
    ) -> Option<bool> {
        if page_at(self.about.jobs, address)
            .is_some_and(|job| !matches!(job.task, Task::Redirect { .. }))
        {
            return Some(true);
        }
        let mut way = vec![asked.to_string(), address.to_owned()];
        let mut place = address.to_owned();
        while let Some(Answer::Moved(redirect)) = all.answer(&place, None) {
            place = path::decode(redirect.to.split(['?', '#']).next().unwrap_or_default())
                .unwrap_or_default();
            let seen = way.contains(&place);
            way.push(place.clone());
            if seen {
                self.wrong(
                    span,
                    format!("this leads in a circle: {}", way.join(" → ")),
                    "lead one of them to a page",
                );
                return None;
            }
        }
        if way.len() > 2 {
            let hint = format!("lead to the last of them at once: {place}");
            self.wrong(at, format!("this leads on: {}", way.join(" → ")), hint);
            return None;
        }
        if all.answer(address, None) == Some(Answer::Gone) {
            self.wrong(
                at,
                format!("“{address}” is gone"),
                "lead to another page, or write the former address under `gone` too",
            );
            return None;
        }
        if self.comes_and_goes(address) {
            self.warn(
                at,
                format!("there is no “{address}” now"),
                "until there is such a page, this line answers 410",
            );
            return Some(false);
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

/// What stands at a former address.
enum Page {
    None,
    /// Something that stays: a mistake.
    Taken(String),
    /// Something that may be there today and not tomorrow.
    Stays(String),
}

fn state(held: Option<&HeldBack>, whole: String) -> To {
    match held.map(|h| h.state) {
        None => To::There(whole),
        Some(State::Expired) => To::Gone,
        Some(_) => To::Waits,
    }
}

/// A URL that servers take as it stands: `$` begins a variable for some, `{` a placeholder.
fn url(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '$' | '{' | '}' | '"' | '\\' | '^' | '`' | '|' | '<' | '>' | ' ' => {
                out.push_str(&format!("%{:02X}", u32::from(c)));
            }
            c if c.is_ascii() => out.push(c),
            c => out.push_str(&path::encode(c.encode_utf8(&mut [0; 4]))),
        }
    }
    out
}
