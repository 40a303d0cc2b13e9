//! An upload is handed over: its patients are taken in, its images go the way of every instance,
//! and the analysis of its studies begins.

use super::bringing::sentence;
use super::matching::{self, Match, Matched};
use super::mine;
use crate::ingest::{Ingest, IngestError};
use crate::pipeline::{self, settle::grant};
use crate::store::intake::Intake;
use crate::store::{Store, StoreError};
use crate::upload::{Pile, UploadId};
use crate::web::api::analyse::{WANTED, check_model};
use crate::web::request::{Answered, Asked, json_with};
use crate::web::status::Refusal;
use crate::web::uploader::Uploader;
use axum::http::StatusCode;
use interval_core::access::{PersonId, Principal};
use interval_core::audit::TraceId;
use interval_core::fault::Fault;
use interval_core::patient::Patient;
use interval_core::study::Origin;
use interval_core::uid::StudyUid;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;
use std::time::SystemTime;
use tokio::task::JoinSet;
use tracing::warn;

/// How uploads are named as a sender; rules may ask for it.
const SENDER: &str = "WEB";

/// Objects that are on their way at one time: they share commits.
const UNDER_WAY_MAX: usize = 16;

/// How an upload is to go on.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Start {
    /// By which model; the node's when nothing is said.
    model: Option<String>,
    /// Whether a person looked at the patients that are known here, and says that they are the
    /// same.
    #[serde(default)]
    same_patient_confirmed: bool,
}

/// Studies whose analysis begins.
#[derive(Serialize, JsonSchema)]
pub struct Handed {
    studies: Vec<String>,
    /// Images that contradict what is here and were put aside.
    aside: usize,
}

/// What is handed over, by whom.
struct Handing {
    store: Store,
    ingest: Ingest,
    pile: Arc<Pile>,
    uploader: Arc<Uploader>,
    /// Who cares for patients that are new; nobody when a program brings them.
    person: Option<PersonId>,
    origin: Origin,
    /// The studies in the order of their dates, each with whom it names.
    studies: Vec<(StudyUid, Patient)>,
    newcomers: Vec<Patient>,
    now: SystemTime,
}

/// `POST /api/v1/uploads/{upload}/start`
pub async fn start(asked: Asked) -> Answered {
    let (id, pile) = mine(&asked)?;
    let wish: Start = asked.json()?;
    check_model(&asked, wish.model.as_deref())?;
    let already = || Refusal::Conflict("This upload is being handed over.".into());
    let begun = pile.begin().ok_or_else(already)?;
    let matched = matching::all(&asked, &pile).await?;
    check(&matched, &wish)?;
    let handing = Handing::of(&asked, (id, pile.clone()), &matched)?;
    let studies = matched.iter().map(|one| one.brought.study.uid.to_string()).collect();
    // Whoever goes away meanwhile leaves nothing half done.
    let handed = tokio::spawn(handing.all()).await;
    let aside = handed.map_err(|error| Refusal::failed(Fault::Defect, error))??;
    drop(begun);
    asked.door.host.operations.uploads.end(id);
    json_with(StatusCode::ACCEPTED, &Handed { studies, aside })
}

/// Whether everything may go on as it is.
fn check(matched: &[Matched], wish: &Start) -> Result<(), Refusal> {
    if matched.is_empty() {
        return Err(Refusal::Conflict("There is no image in this upload.".into()));
    }
    if let Some(blocked) = matched.iter().find(|one| one.verdict == Match::Conflict) {
        let (study, why) = (&blocked.brought.study.uid, &blocked.why);
        return Err(Refusal::Conflict(format!("The study {study} is not taken. {why}")));
    }
    let is_known = matched.iter().any(|one| one.verdict == Match::Same);
    if is_known && !wish.same_patient_confirmed {
        let why = "Please confirm that the patient who is known here is the same person.";
        return Err(Refusal::Conflict(why.into()));
    }
    Ok(())
}

