//! Files beside documents and pictures: addresses made from content, and sizes for the page.

mod derivatives;
mod missing;
mod picture;
mod svg;
mod withheld;

use std::collections::{BTreeMap, BTreeSet};

use dateline_pictures::{Field, Rights};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

pub use self::{
    derivatives::{Derivative, Kept, Original},
    picture::{FileFacts, broken, digest, published},
    withheld::StandIn,
};

use crate::{
    base::{
        attachment::{self, Kind},
        diag::{Diagnostic, Diagnostics},
        files::Files,
        hash::{Digest, Sum},
        read::unreadable,
    },
    config::pictures::{Download, Pictures},
    link::{Findings, Shown},
    markdown::raw_html,
    parse::Said,
    theme::fingerprinted,
};

/// A file that pages point at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Used {
    /// Its address on the site.
    pub address: String,
    /// Width and height in pixels, of a picture, as it is shown.
    pub size: Option<(u32, u32)>,
    /// Whose a picture is and what it shows, from documents, its file and `site.toml`: what is written into it.
    pub rights: Rights,
    /// Of that, what its file says itself.
    pub own: Rights,
    /// A picture of which derivatives are made.
    pub original: Option<Original>,
    /// How documents show a picture.
    pub shown: BTreeSet<Shown>,
    /// The file that is published, of a picture.
    pub file: Option<FileFacts>,
    /// Who may download it.
    pub download: Download,
    /// What pages show in its place, if not everyone may.
    pub stand_in: Option<StandIn>,
}

/// Every file that a published document uses.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct UsedFiles {
    /// By path from the root.
    pub files: BTreeMap<String, Used>,
    /// Static files, by address.
    pub statics: BTreeMap<String, Used>,
}

impl Used {
    /// What is known of a picture where a document says `said` of it. Where that is silent, the other documents that
    /// show the picture, its file and `site.toml` speak; but they do not describe it in the words of another document.
    pub fn rights(&self, said: &Said) -> Rights {
        let mut rights = Rights::default();
        for (field, value) in self.rights.iter() {
            let value = match field {
                Field::Headline | Field::Description | Field::Alt => self.own.get(field),
                _ => Some(value),
            };
            rights.set(field, value.unwrap_or_default());
        }
        rights.with(&said.rights)
    }
}

impl UsedFiles {
    /// A file by its path from the root.
    pub fn at(&self, path: &str) -> Option<&Used> {
        match path.strip_prefix("content/static") {
            Some(address) => self.statics.get(address),
            None => self.files.get(path),
        }
    }
}

/// What is known of a file that is what its name says.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Fact {
    /// Width and height in pixels, as far as it has any, as they are shown.
    pub size: Option<(u32, u32)>,
    /// Of a picture.
    pub picture: Option<picture::Known>,
}

