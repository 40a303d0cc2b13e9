//! Results: the assessment, its objects and the end of its job commit together, once.

use super::artefact::ArtefactKey;
use super::blobs::Stored;
use super::entity::{assessment, outbox};
use super::job::{Lease, finish};
use super::outbox::{ObjectKind, PENDING};
use super::record::review::{BasisRecord, IssueRecord};
use super::run::remember_runs;
use super::scene::remember_scene;
use super::tracking::{Named, remember};
use super::vault::PatientKey;
use super::{Store, StoreError, audit, corrupt, database, milliseconds};
use interval_core::access::Grant;
use interval_core::audit::AuditEvent;
use interval_core::audit::words::Outcome::Success;
use interval_core::audit::words::{Action, Actor, Detail, Resource};
use interval_core::query::Found;
use interval_core::study::Instance;
use interval_core::uid::{ClassUid, InstanceUid, StudyUid};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait};
use std::time::SystemTime;

/// An object that was authored and lies in the object store.
#[derive(Debug, Clone, PartialEq)]
pub struct Authored {
    /// What it is.
    pub kind: ObjectKind,
    /// SOP Instance UID.
    pub uid: InstanceUid,
    /// SOP Class UID.
    pub class: ClassUid,
    /// Where its bytes lie.
    pub stored: Stored,
    /// What its header says.
    pub header: Instance,
    /// The same, as it can be asked for.
    pub listing: Found,
}

/// Everything that a finished job leaves.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The current study.
    pub study: StudyUid,
    /// The versioned record of the assessment.
    pub record: String,
    /// Names of the lesions that are new to the store.
    pub names: Vec<Named>,
    /// Names what the viewer shows of each timepoint.
    pub scene: Vec<ArtefactKey>,
    /// Names the outputs of every stage run that was used, in the order of use.
    pub runs: Vec<ArtefactKey>,
    /// The objects.
    pub objects: Vec<Authored>,
    /// Names of the destinations that each object goes to.
    pub destinations: Vec<String>,
    /// What the objects are together.
    pub issue: Issue,
}

/// What a job's objects are together.
#[derive(Debug, Clone, PartialEq)]
pub enum Issue {
    /// A version of the result, with the maps that it was measured on.
    Version(IssueRecord, Option<BasisRecord>),
    /// A note that takes the last version back.
    Rejection,
}

impl Store {
    /// Writes a job's outcome down and ends the job, if the lease still holds.
    pub async fn conclude(
        &self,
        grant: &Grant,
        lease: Lease,
        outcome: &Outcome,
        now: SystemTime,
    ) -> Result<(), StoreError> {
        let _recording = self.recording.lock().await;
        let tx = self.write().await?;
        let owner = self.vault.key_of(&tx, grant.patient()).await?;
        let now_ms = milliseconds(now);
        finish(&tx, lease, now_ms).await?;
        remember(&tx, &outcome.names).await?;
        remember_scene(&tx, lease.job, &outcome.scene).await?;
        remember_runs(&tx, lease.job, &outcome.runs).await?;
        assessment::ActiveModel {
            job: Set(lease.job),
            study: Set(outcome.study.to_string()),
            pseudonym: Set(grant.patient().to_string()),
            record: Set(owner.seal(&record_context(lease.job), &outcome.record)?),
            made_ms: Set(now_ms),
        }
        .insert(&tx)
        .await
        .map_err(database("write down an assessment"))?;
        for destination in &outcome.destinations {
            for authored in &outcome.objects {
                let row = outgoing(&owner, lease, outcome, (destination, authored), now_ms)?;
                outbox::Entity::insert(row)
                    .on_conflict(
                        OnConflict::columns([outbox::Column::Destination, outbox::Column::Uid])
                            .do_nothing()
                            .to_owned(),
                    )
                    .try_insert()
                    .exec_without_returning(&tx)
                    .await
                    .map_err(database("fill the outbox"))?;
            }
        }
        let gone = self.conclude_review(&tx, &owner, outcome, now_ms).await?;
        let listed = self.list_results(&tx, (&owner, lease), outcome, now_ms).await?;
        let results = u32::try_from(outcome.objects.len()).unwrap_or(u32::MAX);
        let study = Resource::Study(outcome.study.clone());
        let event = AuditEvent::new(now_ms, Actor::Job(lease.job), Action::Create, study)
            .with_patient(grant.patient())
            .with_outcome(Success, Detail::Processing)
            .with_count(results);
        audit::append(&tx, &event).await?;
        tx.commit().await.map_err(database("conclude a job"))?;
        self.publish_results(&listed, outcome);
        self.remove_objects(&gone);
        Ok(())
    }

    /// The record that a job left, for the operator.
    pub async fn assessment(&self, job: i32) -> Result<Option<String>, StoreError> {
        let row = assessment::Entity::find_by_id(job)
            .one(&self.db)
            .await
            .map_err(database("look for an assessment"))?;
        let Some(row) = row else { return Ok(None) };
        let patient = row.pseudonym.parse().map_err(corrupt("assessment"))?;
        let key = self.vault.key_of(&self.db, patient).await?;
        key.open(&record_context(job), &row.record).map(Some)
    }
}

/// Names the column and the row of a sealed record.
pub(super) fn record_context(job: i32) -> String {
    format!("assessment.record {job}")
}

fn outgoing(
    owner: &PatientKey,
    lease: Lease,
    outcome: &Outcome,
    (destination, authored): (&String, &Authored),
    now_ms: i64,
) -> Result<outbox::ActiveModel, StoreError> {
    Ok(outbox::ActiveModel {
        job: Set(lease.job),
        study: Set(outcome.study.to_string()),
        pseudonym: Set(owner.patient().to_string()),
        destination: Set(destination.clone()),
        kind: Set(authored.kind.as_str().into()),
        uid: Set(authored.uid.to_string()),
        class: Set(authored.class.to_string()),
        digest: Set(authored.stored.digest.to_string()),
        object: Set(authored.stored.object.id.to_string()),
        sealed_by: Set(owner.wrap(&authored.stored.object)?),
        state: Set(PENDING.into()),
        attempt: Set(0),
        not_before_ms: Set(0),
        last_error: Set(String::new()),
        changed_ms: Set(now_ms),
        ..Default::default()
    })
}
