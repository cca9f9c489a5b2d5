//! The items of an AVIF (ISO/IEC 23008-12 and 14496-12, `meta`): read, and written anew.

use super::boxes::{Boxed, Reader, boxed, boxes};

/// Kinds of items that make the picture; all others are metadata.
const PIXELS: [&[u8; 4]; 5] = [b"av01", b"grid", b"iovl", b"iden", b"tmap"];

/// Properties that say how pixels are decoded and shown.
const PROPERTIES: [&[u8; 4]; 17] = [
    b"ispe", b"pixi", b"av1C", b"colr", b"auxC", b"irot", b"imir", b"clap", b"pasp", b"clli",
    b"mdcv", b"cclv", b"amve", b"a1op", b"a1lx", b"lsel", b"free",
];

/// What `meta` holds.
#[derive(Clone, Debug, Default)]
pub(super) struct Still<'a> {
    /// The kind of handler and the number of the first item, as they stand there, and groups of items.
    kept: Vec<&'a [u8]>,
    primary: u16,
    pub items: Vec<Item<'a>>,
    references: Vec<Reference>,
    properties: Vec<u8>,
    /// Which properties an item has.
    associations: Vec<(u16, Vec<u16>)>,
}

#[derive(Clone, Debug)]
pub(super) struct Item<'a> {
    number: u16,
    pub kind: [u8; 4],
    info: &'a [u8],
    /// Where its bytes stand, in pieces; `None` if the file does not have them.
    pub pieces: Option<Vec<&'a [u8]>>,
}

#[derive(Clone, Debug)]
struct Reference {
    kind: [u8; 4],
    from: u16,
    to: Vec<u16>,
}

impl Item<'_> {
    pub fn is_pixels(&self) -> bool {
        PIXELS.contains(&&self.kind)
    }
}

impl<'a> Still<'a> {
    /// Reads `meta` of a file; `None` for what is not understood.
    pub fn read(file: &'a [u8], meta: &'a [u8]) -> Option<Self> {
        let parts = boxes(meta.get(4..)?)?;
        let part = |kind: &[u8; 4]| parts.iter().find(|part| part.kind == *kind).copied();
        let mut still = Self::default();
        still.kept.push(part(b"hdlr")?.whole);
        let primary = part(b"pitm")?;
        still.kept.push(primary.whole);
        let (version, mut reader) = versioned(primary.body)?;
        still.primary = reader.item(version > 0)?;
        still.kept.extend(part(b"grpl").map(|groups| groups.whole));
        still.read_items(part(b"iinf")?.body)?;
        let inside = part(b"idat").map_or(&[][..], |data| data.body);
        still.read_places(part(b"iloc")?.body, file, inside)?;
        if let Some(references) = part(b"iref") {
            still.read_references(references.body)?;
        }
        still.read_properties(part(b"iprp")?.body)?;
        Some(still)
    }

    fn read_items(&mut self, body: &'a [u8]) -> Option<()> {
        let (version, mut reader) = versioned(body)?;
        if version == 0 {
            reader.u16()?;
        } else {
            reader.u32()?;
        }
        for info in boxes(reader.0)?.iter().filter(|b| b.kind == *b"infe") {
            let (version, mut reader) = versioned(info.body)?;
            let number = match version {
                2 => reader.u16()?,
                3 => reader.item(true)?,
                _ => return None,
            };
            let _protection = reader.u16()?;
            let kind = *reader.take(4)?.first_chunk()?;
            self.items.push(Item {
                number,
                kind,
                info: info.whole,
                pieces: None,
            });
        }
        Some(())
    }

    /// Where the bytes of items stand: in the file, or in `inside`.
    fn read_places(&mut self, body: &'a [u8], file: &'a [u8], inside: &'a [u8]) -> Option<()> {
        let (version, mut reader) = versioned(body)?;
        let (sizes, more) = (reader.u8()?, reader.u8()?);
        let (offset_size, length_size) = (sizes >> 4, sizes & 15);
        let (base_size, index_size) = (more >> 4, if version == 0 { 0 } else { more & 15 });
        let count = reader.item(version == 2)?;
        for _ in 0..count {
            let number = reader.item(version == 2)?;
            let way = if version == 0 { 0 } else { reader.u16()? & 15 };
            let elsewhere = reader.u16()? != 0;
            let base = reader.sized(base_size)?;
            let mut pieces = Some(Vec::new());
            for _ in 0..reader.u16()? {
                reader.sized(index_size)?;
                let start = base.checked_add(reader.sized(offset_size)?)?;
                let length = reader.sized(length_size)?;
                let from = match (way, elsewhere) {
                    (0, false) => file,
                    (1, false) => inside,
                    _ => return None,
                };
                let piece = piece(from, start, length);
                pieces = pieces.zip(piece).map(|(mut pieces, piece)| {
                    pieces.push(piece);
                    pieces
                });
            }
            let mut items = self.items.iter_mut();
            items.find(|item| item.number == number)?.pieces = pieces;
        }
        Some(())
    }

    fn read_references(&mut self, body: &'a [u8]) -> Option<()> {
        let (version, reader) = versioned(body)?;
        for Boxed { kind, body, .. } in boxes(reader.0)? {
            let mut reader = Reader(body);
            let from = reader.item(version > 0)?;
            let count = reader.u16()?;
            let to: Option<Vec<u16>> = (0..count).map(|_| reader.item(version > 0)).collect();
            self.references.push(Reference {
                kind,
                from,
                to: to?,
            });
        }
        Some(())
    }

