use super::*;

fn load(file: Option<&str>, variables: &[(&str, &str)]) -> Result<Config, String> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("auth.toml");
    if let Some(text) = file {
        std::fs::write(&path, text).unwrap();
    }
    let variables = variables.iter();
    let variables = variables.map(|(name, value)| (OsString::from(name), OsString::from(value)));
    Config::load(file.map(|_| path.as_path()), variables).map_err(|error| error.to_string())
}

#[test]
fn defaults_are_for_development() {
    let config = load(None, &[]).unwrap();
    assert_eq!(config.listen.to_string(), "127.0.0.1:8001");
    assert_eq!(config.base_url, None);
    let manifest = Location::File("dist/sidecar/manifest.json".into());
    assert_eq!(config.manifest, manifest);
    assert_eq!(config.media, Media::Folder("media".into()));
    assert_eq!(config.state_dir(), Path::new(".dateline"));
    assert_eq!(config.env, Environment::Development);
}

#[test]
fn the_state_folder_defaults_to_the_databases() {
    let database = ("DATELINE_AUTH_DATABASE", "sqlite:/srv/accounts.db");
    let config = load(None, &[database]).unwrap();
    assert_eq!(config.state_dir(), Path::new("/srv"));
    let state = ("DATELINE_AUTH_STATE_DIR", "/var/lib/dateline");
    let config = load(None, &[database, state]).unwrap();
    assert_eq!(config.state_dir(), Path::new("/var/lib/dateline"));
}

#[test]
fn accounts_may_be_with_a_server_whose_password_is_not_shown() {
    let database = ("DATELINE_AUTH_DATABASE", "postgres://u:hunter2@h/d");
    let config = load(None, &[database]).unwrap();
    assert_eq!(config.state_dir(), Path::new(".dateline"));
    assert!(!format!("{config:?}").contains("hunter2"));
    let slip = ("DATELINE_AUTH_DATABASE", "postgre://u:hunter2@h/d");
    let error = load(None, &[slip]).unwrap_err().to_string();
    assert!(
        error.contains("postgres://") && !error.contains("hunter2"),
        "{error}"
    );
}

#[test]
fn the_environment_wins() {
    let file = "listen = '[::1]:9000'\nmedia = 'file:/srv/media'\nmanifest = 'm.json'\n";
    let config = load(
        Some(file),
        &[
            ("DATELINE_AUTH_LISTEN", "0.0.0.0:80"),
            ("DATELINE_AUTH_MANIFEST", ""),
        ],
    )
    .unwrap();
    assert_eq!(config.listen.to_string(), "0.0.0.0:80");
    assert_eq!(config.media, Media::Folder("/srv/media".into()));
    let manifest = Location::File("m.json".into());
    assert_eq!(config.manifest, manifest, "empty is unset");
}

#[test]
fn unknown_keys_are_named_with_their_line() {
    let error = load(Some("media = 'file:m'\nlistn = 'x'\n"), &[]).unwrap_err();
    assert!(error.contains("auth.toml"), "{error}");
    assert!(
        error.contains("listn") && error.contains("line 2"),
        "{error}"
    );
    let missing = Config::load(Some(Path::new("/nowhere/a.toml")), []).unwrap_err();
    assert!(missing.to_string().contains("/nowhere/a.toml"));
}

#[test]
fn bad_values_are_named_with_their_setting() {
    for (name, value) in [
        ("LISTEN", "8001"),
        ("LISTEN", "localhost:8001"),
        ("BASE_URL", "news.example.org"),
        ("BASE_URL", "https://news.example.org/en/"),
        ("MEDIA", "media"),
        ("MEDIA", "file:"),
        ("ENV", "prod"),
    ] {
        let name = format!("DATELINE_AUTH_{name}");
        let error = load(None, &[(&name, value)]).unwrap_err();
        assert!(error.contains(&name) && error.contains(value), "{error}");
    }
}

#[test]
fn production_needs_https() {
    let production = ("DATELINE_AUTH_ENV", "production");
    let http = ("DATELINE_AUTH_BASE_URL", "http://news.example.org");
    let error = load(None, &[production, http]).unwrap_err();
    assert!(error.contains("DATELINE_AUTH_BASE_URL"), "{error}");
    assert!(load(None, &[http]).is_ok());
}

