//! A picture in another size: the mean of what a pixel covers when it becomes smaller, a straight
//! line between neighbours when it becomes larger.

use super::{Picture, Pixels, Viewport};

/// As large as fits into the viewport, without a change of its proportions.
pub(super) fn into(picture: Picture, viewport: Viewport) -> Picture {
    let (columns, rows) = (picture.width as f64, picture.height as f64);
    let ratio = (f64::from(viewport.width) / columns).min(f64::from(viewport.height) / rows);
    let side = |length: f64, most: u32| ((length * ratio).round() as usize).clamp(1, most as usize);
    let (width, height) = (side(columns, viewport.width), side(rows, viewport.height));
    if (width, height) == (picture.width, picture.height) {
        return picture;
    }
    let from = (picture.width, picture.height);
    let pixels = match picture.pixels {
        Pixels::Grey(bytes) => Pixels::Grey(scaled::<1>(&bytes, from, (width, height))),
        Pixels::Rgb(bytes) => Pixels::Rgb(scaled::<3>(&bytes, from, (width, height))),
    };
    Picture { width, height, pixels }
}

/// What one new pixel takes along an axis: the first old pixel and the weight of each.
struct Share {
    first: usize,
    weights: Vec<f32>,
}

fn shares(from: usize, to: usize) -> Vec<Share> {
    let step = from as f64 / to as f64;
    let share = |at: usize| {
        if to < from {
            let (begin, end) = (at as f64 * step, ((at + 1) as f64 * step).min(from as f64));
            let first = (begin as usize).min(from - 1);
            let last = (end.ceil() as usize).clamp(first + 1, from);
            let covered = |old: usize| ((old + 1) as f64).min(end) - (old as f64).max(begin);
            let weight = |old: usize| (covered(old) / (end - begin)) as f32;
            Share { first, weights: (first..last).map(weight).collect() }
        } else {
            // Centres of pixels are half a pixel in.
            let place = ((at as f64 + 0.5) * step - 0.5).clamp(0., (from - 1) as f64);
            let first = (place as usize).min(from.saturating_sub(2));
            let beyond = (place - first as f64) as f32;
            let weights = if from == 1 { vec![1.] } else { vec![1. - beyond, beyond] };
            Share { first, weights }
        }
    };
    (0..to).map(share).collect()
}

/// Rows first, then columns.
fn scaled<const SAMPLES: usize>(
    bytes: &[u8],
    (from_width, from_height): (usize, usize),
    (width, height): (usize, usize),
) -> Vec<u8> {
    let (across, down) = (shares(from_width, width), shares(from_height, height));
    let stride = from_width * SAMPLES;
    let mut row = vec![0f32; stride];
    let mut out = Vec::with_capacity(width * height * SAMPLES);
    for share in &down {
        row.fill(0.);
        for (at, weight) in share.weights.iter().enumerate() {
            let start = (share.first + at) * stride;
            let old = bytes.get(start..start + stride).unwrap_or_default();
            for (sum, byte) in row.iter_mut().zip(old) {
                *sum += weight * f32::from(*byte);
            }
        }
        for share in &across {
            for sample in 0..SAMPLES {
                let old = row.iter().skip(share.first * SAMPLES + sample).step_by(SAMPLES);
                let sum: f32 = share.weights.iter().zip(old).map(|(w, value)| w * value).sum();
                out.push((sum + 0.5) as u8);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(
        from: (usize, usize),
        bytes: &[u8],
        viewport: (u32, u32),
        expected: (usize, usize, &[u8]),
    ) {
        let (width, height) = from;
        let picture = Picture { width, height, pixels: Pixels::Grey(bytes.to_vec()) };
        let drawn = into(picture, Viewport { width: viewport.0, height: viewport.1 });
        let pixels = Pixels::Grey(expected.2.to_vec());
        assert_eq!(drawn, Picture { width: expected.0, height: expected.1, pixels });
    }

    #[test]
    fn a_smaller_pixel_is_the_mean_of_what_it_covers() {
        check((4, 2), &[0, 10, 20, 30, 10, 20, 30, 40], (2, 9), (2, 1, &[10, 30]));
        check((3, 1), &[0, 90, 30], (2, 2), (2, 1, &[30, 50]));
    }
    #[test]
    fn a_larger_one_lies_between_its_neighbours() {
        check((2, 1), &[0, 100], (4, 4), (4, 2, &[0, 25, 75, 100, 0, 25, 75, 100]));
        check((1, 1), &[7], (2, 2), (2, 2, &[7, 7, 7, 7]));
    }
    #[test]
    fn proportions_stay() {
        check((2, 4), &[5; 8], (2, 2), (1, 2, &[5, 5]));
    }
}
