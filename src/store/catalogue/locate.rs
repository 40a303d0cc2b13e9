//! Where the objects lie that a peer or a viewer wants to have.

use super::Visible;
use crate::store::blobs::SealedObject;
use crate::store::entity::instance;
use crate::store::{Store, StoreError, corrupt, database};
use interval_core::access::{Grant, Panel};
use interval_core::digest::Digest;
use interval_core::patient::PatientPseudonym;
use interval_core::query::Selection;
use interval_core::uid::{ClassUid, InstanceUid, SeriesUid, StudyUid, SyntaxUid};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use std::collections::{BTreeSet, HashMap};

/// Most objects that one request selects: the largest studies have some 20,000 instances.
const SELECTED_MAX: u64 = 100_000;

/// UIDs that one statement binds; SQLite takes 32,766.
const NAMED_AT_ONCE: usize = 10_000;

/// An object that was selected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located {
    /// SOP Instance UID.
    pub uid: InstanceUid,
    /// SOP Class UID.
    pub class: ClassUid,
    /// Transfer syntax it is kept in.
    pub syntax: SyntaxUid,
    /// Its study.
    pub study: StudyUid,
    /// Its series.
    pub series: SeriesUid,
    /// Whose it is.
    pub patient: PatientPseudonym,
    /// The object that holds it.
    pub object: SealedObject,
    /// SHA-256 at receipt.
    pub digest: Digest,
    /// Size of the Part 10 file in bytes.
    pub bytes: u64,
}

impl Store {
    /// The objects of a selection, as far as a panel shows them: by series and number.
    pub async fn locate(
        &self,
        panel: &Panel,
        selection: &Selection,
    ) -> Result<Vec<Located>, StoreError> {
        let visible = self.visible(panel).await?;
        self.select(&visible, selection).await
    }

    /// The same within one patient's studies.
    pub async fn locate_own(
        &self,
        grant: &Grant,
        selection: &Selection,
    ) -> Result<Vec<Located>, StoreError> {
        let visible = Visible::Only([grant.patient()].into());
        self.select(&visible, selection).await
    }

    /// The SOP classes of instances, by UID; those that are not here are left out.
    pub async fn classes_of(
        &self,
        uids: &[&InstanceUid],
    ) -> Result<HashMap<String, ClassUid>, StoreError> {
        let mut classes = HashMap::with_capacity(uids.len());
        for some in uids.chunks(NAMED_AT_ONCE) {
            let rows: Vec<(String, String)> = instance::Entity::find()
                .select_only()
                .columns([instance::Column::Uid, instance::Column::Class])
                .filter(instance::Column::Uid.is_in(some.iter().map(|uid| uid.as_str())))
                .into_tuple()
                .all(&self.db)
                .await
                .map_err(database("look for instances"))?;
            for (uid, class) in rows {
                classes.insert(uid, class.parse().map_err(corrupt("instance"))?);
            }
        }
        Ok(classes)
    }

    async fn select(
        &self,
        visible: &Visible,
        selection: &Selection,
    ) -> Result<Vec<Located>, StoreError> {
        if selection.is_empty() {
            return Ok(Vec::new());
        }
        self.current().await?;
        let rows = self.rows_of(selection).await?;
        let mut keys = HashMap::new();
        let mut located = Vec::with_capacity(rows.len());
        for row in rows {
            let study: StudyUid = row.study.parse().map_err(corrupt("instance"))?;
            let Some(patient) = self.owner_of(&study).filter(|owner| visible.shows(*owner)) else {
                continue;
            };
            if let std::collections::hash_map::Entry::Vacant(vacant) = keys.entry(patient) {
                vacant.insert(self.vault.key_of(&self.db, patient).await?);
            }
            let key = keys.get(&patient).ok_or(StoreError::Shredded)?;
            located.push(Located {
                uid: row.uid.parse().map_err(corrupt("instance"))?,
                class: row.class.parse().map_err(corrupt("instance"))?,
                syntax: row.syntax.parse().map_err(corrupt("instance"))?,
                study,
                series: row.series.parse().map_err(corrupt("instance"))?,
                patient,
                object: key.unwrap(&row.object, &row.sealed_by)?,
                digest: row.digest.parse().map_err(corrupt("instance"))?,
                bytes: row.bytes as u64,
            });
        }
        Ok(located)
    }

    async fn rows_of(&self, selection: &Selection) -> Result<Vec<instance::Model>, StoreError> {
        let mut studies: BTreeSet<&str> = selection.studies.iter().map(StudyUid::as_str).collect();
        let of_patient: Vec<StudyUid> = match &selection.patient {
            Some(id) => self.catalogue.read().of_id(id).map(|(uid, _)| uid.clone()).collect(),
            None => Vec::new(),
        };
        if selection.patient.is_some() {
            let theirs: BTreeSet<&str> = of_patient.iter().map(StudyUid::as_str).collect();
            studies = if studies.is_empty() {
                theirs
            } else {
                studies.intersection(&theirs).copied().collect()
            };
        }
        let mut select = instance::Entity::find();
        if selection.patient.is_some() || !selection.studies.is_empty() {
            select = select.filter(instance::Column::Study.is_in(studies));
        }
        if !selection.series.is_empty() {
            let series = selection.series.iter().map(SeriesUid::as_str);
            select = select.filter(instance::Column::Series.is_in(series));
        }
        if !selection.instances.is_empty() {
            let instances = selection.instances.iter().map(InstanceUid::as_str);
            select = select.filter(instance::Column::Uid.is_in(instances));
        }
        select
            .order_by_asc(instance::Column::Study)
            .order_by_asc(instance::Column::Series)
            .order_by_asc(instance::Column::Number)
            .order_by_asc(instance::Column::Uid)
            .limit(SELECTED_MAX)
            .all(&self.db)
            .await
            .map_err(database("look for objects"))
    }

    fn owner_of(&self, study: &StudyUid) -> Option<PatientPseudonym> {
        self.catalogue.read().card(study).map(|card| card.patient)
    }
}
