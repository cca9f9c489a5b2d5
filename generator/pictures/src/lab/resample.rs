//! Resizes by the kernel of Lanczos with three lobes, first rows into rows, then columns into columns, a strip at a
//! time: of the picture in light, only as many rows are in memory as one row is made of.

use super::{
    Raster,
    levels::Level,
    light::{self, Light},
};
use crate::Window;

const LOBES: f64 = 3.0;

/// Pixels that are summed at once: what fits into the processor's nearest memory.
const BLOCK: usize = 256;

/// What one row or column is made of.
struct Sum {
    from: usize,
    shares: Vec<f32>,
}

/// The part of a level that `window` is of the whole picture, in that size.
pub(super) fn resampled(level: &Level<'_>, window: Window, size: (usize, usize)) -> Raster {
    let columns = sums(window.x, window.width, level.halved, level.width(), size.0);
    let rows = sums(
        window.y,
        window.height,
        level.halved,
        level.height(),
        size.1,
    );
    let channels = level.channels();
    let first = columns.iter().map(|sum| sum.from).min().unwrap_or(0);
    let end = columns.iter().map(|sum| sum.from + sum.shares.len()).max();
    let mut strip = Strip::new(end.unwrap_or(first) - first, &rows);
    let mut tall = vec![Light::default(); strip.width];
    let mut wide = vec![Light::default(); size.0];
    let mut pixels = Vec::with_capacity(size.0 * size.1 * channels);
    for row in &rows {
        strip.load(level, first, row);
        strip.sum(row, &mut tall);
        for (out, column) in wide.iter_mut().zip(&columns) {
            *out = weighted(&tall[column.from - first..], &column.shares);
        }
        light::to_srgb(&wide, channels, &mut pixels);
    }
    Raster {
        width: size.0,
        height: size.1,
        channels,
        pixels,
    }
}

fn weighted(lights: &[Light], shares: &[f32]) -> Light {
    let mut sum = Light::default();
    for (light, share) in lights.iter().zip(shares) {
        for (sum, light) in sum.iter_mut().zip(light) {
            *sum += light * share;
        }
    }
    sum
}

/// For each of `size` rows or columns, what it is made of. `from` and `length` are the part of the whole picture;
/// `all` is how many the level has.
fn sums(from: u32, length: u32, halved: u32, all: usize, size: usize) -> Vec<Sum> {
    let unit = 0.5_f64.powi(halved as i32);
    let (start, length) = (f64::from(from) * unit, f64::from(length) * unit);
    let first = start.floor() as usize;
    let end = ((start + length).ceil() as usize).min(all);
    let scale = length / size as f64;
    let reach = LOBES * scale.max(1.0);
    let sum = |i: usize| {
        let centre = start + (i as f64 + 0.5) * scale;
        let from = ((centre - reach).ceil().max(0.0) as usize).clamp(first, end - 1);
        let to = ((centre + reach).floor().max(0.0) as usize).clamp(from + 1, end);
        let share = |at: usize| lanczos((at as f64 + 0.5 - centre) / scale.max(1.0));
        let shares: Vec<f64> = (from..to).map(share).collect();
        let all: f64 = shares.iter().sum();
        let shares = shares.iter().map(|share| (share / all) as f32).collect();
        Sum { from, shares }
    };
    (0..size).map(sum).collect()
}

fn lanczos(x: f64) -> f64 {
    if x.abs() < 1e-9 {
        return 1.0;
    }
    if x.abs() >= LOBES {
        return 0.0;
    }
    let angle = std::f64::consts::PI * x;
    LOBES * angle.sin() * (angle / LOBES).sin() / (angle * angle)
}

/// The rows of a level that the next row is made of, as light. Each is read once.
struct Strip {
    width: usize,
    /// A row stands at its number modulo their count.
    rows: Vec<Vec<Light>>,
    /// The first row that was not read yet.
    next: usize,
}

impl Strip {
    fn new(width: usize, sums: &[Sum]) -> Self {
        let most = sums.iter().map(|sum| sum.shares.len()).max().unwrap_or(1);
        Self {
            width,
            rows: vec![vec![Light::default(); width]; most],
            next: 0,
        }
    }

    fn load(&mut self, level: &Level<'_>, column: usize, sum: &Sum) {
        let most = self.rows.len();
        for row in self.next.max(sum.from)..sum.from + sum.shares.len() {
            level.row(row, column, &mut self.rows[row % most]);
            self.next = row + 1;
        }
    }

    fn sum(&self, sum: &Sum, out: &mut [Light]) {
        let rows: Vec<(f32, &[Light])> = sum
            .shares
            .iter()
            .enumerate()
            .map(|(i, share)| (*share, &*self.rows[(sum.from + i) % self.rows.len()]))
            .collect();
        for start in (0..self.width).step_by(BLOCK) {
            let end = self.width.min(start + BLOCK);
            let out = &mut out[start..end];
            out.fill(Light::default());
            for (share, row) in &rows {
                let (out, row) = (out.as_flattened_mut(), row[start..end].as_flattened());
                for (out, light) in out.iter_mut().zip(row) {
                    *out += light * share;
                }
            }
        }
    }
}
