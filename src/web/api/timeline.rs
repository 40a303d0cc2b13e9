//! One patient through time: what was found last, with the lines and bands that a chart needs.

use super::patients::{StudyDto, held};
use super::worklist::Assessed;
use crate::store::record::AssessmentRecord;
use crate::web::request::{Answered, Asked, json};
use crate::web::status::Refusal;
use interval_core::assessment::{Assessment, Findings, LesionChange};
use interval_core::fault::Fault;
use interval_core::response::{Burden, Criteria, thresholds};
use schemars::JsonSchema;
use serde::Serialize;

/// One patient through time.
#[derive(Serialize, JsonSchema)]
pub struct Timeline {
    patient: String,
    /// The study that the assessment is of.
    study: Option<String>,
    /// When it was made.
    made_ms: Option<i64>,
    assessment: Option<AssessmentRecord>,
    /// Whole tumour if every outline lay half a voxel further in, and further out: one pair a
    /// timepoint.
    bands_cm3: Vec<[f64; 2]>,
    /// The same result in one line.
    assessed: Option<Assessed>,
    /// Every lesion at every timepoint where it is seen, compared with itself at the reference.
    lesions: Vec<LesionChangeDto>,
    /// Lines that a measure must cross for a category.
    thresholds: Vec<ThresholdDto>,
    /// What happened to the patient beside the studies.
    events: Vec<EventDto>,
    studies: Vec<StudyDto>,
}

/// A line that a measure must cross.
#[derive(Serialize, JsonSchema)]
pub struct ThresholdDto {
    /// The table.
    criteria: &'static str,
    /// CR, PR, SD or PD: what lies beyond.
    word: &'static str,
    /// `sum_of_products_mm2` or `et_cm3`.
    quantity: &'static str,
    value: f64,
    /// `nadir` or `reference`.
    from: &'static str,
    source: &'static str,
}

/// A lesion at one timepoint, compared with itself at the reference.
#[derive(Serialize, JsonSchema)]
pub struct LesionChangeDto {
    /// Tracking UID.
    track: String,
    timepoint: usize,
    change_cm3: Option<f64>,
    change_percent: Option<f64>,
    product_mm2: Option<f64>,
}

/// Something that happened to the patient.
#[derive(Serialize, JsonSchema)]
pub struct EventDto {
    /// surgery, radiotherapy, drug or steroid.
    kind: String,
    from: String,
    to: Option<String>,
    text: String,
    source: String,
}

/// `GET /api/v1/patients/{patient}/timeline`
pub async fn show(asked: Asked) -> Answered {
    let grant = asked.grant()?;
    let studies = held(&asked).await?;
    let newest = asked.door.host.store.newest_assessment(grant).await?;
    let mut timeline = Timeline {
        patient: grant.patient().to_string(),
        study: newest.as_ref().map(|newest| newest.study.to_string()),
        made_ms: newest.as_ref().map(|newest| newest.made_ms),
        assessment: None,
        bands_cm3: Vec::new(),
        assessed: newest.as_ref().and_then(Assessed::of),
        lesions: Vec::new(),
        thresholds: Vec::new(),
        events: Vec::new(),
        studies,
    };
    if let Some(newest) = newest {
        let defect = |error| Refusal::failed(Fault::Defect, error);
        let record = AssessmentRecord::parse(newest.record.as_bytes()).map_err(defect)?;
        let assessment = Assessment::try_from(&record).map_err(defect)?;
        let outline = |findings: &Findings| findings.outline().map(|edge| edge.0);
        timeline.bands_cm3 = assessment.timepoints.iter().map(outline).collect();
        timeline.thresholds = lines(&assessment);
        timeline.lesions =
            assessment.lesion_changes().iter().map(|c| change(&assessment, c)).collect();
        timeline.assessment = Some(record);
    }
    json(&timeline)
}

fn change(assessment: &Assessment, change: &LesionChange) -> LesionChangeDto {
    let track = assessment.tracks.get(change.track);
    LesionChangeDto {
        track: track.map(|track| track.uid.to_string()).unwrap_or_default(),
        timepoint: change.timepoint,
        change_cm3: change.difference.map(|difference| difference.0),
        change_percent: change.percent.map(|percent| percent.0),
        product_mm2: change.product.map(|product| product.0),
    }
}

fn lines(assessment: &Assessment) -> Vec<ThresholdDto> {
    let at = |place: usize| assessment.timepoints.get(place).map(burden);
    let (Some(reference), Some(nadir)) = (at(assessment.reference), at(assessment.nadir)) else {
        return Vec::new();
    };
    let judged = assessment.verdicts.iter().map(|verdict| verdict.criteria);
    let all = judged.flat_map(|criteria| thresholds(criteria, &reference, &nadir));
    all.map(|line| ThresholdDto {
        criteria: line.criteria.as_str(),
        word: line.category.abbreviation(),
        quantity: match line.criteria {
            Criteria::Rano2010 => "sum_of_products_mm2",
            Criteria::Rano2 => "et_cm3",
        },
        value: line.value,
        from: line.from.as_str(),
        source: line.source,
    })
    .collect()
}

fn burden(findings: &Findings) -> Burden {
    Burden {
        sum_of_products_mm2: findings.sum_of_products_mm2,
        enhancing: findings.volumes.enhancing,
        ..Burden::default()
    }
}
