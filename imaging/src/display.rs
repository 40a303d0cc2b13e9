//! Images for a screen: whole numbers of 16 bits, the window in which they are looked at, and the
//! difference of two contrasts.

use interval_core::volume::{LabelMap, Mask, Misfit, Volume};

/// The largest value on a screen: 11 bits, more than a screen shows, in the upper bits of 15. The low
/// bits stay 0, which compresses well.
pub const TOP: i16 = 2047 << LOW_BITS;

const LOW_BITS: u32 = 4;

/// Edge in voxels of the blocks that are air or are not.
const BLOCK: usize = 4;

/// The part of an image, from each corner along each axis, that no head reaches into.
const CORNER: usize = 10;

/// The share of the values in the corners that noise stays below, and how far above it noise can be
/// elsewhere.
const NOISE: (f64, f32) = (0.995, 1.5);

/// Noise is at most this share of the top: beyond it something stands in the corners.
const NOISE_MAX: f32 = 0.15;

/// The share of the values above zero that are not cut off at the top: a few vessels and fat.
const TOP_SHARE: f64 = 0.999;

/// The shares of the brain's values at the ends of a window.
const WINDOW_SHARES: [f64; 2] = [0.01, 0.995];

/// Every how many voxels a brightness is looked at: a million of them tell a share as well as nine.
const STEP: usize = 5;

/// An image for a screen: 0 stays 0, the brightest share is [`TOP`], and what is below zero (which no
/// magnitude image has) is 0. So is the air around the head, which is nothing but noise.
pub fn shown(image: &Volume<f32>) -> Volume<i16> {
    let values = image.voxels().iter().copied().filter(|value| *value > 0.);
    let top = at_share(values.step_by(STEP).collect(), TOP_SHARE).unwrap_or(1.);
    let air = air(image, top * NOISE_MAX);
    let blocks = blocks(image);
    let mut brightest = vec![0_f32; blocks.iter().product()];
    let block = |at: usize| {
        let [i, j, k] = image.grid().index(at).map(|n| n / BLOCK);
        i + blocks[0] * (j + blocks[1] * k)
    };
    for (at, value) in image.voxels().iter().enumerate() {
        let brightest = &mut brightest[block(at)];
        *brightest = brightest.max(*value);
    }
    Volume::from_fn(*image.grid(), |at| {
        if brightest[block(at)] <= air { 0 } else { whole(image.voxels()[at] / top) }
    })
}

fn blocks(image: &Volume<f32>) -> [usize; 3] {
    image.grid().shape.map(|n| n.div_ceil(BLOCK))
}

/// The value that air stays below, by the corners of the image; 0 when these are no air.
fn air(image: &Volume<f32>, most: f32) -> f32 {
    let grid = image.grid();
    let is_corner = |at: &usize| {
        let index = grid.index(*at);
        (0..3).all(|a| index[a].min(grid.shape[a] - 1 - index[a]) < grid.shape[a] / CORNER)
    };
    let corners = (0..grid.len()).filter(is_corner).map(|at| image.voxels()[at]).collect();
    let noise = at_share(corners, NOISE.0).map_or(0., |noise| noise * NOISE.1);
    if noise <= most { noise } else { 0. }
}

/// A difference for a screen: 0 stays 0, the largest share on either side is [`TOP`] or its negative.
pub fn shown_difference(difference: &Volume<f32>) -> Volume<i16> {
    let values = difference.voxels().iter().map(|value| value.abs()).filter(|value| *value > 0.);
    let top = at_share(values.step_by(STEP).collect(), TOP_SHARE).unwrap_or(1.);
    difference.map(|value| value.signum() as i16 * whole(value.abs() / top))
}

/// An image of such values after it was interpolated: whole numbers again.
pub fn rounded(image: &Volume<f32>) -> Volume<i16> {
    image.map(|value| whole(*value / f32::from(TOP)))
}

/// A share of the top as a whole number; the low bits are 0.
fn whole(share: f32) -> i16 {
    let steps = f32::from(TOP >> LOW_BITS);
    ((share * steps).clamp(0., steps).round() as i16) << LOW_BITS
}

/// The window in which an image is looked at: from the darkest to the brightest share of what is
/// inside; all there is when nothing is.
pub fn window(image: &Volume<i16>, inside: &Mask) -> [i16; 2] {
    let both = image.voxels().iter().zip(inside.voxels());
    let values: Vec<f32> = both
        .filter(|(_, inside)| **inside)
        .map(|(value, _)| f32::from(*value))
        .step_by(STEP)
        .collect();
    match WINDOW_SHARES.map(|share| at_share(values.clone(), share)) {
        [Some(low), Some(high)] if low < high => [low as i16, high as i16],
        _ => [0, TOP],
    }
}

/// What contrast medium added: the second image less the first, each less its median and by its
/// middle half inside the brain, since two series have scales of their own. In units of the middle
/// half of the second one; 0 outside.
pub fn subtraction(
    (after, before): (&Volume<f32>, &Volume<f32>),
    brain: &Mask,
) -> Result<Volume<f32>, Misfit> {
    let [after_scale, before_scale] = [after, before].map(|image| scale(image, brain));
    let scaled = |value: f32, (middle, half): (f32, f32)| (value - middle) / half;
    let voxels = after.voxels().iter().zip(before.voxels()).zip(brain.voxels());
    let difference = voxels.map(|((after, before), inside)| {
        if *inside { scaled(*after, after_scale) - scaled(*before, before_scale) } else { 0. }
    });
    Volume::new(*after.grid(), difference.collect())
}

