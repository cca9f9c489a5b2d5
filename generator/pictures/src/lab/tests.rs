//! Pictures made here, and derivatives of them.

use proptest::prelude::*;

use super::{encode, *};
use crate::{EDITION, Field, Material, container, layers::exif::Shown, write};

/// A picture of one's own, in sRGB.
fn raster(width: usize, height: usize, pixel: impl Fn(usize, usize) -> [u8; 3]) -> Raster {
    let rows = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
    Raster {
        width,
        height,
        channels: 3,
        pixels: rows.flat_map(|(x, y)| pixel(x, y)).collect(),
    }
}

fn stored(raster: &Raster, format: Encoding) -> Vec<u8> {
    encode::encoded(raster, format).unwrap()
}

fn recipe(width: u32, height: u32, format: Encoding) -> Recipe {
    Recipe {
        width,
        height,
        window: None,
        format,
    }
}

fn made(source: &[u8], recipe: Recipe) -> Result<Vec<u8>, Broken> {
    let mut made = Vec::new();
    derive(source, &Rights::default(), &[recipe], &mut |_, bytes| {
        made.push(bytes);
    })?;
    Ok(made.remove(0))
}

/// The pixels of a derivative.
fn pixels(bytes: &[u8]) -> Raster {
    let picture = source::checked(bytes).unwrap();
    source::decoded(bytes, &picture).unwrap()
}

/// What a lossy format may change of a plain colour.
const LOSS: u8 = 10;

fn near(a: u8, b: u8, tolerance: u8) -> bool {
    a.abs_diff(b) <= tolerance
}

/// Four quarters: red, green, blue, white.
fn quarters(width: usize, height: usize) -> Raster {
    raster(width, height, |x, y| {
        match (x < width / 2, y < height / 2) {
            (true, true) => [255, 0, 0],
            (false, true) => [0, 255, 0],
            (true, false) => [0, 0, 255],
            (false, false) => [255; 3],
        }
    })
}

#[test]
fn each_format_of_each_format() {
    let original = quarters(80, 60);
    for from in [Encoding::Jpeg, Encoding::WebP, Encoding::Png] {
        let source = stored(&original, from);
        for to in [Encoding::Jpeg, Encoding::WebP, Encoding::Png] {
            let made = pixels(&made(&source, recipe(40, 30, to)).unwrap());
            assert_eq!((made.width, made.height), (40, 30));
            for (x, y, colour) in [
                (8, 8, [255, 0, 0]),
                (32, 8, [0, 255, 0]),
                (8, 24, [0, 0, 255]),
                (32, 24, [255; 3]),
            ] {
                let at = (y * 40 + x) * 3;
                let found = &made.pixels[at..at + 3];
                let alike = found.iter().zip(colour).all(|(a, b)| near(*a, b, LOSS));
                assert!(alike, "{from:?} {to:?} {x} {y}: {found:?}");
            }
        }
    }
}

#[test]
fn black_and_white_lines_become_the_grey_of_half_the_light() {
    let lines = raster(64, 64, |_, y| [if y % 2 == 0 { 0 } else { 255 }; 3]);
    let source = stored(&lines, Encoding::Png);
    for size in [30, 16, 8] {
        let made = pixels(&made(&source, recipe(size, size, Encoding::Png)).unwrap());
        let middle = made.pixels[made.pixels.len() / 2];
        assert!(near(middle, 188, 3), "{size}: {middle}");
    }
}

#[test]
fn the_bytes_do_not_depend_on_what_else_is_made() {
    let source = stored(&quarters(200, 120), Encoding::Jpeg);
    let recipes = [
        recipe(200, 120, Encoding::WebP),
        recipe(40, 24, Encoding::Jpeg),
        recipe(40, 24, Encoding::WebP),
        recipe(90, 54, Encoding::Jpeg),
    ];
    let mut together = vec![Vec::new(); recipes.len()];
    derive(&source, &Rights::default(), &recipes, &mut |i, bytes| {
        together[i] = bytes;
    })
    .unwrap();
    for (recipe, bytes) in recipes.into_iter().zip(together) {
        assert!(made(&source, recipe).unwrap() == bytes, "{recipe:?}");
    }
    assert_eq!(EDITION, 1, "if bytes changed, so must the edition");
}

