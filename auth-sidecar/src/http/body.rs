//! Request bodies as types: JSON and forms with the same field names, parsed strictly.
//!
//! A body is read completely before it is judged, and anything unexpected is refused instead of guessed at:
//! duplicate names (parsers disagree on which wins), unknown names, values of the wrong type, invalid UTF-8. The
//! caller limits the body to 16 KiB; memory stays within a small multiple of that.
//!
//! Values may be passwords: copies are erased on drop. (The body's own bytes are not, nor what the JSON parser
//! buffers for a text with escapes.)

use std::fmt;

use serde::de::value::MapDeserializer;
use serde::de::{
    self, Deserialize, DeserializeOwned, Deserializer, IntoDeserializer, MapAccess, Visitor,
};
use serde::forward_to_deserialize_any;
use serde_json::value::RawValue;
use zeroize::Zeroizing;

/// Characters of an unknown name that are quoted.
const LONGEST_SHOWN: usize = 40;

/// The two formats of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Json,
    Form,
}

/// Why a body was refused.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum BodyError {
    /// Malformed, or with a duplicate name.
    Malformed,
    /// An unknown name, escaped and truncated for display.
    Unknown(String),
    /// The field of this name has a value of the wrong type, or is required and missing.
    Invalid(String),
}

/// A body's texts and flags by name, each name once.
pub(super) struct Fields(Vec<Field>);

impl Fields {
    /// # Errors
    /// [`BodyError::Malformed`].
    pub(super) fn read(body: &[u8], format: Format) -> Result<Self, BodyError> {
        let text = std::str::from_utf8(body).map_err(|_| BodyError::Malformed)?;
        let fields = match format {
            Format::Json => {
                serde_json::from_str::<Self>(text)
                    .map_err(|_| BodyError::Malformed)?
                    .0
            }
            Format::Form => form(text)?,
        };
        let mut names: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
        names.sort_unstable();
        match names.windows(2).any(|pair| pair[0] == pair[1]) {
            true => Err(BodyError::Malformed),
            false => Ok(Self(fields)),
        }
    }

    /// Removes and returns a text.
    ///
    /// # Errors
    /// [`BodyError::Invalid`] if the field is not a text.
    pub(super) fn take(&mut self, name: &str) -> Result<Option<String>, BodyError> {
        let found = self.0.iter().position(|field| field.name == name);
        let field = found.map(|at| self.0.swap_remove(at));
        field.map(String::deserialize).transpose()
    }

    /// Deserializes all fields.
    ///
    /// # Errors
    /// [`BodyError::Unknown`] or [`BodyError::Invalid`], for the first mistake.
    pub(super) fn all<T: DeserializeOwned>(self) -> Result<T, BodyError> {
        let fields = self.0.into_iter();
        let named = fields.map(|field| (field.name.clone(), field));
        T::deserialize(MapDeserializer::new(named))
    }
}

struct Field {
    name: String,
    value: Value,
}

enum Value {
    Flag(bool),
    Text(Zeroizing<String>),
    /// From a form: a text, or a flag written `true`, `false` or `on`.
    Written(Zeroizing<String>),
    /// A number, a list or anything else that no field accepts.
    Other,
}

impl Value {
    /// A JSON value. Lists and objects are skipped, however deep.
    fn of(raw: &RawValue) -> Result<Self, serde_json::Error> {
        Ok(match raw.get() {
            "true" => Self::Flag(true),
            "false" => Self::Flag(false),
            text if text.starts_with('"') => Self::Text(serde_json::from_str(text)?),
            _ => Self::Other,
        })
    }
}

/// A JSON object as written: a map would silently keep the last of two values.
impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;

        impl<'de> Visitor<'de> for Object {
            type Value = Fields;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
                let mut fields = Vec::new();
                while let Some((name, raw)) = map.next_entry::<_, &RawValue>()? {
                    let value = Value::of(raw).map_err(de::Error::custom)?;
                    fields.push(Field { name, value });
                }
                Ok(Fields(fields))
            }
        }

        deserializer.deserialize_map(Object)
    }
}

impl<'de> Deserializer<'de> for Field {
    type Error = BodyError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, BodyError> {
        let read = match self.value {
            Value::Flag(flag) => visitor.visit_bool(flag),
            Value::Text(text) | Value::Written(text) => visitor.visit_str(&text),
            Value::Other => Err(BodyError::Malformed),
        };
        read.map_err(|_| BodyError::Invalid(self.name))
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, BodyError> {
        let value = match self.value {
            Value::Written(text) => match text.as_str() {
                "true" | "on" => Value::Flag(true),
                "false" => Value::Flag(false),
                _ => Value::Other,
            },
            value => value,
        };
        let name = self.name;
        Self { name, value }.deserialize_any(visitor)
    }

    /// A field that is present must have a value: `null` is none.
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, BodyError> {
        visitor.visit_some(self)
    }

    forward_to_deserialize_any! {
        i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

impl<'de> IntoDeserializer<'de, BodyError> for Field {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl fmt::Display for BodyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

impl std::error::Error for BodyError {}

impl de::Error for BodyError {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self::Malformed
    }

    fn unknown_field(field: &str, _: &'static [&'static str]) -> Self {
        Self::Unknown(shown(field))
    }

    fn missing_field(field: &'static str) -> Self {
        Self::Invalid(field.to_owned())
    }
}

/// A name from outside, escaped and truncated for display.
fn shown(name: &str) -> String {
    let mut escaped: String = name
        .chars()
        .flat_map(char::escape_debug)
        .take(LONGEST_SHOWN + 1)
        .collect();
    if let Some((end, _)) = escaped.char_indices().nth(LONGEST_SHOWN) {
        escaped.truncate(end);
        escaped.push('…');
    }
    escaped
}

/// Pairs separated by `&`, as browsers write them (URL Standard, section 5.1); an empty body has none.
/// `form_urlencoded` would replace invalid UTF-8 by `�`, and so change a password.
fn form(body: &str) -> Result<Vec<Field>, BodyError> {
    let pairs = body.split('&').filter(|pair| !pair.is_empty());
    let fields = pairs.map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        Ok(Field {
            name: std::mem::take(&mut *decoded(name)?),
            value: Value::Written(decoded(value)?),
        })
    });
    fields.collect()
}

fn decoded(text: &str) -> Result<Zeroizing<String>, BodyError> {
    // Never reallocates, so it leaves no copy behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len()));
    let mut rest = text.bytes();
    while let Some(b) = rest.next() {
        bytes.push(match b {
            b'+' => b' ',
            b'%' => {
                let mut digit = || char::from(rest.next()?).to_digit(16);
                let value = digit().zip(digit()).map(|(high, low)| high * 16 + low);
                let value = value.and_then(|value| u8::try_from(value).ok());
                value.ok_or(BodyError::Malformed)?
            }
            b => b,
        });
    }
    let text = std::str::from_utf8(&bytes).map_err(|_| BodyError::Malformed)?;
    Ok(Zeroizing::new(text.to_owned()))
}

#[cfg(test)]
mod tests;