#[test]
fn proxies_are_addresses_and_networks() {
    let name = "DATELINE_AUTH_TRUSTED_PROXIES";
    let proxies = |text| load(None, &[(name, text)]).map(|config| config.trusted_proxies);
    let nets =
        |texts: &[&str]| -> Vec<IpNet> { texts.iter().map(|net| net.parse().unwrap()).collect() };
    for (text, expected) in [
        (" ", &[] as &[&str]),
        ("192.0.2.7", &["192.0.2.7/32"]),
        ("10.0.0.0/8,::1", &["10.0.0.0/8", "::1/128"]),
        ("2001:db8::/32, 0.0.0.0/0", &["2001:db8::/32", "0.0.0.0/0"]),
    ] {
        assert_eq!(proxies(text), Ok(nets(expected)), "{text}");
    }
    for (text, cure) in [
        ("localhost", "such as `10.0.0.0/8`"),
        ("10.0.0/8", "such as `10.0.0.0/8`"),
        ("010.0.0.0/8", "such as `10.0.0.0/8`"),
        ("[::1]", "such as `10.0.0.0/8`"),
        ("fe80::1%eth0", "such as `10.0.0.0/8`"),
        ("10.0.0.0/", "such as `10.0.0.0/8`"),
        ("10.0.0.0/255.0.0.0", "such as `10.0.0.0/8`"),
        ("10.0.0.0/33", "such as `10.0.0.0/8`"),
        ("10.0.0.0/-1", "such as `10.0.0.0/8`"),
        ("::/129", "such as `10.0.0.0/8`"),
        ("10.1.2.3/8", "write `10.0.0.0/8`"),
        ("2001:db8::1/64", "write `2001:db8::/64`"),
        ("::ffff:10.0.0.1", "`10.0.0.1`"),
        ("::ffff:10.0.0.0/104", "`10.0.0.0`"),
    ] {
        let error = proxies(text).unwrap_err();
        assert!(error.contains(name) && error.contains(cure), "{error}");
    }
}

#[test]
fn a_bad_value_of_the_file_is_named_with_line_key_and_cure() {
    for (line, words) in [
        (
            "limit_links = 'many'",
            "`limit_links` is \"many\", not a whole number",
        ),
        (
            "limit_links = -1",
            "`limit_links` is \"-1\", not a whole number",
        ),
        ("limit_links = 5000000000", "to 4294967295"),
        ("limit_downloads_account = 0", "from 1 on"),
        ("hashes = '0'", "from 1 on"),
        ("limit_hashes_network = 0", "from 1 on"),
        (
            "session_idle = 1.5",
            "`session_idle` is neither text nor a whole number",
        ),
        ("media = true", "`media` is neither text nor a whole number"),
        ("media = 'm'", "`media` is \"m\", not `file:DIR`"),
        (
            "trusted_proxies = ['::1', '10.1.2.3/8']",
            "write `10.0.0.0/8`",
        ),
        ("media_redirect = 'x-accel:m'", "x-accel:/LOCATION/"),
        (
            "[limits]",
            "unknown field `limits`, expected one of `listen`",
        ),
        ("listen", "expected"),
    ] {
        let error = load(Some(&format!("manifest = 'm.json'\n{line}\n")), &[]).unwrap_err();
        assert!(error.contains("auth.toml: line 2: "), "{error}");
        assert!(error.contains(words), "{error}");
    }
    let low = load(Some("hash_passes = 1"), &[]).unwrap_err();
    assert!(
        low.contains("DATELINE_AUTH_HASH_PASSES") && low.contains("less than 2"),
        "{low}"
    );
}

#[test]
fn numbers_and_lists_may_be_written_as_in_the_environment() {
    let file = "limit_links = '7'\nlink_life = 60\ntrusted_proxies = ['::1', '10.0.0.0/8']\n\
        manifest = 2026\ndownload_log_days = 2\nlimit_downloads_account = 3\nlimit_hashes_network = 4\n";
    let config = load(
        Some(file),
        &[
            ("DATELINE_AUTH_LIMIT_LINKS", "9"),
            ("DATELINE_AUTH_HASHES", "3"),
        ],
    )
    .unwrap();
    assert_eq!(config.limits.links, 9);
    assert_eq!(config.limits.links_day, Limits::default().links_day);
    assert_eq!(config.limits.transfers.account, 3);
    assert_eq!(config.hashes, 3);
    assert_eq!(config.limits.hashes_network, 4);
    assert_eq!(config.lifetimes.link, Duration::from_secs(60));
    assert_eq!(
        config.lifetimes.download_log,
        Duration::from_secs(2 * 24 * 3600)
    );
    assert_eq!(config.trusted_proxies.len(), 2);
    assert_eq!(config.manifest.file(), Some(Path::new("2026")));
}

