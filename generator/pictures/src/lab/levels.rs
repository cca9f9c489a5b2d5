//! A picture at its size, at half of it, a quarter and so on, so that small derivatives need not read all pixels.
//!
//! Which one a derivative is made of follows from its own recipe: the smallest in which it is at least twice as large.
//! Taking the mean of four pixels before such a reduction makes no visible difference (libvips does the same).

use super::{
    Raster,
    light::{self, Light},
};
use crate::Window;

/// The picture at its size and the halves that were asked for.
pub(super) struct Levels {
    whole: Raster,
    halves: Vec<Half>,
}

/// A smaller picture, in steps of light.
struct Half {
    width: usize,
    height: usize,
    channels: usize,
    steps: Vec<u16>,
}

/// One of them.
#[derive(Clone, Copy)]
pub(super) struct Level<'a> {
    kind: Kind<'a>,
    /// How often it was halved.
    pub(super) halved: u32,
}

#[derive(Clone, Copy)]
enum Kind<'a> {
    Whole(&'a Raster),
    Half(&'a Half),
}

impl Levels {
    pub(super) fn new(whole: Raster) -> Self {
        Self {
            whole,
            halves: Vec::new(),
        }
    }

    /// Width and height of the whole picture.
    pub(super) fn size(&self) -> (usize, usize) {
        (self.whole.width, self.whole.height)
    }

    /// The level of which a part is made in that size.
    pub(super) fn for_size(&mut self, window: Window, size: (usize, usize)) -> Level<'_> {
        let twice = |halved: u32| {
            let enough = |length: u32, size: usize| (length >> halved) as usize >= 2 * size;
            enough(window.width, size.0) && enough(window.height, size.1)
        };
        let mut halved = 0;
        while twice(halved + 1) {
            halved += 1;
        }
        while self.halves.len() < halved as usize {
            let half = Half::of(&self.level(self.halves.len() as u32));
            self.halves.push(half);
        }
        self.level(halved)
    }

    fn level(&self, halved: u32) -> Level<'_> {
        let kind = match halved.checked_sub(1) {
            None => Kind::Whole(&self.whole),
            Some(at) => Kind::Half(&self.halves[at as usize]),
        };
        Level { kind, halved }
    }
}

impl Level<'_> {
    pub(super) fn width(&self) -> usize {
        match self.kind {
            Kind::Whole(raster) => raster.width,
            Kind::Half(half) => half.width,
        }
    }

    pub(super) fn height(&self) -> usize {
        match self.kind {
            Kind::Whole(raster) => raster.height,
            Kind::Half(half) => half.height,
        }
    }

    pub(super) fn channels(&self) -> usize {
        match self.kind {
            Kind::Whole(raster) => raster.channels,
            Kind::Half(half) => half.channels,
        }
    }

    /// A row from a column on, as many pixels as `out` has.
    pub(super) fn row(&self, row: usize, column: usize, out: &mut [Light]) {
        let channels = self.channels();
        let from = (row * self.width() + column) * channels;
        let to = from + out.len() * channels;
        match self.kind {
            Kind::Whole(raster) => light::from_srgb(&raster.pixels[from..to], channels, out),
            Kind::Half(half) => {
                let steps = half.steps[from..to].chunks_exact(channels);
                for (steps, out) in steps.zip(out) {
                    out[3] = 1.0;
                    for (step, out) in steps.iter().zip(out) {
                        *out = light::of_step(*step);
                    }
                }
            }
        }
    }
}

impl Half {
    /// Each pixel is the mean of four. Beyond an odd edge its last pixels count twice.
    fn of(level: &Level<'_>) -> Self {
        let (width, height) = (level.width().div_ceil(2), level.height().div_ceil(2));
        let channels = level.channels();
        let mut steps = Vec::with_capacity(width * height * channels);
        let mut rows = [0, 1].map(|_| vec![Light::default(); level.width()]);
        for row in 0..height {
            for (i, out) in rows.iter_mut().enumerate() {
                level.row((2 * row + i).min(level.height() - 1), 0, out);
            }
            let [upper, lower] = &rows;
            for (upper, lower) in upper.chunks(2).zip(lower.chunks(2)) {
                let last = upper.len() - 1;
                for c in 0..channels {
                    let sum = upper[0][c] + upper[last][c] + lower[0][c] + lower[last][c];
                    steps.push(light::step(sum * 0.25));
                }
            }
        }
        Self {
            width,
            height,
            channels,
            steps,
        }
    }
}
