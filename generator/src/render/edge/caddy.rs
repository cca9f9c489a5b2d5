//! `Caddyfile`: a snippet to be imported into a site block of Caddy.

use std::fmt::Write as _;

use dateline_contract::edge::{Answer, EdgeRules};

use super::{Prepared, below, exact};

const HEAD: &str = "# For a site block of Caddy: `root * …/dist/site`, `import …/dist/edge/Caddyfile`, `file_server`, and\n\
    # `reverse_proxy /api/* …` for the sidecar.\n\
    @dateline_site not path /api/*\n\
    route @dateline_site {\n";

pub(super) fn snippet(prepared: &Prepared, rules: &EdgeRules) -> String {
    let mut out = String::from(HEAD);
    // In a route the order is that of the lines: what is said of a folder comes after what is said of all.
    for rule in &rules.headers {
        let _ = writeln!(out, "\theader {} {{", rule.path);
        for (name, value) in &rule.headers {
            let _ = writeln!(out, "\t\t{name} {}", quoted(value));
        }
        out.push_str("\t}\n");
    }
    let exact = exact(rules);
    let asked = exact.iter().flat_map(|at| {
        let key = |query: &str| literal(&format!("{} {query}", at.path));
        at.queries
            .iter()
            .map(move |(query, answer)| (key(query), *answer))
    });
    // No query holds a space.
    let source = "\"{http.request.uri.path} {http.request.uri.query}\"";
    map(&mut out, source, "asked", asked.collect());
    let plain = exact
        .iter()
        .filter_map(|at| Some((literal(at.path), at.plain?)));
    let below = below(rules).into_iter();
    let below = below.map(|(folder, answer)| (format!("\"~^{}\"", pattern(folder)), answer));
    map(
        &mut out,
        "{http.request.uri.path}",
        "plain",
        plain.chain(below).collect(),
    );
    out.push_str("}\n");
    out.push_str(&notices(prepared));
    out
}

/// What the first line that matches says: 410, or where it leads.
fn map(out: &mut String, source: &str, name: &str, lines: Vec<(String, Answer<'_>)>) {
    if lines.is_empty() {
        return;
    }
    let _ = writeln!(out, "\tmap {source} {{dateline_{name}}} {{");
    for (input, answer) in lines {
        let _ = match answer {
            Answer::Moved(to) => writeln!(out, "\t\t{input} {}", quoted(&to.to)),
            Answer::Gone => writeln!(out, "\t\t{input} gone"),
        };
    }
    let _ = writeln!(
        out,
        "\t\tdefault none\n\t}}\n\
         \t@dateline_{name}_moved not vars {{dateline_{name}}} none gone\n\
         \tredir @dateline_{name}_moved {{dateline_{name}}} 301\n\
         \t@dateline_{name}_gone vars {{dateline_{name}}} gone\n\
         \terror @dateline_{name}_gone 410"
    );
}

/// The pages for what is missing and what is gone.
fn notices(prepared: &Prepared) -> String {
    let mut out =
        String::from("handle_errors {\n\tmap {http.request.uri.path} {dateline_language} {\n");
    for language in prepared.config.languages.iter().skip(1) {
        let code = language.lang.code();
        let _ = writeln!(out, "\t\t~^/{code}/ /{code}");
    }
    out.push_str(
        "\t\tdefault \"\"\n\t}\n\
         \t@dateline_notice expression `{http.error.status_code} == 404 || {http.error.status_code} == 410`\n\
         \trewrite @dateline_notice {dateline_language}/{http.error.status_code}.html\n\
         \tfile_server\n}\n",
    );
    out
}

/// Text that is compared as it stands: in quotation marks, or as a pattern where it holds what is special.
fn literal(text: &str) -> String {
    match text.chars().all(|c| is_plain(c) || c == ' ') {
        true => format!("\"{text}\""),
        false => format!("\"~^{}$\"", pattern(text)),
    }
}

fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || !c.is_ascii() || "/-_=&,;:@!'~%".contains(c)
}

/// A regular expression for the text itself. Braces would be placeholders, even in quotation marks.
fn pattern(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c.is_ascii() && !c.is_ascii_alphanumeric() && !matches!(c, '/' | '-' | '_') {
            true => out.push_str(&format!("\\x{:02x}", u32::from(c))),
            false => out.push(c),
        }
    }
    out
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\\\""))
}
