//! Keys of outputs: a digest of all that can make a difference to what a template writes.
//!
//! That is: the templates that can take part, with the assets they name; what every page of the
//! language sees; and the values that the page itself hands over. Where a template leaves open what it
//! takes, all of it counts: too much costs time, too little would leave a page stale.

use std::collections::BTreeMap;

use tera::{Map, Value};

use super::{cards::Card, value::Context};
use crate::{
    base::hash::{self, Digest, Sum},
    config::Config,
    theme::Theme,
};

/// What templates stand for in keys.
#[derive(Default)]
pub struct Templates {
    /// By name: the template's text and that of all that it may take in, with the assets that these name.
    pub by_name: BTreeMap<String, Digest>,
    /// By component: the same, for the file that defines it.
    pub components: hash::Map<String, Digest>,
}

/// What keys are made of.
pub(super) struct Closures {
    templates: Templates,
    /// By language: what its every page sees and what functions answer.
    langs: Vec<Digest>,
}

impl Closures {
    /// Of a theme with these `templates`. `globals` are what every page of each language sees.
    pub fn new(
        config: &Config,
        theme: &Theme,
        templates: Templates,
        globals: &[Vec<(&'static str, Value)>],
    ) -> Self {
        let langs = globals.iter().enumerate().map(|(lang, globals)| {
            let mut sum = Sum::default();
            sum.text(config.languages[lang].lang.code());
            sum.text(&config.base_url);
            sum.digest(&theme.catalogues[lang].digest());
            let mut buffer = Vec::new();
            globals
                .iter()
                .for_each(|(_, v)| encode(v, &[], &mut buffer));
            sum.bytes(&buffer).finish()
        });
        Self {
            templates,
            langs: langs.collect(),
        }
    }

    /// Of what a template would write.
    pub fn of(&self, lang: usize, template: &str, context: &Context) -> Digest {
        self.sum(lang, self.templates.by_name.get(template), context)
            .finish()
    }

    /// Of what a component would write around `body`.
    pub fn of_component(&self, lang: usize, name: &str, args: &Context, body: &str) -> Digest {
        self.sum(lang, self.templates.components.get(name), args)
            .text(body)
            .finish()
    }

    /// By template: its text and that of all that it may take in.
    pub fn templates(&self) -> &BTreeMap<String, Digest> {
        &self.templates.by_name
    }

    /// Of a component's text and all that it may take in.
    pub fn component(&self, name: &str) -> Option<&Digest> {
        self.templates.components.get(name)
    }

    fn sum(&self, lang: usize, closure: Option<&Digest>, context: &Context) -> Sum {
        let mut sum = Sum::default();
        sum.digest(&self.langs[lang]);
        if let Some(closure) = closure {
            sum.digest(closure);
        }
        let (body, of_body) = context.of_body();
        let mut buffer = Vec::with_capacity(8 << 10);
        for (name, value) in context.entries() {
            text(name, &mut buffer);
            match value.as_map() {
                Some(map) => entries(
                    map,
                    context.cards(),
                    |field| !of_body(name, field),
                    &mut buffer,
                ),
                None => encode(value, context.cards(), &mut buffer),
            }
        }
        if let Some(body) = body {
            sum.digest(body);
        }
        sum.bytes(&buffer);
        sum
    }
}

fn text(text: &str, out: &mut Vec<u8>) {
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
fn entries(map: &Map, cards: &[Card], wanted: impl Fn(&str) -> bool, out: &mut Vec<u8>) {
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
