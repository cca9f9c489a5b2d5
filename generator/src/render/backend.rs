//! What a job writes to. The code that prepares a page is the same for all of them, so that a key covers
//! whatever the page shows; what comes out differs in type, so that a key can never be published.

use super::{
    archive::Archive, digests::Digests, engine::Engines, failure::Failure, value::Context,
};
use crate::{base::hash::Digest, config::LangId, markdown::html};

/// A template in one language, by its name.
pub(super) type Template<'a> = (LangId, &'a str);

/// What a job writes to.
pub(super) trait Backend {
    /// What an output comes to.
    type Out;

    /// What a template makes of a context.
    fn template(
        &self,
        engines: &Engines,
        template: Template<'_>,
        context: &Context,
        hint: usize,
    ) -> Result<Self::Out, Failure>;

    /// The body of a document.
    fn body(
        &self,
        html: impl FnOnce() -> Result<html::Html, Failure>,
        key: impl FnOnce(&Digests) -> Digest,
    ) -> Result<Body, Failure>;

    /// What is written without a template.
    fn bytes(&self, bytes: Vec<u8>) -> Self::Out;

    /// A copy of a file.
    fn copy(
        &self,
        content: impl FnOnce() -> Result<Vec<u8>, Failure>,
        digest: impl FnOnce() -> Result<Digest, Failure>,
    ) -> Result<Self::Out, Failure>;

    /// An archive, whose texts were written to this backend.
    fn archive(
        &self,
        archive: Archive<Self::Out>,
        bytes: impl FnOnce(Archive<Vec<u8>>) -> Result<Vec<u8>, Failure>,
        key: impl FnOnce(Archive<Digest>) -> Result<Digest, Failure>,
    ) -> Result<Self::Out, Failure>;

    /// What is done with an output's text once it is written, if it is.
    fn finish(
        &self,
        out: Self::Out,
        finish: impl FnOnce(Vec<u8>) -> Result<Vec<u8>, Failure>,
    ) -> Result<Self::Out, Failure>;
}

/// A document's body as a page is made of it: written, or what stands for it in a key, or both.
pub(super) struct Body {
    html: Option<html::Html>,
    key: Option<Digest>,
}

impl Body {
    /// As it is written, where it is.
    pub fn html(&self) -> Option<&html::Html> {
        self.html.as_ref()
    }

    /// The ids that it gave away, where it is written.
    pub fn take_anchors(&mut self) -> crate::markdown::anchors::Anchors {
        let html = self.html.as_mut();
        html.map(|html| std::mem::take(&mut html.anchors))
            .unwrap_or_default()
    }

    /// What stands for it in a key, where one is made.
    pub fn key(&self) -> Option<Digest> {
        self.key
    }
}

/// Writes outputs as they are published.
pub(super) struct Html;

impl Backend for Html {
    type Out = Vec<u8>;

    fn template(
        &self,
        engines: &Engines,
        template: Template<'_>,
        context: &Context,
        hint: usize,
    ) -> Result<Vec<u8>, Failure> {
        Ok(engines.render(template, context, hint)?)
    }

    fn body(
        &self,
        html: impl FnOnce() -> Result<html::Html, Failure>,
        _: impl FnOnce(&Digests) -> Digest,
    ) -> Result<Body, Failure> {
        let (html, key) = (Some(html()?), None);
        Ok(Body { html, key })
    }

    fn bytes(&self, bytes: Vec<u8>) -> Vec<u8> {
        bytes
    }

    fn copy(
        &self,
        content: impl FnOnce() -> Result<Vec<u8>, Failure>,
        _: impl FnOnce() -> Result<Digest, Failure>,
    ) -> Result<Vec<u8>, Failure> {
        content()
    }

    fn archive(
        &self,
        archive: Archive<Vec<u8>>,
        bytes: impl FnOnce(Archive<Vec<u8>>) -> Result<Vec<u8>, Failure>,
        _: impl FnOnce(Archive<Digest>) -> Result<Digest, Failure>,
    ) -> Result<Vec<u8>, Failure> {
        bytes(archive)
    }

