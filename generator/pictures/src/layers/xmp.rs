//! XMP (ISO 16684-1), as far as IPTC's standard for photographs uses it.

use std::collections::BTreeSet;

use roxmltree::{Document, Node};

use crate::{
    facts::Private,
    rights::{Field, Rights},
};

pub(crate) const RDF: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";
const XML: &str = "http://www.w3.org/XML/1998/namespace";
const EXIF: &str = "http://ns.adobe.com/exif/1.0/";
const AUX: &str = "http://ns.adobe.com/exif/1.0/aux/";
const DC: &str = "http://purl.org/dc/elements/1.1/";
const PHOTOSHOP: &str = "http://ns.adobe.com/photoshop/1.0/";
const RIGHTS: &str = "http://ns.adobe.com/xap/1.0/rights/";
const PLUS: &str = "http://ns.useplus.org/ldf/xmp/1.0/";
const CORE: &str = "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/";
const EXT: &str = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/";

/// The name spaces of [`property`], with their usual prefixes.
pub(crate) const SPACES: [(&str, &str); 6] = [
    ("dc", DC),
    ("photoshop", PHOTOSHOP),
    ("xmpRights", RIGHTS),
    ("plus", PLUS),
    ("Iptc4xmpCore", CORE),
    ("Iptc4xmpExt", EXT),
];

/// What form the value of a property has.
pub(crate) enum Form {
    Text,
    /// One text for each language.
    Languages,
    List,
    /// A field of the structure `Licensor`.
    Licensor,
}

/// The property that makes a statement.
pub(crate) fn property(field: Field) -> (&'static str, &'static str, Form) {
    match field {
        Field::Headline => (PHOTOSHOP, "Headline", Form::Text),
        Field::Description => (DC, "description", Form::Languages),
        Field::Alt => (CORE, "AltTextAccessibility", Form::Languages),
        Field::Creator => (DC, "creator", Form::List),
        Field::Credit => (PHOTOSHOP, "Credit", Form::Text),
        Field::Copyright => (DC, "rights", Form::Languages),
        Field::Terms => (RIGHTS, "UsageTerms", Form::Languages),
        Field::Licence => (RIGHTS, "WebStatement", Form::Text),
        Field::Licensor => (PLUS, "LicensorURL", Form::Licensor),
        Field::Date => (PHOTOSHOP, "DateCreated", Form::Text),
        Field::City => (PHOTOSHOP, "City", Form::Text),
        Field::Country => (PHOTOSHOP, "Country", Form::Text),
        Field::SourceType => (EXT, "DigitalSourceType", Form::Text),
    }
}

/// Its name.
fn name(field: Field) -> (&'static str, &'static str) {
    let (space, name, _) = property(field);
    (space, name)
}

/// What a packet says. One that is no XML says nothing.
pub(crate) fn read(packet: &[u8], private: &mut BTreeSet<Private>) -> Rights {
    let mut rights = Rights::default();
    let text = String::from_utf8_lossy(packet);
    let text = text.trim_matches(|c: char| c == '\0' || c == '\u{feff}' || c.is_whitespace());
    let Ok(document) = Document::parse(text) else {
        private.insert(Private::Other);
        return rights;
    };
    let mut names = BTreeSet::new();
    for node in document
        .descendants()
        .filter(|n| n.has_tag_name((RDF, "Description")))
    {
        let attributes = node.attributes().map(|a| (a.namespace(), a.name()));
        let elements = node.children().filter(Node::is_element);
        let elements = elements.map(|n| (n.tag_name().namespace(), n.tag_name().name()));
        names.extend(attributes.chain(elements));
    }
    private.extend(
        names
            .iter()
            .filter_map(|(space, name)| secret(space.unwrap_or_default(), name)),
    );
    for field in Field::ALL {
        let name = name(field);
        for node in document.descendants() {
            if let Some(value) = node.attribute(name) {
                rights.add(field, value);
            }
            if node.has_tag_name(name) {
                rights.add(field, &value(node));
            }
        }
    }
    rights
}

fn secret(space: &str, name: &str) -> Option<Private> {
    let known = |field: &Field| self::name(*field) == (space, name);
    match space {
        RDF | XML => None,
        EXIF if name.starts_with("GPS") => Some(Private::Position),
        _ if name.contains("SerialNumber") || name == "OwnerName" || name == "CameraOwnerName" => {
            Some(Private::Serial)
        }
        EXIF | AUX => Some(Private::Camera),
        _ if name == "Thumbnails" => Some(Private::Thumbnail),
        PLUS if name == "Licensor" => None,
        _ if Field::ALL.iter().any(known) => None,
        _ => Some(Private::Other),
    }
}

/// A simple value, that of the default language, or all of a list.
fn value(node: Node<'_, '_>) -> String {
    let items = |list: Node<'_, '_>| -> Vec<String> {
        let items = list.children().filter(|n| n.has_tag_name((RDF, "li")));
        items.map(text).collect()
    };
    let child = |name| node.children().find(|n| n.has_tag_name((RDF, name)));
    if let Some(list) = child("Alt") {
        let all = list.children().filter(|n| n.has_tag_name((RDF, "li")));
        let default = all
            .clone()
            .find(|n| n.attribute((XML, "lang")) == Some("x-default"));
        return default
            .or_else(|| all.clone().next())
            .map(text)
            .unwrap_or_default();
    }
    if let Some(list) = child("Seq").or_else(|| child("Bag")) {
        return items(list).join("; ");
    }
    // An address may be a resource instead of a text.
    match node.attribute((RDF, "resource")) {
        Some(address) => address.to_owned(),
        None => text(node),
    }
}

fn text(node: Node<'_, '_>) -> String {
    let parts = node
        .children()
        .filter(Node::is_text)
        .filter_map(|n| n.text());
    parts.collect()
}
