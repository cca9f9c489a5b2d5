//! What a reference to nothing may have meant.

use super::Resolver;
use crate::base::path;

impl Resolver {
    /// The id of a dossier that may have been meant.
    pub(in crate::link) fn dossier_near(&self, id: &str) -> Option<&str> {
        path::closest(id, self.dossiers.keys().map(String::as_str))
    }

    /// The source path that a reference to nothing may have meant. It compares all of them, so it is
    /// only called for references that are reported.
    pub(in crate::link) fn near(&self, from: &str, href: &str) -> Option<String> {
        let plain = href.split(['#', '?']).next().unwrap_or_default();
        let source = self.source_path(from, plain).ok()?;
        let path = match source.strip_suffix(".md") {
            Some(stem) => {
                let near = nearest(stem, self.members.iter().map(|m| self.stem(m)))?;
                format!("{near}.md")
            }
            None => {
                let files = self.attachments.iter().chain(&self.statics);
                nearest(&source, files.map(|f| &**f))?.to_owned()
            }
        };
        path.strip_prefix("content").map(str::to_owned)
    }
}

/// A path that may have been meant: one with the same name elsewhere, or one whose name and folder both
/// are near.
fn nearest<'a>(path: &str, all: impl Iterator<Item = &'a str> + Clone) -> Option<&'a str> {
    let name = |path: &'a str| path.rsplit('/').next().unwrap_or(path);
    let wanted = path.rsplit('/').next().unwrap_or(path);
    let same = all.clone().find(|other| name(other) == wanted);
    same.or_else(|| {
        let near = all.filter(|other| path::closest(wanted, [name(other)]).is_some());
        path::closest(path, near)
    })
}
