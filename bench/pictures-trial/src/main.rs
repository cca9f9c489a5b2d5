//! Compares encoders of photos: how large files are at equal quality, and what that costs.
//!
//!     cargo run --release --manifest-path bench/pictures-trial/Cargo.toml -- PHOTO.png…
//!
//! For each photo (PNG of 8 bits a channel) and encoder, the setting is searched at which SSIMULACRA2 is 70, which
//! most people do not tell from the photo beside it. Printed are the geometric mean of sizes, and processor time.

use std::{env, error::Error, fs, fs::File, hint::black_box, io::BufReader};

use jpeg_encoder::{ColorType, QuantizationTableType, SamplingFactor};
use mozjpeg_rs::{Preset, Subsampling};
use ssimulacra2::{ColorPrimaries, Rgb, TransferCharacteristic, compute_frame_ssimulacra2};

const QUALITY: f64 = 70.0;
const ROUNDS: u32 = 6;

struct Photo {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
}

type Encode = Box<dyn Fn(&Photo, u8) -> Vec<u8>>;

fn main() -> Result<(), Box<dyn Error>> {
    let photos: Result<Vec<Photo>, _> = env::args().skip(1).map(|path| photo(&path)).collect();
    let photos = photos?;
    println!("encoder                  bytes  setting  ms per megapixel");
    for (name, encode) in encoders() {
        let (mut logarithms, mut settings, mut seconds, mut pixels) = (0.0, 0.0, 0.0, 0);
        for photo in &photos {
            let (setting, bytes) = at_quality(photo, &encode);
            settings += setting;
            logarithms += bytes.ln();
            let begun = processor_seconds();
            for _ in 0..ROUNDS {
                black_box(encode(photo, setting.round() as u8));
            }
            seconds += (processor_seconds() - begun) / f64::from(ROUNDS);
            pixels += photo.width * photo.height;
        }
        let count = photos.len() as f64;
        let (bytes, setting) = ((logarithms / count).exp(), settings / count);
        println!(
            "{name:22} {bytes:7.0} {setting:8.1} {:17.1}",
            seconds * 1e9 / pixels as f64
        );
    }
    Ok(())
}

fn encoders() -> Vec<(&'static str, Encode)> {
    use QuantizationTableType as Tables;
    vec![
        ("jpeg-encoder", Box::new(|p, q| own(p, q, Tables::Default))),
        (
            "  tables: Klein et al.",
            Box::new(|p, q| own(p, q, Tables::KleinSilversteinCarney)),
        ),
        (
            "  tables: ImageMagick",
            Box::new(|p, q| own(p, q, Tables::ImageMagick)),
        ),
        (
            "  tables: MS-SSIM",
            Box::new(|p, q| own(p, q, Tables::CustomMsSsim)),
        ),
        ("mozjpeg, C without SIMD", Box::new(mozjpeg_c)),
        (
            "mozjpeg-rs, baseline",
            Box::new(|p, q| mozjpeg_rust(p, q, Preset::BaselineBalanced)),
        ),
        (
            "mozjpeg-rs, progressive",
            Box::new(|p, q| mozjpeg_rust(p, q, Preset::ProgressiveBalanced)),
        ),
        ("libwebp, method 4", Box::new(|p, q| libwebp(p, q, false))),
        ("libwebp, sharp", Box::new(|p, q| libwebp(p, q, true))),
    ]
}

/// The setting (between two whole ones) and size at which a photo has the quality.
fn at_quality(photo: &Photo, encode: &Encode) -> (f64, f64) {
    let tried = |setting| {
        let file = encode(photo, setting);
        (similarity(photo, &file), file.len() as f64)
    };
    let (mut low, mut high) = (30, 98);
    while high - low > 1 {
        let middle = (low + high) / 2;
        match tried(middle).0 < QUALITY {
            true => low = middle,
            false => high = middle,
        }
    }
    let ((worse, small), (better, large)) = (tried(low), tried(high));
    let share = ((QUALITY - worse) / (better - worse)).clamp(0.0, 1.0);
    (
        f64::from(low) + share,
        small * (1.0 - share) + large * share,
    )
}

