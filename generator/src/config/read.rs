//! Key by key: fields → [`Config`], every mistake at its place.

use dateline_contract::manifest::PasswordPolicy;
use jiff::tz::TimeZone;

use super::{
    ARTICLE_KEYS, Config, Contact, DownloadTerms, Kind, Language, RESERVED, Section, Taxonomy,
    base_url, capitalised, media::MediaStorage, pictures::Pictures, publish::Publish, section_name,
};
use crate::base::{
    fields::{At, Fields, Words},
    lang::Lang,
    path, tree,
};

pub(super) fn config(mut f: Fields<'_>) -> Option<Config> {
    let name = match f.words("name") {
        Some(words) => words,
        None => {
            f.missing("name", "add the newsroom's name: name = \"…\"");
            Words::default()
        }
    };
    let description = f.words("description");
    let url = f
        .required_text("base_url")
        .map(|text| match base_url(&text.value) {
            Ok(url) => url,
            Err(why) => {
                let (message, hint) = why.split_once("; ").unwrap_or((&why, ""));
                f.push(text.span, format!("`base_url`: {message}"), hint);
                String::new()
            }
        });
    let time_zone = f.text("time_zone").map_or(TimeZone::UTC, |text| {
        TimeZone::get(&text.value).unwrap_or_else(|_| {
            let message = format!("there is no time zone `{}`", text.value);
            f.push(
                text.span,
                message,
                "use a name of the IANA list, such as Europe/Brussels",
            );
            TimeZone::UTC
        })
    });
    let theme = f.text("theme");
    if let Some(theme) = &theme
        && theme.value.contains(['/', '\\', '.'])
    {
        f.push(
            theme.span.clone(),
            "`theme` is the name of a folder under themes/".to_owned(),
            "for themes/newsroom write \"newsroom\"",
        );
    }
    let languages = languages(&mut f);
    let taxonomies = taxonomies(&mut f);
    let sections = sections(&mut f, &taxonomies);
    let hsts_subdomains =
        one_table(&mut f, "headers", |t| t.bool("hsts_subdomains")).unwrap_or(false);
    let raw_html = one_table(&mut f, "markdown", |t| t.bool("raw_html")).unwrap_or(true);
    let (link_schemes, lenient_fragments) = one_table(&mut f, "links", links).unwrap_or_default();
    let full_text_feeds = one_table(&mut f, "feeds", |t| t.bool("full_text")).unwrap_or(false);
    let password_policy = one_table(&mut f, "password", password_policy).unwrap_or_default();
    let terms = download_terms(&mut f);
    let contacts = contacts(&mut f);
    let footer = f.texts("footer");
    let publish = named_tables(&mut f, "publish", Publish::read);
    let media = one_table(&mut f, "media", MediaStorage::read);
    let pictures = one_table(&mut f, "pictures", |t| Pictures::read(t, &terms)).unwrap_or_default();
    f.done();
    Some(Config {
        name,
        description,
        origin: url.clone()?,
        base_url: url?,
        time_zone,
        theme: theme.map_or_else(|| "newsroom".to_owned(), |t| t.value),
        languages: languages?,
        sections,
        taxonomies,
        raw_html,
        hsts_subdomains,
        link_schemes,
        lenient_fragments,
        full_text_feeds,
        password_policy,
        terms,
        contacts,
        footer,
        publish,
        media,
        pictures,
    })
}

