//! Files beside documents and pictures: addresses made from content, and sizes for the page.

use std::collections::BTreeMap;

use rayon::prelude::*;

use serde::{Deserialize, Serialize};

use crate::{
    base::{
        diag::{Diagnostic, Diagnostics},
        files::Files,
        path,
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

/// Reads each used file once: for its address (files beside documents) and its size (pictures).
pub fn collect(files: &dyn Files, found: &Findings, diags: &mut Diagnostics) -> UsedFiles {
    let mut all = |of: fn(&dyn Files, &str) -> Result<Used, Diagnostic>, names: &[String]| {
        let read: Vec<_> = names.par_iter().map(|name| of(files, name)).collect();
        let mut out = BTreeMap::new();
        for (name, used) in names.iter().zip(read) {
            match used {
                Ok(used) => drop(out.insert(name.clone(), used)),
                Err(diag) => diags.push(diag),
            }
        }
        out
    };
    UsedFiles {
        files: all(beside, &found.files),
        statics: all(of_static, &found.statics),
    }
}

fn read(files: &dyn Files, path: &str) -> Result<Vec<u8>, Diagnostic> {
    files
        .read(path)
        .map_err(|e| Diagnostic::error(format!("this file cannot be read: {e}")).in_file(path))
}

/// `content/news/2025/01/27/hands.jpg` → `/files/news/2025/01/27/hands.1a2b3c4d5e.jpg`.
fn beside(files: &dyn Files, path: &str) -> Result<Used, Diagnostic> {
    let bytes = read(files, path)?;
    let inside = path.strip_prefix("content/").unwrap_or(path);
    let size = picture_size(path, &bytes)?;
    Ok(Used {
        address: format!("/files/{}", fingerprinted(inside, &bytes)),
        size,
    })
}

fn of_static(files: &dyn Files, address: &str) -> Result<Used, Diagnostic> {
    let path = format!("content/static{address}");
    let size = match is_picture(&path) {
        true => picture_size(&path, &read(files, &path)?)?,
        false => None,
    };
    Ok(Used {
        address: address.to_owned(),
        size,
    })
}

fn is_picture(file: &str) -> bool {
    let pictures = ["jpg", "jpeg", "png", "gif", "webp", "avif", "svg"];
    path::extension(file).is_some_and(|e| pictures.contains(&e.as_str()))
}

/// Width and height in pixels; `None` for what is no picture, and for an SVG that says neither.
fn picture_size(path: &str, bytes: &[u8]) -> Result<Option<(u32, u32)>, Diagnostic> {
    if !is_picture(path) {
        return Ok(None);
    }
    if path::extension(path).as_deref() == Some("svg") {
        return Ok(svg_size(&String::from_utf8_lossy(bytes)));
    }
    let size = imagesize::blob_size(bytes).map_err(|_| {
        Diagnostic::error("this file is not the picture that its name says")
            .in_file(path)
            .hint("save the picture again, as JPEG, PNG, WebP or AVIF")
    })?;
    Ok(Some((size.width as u32, size.height as u32)))
}

/// From `width` and `height`, else from `viewBox` (SVG 2 §8.2).
fn svg_size(svg: &str) -> Option<(u32, u32)> {
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
            svg_size("<?xml?><svg width=\"800\" height='450px'>"),
            Some((800, 450))
        );
        assert_eq!(svg_size("<svg viewBox=\"0 0 16,9\">"), Some((16, 9)));
        assert_eq!(svg_size("<svg width=\"100%\">"), None);
        assert_eq!(svg_size("<svg viewBox"), None);
    }
}
