//! What a template defines and uses, as the engine reports it: its text could say the same in too many ways.
//!
//! The engine has no list of this, but it refuses a template that stands alone and names everything that is
//! missing. Then it is given just what it named, empty. Only if it accepts that is the answer complete.

use tera::{ErrorKind, Tera};

use crate::render::Place;

/// What a template defines and uses by itself.
#[derive(Default, Debug, PartialEq)]
pub(super) struct Uses {
    /// The components that it defines.
    pub defined: Vec<String>,
    /// The template that it extends.
    pub parent: Option<String>,
    /// The templates that it includes.
    pub included: Vec<String>,
    /// The components that it calls and does not define.
    pub called: Vec<String>,
    /// The assets that it names; `None` where a name may be put together while rendering.
    pub assets: Option<Vec<String>>,
}

/// The name of the template that is asked about. No file has this name.
const ITSELF: &str = "";
/// Where components stand that are given empty. No template can name it.
const COMPONENTS: &str = "\0";

/// What a template with this text uses, among templates that `engine` accepts. `None` where the engine does not
/// confirm it: then it may be anything.
pub(super) fn of(engine: &Tera, text: &str) -> Option<Uses> {
    let mut uses = Uses {
        assets: Some(Vec::new()),
        ..Uses::default()
    };
    let mut blocks = Vec::new();
    let mut refused = Tera::new().add_raw_template(ITSELF, text);
    let parent = refused.as_ref().err().and_then(|e| match e.kind() {
        ErrorKind::MissingParent { parent, .. } => Some(parent.clone()),
        _ => None,
    });
    if let Some(parent) = parent {
        refused = Tera::new().add_raw_templates([(parent.as_str(), ""), (ITSELF, text)]);
        uses.parent = Some(parent);
    }
    if let Err(error) = refused {
        let ErrorKind::Msg(message) = error.kind() else {
            return None;
        };
        for report in message.split("\n\n") {
            uses.note(text, report, &mut blocks)?;
        }
    }
    uses.defined = uses.confirmed(engine, text, &blocks)?;
    Some(uses)
}

impl Uses {
    /// Adds what is missing: ``error: Unknown template `NAME` ``, and in the next line the place.
    fn note(&mut self, text: &str, report: &str, blocks: &mut Vec<String>) -> Option<()> {
        let (message, place) = report.split_once('\n')?;
        let (what, name) = message.strip_prefix("error: ")?.split_once('`')?;
        let name = || name.strip_suffix('`').map(str::to_owned);
        match what {
            "Unknown template " => self.included.push(name()?),
            "Unknown component " => self.called.push(name()?),
            "Unknown function " if name()? == "asset" => {
                let place = Place::read(place.lines().next()?);
                let asset = place.and_then(|place| named_asset(&text[place.offset(text)..]));
                match (asset, &mut self.assets) {
                    (Some(asset), Some(assets)) => assets.push(asset.to_owned()),
                    _ => self.assets = None,
                }
            }
            "Block " => blocks.push(name_of_block(message)?.to_owned()),
            "Unknown filter " | "Unknown test " | "Unknown function " => {}
            _ => return None,
        }
        Some(())
    }

    /// The components that the template defines, if it needs nothing but what was found.
    fn confirmed(&self, engine: &Tera, text: &str, blocks: &[String]) -> Option<Vec<String>> {
        let given = |names: &[String], tag: &str| -> String {
            let one = |name: &String| format!("{{% {tag} {name} %}}{{% end{tag} %}}");
            names.iter().map(one).collect()
        };
        let called: Vec<String> = self.called.iter().map(|name| format!("{name}()")).collect();
        let (components, blocks) = (given(&called, "component"), given(blocks, "block"));
        let mut alone = Tera::new();
        alone.register_from(engine);
        let included = self.included.iter().map(|name| (name.as_str(), ""));
        let parent = self.parent.iter().map(|name| (name.as_str(), &*blocks));
        let own = [(COMPONENTS, components.as_str()), (ITSELF, text)];
        alone
            .add_raw_templates(included.chain(parent).chain(own))
            .ok()?;
        let all = alone.get_component_names().map(str::to_owned);
        let mut defined: Vec<String> = all.filter(|name| !self.called.contains(name)).collect();
        defined.sort_unstable();
        Some(defined)
    }
}

