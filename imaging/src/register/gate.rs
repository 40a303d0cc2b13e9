//! Whether an alignment can be believed.
//!
//! Three questions, each with an answer that does not depend on how the alignment was come by:
//!
//! 1. *Is it the same head?* In blocks of 20 mm the two images must rise and fall together
//!    ([`Gate::local_correlation`]), after one has been brought to the contrast of the other. Two
//!    heads of different people, well aligned, share their outline but not their folds.
//! 2. *Do they overlap?* ([`Gate::overlap`])
//! 3. *Would it fit better elsewhere?* Mutual information is measured at the alignment and after
//!    small shifts and turns to either side of it. At a true alignment every step away costs
//!    information; at one that is 2 mm wrong a step back gains it, and the parabola through three
//!    points says how far away the best place is ([`Gate::offset`]). The images are compared with
//!    themselves, so no threshold on information itself is needed, which depends on contrast,
//!    noise and field of view.

mod blocks;

use super::Contrast;
use super::frame::{Frame, turn};
use super::information::{self, Information};
use super::level::Level;
use super::pyramid::{Pyramid, facing};
use interval_core::geometry::{Lps, Transform};
use interval_core::units::Mm;
use interval_core::volume::Volume;

/// What speaks for and against an alignment.
#[derive(Debug, Clone, PartialEq)]
pub struct Gate {
    /// How the intensities of the two images compare.
    pub contrast: Contrast,
    /// Normalised mutual information before registration, where there was one.
    pub nmi_before: Option<f64>,
    /// Normalised mutual information at the alignment: 1 for unrelated images, 2 for equal ones.
    pub nmi: f64,
    /// Mean correlation in blocks of 20 mm, the contrast brought across: 0 to 1.
    pub local_correlation: f64,
    /// Share of the smaller head that lies on the other head: 0 to 1.
    pub overlap: f64,
    /// Share of places where the two differ by more than their noise: change, or misfit.
    pub outliers: f64,
    /// How far away, at the surface of the brain, the images would fit best.
    pub offset: Mm,
}

/// Least mean correlation in blocks for one head in one contrast. Real pairs of one patient months
/// and an operation apart have 0.82 and more, two people at best 0.73.
const CORRELATION_SAME_MIN: f64 = 0.75;
/// The same for two contrasts. Real series of one study have 0.69 and more, but noise and thick
/// slices take a good alignment down to 0.39, and two people reach 0.42: between two contrasts this
/// figure only finds what shows no anatomy at all, and the offset nearby tells the rest.
const CORRELATION_CROSS_MIN: f64 = 0.3;
/// Least share of the smaller head on the other: a field of view cut by half still has it.
const OVERLAP_MIN: f64 = 0.6;
/// Largest distance to the place of best fit: half of the misalignment that must be told, and
/// more than noise, growth and thick slices move the summit (0.3 mm in the pairs we know).
const OFFSET_MAX: Mm = Mm(1.2);
/// Lattice step in mm for all questions: 70,000 points in a head.
const STEP_MM: f64 = 4.;
/// Smoothing of the images that are compared, named by its lattice step in mm.
const DETAIL_MM: f64 = 2.;
/// The shift tried to either side, in mm, and the turn that shifts the surface as far.
const NUDGE_MM: f64 = 2.;
/// Radius of a brain in mm, at which a turn is measured as a shift.
const BRAIN_MM: f64 = 60.;

impl Gate {
    /// Whether the alignment may be used without a look by a person.
    pub fn passed(&self) -> bool {
        self.local_correlation >= self.correlation_min()
            && self.overlap >= OVERLAP_MIN
            && !self.is_off()
    }

    fn correlation_min(&self) -> f64 {
        match self.contrast {
            Contrast::Same => CORRELATION_SAME_MIN,
            Contrast::Cross => CORRELATION_CROSS_MIN,
        }
    }

    /// Whether one head lies beside its place.
    fn is_off(&self) -> bool {
        self.offset > OFFSET_MAX
    }

