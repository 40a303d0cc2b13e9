//! Lines inside the outline of one slice.

use crate::measure::diameters::Ends;
use interval_core::geometry::{Grid, Lps, Point};

/// Distance between the samples at which a line must be inside, in pixels.
const SAMPLE_PIXELS: f64 = 0.2;

/// How far two lines may be from a right angle (RANO-assist and the usual reading of Macdonald).
const SQUARE_WITHIN_DEGREES: f64 = 5.;

/// Which pixels of one slice are measured.
#[derive(Debug, Clone)]
pub struct Plane {
    grid: Grid,
    k: usize,
    inside: Vec<bool>,
}

/// A straight line between two pixels of a slice.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Line {
    /// Continuous indices (i, j) of both ends.
    pub ends: [[f64; 2]; 2],
    /// Length in mm.
    pub length_mm: f64,
}

impl Plane {
    /// Slice `k` of a grid with the pixels for which `inside` (by offset) holds.
    pub fn new(grid: Grid, k: usize, inside: impl Fn(usize) -> bool) -> Self {
        let first = grid.offset([0, 0, k]);
        let pixels = grid.shape[0] * grid.shape[1];
        Self { grid, k, inside: (first..first + pixels).map(inside).collect() }
    }

    /// Number of pixels inside.
    pub fn count(&self) -> usize {
        self.inside.iter().filter(|inside| **inside).count()
    }

    fn has(&self, i: isize, j: isize) -> bool {
        let [ni, nj, _] = self.grid.shape;
        let on_slice = i >= 0 && j >= 0 && (i as usize) < ni && (j as usize) < nj;
        on_slice && self.inside[i as usize + ni * j as usize]
    }

    /// Adds the pixels that no path of neighbours outside connects with the edge of the slice.
    pub fn fill(&mut self) {
        let [ni, nj, _] = self.grid.shape;
        let mut open = vec![false; self.inside.len()];
        let mut front: Vec<usize> = (0..self.inside.len())
            .filter(|&at| {
                let (i, j) = (at % ni, at / ni);
                (i == 0 || j == 0 || i + 1 == ni || j + 1 == nj) && !self.inside[at]
            })
            .collect();
        while let Some(at) = front.pop() {
            if std::mem::replace(&mut open[at], true) {
                continue;
            }
            let (i, j) = (at % ni, at / ni);
            let near = [(i > 0, at.wrapping_sub(1)), (i + 1 < ni, at + 1)]
                .into_iter()
                .chain([(j > 0, at.wrapping_sub(ni)), (j + 1 < nj, at + ni)]);
            front.extend(
                near.filter(|&(there, _)| there)
                    .map(|(_, next)| next)
                    .filter(|&next| !self.inside[next] && !open[next]),
            );
        }
        for (inside, open) in self.inside.iter_mut().zip(open) {
            *inside = !open;
        }
    }

    /// Pixels inside with a side neighbour outside.
    fn border(&self) -> Vec<[f64; 2]> {
        let ni = self.grid.shape[0];
        let on_border = |&at: &usize| {
            let (i, j) = ((at % ni) as isize, (at / ni) as isize);
            self.inside[at]
                && [(-1, 0), (1, 0), (0, -1), (0, 1)].iter().any(|(a, b)| !self.has(i + a, j + b))
        };
        let place = |at: usize| [(at % ni) as f64, (at / ni) as f64];
        (0..self.inside.len()).filter(on_border).map(place).collect()
    }

    /// Millimetres of a step of (i, j) pixels; exact on sheared grids too.
    fn millimetres(&self, step: [f64; 2]) -> [f64; 3] {
        self.grid.to_lps.rows.map(|row| row[0] * step[0] + row[1] * step[1])
    }

    fn contains(&self, a: [f64; 2], b: [f64; 2]) -> bool {
        let steps = ((b[0] - a[0]).hypot(b[1] - a[1]) / SAMPLE_PIXELS).ceil().max(1.);
        (0..=steps as usize).all(|n| {
            let part = n as f64 / steps;
            let at = [0, 1].map(|c| (a[c] + (b[c] - a[c]) * part + 0.5).floor() as isize);
            self.has(at[0], at[1])
        })
    }

    /// The line between two pixel centres, as long as `ends` wants it. With [`Ends::Edges`] it is
    /// half a pixel longer at both ends, along its own direction.
    fn line(&self, [a, b]: [[f64; 2]; 2], ends: Ends) -> Line {
        let step = [b[0] - a[0], b[1] - a[1]];
        let pixels = step[0].hypot(step[1]);
        let more = match ends {
            Ends::Edges if pixels > 0. => 0.5 / pixels,
            Ends::Edges | Ends::Centres => 0.,
        };
        let length_mm = norm(self.millimetres(step)) * (1. + 2. * more);
        let out = |from: [f64; 2], sign: f64| [0, 1].map(|c| from[c] + sign * more * step[c]);
        Line { ends: [out(a, -1.), out(b, 1.)], length_mm }
    }

