//! The healthy head as a formula: which tissues fill the millimetre around a place.
//!
//! Coordinates are LPS mm with the origin near the anterior commissure, as in the usual atlases;
//! proportions follow an average adult (brain about 136 x 172 x 135 mm). Folds, asymmetries and
//! texture come from the seed.

use super::brain::Brain;
use super::random::{Field, Random, mix};
use super::shapes::{Place, capsule, cover, ellipsoid, layer, union};
use super::tissue::{
    AIR, BONE, Brightness, DURA, FAT, FLUID, LENS, MARROW, MUCOSA, MUSCLE, SKIN, VESSEL,
};

/// Gap between the brain's hull and the skull, in mm.
const FLUID_MM: f32 = 3.;
/// Thickness of the skull, in mm.
const SKULL_MM: f32 = 6.5;
/// Thickness of the scalp, in mm.
const SCALP_MM: f32 = 5.5;
/// Thickness of the outer and inner table of the skull, in mm.
const TABLE_MM: f32 = 1.9;
/// Farther outside the head than this there is only air, in mm.
const OUTSIDE_MM: f32 = 2.;

/// The healthy head of one seed.
#[derive(Debug)]
pub(super) struct Anatomy {
    brain: Brain,
    warp: [Field; 3],
    thickness: Field,
    cells: Field,
    scale: Place,
}

/// What is at one place, painted layer over layer.
pub(super) struct Paint(pub Brightness);

impl Paint {
    /// Lays a tissue over what is there, covering a share of the voxel.
    pub fn over(&mut self, tissue: &Brightness, share: f32) {
        if share > 0. {
            for (value, new) in self.0.iter_mut().zip(tissue) {
                *value = mix(*value, *new, share);
            }
        }
    }
}

impl Anatomy {
    /// The head of a seed.
    pub fn new(seed: u64) -> Self {
        let mut random = Random::new(&[seed, 0x4845_4144]);
        let scale = [0; 3].map(|_| random.between(0.97, 1.03) as f32);
        Self {
            warp: [0; 3].map(|_| Field::new(&mut random, 42.)),
            thickness: Field::new(&mut random, 25.),
            cells: Field::new(&mut random, 3.5),
            brain: Brain::new(&mut random),
            scale,
        }
    }

    /// The place in the average head that corresponds to a place in this one.
    fn average(&self, place: Place) -> Place {
        /// How far the seed moves a structure from its average place, in mm.
        const WARP_MM: f32 = 4.;
        [0, 1, 2].map(|axis| place[axis] / self.scale[axis] + WARP_MM * self.warp[axis].at(place))
    }

    /// Distance to the surface of the head in mm, negative inside.
    pub fn distance(&self, place: Place) -> f32 {
        let q = self.average(place);
        let side = [q[0].abs(), q[1], q[2]];
        head(side, Brain::hull(side))
    }

    /// Whether a place lies within the brain's envelope, folds included.
    pub fn is_brain(&self, place: Place) -> bool {
        Brain::envelope(self.average(place)) < 0.
    }

    /// Brightness of the millimetre around a place.
    pub fn at(&self, place: Place) -> Brightness {
        let q = self.average(place);
        let side = [q[0].abs(), q[1], q[2]];
        let hull = Brain::hull(side);
        let mut paint = Paint(AIR);
        let head = head(side, hull);
        if head > OUTSIDE_MM {
            return paint.0;
        }
        if hull > FLUID_MM {
            self.soft_parts(&mut paint, side, head);
            self.skull(&mut paint, q, hull);
        }
        if hull < FLUID_MM + 1. {
            let inside = cover(hull - FLUID_MM);
            let mut contents = Paint(FLUID);
            contents.over(&DURA, 1. - cover(hull - FLUID_MM + 0.9));
            self.brain.paint(&mut contents, q);
            vessels(&mut contents, q, hull);
            paint.over(&contents.0, inside);
        }
        paint.0
    }

    /// Skin, fat, muscle, eyes, nose and sinuses.
    fn soft_parts(&self, paint: &mut Paint, side: Place, head: f32) {
        paint.over(&SKIN, cover(head));
        paint.over(&FAT, cover(head + 1.6));
        let lean = ellipsoid(side, [62., -8., -8.], [9., 32., 34.]);
        paint.over(&MUSCLE, cover((head + 7.).min(lean)));
        paint.over(&FAT, 0.35 * cover(head + 7.) * cover(4. * self.cells.at(side)));
        let spine = capsule(side, [[0., 44., -95.], [0., 52., -220.]], 17.);
        paint.over(&MARROW, cover(spine));
        paint.over(&BONE, layer(spine, -1.5, 0.5));
        paint.over(&FLUID, cover(spine + 7.));
        let orbit = ellipsoid(side, [31., -56., -37.], [17., 24., 16.]);
        paint.over(&BONE, cover(orbit - 1.5));
        paint.over(&FAT, cover(orbit));
        let globe = ellipsoid(side, [32., -66., -37.], [12., 12., 12.]);
        paint.over(&MUSCLE, cover(globe - 1.));
        paint.over(&FLUID, cover(globe));
        paint.over(&LENS, cover(ellipsoid(side, [32., -75., -37.], [4.5, 2.2, 4.5])));
        paint.over(&MUSCLE, cover(capsule(side, [[31., -54., -37.], [8., -20., -32.]], 2.2)));
        self.cavities(paint, side, head);
    }

