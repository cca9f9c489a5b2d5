//! `value | json`: JSON that is safe inside a `<script>` too.

use tera::{Kwargs, State, Tera, TeraResult, Value};

pub(super) fn register(tera: &mut Tera) {
    tera.register_filter("json", |value: Value, _: Kwargs, _: &State| json(&value));
}

fn json(value: &Value) -> TeraResult<Value> {
    match serde_json::to_string(value) {
        Ok(text) => Ok(Value::safe_string(&harmless(text))),
        Err(error) => super::wrong(format!("this cannot be JSON: {error}")),
    }
}

/// `<` and `>` as escapes: `</script>` in a headline must not end the script (HTML §4.12.1.3).
pub(crate) fn harmless(json: String) -> String {
    if !json.contains(['<', '>', '\u{2028}', '\u{2029}']) {
        return json;
    }
    json.replace('<', "\\u003c")
        .replace('>', "\\u003e")
        .replace('\u{2028}', "\\u2028")
        .replace('\u{2029}', "\\u2029")
}
