//! The theme's wording: one Fluent catalogue for each language.

use std::{collections::BTreeSet, sync::Arc};

use fluent_bundle::{
    FluentArgs, FluentError, FluentResource, concurrent::FluentBundle, resolver::ResolverError,
};
use fluent_syntax::ast::{Entry, Pattern};
use unic_langid::LanguageIdentifier;

use crate::{
    base::{
        diag::{Diagnostic, Diagnostics},
        files::Files,
        hash::{Digest, Sum},
        lang::Lang,
        read,
    },
    config::Config,
};

/// The messages of one language, with the default language's behind them.
pub struct Catalogue {
    bundle: FluentBundle<Arc<FluentResource>>,
    digest: Digest,
    fallback: Option<Arc<Catalogue>>,
}

impl Catalogue {
    /// A message (`busy`) or an attribute of one (`busy.detail`) with its arguments filled in; `None`
    /// when no catalogue has it.
    ///
    /// # Errors
    /// What Fluent says of an argument that is missing or of the wrong kind.
    pub fn message(&self, key: &str, args: &FluentArgs<'_>) -> Result<Option<String>, String> {
        let Some(pattern) = self.pattern(key) else {
            return self
                .fallback
                .as_ref()
                .map_or(Ok(None), |f| f.message(key, args));
        };
        let mut errors = Vec::new();
        let text = self
            .bundle
            .format_pattern(pattern, Some(args), &mut errors)
            .into_owned();
        match errors.first() {
            None => Ok(Some(text)),
            Some(FluentError::ResolverError(ResolverError::Reference(kind))) => Err(format!(
                "the message `{key}` refers to something it was not given: {kind:?}"
            )),
            Some(error) => Err(format!("the message `{key}` cannot be written: {error}")),
        }
    }

    /// Of its text, and of the default language's behind it.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    fn pattern(&self, key: &str) -> Option<&Pattern<&str>> {
        match key.split_once('.') {
            None => self.bundle.get_message(key)?.value(),
            Some((key, attribute)) => self
                .bundle
                .get_message(key)?
                .get_attribute(attribute)
                .map(|a| a.value()),
        }
    }

    /// A message without arguments, else the key itself.
    pub fn plain(&self, key: &str) -> String {
        self.message(key, &FluentArgs::new())
            .ok()
            .flatten()
            .unwrap_or_else(|| key.to_owned())
    }

    /// Whether this language or the default one has a message.
    pub fn has(&self, key: &str) -> bool {
        self.pattern(key).is_some() || self.fallback.as_ref().is_some_and(|f| f.has(key))
    }
}

/// Reads `i18n/LANG.ftl` for every language of the site, the default one first.
pub(super) fn load(
    files: &dyn Files,
    folder: &str,
    config: &Config,
    diags: &mut Diagnostics,
) -> Vec<Arc<Catalogue>> {
    let mut catalogues: Vec<Arc<Catalogue>> = Vec::new();
    let mut complete: BTreeSet<String> = BTreeSet::new();
    for (i, language) in config.languages.iter().enumerate() {
        let path: Arc<str> = format!("{folder}/i18n/{}.ftl", language.lang).into();
        let (resource, keys) = read(files, &path, i == 0, diags);
        if i == 0 {
            complete = keys;
        } else if !keys.is_empty() {
            for key in complete.difference(&keys) {
                diags.push(
                    Diagnostic::warning(format!(
                        "the message `{key}` is missing in {}",
                        language.name
                    ))
                    .in_file(&path)
                    .hint("readers see the default language's text until it is added"),
                );
            }
        }
        let mut bundle = FluentBundle::new_concurrent(vec![locale(&language.lang)]);
        bundle.set_use_isolating(false);
        let mut digest = Sum::default();
        digest.text(resource.source());
        if let Some(fallback) = catalogues.first() {
            digest.digest(&fallback.digest);
        }
        // Only a doubled message is refused here; the reader reports those itself.
        let _ = bundle.add_resource(Arc::new(resource));
        catalogues.push(Arc::new(Catalogue {
            bundle,
            digest: digest.finish(),
            fallback: catalogues.first().cloned(),
        }));
    }
    catalogues
}

fn locale(lang: &Lang) -> LanguageIdentifier {
    lang.code().parse().unwrap_or_default()
}

fn read(
    files: &dyn Files,
    path: &Arc<str>,
    required: bool,
    diags: &mut Diagnostics,
) -> (FluentResource, BTreeSet<String>) {
    let empty = || {
        (
            FluentResource::try_new(String::new()).unwrap_or_else(|(r, _)| r),
            BTreeSet::new(),
        )
    };
    if files.size(path).is_err() {
        if !required {
            diags.push(
                Diagnostic::warning("the theme has no catalogue for this language")
                    .in_file(path)
                    .hint("copy the default language's catalogue to this name and translate it"),
            );
        }
        return empty();
    }
    let Some(text) = read::text(files, path, diags) else {
        return empty();
    };
    if let Some(at) = super::too_deep(&text) {
        let diag = Diagnostic::error("this catalogue nests too deeply to be read");
        diags.push(diag.at(path, at..at + 1));
        return empty();
    }
    let resource = match FluentResource::try_new(text.clone()) {
        Ok(resource) => resource,
        Err((resource, errors)) => {
            for error in errors {
                diags.push(
                    Diagnostic::error(format!("this is not a Fluent message: {}", error.kind))
                        .at(path, error.pos.start..error.pos.end)
                        .hint("write key = text, with further lines indented"),
                );
            }
            resource
        }
    };
    let mut keys = BTreeSet::new();
    for entry in resource.entries() {
        let Entry::Message(message) = entry else {
            continue;
        };
        let name = message.id.name;
        let attributes = message.attributes.iter();
        let attributes = attributes.map(|a| format!("{name}.{}", a.id.name));
        let fresh = keys.insert(name.to_owned());
        keys.extend(attributes);
        if !fresh {
            let diag = Diagnostic::error(format!("the message `{name}` stands here twice"));
            diags.push(diag.at(path, last_place(&text, name)).hint("remove one"));
        }
    }
    (resource, keys)
}

/// Where a message stands for the last time.
fn last_place(text: &str, name: &str) -> std::ops::Range<usize> {
    let mut place = 0..0;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let rest = line.strip_prefix(name).map(str::trim_start);
        if rest.is_some_and(|r| r.starts_with('=')) {
            place = at..at + name.len();
        }
        at += line.len();
    }
    place
}
