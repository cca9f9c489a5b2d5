//! Between sRGB and light (IEC 61966-2-1). Light adds up as it does in a lens; the numbers of sRGB do not.

use std::sync::LazyLock;

/// Light of a number of sRGB, from 0 to 1.
static LIGHT: LazyLock<[f32; 256]> =
    LazyLock::new(|| std::array::from_fn(|number| of_srgb(number as f64 / 255.0) as f32));

/// Light of a value of sRGB, both from 0 to 1.
pub(super) fn of_srgb(value: f64) -> f64 {
    match value <= 0.040_45 {
        true => value / 12.92,
        false => ((value + 0.055) / 1.055).powf(2.4),
    }
}

/// Steps of light that are told apart: the darkest numbers of sRGB are 20 of them apart.
const STEPS: usize = 1 << 16;

/// The nearest number of sRGB, for each step of light.
static NUMBER: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let number = |step: usize| {
        let light = step as f64 / (STEPS - 1) as f64;
        let v = match light <= 0.003_130_8 {
            true => light * 12.92,
            false => 1.055 * light.powf(1.0 / 2.4) - 0.055,
        };
        (v * 255.0).round() as u8
    };
    (0..STEPS).map(number).collect()
});

/// A pixel of light: red, green and blue, each multiplied by the fourth, which is alpha.
pub(super) type Light = [f32; 4];

/// Reads pixels of 3 or 4 channels.
pub(super) fn from_srgb(pixels: &[u8], channels: usize, out: &mut [Light]) {
    let light = &*LIGHT;
    let read = |n: u8| light[usize::from(n)];
    if channels == 3 {
        for (pixel, out) in pixels.chunks_exact(3).zip(out) {
            *out = [read(pixel[0]), read(pixel[1]), read(pixel[2]), 1.0];
        }
        return;
    }
    for (pixel, out) in pixels.chunks_exact(4).zip(out) {
        let alpha = f32::from(pixel[3]) / 255.0;
        let read = |n: u8| read(n) * alpha;
        *out = [read(pixel[0]), read(pixel[1]), read(pixel[2]), alpha];
    }
}

/// Writes pixels of 3 or 4 channels.
pub(super) fn to_srgb(lights: &[Light], channels: usize, out: &mut Vec<u8>) {
    let number = &NUMBER[..STEPS];
    let write = |light: f32| number[usize::from(step(light))];
    for light in lights {
        let [red, green, blue, alpha] = *light;
        if channels == 3 {
            out.extend([write(red), write(green), write(blue)]);
            continue;
        }
        let alpha = alpha.clamp(0.0, 1.0);
        let share = if alpha > 0.0 { 1.0 / alpha } else { 0.0 };
        let colour = [red * share, green * share, blue * share].map(write);
        out.extend(colour);
        out.push((alpha * 255.0 + 0.5) as u8);
    }
}

/// The nearest step. Sharpening overshoots both ends.
pub(super) fn step(light: f32) -> u16 {
    // What is below 0 becomes 0, and what is above the largest number that one.
    (light * (STEPS - 1) as f32 + 0.5) as u16
}

/// From a step to light.
pub(super) fn of_step(step: u16) -> f32 {
    f32::from(step) * (1.0 / (STEPS - 1) as f32)
}
