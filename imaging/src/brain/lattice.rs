//! A head on a coarse lattice along the patient's axes, for questions about its large shape.

use crate::resample;
use interval_core::geometry::{Grid, Lps, Point, Transform, Voxel};
use interval_core::volume::Volume;

/// Longest side of a field of view that can show a head, in mm: bounds the work when a header lies.
const FIELD_MAX_MM: f64 = 1000.;

/// A smoothed copy of an image on cubes along the patient's axes.
#[derive(Debug, Clone)]
pub struct Lattice {
    image: Volume<f32>,
    /// Where the lattice sees the image at all.
    seen: Volume<bool>,
    from_lps: Transform<Lps, Voxel>,
}

impl Lattice {
    /// The image sampled with a step and smoothed over about that step. Nothing for an image whose
    /// voxels have no volume or whose field of view is impossibly large.
    pub fn of(head: &Volume<f32>, step_mm: f64) -> Option<Self> {
        let corners = head.grid().corners().map(|corner| corner.at);
        let end = |pick: fn(f64, f64) -> f64, axis: usize| {
            corners.iter().map(|corner| corner[axis]).reduce(pick).unwrap_or_default()
        };
        let from = [0, 1, 2].map(|axis| end(f64::min, axis));
        let to = [0, 1, 2].map(|axis| end(f64::max, axis));
        if (0..3).any(|a| to[a] - from[a] > FIELD_MAX_MM || !(to[a] - from[a]).is_finite()) {
            return None;
        }
        let shape = [0, 1, 2].map(|a| ((to[a] - from[a]) / step_mm).floor() as usize + 1);
        let [x, y, z] = from;
        let rows = [[step_mm, 0., 0., x], [0., step_mm, 0., y], [0., 0., step_mm, z]];
        let grid = Grid { shape, to_lps: Transform::new(rows) };
        let to_index = grid.to_lps.then(&head.grid().to_lps.inverse()?);
        let limits = head.grid().shape;
        let seen = Volume::from_fn(grid, |at| {
            let index = to_index.apply_to(grid.index(at).map(|n| n as f64));
            (0..3).all(|a| index[a] >= -0.5 && index[a] <= limits[a] as f64 - 0.5)
        });
        // Enough samples within a step that fine noise is averaged.
        let finest = head.grid().spacing_mm().into_iter().fold(f64::INFINITY, f64::min);
        let mut image = resample::linear(head, &grid, &Transform::identity());
        if step_mm > 2. * finest {
            average_of_offsets(head, &mut image, step_mm / 4.);
        }
        let from_lps = grid.to_lps.inverse()?;
        Some(Self { image, seen, from_lps })
    }

    /// The grid.
    pub fn grid(&self) -> &Grid {
        self.image.grid()
    }

    /// The values.
    pub fn image(&self) -> &Volume<f32> {
        &self.image
    }

    /// The value at a place in the patient; nothing outside the field of view.
    pub fn at(&self, place: [f64; 3]) -> Option<f32> {
        let index = self.from_lps.apply(Point::new(place)).at;
        let shape = self.image.grid().shape;
        let inside = (0..3).all(|a| index[a] >= 0. && index[a] <= shape[a] as f64 - 1.);
        let near = || self.seen.at([0, 1, 2].map(|a| (index[a] + 0.5) as usize));
        (inside && near()).then(|| resample::linear_at(&self.image, index))
    }

    /// Whether a voxel of the lattice lies in the field of view.
    pub fn sees(&self, at: usize) -> bool {
        self.seen.voxels()[at]
    }
}

/// Replaces each value by the mean of eight samples around its place.
fn average_of_offsets(head: &Volume<f32>, image: &mut Volume<f32>, offset_mm: f64) {
    let grid = *image.grid();
    let mut sum = vec![0_f32; grid.len()];
    for bits in 0..8_u8 {
        let moved = [0, 1, 2].map(|a| if bits >> a & 1 == 0 { -offset_mm } else { offset_mm });
        let shift = Transform::new([0, 1, 2].map(|row: usize| {
            let mut cells = [0., 0., 0., moved[row]];
            cells[row] = 1.;
            cells
        }));
        let shifted = resample::linear(head, &grid, &shift);
        for (sum, value) in sum.iter_mut().zip(shifted.voxels()) {
            *sum += value / 8.;
        }
    }
    image.voxels_mut().copy_from_slice(&sum);
}
