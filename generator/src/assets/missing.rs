//! What must be known of a picture that readers see, and neither documents nor its file say.

use dateline_pictures::Field;

use super::UsedFiles;
use crate::{
    base::{
        attachment::{self, Kind},
        diag::Diagnostic,
    },
    link::Bare,
    theme::slots::Role,
};

/// Reports pictures without a description or a credit; as warnings if the newsroom is `lenient`.
pub(super) fn findings(bare: &[Bare], used: &UsedFiles, lenient: bool) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    for shown in bare {
        // One that is not there is reported already.
        let Some(file) = used.at(&shown.picture) else {
            continue;
        };
        let mut find = |message: &str, hint: &str| {
            let finding = match lenient {
                true => Diagnostic::warning(message),
                false => Diagnostic::error(message),
            };
            findings.push(finding.at(&shown.file, shown.span.clone()).hint(hint));
        };
        if shown.alt && file.own.get(Field::Alt).is_none() {
            find("this picture has no alt text", for_alt(shown.role));
        }
        // Drawings are charts and logos, and cannot name their makers.
        let drawing = attachment::kind(&shown.picture) == Some(Kind::Svg);
        if shown.credit && !drawing && file.rights.get(Field::Credit).is_none() {
            find("this picture has no credit", for_credit(shown.role));
        }
    }
    findings
}

fn for_alt(role: Role) -> &'static str {
    match role {
        Role::Main => {
            "write what it shows as its `alt`; an empty `alt` says that it only decorates"
        }
        Role::Poster => {
            "write what it shows as `poster_alt`; an empty one says that it only decorates"
        }
        Role::Body => {
            "write what it shows, as in ![A ship](ship.jpg); one that only decorates is a figure with alt=\"\""
        }
    }
}

fn for_credit(role: Role) -> &'static str {
    match role {
        Role::Main | Role::Poster => {
            "write whose it is as its `credit`, or for all pictures as `credit` under [pictures] in site.toml"
        }
        Role::Body => {
            "write whose it is as credit=\"…\" of a figure, or for all pictures as `credit` under [pictures] in site.toml"
        }
    }
}
