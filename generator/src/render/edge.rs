//! `dist/edge/`: headers, redirects and 410s for whatever stands before the site.

use std::{collections::BTreeMap, fmt::Write as _};

use dateline_auth::edge::{EdgeRules, HeaderRule, Redirect, VERSION};

use super::Renderer;
use crate::base::path;

/// Everything from this site, nothing inline, nobody may frame it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; \
    media-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const PERMISSIONS: &str = "accelerometer=(), browsing-topics=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), \
    magnetometer=(), microphone=(), payment=(), usb=()";

/// One file of `dist/edge/`.
pub(super) fn file(renderer: &Renderer, name: &str) -> Vec<u8> {
    let rules = renderer.edge_rules();
    match name {
        "headers.json" => rules.to_json().unwrap_or_default(),
        "_headers" => headers_file(rules).into_bytes(),
        "_redirects" => redirects_file(rules).into_bytes(),
        _ => nginx(renderer, rules).into_bytes(),
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

/// The rules in neutral form.
pub(super) fn rules(renderer: &Renderer) -> EdgeRules {
    let forever = [("Cache-Control", "public, max-age=31536000, immutable")];
    let redirects = renderer.redirects.iter().map(|(from, to)| {
        let to = path::encode(to);
        (from.clone(), Redirect { to, status: 301 })
    });
    let redirects: BTreeMap<String, Redirect> = redirects.collect();
    // An address that lives again by an alias is no longer gone.
    let gone = renderer.site.gone.iter();
    let gone = gone.filter(|a| !redirects.contains_key(*a));
    EdgeRules {
        version: VERSION,
        headers: vec![
            rule(
                "/*",
                [
                    ("Cache-Control", "public, max-age=60"),
                    ("Content-Security-Policy", POLICY),
                    ("Permissions-Policy", PERMISSIONS),
                    ("Referrer-Policy", "strict-origin-when-cross-origin"),
                    ("Strict-Transport-Security", "max-age=31536000"),
                    ("X-Content-Type-Options", "nosniff"),
                    ("X-Frame-Options", "DENY"),
                ],
            ),
            rule("/assets/*", forever),
            rule("/files/*", forever),
        ],
        gone: gone.cloned().collect(),
        redirects,
    }
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

/// The spellings of an address: with and without the slash at its end.
fn spellings(address: &str) -> impl Iterator<Item = &str> {
    let bare = address.strip_suffix('/').filter(|b| !b.is_empty());
    std::iter::once(address).chain(bare)
}

fn redirects_file(rules: &EdgeRules) -> String {
    let mut out = String::new();
    for (from, redirect) in &rules.redirects {
        for from in spellings(from) {
            let _ = writeln!(
                out,
                "{} {} {}",
                path::encode(from),
                redirect.to,
                redirect.status
            );
        }
    }
    for address in &rules.gone {
        for from in spellings(address) {
            let _ = writeln!(out, "{} /410.html 410", path::encode(from));
        }
    }
    out
}

/// A snippet for nginx's `server { … }`, with the site's folder as its root.
fn nginx(renderer: &Renderer, rules: &EdgeRules) -> String {
    let mut out = String::from(
        "# For `server { … }`; set `root` to dist/site and put the sidecar behind /api/.\n\
         error_page 404 /404.html;\nerror_page 410 /410.html;\n",
    );
    let general = rules.headers.first();
    let write_headers = |out: &mut String, indent: &str, over: Option<&HeaderRule>| {
        for (name, value) in general.iter().flat_map(|rule| &rule.headers) {
            let value = over
                .and_then(|rule| rule.headers.get(name))
                .unwrap_or(value);
            let _ = writeln!(out, "{indent}add_header {name} \"{value}\" always;");
        }
    };
    write_headers(&mut out, "", None);
    // nginx takes a location's headers alone, so each location repeats all of them.
    for rule in rules.headers.iter().skip(1) {
        let _ = writeln!(out, "location {} {{", rule.path.trim_end_matches('*'));
        write_headers(&mut out, "    ", Some(rule));
        out.push_str("}\n");
    }
    for language in renderer.config.languages.iter().skip(1) {
        let code = language.lang.code();
        let _ = writeln!(
            out,
            "location /{code}/ {{ error_page 404 /{code}/404.html; error_page 410 /{code}/410.html; }}"
        );
    }
    for (from, redirect) in &rules.redirects {
        for from in spellings(from) {
            let (from, to) = (quoted(from), &redirect.to);
            let _ = writeln!(
                out,
                "location = {from} {{ return {} \"{to}\"; }}",
                redirect.status
            );
        }
    }
    for address in &rules.gone {
        for from in spellings(address) {
            let _ = writeln!(out, "location = {} {{ return 410; }}", quoted(from));
        }
    }
    out
}

/// An address as nginx compares it: decoded, in quotation marks.
fn quoted(address: &str) -> String {
    format!("\"{}\"", address.replace('\\', "\\\\").replace('"', "\\\""))
}
