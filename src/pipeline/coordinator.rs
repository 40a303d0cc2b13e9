//! The coordinator: leads one study from its headers to its objects, chooses the strategy by what
//! is there, and writes down what it decided and why.

use super::author::{self, Desk, Objects};
use super::bench::{Bench, Used, Watcher};
use super::identify::{Identified, identify};
use super::pool::Pool;
use super::review::{self, Order, Word};
use super::steps::{Found, Kit, Timepoint, read_doubts, shown};
use super::{Analysis, Halt, analyse};
use crate::store::artefact::ArtefactKey;
use crate::store::assessment::Issue;
use crate::store::job::Release;
use crate::store::record::review::{BasisRecord, SignedRecord};
use crate::store::record::{AssessmentRecord, RecordError};
use crate::store::study::{BARRED, StudyEntry};
use crate::store::{Store, StoreError};
use interval_core::access::Grant;
use interval_core::assessment::{Assessment, Decider, Decision, Doubt};
use interval_core::stage::Stage;
use interval_core::study::Study;
use interval_core::uid::StudyUid;

/// Most timepoints that are compared: the newest, and the first as the reference.
pub const TIMEPOINTS_MAX: usize = 8;

/// What the coordinator works with.
pub struct Coordinator<'a> {
    /// Rows and objects.
    pub store: &'a Store,
    /// Workers.
    pub pool: &'a Pool,
    /// Atlas, model, runtime.
    pub kit: &'a Kit,
    /// Where objects are written.
    pub desk: &'a Desk,
    /// Told how far the work is.
    pub watcher: &'a Watcher<'a>,
}

/// What came of a study.
#[derive(Debug)]
pub struct Led {
    /// What is reported.
    pub assessment: Assessment,
    /// The objects to send.
    pub objects: Objects,
    /// Names what the viewer shows of each timepoint; none when the study could not be evaluated.
    pub scene: Vec<ArtefactKey>,
    /// Names the outputs of every stage run that was used.
    pub runs: Vec<ArtefactKey>,
    /// Everything behind it; nothing when the study could not be evaluated.
    pub analysis: Option<Analysis>,
    /// What the objects are together.
    pub issue: Issue,
}

