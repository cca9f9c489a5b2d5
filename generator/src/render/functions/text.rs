//! `t(key="…", …)`: a message of the theme's catalogue.

use std::sync::Arc;

use fluent_bundle::{FluentArgs, FluentValue};
use tera::{Kwargs, State, Tera, TeraResult, Value};

use crate::theme::catalogue::Catalogue;

pub(super) fn register(tera: &mut Tera, catalogue: Arc<Catalogue>) {
    tera.register_function("t", move |kwargs: Kwargs, _: &State| {
        message(&catalogue, &kwargs)
    });
}

fn message(catalogue: &Catalogue, kwargs: &Kwargs) -> TeraResult<String> {
    let key = kwargs.must_get::<&str>("key")?;
    let mut args = FluentArgs::new();
    for (name, value) in kwargs.iter() {
        if let Some(name) = name.as_str()
            && name != "key"
        {
            args.set(name.to_owned(), argument(value));
        }
    }
    match catalogue.message(key, &args) {
        Ok(Some(text)) => Ok(text),
        Ok(None) => super::wrong(format!(
            "there is no message `{key}` in the theme's catalogues"
        )),
        Err(why) => super::wrong(why),
    }
}

fn argument(value: &Value) -> FluentValue<'static> {
    if let Some(n) = value.as_i64() {
        return FluentValue::from(n);
    }
    if let Some(n) = value.as_u64() {
        return FluentValue::from(n);
    }
    if let Some(n) = value.as_f64() {
        return FluentValue::from(n);
    }
    FluentValue::from(value.to_string())
}