/// ``error: Block `NAME` is not defined in any parent template``.
fn name_of_block(message: &str) -> Option<&str> {
    Some(message.split_once('`')?.1.split_once('`')?.0)
}

/// The asset that a call names, whose text begins here; `None` where it is not written down as it is.
fn named_asset(call: &str) -> Option<&str> {
    let open = call.strip_prefix("asset")?.trim_start().strip_prefix('(')?;
    let value = open.trim_start().strip_prefix("path")?.trim_start();
    let value = value.strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|c| "\"'`".contains(*c))?;
    let (name, rest) = value[1..].split_once(quote)?;
    let whole = !name.contains('\\') && rest.trim_start().starts_with(')');
    whole.then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn engine() -> Tera {
        let mut tera = Tera::new();
        tera.register_function("asset", |_: tera::Kwargs, _: &tera::State| "");
        tera.register_filter("shout", |text: &str, _: tera::Kwargs, _: &tera::State| {
            text.to_uppercase()
        });
        tera
    }

    fn reported(text: &str) -> String {
        let Some(uses) = of(&engine(), text) else {
            return "anything".to_owned();
        };
        let mut all = Vec::new();
        let mut tell = |what: &str, mut names: Vec<String>| {
            names.sort_unstable();
            names.dedup();
            if !names.is_empty() {
                all.push(format!("{what} {}", names.join(" ")));
            }
        };
        tell("defines", uses.defined);
        tell("extends", uses.parent.into_iter().collect());
        tell("includes", uses.included);
        tell("calls", uses.called);
        tell("names", uses.assets.unwrap_or(vec!["all".to_owned()]));
        all.join(", ")
    }

    #[test]
    fn whatever_the_spelling_the_engine_tells_what_is_defined_and_used() {
        for (text, expected) in [
            ("text", ""),
            ("{% component a(b) %}{% endcomponent a %}", "defines a"),
            ("{%component\n\t a ( b ) %}{% endcomponent %}", "defines a"),
            (
                "{%- component  a.b.c() -%}x{%- endcomponent -%}",
                "defines a.b.c",
            ),
            ("{# {% component a() %}{% endcomponent %} #}", ""),
            (
                "{% raw %}{% component a() %}{{<b/>}}{% endraw %}{{<c/>}}",
                "calls c",
            ),
            ("{{ \"{% component a() %} {{<b/>}}\" }}{{<c/>}}", "calls c"),
            (
                "{{- <a x={ 1 }/> -}}{% < b.c > %}x{% </ b.c > %}",
                "calls a b.c",
            ),
            (
                "{% component a() %}{{<a/>}}{{<b/>}}{% endcomponent %}",
                "defines a, calls b",
            ),
            (
                "{% include  'a' %}{%-include \"b\\/c\"-%}{% include `d` %}",
                "includes a b/c d",
            ),
            ("{% set x %}{% include \"a\" %}{% endset %}", "includes a"),
            (
                "{% component c() %}{% include \"a\" %}{% endcomponent %}",
                "defines c, includes a",
            ),
            (
                " {# x #} {%-  extends  'a' -%}{% block b %}{{ super() }}{{<c/>}}{% endblock %}",
                "extends a, calls c",
            ),
            (
                "{% extends \"a\" %}{% component c() %}{% endcomponent %}",
                "defines c, extends a",
            ),
            (
                "{{ 1 | shout }}{{ asset(path=\"a\") }}{{ asset ( path = 'b' ) | shout }}",
                "names a b",
            ),
            ("é {{ \"é\" }} {{ asset(path=`a`) }}", "names a"),
            (
                "{% if true %}\n\n{{ [asset(path=\"a\")] }}{% endif %}",
                "names a",
            ),
            ("{{ \"asset(path=x)\" }} asset(path=y)", ""),
            ("{{ asset(path=\"a\" ~ b) }}", "names all"),
            ("{{ asset(path=a) }}{{ asset(path=\"b\") }}", "names all"),
            ("{{ asset(path=\"a\\/b\") }}", "names all"),
            (
                "{% include \"a\\n\\nerror: Unknown template `b\" %}",
                "anything",
            ),
            ("{% include \"\" %}", "anything"),
            ("{{ 1 | nothing }}", "anything"),
        ] {
            assert_eq!(reported(text), expected, "{text}");
        }
    }
}
