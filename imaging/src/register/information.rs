//! Normalised mutual information: how well each image foretells the other, whatever the contrast.

use super::frame::Frame;
use super::lattice::Lattice;
use super::level::{Kind, Level};
use super::pass::{Edges, Pose};
use super::thick::Profile;
use super::view::View;
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
    let pose = Pose { fixed, moving, frame, lattice, profile: Profile::THIN, edges: Edges::Both };
    let views = pose.views();
    let planes: Vec<Counts> =
        (0..lattice.shape[2]).into_par_iter().map(|k| plane(&pose, k, &views)).collect();
    let mut joint = vec![0.; CLASSES * CLASSES];
    let mut heads = [0.; 3];
    for plane in planes {
        for (sum, more) in joint.iter_mut().zip(&plane.joint) {
            *sum += more;
        }
        for (sum, more) in heads.iter_mut().zip(&plane.heads) {
            *sum += more;
        }
    }
    let smaller = heads[0].min(heads[1]);
    let overlap = if smaller > 0. { heads[2] / smaller } else { 0. };
    Information { nmi: normalised(&joint), overlap }
}

fn plane(pose: &Pose, k: usize, views: &[View; 2]) -> Counts {
    let mut counts = Counts { joint: vec![0.; CLASSES * CLASSES], heads: [0.; 3] };
    for j in 0..pose.lattice.shape[1] {
        pose.row(j, k, views, |met| {
            let [a, b] = met.kinds.map(Kind::is_head);
            for (cell, on) in counts.heads.iter_mut().zip([a, b, a && b]) {
                *cell += f64::from(u8::from(on));
            }
            let (x, u) = class(met.fixed[0], pose.fixed.range);
            let (y, v) = class(met.moving[0], pose.moving.range);
            let at = x + CLASSES * y;
            counts.joint[at] += (1. - u) * (1. - v);
            counts.joint[at + 1] += u * (1. - v);
            counts.joint[at + CLASSES] += (1. - u) * v;
            counts.joint[at + CLASSES + 1] += u * v;
        });
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
