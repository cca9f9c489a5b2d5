//! `picture_for(image=…, slot="…")`: which files a page offers for a picture in a slot of the theme.

use std::sync::Arc;

use tera::{Kwargs, State, Tera, TeraResult, Value};

use super::super::pictures::{Source, choice};
use crate::{
    base::path,
    theme::{Theme, slots::Slot},
};

pub(super) fn register(tera: &mut Tera, theme: Arc<Theme>) {
    tera.register_function("picture_for", move |kwargs: Kwargs, _: &State| {
        picture_for(&theme, &kwargs)
    });
}

fn picture_for(theme: &Theme, kwargs: &Kwargs) -> TeraResult<Value> {
    let image = kwargs.must_get::<Value>("image")?;
    let slot = slot(theme, kwargs.must_get::<&str>("slot")?)?;
    let Some(source) = Source::read(&image) else {
        return Ok(choice(&image, &[], &slot.sizes));
    };
    if !slot.of.contains(&source.shown.role) {
        let (slot, role) = (&slot.name, source.shown.role.name());
        return super::wrong(format!(
            "the slot `{slot}` is not for this picture, whose role is `{role}`: add \"{role}\" to its `of` in theme.toml"
        ));
    }
    Ok(choice(&image, &source.formats(slot), &slot.sizes))
}

fn slot<'t>(theme: &'t Theme, name: &str) -> TeraResult<&'t Slot> {
    match theme.slots.get(name) {
        Some(slot) => Ok(slot),
        None => super::wrong(
            match path::closest(name, theme.slots.iter().map(|slot| slot.name.as_str())) {
                Some(near) => format!("there is no slot `{name}`; did you mean `{near}`?"),
                None => format!("there is no slot `{name}` in theme.toml: add [slots.{name}]"),
            },
        ),
    }
}
