//! The catalogue: what is held, as both doors are asked about it. Facts of studies are in memory,
//! read from their sealed rows at the first question; series and instances are read from their rows
//! when they are asked for.

mod facts;
mod find;
mod index;
mod listing;
mod locate;

pub use facts::Facts;
pub use find::MATCHES_MAX;
pub use index::{Card, Holding, Index};
pub use listing::Listing;
pub use locate::Located;

use super::entity::{instance, series, study};
use super::vault::PatientKey;
use super::{Store, StoreError, corrupt, database};
use interval_core::access::{Panel, Scope};
use interval_core::patient::PatientPseudonym;
use interval_core::query::{Attribute, Found, Level};
use interval_core::uid::{ClassUid, SeriesUid, StudyUid};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction,
    EntityTrait, FromQueryResult, IntoActiveModel, QueryFilter, QuerySelect, Statement,
};
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// The catalogue of one store; copies are one.
#[derive(Debug, Clone, Default)]
pub struct Catalogue(Arc<RwLock<Index>>);

impl Catalogue {
    pub(super) fn read(&self) -> RwLockReadGuard<'_, Index> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn write(&self) -> RwLockWriteGuard<'_, Index> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whose studies a list may show.
#[derive(Debug)]
enum Visible {
    All,
    Only(HashSet<PatientPseudonym>),
}

impl Visible {
    fn shows(&self, patient: PatientPseudonym) -> bool {
        match self {
            Visible::All => true,
            Visible::Only(patients) => patients.contains(&patient),
        }
    }
}

/// Names the column and the row of a study's listing.
pub(super) fn of_study(uid: &str) -> String {
    format!("study.listing {uid}")
}

/// Names the column and the row of a series' listing.
pub(super) fn of_series(uid: &str) -> String {
    format!("series.listing {uid}")
}

/// Says in the transaction that rows changed hands: every process reads the catalogue again.
pub(super) async fn turn(tx: &DatabaseTransaction) -> Result<(), StoreError> {
    let update = "UPDATE catalogue SET epoch = epoch + 1 WHERE id = 1";
    tx.execute_unprepared(update).await.map_err(database("change its catalogue"))?;
    Ok(())
}

/// The state of the rows.
pub(super) async fn epoch(db: &impl ConnectionTrait) -> Result<i64, StoreError> {
    let select = "SELECT epoch FROM catalogue WHERE id = 1";
    let select = Statement::from_string(db.get_database_backend(), select);
    let row = db.query_one_raw(select).await.map_err(database("read its catalogue"))?;
    let row = row.ok_or_else(|| corrupt("catalogue")("its row is gone"))?;
    row.try_get_by_index(0).map_err(database("read its catalogue"))
}

/// Seals what the series of a study say of themselves for another patient.
pub(super) async fn seal_anew(
    tx: &DatabaseTransaction,
    study: &study::Model,
    (from, to): (&PatientKey, &PatientKey),
) -> Result<(), StoreError> {
    let rows = series::Entity::find()
        .filter(series::Column::Study.eq(&study.uid))
        .all(tx)
        .await
        .map_err(database("list series"))?;
    for row in rows {
        let context = of_series(&row.uid);
        let listing = to.seal(&context, &from.open(&context, &row.listing)?)?;
        let mut change = row.into_active_model();
        change.listing = Set(listing);
        change.update(tx).await.map_err(database("move a series"))?;
    }
    Ok(())
}

/// How many instances of a class a series has.
#[derive(Debug, FromQueryResult)]
struct Count {
    study: String,
    series: String,
    modality: String,
    class: String,
    instances: i64,
}

impl Store {
    /// Reads the catalogue ahead of the first question.
    pub async fn warm(&self) -> Result<(), StoreError> {
        self.current().await
    }