/// Median and width of the middle half of the values inside.
fn scale(image: &Volume<f32>, inside: &Mask) -> (f32, f32) {
    let both = image.voxels().iter().zip(inside.voxels());
    let values: Vec<f32> = both.filter(|(_, inside)| **inside).map(|(value, _)| *value).collect();
    let at = |share: f64| at_share(values.clone(), share).unwrap_or_default();
    let half = at(0.75) - at(0.25);
    (at(0.5), if half > 0. { half } else { 1. })
}

/// The median of an image where a label is one of these, in medians of the brain; nothing where
/// there is none.
pub fn median_in(
    image: &Volume<f32>,
    (labels, wanted): (&LabelMap, &[u8]),
    brain_median: f32,
) -> Option<f64> {
    let both = image.voxels().iter().zip(labels.voxels());
    let values =
        both.filter(|(_, label)| wanted.contains(label)).map(|(value, _)| *value).collect();
    let median = at_share(values, 0.5)?;
    (brain_median > 0.).then(|| f64::from(median / brain_median))
}

/// The median of an image inside a mask; 0 when it is empty.
pub fn median(image: &Volume<f32>, inside: &Mask) -> f32 {
    scale(image, inside).0
}

/// The value below which a share of the values lies.
fn at_share(mut values: Vec<f32>, share: f64) -> Option<f32> {
    let last = values.len().checked_sub(1)?;
    let at = ((values.len() as f64 * share) as usize).min(last);
    Some(*values.select_nth_unstable_by(at, f32::total_cmp).1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use interval_core::geometry::{Grid, Transform};

    fn grid() -> Grid {
        let rows = [[1., 0., 0., 0.], [0., 1., 0., 0.], [0., 0., 1., 0.]];
        Grid { shape: [20, 20, 20], to_lps: Transform::new(rows) }
    }

    #[test]
    fn an_image_fills_the_range_and_zero_stays_zero() {
        let image = Volume::from_fn(grid(), |at| at as f32 - 3000.);
        let shown = shown(&image);
        // The brightest of 0.1 % of 5000 values is 4994 or so: half of it is half of the top.
        assert_eq!([0, 3000, 7999].map(|at| shown.voxels()[at]), [0, 0, TOP]);
        let half = f32::from(shown.voxels()[3000 + 2497]) / f32::from(TOP);
        assert!((half - 0.5).abs() < 0.002, "{half}");
        assert!(shown.voxels().iter().all(|value| value % 16 == 0));
    }
    #[test]
    fn the_air_around_a_head_is_black_and_dark_places_inside_are_not() {
        let noise = |at: usize| (at * 7919 % 13) as f32;
        let image = Volume::from_fn(grid(), |at| {
            let [i, j, k] = grid().index(at);
            let is_head = [i, j, k].iter().all(|n| (6..14).contains(n));
            // A dark spot, as dark as air, between bright tissue.
            if is_head && [i, j, k] != [9, 9, 9] { 900. + noise(at) } else { noise(at) }
        });
        let shown = shown(&image);
        let at = |index: [usize; 3]| shown.at(index);
        assert_eq!((at([0, 0, 0]), at([19, 3, 2]), at([1, 10, 10])), (0, 0, 0));
        assert!(at([9, 9, 9]) > 0 && at([9, 9, 9]) < TOP / 50 && at([8, 9, 9]) > TOP / 2);
    }
    #[test]
    fn a_difference_keeps_its_sign() {
        let image = Volume::from_fn(grid(), |at| at as f32 - 4000.);
        let shown = shown_difference(&image);
        assert_eq!([0, 4000, 7999].map(|at| shown.voxels()[at]), [-TOP, 0, TOP]);
    }
    #[test]
    fn a_window_spans_the_brain_alone() {
        let image = Volume::from_fn(grid(), |at| if at < 1000 { at as i16 } else { TOP });
        let brain = Mask::from_fn(grid(), |at| at < 1000);
        assert_eq!(window(&image, &brain), [10, 995]);
        assert_eq!(window(&image, &Mask::filled(grid(), false)), [0, TOP]);
    }
    #[test]
    fn two_scales_of_the_same_image_cancel_and_what_took_up_contrast_stays() {
        let before = Volume::from_fn(grid(), |at| (at % 101) as f32);
        let brain = Mask::from_fn(grid(), |at| at >= 400);
        let took_up = |at: usize| at % 401 == 7;
        let after = Volume::from_fn(grid(), |at| {
            let plain = 40. + 2.5 * before.voxels()[at];
            if took_up(at) { plain + 500. } else { plain }
        });
        let difference = subtraction((&after, &before), &brain).unwrap();
        for (at, value) in difference.voxels().iter().enumerate() {
            // 500 in units of a middle half of 2.5 x 50; a few bright voxels move it by a percent.
            let expected = if took_up(at) && at >= 400 { 4. } else { 0. };
            assert!((value - expected).abs() < 0.1, "{value} at {at}");
        }
    }
    #[test]
    fn a_median_is_in_medians_of_the_brain() {
        let image = Volume::from_fn(grid(), |at| if at < 10 { 30. } else { 20. });
        let labels = Volume::from_fn(grid(), |at| u8::from(at < 10) * 2);
        let brain = median(&image, &Mask::filled(grid(), true));
        assert_eq!(brain, 20.);
        assert_eq!(median_in(&image, (&labels, &[2]), brain), Some(1.5));
        assert_eq!(median_in(&image, (&labels, &[1]), brain), None);
    }
}
