//! What a document says of a picture that it shows: in front matter, or in the line of a figure.

use std::ops::Range;

use dateline_pictures::{Field, Rights};
use serde::{Deserialize, Serialize};

use super::lines::markdown;
use crate::{
    base::{
        fields::{At, Fields},
        focus::Focus,
    },
    config::pictures::{Download, statement},
    markdown::directive::{Directive, PICTURE_KEYS},
};

/// What is said of a picture, beside its caption.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Said {
    /// Its description; an empty one says that it is decorative, on purpose.
    pub alt: Option<String>,
    /// Whose it is.
    pub rights: Rights,
    /// What crops keep in view.
    pub focus: Focus,
    /// Who may download it, if not whom `site.toml` lets.
    pub download: Option<Download>,
}

impl Said {
    /// Takes a key of [`PICTURE_KEYS`].
    ///
    /// # Errors
    /// Message and cure.
    fn take(&mut self, key: &str, value: &str) -> Result<(), (String, String)> {
        let field = match key {
            "alt" => {
                self.alt = Some(value.trim().to_owned());
                return Ok(());
            }
            "headline" => Field::Headline,
            "creator" => Field::Creator,
            "credit" => Field::Credit,
            "copyright" => Field::Copyright,
            "terms" => Field::Terms,
            "licence" => Field::Licence,
            "licensor" => Field::Licensor,
            "city" => Field::City,
            "country" => Field::Country,
            "source_type" => Field::SourceType,
            "focus" => {
                self.focus = Focus::read(value).ok_or_else(|| {
                    let hint = "write two percentages, from the left and from the top, such as \"30% 40%\"";
                    (format!("`focus` cannot be “{value}”"), hint.to_owned())
                })?;
                return Ok(());
            }
            "download" => {
                self.download = Some(Download::named(value)?);
                return Ok(());
            }
            _ => return Ok(()),
        };
        self.rights.set(field, &statement(field, key, value)?);
        Ok(())
    }

    /// What a figure says. Of a key that is wrong, `wrong` gets place, message and cure.
    pub fn of_figure(
        figure: &Directive,
        mut wrong: impl FnMut(Range<usize>, String, String),
    ) -> Self {
        let mut said = Self::default();
        for a in &figure.attributes {
            if let Err((message, hint)) = said.take(&a.key, &a.value) {
                wrong(a.span.clone(), message, hint);
            }
        }
        said
    }

    fn read(t: &mut Fields<'_>) -> Self {
        let mut said = Self::default();
        for key in PICTURE_KEYS {
            let Some(text) = t.text(key) else { continue };
            if let Err((message, hint)) = said.take(key, &text.value) {
                t.push(text.span, message, &hint);
            }
        }
        // An empty text counts as absent elsewhere; here it is a statement.
        if said.alt.is_none() && t.tried("alt") {
            said.alt = Some(String::new());
        }
        said
    }
}

/// A picture in front matter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ImageMeta {
    /// Its path, relative or from `content/`.
    pub src: At<String>,
    /// Its caption, in Markdown; an empty one says that it has none, whatever its file says.
    pub caption: Option<String>,
    /// What else is said of it.
    pub said: Said,
}

impl ImageMeta {
    /// Reads the table of a picture.
    pub(super) fn read(t: &mut Fields<'_>, lines: &mut Vec<At<String>>) -> Option<Self> {
        let src = t.required_text("src");
        let caption = t.text("caption");
        let none = (caption.is_none() && t.tried("caption")).then(String::new);
        let said = Said::read(t);
        Some(Self {
            src: src?,
            caption: markdown(caption, lines).or(none),
            said,
        })
    }
}
