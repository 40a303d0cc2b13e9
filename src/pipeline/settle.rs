//! Looks at the studies that are arriving, and settles those that the evidence calls complete.

use super::rules::{Asked, Rules};
use super::sentence;
use crate::archive::Archive;
use crate::arrivals::Ask;
use crate::priors::{Priors, Wait};
use crate::store::study::{Receiving, Settling, Then};
use crate::store::{Store, StoreError};
use chrono::Timelike;
use interval_core::access::{Action, Denied, Grant, Policy, Principal, Standing, decide};
use interval_core::completeness::{Arriving, Required, Verdict};
use interval_core::fault::Fault;
use interval_core::patient::PatientPseudonym;
use interval_core::query::{Attribute, Criterion, Level, Query};
use interval_core::role::{self, SeriesRole};
use interval_core::uid::StudyUid;
use interval_dimse::scu;
use interval_dimse::service::query::Root;
use std::collections::HashMap;
use std::time::{Duration, SystemTime};
use tokio::sync::watch;
use tracing::{debug, info, warn};

/// Pause between two looks.
const PAUSE: Duration = Duration::from_millis(500);

/// Silence before headers are read for what is required: reading them while more come is in vain.
const LOOKED_AFTER: Duration = Duration::from_secs(1);

/// Longest wait for a source's count: without it the study waits for silence.
const COUNT_LIMIT: Duration = Duration::from_secs(10);

/// How many quiet periods a study waits for another one of the same patient that is still arriving,
/// so that a pair which is sent together is compared.
const COMPANY: u32 = 10;

/// Settles studies.
pub struct Settler {
    /// Rows and objects.
    pub store: Store,
    /// Who can be asked, and what is seen of arrivals.
    pub archive: Archive,
    /// Where earlier studies are asked for.
    pub priors: Priors,
    /// What becomes of studies.
    pub rules: Rules,
    /// Silence after which a study counts as complete where nothing else is known.
    pub quiet: Duration,
}

/// What was found required, and of how many instances.
type Looked = HashMap<StudyUid, (u32, Required)>;

