//! What the head of an MP4 or MOV file says (ISO/IEC 14496-12, QuickTime File Format), where ffprobe is
//! not there to ask. Only the index of the file is read, never its pictures.

use std::io::{self, Read, Seek, SeekFrom};

/// The longest index that is read, in bytes: hours of video have less than half of that.
const LONGEST_INDEX: u64 = 64 << 20;

/// The most boxes read on one level: a damaged file could name millions.
const MOST_BOXES: usize = 4096;

/// A track of a file.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Track {
    /// Pictures or sound.
    pub kind: Kind,
    /// The four letters of its coding, such as `avc1`.
    pub code: String,
}

/// What a track holds.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    Video {
        width: u16,
        height: u16,
        /// Frames a second.
        frames: Option<f64>,
        interlaced: bool,
    },
    Audio {
        channels: u32,
    },
}

/// A file as its head describes it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Head {
    /// Written as QuickTime, not as MP4.
    pub quicktime: bool,
    /// Seconds.
    pub duration: Option<f64>,
    /// In the order of the file.
    pub tracks: Vec<Track>,
}

/// Reads the head of a file. `None` when it is no MP4 or MOV, or has no index.
pub(super) fn read(file: &mut (impl Read + Seek)) -> io::Result<Option<Head>> {
    let end = file.seek(SeekFrom::End(0))?;
    let mut at = 0;
    let mut head = Head::default();
    let mut branded = false;
    for _ in 0..MOST_BOXES {
        file.seek(SeekFrom::Start(at))?;
        let Some((name, header, size)) = header(file, end - at)? else {
            return Ok(None);
        };
        let inside = size - header;
        match &name {
            b"ftyp" => {
                let mut brand = [0; 4];
                file.read_exact(&mut brand)?;
                (branded, head.quicktime) = (true, &brand == b"qt  ");
            }
            b"moov" if inside <= LONGEST_INDEX => {
                let mut index = vec![0; inside as usize];
                file.read_exact(&mut index)?;
                // The oldest QuickTime files do not say what they are.
                head.quicktime |= !branded;
                movie(&index, &mut head);
                return Ok(Some(head));
            }
            _ => {}
        }
        at += size;
        if at >= end {
            break;
        }
    }
    Ok(None)
}

