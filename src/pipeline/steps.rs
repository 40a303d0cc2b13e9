//! The steps of the recipe: each gathers its inputs, asks the bench for its stage, reads the
//! record it left.

use super::Halt;
use super::bench::{Bench, Content, Given, NodeFile, Work, node_input};
use super::review::Corrections;
use super::stage::{align, assemble, assess, segment, track};
use crate::store::artefact::{Artefact, ArtefactKey, Outputs};
use crate::store::record::{AssessmentRecord, DoubtRecord, ModelRecord};
use interval_core::assessment::{Assessment, Decider, Decision, Doubt, ModelName};
use interval_core::digest::Digest;
use interval_core::role::SeriesRole;
use interval_core::stage::Stage;
use interval_core::study::Study;
use interval_core::uid::{InstanceUid, StudyUid};
use std::path::PathBuf;

/// What the node computes with: the atlas, the model, the runtime.
#[derive(Debug, Clone)]
pub struct Kit {
    /// T1, grey matter and white matter of the head atlas.
    pub atlas: Option<[NodeFile; 3]>,
    /// Folder of the model.
    pub model: PathBuf,
    /// Name and digest of the model.
    pub model_name: ModelName,
    /// What a reader must know of what is computed with: that nobody vouches for the model.
    pub doubts: Vec<Doubt>,
    /// What becomes of the coil's shading, as the model asks.
    pub shading: assemble::ShadingParameter,
    /// The ONNX Runtime library, when configured.
    pub ort_lib: Option<PathBuf>,
    /// Threads of a worker.
    pub threads: usize,
}

/// A study that takes part: its channels by role, and where their bytes lie.
#[derive(Debug, Clone)]
pub struct Timepoint {
    /// The study.
    pub study: StudyUid,
    /// Study Date, YYYYMMDD or empty.
    pub date: String,
    /// Its channels.
    pub channels: Vec<assemble::ChannelParameters>,
    /// The bytes of the channels.
    pub inputs: Vec<Given>,
    /// Its headers; nothing for NIfTI.
    pub headers: Option<Study>,
    /// What was decided while it was identified.
    pub decisions: Vec<Decision>,
    /// Doubts that do not hold it.
    pub doubts: Vec<Doubt>,
    /// What a human corrected in its result.
    pub corrections: Option<Corrections>,
}

impl Timepoint {
    /// One digest over everything that was read.
    pub fn digest(&self) -> Digest {
        let mut sums: Vec<_> = self.inputs.iter().map(|given| given.digest.to_string()).collect();
        sums.sort_unstable();
        Digest::of_parts(sums.iter().map(String::as_bytes))
    }
}

/// The channels of one timepoint, ready for a model.
#[derive(Debug, Clone)]
pub struct Stack {
    /// The volumes.
    pub outputs: Outputs,
    /// How they were made.
    pub record: assemble::Assembled,
}

/// The regions of one timepoint.
#[derive(Debug, Clone)]
pub struct Segmentation {
    /// Names the segmentation.
    pub key: ArtefactKey,
    /// The label map.
    pub labels: Artefact,
    /// What the model did.
    pub record: segment::Segmented,
}

/// Lesions through time.
#[derive(Debug, Clone)]
pub struct Tracks {
    /// The lesion maps and `track.json`.
    pub outputs: Outputs,
    /// The tracks.
    pub record: track::Tracked,
}

/// What the steps before assessment found.
pub struct Found<'a> {
    /// Channels.
    pub stacks: &'a [Stack],
    /// Regions.
    pub segmentations: &'a [Segmentation],
    /// Places.
    pub alignments: &'a [align::Alignment],
}

/// Assembles every timepoint. An earlier one that cannot be used is left out and said; the
/// current one, the last, holds.
pub async fn assemble(
    bench: &Bench<'_>,
    kit: &Kit,
    timepoints: Vec<Timepoint>,
) -> Result<(Vec<Timepoint>, Vec<Stack>), Halt> {
    let last = timepoints.len().saturating_sub(1);
    let (mut used, mut stacks) = (Vec::new(), Vec::new());
    let mut left_out = Vec::new();
    for (n, timepoint) in timepoints.into_iter().enumerate() {
        let stack = assemble_one(bench, kit, &timepoint).await?;
        let doubts = read_doubts(&stack.record.doubts)?;
        let holding: Vec<_> = doubts.iter().filter(|doubt| doubt.holds()).cloned().collect();
        let usable = stack.outputs.contains_key("brain");
        if usable && (holding.is_empty() || n < last) {
            used.push(timepoint);
            stacks.push(stack);
        } else if n == last {
            return Err(Halt::Held { stage: Stage::Assemble, doubts: holding });
        } else {
            let why: Vec<_> = holding.iter().map(ToString::to_string).collect();
            left_out.push(Decision {
                stage: Stage::Assemble,
                by: Decider::Coordinator,
                what: format!("the study of {} was left out", shown(&timepoint.date)),
                why: why.join(" "),
            });
        }
    }
    if let Some(current) = used.last_mut() {
        current.decisions.extend(left_out);
    }
    Ok((used, stacks))
}

