//! `dist/edge/`: headers, redirects and 410s for whatever stands before the site.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

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
    let rules = rules(renderer);
    match name {
        "headers.json" => rules.to_json().unwrap_or_default(),
        "_headers" => headers_file(&rules).into_bytes(),
        "_redirects" => redirects_file(&rules).into_bytes(),
        _ => nginx(renderer, &rules).into_bytes(),
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
    let mut redirects = BTreeMap::new();
    for (from, to) in &renderer.redirects {
        let from = path::encode(from);
        let target = Redirect {
            to: path::encode(to),
            status: 301,
        };
        if let Some(bare) = from.strip_suffix('/').filter(|b| !b.is_empty()) {
            redirects.insert(bare.to_owned(), target.clone());
        }
        redirects.insert(from, target);
    }
    let gone: BTreeSet<String> = renderer
        .site
        .gone
        .iter()
        .map(|address| path::encode(address))
        .collect();
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
        redirects,
        gone,
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

fn redirects_file(rules: &EdgeRules) -> String {
    let mut out = String::new();
    for (from, redirect) in &rules.redirects {
        let _ = writeln!(out, "{from} {} {}", redirect.to, redirect.status);
    }
    for from in &rules.gone {
        let _ = writeln!(out, "{from} /410.html 410");
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
        let _ = writeln!(
            out,
            "location = \"{}\" {{ return {} \"{}\"; }}",
            decoded(from),
            redirect.status,
            redirect.to
        );
    }
    for from in &rules.gone {
        let _ = writeln!(out, "location = \"{}\" {{ return 410; }}", decoded(from));
    }
    out
}

/// nginx compares locations with the decoded path. Quotation marks and `$` cannot stand in an alias
/// that passed the slug and path rules, but a backslash would escape, so it is doubled.
fn decoded(address: &str) -> String {
    path::decode(address)
        .unwrap_or_else(|| address.to_owned())
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('$', "")
}
