//! Files made here, layer by layer, as cameras and picture desks make them.

use proptest::prelude::*;

use crate::{Colours, Facts, Field, Format, Layer, NoPicture, Picture, Private, Rights};

fn read(bytes: &[u8]) -> Result<Facts, NoPicture> {
    Picture::read(bytes).map(|picture| picture.facts)
}

/// A segment of a JPEG.
fn segment(marker: u8, payload: &[u8]) -> Vec<u8> {
    let length = (payload.len() + 2) as u16;
    [&[0xff, marker], &length.to_be_bytes()[..], payload].concat()
}

/// A JPEG of 600 × 400 with segments of one's own.
fn jpeg(segments: &[Vec<u8>]) -> Vec<u8> {
    let frame = segment(
        0xc0,
        &[8, 1, 0x90, 2, 0x58, 3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0],
    );
    let scan = segment(0xda, &[3, 1, 0, 2, 0, 3, 0, 0, 63, 0]);
    let pixels = b"\x12\xff\x00\x34\xff\xd0\x56".to_vec();
    let mut file = vec![0xff, 0xd8];
    file.extend(segments.concat());
    file.extend([frame, scan, pixels].concat());
    file.extend([0xff, 0xd9]);
    file
}

fn xmp(properties: &str) -> Vec<u8> {
    let packet = format!(
        "http://ns.adobe.com/xap/1.0/\0<?xpacket begin='\u{feff}' id='W5M0MpCehiHzreSzNTczkc9d'?>\
         <x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>\
         <rdf:Description rdf:about='' xmlns:dc='http://purl.org/dc/elements/1.1/' \
         xmlns:photoshop='http://ns.adobe.com/photoshop/1.0/' xmlns:exif='http://ns.adobe.com/exif/1.0/' \
         xmlns:xmpRights='http://ns.adobe.com/xap/1.0/rights/' xmlns:plus='http://ns.useplus.org/ldf/xmp/1.0/' \
         {properties}</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end='w'?>  \n"
    );
    segment(0xe1, packet.as_bytes())
}

fn iim(datasets: &[(u8, u8, &[u8])]) -> Vec<u8> {
    let mut data = Vec::new();
    for (record, number, value) in datasets {
        data.extend([0x1c, *record, *number]);
        data.extend((value.len() as u16).to_be_bytes());
        data.extend(*value);
    }
    let mut payload = b"Photoshop 3.0\x008BIM\x04\x25\0\0\0\0\0\x01a\0".to_vec();
    payload.extend(b"8BIM\x04\x04\0\0");
    payload.extend((data.len() as u32).to_be_bytes());
    payload.extend(data);
    segment(0xed, &payload)
}

/// A directory of EXIF entries `(tag, type, count, value or offset)` that ends the file so far.
fn exif(entries: &[(u16, u16, u32, u32)], tail: &[u8]) -> Vec<u8> {
    let mut tiff = b"Exif\0\0MM\0\x2a\0\0\0\x08".to_vec();
    tiff.extend((entries.len() as u16).to_be_bytes());
    for (tag, kind, count, value) in entries {
        tiff.extend(tag.to_be_bytes());
        tiff.extend(kind.to_be_bytes());
        tiff.extend(count.to_be_bytes());
        tiff.extend(value.to_be_bytes());
    }
    tiff.extend([0; 4]);
    tiff.extend(tail);
    segment(0xe1, &tiff)
}

fn facts(segments: &[Vec<u8>]) -> Facts {
    read(&jpeg(segments)).unwrap()
}

fn says(facts: &Facts, field: Field) -> &str {
    facts.rights.get(field).unwrap_or_default()
}

#[test]
fn size_colours_and_orientation_of_a_jpeg() {
    let turned = exif(&[(0x0112, 3, 1, 6 << 16)], b"");
    let facts = facts(&[turned, segment(0xe2, b"ICC_PROFILE\0\x01\x01")]);
    assert_eq!((facts.width, facts.height), (600, 400));
    assert_eq!((facts.format, facts.bits), (Format::Jpeg, Some(8)));
    assert_eq!(facts.colours, Some(Colours::Rgb));
    assert_eq!((facts.orientation, facts.shown()), (6, (400, 600)));
    assert!(facts.profile && facts.private.is_empty(), "{facts:?}");
}

