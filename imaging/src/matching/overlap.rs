//! How two lesions of different timepoints lie to each other.

use super::LesionsAt;
use crate::distance;
use crate::window::Window;
use interval_core::geometry::{Grid, Lps, Point, Transform, Voxel};
use interval_core::volume::Volume;
use std::f64::consts::PI;

/// Dilation beyond twice the registration error, in mm.
const DILATION_MM: f64 = 2.;

/// Farthest a match may be sought, in mm: bounds the work when a registration error is absurd.
const REACH_MAX_MM: f64 = 20.;

/// Half a voxel of slack for the outline, in mm, beside the registration error.
const OUTLINE_MM: f64 = 1.;

/// Centres of one lesion at two dates are at most this far apart, in mm.
const CENTRES_MAX_MM: f64 = 10.;

/// Centres may be apart by half the mean radius of both and this much, in mm.
const CENTRES_BEYOND_RADIUS_MM: f64 = 5.;

/// Share of the one lesion's volume that must lie on the other.
const SHARE_MIN: f64 = 0.5;

/// The extent of one lesion at one timepoint.
#[derive(Debug, Clone)]
pub struct Shape {
    /// Distance in mm to the lesion, on a box of the native grid around it.
    distance: Volume<f32>,
    from_reference: Transform<Lps, Voxel>,
    /// Centres of its voxels in the reference space, in mm.
    places: Vec<[f64; 3]>,
    /// Volume of one voxel in mm3.
    voxel_mm3: f64,
    centre: [f64; 3],
    error_mm: f64,
}

/// How one lesion lies to another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Relation {
    /// Volume that both have in common (within the registration error), in mm3; 0 when that is
    /// less than half of the smaller one.
    pub common_mm3: f64,
    /// Distance of the centres in mm when they may be one lesion without lying on each other.
    pub near_mm: Option<f64>,
}

/// The shapes of all lesions of a timepoint: index 1 comes first. An index without voxels, or a
/// map to the reference space without a way back, gives nothing in its place.
pub fn shapes(timepoint: &LesionsAt) -> Vec<Option<Shape>> {
    let lesions = timepoint.lesions;
    let grid = *lesions.grid();
    let count = lesions.voxels().iter().copied().max().unwrap_or_default();
    let mut windows: Vec<Option<Window>> = vec![None; usize::from(count)];
    for (at, &index) in lesions.voxels().iter().enumerate().filter(|(_, index)| **index > 0) {
        let first = grid.index(at);
        let voxel = Window { from: first, to: first.map(|n| n + 1) };
        let window = &mut windows[usize::from(index) - 1];
        *window = Some(window.map_or(voxel, |sum| sum.joined(&voxel)));
    }
    (1..=count).zip(windows).map(|(index, window)| shape(timepoint, index, window?)).collect()
}

fn shape(timepoint: &LesionsAt, index: u8, window: Window) -> Option<Shape> {
    let grid = timepoint.lesions.grid();
    let error_mm = timepoint.registration_error.0.max(0.);
    let reach = (DILATION_MM + 2. * error_mm).min(REACH_MAX_MM);
    let mask = window.widened(grid, reach).cut(timepoint.lesions, |found| *found == index);
    let to_reference = mask.grid().to_lps.then(&timepoint.to_reference);
    let voxel_mm3 = to_reference.determinant().abs();
    let places: Vec<[f64; 3]> = (0..mask.voxels().len())
        .filter(|&at| mask.voxels()[at])
        .map(|at| to_reference.apply_to(mask.grid().index(at).map(|n| n as f64)))
        .collect();
    let centre =
        [0, 1, 2].map(|a| places.iter().map(|place| place[a]).sum::<f64>() / places.len() as f64);
    Some(Shape {
        distance: distance::to_mask(&mask),
        from_reference: to_reference.inverse()?,
        places,
        voxel_mm3,
        centre,
        error_mm,
    })
}

impl Shape {
    /// Volume in mm3.
    fn volume_mm3(&self) -> f64 {
        self.places.len() as f64 * self.voxel_mm3
    }

    /// Radius in mm of the ball of the same volume.
    fn radius_mm(&self) -> f64 {
        (self.volume_mm3() * 3. / (4. * PI)).cbrt()
    }

    /// Distance in mm from a place in the reference space to the nearest voxel's edge; infinite
    /// where it is not known because it is far.
    fn distance_mm(&self, place: [f64; 3]) -> f64 {
        let grid: &Grid = self.distance.grid();
        let index = self.from_reference.apply(Point::new(place));
        Window::voxel_near(grid.shape, index).map_or(f64::INFINITY, |voxel| {
            let half = grid.spacing_mm().into_iter().fold(f64::INFINITY, f64::min) / 2.;
            (f64::from(self.distance.at(voxel)) - half).max(0.)
        })
    }

    /// How this lesion lies to another.
    pub fn relation(&self, other: &Shape) -> Relation {
        let error_mm = self.error_mm.max(other.error_mm);
        let reach_mm = (DILATION_MM + 2. * error_mm).min(REACH_MAX_MM);
        let [mine, theirs] = [(self, other), (other, self)].map(|(of, on)| {
            let mut within = 0;
            let mut closest = f64::INFINITY;
            for &place in &of.places {
                let distance = on.distance_mm(place);
                within += usize::from(distance <= OUTLINE_MM + error_mm);
                closest = closest.min(distance);
            }
            (within as f64 * of.voxel_mm3, within as f64 / of.places.len() as f64, closest)
        });
        let apart = Point::<Lps>::new(self.centre).distance(&Point::new(other.centre)).0;
        let radii = self.radius_mm() + other.radius_mm();
        let centres_fit = apart < CENTRES_MAX_MM.min(radii / 2. + CENTRES_BEYOND_RADIUS_MM);
        let touch = mine.2.min(theirs.2) <= reach_mm;
        Relation {
            common_mm3: if mine.1.max(theirs.1) >= SHARE_MIN { mine.0.min(theirs.0) } else { 0. },
            near_mm: (centres_fit || touch).then_some(apart),
        }
    }
}
