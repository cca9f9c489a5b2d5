//! What pages offer for download of pictures: the published original, for everyone or for readers with an account.

use tera::Value;

use super::{
    backend::Backend,
    cards::file,
    renderer::Renderer,
    value::{map, text},
};
use crate::{
    assets::Used,
    base::path,
    config::{LangId, pictures::Download},
    link::{Edition, story_id},
};

impl<B: Backend> Renderer<'_, B> {
    /// What is offered for a picture on the page of `edition`; none for one that is only shown, and for what is no
    /// picture.
    pub(super) fn download(&self, edition: &Edition, file: Option<&Used>) -> Value {
        let described = file.and_then(|used| Some((used, used.file.as_ref()?, used.size?)));
        let Some((used, facts, (width, height))) = described else {
            return Value::none();
        };
        let gated = match used.download {
            Download::Public => false,
            Download::Account => true,
            Download::None => return Value::none(),
        };
        let url = match gated {
            false => path::encode(&used.address),
            true => path::encode(&format!("/api/media/{}/{}", story_id(edition), used.name())),
        };
        let terms = match gated {
            false => Value::none(),
            true => self.picture_terms(edition.source.lang),
        };
        let link_url = gated.then(|| format!("{url}/link"));
        map([
            ("url", Value::from(url)),
            ("link_url", text(link_url.as_deref())),
            ("name", Value::from(used.name())),
            ("file_name", Value::from(used.file_name())),
            ("width", Value::from(width)),
            ("height", Value::from(height)),
            ("bytes", Value::from(facts.length)),
            ("type", Value::from(used.media_type())),
            ("gated", Value::from(gated)),
            ("terms", terms),
        ])
    }

    /// The terms that readers accept by downloading a picture.
    fn picture_terms(&self, lang: LangId) -> Value {
        self.terms(lang, self.config.pictures.download_terms.as_deref())
    }

    /// Whether the body of a document shows this file too. It is offered there then, beside its caption.
    pub(super) fn is_in_body(&self, edition: &Edition, used: &Used) -> bool {
        let mut pictures = edition.body.pictures.iter();
        pictures.any(|picture| {
            let other = file(self.site, &self.used, &edition.source.path, &picture.src);
            other.is_some_and(|other| other.address == used.address)
        })
    }
}
