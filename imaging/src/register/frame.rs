//! Motions: halves, small steps and inverses.

use interval_core::geometry::{Lps, Transform};

/// Space: millimetres on the lattice between two images, around the common centre.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Between {}

/// Where the lattice lies in both images.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame {
    pub to_fixed: Transform<Between, Lps>,
    pub to_moving: Transform<Between, Lps>,
}

/// The inverse of a map that is known not to flatten space: motions and the affines of images
/// that have been checked.
pub(super) fn inverse<A, B>(map: &Transform<A, B>) -> Transform<B, A> {
    map.inverse().unwrap_or_else(|| Transform::new([[f64::NAN; 4]; 3]))
}

impl Frame {
    /// Halfway: each image is turned by half of the motion, about a centre that both share.
    pub fn halfway(motion: &Transform<Lps, Lps>, fixed: [f64; 3], moving: [f64; 3]) -> Self {
        let [to_fixed, to_moving] = centres(motion, fixed, moving);
        let half = half_turn(linear(motion));
        Self { to_fixed: about(transposed(half), to_fixed), to_moving: about(half, to_moving) }
    }

    /// On the axes of the moving image.
    pub fn on_moving(motion: &Transform<Lps, Lps>, centre: [f64; 3]) -> Self {
        let to_moving = about(IDENTITY, centre);
        Self { to_fixed: to_moving.then(&inverse(motion)), to_moving }
    }

    /// The motion after a small step `u -> (1 + D/2) u + b/2` in the moving image and the opposite
    /// one in the fixed image. Cayley's formula keeps a rotation a rotation when `D` is skew.
    pub fn stepped(&self, d: [[f64; 3]; 3], b: [f64; 3]) -> Transform<Lps, Lps> {
        let half = |sign: f64| {
            Transform::<Between, Between>::new([0, 1, 2].map(|r| {
                let row = [0, 1, 2].map(|c| IDENTITY[r][c] + sign * 0.5 * d[r][c]);
                [row[0], row[1], row[2], sign * 0.5 * b[r]]
            }))
        };
        inverse(&self.to_fixed).then(&inverse(&half(-1.))).then(&half(1.)).then(&self.to_moving)
    }
}

pub(super) const IDENTITY: [[f64; 3]; 3] = [[1., 0., 0.], [0., 1., 0.], [0., 0., 1.]];

/// The middle of two centres, seen from both images.
fn centres(motion: &Transform<Lps, Lps>, fixed: [f64; 3], moving: [f64; 3]) -> [[f64; 3]; 2] {
    let back = inverse(motion).apply_to(moving);
    let middle = [0, 1, 2].map(|a| f64::midpoint(fixed[a], back[a]));
    [middle, motion.apply_to(middle)]
}

/// The 3x3 part.
pub(super) fn linear<A, B>(map: &Transform<A, B>) -> [[f64; 3]; 3] {
    map.rows.map(|[x, y, z, _]| [x, y, z])
}

fn transposed(m: [[f64; 3]; 3]) -> [[f64; 3]; 3] {
    [0, 1, 2].map(|r| [0, 1, 2].map(|c| m[c][r]))
}

/// A turn about the lattice centre, which lies at `centre`.
fn about<B>(turn: [[f64; 3]; 3], centre: [f64; 3]) -> Transform<Between, B> {
    Transform::new([0, 1, 2].map(|r| [turn[r][0], turn[r][1], turn[r][2], centre[r]]))
}

/// The rotation by half the angle.
fn half_turn(r: [[f64; 3]; 3]) -> [[f64; 3]; 3] {
    let axis = [r[2][1] - r[1][2], r[0][2] - r[2][0], r[1][0] - r[0][1]].map(|x| 0.5 * x);
    let sine = axis.iter().map(|x| x * x).sum::<f64>().sqrt();
    let cosine = 0.5 * (r[0][0] + r[1][1] + r[2][2] - 1.);
    let angle = sine.atan2(cosine);
    let scale = if sine > 1e-12 { angle / sine } else { 1. };
    turn(axis.map(|x| 0.5 * scale * x))
}

/// The rotation about a vector, by its length in radians (Rodrigues).
pub(super) fn turn(w: [f64; 3]) -> [[f64; 3]; 3] {
    let angle = w.iter().map(|x| x * x).sum::<f64>().sqrt();
    let (s, c) = if angle > 1e-9 {
        (angle.sin() / angle, (1. - angle.cos()) / (angle * angle))
    } else {
        (1., 0.5)
    };
    let k = skew(w);
    [0, 1, 2].map(|r| {
        [0, 1, 2].map(|col| {
            let square: f64 = (0..3).map(|m| k[r][m] * k[m][col]).sum();
            IDENTITY[r][col] + s * k[r][col] + c * square
        })
    })
}

/// The matrix that takes the cross product with a vector.
pub(super) fn skew([x, y, z]: [f64; 3]) -> [[f64; 3]; 3] {
    [[0., -z, y], [z, 0., -x], [-y, x, 0.]]
}

/// The motion that turns about `fixed` and carries it to `moving`.
pub(super) fn turned(w: [f64; 3], fixed: [f64; 3], moving: [f64; 3]) -> Transform<Lps, Lps> {
    let r = turn(w);
    Transform::new([0, 1, 2].map(|row| {
        let shift = moving[row] - (0..3).map(|c| r[row][c] * fixed[c]).sum::<f64>();
        [r[row][0], r[row][1], r[row][2], shift]
    }))
}

/// The nearest rotation, so that rounding does not add up over many steps.
pub(super) fn straightened(motion: &Transform<Lps, Lps>, about: [f64; 3]) -> Transform<Lps, Lps> {
    let target = motion.apply_to(about);
    let mut m = Transform::<Lps, Lps>::new(linear(motion).map(|[x, y, z]| [x, y, z, 0.]));
    for _ in 0..3 {
        let back = transposed(linear(&inverse(&m)));
        let mean = [0, 1, 2].map(|r| [0, 1, 2].map(|c| f64::midpoint(m.rows[r][c], back[r][c])));
        m = Transform::new(mean.map(|[x, y, z]| [x, y, z, 0.]));
    }
    let carried = m.apply_to(about);
    let r = linear(&m);
    Transform::new(
        [0, 1, 2].map(|row| [r[row][0], r[row][1], r[row][2], target[row] - carried[row]]),
    )
}
