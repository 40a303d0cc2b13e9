//! Studies as rows, and their instances read back from their own bytes.

use super::authored::of_this_node;
use super::blobs::SealedObject;
use super::catalogue::Card;
use super::entity::{instance, series_assignment, study};
use super::vault::PatientKey;
use super::{Store, StoreError, corrupt, database, milliseconds, object, same_patient};
use interval_core::access::Grant;
use interval_core::digest::Digest;
use interval_core::patient::PatientPseudonym;
use interval_core::role::SeriesRole;
use interval_core::study::Study;
use interval_core::uid::{InstanceUid, SeriesUid, StudyUid};
use interval_iod::header;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction,
    EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
};
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::SystemTime;

/// State: instances are still arriving.
pub const RECEIVING: &str = "receiving";

/// State: the evidence says that the study is complete.
pub const SETTLED: &str = "settled";

/// State: it was fetched, and parts of it show somebody else: it is never compared.
pub const BARRED: &str = "barred";

/// How much of an object is read for its header. Headers of real MR images are under 64 KiB; the
/// rest is private data in front of the pixels.
const HEADER_BYTES_MAX: u64 = 1 << 20;

/// A study that has become quiet, with the number of its settled state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    /// The study.
    pub study: StudyUid,
    /// Whose it is.
    pub patient: PatientPseudonym,
    /// Which settled state this is, from 1.
    pub revision: i32,
    /// Study Date as its row has it: shifted; only the order of a patient's dates counts.
    pub study_date: String,
}

/// Why a study counts as complete, and what becomes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settling {
    /// For people, without anything of the patient.
    pub evidence: String,
    /// What becomes of it.
    pub then: Then,
}

/// What becomes of a study that is complete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Then {
    /// A job analyses it.
    Analyse,
    /// It is kept.
    Nothing,
    /// It goes to these destinations as it is.
    Forward(Vec<String>),
    /// The patient's earlier studies are fetched, for a study that is to come.
    Prefetch,
}

/// A study that is arriving.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receiving {
    /// The study.
    pub study: StudyUid,
    /// Whose it is.
    pub patient: PatientPseudonym,
    /// When its last instance was recorded, in ms since 1970.
    pub last_arrival_ms: i64,
}

/// Whether a study that we only fetched is worked on now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Woken {
    /// It is, like one that arrives.
    Yes,
    /// It was no such study.
    No,
}

/// A study of a patient, by name and date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StudyEntry {
    /// The study.
    pub uid: StudyUid,
    /// Whose it is.
    pub patient: PatientPseudonym,
    /// Study Date, YYYYMMDD or empty.
    pub study_date: String,
    /// Whether instances are still arriving.
    pub state: String,
    /// Why it counts as complete; empty while it is arriving.
    pub evidence: String,
}

/// What the node holds of one study, for listings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Holding {
    /// Study Instance UID.
    pub study: String,
    /// Whose it is, by pseudonym.
    pub patient: String,
    /// receiving or settled.
    pub state: String,
    /// Why it counts as complete; empty while it is arriving.
    pub evidence: String,
    /// Instances by modality.
    pub by_modality: BTreeMap<String, usize>,
}

/// Where the bytes of an instance lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Its UID.
    pub uid: InstanceUid,
    /// The object that holds it.
    pub object: SealedObject,
    /// SHA-256 at receipt.
    pub digest: Digest,
    /// Size in bytes.
    pub bytes: u64,
}

impl Store {
    /// The studies that are arriving, in the order of their dates.
    pub async fn receiving(&self) -> Result<Vec<Receiving>, StoreError> {
        study::Entity::find()
            .filter(study::Column::State.eq(RECEIVING))
            .order_by_asc(study::Column::StudyDate)
            .all(&self.db)
            .await
            .map_err(database("list receiving studies"))?
            .into_iter()
            .map(|row| {
                Ok(Receiving {
                    study: row.uid.parse().map_err(corrupt("study"))?,
                    patient: row.pseudonym.parse().map_err(corrupt("study"))?,
                    last_arrival_ms: row.last_arrival_ms,
                })
            })
            .collect()
    }

