//! Heading ids: `{#id}` honoured, else made from the text, unique on the page and stable.

use crate::base::{hash::Set, path};

/// Hands out the ids of one page.
#[derive(Default)]
pub struct Anchors {
    used: Set<String>,
}

impl Anchors {
    /// The id of the next heading. A repeated one gets `-2`, `-3`, … in the order of the page.
    pub fn id(&mut self, explicit: Option<&str>, text: &str) -> String {
        let wanted = match explicit {
            Some(id) if !id.is_empty() => id.to_owned(),
            _ => {
                let slug = path::slug(text);
                if slug.is_empty() {
                    "section".to_owned()
                } else {
                    slug
                }
            }
        };
        let mut id = wanted.clone();
        let mut n = 2;
        while !self.used.insert(id.clone()) {
            id = format!("{wanted}-{n}");
            n += 1;
        }
        id
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_unique_and_never_empty() {
        let mut anchors = Anchors::default();
        assert_eq!(anchors.id(None, "What next?"), "what-next");
        assert_eq!(anchors.id(None, "What next"), "what-next-2");
        assert_eq!(anchors.id(Some("what-next"), "x"), "what-next-3");
        assert_eq!(anchors.id(None, "…"), "section");
    }
}
