//! Which series is which, and what the coordinator makes of it: the timepoint that takes part, or
//! why there is none.

use super::bench::{Content, Given};
use super::stage::assemble::{ChannelParameters, Form};
use super::steps::Timepoint;
use crate::store::study::Kept;
use interval_core::assessment::{Decider, Decision, Doubt};
use interval_core::role::{self, Choice, SeriesRole};
use interval_core::stage::Stage;
use interval_core::study::{Lossy, Series, Study};
use interval_core::uid::SeriesUid;
use std::collections::BTreeSet;

/// What a study is good for.
#[derive(Debug, Clone)]
pub enum Identified {
    /// All channels are there.
    Usable(Box<Timepoint>),
    /// A human must say which series is which, or what is wrong.
    Held(Vec<Doubt>),
    /// The strategy cannot be followed; a finding, reported as such.
    NotEvaluable(Vec<Doubt>),
}

/// Names the series of a study and gathers its channels. `others` counts the images of other
/// patients that came in the study and were put aside.
pub fn identify(
    study: Study,
    kept: &[Kept],
    (assigned, others): (&[(SeriesUid, SeriesRole)], u64),
) -> Identified {
    let patients: BTreeSet<_> = study
        .series
        .iter()
        .flat_map(|series| &series.instances)
        .map(|instance| (&instance.patient.id, &instance.patient.issuer))
        .collect();
    let named = patients.len() + usize::from(others > 0);
    if named > 1 {
        return Identified::Held(vec![Doubt::MixedPatients(named)]);
    }
    let choice = role::choose_with(&study, assigned);
    let holding: Vec<_> = choice.doubts.iter().filter(|doubt| doubt.holds()).cloned().collect();
    let needed = |doubt: &&Doubt| match doubt {
        Doubt::AmbiguousSeries(role, _) => SeriesRole::CHANNELS.contains(role),
        _ => true,
    };
    if holding.iter().any(|doubt| needed(&doubt)) {
        return Identified::Held(holding);
    }
    let missing: Vec<_> = SeriesRole::CHANNELS
        .into_iter()
        .filter(|role| !choice.channels.iter().any(|channel| channel.role == *role))
        .map(Doubt::MissingSeries)
        .collect();
    if !missing.is_empty() {
        return Identified::NotEvaluable(missing);
    }
    Identified::Usable(Box::new(timepoint(study, kept, &choice)))
}

fn timepoint(study: Study, kept: &[Kept], choice: &Choice) -> Timepoint {
    let (mut channels, mut inputs) = (Vec::new(), Vec::new());
    let (mut decisions, mut doubts) = (Vec::new(), Vec::new());
    for channel in &choice.channels {
        let Some(series) = study.series.iter().find(|series| series.uid == channel.series) else {
            continue;
        };
        let uids: BTreeSet<_> = series.instances.iter().map(|instance| &instance.uid).collect();
        inputs.extend(kept.iter().filter(|kept| uids.contains(&kept.uid)).map(input));
        let files = series.instances.iter().map(|instance| instance.uid.to_string()).collect();
        channels.push(ChannelParameters {
            role: channel.role.as_str().into(),
            form: Form::Dicom,
            files,
        });
        if series.instances.iter().any(|instance| instance.acquisition.lossy == Lossy::Yes) {
            doubts.push(Doubt::LossyCompression(channel.role));
        }
        decisions.push(Decision {
            stage: Stage::Identify,
            by: Decider::Stage,
            what: format!("{} is series {}", channel.role, described(series)),
            why: channel.evidence.join("; "),
        });
    }
    Timepoint {
        date: study.exam().map(|exam| exam.date.clone()).unwrap_or_default(),
        study: study.uid.clone(),
        channels,
        inputs,
        headers: Some(study),
        decisions,
        doubts,
        corrections: None,
    }
}

/// A series as people know it.
fn described(series: &Series) -> String {
    let acquisition = series.acquisition();
    let number = acquisition.and_then(|a| a.series_number).map(|n| n.to_string());
    let description = acquisition.map_or("", |a| a.series_description.as_str());
    let images = series.instances.len();
    format!(
        "{} '{description}' ({images} images)",
        number.unwrap_or_else(|| "without number".into())
    )
}

fn input(kept: &Kept) -> Given {
    let content = Content::Original(kept.object.clone());
    Given { name: kept.uid.to_string(), digest: kept.digest, content }
}
