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

#[test]
fn targets_are_read() {
    let (config, diags) = load(
        "name = 'N'\nbase_url = 'https://n.example'\n\
         [publish.live]\ntarget = 's3://news/site?endpoint=http%3A%2F%2Flocalhost%3A9000&region=eu'\n\
         compress = 'gzip'\npurge = ['command:purge', '--all']\nindexnow_key = '12345678'\n\
         [publish.copy]\ntarget = 'dir:/srv/www'\ncompress = ['gzip', 'br']\ngrace_days = 3\n",
    );
    assert!(diags.is_empty(), "{diags:?}");
    let publish = config.unwrap().publish;
    let bucket = dateline_contract::bucket::Bucket {
        name: "news".to_owned(),
        prefix: "site/".to_owned(),
        endpoint: Some("http://localhost:9000".to_owned()),
        region: Some("eu".to_owned()),
    };
    assert_eq!(publish[0].target, publish::Target::Bucket(bucket));
    let command = vec!["purge".to_owned(), "--all".to_owned()];
    assert_eq!(publish[0].purge, Some(publish::Purge::Command(command)));
    assert_eq!(publish[1].grace_days, 3);
    assert_eq!(publish[1].compress.len(), 2);
}

#[test]
fn mistakes_in_targets_have_a_place_and_a_cure() {
    for (line, wanted, cure) in [
        (
            "target = 'ftp://x'",
            "not a place to publish to",
            "dir:FOLDER",
        ),
        ("target = 'dir:'", "not a place", "name the folder"),
        ("target = 's3:///x'", "not a place", "bucket's name"),
        (
            "target = 's3://b/a/../c'",
            "not a place",
            "without . and ..",
        ),
        (
            "target = 's3://b?endpoint=here'",
            "not a place",
            "scheme, host and port",
        ),
        (
            "target = 's3://b?regoin=eu'",
            "not a place",
            "did you mean `region=`",
        ),
        (
            "target = 's3://b'\ncompress = ['gzip', 'br']",
            "in one form only",
            "choose one",
        ),
        (
            "target = 's3://b'\ncompress = 'zip'",
            "unknown compression `zip`",
            "\"br\" or",
        ),
        (
            "target = 's3://b'\npurge = 'cdn'",
            "`purge` cannot be",
            "file:NAME",
        ),
        (
            "target = 's3://b'\nwebsub = 'hub'",
            "not an address",
            "https://",
        ),
        (
            "target = 's3://b'\nindexnow_key = 'a b'",
            "not a valid IndexNow key",
            "8 to 128",
        ),
        ("target = 's3://b'\ntarge = 'x'", "targe", "target"),
        ("compress = 'br'", "`target` is missing", "add a line"),
    ] {
        let text = format!("name = 'N'\nbase_url = 'https://n.example'\n[publish.live]\n{line}\n");
        let (config, diags) = load(&text);
        assert!(config.is_none(), "{line}");
        assert_eq!(diags.len(), 1, "{line}: {diags:#?}");
        let hint = diags[0].hint.clone().unwrap_or_default();
        assert!(diags[0].message.contains(wanted), "{line}: {diags:#?}");
        assert!(hint.contains(cure), "{line}: {hint}");
        assert!(diags[0].span.is_some(), "{line}");
    }
}
