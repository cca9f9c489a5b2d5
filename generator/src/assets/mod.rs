//! Files beside documents and pictures: addresses made from content, and sizes for the page.

mod derivatives;
mod missing;
mod other;
mod picture;
mod svg;
mod withheld;

use std::collections::{BTreeMap, BTreeSet};

use dateline_pictures::{Field, Rights};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

pub use self::{
    derivatives::{Derivative, Kept, Original},
    picture::{FileFacts, broken, digest},
    withheld::StandIn,
};

use self::other::Judge;
use crate::{
    base::{
        attachment::{self, Kind},
        diag::{Diagnostic, Diagnostics},
        files::Files,
        hash::{Digest, Sum},
    },
    config::pictures::{Download, Pictures},
    link::{Findings, Shown},
    parse::Said,
    theme::fingerprinted,
};

/// A file that pages point at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Used {
    /// Its address on the site.
    pub address: String,
    /// Width and height in pixels, of a picture, as it is shown.
    pub size: Option<(u32, u32)>,
    /// Whose a picture is and what it shows, from documents, its file and `site.toml`: what is written into it.
    pub rights: Rights,
    /// Of that, what its file says itself.
    pub own: Rights,
    /// A picture of which derivatives are made.
    pub original: Option<Original>,
    /// How documents show a picture.
    pub shown: BTreeSet<Shown>,
    /// The file that is published, of a picture.
    pub file: Option<FileFacts>,
    /// Who may download it.
    pub download: Download,
    /// What pages show in its place, if not everyone may.
    pub stand_in: Option<StandIn>,
}

/// Every file that a published document uses.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct UsedFiles {
    /// By path from the root.
    pub files: BTreeMap<String, Used>,
    /// Static files, by address.
    pub statics: BTreeMap<String, Used>,
}

impl Used {
    /// What is known of a picture where a document says `said` of it. Where that is silent, the other documents that
    /// show the picture, its file and `site.toml` speak; but they do not describe it in the words of another document.
    pub fn rights(&self, said: &Said) -> Rights {
        let mut rights = Rights::default();
        for (field, value) in self.rights.iter() {
            let value = match field {
                Field::Headline | Field::Description | Field::Alt => self.own.get(field),
                _ => Some(value),
            };
            rights.set(field, value.unwrap_or_default());
        }
        rights.with(&said.rights)
    }
}

impl UsedFiles {
    /// A file by its path from the root.
    pub fn at(&self, path: &str) -> Option<&Used> {
        match path.strip_prefix("content/static") {
            Some(address) => self.statics.get(address),
            None => self.files.get(path),
        }
    }
}

/// What is known of a file that is what its name says.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Fact {
    /// Width and height in pixels, as far as it has any, as they are shown.
    pub size: Option<(u32, u32)>,
    /// Of the file that is published, unless it is a copy.
    pub published: Option<Digest>,
    /// Of a picture.
    pub picture: Option<picture::Known>,
}

impl Fact {
    /// The picture that it is, if derivatives are made of it.
    fn original(&self) -> Option<Original> {
        let known = self.picture.as_ref()?;
        Some(Original {
            published: self.published?,
            material: known.material?,
            size: self.size?,
        })
    }
}

/// Remembers facts of files by content, so that one that was not touched is not read again.
pub trait Memory: Sync + Send {
    /// The digest of a file that is certainly what an earlier build read.
    fn known(&self, path: &str) -> Option<Digest>;
    /// What is known under a key.
    fn recall(&self, key: &Digest) -> Option<Fact>;
    /// Remembers a fact.
    fn learn(&self, key: Digest, fact: Fact);
    /// Saves what was learned; every file in use has been requested.
    fn conclude(&self);
}

/// Reads each used file once, or never where `memory` has it: for its address (files beside documents), its size
/// (pictures), and whether it is what its name says. Those of stories to come are judged too, before they come; the
/// second answer has them as well, if there are any.
pub fn collect(
    files: &dyn Files,
    memory: Option<&dyn Memory>,
    found: &Findings,
    settings: &Pictures,
    diags: &mut Diagnostics,
) -> (UsedFiles, Option<UsedFiles>) {
    let reading = Reading {
        files,
        memory,
        found,
        defaults: &settings.rights,
    };
    let mut all = |of: Look, names: &[String]| {
        let read: Vec<_> = names.par_iter().map(|name| of(reading, name)).collect();
        let mut out = BTreeMap::new();
        for (name, used) in names.iter().zip(read) {
            match used {
                Ok((used, mut warnings)) => {
                    diags.append(&mut warnings);
                    out.insert(name.clone(), used);
                }
                Err(diag) => diags.push(diag),
            }
        }
        out
    };
    let coming_files = all(beside, &found.coming_files);
    let coming_statics = all(of_static, &found.coming_statics);
    let used = UsedFiles {
        files: all(beside, &found.files),
        statics: all(of_static, &found.statics),
    };
    let ahead = (!coming_files.is_empty() || !coming_statics.is_empty()).then(|| {
        let mut ahead = used.clone();
        ahead.files.extend(coming_files);
        ahead.statics.extend(coming_statics);
        ahead
    });
    let all = ahead.as_ref().unwrap_or(&used);
    diags.extend(missing::findings(&found.bare, all, settings.lenient));
    (used, ahead)
}

