//! XMP (ISO 16684-1).

use std::fmt::Write;

use super::shortened;
use crate::{
    Field, Rights,
    layers::xmp::{self, Form},
};

/// What every statement together must fit into: a segment of a JPEG has 64 KiB.
const MOST: usize = 4500;

/// Empty where nothing is said.
pub(super) fn packet(rights: &Rights) -> Vec<u8> {
    if rights.is_empty() {
        return Vec::new();
    }
    let mut out = String::from(
        "<?xpacket begin=\"\u{feff}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n\
         <x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"",
    );
    out += xmp::RDF;
    out += "\"><rdf:Description rdf:about=\"\"";
    for (prefix, space) in xmp::SPACES {
        let _ = write!(out, " xmlns:{prefix}=\"{space}\"");
    }
    out += ">\n";
    for (field, value) in rights.iter() {
        property(field, value, &mut out);
    }
    out += "</rdf:Description></rdf:RDF></x:xmpmeta>\n<?xpacket end=\"r\"?>";
    out.into_bytes()
}

fn property(field: Field, value: &str, out: &mut String) {
    let (space, name, form) = xmp::property(field);
    let prefix = xmp::SPACES.iter().find(|(_, s)| *s == space);
    let name = format!("{}:{name}", prefix.map_or("", |(prefix, _)| prefix));
    let value = escaped(value);
    let _ = match form {
        Form::Text => writeln!(out, "<{name}>{value}</{name}>"),
        Form::Languages => writeln!(
            out,
            "<{name}><rdf:Alt><rdf:li xml:lang=\"x-default\">{value}</rdf:li></rdf:Alt></{name}>"
        ),
        Form::List => {
            let items = value
                .split("; ")
                .map(|item| format!("<rdf:li>{item}</rdf:li>"));
            let items: String = items.collect();
            writeln!(out, "<{name}><rdf:Seq>{items}</rdf:Seq></{name}>")
        }
        Form::Licensor => writeln!(
            out,
            "<plus:Licensor><rdf:Seq><rdf:li rdf:parseType=\"Resource\"><{name}>{value}</{name}></rdf:li></rdf:Seq></plus:Licensor>"
        ),
    };
}

fn escaped(value: &str) -> String {
    let mut out = String::new();
    for c in shortened(value, MOST).chars() {
        if out.len() > MOST {
            break;
        }
        match c {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            // No XML has these.
            '\u{fffe}' | '\u{ffff}' => {}
            c => out.push(c),
        }
    }
    out
}
