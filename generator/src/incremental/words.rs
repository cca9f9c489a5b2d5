//! Quiet edits: the words of a document change, and nothing by which it leads anywhere or is found.
//!
//! Most edits are such. After one, whatever documents make together is as it was, and so is every page
//! that does not read this document. Fields are named one by one here, so that a new one cannot be
//! forgotten: what is not known to be words counts as structure.

use jiff::Timestamp;

use crate::{
    base::fields::At,
    config::{Config, LangId},
    discover::Role,
    link::{self, Edition, EditionId, Site},
    parse::{BodyFacts, Document, ImageMeta, Link, Meta, Picture},
};

/// The published edition of a document after an edit, if the edit is a quiet one.
pub(super) fn edited(
    site: &Site,
    config: &Config,
    document: Document,
    now: Timestamp,
) -> Option<(EditionId, Edition)> {
    let id = site.resolver.published(&document.source.path)?;
    let old = &site.editions[id];
    let original = match site.resolver.original(document.source.stem()) {
        Some(_) if document.source.lang == LangId::default() => None,
        // What it takes from a source that is not published is not at hand.
        Some(published) => Some(&site.editions[published?]),
        None => None,
    };
    let mut diags = Vec::new();
    let inherited = original.map(|o| (&*o.meta, o.digest));
    let mut new = link::edition(config, document, inherited, now, &mut diags)?;
    new.terms.clone_from(&old.terms);
    new.translations.clone_from(&old.translations);
    // The title of a story with pictures for readers with an account stands in the manifest.
    let words = !site.stories.contains_key(&link::story_id(old)) || same_words(old, &new);
    (diags.is_empty() && words && same_structure(old, &new)).then_some((id, new))
}

fn same_structure(old: &Edition, new: &Edition) -> bool {
    let Edition {
        source,
        digest: _,
        original: _,
        body_at: _,
        meta,
        body,
        kind,
        date,
        slug,
        address,
        // Follow from the values in `meta`, and from other documents.
        terms: _,
        translations: _,
    } = new;
    // The words of pages stand in menus, those of dossiers in the catalogue.
    let words = matches!(source.role, Role::Article { .. });
    old.source == *source
        && old.kind == *kind
        && old.date == *date
        && old.slug == *slug
        && old.address == *address
        && same_body(&old.body, body)
        && same_meta(&old.meta, meta)
        && (words || same_words(old, new))
}

fn same_body(old: &BodyFacts, new: &BodyFacts) -> bool {
    let BodyFacts {
        anchors,
        headings,
        links,
        words: _,
        opening: _,
        // What is said of a picture is written into its file, and changes the address of that.
        pictures,
    } = new;
    let same = |(a, b): (&Link, &Link)| a.href == b.href && a.kind == b.kind;
    old.anchors == *anchors
        && old.pictures.len() == pictures.len()
        && old.pictures.iter().zip(pictures).all(same_picture)
        && old.headings == *headings
        && old.links.len() == links.len()
        && old.links.iter().zip(links).all(same)
}

fn same_words(old: &Edition, new: &Edition) -> bool {
    let (of_old, of_new) = (&old.meta, &new.meta);
    of_old.title == of_new.title
        && of_old.lead == of_new.lead
        && of_old.corrections == of_new.corrections
        && (new.source.role != Role::Dossier || old.body.opening == new.body.opening)
}

fn same_meta(old: &Meta, new: &Meta) -> bool {
    let Meta {
        title: _,
        date,
        updated,
        kind,
        dateline,
        lead: _,
        terms,
        image,
        press_kit,
        media,
        related,
        embargo,
        expires,
        corrections: _,
        aliases,
        slug,
        draft,
        contact,
        authors,
        extra,
        dossier,
    } = new;
    let images = match (&old.image, image) {
        (Some(old), Some(new)) => same_image(old, new),
        (old, new) => old.is_none() && new.is_none(),
    };
    let in_taxonomy = |(a, b): (&Vec<At<String>>, &Vec<At<String>>)| all_alike(a, b);
    images
        && all_alike(date.as_slice(), old.date.as_slice())
        && old.updated == *updated
        && old.kind == *kind
        && old.dateline == *dateline
        && old.terms.len() == terms.len()
        && old.terms.iter().zip(terms).all(in_taxonomy)
        && old.press_kit == *press_kit
        && all_alike(&old.media, media)
        && all_alike(&old.related, related)
        && old.embargo == *embargo
        && old.expires == *expires
        && all_alike(&old.aliases, aliases)
        && old.slug == *slug
        && old.draft == *draft
        && all_alike(old.contact.as_slice(), contact.as_slice())
        && old.authors == *authors
        && old.extra == *extra
        && old.dossier == *dossier
}

fn same_image(old: &ImageMeta, new: &ImageMeta) -> bool {
    let ImageMeta { src, caption, said } = new;
    alike(&old.src, src) && old.caption == *caption && old.said == *said
}

/// Where it stands in its file does not matter.
fn same_picture((old, new): (&Picture, &Picture)) -> bool {
    let Picture {
        src,
        caption,
        said,
        span: _,
    } = new;
    old.src == *src && old.caption == *caption && old.said == *said
}

fn all_alike<T: PartialEq>(old: &[At<T>], new: &[At<T>]) -> bool {
    old.len() == new.len() && old.iter().zip(new).all(|(a, b)| alike(a, b))
}

/// The same value, taken from the document itself or from its source: where it stands does not matter.
fn alike<T: PartialEq>(old: &At<T>, new: &At<T>) -> bool {
    let inherited = |at: &At<T>| at.span == (0..0);
    old.value == new.value && inherited(old) == inherited(new)
}
