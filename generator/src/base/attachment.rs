//! Which files may lie beside documents for readers: those that browsers show or save, and never run.
//!
//! Such a file answers on the address where readers log in. So kinds are allowed by name, one by one.

use super::path;

/// What a file is, judged by its name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A picture made of pixels that pages show.
    Picture,
    /// A drawing, which may hold scripts.
    Svg,
    /// A PDF document.
    Pdf,
    /// Text without markup, shown as it is.
    Text,
    /// Something for other programs.
    Other,
}

const KINDS: [(Kind, &[&str]); 5] = [
    (
        Kind::Picture,
        &["jpg", "jpeg", "jfif", "png", "gif", "webp", "avif"],
    ),
    (Kind::Svg, &["svg"]),
    (Kind::Pdf, &["pdf"]),
    (
        Kind::Text,
        &[
            "vtt", "srt", "sbv", "scc", "txt", "csv", "tsv", "json", "geojson", "ics", "vcf",
            "bib", "md", "rtf",
        ],
    ),
    (
        Kind::Other,
        &[
            // Office.
            "doc", "docx", "xls", "xlsx", "ppt", "pptx", "odt", "ods", "odp", "odg", "epub",
            "pages", "numbers", "key", // Pictures for print.
            "tif", "tiff", "bmp", "heic", "eps", "ai", "psd", "indd", "ico",
            // Sound and pictures.
            "mp3", "m4a", "aac", "wav", "flac", "ogg", "oga", "opus", "mp4", "m4v", "webm", "mov",
            "stl", // Data and archives.
            "parquet", "kmz", "zip", "gz", "tgz", "tar", "bz2", "xz", "7z", "zst", "rar",
        ],
    ),
];

/// The kind of a file that may be attached; `None` for one that may not.
pub fn kind(file: &str) -> Option<Kind> {
    of_ending(&path::extension(file)?)
}

/// The same, by the ending of the file's name in lower case.
pub fn of_ending(ending: &str) -> Option<Kind> {
    let known = |(_, names): &&(Kind, &[&str])| names.contains(&ending);
    KINDS.iter().find(known).map(|(kind, _)| *kind)
}

/// Why a file may not be attached, and the cure; `None` for one that may.
pub fn refused(file: &str) -> Option<(String, &'static str)> {
    if kind(file).is_some() {
        return None;
    }
    let message = match path::extension(file) {
        Some(extension) => format!("files of the kind `.{extension}` cannot be attached"),
        None => "a file whose name has no ending cannot be attached".to_owned(),
    };
    let cure = match path::extension(file).as_deref() {
        Some("html" | "htm" | "xhtml" | "xht" | "mht" | "mhtml" | "shtml") => {
            "it could act for readers who are logged in here: write it as a document (.md), or attach a PDF or a .zip"
        }
        Some("svgz") => "attach the drawing as .svg, so that it can be checked",
        Some("docm" | "xlsm" | "pptm" | "dotm") => {
            "it may run macros: save it without them (.docx, .xlsx, .pptx), or attach a PDF"
        }
        _ => {
            "attach pictures, PDF, office files, captions, plain data (.txt, .csv, .json) or an archive (.zip)"
        }
    };
    Some((message, cure))
}

/// What a file of `static/`, which is copied as it is, cannot do for readers: the message and the cure.
pub fn inert(file: &str) -> Option<(&'static str, &'static str)> {
    match path::extension(file)?.as_str() {
        "js" | "mjs" | "cjs" | "wasm" | "swf" | "jar" | "hta" => Some((
            "readers' browsers will not run this file",
            "the site's security policy lets the theme's scripts run alone: move it to assets/js/ of the theme",
        )),
        "html" | "htm" | "xhtml" | "xht" | "shtml" => Some((
            "this page comes without the theme, and no script in it will run",
            "for what readers should see, write a document in content/pages/; for a proof of ownership it does",
        )),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_browsers_run_or_render_is_refused() {
        for name in [
            "a.html",
            "a.HTM",
            "a.xhtml",
            "a.xht",
            "a.xml",
            "a.xsl",
            "a.xslt",
            "a.svgz",
            "a.js",
            "a.mjs",
            "a.wasm",
            "a.swf",
            "a.jar",
            "a.hta",
            "a.mht",
            "a.rdf",
            "a.rss",
            "a.atom",
            "a.css",
            "a.php",
            "a.exe",
            "a.docm",
            "a.htaccess",
            ".htaccess",
            "a",
            "a.pdf.html",
            "a.html ",
            "a.html.",
            "a.jpg%00.html",
            "a.webmanifest",
            "a.map",
            "a.mathml",
            "a.vbs",
        ] {
            assert!(refused(name).is_some(), "{name}");
        }
        for name in [
            "a.jpg",
            "a.JPEG",
            "a.pdf",
            "a.b.docx",
            "é.csv",
            "x/a.tar.gz",
            "a.svg",
        ] {
            assert_eq!(refused(name), None, "{name}");
        }
    }
}
