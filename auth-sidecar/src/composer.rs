//! Composes a queued mail by filling the theme's template in the reader's language.

use std::sync::Arc;

use crate::domain::accounts::MailContents;
use crate::domain::catalogue::CatalogueHandle;
use crate::domain::mail::Mail;
use crate::domain::moments::{clock_time, reading_time};
use crate::domain::store::{MailKind, QueuedMail};
use crate::domain::time::Moment;
use dateline_contract::template::{self, Escape, TemplateError, Values};

/// The theme's output for the sidecar: `mail/{lang}/{KIND}.txt` and `.html`, `pages/{lang}/account.html`.
pub trait Templates: Send + Sync + 'static {
    /// The current template at this path, if there is one. May take milliseconds.
    fn read(&self, path: &str) -> Option<String>;
}

/// A theme without templates for the sidecar.
pub(crate) struct NoTemplates;

impl Templates for NoTemplates {
    fn read(&self, _: &str) -> Option<String> {
        None
    }
}

/// Templates from a folder, read on each use, so that a new theme needs no restart.
pub(crate) struct TemplateFolder(pub(crate) std::path::PathBuf);

impl Templates for TemplateFolder {
    fn read(&self, path: &str) -> Option<String> {
        let file = self.0.join(path);
        match std::fs::read_to_string(&file) {
            Ok(text) => Some(text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(error) => {
                tracing::error!(?file, %error, "a template cannot be read");
                None
            }
        }
    }
}

/// Templates whose links are changed to another origin than the one they were built for.
pub(crate) struct Rebased {
    pub(crate) templates: Arc<dyn Templates>,
    pub(crate) catalogue: CatalogueHandle,
    pub(crate) base_url: String,
}

impl Templates for Rebased {
    /// Changes links before values are filled in, so that nothing a reader wrote is changed.
    fn read(&self, path: &str) -> Option<String> {
        let text = self.templates.read(path)?;
        Some(match self.catalogue.current() {
            Some(catalogue) => rebased(&text, &catalogue.facts().base_url, &self.base_url),
            None => text,
        })
    }
}

/// Replaces one origin with another; longer origins that begin with it stay.
fn rebased(text: &str, from: &str, to: &str) -> String {
    let mut parts = text.split(from);
    let mut done = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let goes_on = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | ':' | '_');
        // A full stop or colon may end a sentence.
        let is_longer =
            part.starts_with(goes_on) && part.trim_start_matches(['.', ':']).starts_with(goes_on);
        done.push_str(if is_longer { from } else { to });
        done.push_str(part);
    }
    done
}

/// Fills templates.
#[derive(Clone)]
pub(crate) struct Composer {
    pub(crate) templates: Arc<dyn Templates>,
    pub(crate) catalogue: CatalogueHandle,
}

impl Composer {
    /// Composes a queued mail. Without a usable template of the theme it is in plain English: a code must arrive.
    pub(crate) fn compose(
        &self,
        mail: &QueuedMail,
        kind: MailKind,
        contents: MailContents,
        now: Moment,
    ) -> Mail {
        let values = self.values(kind, &contents);
        let own = self.by_theme(&mail.language, kind, &values).unwrap_or_else(|error| {
            tracing::error!(kind = kind.name(), language = mail.language, %error, "a mail's template cannot be filled");
            None
        });
        let (language, (subject, text, html)) = match own {
            Some(written) => (mail.language.clone(), written),
            None => ("en".to_owned(), plain(kind, &values)),
        };
        Mail {
            to: contents.to,
            subject,
            text,
            html,
            language,
            message_id: mail.id.clone(),
            date: now.timestamp(),
        }
    }

    fn values(&self, kind: MailKind, contents: &MailContents) -> Values {
        let catalogue = self.catalogue.current();
        let zone = catalogue.map_or(jiff::tz::TimeZone::UTC, |catalogue| {
            catalogue.facts().time_zone.clone()
        });
        // The code that undoes a change of address is long and will be copied, so it stays in one piece.
        let is_long = kind == MailKind::AddressChanged;
        let letters: Vec<char> = contents.code.chars().collect();
        let groups = letters.chunks(4).map(|group| group.iter().collect());
        let groups: Vec<String> = groups.collect();
        let code = groups.join(if is_long { "-" } else { " " });
        let expires = match contents.expires {
            0 => String::new(),
            at if is_long => reading_time(Moment(at), &zone),
            at => clock_time(Moment(at), &zone),
        };
        Values::new()
            .text("email", &contents.to)
            .text("code", code)
            .text("expires", expires)
            .text("when", reading_time(Moment(contents.when), &zone))
    }