impl Fact {
    /// The picture that it is, if derivatives are made of it.
    fn original(&self) -> Option<Original> {
        let known = self.picture.as_ref()?;
        Some(Original {
            published: known.published,
            material: known.material?,
            size: self.size?,
        })
    }
}

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
    settings: &Pictures,
    diags: &mut Diagnostics,
) -> (UsedFiles, Option<UsedFiles>) {
    let reading = Reading {
        files,
        memory,
        found,
        defaults: &settings.rights,
    };
    let mut all = |of: Look, names: &[String]| {
        let read: Vec<_> = names.par_iter().map(|name| of(reading, name)).collect();
        let mut out = BTreeMap::new();
        for (name, used) in names.iter().zip(read) {
            match used {
                Ok((used, mut warnings)) => {
                    diags.append(&mut warnings);
                    out.insert(name.clone(), used);
                }
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
    let ahead = (!coming_files.is_empty() || !coming_statics.is_empty()).then(|| {
        let mut ahead = used.clone();
        ahead.files.extend(coming_files);
        ahead.statics.extend(coming_statics);
        ahead
    });
    let all = ahead.as_ref().unwrap_or(&used);
    diags.extend(missing::findings(&found.bare, all, settings.lenient));
    (used, ahead)
}

/// What is asked of a drawing. Static files are the newsroom's own affair.
#[derive(Clone, Copy, PartialEq)]
enum Judge {
    /// It must be harmless.
    Strict,
    /// Nothing but its sides.
    Sides,
}

/// How a file is looked at: what pages need of it, and what editors should know.
type Look = fn(Reading<'_>, &str) -> Result<(Used, Diagnostics), Diagnostic>;

#[derive(Clone, Copy)]
struct Reading<'a> {
    files: &'a dyn Files,
    memory: Option<&'a dyn Memory>,
    found: &'a Findings,
    /// What `site.toml` says of pictures whose files and documents are silent.
    defaults: &'a Rights,
}

impl Reading<'_> {
    /// The digest of a file, and what `judge` says of one of this kind with this content.
    fn fact(
        self,
        path: &str,
        kind: Option<Kind>,
        judge: Judge,
    ) -> Result<(Digest, Fact), Diagnostic> {
        let words = self.said(path);
        let key = |content: &Digest| {
            let mut sum = Sum::default();
            let strict = judge == Judge::Strict;
            sum.text(&format!("{kind:?}")).number(u64::from(strict));
            sum.digest(&digest(content, self.defaults));
            sum.digest(&digest(content, &words)).finish()
        };
        if let Some(memory) = self.memory
            && let Some(digest) = memory.known(path)
            && let Some(fact) = memory.recall(&key(&digest))
        {
            return Ok((digest, fact));
        }
        let (digest, fact) = match (judge, kind) {
            (_, Some(Kind::Picture)) => picture::look(self.files, path, (self.defaults, &words))?,
            (Judge::Sides, Some(Kind::Svg)) => {
                let looked = look(self.files, path, kind)?;
                (looked.digest, sized(svg_size(&looked.head)))
            }
            _ => {
                let looked = look(self.files, path, kind)?;
                (looked.digest, sized(judged(path, kind, &looked)?))
            }
        };
        if let Some(memory) = self.memory {
            memory.learn(key(&digest), fact.clone());
        }
        Ok((digest, fact))
    }

    /// What documents say of a picture.
    fn said(self, path: &str) -> Rights {
        self.found.words.get(path).cloned().unwrap_or_default()
    }

    /// What pages need of a file, and what editors should know of it.
    fn used(self, path: &str, address: String, fact: &Fact) -> (Used, Diagnostics) {
        let words = self.said(path);
        let size = fact.size;
        let known = fact.picture.as_ref();
        let warnings = known.iter();
        let warnings = warnings.flat_map(|k| k.warnings(path, size.unwrap_or_default(), &words));
        let warnings = warnings.collect();
        let own = known.map(|known| known.own.clone()).unwrap_or_default();
        let used = Used {
            address,
            size,
            rights: self.defaults.with(&own).with(&words),
            own,
            original: fact.original(),
            shown: self.found.shown.get(path).cloned().unwrap_or_default(),
            file: fact.picture.as_ref().map(|known| known.file.clone()),
            download: Download::Public,
            stand_in: None,
        };
        (used, warnings)
    }
}

fn sized(size: Option<(u32, u32)>) -> Fact {
    Fact {
        size,
        picture: None,
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
fn beside(reading: Reading<'_>, path: &str) -> Result<(Used, Diagnostics), Diagnostic> {
    let (content, fact) = reading.fact(path, attachment::kind(path), Judge::Strict)?;
    let published = fact
        .picture
        .as_ref()
        .map_or(content, |known| known.published);
    let inside = path.strip_prefix("content/").unwrap_or(path);
    let address = format!("/files/{}", fingerprinted(inside, published));
    Ok(reading.used(path, address, &fact))
}

fn of_static(reading: Reading<'_>, address: &str) -> Result<(Used, Diagnostics), Diagnostic> {
    let path = format!("content/static{address}");
    let kind = attachment::kind(&path);
    let fact = match kind {
        Some(Kind::Picture | Kind::Svg) => reading.fact(&path, kind, Judge::Sides)?.1,
        _ => Fact::default(),
    };
    Ok(reading.used(&path, address.to_owned(), &fact))
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
