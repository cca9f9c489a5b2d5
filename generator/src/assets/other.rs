//! Files beside documents that are no pictures of pixels: whether they are what their names say, and how large
//! drawings are.

use super::{Fact, svg};
use crate::{
    base::{attachment::Kind, diag::Diagnostic, files::Files, hash::Digest, read::unreadable},
    markdown::raw_html,
};

/// What is asked of a drawing. Static files are the newsroom's own affair.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Judge {
    /// It must be harmless.
    Strict,
    /// Nothing but its sides.
    Sides,
}

/// Reads a file once, piece by piece: its digest, and what is known of it.
pub(super) fn look(
    files: &dyn Files,
    path: &str,
    kind: Option<Kind>,
    judge: Judge,
) -> Result<(Digest, Fact), Diagnostic> {
    let looked = looked(files, path, kind)?;
    if judge == Judge::Strict {
        judged(path, kind, &looked)?;
    }
    let fact = match kind {
        Some(Kind::Svg) => Fact {
            size: svg_size(&looked.head),
            published: (looked.head.len() <= svg::MOST)
                .then(|| Digest::of(&svg::published(looked.head))),
            picture: None,
        },
        _ => Fact::default(),
    };
    Ok((looked.digest, fact))
}

struct Looked {
    digest: Digest,
    /// As much as is needed to see what it is.
    head: Vec<u8>,
    /// In bytes.
    size: u64,
}

fn looked(files: &dyn Files, path: &str, kind: Option<Kind>) -> Result<Looked, Diagnostic> {
    let wanted = match kind {
        Some(Kind::Svg) => svg::MOST + 1,
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

/// Whether a file is what its name says.
fn judged(path: &str, kind: Option<Kind>, looked: &Looked) -> Result<(), Diagnostic> {
    let head = &looked.head;
    match kind {
        Some(Kind::Svg) => {
            if head.len() > svg::MOST {
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
            })
        }
        // HTML under another name.
        Some(Kind::Pdf | Kind::Other) if starts_with_markup(head) => {
            let hint = "it begins as HTML or XML does: save it in the format that its name says, or attach a PDF";
            let message = "this file is not what its name says";
            Err(Diagnostic::error(message).in_file(path).hint(hint))
        }
        _ => Ok(()),
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
