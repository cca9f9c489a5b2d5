//! Files beside documents and pictures: addresses made from content, and sizes for the page.

mod svg;

use std::collections::BTreeMap;

use rayon::prelude::*;

use serde::{Deserialize, Serialize};

use crate::{
    base::{
        attachment::{self, Kind},
        diag::{Diagnostic, Diagnostics},
        files::Files,
        hash::{Digest, Sum},
        read::unreadable,
    },
    link::Findings,
    markdown::raw_html,
    theme::fingerprinted,
};

/// A file that pages point at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Used {
    /// Its address on the site.
    pub address: String,
    /// Width and height in pixels, of a picture.
    pub size: Option<(u32, u32)>,
}

/// Every file that a published document uses.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct UsedFiles {
    /// By path from the root.
    pub files: BTreeMap<String, Used>,
    /// Static files, by address.
    pub statics: BTreeMap<String, Used>,
}

/// Width and height in pixels of a file that is what its name says, as far as it has any.
pub type Fact = Option<(u32, u32)>;

/// Remembers facts of files by content, so that one that was not touched is not read again.
pub trait Memory: Sync + Send {
    /// The digest of a file that is certainly what an earlier build read.
    fn known(&self, path: &str) -> Option<Digest>;
    /// What is known under a key.
    fn recall(&self, key: &Digest) -> Option<Fact>;
    /// Remembers a fact.
    fn learn(&self, key: Digest, fact: Fact);
    /// Saves what was learned; every file in use has been requested.
    fn conclude(&self);
}

/// Reads each used file once, or never where `memory` has it: for its address (files beside documents), its size (pictures), and whether it is
/// what its name says. Those of stories to come are judged too, before they come; the second answer has them as
/// well, if there are any.
pub fn collect(
    files: &dyn Files,
    memory: Option<&dyn Memory>,
    found: &Findings,
    diags: &mut Diagnostics,
) -> (UsedFiles, Option<UsedFiles>) {
    let reading = Reading { files, memory };
    let mut all = |of: fn(Reading<'_>, &str) -> Result<Used, Diagnostic>, names: &[String]| {
        let read: Vec<_> = names.par_iter().map(|name| of(reading, name)).collect();
        let mut out = BTreeMap::new();
        for (name, used) in names.iter().zip(read) {
            match used {
                Ok(used) => drop(out.insert(name.clone(), used)),
                Err(diag) => diags.push(diag),
            }
        }
        out
    };
    let coming_files = all(beside, &found.coming_files);
    let coming_statics = all(of_static, &found.coming_statics);
    let used = UsedFiles {
        files: all(beside, &found.files),
        statics: all(of_static, &found.statics),
    };
    if coming_files.is_empty() && coming_statics.is_empty() {
        return (used, None);
    }
    let mut ahead = used.clone();
    ahead.files.extend(coming_files);
    ahead.statics.extend(coming_statics);
    (used, Some(ahead))
}

/// What is asked of a drawing. Static files are the newsroom's own affair.
#[derive(Clone, Copy, PartialEq)]
enum Judge {
    /// It must be harmless.
    Strict,
    /// Nothing but its sides.
    Sides,
}

#[derive(Clone, Copy)]
struct Reading<'a> {
    files: &'a dyn Files,
    memory: Option<&'a dyn Memory>,
}

impl Reading<'_> {
    /// The digest of a file, and what `judge` says of one of this kind with this content.
    fn fact(
        self,
        path: &str,
        kind: Option<Kind>,
        judge: Judge,
    ) -> Result<(Digest, Fact), Diagnostic> {
        let key = |content: &Digest| {
            let mut sum = Sum::default();
            let strict = judge == Judge::Strict;
            sum.text(&format!("{kind:?}")).number(u64::from(strict));
            sum.digest(content).finish()
        };
        if let Some(memory) = self.memory
            && let Some(digest) = memory.known(path)
            && let Some(fact) = memory.recall(&key(&digest))
        {
            return Ok((digest, fact));
        }
        let looked = look(self.files, path, kind)?;
        let fact = match (judge, kind) {
            (Judge::Sides, Some(Kind::Svg)) => svg_size(&looked.head),
            _ => judged(path, kind, &looked)?,
        };
        if let Some(memory) = self.memory {
            memory.learn(key(&looked.digest), fact);
        }
        Ok((looked.digest, fact))
    }
}

/// What is known of a file once it was read, which is done piece by piece.
struct Looked {
    digest: Digest,
    /// As much as is needed to see what it is.
    head: Vec<u8>,
    /// In bytes.
    size: u64,
}