    /// What decided, in a sentence for a radiologist.
    pub fn why(&self) -> String {
        if self.overlap < OVERLAP_MIN {
            return format!("the two images share only {:.0} % of the head", 100. * self.overlap);
        }
        if self.local_correlation < self.correlation_min() {
            return format!(
                "the anatomy does not agree in detail (mean local correlation {:.2}, at least {} \
                 is needed)",
                self.local_correlation,
                self.correlation_min()
            );
        }
        if self.is_off() {
            return format!("the images would fit better {} mm away or farther", self.offset);
        }
        format!(
            "aligned: no better fit nearby (within {} mm), mean local correlation {:.2}",
            self.offset, self.local_correlation
        )
    }

    /// The gate for images that cannot be compared at all.
    fn shut(contrast: Contrast) -> Self {
        Self {
            contrast,
            nmi_before: None,
            nmi: 1.,
            local_correlation: 0.,
            overlap: 0.,
            outliers: 1.,
            offset: Mm(f64::INFINITY),
        }
    }
}

/// Judges an alignment of two images: one found by registration, or the identity when scanner
/// coordinates are believed. Images that show no head do not pass.
pub fn judge(
    fixed: &Volume<f32>,
    moving: &Volume<f32>,
    fixed_to_moving: &Transform<Lps, Lps>,
    contrast: Contrast,
) -> Gate {
    let pyramids = (Pyramid::of(fixed, None, DETAIL_MM), Pyramid::of(moving, None, DETAIL_MM));
    match pyramids {
        (Ok(fixed), Ok(moving)) => {
            let (fixed, moving) = facing(fixed, moving);
            of_pyramids(&fixed, &moving, fixed_to_moving, contrast)
        }
        _ => Gate::shut(contrast),
    }
}

/// The same for images that have been prepared.
pub(super) fn of_pyramids(
    fixed: &Pyramid,
    moving: &Pyramid,
    motion: &Transform<Lps, Lps>,
    contrast: Contrast,
) -> Gate {
    let (f, m) = (fixed.at(DETAIL_MM), moving.at(DETAIL_MM));
    let centres = [fixed.centre, moving.centre];
    let here = information::of(f, m, motion, (centres, STEP_MM));
    let local = blocks::agreement(fixed, moving, motion, contrast);
    Gate {
        contrast,
        nmi_before: None,
        nmi: here.nmi,
        local_correlation: local.correlation,
        overlap: here.overlap,
        outliers: local.outliers,
        offset: offset((f, m), centres, motion, here),
    }
}

/// Normalised mutual information at a motion.
pub(super) fn nmi(fixed: &Pyramid, moving: &Pyramid, motion: &Transform<Lps, Lps>) -> f64 {
    let centres = [fixed.centre, moving.centre];
    information::of(fixed.at(DETAIL_MM), moving.at(DETAIL_MM), motion, (centres, STEP_MM)).nmi
}

/// How far away the best fit is, from the parabolas along three shifts and three turns.
fn offset(
    (fixed, moving): (&Level, &Level),
    centres: [[f64; 3]; 2],
    motion: &Transform<Lps, Lps>,
    here: Information,
) -> Mm {
    let frame = Frame::halfway(motion, centres[0], centres[1]);
    let nmi = |axis: usize, sign: f64| {
        let mut unknowns = [0.; 6];
        unknowns[axis] = sign * NUDGE_MM;
        let turned = turn([0, 1, 2].map(|a| unknowns[a] / BRAIN_MM));
        let linear =
            [0, 1, 2].map(|r| [0, 1, 2].map(|c| turned[r][c] - if r == c { 1. } else { 0. }));
        let shift = [unknowns[3], unknowns[4], unknowns[5]];
        let nudged = frame.stepped(linear, shift);
        information::of(fixed, moving, &nudged, (centres, STEP_MM)).nmi
    };
    let away = (0..6).map(|axis| vertex(nmi(axis, -1.), here.nmi, nmi(axis, 1.)));
    Mm(away.map(|x| (x * NUDGE_MM).powi(2)).sum::<f64>().sqrt())
}

/// Where the parabola through three heights at -1, 0 and 1 is highest. Beyond the ends nothing is
/// known but the direction, so it is held there.
fn vertex(below: f64, here: f64, above: f64) -> f64 {
    let bend = 2. * here - below - above;
    let rise = 0.5 * (above - below);
    if bend > 0. { (rise / bend).clamp(-1., 1.) } else { 1_f64.copysign(rise) }
}
