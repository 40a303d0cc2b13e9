//! Two patients turn out to be one: what the one has is wrapped anew for the other.

use super::identity::context;
use super::shred::{Journal, OBJECT_TABLES, owned};
use super::{Identity, PatientKey};
use crate::store::access::must_be;
use crate::store::assignment::known;
use crate::store::blobs::ObjectId;
use crate::store::break_glass::REASON;
use crate::store::catalogue;
use crate::store::entity::{artefact, assessment, break_glass, job, patient, patient_key, study};
use crate::store::review::seal_reviews_anew;
use crate::store::workitem::seal_workitems_anew;
use crate::store::{Store, StoreError, audit, corrupt, database, milliseconds};
use interval_core::access::{Action, Grant};
use interval_core::audit::AuditEvent;
use interval_core::audit::words::{self, Actor, Resource};
use interval_core::job::JobState;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction,
    EntityTrait, IntoActiveModel, QueryFilter, Statement,
};
use std::time::SystemTime;

impl Store {
    /// Makes the patient of the first grant part of the patient of the second: objects keep their
    /// bytes, their keys are wrapped by the other's key, texts are sealed anew, and the hospital's
    /// id of the one leads to the other from now on. Artefacts are made again when they are needed:
    /// their UIDs and dates were replaced under the key that goes.
    pub async fn merge(
        &self,
        one: &Grant,
        into: &Grant,
        now: SystemTime,
    ) -> Result<Journal, StoreError> {
        must_be(one, Action::Maintain, now)?;
        must_be(into, Action::Maintain, now)?;
        if one.patient() == into.patient() {
            return Err(StoreError::OnePatient);
        }
        let tx = self.write().await?;
        for patient in [one.patient(), into.patient()] {
            known(&tx, patient).await?;
        }
        let from = self.vault.key_of(&tx, one.patient()).await?;
        let to = self.vault.key_of(&tx, into.patient()).await?;
        let pseudonym = one.patient().to_string();
        let artefacts = artefacts(&tx, &pseudonym).await?;
        let forgotten = "DELETE FROM artefact WHERE pseudonym = $1".to_owned();
        tx.execute_raw(owned(&tx, forgotten, &pseudonym))
            .await
            .map_err(database("forget artefacts"))?;
        for table in OBJECT_TABLES {
            rewrap(&tx, table, (&from, &to)).await?;
        }
        seal_rows_anew(&tx, (&from, &to)).await?;
        seal_workitems_anew(&tx, (&from, &to)).await?;
        seal_reviews_anew(&tx, (&from, &to)).await?;
        move_studies(&tx, (&from, &to)).await?;
        move_access(&tx, (&from, &to)).await?;
        let last = of(&tx, &to.patient().to_string()).await?.into_iter().map(|row| row.made_ms);
        let after = last.max().map_or(0, |last| last + 1).max(milliseconds(now));
        for row in of(&tx, &pseudonym).await? {
            let text = from.open(&context(&row.code), &row.identity)?;
            let _: Identity = serde_json::from_str(&text).map_err(corrupt("patient"))?;
            let identity = to.seal(&context(&row.code), &text)?;
            let mut change = row.into_active_model();
            change.pseudonym = Set(to.patient().to_string());
            change.identity = Set(identity);
            // The oldest name is who the patient is: the one that was merged into.
            change.made_ms = Set(after);
            change.update(&tx).await.map_err(database("move an identity"))?;
        }
        patient_key::Entity::delete_by_id(&pseudonym)
            .exec(&tx)
            .await
            .map_err(database("destroy a patient's key"))?;
        for patient in [one.patient(), into.patient()] {
            let resource = Resource::Patient(patient);
            let event =
                AuditEvent::new(milliseconds(now), Actor::Operator, words::Action::Merge, resource);
            audit::append(&tx, &event).await?;
        }
        catalogue::turn(&tx).await?;
        tx.commit().await.map_err(database("merge two patients"))?;
        self.remove_objects(&artefacts);
        self.clear_journal().await
    }
}

/// The objects of a patient's artefacts.
async fn artefacts(tx: &DatabaseTransaction, pseudonym: &str) -> Result<Vec<ObjectId>, StoreError> {
    let rows = artefact::Entity::find()
        .filter(artefact::Column::Pseudonym.eq(pseudonym))
        .all(tx)
        .await
        .map_err(database("list artefacts"))?;
    rows.iter().map(|row| row.object.parse().map_err(corrupt("artefact"))).collect()
}

type FromTo<'a> = (&'a PatientKey, &'a PatientKey);

async fn of(tx: &DatabaseTransaction, pseudonym: &str) -> Result<Vec<patient::Model>, StoreError> {
    patient::Entity::find()
        .filter(patient::Column::Pseudonym.eq(pseudonym))
        .all(tx)
        .await
        .map_err(database("look for a patient"))
}

