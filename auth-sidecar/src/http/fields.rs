//! Request bodies as fields: JSON and forms, the same names, read strictly.
//!
//! A body is read to its end before anything is said about it, and what is not exactly as expected is
//! refused rather than guessed at: a name that comes twice (each reader would take another one), a name
//! that nobody asked for, a value of another kind, text that is no UTF-8. Whoever calls has bounded the
//! body (16 KiB); nothing here takes more than a small multiple of that.
//!
//! Values may be passwords: they are erased when the fields are dropped, and `Debug` shows only names.
//! (The body's own bytes are not, nor what the JSON reader sets aside of a text with escapes.)

use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use zeroize::Zeroizing;

/// Of a name that is told back, in characters.
const LONGEST_SHOWN: usize = 40;

/// The fields of a body.
pub(crate) struct Fields {
    fields: Vec<(String, Value)>,
}

enum Value {
    /// Of a form: a text, or a flag as `true`, `false` or `on`.
    Written(Zeroizing<String>),
    Text(Zeroizing<String>),
    Flag(bool),
    /// A number, a list or anything else that no field is.
    Other,
}

/// Why a body was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum FieldsError {
    /// Not of the stated form, or a name that comes twice: `bad-request`.
    Malformed,
    /// A name that is not expected: `unknown-field`.
    Unknown {
        /// Escaped and cut for display.
        field: String,
    },
    /// A value of another kind, or none where one is required: `field-invalid`.
    Invalid {
        /// The field's name.
        field: String,
    },
}

impl FieldsError {
    fn invalid(name: &str) -> Self {
        Self::Invalid {
            field: name.to_owned(),
        }
    }
}

impl Fields {
    /// Reads `application/json`: one object, whose fields are strings or booleans.
    ///
    /// # Errors
    /// [`FieldsError`], of several mistakes the gravest: malformed, a name that is not among `names`, a
    /// value that is neither string nor boolean.
    pub(crate) fn from_json(body: &[u8], names: &[&str]) -> Result<Self, FieldsError> {
        let entries = serde_json::from_slice(body).map_err(|_| FieldsError::Malformed)?;
        Self::from_entries(entries, names)
    }

    /// Reads `application/x-www-form-urlencoded`. An empty body has no fields.
    ///
    /// # Errors
    /// [`FieldsError::Malformed`], or [`FieldsError::Unknown`] for a name that is not among `names`.
    pub(crate) fn from_form(body: &[u8], names: &[&str]) -> Result<Self, FieldsError> {
        Self::from_entries(form(body)?, names)
    }

    fn from_entries(Entries(fields): Entries, names: &[&str]) -> Result<Self, FieldsError> {
        let mut found: Vec<&str> = fields.iter().map(|(name, _)| name.as_str()).collect();
        found.sort_unstable();
        if found.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(FieldsError::Malformed);
        }
        let is_known = |name: &str| names.contains(&name);
        if let Some((name, _)) = fields.iter().find(|(name, _)| !is_known(name)) {
            return Err(FieldsError::Unknown { field: shown(name) });
        }
        let other = |(_, value): &&(String, Value)| matches!(value, Value::Other);
        match fields.iter().find(other) {
            Some((name, _)) => Err(FieldsError::invalid(name)),
            None => Ok(Self { fields }),
        }
    }

    /// A text, empty ones included; `None` when the field is absent.
    ///
    /// # Errors
    /// [`FieldsError::Invalid`] for a boolean.
    pub(crate) fn text(&self, name: &str) -> Result<Option<&str>, FieldsError> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::Written(text) | Value::Text(text)) => Ok(Some(text)),
            Some(Value::Flag(_) | Value::Other) => Err(FieldsError::invalid(name)),
        }
    }

    /// A flag: a boolean in JSON; `true`, `false` or `on` in a form. `None` when the field is absent.
    ///
    /// # Errors
    /// [`FieldsError::Invalid`] for anything else.
    pub(crate) fn flag(&self, name: &str) -> Result<Option<bool>, FieldsError> {
        let flag = match self.value(name) {
            None => return Ok(None),
            Some(Value::Flag(flag)) => Some(*flag),
            Some(Value::Written(text)) => match text.as_str() {
                "true" | "on" => Some(true),
                "false" => Some(false),
                _ => None,
            },
            Some(Value::Text(_) | Value::Other) => None,
        };
        flag.map(Some).ok_or_else(|| FieldsError::invalid(name))
    }

    fn value(&self, name: &str) -> Option<&Value> {
        let found = self.fields.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value)
    }
}

impl fmt::Debug for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.fields.iter().map(|(name, _)| name);
        f.write_str("Fields")?;
        f.debug_set().entries(names).finish()
    }
}

/// A name from outside, fit to be shown: escaped and cut.
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

/// Names and values as they came.
struct Entries(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;

        impl<'de> Visitor<'de> for Object {
            type Value = Entries;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            // serde_json's own map would keep the last of two values without a word.
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Entries(entries))
            }
        }

        deserializer.deserialize_map(Object)
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;

        impl<'de> Visitor<'de> for Any {
            type Value = Value;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }

            fn visit_bool<E>(self, flag: bool) -> Result<Value, E> {
                Ok(Value::Flag(flag))
            }

            fn visit_str<E>(self, text: &str) -> Result<Value, E> {
                Ok(Value::Text(Zeroizing::new(text.to_owned())))
            }

            fn visit_string<E>(self, text: String) -> Result<Value, E> {
                Ok(Value::Text(Zeroizing::new(text)))
            }

            fn visit_i64<E>(self, _: i64) -> Result<Value, E> {
                Ok(Value::Other)
            }

            fn visit_u64<E>(self, _: u64) -> Result<Value, E> {
                Ok(Value::Other)
            }

            fn visit_f64<E>(self, _: f64) -> Result<Value, E> {
                Ok(Value::Other)
            }

            fn visit_unit<E>(self) -> Result<Value, E> {
                Ok(Value::Other)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
                while list.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Value::Other)
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Value::Other)
            }
        }

        deserializer.deserialize_any(Any)
    }
}

/// Pairs by `&`, as browsers write them (URL Standard, section 5.1). `form_urlencoded` would put `�` where
/// bytes are no UTF-8, and so make another password of a password.
fn form(body: &[u8]) -> Result<Entries, FieldsError> {
    let mut entries = Vec::new();
    for pair in body.split(|&b| b == b'&').filter(|pair| !pair.is_empty()) {
        let (name, value) = match pair.iter().position(|&b| b == b'=') {
            Some(at) => (&pair[..at], &pair[at + 1..]),
            None => (pair, &[][..]),
        };
        let name = std::mem::take(&mut *decoded(name)?);
        entries.push((name, Value::Written(decoded(value)?)));
    }
    Ok(Entries(entries))
}

fn decoded(text: &[u8]) -> Result<Zeroizing<String>, FieldsError> {
    // It never grows, and so leaves no copy behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len()));
    let mut rest = text.iter();
    while let Some(&b) = rest.next() {
        bytes.push(match b {
            b'+' => b' ',
            b'%' => {
                let mut digit = || char::from(*rest.next()?).to_digit(16);
                let value = digit().zip(digit()).map(|(high, low)| high * 16 + low);
                let value = value.and_then(|value| u8::try_from(value).ok());
                value.ok_or(FieldsError::Malformed)?
            }
            b => b,
        });
    }
    let text = std::str::from_utf8(&bytes).map_err(|_| FieldsError::Malformed)?;
    Ok(Zeroizing::new(text.to_owned()))
}

#[cfg(test)]
mod tests;
