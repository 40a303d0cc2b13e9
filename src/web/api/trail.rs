//! How a result came about: the decisions of its run, as a graph.

use crate::store::record::{AssessmentRecord, DecisionRecord, VerdictRecord};
use crate::store::run::{Left, Run};
use crate::web::request::{Answered, Asked, apart, json};
use crate::web::status::Refusal;
use axum::body::Body;
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::Response;
use interval_core::fault::Fault;
use interval_core::stage::Stage;
use interval_core::uid::StudyUid;
use schemars::JsonSchema;
use serde::Serialize;

/// How a result came about.
#[derive(Serialize, JsonSchema)]
pub struct TrailDto {
    study: String,
    /// The job that it is the trail of.
    job: i32,
    /// In the order of the stages.
    nodes: Vec<NodeDto>,
    /// From one node to another, by their ids.
    edges: Vec<[usize; 2]>,
}

/// One decision.
#[derive(Serialize, JsonSchema)]
pub struct NodeDto {
    id: usize,
    /// The stage's word.
    stage: String,
    /// stage, coordinator, evaluator or human.
    by: String,
    /// Date of the timepoint that it is about; nothing when it is about all.
    timepoint: Option<String>,
    title: String,
    why: String,
    /// The model, where one was used.
    model: Option<ModelDto>,
    /// The rule, where one fired.
    rule: Option<RuleDto>,
    /// CPU time of the stage run that it comes from, on its first decision.
    cost_cpu_ms: Option<i64>,
    /// What that stage run left, on its first decision.
    artefacts: Vec<ArtefactDto>,
}

/// A file that a stage run left: it has no identity in it.
#[derive(Serialize, JsonSchema)]
pub struct ArtefactDto {
    name: String,
    bytes: i64,
    sha256: String,
    /// Its address.
    href: String,
}

/// A model that was used.
#[derive(Serialize, JsonSchema)]
pub struct ModelDto {
    name: String,
    version: String,
    sha256: String,
}

/// A rule that fired.
#[derive(Serialize, JsonSchema)]
pub struct RuleDto {
    criteria: String,
    rule: String,
    change_from_reference_percent: Option<f64>,
    change_from_nadir_percent: Option<f64>,
    /// Whether the row was read in its primary source.
    verified: bool,
    source: String,
    /// What would have been needed for the overall response.
    missing: Vec<String>,
}

/// `GET /api/v1/studies/{study}/trail`
pub async fn show(asked: Asked) -> Answered {
    let (grant, study) = (asked.grant()?, asked.parsed::<StudyUid>("study")?);
    let store = &asked.door.host.store;
    for job in store.jobs_of(grant, &study).await? {
        let Some(text) = store.assessment(job.id).await? else { continue };
        let record = AssessmentRecord::parse(text.as_bytes());
        let record = record.map_err(|error| Refusal::failed(Fault::Defect, error))?;
        let mut nodes = nodes(&record);
        let dates: Vec<_> = record.timepoints.iter().map(|timepoint| &timepoint.date).collect();
        let files = Files { study: &study, job: job.id };
        let runs = store.runs(grant, job.id).await?;
        for stage in Stage::ALL {
            let of_stage: Vec<_> = runs.iter().filter(|run| run.stage == stage).collect();
            files.attach(&mut nodes, &of_stage, &dates);
        }
        let edges = edges(&nodes);
        return json(&TrailDto { study: study.to_string(), job: job.id, nodes, edges });
    }
    Err(Refusal::NotFound)
}

/// `GET /api/v1/studies/{study}/trail/{job}/{place}/{name}`: a file that a stage run left.
pub async fn file(asked: Asked) -> Answered {
    let (grant, study) = (asked.grant()?, asked.parsed::<StudyUid>("study")?);
    let store = asked.door.host.store.clone();
    let number = |name| asked.variable(name).parse::<i32>().map_err(|_| Refusal::NotFound);
    let (job, place) = (number("job")?, number("place")?);
    let name = asked.variable("name").to_owned();
    let is_of_study = store.jobs_of(grant, &study).await?.iter().any(|known| known.id == job);
    let runs = if is_of_study { store.runs(grant, job).await? } else { Vec::new() };
    let run = runs.into_iter().find(|run| run.place == place).ok_or(Refusal::NotFound)?;
    let left = run.left.into_iter().find(|left| left.name == name).ok_or(Refusal::NotFound)?;
    let bytes = apart(move || Ok(store.open_artefact(&left.artefact)?.bytes().to_vec())).await?;
    let mut response = Response::new(Body::from(bytes));
    let octets = HeaderValue::from_static("application/octet-stream");
    response.headers_mut().insert(CONTENT_TYPE, octets);
    let shown = name.replace(|c: char| !c.is_ascii_alphanumeric() && c != '.', "-");
    let file = format!("attachment; filename=\"{}-{shown}\"", run.stage);
    if let Ok(value) = HeaderValue::from_str(&file) {
        response.headers_mut().insert(CONTENT_DISPOSITION, value);
    }
    Ok(response)
}

fn nodes(record: &AssessmentRecord) -> Vec<NodeDto> {
    let mut nodes: Vec<NodeDto> =
        record.trail.iter().map(|decision| of_decision(decision, record)).collect();
    nodes.extend(record.verdicts.iter().map(of_verdict));
    // The sort keeps the order within a stage.
    nodes.sort_by_key(|node| node.stage.parse::<Stage>().ok());
    for (id, node) in nodes.iter_mut().enumerate() {
        node.id = id;
    }
    nodes
}

