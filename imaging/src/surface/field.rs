//! Signed distance to the outline of a mask, in mm, on a box around it.

use super::march::{Lattice, march};
use super::{BYTES_MAX, Surface};
use crate::distance::{self, average_along};
use crate::resample::linear_at;
use crate::window::Window;
use interval_core::geometry::{Grid, Lps, Transform, Voxel};
use interval_core::volume::{Mask, Volume};

/// Voxels around the mask that are looked at: two, so that the outermost are outside also when
/// smoothed.
const MARGIN: i64 = 2;

/// Finest step between the places where the field is looked at: below it a triangle is smaller than
/// what a scanner resolves.
const STEP_MIN_MM: f64 = 0.8;

/// Cubic millimetres in a cubic centimetre.
const MM3_PER_CM3: f64 = 1000.;

/// An axis with steps up to so many times the smallest is smoothed: the steps between thick slices
/// are no staircase but all there is.
const SMOOTHED_STEPS: f64 = 1.5;

/// Triangles for each square of the lattice's step on a smooth surface, from spheres.
const TRIANGLES_PER_STEP2: f64 = 3.;

/// Share of the faces of voxels in a smooth surface that they are the staircase of (a sphere).
const SMOOTH_OF_STAIRCASE: f64 = 2. / 3.;

/// How often the field is moved by what its surface lacks in volume.
const VOLUME_ROUNDS: usize = 2;

/// What a lattice that gave too large a surface is widened by.
const COARSER: f64 = 1.2;

/// The signed distance to the outline of a mask.
#[derive(Debug, Clone)]
pub struct Field {
    /// On a box of its own, which may reach beyond the grid of the mask.
    signed: Volume<f32>,
    to_index: Transform<Lps, Voxel>,
    /// Faces between voxels inside and outside.
    staircase_mm2: f64,
}

impl Field {
    /// The field of a mask; nothing for an empty one.
    pub fn new(mask: &Mask) -> Option<Self> {
        let grid = mask.grid();
        let tight = Window::around(grid, |at| mask.voxels()[at])?;
        // The box may reach beyond the image: a mask at its edge has a closed surface too.
        let from = tight.from.map(|first| first as i64 - MARGIN);
        let to = tight.to.map(|end| end as i64 + MARGIN);
        let shape = [0, 1, 2].map(|a| (to[a] - from[a]) as usize);
        let box_grid = Grid { shape, to_lps: moved(from).then(&grid.to_lps) };
        let inside = Mask::from_fn(box_grid, |at| {
            let index = box_grid.index(at);
            let index = [0, 1, 2].map(|a| index[a] as i64 + from[a]);
            let is_there = (0..3).all(|a| index[a] >= 0 && (index[a] as usize) < grid.shape[a]);
            is_there && mask.at(index.map(|n| n as usize))
        });
        let to_index = box_grid.to_lps.inverse()?;
        let staircase_mm2 = staircase(&inside);
        let mut field = Self { signed: enclosing(&inside), to_index, staircase_mm2 };
        field.enclose(mask.volume().0 * MM3_PER_CM3);
        Some(field)
    }

    /// Moves the field until its surface has a volume.
    fn enclose(&mut self, volume_mm3: f64) {
        let most = self.signed.grid().spacing_mm().into_iter().fold(f64::INFINITY, f64::min) / 2.;
        for _ in 0..VOLUME_ROUNDS {
            let surface = self.surface();
            let lacking = (volume_mm3 - surface.volume_mm3()) / surface.area_mm2();
            let by = lacking.clamp(-most, most) as f32;
            // A surface that would vanish stays as it is.
            let deepest = self.signed.voxels().iter().copied().fold(f32::INFINITY, f32::min);
            if !by.is_finite() || deepest - by >= deepest / 2. {
                return;
            }
            self.signed.voxels_mut().iter_mut().for_each(|value| *value -= by);
        }
    }

    /// Distance in mm from a place (LPS mm) to the outline, negative inside: right in its sign, and
    /// good to a voxel in its size. Beyond the box it is that of the nearest place in it.
    pub fn at(&self, place: [f64; 3]) -> f64 {
        let index = self.to_index.apply_to(place);
        let last = self.signed.grid().shape.map(|n| n.saturating_sub(1) as f64);
        let nearest = [0, 1, 2].map(|a| index[a].clamp(0., last[a]));
        f64::from(linear_at(&self.signed, nearest))
    }

