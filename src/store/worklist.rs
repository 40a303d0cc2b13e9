//! What a doctor sees first: the patients of their panel with what is known of each, a page at a
//! time; and the jobs of one study.

use super::entity::{job, review, study};
use super::job::Job;
use super::panel::within;
use super::{Store, StoreError, corrupt, database, same_patient};
use interval_core::access::{Grant, Panel};
use interval_core::job::JobState;
use interval_core::patient::PatientPseudonym;
use interval_core::review::ReviewState;
use interval_core::uid::StudyUid;
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use std::collections::BTreeMap;

/// Most rows of one page.
const PAGE_MAX: u64 = 200;

/// Which part of a worklist is wanted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Wish {
    /// Only these patients, as far as they are in the panel; all of it when not given.
    pub only: Option<Vec<PatientPseudonym>>,
    /// Only patients who stand like this.
    pub standing: Option<Standing>,
    /// What comes first.
    pub order: Order,
    /// Rows that are passed over.
    pub offset: u64,
    /// Rows that are given.
    pub limit: u64,
}

/// How far the newest work on a patient is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// There is no job under way or done.
    Untouched,
    /// The newest job is in one of these states.
    Job(Vec<JobState>),
    /// The newest job is completed, and a human has said this of its study.
    Signed(ReviewState),
    /// The newest job is completed, and no human has signed.
    Unsigned,
}

/// What comes first in a worklist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// Whose images came last.
    #[default]
    Arrival,
    /// Whose images have been here longest.
    Oldest,
}

/// One patient of a worklist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorklistRow {
    /// Who.
    pub patient: PatientPseudonym,
    /// How many studies there are.
    pub studies: u64,
    /// Date of the newest, as the hospital has it: YYYYMMDD or empty.
    pub newest_study_date: String,
    /// When the last image came, in ms since 1970.
    pub last_arrival_ms: i64,
    /// The newest job, where there is one.
    pub job: Option<Job>,
}

/// A page of a worklist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Worklist {
    /// How many patients the whole list has, within the panel.
    pub total: u64,
    /// The page, in the order that was wished for.
    pub rows: Vec<WorklistRow>,
}

type Summary = (String, i64, String, i64);

impl Store {
    /// A page of the panel's patients who have studies.
    pub async fn worklist(&self, panel: &Panel, wish: &Wish) -> Result<Worklist, StoreError> {
        let mut which = Condition::all().add(within(panel, ("study", "pseudonym")));
        if let Some(only) = &wish.only {
            let only = only.iter().map(ToString::to_string);
            which = which.add(study::Column::Pseudonym.is_in(only));
        }
        if let Some(standing) = &wish.standing {
            which = which.add(who_stand(standing));
        }
        let total = study::Entity::find()
            .select_only()
            .expr_as(study::Column::Pseudonym.into_expr().count_distinct(), "total")
            .filter(which.clone())
            .into_tuple::<i64>()
            .one(&self.db)
            .await
            .map_err(database("count patients"))?
            .unwrap_or(0);
        let last = Expr::col((study::Entity, study::Column::LastArrivalMs)).max();
        let order = match wish.order {
            Order::Arrival => sea_orm::Order::Desc,
            Order::Oldest => sea_orm::Order::Asc,
        };
        let page: Vec<Summary> = study::Entity::find()
            .select_only()
            .column(study::Column::Pseudonym)
            .expr_as(study::Column::Uid.count(), "studies")
            .expr_as(study::Column::StudyDate.max(), "newest")
            .expr_as(last.clone(), "last")
            .filter(which)
            .group_by(study::Column::Pseudonym)
            .order_by(last, order)
            .order_by_asc(study::Column::Pseudonym)
            .offset(wish.offset)
            .limit(std::cmp::min(wish.limit, PAGE_MAX))
            .into_tuple()
            .all(&self.db)
            .await
            .map_err(database("list patients"))?;
        let mut jobs = self.newest_jobs(&page).await?;
        let mut rows = Vec::with_capacity(page.len());
        for (pseudonym, studies, newest, last) in page {
            let patient = pseudonym.parse().map_err(corrupt("study"))?;
            // Rows have dates shifted by the patient's own offset.
            let cloak = self.vault.key_of(&self.db, patient).await?.cloak()?;
            rows.push(WorklistRow {
                patient,
                studies: u64::try_from(studies).unwrap_or(0),
                newest_study_date: cloak.unshift_date(&newest),
                last_arrival_ms: last,
                job: jobs.remove(&pseudonym),
            });
        }
        Ok(Worklist { total: u64::try_from(total).unwrap_or(0), rows })
    }

