//! The patients of a node as its operator sees them: by pseudonym and code, never by name.

use crate::store::access::must;
use crate::store::entity::{assignment, patient, patient_key, study};
use crate::store::{Store, StoreError, audit, corrupt, database, milliseconds};
use interval_core::access::{Action, Grant, Permit};
use interval_core::audit::AuditEvent;
use interval_core::audit::words::{self, Actor, Resource};
use interval_core::digest::Digest;
use interval_core::patient::PatientPseudonym;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};
use serde::Serialize;
use std::time::SystemTime;

/// Most patients of one list.
const LISTED_MAX: u64 = 10_000;

/// A patient without a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// The pseudonym.
    pub patient: String,
    /// Codes of the hospital's ids, the first one first.
    pub codes: Vec<String>,
    /// The master key that wrapped the patient's.
    pub master: String,
    /// How many studies there are.
    pub studies: u64,
    /// How many assignments there are or were.
    pub assignments: u64,
}

impl Store {
    /// The patients of the node, the first seen first.
    pub async fn roster(&self, permit: &Permit, now: SystemTime) -> Result<Vec<Entry>, StoreError> {
        must(permit, Action::Oversee, now)?;
        let tx = self.write().await?;
        let event = AuditEvent::new(
            milliseconds(now),
            Actor::Operator,
            words::Action::Query,
            Resource::List,
        );
        audit::append(&tx, &event).await?;
        let listed = patient::Entity::find()
            .order_by_asc(patient::Column::MadeMs)
            .order_by_asc(patient::Column::Code)
            .limit(LISTED_MAX)
            .all(&tx)
            .await
            .map_err(database("list patients"))?;
        let mut entries: Vec<Entry> = Vec::new();
        for row in listed {
            if !entries.iter().any(|entry| entry.patient == row.pseudonym) {
                entries.extend(entry(&tx, &row.pseudonym).await?);
            }
        }
        tx.commit().await.map_err(database("list patients"))?;
        Ok(entries)
    }

    /// One patient.
    pub async fn entry(&self, grant: &Grant, now: SystemTime) -> Result<Entry, StoreError> {
        let tx = self.write().await?;
        let resource = Resource::Patient(grant.patient());
        let event =
            AuditEvent::new(milliseconds(now), Actor::Operator, words::Action::Read, resource);
        audit::append(&tx, &event).await?;
        let found = entry(&tx, &grant.patient().to_string()).await?;
        tx.commit().await.map_err(database("look for a patient"))?;
        found.ok_or(StoreError::Unknown("patient"))
    }

    /// The patient of a code.
    pub async fn coded(&self, code: Digest) -> Result<PatientPseudonym, StoreError> {
        patient::Entity::find_by_id(code.to_string())
            .one(&self.db)
            .await
            .map_err(database("look for a patient"))?
            .ok_or(StoreError::Unknown("patient"))?
            .pseudonym
            .parse()
            .map_err(corrupt("patient"))
    }
}

async fn entry(db: &impl ConnectionTrait, pseudonym: &str) -> Result<Option<Entry>, StoreError> {
    let found = database("look for a patient");
    let key = patient_key::Entity::find_by_id(pseudonym).one(db).await.map_err(&found)?;
    let Some(key) = key else { return Ok(None) };
    let rows = patient::Entity::find()
        .filter(patient::Column::Pseudonym.eq(pseudonym))
        .order_by_asc(patient::Column::MadeMs)
        .all(db)
        .await
        .map_err(&found)?;
    let studies = study::Entity::find().filter(study::Column::Pseudonym.eq(pseudonym));
    let assignments =
        assignment::Entity::find().filter(assignment::Column::Pseudonym.eq(pseudonym));
    Ok(Some(Entry {
        patient: pseudonym.to_owned(),
        codes: rows.into_iter().map(|row| row.code).collect(),
        master: key.master,
        studies: studies.count(db).await.map_err(&found)?,
        assignments: assignments.count(db).await.map_err(&found)?,
    }))
}
