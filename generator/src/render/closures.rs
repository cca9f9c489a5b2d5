//! Keys of outputs: a digest of all that can make a difference to what a template writes.
//!
//! That is: the templates that can take part, with the assets they name; what every page of the
//! language sees; and the values that the page itself hands over. Where a template leaves open what it
//! takes, all of it counts: too much costs time, too little would leave a page stale.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use tera::{Map, Tera, Value};

use super::{
    cards::Card,
    uses::{self, Uses},
    value::Context,
};
use crate::{
    base::hash::{self, Digest, Sum},
    config::Config,
    theme::Theme,
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
    /// Of a theme that `engine` accepts. `globals` are what every page of each language sees.
    pub fn new(
        config: &Config,
        theme: &Theme,
        engine: &Tera,
        globals: &[Vec<(&'static str, Value)>],
    ) -> Self {
        let uses: Vec<Option<Uses>> = theme
            .templates
            .par_iter()
            .map(|template| uses::of(engine, &template.text))
            .collect();
        let graph = Graph::new(theme, &uses);
        let digests: Vec<Digest> = (0..uses.len()).map(|at| graph.closure(at)).collect();
        let component = |(name, at): (&&str, &usize)| ((*name).to_owned(), digests[*at]);
        let components = graph.components.iter().map(component).collect();
        let names = theme.templates.iter().map(|template| template.name.clone());
        let templates = names.zip(digests).collect();
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

/// Templates by place, and who takes in whom.
struct Graph<'a> {
    theme: &'a Theme,
    /// What each uses; `None` where it may be anything.
    uses: &'a [Option<Uses>],
    names: hash::Map<&'a str, usize>,
    /// By component, where it is defined.
    components: BTreeMap<&'a str, usize>,
}

impl<'a> Graph<'a> {
    fn new(theme: &'a Theme, uses: &'a [Option<Uses>]) -> Self {
        let names = theme.templates.iter().enumerate();
        let defined = |(at, uses): (usize, &'a Option<Uses>)| {
            let names = uses.iter().flat_map(|uses| &uses.defined);
            names.map(move |name| (name.as_str(), at))
        };
        Self {
            theme,
            uses,
            names: names.map(|(at, t)| (t.name.as_str(), at)).collect(),
            components: uses.iter().enumerate().flat_map(defined).collect(),
        }
    }

    /// The templates that one takes in by itself; `None` where it may be any.
    fn next(&self, at: usize) -> Option<Vec<usize>> {
        let uses = self.uses[at].as_ref()?;
        let templates = uses.parent.iter().chain(&uses.included);
        let templates = templates.map(|name| self.names.get(name.as_str()).copied());
        let components = uses.called.iter();
        let components = components.map(|name| self.components.get(name.as_str()).copied());
        templates.chain(components).collect()
    }

    /// A template with all that it takes in, and so on, and the assets that these name.
    fn closure(&self, at: usize) -> Digest {
        let mut inside = vec![false; self.uses.len()];
        let mut pending = vec![at];
        let mut assets: Option<BTreeSet<&str>> = Some(BTreeSet::new());
        while let Some(at) = pending.pop() {
            if std::mem::replace(&mut inside[at], true) {
                continue;
            }
            pending.extend(self.next(at).unwrap_or((0..inside.len()).collect()));
            let own = self.uses[at].as_ref().and_then(|uses| uses.assets.as_ref());
            match (own, &mut assets) {
                (Some(own), Some(assets)) => assets.extend(own.iter().map(String::as_str)),
                _ => assets = None,
            }
        }
        let mut sum = Sum::default();
        let templates = self.theme.templates.iter().zip(inside);
        for (template, _) in templates.filter(|(_, inside)| *inside) {
            sum.text(&template.name).text(&template.text);
        }
        let all = || self.theme.asset_names.iter().map(String::as_str).collect();
        for name in assets.unwrap_or_else(all) {
            let url = self.theme.assets.get(name).map_or("", |a| a.url.as_str());
            sum.text(name).text(url);
        }
        sum.finish()
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
