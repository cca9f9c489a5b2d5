//! Whether two pages differ in nothing but the addresses of their stylesheets.

use std::ops::Range;

/// The old and the new address of each stylesheet that changed; `None` if anything else differs.
pub(super) fn swapped(old: &[u8], new: &[u8]) -> Option<Vec<(String, String)>> {
    let (old, new) = (
        std::str::from_utf8(old).ok()?,
        std::str::from_utf8(new).ok()?,
    );
    let (old_at, new_at) = (addresses(old), addresses(new));
    if old_at.len() != new_at.len() {
        return None;
    }
    let (mut old_end, mut new_end) = (0, 0);
    let mut swapped = Vec::new();
    for (from, to) in old_at.into_iter().zip(new_at) {
        if old[old_end..from.start] != new[new_end..to.start] {
            return None;
        }
        (old_end, new_end) = (from.end, to.end);
        if old[from.clone()] != new[to.clone()] {
            swapped.push((old[from].to_owned(), new[to].to_owned()));
        }
    }
    let same = old[old_end..] == new[new_end..];
    (same && !swapped.is_empty()).then_some(swapped)
}

/// Where the addresses of stylesheets stand.
fn addresses(html: &str) -> Vec<Range<usize>> {
    let tags = html.match_indices("<link").filter_map(|(start, _)| {
        let tag = &html[start..start + html[start..].find('>')?];
        let at = tag.contains("stylesheet").then(|| tag.find("href="))??;
        let from = at + "href=".len();
        let value = &tag[from..];
        let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''));
        let (from, value) = match quote {
            Some(_) => (from + 1, &value[1..]),
            None => (from, value),
        };
        let ends = |c: char| quote.map_or(c.is_whitespace(), |quote| c == quote);
        let end = from + value.find(ends).unwrap_or(value.len());
        Some(start + from..start + end)
    });
    tags.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compared(old: &str, new: &str) -> Option<Vec<(String, String)>> {
        swapped(old.as_bytes(), new.as_bytes())
    }

    #[test]
    fn another_stylesheet_alone_is_swapped() {
        let page = |css: &str, text: &str| {
            format!(
                "<head><link rel=\"stylesheet\" href=\"{css}\"><link rel=icon href=/i.svg></head>{text}"
            )
        };
        let both = compared(&page("/a.1.css", "x"), &page("/a.2.css", "x"));
        assert_eq!(both, Some(vec![("/a.1.css".into(), "/a.2.css".into())]));
        assert_eq!(
            compared(&page("/a.1.css", "x"), &page("/a.2.css", "y")),
            None
        );
        assert_eq!(
            compared(&page("/a.1.css", "x"), &page("/a.1.css", "x")),
            None
        );
        assert_eq!(compared(&page("/a.1.css", "x"), "x"), None);
    }

    #[test]
    fn addresses_may_stand_without_quotes() {
        let page = |css: &str| format!("<link href={css} rel=stylesheet>");
        let both = compared(&page("/a.1.css"), &page("/b.css"));
        assert_eq!(both, Some(vec![("/a.1.css".into(), "/b.css".into())]));
    }

    proptest::proptest! {
        #[test]
        fn any_two_texts_can_be_compared(old in "(<link|href=|\"|'| |>|stylesheet|é){0,12}", new in "(<link|href=|\"|'| |>|stylesheet|é){0,12}") {
            let _ = compared(&old, &new);
        }
    }
}
