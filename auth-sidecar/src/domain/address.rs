//! E-mail addresses: which are accepted, who owns them, and how they are displayed.
//!
//! An address has two forms. The *spelling* is where mail goes: as typed, without surrounding white space, a final
//! full stop and invisible characters, with the local part in NFC and the domain in ASCII. The *key* is the
//! identity: two addresses with the same key belong to the same owner. The domain is converted by UTS #46,
//! non-transitional, without case folding first (`faß.de` and `fass.de` have different owners). The local part is
//! normalised to NFKC and fully case-folded. Dots and `+tags` are kept, since only the mail server knows their
//! meaning.
//!
//! The accepted syntax is narrower than RFC 5321 and RFC 6531, and every spelling is safe in an SMTP command and a
//! header: a dot-atom before the `@`, with letters, numbers and marks of any script, then a domain of at least two
//! labels. Quoted local parts, comments, address literals and dotless domains are refused. That includes
//! `localhost`: its mail would go to local accounts of the mail server.

use std::fmt;

use caseless::Caseless;
use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::typed::{is_ignorable, visible};

/// Maximum length of an address in bytes (RFC 5321 §4.5.3.1.3, without the angle brackets).
const LONGEST: usize = 254;
/// Maximum length of a local part in bytes (RFC 5321 §4.5.3.1.1).
const LONGEST_LOCAL: usize = 64;

/// An e-mail address. `Debug` shows it masked.
#[derive(Clone)]
pub struct Address {
    spelling: String,
    key: String,
    /// Position of the `@` in `spelling`.
    at: usize,
}

impl Address {
    /// Parses an address as typed. Parsing a spelling yields the same address.
    ///
    /// # Errors
    /// If it is longer than 254 bytes or does not have the accepted syntax.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let text = visible(text);
        let text = text.trim();
        // A sentence's full stop that was copied along.
        let text = text.strip_suffix(['.', '。', '．', '｡']).unwrap_or(text);
        if text.len() > LONGEST {
            return Err(AddressError::TooLong);
        }
        let parts = text.rsplit_once('@').or_else(|| text.split_once('＠'));
        let (local, domain) = parts.ok_or(AddressError::NoAt)?;
        let domain = ascii_domain(domain)?;
        let local: String = local.nfc().collect();
        check_local(&local)?;
        if local.len() > LONGEST_LOCAL || local.len() + 1 + domain.len() > LONGEST {
            return Err(AddressError::TooLong);
        }
        // Compatibility characters may hide what is refused: `＠`, `，`, `⒈`.
        let compatible: String = local.nfkc().collect();
        check_local(&compatible)?;
        let folded = fold(&compatible);
        Ok(Self {
            spelling: format!("{local}@{domain}"),
            key: format!("{folded}@{domain}"),
            at: local.len(),
        })
    }

    /// Where mail goes. The domain is ASCII. The local part may contain letters of any script, which needs SMTPUTF8.
    pub fn spelling(&self) -> &str {
        &self.spelling
    }

    /// The owner's identity: equal for all spellings of one owner, and for no other owner.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The spelling before the `@`.
    pub fn local(&self) -> &str {
        &self.spelling[..self.at]
    }

    /// The domain, in ASCII and lower case.
    pub fn domain(&self) -> &str {
        &self.spelling[self.at + 1..]
    }

    /// A masked form for logs and lists: `a…e@example.org`. Short local parts show less.
    pub fn masked(&self) -> String {
        let local = self.local();
        let mut chars = local.chars();
        let (first, last) = (chars.next(), chars.next_back());
        let count = local.chars().count();
        let first = first.filter(|_| count > 1).map(String::from);
        let last = last.filter(|_| count > 4).map(String::from);
        let (first, last) = (first.unwrap_or_default(), last.unwrap_or_default());
        format!("{first}…{last}@{}", self.domain())
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({})", self.masked())
    }
}

/// The domain in its DNS form.
fn ascii_domain(domain: &str) -> Result<String, AddressError> {
    // UTS #46 drops ignorable characters; a typed domain has none.
    if domain.chars().any(|c| c.is_control() || is_ignorable(c)) {
        return Err(AddressError::Domain);
    }
    let ascii = Uts46::new()
        .to_ascii(
            domain.as_bytes(),
            AsciiDenyList::STD3,
            // `r3---sn` is a valid label; hyphens at either end are not.
            Hyphens::CheckFirstLast,
            DnsLength::Verify,
        )
        .map_err(|_| AddressError::Domain)?;
    match ascii.rsplit_once('.') {
        // A last label of digits only belongs to an IP address (RFC 3696 §2).
        Some((_, last)) if !last.bytes().all(|b| b.is_ascii_digit()) => Ok(ascii.into_owned()),
        _ => Err(AddressError::Domain),
    }
}

/// A dot-atom (RFC 5322 §3.2.3), with letters, numbers and marks of any script.
fn check_local(local: &str) -> Result<(), AddressError> {
    let atoms_are_good = local
        .split('.')
        .all(|atom| !atom.is_empty() && atom.chars().all(is_atom));
    // A leading mark would combine with the character before the address.
    if atoms_are_good && !local.starts_with(is_combining_mark) {
        Ok(())
    } else {
        Err(AddressError::Local)
    }
}

fn is_atom(c: char) -> bool {
    if c.is_ascii() {
        c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c)
    } else {
        (c.is_alphanumeric() || is_combining_mark(c)) && !is_ignorable(c)
    }
}

/// Why an address was refused. Readers always get `email-invalid`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AddressError {
    /// More than 254 bytes, or 64 before the `@`.
    #[error("the address is too long")]
    TooLong,
    /// No `@`.
    #[error("the address has no `@`")]
    NoAt,
    /// The part before the last `@`.
    #[error("what stands before the `@` is no name that mail can be sent to")]
    Local,
    /// The part after the last `@`.
    #[error("what stands after the `@` is no domain that mail can be sent to")]
    Domain,
}

/// Full case folding and NFKC together: folding can leave text to compose (`ß` with a dot below), and composed text
/// can fold again.
fn fold(text: &str) -> String {
    let mut folded = text.to_owned();
    // Two rounds suffice for all of Unicode, and the loop is bounded anyway.
    for _ in 0..4 {
        let next: String = folded.chars().default_case_fold().nfkc().collect();
        if next == folded {
            break;
        }
        folded = next;
    }
    folded
}

#[cfg(test)]
mod tests;
