//! Structured data for search engines: JSON-LD with the vocabulary of schema.org.

mod pictures;

use serde::Serialize;
use serde_json::{Map, Value as Json, json};
use tera::Value;

use super::{
    backend::Backend,
    functions,
    prepared::Prepared,
    renderer::Renderer,
    value::{decimal, field},
};
use crate::{
    base::path,
    config::LangId,
    link::Edition,
    markdown::text::plain,
    parse::{DossierMeta, Shot},
};

fn text(object: Map<String, Json>) -> String {
    functions::harmless(Json::Object(object).to_string())
}

fn object(json: Json) -> Map<String, Json> {
    match json {
        Json::Object(object) => object,
        _ => Map::new(),
    }
}

fn publisher(prepared: &Prepared, lang: LangId) -> Json {
    let config = &prepared.config;
    let name = config.words(&config.name, &config.languages[lang].lang);
    json!({ "@type": "Organization", "name": name, "url": config.absolute("/") })
}

#[derive(Serialize)]
struct Organization<'a> {
    #[serde(rename = "@type")]
    kind: &'static str,
    name: &'a str,
    url: String,
}

#[derive(Serialize)]
struct Person<'a> {
    #[serde(rename = "@type")]
    kind: &'static str,
    name: &'a str,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Author<'a> {
    Publisher(&'a Organization<'a>),
    Persons(Vec<Person<'a>>),
}

/// Of every article's page, so it is written without detours.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NewsArticle<'a> {
    #[serde(rename = "@context")]
    context: &'static str,
    #[serde(rename = "@type")]
    kind: &'static str,
    headline: &'a str,
    main_entity_of_page: String,
    in_language: &'a str,
    publisher: &'a Organization<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    date_published: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    date_modified: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dateline: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    image: Vec<Json>,
    author: Author<'a>,
}

/// A `NewsArticle`.
pub(super) fn article<B: Backend>(
    renderer: &Renderer<'_, B>,
    edition: &Edition,
    image: Option<&Value>,
    summary: Option<&str>,
) -> String {
    let (config, meta) = (&renderer.config, &edition.meta);
    let lang = &config.languages[edition.source.lang].lang;
    let publisher = Organization {
        kind: "Organization",
        name: config.words(&config.name, lang),
        url: config.absolute("/"),
    };
    let persons = meta.authors.iter().map(|name| Person {
        kind: "Person",
        name,
    });
    let article = NewsArticle {
        context: "https://schema.org",
        kind: "NewsArticle",
        headline: &meta.title,
        main_entity_of_page: config.absolute(&path::encode(&edition.address)),
        in_language: lang.code(),
        publisher: &publisher,
        date_published: edition.date.map(|d| d.rfc3339()),
        date_modified: edition.changed().map(|d| d.rfc3339()),
        description: summary,
        dateline: meta.dateline.as_deref(),
        image: pictures::of_document(renderer, edition, image),
        author: match meta.authors.is_empty() {
            true => Author::Publisher(&publisher),
            false => Author::Persons(persons.collect()),
        },
    };
    // Text and numbers alone: there is nothing in it that JSON could not hold.
    functions::harmless(serde_json::to_string(&article).unwrap_or_default())
}

/// A `VideoObject`, with a `Clip` for each shot. `transcript` is HTML.
pub(super) fn video<B: Backend>(
    renderer: &Renderer<'_, B>,
    edition: &Edition,
    own: &DossierMeta,
    summary: Option<&str>,
    transcript: Option<&str>,
) -> String {
    let (config, lang) = (&renderer.config, edition.source.lang);
    let card = renderer.card_of(edition);
    let mut out = object(json!({
        "@context": "https://schema.org",
        "@type": "VideoObject",
        "name": edition.meta.title,
        // It must not be missing (schema.org's readers refuse a video without).
        "description": summary.unwrap_or(&edition.meta.title),
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
    let url = config.absolute(&path::encode(&edition.address));
    out.insert("url".into(), url.as_str().into());
    let poster = card.and_then(|c| c.get_from_path("poster"));
    if let Some((poster, src)) = poster.and_then(|p| Some((p, field(p, "src")?))) {
        out.insert("thumbnailUrl".into(), config.absolute(src).into());
        let thumbnail = pictures::object(renderer, lang, src, poster);
        out.insert("thumbnail".into(), thumbnail);
    }
    // The first free rendition: crawlers have no account.
    if let Some(src) = card.and_then(|c| field(c, "preview.url")) {
        out.insert("contentUrl".into(), config.absolute(src).into());
    }
    if let Some(place) = &own.place {
        let place = json!({ "@type": "Place", "name": place });
        out.insert("contentLocation".into(), place);
    }
    if let Some(expires) = edition.meta.expires {
        out.insert("expires".into(), expires.rfc3339().into());
    }
    if let Some(transcript) = transcript {
        let words = plain(transcript);
        out.insert("transcript".into(), words.trim().into());
    }
    let captions: Vec<Json> = captions(renderer, card).collect();
    if !captions.is_empty() {
        out.insert("caption".into(), captions.into());
    }
    if !edition.meta.authors.is_empty() {
        let persons = edition.meta.authors.iter();
        let persons = persons.map(|name| json!({ "@type": "Person", "name": name }));
        out.insert("author".into(), persons.collect());
    }
    // A moment of the video can be led to where the page plays it.
    let text_of = |shot: &Shot| plain(&renderer.inline(edition, &shot.text));
    let clips = clips(own, &url, text_of);
    if !clips.is_empty() && out.contains_key("contentUrl") {
        out.insert("hasPart".into(), clips.into());
    }
    text(out)
}

/// The captions files of a dossier's card.
fn captions<'a>(
    prepared: &'a Prepared,
    card: Option<&'a Value>,
) -> impl Iterator<Item = Json> + 'a {
    let all = card.and_then(|c| c.get_from_path("captions"));
    let all = all.and_then(Value::as_array).unwrap_or_default();
    all.iter().filter_map(|c| {
        Some(json!({
            "@type": "MediaObject",
            "contentUrl": prepared.config.absolute(field(c, "src")?),
            "encodingFormat": "text/vtt",
            "inLanguage": field(c, "lang")?,
        }))
    })
}

/// Each shot lasts until the next one begins.
fn clips(own: &DossierMeta, url: &str, text_of: impl Fn(&Shot) -> String) -> Vec<Json> {
    let begins = own.shots.iter().map(|s| s.at.value);
    let ends = begins.clone().skip(1).map(Some).chain([own.duration]);
    let shots = own.shots.iter().zip(begins.zip(ends));
    let clip = |(shot, (from, to)): (&Shot, (f64, Option<f64>))| {
        let mut clip = object(json!({
            "@type": "Clip",
            "name": text_of(shot),
            "startOffset": number(from),
            "url": format!("{url}#t={}", decimal(from)),
        }));
        // Two shots at one moment leave nothing between them.
        if let Some(to) = to.filter(|to| *to > from) {
            clip.insert("endOffset".into(), number(to));
        }
        Json::Object(clip)
    };
    shots.map(clip).collect()
}

fn number(seconds: f64) -> Json {
    decimal(seconds).parse().map_or(Json::Null, Json::Number)
}

/// The site itself, on its front page.
pub(super) fn site(prepared: &Prepared, lang: LangId) -> String {
    let config = &prepared.config;
    let code = &config.languages[lang].lang;
    text(object(json!({
        "@context": "https://schema.org",
        "@type": "WebSite",
        "name": config.words(&config.name, code),
        "url": config.absolute(&format!("/{code}/")),
        "inLanguage": code.code(),
        "publisher": publisher(prepared, lang),
    })))
}
