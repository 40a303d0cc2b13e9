//! Another master key: every wrapped key is unwrapped with the key that wrapped it and wrapped
//! with the one that wraps now, in one transaction, while the node serves.

use super::BASE64;
use crate::keys::{KeySource, earlier};
use crate::store::entity::{node_secret, patient_key};
use crate::store::{Store, StoreError, database};
use base64::Engine as _;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait, IntoActiveModel};
use serde::Serialize;

/// What a change of keys did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rotated {
    /// The key that wraps now.
    pub master: String,
    /// Keys that were wrapped anew.
    pub rewrapped: usize,
}

impl Store {
    /// Wraps every key anew with the master key that wraps now. Where that key lies in a file and
    /// `fresh` is asked for, a new one is made first and the old one is kept beside it until the
    /// operator removes it.
    pub async fn rotate(&self, fresh: Fresh) -> Result<Rotated, StoreError> {
        // The write lock is taken first: nobody wraps anything while keys change places.
        let tx = self.write().await?;
        let ring = &self.vault.0.ring;
        if let (Fresh::Made, KeySource::File(path)) = (fresh, ring.source()) {
            let moved = std::fs::rename(path, earlier(path));
            moved.map_err(crate::store::object("put the old master key aside"))?;
        }
        let master = ring.current()?;
        let mut rewrapped = 0;
        let keys = patient_key::Entity::find().all(&tx).await;
        for row in keys.map_err(database("list keys"))? {
            if row.master == master.name() {
                continue;
            }
            let anew = self.anew(&row.master, &row.wrapped, &row.pseudonym)?;
            let mut change = row.into_active_model();
            change.master = Set(master.name().to_owned());
            change.wrapped = Set(anew);
            change.update(&tx).await.map_err(database("wrap a key anew"))?;
            rewrapped += 1;
        }
        let secrets = node_secret::Entity::find().all(&tx).await;
        for row in secrets.map_err(database("list secrets"))? {
            if row.master == master.name() {
                continue;
            }
            let anew = self.anew(&row.master, &row.wrapped, &row.name)?;
            let mut change = row.into_active_model();
            change.master = Set(master.name().to_owned());
            change.wrapped = Set(anew);
            change.update(&tx).await.map_err(database("wrap a secret anew"))?;
            rewrapped += 1;
        }
        tx.commit().await.map_err(database("change the master key"))?;
        Ok(Rotated { master: master.name().to_owned(), rewrapped })
    }

    fn anew(&self, master: &str, wrapped: &str, context: &str) -> Result<String, StoreError> {
        let ring = &self.vault.0.ring;
        let wrapped = BASE64.decode(wrapped).map_err(crate::store::corrupt("patient_key"))?;
        let key = ring.named(master)?.unwrap(&wrapped, context.as_bytes())?;
        Ok(BASE64.encode(ring.current()?.wrap(&key, context.as_bytes())?))
    }
}

/// Whether a new master key is made, or the configured one takes over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fresh {
    /// A new file takes the place of the old.
    Made,
    /// The configuration names another key already.
    Configured,
}
