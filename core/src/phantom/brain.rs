//! The brain: lobes, folds, ventricles, deep nuclei, cerebellum and brainstem.

use super::anatomy::Paint;
use super::random::{Field, Random};
use super::shapes::{Place, capsule, common, cover, ellipsoid, union};
use super::tissue::{Brightness, CHOROID, DEEP_GREY, DURA, FLUID, GREY, WHITE};

/// Thickness of the cortex, in mm.
const CORTEX_MM: f32 = 2.9;
/// Depth at which folds end, in mm below the hull.
const FOLD_DEPTH_MM: f32 = 19.;
/// Half the width of a fold at the surface, in mm.
const FOLD_HALF_WIDTH_MM: f32 = 0.9;
/// Distance over which the folding field changes by one, in mm.
const FOLD_SLOPE_MM: f32 = 9.5;
/// How much white and grey matter vary from place to place.
const TEXTURE: f32 = 0.05;

/// The brain of one seed.
#[derive(Debug)]
pub(super) struct Brain {
    folds: [Field; 2],
    texture: [Field; 2],
    /// How much wider the ventricles of the left and of the right are.
    ventricles: [f32; 2],
}

impl Brain {
    /// Continues the random stream of the head.
    pub fn new(random: &mut Random) -> Self {
        Self {
            folds: [12.5, 6.5].map(|cell| Field::new(random, cell)),
            texture: [2.2, 9.].map(|cell| Field::new(random, cell)),
            ventricles: [0; 2].map(|_| random.between(-0.6, 0.9) as f32),
        }
    }

    /// Distance to the smooth envelope of the brain; `side` has the sign of x taken off.
    pub fn hull(side: Place) -> f32 {
        let cerebrum = ellipsoid(side, [0., 16., 20.], [67., 86., 58.]);
        let trimmed = common(cerebrum, floor(side) - 2. - side[2], 10.);
        let temporal = ellipsoid(side, [43., 8., -17.], [24., 41., 23.]);
        let cerebellum = ellipsoid(side, [0., 62., -38.], [52., 34., 25.]);
        let stem = capsule(side, [[0., 24., -25.], [0., 42., -66.]], 14.);
        union(union(trimmed, temporal, 16.), union(cerebellum, stem, 14.), 16.)
    }

    /// Distance to what an anatomist would take out: lobes, cerebellum and brainstem with the
    /// folds between, cut off below the medulla.
    pub fn envelope(q: Place) -> f32 {
        /// Height of the foramen magnum.
        const FORAMEN_MM: f32 = -68.;
        let side = [q[0].abs(), q[1], q[2]];
        lobes(side).min(cerebellum(side)).min(stem(side)).max(FORAMEN_MM - side[2])
    }

    /// Paints the brain into its fluid.
    pub fn paint(&self, paint: &mut Paint, q: Place) {
        let side = [q[0].abs(), q[1], q[2]];
        let lobes = lobes(side);
        let cerebellum = cerebellum(side);
        let stem = stem(side);
        let nearest = lobes.min(cerebellum).min(stem);
        if nearest > 1. {
            return;
        }
        let vary = 1. + TEXTURE * (self.texture[0].at(q) + 0.6 * self.texture[1].at(q));
        let grey = scaled(&GREY, vary);
        let white = scaled(&WHITE, vary);
        if lobes < 1. {
            let depth = self.depth(q, -lobes);
            paint.over(&grey, cover(-depth));
            paint.over(&white, cover(CORTEX_MM - depth));
            paint_falx(paint, q, lobes);
        }
        if cerebellum < 1. {
            self.paint_cerebellum(paint, q, cerebellum, [&grey, &white]);
        }
        paint.over(&white, cover(stem));
        self.deep(paint, q);
    }

    /// Depth below the nearest surface with fluid: the envelope or a fold.
    fn depth(&self, q: Place, below_hull: f32) -> f32 {
        let folding = (self.folds[0].at(q) + 0.45 * self.folds[1].at(q)).abs() * FOLD_SLOPE_MM;
        let deep = (below_hull - FOLD_DEPTH_MM).max(0.);
        let fold = folding - FOLD_HALF_WIDTH_MM + 0.6 * deep;
        let side = [q[0].abs(), q[1], q[2]];
        let sylvian_height = -3. + 0.3 * side[1] + 7. * self.folds[0].at(side);
        let sylvian = ((side[2] - sylvian_height).abs() - 1.)
            .max(36. - side[0])
            .max((side[1] - 4.).abs() - 26.);
        let midline = (side[0] - 1.3).max(-beyond_callosum(side));
        below_hull.min(fold).min(sylvian).min(midline)
    }

