//! Who a pseudonym stands for.

use super::{PatientKey, Vault};
use crate::store::entity::patient;
use crate::store::{Store, StoreError, audit, corrupt, database, milliseconds};
use interval_core::access::Grant;
use interval_core::audit::AuditEvent;
use interval_core::audit::words::{self, Actor, Detail, Outcome, Resource};
use interval_core::patient::{Patient, PatientPseudonym};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder,
};
use serde::{Deserialize, Serialize};
use std::time::SystemTime;

/// A patient as the hospital names them; the sealed form of [`Patient`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// Patient ID (0010,0020).
    pub id: String,
    /// Issuer of Patient ID (0010,0021).
    pub issuer: String,
    /// Patient's Name (0010,0010).
    pub name: String,
    /// Patient's Birth Date (0010,0030).
    pub birth_date: String,
    /// Patient's Sex (0010,0040).
    pub sex: String,
}

impl From<&Patient> for Identity {
    fn from(patient: &Patient) -> Self {
        Self {
            id: patient.id.clone(),
            issuer: patient.issuer.clone(),
            name: patient.name.clone(),
            birth_date: patient.birth_date.clone(),
            sex: patient.sex.clone(),
        }
    }
}

impl From<Identity> for Patient {
    fn from(identity: Identity) -> Self {
        let Identity { id, issuer, name, birth_date, sex } = identity;
        Self { id, issuer, name, birth_date, sex }
    }
}

/// Names the column and the row of a sealed identity.
pub(super) fn context(code: &str) -> String {
    format!("patient.identity {code}")
}

impl Vault {
    /// The code under which a patient is found: of the id and its issuer, exactly as sent.
    fn patient_code(&self, id: &str, issuer: &str) -> String {
        self.code("patient", &[id, issuer]).to_string()
    }

    /// The pseudonym of a patient, when the patient is known.
    pub async fn pseudonym(
        &self,
        db: &impl ConnectionTrait,
        (id, issuer): (&str, &str),
    ) -> Result<Option<PatientPseudonym>, StoreError> {
        let row = patient::Entity::find_by_id(self.patient_code(id, issuer))
            .one(db)
            .await
            .map_err(database("look for a patient"))?;
        row.map(|row| row.pseudonym.parse().map_err(corrupt("patient"))).transpose()
    }

    /// The key of a patient of whom something came; pseudonym and key are made the first time.
    pub(in crate::store) async fn admit(
        &self,
        db: &impl ConnectionTrait,
        who: &Patient,
        now_ms: i64,
    ) -> Result<PatientKey, StoreError> {
        if let Some(known) = self.pseudonym(db, (&who.id, &who.issuer)).await? {
            return self.key_of(db, known).await;
        }
        let mut bits = [0; 16];
        getrandom::fill(&mut bits).map_err(corrupt("patient"))?;
        self.admit_as(db, PatientPseudonym(u128::from_be_bytes(bits)), (who, now_ms)).await
    }

    async fn admit_as(
        &self,
        db: &impl ConnectionTrait,
        pseudonym: PatientPseudonym,
        (who, now_ms): (&Patient, i64),
    ) -> Result<PatientKey, StoreError> {
        let key = self.new_key(db, pseudonym).await?;
        let code = self.patient_code(&who.id, &who.issuer);
        let identity = Identity::from(who);
        let text = serde_json::to_string(&identity).map_err(corrupt("patient"))?;
        let sealed = key.seal(&context(&code), &text)?;
        patient::Entity::insert(patient::ActiveModel {
            identity: Set(sealed.clone()),
            code: Set(code),
            pseudonym: Set(pseudonym.to_string()),
            made_ms: Set(now_ms),
        })
        .exec_without_returning(db)
        .await
        .map_err(database("record the patient"))?;
        // Should the transaction fail, the index knows a name that no row leads to.
        super::hold(&self.0.names, pseudonym, (sealed, identity));
        Ok(key)
    }

    /// What the hospital says of a patient now, under an id that is known for them.
    pub(in crate::store) async fn correct(
        &self,
        db: &impl ConnectionTrait,
        key: &PatientKey,
        who: &Patient,
    ) -> Result<(), StoreError> {
        let code = self.patient_code(&who.id, &who.issuer);
        let text = serde_json::to_string(&Identity::from(who)).map_err(corrupt("patient"))?;
        let sealed = key.seal(&context(&code), &text)?;
        patient::Entity::update_many()
            .col_expr(patient::Column::Identity, Expr::value(sealed))
            .filter(patient::Column::Code.eq(code))
            .exec(db)
            .await
            .map(|_| ())
            .map_err(database("correct the patient"))
    }

