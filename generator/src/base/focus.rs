//! What a picture is about, as a point of it: crops keep it in view.

use serde::{Deserialize, Serialize};

/// A point of a picture, in percent of its width from the left and of its height from the top.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Focus {
    /// From the left, 0 to 100.
    pub x: u8,
    /// From the top, 0 to 100.
    pub y: u8,
}

impl Default for Focus {
    /// The middle.
    fn default() -> Self {
        Self { x: 50, y: 50 }
    }
}

impl Focus {
    /// Reads `30% 40%`.
    pub fn read(text: &str) -> Option<Self> {
        let mut parts = text.split_whitespace().map(|part| {
            let number: u8 = part.strip_suffix('%')?.parse().ok()?;
            (number <= 100).then_some(number)
        });
        match (parts.next(), parts.next(), parts.next()) {
            (Some(Some(x)), Some(Some(y)), None) => Some(Self { x, y }),
            _ => None,
        }
    }

    /// Where a stretch of `part` begins within `whole`, so that the point at `percent` lies as near its middle as can be.
    pub fn start(percent: u8, whole: u32, part: u32) -> u32 {
        let point = u64::from(whole) * u64::from(percent) / 100;
        let start = point.saturating_sub(u64::from(part) / 2);
        start.min(u64::from(whole.saturating_sub(part))) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::Focus;

    #[test]
    fn a_focus_is_two_percentages() {
        assert_eq!(Focus::read("30% 40%"), Some(Focus { x: 30, y: 40 }));
        for wrong in [
            "", "30%", "30 40", "30% 140%", "-1% 0%", "1% 2% 3%", "left top",
        ] {
            assert_eq!(Focus::read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_crop_keeps_the_focus_in_view_and_stays_inside() {
        assert_eq!(Focus::start(50, 100, 40), 30);
        assert_eq!(Focus::start(0, 100, 40), 0);
        assert_eq!(Focus::start(100, 100, 40), 60);
        assert_eq!(Focus::start(30, 100, 40), 10);
        assert_eq!(Focus::start(50, 40, 40), 0);
    }
}
