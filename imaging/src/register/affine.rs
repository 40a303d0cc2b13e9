//! A template brought onto a patient's head.

use super::frame::inverse;
use super::freedom::Freedom;
use super::gate;
use super::level::Pyramid;
use super::optimise::{Found, Stage};
use super::relation::Relation;
use super::{Contrast, RegisterError, Registration, search};
use interval_core::volume::Volume;

/// Lattice step of the last level in mm: two heads do not agree more closely than that.
const FINEST_MM: f64 = 4.;

/// The affine map (12 degrees of freedom) from a template to a head of any contrast.
pub fn affine(template: &Volume<f32>, head: &Volume<f32>) -> Result<Registration, RegisterError> {
    let fixed = Pyramid::of(template, None, FINEST_MM).map_err(|cause| cause.named("fixed"))?;
    let moving = Pyramid::of(head, None, FINEST_MM).map_err(|cause| cause.named("moving"))?;
    let start = search::start(&fixed, &moving, super::Start::Search, Contrast::Cross);
    let relation = Relation::first(fixed.coarsest(), moving.coarsest(), Contrast::Cross);
    let mut found = Found { fixed_to_moving: start, relation, iterations: 0 };
    for freedom in [Freedom::Rigid, Freedom::Affine] {
        for (f, m) in fixed.levels.iter().zip(&moving.levels) {
            let stage = Stage {
                fixed: f,
                moving: m,
                centres: [fixed.centre, moving.centre],
                freedom,
                slices: None,
            };
            stage.refine(&mut found);
        }
    }
    let gate = gate::of_pyramids(&fixed, &moving, &found.fixed_to_moving, Contrast::Cross);
    Ok(Registration {
        fixed_to_moving: found.fixed_to_moving,
        moving_to_fixed: inverse(&found.fixed_to_moving),
        gate,
        iterations: found.iterations,
    })
}