impl Settler {
    /// Looks until told to stop.
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        let mut looked = Looked::new();
        while !*stop.borrow() {
            if let Err(error) = self.look(&mut looked).await {
                warn!("studies could not be settled: {}", sentence(&error));
            }
            tokio::select! {
                () = tokio::time::sleep(PAUSE) => {}
                _ = stop.changed() => {}
            }
        }
    }

    async fn look(&self, looked: &mut Looked) -> Result<(), StoreError> {
        let receiving = self.store.receiving().await?;
        looked.retain(|study, _| receiving.iter().any(|row| row.study == *study));
        for row in &receiving {
            self.want_priors(row).await?;
            let arriving = self.arriving(row, looked).await?;
            let Verdict::Complete(because) = arriving.verdict(self.quiet) else { continue };
            if arriving.silence < self.quiet * COMPANY && self.has_company(row, &receiving) {
                continue;
            }
            let Wait::Over(remark) = self.priors.wait(row.patient) else { continue };
            let mut evidence = because.to_string();
            if let Some(remark) = remark {
                evidence = format!("{evidence}; {remark}");
            }
            let settling = match self.settling(row, evidence.clone()).await {
                Err(error) if error.fault() == Fault::Defect => {
                    Settling { evidence, then: Then::Analyse }
                }
                settling => settling?,
            };
            let settled = self.store.settle(&row.study, row.last_arrival_ms, &settling).await?;
            if settled.is_some() {
                self.archive.arrivals().forget(&row.study);
                info!(study = %row.study, "study {} is complete: {because}", row.study);
            }
        }
        Ok(())
    }

    /// Asks for the earlier studies of whoever has an MR study here, unless that was done.
    async fn want_priors(&self, row: &Receiving) -> Result<(), StoreError> {
        if !self.priors.is_due(row.patient) {
            return Ok(());
        }
        if self.store.modalities_of(&row.study).await?.iter().any(|modality| modality == "MR") {
            self.priors.want(row);
        }
        Ok(())
    }

    /// Whether something of another study of the patient came lately.
    fn has_company(&self, row: &Receiving, receiving: &[Receiving]) -> bool {
        receiving.iter().any(|other| {
            other.patient == row.patient
                && other.study != row.study
                && self.archive.arrivals().seen(&other.study).silence < self.quiet
        })
    }

    async fn arriving(&self, row: &Receiving, looked: &mut Looked) -> Result<Arriving, StoreError> {
        let arrivals = self.archive.arrivals();
        let seen = arrivals.seen(&row.study);
        let held = self.store.instances_of_study(&row.study).await?;
        if seen.ask == Ask::Now {
            self.ask(&row.study, &seen.source);
        }
        let required = match looked.get(&row.study) {
            Some((of, required)) if *of == held => *required,
            _ if seen.silence < LOOKED_AFTER => Required::Missing,
            _ => {
                let required = match self.required(row).await {
                    // A study that cannot be read waits for nothing: its job says what is wrong.
                    Err(error) if error.fault() == Fault::Defect => {
                        warn!(study = %row.study, "a study cannot be read: {}", sentence(&error));
                        Required::Here
                    }
                    required => required?,
                };
                looked.insert(row.study.clone(), (held, required));
                required
            }
        };
        let named = arrivals.named(&row.study);
        let here = self.store.classes_of(&named.iter().collect::<Vec<_>>()).await?;
        let notice = arrivals.notice(&row.study, |uid| here.contains_key(uid.as_str()));
        let (silence, line, count) = (seen.silence, seen.line, seen.count);
        Ok(Arriving { held, silence, line, required, count, notice })
    }

    /// What becomes of a study, with the evidence of that: a study of results of ours alone is
    /// kept, and else the rules say it.
    async fn settling(&self, row: &Receiving, evidence: String) -> Result<Settling, StoreError> {
        let Ok(grant) = grant(row.patient) else {
            return Ok(Settling { evidence, then: Then::Analyse });
        };
        if self.store.foreign(&grant, &row.study).await?.is_empty() {
            let evidence = format!("{evidence}; not analysed: it has only results of ours");
            return Ok(Settling { evidence, then: Then::Nothing });
        }
        let facts = self.store.facts(&grant, &row.study).await?;
        let hour = u8::try_from(chrono::Local::now().hour()).unwrap_or(0);
        let judgement = self.rules.judge(&Asked::of(&facts, hour));
        let evidence = match judgement.remark() {
            Some(remark) => format!("{evidence}; {remark}"),
            None => evidence,
        };
        Ok(Settling { evidence, then: judgement.then })
    }

    /// Whether each channel that an analysis needs has its series.
    async fn required(&self, row: &Receiving) -> Result<Required, StoreError> {
        let Ok(grant) = grant(row.patient) else { return Ok(Required::Missing) };
        let study = self.store.headers(&grant, &row.study).await?;
        let assigned = self.store.assignments(&row.study).await?;
        let choice = role::choose_with(&study, &assigned);
        let all = SeriesRole::CHANNELS.iter().all(|role| choice.channel(*role).is_some());
        Ok(if all { Required::Here } else { Required::Missing })
    }

    /// Asks the source how many instances it has, where it may be asked. The answer is looked at
    /// the next time.
    fn ask(&self, study: &StudyUid, source: &str) {
        let Some(peer) = self.archive.counting_peer(source) else { return };
        let (arrivals, study) = (self.archive.arrivals().clone(), study.clone());
        arrivals.asking(&study);
        tokio::spawn(async move {
            let mut query = Query::of(Level::Study);
            let uid = Criterion::OneOf(vec![study.to_string()]);
            query.criteria.insert(Attribute::StudyInstanceUID, uid);
            query.wanted.insert(Attribute::NumberOfStudyRelatedInstances);
            let asked = scu::find(&peer, Root::Study, &query);
            let answer = match tokio::time::timeout(COUNT_LIMIT, asked).await {
                Ok(Ok(found)) => found,
                Ok(Err(error)) => {
                    return debug!(study = %study, "a source was not asked: {}", sentence(&error));
                }
                Err(_) => return debug!(study = %study, "a source did not answer in time"),
            };
            let count = answer.first().and_then(|found| {
                found.text(Attribute::NumberOfStudyRelatedInstances).trim().parse().ok()
            });
            if let Some(count) = count {
                arrivals.counted(&study, count);
            }
        });
    }
}

/// What is needed to look at a study on its patient's behalf.
pub(crate) fn grant(patient: PatientPseudonym) -> Result<Grant, Denied> {
    let (principal, standing) = (Principal::Job(patient), Standing::none(patient));
    decide(&Policy::house(), &principal, &standing, Action::Process, SystemTime::now())
}
