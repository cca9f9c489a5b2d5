//! What the templates of a press kit know of a story and its pictures.

use dateline_pictures::{Field, Rights};
use tera::Value;

use super::{Named, plain};
use crate::{
    link::{Edition, EditionId, picture_path, statements_of},
    markdown::{anchors::Anchors, text},
    parse::{DossierMeta, Said, Shot},
    render::{
        backend::Backend,
        failure::Failure,
        renderer::Renderer,
        value::{self, Context, extended, html, list, map},
    },
};

/// The keys of a picture, each with what it says.
const SAID: [(&str, Field); 13] = [
    ("headline", Field::Headline),
    ("caption", Field::Description),
    ("alt", Field::Alt),
    ("creator", Field::Creator),
    ("credit", Field::Credit),
    ("copyright", Field::Copyright),
    ("terms", Field::Terms),
    ("licence", Field::Licence),
    ("licensor", Field::Licensor),
    ("date", Field::Date),
    ("city", Field::City),
    ("country", Field::Country),
    ("source_type", Field::SourceType),
];

impl<B: Backend> Renderer<'_, B> {
    /// `story` and `pictures`, of an edition.
    pub(super) fn kit_context(&self, id: EditionId, named: &Named<'_>) -> Result<Context, Failure> {
        let edition = &self.editions[id];
        let body = self.kit_body(edition, named)?;
        let written = body.html().map(|body| body.html.as_str());
        let in_text = written.map(plain::text);
        let meta = &edition.meta;
        let none = DossierMeta::default();
        let dossier = meta.dossier.as_deref().unwrap_or(&none);
        let transcript = self.kit_transcript(edition, named)?;
        let story = extended(
            &self.card(id).value,
            [
                ("body", html(written)),
                ("text", value::text(in_text.as_deref())),
                (
                    "authors",
                    list(meta.authors.iter().map(|a| a.as_str().into())),
                ),
                ("corrections", self.kit_corrections(edition)),
                ("contact", self.contact_of(edition)),
                (
                    "shots",
                    list(dossier.shots.iter().map(|s| self.kit_shot(edition, s))),
                ),
                (
                    "transcript",
                    value::text(transcript.as_deref().map(plain::text).as_deref()),
                ),
                ("transcript_html", html(transcript.as_deref())),
            ],
        );
        let mut context = Context::new();
        context.insert_value("story", story);
        context.insert_value("pictures", self.kit_pictures(edition, named));
        if let Some(key) = body.key() {
            context.body("story", &["body", "text"], key);
        }
        Ok(context)
    }

    /// A line of Markdown as text.
    fn in_text(&self, edition: &Edition, markdown: &str) -> String {
        text::plain(&self.inline(edition, markdown))
    }

    fn kit_corrections(&self, edition: &Edition) -> Value {
        list(edition.meta.corrections.iter().map(|c| {
            let note = self.in_text(edition, &c.note);
            map([
                ("date", Value::from(c.date.value.rfc3339())),
                ("note", Value::from(note)),
            ])
        }))
    }

    fn kit_shot(&self, edition: &Edition, shot: &Shot) -> Value {
        let quote = shot.quote.as_deref().map(|q| self.in_text(edition, q));
        map([
            ("timecode", Value::from(shot.timecode.as_str())),
            ("text", Value::from(self.in_text(edition, &shot.text))),
            ("speaker", value::text(shot.speaker.as_deref())),
            ("quote", value::text(quote.as_deref())),
        ])
    }

    fn kit_transcript(
        &self,
        edition: &Edition,
        named: &Named<'_>,
    ) -> Result<Option<String>, Failure> {
        let Some(path) = self.site.transcript(&self.config, edition) else {
            return Ok(None);
        };
        let markdown = crate::base::read::as_text(&path, self.content(&path)?)?;
        let stand_in = Edition::of_file(&path, edition.source.lang);
        let html = self.kit_markdown(&stand_in, &markdown, Anchors::new(true), named);
        Ok(Some(html.html))
    }

    /// Each picture of the kit with what is known of it where this edition speaks.
    fn kit_pictures(&self, edition: &Edition, named: &Named<'_>) -> Value {
        let lang = &self.config.languages[edition.source.lang].lang;
        let (resolver, from) = (&self.site.resolver, &edition.source.path);
        let here = statements_of(edition, lang)
            .into_iter()
            .filter_map(|(href, .., said)| Some((picture_path(resolver, from, href)?, said)));
        let here: Vec<(String, Rights)> = here.collect();
        let said = |path: &str| {
            let used = self.used.at(path);
            let elsewhere = used.map(|used| used.rights(&Said::default()));
            let here = here.iter().filter(|(own, _)| own == path);
            let said = here.fold(Rights::default(), |said, (_, rights)| rights.with(&said));
            elsewhere.unwrap_or_default().with(&said)
        };
        list(named.pictures.iter().map(|(path, name)| {
            let rights = said(path);
            let says = SAID.map(|(key, field)| (key, value::text(rights.get(field))));
            extended(&map([("file", Value::from(name.as_str()))]), says)
        }))
    }
}
