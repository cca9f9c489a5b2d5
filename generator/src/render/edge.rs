//! `dist/edge/`: headers, redirects and 410s for the web server or CDN.
//!
//! Each format has its own special characters. What one cannot say stands in a comment of its file.

mod caddy;
mod hosts;
mod nginx;

use std::{collections::BTreeMap, fmt::Write as _};

use dateline_contract::edge::{
    Answer, EdgeRules, HeaderRule, Redirect, RequestPattern, allow_media,
};

use super::prepared::Prepared;
use crate::{
    config::{LangId, media::MediaStorage},
    plan,
};

/// Everything from this site, nothing inline, nobody may frame it. Scripts are named one by one, see [`scripts`].
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; \
    media-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const PERMISSIONS: &str = "accelerometer=(), browsing-topics=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), \
    magnetometer=(), microphone=(), payment=(), usb=()";

/// What lies beside documents came from anyone who sends an office files. Opened by itself, it has no part in
/// the site: it runs nothing, loads nothing, and reads no cookie.
const OF_FILES: &str = "sandbox; default-src 'none'";

impl Prepared {
    /// Headers, redirects and 410s.
    pub fn edge_rules(&self) -> &EdgeRules {
        self.edge.get_or_init(|| rules(self))
    }

    /// One file of `dist/edge/`.
    pub(super) fn edge_file(&self, name: &str) -> Vec<u8> {
        let rules = self.edge_rules();
        match name {
            "headers.json" => rules.to_json().unwrap_or_default(),
            "_headers" => headers_file(rules).into_bytes(),
            "_redirects" => hosts::redirects(self, rules).into_bytes(),
            "Caddyfile" => caddy::snippet(self, rules).into_bytes(),
            _ => nginx::snippet(self, rules).into_bytes(),
        }
    }
}

fn rule<const N: usize>(path: &str, headers: [(&str, &str); N]) -> HeaderRule {
    let headers = headers
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
    HeaderRule {
        path: path.to_owned(),
        headers: headers.collect(),
    }
}

/// The theme's scripts as sources of a policy, or that there are none: whatever else lies on the site, and was
/// put there by whom, is no script of it.
fn scripts(prepared: &Prepared) -> String {
    let names = prepared.theme.asset_names.iter();
    let names = names.filter(|name| name.ends_with(".js") || name.ends_with(".mjs"));
    let assets = names.filter_map(|name| prepared.theme.assets.get(name));
    // These two end a source or a directive.
    let encoded = |url: &str| url.replace(';', "%3B").replace(',', "%2C");
    let sources: Vec<String> = assets
        .map(|asset| prepared.config.absolute(&encoded(&asset.url)))
        .collect();
    match sources.is_empty() {
        true => "'none'".to_owned(),
        false => sources.join(" "),
    }
}

/// The rules in neutral form.
fn rules(prepared: &Prepared) -> EdgeRules {
    let mut policy = format!("{POLICY}; script-src {}", scripts(prepared));
    // Its store may send them itself.
    if let Some(MediaStorage::Bucket(bucket)) = &prepared.config.media
        && let Some(origin) = bucket.origin()
    {
        policy = allow_media(&policy, &origin);
    }
    let mut moved = EdgeRules::clone(&prepared.moved);
    if let Some(to) = change_password(prepared) {
        let redirect = Redirect { to, status: 302 };
        let asked = RequestPattern::exactly(CHANGE_PASSWORD);
        moved.redirects.entry(asked).or_insert(redirect);
    }
    let hsts = match prepared.config.hsts_subdomains {
        true => "max-age=31536000; includeSubDomains",
        false => "max-age=31536000",
    };
    let forever = [
        ("Cache-Control", "public, max-age=31536000, immutable"),
        // Readers of feeds show pictures in pages of their own.
        ("Cross-Origin-Resource-Policy", "cross-origin"),
    ];
    EdgeRules {
        base_url: Some(prepared.config.base_url.clone()),
        headers: vec![
            rule(
                "/*",
                [
                    ("Cache-Control", "public, max-age=60"),
                    ("Content-Security-Policy", &policy),
                    ("Cross-Origin-Opener-Policy", "same-origin"),
                    ("Cross-Origin-Resource-Policy", "same-origin"),
                    ("Permissions-Policy", PERMISSIONS),
                    ("Referrer-Policy", "strict-origin-when-cross-origin"),
                    ("Strict-Transport-Security", hsts),
                    ("X-Content-Type-Options", "nosniff"),
                    ("X-Frame-Options", "DENY"),
                ],
            ),
            rule("/assets/*", forever),
            rule(
                "/files/*",
                [
                    forever[0],
                    forever[1],
                    ("Content-Security-Policy", OF_FILES),
                    ("X-Content-Type-Options", "nosniff"),
                ],
            ),
        ],
        ..moved
    }
}

