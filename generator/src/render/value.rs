//! Small helpers to build `tera::Value`s by hand: serialising would copy every time.

use tera::{Map, Value};

/// What a template sees beside what every page sees. It knows its names, so that a key covers all.
#[derive(Default)]
pub(super) struct Context {
    inner: tera::Context,
    names: Vec<&'static str>,
}

impl Context {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a value.
    pub fn insert_value(&mut self, name: &'static str, value: Value) {
        self.names.push(name);
        self.inner.insert_value(name, value);
    }

    /// As the engine takes it.
    pub fn inner(&self) -> &tera::Context {
        &self.inner
    }

    /// Every name with its value, in the order of insertion.
    pub fn entries(&self) -> impl Iterator<Item = (&'static str, &Value)> {
        let value = |name: &&'static str| Some((*name, self.inner.get(name)?));
        self.names.iter().filter_map(value)
    }
}

/// A map from fixed keys, in the order given.
pub(super) fn map<const N: usize>(entries: [(&'static str, Value); N]) -> Value {
    entries
        .into_iter()
        .map(|(key, value)| (key.into(), value))
        .collect::<Map>()
        .into()
}

/// A map with further keys.
pub(super) fn extended<const N: usize>(base: &Value, entries: [(&'static str, Value); N]) -> Value {
    let mut map = base.as_map().cloned().unwrap_or_default();
    map.extend(entries.into_iter().map(|(key, value)| (key.into(), value)));
    map.into()
}

/// Text that templates escape, or none.
pub(super) fn text(text: Option<&str>) -> Value {
    text.map_or_else(Value::none, Value::from)
}

/// HTML that templates print as it is, or none.
pub(super) fn html(html: Option<&str>) -> Value {
    html.map_or_else(Value::none, Value::safe_string)
}

/// A list.
pub(super) fn list(items: impl IntoIterator<Item = Value>) -> Value {
    Value::from(items.into_iter().collect::<Vec<Value>>())
}

/// The text at a path of keys (`poster.src`).
pub(super) fn field<'a>(value: &'a Value, path: &'static str) -> Option<&'a str> {
    value.get_from_path(path)?.as_str()
}
