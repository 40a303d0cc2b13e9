//! A template brought onto a patient's head.

use super::frame::inverse;
use super::freedom::Freedom;
use super::gate::{self, Gate, Kinship};
use super::optimise::{Found, Stage};
use super::pyramid::{Pyramid, facing};
use super::relation::Relation;
use super::{Contrast, RegisterError, Registration, Start, search};
use interval_core::volume::Volume;

/// Lattice step of the last level in mm: two heads do not agree more closely than that.
const FINEST_MM: f64 = 4.;

/// The affine map (12 degrees of freedom) from a template to a head of any contrast, whole or
/// stripped, from any start that shows the head upright within 30 degrees. A stripped template on
/// a whole head is matched by the brain and a rim of fluid and bone around it, so scalp and neck
/// do not pull.
pub fn affine(template: &Volume<f32>, head: &Volume<f32>) -> Result<Registration, RegisterError> {
    let fixed = Pyramid::of(template, None, FINEST_MM).map_err(|cause| cause.named("template"))?;
    let moving = Pyramid::of(head, None, FINEST_MM).map_err(|cause| cause.named("head"))?;
    let (fixed, moving) = facing(fixed, moving);
    let start = search::start(&fixed, &moving, Start::Search, Contrast::Cross);
    let relation = Relation::first(fixed.coarsest(), moving.coarsest(), Contrast::Cross);
    let mut found = Found { fixed_to_moving: start, relation, iterations: 0 };
    // Place before size: stretched while it is still beside its place, a template shrinks into a
    // piece of the head that looks the same everywhere.
    for freedom in [Freedom::Rigid, Freedom::Affine] {
        for levels in fixed.levels.iter().zip(&moving.levels) {
            Stage { freedom, ..Stage::rigid(&fixed, &moving, levels) }.refine(&mut found);
        }
    }
    let gate = Gate {
        kinship: Kinship::Template,
        ..gate::of_pyramids(&fixed, &moving, &found.fixed_to_moving, Contrast::Cross)
    };
    Ok(Registration {
        fixed_to_moving: found.fixed_to_moving,
        moving_to_fixed: inverse(&found.fixed_to_moving),
        gate,
        iterations: found.iterations,
    })
}
