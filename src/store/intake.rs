//! What arrives: one transaction holds the instance's row, its patient, its study and the audit
//! event. An instance is acknowledged only after that transaction.

use super::audit;
use super::blobs::{ObjectId, Stored};
use super::entity::{instance, quarantine, study};
use super::vault::PatientKey;
use super::{Store, StoreError, corrupt, database, milliseconds};
use interval_core::audit::AuditEvent;
use interval_core::audit::words::{Action, Actor, Detail, Outcome, PeerTitle, Resource};
use interval_core::study::{Instance, Origin};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, DatabaseTransaction, EntityTrait};
use std::time::SystemTime;

/// What became of an instance that was received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Intake {
    /// It is new, and kept.
    Kept,
    /// The same bytes were here already; nothing changed.
    Known,
    /// Other bytes under a known UID: the first are kept, these are put aside.
    Quarantined,
}

impl Store {
    /// Records a received instance whose bytes are already safe on the disk.
    pub async fn record(
        &self,
        received: &Instance,
        stored: &Stored,
        origin: &Origin,
        now: SystemTime,
    ) -> Result<Intake, StoreError> {
        let tx = self.write().await?;
        let at_ms = milliseconds(now);
        let owner = owner(self, &tx, received, at_ms).await?;
        let known = instance::Entity::find_by_id(received.uid.as_str())
            .one(&tx)
            .await
            .map_err(database("look for the instance"))?;
        let outcome = match known {
            Some(first) if first.digest == stored.digest.to_string() => Intake::Known,
            Some(_) => {
                put_aside(&tx, &owner, (received, stored), at_ms).await?;
                Intake::Quarantined
            }
            None => {
                keep(&tx, &owner, (received, stored, origin), at_ms).await?;
                Intake::Kept
            }
        };
        let event = arrival(received, origin, (&owner, &outcome), at_ms);
        audit::append_once(&tx, &event).await?;
        tx.commit().await.map_err(database("commit the instance"))?;
        if outcome == Intake::Known {
            // The row names the first object; this second one is named by nothing.
            self.blobs.remove(stored.object.id).map_err(super::object("remove a duplicate"))?;
        }
        Ok(outcome)
    }

    /// Objects that neither a row of instances, of quarantine, of artefacts nor of the outbox
    /// names: left by a sudden end between the disk and the database.
    pub async fn orphans(&self) -> Result<Vec<ObjectId>, StoreError> {
        let mut named = std::collections::HashSet::new();
        let tables = ["instance", "quarantine", "artefact", "outbox"];
        for table in tables {
            named.extend(self.object_names(table).await?);
        }
        let objects = self.blobs.list().map_err(super::object("list its objects"))?;
        Ok(objects.into_iter().filter(|object| !named.contains(object)).collect())
    }

    async fn object_names(&self, table: &'static str) -> Result<Vec<ObjectId>, StoreError> {
        use sea_orm::{ConnectionTrait, Statement};
        let select = Statement::from_string(
            self.db.get_database_backend(),
            format!("SELECT object FROM {table}"),
        );
        let rows = self.db.query_all_raw(select).await.map_err(database("list objects"))?;
        rows.iter()
            .map(|row| {
                let name: String = row.try_get("", "object").map_err(database("list objects"))?;
                name.parse().map_err(corrupt(table))
            })
            .collect()
    }
}

async fn keep(
    tx: &DatabaseTransaction,
    owner: &PatientKey,
    (received, stored, origin): (&Instance, &Stored, &Origin),
    at_ms: i64,
) -> Result<(), StoreError> {
    study::Entity::insert(study::ActiveModel {
        uid: Set(received.study.to_string()),
        pseudonym: Set(owner.patient().to_string()),
        study_date: Set(owner.cloak()?.date(&received.exam.date)),
        state: Set(super::study::RECEIVING.into()),
        revision: Set(0),
        last_arrival_ms: Set(at_ms),
    })
    .on_conflict(
        OnConflict::column(study::Column::Uid)
            .value(study::Column::LastArrivalMs, Expr::value(at_ms))
            .value(study::Column::State, Expr::value(super::study::RECEIVING))
            .to_owned(),
    )
    .exec_without_returning(tx)
    .await
    .map_err(database("record the study"))?;
    instance::ActiveModel {
        uid: Set(received.uid.to_string()),
        study: Set(received.study.to_string()),
        series: Set(received.series.to_string()),
        class: Set(received.class.to_string()),
        syntax: Set(received.syntax.to_string()),
        modality: Set(received.acquisition.modality.clone()),
        digest: Set(stored.digest.to_string()),
        object: Set(stored.object.id.to_string()),
        sealed_by: Set(owner.wrap(&stored.object)?),
        bytes: Set(stored.bytes as i64),
        calling_ae: Set(origin.calling_ae.clone()),
        received_ms: Set(at_ms),
    }
    .insert(tx)
    .await
    .map_err(database("record the instance"))?;
    Ok(())
}

/// One event for each association and study, and one more when something was put aside.
fn arrival(
    received: &Instance,
    origin: &Origin,
    (owner, outcome): (&PatientKey, &Intake),
    at_ms: i64,
) -> AuditEvent {
    let actor = Actor::Peer(PeerTitle::of(&origin.calling_ae));
    let study = Resource::Study(received.study.clone());
    let event = AuditEvent::new(at_ms, actor, Action::Receive, study)
        .with_patient(owner.patient())
        .with_trace(origin.association);
    match outcome {
        Intake::Kept | Intake::Known => event.with_outcome(Outcome::Success, Detail::None),
        Intake::Quarantined => event.with_outcome(Outcome::MinorFailure, Detail::Quarantined),
    }
}

/// The key of the patient whose study this is: the study's, when it is known already, so that all
/// of a study is read under one grant; else that of whom the header names.
async fn owner(
    store: &Store,
    tx: &DatabaseTransaction,
    received: &Instance,
    at_ms: i64,
) -> Result<PatientKey, StoreError> {
    let known = study::Entity::find_by_id(received.study.as_str())
        .one(tx)
        .await
        .map_err(database("look for the study"))?;
    match known {
        Some(row) => {
            let owner = row.pseudonym.parse().map_err(corrupt("study"))?;
            store.vault.key_of(tx, owner).await
        }
        None => store.vault.admit(tx, &received.patient, at_ms).await,
    }
}

async fn put_aside(
    tx: &DatabaseTransaction,
    owner: &PatientKey,
    (received, stored): (&Instance, &Stored),
    at_ms: i64,
) -> Result<(), StoreError> {
    quarantine::ActiveModel {
        uid: Set(received.uid.to_string()),
        digest: Set(stored.digest.to_string()),
        pseudonym: Set(owner.patient().to_string()),
        object: Set(stored.object.id.to_string()),
        sealed_by: Set(owner.wrap(&stored.object)?),
        reason: Set("other content under a known SOP Instance UID".into()),
        received_ms: Set(at_ms),
        ..Default::default()
    }
    .insert(tx)
    .await
    .map_err(database("put the instance aside"))?;
    Ok(())
}
