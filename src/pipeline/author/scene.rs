//! The scene of a study for the viewer: each compared timepoint in the space of the current one. It
//! is made in workers, a timepoint at a time (`stage::scene`); here is found where each lies.

use super::super::Halt;
use super::super::bench::{Bench, Given, Work};
use super::super::stage::product::Product;
use super::super::stage::scene::{Parameters, Placed};
use super::super::steps::output;
use crate::pipeline::Analysis;
use crate::store::artefact::ArtefactKey;
use crate::store::record::RegistrationRecord;
use interval_core::geometry::{Lps, Transform};
use interval_core::role::SeriesRole;
use interval_core::stage::Stage;

/// Makes what is not there yet, and names it, timepoint by timepoint.
pub async fn scene(bench: &Bench<'_>, analysis: &Analysis) -> Result<Vec<ArtefactKey>, Halt> {
    let stage = Stage::Author;
    let mut keys = Vec::with_capacity(analysis.timepoints.len());
    for n in 0..analysis.timepoints.len() {
        let alignment = &analysis.alignments[n];
        let parameters = Product::Scene(Box::new(Parameters {
            this: placed(analysis, n)?,
            before: n.checked_sub(1).map(|before| placed(analysis, before)).transpose()?,
            registration: RegistrationRecord {
                passed: alignment.passed,
                why: alignment.why.clone(),
                error_mm: alignment.error_mm,
            },
        }));
        let decisive = parameters.decisive().map_err(|e| Halt::defect(stage, e.to_string()))?;
        let inputs = inputs(bench, analysis, n)?;
        let work = Work { stage, parameters: &parameters, decisive, inputs };
        keys.push(bench.outputs(work).await?.0);
    }
    Ok(keys)
}

/// Where a timepoint lies seen from the current one, the last: through the space of the first.
fn placed(analysis: &Analysis, n: usize) -> Result<Placed, Halt> {
    let current = analysis.alignments.len().saturating_sub(1);
    let from_reference =
        |n: usize| Transform::<Lps, Lps>::new(analysis.alignments[n].reference_to_study);
    let from_current = if n == current {
        // Not by the way there and back, which ends a rounding error beside.
        Transform::identity()
    } else {
        let back = from_reference(current).inverse();
        let no_way = || Halt::defect(Stage::Author, "an alignment has no way back".into());
        back.ok_or_else(no_way)?.then(&from_reference(n))
    };
    let tracks = analysis.assessment.tracks.iter();
    let lesions = tracks.map(|track| track.sightings.get(n).map(|s| s.lesions.clone()));
    Ok(Placed {
        from_current: from_current.rows,
        tracks: lesions.map(Option::unwrap_or_default).collect(),
    })
}

fn inputs(bench: &Bench<'_>, analysis: &Analysis, n: usize) -> Result<Vec<Given>, Halt> {
    let stage = Stage::Author;
    let current = analysis.timepoints.len().saturating_sub(1);
    let lesions = |n: usize| output(stage, &analysis.tracks.outputs, &format!("lesions/{n}"));
    let stack = &analysis.stacks[n].outputs;
    let mut inputs = vec![
        bench.input("grid", &analysis.segmentations[current].labels),
        bench.input("brain", output(stage, stack, "brain")?),
        bench.input("labels", &analysis.segmentations[n].labels),
        bench.input("lesions", lesions(n)?),
    ];
    for role in SeriesRole::CHANNELS.map(SeriesRole::as_str) {
        let head = format!("head/{role}");
        inputs.push(bench.input(role, output(stage, stack, role)?));
        inputs.push(bench.input(&head, output(stage, stack, &head)?));
    }
    if let Some(before) = n.checked_sub(1) {
        inputs.push(bench.input("before/labels", &analysis.segmentations[before].labels));
        inputs.push(bench.input("before/lesions", lesions(before)?));
    }
    Ok(inputs)
}