    /// The longest line fully inside, and the longest one inside that crosses it at a right angle;
    /// nothing when their product is not above `least_mm2`.
    pub fn diameters(&self, ends: Ends, least_mm2: f64) -> Option<[Line; 2]> {
        let border = self.border();
        let pair = |a: usize, b: usize| self.line([border[a], border[b]], ends).length_mm;
        let count = border.len();
        let mut pairs: Vec<(f64, usize, usize)> = (0..count)
            .flat_map(|a| (a + 1..count).map(move |b| (a, b)))
            .map(|(a, b)| (pair(a, b), a, b))
            // The line across is never the longer one.
            .filter(|(length, ..)| length * length > least_mm2)
            .collect();
        pairs.sort_unstable_by(|x, y| y.0.total_cmp(&x.0).then((x.1, x.2).cmp(&(y.1, y.2))));
        let long = pairs
            .iter()
            .map(|&(_, a, b)| [border[a], border[b]])
            .find(|[a, b]| self.contains(*a, *b))
            .or_else(|| border.first().map(|only| [*only, *only]))?;
        let short = self.across(long, &border, ends);
        let long = self.long_line(long, ends);
        (long.length_mm * short.length_mm > least_mm2).then_some([long, short])
    }

    /// A single pixel is as long as it is wide.
    fn long_line(&self, [a, b]: [[f64; 2]; 2], ends: Ends) -> Line {
        if a == b { self.pixel(a, [1., 0.], ends) } else { self.line([a, b], ends) }
    }

    /// One pixel's extent in a direction given in pixels.
    fn pixel(&self, at: [f64; 2], direction: [f64; 2], ends: Ends) -> Line {
        let half = match ends {
            Ends::Edges => 0.5 / direction[0].hypot(direction[1]),
            Ends::Centres => 0.,
        };
        let step = direction.map(|c| c * half);
        let ends = [[at[0] - step[0], at[1] - step[1]], [at[0] + step[0], at[1] + step[1]]];
        Line { ends, length_mm: 2. * norm(self.millimetres(step)) }
    }

    /// The longest line inside that crosses `long` at a right angle; the width of one pixel where
    /// the outline is no wider.
    fn across(&self, long: [[f64; 2]; 2], border: &[[f64; 2]], ends: Ends) -> Line {
        let along = [long[1][0] - long[0][0], long[1][1] - long[0][1]];
        let along_mm = self.millimetres(along);
        let slack = SQUARE_WITHIN_DEGREES.to_radians().sin() * norm(along_mm);
        let mut candidates = Vec::new();
        for (n, &a) in border.iter().enumerate() {
            for &b in &border[n + 1..] {
                let step = self.millimetres([b[0] - a[0], b[1] - a[1]]);
                if dot(step, along_mm).abs() < slack * norm(step) && cross([a, b], long) {
                    candidates.push((self.line([a, b], ends).length_mm, [a, b]));
                }
            }
        }
        candidates.sort_by(|x, y| y.0.total_cmp(&x.0));
        candidates
            .into_iter()
            .map(|(_, pair)| pair)
            .find(|[a, b]| self.contains(*a, *b))
            .map_or_else(
                || {
                    let middle = [0, 1].map(|c| f64::midpoint(long[0][c], long[1][c]));
                    let upright = if along == [0., 0.] { [0., 1.] } else { [-along[1], along[0]] };
                    self.pixel(middle, upright, ends)
                },
                |pair| self.line(pair, ends),
            )
    }

    /// Where the ends of a line lie in the patient.
    pub fn places(&self, line: &Line) -> [Point<Lps>; 2] {
        line.ends.map(|[i, j]| self.grid.to_lps.apply(Point::new([i, j, self.k as f64])))
    }
}

fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn norm(a: [f64; 3]) -> f64 {
    dot(a, a).sqrt()
}

/// Whether two segments have a point in common.
fn cross([a, b]: [[f64; 2]; 2], [c, d]: [[f64; 2]; 2]) -> bool {
    let side = |p: [f64; 2], q: [f64; 2], r: [f64; 2]| {
        (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0])
    };
    side(a, b, c) * side(a, b, d) <= 0. && side(c, d, a) * side(c, d, b) <= 0.
}
