use super::*;
use crate::base::files::Mem;

fn load(text: &str) -> (Option<Config>, Diagnostics) {
    let mut diags = Vec::new();
    let config = Config::load(&Mem::default().with(FILE, text), &mut diags);
    (config, diags)
}

#[test]
fn the_least_is_enough() {
    let (config, diags) = load("name = \"N\"\nbase_url = \"https://n.example/\"\n");
    let config = config.unwrap();
    assert!(diags.is_empty(), "{diags:?}");
    assert_eq!(config.base_url, "https://n.example");
    assert_eq!(config.default_lang().code(), "en");
    assert_eq!(config.taxonomies.len(), 4);
}

#[test]
fn the_default_language_comes_first() {
    let (config, _) = load(
        "name='N'\nbase_url='https://n.example'\ndefault_language='fr'\n[languages.en]\n[languages.ar]\n[languages.fr]\n",
    );
    let codes: Vec<String> = config
        .unwrap()
        .languages
        .iter()
        .map(|l| l.lang.to_string())
        .collect();
    assert_eq!(codes, ["fr", "en", "ar"]);
}

#[test]
fn all_mistakes_are_told_at_once() {
    let (config, diags) = load(
        "nam = 'N'\nbase_url = 'news'\ntime_zone = 'Mars/Base'\n[sections.video]\n[sections.news]\nkind = 'newz'\n",
    );
    assert!(config.is_none());
    let messages: Vec<&str> = diags.iter().map(|d| d.message.as_str()).collect();
    assert_eq!(messages.len(), 6, "{messages:#?}");
}

#[test]
fn base_urls_hold_no_path() {
    assert!(base_url("https://a.example:8000/").is_ok());
    for text in ["https://A.Example:443/", "HTTPS://a.example"] {
        assert_eq!(base_url(text).as_deref(), Ok("https://a.example"));
    }
    let international = base_url("https://münchen.example");
    assert_eq!(
        international.as_deref(),
        Ok("https://xn--mnchen-3ya.example")
    );
    for bad in [
        "a.example",
        "https://",
        "https://a.example/news",
        "ftp://a.example",
        "https://u@h",
    ] {
        assert!(base_url(bad).is_err(), "{bad}");
    }
}
