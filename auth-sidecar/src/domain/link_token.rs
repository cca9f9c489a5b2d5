//! Download links, `v1.KEYID.ID.EXPIRY.MAC`: the only capability that appears in a URL, because it is made for
//! `curl`.
//!
//! The MAC covers version, dossier, rendition, account, link, content, terms and expiry. The URL contains three of
//! them; the others come from the request's path and the link's row. Expiry is in seconds since 1970.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::keys::{Keyring, Purpose};
use super::store::Link;

const VERSION: &str = "v1";

/// A token as parsed from a URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkToken {
    key: String,
    /// The link's ID.
    pub id: String,
    /// As written: each number has exactly one spelling.
    expiry: String,
    mac: Vec<u8>,
}

impl LinkToken {
    /// Parses a token. `None` if the text does not have the form of a link.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let parts: Vec<&str> = text.split('.').collect();
        let [VERSION, key, id, expiry, mac] = parts[..] else {
            return None;
        };
        Some(Self {
            key: key.to_owned(),
            id: id.to_owned(),
            expiry: expiry.to_owned(),
            mac: URL_SAFE_NO_PAD.decode(mac).ok()?,
        })
    }

    /// Whether this service issued the token for this link and exactly this rendition, whatever its content is now.
    #[must_use]
    pub fn is_of(&self, keys: &Keyring, link: &Link, dossier: &str, rendition: &str) -> bool {
        let account = link.account.to_be_bytes();
        let parts = parts(&account, &self.expiry, link, dossier, rendition);
        self.id == link.id
            && self.expiry == expiry(link)
            && keys.verify(&self.key, Purpose::Link, &parts, &self.mac)
    }
}

/// The value of `link=` in the URL.
#[must_use]
pub fn write(keys: &Keyring, link: &Link) -> String {
    let (account, expiry) = (link.account.to_be_bytes(), expiry(link));
    let parts = parts(&account, &expiry, link, &link.dossier, &link.rendition);
    let mac = URL_SAFE_NO_PAD.encode(keys.mac(Purpose::Link, &parts));
    format!("{VERSION}.{}.{}.{expiry}.{mac}", keys.current(), link.id)
}

fn expiry(link: &Link) -> String {
    link.expires_at.0.div_euclid(1000).to_string()
}

fn parts<'a>(
    account: &'a [u8],
    expiry: &'a str,
    link: &'a Link,
    dossier: &'a str,
    rendition: &'a str,
) -> [&'a [u8]; 8] {
    [
        VERSION.as_bytes(),
        dossier.as_bytes(),
        rendition.as_bytes(),
        account,
        link.id.as_bytes(),
        link.sha256.as_bytes(),
        link.terms.as_bytes(),
        expiry.as_bytes(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::Moment;

    fn link() -> Link {
        Link {
            id: "abc234".into(),
            account: 7,
            dossier: "lisbon".into(),
            rendition: "broadcast".into(),
            sha256: "ab".repeat(32),
            terms: "2025-01".into(),
            created_at: Moment(1_000_000),
            expires_at: Moment(87_400_000),
            revoked_at: None,
        }
    }

    fn keys() -> Keyring {
        Keyring::parse("k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=").unwrap()
    }

    fn is_of(text: &str, link: &Link) -> bool {
        let token = LinkToken::parse(text);
        token.is_some_and(|token| token.is_of(&keys(), link, &link.dossier, &link.rendition))
    }

    #[test]
    fn a_link_is_good_for_all_that_it_was_made_of_and_nothing_else() {
        let text = write(&keys(), &link());
        assert!(text.starts_with("v1.k1.abc234.87400."), "{text}");
        assert!(is_of(&text, &link()));
        let changes: [fn(&mut Link); 7] = [
            |link| link.sha256 = "cd".repeat(32),
            |link| link.dossier = "madrid".into(),
            |link| link.rendition = "preview".into(),
            |link| link.account = 8,
            |link| link.terms = "2025-02".into(),
            |link| link.expires_at = Moment(87_401_000),
            |link| link.id = "abc235".into(),
        ];
        for (n, change) in changes.into_iter().enumerate() {
            let mut other = link();
            change(&mut other);
            assert!(!is_of(&text, &other), "change {n}");
        }
        // Parts cannot lend each other letters.
        let shifted = Link {
            dossier: "lisbonb".into(),
            rendition: "roadcast".into(),
            ..link()
        };
        assert!(!is_of(&text, &shifted));
    }

    #[test]
    fn no_altered_spelling_is_good() {
        let text = write(&keys(), &link());
        for at in 0..text.len() {
            for letter in ["A", "b", "0", "_", ".", ""] {
                let mut altered = text.clone();
                altered.replace_range(at..=at, letter);
                assert!(altered == text || !is_of(&altered, &link()), "{altered}");
            }
        }
        for altered in [
            text.replace(".87400.", ".087400."),
            text.replace(".87400.", ".+87400."),
            text.replace("v1.", "v2."),
            text.replace(".k1.", ".k2."),
            format!("{text}="),
            format!("{text}.x"),
            format!(" {text}"),
            String::new(),
        ] {
            assert!(!is_of(&altered, &link()), "{altered}");
        }
    }
}
