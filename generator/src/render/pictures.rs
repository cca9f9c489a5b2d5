//! Pictures as templates know them, and which files a page offers for one in a slot.

use dateline_pictures::{Encoding, Field, Material};
use tera::Value;

use super::value::{field, html, list, map, text};
use crate::{
    assets::{Derivative, Original, Used},
    base::{focus::Focus, hash::Digest, path},
    link::Shown,
    markdown::text::escaped,
    parse::Said,
    theme::slots::{Role, Slot},
};

/// A picture in a role, as templates know it; `none` when the file is missing (which is reported elsewhere). `caption`
/// is HTML, `download` what is offered for it; what its file says stands where `said` or `caption` is silent.
pub(super) fn image(
    file: Option<&Used>,
    role: Role,
    said: &Said,
    caption: Option<&str>,
    download: Value,
) -> Value {
    let Some(file) = file else {
        return Value::none();
    };
    let source = file.original.as_ref();
    let side =
        |of: fn((u32, u32)) -> u32| file.shown_size().map_or_else(Value::none, |s| of(s).into());
    let rights = file.rights(said);
    let stated = |field| text(rights.get(field));
    let described = caption.is_none().then(|| rights.get(Field::Description));
    let described = described.flatten().map(escaped);
    let alt = said.alt.as_deref().or(rights.get(Field::Alt));
    let caption = caption.or(described.as_deref()).filter(|c| !c.is_empty());
    map([
        ("src", Value::from(path::encode(file.shown_address()))),
        ("width", side(|size| size.0)),
        ("height", side(|size| size.1)),
        ("alt", Value::from(alt.unwrap_or_default())),
        ("caption", html(caption)),
        ("headline", stated(Field::Headline)),
        ("creator", stated(Field::Creator)),
        ("credit", stated(Field::Credit)),
        ("copyright", stated(Field::Copyright)),
        ("terms", stated(Field::Terms)),
        ("licence", stated(Field::Licence)),
        ("licensor", stated(Field::Licensor)),
        ("date", stated(Field::Date)),
        ("city", stated(Field::City)),
        ("country", stated(Field::Country)),
        ("source_type", stated(Field::SourceType)),
        ("download", download),
        (
            "source",
            source.map_or_else(Value::none, |s| {
                source_value(s, &file.address, Shown::of(role, said))
            }),
        ),
    ])
}

const MATERIALS: [(&str, Material); 3] = [
    ("photo", Material::Photo),
    ("transparent", Material::Transparent),
    ("drawing", Material::Drawing),
];

/// All that derivatives follow from, so that a function of templates can name them.
fn source_value(original: &Original, address: &str, shown: Shown) -> Value {
    let material = MATERIALS.iter().find(|(_, m)| *m == original.material);
    let Focus { x, y } = shown.focus;
    map([
        ("address", Value::from(address)),
        ("published", Value::from(original.published.hex())),
        ("width", Value::from(original.size.0)),
        ("height", Value::from(original.size.1)),
        ("material", text(material.map(|(name, _)| *name))),
        ("role", Value::from(shown.role.name())),
        ("focus", Value::from(format!("{x}% {y}%"))),
    ])
}

/// What derivatives of a picture follow from, read from its value.
pub(super) struct Source<'a> {
    address: &'a str,
    original: Original,
    pub shown: Shown,
}

impl<'a> Source<'a> {
    /// Of a picture of which derivatives are made.
    pub fn read(image: &'a Value) -> Option<Self> {
        let side = |name| Some(image.get_from_path(name)?.as_i128()? as u32);
        let material = field(image, "source.material")?;
        let (_, material) = MATERIALS.iter().find(|(name, _)| *name == material)?;
        Some(Self {
            address: field(image, "source.address")?,
            original: Original {
                published: Digest::from_hex(field(image, "source.published")?)?,
                material: *material,
                size: (side("source.width")?, side("source.height")?),
            },
            shown: Shown {
                role: Role::named(field(image, "source.role")?)?,
                focus: Focus::read(field(image, "source.focus")?)?,
            },
        })
    }

    /// What is made of it for a slot, in each format.
    pub fn formats(&self, slot: &Slot) -> Vec<(Encoding, Vec<Derivative>)> {
        self.original
            .derivatives(self.address, self.shown.focus, slot)
    }
}

/// What `<picture>` takes: `src`, `width` and `height` of the picture for those who know nothing else, its `srcset` and
/// `sizes`, and the `sources` in other formats, the preferred one first. The last format is that of `src`.
pub(super) fn choice(image: &Value, formats: &[(Encoding, Vec<Derivative>)], sizes: &str) -> Value {
    let srcset = |made: &[Derivative]| {
        let one = |d: &Derivative| format!("{} {}w", path::encode(&d.address), d.recipe.width);
        made.iter().map(one).collect::<Vec<_>>().join(", ")
    };
    let last = formats
        .split_last()
        .and_then(|((_, made), others)| Some((made, made.last()?, others)));
    let Some((made, largest, others)) = last else {
        let own = |name| {
            image
                .get_from_path(name)
                .cloned()
                .unwrap_or_else(Value::none)
        };
        return map([
            ("src", own("src")),
            ("width", own("width")),
            ("height", own("height")),
            ("srcset", Value::none()),
            ("sizes", Value::none()),
            ("sources", list([])),
        ]);
    };
    let sources = others.iter().map(|(format, made)| {
        map([
            ("type", Value::from(format.media_type())),
            ("srcset", Value::from(srcset(made))),
        ])
    });
    map([
        ("src", Value::from(path::encode(&largest.address))),
        ("width", Value::from(largest.recipe.width)),
        ("height", Value::from(largest.recipe.height)),
        ("srcset", Value::from(srcset(made))),
        ("sizes", Value::from(sizes)),
        ("sources", list(sources)),
    ])
}
