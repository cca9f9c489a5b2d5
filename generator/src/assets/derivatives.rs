//! Derivatives: the pictures that are made of another one for a slot of the theme. Their addresses follow from what
//! they are made of, so pages can be made before any picture is.

use std::collections::BTreeSet;

use dateline_pictures::{EDITION, Encoding, Material, Recipe};
use serde::{Deserialize, Serialize};

use crate::{
    base::{
        focus::Focus,
        hash::{Digest, Sum},
    },
    theme::slots::Slot,
};

/// Keeps derivatives for later builds. Without one, each build makes all of them.
pub trait Kept: Sync + Send {
    /// Whether a derivative seems to be there, by its key. It is not read.
    fn has(&self, key: &Digest) -> bool;
    /// The bytes of a derivative, if they are certainly what was made.
    fn recall(&self, key: &Digest) -> Option<Vec<u8>>;
    /// Keeps what was made.
    fn learn(&self, key: &Digest, bytes: &[u8]);
    /// Removes some of those that are not `in_use`, if there are too many.
    fn conclude(&self, in_use: &dyn Fn() -> BTreeSet<Digest>);
}

/// A picture of which derivatives are made.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Original {
    /// Of the file that is published.
    pub published: Digest,
    /// What it is made of.
    pub material: Material,
    /// In pixels, as it is shown.
    pub size: (u32, u32),
}

/// One derivative.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Derivative {
    /// Its address on the site.
    pub address: String,
    /// How it is made.
    pub recipe: Recipe,
}

impl Original {
    /// What is made of it for a slot: in each format, ascending by width. `address` is its own. Nothing where a slot
    /// shows it as it is.
    pub fn derivatives(
        &self,
        address: &str,
        focus: Focus,
        slot: &Slot,
    ) -> Vec<(Encoding, Vec<Derivative>)> {
        let one = |recipe: Recipe| Derivative {
            address: self.address(address, &recipe),
            recipe,
        };
        let all = self.encodings(&slot.formats).into_iter().map(|format| {
            let recipes = slot.recipes(self.size, focus, format);
            (format, recipes.into_iter().map(one).collect::<Vec<_>>())
        });
        all.filter(|(_, made)| !made.is_empty()).collect()
    }

    /// JPEG lets no page through, and lossy formats blur drawings.
    fn encodings(&self, formats: &[Encoding]) -> Vec<Encoding> {
        let fitting = |format: &Encoding| match (self.material, format) {
            (Material::Drawing, _) | (Material::Transparent, Encoding::Jpeg) => Encoding::Png,
            (Material::Photo | Material::Transparent, format) => *format,
        };
        let mut encodings: Vec<Encoding> = formats.iter().map(fitting).collect();
        encodings.dedup();
        encodings
    }

    /// `/files/news/hands.1a2b3c4d5e.jpg` → `/files/news/hands-640w.6f7a8b9c0d.webp`; `/img/hall.jpg` →
    /// `/files/static/img/hall-640w.6f7a8b9c0d.webp`.
    fn address(&self, own: &str, recipe: &Recipe) -> String {
        let stem = own.rsplit_once('.').map_or(own, |(stem, _)| stem);
        let mark = format!(".{}", self.published.short());
        let stem = match stem.strip_prefix("/files/") {
            Some(_) => stem.strip_suffix(&mark).unwrap_or(stem).to_owned(),
            None => format!("/files/static{stem}"),
        };
        let (width, ending) = (recipe.width, recipe.format.extension());
        format!("{stem}-{width}w.{}.{ending}", self.key(recipe).short())
    }

    /// Of all that makes a derivative's bytes.
    pub fn key(&self, recipe: &Recipe) -> Digest {
        let mut sum = Sum::default();
        sum.text("derivative").number(EDITION.into());
        sum.text(&format!("{recipe:?}")).digest(&self.published);
        sum.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theme::slots::Role;

    fn original(material: Material) -> Original {
        Original {
            published: Digest::of(b"picture"),
            material,
            size: (1000, 500),
        }
    }

    fn slot() -> Slot {
        Slot {
            name: "card".to_owned(),
            widths: vec![320],
            sizes: "100vw".to_owned(),
            crop: None,
            of: Role::ALL.to_vec(),
            formats: vec![Encoding::WebP, Encoding::Jpeg],
        }
    }

    #[test]
    fn a_derivative_lies_beside_its_original() {
        let (photo, slot) = (original(Material::Photo), slot());
        let own = format!("/files/news/a.b.{}.jpg", photo.published.short());
        let made = photo.derivatives(&own, Focus::default(), &slot);
        let address = &made[0].1[0].address;
        assert!(
            address.starts_with("/files/news/a.b-320w.") && address.ends_with(".webp"),
            "{address}"
        );
        let of_static = photo.derivatives("/img/a.jpg", Focus::default(), &slot);
        let address = &of_static[1].1[0].address;
        assert!(
            address.starts_with("/files/static/img/a-320w.") && address.ends_with(".jpg"),
            "{address}"
        );
    }

    #[test]
    fn formats_follow_from_what_a_picture_is_made_of() {
        let formats = |material| {
            let made = original(material).derivatives("/img/a.png", Focus::default(), &slot());
            made.into_iter()
                .map(|(format, _)| format)
                .collect::<Vec<_>>()
        };
        assert_eq!(formats(Material::Photo), [Encoding::WebP, Encoding::Jpeg]);
        assert_eq!(
            formats(Material::Transparent),
            [Encoding::WebP, Encoding::Png]
        );
        assert_eq!(formats(Material::Drawing), [Encoding::Png]);
    }
}