    /// The newest job of each patient of a page.
    async fn newest_jobs(&self, page: &[Summary]) -> Result<BTreeMap<String, Job>, StoreError> {
        let whose = page.iter().map(|(pseudonym, ..)| pseudonym.as_str());
        let numbers: Vec<i32> = job::Entity::find()
            .select_only()
            .expr_as(job::Column::Id.max(), "newest")
            .filter(job::Column::Pseudonym.is_in(whose))
            .group_by(job::Column::Pseudonym)
            .into_tuple()
            .all(&self.db)
            .await
            .map_err(database("look for jobs"))?;
        let mut newest = BTreeMap::new();
        for number in numbers {
            let job = self.job(number).await?;
            newest.insert(job.patient.to_string(), job);
        }
        Ok(newest)
    }

    /// The jobs of one study of the grant's patient, the newest first.
    pub async fn jobs_of(&self, grant: &Grant, uid: &StudyUid) -> Result<Vec<Job>, StoreError> {
        let study = study::Entity::find_by_id(uid.as_str())
            .one(&self.db)
            .await
            .map_err(database("look for a study"))?
            .ok_or(StoreError::Unknown("study"))?;
        same_patient(grant, &study.pseudonym)?;
        let numbers: Vec<i32> = job::Entity::find()
            .select_only()
            .column(job::Column::Id)
            .filter(job::Column::Study.eq(uid.as_str()))
            .order_by_desc(job::Column::Id)
            .limit(PAGE_MAX)
            .into_tuple()
            .all(&self.db)
            .await
            .map_err(database("look for jobs"))?;
        let mut jobs = Vec::with_capacity(numbers.len());
        for number in numbers {
            jobs.push(self.job(number).await?);
        }
        Ok(jobs)
    }
}

/// Patients who stand like this, by their newest job and what was signed of its study.
fn who_stand(standing: &Standing) -> Expr {
    let (states, signed) = match standing {
        Standing::Untouched => {
            let settled = whose_newest_job(&[JobState::Superseded, JobState::Cancelled], None);
            let any = Query::select().column(job::Column::Pseudonym).from(job::Entity).to_owned();
            return settled.or(study::Column::Pseudonym.not_in_subquery(any));
        }
        Standing::Job(states) => (states.clone(), None),
        Standing::Signed(state) => (vec![JobState::Completed], Some((vec![*state], true))),
        Standing::Unsigned => {
            let signed = [ReviewState::Verified, ReviewState::Amended, ReviewState::Rejected];
            (vec![JobState::Completed], Some((signed.to_vec(), false)))
        }
    };
    whose_newest_job(&states, signed)
}

/// Patients whose newest job is in one of the states; where given, on a study whose review is, or
/// is not, in one of those states.
fn whose_newest_job(states: &[JobState], signed: Option<(Vec<ReviewState>, bool)>) -> Expr {
    let newest = Query::select()
        .expr(job::Column::Id.max())
        .from(job::Entity)
        .group_by_col(job::Column::Pseudonym)
        .to_owned();
    let mut with = Query::select()
        .column(job::Column::Pseudonym)
        .from(job::Entity)
        .and_where(job::Column::Id.in_subquery(newest))
        .and_where(job::Column::State.is_in(states.iter().map(|state| state.as_str())))
        .to_owned();
    if let Some((words, is_in)) = signed {
        let reviewed = Query::select()
            .column(review::Column::Study)
            .from(review::Entity)
            .and_where(review::Column::State.is_in(words.iter().map(|word| word.as_str())))
            .to_owned();
        let of_study = job::Column::Study;
        with.and_where(if is_in {
            of_study.in_subquery(reviewed)
        } else {
            of_study.not_in_subquery(reviewed)
        });
    }
    study::Column::Pseudonym.in_subquery(with)
}
