//! Structured data for search engines: JSON-LD with the vocabulary of schema.org.

use serde_json::{Map, Value as Json, json};
use tera::Value;

use super::{Renderer, functions, value::field};
use crate::{base::path, link::Edition, parse::DossierMeta};

fn text(object: Map<String, Json>) -> String {
    functions::harmless(Json::Object(object).to_string())
}

fn object(json: Json) -> Map<String, Json> {
    match json {
        Json::Object(object) => object,
        _ => Map::new(),
    }
}

fn publisher(renderer: &Renderer, lang: usize) -> Json {
    let config = &renderer.config;
    let name = config.words(&config.name, &config.languages[lang].lang);
    json!({ "@type": "Organization", "name": name, "url": config.absolute("/") })
}

/// A `NewsArticle`.
pub(super) fn article(renderer: &Renderer, edition: &Edition, card: &Value) -> String {
    let (config, lang) = (&renderer.config, edition.source.lang);
    let url = config.absolute(&path::encode(&edition.address));
    let mut out = object(json!({
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": edition.meta.title,
        "mainEntityOfPage": url,
        "inLanguage": config.languages[lang].lang.code(),
        "publisher": publisher(renderer, lang),
    }));
    let mut put = |key: &str, value: Option<Json>| {
        if let Some(value) = value {
            out.insert(key.to_owned(), value);
        }
    };
    put("datePublished", edition.date.map(|d| d.rfc3339().into()));
    put(
        "dateModified",
        edition.changed().map(|d| d.rfc3339().into()),
    );
    put("description", edition.meta.lead.as_deref().map(Json::from));
    put("dateline", edition.meta.dateline.as_deref().map(Json::from));
    let image = field(card, "image.src");
    put("image", image.map(|src| config.absolute(src).into()));
    let authors: Vec<Json> = edition
        .meta
        .authors
        .iter()
        .map(|a| json!({ "@type": "Person", "name": a }))
        .collect();
    put(
        "author",
        Some(if authors.is_empty() {
            publisher(renderer, lang)
        } else {
            Json::Array(authors)
        }),
    );
    text(out)
}

/// A `VideoObject`.
pub(super) fn video(renderer: &Renderer, edition: &Edition, own: &DossierMeta) -> String {
    let (config, lang) = (&renderer.config, edition.source.lang);
    let card = renderer.card_of(edition);
    let description = edition
        .meta
        .lead
        .as_deref()
        .or(edition.body.opening.as_deref());
    let mut out = object(json!({
        "@context": "https://schema.org",
        "@type": "VideoObject",
        "name": edition.meta.title,
        "description": description.unwrap_or(&edition.meta.title),
        "inLanguage": config.languages[lang].lang.code(),
        "isAccessibleForFree": true,
        "publisher": publisher(renderer, lang),
    }));
    if let Some(date) = edition.date {
        out.insert("uploadDate".into(), date.rfc3339().into());
    }
    if let Some(seconds) = own.duration {
        out.insert("duration".into(), format!("PT{}S", seconds.round()).into());
    }
    if let Some(src) = card.and_then(|c| field(c, "poster.src")) {
        out.insert("thumbnailUrl".into(), config.absolute(src).into());
    }
    if let Some(url) = card.and_then(|c| field(c, "preview.url")) {
        out.insert("contentUrl".into(), config.absolute(url).into());
    }
    text(out)
}

/// The site itself, on its front page.
pub(super) fn site(renderer: &Renderer, lang: usize) -> String {
    let config = &renderer.config;
    let code = &config.languages[lang].lang;
    text(object(json!({
        "@context": "https://schema.org",
        "@type": "WebSite",
        "name": config.words(&config.name, code),
        "url": config.absolute(&format!("/{code}/")),
        "inLanguage": code.code(),
        "publisher": publisher(renderer, lang),
    })))
}
