//! The one-line result: what a reader sees first, in words that claim no more than was measured.

use crate::change::Change;
use crate::findings::Approval;
use interval_core::assessment::{Assessment, Doubt, Findings};
use interval_core::lesion::Fate;
use interval_core::response::{Criteria, MissingInput, Verdict};
use interval_core::timepoint::Date;

/// What kind of result it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// The current study could not be measured.
    NotEvaluable,
    /// It was measured; there is no tumour large enough to be called one.
    NoMeasurableTumour,
    /// It was measured; there is nothing to compare it with.
    FirstStudy,
    /// It was measured and compared.
    Compared,
}

/// What the report says first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conclusion {
    /// What kind of result it is.
    pub standing: Standing,
    /// The sentences, in their order; together they are the one-line result.
    pub sentences: Vec<String>,
}

impl Conclusion {
    /// Sums up an assessment, as far as a human stands for it.
    pub fn of(assessment: &Assessment, approval: &Approval) -> Self {
        let standing = standing(assessment);
        let mut sentences = vec![approval.word().to_owned()];
        sentences.extend(warning(assessment));
        match (standing, assessment.timepoints.last()) {
            (Standing::NotEvaluable, _) | (_, None) => sentences.extend(not_evaluable(assessment)),
            (Standing::NoMeasurableTumour, _) => {
                sentences.push("No measurable tumour in this study.".to_owned());
                sentences.extend(comparison(assessment));
            }
            (Standing::FirstStudy, Some(current)) => {
                sentences.push(format!("{}.", burden(current)));
                sentences.extend(comparison(assessment));
            }
            (Standing::Compared, _) => sentences.extend(comparison(assessment)),
        }
        Self { standing, sentences }
    }

    /// All sentences as one line.
    pub fn line(&self) -> String {
        self.sentences.join(" ")
    }
}

fn standing(assessment: &Assessment) -> Standing {
    let doubts = &assessment.doubts;
    let Some(current) = assessment.timepoints.last() else { return Standing::NotEvaluable };
    let measured = current.volumes.whole().0 > 0. || !current.lesions.is_empty();
    if !measured && doubts.iter().any(prevents_measurement) {
        Standing::NotEvaluable
    } else if doubts.contains(&Doubt::NoMeasurableTumour) {
        Standing::NoMeasurableTumour
    } else if assessment.timepoints.len() == 1 {
        Standing::FirstStudy
    } else {
        Standing::Compared
    }
}

/// Doubts after which zero volumes mean "not measured", never "nothing there".
fn prevents_measurement(doubt: &Doubt) -> bool {
    matches!(
        doubt,
        Doubt::MissingSeries(_)
            | Doubt::AmbiguousSeries(..)
            | Doubt::MixedPatients(_)
            | Doubt::UnevenSlices(..)
            | Doubt::UnreadableSeries(..)
    )
}

/// What a person must look at before the result is used.
fn warning(assessment: &Assessment) -> Option<String> {
    let mut held = assessment.doubts.iter().filter(|doubt| doubt.holds());
    let first = held.next()?;
    Some(match held.count() {
        0 => format!("A person must check this first: {first}"),
        1 => format!("A person must check this first, and one more doubt below: {first}"),
        more => format!("A person must check this first, and {more} more doubts below: {first}"),
    })
}

fn not_evaluable(assessment: &Assessment) -> Vec<String> {
    let reasons = assessment.doubts.iter().filter(|doubt| matches!(doubt, Doubt::MissingSeries(_)));
    let mut sentences: Vec<String> = reasons.map(ToString::to_string).collect();
    if sentences.is_empty() {
        sentences.push("Not evaluable.".to_owned());
    }
    sentences.push("Nothing was measured; this says nothing about the tumour.".to_owned());
    sentences
}

