//! The unknowns of a motion: three turns and three shifts, all in mm at [`RADIUS_MM`].

use super::frame::skew;
use super::normal::UNKNOWNS;

/// Radius in mm at which turns are measured as shifts.
pub(super) const RADIUS_MM: f32 = 80.;

/// Number of unknowns.
pub(super) const COUNT: usize = 6;

/// How the residual at `u` changes with each unknown, given the edge there.
#[inline]
pub(super) fn derivatives(u: [f32; 3], edge: [f32; 3], out: &mut [f32; UNKNOWNS]) {
    let ([x, y, z], g) = (u.map(|c| c / RADIUS_MM), edge);
    out[0] = z * g[1] - y * g[2];
    out[1] = x * g[2] - z * g[0];
    out[2] = y * g[0] - x * g[1];
    for (cell, g) in out[3..COUNT].iter_mut().zip(g) {
        *cell = -g;
    }
}

/// The linear part and the shift of a step in the unknowns.
pub(super) fn step(unknowns: &[f64]) -> ([[f64; 3]; 3], [f64; 3]) {
    let radius = f64::from(RADIUS_MM);
    let turns = skew([0, 1, 2].map(|a| unknowns[a] / radius));
    (turns, [0, 1, 2].map(|a| unknowns[3 + a]))
}