/// Name, bytes of the header and of the whole box; `None` when it does not fit into `rest`.
fn header(file: &mut impl Read, rest: u64) -> io::Result<Option<([u8; 4], u64, u64)>> {
    let mut bytes = [0; 16];
    if rest < 8 {
        return Ok(None);
    }
    file.read_exact(&mut bytes[..8])?;
    let name = [bytes[4], bytes[5], bytes[6], bytes[7]];
    let (header, size) = match u32_at(&bytes, 0).unwrap_or_default() {
        0 => (8, rest),
        1 if rest >= 16 => {
            file.read_exact(&mut bytes[8..])?;
            (16, u64_at(&bytes, 8).unwrap_or_default())
        }
        size => (8, u64::from(size)),
    };
    Ok((size >= header && size <= rest).then_some((name, header, size)))
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    let part = bytes.get(at..at.checked_add(2)?)?;
    Some(u16::from_be_bytes(part.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let part = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_be_bytes(part.try_into().ok()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    let part = bytes.get(at..at.checked_add(8)?)?;
    Some(u64::from_be_bytes(part.try_into().ok()?))
}

/// The boxes inside `bytes`: name and content.
fn boxes(bytes: &[u8]) -> Vec<(&[u8], &[u8])> {
    let mut out = Vec::new();
    let mut rest = bytes;
    while out.len() < MOST_BOXES
        && let (Some(size), Some(name)) = (u32_at(rest, 0), rest.get(4..8))
    {
        let (header, size) = match size {
            0 => (8, rest.len()),
            1 => match u64_at(rest, 8).and_then(|s| usize::try_from(s).ok()) {
                Some(size) => (16, size),
                None => break,
            },
            size => (8, size as usize),
        };
        let Some(content) = rest.get(header..size) else {
            break;
        };
        out.push((name, content));
        rest = rest.get(size..).unwrap_or_default();
    }
    out
}

fn inside<'a>(bytes: &'a [u8], path: &[&[u8; 4]]) -> Option<&'a [u8]> {
    let Some((first, rest)) = path.split_first() else {
        return Some(bytes);
    };
    let (_, content) = boxes(bytes).into_iter().find(|(name, _)| name == first)?;
    inside(content, rest)
}

fn movie(index: &[u8], head: &mut Head) {
    head.duration = inside(index, &[b"mvhd"]).and_then(seconds);
    let tracks = boxes(index)
        .into_iter()
        .filter(|(name, _)| *name == b"trak");
    head.tracks = tracks.filter_map(|(_, content)| track(content)).collect();
}

/// Units a second, and how many, of `mvhd` or `mdhd`.
fn clock(content: &[u8]) -> Option<(u32, u64)> {
    match content.first()? {
        1 => Some((u32_at(content, 20)?, u64_at(content, 24)?)),
        _ => Some((u32_at(content, 12)?, u64::from(u32_at(content, 16)?))),
    }
}

fn seconds(content: &[u8]) -> Option<f64> {
    let (scale, units) = clock(content)?;
    // All ones mean "unknown".
    let known = units > 0 && units != u64::from(u32::MAX) && units != u64::MAX;
    (scale > 0 && known).then(|| units as f64 / f64::from(scale))
}

fn track(content: &[u8]) -> Option<Track> {
    let media = inside(content, &[b"mdia"])?;
    let handler = inside(media, &[b"hdlr"])?.get(8..12)?;
    let table = inside(media, &[b"minf", b"stbl"])?;
    let entry = inside(table, &[b"stsd"])?.get(8..)?;
    let code = entry.get(4..8)?;
    let code = code.iter().map(|b| char::from(*b).to_ascii_lowercase());
    let kind = match handler {
        b"vide" => Kind::Video {
            width: u16_at(entry, 32)?,
            height: u16_at(entry, 34)?,
            frames: frames(media, table),
            interlaced: interlaced(entry),
        },
        b"soun" => Kind::Audio {
            // The second version of QuickTime's sound description has a wider count further down.
            channels: match u16_at(entry, 16)? {
                2 => u32_at(entry, 48)?,
                _ => u32::from(u16_at(entry, 24)?),
            },
        },
        _ => return None,
    };
    Some(Track {
        kind,
        code: code.collect::<String>().trim().to_owned(),
    })
}

/// From the table that says how long each frame stands.
fn frames(media: &[u8], table: &[u8]) -> Option<f64> {
    let (scale, _) = clock(inside(media, &[b"mdhd"])?)?;
    let times = inside(table, &[b"stts"])?;
    let runs = u32_at(times, 4)? as usize;
    let (mut count, mut units) = (0u64, 0u64);
    for run in times.get(8..)?.chunks_exact(8).take(runs) {
        let (n, each) = (u64::from(u32_at(run, 0)?), u64::from(u32_at(run, 4)?));
        count = count.checked_add(n)?;
        units = units.checked_add(n.checked_mul(each)?)?;
    }
    (units > 0 && count > 0).then(|| count as f64 * f64::from(scale) / units as f64)
}

/// QuickTime's `fiel`: two fields make a frame.
fn interlaced(entry: &[u8]) -> bool {
    let size = u32_at(entry, 0).unwrap_or_default() as usize;
    let extensions = entry.get(86..size.min(entry.len())).unwrap_or_default();
    let fields = inside(extensions, &[b"fiel"]);
    fields.and_then(|f| f.first()).is_some_and(|n| *n == 2)
}

#[cfg(test)]
#[path = "boxes_tests.rs"]
mod tests;
