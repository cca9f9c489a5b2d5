//! `theme.toml`, which a theme need not have: the slots of a theme, which are the places where its pages show pictures.

use std::sync::Arc;

use dateline_pictures::{Encoding, Recipe, Window};
use serde::{Deserialize, Serialize};

use crate::base::{
    diag::Diagnostics,
    fields::{At, Fields},
    files::Files,
    focus::Focus,
    hash::{Digest, Sum},
    path, read, tree,
};

/// Its name, in the theme's folder.
pub(super) const FILE: &str = "theme.toml";

/// What a picture is for its document. A slot may be meant for some of these alone.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum Role {
    /// The picture of a document's front matter.
    Main,
    /// A picture of a body.
    Body,
    /// What a dossier shows before its video plays.
    Poster,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Main, Self::Body, Self::Poster];

    /// As themes call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Main => "main",
            Self::Body => "body",
            Self::Poster => "poster",
        }
    }

    /// The one of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }
}

/// A place where pages show pictures.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Slot {
    /// As templates call it.
    pub name: String,
    /// In pixels, ascending, at least one.
    pub widths: Vec<u32>,
    /// How wide it is on a page: the attribute `sizes` (HTML §4.8.4.2.2).
    pub sizes: String,
    /// Its shape, as width to height; otherwise pictures keep theirs.
    pub crop: Option<(u32, u32)>,
    /// Which pictures it shows.
    pub of: Vec<Role>,
    /// In which formats, the preferred one first.
    pub formats: Vec<Encoding>,
}

/// All slots of a theme, sorted by name.
#[derive(Clone, Debug, Default)]
pub struct Slots {
    slots: Vec<Slot>,
    /// Of all that they say.
    pub digest: Digest,
}

