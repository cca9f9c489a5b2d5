//! Values of front matter that are Markdown.

use crate::base::fields::At;

/// The text of a line of Markdown; it is also added to the lines to check.
pub(super) fn markdown(line: Option<At<String>>, lines: &mut Vec<At<String>>) -> Option<String> {
    let line = line?;
    lines.push(line.clone());
    Some(line.value)
}