    /// How many instances of a study are here, as its source would count them: without results of
    /// ours that went nowhere.
    pub async fn instances_of_study(&self, uid: &StudyUid) -> Result<u32, StoreError> {
        self.current().await?;
        let held = self.catalogue.read().card(uid).map_or(0, Card::instances);
        let own = u32::try_from(self.undelivered(uid).await?).unwrap_or(u32::MAX);
        Ok(held.saturating_sub(own))
    }

    /// Settles a study that is arriving, unless something came since `last_arrival_ms`; with it
    /// begins what is to come of it.
    pub async fn settle(
        &self,
        uid: &StudyUid,
        last_arrival_ms: i64,
        settling: &Settling,
    ) -> Result<Option<Settled>, StoreError> {
        let tx = self.write().await?;
        let row = row_of(&tx, uid).await?;
        if row.state != RECEIVING || row.last_arrival_ms != last_arrival_ms {
            return Ok(None);
        }
        let settled = settled(&tx, row, settling).await?;
        tx.commit().await.map_err(database("settle a study"))?;
        Ok(Some(settled))
    }

    /// Settles a study whatever the evidence is, again when it is settled already: the word of an
    /// operator.
    pub async fn force(&self, uid: &StudyUid, evidence: &str) -> Result<Settled, StoreError> {
        let tx = self.write().await?;
        let row = row_of(&tx, uid).await?;
        let settling = Settling { evidence: evidence.to_owned(), then: Then::Analyse };
        let settled = settled(&tx, row, &settling).await?;
        tx.commit().await.map_err(database("settle a study"))?;
        Ok(settled)
    }

    /// A study that we only fetched counts as arriving from now on, because somebody sends it to
    /// us; gives whether it was such a study.
    pub async fn wake(&self, uid: &StudyUid, now: SystemTime) -> Result<Woken, StoreError> {
        let row = study::Entity::find_by_id(uid.as_str())
            .filter(study::Column::Revision.eq(0))
            .filter(study::Column::State.ne(RECEIVING))
            .one(&self.db)
            .await
            .map_err(database("look for a study"))?;
        if row.is_none() {
            return Ok(Woken::No);
        }
        self.change_unworked(uid, (RECEIVING, ""), now).await?;
        Ok(Woken::Yes)
    }

    /// A study that we fetched turned out to show somebody else.
    pub async fn bar(
        &self,
        uid: &StudyUid,
        evidence: &str,
        now: SystemTime,
    ) -> Result<(), StoreError> {
        self.change_unworked(uid, (BARRED, evidence), now).await
    }

    /// Changes a study that was fetched and never worked on.
    async fn change_unworked(
        &self,
        uid: &StudyUid,
        (state, evidence): (&str, &str),
        now: SystemTime,
    ) -> Result<(), StoreError> {
        let tx = self.write().await?;
        study::Entity::update_many()
            .col_expr(study::Column::State, Expr::value(state))
            .col_expr(study::Column::Evidence, Expr::value(evidence))
            .col_expr(study::Column::LastArrivalMs, Expr::value(milliseconds(now)))
            .filter(study::Column::Uid.eq(uid.as_str()))
            .filter(study::Column::Revision.eq(0))
            .filter(study::Column::State.ne(RECEIVING))
            .exec(&tx)
            .await
            .map_err(database("change a study"))?;
        tx.commit().await.map_err(database("change a study"))
    }

    /// Whose a study is.
    pub async fn patient_of_study(&self, uid: &StudyUid) -> Result<PatientPseudonym, StoreError> {
        row_of(&self.db, uid).await?.pseudonym.parse().map_err(corrupt("study"))
    }

    /// The entry of one study, for the operator.
    pub async fn study(&self, uid: &StudyUid) -> Result<StudyEntry, StoreError> {
        let row = row_of(&self.db, uid).await?;
        let patient = row.pseudonym.parse().map_err(corrupt("study"))?;
        entry(row, &self.vault.key_of(&self.db, patient).await?)
    }