impl Coordinator<'_> {
    /// Leads one study of the grant's patient.
    pub async fn lead(
        &self,
        grant: &Grant,
        study: &StudyUid,
        release: Release,
    ) -> Result<Led, Halt> {
        (self.watcher)(Stage::Identify, 0., "reading headers");
        let order = review::order(self.store, grant, study).await?;
        let identified = self.identify(grant, study).await?;
        if let Some(signed) = order.rejection()? {
            return self.reject(&identified.0, (&order, signed)).await;
        }
        let mut current = match identified {
            (_, Identified::Usable(timepoint)) => *timepoint,
            (_, Identified::Held(doubts)) => {
                return Err(Halt::Held { stage: Stage::Identify, doubts });
            }
            (headers, Identified::NotEvaluable(doubts)) => {
                return self.refuse(&headers, doubts, &order);
            }
        };
        if let Some(signed) = &order.signed {
            let said = review::corrections(self.store, grant, (study, signed)).await?;
            current.corrections = Some(said);
        }
        let timepoints = self.timeline(grant, current).await?;
        let cloak = self.store.cloak(grant).await;
        let cloak = cloak.map_err(|error| Halt::store(Stage::Identify, &error))?;
        let (store, pool, watcher) = (self.store, self.pool, self.watcher);
        let used = Used::default();
        let bench = Bench { store, pool, grant, cloak: &cloak, watcher, used };
        let mut analysis = analyse(&bench, self.kit, timepoints).await?;
        let doubts = &analysis.assessment.doubts;
        let holding: Vec<_> = doubts.iter().filter(|doubt| doubt.holds()).cloned().collect();
        if !holding.is_empty() && release == Release::None {
            return Err(Halt::Held { stage: Stage::Assess, doubts: holding });
        }
        (self.watcher)(Stage::Author, 0., "writing objects");
        let images = author::key_images(&bench, &analysis).await?;
        let authored = tokio::task::block_in_place(|| {
            author::measured((self.desk, &order), &bench, &mut analysis, images)
        })?;
        let (objects, issue) = authored;
        let scene = author::scene(&bench, &analysis).await?;
        let assessment = analysis.assessment.clone();
        let basis = Some(basis(&analysis));
        let issue = Issue::Version(issue, basis);
        let runs = bench.used.keys();
        Ok(Led { assessment, objects, scene, runs, analysis: Some(analysis), issue })
    }

    async fn identify(&self, grant: &Grant, study: &StudyUid) -> Result<(Study, Identified), Halt> {
        let failed = |error: StoreError| Halt::store(Stage::Identify, &error);
        let headers = self.store.headers(grant, study).await.map_err(failed)?;
        let kept = self.store.kept(grant, study).await.map_err(failed)?;
        let assigned = self.store.assignments(study).await.map_err(failed)?;
        let others = self.store.contradictions(study).await.map_err(failed)?;
        let identified = identify(headers.clone(), &kept, (&assigned, others));
        Ok((headers, identified))
    }

    /// A study that the strategy cannot follow is a finding: it is reported.
    fn refuse(&self, study: &Study, doubts: Vec<Doubt>, order: &Order) -> Result<Led, Halt> {
        let (objects, issue) = author::not_evaluable((self.desk, order), study, &doubts)?;
        let model = &self.kit.model_name;
        let mut assessment = author::nothing_measured(&doubts, &self.desk.device.software_version);
        assessment.provenance.model = model.clone();
        let said = order.signed.as_ref().map(review::decision).transpose().map_err(unread)?;
        assessment.provenance.trail.extend(said);
        let issue = Issue::Version(issue, None);
        let (scene, runs) = (Vec::new(), Vec::new());
        Ok(Led { assessment, objects, scene, runs, analysis: None, issue })
    }

    /// A human took the result back: a note says so, and nothing is measured anew.
    async fn reject(
        &self,
        study: &Study,
        (order, signed): (&Order, &SignedRecord),
    ) -> Result<Led, Halt> {
        let last = order.last.as_ref();
        let last = last.ok_or_else(|| {
            Halt::defect(Stage::Author, "there is no result that could be rejected".into())
        })?;
        let known = self.store.assessment(last.job).await;
        let known = known.map_err(|error| Halt::store(Stage::Author, &error))?;
        let mut assessment = match known {
            Some(text) => AssessmentRecord::parse(text.as_bytes())
                .and_then(|record| Assessment::try_from(&record))
                .map_err(unread)?,
            None => author::nothing_measured(&[], &self.desk.device.software_version),
        };
        assessment.provenance.trail.push(review::decision(signed).map_err(unread)?);
        let note = author::rejection(self.desk, study, (last, signed))?;
        let (objects, scene, runs) = (vec![note], Vec::new(), Vec::new());
        Ok(Led { assessment, objects, scene, runs, analysis: None, issue: Issue::Rejection })
    }

    /// The earlier studies of the patient that can take part, then the current one.
    async fn timeline(&self, grant: &Grant, current: Timepoint) -> Result<Vec<Timepoint>, Halt> {
        let studies = self
            .store
            .studies(grant)
            .await
            .map_err(|error| Halt::store(Stage::Identify, &error))?;
        let earlier = |entry: &&StudyEntry| {
            entry.uid != current.study
                && entry.state != BARRED
                && (&entry.study_date, entry.uid.as_str()) < (&current.date, current.study.as_str())
        };
        let mut timepoints = Vec::new();
        let mut decisions = Vec::new();
        for entry in studies.iter().filter(earlier) {
            match self.identify(grant, &entry.uid).await?.1 {
                Identified::Usable(timepoint) => {
                    match review::word(self.store, grant, &entry.uid).await? {
                        Word::None => timepoints.push(*timepoint),
                        Word::Corrected(said) => {
                            timepoints.push(Timepoint { corrections: Some(said), ..*timepoint });
                        }
                        Word::Rejected(why) => decisions.push(Decision {
                            by: Decider::Human,
                            ..left_out(&entry.study_date, why)
                        }),
                    }
                }
                Identified::Held(doubts) | Identified::NotEvaluable(doubts) => {
                    let why: Vec<_> = doubts.iter().map(ToString::to_string).collect();
                    decisions.push(left_out(&entry.study_date, why.join(" ")));
                }
            }
        }
        while timepoints.len() >= TIMEPOINTS_MAX {
            let dropped = timepoints.remove(1);
            let why = format!("at most {TIMEPOINTS_MAX} timepoints are compared");
            decisions.push(left_out(&dropped.date, why));
        }
        let mut current = current;
        let strategy = format!("{} timepoints by one four-channel model", timepoints.len() + 1);
        let why = "T1, T1c, T2 and FLAIR are there at each of them".to_owned();
        current.decisions.push(decision(strategy, why));
        current.decisions.extend(decisions);
        timepoints.push(current);
        Ok(timepoints)
    }
}

