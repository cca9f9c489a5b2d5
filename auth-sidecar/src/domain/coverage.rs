//! Which byte ranges of a file were sent.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

/// Maximum number of ranges. Beyond it the smallest is dropped: a download may seem less complete than it is, never
/// more.
const MAX_RANGES: usize = 64;

/// Disjoint ranges of a file, in order. As text: `0-4096,8192-9000`, with exclusive ends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage(Vec<Range<u64>>);

impl Coverage {
    /// Adds a range, which may overlap others.
    pub fn add(&mut self, part: Range<u64>) {
        if part.is_empty() {
            return;
        }
        // Ranges before it end before it starts, and ranges after it start after it ends. The rest is merged.
        let first = self.0.partition_point(|known| known.end < part.start);
        let after = self.0.partition_point(|known| known.start <= part.end);
        let melted = &self.0[first..after];
        let start = melted
            .first()
            .map_or(part.start, |known| known.start.min(part.start));
        let end = melted
            .last()
            .map_or(part.end, |known| known.end.max(part.end));
        self.0.splice(first..after, std::iter::once(start..end));
        if self.0.len() > MAX_RANGES {
            let lengths = self.0.iter().map(|known| known.end - known.start);
            if let Some((smallest, _)) = lengths.enumerate().min_by_key(|(_, length)| *length) {
                self.0.remove(smallest);
            }
        }
    }

    /// Adds what another covers.
    pub fn add_all(&mut self, other: &Self) {
        for part in &other.0 {
            self.add(part.clone());
        }
    }

    /// The number of bytes covered.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.0.iter().map(|part| part.end - part.start).sum()
    }

    /// Whether it covers a whole file of `size` bytes.
    #[must_use]
    pub fn is_whole(&self, size: u64) -> bool {
        matches!(self.0.as_slice(), [part] if part.start == 0 && part.end >= size)
    }
}

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, part) in self.0.iter().enumerate() {
            let comma = if n > 0 { "," } else { "" };
            write!(f, "{comma}{}-{}", part.start, part.end)?;
        }
        Ok(())
    }
}

impl FromStr for Coverage {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut coverage = Self::default();
        for part in text.split(',').filter(|part| !part.is_empty()) {
            let ends = part.split_once('-');
            let ends = ends.and_then(|(start, end)| Some((start.parse().ok()?, end.parse().ok()?)));
            let (start, end) = ends.ok_or("is no list of ranges")?;
            coverage.add(start..end);
        }
        Ok(coverage)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(parts: &[(u64, u64)]) -> Coverage {
        let mut coverage = Coverage::default();
        parts
            .iter()
            .for_each(|&(start, end)| coverage.add(start..end));
        coverage
    }

    #[test]
    fn parts_that_touch_become_one() {
        for (parts, text) in [
            (&[(0, 10), (20, 30), (10, 20)][..], "0-30"),
            (&[(5, 6), (0, 1), (3, 4)], "0-1,3-4,5-6"),
            (&[(0, 100), (10, 20)], "0-100"),
            (&[(10, 20), (0, 100)], "0-100"),
            (&[(7, 7)], ""),
        ] {
            assert_eq!(of(parts).to_string(), text);
            assert_eq!(text.parse(), Ok(of(parts)));
        }
        assert!("0-x".parse::<Coverage>().is_err());
        assert!("12".parse::<Coverage>().is_err());
    }

    #[test]
    fn only_all_of_it_is_whole() {
        assert!(of(&[(0, 10), (10, 20)]).is_whole(20));
        assert!(!of(&[(0, 10), (11, 20)]).is_whole(20));
        assert!(!of(&[(1, 20)]).is_whole(20));
        assert!(!of(&[]).is_whole(20));
    }

    #[test]
    fn many_parts_lose_precision_downwards() {
        let mut coverage = of(&[(0, 1000)]);
        (1..200).for_each(|n| coverage.add(n * 10_000..n * 10_000 + 1 + n));
        assert_eq!(coverage.0.len(), MAX_RANGES);
        assert!(!coverage.is_whole(2_000_000));
    }

    proptest! {
        #[test]
        fn it_agrees_with_a_bitmap(parts in prop::collection::vec((0_u64..80, 0_u64..20), 0..20)) {
            let mut bitmap = [false; 100];
            let mut coverage = Coverage::default();
            for (start, length) in parts {
                coverage.add(start..start + length);
                (start..start + length).for_each(|at| bitmap[at as usize] = true);
            }
            let mut own = [false; 100];
            for part in &coverage.0 {
                prop_assert!(!part.is_empty());
                part.clone().for_each(|at| own[at as usize] = true);
            }
            prop_assert_eq!(own, bitmap);
            prop_assert!(coverage.0.windows(2).all(|pair| pair[0].end < pair[1].start));
            let size = bitmap.iter().rposition(|sent| *sent).map_or(0, |last| last + 1);
            let all = size > 0 && bitmap[..size].iter().all(|sent| *sent);
            prop_assert_eq!(coverage.is_whole(size.max(1) as u64), all);
        }
    }
}
