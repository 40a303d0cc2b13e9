//! Two patients turn out to be one: what the one has is wrapped anew for the other.

use super::identity::context;
use super::shred::{OBJECT_TABLES, owned};
use super::{Identity, PatientKey};
use crate::store::break_glass::REASON;
use crate::store::entity::{assessment, break_glass, job, patient, patient_key, study};
use crate::store::{Store, StoreError, corrupt, database};
use interval_core::access::Grant;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction,
    EntityTrait, IntoActiveModel, QueryFilter, Statement,
};

impl Store {
    /// Makes the patient of the first grant part of the patient of the second: objects keep their
    /// bytes, their keys are wrapped by the other's key, texts are sealed anew, and the hospital's
    /// id of the one leads to the other from now on. Artefacts are made again when they are needed:
    /// their UIDs and dates were replaced under the key that goes.
    pub async fn merge(&self, one: &Grant, into: &Grant) -> Result<(), StoreError> {
        if one.patient() == into.patient() {
            return Ok(());
        }
        let tx = self.write().await?;
        let from = self.vault.key_of(&tx, one.patient()).await?;
        let to = self.vault.key_of(&tx, into.patient()).await?;
        let pseudonym = one.patient().to_string();
        let forgotten = "DELETE FROM artefact WHERE pseudonym = $1".to_owned();
        tx.execute_raw(owned(&tx, forgotten, &pseudonym))
            .await
            .map_err(database("forget artefacts"))?;
        for table in OBJECT_TABLES {
            rewrap(&tx, table, (&from, &to)).await?;
        }
        seal_rows_anew(&tx, (&from, &to)).await?;
        move_studies(&tx, (&from, &to)).await?;
        move_access(&tx, (&from, &to)).await?;
        for row in of(&tx, &pseudonym).await? {
            let text = from.open(&context(&row.code), &row.identity)?;
            let _: Identity = serde_json::from_str(&text).map_err(corrupt("patient"))?;
            let identity = to.seal(&context(&row.code), &text)?;
            let mut change = row.into_active_model();
            change.pseudonym = Set(to.patient().to_string());
            change.identity = Set(identity);
            change.update(&tx).await.map_err(database("move an identity"))?;
        }
        patient_key::Entity::delete_by_id(&pseudonym)
            .exec(&tx)
            .await
            .map_err(database("destroy a patient's key"))?;
        tx.commit().await.map_err(database("merge two patients"))
    }
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
        let mut change = row.into_active_model();
        change.pseudonym = Set(to.patient().to_string());
        change.reason = Set(reason);
        change.study_date = Set(date);
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
        let mut change = row.into_active_model();
        change.pseudonym = Set(to.patient().to_string());
        change.study_date = Set(date);
        change.update(tx).await.map_err(database("move a study"))?;
    }
    Ok(())
}

/// Who was assigned to the one is assigned to the other; reasons are sealed anew.
async fn move_access(tx: &DatabaseTransaction, (from, to): FromTo<'_>) -> Result<(), StoreError> {
    let (one, other) = (from.patient().to_string(), to.patient().to_string());
    let update = Statement::from_sql_and_values(
        tx.get_database_backend(),
        "UPDATE assignment SET pseudonym = $1 WHERE pseudonym = $2",
        [other.clone().into(), one.clone().into()],
    );
    tx.execute_raw(update).await.map_err(database("move assignments"))?;
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