async fn assemble_one(bench: &Bench<'_>, kit: &Kit, timepoint: &Timepoint) -> Result<Stack, Halt> {
    let (channels, mut inputs) = cloaked(bench, timepoint)?;
    if let Some(atlas) = &kit.atlas {
        for (name, file) in ["atlas/t1", "atlas/grey", "atlas/white"].iter().zip(atlas) {
            inputs.push(node_input(name, file));
        }
    }
    let parameters = assemble::Parameters { channels, shading: kit.shading };
    let decisive = serde_json::to_string(&parameters)
        .map_err(|e| Halt::defect(Stage::Assemble, e.to_string()))?;
    let work = Work { stage: Stage::Assemble, parameters: &parameters, decisive, inputs };
    let (_, outputs) = bench.outputs(work).await?;
    let mut record: assemble::Assembled =
        bench.read_json(Stage::Assemble, &outputs, "assemble.json")?;
    for detail in record.doubts.iter_mut().flat_map(|doubt| &mut doubt.details) {
        *detail = as_received(bench, timepoint, detail);
    }
    Ok(Stack { outputs, record })
}

/// A sentence from the processing zone with the UIDs that the archive knows.
fn as_received(bench: &Bench<'_>, timepoint: &Timepoint, sentence: &str) -> String {
    let mut sentence = sentence.to_owned();
    for file in timepoint.channels.iter().flat_map(|channel| &channel.files) {
        if let Ok(uid) = file.parse::<InstanceUid>() {
            sentence = sentence.replace(bench.cloak.uid(&uid).as_str(), file);
        }
    }
    sentence
}

/// The channels of a timepoint and their inputs as the processing zone sees them: instances under
/// the UIDs that stand for theirs.
fn cloaked(
    bench: &Bench<'_>,
    timepoint: &Timepoint,
) -> Result<(Vec<assemble::ChannelParameters>, Vec<Given>), Halt> {
    let hidden = |name: &String| -> Result<String, Halt> {
        let uid: InstanceUid =
            name.parse().map_err(|e| Halt::defect(Stage::Assemble, format!("{e}")))?;
        Ok(bench.cloak.uid(&uid).to_string())
    };
    let mut channels = timepoint.channels.clone();
    for channel in channels.iter_mut().filter(|channel| channel.form == assemble::Form::Dicom) {
        channel.files = channel.files.iter().map(hidden).collect::<Result<_, _>>()?;
    }
    let mut inputs = timepoint.inputs.clone();
    for given in &mut inputs {
        if let Content::Original(_) = given.content {
            given.name = hidden(&given.name)?;
        }
    }
    Ok((channels, inputs))
}

/// Segments every timepoint, all by one model. Outlines that a human corrected take the place of
/// the model's.
pub async fn segment(
    bench: &Bench<'_>,
    kit: &Kit,
    (timepoints, stacks): (&[Timepoint], &[Stack]),
) -> Result<Vec<Segmentation>, Halt> {
    let stage = Stage::Segment;
    let mut segmentations = Vec::new();
    for (timepoint, stack) in timepoints.iter().zip(stacks) {
        let mut inputs = Vec::new();
        for role in SeriesRole::CHANNELS.map(SeriesRole::as_str).into_iter().chain(["brain"]) {
            inputs.push(bench.input(role, output(stage, &stack.outputs, role)?));
        }
        let parameters = segment::Parameters {
            model_sha256: kit.model_name.digest.to_string(),
            model: kit.model.clone(),
            ort_lib: kit.ort_lib.clone(),
            threads: kit.threads,
        };
        let decisive = parameters.model_sha256.clone();
        let (key, outputs) =
            bench.outputs(Work { stage, parameters: &parameters, decisive, inputs }).await?;
        let labels = output(stage, &outputs, "labels")?.clone();
        let record = bench.read_json(stage, &outputs, "segment.json")?;
        let said = timepoint.corrections.as_ref();
        let corrected = said.and_then(|said| Some((said.labels.clone()?, &said.regroup)));
        segmentations.push(match corrected {
            None => Segmentation { key, labels, record },
            Some((labels, regroup)) => {
                Segmentation { key: Corrections::key(labels.digest, regroup), labels, record }
            }
        });
    }
    Ok(segmentations)
}

/// Brings every timepoint into the space of the first.
pub async fn align(
    bench: &Bench<'_>,
    stacks: &[Stack],
    segmentations: &[Segmentation],
) -> Result<Vec<align::Alignment>, Halt> {
    let stage = Stage::Align;
    let (Some(reference), Some(seen)) = (stacks.first(), segmentations.first()) else {
        return Err(Halt::defect(stage, "there is no timepoint".into()));
    };
    let t1c = SeriesRole::T1c.as_str();
    let mut alignments = vec![align::Alignment::identity()];
    for stack in &stacks[1..] {
        let inputs = vec![
            bench.input("fixed", output(stage, &reference.outputs, t1c)?),
            bench.input("moving", output(stage, &stack.outputs, t1c)?),
            bench.input("fixed_labels", &seen.labels),
        ];
        let parameters = align::Parameters {};
        let work = Work { stage, parameters: &parameters, decisive: String::new(), inputs };
        let (_, outputs) = bench.outputs(work).await?;
        alignments.push(bench.read_json(stage, &outputs, "align.json")?);
    }
    Ok(alignments)
}

