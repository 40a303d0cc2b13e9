//! Workitems as rows: each change is read, judged by the words of `interval_dicomweb::workitem` and
//! written in one transaction, so that of two who claim the same one has it.

use super::entity::workitem;
use super::panel::within;
use super::vault::PatientKey;
use super::{Store, StoreError, audit, corrupt, database, milliseconds, same_patient};
use interval_core::access::{Grant, Panel};
use interval_core::audit::AuditEvent;
use interval_core::audit::words::{Action, Actor, Outcome, Resource};
use interval_core::patient::{Patient, PatientPseudonym};
use interval_core::uid::InstanceUid;
use interval_dicomweb::json::{DataSet, Limits, data_set};
use interval_dicomweb::workitem::{Change, Search, State, Workitem, WorkitemError};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel,
    PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};
use std::time::{Duration, SystemTime};

/// Workitems that are kept; a hospital that follows 50 patients a day makes some 20,000 a year.
pub const WORKITEMS_MAX: u64 = 50_000;

/// Workitems that one search opens: their attributes are sealed, and each is looked into.
const SEARCHED_MAX: u64 = 5_000;

/// How long one that is finished is kept: long enough for whoever asked for it to look.
const FINISHED_LIFE: Duration = Duration::from_hours(30 * 24);

/// Why a workitem was not made or changed.
#[derive(Debug, thiserror::Error)]
pub enum WorkitemRefused {
    /// The rules of workitems.
    #[error(transparent)]
    Rules(#[from] WorkitemError),
    /// There are as many as are kept.
    #[error("{WORKITEMS_MAX} workitems are kept here, and no more")]
    Full,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A workitem before a change and after it.
#[derive(Debug, Clone, PartialEq)]
pub struct Changed {
    /// As it was.
    pub before: Workitem,
    /// As it is, with what is said of it.
    pub change: Change,
}

impl Store {
    /// Keeps a new workitem of a patient; one who was not met before is made known by it.
    pub async fn make_workitem(
        &self,
        (workitem, who): (&Workitem, &Patient),
        actor: Actor,
        now: SystemTime,
    ) -> Result<(), WorkitemRefused> {
        let (tx, now_ms) = (self.write().await?, milliseconds(now));
        let over = milliseconds(now - FINISHED_LIFE);
        let written = database("keep a workitem");
        workitem::Entity::delete_many()
            .filter(
                workitem::Column::State
                    .is_in([State::Completed, State::Canceled].map(State::as_str)),
            )
            .filter(workitem::Column::ChangedMs.lt(over))
            .exec(&tx)
            .await
            .map_err(&written)?;
        if workitem::Entity::find().count(&tx).await.map_err(&written)? >= WORKITEMS_MAX {
            return Err(WorkitemRefused::Full);
        }
        let known = workitem::Entity::find_by_id(workitem.uid.as_str()).one(&tx).await;
        if known.map_err(&written)?.is_some() {
            return Err(WorkitemError::Exists.into());
        }
        let key = self.vault.admit(&tx, who, now_ms).await?;
        workitem::Entity::insert(workitem::ActiveModel {
            uid: Set(workitem.uid.to_string()),
            pseudonym: Set(key.patient().to_string()),
            state: Set(workitem.state.as_str().into()),
            content: Set(sealed(&key, workitem)?),
            lock: Set(String::new()),
            made_ms: Set(now_ms),
            changed_ms: Set(now_ms),
        })
        .exec_without_returning(&tx)
        .await
        .map_err(&written)?;
        let event =
            AuditEvent::new(now_ms, actor, Action::Create, Resource::Patient(key.patient()))
                .with_patient(key.patient())
                .with_outcome(Outcome::Success, interval_core::audit::words::Detail::Care);
        audit::append(&tx, &event).await?;
        tx.commit().await.map_err(&written)?;
        Ok(())
    }

    /// Whose a workitem is.
    pub async fn patient_of_workitem(
        &self,
        uid: &InstanceUid,
    ) -> Result<PatientPseudonym, StoreError> {
        let row = row_of(&self.db, uid).await?;
        row.pseudonym.parse().map_err(corrupt("workitem"))
    }

    /// A workitem of the grant's patient.
    pub async fn workitem(&self, grant: &Grant, uid: &InstanceUid) -> Result<Workitem, StoreError> {
        let row = row_of(&self.db, uid).await?;
        same_patient(grant, &row.pseudonym)?;
        let key = self.vault.key_of(&self.db, grant.patient()).await?;
        opened(&key, &row)
    }

    /// Workitems as asked for, as far as a panel shows them, the earliest first.
    pub async fn find_workitems(
        &self,
        panel: &Panel,
        search: &Search,
    ) -> Result<Vec<Workitem>, StoreError> {
        let mut select = workitem::Entity::find().filter(within(panel, ("workitem", "pseudonym")));
        let states = search.states();
        if !states.is_empty() {
            let words = states.into_iter().map(State::as_str);
            select = select.filter(workitem::Column::State.is_in(words));
        }
        let rows = select
            .order_by_asc(workitem::Column::MadeMs)
            .order_by_asc(workitem::Column::Uid)
            .limit(SEARCHED_MAX)
            .all(&self.db)
            .await
            .map_err(database("look for workitems"))?;
        let (mut passed, mut found) = (0, Vec::new());
        for row in rows {
            let patient = row.pseudonym.parse().map_err(corrupt("workitem"))?;
            let workitem = opened(&self.vault.key_of(&self.db, patient).await?, &row)?;
            if !search.matches(&workitem.content) {
                continue;
            }
            if passed < search.offset {
                passed += 1;
            } else if (found.len() as u64) < search.limit {
                found.push(workitem);
            } else {
                break;
            }
        }
        Ok(found)
    }

    /// Changes a workitem of the grant's patient as `judge` says, or leaves it as it is.
    pub async fn change_workitem(
        &self,
        grant: &Grant,
        uid: &InstanceUid,
        judge: impl FnOnce(&Workitem) -> Result<Change, WorkitemError> + Send,
        now: SystemTime,
    ) -> Result<Changed, WorkitemRefused> {
        let tx = self.write().await?;
        let row = row_of(&tx, uid).await?;
        same_patient(grant, &row.pseudonym)?;
        let key = self.vault.key_of(&tx, grant.patient()).await?;
        let before = opened(&key, &row)?;
        let change = judge(&before)?;
        let after = &change.workitem;
        let lock = after.transaction.as_ref().map_or("", |lock| lock.as_str());
        let mut model = row.into_active_model();
        model.state = Set(after.state.as_str().into());
        model.content = Set(sealed(&key, after)?);
        model.lock = Set(key.seal(&lock_of(uid.as_str()), lock)?);
        model.changed_ms = Set(milliseconds(now));
        model.update(&tx).await.map_err(database("change a workitem"))?;
        tx.commit().await.map_err(database("change a workitem"))?;
        Ok(Changed { before, change })
    }
}

/// Seals the workitems of a patient for another one, who they turned out to be.
pub(super) async fn seal_workitems_anew(
    tx: &sea_orm::DatabaseTransaction,
    (from, to): (&PatientKey, &PatientKey),
) -> Result<(), StoreError> {
    let rows = workitem::Entity::find()
        .filter(workitem::Column::Pseudonym.eq(from.patient().to_string()))
        .all(tx)
        .await
        .map_err(database("list workitems"))?;
    for row in rows {
        let (content, lock) = (content_of(&row.uid), lock_of(&row.uid));
        let content = to.seal(&content, &from.open(&content, &row.content)?)?;
        let lock = to.seal(&lock, &from.open(&lock, &row.lock)?)?;
        let mut change = row.into_active_model();
        change.pseudonym = Set(to.patient().to_string());
        (change.content, change.lock) = (Set(content), Set(lock));
        change.update(tx).await.map_err(database("move a workitem"))?;
    }
    Ok(())
}

async fn row_of(
    db: &impl ConnectionTrait,
    uid: &InstanceUid,
) -> Result<workitem::Model, StoreError> {
    workitem::Entity::find_by_id(uid.as_str())
        .one(db)
        .await
        .map_err(database("look for a workitem"))?
        .ok_or(StoreError::Unknown("workitem"))
}

/// Names the column and the row of a sealed content.
fn content_of(uid: &str) -> String {
    format!("workitem.content {uid}")
}

/// Names the column and the row of a sealed lock.
fn lock_of(uid: &str) -> String {
    format!("workitem.lock {uid}")
}

fn sealed(key: &PatientKey, workitem: &Workitem) -> Result<String, StoreError> {
    let text = String::from_utf8(workitem.content.to_json()).map_err(corrupt("workitem"))?;
    key.seal(&content_of(workitem.uid.as_str()), &text)
}

fn opened(key: &PatientKey, row: &workitem::Model) -> Result<Workitem, StoreError> {
    let text = key.open(&content_of(&row.uid), &row.content)?;
    let content: DataSet =
        data_set(text.as_bytes(), &Limits::WORKITEM).map_err(corrupt("workitem"))?;
    let lock = key.open(&lock_of(&row.uid), &row.lock)?;
    let lock = Some(lock).filter(|lock| !lock.is_empty());
    let lock = lock.map(|lock| lock.parse().map_err(corrupt("workitem"))).transpose()?;
    Workitem::kept(content, lock).map_err(corrupt("workitem"))
}
