//! The surface of a head: what lies just inside and just outside of it.

use super::level::{Kind, Level, index};
use interval_core::geometry::{Transform, Voxel};

/// Depth in mm of what moves by itself between two scans and shows little: scalp, fat, muscle,
/// bone.
const SKIN_MM: f64 = 14.;
/// Width in mm of the outside that counts around a stripped brain: fluid and inner bone.
const RIM_MM: f64 = 6.;
/// Lattice step in mm of the coarsest level that is measured itself; finer levels look it up.
const MEASURED_MM: f64 = 3.;

/// Marks the skin of a whole head on all levels, coarsest first.
pub(super) fn mark_skin(levels: &mut [Level]) {
    let measured = levels.iter().rposition(|level| level.step_mm >= MEASURED_MM).unwrap_or(0);
    let split = (measured + 1).min(levels.len());
    let (coarse, fine) = levels.split_at_mut(split);
    for level in coarse.iter_mut() {
        let skin = grown(outside(level), level, SKIN_MM);
        for (kind, skin) in level.kinds.iter_mut().zip(skin) {
            if skin && *kind == Kind::Head {
                *kind = Kind::Skin;
            }
        }
    }
    let Some(known) = coarse.last() else { return };
    for level in fine {
        look_up(level, known);
    }
}

/// Takes the skin from a coarser level of the same image.
fn look_up(level: &mut Level, known: &Level) {
    let to_known: Transform<Voxel, Voxel> = level.to_lps().then(&known.to_index);
    let nearest = |a: usize, n: usize| {
        // both levels lie on the axes of the image
        let at = to_known.rows[a][a] * n as f64 + to_known.rows[a][3];
        (at.round().max(0.) as usize).min(known.shape[a] - 1)
    };
    let tables = [0, 1, 2].map(|a| (0..level.shape[a]).map(|n| nearest(a, n)).collect::<Vec<_>>());
    let [ni, nj, _] = level.shape;
    let [ki, kj, _] = known.shape;
    for (offset, kind) in level.kinds.iter_mut().enumerate() {
        let (i, j, k) = (offset % ni, offset / ni % nj, offset / (ni * nj));
        let at = tables[0][i] + ki * (tables[1][j] + kj * tables[2][k]);
        if *kind == Kind::Head && known.kinds[at] == Kind::Skin {
            *kind = Kind::Skin;
        }
    }
}

/// Air that is connected with the border of the image: sinuses are inside.
fn outside(level: &Level) -> Vec<bool> {
    let shape = level.shape;
    let mut seen = vec![false; level.kinds.len()];
    let mut waiting: Vec<usize> = (0..seen.len())
        .filter(|offset| level.kinds[*offset] == Kind::Air)
        .filter(|offset| {
            let at = index(*offset, shape);
            (0..3).any(|a| at[a] == 0 || at[a] + 1 == shape[a])
        })
        .collect();
    while let Some(offset) = waiting.pop() {
        if std::mem::replace(&mut seen[offset], true) {
            continue;
        }
        for a in 0..3 {
            waiting.extend(
                neighbours(offset, a, shape)
                    .into_iter()
                    .flatten()
                    .filter(|next| level.kinds[*next] == Kind::Air && !seen[*next]),
            );
        }
    }
    seen
}

/// The two neighbours of a voxel along an axis, where there are any.
fn neighbours(offset: usize, axis: usize, shape: [usize; 3]) -> [Option<usize>; 2] {
    let stride = [1, shape[0], shape[0] * shape[1]][axis];
    let n = offset / stride % shape[axis];
    [(n > 0).then(|| offset - stride), (n + 1 < shape[axis]).then(|| offset + stride)]
}

/// A set of voxels with everything within a distance of it, measured along the axes.
fn grown(mut inside: Vec<bool>, level: &Level, distance_mm: f64) -> Vec<bool> {
    let spacing = level.to_lps().steps();
    let stride = spacing.iter().copied().fold(f64::INFINITY, f64::min);
    let rounds = (distance_mm / stride).ceil() as usize;
    for round in 1..=rounds {
        // an axis with thick slices takes a step only when the others have come as far
        let steps = |a: usize, round: usize| (round as f64 * stride / spacing[a] + 1e-6) as usize;
        let due = [0, 1, 2].map(|a| steps(a, round) > steps(a, round - 1));
        let before = inside.clone();
        for (offset, cell) in inside.iter_mut().enumerate().filter(|(_, cell)| !**cell) {
            *cell = (0..3).filter(|a| due[*a]).any(|a| {
                neighbours(offset, a, level.shape).into_iter().flatten().any(|next| before[next])
            });
        }
    }
    inside
}

/// The level of a stripped brain where air farther than [`RIM_MM`] from it does not count.
pub(super) fn rimmed(level: Level) -> Level {
    let head = level.kinds.iter().map(|kind| kind.is_head()).collect();
    let near = grown(head, &level, RIM_MM);
    let kinds = level.kinds.iter().zip(near);
    let kinds = kinds.map(|(kind, near)| if near { *kind } else { Kind::Void }).collect();
    Level { kinds, ..level }
}
