//! The affine map that brings the atlas' outline onto the one that was met in the head.
//!
//! The first placing looks at all of the brain; how large it comes out depends on the contrast of
//! what is outside. The outline itself tells the size better.

use interval_core::geometry::{Lps, Transform};

/// Unknowns: the nine cells of a matrix and a shift.
const UNKNOWNS: usize = 12;

/// Pull of each unknown towards no change, in squared mm of error by place: keeps directions still
/// that the outline does not tell.
const RIDGE: f64 = 0.02;

/// Typical distance from the middle of a brain, in mm: makes turns and shifts weigh alike.
const RADIUS_MM: f64 = 70.;

/// The change of the atlas for which the distances (mm) along directions are made up best, in the
/// sense of least squares; no change where there is nothing to go by.
pub fn refit(
    places: &[[f64; 3]],
    directions: &[[f64; 3]],
    distances: &[Option<f64>],
) -> Transform<Lps, Lps> {
    let count = places.len().max(1) as f64;
    let centre = [0, 1, 2].map(|a| places.iter().map(|place| place[a]).sum::<f64>() / count);
    // The sum of squares as a matrix, with the right side as its last column.
    let mut sums = [[0_f64; UNKNOWNS + 1]; UNKNOWNS];
    for (place, (out, distance)) in places.iter().zip(directions.iter().zip(distances)) {
        let Some(distance) = distance else { continue };
        let mut row = [0_f64; UNKNOWNS + 1];
        for (r, out) in out.iter().enumerate() {
            for c in 0..3 {
                row[3 * r + c] = out * (place[c] - centre[c]) / RADIUS_MM;
            }
            row[9 + r] = *out;
        }
        row[UNKNOWNS] = *distance;
        for (sums, factor) in sums.iter_mut().zip(row) {
            for (sum, cell) in sums.iter_mut().zip(row) {
                *sum += factor * cell;
            }
        }
    }
    for (n, sums) in sums.iter_mut().enumerate() {
        sums[n] += RIDGE * count;
    }
    let change = solve(sums);
    Transform::new([0, 1, 2].map(|r| {
        let cells = [0, 1, 2].map(|c| change[3 * r + c] / RADIUS_MM);
        let moved: f64 = (0..3).map(|c| cells[c] * centre[c]).sum();
        let mut row = [cells[0], cells[1], cells[2], change[9 + r] - moved];
        row[r] += 1.;
        row
    }))
}

/// Solves a system whose matrix is symmetric and, thanks to the ridge, positive: no pivots needed.
fn solve(mut rows: [[f64; UNKNOWNS + 1]; UNKNOWNS]) -> [f64; UNKNOWNS] {
    for n in 0..UNKNOWNS {
        let pivot = rows[n];
        for row in rows.iter_mut().skip(n + 1) {
            let factor = row[n] / pivot[n];
            for (cell, pivot) in row.iter_mut().zip(pivot) {
                *cell -= factor * pivot;
            }
        }
    }
    let mut found = [0.; UNKNOWNS];
    for n in (0..UNKNOWNS).rev() {
        let known: f64 = (n + 1..UNKNOWNS).map(|m| rows[n][m] * found[m]).sum();
        found[n] = (rows[n][UNKNOWNS] - known) / rows[n][n];
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ball_that_grew_and_moved_is_met() {
        // Directions over the ball: a spiral.
        let directions: Vec<[f64; 3]> = (0..500)
            .map(|n| {
                let z = 1. - (f64::from(n) + 0.5) / 250.;
                let (s, c) = (f64::from(n) * 2.4).sin_cos();
                let r = (1. - z * z).sqrt();
                [r * c, r * s, z]
            })
            .collect();
        let places: Vec<[f64; 3]> = directions.iter().map(|d| d.map(|c| 10. + 70. * c)).collect();
        // Seen from its places the ball is 5 mm larger and 3 mm to the left.
        let distances: Vec<Option<f64>> = directions.iter().map(|d| Some(5. + 3. * d[0])).collect();
        let map = refit(&places, &directions, &distances);
        let [x, y, _] = map.apply_to([80., 10., 10.]);
        // The ridge keeps back a few hundredths.
        assert!((x - 88.).abs() < 0.6 && (y - 10.).abs() < 0.1, "{x} {y}");
        let nothing = refit(&places, &directions, &vec![None; 500]);
        assert_eq!(nothing, Transform::identity());
    }
}
