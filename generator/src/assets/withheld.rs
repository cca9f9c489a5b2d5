//! Pictures whose published original is not for everyone: pages show the largest derivative in its place.

use dateline_contract::content_type;
use serde::{Deserialize, Serialize};

use super::{Used, UsedFiles};
use crate::{
    base::diag::{Diagnostic, Diagnostics},
    config::pictures::Download,
    link::Findings,
    theme::slots::{Slot, Slots},
};

/// What pages show in place of a picture that is withheld.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct StandIn {
    /// Its address on the site.
    pub address: String,
    /// Width and height in pixels.
    pub size: (u32, u32),
}

impl Used {
    /// The address at which everyone may look at it.
    pub fn shown_address(&self) -> &str {
        let stand_in = self.stand_in.as_ref();
        stand_in.map_or(&self.address, |stand_in| &stand_in.address)
    }

    /// Width and height of what is there.
    pub fn shown_size(&self) -> Option<(u32, u32)> {
        let stand_in = self.stand_in.as_ref();
        stand_in.map_or(self.size, |stand_in| Some(stand_in.size))
    }

    /// The last part of its address, which changes with its content: `hands.1a2b3c4d5e.jpg`.
    pub fn name(&self) -> &str {
        self.address.rsplit('/').next().unwrap_or_default()
    }

    /// The name of a saved copy: `hands.jpg`.
    pub fn file_name(&self) -> String {
        let name = self.name();
        let parts = name.rsplit_once('.').and_then(|(stem, ending)| {
            let (stem, _) = stem.rsplit_once('.')?;
            Some(format!("{stem}.{ending}"))
        });
        match self.address.starts_with("/files/") {
            true => parts.unwrap_or_else(|| name.to_owned()),
            false => name.to_owned(),
        }
    }

    /// Its media type.
    pub fn media_type(&self) -> &'static str {
        content_type::of(&self.address)
    }

    /// Where it is stored for the sidecar, of a picture.
    pub fn key(&self) -> Option<String> {
        let sha256 = &self.file.as_ref()?.sha256;
        Some(format!("{}/{sha256}/{}", sha256.get(..2)?, self.name()))
    }

    /// The widest derivative, in the format that every program knows; of one that is cropped only where all are.
    fn largest_derivative(&self, slots: &Slots) -> Option<StandIn> {
        let original = self.original.as_ref()?;
        let of_slot = |slot: &Slot| {
            let shown = self.shown.iter().filter(|s| slot.of.contains(&s.role));
            let made = shown.filter_map(|shown| {
                let formats = original.derivatives(&self.address, shown.focus, slot);
                formats.last()?.1.last().cloned()
            });
            made.map(|made| (slot.crop.is_none(), made))
                .collect::<Vec<_>>()
        };
        let all = slots.iter().flat_map(of_slot);
        let (_, largest) = all.max_by_key(|(is_whole, made)| (*is_whole, made.recipe.width))?;
        Some(StandIn {
            address: largest.address,
            size: (largest.recipe.width, largest.recipe.height),
        })
    }
}

impl UsedFiles {
    /// Settles for each picture beside a document who may download it. One that pages show as it is cannot be withheld:
    /// where a document asks for that, the warning says so.
    pub fn withhold(
        &mut self,
        slots: &Slots,
        found: &Findings,
        otherwise: Download,
        diags: &mut Diagnostics,
    ) {
        for (path, used) in &mut self.files {
            let said = found.downloads.get(path).copied();
            let wanted = said.unwrap_or(otherwise);
            if used.size.is_none() || wanted == Download::Public {
                continue;
            }
            used.stand_in = used.largest_derivative(slots);
            if used.stand_in.is_some() {
                used.download = wanted;
            } else if said.is_some() {
                let message = "pages show this picture as it is, so that anyone can save it";
                let hint = "save a larger one, as JPEG, PNG or WebP, or remove the key `download`";
                diags.push(Diagnostic::warning(message).in_file(path).hint(hint));
            }
        }
    }
}
