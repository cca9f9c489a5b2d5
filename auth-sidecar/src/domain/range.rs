//! Parses a `Range` header (RFC 9110 §14).

use std::ops::Range;

/// What to send, as far as `Range` alone decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// The whole content: the header is not a byte range, is malformed, or has several ranges. A server may ignore
    /// such a header (§14.2).
    Whole,
    /// These bytes; never empty, always within the content.
    Part(Range<u64>),
    /// One range that lies outside the content.
    Unsatisfiable,
}

/// Reads a `Range` header for content of `size` bytes.
pub(crate) fn wanted(header: &str, size: u64) -> Wanted {
    let Some((unit, set)) = header.split_once('=') else {
        return Wanted::Whole;
    };
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return Wanted::Whole;
    }
    // Empty list elements are skipped (§5.6.1.2).
    let mut specs = set
        .split(',')
        .map(|spec| spec.trim_matches([' ', '\t']))
        .filter(|spec| !spec.is_empty());
    match (specs.next(), specs.next()) {
        (Some(spec), None) => one(spec, size),
        _ => Wanted::Whole,
    }
}

fn one(spec: &str, size: u64) -> Wanted {
    let Some((first, last)) = spec.split_once('-') else {
        return Wanted::Whole;
    };
    if first.is_empty() {
        return match decimal(last) {
            None => Wanted::Whole,
            Some(0) => Wanted::Unsatisfiable,
            // An empty file has no last bytes, but `Content-Range` cannot express that.
            Some(_) if size == 0 => Wanted::Whole,
            Some(length) => Wanted::Part(size.saturating_sub(length)..size),
        };
    }
    let last = if last.is_empty() {
        Some(u64::MAX)
    } else {
        decimal(last)
    };
    match (decimal(first), last) {
        (Some(first), Some(last)) if first <= last => {
            if first < size {
                Wanted::Part(first..last.saturating_add(1).min(size))
            } else {
                Wanted::Unsatisfiable
            }
        }
        _ => Wanted::Whole,
    }
}

/// Parses decimal digits. A number beyond 64 bits counts as the largest, since no file reaches either.
fn decimal(text: &str) -> Option<u64> {
    if text.is_empty() {
        return None;
    }
    text.bytes().try_fold(0_u64, |sum, b| {
        b.is_ascii_digit()
            .then(|| sum.saturating_mul(10).saturating_add(u64::from(b - b'0')))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn single_ranges() {
        let part = |range: Range<u64>| Wanted::Part(range);
        for (header, expected) in [
            ("bytes=0-0", part(0..1)),
            ("bytes=0-99", part(0..100)),
            ("bytes=0-", part(0..100)),
            ("bytes=99-", part(99..100)),
            ("bytes=10-19", part(10..20)),
            ("bytes=90-200", part(90..100)),
            ("bytes=90-99999999999999999999999", part(90..100)),
            ("bytes=-1", part(99..100)),
            ("bytes=-100", part(0..100)),
            ("bytes=-500", part(0..100)),
            ("BYTES=5-6", part(5..7)),
            ("bytes= 5-6 ", part(5..7)),
            ("bytes=,5-6,", part(5..7)),
            ("bytes=100-", Wanted::Unsatisfiable),
            ("bytes=100-200", Wanted::Unsatisfiable),
            ("bytes=99999999999999999999999-", Wanted::Unsatisfiable),
            ("bytes=-0", Wanted::Unsatisfiable),
        ] {
            assert_eq!(wanted(header, 100), expected, "{header}");
        }
    }

    #[test]
    fn other_range_headers_are_ignored() {
        for header in [
            "",
            "bytes",
            "bytes=",
            "bytes=,",
            "bytes=-",
            "bytes=5",
            "bytes=20-10",
            "bytes=a-b",
            "bytes=1-b",
            "bytes=+1-2",
            "bytes=1--2",
            "bytes=--1",
            "bytes=0x1-2",
            "bytes=٠-٩",
            "lines=0-5",
            "bytes=0-1,5-6",
            "bytes=0-1,0-1",
            "bytes=900-,1000-",
        ] {
            assert_eq!(wanted(header, 100), Wanted::Whole, "{header}");
        }
    }

    #[test]
    fn an_empty_file_has_no_parts() {
        assert_eq!(wanted("bytes=0-", 0), Wanted::Unsatisfiable);
        assert_eq!(wanted("bytes=-5", 0), Wanted::Whole);
    }

    fn in_bounds(header: &str, size: u64) {
        if let Wanted::Part(range) = wanted(header, size) {
            assert!(range.start < range.end && range.end <= size, "{header}");
        }
    }

    proptest! {
        #[test]
        fn any_text_yields_a_range_in_bounds(header in ".*", size: u64) {
            in_bounds(&header, size);
        }

        #[test]
        fn near_ranges_yield_a_range_in_bounds(header in "bytes=[0-9]{0,21}-[0-9]{0,21}(, ?[0-9]{0,3}-)?", size: u64) {
            in_bounds(&header, size);
        }

        #[test]
        fn a_valid_range_is_exact(first in 0_u64..1000, length in 1_u64..1000, size in 1_u64..1000) {
            let last = first + length - 1;
            let expected = if first < size {
                Wanted::Part(first..(last + 1).min(size))
            } else {
                Wanted::Unsatisfiable
            };
            prop_assert_eq!(wanted(&format!("bytes={first}-{last}"), size), expected);
        }
    }
}