    fn cavities(&self, paint: &mut Paint, side: Place, head: f32) {
        let inner = head + 5.;
        let cavities = [
            ellipsoid(side, [9., -78., -14.], [10., 5., 9.]),
            ellipsoid(side, [0., -46., -46.], [11., 18., 11.]),
            ellipsoid(side, [0., -10., -47.], [13., 10., 8.]),
            ellipsoid(side, [27., -52., -70.], [14., 16., 16.]),
            ellipsoid(side, [4., -62., -72.], [6., 26., 17.]),
        ];
        for cavity in cavities {
            let cavity = cavity.max(inner);
            paint.over(&BONE, cover(cavity - 1.2));
            paint.over(&MUCOSA, cover(cavity));
            paint.over(&AIR, cover(cavity + 1.6));
        }
        paint.over(&AIR, cover(capsule(side, [[0., -8., -78.], [0., 0., -220.]], 7.)));
        let mastoid = ellipsoid(side, [54., 36., -48.], [9., 12., 14.]);
        paint.over(&BONE, cover(mastoid));
        paint.over(&AIR, cover(mastoid + 1.5) * cover(4. * self.cells.at(side)));
        let jaw = capsule(side, [[44., -20., -95.], [12., -78., -112.]], 7.);
        paint.over(&BONE, cover(jaw));
        paint.over(&MARROW, cover(jaw + 2.5));
    }

    /// Two tables of bone with marrow between; thin under the frontal lobes, open to the spine.
    fn skull(&self, paint: &mut Paint, q: Place, hull: f32) {
        let floor = ((-22. - q[2]) / 8.).clamp(0., 1.);
        let thickness = mix(SKULL_MM, 4., floor) + 1.4 * self.thickness.at(q);
        let (inner, outer) = (FLUID_MM, FLUID_MM + thickness);
        let opening = capsule(q, [[0., 42., -60.], [0., 50., -200.]], 13.);
        let closed = 1. - cover(opening);
        paint.over(&BONE, cover(hull - outer) * closed);
        paint.over(&MARROW, layer(hull, inner + TABLE_MM, outer - TABLE_MM) * closed);
        let canal = cover(opening + 2.);
        paint.over(&FLUID, canal);
        paint.over(
            &super::tissue::WHITE,
            cover(capsule(q, [[0., 42., -60.], [0., 50., -200.]], 6.)),
        );
    }
}

/// The outer surface of the head.
fn head(side: Place, hull: f32) -> f32 {
    let skull = hull - (FLUID_MM + SKULL_MM + SCALP_MM);
    let face = ellipsoid(side, [0., -50., -62.], [58., 50., 66.]);
    let nose = ellipsoid(side, [0., -104., -60.], [11., 14., 18.]);
    let neck = capsule(side, [[0., 34., -85.], [0., 44., -240.]], 57.);
    let ear = ellipsoid(side, [80., 28., -38.], [5., 15., 26.]);
    union(union(union(union(skull, face, 22.), neck, 26.), nose, 10.), ear, 5.)
}

/// Venous sinuses and the arteries at the base: dark before contrast, bright after it.
fn vessels(paint: &mut Paint, q: Place, hull: f32) {
    let side = [q[0].abs(), q[1], q[2]];
    let above = if q[2] > -8. && hull > -2. { 1. } else { 0. };
    let sagittal = (q[0].abs() - 3.5).max((hull - 0.2).abs() - 2.8);
    paint.over(&VESSEL, cover(sagittal) * above);
    let tubes: [([Place; 2], f32); 6] = [
        ([[0., 98., -6.], [46., 84., -18.]], 3.),
        ([[46., 84., -18.], [62., 44., -30.]], 3.),
        ([[0., 40., 8.], [0., 96., -6.]], 2.),
        ([[9., -2., -42.], [12., -4., -18.]], 2.2),
        ([[12., -4., -18.], [38., 2., -14.]], 1.5),
        ([[0., 9., -18.], [0., 18., -55.]], 1.6),
    ];
    for (ends, radius) in tubes {
        paint.over(&VESSEL, cover(capsule(side, ends, radius)));
    }
    paint.over(&MUCOSA, cover(ellipsoid(side, [0., -3., -33.], [6., 4.5, 3.5])));
}
