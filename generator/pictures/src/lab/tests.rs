//! Pictures made here, and derivatives of them.

use super::{encode, *};
use crate::{EDITION, Field, Material};

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
                let alike = found.iter().zip(colour).all(|(a, b)| near(*a, b, 6));
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
