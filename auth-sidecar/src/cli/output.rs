//! Output of commands: aligned tables for people, JSON for programs.

use std::io::{self, Write as _};
use std::pin::pin;

use bytes::Bytes;
use futures_util::{Stream, TryStreamExt as _};
use serde_json::Value;

use super::Failure;

/// Prints a line or more. A reader that has gone away (`| head`) is no fault.
pub(super) fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    printed(writeln!(out, "{text}").and_then(|()| out.flush()))
}

/// Prints a text that comes in parts, and ends its line.
pub(super) async fn print_parts(
    parts: impl Stream<Item = io::Result<Bytes>>,
) -> Result<(), Failure> {
    let mut parts = pin!(parts);
    while let Some(part) = parts.try_next().await? {
        printed(io::stdout().write_all(&part))?;
    }
    print("")
}

/// Readers need not read to the end.
fn printed(written: io::Result<()>) -> Result<(), Failure> {
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::Input(format!("the output: {error}")))
        }
        _ => Ok(()),
    }
}

/// Prints an object for programs to read, or its words for people.
pub(super) fn print_result(
    json: bool,
    object: &Value,
    words: impl FnOnce() -> String,
) -> Result<(), Failure> {
    match json {
        true => print(&format!("{object:#}")),
        false => print(&words()),
    }
}

/// Prints to standard error; failures are ignored.
pub(super) fn print_error(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}

/// A table with aligned columns under their names.
pub(super) fn table<R: AsRef<[String]>>(names: &[&str], rows: &[R]) -> String {
    let names = names.iter().map(|name| (*name).to_owned()).collect();
    let plain_row = |row: &R| row.as_ref().iter().map(|cell| plain(cell)).collect();
    let rows: Vec<Vec<String>> = std::iter::once(names)
        .chain(rows.iter().map(plain_row))
        .collect();
    let width = |cell: &String| cell.chars().count();
    let wide = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(width).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..rows[0].len()).map(wide).collect();
    let line = |row: &Vec<String>| {
        let cells: Vec<String> = row
            .iter()
            .zip(&widths)
            .map(|(cell, wide)| format!("{cell}{}", " ".repeat(wide - width(cell))))
            .collect();
        cells.join("  ").trim_end().to_owned()
    };
    let lines: Vec<String> = rows.iter().map(line).collect();
    lines.join("\n")
}

/// Comma-separated values (RFC 4180). A cell that a spreadsheet would take for a formula is prefixed with an
/// apostrophe, which makes it text.
pub(super) fn csv(names: &[&str], rows: &[Vec<String>]) -> String {
    let cell = |text: &str| {
        let text = plain(text);
        let guard = match text.trim_start().starts_with(['=', '+', '-', '@']) {
            true => "'",
            false => "",
        };
        match text.contains([',', '"', ';']) || !guard.is_empty() {
            true => format!("\"{guard}{}\"", text.replace('"', "\"\"")),
            false => text,
        }
    };
    let line = |cells: Vec<String>| cells.join(",");
    let head = line(names.iter().map(|name| cell(name)).collect());
    let rows = rows
        .iter()
        .map(|row| line(row.iter().map(|text| cell(text)).collect()));
    std::iter::once(head)
        .chain(rows)
        .collect::<Vec<_>>()
        .join("\r\n")
}

/// Names and what belongs to them, one a line.
pub(super) fn facts(facts: &[(&str, String)]) -> String {
    let wide = facts.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let lines: Vec<String> = facts
        .iter()
        .map(|(name, value)| format!("{name:wide$}  {}", plain(value)))
        .collect();
    lines.join("\n")
}

/// `1 account`, `2 accounts`.
pub(super) fn counted(count: impl TryInto<u64>, noun: &str) -> String {
    let count = count.try_into().unwrap_or(u64::MAX);
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// Removes control characters, so that text from outside cannot control a terminal.
fn plain(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        let row = ["=1+1", "+1", "-1", "@x", " =1", "a,\"b\"", "\t=1", "plain"];
        let row = row.map(str::to_owned).to_vec();
        assert_eq!(
            csv(&["a", "b", "c", "d", "e", "f", "g", "h"], &[row]),
            "a,b,c,d,e,f,g,h\r\n\"'=1+1\",\"'+1\",\"'-1\",\"'@x\",\"' =1\",\"a,\"\"b\"\"\",\u{fffd}=1,plain"
        );
    }

    #[test]
    fn columns_are_aligned_and_control_nothing() {
        let rows = [
            ["1".to_owned(), "é@example.org".to_owned(), String::new()],
            ["12".to_owned(), "a\u{1b}[2J".to_owned(), "x".to_owned()],
        ];
        assert_eq!(
            table(&["number", "address", "state"], &rows),
            "number  address        state\n1       é@example.org\n12      a\u{fffd}[2J          x"
        );
        assert_eq!(
            facts(&[("a", "1".into()), ("long", "2\n3".into())]),
            "a     1\nlong  2\u{fffd}3"
        );
    }
}
