//! The recipe: one patient's timeline, from series to an assessment. Whoever has read this page
//! knows the product; each verb is a file below.
//!
//! ```text
//! settle -> identify -> assemble -> segment -> align -> track -> assess -> evaluate -> author -> deliver
//! ```

pub mod author;
pub mod bench;
pub mod coordinator;
pub mod evaluator;
pub mod forward;
pub mod identify;
mod nursery;
pub mod outbox;
pub mod pool;
pub mod protocol;
pub mod queue;
pub mod review;
pub mod rules;
pub mod settle;
pub mod stage;
pub mod steps;
pub mod worker;

use crate::store::StoreError;
use bench::Bench;
use interval_core::assessment::{Assessment, Doubt};
use interval_core::fault::Fault;
use interval_core::stage::Stage;
use stage::align::Alignment;
use steps::{Kit, Segmentation, Stack, Timepoint, Tracks};

/// Everything that the recipe found, with the maps behind it.
#[derive(Debug)]
pub struct Analysis {
    /// The timepoints that were compared, in the order of time.
    pub timepoints: Vec<Timepoint>,
    /// Their stacks.
    pub stacks: Vec<Stack>,
    /// Their segmentations.
    pub segmentations: Vec<Segmentation>,
    /// Where they lie in the space of the first.
    pub alignments: Vec<Alignment>,
    /// Lesions through time, and the lesion map of each timepoint.
    pub tracks: Tracks,
    /// What is reported.
    pub assessment: Assessment,
}

/// Why the recipe stopped before its end.
#[derive(Debug, Clone, PartialEq)]
pub enum Halt {
    /// A human must look first.
    Held {
        /// Where.
        stage: Stage,
        /// At what.
        doubts: Vec<Doubt>,
    },
    /// A machine failed.
    Failed {
        /// Where.
        stage: Stage,
        /// What the failure asks for.
        fault: Fault,
        /// A sentence for people.
        reason: String,
    },
}

impl Halt {
    /// The store refused or is away.
    pub fn store(stage: Stage, error: &StoreError) -> Self {
        Halt::Failed { stage, fault: error.fault(), reason: sentence(error) }
    }

    /// We are wrong.
    pub fn defect(stage: Stage, reason: String) -> Self {
        Halt::Failed { stage, fault: Fault::Defect, reason }
    }
}

/// The recipe.
pub async fn analyse(
    bench: &Bench<'_>,
    kit: &Kit,
    timepoints: Vec<Timepoint>,
) -> Result<Analysis, Halt> {
    let (timepoints, stacks) = steps::assemble(bench, kit, timepoints).await?;
    let segmentations = steps::segment(bench, kit, (&timepoints, &stacks)).await?;
    let alignments = steps::align(bench, &stacks, &segmentations).await?;
    let tracks = steps::track(bench, &timepoints, &segmentations, &alignments).await?;
    let found =
        steps::Found { stacks: &stacks, segmentations: &segmentations, alignments: &alignments };
    let mut assessment = steps::assess(bench, kit, &timepoints, &found, &tracks).await?;
    evaluator::weigh(&mut assessment);
    Ok(Analysis { timepoints, stacks, segmentations, alignments, tracks, assessment })
}

/// An error with its causes, as one sentence.
pub fn sentence(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