    /// Reads the catalogue when it was not read yet, or when rows changed hands.
    pub(super) async fn current(&self) -> Result<(), StoreError> {
        let epoch = epoch(&self.db).await?;
        if self.catalogue.read().epoch == epoch {
            return Ok(());
        }
        // Whoever records waits: what is recorded meanwhile would be missing.
        let _recording = self.recording.lock().await;
        if self.catalogue.read().epoch == epoch {
            return Ok(());
        }
        let index = self.read_catalogue(epoch).await?;
        *self.catalogue.write() = index;
        Ok(())
    }

    /// The catalogue as the rows have it. The caller holds the lock of recording.
    pub(super) async fn read_catalogue(&self, epoch: i64) -> Result<Index, StoreError> {
        let mut held = self.count_instances().await?;
        let keys = self.vault.all_keys(&self.db).await?;
        let rows = study::Entity::find().all(&self.db).await.map_err(database("list studies"))?;
        let mut index = Index::new(epoch);
        for row in rows {
            let patient: PatientPseudonym = row.pseudonym.parse().map_err(corrupt("study"))?;
            // Without a key nothing is known of the study, and nothing may be.
            let Some(key) = keys.get(&patient) else { continue };
            let uid: StudyUid = row.uid.parse().map_err(corrupt("study"))?;
            let listing = self.listing_of(&row, key).await?;
            let (series, classes) = held.remove(&row.uid).unwrap_or_default();
            index.put(uid, Card { patient, listing, series, classes });
        }
        Ok(index)
    }

    /// What a study says of itself; of one that an earlier version took, what else is known.
    async fn listing_of(
        &self,
        row: &study::Model,
        key: &PatientKey,
    ) -> Result<Listing, StoreError> {
        if !row.listing.is_empty() {
            return Ok(Listing::parse(&key.open(&of_study(&row.uid), &row.listing)?));
        }
        let mut found = Found::default();
        found.tell(Attribute::StudyDate, key.cloak()?.unshift_date(&row.study_date));
        if let Some(who) = self.vault.identity_of(&self.db, key.patient()).await? {
            found.tell(Attribute::PatientName, who.name);
            found.tell(Attribute::PatientID, who.id);
            found.tell(Attribute::IssuerOfPatientID, who.issuer);
            found.tell(Attribute::PatientBirthDate, who.birth_date);
            found.tell(Attribute::PatientSex, who.sex);
        }
        Ok(Listing::of(&found, &[Level::Patient, Level::Study]))
    }

    async fn count_instances(&self) -> Result<HashMap<String, Contents>, StoreError> {
        let rows = instance::Entity::find()
            .select_only()
            .columns([instance::Column::Study, instance::Column::Series])
            .columns([instance::Column::Modality, instance::Column::Class])
            .column_as(instance::Column::Uid.count(), "instances")
            .group_by(instance::Column::Study)
            .group_by(instance::Column::Series)
            .group_by(instance::Column::Modality)
            .group_by(instance::Column::Class)
            .into_model::<Count>()
            .all(&self.db)
            .await
            .map_err(database("count instances"))?;
        let mut held: HashMap<String, Contents> = HashMap::new();
        for row in rows {
            let series: SeriesUid = row.series.parse().map_err(corrupt("instance"))?;
            let class: ClassUid = row.class.parse().map_err(corrupt("instance"))?;
            let (all, classes) = held.entry(row.study).or_default();
            let holding = all.entry(series).or_default();
            holding.instances += u32::try_from(row.instances).unwrap_or(u32::MAX);
            holding.modality = row.modality.into();
            classes.insert(class);
        }
        Ok(held)
    }

    async fn visible(&self, panel: &Panel) -> Result<Visible, StoreError> {
        match panel.scope() {
            Scope::All => Ok(Visible::All),
            Scope::Only(_) | Scope::AssignedTo { .. } => {
                let patients = self.patients_within(panel).await?;
                Ok(Visible::Only(patients.into_iter().collect()))
            }
        }
    }
}

/// Series with their counts, and the SOP classes of a study.
type Contents =
    (std::collections::BTreeMap<SeriesUid, Holding>, std::collections::BTreeSet<ClassUid>);