fn one_table<T>(
    f: &mut Fields<'_>,
    key: &'static str,
    read: impl FnOnce(&mut Fields<'_>) -> Option<T>,
) -> Option<T> {
    let table = f.table(key)?;
    let mut inner = f.inside(table);
    let value = read(&mut inner);
    inner.done();
    value
}

/// Calls `read` for every sub-table of `[key]`, which are named by the office.
fn named_tables<T>(
    f: &mut Fields<'_>,
    key: &'static str,
    mut read: impl FnMut(&str, &mut Fields<'_>) -> Option<T>,
) -> Vec<T> {
    let Some(table) = f.table(key) else {
        return Vec::new();
    };
    let mut out = Vec::new();
    for entry in table.value {
        match entry.node.value {
            tree::Value::Table(entries) => {
                let span = entry.key_span;
                let mut inner = f.inside(At {
                    value: entries,
                    span,
                });
                out.extend(read(&entry.key, &mut inner));
                inner.done();
            }
            other => {
                let message = format!(
                    "`{key}.{}` must be a table, not {}",
                    entry.key,
                    other.describe()
                );
                f.push(
                    entry.key_span,
                    message,
                    &format!("write [{key}.{}] and its keys below", entry.key),
                );
            }
        }
    }
    out
}

fn languages(f: &mut Fields<'_>) -> Option<Vec<Language>> {
    let default = f.text("default_language");
    let mut languages = named_tables(f, "languages", |code, t| {
        let name = t.text("name").map_or_else(|| code.to_owned(), |n| n.value);
        match Lang::parse(code) {
            Some(lang) => Some(Language { lang, name }),
            None => {
                let span = t.span();
                t.push(
                    span,
                    format!("`{code}` is not a language code"),
                    "use a code such as en, fr or pt-BR",
                );
                None
            }
        }
    });
    if languages.is_empty() {
        let code = default.as_ref().map_or("en", |d| d.value.as_str());
        languages.extend(Lang::parse(code).map(|lang| Language {
            lang,
            name: code.to_owned(),
        }));
    }
    let at = match &default {
        None => Some(0),
        Some(code) => languages.iter().position(|l| l.lang.code() == code.value),
    };
    match at {
        Some(at) if at < languages.len() => {
            languages[..=at].rotate_right(1);
            Some(languages)
        }
        _ => {
            let span = default.map_or(0..0, |d| d.span);
            f.push(
                span,
                "`default_language` is not one of [languages]".to_owned(),
                "add [languages.en] with its name, or choose one that is there",
            );
            None
        }
    }
}

fn taxonomies(f: &mut Fields<'_>) -> Vec<Taxonomy> {
    let built_in = ["topics", "people", "places", "events"];
    let mut all: Vec<Taxonomy> = built_in
        .iter()
        .map(|name| Taxonomy {
            name: (*name).to_owned(),
            title: None,
        })
        .collect();
    let own = named_tables(f, "taxonomies", |name, t| {
        let title = t.words("title");
        if RESERVED.contains(&name) || ARTICLE_KEYS.contains(&name) || path::slug(name) != name {
            let span = t.span();
            t.push(
                span,
                format!("a taxonomy cannot be called `{name}`"),
                "use lower-case letters, digits and hyphens, and no name that Dateline uses itself",
            );
            return None;
        }
        Some(Taxonomy {
            name: name.to_owned(),
            title,
        })
    });
    for taxonomy in own {
        match all.iter_mut().find(|t| t.name == taxonomy.name) {
            Some(known) => known.title = taxonomy.title,
            None => all.push(taxonomy),
        }
    }
    all
}

fn sections(f: &mut Fields<'_>, taxonomies: &[Taxonomy]) -> Vec<Section> {
    named_tables(f, "sections", |name, t| {
        let title = t
            .words("title")
            .unwrap_or_else(|| Words::plain(capitalised(name)));
        let description = t.words("description");
        let kind = Kind::read(t).unwrap_or(Kind::News);
        if let Err(why) = section_name(name, taxonomies) {
            let span = t.span();
            t.push(span, why, "choose another folder name");
            return None;
        }
        Some(Section {
            name: name.to_owned(),
            title,
            description,
            kind,
        })
    })
}

/// `[links]`: further schemes, and whether links to headings that are not there are warnings.
fn links(t: &mut Fields<'_>) -> Option<(Vec<String>, bool)> {
    let schemes = link_schemes(t);
    let lenient = t.text("fragments").is_some_and(|said| {
        if !matches!(said.value.as_str(), "warn" | "error") {
            let message = format!("`fragments` cannot be “{}”", said.value);
            let hint =
                "write \"warn\" for an old archive whose headings have changed, or \"error\"";
            t.push(said.span, message, hint);
        }
        said.value == "warn"
    });
    Some((schemes, lenient))
}

fn link_schemes(t: &mut Fields<'_>) -> Vec<String> {
    /// They run or show what an editor wrote, or lead into the reader's machine.
    const NEVER: [&str; 8] = [
        "javascript",
        "vbscript",
        "data",
        "blob",
        "file",
        "filesystem",
        "about",
        "view-source",
    ];
    let mut good = Vec::new();
    for scheme in t.texts("schemes") {
        let name = scheme.value.trim_end_matches(':').to_ascii_lowercase();
        let well_formed = name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b));
        if !well_formed || NEVER.contains(&name.as_str()) {
            let message = format!("links cannot have the scheme `{}`", scheme.value);
            let hint = "write the part before the colon alone, such as \"sip\"; what runs in a page or reads files is never allowed";
            t.push(scheme.span, message, hint);
            continue;
        }
        good.push(name);
    }
    good
}

fn password_policy(t: &mut Fields<'_>) -> Option<PasswordPolicy> {
    let policy = t.text("policy")?;
    let known = match policy.value.as_str() {
        "composition" => Some(PasswordPolicy::Composition),
        "length" => Some(PasswordPolicy::Length),
        _ => None,
    };
    if known.is_none() {
        t.push(
            policy.span,
            format!("there is no password policy `{}`", policy.value),
            "write \"composition\" (12 characters with capitals, numbers and symbols) or \"length\" (15 of any kind)",
        );
    }
    known
}

fn download_terms(f: &mut Fields<'_>) -> Vec<DownloadTerms> {
    named_tables(f, "terms", |id, t| {
        let version = t.required_text("version");
        let title = t
            .words("title")
            .unwrap_or_else(|| Words::plain(capitalised(id)));
        let page = t.text("page");
        Some(DownloadTerms {
            id: id.to_owned(),
            version: version?.value,
            title,
            page,
        })
    })
}

fn contacts(f: &mut Fields<'_>) -> Vec<Contact> {
    named_tables(f, "contacts", |id, t| {
        let name = t
            .words("name")
            .unwrap_or_else(|| Words::plain(capitalised(id)));
        let email = t.text("email");
        if let Some(email) = &email
            && !email.value.contains('@')
        {
            t.push(
                email.span.clone(),
                format!("“{}” is not an e-mail address", email.value),
                "write it as press@example.org",
            );
        }
        let email = email.map(|e| e.value);
        Some(Contact {
            id: id.to_owned(),
            name,
            email,
            phone: t.text("phone").map(|p| p.value),
            role: t.words("role"),
        })
    })
}
