//! Fetches for one patient: source by source, study by study, series by series. What is away is
//! asked again for a bounded time; what is somebody else's is left where it is.

use super::errand::Errand;
use super::identity::{Person, patient_of};
use super::source::{Ordered, Source, SourceError};
use super::wanted::{self, Current, Reach, Unwanted, Wanted};
use crate::ingest::Ingest;
use crate::pipeline::sentence;
use crate::store::audit::Appended;
use crate::store::{Store, StoreError, milliseconds};
use interval_core::access::{Action, Denied, Grant, Policy, Principal, Standing, decide};
use interval_core::audit::AuditEvent;
use interval_core::audit::words::{Action as Did, Actor, Detail, Outcome, Resource};
use interval_core::patient::{Patient, PatientPseudonym};
use interval_core::query::{Attribute, Found};
use interval_core::uid::StudyUid;
use interval_dimse::ae::AeTitle;
use std::collections::BTreeSet;
use std::fmt;
use std::time::{Duration, SystemTime};
use tokio::sync::Semaphore;
use tracing::{info, warn};

/// Orders that one source works on at a time: an archive serves people first.
const SOURCE_TURNS_MAX: usize = 2;

/// Waits before sources that were away are asked again.
const AGAIN_AFTER: [Duration; 4] = [
    Duration::from_secs(2),
    Duration::from_secs(10),
    Duration::from_secs(30),
    Duration::from_mins(2),
];

/// Most series of one study that are fetched: the longest protocols of a head have some 40.
const SERIES_MAX: usize = 100;

/// Why priors cannot be fetched at all.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The database refused.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The policy does not let us.
    #[error("the patient may not be worked on: {0}")]
    Denied(#[from] Denied),
    /// No source has that name.
    #[error("no archive or peer that has priors is called {0}")]
    NoSource(String),
    /// Under the id there are several people.
    #[error("several people have this id: name, birth date or issuer would tell them apart")]
    SeveralPeople,
}

/// What a patient's priors are fetched for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum For {
    /// A study that arrives.
    Study(PatientPseudonym, StudyUid),
    /// A study that is to come, of a patient whom we know.
    Patient(PatientPseudonym),
    /// A study that is to come, of somebody whom we have not met.
    Stranger(Patient),
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tally {
    /// Studies of which something new was fetched.
    pub studies: usize,
    /// Instances that are new.
    pub instances: u32,
    /// Studies that were somebody else's.
    pub refused: BTreeSet<String>,
    /// Sources that were away.
    pub away: BTreeSet<String>,
    /// Sources that did not give all that they told of.
    pub incomplete: BTreeSet<String>,
}

impl Tally {
    /// What a study's evidence says, when something is missing.
    pub fn remark(&self) -> Option<String> {
        let list = |names: &BTreeSet<String>| names.iter().cloned().collect::<Vec<_>>().join(", ");
        match (self.away.is_empty(), self.incomplete.is_empty()) {
            (true, true) => None,
            (false, _) => {
                Some(format!("earlier studies could not be fetched from {}", list(&self.away)))
            }
            (true, false) => {
                let names = list(&self.incomplete);
                Some(format!("not all of the earlier studies could be fetched from {names}"))
            }
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { studies, instances, refused, .. } = self;
        write!(f, "{instances} instances of {studies} earlier studies were fetched")?;
        if !refused.is_empty() {
            write!(f, "; {} studies were somebody else's", refused.len())?;
        }
        self.remark().map_or(Ok(()), |remark| write!(f, "; {remark}"))
    }
}

/// Fetches.
#[derive(Debug)]
pub struct Fetcher {
    store: Store,
    ingest: Ingest,
    own: AeTitle,
    sources: Vec<(Source, Semaphore)>,
    reach: Reach,
}

/// Whose priors are fetched, and why.
#[derive(Debug, Clone)]
struct Order {
    current: Current,
    patient: PatientPseudonym,
    evidence: String,
}

impl Fetcher {
    /// From these sources, for a store.
    pub fn new(
        (store, ingest): (Store, Ingest),
        own: AeTitle,
        sources: Vec<Source>,
        reach: Reach,
    ) -> Self {
        let turns = |source| (source, Semaphore::new(SOURCE_TURNS_MAX));
        Self { store, ingest, own, sources: sources.into_iter().map(turns).collect(), reach }
    }

