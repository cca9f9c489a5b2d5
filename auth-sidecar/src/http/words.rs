//! The words for problems, from the current manifest.

use std::sync::Arc;

use crate::domain::catalogue::Catalogue;
use dateline_contract::texts::ProblemKind;

/// The words of one language.
#[derive(Clone, Default)]
pub(crate) struct Words(Option<(Arc<Catalogue>, String)>);

impl Words {
    pub(crate) fn new(catalogue: Arc<Catalogue>, language: String) -> Self {
        Self(Some((catalogue, language)))
    }

    /// Title, and a sentence with what to do. A problem that the theme does not describe is shown by its name.
    pub(crate) fn of(&self, kind: ProblemKind) -> (&str, &str) {
        let told = self.0.as_ref().and_then(|(catalogue, language)| {
            let facts = catalogue.facts();
            let find = |language: &String| facts.problems.get(language)?.get(kind.name());
            find(language).or_else(|| find(&facts.default_language))
        });
        told.map_or((kind.name(), ""), |told| (&told.title, &told.detail))
    }
}