    /// The studies of the grant's patient, in the order of their dates.
    pub async fn studies(&self, grant: &Grant) -> Result<Vec<StudyEntry>, StoreError> {
        let key = self.vault.key_of(&self.db, grant.patient()).await?;
        study::Entity::find()
            .filter(study::Column::Pseudonym.eq(grant.patient().to_string()))
            .order_by_asc(study::Column::StudyDate)
            .order_by_asc(study::Column::Uid)
            .all(&self.db)
            .await
            .map_err(database("list studies"))?
            .into_iter()
            .map(|row| entry(row, &key))
            .collect()
    }

    /// What is held of every study, for the operator.
    pub async fn holdings(&self) -> Result<Vec<Holding>, StoreError> {
        let studies = study::Entity::find()
            .order_by_asc(study::Column::Pseudonym)
            .order_by_asc(study::Column::StudyDate)
            .all(&self.db)
            .await
            .map_err(database("list studies"))?;
        let instances =
            instance::Entity::find().all(&self.db).await.map_err(database("list instances"))?;
        let mut counts: BTreeMap<String, BTreeMap<String, usize>> = BTreeMap::new();
        for row in instances {
            *counts.entry(row.study).or_default().entry(row.modality).or_default() += 1;
        }
        let holding = |row: study::Model| Holding {
            by_modality: counts.remove(&row.uid).unwrap_or_default(),
            study: row.uid,
            patient: row.pseudonym,
            state: row.state,
            evidence: row.evidence,
        };
        Ok(studies.into_iter().map(holding).collect())
    }

    /// Where the instances of a study lie that were received, by UID.
    pub async fn kept(&self, grant: &Grant, uid: &StudyUid) -> Result<Vec<Kept>, StoreError> {
        let row = row_of(&self.db, uid).await?;
        same_patient(grant, &row.pseudonym)?;
        let key = self.vault.key_of(&self.db, grant.patient()).await?;
        let rows = instance::Entity::find()
            .filter(instance::Column::Study.eq(uid.as_str()))
            .filter(of_this_node(uid).not())
            .order_by_asc(instance::Column::Uid)
            .all(&self.db)
            .await
            .map_err(database("list instances"))?;
        rows.into_iter().map(|row| kept(row, &key)).collect()
    }

    /// Every acknowledged instance, for verification by the operator.
    pub async fn all_kept(&self) -> Result<Vec<Kept>, StoreError> {
        let studies =
            study::Entity::find().all(&self.db).await.map_err(database("list studies"))?;
        let mut keys = BTreeMap::new();
        for study in studies {
            let patient = study.pseudonym.parse().map_err(corrupt("study"))?;
            keys.insert(study.uid, self.vault.key_of(&self.db, patient).await?);
        }
        let rows =
            instance::Entity::find().all(&self.db).await.map_err(database("list instances"))?;
        let owned = |row: instance::Model| {
            let key = keys.get(&row.study).ok_or(StoreError::Unknown("study"))?;
            kept(row, key)
        };
        rows.into_iter().map(owned).collect()
    }

    /// A study as the headers of what was received tell it.
    pub async fn headers(&self, grant: &Grant, uid: &StudyUid) -> Result<Study, StoreError> {
        let kept = self.kept(grant, uid).await?;
        let blobs = self.blobs.clone();
        let read = move || {
            kept.iter()
                .map(|kept| {
                    let start = blobs
                        .read_start(&kept.object, HEADER_BYTES_MAX)
                        .map_err(object("read a header"))?;
                    header::read(&start, kept.digest).map_err(corrupt("instance"))
                })
                .collect::<Result<Vec<_>, StoreError>>()
        };
        let instances = tokio::task::spawn_blocking(read).await.map_err(corrupt("instance"))??;
        Ok(Study::from_instances(uid.clone(), instances))
    }