    /// Whether there is anywhere to fetch from.
    pub fn has_sources(&self) -> bool {
        !self.sources.is_empty()
    }

    /// Fetches what is wanted, from one source or from all.
    pub async fn fetch(&self, why: &For, from: Option<&str>) -> Result<Tally, FetchError> {
        let chosen = self.sources.iter().filter(|(one, _)| from.is_none_or(|n| n == one.name));
        let mut left: Vec<&(Source, Semaphore)> = chosen.collect();
        if let (Some(name), true) = (from, left.is_empty()) {
            return Err(FetchError::NoSource(name.to_owned()));
        }
        let mut tally = Tally::default();
        for round in 0..=AGAIN_AFTER.len() {
            // Somebody whom nobody has told of yet may be known to a source that was away.
            let order = self.order(why, &left, &mut tally).await?;
            let mut away = Vec::new();
            for one in left {
                let Some(order) = &order else { break };
                match self.ask_all(one, order, &mut tally).await {
                    Ok(()) => drop(tally.away.remove(&one.0.name)),
                    Err(Away::Store(error)) => return Err(error.into()),
                    Err(Away::Source(error)) => {
                        warn!("{} has no priors for us now: {}", one.0.name, sentence(&error));
                        tally.away.insert(one.0.name.clone());
                        away.push(one);
                    }
                }
            }
            left = away;
            let Some(wait) = AGAIN_AFTER.get(round).filter(|_| !left.is_empty()) else { break };
            tokio::time::sleep(*wait).await;
        }
        Ok(tally)
    }

    /// Whose priors, and before which day; nothing for somebody whom no source knows.
    async fn order(
        &self,
        why: &For,
        sources: &[&(Source, Semaphore)],
        tally: &mut Tally,
    ) -> Result<Option<Order>, FetchError> {
        // Ahead of time the study is one of tomorrow: what was made today is earlier.
        let tomorrow = chrono::Local::now() + chrono::Days::new(1);
        let tomorrow = tomorrow.format("%Y%m%d").to_string();
        let ahead = "fetched ahead of time as an earlier study".to_owned();
        match why {
            For::Study(patient, study) => {
                let grant = grant(*patient)?;
                self.note_opening(*patient).await?;
                let facts = self.store.facts(&grant, study).await?;
                let names = self.store.names(&grant).await?;
                let person =
                    Person::new(patient_of(&facts.study), names.into_iter().map(Patient::from));
                let text = |attribute| facts.study.text(attribute).to_owned();
                let (date, time) = (text(Attribute::StudyDate), text(Attribute::StudyTime));
                let current = Current { person, study: Some(study.clone()), date, time };
                let evidence = format!("fetched as an earlier study of {study}");
                Ok(Some(Order { current, patient: *patient, evidence }))
            }
            For::Patient(patient) => {
                let grant = grant(*patient)?;
                self.note_opening(*patient).await?;
                let mut names = self.store.names(&grant).await?.into_iter().map(Patient::from);
                let first = names.next().ok_or(StoreError::Unknown("patient"))?;
                let person = Person::new(first, names);
                let current = Current { person, study: None, date: tomorrow, time: String::new() };
                Ok(Some(Order { current, patient: *patient, evidence: ahead }))
            }
            For::Stranger(named) => {
                let Some(told) = self.introduced(named, sources, tally).await? else {
                    return Ok(None);
                };
                let patient = self.store.admit(&told, SystemTime::now()).await?;
                let person = Person::new(told, []);
                let current = Current { person, study: None, date: tomorrow, time: String::new() };
                Ok(Some(Order { current, patient, evidence: ahead }))
            }
        }
    }

