//! Makes pictures of a picture.

use crate::{Material, Recipe, Rights};

/// Why nothing can be made of a file: a sentence for editors.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Broken(pub String);

/// Makes derivatives of a picture, which is decoded once. Each is handed to `each` with its place among `recipes`.
///
/// # Errors
/// When the file is damaged, no picture, or too large.
pub fn derive(
    _source: &[u8],
    _words: &Rights,
    _recipes: &[Recipe],
    _each: &mut dyn FnMut(usize, Vec<u8>),
) -> Result<(), Broken> {
    Err(Broken("this picture cannot be read".to_owned()))
}

/// What a picture is made of; `None` if no derivatives are made of its kind.
///
/// # Errors
/// When the file is damaged, or too large.
pub fn material(_bytes: &[u8]) -> Result<Option<Material>, Broken> {
    Ok(None)
}
