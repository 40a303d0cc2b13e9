//! Another master key: every wrapped key is unwrapped with the key that wrapped it and wrapped
//! with the one that wraps now, a batch a transaction, while the node serves. Both keys are known
//! to every process of the node in between, so that an interrupted change does no harm and is
//! taken up by asking for it again.

use super::BASE64;
use crate::keys::{KeyError, KeySource, MasterKey, Tampered};
use crate::store::entity::{node_secret, patient_key};
use crate::store::{Store, StoreError, audit, corrupt, database, milliseconds};
use base64::Engine as _;
use interval_core::audit::AuditEvent;
use interval_core::audit::words::{Action, Actor, Resource};
use interval_core::digest::Digest;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction,
    EntityTrait, IntoActiveModel, QueryFilter, QuerySelect, Statement,
};
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::SystemTime;

/// Keys wrapped anew in one transaction: a sender who waits for the write lock waits for some 20 ms
/// of them with a key in memory, and for a second with a slow token.
const BATCH_KEYS: u64 = 256;

/// What a master key has wrapped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Wrapped {
    /// Its name.
    pub master: String,
    /// Keys of patients.
    pub patients: u64,
    /// Secrets of the node itself.
    pub secrets: u64,
    /// Whether the node can reach it.
    pub reachable: bool,
}

/// The master keys of a store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Masters {
    /// Name of the one that wraps.
    pub master: String,
    /// Where it is.
    pub place: String,
    /// Where the configuration says that it is.
    pub configured: String,
    /// What each has wrapped, by name.
    pub wrapped: Vec<Wrapped>,
}

/// One step of a change of keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rewrapped {
    /// So many keys were wrapped anew; more may be left.
    Some(usize),
    /// Nothing was left: the change is over.
    Nothing,
}

impl Store {
    /// Which master keys there are, and what each has wrapped.
    pub async fn masters(&self) -> Result<Masters, StoreError> {
        let ring = &self.vault.0.ring;
        let current = ring.current()?;
        let mut counted = BTreeMap::from([(current.name().to_owned(), (0, 0))]);
        for row in self.count_masters("patient_key").await? {
            counted.entry(row.0).or_default().0 = row.1;
        }
        for row in self.count_masters("node_secret").await? {
            counted.entry(row.0).or_default().1 = row.1;
        }
        let wrapped = counted.into_iter().map(|(master, (patients, secrets))| {
            let reachable = ring.named(&master).is_ok();
            Wrapped { master, patients, secrets, reachable }
        });
        Ok(Masters {
            wrapped: wrapped.collect(),
            master: current.name().to_owned(),
            place: ring.wrapping()?.to_string(),
            configured: ring.configured().to_string(),
        })
    }

    async fn count_masters(&self, table: &'static str) -> Result<Vec<(String, u64)>, StoreError> {
        let select = format!("SELECT master, COUNT(*) AS keys FROM {table} GROUP BY master");
        let select = Statement::from_string(self.db.get_database_backend(), select);
        let counted = database("count keys");
        let rows = self.db.query_all_raw(select).await.map_err(&counted)?;
        rows.iter()
            .map(|row| {
                let keys: i64 = row.try_get("", "keys").map_err(&counted)?;
                Ok((row.try_get("", "master").map_err(&counted)?, keys as u64))
            })
            .collect()
    }

    /// Lets the key of a place wrap from now on, here and in every other process of the node. What
    /// was wrapped before is wrapped anew by [`rewrap`](Self::rewrap).
    pub async fn succeed(&self, to: &KeySource, now: SystemTime) -> Result<String, StoreError> {
        // The write lock is taken first: nobody wraps anything while keys change places.
        let tx = self.write().await?;
        let ring = &self.vault.0.ring;
        let master = ring.candidate(to)?;
        note(&tx, master.as_ref(), (0, now)).await?;
        ring.succeed(to)?;
        tx.commit().await.map_err(database("change the master key"))?;
        Ok(master.name().to_owned())
    }

    /// Wraps the next keys anew that another master key wrapped.
    pub async fn rewrap(&self, now: SystemTime) -> Result<Rewrapped, StoreError> {
        let tx = self.write().await?;
        let ring = &self.vault.0.ring;
        let master = ring.current()?;
        let secrets = node_secret::Entity::find()
            .filter(node_secret::Column::Master.ne(master.name()))
            .all(&tx)
            .await
            .map_err(database("list secrets"))?;
        let keys = patient_key::Entity::find()
            .filter(patient_key::Column::Master.ne(master.name()))
            .limit(BATCH_KEYS)
            .all(&tx)
            .await
            .map_err(database("list keys"))?;
        let rewrapped = secrets.len() + keys.len();
        if rewrapped == 0 {
            // The lock is held: whoever wraps next does it with the new key.
            ring.conclude()?;
            return Ok(Rewrapped::Nothing);
        }
        for row in secrets {
            let anew = self.anew(&row.master, (&row.wrapped, &row.name), master.as_ref())?;
            let mut change = row.into_active_model();
            change.master = Set(master.name().to_owned());
            change.wrapped = Set(anew);
            change.update(&tx).await.map_err(database("wrap a secret anew"))?;
        }
        for row in keys {
            let anew = self.anew(&row.master, (&row.wrapped, &row.pseudonym), master.as_ref())?;
            let mut change = row.into_active_model();
            change.master = Set(master.name().to_owned());
            change.wrapped = Set(anew);
            change.update(&tx).await.map_err(database("wrap a key anew"))?;
        }
        note(&tx, master.as_ref(), (rewrapped, now)).await?;
        tx.commit().await.map_err(database("change the master key"))?;
        Ok(Rewrapped::Some(rewrapped))
    }

    /// What one key wrapped, wrapped by another, and tried before the first is let go.
    fn anew(
        &self,
        by: &str,
        (wrapped, context): (&str, &str),
        master: &dyn MasterKey,
    ) -> Result<String, StoreError> {
        let wrapped = BASE64.decode(wrapped).map_err(corrupt("patient_key"))?;
        let key = self.vault.0.ring.named(by)?.unwrap(&wrapped, context.as_bytes())?;
        let anew = master.wrap(&key, context.as_bytes())?;
        if master.unwrap(&anew, context.as_bytes())? != key {
            return Err(KeyError::Wrong(Tampered).into());
        }
        Ok(BASE64.encode(anew))
    }
}

async fn note(
    tx: &DatabaseTransaction,
    master: &dyn MasterKey,
    (rewrapped, now): (usize, SystemTime),
) -> Result<(), StoreError> {
    let key = Resource::Key(number(master.name()));
    let event = AuditEvent::new(milliseconds(now), Actor::Operator, Action::RotateKey, key)
        .with_count(u32::try_from(rewrapped).unwrap_or(u32::MAX));
    audit::append(tx, &event).await.map(|_| ())
}

/// The number of a master key in the audit log: its name where that is one, else a digest of it.
fn number(name: &str) -> u128 {
    let of_digest = |name: &str| {
        let digest = Digest::of(name.as_bytes());
        digest.0.iter().take(16).fold(0, |bits, byte| bits << 8 | u128::from(*byte))
    };
    u128::from_str_radix(name, 16).unwrap_or_else(|_| of_digest(name))
}
