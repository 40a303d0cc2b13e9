//! Artefacts: the outputs of stages, named by everything that went into them, so that the same
//! work is never done twice.

use super::blobs::{SealedObject, Stored};
use super::entity::artefact;
use super::{Store, StoreError, corrupt, database, milliseconds, object, same_patient};
use interval_core::access::Grant;
use interval_core::digest::{Digest, Verified};
use interval_core::stage::Stage;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use std::collections::BTreeMap;
use std::time::SystemTime;

/// The key of a stage's outputs: a digest of the stage, its version, its parameters and the
/// digests of its inputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ArtefactKey(pub Digest);

impl ArtefactKey {
    /// The key for these ingredients. Inputs are named, so that swapping two changes it.
    pub fn of<'a>(
        stage: Stage,
        version: u32,
        parameters: &str,
        inputs: impl IntoIterator<Item = (&'a str, Digest)>,
    ) -> Self {
        let mut parts = vec![
            stage.as_str().as_bytes().to_vec(),
            version.to_be_bytes().to_vec(),
            parameters.as_bytes().to_vec(),
        ];
        for (name, digest) in inputs {
            parts.push(name.as_bytes().to_vec());
            parts.push(digest.0.to_vec());
        }
        Self(Digest::of_parts(parts.iter().map(Vec::as_slice)))
    }
}

/// One output of a stage, kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artefact {
    /// The object that holds it.
    pub object: SealedObject,
    /// SHA-256 of its bytes.
    pub digest: Digest,
}

/// The outputs of one stage run, by name.
pub type Outputs = BTreeMap<String, Artefact>;

/// What a stage run cost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cost {
    /// CPU time, user and system, in ms.
    pub cpu_ms: i64,
    /// Peak resident memory in KiB.
    pub peak_rss_kb: i64,
}

impl Store {
    /// The outputs under a key; nothing when the stage has not run on these inputs.
    pub async fn artefacts(
        &self,
        grant: &Grant,
        key: ArtefactKey,
    ) -> Result<Option<Outputs>, StoreError> {
        let owner = self.vault.key_of(&self.db, grant.patient()).await?;
        let rows = artefact::Entity::find()
            .filter(artefact::Column::Key.eq(key.0.to_string()))
            .all(&self.db)
            .await
            .map_err(database("look for artefacts"))?;
        let mut outputs = Outputs::new();
        for row in rows {
            same_patient(grant, &row.pseudonym)?;
            let artefact = Artefact {
                object: owner.unwrap(&row.object, &row.sealed_by)?,
                digest: row.digest.parse().map_err(corrupt("artefact"))?,
            };
            outputs.insert(row.name, artefact);
        }
        Ok((!outputs.is_empty()).then_some(outputs))
    }

    /// Keeps the outputs of a stage run, already safe on the disk: all of them or none.
    pub async fn keep_artefacts(
        &self,
        grant: &Grant,
        (stage, key): (Stage, ArtefactKey),
        (made, cost): (&[(String, Stored)], Cost),
        now: SystemTime,
    ) -> Result<Outputs, StoreError> {
        let tx = self.write().await?;
        let owner = self.vault.key_of(&tx, grant.patient()).await?;
        let mut outputs = Outputs::new();
        for (name, stored) in made {
            artefact::ActiveModel {
                key: Set(key.0.to_string()),
                name: Set(name.clone()),
                stage: Set(stage.as_str().into()),
                pseudonym: Set(grant.patient().to_string()),
                digest: Set(stored.digest.to_string()),
                object: Set(stored.object.id.to_string()),
                sealed_by: Set(owner.wrap(&stored.object)?),
                bytes: Set(stored.bytes as i64),
                cpu_ms: Set(cost.cpu_ms),
                peak_rss_kb: Set(cost.peak_rss_kb),
                made_ms: Set(milliseconds(now)),
            }
            .insert(&tx)
            .await
            .map_err(database("keep an artefact"))?;
            let artefact = Artefact { object: stored.object.clone(), digest: stored.digest };
            outputs.insert(name.clone(), artefact);
        }
        tx.commit().await.map_err(database("keep artefacts"))?;
        Ok(outputs)
    }

    /// The bytes of an artefact, checked against its digest.
    pub fn open_artefact(&self, artefact: &Artefact) -> Result<Verified<Vec<u8>>, StoreError> {
        let bytes = self.blobs.read(&artefact.object).map_err(object("read an artefact"))?;
        Ok(Verified::check(bytes, artefact.digest)?)
    }

    /// The artefacts of one name over all runs of a stage, for the operator's own statistics; those
    /// of destroyed patients are left out.
    pub async fn artefacts_named(
        &self,
        stage: Stage,
        name: &str,
    ) -> Result<Vec<Verified<Vec<u8>>>, StoreError> {
        let rows = artefact::Entity::find()
            .filter(artefact::Column::Stage.eq(stage.as_str()))
            .filter(artefact::Column::Name.eq(name))
            .all(&self.db)
            .await
            .map_err(database("look for artefacts"))?;
        let mut all = Vec::with_capacity(rows.len());
        for row in rows {
            let patient = row.pseudonym.parse().map_err(corrupt("artefact"))?;
            let owner = match self.vault.key_of(&self.db, patient).await {
                Ok(owner) => owner,
                Err(StoreError::Shredded) => continue,
                Err(error) => return Err(error),
            };
            let object = owner.unwrap(&row.object, &row.sealed_by)?;
            let digest = row.digest.parse().map_err(corrupt("artefact"))?;
            all.push(self.open_artefact(&Artefact { object, digest })?);
        }
        Ok(all)
    }

    /// CPU time and peak memory by stage over all kept artefacts; one entry a stage run.
    pub async fn costs(&self) -> Result<Vec<(Stage, Cost)>, StoreError> {
        let rows =
            artefact::Entity::find().all(&self.db).await.map_err(database("list artefacts"))?;
        let mut runs = BTreeMap::new();
        for row in rows {
            let stage: Stage = row.stage.parse().map_err(corrupt("artefact"))?;
            let cost = Cost { cpu_ms: row.cpu_ms, peak_rss_kb: row.peak_rss_kb };
            runs.insert((stage, row.key), cost);
        }
        Ok(runs.into_iter().map(|((stage, _), cost)| (stage, cost)).collect())
    }
}