#[test]
fn a_derivative_says_whose_it_is() {
    let mut words = Rights::default();
    words.set(Field::Creator, "Zoë Łuk");
    words.set(Field::Licence, "https://a.example/terms");
    let source = stored(&quarters(40, 40), Encoding::Jpeg);
    let source = Picture::read(&source).unwrap().published(&words);
    words.set(Field::Creator, "Front matter");
    for format in [Encoding::Jpeg, Encoding::WebP, Encoding::Png] {
        let each = &mut |_, bytes: Vec<u8>| {
            let facts = Picture::read(&bytes).unwrap().facts;
            assert_eq!(facts.rights, words, "{format:?}");
            assert!(facts.private.is_empty());
        };
        derive(&source, &words, &[recipe(20, 20, format)], each).unwrap();
    }
}

#[test]
fn what_pictures_are_made_of() {
    let few = stored(&quarters(64, 64), Encoding::Png);
    assert_eq!(material(&few), Ok(Some(Material::Drawing)));
    let many = raster(64, 64, |x, y| [x as u8 * 4, y as u8 * 4, 0]);
    let png = stored(&many, Encoding::Png);
    assert_eq!(material(&png), Ok(Some(Material::Photo)));
    let jpeg = stored(&many, Encoding::Jpeg);
    assert_eq!(material(&jpeg), Ok(Some(Material::Photo)));
    let mut glass = raster(64, 64, |_, _| [0; 3]);
    glass.channels = 4;
    glass.pixels = (0..64 * 64_u32)
        .flat_map(|i| [i as u8, (i / 16) as u8, 0, 99])
        .collect();
    for format in [Encoding::Png, Encoding::WebP] {
        let bytes = stored(&glass, format);
        assert_eq!(
            material(&bytes),
            Ok(Some(Material::Transparent)),
            "{format:?}"
        );
    }
}

#[test]
fn what_is_cut_off_or_too_large_is_named() {
    for format in [Encoding::Jpeg, Encoding::WebP, Encoding::Png] {
        let whole = stored(&quarters(64, 64), format);
        let cut = &whole[..whole.len() - 20];
        assert_eq!(material(cut), Err(Broken::CutOff), "{format:?}");
        assert_eq!(made(cut, recipe(8, 8, format)), Err(Broken::CutOff));
    }
    assert_eq!(material(b"PK\x03\x04"), Err(Broken::NoPicture));
    let mut bomb = stored(&quarters(8, 8), Encoding::Png);
    bomb[16..24].copy_from_slice(&[0, 0, 0x75, 0x30, 0, 0, 0x75, 0x30]);
    let error = material(&bomb).unwrap_err().to_string();
    assert_eq!(
        error,
        "this picture has 30000 × 30000 pixels, more than 200 megapixels"
    );
}

#[test]
fn nothing_is_made_larger_or_of_what_is_not_there() {
    let source = stored(&quarters(40, 40), Encoding::Jpeg);
    let window = |x, width| Recipe {
        window: Some(Window {
            x,
            y: 0,
            width,
            height: 40,
        }),
        ..recipe(10, 10, Encoding::Jpeg)
    };
    assert!(made(&source, window(30, 10)).is_ok());
    for wrong in [
        recipe(41, 40, Encoding::Jpeg),
        recipe(0, 1, Encoding::Jpeg),
        window(31, 10),
        window(u32::MAX, 10),
        window(0, 9),
    ] {
        let error = made(&source, wrong).unwrap_err();
        assert!(matches!(error, Broken::Impossible(_)), "{error}");
    }
}

/// The same pixels, shown in another way.
fn shown(source: &[u8], orientation: u8, adobe_rgb: bool) -> Vec<u8> {
    let layout = container::layout(source).unwrap();
    let parts: Vec<&[u8]> = layout.parts.iter().map(|part| &*part.bytes).collect();
    let shown = Shown {
        orientation,
        adobe_rgb,
    };
    write::file(layout.format, &parts, shown, &Rights::default())
}

