//! Names of files that every system can make: Windows, macOS and Linux.

use std::borrow::Cow;

use crate::base::{hash::Set, text::composed};

/// The longest name, in bytes: most systems take 255, and a path holds several.
const LONGEST: usize = 200;
/// The longest ending, in bytes: what follows a later dot is none.
const LONGEST_ENDING: usize = 16;

/// Devices of Windows: no file there can be called so, whatever its ending (Microsoft, "Naming Files, Paths, and
/// Namespaces").
const DEVICES: [&str; 6] = ["con", "prn", "aux", "nul", "conin$", "conout$"];

/// The names in one folder.
#[derive(Default)]
pub struct Names(Set<String>);

impl Names {
    /// A name for a file, as close to the one that is wanted as can be, and unlike all former ones, whether or not a
    /// system tells capitals apart.
    pub fn add(&mut self, wanted: &str) -> String {
        let name = possible(wanted);
        let (stem, ending) = parts(&name);
        let mut number = 1u64;
        let mut unique = name.clone();
        while !self.0.insert(folded(&unique)) {
            number += 1;
            unique = whole(stem, &format!("-{number}{ending}"));
        }
        unique
    }
}

/// The name that a file can have everywhere. It has no folder in it.
fn possible(wanted: &str) -> String {
    let kept = |c: char| match c {
        '<' | '>' | ':' | '"' | '/' | '\\' | '|' | '?' | '*' => '-',
        // Those that turn the direction hide an ending.
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '-',
        c if c.is_control() => '-',
        c => c,
    };
    let name: String = composed(wanted).chars().map(kept).collect();
    let name = composed(trimmed(&name)).into_owned();
    let (stem, ending) = parts(&name);
    let name = whole(stem, ending);
    match (name.is_empty(), is_device(&name)) {
        (true, _) => "file".to_owned(),
        (false, true) => format!("_{name}"),
        (false, false) => name,
    }
}

/// Without what some systems drop, or hide a file for.
fn trimmed(name: &str) -> &str {
    let start = name.trim_start_matches(|c: char| c.is_whitespace() || c == '.');
    start.trim_end_matches(|c: char| c.is_whitespace() || c == '.')
}

fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or(name).trim_end();
    let stem = stem.to_lowercase();
    let port = ["com", "lpt"].iter().find_map(|p| stem.strip_prefix(p));
    let mut number = port.unwrap_or_default().chars();
    let one = matches!(number.next(), Some('0'..='9' | '¹' | '²' | '³')) && number.next().is_none();
    DEVICES.contains(&stem.as_str()) || one
}

/// What stands before the ending, and the ending with its dot.
fn parts(name: &str) -> (&str, &str) {
    let at = name
        .rfind('.')
        .filter(|at| *at > 0 && name.len() - at <= LONGEST_ENDING);
    name.split_at(at.unwrap_or(name.len()))
}

/// Both together, as much of the stem as there is room for.
fn whole(stem: &str, ending: &str) -> String {
    let room = LONGEST.saturating_sub(ending.len());
    let end = (0..=room.min(stem.len()))
        .rev()
        .find(|at| stem.is_char_boundary(*at));
    let stem = &stem[..end.unwrap_or_default()];
    format!(
        "{}{ending}",
        stem.trim_end_matches(|c: char| c.is_whitespace() || c == '.')
    )
}

/// The same for names that a system may take for one.
fn folded(name: &str) -> String {
    let folded = name.to_uppercase().to_lowercase();
    match composed(&folded) {
        Cow::Borrowed(_) => folded,
        Cow::Owned(composed) => composed,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_are_those_that_every_system_takes() {
        let mut names = Names::default();
        for (wanted, name) in [
            ("hands.jpg", "hands.jpg"),
            ("HANDS.JPG", "HANDS-2.JPG"),
            ("con.jpg", "_con.jpg"),
            ("com1", "_com1"),
            ("comet.png", "comet.png"),
            ("a/b\\c:d?.png", "a-b-c-d-.png"),
            ("..hidden. ", "hidden"),
            ("", "file"),
            ("…", "…"),
            ("Straße.jpg", "Straße.jpg"),
            ("STRASSE.jpg", "STRASSE-2.jpg"),
            ("E\u{301}te\u{301}.jpg", "Été.jpg"),
            ("يد.jpg", "يد.jpg"),
            ("fdp.\u{202e}gpj.exe", "fdp.-gpj.exe"),
        ] {
            assert_eq!(names.add(wanted), name, "{wanted:?}");
        }
    }

    proptest! {
        #[test]
        fn any_name_becomes_one_that_every_system_takes(
            wanted in prop::collection::vec("(con|[a-cA-C. :/\u{301}é]|\\PC|[\\x00-\\x20]){0,12}(\\.jpg)?", 1..12),
            long in "a{190,300}(\\.jpg)?",
        ) {
            let mut names = Names::default();
            let mut seen = Set::default();
            for wanted in wanted.iter().chain([&long, &long]) {
                let name = names.add(wanted);
                prop_assert!(!name.is_empty() && name.len() <= LONGEST + LONGEST_ENDING, "{name:?}");
                prop_assert!(!name.contains(|c: char| c.is_control() || "<>:\"/\\|?*".contains(c)), "{name:?}");
                prop_assert!(!name.ends_with(['.', ' ']) && !name.starts_with('.'), "{name:?}");
                prop_assert!(!is_device(&name), "{name:?}");
                prop_assert_eq!(composed(&name), name.as_str());
                prop_assert!(seen.insert(name.to_lowercase()), "{name:?}");
            }
        }
    }
}
