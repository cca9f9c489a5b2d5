//! The texts of a PNG that say something of it (ISO/IEC 15948, 11.3.4).

use super::guessed;
use crate::{
    container::{Layout, Role},
    rights::{Field, Rights},
};

pub(crate) fn read(layout: &Layout<'_>) -> Rights {
    let mut rights = Rights::default();
    for part in &layout.parts {
        if let Role::Text(keyword, value) = &part.role {
            let field = match *keyword {
                b"Title" => Field::Headline,
                b"Author" => Field::Creator,
                b"Description" => Field::Description,
                b"Copyright" => Field::Copyright,
                _ => continue,
            };
            rights.add(field, &guessed(value));
        }
    }
    rights
}
