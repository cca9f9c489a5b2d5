//! Reads values, in whatever form they are written.

use jiff::{Timestamp, tz::TimeZone};

use super::words;
use crate::base::{
    date::{Date, Reading},
    tree::Value,
};

/// The key and value of a line of a body that is written as in front matter.
pub(super) fn assigned(line: &str) -> Option<(&str, Value)> {
    let at = line.find(['=', ':'])?;
    let (key, value) = (line[..at].trim_end(), line[at + 1..].trim());
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
    let in_toml = line[at..].starts_with('=');
    // "Embargo: noon" is prose.
    let small = key.starts_with(char::is_lowercase);
    let is_key = !key.is_empty() && key.chars().all(plain) && (in_toml || small);
    is_key.then(|| (key, Value::Text(value.trim_matches(['"', '\'']).to_owned())))
}

/// No value at all.
pub(super) fn nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Text(text) => text.trim().is_empty(),
        Value::List(items) => items.is_empty(),
        Value::Table(entries) => entries.is_empty(),
        _ => false,
    }
}

/// The value as yes or no, if it is one.
pub(super) fn truth(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(truth) => Some(*truth),
        Value::Int(0) => Some(false),
        Value::Int(1) => Some(true),
        Value::Text(text) => match text.trim().to_lowercase().as_str() {
            "true" | "yes" | "on" | "y" | "1" | "always" => Some(true),
            "false" | "no" | "off" | "n" | "0" | "never" | "none" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

/// The value as a moment, if it is one.
pub(super) fn date(value: &Value, zone: &TimeZone) -> Option<Date> {
    match value {
        Value::Text(text) | Value::Date(text) => {
            // In doubt the later moment: holding back too long is safe, too short is not.
            let read = Date::read(text, zone, Reading::Later).ok();
            read.map(|(date, _)| date)
        }
        // Seconds or milliseconds since 1970, recognised by the number of digits (since 2001).
        Value::Int(n) => {
            let at = match *n {
                1_000_000_000..=9_999_999_999 => Timestamp::from_second(*n).ok()?,
                1_000_000_000_000..=9_999_999_999_999 => Timestamp::from_millisecond(*n).ok()?,
                _ => return None,
            };
            Some(Date {
                at,
                offset: zone.to_offset(at),
                has_time: true,
            })
        }
        _ => None,
    }
}

/// A text with a year, such as `27 January 2025`.
pub(super) fn looks_dated(value: &Value) -> bool {
    let Value::Text(text) = value else {
        return false;
    };
    let mut numbers = text.split(|c: char| !c.is_ascii_digit());
    numbers.any(|n| n.len() == 4 && (n.starts_with("19") || n.starts_with("20")))
}

/// Whether it is a state of another system that means public (true) or held back (false).
pub(super) fn by_status(value: &Value) -> Option<bool> {
    let Value::Text(text) = value else {
        return None;
    };
    words::status(&text.to_lowercase())
}