    /// Leaves of grey around a white tree.
    fn paint_cerebellum(
        &self,
        paint: &mut Paint,
        q: Place,
        distance: f32,
        [grey, white]: [&Brightness; 2],
    ) {
        paint.over(grey, cover(distance));
        let below = -distance;
        let leaf = (0.9 * (q[2] + 38.) + 0.35 * q[1] + 3. * self.folds[1].at(q)).sin();
        paint.over(&FLUID, 0.55 * cover(below - 2.5) * (leaf - 0.72).max(0.) * 3.);
        paint.over(white, 0.7 * cover(5. - below) * cover(leaf));
        paint.over(white, cover(13. - below + 3. * self.folds[1].at(q)));
    }

    /// Deep nuclei, then ventricles over them.
    fn deep(&self, paint: &mut Paint, q: Place) {
        let side = [q[0].abs(), q[1], q[2]];
        if ellipsoid(side, [0., 10., -4.], [48., 56., 48.]) > 0. {
            return;
        }
        let nuclei = [
            ellipsoid(side, [11., 18., 7.], [8.5, 13., 8.]),
            ellipsoid(side, [15., -14., 6.], [4.5, 10., 9.]),
            ellipsoid(side, [26., -1., 1.], [5.5, 15., 8.]),
        ];
        for nucleus in nuclei {
            paint.over(&DEEP_GREY, cover(nucleus));
        }
        let wide = self.ventricles[usize::from(q[0] < 0.)];
        let path: [Place; 6] = [
            [11., -31., 5.],
            [11., -18., 13.],
            [12., 8., 21.],
            [23., 36., 14.],
            [33., 30., -8.],
            [34., 10., -17.],
        ];
        let radii = [5., 5.6, 5.4, 6.4, 2.8];
        let mut ventricle = f32::INFINITY;
        for (ends, radius) in path.windows(2).zip(radii) {
            let tube = capsule(side, [ends[0], ends[1]], radius + wide);
            ventricle = union(ventricle.min(100.), tube, 5.);
        }
        let third = ellipsoid(side, [0., 12., 0.], [2.2, 15., 9.]);
        let fourth = ellipsoid(side, [0., 42., -33.], [6., 4., 9.]);
        paint.over(&FLUID, cover(ventricle.min(third).min(fourth)));
        let choroid = capsule(side, [[15., 14., 19.], [25., 36., 11.]], 1.8);
        paint.over(&CHOROID, cover(choroid.max(ventricle + 1.)));
    }
}

/// The sheet of dura between the hemispheres.
fn paint_falx(paint: &mut Paint, q: Place, lobes: f32) {
    let side = [q[0].abs(), q[1], q[2]];
    let falx = (side[0] - 0.6).max(9. - beyond_callosum(side)).max(lobes);
    if q[2] > 0. {
        paint.over(&DURA, cover(falx));
    }
}

/// Height of the floor under the cerebrum: rises towards the tentorium.
fn floor(side: Place) -> f32 {
    -20. + 0.14 * (side[1] - 45.).max(0.)
}

fn lobes(side: Place) -> f32 {
    let cerebrum = ellipsoid(side, [0., 16., 20.], [67., 86., 58.]);
    let trimmed = common(cerebrum, floor(side) - side[2], 10.);
    let temporal = ellipsoid(side, [43., 8., -17.], [24., 41., 23.]);
    let lobes = union(trimmed, temporal, 8.);
    let cistern = ellipsoid(side, [0., 14., -20.], [19., 26., 13.]);
    common(lobes, -cistern, 4.)
}

fn cerebellum(side: Place) -> f32 {
    let body = ellipsoid(side, [0., 62., -38.], [51., 33., 24.]);
    let under_tentorium = side[2] - (floor(side) - 3.5);
    let notch = ellipsoid(side, [0., 98., -44.], [5., 14., 18.]);
    common(common(body, under_tentorium, 4.), -notch, 4.)
}

fn stem(side: Place) -> f32 {
    let midbrain = ellipsoid(side, [0., 22., -9.], [17., 11., 11.]);
    let pons = ellipsoid(side, [0., 25., -29.], [16., 12., 15.]);
    let medulla = capsule(side, [[0., 33., -45.], [0., 50., -120.]], 7.5);
    union(union(midbrain, pons, 6.), medulla, 6.)
}

/// How far a place lies outside the callosum and what it encloses, where the hemispheres are
/// joined.
fn beyond_callosum([_, y, z]: Place) -> f32 {
    let (y, z) = ((y - 8.) / 42., (z - 4.) / 22.);
    (y.hypot(z) - 1.) * 22.
}

fn scaled(tissue: &Brightness, factor: f32) -> Brightness {
    tissue.map(|value| value * factor)
}
