//! A dossier's own page: player, shotlist, transcript, renditions.

use tera::Value;

use super::{
    backend::Backend,
    body,
    cards::rendition_url,
    failure::Failure,
    page::Page,
    renderer::Renderer,
    structured,
    value::{Context, extended, html, list, map, text},
};
use crate::{
    base,
    config::LangId,
    link::{Edition, EditionId},
    markdown::{anchors::Anchors, text::escaped},
    parse::{DossierMeta, Rendition, Shot},
    plan::{self, FeedOf, ListKey},
};

impl<B: Backend> Renderer<'_, B> {
    pub(super) fn dossier_page(&self, id: EditionId) -> Result<B::Out, Failure> {
        let edition = &self.editions[id];
        let lang = edition.source.lang;
        let none = DossierMeta::default();
        let own = edition.meta.dossier.as_deref().unwrap_or(&none);
        let mut body = self.body(id)?;
        let transcript = self.transcript(edition, body.take_anchors())?;
        let shown = self.site.langs[lang]
            .shown_in
            .get(&id)
            .map_or(&[][..], Vec::as_slice);
        let mut context = Context::new();
        let lead = edition.meta.lead.as_deref();
        let lead = lead.map(|l| self.inline(edition, l)).or_else(|| {
            let opening = edition.body.opening.as_deref();
            opening.map(escaped)
        });
        let dossier = extended(
            &self.card(id).value,
            [
                ("body", body::html(&body)),
                ("toc", body::toc(&body)),
                ("transcript", html(transcript.as_deref())),
                ("lead", html(lead.as_deref())),
                (
                    "shots",
                    list(own.shots.iter().map(|s| self.shot(edition, s))),
                ),
                (
                    "renditions",
                    list(own.renditions.iter().map(|r| self.rendition(edition, r))),
                ),
                ("press_kit", self.press_kit_link(edition)),
                ("terms", self.download_terms(lang, own)),
                ("taxonomies", self.taxonomies_of(edition)),
                (
                    "articles",
                    list(shown.iter().rev().map(|a| context.card(self.card(*a)))),
                ),
            ],
        );
        let mut page = Page::new("video", lang, &edition.address);
        page.title = Some(&edition.meta.title);
        let summary = self.summary_of(edition);
        page.description = summary.as_deref();
        page.image = self.picture_of(id);
        page.alternates = self.alternates_of(&edition.translations);
        if plan::has_videos(self.site, &self.theme, lang) {
            let address = plan::list_address(self.site, &self.config, lang, ListKey::Videos);
            page.breadcrumbs
                .push((self.list_title(lang, ListKey::Videos), address));
            page.feed = Some(FeedOf::List(ListKey::Videos));
        }
        if self.wants_structured {
            page.structured = Some(structured::video(
                self,
                edition,
                own,
                summary.as_deref(),
                transcript.as_deref(),
            ));
        }
        context.insert_value("page", self.page(page));
        context.insert_value("dossier", dossier);
        if let Some(key) = body.key() {
            context.body("dossier", &["body", "toc"], key);
        }
        self.template(lang, "video.html", &context, 32 << 10)
    }

    fn transcript(&self, edition: &Edition, anchors: Anchors) -> Result<Option<String>, Failure> {
        let Some(path) = self.site.transcript(&self.config, edition) else {
            return Ok(None);
        };
        let stand_in = Edition::of_file(&path, edition.source.lang);
        let bytes = self.content(&path)?;
        let markdown = base::read::as_text(&path, bytes)?;
        let html = self.markdown(&stand_in, &markdown, "transcript-", anchors)?;
        Ok(Some(html.html))
    }

    pub(super) fn download_terms(&self, lang: LangId, own: &DossierMeta) -> Value {
        self.terms(lang, own.terms.as_ref().map(|t| t.value.as_str()))
    }

    /// Terms of `site.toml` by their id.
    pub(super) fn terms(&self, lang: LangId, wanted: Option<&str>) -> Value {
        let Some(terms) = self
            .config
            .terms
            .iter()
            .find(|t| Some(t.id.as_str()) == wanted)
        else {
            return Value::none();
        };
        let url = terms.page.as_ref().and_then(|p| {
            let stand_in = Edition::of_file(crate::config::FILE, lang);
            self.address(&stand_in, &p.value)
        });
        map([
            ("version", Value::from(terms.version.as_str())),
            (
                "title",
                Value::from(
                    self.config
                        .words(&terms.title, &self.config.languages[lang].lang),
                ),
            ),
            ("url", text(url.as_deref())),
        ])
    }
}

impl<B: Backend> Renderer<'_, B> {
    fn shot(&self, edition: &Edition, shot: &Shot) -> Value {
        let line = |line: &str| self.inline(edition, line);
        map([
            ("at", Value::from(shot.at.value)),
            ("timecode", Value::from(shot.timecode.as_str())),
            ("text", html(Some(&line(&shot.text)))),
            ("speaker", text(shot.speaker.as_deref())),
            ("quote", html(shot.quote.as_deref().map(line).as_deref())),
        ])
    }

    pub(super) fn rendition(&self, edition: &Edition, r: &Rendition) -> Value {
        let lang = &self.config.languages[edition.source.lang].lang;
        let label = self.config.words(&r.label, lang);
        map([
            ("name", Value::from(r.name.as_str())),
            ("label", Value::from(label)),
            ("file_name", Value::from(r.file.value.as_str())),
            ("url", Value::from(rendition_url(edition, r))),
            (
                "link_url",
                match r.gated {
                    true => Value::from(format!("{}/link", rendition_url(edition, r))),
                    false => Value::none(),
                },
            ),
            ("type", Value::from(r.media_type.as_str())),
            ("codec", text(r.codec.as_deref())),
            ("picture", text(r.picture.as_deref())),
            ("frame_rate", text(r.frame_rate.as_deref())),
            ("audio", text(r.audio.as_deref())),
            ("size", Value::from(r.size)),
            ("sha256", Value::from(r.sha256.as_str())),
            ("gated", Value::from(r.gated)),
        ])
    }
}