impl Handing {
    fn of(
        asked: &Asked,
        (id, pile): (UploadId, Arc<Pile>),
        matched: &[Matched],
    ) -> Result<Self, Refusal> {
        let mut seen = BTreeSet::new();
        let (mut studies, mut newcomers) = (Vec::new(), Vec::new());
        for one in matched {
            let Some(who) = one.brought.patients.first() else { continue };
            studies.push((one.brought.study.uid.clone(), who.clone()));
            if one.verdict == Match::New && seen.insert((&who.id, &who.issuer)) {
                newcomers.push(who.clone());
            }
        }
        let person = match &asked.caller()?.principal {
            Principal::Person(person) => Some(person.id.clone()),
            _ => None,
        };
        Ok(Self {
            store: asked.door.host.store.clone(),
            ingest: asked.door.host.ingest.clone(),
            pile,
            uploader: Arc::new(Uploader::of(asked)?),
            person,
            origin: Origin {
                calling_ae: SENDER.into(),
                called_ae: String::new(),
                peer: String::new(),
                association: TraceId(id.0),
            },
            studies,
            newcomers,
            now: asked.now,
        })
    }

    async fn all(self) -> Result<usize, Refusal> {
        self.take_in().await?;
        let kept = self.hand_over().await;
        self.ingest.arrivals().closed(&self.origin);
        let aside = kept?;
        for (series, role) in self.pile.roles() {
            for (study, _) in &self.studies {
                match self.store.assign_series(study, &series, role, self.now).await {
                    // It is a series of another study of the upload.
                    Err(StoreError::Unknown(_)) => {}
                    said => said?,
                }
            }
        }
        self.begin().await?;
        Ok(aside)
    }

    /// New patients, each assigned to who brings them.
    async fn take_in(&self) -> Result<(), Refusal> {
        let Some(person) = &self.person else { return Ok(()) };
        for who in &self.newcomers {
            match self.store.take_in(who, person, self.now).await {
                Err(StoreError::OnePatient) => {
                    let why = "Somebody else brought this patient just now; please look again.";
                    return Err(Refusal::Conflict(why.into()));
                }
                taken => taken.map(drop)?,
            }
        }
        Ok(())
    }

    /// Every image, some at a time; gives how many contradict what is here and were put aside.
    async fn hand_over(&self) -> Result<usize, Refusal> {
        let (mut under_way, mut aside) = (JoinSet::new(), 0);
        let mut objects = self.pile.objects().into_iter();
        loop {
            while under_way.len() < UNDER_WAY_MAX {
                let Some(object) = objects.next() else { break };
                let (ingest, origin) = (self.ingest.clone(), self.origin.clone());
                let (pile, uploader) = (self.pile.clone(), self.uploader.clone());
                under_way.spawn(async move {
                    let read = tokio::task::spawn_blocking(move || {
                        let mut arrival = ingest.begin_file(origin, uploader)?;
                        pile.each_piece(&object, |piece| {
                            arrival.take(piece).map_err(io::Error::other)
                        })?;
                        Ok::<_, IngestError>(arrival)
                    });
                    let arrival = read.await.map_err(io::Error::other)??;
                    arrival.finish().await.map(|(_, intake)| intake)
                });
            }
            let Some(handed) = under_way.join_next().await else { break };
            let handed = handed.map_err(|error| Refusal::failed(Fault::Defect, error))?;
            aside += usize::from(matches!(handed.map_err(refusal)?, Intake::Quarantined(_)));
        }
        Ok(aside)
    }

    /// The analysis of each study that has more than results of ours.
    async fn begin(&self) -> Result<(), Refusal> {
        for (study, _) in &self.studies {
            let patient = self.store.study(study).await?.patient;
            let grant = grant(patient).map_err(|_| Refusal::Forbidden)?;
            if self.store.foreign(&grant, study).await?.is_empty() {
                continue;
            }
            self.store.force(study, WANTED).await?;
            self.ingest.arrivals().forget(study);
        }
        Ok(())
    }
}

/// Why an image was not taken, for the person who brought it.
fn refusal(error: IngestError) -> Refusal {
    let what = pipeline::sentence(&error);
    warn!("an uploaded image was not taken: {what}");
    match error {
        IngestError::NotPermitted { .. } => Refusal::Forbidden,
        IngestError::Guard(_) | IngestError::Header(_) => Refusal::Conflict(sentence(&what)),
        error => Refusal::failed(error.fault(), what),
    }
}
