//! Evaluates conditional requests (RFC 9110 §13), in the order of §13.2.2.

use std::ops::Range;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jiff::Timestamp;

use super::range::{self, Wanted};

/// The conditional headers, as sent; repeated ones are joined by commas.
#[derive(Clone, Debug, Default)]
pub(crate) struct Conditions {
    pub(crate) if_match: Option<String>,
    pub(crate) if_none_match: Option<String>,
    pub(crate) if_modified_since: Option<String>,
    pub(crate) if_unmodified_since: Option<String>,
    pub(crate) if_range: Option<String>,
    /// Ignored except for GET (§14.2).
    pub(crate) range: Option<String>,
}

/// The current state of the content.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Current<'a> {
    /// A strong entity tag, quotes included.
    pub(crate) etag: &'a str,
    pub(crate) modified: Option<Timestamp>,
    /// In bytes.
    pub(crate) size: u64,
}

/// How to answer a GET or HEAD.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Whole,
    /// Never empty, always within the content.
    Part(Range<u64>),
    NotModified,
    PreconditionFailed,
    RangeNotSatisfiable,
}

impl Outcome {
    /// Which bytes of content of this size to send, and whether the request is for all of it.
    pub(crate) fn range(&self, size: u64) -> (Range<u64>, bool) {
        match self {
            Self::Part(range) => (range.clone(), false),
            _ => (0..size, true),
        }
    }
}

/// Evaluates the conditions of a GET or HEAD.
pub(crate) fn evaluate(conditions: &Conditions, current: Current<'_>) -> Outcome {
    let Current {
        etag,
        modified,
        size,
    } = current;
    if let Some(list) = &conditions.if_match {
        if !any_matches(list, etag, Comparison::Strong) {
            return Outcome::PreconditionFailed;
        }
    } else if let (Some(at), Some(modified)) = (
        http_date(conditions.if_unmodified_since.as_deref()),
        modified,
    ) && second(modified) > at
    {
        return Outcome::PreconditionFailed;
    }
    if let Some(list) = &conditions.if_none_match {
        if any_matches(list, etag, Comparison::Weak) {
            return Outcome::NotModified;
        }
    } else if let (Some(at), Some(modified)) =
        (http_date(conditions.if_modified_since.as_deref()), modified)
        && second(modified) <= at
    {
        return Outcome::NotModified;
    }
    let Some(range) = &conditions.range else {
        return Outcome::Whole;
    };
    if let Some(validator) = &conditions.if_range
        && validator.trim() != etag
    {
        // A weak tag never matches (§13.1.5), and neither does a date: a file can change twice within its second,
        // and halves of two files must never be joined (§8.8.2.2). A client that has our date also has our tag.
        return Outcome::Whole;
    }
    match range::wanted(range, size) {
        Wanted::Whole => Outcome::Whole,
        Wanted::Part(range) => Outcome::Part(range),
        Wanted::Unsatisfiable => Outcome::RangeNotSatisfiable,
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Strong,
    Weak,
}

/// Whether a list of entity tags, or `*`, names `etag`, which is strong.
fn any_matches(list: &str, etag: &str, comparison: Comparison) -> bool {
    if list.trim() == "*" {
        return true;
    }
    let mut rest = list;
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        let (weak, tag) = match rest.strip_prefix("W/") {
            Some(tag) => (true, tag),
            None => (false, rest),
        };
        // A tag may contain commas, so only its closing quote ends it. Anything that is not a tag ends the list.
        let Some(end) = tag
            .strip_prefix('"')
            .and_then(|opaque| opaque.find('"'))
            .map(|at| at + 2)
        else {
            return false;
        };
        let (tag, after) = tag.split_at(end);
        if tag == etag && (comparison == Comparison::Weak || !weak) {
            return true;
        }
        rest = after;
    }
}

/// Parses any of the three date formats of §5.6.7. An invalid date counts as absent (§13.1.3, §13.1.4).
fn http_date(text: Option<&str>) -> Option<SystemTime> {
    httpdate::parse_http_date(text?.trim()).ok()
}

/// HTTP dates have no fractions of a second.
fn second(at: Timestamp) -> SystemTime {
    u64::try_from(at.as_second()).map_or(UNIX_EPOCH, |seconds| {
        UNIX_EPOCH + Duration::from_secs(seconds)
    })
}

/// A time as an HTTP date (RFC 9110 §5.6.7), unless it lies before 1970 or after 9999.
pub(crate) fn to_http_date(at: Timestamp) -> Option<String> {
    let at = second(at);
    (at > UNIX_EPOCH).then(|| httpdate::fmt_http_date(at))
}

#[cfg(test)]
mod tests;