/// Follows the lesions.
pub async fn track(
    bench: &Bench<'_>,
    timepoints: &[Timepoint],
    segmentations: &[Segmentation],
    alignments: &[align::Alignment],
) -> Result<Tracks, Halt> {
    let stage = Stage::Track;
    let mut inputs = Vec::new();
    let mut at = Vec::new();
    for (n, timepoint) in timepoints.iter().enumerate() {
        let (segmentation, alignment) = (&segmentations[n], &alignments[n]);
        inputs.push(bench.input(&format!("labels/{n}"), &segmentation.labels));
        let known = bench
            .store
            .tracking(&timepoint.study, segmentation.key)
            .await
            .map_err(|e| Halt::store(stage, &e))?;
        at.push(track::TimepointParameters {
            study: bench.cloak.uid(&timepoint.study).to_string(),
            segmentation: segmentation.key.0.to_string(),
            reference_to_study: alignment.reference_to_study,
            error_mm: alignment.error_mm,
            known: known.into_iter().map(|(lesion, uid)| (lesion, uid.to_string())).collect(),
            regroup: said(timepoint, |said| said.regroup.iter().map(Into::into).collect()),
        });
    }
    let parameters =
        track::Parameters { patient: bench.grant.patient().to_string(), timepoints: at };
    let decisive =
        serde_json::to_string(&parameters).map_err(|e| Halt::defect(stage, e.to_string()))?;
    let work = Work { stage, parameters: &parameters, decisive, inputs };
    let (_, outputs) = bench.outputs(work).await?;
    let record = bench.read_json(stage, &outputs, "track.json")?;
    Ok(Tracks { outputs, record })
}

/// Measures and judges.
pub async fn assess(
    bench: &Bench<'_>,
    kit: &Kit,
    timepoints: &[Timepoint],
    found: &Found<'_>,
    tracks: &Tracks,
) -> Result<Assessment, Halt> {
    let stage = Stage::Assess;
    let mut inputs = vec![bench.input("track.json", output(stage, &tracks.outputs, "track.json")?)];
    for (n, segmentation) in found.segmentations.iter().enumerate() {
        let name = format!("lesions/{n}");
        inputs.push(bench.input(&format!("labels/{n}"), &segmentation.labels));
        inputs.push(bench.input(&name, output(stage, &tracks.outputs, &name)?));
    }
    let parameters = assess::Parameters {
        timepoints: timepoints
            .iter()
            .map(|timepoint| assess::TimepointParameters {
                study: bench.cloak.uid(&timepoint.study).to_string(),
                date: bench.cloak.date(&timepoint.date),
                input_sha256: timepoint.digest().to_string(),
                diameters: said(timepoint, |said| said.diameters.clone()),
            })
            .collect(),
        model: ModelRecord::from(&kit.model_name),
        software_version: env!("CARGO_PKG_VERSION").into(),
    };
    let decisive =
        serde_json::to_string(&parameters).map_err(|e| Halt::defect(stage, e.to_string()))?;
    let work = Work { stage, parameters: &parameters, decisive, inputs };
    let (_, outputs) = bench.outputs(work).await?;
    let record: AssessmentRecord = bench.read_json(stage, &outputs, "assessment.json")?;
    let mut assessment =
        Assessment::try_from(&record).map_err(|e| Halt::defect(stage, e.to_string()))?;
    for (findings, timepoint) in assessment.timepoints.iter_mut().zip(timepoints) {
        findings.study = timepoint.study.clone();
        findings.date = timepoint.date.parse().ok();
    }
    // What was decided and doubted so far names dates and series: it stays on this side.
    assessment.provenance.trail = super::coordinator::trail(timepoints, found);
    let mut doubts = super::coordinator::doubts(timepoints, found)?;
    doubts.extend(kit.doubts.iter().cloned());
    doubts.append(&mut assessment.doubts);
    assessment.doubts = doubts;
    Ok(assessment)
}

/// What a human said of a timepoint; nothing where nobody did.
fn said<T: Default>(timepoint: &Timepoint, of: impl Fn(&Corrections) -> T) -> T {
    timepoint.corrections.as_ref().map(of).unwrap_or_default()
}

/// One named output of a stage.
pub fn output<'a>(stage: Stage, outputs: &'a Outputs, name: &str) -> Result<&'a Artefact, Halt> {
    outputs.get(name).ok_or_else(|| Halt::defect(stage, format!("there is no output {name}")))
}

/// Doubts as they were recorded.
pub fn read_doubts(records: &[DoubtRecord]) -> Result<Vec<Doubt>, Halt> {
    records
        .iter()
        .map(Doubt::try_from)
        .collect::<Result<_, _>>()
        .map_err(|e| Halt::defect(Stage::Assemble, e.to_string()))
}

/// A study date for a sentence.
pub fn shown(date: &str) -> String {
    date.parse::<interval_core::timepoint::Date>()
        .map_or_else(|_| "an unknown date".into(), |date| date.to_string())
}
