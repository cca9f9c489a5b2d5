//! Media types of the site's files, by extension.

/// The known types with their extensions. Text is UTF-8.
pub const BY_END: [(&str, &[&str]); 36] = [
    ("text/html; charset=utf-8", &["html", "htm"]),
    ("text/css; charset=utf-8", &["css"]),
    ("text/javascript; charset=utf-8", &["js", "mjs"]),
    ("application/json", &["json", "map"]),
    ("application/ld+json", &["jsonld"]),
    ("application/manifest+json", &["webmanifest"]),
    ("application/xml; charset=utf-8", &["xml"]),
    ("text/xsl; charset=utf-8", &["xsl", "xslt"]),
    ("application/atom+xml; charset=utf-8", &["atom"]),
    ("application/rss+xml; charset=utf-8", &["rss"]),
    ("text/plain; charset=utf-8", &["txt"]),
    ("text/markdown; charset=utf-8", &["md"]),
    ("text/csv; charset=utf-8", &["csv"]),
    ("text/vtt; charset=utf-8", &["vtt"]),
    ("text/calendar; charset=utf-8", &["ics"]),
    ("image/svg+xml", &["svg"]),
    ("image/jpeg", &["jpg", "jpeg", "jfif"]),
    ("image/png", &["png"]),
    ("image/gif", &["gif"]),
    ("image/webp", &["webp"]),
    ("image/avif", &["avif"]),
    ("image/x-icon", &["ico"]),
    ("font/woff2", &["woff2"]),
    ("font/woff", &["woff"]),
    ("font/ttf", &["ttf"]),
    ("font/otf", &["otf"]),
    ("video/mp4", &["mp4", "m4v"]),
    ("video/webm", &["webm"]),
    ("video/quicktime", &["mov"]),
    ("audio/mpeg", &["mp3"]),
    ("audio/mp4", &["m4a"]),
    ("audio/ogg", &["ogg", "oga", "opus"]),
    ("audio/wav", &["wav"]),
    ("application/pdf", &["pdf"]),
    ("application/zip", &["zip"]),
    ("application/wasm", &["wasm"]),
];

/// What is not known here is a download.
pub const OTHER: &str = "application/octet-stream";

/// The media type of a file of the site.
#[must_use]
pub fn of(path: &str) -> &'static str {
    let name = path.rsplit('/').next().unwrap_or(path);
    // Feeds share their extensions with other files, and have one name each.
    match name {
        "feed.xml" => return "application/atom+xml; charset=utf-8",
        "feed.json" => return "application/feed+json",
        _ => {}
    }
    let end = name.rsplit_once('.').map_or("", |(_, end)| end);
    let known = BY_END
        .iter()
        .find(|(_, ends)| ends.iter().any(|known| known.eq_ignore_ascii_case(end)));
    known.map_or(OTHER, |(kind, _)| kind)
}
