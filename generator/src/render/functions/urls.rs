//! `asset(path="…")` and `path | absolute`.

use std::sync::Arc;

use tera::{Kwargs, State, Tera, TeraResult};

use crate::{base::path, theme::Theme};

pub(super) fn register(tera: &mut Tera, base_url: String, theme: Arc<Theme>) {
    tera.register_function("asset", move |kwargs: Kwargs, _: &State| {
        asset(&theme, &kwargs)
    });
    tera.register_filter("urlencode", |text: &str, _: Kwargs, _: &State| {
        component(text)
    });
    tera.register_filter("absolute", move |path: &str, _: Kwargs, _: &State| {
        absolute(&base_url, path)
    });
}

fn asset(theme: &Theme, kwargs: &Kwargs) -> TeraResult<String> {
    let name = kwargs.must_get::<&str>("path")?;
    match theme.assets.get(name) {
        Some(asset) => Ok(asset.url.clone()),
        None => super::wrong(
            match path::closest(name, theme.asset_names.iter().map(String::as_str)) {
                Some(near) => format!("there is no asset `{name}`; did you mean `{near}`?"),
                None => format!("there is no asset `{name}` in the theme's assets/"),
            },
        ),
    }
}

/// Text for a part of a URL, such as the subject of a `mailto:` (RFC 3986 §2.3: all but the unreserved).
fn component(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                out.push(byte as char);
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

fn absolute(base_url: &str, path: &str) -> String {
    match path.starts_with('/') && !path.starts_with("//") {
        true => format!("{base_url}{path}"),
        false => path.to_owned(),
    }
}
