//! What is known of one study, for those who decide what becomes of it.

use super::listing::Listing;
use super::{Holding, of_series};
use crate::store::entity::{instance, outbox, series};
use crate::store::{Store, StoreError, corrupt, database};
use interval_core::access::Grant;
use interval_core::patient::PatientPseudonym;
use interval_core::query::{Attribute, Found};
use interval_core::uid::{InstanceUid, SeriesUid, StudyUid};
use interval_iod::home::MANUFACTURER;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use std::collections::{BTreeMap, BTreeSet};

/// What is known of one study.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Facts {
    /// What the study and its patient say.
    pub study: Found,
    /// What each series says, with its UID and count.
    pub series: Vec<Found>,
    /// The titles of those who sent it.
    pub senders: BTreeSet<String>,
}

impl Store {
    /// What is known of a study of the grant's patient.
    pub async fn facts(&self, grant: &Grant, uid: &StudyUid) -> Result<Facts, StoreError> {
        self.current().await?;
        let (mut study, mut held) = (Found::default(), BTreeMap::new());
        {
            let index = self.catalogue.read();
            let card = index.card(uid).filter(|card| card.patient == grant.patient());
            let card = card.ok_or(StoreError::Unknown("study"))?;
            card.tell(uid, &mut study);
            held.extend(card.series.iter().map(|(uid, of)| (uid.to_string(), of.clone())));
        }
        let key = self.vault.key_of(&self.db, grant.patient()).await?;
        let rows = series::Entity::find()
            .filter(series::Column::Study.eq(uid.as_str()))
            .all(&self.db)
            .await
            .map_err(database("list series"))?;
        let mut all = Vec::with_capacity(rows.len());
        for row in rows {
            let mut found = Found::default();
            Listing::parse(&key.open(&of_series(&row.uid), &row.listing)?).tell(&mut found);
            let Holding { modality, instances } = held.remove(&row.uid).unwrap_or_default();
            found.tell(Attribute::SeriesInstanceUID, row.uid);
            found.tell(Attribute::Modality, modality);
            found.tell(Attribute::NumberOfSeriesRelatedInstances, instances.to_string());
            all.push(found);
        }
        let senders = self.senders(uid).await?.into_iter().collect();
        Ok(Facts { study, series: all, senders })
    }

    /// The titles of those who sent a study.
    async fn senders(&self, uid: &StudyUid) -> Result<Vec<String>, StoreError> {
        instance::Entity::find()
            .select_only()
            .column(instance::Column::CallingAe)
            .distinct()
            .filter(instance::Column::Study.eq(uid.as_str()))
            .into_tuple()
            .all(&self.db)
            .await
            .map_err(database("list senders"))
    }

    /// The instances of a study that we did not make ourselves, with the title of the sender.
    pub async fn foreign(
        &self,
        grant: &Grant,
        uid: &StudyUid,
    ) -> Result<BTreeMap<InstanceUid, String>, StoreError> {
        let facts = self.facts(grant, uid).await?;
        let maker = |series: &&Found| series.text(Attribute::Manufacturer).trim() == MANUFACTURER;
        let ours = facts.series.iter().filter(maker);
        let ours = ours.map(|series| series.text(Attribute::SeriesInstanceUID).to_owned());
        let authored: Vec<String> = outbox::Entity::find()
            .select_only()
            .column(outbox::Column::Uid)
            .distinct()
            .filter(outbox::Column::Study.eq(uid.as_str()))
            .into_tuple()
            .all(&self.db)
            .await
            .map_err(database("list results"))?;
        let rows: Vec<(String, String)> = instance::Entity::find()
            .select_only()
            .columns([instance::Column::Uid, instance::Column::CallingAe])
            .filter(instance::Column::Study.eq(uid.as_str()))
            .filter(instance::Column::Series.is_not_in(ours))
            .filter(instance::Column::Uid.is_not_in(authored))
            .into_tuple()
            .all(&self.db)
            .await
            .map_err(database("list instances"))?;
        let parsed = |(uid, sender): (String, String)| {
            Ok((uid.parse().map_err(corrupt("instance"))?, sender))
        };
        rows.into_iter().map(parsed).collect()
    }

    /// Whose a study is and how many instances of each series are held; nothing when it is not
    /// here.
    pub async fn counts_of(
        &self,
        uid: &StudyUid,
    ) -> Result<Option<(PatientPseudonym, BTreeMap<SeriesUid, u32>)>, StoreError> {
        self.current().await?;
        let index = self.catalogue.read();
        Ok(index.card(uid).map(|card| {
            let held = card.series.iter().map(|(uid, of)| (uid.clone(), of.instances));
            (card.patient, held.collect())
        }))
    }

    /// The modalities of a study that is arriving, as far as it is here.
    pub async fn modalities_of(&self, uid: &StudyUid) -> Result<Vec<String>, StoreError> {
        self.current().await?;
        let index = self.catalogue.read();
        let modalities = index
            .card(uid)
            .map(|card| card.modalities().into_iter().map(str::to_owned).collect::<Vec<_>>());
        Ok(modalities.unwrap_or_default())
    }
}
