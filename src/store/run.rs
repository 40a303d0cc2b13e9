//! The stage runs that a job used, with what each of them left: where a result can be followed down
//! to the files.

use super::artefact::{Artefact, ArtefactKey};
use super::entity::{artefact, run};
use super::{Store, StoreError, corrupt, database, same_patient};
use interval_core::access::Grant;
use interval_core::stage::Stage;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter,
    QueryOrder,
};

/// A stage run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Its place in the job, from 0.
    pub place: i32,
    /// The stage.
    pub stage: Stage,
    /// CPU time, user and system, in ms.
    pub cpu_ms: i64,
    /// What it left, by name.
    pub left: Vec<Left>,
}

/// One output of a stage run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    /// Its name within the stage.
    pub name: String,
    /// Size in bytes.
    pub bytes: i64,
    /// The bytes, as [`Store::open_artefact`] reads them.
    pub artefact: Artefact,
}

impl Store {
    /// The stage runs of a job of the grant's patient, in the order of use. Jobs of versions that
    /// did not write them down have none.
    pub async fn runs(&self, grant: &Grant, job: i32) -> Result<Vec<Run>, StoreError> {
        let owner = self.vault.key_of(&self.db, grant.patient()).await?;
        let used = run::Entity::find()
            .filter(run::Column::Job.eq(job))
            .order_by_asc(run::Column::Place)
            .all(&self.db)
            .await
            .map_err(database("look for stage runs"))?;
        let mut runs = Vec::with_capacity(used.len());
        for one in used {
            let rows = artefact::Entity::find()
                .filter(artefact::Column::Key.eq(one.artefact))
                .order_by_asc(artefact::Column::Name)
                .all(&self.db)
                .await
                .map_err(database("look for artefacts"))?;
            let Some(first) = rows.first() else { continue };
            let stage = first.stage.parse().map_err(corrupt("artefact"))?;
            let cpu_ms = first.cpu_ms;
            let mut left = Vec::with_capacity(rows.len());
            for row in rows {
                same_patient(grant, &row.pseudonym)?;
                let object = owner.unwrap(&row.object, &row.sealed_by)?;
                let digest = row.digest.parse().map_err(corrupt("artefact"))?;
                let artefact = Artefact { object, digest };
                left.push(Left { name: row.name, bytes: row.bytes, artefact });
            }
            runs.push(Run { place: one.place, stage, cpu_ms, left });
        }
        Ok(runs)
    }
}

/// Writes down which stage runs a job used, inside a transaction.
pub(super) async fn remember_runs(
    tx: &DatabaseTransaction,
    job: i32,
    used: &[ArtefactKey],
) -> Result<(), StoreError> {
    for (place, key) in (0..).zip(used) {
        let row =
            run::ActiveModel { job: Set(job), place: Set(place), artefact: Set(key.0.to_string()) };
        row.insert(tx).await.map_err(database("write down a stage run"))?;
    }
    Ok(())
}