#[test]
fn xmp_alone() {
    let facts = facts(&[xmp(
        "photoshop:Credit='NATO &amp; partners' photoshop:City='Tromsø'>\
         <dc:creator><rdf:Seq><rdf:li>One</rdf:li><rdf:li>Two</rdf:li></rdf:Seq></dc:creator>\
         <dc:rights><rdf:Alt><rdf:li xml:lang='de'>Alles</rdf:li>\
         <rdf:li xml:lang='x-default'>© 2026</rdf:li></rdf:Alt></dc:rights>\
         <xmpRights:WebStatement rdf:resource='https://a.example/terms'/>\
         <plus:Licensor><rdf:Seq><rdf:li rdf:parseType='Resource'>\
         <plus:LicensorURL>https://a.example/buy</plus:LicensorURL></rdf:li></rdf:Seq></plus:Licensor>\
         <exif:GPSLatitude>38,43N</exif:GPSLatitude>",
    )]);
    assert_eq!(says(&facts, Field::Credit), "NATO & partners");
    assert_eq!(says(&facts, Field::City), "Tromsø");
    assert_eq!(says(&facts, Field::Creator), "One; Two");
    assert_eq!(says(&facts, Field::Copyright), "© 2026");
    assert_eq!(says(&facts, Field::Licence), "https://a.example/terms");
    assert_eq!(says(&facts, Field::Licensor), "https://a.example/buy");
    assert_eq!(facts.private, [Private::Position].into());
}

#[test]
fn iim_alone_in_utf_8_and_in_latin_1() {
    let utf8 = facts(&[iim(&[
        (1, 90, b"\x1b%G"),
        (2, 80, "Zoë Łuk".as_bytes()),
        (2, 80, b"Two"),
        (2, 55, b"20261129"),
        (2, 60, b"101112+0100"),
    ])]);
    assert_eq!(says(&utf8, Field::Creator), "Zoë Łuk; Two");
    assert_eq!(says(&utf8, Field::Date), "2026-11-29T10:11:12+01:00");
    let latin = facts(&[iim(&[(2, 90, b"Troms\xf8"), (2, 116, b"\xa9 A \x96 B")])]);
    assert_eq!(says(&latin, Field::City), "Tromsø");
    assert_eq!(says(&latin, Field::Copyright), "© A – B");
}

#[test]
fn exif_alone_with_all_that_is_private() {
    // Offsets count from the TIFF header: 8 + 2 + 12 × 3 + 4 = 50.
    let tail = b"Jane\0 & Co\0\0\x01\0\x01\0\x02\0\0\0\x02N\0\0\0\0\0\0\0";
    let facts = facts(&[
        exif(
            &[
                (0x013b, 2, 11, 50),
                (0x8825, 4, 1, 61),
                (0x010f, 2, 2, 0x4100_0000),
            ],
            tail,
        ),
        segment(0xfe, b"a comment"),
        segment(0xe2, b"MPF\0"),
    ]);
    assert_eq!(says(&facts, Field::Creator), "Jane; & Co");
    for private in [
        Private::Position,
        Private::Camera,
        Private::Comment,
        Private::Appended,
    ] {
        assert!(facts.private.contains(&private), "{private:?} in {facts:?}");
    }
}

#[test]
fn contradictions_follow_xmp_then_iim_then_exif() {
    let facts = facts(&[
        iim(&[(2, 110, b"Old"), (2, 105, b"A headline")]),
        xmp("photoshop:Credit='New'>"),
    ]);
    assert_eq!(says(&facts, Field::Credit), "New");
    assert_eq!(says(&facts, Field::Headline), "A headline");
    let [only] = &facts.contradictions[..] else {
        panic!("{facts:?}")
    };
    assert_eq!(
        (only.layer, only.other, &*only.value),
        (Layer::Xmp, Layer::Iim, "Old")
    );
}