/// Where password managers look for the page on which a password is changed (W3C, A Well-Known URL for Changing
/// Passwords).
const CHANGE_PASSWORD: &str = "/.well-known/change-password";

/// That page in the default language, where the theme has one.
fn change_password(prepared: &Prepared) -> Option<String> {
    let page = "password/";
    let code = prepared.config.languages.first()?.lang.code();
    let has = prepared.theme.has(&plan::account_template(page));
    has.then(|| format!("/{code}/account/{page}"))
}

/// The form that several static hosts read.
fn headers_file(rules: &EdgeRules) -> String {
    let mut out = String::new();
    for rule in &rules.headers {
        let _ = writeln!(out, "{}", rule.path);
        for (name, value) in &rule.headers {
            // Such hosts join repeated headers; this takes the general one away first.
            if rule.path != "/*" {
                let _ = writeln!(out, "  ! {name}");
            }
            let _ = writeln!(out, "  {name}: {value}");
        }
    }
    out
}

/// The answers at one path: the first whose query matches, else the one without a query.
struct Exact<'a> {
    path: &'a str,
    queries: Vec<(&'a str, Answer<'a>)>,
    /// `None`: a page that is there, or nothing.
    plain: Option<Answer<'a>>,
}

/// The rules for single paths, in their order. A folder is found without the slash at its end too.
fn exact(rules: &EdgeRules) -> Vec<Exact<'_>> {
    let mut queries: BTreeMap<&str, BTreeMap<&str, Answer<'_>>> = BTreeMap::new();
    for asked in rules.redirects.keys().chain(&rules.gone) {
        let bare = asked.path.strip_suffix('/').filter(|bare| !bare.is_empty());
        // What is answered for a folder as a whole is answered by its own rule.
        let whole = (!asked.below).then_some(asked.path.as_str());
        for path in whole.into_iter().chain(bare) {
            let at = queries.entry(path).or_default();
            if let Some(query) = &asked.query {
                at.extend(
                    rules
                        .answer(path, Some(query))
                        .map(|answer| (&**query, answer)),
                );
            }
        }
    }
    let exact = queries.into_iter().map(|(path, queries)| Exact {
        path,
        queries: queries.into_iter().collect(),
        plain: rules.answer(path, None),
    });
    exact.collect()
}

/// The rules for folders, the deepest first.
fn below(rules: &EdgeRules) -> Vec<(&str, Answer<'_>)> {
    let all = rules.redirects.keys().chain(&rules.gone);
    let below = all.filter(|asked| asked.below);
    let mut below: Vec<_> = below
        .filter_map(|asked| Some((&*asked.path, rules.rule(asked)?)))
        .collect();
    below.sort_by_key(|(folder, _)| (std::cmp::Reverse(folder.len()), *folder));
    below
}

/// The language in which a path is answered, if it is not the default one.
fn language<'a>(prepared: &'a Prepared, path: &str) -> Option<&'a str> {
    let first = path.split('/').nth(1)?;
    let at = prepared
        .config
        .lang_index(first)
        .filter(|at| *at > LangId::default())?;
    Some(prepared.config.languages[at].lang.code())
}

/// The page that says in the language of a path that it is gone.
fn gone_page(prepared: &Prepared, path: &str) -> String {
    match language(prepared, path) {
        Some(code) => format!("/{code}/410.html"),
        None => "/410.html".to_owned(),
    }
}