    fn by_theme(
        &self,
        language: &str,
        kind: MailKind,
        values: &Values,
    ) -> Result<Option<Written>, TemplateError> {
        let read = |ending: &str| {
            let path = format!("mail/{language}/{}.{ending}", kind.name());
            self.templates.read(&path)
        };
        let Some(text) = read("txt") else {
            return Ok(None);
        };
        let text = template::fill(&text, values, Escape::None)?;
        let html = match read("html") {
            Some(html) => Some(template::fill(&html, values, Escape::Html)?),
            None => None,
        };
        let Some((subject, text)) = split(&text) else {
            return Ok(None);
        };
        Ok(Some((subject, text, html)))
    }
}

/// Subject, text, HTML.
type Written = (String, String, Option<String>);

/// `Subject: …`, an empty line, the text.
fn split(text: &str) -> Option<(String, String)> {
    let (subject, text) = text.split_once('\n')?;
    let subject = subject.strip_prefix("Subject:")?.trim();
    Some((
        subject.to_owned(),
        text.trim_start_matches(['\r', '\n']).to_owned(),
    ))
}

/// The built-in mails.
fn plain(kind: MailKind, values: &Values) -> Written {
    let (subject, text) = match kind {
        MailKind::Verify => (
            "Your verification code",
            "{{code}}\n\nEnter this code on the page where you registered. It is valid until {{expires}}.\n\n\
             If you did not register, ignore this e-mail: no account is opened without the code.\n",
        ),
        MailKind::Reset => (
            "Your code for a new password",
            "{{code}}\n\nEnter this code to choose a new password. It is valid until {{expires}}.\n\n\
             If you did not request it, ignore this e-mail: your password stays the same.\n",
        ),
        MailKind::Exists => (
            "You already have an account",
            "Someone tried to create an account with this address at {{when}}. You already have one: log in, or set \
             a new password.\n\nIf it was not you, there is nothing to do.\n",
        ),
        MailKind::Closed => (
            "Your account is closed",
            "Someone tried to use the account of this address at {{when}}. The account is closed.\n",
        ),
        MailKind::PasswordChanged => (
            "Your password was changed",
            "The password of your account was changed at {{when}}.\n\n\
             If it was not you, set a new password on the site at once.\n",
        ),
        MailKind::Address => (
            "Your code for your new address",
            "{{code}}\n\nEnter this code to change the address of your account to this one. It is valid until \
             {{expires}}.\n\nIf you did not request it, ignore this e-mail: nothing changes without the code.\n",
        ),
        MailKind::AddressTaken => (
            "This address already has an account",
            "Someone tried to change another account to this address at {{when}}. You already have an account with \
             it, so nothing was changed.\n",
        ),
        MailKind::AddressChanged => (
            "Your account has a new address",
            "The address of your account was changed at {{when}}.\n\nIf it was not you, undo the change with this \
             code, on the page “Undo a change of address” of the site:\n\n{{code}}\n\n\
             It is valid until {{expires}}.\n",
        ),
        MailKind::AddressHeld => (
            "This address is reserved",
            "Someone tried to use this address at {{when}}. It was the address of your account until a short time \
             ago. Our notice about the change contains a code that undoes it.\n",
        ),
        MailKind::AddressRestored => (
            "The change of your address was undone",
            "The account that had this address has had its previous address again since {{when}}.\n",
        ),
        MailKind::Deleted => (
            "Your account was deleted",
            "The account of {{email}} was deleted at {{when}}, with all its data.\n",
        ),
    };
    let text = template::fill(text, values, Escape::None).unwrap_or_default();
    (subject.to_owned(), text, None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_begins_with_its_subject() {
        let split = |text| split(text);
        assert_eq!(
            split("Subject: A code\n\n1234 5678\n"),
            Some(("A code".into(), "1234 5678\n".into()))
        );
        assert_eq!(split("1234 5678\n"), None);
    }

    #[test]
    fn only_the_exact_origin_is_replaced() {
        let to = "http://other.example:8001";
        for (text, expected) in [
            (
                "a https://news.example/en/ b",
                "a http://other.example:8001/en/ b",
            ),
            ("https://news.example", "http://other.example:8001"),
            (
                "See https://news.example.",
                "See http://other.example:8001.",
            ),
            ("https://news.example.org/", "https://news.example.org/"),
            ("https://news.example:8443/", "https://news.example:8443/"),
            ("https://news.example-other/", "https://news.example-other/"),
        ] {
            assert_eq!(rebased(text, "https://news.example", to), expected);
        }
    }

    #[test]
    fn every_mail_has_its_own_text() {
        let values = Values::new()
            .text("email", "a@example.org")
            .text("code", "1234 5678")
            .text("expires", "14:32 UTC")
            .text("when", "2026-11-25 14:02 UTC");
        let mut subjects: Vec<String> = MailKind::ALL
            .into_iter()
            .map(|kind| {
                let (subject, text, _) = plain(kind, &values);
                assert!(!text.is_empty() && !text.contains("{{"), "{kind:?}: {text}");
                subject
            })
            .collect();
        subjects.sort();
        subjects.dedup();
        assert_eq!(subjects.len(), MailKind::ALL.len());
    }
}