impl Slots {
    /// The slot of a name.
    pub fn get(&self, name: &str) -> Option<&Slot> {
        self.slots.iter().find(|slot| slot.name == name)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Slot> {
        self.slots.iter()
    }

    /// Reads `theme.toml`.
    pub(super) fn load(files: &dyn Files, file: &str, diags: &mut Diagnostics) -> Self {
        let Some(text) = read::text(files, file, diags) else {
            return Self::default();
        };
        let file: Arc<str> = file.into();
        let (entries, problems) = tree::from_toml(&text, 0);
        let broken = !problems.is_empty();
        let problems = problems.into_iter();
        diags.extend(problems.map(|p| p.at(&file, "theme.toml", tree::Format::Toml)));
        if broken {
            return Self::default();
        }
        let mut f = Fields::new(entries, 0..0, &file, diags);
        let formats = formats(&mut f).unwrap_or_else(|| vec![Encoding::WebP, Encoding::Jpeg]);
        let mut slots = Vec::new();
        if let Some(table) = f.table("slots") {
            for entry in table.value {
                let name = entry.key;
                match entry.node.value {
                    tree::Value::Table(value) => {
                        let span = entry.key_span;
                        let mut t = f.inside(At { value, span });
                        slots.extend(slot(&mut t, name, &formats));
                        t.done();
                    }
                    other => {
                        let message =
                            format!("`slots.{name}` must be a table, not {}", other.describe());
                        f.push(
                            entry.key_span,
                            message,
                            &format!("write [slots.{name}] and its keys below"),
                        );
                    }
                }
            }
        }
        f.done();
        slots.sort_by(|a, b| a.name.cmp(&b.name));
        let mut sum = Sum::default();
        sum.text(&format!("{slots:?}"));
        Self {
            slots,
            digest: sum.finish(),
        }
    }
}

/// The widest picture that a slot may ask for, in pixels: more than any screen has.
const WIDEST: u64 = 8192;

fn slot(t: &mut Fields<'_>, name: String, all_formats: &[Encoding]) -> Option<Slot> {
    let widths = widths(t);
    let sizes = t
        .text("sizes")
        .map_or_else(|| "100vw".to_owned(), |sizes| sizes.value);
    let crop = t.text("crop").and_then(|text| {
        let crop = ratio(&text.value);
        if crop.is_none() {
            let message = format!("“{}” is not a shape", text.value);
            t.push(
                text.span,
                message,
                "write width to height, such as crop = \"3:2\"",
            );
        }
        crop
    });
    let of = roles(t);
    let formats = formats(t).unwrap_or_else(|| all_formats.to_vec());
    Some(Slot {
        name,
        widths: widths?,
        sizes,
        crop,
        of,
        formats,
    })
}

fn widths(t: &mut Fields<'_>) -> Option<Vec<u32>> {
    const EXAMPLE: &str = "write their widths in pixels, such as widths = [480, 960, 1440]";
    let Some(counts) = t.counts("widths") else {
        if !t.tried("widths") {
            t.missing("widths", EXAMPLE);
        }
        return None;
    };
    let span = counts.span;
    let fitting = |width: &u64| (1..=WIDEST).contains(width);
    if counts.value.is_empty() || !counts.value.iter().all(fitting) {
        t.push(
            span,
            format!("`widths` must be numbers from 1 to {WIDEST}"),
            EXAMPLE,
        );
        return None;
    }
    let mut widths: Vec<u32> = counts.value.into_iter().map(|width| width as u32).collect();
    widths.sort_unstable();
    widths.dedup();
    Some(widths)
}

/// Reads `3:2`.
fn ratio(text: &str) -> Option<(u32, u32)> {
    let (width, height) = text.split_once(':')?;
    let side = |text: &str| {
        text.trim()
            .parse()
            .ok()
            .filter(|side| (1..=10_000).contains(side))
    };
    Some((side(width)?, side(height)?))
}

fn roles(t: &mut Fields<'_>) -> Vec<Role> {
    let mut roles = Vec::new();
    for text in t.texts("of") {
        match Role::named(&text.value) {
            Some(role) => roles.push(role),
            None => unknown(t, text, &Role::ALL.map(Role::name), "a role of pictures"),
        }
    }
    match roles.is_empty() {
        true => Role::ALL.to_vec(),
        false => roles,
    }
}

fn formats(t: &mut Fields<'_>) -> Option<Vec<Encoding>> {
    const NAMES: [(&str, Encoding); 3] = [
        ("avif", Encoding::Avif),
        ("webp", Encoding::WebP),
        ("jpeg", Encoding::Jpeg),
    ];
    let mut formats = Vec::new();
    for text in t.texts("formats") {
        match NAMES.iter().find(|(name, _)| *name == text.value) {
            Some((_, Encoding::Avif)) if !Encoding::Avif.is_available() => {
                let message = "this program was built without AVIF";
                t.push(
                    text.span,
                    message.to_owned(),
                    "build it with `--features avif`, or remove \"avif\"",
                );
            }
            Some((_, format)) => formats.push(*format),
            None => unknown(t, text, &NAMES.map(|(name, _)| name), "a format"),
        }
    }
    (!formats.is_empty()).then_some(formats)
}

fn unknown(t: &mut Fields<'_>, text: At<String>, names: &[&str], what: &str) {
    let hint = match path::closest(&text.value, names.iter().copied()) {
        Some(near) => format!("did you mean \"{near}\"?"),
        None => format!("write one of {}", crate::base::fields::list(names)),
    };
    t.push(text.span, format!("“{}” is not {what}", text.value), &hint);
}

impl Slot {
    /// What is made of a picture of `size`, as it is shown, for this slot, in one format: ascending by width. No
    /// picture is enlarged. One that is smaller than all widths is used as it is, so nothing is made, unless the slot
    /// has a shape that it lacks.
    pub fn recipes(&self, size: (u32, u32), focus: Focus, format: Encoding) -> Vec<Recipe> {
        let window = self.window(size, focus);
        let (width, height) = window.map_or(size, |w| (w.width, w.height));
        let smallest = self.widths.first().copied().unwrap_or(width);
        if window.is_none() && width <= smallest {
            return Vec::new();
        }
        let smaller = self.widths.iter().copied().filter(|w| *w < width);
        let full = self.widths.last().is_some_and(|largest| *largest >= width);
        let widths = smaller.chain(full.then_some(width));
        let shape = |w: u32| {
            // By the shape that was asked for, so that rounding of the window does not add up.
            let (across, down) = self.crop.unwrap_or((width, height));
            let exact = u64::from(w) * u64::from(down) + u64::from(across) / 2;
            Recipe {
                width: w,
                height: ((exact / u64::from(across)) as u32).max(1),
                window,
                format,
            }
        };
        widths.map(shape).collect()
    }

    /// How many pixels of a picture of `size` this slot can show across.
    pub fn across(&self, size: (u32, u32)) -> u32 {
        let window = self.window(size, Focus::default());
        window.map_or(size.0, |window| window.width)
    }

    /// The largest part of a picture that has this slot's shape; `None` for all of it.
    fn window(&self, (width, height): (u32, u32), focus: Focus) -> Option<Window> {
        let (across, down) = self.crop?;
        let (w, h) = (u64::from(width), u64::from(height));
        let (across, down) = (u64::from(across), u64::from(down));
        // Rounded, so that a picture of this shape is not cut by a pixel.
        let fitting = ((h * across + down / 2) / down).clamp(1, w);
        let tall = ((w * down + across / 2) / across).clamp(1, h);
        let (part, rows) = if fitting < w { (fitting, h) } else { (w, tall) };
        if (part, rows) == (w, h) {
            return None;
        }
        let (part, rows) = (part as u32, rows as u32);
        Some(Window {
            x: Focus::start(focus.x, width, part),
            y: Focus::start(focus.y, height, rows),
            width: part,
            height: rows,
        })
    }
}

#[cfg(test)]
#[path = "slots_tests.rs"]
mod tests;