    /// Remembers a human's word on what a series shows.
    pub async fn assign_series(
        &self,
        study: &StudyUid,
        series: &SeriesUid,
        role: SeriesRole,
        now: SystemTime,
    ) -> Result<(), StoreError> {
        let known = instance::Entity::find()
            .filter(instance::Column::Study.eq(study.as_str()))
            .filter(instance::Column::Series.eq(series.as_str()))
            .one(&self.db)
            .await
            .map_err(database("look for a series"))?;
        if known.is_none() {
            return Err(StoreError::Unknown("series in that study"));
        }
        let (role, now) = (role.as_str(), milliseconds(now));
        series_assignment::Entity::insert(series_assignment::ActiveModel {
            series: Set(series.to_string()),
            study: Set(study.to_string()),
            role: Set(role.into()),
            assigned_ms: Set(now),
        })
        .on_conflict(
            OnConflict::column(series_assignment::Column::Series)
                .value(series_assignment::Column::Role, Expr::value(role))
                .value(series_assignment::Column::AssignedMs, Expr::value(now))
                .to_owned(),
        )
        .exec_without_returning(&self.db)
        .await
        .map(|_| ())
        .map_err(database("remember an assignment"))
    }

    /// Forgets a human's word on a series of a study: the rule decides again.
    pub async fn unassign_series(
        &self,
        study: &StudyUid,
        series: &SeriesUid,
    ) -> Result<(), StoreError> {
        series_assignment::Entity::delete_many()
            .filter(series_assignment::Column::Study.eq(study.as_str()))
            .filter(series_assignment::Column::Series.eq(series.as_str()))
            .exec(&self.db)
            .await
            .map(|_| ())
            .map_err(database("forget an assignment"))
    }

    /// What humans said about the series of a study.
    pub async fn assignments(
        &self,
        study: &StudyUid,
    ) -> Result<Vec<(SeriesUid, SeriesRole)>, StoreError> {
        series_assignment::Entity::find()
            .filter(series_assignment::Column::Study.eq(study.as_str()))
            .order_by_asc(series_assignment::Column::Series)
            .all(&self.db)
            .await
            .map_err(database("list assignments"))?
            .into_iter()
            .map(|row| {
                let series = row.series.parse().map_err(corrupt("series_assignment"))?;
                let role = row.role.parse().map_err(corrupt("series_assignment"))?;
                Ok((series, role))
            })
            .collect()
    }
}

async fn row_of(db: &impl ConnectionTrait, uid: &StudyUid) -> Result<study::Model, StoreError> {
    study::Entity::find_by_id(uid.as_str())
        .one(db)
        .await
        .map_err(database("look for a study"))?
        .ok_or(StoreError::Unknown("study"))
}

/// The next settled state of a study, and what comes of it.
async fn settled(
    tx: &DatabaseTransaction,
    row: study::Model,
    settling: &Settling,
) -> Result<Settled, StoreError> {
    let settled = Settled {
        study: row.uid.parse().map_err(corrupt("study"))?,
        patient: row.pseudonym.parse().map_err(corrupt("study"))?,
        revision: row.revision + 1,
        study_date: row.study_date.clone(),
    };
    let mut change = row.into_active_model();
    change.state = Set(SETTLED.into());
    change.revision = Set(settled.revision);
    change.evidence = Set(settling.evidence.clone());
    change.update(tx).await.map_err(database("settle a study"))?;
    let now = SystemTime::now();
    match &settling.then {
        Then::Analyse => {
            super::job::open(tx, (&settled, super::job::Release::None)).await?;
            super::review::overtake(tx, &settled.study).await?;
        }
        Then::Nothing => {}
        Then::Forward(destinations) => {
            super::forward::put(tx, settled.study.as_str(), destinations, now).await?;
        }
        Then::Prefetch => super::fetching::ask(tx, settled.patient, now).await?,
    }
    Ok(settled)
}

fn entry(row: study::Model, key: &PatientKey) -> Result<StudyEntry, StoreError> {
    Ok(StudyEntry {
        uid: row.uid.parse().map_err(corrupt("study"))?,
        patient: row.pseudonym.parse().map_err(corrupt("study"))?,
        study_date: key.cloak()?.unshift_date(&row.study_date),
        state: row.state,
        evidence: row.evidence,
    })
}

fn kept(row: instance::Model, key: &PatientKey) -> Result<Kept, StoreError> {
    Ok(Kept {
        uid: row.uid.parse().map_err(corrupt("instance"))?,
        object: key.unwrap(&row.object, &row.sealed_by)?,
        digest: row.digest.parse().map_err(corrupt("instance"))?,
        bytes: row.bytes as u64,
    })
}