fn left_out(date: &str, why: String) -> Decision {
    decision(format!("the study of {} was left out", shown(date)), why)
}

/// The maps that the current study was measured on.
fn basis(analysis: &Analysis) -> BasisRecord {
    let said = analysis.timepoints.last().and_then(|timepoint| timepoint.corrections.as_ref());
    BasisRecord {
        segmentation: analysis
            .segmentations
            .last()
            .map(|s| s.key.0.to_string())
            .unwrap_or_default(),
        regroup: said.map(|said| said.regroup.iter().map(Into::into).collect()).unwrap_or_default(),
    }
}

fn unread(error: RecordError) -> Halt {
    Halt::defect(Stage::Author, error.to_string())
}

fn decision(what: String, why: String) -> Decision {
    Decision { stage: Stage::Identify, by: Decider::Coordinator, what, why }
}

/// What was decided up to the assessment, in the order of the stages.
pub fn trail(timepoints: &[Timepoint], found: &Found<'_>) -> Vec<Decision> {
    let entry =
        |stage: Stage, what: String, why: String| Decision { stage, by: Decider::Stage, what, why };
    let mut trail = Vec::new();
    for (n, timepoint) in timepoints.iter().enumerate() {
        let date = shown(&timepoint.date);
        trail.extend(timepoint.decisions.iter().map(|decision| dated(decision, &date)));
        let record = &found.stacks[n].record;
        for channel in &record.channels {
            let what = format!("{}: {} placed in the space of T1c", date, channel.role);
            trail.push(entry(Stage::Assemble, what, channel.how.clone()));
        }
        let what = format!("{date}: brain outlined");
        trail.push(entry(Stage::Assemble, what, record.brain.clone()));
        let what = format!("{date}: shading");
        trail.push(entry(Stage::Assemble, what, record.shading.clone()));
        let segmented = &found.segmentations[n].record;
        let what =
            format!("{date}: segmented by {} {}", segmented.model.name, segmented.model.version);
        let why = format!("{} passes on {}", segmented.passes, segmented.provider);
        trail.push(entry(Stage::Segment, what, why));
        if let Some(said) = &timepoint.corrections {
            let what = format!("{date}: {}", said.decision.what);
            trail.push(Decision { what, ..said.decision.clone() });
        }
        for dropped in &segmented.dropped {
            let what = format!("{date}: a component of {:.2} cm3 was dropped", dropped.volume_cm3);
            trail.push(entry(Stage::Segment, what, dropped.why.clone()));
        }
        if n > 0 {
            let what = format!("{date}: aligned to the reference");
            trail.push(entry(Stage::Align, what, found.alignments[n].why.clone()));
        }
    }
    trail
}

/// What was decided of one timepoint's series, with its date in front; the strategy is about all.
fn dated(decision: &Decision, date: &str) -> Decision {
    let mut decision = decision.clone();
    if decision.by == Decider::Stage {
        decision.what = format!("{date}: {}", decision.what);
    }
    decision
}

/// The doubts of all timepoints up to the assessment, each once.
pub fn doubts(timepoints: &[Timepoint], found: &Found<'_>) -> Result<Vec<Doubt>, Halt> {
    let mut doubts: Vec<Doubt> = Vec::new();
    let mut add = |doubt: Doubt| {
        if !doubts.contains(&doubt) {
            doubts.push(doubt);
        }
    };
    for (n, timepoint) in timepoints.iter().enumerate() {
        timepoint.doubts.iter().cloned().for_each(&mut add);
        read_doubts(&found.stacks[n].record.doubts)?.into_iter().for_each(&mut add);
        let alignment = &found.alignments[n];
        if !alignment.passed {
            let date = shown(&timepoint.date);
            add(Doubt::PoorRegistration(format!("the study of {date}, {}", alignment.why)));
        }
    }
    Ok(doubts)
}
