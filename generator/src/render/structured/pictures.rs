//! Pictures as schema.org has them: search engines show creator, credit and licence beside them.

use serde_json::{Map, Value as Json, json};
use tera::Value;

use crate::{
    config::LangId,
    link::Edition,
    markdown::text::plain,
    render::{backend::Backend, prepared::Prepared, renderer::Renderer, value::field},
};

/// The pictures of a document, `first` before those of its body, each once.
pub(super) fn of_document<B: Backend>(
    renderer: &Renderer<'_, B>,
    edition: &Edition,
    first: Option<&Value>,
) -> Vec<Json> {
    let body = edition.body.pictures.iter();
    let body = body.map(|picture| renderer.body_picture(edition, picture));
    let mut seen: Vec<String> = Vec::new();
    let mut objects = Vec::new();
    for image in first.cloned().into_iter().chain(body) {
        let Some(src) = field(&image, "src") else {
            continue;
        };
        if !seen.iter().any(|other| other == src) {
            seen.push(src.to_owned());
            objects.push(object(renderer, edition.source.lang, src, &image));
        }
    }
    objects
}

/// An `ImageObject` of a picture as templates know it, at `src`. Its properties are those of
/// <https://developers.google.com/search/docs/appearance/structured-data/image-license-metadata>.
pub(super) fn object(prepared: &Prepared, lang: LangId, src: &str, image: &Value) -> Json {
    let config = &prepared.config;
    let mut out = Map::new();
    let mut add = |key: &str, value: Option<Json>| {
        if let Some(value) = value {
            out.insert(key.to_owned(), value);
        }
    };
    let stated = |key| field(image, key).map(Json::from);
    let side = |key| {
        image
            .get_from_path(key)?
            .as_i128()
            .map(|n| Json::from(n as u32))
    };
    add("@type", Some("ImageObject".into()));
    add("contentUrl", Some(config.absolute(src).into()));
    add("width", side("width"));
    add("height", side("height"));
    let caption = field(image, "caption").map(plain);
    add("caption", caption.map(|caption| caption.trim().into()));
    add("creditText", stated("credit"));
    add("copyrightNotice", stated("copyright"));
    add("license", stated("licence"));
    add("acquireLicensePage", stated("licensor"));
    let own = config.words(&config.name, &config.languages[lang].lang);
    let maker = |name: &str| {
        let kind = if name == own {
            "Organization"
        } else {
            "Person"
        };
        json!({ "@type": kind, "name": name })
    };
    let creators = field(image, "creator").map(|names| names.split("; ").map(maker).collect());
    add("creator", creators);
    Json::Object(out)
}