/// The file to publish, without what is private. What is no picture for the web is the newsroom's own affair.
pub fn published(path: &str, bytes: Vec<u8>, rights: &Rights) -> Vec<u8> {
    match attachment::kind(path) {
        Some(Kind::Svg) => svg::published(bytes),
        _ => picture::published(bytes, rights),
    }
}

/// How a file is read: what pages need of it, and what editors should know.
type Look = fn(Reading<'_>, &str) -> Result<(Used, Diagnostics), Diagnostic>;

#[derive(Clone, Copy)]
struct Reading<'a> {
    files: &'a dyn Files,
    memory: Option<&'a dyn Memory>,
    found: &'a Findings,
    /// What `site.toml` says of pictures whose files and documents are silent.
    defaults: &'a Rights,
}

impl Reading<'_> {
    /// The digest of a file, and what `judge` says of one of this kind with this content.
    fn fact(
        self,
        path: &str,
        kind: Option<Kind>,
        judge: Judge,
    ) -> Result<(Digest, Fact), Diagnostic> {
        let words = self.said(path);
        let key = |content: &Digest| {
            let mut sum = Sum::default();
            let strict = judge == Judge::Strict;
            sum.text(&format!("{kind:?}")).number(u64::from(strict));
            sum.digest(&digest(content, self.defaults));
            sum.digest(&digest(content, &words)).finish()
        };
        if let Some(memory) = self.memory
            && let Some(digest) = memory.known(path)
            && let Some(fact) = memory.recall(&key(&digest))
        {
            return Ok((digest, fact));
        }
        let (digest, fact) = match kind {
            Some(Kind::Picture) => picture::look(self.files, path, (self.defaults, &words))?,
            _ => other::look(self.files, path, kind, judge)?,
        };
        if let Some(memory) = self.memory {
            memory.learn(key(&digest), fact.clone());
        }
        Ok((digest, fact))
    }

    /// What documents say of a picture.
    fn said(self, path: &str) -> Rights {
        self.found.words.get(path).cloned().unwrap_or_default()
    }

    /// What pages need of a file, and what editors should know of it.
    fn used(self, path: &str, address: String, fact: &Fact) -> (Used, Diagnostics) {
        let words = self.said(path);
        let size = fact.size;
        let known = fact.picture.as_ref();
        let warnings = known.iter();
        let warnings = warnings.flat_map(|k| k.warnings(path, size.unwrap_or_default(), &words));
        let warnings = warnings.collect();
        let own = known.map(|known| known.own.clone()).unwrap_or_default();
        let used = Used {
            address,
            size,
            rights: self.defaults.with(&own).with(&words),
            own,
            original: fact.original(),
            shown: self.found.shown.get(path).cloned().unwrap_or_default(),
            file: fact.picture.as_ref().map(|known| known.file.clone()),
            download: Download::Public,
            stand_in: None,
        };
        (used, warnings)
    }
}

/// `content/news/2025/01/27/hands.jpg` → `/files/news/2025/01/27/hands.1a2b3c4d5e.jpg`.
fn beside(reading: Reading<'_>, path: &str) -> Result<(Used, Diagnostics), Diagnostic> {
    let (content, fact) = reading.fact(path, attachment::kind(path), Judge::Strict)?;
    let published = fact.published.unwrap_or(content);
    let inside = path.strip_prefix("content/").unwrap_or(path);
    let address = format!("/files/{}", fingerprinted(inside, published));
    Ok(reading.used(path, address, &fact))
}

fn of_static(reading: Reading<'_>, address: &str) -> Result<(Used, Diagnostics), Diagnostic> {
    let path = format!("content/static{address}");
    let kind = attachment::kind(&path);
    let fact = match kind {
        Some(Kind::Picture | Kind::Svg) => reading.fact(&path, kind, Judge::Sides)?.1,
        _ => Fact::default(),
    };
    Ok(reading.used(&path, address.to_owned(), &fact))
}
