//! Press kits, and the templates of what is text in them.

use super::{Job, Planned, Task};
use crate::{link::Kit, theme::Theme};

/// Texts of a press kit by their names in there, each with its template. One text has all languages, one below the
/// other.
pub const KIT_TEXTS: [(&str, &str); 2] = [
    ("captions.txt", "press-kit/captions.txt"),
    ("rights.txt", "press-kit/rights.txt"),
];

/// The forms of a press kit's story by their endings (`text.en.html`), each with its template.
pub const KIT_STORY: [(&str, &str); 2] = [
    ("txt", "press-kit/text.txt"),
    ("html", "press-kit/text.html"),
];

/// Whether a theme has press kits: it must have the captions of pictures at least.
pub fn has_kits(theme: &Theme) -> bool {
    theme.has(KIT_TEXTS[0].1)
}

impl Planned<'_> {
    /// Every press kit.
    pub(super) fn press_kits(self) -> impl Iterator<Item = Job> {
        let kits = self.site.kits.keys().filter(move |_| has_kits(self.theme));
        kits.map(move |id| {
            let address = Kit::address(&self.site.editions[*id].address);
            Job {
                path: format!("site{address}").into(),
                task: Task::PressKit(*id),
            }
        })
    }
}