fn burden(findings: &Findings) -> String {
    let lesions = match findings.lesions.len() {
        1 => "1 lesion".to_owned(),
        count => format!("{count} lesions"),
    };
    let volumes = &findings.volumes;
    format!(
        "Enhancing volume {} cm³ in {lesions}, FLAIR hyperintensity {} cm³",
        volumes.enhancing, volumes.flair_hyperintensity
    )
}

fn comparison(assessment: &Assessment) -> Vec<String> {
    if assessment.timepoints.len() < 2 {
        let nothing = "First study available: there is no earlier one to compare with, so there \
                       is no response category.";
        return vec![nothing.to_owned()];
    }
    let lead = lead(assessment);
    let volume = volume_change(assessment);
    let mut sentences = vec![match lead {
        Some(verdict) => format!(
            "{}, imaging category: {}; {volume}.",
            verdict.criteria.as_str(),
            verdict.imaging.map_or("not determinable", interval_core::response::Category::as_str)
        ),
        None => capitalised(&format!("{volume}.")),
    }];
    sentences.extend(new_lesions(assessment));
    if let Some(lead) = lead {
        sentences.extend(other_opinion(assessment, lead));
        sentences.push(overall(lead));
    }
    sentences
}

/// The verdict that speaks first: RANO 2.0, else whatever there is.
pub(crate) fn lead(assessment: &Assessment) -> Option<&Verdict> {
    let verdicts = &assessment.verdicts;
    verdicts.iter().find(|verdict| verdict.criteria == Criteria::Rano2).or(verdicts.first())
}

fn volume_change(assessment: &Assessment) -> String {
    let timepoints = &assessment.timepoints;
    let enhancing = |index: usize| timepoints.get(index).map(|at| at.volumes.enhancing);
    let current = timepoints.len().saturating_sub(1);
    let Some((from, to)) = enhancing(assessment.reference).zip(enhancing(current)) else {
        return "enhancing volume not compared".to_owned();
    };
    let since = dated(timepoints[assessment.reference].date);
    let kind = assessment.reference_kind.as_str();
    let mut text =
        format!("enhancing volume {} since {since} ({kind})", Change { from, to }.in_words());
    let nadir = assessment.nadir;
    let apart = nadir != assessment.reference && nadir != current;
    if let Some(smallest) = enhancing(nadir).filter(|_| apart) {
        let change = Change { from: smallest, to }.brief();
        let since = dated(timepoints[nadir].date);
        text = format!("{text}, {change} since {since} (smallest so far)");
    }
    text
}

/// A date for a sentence.
pub(crate) fn dated(date: Option<Date>) -> String {
    date.map_or_else(|| "an undated study".to_owned(), |date| date.to_string())
}

fn new_lesions(assessment: &Assessment) -> Option<String> {
    let names: Vec<&str> = assessment
        .tracks
        .iter()
        .filter(|track| track.sightings.last().is_some_and(|now| now.fate == Some(Fate::New)))
        .map(|track| track.name.as_str())
        .collect();
    match names.as_slice() {
        [] => None,
        [one] => Some(format!("New lesion: {one}.")),
        many => Some(format!("{} new lesions: {}.", many.len(), many.join(", "))),
    }
}

/// Other criteria, where they say something else.
fn other_opinion(assessment: &Assessment, lead: &Verdict) -> Option<String> {
    let other = assessment.verdicts.iter().find(|verdict| {
        verdict.criteria != lead.criteria
            && verdict.imaging.is_some()
            && verdict.imaging != lead.imaging
    })?;
    let category = other.imaging?.as_str();
    Some(format!("{} says otherwise: {category}.", other.criteria.as_str()))
}

fn overall(verdict: &Verdict) -> String {
    let missing: Vec<&str> =
        verdict.missing.iter().map(|input| MissingInput::as_str(*input)).collect();
    match (verdict.overall, missing.is_empty()) {
        (Some(category), _) => format!("Overall response: {}.", category.as_str()),
        (None, true) => "Overall response not determinable.".to_owned(),
        (None, false) => {
            format!("Overall response not determinable: missing {}.", missing.join(", "))
        }
    }
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
