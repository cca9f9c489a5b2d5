//! Small helpers to build `tera::Value`s by hand: serialising would copy every time.

use tera::{Map, Value, value::Key};

use super::encode::Card;
use crate::base::hash::Digest;

/// What a template sees beside what every page sees. It knows its names, so that a key covers all.
#[derive(Default)]
pub(super) struct Context {
    inner: tera::Context,
    names: Vec<&'static str>,
    body: Option<BodyPart>,
    cards: Vec<Card>,
}

/// Where the body of a document stands in a context, and what stands for it in a key.
struct BodyPart {
    value: &'static str,
    fields: &'static [&'static str],
    key: Digest,
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

    /// The value of a card that is to stand somewhere in this context.
    pub fn card(&mut self, card: &Card) -> Value {
        self.cards.push(card.clone());
        card.value.clone()
    }

    /// The cards in it.
    pub fn cards(&self) -> &[Card] {
        &self.cards
    }

    /// Says that some fields of a value follow from a body, for which `key` stands.
    pub fn body(&mut self, value: &'static str, fields: &'static [&'static str], key: Digest) {
        self.body = Some(BodyPart { value, fields, key });
    }

    /// What stands for the body in a key, and whether a field of a value follows from it.
    pub fn of_body(&self) -> (Option<&Digest>, impl Fn(&str, &str) -> bool) {
        let inside = |value: &str, field: &str| {
            let body = self.body.as_ref().filter(|body| body.value == value);
            body.is_some_and(|body| body.fields.contains(&field))
        };
        (self.body.as_ref().map(|body| &body.key), inside)
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
        .map(|(key, value)| (Key::from(key), value))
        .collect::<Map>()
        .into()
}

/// A map with further keys. One that `base` has keeps its place and gets the new value.
pub(super) fn extended<const N: usize>(base: &Value, entries: [(&'static str, Value); N]) -> Value {
    let mut map = base.as_map().cloned().unwrap_or_default();
    map.extend(
        entries
            .into_iter()
            .map(|(key, value)| (Key::from(key), value)),
    );
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

/// A number with three decimals at most: `25`, `29.97`.
pub(super) fn decimal(number: f64) -> String {
    let text = format!("{number:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
