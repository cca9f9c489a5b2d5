//! The words of publishing, as systems and editors write them.

use crate::base::path;

/// What a word means for publication.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    /// A filler: goes with any other word and adds nothing.
    Filler,
    Draft,
    Embargo,
    Expire,
    Publish,
    Unpublish,
    Release,
    Schedule,
    /// Effect something together with a beginning or an end, and by being false.
    Live,
    Shown,
    Hidden,
    Locked,
    Status,
    From,
    After,
    Until,
    Before,
    Not,
    /// `publish_later`
    Later,
}

/// Words by meaning, in several languages: editors name keys in their own.
pub(super) const WORDS: [(Word, &str); 19] = [
    (
        Word::Filler,
        "is be date dates datetime day at on time the post page article story content entry node field item \
            document doc gmt utc for of by wp under lift lifts lifted moment when timestamp first set value in \
            as en de du le am datum fecha",
    ),
    (
        Word::Draft,
        "draft drafts drafted wip unfinished draught incomplete stub todo brouillon brouillons entwurf borrador \
            rascunho bozza utkast kladde szkic luonnos черновик مسودة 草稿 下書き 초안",
    ),
    (
        Word::Embargo,
        "embargo embargoed embargos embargoes sperrfrist",
    ),
    (
        Word::Expire,
        "expire expires expired expiry expiration expiring sunset",
    ),
    (
        Word::Publish,
        "publish published publishes publishing publication pub posted publie publicado publicada pubblicato \
            veroffentlicht gepubliceerd",
    ),
    (
        Word::Unpublish,
        "unpublish unpublished unpublishes unpublishing depublish takedown",
    ),
    (Word::Release, "release released releases launch launched"),
    (Word::Schedule, "schedule scheduled scheduling"),
    (
        Word::Live,
        "live go online show display displayed available active goes going valid enabled approved \
            cleared ready",
    ),
    (Word::Shown, "visible listed public render"),
    (
        Word::Hidden,
        "hidden hide private unlisted invisible confidential withheld headless internal secret hold held \
            exclude excluded withdrawn retracted removed remove deleted delete trashed archive archived disabled \
            inactive offline restricted unapproved trash spiked killed suspended masque prive privado privato \
            privat",
    ),
    (Word::Locked, "password protected"),
    (
        Word::Status,
        "status state visibility workflow moderation editorial access",
    ),
    (
        Word::From,
        "from since start starts starting begin begins up",
    ),
    (Word::After, "after"),
    (
        Word::Until,
        "until till to through thru end ends ending down stop",
    ),
    (Word::Before, "before"),
    (Word::Not, "not no do dont never non"),
    (Word::Later, "later"),
];

/// Keys that are about publication in any table.
pub(super) const DECIDE: &str = "scheduled private isprivate unlisted confidential withheld withdrawn retracted archived trashed";

/// Keys whose misspellings are detected, with the number of changed letters allowed.
pub(super) const LIKELY: [(&str, usize); 15] = [
    ("draft", 1),
    ("embargo", 2),
    ("expires", 2),
    ("embargoed", 2),
    ("publish", 1),
    ("published", 1),
    ("unpublish", 1),
    ("publishdate", 2),
    ("expirydate", 2),
    ("unpublishdate", 2),
    ("scheduled", 1),
    ("private", 1),
    ("unlisted", 1),
    ("hidden", 1),
    ("status", 1),
];

/// Words that resemble one of these and mean something else.
pub(super) const HARMLESS: [&str; 11] = [
    "craft",
    "graft",
    "raft",
    "drift",
    "daft",
    "polish",
    "publisher",
    "publishers",
    "statue",
    "statuses",
    "privates",
];

/// States that mean public.
const PUBLIC: &str = "publish published public live online released sent visible listed";

/// States that mean held back.
const HELD: &str = "draft drafts autodraft pending pendingreview inreview underreview needsreview readyforreview future \
    scheduled private hidden unlisted unpublished notpublished embargo embargoed underembargo trash \
    trashed deleted removed internal confidential withheld withdrawn expired archived members \
    membersonly paid tiers password passwordprotected protected onhold held unapproved local link wip \
    workinprogress inpreparation preparation review reviewing submitted notyet notready wpdraft \
    offline inactive disabled pitch assigned spiked killed suspended restricted brouillon entwurf \
    borrador rascunho bozza prive privat";

/// States that hold back whatever else is said of them: `draft (second)`, `embargoed until Monday`.
const HELD_WITH_OTHERS: &str = "draft embargo embargoed unpublished scheduled confidential brouillon entwurf borrador rascunho";

/// Whether a state means public, in small letters. `None` if it says nothing of that.
pub(in super::super) fn status(text: &str) -> Option<bool> {
    const A_FEW: usize = 5;
    let words = |list: &'static str| list.split_ascii_whitespace();
    let word: String = text.chars().filter(|c| c.is_alphanumeric()).collect();
    if words(PUBLIC).any(|public| public == word) {
        return Some(true);
    }
    let near = |held: &str| word.len() > 4 && path::edit_distance(&word, held, 1).is_some();
    let mut parts = text.split(|c: char| !c.is_alphanumeric());
    let holds = |part: &str| words(HELD_WITH_OTHERS).any(|held| held == part);
    let held = words(HELD).any(|held| held == word || near(held))
        || (parts.clone().count() <= A_FEW && parts.any(holds));
    held.then_some(false)
}