fn look(files: &dyn Files, path: &str, kind: Option<Kind>) -> Result<Looked, Diagnostic> {
    let wanted = match kind {
        Some(Kind::Svg) => MOST_OF_SVG + 1,
        // Cameras and programs write much before they say how large a picture is.
        Some(Kind::Picture) => 4 << 20,
        _ => 1024,
    };
    let (mut head, mut size) = (Vec::new(), 0);
    let read = files.pieces(path, &mut |piece| {
        size += piece.len() as u64;
        head.extend(piece.iter().take(wanted - head.len()));
        Ok(())
    });
    let version = read.map_err(|e| unreadable(path, &e))?;
    Ok(Looked {
        digest: version.digest,
        head,
        size,
    })
}

/// `content/news/2025/01/27/hands.jpg` → `/files/news/2025/01/27/hands.1a2b3c4d5e.jpg`.
fn beside(reading: Reading<'_>, path: &str) -> Result<Used, Diagnostic> {
    let (digest, size) = reading.fact(path, attachment::kind(path), Judge::Strict)?;
    let inside = path.strip_prefix("content/").unwrap_or(path);
    Ok(Used {
        address: format!("/files/{}", fingerprinted(inside, digest)),
        size,
    })
}

fn of_static(reading: Reading<'_>, address: &str) -> Result<Used, Diagnostic> {
    let path = format!("content/static{address}");
    let kind = attachment::kind(&path);
    let size = match kind {
        Some(Kind::Picture | Kind::Svg) => reading.fact(&path, kind, Judge::Sides)?.1,
        _ => None,
    };
    Ok(Used {
        address: address.to_owned(),
        size,
    })
}

/// The largest drawing that is accepted, in bytes.
const MOST_OF_SVG: usize = 8 << 20;

/// Whether a file is what its name says, and the size of a picture in pixels, as far as it says one.
fn judged(
    path: &str,
    kind: Option<Kind>,
    looked: &Looked,
) -> Result<Option<(u32, u32)>, Diagnostic> {
    let head = &looked.head;
    match kind {
        Some(Kind::Picture) => picture_size(path, head),
        Some(Kind::Svg) => {
            if head.len() > MOST_OF_SVG {
                let message = format!(
                    "this drawing has {} bytes, more than the 8 MiB",
                    looked.size
                );
                let hint = "save it as PNG or WebP, or make it simpler";
                return Err(Diagnostic::error(message).in_file(path).hint(hint));
            }
            svg::check(head).map_err(|refused| {
                Diagnostic::error(refused.message).at(&path.into(), refused.span).hint(
                    "readers could be attacked by it: save it again as plain SVG without scripts and links, or as PNG",
                )
            })?;
            Ok(svg_size(head))
        }
        // HTML under another name.
        Some(Kind::Pdf | Kind::Other) if starts_with_markup(head) => {
            let hint = "it begins as HTML or XML does: save it in the format that its name says, or attach a PDF";
            let message = "this file is not what its name says";
            Err(Diagnostic::error(message).in_file(path).hint(hint))
        }
        _ => Ok(None),
    }
}

fn starts_with_markup(head: &[u8]) -> bool {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    head.trim_ascii_start().first() == Some(&b'<')
}

/// Width and height in pixels.
fn picture_size(path: &str, bytes: &[u8]) -> Result<Option<(u32, u32)>, Diagnostic> {
    let size = imagesize::blob_size(bytes).map_err(|_| {
        Diagnostic::error("this file is not the picture that its name says")
            .in_file(path)
            .hint("save the picture again, as JPEG, PNG, WebP or AVIF")
    })?;
    Ok(Some((size.width as u32, size.height as u32)))
}

/// From `width` and `height`, else from `viewBox` (SVG 2 §8.2).
fn svg_size(svg: &[u8]) -> Option<(u32, u32)> {
    let svg = &String::from_utf8_lossy(svg);
    let start = svg.find("<svg")?;
    let tag = &svg[start..start + svg[start..].find('>')? + 1];
    let attributes = raw_html::attributes(tag);
    let get = |name: &str| attributes.iter().find(|a| a.name == name).map(|a| a.value);
    let pixels = |text: &str| {
        text.trim()
            .trim_end_matches("px")
            .parse::<f64>()
            .ok()
            .filter(|n| *n >= 1.0)
            .map(|n| n.round() as u32)
    };
    if let (Some(width), Some(height)) = (
        get("width").and_then(pixels),
        get("height").and_then(pixels),
    ) {
        return Some((width, height));
    }
    let mut numbers = get("viewBox")?
        .split([' ', ','])
        .filter(|t| !t.is_empty())
        .skip(2);
    Some((pixels(numbers.next()?)?, pixels(numbers.next()?)?))
}

#[cfg(test)]
mod tests {
    use super::svg_size;

    #[test]
    fn svg_sizes_come_from_attributes_or_the_view_box() {
        assert_eq!(
            svg_size(b"<?xml?><svg width=\"800\" height='450px'>"),
            Some((800, 450))
        );
        assert_eq!(svg_size(b"<svg viewBox=\"0 0 16,9\">"), Some((16, 9)));
        assert_eq!(svg_size(b"<svg width=\"100%\">"), None);
        assert_eq!(svg_size(b"<svg viewBox"), None);
    }
}
