//! What published documents say of the pictures that they show. It is written into the pictures' files.

use std::collections::BTreeMap;

use dateline_pictures::{Field, Rights};
use pulldown_cmark::Event;

use super::{Edition, Site, resolve::Target};
use crate::{
    base::lang::Lang,
    config::Config,
    markdown::reader::{self, Piece},
};

/// By the picture's path from the root. If several documents show it, each statement is that of the first that makes
/// it: the default language comes first.
pub(super) fn words(config: &Config, site: &Site) -> BTreeMap<String, Rights> {
    let mut words: BTreeMap<String, Rights> = BTreeMap::new();
    for edition in site.editions.iter() {
        let lang = &config.languages[edition.source.lang].lang;
        for (href, said) in of_edition(edition, lang) {
            let path = match site.resolver.file(&edition.source.path, href) {
                Some(Target::File(path)) => path,
                Some(Target::Static(address)) => format!("content/static{address}"),
                _ => continue,
            };
            let rights = words.entry(path).or_default();
            *rights = said.with(rights);
        }
    }
    words.retain(|_, rights| !rights.is_empty());
    words
}

/// Each picture of an edition with what is said of it.
fn of_edition<'a>(edition: &'a Edition, lang: &Lang) -> Vec<(&'a str, Rights)> {
    let mut pictures = Vec::new();
    if let Some(image) = &edition.meta.image {
        let caption = image.caption.as_deref().map(|c| plain(c, lang));
        let rights = said(&image.alt, caption.as_deref(), image.credit.as_deref());
        pictures.push((image.src.value.as_str(), rights));
    }
    if let Some(dossier) = &edition.meta.dossier
        && let Some(poster) = &dossier.poster
    {
        let alt = dossier.poster_alt.as_deref().unwrap_or_default();
        pictures.push((poster.value.as_str(), said(alt, None, None)));
    }
    for picture in &edition.body.pictures {
        let caption: Vec<&str> = picture.caption.split_whitespace().collect();
        let caption = caption.join(" ");
        let rights = said(&picture.alt, Some(&caption), picture.credit.as_deref());
        pictures.push((&picture.src, rights));
    }
    pictures
}

fn said(alt: &str, caption: Option<&str>, credit: Option<&str>) -> Rights {
    let mut rights = Rights::default();
    rights.set(Field::Alt, alt);
    rights.set(Field::Description, caption.unwrap_or_default());
    rights.set(Field::Credit, credit.unwrap_or_default());
    rights
}

/// A line of Markdown as text.
fn plain(line: &str, lang: &Lang) -> String {
    let mut text = String::new();
    reader::read_line(line, lang, &mut |piece, _| match piece {
        Piece::Event(Event::Text(part) | Event::Code(part)) => text.push_str(&part),
        Piece::Event(Event::SoftBreak | Event::HardBreak) => text.push(' '),
        _ => {}
    });
    text
}
