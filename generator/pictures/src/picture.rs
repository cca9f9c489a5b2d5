//! A picture that was read, from which the one to publish is made.

use std::collections::BTreeSet;

use crate::{
    Facts, Format, NoPicture, Private,
    container::{self, Layout, Role},
    layers::{
        exif::{self, Shown},
        iim, png_texts, xmp,
    },
    rights::{Layer, Rights, merged},
    write,
};

/// A picture that was read.
#[derive(Debug)]
pub struct Picture<'a> {
    /// Everything that is known of it.
    pub facts: Facts,
    layout: Layout<'a>,
    shown: Shown,
}

impl<'a> Picture<'a> {
    /// Reads a picture.
    ///
    /// # Errors
    /// That it is none.
    pub fn read(bytes: &'a [u8]) -> Result<Self, NoPicture> {
        let layout = container::layout(bytes)?;
        let mut private: BTreeSet<Private> = layout.private().collect();
        let packets = layout.xmp();
        let from_xmp = packets.iter().map(|packet| xmp::read(packet, &mut private));
        let mut layers: Vec<(Layer, Rights)> = from_xmp.map(|r| (Layer::Xmp, r)).collect();
        layers.push((Layer::Iim, iim::read(&layout.iim(), &mut private)));
        let exif = layout.exif().map(|tiff| exif::read(tiff, &mut private));
        let (mut shown, from_exif) = exif.unwrap_or_default();
        if layout.format == Format::Avif {
            // It says by itself how it is turned, and its size is that of the turned one.
            shown = Shown::default();
        }
        layers.push((Layer::Exif, from_exif));
        layers.push((Layer::Texts, png_texts::read(&layout)));
        let (rights, contradictions) = merged(layers);
        let facts = Facts {
            format: layout.format,
            width: layout.width,
            height: layout.height,
            orientation: shown.orientation,
            bits: layout.bits,
            colours: layout.colours,
            profile: layout.profile,
            rights,
            contradictions,
            private,
        };
        Ok(Self {
            facts,
            layout,
            shown,
        })
    }

    /// The file to publish: the same pixels and colours, turned the same way; its rights, of which those in `words`
    /// count first; and nothing else.
    pub fn published(&self, words: &Rights) -> Vec<u8> {
        let rights = self.facts.rights.with(words);
        let parts = self.layout.parts.iter();
        let kept = parts.filter(|part| part.role == Role::Pixels);
        let kept: Vec<&[u8]> = kept.map(|part| &*part.bytes).collect();
        write::file(self.facts.format, &kept, self.shown, &rights)
    }

    /// Whether the file has an end; one without was cut off.
    pub fn is_whole(&self) -> bool {
        self.layout.whole
    }

    /// Whether it moves. Of an AVIF that is not known.
    pub fn is_animated(&self) -> bool {
        let frames = |name: &[u8]| {
            let parts = self.layout.parts.iter();
            parts.filter(|part| part.bytes.starts_with(name)).count()
        };
        match self.facts.format {
            Format::WebP => frames(b"ANMF") > 0,
            Format::Png => self.chunk(b"acTL").is_some(),
            Format::Gif => frames(b"\x2c") > 1,
            Format::Jpeg | Format::Avif => false,
        }
    }

    /// Whether EXIF says that its colours are Adobe RGB.
    pub(crate) fn is_adobe_rgb(&self) -> bool {
        self.shown.adobe_rgb
    }

    /// What a chunk of a WebP holds.
    pub(crate) fn riff_chunk(&self, name: &[u8]) -> Option<&[u8]> {
        let mut parts = self.layout.parts.iter();
        parts.find_map(|part| part.bytes.strip_prefix(name)?.get(4..))
    }

    /// What a chunk of a PNG holds, and its checksum.
    fn chunk(&self, name: &[u8]) -> Option<&[u8]> {
        let mut parts = self.layout.parts.iter();
        parts.find_map(|part| part.bytes.get(4..)?.strip_prefix(name))
    }
}