    /// Somebody as they are told of by the sources, where the operator told only the id. Several
    /// people under one id are nobody.
    async fn introduced(
        &self,
        named: &Patient,
        sources: &[&(Source, Semaphore)],
        tally: &mut Tally,
    ) -> Result<Option<Patient>, FetchError> {
        let mut told: Vec<Found> = Vec::new();
        for (source, _) in sources {
            match source.studies(&named.id).await {
                Ok(found) => told.extend(found),
                Err(error) => {
                    warn!("{} was not asked for a patient: {}", source.name, sentence(&error));
                    tally.away.insert(source.name.clone());
                }
            }
        }
        told.sort_by(|one, other| {
            let date = |found: &Found| found.text(Attribute::StudyDate).to_owned();
            date(other).cmp(&date(one))
        });
        let is_named = |patient: &Patient| {
            let same = |own: &str, other: &str| own.is_empty() || own == other;
            patient.id == named.id
                && patient.issuer == named.issuer
                && same(&named.birth_date, &patient.birth_date)
                && same(&named.sex, &patient.sex)
        };
        let mut people = told.iter().map(patient_of).filter(is_named);
        let Some(newest) = people.next() else {
            let said = !named.name.is_empty() && !named.birth_date.is_empty();
            return Ok(said.then(|| named.clone()));
        };
        let person = Person::new(newest.clone(), []);
        if people.any(|other| person.check(&other).is_err()) {
            return Err(FetchError::SeveralPeople);
        }
        let is_meant = named.name.is_empty() || Person::new(named.clone(), []).is_like(&newest);
        if is_meant { Ok(Some(newest)) } else { Err(FetchError::SeveralPeople) }
    }

    /// Everything that one source has and we want.
    async fn ask_all(
        &self,
        (source, turns): &(Source, Semaphore),
        order: &Order,
        tally: &mut Tally,
    ) -> Result<(), Away> {
        let Ok(_turn) = turns.acquire().await else { return Ok(()) };
        let mut matches = Vec::new();
        for id in order.current.person.ids() {
            matches.extend(source.studies(id).await?);
        }
        let picked = wanted::studies(&order.current, &matches, self.reach);
        for (at, unwanted) in picked.unwanted {
            let Unwanted::SomebodyElse(why) = unwanted else { continue };
            let study: Option<StudyUid> =
                matches[at].text(Attribute::StudyInstanceUID).parse().ok();
            self.refuse((order, tally), study.as_ref(), (&source.name, &why)).await?;
        }
        let mut missed = None;
        for wanted in &picked.wanted {
            match self.study(source, order, wanted, tally).await {
                Ok(()) => {}
                Err(Away::Source(error)) if error.fault().is_transient() => {
                    return Err(Away::Source(error));
                }
                Err(Away::Source(error)) => missed = Some(error),
                Err(error) => return Err(error),
            }
        }
        if let Some(error) = missed {
            warn!("{} did not give all priors: {}", source.name, sentence(&error));
            tally.incomplete.insert(source.name.clone());
        }
        Ok(())
    }

