//! Leaves out of a drawing what is not drawn and may be private: what other programs wrote into it for themselves,
//! comments, and the metadata of pictures that stand in it. Statements of rights stay.

use std::{borrow::Cow, ops::Range};

use base64::{Engine, engine::general_purpose::STANDARD};
use dateline_pictures::{Picture, Rights};
use roxmltree::Node;

use super::{MOST, SVG, parsed};

/// Namespaces that are drawn, or say whose a drawing is.
const KEPT: [&str; 7] = [
    SVG,
    "http://www.w3.org/1999/xlink",
    "http://www.w3.org/XML/1998/namespace",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "http://purl.org/dc/elements/1.1/",
    "http://creativecommons.org/ns#",
    "http://web.resource.org/cc/",
];

/// The drawing to publish. What is not well-formed stays as it is: it was refused, or is the newsroom's own affair.
pub(crate) fn published(bytes: Vec<u8>) -> Vec<u8> {
    let text = std::str::from_utf8(&bytes).ok();
    let edits = text.filter(|text| text.len() <= MOST).and_then(edits);
    let Some(edits) = edits.filter(|edits| !edits.is_empty()) else {
        return bytes;
    };
    let mut out = Vec::with_capacity(bytes.len());
    let mut done = 0;
    for (range, new) in edits {
        // What lies within a part that is left out goes with it.
        if range.start < done {
            continue;
        }
        out.extend_from_slice(&bytes[done..range.start]);
        out.extend_from_slice(new.as_bytes());
        done = range.end;
    }
    out.extend_from_slice(&bytes[done..]);
    out
}

/// Which bytes are replaced by what, in their order.
fn edits(text: &str) -> Option<Vec<(Range<usize>, Cow<'static, str>)>> {
    let bare = text.trim_start_matches('\u{feff}');
    let shift = text.len() - bare.len();
    let document = parsed(bare).ok()?;
    let mut edits = Vec::new();
    let mut edit = |range: Range<usize>, new: Cow<'static, str>| {
        edits.push((range.start + shift..range.end + shift, new));
    };
    for node in document.descendants() {
        if node.is_comment()
            || node.is_pi()
            || (node.is_element() && !is_kept(node.tag_name().namespace()))
        {
            edit(node.range(), Cow::Borrowed(""));
            continue;
        }
        for attribute in node.attributes() {
            if !is_kept(attribute.namespace()) {
                let start = bare[..attribute.range().start].trim_end().len();
                edit(start..attribute.range().end, Cow::Borrowed(""));
            } else if let Some(picture) = picture(node, attribute.name(), attribute.value()) {
                edit(attribute.range_value(), Cow::Owned(picture));
            }
        }
    }
    edits.sort_by_key(|(range, _)| range.start);
    Some(edits)
}

fn is_kept(namespace: Option<&str>) -> bool {
    namespace.is_none_or(|namespace| KEPT.contains(&namespace))
}

/// A picture of pixels that stands in the drawing, without its metadata.
fn picture(node: Node<'_, '_>, name: &str, value: &str) -> Option<String> {
    if node.tag_name().name() != "image" || name != "href" {
        return None;
    }
    let (head, data) = value.trim().split_once(";base64,")?;
    let data: String = data.split_whitespace().collect();
    let bytes = STANDARD.decode(data).ok()?;
    let clean = Picture::read(&bytes).ok()?.published(&Rights::default());
    Some(format!("{head};base64,{}", STANDARD.encode(clean)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{super::check, *};

    fn cleaned(inside: &str) -> String {
        let text = format!(
            "<svg xmlns=\"{SVG}\" xmlns:i=\"http://www.inkscape.org/namespaces/inkscape\" \
             xmlns:xlink=\"http://www.w3.org/1999/xlink\">{inside}</svg>"
        );
        let out = String::from_utf8(published(text.into_bytes())).unwrap();
        let start = out.find('>').unwrap() + 1;
        out[start..out.len() - "</svg>".len()].to_owned()
    }

    #[test]
    fn what_programs_wrote_for_themselves_is_left_out() {
        for (inside, expected) in [
            ("<g i:label=\"x\" id=\"a\"/>", "<g id=\"a\"/>"),
            (
                "<g id=\"a\"\n  i:export-filename=\"/home/someone/x.png\"/>",
                "<g id=\"a\"/>",
            ),
            (
                "<i:view><g/></i:view><path d=\"M0 0\"/>",
                "<path d=\"M0 0\"/>",
            ),
            ("<!-- by someone --><g><?a b?></g>", "<g></g>"),
            ("<i:a><!-- b --></i:a>", ""),
        ] {
            assert_eq!(cleaned(inside), expected);
        }
    }

    #[test]
    fn what_is_drawn_and_whose_it_is_stays() {
        let inside = "<metadata><r:RDF xmlns:r=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\" \
             xmlns:dc=\"http://purl.org/dc/elements/1.1/\"><dc:creator>A</dc:creator></r:RDF></metadata>\
             <use xlink:href=\"#a\"/><text xml:space=\"preserve\">a &amp; b</text>";
        assert_eq!(cleaned(inside), inside);
    }

    proptest! {
        /// Whatever a file is: a drawing that is allowed stays one, and cleaning it again changes nothing.
        #[test]
        fn cleaning_is_done_once(parts in proptest::collection::vec(prop_oneof![
            Just("<g>"), Just("</g>"), Just("<i:x/>"), Just("<!-- c -->"), Just(" i:a=\"1\""), Just("<path i:b='2' d=\"M0 0\"/>"),
            Just("é"), Just("<i:y><g/></i:y>"),
        ], 0..12)) {
            let text = format!(
                "<svg xmlns=\"{SVG}\" xmlns:i=\"http://www.inkscape.org/namespaces/inkscape\">{}</svg>",
                parts.concat()
            );
            let once = published(text.clone().into_bytes());
            prop_assert_eq!(published(once.clone()), once.clone());
            prop_assert_eq!(check(text.as_bytes()).is_ok(), check(&once).is_ok());
        }
    }
}
