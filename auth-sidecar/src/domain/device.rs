//! Device names in lists of sessions: the browser's family and the system, from `User-Agent`.
//!
//! The header itself is never stored or displayed: it identifies far more than an owner needs to recognise a
//! session, and anyone can put anything into it. The output consists only of names in this file. They are product
//! names, the same in every language.

/// Bytes of the header that are searched. Browsers name themselves within 250.
const LOOKED_AT: usize = 512;

/// The first match counts: nearly every browser also claims to be Chrome, Safari and Mozilla.
const BROWSERS: [(&str, &str); 29] = [
    ("curl/", "curl"),
    ("Wget/", "Wget"),
    ("python-requests/", "Python"),
    ("Python-urllib/", "Python"),
    ("Go-http-client/", "Go"),
    ("okhttp/", "OkHttp"),
    ("Googlebot", "Googlebot"),
    ("bingbot", "Bingbot"),
    ("HeadlessChrome/", "Headless Chrome"),
    ("Edg/", "Edge"),
    ("EdgA/", "Edge"),
    ("EdgiOS/", "Edge"),
    ("Edge/", "Edge"),
    ("OPR/", "Opera"),
    ("OPiOS/", "Opera"),
    ("Opera", "Opera"),
    ("Vivaldi/", "Vivaldi"),
    ("YaBrowser/", "Yandex Browser"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("UCBrowser/", "UC Browser"),
    ("DuckDuckGo/", "DuckDuckGo"),
    ("Ddg/", "DuckDuckGo"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chromium/", "Chromium"),
    ("Chrome/", "Chrome"),
    ("MSIE ", "Internet Explorer"),
    ("Trident/", "Internet Explorer"),
];

/// As above: Android also claims to be Linux, and iOS to be like Mac OS X.
const SYSTEMS: [(&str, &str); 15] = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("iPod", "iPod"),
    ("Android", "Android"),
    ("HarmonyOS", "HarmonyOS"),
    ("CrOS", "ChromeOS"),
    ("Windows Phone", "Windows Phone"),
    ("Windows", "Windows"),
    ("Macintosh", "macOS"),
    ("Mac OS X", "macOS"),
    ("Ubuntu", "Linux"),
    ("Linux", "Linux"),
    ("FreeBSD", "FreeBSD"),
    ("OpenBSD", "OpenBSD"),
    ("X11", "Unix"),
];

/// The browser's family and the system: `Firefox on Linux`, `curl`, `Unknown browser`. At most 60 ASCII characters,
/// and nothing copied from the header.
pub fn describe(user_agent: &str) -> String {
    let looked_at = &user_agent[..user_agent.floor_char_boundary(LOOKED_AT)];
    let first = |names: &[(&str, &'static str)]| {
        let found = names.iter().find(|(token, _)| looked_at.contains(token));
        found.map(|&(_, name)| name)
    };
    let browser = first(&BROWSERS)
        // Others contain its token too; only Safari has it together with a version.
        .or_else(|| {
            (looked_at.contains("Safari/") && looked_at.contains("Version/")).then_some("Safari")
        })
        .unwrap_or("Unknown browser");
    match first(&SYSTEMS) {
        Some(system) => format!("{browser} on {system}"),
        None => browser.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn browsers_as_they_name_themselves() {
        for (user_agent, expected) in [
            ("", "Unknown browser"),
            ("-", "Unknown browser"),
            ("Mozilla/5.0", "Unknown browser"),
            ("curl/8.14.1", "curl"),
            ("Wget/1.25.0", "Wget"),
            ("Wget/1.21.3 (linux-gnu)", "Wget"),
            ("python-requests/2.32.3", "Python"),
            ("Go-http-client/2.0", "Go"),
            ("okhttp/4.12.0", "OkHttp"),
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
                "Firefox on Linux",
            ),
            (
                "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
                "Firefox on Linux",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0",
                "Firefox on Windows",
            ),
            (
                "Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0",
                "Firefox on Android",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) FxiOS/140.0 Mobile/15E148 Safari/605.1.15",
                "Firefox on iPhone",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36",
                "Chrome on Windows",
            ),
            (
                "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Mobile Safari/537.36",
                "Chrome on Android",
            ),
            (
                "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36",
                "Chrome on ChromeOS",
            ),
            (
                "Mozilla/5.0 (iPad; CPU OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/138.0.7204.119 Mobile/15E148 Safari/604.1",
                "Chrome on iPad",
            ),
            (
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/138.0.0.0 Safari/537.36",
                "Headless Chrome on Linux",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36 Edg/138.0.0.0",
                "Edge on Windows",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/64.0.3282.140 Safari/537.36 Edge/18.17763",
                "Edge on Windows",
            ),
            (
                "Mozilla/5.0 (Linux; Android 10; HD1913) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.7204.63 Mobile Safari/537.36 EdgA/138.0.3351.65",
                "Edge on Android",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36 OPR/120.0.0.0",
                "Opera on Windows",
            ),
            (
                "Opera/9.80 (Windows NT 6.1) Presto/2.12.388 Version/12.18",
                "Opera on Windows",
            ),
            (
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36 Vivaldi/7.5",
                "Vivaldi on Linux",
            ),
            (
                "Mozilla/5.0 (Linux; Android 13; SAMSUNG SM-S918B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36",
                "Samsung Internet on Android",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/136.0.0.0 YaBrowser/25.6.0.0 Safari/537.36",
                "Yandex Browser on Windows",
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15 Ddg/18.5",
                "DuckDuckGo on macOS",
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15",
                "Safari on macOS",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
                "Safari on iPhone",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
                "Unknown browser on iPhone",
            ),
            (
                "Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko",
                "Internet Explorer on Windows",
            ),
            (
                "Mozilla/5.0 (compatible; MSIE 9.0; Windows NT 6.1)",
                "Internet Explorer on Windows",
            ),
            (
                "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
                "Googlebot",
            ),
            (
                "Mozilla/5.0 (X11; FreeBSD amd64; rv:140.0) Gecko/20100101 Firefox/140.0",
                "Firefox on FreeBSD",
            ),
            ("<script>alert(1)</script> Firefox/1", "Firefox"),
            ("Lynx/2.9.2 libwww-FM/2.14", "Unknown browser"),
            ("\u{202e}\r\nFirefox\u{0}", "Unknown browser"),
        ] {
            assert_eq!(describe(user_agent), expected, "{user_agent}");
        }
        assert_eq!(
            describe(&format!("{}Firefox/1", "é".repeat(300))),
            "Unknown browser"
        );
    }

    proptest! {
        #[test]
        fn nothing_of_the_header_comes_back(user_agent in ".{0,700}", from in 0..BROWSERS.len(), on in 0..SYSTEMS.len()) {
            for text in [
                user_agent.clone(),
                format!("{}{user_agent}{}", SYSTEMS[on].0, BROWSERS[from].0),
            ] {
                let described = describe(&text);
                prop_assert!(described.len() <= 60 && described.is_ascii());
                let (browser, system) = described.split_once(" on ").unwrap_or((&described, "Linux"));
                prop_assert!(BROWSERS.iter().any(|(_, name)| *name == browser)
                    || ["Safari", "Unknown browser"].contains(&browser));
                prop_assert!(SYSTEMS.iter().any(|(_, name)| *name == system));
            }
        }
    }
}