    pub(super) async fn read_identity(
        &self,
        db: &impl ConnectionTrait,
        row: patient::Model,
    ) -> Result<Identity, StoreError> {
        let patient: PatientPseudonym = row.pseudonym.parse().map_err(corrupt("patient"))?;
        // The key is asked for first: what was shredded is not remembered either.
        let key = self.key_of(db, patient).await?;
        if let Some(held) = super::held(&self.0.names, patient, &row.identity) {
            return Ok(held);
        }
        let text = key.open(&context(&row.code), &row.identity)?;
        let identity: Identity = serde_json::from_str(&text).map_err(corrupt("patient"))?;
        super::hold(&self.0.names, patient, (row.identity, identity.clone()));
        Ok(identity)
    }
}

impl Vault {
    /// Who a patient is, as the oldest of their names says.
    pub(in crate::store) async fn identity_of(
        &self,
        db: &impl ConnectionTrait,
        patient: PatientPseudonym,
    ) -> Result<Option<Identity>, StoreError> {
        let row = patient::Entity::find()
            .filter(patient::Column::Pseudonym.eq(patient.to_string()))
            .order_by_asc(patient::Column::MadeMs)
            .one(db)
            .await
            .map_err(database("look for a patient"))?;
        match row {
            Some(row) => self.read_identity(db, row).await.map(Some),
            None => Ok(None),
        }
    }
}

impl Store {
    /// Every name and id that leads to the patient of a grant, the oldest first. The caller notes
    /// the opening in the audit log.
    pub async fn names(&self, grant: &Grant) -> Result<Vec<Identity>, StoreError> {
        let key = self.vault.key_of(&self.db, grant.patient()).await?;
        let rows = patient::Entity::find()
            .filter(patient::Column::Pseudonym.eq(grant.patient().to_string()))
            .order_by_asc(patient::Column::MadeMs)
            .all(&self.db)
            .await
            .map_err(database("look for a patient"))?;
        let opened = |row: patient::Model| {
            let text = key.open(&context(&row.code), &row.identity)?;
            serde_json::from_str(&text).map_err(corrupt("patient"))
        };
        rows.into_iter().map(opened).collect()
    }

    /// Who the patient of a grant is. The caller notes the opening in the audit log.
    pub async fn identity(&self, grant: &Grant) -> Result<Identity, StoreError> {
        let known = self.vault.identity_of(&self.db, grant.patient()).await?;
        known.ok_or(StoreError::Unknown("patient"))
    }

    /// The pseudonym of a patient of whom something came; made the first time.
    pub async fn admit(
        &self,
        who: &Patient,
        now: SystemTime,
    ) -> Result<PatientPseudonym, StoreError> {
        let tx = self.write().await?;
        let key = self.vault.admit(&tx, who, milliseconds(now)).await?;
        tx.commit().await.map_err(database("record the patient"))?;
        Ok(key.patient())
    }

    /// Takes a patient under a pseudonym that was given elsewhere.
    pub async fn admit_as(
        &self,
        pseudonym: PatientPseudonym,
        who: &Patient,
        now: SystemTime,
    ) -> Result<(), StoreError> {
        let tx = self.write().await?;
        self.vault.admit_as(&tx, pseudonym, (who, milliseconds(now))).await?;
        tx.commit().await.map_err(database("record the patient"))
    }

    /// The pseudonym of a patient by the hospital's id. The caller notes the opening.
    pub async fn pseudonym(&self, id: &str, issuer: &str) -> Result<PatientPseudonym, StoreError> {
        let known = self.vault.pseudonym(&self.db, (id, issuer)).await?;
        known.ok_or(StoreError::Unknown("patient"))
    }

    /// The pseudonym of a patient, for the operator who knows the hospital's id: the vault is
    /// opened, and that is noted, whoever is asked for.
    pub async fn found(
        &self,
        id: &str,
        issuer: &str,
        now: SystemTime,
    ) -> Result<PatientPseudonym, StoreError> {
        let tx = self.write().await?;
        let known = self.vault.pseudonym(&tx, (id, issuer)).await?;
        let resource = known.map_or(Resource::List, Resource::Patient);
        let opened = words::Action::OpenVault;
        let event = AuditEvent::new(milliseconds(now), Actor::Operator, opened, resource);
        let event = match known {
            Some(_) => event,
            None => event.with_outcome(Outcome::MinorFailure, Detail::NotFound),
        };
        audit::append(&tx, &event).await?;
        tx.commit().await.map_err(database("open the vault"))?;
        known.ok_or(StoreError::Unknown("patient"))
    }
}
