//! What was found last of each patient: the assessment of their newest study that has one.

use super::assessment::record_context;
use super::entity::{assessment, review, study};
use super::panel::within;
use super::{Store, StoreError, corrupt, database};
use interval_core::access::{Grant, Panel};
use interval_core::patient::PatientPseudonym;
use interval_core::review::ReviewState;
use interval_core::uid::StudyUid;
use sea_orm::sea_query::Condition;
use sea_orm::{ColumnTrait, EntityTrait, JoinType, QueryFilter, QueryOrder, QuerySelect};
use std::collections::BTreeMap;

/// An assessment with where it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Newest {
    /// The job that found it.
    pub job: i32,
    /// Its current study.
    pub study: StudyUid,
    /// When it was made, in ms since 1970.
    pub made_ms: i64,
    /// The versioned record.
    pub record: String,
    /// Where it stands with humans; nothing while nobody has looked at it.
    pub review: Option<ReviewState>,
}

type Row = (i32, String, String, i64, String, Option<String>);

impl Store {
    /// What was found last of some patients, as far as they are in the panel.
    pub async fn newest_of(
        &self,
        panel: &Panel,
        patients: &[PatientPseudonym],
    ) -> Result<BTreeMap<PatientPseudonym, Newest>, StoreError> {
        let whose = patients.iter().map(ToString::to_string);
        let which = Condition::all()
            .add(within(panel, ("assessment", "pseudonym")))
            .add(assessment::Column::Pseudonym.is_in(whose));
        self.newest(which).await
    }

    /// What was found last of the grant's patient; nothing when nothing was.
    pub async fn newest_assessment(&self, grant: &Grant) -> Result<Option<Newest>, StoreError> {
        let which = assessment::Column::Pseudonym.eq(grant.patient().to_string());
        let found = self.newest(Condition::all().add(which)).await?;
        Ok(found.into_values().next())
    }

    async fn newest(
        &self,
        which: Condition,
    ) -> Result<BTreeMap<PatientPseudonym, Newest>, StoreError> {
        let of_study = assessment::Entity::belongs_to(study::Entity)
            .from(assessment::Column::Study)
            .to(study::Column::Uid)
            .into();
        let reviewed = assessment::Entity::belongs_to(review::Entity)
            .from(assessment::Column::Study)
            .to(review::Column::Study)
            .into();
        let rows: Vec<Row> = assessment::Entity::find()
            .select_only()
            .columns([
                assessment::Column::Job,
                assessment::Column::Study,
                assessment::Column::Pseudonym,
                assessment::Column::MadeMs,
                assessment::Column::Record,
            ])
            .column(review::Column::State)
            .join(JoinType::InnerJoin, of_study)
            .join(JoinType::LeftJoin, reviewed)
            .filter(which)
            .order_by_asc(study::Column::StudyDate)
            .order_by_asc(assessment::Column::Job)
            .into_tuple()
            .all(&self.db)
            .await
            .map_err(database("look for assessments"))?;
        // The last row of a patient is the one that stays.
        let last: BTreeMap<String, Row> =
            rows.into_iter().map(|row| (row.2.clone(), row)).collect();
        let mut newest = BTreeMap::new();
        for (pseudonym, (job, study, _, made_ms, sealed, state)) in last {
            let patient = pseudonym.parse().map_err(corrupt("assessment"))?;
            let key = self.vault.key_of(&self.db, patient).await?;
            let record = key.open(&record_context(job), &sealed)?;
            let study = study.parse().map_err(corrupt("assessment"))?;
            let review = state.map(|word| word.parse()).transpose();
            let review = review.map_err(corrupt("review"))?;
            newest.insert(patient, Newest { job, study, made_ms, record, review });
        }
        Ok(newest)
    }
}