#[test]
fn every_orientation_comes_out_upright() {
    // Where the corners of what is stored stand in what is shown, as EXIF 4.6.4 says of the first row and column: the
    // corner where both begin, then the one where the first row ends.
    const RED: [u8; 3] = [255, 0, 0];
    const GREEN: [u8; 3] = [0, 255, 0];
    const BLUE: [u8; 3] = [0, 0, 255];
    const WHITE: [u8; 3] = [255; 3];
    let corners = [
        [RED, GREEN, BLUE, WHITE],
        [GREEN, RED, WHITE, BLUE],
        [WHITE, BLUE, GREEN, RED],
        [BLUE, WHITE, RED, GREEN],
        [RED, BLUE, GREEN, WHITE],
        [BLUE, RED, WHITE, GREEN],
        [WHITE, GREEN, BLUE, RED],
        [GREEN, WHITE, RED, BLUE],
    ];
    for format in [Encoding::Jpeg, Encoding::WebP, Encoding::Png] {
        let stored = stored(&quarters(96, 64), format);
        for (orientation, corners) in (1..).zip(corners) {
            let source = shown(&stored, orientation, false);
            let (width, height) = if orientation < 5 { (48, 32) } else { (32, 48) };
            let made = made(&source, recipe(width, height, Encoding::Png)).unwrap();
            let found = pixels(&made);
            assert_eq!(
                (found.width, found.height),
                (width as usize, height as usize)
            );
            let places = [
                (8, 8),
                (width - 8, 8),
                (8, height - 8),
                (width - 8, height - 8),
            ];
            for ((x, y), colour) in places.into_iter().zip(corners) {
                let at = ((y * width + x) * 3) as usize;
                let found = &found.pixels[at..at + 3];
                let alike = found.iter().zip(colour).all(|(a, b)| near(*a, b, 6));
                assert!(alike, "{format:?} {orientation} at {x} {y}: {found:?}");
            }
            // A part is told in what is shown.
            let corner = Window {
                x: width,
                y: 0,
                width,
                height,
            };
            let part = Recipe {
                window: Some(corner),
                ..recipe(width / 2, height / 2, Encoding::Png)
            };
            let part = pixels(&super::tests::made(&source, part).unwrap());
            let middle = (part.height / 2 * part.width + part.width / 2) * 3;
            let alike = part.pixels[middle..]
                .iter()
                .zip(corners[1])
                .all(|(a, b)| near(*a, b, 6));
            assert!(alike, "{format:?} {orientation}: a part");
        }
    }
}

/// A profile (ICC.1:2010) of a gamma and of colorants under D50, or of greys if there are none.
fn icc(gamma: f64, colorants: Option<[[f64; 3]; 3]>) -> Vec<u8> {
    let fixed = |n: f64| ((n * 65_536.0).round() as i32).to_be_bytes();
    let xyz = |of: [f64; 3]| [b"XYZ \0\0\0\0".to_vec(), of.map(fixed).concat()].concat();
    let [high, low] = ((gamma * 256.0).round() as u16).to_be_bytes();
    let curve = [&b"curv\0\0\0\0\0\0\0\x01"[..], &[high, low, 0, 0]].concat();
    let mut tags: Vec<(&[u8], Vec<u8>)> = vec![(b"wtpt", xyz([0.9642, 1.0, 0.8249]))];
    match colorants {
        Some([red, green, blue]) => {
            tags.extend([
                (&b"rXYZ"[..], xyz(red)),
                (b"gXYZ", xyz(green)),
                (b"bXYZ", xyz(blue)),
            ]);
            tags.extend([&b"rTRC"[..], b"gTRC", b"bTRC"].map(|name| (name, curve.clone())));
        }
        None => tags.push((b"kTRC", curve)),
    }
    let mut table = (tags.len() as u32).to_be_bytes().to_vec();
    let mut data = Vec::new();
    for (name, tag) in &tags {
        let at = 128 + 4 + 12 * tags.len() + data.len();
        table.extend_from_slice(name);
        table.extend((at as u32).to_be_bytes());
        table.extend((tag.len() as u32).to_be_bytes());
        data.extend_from_slice(tag);
    }
    let mut head = vec![0; 128];
    head[..4].copy_from_slice(&((128 + table.len() + data.len()) as u32).to_be_bytes());
    head[8] = 2;
    head[12..16].copy_from_slice(b"mntr");
    head[16..20].copy_from_slice(if colorants.is_some() {
        b"RGB "
    } else {
        b"GRAY"
    });
    head[20..24].copy_from_slice(b"XYZ ");
    head[36..40].copy_from_slice(b"acsp");
    head[68..80].copy_from_slice(&[0.9642, 1.0, 0.8249].map(fixed).concat());
    [head, table, data].concat()
}