    /// What is not here yet of one study.
    async fn study(
        &self,
        source: &Source,
        order: &Order,
        wanted: &Wanted,
        tally: &mut Tally,
    ) -> Result<(), Away> {
        let (owner, held) = self.store.counts_of(&wanted.study).await?.unzip();
        let held = held.unwrap_or_default();
        if owner.is_some_and(|owner| owner != order.patient) {
            let study = &wanted.study;
            warn!(%study, "study {study} is here as somebody else's: it is not fetched");
            return Ok(());
        }
        // The archive does not count results of ours that it was not sent.
        let own = u32::try_from(self.store.undelivered(&wanted.study).await?).unwrap_or(u32::MAX);
        let all = held.values().sum::<u32>().saturating_sub(own);
        if wanted.instances.is_some_and(|instances| all >= instances) {
            return Ok(());
        }
        let series = source.series(&wanted.study).await?;
        let mut missing: Vec<_> =
            series.iter().filter_map(|found| wanted::series(found).ok()).collect();
        missing.retain(|series| {
            let here = held.get(&series.series).copied().unwrap_or(0);
            here == 0 || series.instances.is_some_and(|instances| here < instances)
        });
        missing.truncate(SERIES_MAX);
        let person = order.current.person.clone();
        let errand = Errand::new(wanted.study.clone(), person, order.patient, &order.evidence);
        let mut missed = Ok(());
        for series in missing {
            let ordered = Ordered { errand: errand.clone(), series: series.series };
            let fetched = source.fetch(&ordered, (&self.ingest, &self.own)).await;
            if errand.contradicted().is_some() {
                break;
            }
            match fetched {
                Err(error) if error.fault().is_transient() => {
                    missed = Err(error.into());
                    break;
                }
                Err(error) => missed = Err(error.into()),
                Ok(()) => {}
            }
        }
        self.conclude(&source.name, order, (&errand, tally)).await?;
        missed
    }

    /// Counts what came, or bars the study when it shows somebody else.
    async fn conclude(
        &self,
        source: &str,
        order: &Order,
        (errand, tally): (&Errand, &mut Tally),
    ) -> Result<(), StoreError> {
        let (study, kept) = (errand.study(), errand.kept());
        if let Some(why) = errand.contradicted() {
            self.refuse((order, tally), Some(study), (source, &why)).await?;
            let evidence = format!("{}; not used: {why}", order.evidence);
            return self.store.bar(study, &evidence, SystemTime::now()).await;
        }
        if kept > 0 {
            tally.studies += 1;
            tally.instances += kept;
            info!(%study, "{kept} instances of the earlier study {study} came from {source}");
        }
        Ok(())
    }

    /// Notes that a study is somebody else's, once: in the audit log and for the operator.
    async fn refuse(
        &self,
        (order, tally): (&Order, &mut Tally),
        study: Option<&StudyUid>,
        (source, why): (&str, &(dyn fmt::Display + Sync)),
    ) -> Result<(), StoreError> {
        let named = study.map_or("without a UID", StudyUid::as_str);
        tally.refused.insert(named.to_owned());
        let resource = study.map_or(Resource::List, |study| Resource::Study(study.clone()));
        let now_ms = milliseconds(SystemTime::now());
        let event = AuditEvent::new(now_ms, Actor::System, Did::Receive, resource)
            .with_patient(order.patient)
            .with_outcome(Outcome::Denied, Detail::OtherPerson);
        if let Appended::At(_) = self.store.audit_once(&event).await? {
            let patient = order.patient;
            warn!("study {named} of {source} is not used as a prior of {patient}: {why}");
        }
        Ok(())
    }

    async fn note_opening(&self, patient: PatientPseudonym) -> Result<(), StoreError> {
        let (now_ms, resource) = (milliseconds(SystemTime::now()), Resource::Patient(patient));
        let event = AuditEvent::new(now_ms, Actor::System, Did::OpenVault, resource)
            .with_patient(patient)
            .with_outcome(Outcome::Success, Detail::Processing);
        self.store.audit(&event).await.map(drop)
    }
}

/// What is needed to look at a patient's studies on their behalf.
fn grant(patient: PatientPseudonym) -> Result<Grant, Denied> {
    let (principal, standing) = (Principal::Job(patient), Standing::none(patient));
    decide(&Policy::house(), &principal, &standing, Action::Process, SystemTime::now())
}

/// Why a source was left before its end.
enum Away {
    Source(SourceError),
    Store(StoreError),
}

impl From<SourceError> for Away {
    fn from(error: SourceError) -> Self {
        Self::Source(error)
    }
}

impl From<StoreError> for Away {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}
