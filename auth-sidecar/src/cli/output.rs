//! How commands speak: aligned tables for people, JSON for programs.

use std::io::{self, Write as _};

use serde_json::Value;

use super::Failure;

/// Prints a line or more. A reader that has gone away (`| head`) is no fault.
pub(super) fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    let written = writeln!(out, "{text}").and_then(|()| out.flush());
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::Input(format!("the output: {error}")))
        }
        _ => Ok(()),
    }
}

/// Prints an object for programs to read, or its words for people.
pub(super) fn say(
    json: bool,
    object: &Value,
    words: impl FnOnce() -> String,
) -> Result<(), Failure> {
    match json {
        true => print(&format!("{object:#}")),
        false => print(&words()),
    }
}

/// Prints to standard error; when nobody listens there is nobody to tell.
pub(super) fn complain(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}

/// Columns side by side, as wide as they need to be, under their names.
pub(super) fn table<const N: usize>(names: [&str; N], rows: &[[String; N]]) -> String {
    let names = names.map(str::to_owned);
    let rows: Vec<[String; N]> = std::iter::once(&names)
        .chain(rows)
        .map(|row| row.each_ref().map(|cell| plain(cell)))
        .collect();
    let width = |cell: &String| cell.chars().count();
    let widths: [usize; N] = std::array::from_fn(|column| {
        let column = rows.iter().map(|row| width(&row[column]));
        column.max().unwrap_or(0)
    });
    let line = |row: &[String; N]| {
        let cells: Vec<String> = row
            .iter()
            .zip(widths)
            .map(|(cell, wide)| format!("{cell}{}", " ".repeat(wide - width(cell))))
            .collect();
        cells.join("  ").trim_end().to_owned()
    };
    let lines: Vec<String> = rows.iter().map(line).collect();
    lines.join("\n")
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

/// Whatever came from outside commands no terminal.
fn plain(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_and_control_nothing() {
        let rows = [
            ["1".to_owned(), "é@example.org".to_owned(), String::new()],
            ["12".to_owned(), "a\u{1b}[2J".to_owned(), "x".to_owned()],
        ];
        assert_eq!(
            table(["number", "address", "state"], &rows),
            "number  address        state\n1       é@example.org\n12      a\u{fffd}[2J          x"
        );
        assert_eq!(
            facts(&[("a", "1".into()), ("long", "2\n3".into())]),
            "a     1\nlong  2\u{fffd}3"
        );
    }
}