/// Display P3, as Apple's profile has its colorants.
const P3: [[f64; 3]; 3] = [
    [0.5151, 0.2412, -0.0011],
    [0.2920, 0.6922, 0.0419],
    [0.1571, 0.0666, 0.7841],
];

fn with_profile(jpeg: &[u8], icc: &[u8]) -> Vec<u8> {
    let length = ((icc.len() + 16) as u16).to_be_bytes();
    let head = [&jpeg[..2], b"\xff\xe2", &length, b"ICC_PROFILE\0\x01\x01"].concat();
    [&head, icc, &jpeg[2..]].concat()
}

#[test]
fn colours_of_profiles_become_those_of_srgb() {
    // As LittleCMS converts P3 with gamma 2.2, and Adobe RGB.
    let plain = |colour: [u8; 3]| stored(&raster(32, 32, |_, _| colour), Encoding::Jpeg);
    let p3 = |colour| with_profile(&plain(colour), &icc(2.2, Some(P3)));
    let adobe = |colour| shown(&plain(colour), 1, true);
    for (source, expected) in [
        (p3([200, 100, 50]), [216, 93, 24]),
        (p3([100, 150, 200]), [83, 153, 206]),
        (p3([255, 255, 255]), [255, 255, 255]),
        (adobe([200, 100, 50]), [227, 100, 42]),
        (adobe([100, 150, 100]), [66, 151, 97]),
    ] {
        let made = pixels(&made(&source, recipe(8, 8, Encoding::Png)).unwrap());
        let alike = made
            .pixels
            .iter()
            .zip(expected)
            .all(|(a, b)| near(*a, b, 3));
        assert!(alike, "{:?} instead of {expected:?}", &made.pixels[..3]);
    }
}

#[test]
fn greys_of_a_profile_become_those_of_srgb() {
    let grey = |value: u8| {
        let mut out = Vec::new();
        let encoder = jpeg_encoder::Encoder::new(&mut out, 95);
        let kind = jpeg_encoder::ColorType::Luma;
        encoder.encode(&[value; 256], 16, 16, kind).unwrap();
        out
    };
    let linear = with_profile(&grey(55), &icc(1.0, None));
    for (source, expected) in [(grey(100), 100), (linear, 128)] {
        let made = pixels(&made(&source, recipe(8, 8, Encoding::Png)).unwrap());
        let alike = made.pixels.iter().all(|a| near(*a, expected, 2));
        assert!(alike, "{:?} instead of {expected}", &made.pixels[..3]);
    }
}

#[test]
fn inks_become_colours() {
    // Programs of Adobe store inks inverted; the encoder used here writes their segment and does so too.
    let inks = |kind: jpeg_encoder::ColorType| {
        let mut out = Vec::new();
        let encoder = jpeg_encoder::Encoder::new(&mut out, 98);
        let pixels = [0_u8, 128, 255, 51].repeat(256);
        encoder.encode(&pixels, 16, 16, kind).unwrap();
        out
    };
    for kind in [
        jpeg_encoder::ColorType::Cmyk,
        jpeg_encoder::ColorType::CmykAsYcck,
    ] {
        let source = inks(kind);
        assert!(source.windows(5).any(|w| w == b"Adobe"));
        let made = pixels(&made(&source, recipe(8, 8, Encoding::Png)).unwrap());
        let alike = made
            .pixels
            .iter()
            .zip([204, 102, 0])
            .all(|(a, b)| near(*a, b, 3));
        assert!(alike, "{kind:?}: {:?}", &made.pixels[..3]);
    }
}

#[test]
fn a_drawing_keeps_a_palette_and_a_photo_its_colours() {
    let drawing = stored(&quarters(200, 200), Encoding::Png);
    let small = made(&drawing, recipe(50, 50, Encoding::Png)).unwrap();
    let colours = |bytes: &[u8]| Picture::read(bytes).unwrap().facts.colours;
    assert_eq!(colours(&small), Some(crate::Colours::Palette));
    assert!(small.len() < 800, "{}", small.len());
    let many = raster(128, 128, |x, y| {
        [x as u8 * 2, y as u8 * 2, (x ^ y) as u8 * 2]
    });
    let photo = made(
        &stored(&many, Encoding::Png),
        recipe(100, 100, Encoding::Png),
    )
    .unwrap();
    assert_eq!(colours(&photo), Some(crate::Colours::Rgb));
}

