//! Keys of outputs: a digest of all that can make a difference to what a template writes.
//!
//! That is: the templates that can take part, with the assets they name; what every page of the
//! language sees; and the values that the page itself hands over. Where the text of a template leaves
//! open what it takes, all of it counts: too much costs time, too little would leave a page stale.

use std::collections::BTreeMap;

use tera::{Map, Value};

use super::{cards::Card, value::Context};
use crate::{
    base::hash::{self, Digest, Sum},
    config::Config,
    theme::{Template, Theme},
};

/// What keys are made of.
pub(super) struct Closures {
    /// By template: its text and that of all that it may take in.
    templates: BTreeMap<String, Digest>,
    /// By component: the same, for the file that defines it.
    components: hash::Map<String, Digest>,
    /// By language: what its every page sees and what functions answer.
    langs: Vec<Digest>,
}

impl Closures {
    /// Of a theme. `globals` are what every page of each language sees.
    pub fn new(config: &Config, theme: &Theme, globals: &[Vec<(&'static str, Value)>]) -> Self {
        let mut components = hash::Map::default();
        let defined: Vec<Vec<&str>> = theme.templates.iter().map(definitions).collect();
        let mut templates = BTreeMap::new();
        for (template, names) in theme.templates.iter().zip(&defined) {
            let digest = closure(theme, &defined, template);
            components.extend(names.iter().map(|n| ((*n).to_owned(), digest)));
            templates.insert(template.name.clone(), digest);
        }
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
            components,
            langs: langs.collect(),
        }
    }

    /// Of what a template would write.
    pub fn of(&self, lang: usize, template: &str, context: &Context) -> Digest {
        self.sum(lang, self.templates.get(template), context)
            .finish()
    }

    /// Of what a component would write around `body`.
    pub fn of_component(&self, lang: usize, name: &str, args: &Context, body: &str) -> Digest {
        self.sum(lang, self.components.get(name), args)
            .text(body)
            .finish()
    }

    /// By template: its text and that of all that it may take in.
    pub fn templates(&self) -> &BTreeMap<String, Digest> {
        &self.templates
    }

    /// Of a component's text and all that it may take in.
    pub fn component(&self, name: &str) -> Option<&Digest> {
        self.components.get(name)
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

/// The components that a template defines.
fn definitions(template: &Template) -> Vec<&str> {
    let starts = template.text.split("component ").skip(1);
    starts
        .map(|rest| {
            let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_'));
            &rest[..end.unwrap_or(rest.len())]
        })
        .filter(|name| !name.is_empty())
        .collect()
}

/// A template with everything whose name stands in its text, and so on.
fn closure(theme: &Theme, defined: &[Vec<&str>], template: &Template) -> Digest {
    let mut inside = vec![false; theme.templates.len()];
    let mut pending = vec![template];
    let mut assets: Vec<&str> = Vec::new();
    let mut every_asset = false;
    while let Some(next) = pending.pop() {
        let at = theme.templates.iter().position(|t| t.name == next.name);
        match at.and_then(|at| inside.get_mut(at)) {
            Some(seen) if !*seen => *seen = true,
            _ => continue,
        }
        for (other, names) in theme.templates.iter().zip(defined) {
            let named = next.text.contains(other.name.as_str());
            if named || names.iter().any(|n| next.text.contains(n)) {
                pending.push(other);
            }
        }
        match named_assets(&next.text) {
            Some(mut names) => assets.append(&mut names),
            None => every_asset = true,
        }
    }
    let mut sum = Sum::default();
    for (template, _) in theme.templates.iter().zip(inside).filter(|(_, i)| *i) {
        sum.text(&template.name).text(&template.text);
    }
    if every_asset {
        assets = theme.asset_names.iter().map(String::as_str).collect();
    }
    assets.sort_unstable();
    for name in assets {
        let url = theme.assets.get(name).map_or("", |a| a.url.as_str());
        sum.text(name).text(url);
    }
    sum.finish()
}

/// The assets that `asset(path="…")` names; `None` where one is put together while rendering.
fn named_assets(text: &str) -> Option<Vec<&str>> {
    let calls = text.split("asset").skip(1);
    let name = |rest: &'_ str| -> Option<(usize, usize)> {
        let open = rest.trim_start().strip_prefix('(')?;
        let value = open.trim_start().strip_prefix("path")?.trim_start();
        let value = value.strip_prefix('=')?.trim_start();
        let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let inside = &value[1..];
        let end = inside.find(quote)?;
        let closed = inside[end + 1..].trim_start().starts_with(')');
        let start = rest.len() - inside.len();
        closed.then_some((start, start + end))
    };
    let mut names = Vec::new();
    for rest in calls.filter(|rest| rest.trim_start().starts_with('(')) {
        let (start, end) = name(rest)?;
        names.push(&rest[start..end]);
    }
    Some(names)
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

    #[test]
    fn assets_put_together_while_rendering_count_as_all() {
        assert_eq!(
            named_assets("{{ asset(path=\"a.css\") }} asset"),
            Some(vec!["a.css"])
        );
        assert_eq!(named_assets("{{ asset(path=\"a\" ~ b) }}"), None);
        assert_eq!(named_assets("{{ asset(path=name) }}"), None);
    }
}