#[test]
fn data_after_the_picture_is_named() {
    let mut file = jpeg(&[]);
    file.extend(jpeg(&[]));
    assert_eq!(read(&file).unwrap().private, [Private::Appended].into());
}

#[test]
fn png_and_webp() {
    let chunk = |name: &[u8], data: &[u8]| {
        [&(data.len() as u32).to_be_bytes()[..], name, data, &[0; 4]].concat()
    };
    let png = [
        b"\x89PNG\r\n\x1a\n".to_vec(),
        chunk(b"IHDR", &[0, 0, 2, 0, 0, 0, 1, 0, 16, 2, 0, 0, 0]),
        chunk(b"tEXt", b"Author\0Jane"),
        chunk(b"tIME", b"1234567"),
        chunk(b"IEND", b""),
    ];
    let facts = read(&png.concat()).unwrap();
    assert_eq!(
        (facts.width, facts.height, facts.bits),
        (512, 256, Some(16))
    );
    assert_eq!(says(&facts, Field::Creator), "Jane");
    assert_eq!(facts.private, [Private::Other].into());
    let mut webp = b"RIFF\x2e\0\0\0WEBPVP8L\x05\0\0\0\x2f\xff\xc1\x3f\0\0".to_vec();
    webp.extend(b"EXIF\x0a\0\0\0Exif\0\0MM\0*");
    let facts = read(&webp).unwrap();
    assert_eq!((facts.width, facts.height), (512, 256));
}

#[test]
fn what_is_no_picture_is_refused() {
    for bytes in [
        &b""[..],
        b"\xff\xd8\xff",
        b"PK\x03\x04",
        b"<svg>",
        b"GIF89a",
        b"RIFF\0\0\0\0WEBP",
    ] {
        assert!(read(bytes).is_err(), "{bytes:?}");
    }
}

fn whole() -> Vec<u8> {
    jpeg(&[
        exif(&[(0x0112, 3, 1, 6 << 16), (0x8769, 4, 1, 0)], b"abcd"),
        iim(&[
            (2, 110, b"Old"),
            (2, 60, b"101112+0100"),
            (2, 55, "2026\u{e9}12".as_bytes()),
        ]),
        xmp("photoshop:Credit='New'>"),
        segment(0xe1, b"http://ns.adobe.com/xmp/extension/\0"),
    ])
}

/// Whatever a file holds, the published one holds its rights and nothing else, and looks the same.
fn publishes(file: &[u8], words: &Rights) -> Vec<u8> {
    let picture = Picture::read(file).unwrap();
    let published = picture.published(words);
    let again = Picture::read(&published).unwrap();
    let (was, is) = (&picture.facts, &again.facts);
    assert_eq!(is.private, [].into(), "{was:?}");
    assert_eq!(is.contradictions, [], "{was:?}");
    assert_eq!(is.rights, was.rights.with(words), "{was:?}");
    assert_eq!(
        (is.width, is.height, is.profile),
        (was.width, was.height, was.profile)
    );
    assert_eq!(again.published(&Rights::default()), published);
    published
}

fn words() -> Rights {
    let mut words = Rights::default();
    for field in Field::ALL {
        words.set(field, &format!("<{}> & “Łuk”", field.name()));
    }
    words.set(Field::Creator, "One; Two");
    words.set(Field::Date, "2026-11-29T10:11:12+01:00");
    words
}

