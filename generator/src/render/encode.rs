//! Values as bytes for keys: two values have the same bytes only if no template can tell them apart.

use tera::{Map, Value};

use crate::base::hash::Digest;

/// A card, with what stands for it in keys.
#[derive(Clone)]
pub(super) struct Card {
    pub value: Value,
    pub key: Digest,
}

impl Card {
    /// Whether `map` is this very card: a copy of a value lies where the first one does.
    pub fn is(&self, map: &tera::Map) -> bool {
        let own = self.value.as_map();
        own.is_some_and(|own| std::ptr::eq(own, map))
    }
}

impl From<Value> for Card {
    fn from(value: Value) -> Self {
        let mut bytes = Vec::with_capacity(1 << 10);
        encode(&value, &[], &mut bytes);
        Self {
            key: Digest::of(&bytes),
            value,
        }
    }
}

pub(super) fn text(text: &str, out: &mut Vec<u8>) {
    out.extend((text.len() as u32).to_le_bytes());
    out.extend(text.as_bytes());
}

/// Writes a value so that two values have the same bytes only if no template can tell them apart. For each
/// of `cards` its key is written.
pub(super) fn encode(value: &Value, cards: &[Card], out: &mut Vec<u8>) {
    if let Some(string) = value.as_str() {
        out.push(if value.is_safe() { b'S' } else { b's' });
        text(string, out);
    } else if let Some(items) = value.as_array() {
        out.push(b'a');
        out.extend((items.len() as u32).to_le_bytes());
        items.iter().for_each(|item| encode(item, cards, out));
    } else if let Some(map) = value.as_map() {
        match cards.iter().find(|card| card.is(map)) {
            Some(card) => {
                out.push(b'c');
                out.extend(card.key.bytes());
            }
            None => entries(map, cards, |_| true, out),
        }
    } else if let Some(bytes) = value.as_bytes() {
        out.push(b'b');
        out.extend((bytes.len() as u32).to_le_bytes());
        out.extend(bytes);
    } else {
        number(value, out);
    }
}

/// Writes the entries of a map whose keys are `wanted`, and an end.
pub(super) fn entries(map: &Map, cards: &[Card], wanted: impl Fn(&str) -> bool, out: &mut Vec<u8>) {
    out.push(b'm');
    for (key, value) in map {
        match key.as_str() {
            Some(key) if !wanted(key) => continue,
            Some(key) => {
                out.push(b'k');
                text(key, out);
            }
            None => encode(&key.as_value(), &[], out),
        }
        encode(value, cards, out);
    }
    out.push(b'.');
}

fn number(value: &Value, out: &mut Vec<u8>) {
    if let Some(b) = value.as_bool() {
        out.push(if b { b'1' } else { b'0' });
    } else if value.is_none() {
        out.push(b'n');
    } else if let (true, Some(n)) = (value.is_f64(), value.as_f64()) {
        out.push(b'f');
        out.extend(n.to_bits().to_le_bytes());
    } else if let Some(n) = value.as_i128() {
        out.push(b'i');
        out.extend(n.to_le_bytes());
    } else if let Some(n) = value.as_u128() {
        out.push(b'u');
        out.extend(n.to_le_bytes());
    } else {
        out.push(b'?');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::value::{list, map};

    #[test]
    fn values_that_print_differently_have_different_bytes() {
        let bytes = |value: Value| {
            let mut out = Vec::new();
            encode(&value, &[], &mut out);
            out
        };
        let all = [
            Value::from("a"),
            Value::safe_string("a"),
            Value::from(1),
            Value::from(1.0),
            Value::from("1"),
            Value::none(),
            Value::from(false),
            Value::from(vec![Value::from("a")]),
            Value::from(vec![Value::from("a"), Value::from("")]),
        ];
        for (i, a) in all.iter().enumerate() {
            for b in &all[..i] {
                assert_ne!(bytes(a.clone()), bytes(b.clone()), "{a:?} {b:?}");
            }
        }
    }

    #[test]
    fn a_card_is_told_by_its_key_wherever_it_stands() {
        let card = |title: &str| Card::from(map([("title", Value::from(title))]));
        let bytes = |cards: [&Card; 2]| {
            let shown = cards.map(Card::clone);
            let value = list(cards.map(|card| map([("of", card.value.clone())])));
            let mut out = Vec::new();
            encode(&value, &shown, &mut out);
            out
        };
        let (a, b) = (card("a"), card("b"));
        assert_eq!(bytes([&a, &b]), bytes([&card("a"), &card("b")]));
        assert_ne!(bytes([&a, &b]), bytes([&b, &a]));
        let holds = |key: &Digest| bytes([&a, &a]).windows(32).any(|w| w == key.bytes());
        assert!(holds(&a.key) && !holds(&b.key));
    }
}