/// Where the files of a job are.
struct Files<'a> {
    study: &'a StudyUid,
    job: i32,
}

impl Files<'_> {
    /// Gives the runs of one stage to its decisions: a run of a timepoint to the first decision
    /// about it, any other to the first decision of the stage. The last timepoints are those that
    /// ran: the first is not aligned to itself.
    fn attach(&self, nodes: &mut [NodeDto], runs: &[&Run], dates: &[&Option<String>]) {
        let Some(stage) = runs.first().map(|run| run.stage.as_str()) else { return };
        let before = dates.len().saturating_sub(runs.len());
        for (n, run) in runs.iter().enumerate() {
            let date = dates.get(before + n).filter(|_| runs.len() <= dates.len());
            let about = |node: &NodeDto| date.is_some_and(|date| node.timepoint == **date);
            let of_stage = |node: &NodeDto| node.stage == stage;
            let place = nodes.iter().position(|node| of_stage(node) && about(node));
            let place = place.or_else(|| nodes.iter().position(of_stage));
            let Some(node) = place.and_then(|place| nodes.get_mut(place)) else { continue };
            node.cost_cpu_ms = Some(node.cost_cpu_ms.unwrap_or(0) + run.cpu_ms);
            node.artefacts.extend(run.left.iter().map(|left| self.file(run.place, left)));
        }
    }

    fn file(&self, place: i32, left: &Left) -> ArtefactDto {
        let Self { study, job } = self;
        ArtefactDto {
            name: left.name.clone(),
            bytes: left.bytes,
            sha256: left.artefact.digest.to_string(),
            href: format!("/api/v1/studies/{study}/trail/{job}/{place}/{}", left.name),
        }
    }
}

fn of_decision(decision: &DecisionRecord, record: &AssessmentRecord) -> NodeDto {
    let (timepoint, title) = dated(&decision.what, record);
    let is_model = decision.stage == Stage::Segment.as_str() && title.starts_with("segmented");
    let model = is_model.then(|| ModelDto {
        name: record.model.name.clone(),
        version: record.model.version.clone(),
        sha256: record.model.sha256.clone(),
    });
    NodeDto {
        id: 0,
        stage: decision.stage.clone(),
        by: decision.by.clone(),
        timepoint,
        title,
        why: decision.why.clone(),
        model,
        rule: None,
        cost_cpu_ms: None,
        artefacts: Vec::new(),
    }
}

fn of_verdict(verdict: &VerdictRecord) -> NodeDto {
    let word = verdict.imaging.as_deref().unwrap_or("not determinable");
    NodeDto {
        id: 0,
        stage: Stage::Assess.as_str().to_owned(),
        by: "stage".to_owned(),
        timepoint: None,
        title: format!("{}: {word}", verdict.criteria),
        why: verdict.because.clone(),
        model: None,
        rule: Some(RuleDto {
            criteria: verdict.criteria.clone(),
            rule: verdict.rule.clone(),
            change_from_reference_percent: verdict.change_from_reference_percent,
            change_from_nadir_percent: verdict.change_from_nadir_percent,
            verified: verdict.verified,
            source: verdict.source.clone(),
            missing: verdict.missing.clone(),
        }),
        cost_cpu_ms: None,
        artefacts: Vec::new(),
    }
}

/// The date that a decision begins with, when it is one of a timepoint, and the rest.
fn dated(what: &str, record: &AssessmentRecord) -> (Option<String>, String) {
    let dates = record.timepoints.iter().filter_map(|timepoint| timepoint.date.as_ref());
    for date in dates {
        if let Some(rest) = what.strip_prefix(date.as_str()).and_then(|r| r.strip_prefix(": ")) {
            return (Some(date.clone()), rest.to_owned());
        }
    }
    (None, what.to_owned())
}

/// A decision follows from those of the stage before that are about the same timepoint, or about
/// all.
fn edges(nodes: &[NodeDto]) -> Vec<[usize; 2]> {
    let mut edges = Vec::new();
    for node in nodes {
        let before = nodes.iter().rev().find(|other| {
            other.id < node.id
                && other.stage != node.stage
                && meet(other.timepoint.as_ref(), node.timepoint.as_ref())
        });
        let Some(stage) = before.map(|before| before.stage.clone()) else { continue };
        let from = nodes.iter().filter(|other| {
            other.stage == stage
                && other.id < node.id
                && meet(other.timepoint.as_ref(), node.timepoint.as_ref())
        });
        edges.extend(from.map(|other| [other.id, node.id]));
    }
    edges
}

fn meet(one: Option<&String>, other: Option<&String>) -> bool {
    one.is_none() || other.is_none() || one == other
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(id: usize, stage: &str, timepoint: Option<&str>) -> NodeDto {
        NodeDto {
            id,
            stage: stage.into(),
            by: "stage".into(),
            timepoint: timepoint.map(str::to_owned),
            title: String::new(),
            why: String::new(),
            model: None,
            rule: None,
            cost_cpu_ms: None,
            artefacts: Vec::new(),
        }
    }

    #[test]
    fn timepoints_go_their_own_ways_until_they_meet() {
        let nodes = [
            node(0, "assemble", Some("2024-01-01")),
            node(1, "assemble", Some("2024-03-01")),
            node(2, "segment", Some("2024-01-01")),
            node(3, "segment", Some("2024-03-01")),
            node(4, "assess", None),
        ];
        assert_eq!(edges(&nodes), [[0, 2], [1, 3], [2, 4], [3, 4]]);
    }
}
