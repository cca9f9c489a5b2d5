//! What templates can call, in one language. Each file registers what it makes.

mod dates;
mod json;
mod numbers;
mod pictures;
mod text;
mod urls;

use std::sync::Arc;

use tera::Tera;

pub(super) use self::{dates::Dates, json::harmless};
use crate::{
    config::{Config, LangId},
    theme::Theme,
};

/// Registers all functions and filters for the language at `lang` of [`Config::languages`].
pub(super) fn register(
    tera: &mut Tera,
    config: &Config,
    theme: &Arc<Theme>,
    dates: Option<Arc<Dates>>,
    lang: LangId,
) {
    let code = &config.languages[lang].lang;
    text::register(tera, theme.catalogues[lang].clone());
    dates::register(tera, dates);
    numbers::register(tera, code);
    json::register(tera);
    urls::register(tera, config.base_url.clone(), theme.clone());
    pictures::register(tera, theme.clone());
}

/// An error that names what was wrong with a call.
fn wrong<T>(message: impl std::fmt::Display) -> tera::TeraResult<T> {
    Err(tera::Error::message(message))
}