    /// The surface, fine enough for the voxels and no larger than [`BYTES_MAX`].
    pub fn surface(&self) -> Surface {
        let bytes = BYTES_MAX as f64 / super::TRIANGLE_BYTES as f64 * 0.6;
        let area = self.staircase_mm2 * SMOOTH_OF_STAIRCASE;
        let mut step = (area * TRIANGLES_PER_STEP2 / bytes).sqrt().max(STEP_MIN_MM);
        loop {
            let surface = march(&self.lattice(step));
            if surface.bytes() <= BYTES_MAX {
                return surface;
            }
            step *= COARSER;
        }
    }

    /// The field at steps of about so many mm. Steps below a voxel are a whole part of it, so that no
    /// voxel is stepped over.
    fn lattice(&self, step_mm: f64) -> Lattice {
        let spacing = self.signed.grid().spacing_mm();
        let step = spacing.map(|voxel| match (voxel / step_mm).round() {
            parts if parts >= 1. => 1. / parts,
            _ => step_mm / voxel,
        });
        let length = self.signed.grid().shape.map(|n| n.saturating_sub(1) as f64);
        let shape = [0, 1, 2].map(|a| (length[a] / step[a]).ceil() as usize + 1);
        let [i, j, k] = step;
        let rows = [[i, 0., 0., 0.], [0., j, 0., 0.], [0., 0., k, 0.]];
        let to_index = Transform::<Voxel, Voxel>::new(rows);
        let grid = Grid { shape, to_lps: to_index.then(&self.signed.grid().to_lps) };
        let values = (0..grid.len())
            .map(|at| linear_at(&self.signed, to_index.apply_to(grid.index(at).map(|n| n as f64))));
        Lattice { grid, values: values.collect() }
    }
}

fn moved(from: [i64; 3]) -> Transform<Voxel, Voxel> {
    let [i, j, k] = from.map(|n| n as f64);
    Transform::new([[1., 0., 0., i], [0., 1., 0., j], [0., 0., 1., k]])
}

/// Area in mm2 of all faces between a voxel inside and one outside.
fn staircase(inside: &Mask) -> f64 {
    let grid = inside.grid();
    let [x, y, z] = grid.spacing_mm();
    let faces = [y * z, z * x, x * y];
    let strides = [1, grid.shape[0], grid.shape[0] * grid.shape[1]];
    let voxels = inside.voxels();
    let mut area = 0.;
    for at in 0..voxels.len() {
        for a in 0..3 {
            // The outermost voxels of a box are outside, so no step leads to another row.
            if voxels.get(at + strides[a]).is_some_and(|next| *next != voxels[at]) {
                area += faces[a];
            }
        }
    }
    area
}

/// The distance, smoothed, and moved so that as many voxels lie inside as before.
fn enclosing(inside: &Mask) -> Volume<f32> {
    let grid = *inside.grid();
    let mut signed = signed(inside);
    let spacing = grid.spacing_mm();
    let smallest = spacing.into_iter().fold(f64::INFINITY, f64::min);
    for (axis, _) in
        spacing.iter().enumerate().filter(|(_, step)| **step <= SMOOTHED_STEPS * smallest)
    {
        average_along(grid.shape, axis, 1, &mut signed);
    }
    let level = level(&signed, inside.count());
    for value in &mut signed {
        *value -= level;
    }
    Volume::from_fn(grid, |at| signed[at])
}

/// The value inside of which so many voxels lie.
fn level(signed: &[f32], count: usize) -> f32 {
    let mut sorted = signed.to_vec();
    let (below, next, _) = sorted.select_nth_unstable_by(count, f32::total_cmp);
    f32::midpoint(below.iter().copied().fold(f32::NEG_INFINITY, f32::max), *next)
}

/// From each voxel centre to the outline, which lies half way between the last centre inside and the
/// first outside.
fn signed(inside: &Mask) -> Vec<f32> {
    let grid = inside.grid();
    let mut signed = vec![0_f32; grid.len()];
    for (side, sign) in [(true, 1.), (false, -1.)] {
        let seed = |at: usize| inside.voxels()[at] == side;
        let field = distance::field(grid.shape, grid.spacing_mm(), seed);
        for (at, value) in signed.iter_mut().enumerate().filter(|(at, _)| !seed(*at)) {
            let (here, there) = (grid.index(at), grid.index(field.nearest[at] as usize));
            let most = (0..3).map(|a| here[a].abs_diff(there[a])).max().unwrap_or(1).max(1);
            *value = sign * field.squared[at].sqrt() * (1. - 0.5 / most as f32);
        }
    }
    signed
}