    fn finish(
        &self,
        out: Vec<u8>,
        finish: impl FnOnce(Vec<u8>) -> Result<Vec<u8>, Failure>,
    ) -> Result<Vec<u8>, Failure> {
        finish(out)
    }
}

/// Makes keys: a template answers with a digest of what it was given, and a body with one of its source and of
/// what its references lead to.
impl Backend for Digests {
    type Out = Digest;

    fn template(
        &self,
        _: &Engines,
        template: Template<'_>,
        context: &Context,
        _: usize,
    ) -> Result<Digest, Failure> {
        Ok(self.of(template, context))
    }

    fn body(
        &self,
        _: impl FnOnce() -> Result<html::Html, Failure>,
        key: impl FnOnce(&Digests) -> Digest,
    ) -> Result<Body, Failure> {
        let (html, key) = (None, Some(key(self)));
        Ok(Body { html, key })
    }

    fn bytes(&self, bytes: Vec<u8>) -> Digest {
        Digest::of(&bytes)
    }

    fn copy(
        &self,
        _: impl FnOnce() -> Result<Vec<u8>, Failure>,
        digest: impl FnOnce() -> Result<Digest, Failure>,
    ) -> Result<Digest, Failure> {
        digest()
    }

    fn archive(
        &self,
        archive: Archive<Digest>,
        _: impl FnOnce(Archive<Vec<u8>>) -> Result<Vec<u8>, Failure>,
        key: impl FnOnce(Archive<Digest>) -> Result<Digest, Failure>,
    ) -> Result<Digest, Failure> {
        key(archive)
    }

    fn finish(
        &self,
        out: Digest,
        _: impl FnOnce(Vec<u8>) -> Result<Vec<u8>, Failure>,
    ) -> Result<Digest, Failure> {
        Ok(out)
    }
}

/// Writes outputs and makes their keys of the same preparations.
pub(super) struct Both<'a>(pub &'a Digests);

impl Backend for Both<'_> {
    type Out = (Vec<u8>, Digest);

    fn template(
        &self,
        engines: &Engines,
        template: Template<'_>,
        context: &Context,
        hint: usize,
    ) -> Result<Self::Out, Failure> {
        let key = self.0.of(template, context);
        Ok((engines.render(template, context, hint)?, key))
    }

    fn body(
        &self,
        html: impl FnOnce() -> Result<html::Html, Failure>,
        key: impl FnOnce(&Digests) -> Digest,
    ) -> Result<Body, Failure> {
        let (html, key) = (Some(html()?), Some(key(self.0)));
        Ok(Body { html, key })
    }

    fn bytes(&self, bytes: Vec<u8>) -> Self::Out {
        let digest = Digest::of(&bytes);
        (bytes, digest)
    }

    fn copy(
        &self,
        content: impl FnOnce() -> Result<Vec<u8>, Failure>,
        digest: impl FnOnce() -> Result<Digest, Failure>,
    ) -> Result<Self::Out, Failure> {
        Ok((content()?, digest()?))
    }

    fn archive(
        &self,
        archive: Archive<Self::Out>,
        bytes: impl FnOnce(Archive<Vec<u8>>) -> Result<Vec<u8>, Failure>,
        key: impl FnOnce(Archive<Digest>) -> Result<Digest, Failure>,
    ) -> Result<Self::Out, Failure> {
        let written = bytes(archive.map(|(bytes, _)| bytes.clone()))?;
        Ok((written, key(archive.map(|(_, digest)| *digest))?))
    }

    fn finish(
        &self,
        (bytes, digest): Self::Out,
        finish: impl FnOnce(Vec<u8>) -> Result<Vec<u8>, Failure>,
    ) -> Result<Self::Out, Failure> {
        Ok((finish(bytes)?, digest))
    }
}
