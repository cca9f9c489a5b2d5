//! What each template depends on, directly or through others: templates, components and assets.
//!
//! Where a template does not say what it includes, it depends on the whole theme: too much costs time, too little
//! would leave a page stale.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::uses::{self, Uses};
use crate::{
    base::{
        hash::{self, Digest, Sum},
        index::{Indexed, index},
    },
    render::{Prepared, Templates},
    theme::Theme,
};

/// The digests of templates, for keys.
pub(super) fn digests(prepared: &Prepared) -> Templates {
    let theme = &prepared.theme;
    let uses: Vec<Option<Uses>> = theme
        .templates
        .par_iter()
        .map(|template| uses::of(prepared.engine(), &template.text))
        .collect();
    let graph = Graph::new(theme, &uses);
    let digests: Vec<Digest> = (0..uses.len()).map(|at| graph.closure(at.into())).collect();
    let component = |(name, at): (&&str, &TemplateId)| ((*name).to_owned(), digests[*at]);
    let names = theme.templates.iter().map(|template| template.name.clone());
    Templates {
        components: graph.components.iter().map(component).collect(),
        by_name: names.zip(digests).collect(),
    }
}

index! {
    /// The place of a template in [`Theme::templates`].
    TemplateId
}

/// Templates, and which uses which.
struct Graph<'a> {
    theme: &'a Theme,
    /// What each uses; `None` where it may be anything.
    uses: &'a [Option<Uses>],
    names: hash::Map<&'a str, TemplateId>,
    /// By component, where it is defined.
    components: BTreeMap<&'a str, TemplateId>,
}

impl<'a> Graph<'a> {
    fn new(theme: &'a Theme, uses: &'a [Option<Uses>]) -> Self {
        let names = theme.templates.iter().indexed();
        let defined = |(at, uses): (TemplateId, &'a Option<Uses>)| {
            let names = uses.iter().flat_map(|uses| &uses.defined);
            names.map(move |name| (name.as_str(), at))
        };
        Self {
            theme,
            uses,
            names: names.map(|(at, t)| (t.name.as_str(), at)).collect(),
            components: uses.iter().indexed().flat_map(defined).collect(),
        }
    }

    /// The templates that one uses directly; `None` where it may be any.
    fn next(&self, at: TemplateId) -> Option<Vec<TemplateId>> {
        let uses = self.uses[at].as_ref()?;
        let templates = uses.parent.iter().chain(&uses.included);
        let templates = templates.map(|name| self.names.get(name.as_str()).copied());
        let components = uses.called.iter();
        let components = components.map(|name| self.components.get(name.as_str()).copied());
        templates.chain(components).collect()
    }

    /// The digest of a template, of all templates it uses directly or through others, and of the assets they name.
    fn closure(&self, at: TemplateId) -> Digest {
        let mut inside = vec![false; self.uses.len()];
        let mut pending = vec![at];
        let mut assets: Option<BTreeSet<&str>> = Some(BTreeSet::new());
        while let Some(at) = pending.pop() {
            if std::mem::replace(&mut inside[at], true) {
                continue;
            }
            let all = || (0..inside.len()).map(TemplateId::from).collect();
            pending.extend(self.next(at).unwrap_or_else(all));
            let own = self.uses[at].as_ref().and_then(|uses| uses.assets.as_ref());
            match (own, &mut assets) {
                (Some(own), Some(assets)) => assets.extend(own.iter().map(String::as_str)),
                _ => assets = None,
            }
        }
        let mut sum = Sum::default();
        let templates = self.theme.templates.iter().zip(inside);
        for (template, _) in templates.filter(|(_, inside)| *inside) {
            sum.text(&template.name).text(&template.text);
        }
        let all = || self.theme.asset_names.iter().map(String::as_str).collect();
        for name in assets.unwrap_or_else(all) {
            let url = self.theme.assets.get(name).map_or("", |a| a.url.as_str());
            sum.text(name).text(url);
        }
        sum.finish()
    }
}
