//! The middle of the skull's base: from the frontal lobes to the clivus brain, nerves, vessels and
//! bone lie within millimetres of each other, often without dark fluid between, so that no ray tells
//! where the brain ends. There the outline is not looked for: it is held well outside of the
//! atlas'.

use super::atlas::Atlas;

/// From the base of the frontal lobes to the clivus, in mm of the atlas (LPS, front is negative).
const FRONT_TO_BACK_MM: [f64; 2] = [-62., 32.];

/// Distance from the middle, in mm, within which the reach is largest: sella and clivus.
const MIDDLE_MM: f64 = 8.;

/// Reach in the middle, in mm from the atlas' outline: heads differ there by as much as the pons
/// is away from the clivus.
const REACH_MM: f64 = 15.;

/// By how much the reach shrinks with each mm further out: the temporal lobes lie in bone that
/// rays do tell.
const SHRINKS: f64 = 0.25;

/// How far outside of the atlas' outline (mm) everything is kept at a place of the atlas; nothing
/// away from the base.
pub fn reach_mm(atlas: &Atlas, place: [f64; 3]) -> Option<f64> {
    let [left, back, up] = place;
    let [front, rear] = FRONT_TO_BACK_MM;
    if up >= 0. || !(front..rear).contains(&back) {
        return None;
    }
    let reach = REACH_MM - SHRINKS * (left.abs() - MIDDLE_MM).max(0.);
    let downwards = || atlas.outwards(place).is_some_and(|out| out[2] < 0.);
    (reach > 0. && downwards()).then_some(reach)
}
