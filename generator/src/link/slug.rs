//! The last part of a document's address, as its file's name gives it.

use crate::base::path;

/// The file's name without a leading date; of `index` the folder's, if a story has that for itself.
pub(super) fn slug_of(stem: &str) -> String {
    let mut parts = stem.rsplit('/');
    let mut name = parts.next().unwrap_or(stem);
    // `content/news/index` and `…/27/index` lie in folders of many stories.
    if name == "index"
        && let Some(folder) = parts.next()
        && parts.count() > 1
        && !folder.bytes().all(|b| b.is_ascii_digit())
    {
        name = folder;
    }
    let dated = name.len() > 11
        && name.is_char_boundary(11)
        && name.as_bytes()[..11]
            .iter()
            .enumerate()
            .all(|(i, b)| match i {
                4 | 7 | 10 => *b == b'-' || (i == 10 && *b == b'_'),
                _ => b.is_ascii_digit(),
            });
    path::slug(if dated { &name[11..] } else { name })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_lose_a_leading_date() {
        assert_eq!(slug_of("content/news/2025-01-27-visit"), "visit");
        assert_eq!(slug_of("content/news/2025-visit"), "2025-visit");
        assert_eq!(slug_of("content/news/2025-01-27-visit/index"), "visit");
        assert_eq!(slug_of("content/pages/about/index"), "about");
        assert_eq!(slug_of("content/news/2025/01/27/index"), "index");
        assert_eq!(slug_of("content/news/index"), "index");
        assert_eq!(slug_of("content/news/Été à Paris"), "été-à-paris");
    }
}
