//! E-mail addresses: which are accepted, whose they are, and how they are shown.
//!
//! An address has two forms. The *spelling* is what mail is sent to: as it was typed, but for white
//! space around it, a full stop after it and what cannot be seen in it, NFC in the local part, and the domain in ASCII. The *key* says who it is: two
//! addresses with one key belong to one owner. The domain goes through UTS #46, non-transitional, and is
//! never case-folded before (`faß.de` and `fass.de` are two owners); the local part is normalised to NFKC
//! and then case-folded in full. Dots and what follows a plus are kept: only the mail server knows what
//! they mean.
//!
//! What is accepted is narrower than RFC 5321 and RFC 6531 allow, and each spelling can stand in an SMTP
//! command and in a header as it is: a dot-atom before the `@`, with letters, numbers and marks of any
//! script, and a domain of two labels or more after it. Quoted local parts, comments, address literals
//! and domains without a dot are refused, `localhost` among them: mail for it would go to whatever
//! accounts the mail server's own machine has.

use std::fmt;

use caseless::Caseless;
use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::typed::{is_ignorable, visible};

/// Of a whole address, in bytes (RFC 5321 §4.5.3.1.3, less its angle brackets).
const LONGEST: usize = 254;
/// Of a local part, in bytes (RFC 5321 §4.5.3.1.1).
const LONGEST_LOCAL: usize = 64;

/// An e-mail address. `Debug` shows it masked.
#[derive(Clone)]
pub struct Address {
    spelling: String,
    key: String,
    /// Where the `@` stands in `spelling`.
    at: usize,
}

impl Address {
    /// Reads an address as someone typed it. An address's spelling reads as the same address.
    ///
    /// # Errors
    /// When it is longer than 254 bytes, or not of the form that this module accepts.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let text = visible(text);
        let text = text.trim();
        // The end of a sentence that was copied along.
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
        // Compatibility forms may hide what is refused: `＠`, `，`, `⒈`.
        let compatible: String = local.nfkc().collect();
        check_local(&compatible)?;
        let folded = fold(&compatible);
        Ok(Self {
            spelling: format!("{local}@{domain}"),
            key: format!("{folded}@{domain}"),
            at: local.len(),
        })
    }

    /// What mail is sent to. The domain is ASCII; the local part may hold letters of any script, for
    /// which a mail server needs SMTPUTF8.
    pub fn spelling(&self) -> &str {
        &self.spelling
    }

    /// Who it is: equal for all spellings of one owner, and for nobody else's.
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

    /// For logs and lists: `a…e@example.org`. Short local parts lose more.
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

/// The domain as it stands in DNS.
fn ascii_domain(domain: &str) -> Result<String, AddressError> {
    // UTS #46 drops ignorable characters, and nobody types them.
    if domain.chars().any(|c| c.is_control() || is_ignorable(c)) {
        return Err(AddressError::Domain);
    }
    let ascii = Uts46::new()
        .to_ascii(
            domain.as_bytes(),
            AsciiDenyList::STD3,
            // `r3---sn` is a real name; hyphens at the ends are none.
            Hyphens::CheckFirstLast,
            DnsLength::Verify,
        )
        .map_err(|_| AddressError::Domain)?;
    match ascii.rsplit_once('.') {
        // A last label of digits alone is a piece of an IP address (RFC 3696 §2).
        Some((_, last)) if !last.bytes().all(|b| b.is_ascii_digit()) => Ok(ascii.into_owned()),
        _ => Err(AddressError::Domain),
    }
}

/// A dot-atom (RFC 5322 §3.2.3), with letters, numbers and marks of any script.
fn check_local(local: &str) -> Result<(), AddressError> {
    let atoms_are_good = local
        .split('.')
        .all(|atom| !atom.is_empty() && atom.chars().all(is_atom));
    // A mark at the start would join whatever stands before the address.
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

/// Why an address was refused. Readers are told `email-invalid`, whichever it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AddressError {
    /// More than 254 bytes, or 64 before the `@`.
    #[error("the address is too long")]
    TooLong,
    /// No `@`.
    #[error("the address has no `@`")]
    NoAt,
    /// What stands before the last `@`.
    #[error("what stands before the `@` is no name that mail can be sent to")]
    Local,
    /// What stands after it.
    #[error("what stands after the `@` is no domain that mail can be sent to")]
    Domain,
}

/// Case-folded in full, and in NFKC: folding can leave what is to be composed (`ß` with a dot below), and
/// what was composed can fold again.
fn fold(text: &str) -> String {
    let mut folded = text.to_owned();
    // Two rounds are enough for all of Unicode; there is no text that goes on for ever.
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
