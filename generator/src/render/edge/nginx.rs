//! `nginx.conf`: a snippet for nginx's `server { … }`, with the site's folder as its root.

use std::fmt::Write as _;

use dateline_contract::content_type;
use dateline_contract::edge::{Answer, EdgeRules, HeaderRule};

use super::{Exact, Prepared, below, exact, language};

pub(super) fn snippet(prepared: &Prepared, rules: &EdgeRules) -> String {
    let mut out = String::from(
        "# For `server { … }`; set `root` to dist/site and put the sidecar behind /api/.\n\
         error_page 404 /404.html;\nerror_page 410 /410.html;\n",
    );
    out.push_str(&types());
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
    for language in prepared.config.languages.iter().skip(1) {
        let code = language.lang.code();
        let _ = writeln!(out, "location /{code}/ {{ {} }}", notices(code));
    }
    for at in exact(rules) {
        location(prepared, &mut out, "=", at.path, &at);
    }
    for (folder, answer) in below(rules) {
        let at = Exact {
            path: folder,
            queries: Vec::new(),
            plain: Some(answer),
        };
        location(prepared, &mut out, "^~", folder, &at);
    }
    out
}

/// What each file is, since nginx's own list lacks captions, calendars and others, which readers would be told are
/// anything at all. Which of them are text in UTF-8 is said apart.
fn types() -> String {
    let (mut types, mut texts) = (String::new(), String::new());
    for (kind, ends) in content_type::BY_END {
        let (kind, is_text) = match kind.split_once("; charset=utf-8") {
            Some((kind, _)) => (kind, true),
            None => (kind, false),
        };
        let _ = writeln!(types, "    {kind} {};", ends.join(" "));
        // nginx counts pages among them by itself.
        if is_text && kind != "text/html" {
            let _ = write!(texts, " {kind}");
        }
    }
    let other = content_type::OTHER;
    format!("types {{\n{types}}}\ndefault_type {other};\ncharset utf-8;\ncharset_types{texts};\n")
}

/// The pages for what is missing and what is gone. A location takes those of the server alone.
fn notices(code: &str) -> String {
    format!("error_page 404 /{code}/404.html; error_page 410 /{code}/410.html;")
}

fn location(prepared: &Prepared, out: &mut String, kind: &str, path: &str, at: &Exact<'_>) {
    let _ = write!(out, "location {kind} {} {{ ", quoted(path));
    let answers = || at.queries.iter().map(|(_, answer)| answer).chain(&at.plain);
    let fails = at.plain.is_none() || answers().any(|answer| *answer == Answer::Gone);
    if let Some(code) = language(prepared, path).filter(|_| fails) {
        let _ = write!(out, "{} ", notices(code));
    }
    for (query, answer) in &at.queries {
        let _ = write!(
            out,
            "if ($args {}) {{ {} }} ",
            compared(query),
            given(*answer)
        );
    }
    if let Some(answer) = at.plain {
        let _ = write!(out, "{} ", given(answer));
    }
    out.push_str("}\n");
}

fn given(answer: Answer<'_>) -> String {
    match answer {
        // No `$` stands in it, which would begin a variable.
        Answer::Moved(to) => format!("return {} {};", to.status, quoted(&to.to)),
        Answer::Gone => "return 410;".to_owned(),
    }
}

/// A query as nginx compares it: literally, or by a pattern where it holds what begins a variable.
fn compared(query: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "=&_.~/+%-,;:@!*?'()".contains(c);
    if query.chars().all(plain) {
        return format!("= \"{query}\"");
    }
    let mut pattern = String::new();
    for byte in query.bytes() {
        match byte.is_ascii_alphanumeric() {
            true => pattern.push(char::from(byte)),
            false => pattern.push_str(&format!("\\x{byte:02x}")),
        }
    }
    format!("~ \"^{pattern}$\"")
}

/// Text in quotation marks, such as an address as nginx compares it: decoded.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
