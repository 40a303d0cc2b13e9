//! Earlier studies that were asked for ahead of time, by the operator or by a rule: the node that
//! runs works on them.

use super::entity::fetch_request;
use super::vault::Identity;
use super::{Store, StoreError, corrupt, database, milliseconds};
use interval_core::patient::{Patient, PatientPseudonym};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait,
    PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};
use serde::Serialize;
use std::time::{Duration, SystemTime};

/// State: to be worked on.
pub const WAITING: &str = "waiting";
/// State: worked on.
pub const DONE: &str = "done";
/// State: given up.
pub const FAILED: &str = "failed";

/// Requests that may wait at one time: the list of a week of a large department.
const WAITING_MAX: u64 = 10_000;

/// Attempts before a request is given up.
pub const ATTEMPTS_MAX: i32 = 6;

/// The first wait after a failed attempt; doubled each time.
const WAIT_FIRST: Duration = Duration::from_mins(5);

/// Rows that are taken at a time.
const ROUND_ROWS: u64 = 16;

/// Whose earlier studies are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whose {
    /// Of a patient whom we know.
    Known(PatientPseudonym),
    /// Of somebody whom we have not met.
    Stranger(Patient),
}

/// A request that is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchRequest {
    /// Its number.
    pub id: i32,
    /// Whose studies.
    pub whose: Whose,
    /// The only source to ask; all when nothing is said.
    pub source: Option<String>,
    /// Attempts made.
    pub attempt: i32,
}

/// A request as the operator sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FetchState {
    /// Its number.
    pub id: i32,
    /// waiting, done or failed.
    pub state: String,
    /// What came of it.
    pub said: String,
}

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FetchEnd {
    /// It is done.
    Done(String),
    /// It may go better later.
    Later(String),
}

impl Store {
    /// Asks for somebody's earlier studies; gives the number of the request.
    pub async fn ask_to_fetch(
        &self,
        whose: &Whose,
        source: Option<&str>,
        now: SystemTime,
    ) -> Result<i32, StoreError> {
        let tx = self.write().await?;
        let waiting = fetch_request::Entity::find()
            .filter(fetch_request::Column::State.eq(WAITING))
            .count(&tx)
            .await
            .map_err(database("count requests"))?;
        if waiting >= WAITING_MAX {
            return Err(StoreError::TooMany("requests to fetch earlier studies"));
        }
        let (pseudonym, person) = match whose {
            Whose::Known(patient) => (patient.to_string(), String::new()),
            Whose::Stranger(patient) => (String::new(), self.sealed_stranger(patient)?),
        };
        let id = insert(&tx, (pseudonym, person), source.unwrap_or_default(), now).await?;
        tx.commit().await.map_err(database("ask for earlier studies"))?;
        Ok(id)
    }

    fn sealed_stranger(&self, patient: &Patient) -> Result<String, StoreError> {
        let text = serde_json::to_string(&Identity::from(patient));
        self.vault.seal_note(CONTEXT, &text.map_err(corrupt("fetch_request"))?)
    }

    /// The requests that are due, the oldest first.
    pub async fn fetches_due(&self, now: SystemTime) -> Result<Vec<FetchRequest>, StoreError> {
        let rows = fetch_request::Entity::find()
            .filter(fetch_request::Column::State.eq(WAITING))
            .filter(fetch_request::Column::NotBeforeMs.lte(milliseconds(now)))
            .order_by_asc(fetch_request::Column::Id)
            .limit(ROUND_ROWS)
            .all(&self.db)
            .await
            .map_err(database("list requests"))?;
        let request = |row: fetch_request::Model| {
            let whose = if row.person.is_empty() {
                Whose::Known(row.pseudonym.parse().map_err(corrupt("fetch_request"))?)
            } else {
                let text = self.vault.open_note(CONTEXT, &row.person)?;
                let identity: Identity =
                    serde_json::from_str(&text).map_err(corrupt("fetch_request"))?;
                Whose::Stranger(identity.into())
            };
            let source = Some(row.source).filter(|source| !source.is_empty());
            Ok(FetchRequest { id: row.id, whose, source, attempt: row.attempt })
        };
        rows.into_iter().map(request).collect()
    }

    /// Writes down how an attempt ended.
    pub async fn fetch_ended(
        &self,
        request: &FetchRequest,
        end: &FetchEnd,
        now: SystemTime,
    ) -> Result<(), StoreError> {
        let attempt = request.attempt + 1;
        let (state, said) = match end {
            FetchEnd::Done(said) => (DONE, said),
            FetchEnd::Later(said) if attempt >= ATTEMPTS_MAX => (FAILED, said),
            FetchEnd::Later(said) => (WAITING, said),
        };
        let wait = WAIT_FIRST * 2_u32.pow(attempt.clamp(1, ATTEMPTS_MAX) as u32 - 1);
        let mut update = fetch_request::Entity::update_many()
            .col_expr(fetch_request::Column::State, Expr::value(state))
            .col_expr(fetch_request::Column::Attempt, Expr::value(attempt))
            .col_expr(fetch_request::Column::Said, Expr::value(said.as_str()))
            .col_expr(fetch_request::Column::NotBeforeMs, Expr::value(milliseconds(now + wait)))
            .col_expr(fetch_request::Column::ChangedMs, Expr::value(milliseconds(now)));
        if state != WAITING {
            update = update.col_expr(fetch_request::Column::Person, Expr::value(""));
        }
        let tx = self.write().await?;
        update
            .filter(fetch_request::Column::Id.eq(request.id))
            .exec(&tx)
            .await
            .map_err(database("end a request"))?;
        tx.commit().await.map_err(database("end a request"))
    }

    /// What became of a request.
    pub async fn fetch_state(&self, id: i32) -> Result<FetchState, StoreError> {
        let row = fetch_request::Entity::find_by_id(id)
            .one(&self.db)
            .await
            .map_err(database("look for a request"))?
            .ok_or(StoreError::Unknown("request"))?;
        Ok(FetchState { id: row.id, state: row.state, said: row.said })
    }
}

/// Names the column of a sealed stranger.
const CONTEXT: &str = "fetch_request.person";

/// Asks for a known patient's earlier studies within the transaction of something else.
pub(super) async fn ask(
    tx: &DatabaseTransaction,
    patient: PatientPseudonym,
    now: SystemTime,
) -> Result<(), StoreError> {
    insert(tx, (patient.to_string(), String::new()), "", now).await.map(drop)
}

async fn insert(
    tx: &DatabaseTransaction,
    (pseudonym, person): (String, String),
    source: &str,
    now: SystemTime,
) -> Result<i32, StoreError> {
    let row = fetch_request::ActiveModel {
        pseudonym: Set(pseudonym),
        person: Set(person),
        source: Set(source.into()),
        state: Set(WAITING.into()),
        attempt: Set(0),
        not_before_ms: Set(0),
        said: Set(String::new()),
        changed_ms: Set(milliseconds(now)),
        ..Default::default()
    };
    let row = row.insert(tx).await.map_err(database("ask for earlier studies"))?;
    Ok(row.id)
}
