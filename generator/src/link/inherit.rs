//! What a translation takes from its source.

use std::sync::Arc;

use crate::{
    base::{date::Date, fields::At},
    parse::{Captions, DossierMeta, ImageMeta, Meta, Rendition, Shot},
};

/// A value that a translation takes from its source: it has no place in the translation's own file.
trait Inherited {
    fn inherited(&self) -> Self;
}

impl<T: Clone> Inherited for At<T> {
    fn inherited(&self) -> Self {
        At {
            value: self.value.clone(),
            span: 0..0,
        }
    }
}

impl<T: Inherited> Inherited for Vec<T> {
    fn inherited(&self) -> Self {
        self.iter().map(T::inherited).collect()
    }
}

impl<T: Inherited> Inherited for Option<T> {
    fn inherited(&self) -> Self {
        self.as_ref().map(T::inherited)
    }
}

impl Inherited for ImageMeta {
    fn inherited(&self) -> Self {
        Self {
            src: self.src.inherited(),
            ..self.clone()
        }
    }
}

impl Inherited for Rendition {
    fn inherited(&self) -> Self {
        Self {
            file: self.file.inherited(),
            ..self.clone()
        }
    }
}

impl Inherited for Shot {
    fn inherited(&self) -> Self {
        Self {
            at: self.at.inherited(),
            ..self.clone()
        }
    }
}

impl Inherited for Captions {
    fn inherited(&self) -> Self {
        Self {
            file: self.file.inherited(),
            ..self.clone()
        }
    }
}

/// A translation needs a title only: every absent key comes from its source, but for `lead`, `slug`,
/// `aliases` and `corrections`. `embargo` is the later of both, `expires` the earlier, `draft` either's.
pub(super) fn inherit(own: Meta, source: &Meta) -> Meta {
    let terms = own.terms.into_iter().zip(&source.terms);
    let terms = terms
        .map(|(own, source)| {
            if own.is_empty() {
                source.inherited()
            } else {
                own
            }
        })
        .collect();
    let earlier = |a: Option<Date>, b: Option<Date>| match (a, b) {
        (Some(a), Some(b)) => Some(if a.at <= b.at { a } else { b }),
        (a, b) => a.or(b),
    };
    let later = |a: Option<Date>, b: Option<Date>| match (a, b) {
        (Some(a), Some(b)) => Some(if a.at >= b.at { a } else { b }),
        (a, b) => a.or(b),
    };
    Meta {
        title: own.title,
        date: own.date.or_else(|| source.date.clone()),
        updated: own.updated.or(source.updated),
        kind: own.kind.or(source.kind),
        dateline: own.dateline.or_else(|| source.dateline.clone()),
        lead: own.lead,
        terms,
        image: own.image.or_else(|| source.image.inherited()),
        press_kit: own.press_kit.or(source.press_kit),
        media: if own.media.is_empty() {
            source.media.inherited()
        } else {
            own.media
        },
        related: if own.related.is_empty() {
            source.related.inherited()
        } else {
            own.related
        },
        embargo: later(own.embargo, source.embargo),
        expires: earlier(own.expires, source.expires),
        corrections: own.corrections,
        aliases: own.aliases,
        slug: own.slug,
        draft: own.draft || source.draft,
        contact: own.contact.or_else(|| source.contact.inherited()),
        authors: if own.authors.is_empty() {
            source.authors.clone()
        } else {
            own.authors
        },
        extra: own.extra.or_else(|| source.extra.clone()),
        dossier: match (own.dossier, &source.dossier) {
            (Some(own), Some(source)) => Some(Arc::new(inherit_dossier(&own, source))),
            (own, source) => own.or_else(|| source.clone()),
        },
    }
}

fn inherit_dossier(own: &DossierMeta, source: &DossierMeta) -> DossierMeta {
    let (own, source) = (own.clone(), source.clone());
    let alt_of_source = source.poster.as_ref().and_then(|p| p.said.alt.clone());
    let mut poster = own.poster.or_else(|| source.poster.inherited());
    if let Some(poster) = &mut poster {
        let own_alt = own.poster_alt.or_else(|| poster.said.alt.take());
        poster.said.alt = own_alt.or(alt_of_source);
    }
    DossierMeta {
        place: own.place.or(source.place),
        duration: own.duration.or(source.duration),
        terms: own.terms.or_else(|| source.terms.inherited()),
        poster,
        poster_alt: None,
        transcript: own.transcript.or_else(|| source.transcript.inherited()),
        renditions: if own.renditions.is_empty() {
            source.renditions.inherited()
        } else {
            own.renditions
        },
        captions: if own.captions.is_empty() {
            source.captions.inherited()
        } else {
            own.captions
        },
        shots: if own.shots.is_empty() {
            source.shots.inherited()
        } else {
            own.shots
        },
    }
}