#[test]
fn no_error_repeats_a_secret() {
    let dir = tempfile::tempdir().unwrap();
    let kept = dir.path().join("secret");
    std::fs::write(&kept, "hunter2").unwrap();
    for file in [
        "secret = 'hunter2'",
        "secret = hunter2",
        "secret = ['hunter2', true]",
        "secret = { value = 'hunter2' }",
        "secret = 'k1:hunter2'\nlisten = 'x'",
        "secret = 'hunter2",
        "mail = 'smtp://user:hunter2@'",
        "mail = 'ftp://user:hunter2@example.org'",
        "mail = 'smtp://user:hunter2@example.org?tls=maybe'",
        "mail = 'smtp://user:hunter2@example.org:port'",
        "mail = smtp://user:hunter2@example.org",
        "mail = 'smtp://user:hunter2@example.org'\nmail = 'x'",
        "mail = 'smtp://user:hunter2@192.0.2.1?tls=none'\nenv = 'production'",
    ] {
        let error = load(Some(file), &[]).unwrap_err();
        assert!(!error.contains("hunter2"), "{error}");
    }
    for (variable, value) in [
        ("DATELINE_AUTH_SECRET", "hunter2"),
        ("DATELINE_AUTH_SECRET", "k1:hunter2,k1:hunter2"),
        ("DATELINE_AUTH_SECRET_FILE", kept.to_str().unwrap()),
        ("DATELINE_AUTH_MAIL", "smtp://user:hunter2@"),
    ] {
        let error = load(None, &[(variable, value)]).unwrap_err();
        assert!(
            error.contains(variable) && !error.contains("hunter2"),
            "{error}"
        );
    }
    let long = format!("k1:{}", "hunter2a".repeat(8));
    let config = load(None, &[("DATELINE_AUTH_SECRET", &long)]).unwrap();
    assert!(!format!("{config:?}").contains("hunter2"));
}

#[test]
fn a_secret_is_said_once() {
    let both = ("DATELINE_AUTH_SECRET_FILE", "secret");
    let long = format!("k1:{}", "A".repeat(44));
    let error = load(Some(&format!("secret = '{long}'")), &[both]).unwrap_err();
    assert!(
        error.contains("DATELINE_AUTH_SECRET_FILE") && error.contains("conflicts with `secret`")
    );
}

#[test]
fn variables_of_ours_that_are_no_setting_are_named() {
    assert!(
        load(
            None,
            &[("DATELINE_BIN", "target/debug/dateline"), ("PATH", "/bin")]
        )
        .is_ok()
    );
    let error = load(
        None,
        &[
            ("DATELINE_AUTH_BASE_URI", "https://news.example.org"),
            ("DATELINE_AUTH_listen", "127.0.0.1:1"),
            ("DATELINE_AUTH_", ""),
        ],
    );
    let error = error.unwrap_err();
    for name in [
        "DATELINE_AUTH_BASE_URI",
        "DATELINE_AUTH_listen",
        "DATELINE_AUTH_,",
    ] {
        assert!(error.contains(name), "{error}");
    }
}

#[test]
fn one_address_has_one_form() {
    for text in [
        "https://news.example.org/",
        "https://News.Example.org:443",
        "HTTPS://news.example.org",
    ] {
        let config = load(None, &[("DATELINE_AUTH_BASE_URL", text)]).unwrap();
        assert_eq!(config.base_url.as_deref(), Some("https://news.example.org"));
    }
}

