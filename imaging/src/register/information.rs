//! Normalised mutual information: how well each image foretells the other, whatever the contrast.

use super::frame::Frame;
use super::lattice::Lattice;
use super::level::{Kind, Level};
use super::pass::{Edges, Freedom, Pose, View};
use super::thick::Profile;
use interval_core::geometry::{Lps, Transform};
use rayon::prelude::*;

/// Intensity classes on each axis of the joint histogram.
const CLASSES: usize = 32;

/// What the joint histogram of two images says at one pose.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Information {
    /// Normalised mutual information, (H(A) + H(B)) / H(A, B): 1 for unrelated images, 2 for equal
    /// ones (Studholme 1999, doi 10.1016/S0031-3203(98)00091-0).
    pub nmi: f64,
    /// Share of the smaller head that lies on the other head.
    pub overlap: f64,
}

impl Information {
    /// One number to choose a pose by: information counts only where the heads overlap.
    pub fn score(&self) -> f64 {
        const ENOUGH: f64 = 0.7;
        (self.nmi - 1.) * (self.overlap / ENOUGH).min(1.)
    }
}

/// Sums of one plane.
struct Counts {
    joint: Vec<f64>,
    /// Points on the fixed head, on the moving head, on both; where both images have voxels.
    heads: [f64; 3],
}

/// Compares two levels at a motion, on a lattice with this step in mm.
pub(super) fn of(
    fixed: &Level,
    moving: &Level,
    motion: &Transform<Lps, Lps>,
    (centres, step): ([[f64; 3]; 2], f64),
) -> Information {
    let frame = Frame::halfway(motion, centres[0], centres[1]);
    let lattice = Lattice::halfway(&frame, fixed, moving, step);
    let pose = Pose {
        fixed,
        moving,
        frame,
        lattice,
        profile: Profile::THIN,
        edges: Edges::Both,
        freedom: Freedom::Rigid,
    };
    let (f, m) = (View::fixed(&pose), View::moving(&pose));
    let planes: Vec<Counts> =
        (0..lattice.shape[2]).into_par_iter().map(|k| plane(&pose, k, &f, &m)).collect();
    let mut joint = vec![0.; CLASSES * CLASSES];
    let mut heads = [0.; 3];
    for plane in planes {
        joint.iter_mut().zip(&plane.joint).for_each(|(sum, more)| *sum += more);
        heads.iter_mut().zip(&plane.heads).for_each(|(sum, more)| *sum += more);
    }
    let smaller = heads[0].min(heads[1]);
    let overlap = if smaller > 0. { heads[2] / smaller } else { 0. };
    Information { nmi: normalised(&joint), overlap }
}

fn plane(pose: &Pose, k: usize, fixed: &View, moving: &View) -> Counts {
    let mut counts = Counts { joint: vec![0.; CLASSES * CLASSES], heads: [0.; 3] };
    let [ni, nj, _] = pose.lattice.shape;
    for j in 0..nj {
        for i in 0..ni {
            let at = [i as f64, j as f64, k as f64];
            let a = fixed.sample(fixed.at.apply_to(at).map(|x| x as f32));
            let b = moving.sample(moving.at.apply_to(at).map(|x| x as f32));
            let (Some((a, a_kind)), Some((b, b_kind))) = (a, b) else { continue };
            let (on_a, on_b) = (a_kind == Kind::Head, b_kind == Kind::Head);
            if a_kind == Kind::Void || b_kind == Kind::Void || !(on_a || on_b) {
                continue;
            }
            for (cell, on) in counts.heads.iter_mut().zip([on_a, on_b, on_a && on_b]) {
                *cell += if on { 1. } else { 0. };
            }
            let (x, u) = class(a[0], pose.fixed.range);
            let (y, v) = class(b[0], pose.moving.range);
            counts.joint[x + CLASSES * y] += (1. - u) * (1. - v);
            counts.joint[x + 1 + CLASSES * y] += u * (1. - v);
            counts.joint[x + CLASSES * (y + 1)] += (1. - u) * v;
            counts.joint[x + 1 + CLASSES * (y + 1)] += u * v;
        }
    }
    counts
}

/// The class below a log intensity, and the share of the one above.
fn class(x: f32, [low, high]: [f32; 2]) -> (usize, f64) {
    let end = (CLASSES - 1) as f32;
    let t = ((x - low) / (high - low).max(1e-3) * end).clamp(0., end - 1e-3);
    (t as usize, f64::from(t - t.floor()))
}

fn normalised(joint: &[f64]) -> f64 {
    let total: f64 = joint.iter().sum();
    if total <= 0. {
        return 1.;
    }
    let entropy = |counts: &mut dyn Iterator<Item = f64>| -> f64 {
        counts.map(|n| n / total).filter(|p| *p > 0.).map(|p| -p * p.ln()).sum()
    };
    let column = |x: usize| (0..CLASSES).map(|y| joint[x + CLASSES * y]).sum::<f64>();
    let row = |y: usize| joint[CLASSES * y..CLASSES * (y + 1)].iter().sum::<f64>();
    let apart = entropy(&mut (0..CLASSES).map(column)) + entropy(&mut (0..CLASSES).map(row));
    let together = entropy(&mut joint.iter().copied());
    if together > 1e-9 { apart / together } else { 1. }
}
