//! The unknowns of a motion.

use super::frame::skew;
use super::normal::UNKNOWNS;

/// Radius in mm at which turns and stretches are measured as shifts.
pub(super) const RADIUS_MM: f32 = 80.;

/// Which maps are allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Freedom {
    /// Three turns and three shifts.
    Rigid,
    /// Nine and three.
    Affine,
}

impl Freedom {
    /// Number of unknowns.
    pub fn count(self) -> usize {
        match self {
            Self::Rigid => 6,
            Self::Affine => 12,
        }
    }

    /// How the residual at `u` changes with each unknown, given the edge there; all unknowns are
    /// in mm at [`RADIUS_MM`]. Returns how many there are.
    #[inline]
    pub fn derivatives(self, u: [f32; 3], edge: [f32; 3], out: &mut [f32; UNKNOWNS]) -> usize {
        let ([x, y, z], g) = (u.map(|c| c / RADIUS_MM), edge);
        let turns = match self {
            Self::Rigid => {
                out[0] = z * g[1] - y * g[2];
                out[1] = x * g[2] - z * g[0];
                out[2] = y * g[0] - x * g[1];
                3
            }
            Self::Affine => {
                for (r, row) in out[..9].chunks_exact_mut(3).enumerate() {
                    row.copy_from_slice(&[-g[r] * x, -g[r] * y, -g[r] * z]);
                }
                9
            }
        };
        for (cell, g) in out[turns..turns + 3].iter_mut().zip(g) {
            *cell = -g;
        }
        turns + 3
    }

    /// The linear part and the shift of a step in the unknowns.
    pub fn step(self, unknowns: &[f64]) -> ([[f64; 3]; 3], [f64; 3]) {
        let radius = f64::from(RADIUS_MM);
        let turns = self.count() - 3;
        let shift = [0, 1, 2].map(|a| unknowns[turns + a]);
        let linear = match self {
            Self::Rigid => skew([0, 1, 2].map(|a| unknowns[a] / radius)),
            Self::Affine => [0, 1, 2].map(|r| [0, 1, 2].map(|c| unknowns[3 * r + c] / radius)),
        };
        (linear, shift)
    }
}