#[test]
fn numbers_that_cannot_work_are_named_at_start() {
    for setting in [
        "session_idle",
        "session_most",
        "keep_alive",
        "link_life",
        "max_mail_delay",
        "hashes",
        "limit_connections_network",
        "limit_login_account",
        "limit_login_network_minute",
        "limit_login_network_hour",
        "limit_passwords_network_hour",
        "limit_network_56",
        "limit_network_48",
        "limit_codes_address_short",
        "limit_codes_address_day",
        "limit_codes_address_network_day",
        "limit_codes_device_day",
        "limit_codes_network_hour",
        "limit_mails_hour",
        "limit_links",
        "limit_links_day",
        "limit_downloads_day",
        "limit_downloads_account",
        "download_log_days",
    ] {
        let error = load(Some(&format!("{setting} = 0")), &[]).unwrap_err();
        assert!(error.contains(&format!("`{setting}`")), "{error}");
    }
    let many = i64::MAX.to_string();
    for (setting, value) in [
        ("session_most", &*many),
        ("link_life", &*many),
        ("hash_memory_kib", "4000000000"),
        ("hash_passes", "4000000000"),
    ] {
        let error = load(Some(&format!("{setting} = {value}")), &[]).unwrap_err();
        assert!(error.contains(&format!("`{setting}`")), "{error}");
    }
    let error = load(Some("hashes = 10000000"), &[]).unwrap_err();
    assert!(
        error.contains("`hash_memory_kib`") && error.contains("`hashes`"),
        "{error}"
    );
}

#[test]
fn production_refuses_all_that_is_not_safe_in_one_message() {
    use std::os::unix::fs::PermissionsExt as _;

    let dir = tempfile::tempdir().unwrap();
    let secret = dir.path().join("secret");
    std::fs::write(&secret, format!("k1:{}", "A".repeat(44))).unwrap();
    let manifest = dir.path().join("manifest.json");
    let open = dateline_contract::manifest::Manifest {
        base_url: "http://news.example.org".into(),
        default_language: "en".into(),
        languages: vec!["en".into()],
        ..Default::default()
    };
    std::fs::write(&manifest, open.to_json().unwrap()).unwrap();
    let with = |mail: &str, mode: u32, proxies: &str, base: &str| {
        let mode = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(&secret, mode).unwrap();
        load(
            None,
            &[
                ("DATELINE_AUTH_ENV", "production"),
                ("DATELINE_AUTH_MANIFEST", manifest.to_str().unwrap()),
                ("DATELINE_AUTH_SECRET_FILE", secret.to_str().unwrap()),
                ("DATELINE_AUTH_MAIL", mail),
                ("DATELINE_AUTH_MAIL_FROM", "newsroom@example.org"),
                ("DATELINE_AUTH_TRUSTED_PROXIES", proxies),
                ("DATELINE_AUTH_BASE_URL", base),
            ],
        )
    };
    let error = with("file:mail", 0o644, "10.0.0.0/8, ::/0", "").unwrap_err();
    for words in [
        "`secret_file`",
        "`mail`",
        "`base_url`",
        "http://news.example.org",
        "`trusted_proxies`",
        "::/0",
    ] {
        assert!(error.contains(words), "{words}: {error}");
    }
    let good = (
        "smtps://mail.example.org",
        "10.0.0.0/8",
        "https://news.example.org",
    );
    with(good.0, 0o640, good.1, good.2).unwrap();
    for (mail, mode, proxies, base, setting) in [
        ("", 0o600, good.1, good.2, "`mail`"),
        ("file:mail", 0o600, good.1, good.2, "`mail`"),
        (good.0, 0o604, good.1, good.2, "`secret_file`"),
        (good.0, 0o600, "0.0.0.0/0", good.2, "`trusted_proxies`"),
        (
            good.0,
            0o600,
            "0.0.0.0/1,128.0.0.0/1",
            good.2,
            "`trusted_proxies`",
        ),
        (good.0, 0o600, good.1, "", "`base_url`"),
    ] {
        let error = with(mail, mode, proxies, base).unwrap_err();
        assert!(error.contains(setting) && !error.contains('\n'), "{error}");
    }
}

#[test]
fn production_refuses_secrets_in_a_world_readable_settings_file() {
    let file = |text: &str| {
        let rest = "env = 'production'\nmail_from = 'newsroom@example.org'\n";
        load(
            Some(&format!("{rest}{text}")),
            &[("DATELINE_AUTH_SECRET", &format!("k1:{}", "A".repeat(44)))],
        )
    };
    let error = file("mail = 'smtps://user:hunter2@mail.example.org'").unwrap_err();
    assert!(
        error.contains("`mail`") && error.contains("chmod"),
        "{error}"
    );
    assert!(file("mail = 'smtps://mail.example.org'").is_ok());
}
