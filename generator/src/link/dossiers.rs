//! What can be said of a dossier only with its files at hand: captions, shotlists of translations,
//! and whether the media storage holds what the dossier promises.

use std::{collections::BTreeMap, io, sync::Arc};

use rayon::prelude::*;

use super::{Edition, Site, Target, lives::State};
use crate::{
    base::{
        diag::{Diagnostic, Diagnostics},
        fields::At,
        files::Files,
        guard,
    },
    config::Config,
    parse::{self, DossierMeta, Rendition, rendition::STORAGE, webvtt},
};

/// Checks every dossier that is published or will be. Drafts may be unfinished.
pub(super) fn check(
    files: &dyn Files,
    config: &Config,
    site: &Site,
    held: &[(Edition, State)],
    diags: &mut Diagnostics,
) {
    let waiting = held
        .iter()
        .filter(|(_, state)| matches!(state, State::Held(_)))
        .map(|(edition, _)| edition);
    let dossiers: Vec<(&Edition, &DossierMeta)> = site
        .editions
        .iter()
        .chain(waiting)
        .filter_map(|e| Some((e, e.meta.dossier.as_deref()?)))
        .collect();
    for (edition, own) in &dossiers {
        shots(edition, own, diags);
    }
    captions(files, site, &dossiers, diags);
    // A build asks no other storage than the folder beside `content/`: `media verify` does.
    if config.media.is_none() {
        stored(files, &dossiers, diags);
    }
}

/// A translation's own shotlist lies within the duration that it takes from its source.
fn shots(edition: &Edition, own: &DossierMeta, diags: &mut Diagnostics) {
    let beyond = |at: &At<f64>| own.duration.is_some_and(|d| at.value > d) && at.span != (0..0);
    for shot in own.shots.iter().filter(|s| beyond(&s.at)) {
        let message = format!("{} lies beyond the end of the video", shot.timecode);
        diags.push(
            Diagnostic::error(message)
                .at(&edition.source.path, shot.at.span.clone())
                .hint("correct it, or `duration`"),
        );
    }
}

fn captions(
    files: &dyn Files,
    site: &Site,
    dossiers: &[(&Edition, &DossierMeta)],
    diags: &mut Diagnostics,
) {
    // Translations share the files of their source: each is read once.
    let mut used: BTreeMap<Arc<str>, Option<f64>> = BTreeMap::new();
    for (edition, own) in dossiers {
        for captions in &own.captions {
            let path = match site
                .resolver
                .find_file(&edition.source.path, &captions.file.value)
            {
                Ok(Target::File(path)) => path,
                Ok(Target::Static(address)) => format!("content/static{address}"),
                // What is missing is reported where it is referred to.
                _ => continue,
            };
            used.entry(path.into()).or_insert(own.duration);
        }
    }
    let found: Vec<Diagnostics> = used
        .par_iter()
        .map(|(path, duration)| {
            let mut diags = Vec::new();
            guard::on_file(path, &mut diags, |diags| {
                let text = parse::read(files, path, diags);
                let problems = text.map_or_else(Vec::new, |t| webvtt::check(&t, *duration));
                let problems = problems.into_iter();
                diags.extend(
                    problems.map(|p| Diagnostic::error(p.message).at(path, p.span).hint(p.hint)),
                );
            });
            diags
        })
        .collect();
    diags.extend(found.into_iter().flatten());
}

/// Looks whether the storage holds each file with its size, without reading any. A build may run
/// where the storage is not, so its absence says nothing; and a clip that is not there yet must not
/// hold up the day's news, so these are warnings: the sidecar never serves wrong bytes.
fn stored(files: &dyn Files, dossiers: &[(&Edition, &DossierMeta)], diags: &mut Diagnostics) {
    if files.size(STORAGE).is_err() {
        return;
    }
    let own: Vec<(&Edition, &Rendition)> = dossiers
        .iter()
        .flat_map(|(e, own)| own.renditions.iter().map(move |r| (*e, r)))
        .filter(|(_, r)| r.file.span != (0..0))
        .collect();
    let found: Vec<Diagnostic> = own
        .par_iter()
        .filter_map(|(edition, rendition)| {
            let (message, hint) = unlike(files, &edition.slug, rendition)?;
            let warning = Diagnostic::warning(message).hint(hint);
            Some(warning.at(&edition.source.path, rendition.file.span.clone()))
        })
        .collect();
    diags.extend(found);
}

/// How the stored file differs from what the dossier says, and what to do.
fn unlike(files: &dyn Files, id: &str, rendition: &Rendition) -> Option<(String, String)> {
    let name = &rendition.file.value;
    let key = format!("{STORAGE}/{}", rendition.key());
    match files.size(&key) {
        Ok(size) if size == rendition.size => None,
        Ok(size) => Some((
            format!(
                "the stored {name} has {size} bytes and not {}: it cannot be downloaded",
                rendition.size
            ),
            format!("remove {key} and add the file again: dateline media add {name} --to {id}"),
        )),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Some((
            format!("{name} is not in the media storage: it cannot be downloaded"),
            format!("add it with dateline media add {name} --to {id}, or copy it to {key}"),
        )),
        Err(e) => Some((
            format!("{name} cannot be checked in the media storage: {e}"),
            format!("check {key}"),
        )),
    }
}