/// A PNG of 16 bits a channel or of another kind.
fn png_of(colour: ::png::ColorType, depth: ::png::BitDepth, side: u32, data: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut encoder = ::png::Encoder::new(&mut out, side, side);
    encoder.set_color(colour);
    encoder.set_depth(depth);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(data).unwrap();
    writer.finish().unwrap();
    out
}

#[test]
fn sixteen_bits_become_the_nearest_eight() {
    let data = [0x80, 0xc0, 0x00, 0x7f, 0xff, 0x80].repeat(64);
    let source = png_of(::png::ColorType::Rgb, ::png::BitDepth::Sixteen, 8, &data);
    let made = pixels(&made(&source, recipe(8, 8, Encoding::Png)).unwrap());
    assert!(
        made.pixels.chunks(3).all(|p| p == [128, 0, 255]),
        "{:?}",
        &made.pixels[..3]
    );
}

#[test]
fn colours_do_not_bleed_from_what_is_transparent() {
    // Green that cannot be seen, beside red.
    let pixel = |i: usize| {
        if i % 16 < 8 {
            [0, 255, 0, 0]
        } else {
            [255, 0, 0, 255]
        }
    };
    let data: Vec<u8> = (0..256).flat_map(pixel).collect();
    let source = png_of(::png::ColorType::Rgba, ::png::BitDepth::Eight, 16, &data);
    for format in [Encoding::Png, Encoding::WebP] {
        let made = pixels(&made(&source, recipe(5, 5, format)).unwrap());
        let seen = made.pixels.chunks(4).filter(|pixel| pixel[3] > 8);
        for pixel in seen {
            assert!(pixel[0] > 240 && pixel[1] < 16, "{format:?} {pixel:?}");
        }
    }
    let paper = pixels(&made(&source, recipe(4, 4, Encoding::Jpeg)).unwrap());
    assert!(
        paper.pixels[..3].iter().all(|n| near(*n, 255, LOSS)),
        "{:?}",
        &paper.pixels[..12]
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    /// Files that were damaged on the way: the end is there, and what stands before it is anything.
    #[test]
    fn no_damage_panics(
        format in prop::sample::select(vec![Encoding::Jpeg, Encoding::WebP, Encoding::Png]),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..10),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let mut file = with_profile_if_jpeg(format);
        for (at, byte) in changes {
            let at = at.index(file.len());
            file[at] = byte;
        }
        if let Some(cut) = cut {
            file.truncate(cut.index(file.len()));
        }
        let _ = material(&file);
        let recipes = [recipe(8, 8, Encoding::WebP), recipe(3, 5, Encoding::Jpeg)];
        let _ = derive(&file, &Rights::default(), &recipes, &mut |_, _| {});
    }

    #[test]
    fn any_size_and_part_can_be_made(
        (side, from, length) in (1_u32..60).prop_flat_map(|side| {
            (Just(side), 0..side).prop_flat_map(|(side, from)| (Just(side), Just(from), 1..=side - from))
        }),
        share in 0.01_f64..1.0,
        orientation in 1_u8..=8,
    ) {
        let source = stored(&quarters(side as usize, side as usize), Encoding::Png);
        let source = shown(&source, orientation, false);
        let size = ((f64::from(length) * share) as u32).max(1);
        let window = Window { x: from, y: 0, width: length, height: side };
        let part = Recipe { window: Some(window), ..recipe(size, side, Encoding::Png) };
        let made = pixels(&made(&source, part).unwrap());
        prop_assert_eq!((made.width, made.height), (size as usize, side as usize));
    }
}

fn with_profile_if_jpeg(format: Encoding) -> Vec<u8> {
    let file = stored(&quarters(40, 24), format);
    match format {
        Encoding::Jpeg => with_profile(&file, &icc(2.2, Some(P3))),
        _ => file,
    }
}
