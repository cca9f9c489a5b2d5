//! Mails: all but what the sidecar fills in, in each language, as text and as HTML.

use dateline_contract::texts::{MAIL_SLOTS, MailKind};
use tera::Value;

use super::{
    backend::Backend,
    failure::Failure,
    renderer::Renderer,
    slots,
    value::{Context, map},
};
use crate::{config::LangId, plan};

/// The slots of a mail: only those that tell of a code have one.
fn slots_of(mail: MailKind) -> Vec<&'static str> {
    let of_code = |slot: &&str| matches!(*slot, "code" | "expires");
    let all = MAIL_SLOTS.into_iter();
    all.filter(|slot| mail.tells_code() || !of_code(slot))
        .collect()
}

/// A text mail begins with `Subject: …` and an empty line, and its subject is the same for everyone.
fn subject(text: &str) -> Result<(), &'static str> {
    let mut lines = text.lines();
    let subject = lines.next().and_then(|l| l.strip_prefix("Subject: "));
    match subject.map(str::trim) {
        None | Some("") => Err("a text mail must begin with a line “Subject: …”"),
        Some(subject) if slots::any(subject) => {
            Err("the subject cannot hold a slot: it shows on locked screens")
        }
        _ if lines.next() != Some("") => Err("an empty line must follow the subject"),
        _ => Ok(()),
    }
}

impl<B: Backend> Renderer<'_, B> {
    /// A mail.
    pub(super) fn mail(&self, lang: LangId, mail: MailKind, html: bool) -> Result<B::Out, Failure> {
        let template = plan::mail_template(mail, html);
        let own = slots_of(mail);
        let mut context = Context::new();
        context.insert_value("mail", map([("kind", Value::from(mail.name()))]));
        context.insert_value("slot", Value::from(slots::plain(&own)));
        let rendered = self.template(lang, &template, &context, 4 << 10)?;
        let rendered = self.backend.finish(rendered, |bytes| {
            let text = String::from_utf8_lossy(&bytes);
            match html {
                true => Ok(()),
                false => subject(&text),
            }
            .map_err(|why| self.about(&template, why.to_owned()))?;
            Ok(bytes)
        })?;
        self.filled(&template, rendered, &own)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_stands_alone_and_first() {
        assert!(subject("Subject: Your code\n\nText").is_ok());
        for bad in [
            "",
            "Hello",
            "Subject: \n\nText",
            "Subject: Your code\nText",
            "\nSubject: Your code\n\n",
            "Subject: \u{fdd0}code\u{fdd1}\n\n",
        ] {
            assert!(subject(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn only_mails_with_a_code_have_its_slots() {
        assert!(slots_of(MailKind::Reset).contains(&"expires"));
        assert_eq!(slots_of(MailKind::Deleted), ["email", "when"]);
    }
}