/// Wraps the keys of one table's objects anew.
async fn rewrap(
    tx: &DatabaseTransaction,
    table: &'static str,
    (from, to): FromTo<'_>,
) -> Result<(), StoreError> {
    let own = match table {
        "instance" => "study IN (SELECT uid FROM study WHERE pseudonym = $1)",
        _ => "pseudonym = $1",
    };
    let select = format!("SELECT object, sealed_by FROM {table} WHERE {own}");
    let wrapped = database("wrap keys anew");
    let rows =
        tx.query_all_raw(owned(tx, select, &from.patient().to_string())).await.map_err(&wrapped)?;
    for row in rows {
        let object: String = row.try_get("", "object").map_err(&wrapped)?;
        let sealed_by: String = row.try_get("", "sealed_by").map_err(&wrapped)?;
        let anew = to.wrap(&from.unwrap(&object, &sealed_by)?)?;
        let update = Statement::from_sql_and_values(
            tx.get_database_backend(),
            format!("UPDATE {table} SET sealed_by = $1 WHERE object = $2"),
            [anew.into(), object.into()],
        );
        tx.execute_raw(update).await.map_err(&wrapped)?;
    }
    if table != "instance" {
        let update = Statement::from_sql_and_values(
            tx.get_database_backend(),
            format!("UPDATE {table} SET pseudonym = $1 WHERE pseudonym = $2"),
            [to.patient().to_string().into(), from.patient().to_string().into()],
        );
        tx.execute_raw(update).await.map_err(&wrapped)?;
    }
    Ok(())
}

/// Reasons of jobs and records of assessments.
async fn seal_rows_anew(
    tx: &DatabaseTransaction,
    (from, to): FromTo<'_>,
) -> Result<(), StoreError> {
    let pseudonym = from.patient().to_string();
    let jobs = job::Entity::find()
        .filter(job::Column::Pseudonym.eq(&pseudonym))
        .all(tx)
        .await
        .map_err(database("list jobs"))?;
    for row in jobs {
        let context = crate::store::job::reason_context(row.id);
        let reason = to.seal(&context, &from.open(&context, &row.reason)?)?;
        let date = redate(&row.study_date, (from, to))?;
        let (running, fence) = (row.state == JobState::Running.as_str(), row.fence);
        let mut change = row.into_active_model();
        change.pseudonym = Set(to.patient().to_string());
        change.reason = Set(reason);
        change.study_date = Set(date);
        if running {
            // Whoever holds the lease works under the key that goes: the job begins again.
            change.state = Set(JobState::Pending.as_str().into());
            change.fence = Set(fence + 1);
        }
        change.update(tx).await.map_err(database("move a job"))?;
    }
    let records = assessment::Entity::find()
        .filter(assessment::Column::Pseudonym.eq(&pseudonym))
        .all(tx)
        .await
        .map_err(database("list assessments"))?;
    for row in records {
        let context = crate::store::assessment::record_context(row.job);
        let record = to.seal(&context, &from.open(&context, &row.record)?)?;
        let mut change = row.into_active_model();
        change.pseudonym = Set(to.patient().to_string());
        change.record = Set(record);
        change.update(tx).await.map_err(database("move an assessment"))?;
    }
    Ok(())
}

async fn move_studies(tx: &DatabaseTransaction, (from, to): FromTo<'_>) -> Result<(), StoreError> {
    let studies = study::Entity::find()
        .filter(study::Column::Pseudonym.eq(from.patient().to_string()))
        .all(tx)
        .await
        .map_err(database("list studies"))?;
    for row in studies {
        let date = redate(&row.study_date, (from, to))?;
        catalogue::seal_anew(tx, &row, (from, to)).await?;
        let listing = catalogue::of_study(&row.uid);
        let listing = to.seal(&listing, &from.open(&listing, &row.listing)?)?;
        let mut change = row.into_active_model();
        change.pseudonym = Set(to.patient().to_string());
        change.study_date = Set(date);
        change.listing = Set(listing);
        change.update(tx).await.map_err(database("move a study"))?;
    }
    Ok(())
}

/// Who was assigned to the one is assigned to the other; reasons are sealed anew.
async fn move_access(tx: &DatabaseTransaction, (from, to): FromTo<'_>) -> Result<(), StoreError> {
    let (one, other) = (from.patient().to_string(), to.patient().to_string());
    for table in ["assignment", "fetch_request"] {
        let update = Statement::from_sql_and_values(
            tx.get_database_backend(),
            format!("UPDATE {table} SET pseudonym = $1 WHERE pseudonym = $2"),
            [other.clone().into(), one.clone().into()],
        );
        tx.execute_raw(update).await.map_err(database("move assignments"))?;
    }
    let cases = break_glass::Entity::find()
        .filter(break_glass::Column::Pseudonym.eq(&one))
        .all(tx)
        .await
        .map_err(database("look for broken glass"))?;
    for row in cases {
        let reason = to.seal(REASON, &from.open(REASON, &row.reason)?)?;
        let mut change = row.into_active_model();
        change.pseudonym = Set(other.clone());
        change.reason = Set(reason);
        change.update(tx).await.map_err(database("move broken glass"))?;
    }
    Ok(())
}

/// A date that was shifted for the one, shifted for the other.
fn redate(date: &str, (from, to): FromTo<'_>) -> Result<String, StoreError> {
    Ok(to.cloak()?.date(&from.cloak()?.unshift_date(date)))
}
