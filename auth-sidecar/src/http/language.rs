//! The reader's language by `Accept-Language` (RFC 9110 §12.5.4, RFC 4647 §3.4 lookup).

use axum::http::{HeaderMap, header};

use super::AppState;
use super::words::Words;
use crate::domain::catalogue::Facts;

/// The language of answers to a request with these headers.
pub(super) fn of<'f>(headers: &HeaderMap, facts: &'f Facts) -> &'f str {
    negotiate(headers, &facts.languages, &facts.default_language)
}

/// The words of that language; English before the first manifest.
pub(super) fn words(state: &AppState, headers: &HeaderMap) -> Words {
    match state.catalogue.current() {
        Some(catalogue) => {
            let language = of(headers, catalogue.facts()).to_owned();
            Words::new(catalogue, language)
        }
        None => Words::default(),
    }
}

/// The best of the site's languages, else the default.
fn negotiate<'l>(headers: &HeaderMap, languages: &'l [String], default: &'l str) -> &'l str {
    let value = headers.get(header::ACCEPT_LANGUAGE);
    let value = value
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let mut wanted: Vec<(u32, &str)> = value
        .split(',')
        .take(20)
        .filter_map(|range| {
            let (tag, weight) = range.split_once(';').unwrap_or((range, "q=1"));
            let weight: f32 = weight.trim().strip_prefix("q=")?.parse().ok()?;
            let thousandths = (weight.clamp(0.0, 1.0) * 1000.0) as u32;
            (thousandths > 0).then(|| (thousandths, tag.trim()))
        })
        .collect();
    // A stable sort: of equal weights, the first wins.
    wanted.sort_by_key(|(weight, _)| std::cmp::Reverse(*weight));
    wanted
        .into_iter()
        .find_map(|(_, tag)| look_up(tag, languages))
        .unwrap_or(default)
}

/// The language itself, or its longest prefix that the site has.
fn look_up<'l>(tag: &str, languages: &'l [String]) -> Option<&'l str> {
    let mut tag = tag;
    loop {
        let same = |language: &&String| language.eq_ignore_ascii_case(tag);
        if let Some(found) = languages.iter().find(same) {
            return Some(found);
        }
        tag = tag.rsplit_once('-')?.0;
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn the_best_available_language_is_chosen() {
        let languages = ["en", "fr", "ar", "pt-BR"].map(str::to_owned);
        for (header, language) in [
            ("", "en"),
            ("fr", "fr"),
            ("fr-CA, en;q=0.5", "fr"),
            ("de, ar;q=0.3, fr;q=0.8", "fr"),
            ("FR;q=0, ar;q=0.1", "ar"),
            ("pt, pt-br;q=0.9", "pt-BR"),
            ("de", "en"),
            ("*", "en"),
            (";;;,,q=,fr;q=x", "en"),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_LANGUAGE, HeaderValue::from_static(header));
            assert_eq!(negotiate(&headers, &languages, "en"), language, "{header}");
        }
    }
}