    fn read_properties(&mut self, body: &'a [u8]) -> Option<()> {
        for part in boxes(body)? {
            match &part.kind {
                b"ipco" => {
                    for property in boxes(part.body)? {
                        match PROPERTIES.contains(&&property.kind) {
                            true => self.properties.extend(property.whole),
                            // Properties are told by their places, so that each keeps its own.
                            false => self.properties.extend(boxed(b"free", &[])),
                        }
                    }
                }
                b"ipma" => {
                    let (version, mut reader) = versioned(part.body)?;
                    let is_wide = part.body.get(3)? & 1 == 1;
                    for _ in 0..reader.u32()? {
                        let number = reader.item(version > 0)?;
                        let count = reader.u8()?;
                        let property = |_| match is_wide {
                            true => reader.u16(),
                            // The first bit says whether it is essential.
                            false => reader
                                .u8()
                                .map(|n| u16::from(n & 0x80) << 8 | u16::from(n & 0x7f)),
                        };
                        let properties: Option<Vec<u16>> = (0..count).map(property).collect();
                        self.associations.push((number, properties?));
                    }
                }
                _ => {}
            }
        }
        Some(())
    }

    /// Leaves out all items that are not pixels.
    pub fn only_pixels(mut self) -> Self {
        self.items.retain(Item::is_pixels);
        let numbers: Vec<u16> = self.items.iter().map(|item| item.number).collect();
        let known = |number: &u16| numbers.contains(number);
        for reference in &mut self.references {
            reference.to.retain(known);
        }
        self.references
            .retain(|reference| known(&reference.from) && !reference.to.is_empty());
        self.associations.retain(|(number, _)| known(number));
        self
    }

    /// Writes the file: `start` is its first box, and `xmp` a packet that describes the picture, unless it is empty.
    pub fn written(&self, start: &[u8], xmp: &[u8]) -> Option<Vec<u8>> {
        let number = self
            .items
            .iter()
            .map(|item| item.number)
            .max()?
            .checked_add(1)?;
        let described = (!xmp.is_empty()).then_some((number, xmp));
        let mut data = Vec::new();
        let mut places = Vec::new();
        for item in &self.items {
            let from = data.len();
            item.pieces
                .as_ref()?
                .iter()
                .for_each(|piece| data.extend_from_slice(piece));
            places.push((item.number, from, data.len() - from));
        }
        if let Some((number, xmp)) = described {
            places.push((number, data.len(), xmp.len()));
            data.extend_from_slice(xmp);
        }
        // Its length does not depend on where the data begins.
        let head = start.len() + self.meta(&places, described.is_some(), 0).len() + 8;
        let meta = self.meta(&places, described.is_some(), head);
        Some([start, &meta, &boxed(b"mdat", &data)].concat())
    }

    fn meta(&self, places: &[(u16, usize, usize)], has_xmp: bool, data: usize) -> Vec<u8> {
        let count = |n: usize| (n as u16).to_be_bytes();
        let mut infos = [&[0; 4][..], &count(places.len())].concat();
        self.items
            .iter()
            .for_each(|item| infos.extend_from_slice(item.info));
        let mut references = vec![0; 4];
        let mut refer = |kind: &[u8; 4], from: u16, to: &[u16]| {
            let mut body = [from.to_be_bytes(), count(to.len())].concat();
            to.iter()
                .for_each(|number| body.extend(number.to_be_bytes()));
            references.extend(boxed(kind, &body));
        };
        for reference in &self.references {
            refer(&reference.kind, reference.from, &reference.to);
        }
        if let (true, Some((number, ..))) = (has_xmp, places.last()) {
            let info = [
                &[2, 0, 0, 0][..],
                &number.to_be_bytes(),
                b"\0\0mime\0application/rdf+xml\0",
            ];
            infos.extend(boxed(b"infe", &info.concat()));
            refer(b"cdsc", *number, &[self.primary]);
        }
        // Offsets and lengths of 4 bytes, each item in one piece.
        let mut locations = [&[0, 0, 0, 0, 0x44, 0][..], &count(places.len())].concat();
        for (number, from, length) in places {
            locations.extend([number.to_be_bytes(), [0, 0], [0, 1]].concat());
            locations.extend(((data + from) as u32).to_be_bytes());
            locations.extend((*length as u32).to_be_bytes());
        }
        let mut associations = vec![0, 0, 0, 1];
        associations.extend((self.associations.len() as u32).to_be_bytes());
        for (number, properties) in &self.associations {
            associations.extend(number.to_be_bytes());
            associations.push(properties.len() as u8);
            properties
                .iter()
                .for_each(|property| associations.extend(property.to_be_bytes()));
        }
        let properties = [
            boxed(b"ipco", &self.properties),
            boxed(b"ipma", &associations),
        ]
        .concat();
        let mut body = vec![0; 4];
        self.kept
            .iter()
            .for_each(|kept| body.extend_from_slice(kept));
        body.extend(boxed(b"iloc", &locations));
        body.extend(boxed(b"iinf", &infos));
        if references.len() > 4 {
            body.extend(boxed(b"iref", &references));
        }
        body.extend(boxed(b"iprp", &properties));
        boxed(b"meta", &body)
    }
}

/// The version of a box, and what follows version and flags.
fn versioned(body: &[u8]) -> Option<(u8, Reader<'_>)> {
    Some((*body.first()?, Reader(body.get(4..)?)))
}

/// Of a length of 0, the rest of what there is.
fn piece(from: &[u8], start: u64, length: u64) -> Option<&[u8]> {
    let start = usize::try_from(start).ok()?;
    let rest = from.get(start..)?;
    match length {
        0 => Some(rest),
        length => rest.get(..usize::try_from(length).ok()?),
    }
}
