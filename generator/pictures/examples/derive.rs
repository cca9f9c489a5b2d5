//! Makes derivatives of a file, for trials and comparisons with other programs.
//!
//!     cargo run --release -p dateline-pictures --example derive -- FILE FOLDER 640x480.webp 1200x630+0+90+6000x3150.jpg
//!
//! A name is a size, the part of the picture that it shows (from the left, from the top, its size), and a format. The
//! time on this processor is printed for each.

use std::{env, error::Error, fs, path::Path, time::Instant};

use dateline_pictures::{Encoding, Recipe, Rights, Window, derive};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [file, folder, names @ ..] = &arguments[..] else {
        return Err("derive FILE FOLDER NAME…".into());
    };
    let recipes: Option<Vec<Recipe>> = names.iter().map(|name| recipe(name)).collect();
    let recipes =
        recipes.ok_or("a name is WIDTHxHEIGHT.webp or WIDTHxHEIGHT+X+Y+WIDTHxHEIGHT.webp")?;
    let source = fs::read(file)?;
    let mut begun = Instant::now();
    let mut failed = None;
    derive(&source, &Rights::default(), &recipes, &mut |i, bytes| {
        println!(
            "{:>6} ms {:>8} bytes {}",
            begun.elapsed().as_millis(),
            bytes.len(),
            names[i]
        );
        failed = fs::write(Path::new(folder).join(&names[i]), bytes)
            .err()
            .or(failed.take());
        begun = Instant::now();
    })?;
    failed.map_or(Ok(()), |error| Err(error.into()))
}

fn recipe(name: &str) -> Option<Recipe> {
    let (shape, ending) = name.rsplit_once('.')?;
    let sizes = |text: &str| -> Option<(u32, u32)> {
        let (width, height) = text.split_once('x')?;
        Some((width.parse().ok()?, height.parse().ok()?))
    };
    let parts: Vec<&str> = shape.split('+').collect();
    let (size, window) = match parts[..] {
        [size] => (size, None),
        [size, x, y, part] => {
            let (width, height) = sizes(part)?;
            let (x, y) = (x.parse().ok()?, y.parse().ok()?);
            (
                size,
                Some(Window {
                    x,
                    y,
                    width,
                    height,
                }),
            )
        }
        _ => return None,
    };
    let (width, height) = sizes(size)?;
    let formats = [
        Encoding::Avif,
        Encoding::WebP,
        Encoding::Jpeg,
        Encoding::Png,
    ];
    let format = formats
        .into_iter()
        .find(|format| format.extension() == ending)?;
    Some(Recipe {
        width,
        height,
        window,
        format,
    })
}