#[test]
fn a_published_jpeg_has_its_rights_alone_and_the_same_pixels() {
    let adobe = segment(0xee, b"Adobe\0\x64\0\0\0\0\x01");
    let thumbnail = segment(0xe0, b"JFIF\0\x01\x01\0\0\x01\0\x01\x01\x01abc");
    let profile = segment(0xe2, b"ICC_PROFILE\0\x01\x01abcd");
    let mut file = jpeg(&[
        thumbnail,
        exif(
            &[(0x0112, 3, 1, 6 << 16), (0x8825, 4, 1, 38)],
            b"\0\x01\0\x01\0\x02\0\0\0\x02N\0\0\0\0\0\0\0",
        ),
        iim(&[
            (2, 110, b"Old"),
            (2, 40, b"Under embargo"),
            (2, 105, b"A headline"),
        ]),
        xmp("photoshop:Credit='New' exif:GPSLatitude='1,2N' photoshop:Instructions='Hold'>"),
        segment(0xfe, b"a comment"),
        profile.clone(),
        adobe.clone(),
    ]);
    file.extend(b"a film");
    let published = publishes(&file, &Rights::default());
    let facts = read(&published).unwrap();
    assert_eq!((says(&facts, Field::Credit), facts.orientation), ("New", 6));
    let pixels = &jpeg(&[])[2..];
    assert!(published.ends_with(&[&profile, &adobe, pixels].concat()));
    assert!(
        published.starts_with(b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0\xff\xe1")
    );
    for secret in [&b"Hold"[..], b"embargo", b"a comment", b"a film", b"GPS"] {
        assert!(!published.windows(secret.len()).any(|w| w == secret));
    }
    let published = publishes(&file, &words());
    assert_eq!(says(&read(&published).unwrap(), Field::Creator), "One; Two");
}

#[test]
fn colours_of_cameras_that_have_no_profile_stay() {
    let tail = b"\0\x01\xa0\x05\0\x04\0\0\0\x01\0\0\0\x2c\0\0\0\0\0\x01\0\x01\0\x02\0\0\0\x04R03\0\0\0\0\0";
    let published = publishes(&jpeg(&[exif(&[(0x8769, 4, 1, 26)], tail)]), &words());
    assert!(published.windows(4).any(|w| w == b"R03\0"));
}

#[test]
fn what_holds_nothing_else_is_published_as_it_is() {
    let chunk = |name: &[u8], data: &[u8]| {
        [&(data.len() as u32).to_be_bytes()[..], name, data, &[0; 4]].concat()
    };
    let head = chunk(b"IHDR", &[0, 0, 2, 0, 0, 0, 1, 0, 8, 2, 0, 0, 0]);
    let png = [
        b"\x89PNG\r\n\x1a\n",
        &head[..],
        &chunk(b"IDAT", b"abc"),
        &chunk(b"IEND", b""),
    ];
    let simple = b"RIFF\x12\0\0\0WEBPVP8L\x05\0\0\0\x2f\xff\xc1\x3f\x10\0";
    let gif = b"GIF89a\x10\0\x08\0\0\0\0\x21\xff\x0bNETSCAPE2.0\x03\x01\0\0\0\x2c\0\0\0\0\x10\0\x08\0\0\x02\x01\0\0\x3b";
    for file in [jpeg(&[]), png.concat(), simple.to_vec(), gif.to_vec()] {
        assert_eq!(publishes(&file, &Rights::default()), file);
        publishes(&file, &words());
        let more = [&file[..], b"more"].concat();
        assert_eq!(publishes(&more, &Rights::default()), file);
    }
}

/// An AVIF of one picture, with EXIF that has a position and a packet of XMP, both described by it.
fn avif() -> Vec<u8> {
    let boxed = |kind: &[u8], parts: &[&[u8]]| {
        let body = parts.concat();
        [&(body.len() as u32 + 8).to_be_bytes()[..], kind, &body].concat()
    };
    let full = [0; 4];
    let info =
        |number: u8, kind: &[u8]| boxed(b"infe", &[&[2, 0, 0, 0, 0, number, 0, 0], kind, b"\0"]);
    let mime = boxed(
        b"infe",
        &[&[2, 0, 0, 0, 0, 3, 0, 0], b"mime\0application/rdf+xml\0"],
    );
    let refers = |from: u8| boxed(b"cdsc", &[&[0, from, 0, 1, 0, 1]]);
    let exif = [
        &[0; 4][..],
        &exif(
            &[(0x8825, 4, 1, 26)],
            b"\0\x01\0\x01\0\x02\0\0\0\x02N\0\0\0\0\0\0\0",
        )[10..],
    ]
    .concat();
    let xmp = xmp("photoshop:Credit='New' photoshop:Instructions='Hold'>")[33..].to_vec();
    let sizes = boxed(b"ispe", &[&full, &[0, 0, 2, 0x58, 0, 0, 1, 0x90]]);
    let named = boxed(b"udes", &[&full, b"en\0name\0\0\0"]);
    let start = boxed(b"ftyp", &[b"avif\0\0\0\0avifmif1"]);
    let meta = |data: usize| {
        let mut at = data;
        let mut place = |number: u8, length: usize| {
            let place = [
                &[0, number, 0, 0, 0, 1],
                &(at as u32).to_be_bytes()[..],
                &(length as u32).to_be_bytes(),
            ]
            .concat();
            at += length;
            place
        };
        let places = [place(1, 6), place(2, exif.len()), place(3, xmp.len())].concat();
        boxed(
            b"meta",
            &[
                &full,
                &boxed(b"hdlr", &[&full, b"\0\0\0\0pict\0\0\0\0\0\0\0\0\0\0\0\0\0"]),
                &boxed(b"pitm", &[&full, &[0, 1]]),
                &boxed(b"iloc", &[&full, &[0x44, 0, 0, 3], &places]),
                &boxed(
                    b"iinf",
                    &[&full, &[0, 3], &info(1, b"av01"), &info(2, b"Exif"), &mime],
                ),
                &boxed(b"iref", &[&full, &refers(2), &refers(3)]),
                &boxed(
                    b"iprp",
                    &[
                        &boxed(b"ipco", &[&sizes, &named]),
                        &boxed(b"ipma", &[&full, &[0, 0, 0, 1, 0, 1, 2, 0x81, 2]]),
                    ],
                ),
            ],
        )
    };
    let head = start.len() + meta(0).len() + 8;
    [start, meta(head), boxed(b"mdat", &[b"pixels", &exif, &xmp])].concat()
}

#[test]
fn a_published_avif_has_its_rights_alone_and_the_same_pixels() {
    let file = avif();
    let facts = read(&file).unwrap();
    assert_eq!((facts.width, facts.height), (600, 400));
    assert_eq!(says(&facts, Field::Credit), "New");
    assert!(facts.private.contains(&Private::Position), "{facts:?}");
    for words in [words(), Rights::default()] {
        let published = publishes(&file, &words);
        for secret in [&b"Hold"[..], b"Exif", b"MM\0*", b"name"] {
            assert!(!published.windows(secret.len()).any(|w| w == secret));
        }
        assert!(published.windows(6).any(|w| w == b"pixels"));
        assert!(Picture::read(&published).unwrap().is_whole());
    }
    assert!(!Picture::read(&file[..file.len() - 600]).unwrap().is_whole());
}

proptest! {
    #[test]
    fn never_panics(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..12), cut: prop::sample::Index) {
        let mut file = whole();
        for (at, byte) in changes {
            let at = at.index(file.len());
            file[at] = byte;
        }
        let file = &file[..cut.index(file.len() + 1)];
        if Picture::read(file).is_ok() {
            publishes(file, &words());
        }
    }

    #[test]
    fn no_format_panics(start in prop::sample::select(vec![
        &b"\xff\xd8\xff"[..], b"\x89PNG\r\n\x1a\n", b"RIFF\xff\xff\0\0WEBP", b"GIF89a", b"\0\0\0\x1cftypavif"
    ]), rest in prop::collection::vec(prop_oneof![any::<u8>(), Just(0), Just(0xff), Just(0x21)], 0..300)) {
        if let Ok(picture) = Picture::read(&[start, &rest].concat()) {
            picture.published(&words());
        }
    }

    #[test]
    fn no_avif_panics(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6), cut: prop::sample::Index) {
        let mut file = avif();
        for (at, byte) in changes {
            let at = at.index(file.len());
            file[at] = byte;
        }
        if let Ok(picture) = Picture::read(&file[..cut.index(file.len() + 1)]) {
            let published = picture.published(&words());
            assert!(picture.facts.format != Format::Avif || Picture::read(&published).is_ok());
        }
    }
}