fn similarity(photo: &Photo, file: &[u8]) -> f64 {
    let pixels = match file.starts_with(b"RIFF") {
        true => webp::Decoder::new(file).decode().expect("a WebP").to_vec(),
        false => {
            let cursor = zune_jpeg::zune_core::bytestream::ZCursor::new(file);
            zune_jpeg::JpegDecoder::new(cursor)
                .decode()
                .expect("a JPEG")
        }
    };
    let frame = |pixels: &[u8]| {
        let colours = pixels
            .chunks_exact(3)
            .map(|p| [p[0], p[1], p[2]].map(|n| f32::from(n) / 255.0));
        let (curve, primaries) = (TransferCharacteristic::SRGB, ColorPrimaries::BT709);
        Rgb::new(
            colours.collect(),
            photo.width,
            photo.height,
            curve,
            primaries,
        )
        .expect("a frame")
    };
    compute_frame_ssimulacra2(frame(&photo.pixels), frame(&pixels)).expect("frames of one size")
}

fn own(photo: &Photo, quality: u8, tables: QuantizationTableType) -> Vec<u8> {
    let mut out = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut out, quality);
    encoder.set_sampling_factor(SamplingFactor::F_2_2);
    encoder.set_quantization_tables(tables.clone(), tables);
    encoder.set_progressive(true);
    encoder.set_optimized_huffman_tables(true);
    let (width, height) = (photo.width as u16, photo.height as u16);
    encoder
        .encode(&photo.pixels, width, height, ColorType::Rgb)
        .expect("a JPEG");
    out
}

fn mozjpeg_c(photo: &Photo, quality: u8) -> Vec<u8> {
    let mut encoder = mozjpeg::Compress::new(mozjpeg::ColorSpace::JCS_RGB);
    encoder.set_size(photo.width, photo.height);
    encoder.set_quality(quality.into());
    encoder.set_chroma_sampling_pixel_sizes((2, 2), (2, 2));
    let mut begun = encoder.start_compress(Vec::new()).expect("a start");
    begun.write_scanlines(&photo.pixels).expect("lines");
    begun.finish().expect("a JPEG")
}

fn mozjpeg_rust(photo: &Photo, quality: u8, preset: Preset) -> Vec<u8> {
    let encoder = mozjpeg_rs::Encoder::new(preset)
        .quality(quality)
        .subsampling(Subsampling::S420);
    encoder
        .encode_rgb(&photo.pixels, photo.width as u32, photo.height as u32)
        .expect("a JPEG")
}

fn libwebp(photo: &Photo, quality: u8, is_sharp: bool) -> Vec<u8> {
    let mut config = webp::WebPConfig::new().expect("the library's version");
    config.quality = quality.into();
    config.method = 4;
    config.use_sharp_yuv = is_sharp.into();
    let (width, height) = (photo.width as u32, photo.height as u32);
    let encoder = webp::Encoder::from_rgb(&photo.pixels, width, height);
    encoder.encode_advanced(&config).expect("a WebP").to_vec()
}

fn photo(path: &str) -> Result<Photo, Box<dyn Error>> {
    let mut reader = png::Decoder::new(BufReader::new(File::open(path)?)).read_info()?;
    let mut pixels = vec![0; reader.output_buffer_size().ok_or("too large")?];
    let info = reader.next_frame(&mut pixels)?;
    let channels = info.color_type.samples();
    let colours = pixels
        .chunks_exact(channels)
        .flat_map(|p| [p[0], p[1 % channels], p[2 % channels]]);
    let (width, height) = (info.width as usize, info.height as usize);
    Ok(Photo {
        width,
        height,
        pixels: colours.collect(),
    })
}

/// What this process has used, in hundredths of a second as Linux counts (`/proc/self/stat`, field 14).
fn processor_seconds() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let mut fields = stat
        .rsplit(')')
        .next()
        .unwrap_or_default()
        .split_whitespace();
    fields
        .nth(11)
        .and_then(|n| n.parse::<f64>().ok())
        .unwrap_or_default()
        / 100.0
}
