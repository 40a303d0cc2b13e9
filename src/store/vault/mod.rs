//! The vault: the one place where a pseudonym meets a person, and where the keys of patients are
//! kept, wrapped by the master key. Rows hold pseudonyms, codes and sealed texts; whoever holds
//! the disk without the master key learns nothing.

mod cloak;
mod identity;
mod merge;
mod names;
mod roster;
mod rotate;
mod shred;

pub use identity::Identity;
pub use roster::Entry;
pub use rotate::{Masters, Rewrapped, Wrapped};
pub use shred::{Journal, Shred};

use super::entity::{node_secret, patient_key};
use super::{Store, StoreError, database};
use crate::keys::{Keyring, Secret, code, open, seal};
use crate::store::blobs::{ObjectId, SealedObject};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;
use interval_core::digest::Digest;
use interval_core::patient::PatientPseudonym;
use sea_orm::{ActiveValue::Set, ConnectionTrait, DatabaseConnection, EntityTrait};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// How objects are sealed, in front of their wrapped keys: AES-256-GCM in chunks of 64 KiB.
const SCHEME: &str = "aes256gcm-64k:";

/// Patients whose keys and names are held in memory; others are read again when they are asked
/// for. 32 bytes of key and about 300 of identity each.
const HELD_MAX: usize = 20_000;

/// Name of the secret that codes identifiers.
const CODE_SECRET: &str = "codes";

/// What the key of notes is derived for.
const NOTES: &str = "notes";

/// The vault of one store.
#[derive(Debug, Clone)]
pub struct Vault(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    ring: Keyring,
    /// Codes of identifiers are made with it, so that equal ones are found without being read.
    codes: Secret,
    keys: Mutex<Held<PatientKey>>,
    names: Mutex<Held<Identity>>,
}

/// What was opened, beside the sealed text that it was opened from: another text is another key
/// or another name, and a row that is gone opens nothing.
type Held<T> = HashMap<PatientPseudonym, (String, T)>;

/// The key of one patient: it wraps the keys of the patient's objects and seals the patient's
/// texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatientKey {
    patient: PatientPseudonym,
    key: Secret,
}

impl PatientKey {
    /// Whose it is.
    pub fn patient(&self) -> PatientPseudonym {
        self.patient
    }

    /// The key of an object, for its row.
    pub fn wrap(&self, object: &SealedObject) -> Result<String, StoreError> {
        let context = object.id.to_string();
        let wrapped = seal(&self.key, context.as_bytes(), object.key.bytes())?;
        Ok(format!("{SCHEME}{}", BASE64.encode(wrapped)))
    }

    /// The object that a row names.
    pub fn unwrap(&self, object: &str, sealed_by: &str) -> Result<SealedObject, StoreError> {
        let strange = |what: String| StoreError::Corrupt { table: "object", what };
        let id: ObjectId = object.parse().map_err(|e| strange(format!("{e}")))?;
        let wrapped = sealed_by
            .strip_prefix(SCHEME)
            .and_then(|text| BASE64.decode(text).ok())
            .ok_or_else(|| strange("this version does not know how it is sealed".into()))?;
        let bits = zeroize::Zeroizing::new(open(&self.key, object.as_bytes(), &wrapped)?);
        let key = Secret::from_bytes(&bits).ok_or_else(|| strange("its key is no key".into()))?;
        Ok(SealedObject { id, key })
    }

    /// A short text for a column; the context names the column and the row.
    pub fn seal(&self, context: &str, text: &str) -> Result<String, StoreError> {
        if text.is_empty() {
            return Ok(String::new());
        }
        Ok(BASE64.encode(seal(&self.key, context.as_bytes(), text.as_bytes())?))
    }

    /// The text of a column.
    pub fn open(&self, context: &str, sealed: &str) -> Result<String, StoreError> {
        if sealed.is_empty() {
            return Ok(String::new());
        }
        let bytes = BASE64.decode(sealed).map_err(super::corrupt("sealed text"))?;
        let text = open(&self.key, context.as_bytes(), &bytes)?;
        String::from_utf8(text).map_err(super::corrupt("sealed text"))
    }
}

impl Vault {
    /// Opens the vault of a database; its secrets are made at the first start.
    pub(super) async fn open(db: &DatabaseConnection, ring: Keyring) -> Result<Self, StoreError> {
        let codes = secret(db, &ring, CODE_SECRET).await?;
        let (keys, names) = (Mutex::default(), Mutex::default());
        Ok(Self(Arc::new(Inner { ring, codes, keys, names })))
    }

    /// The code of an identifier of one kind.
    pub fn code(&self, kind: &str, parts: &[&str]) -> Digest {
        let mut all = vec![kind.as_bytes()];
        all.extend(parts.iter().map(|part| part.as_bytes()));
        code(&self.0.codes, &all)
    }

    /// Seals a short text that belongs to no patient whom we know yet; the context names the
    /// column.
    pub(super) fn seal_note(&self, context: &str, text: &str) -> Result<String, StoreError> {
        let key = self.0.codes.derive(NOTES);
        Ok(BASE64.encode(seal(&key, context.as_bytes(), text.as_bytes())?))
    }

    /// The text of such a note.
    pub(super) fn open_note(&self, context: &str, sealed: &str) -> Result<String, StoreError> {
        let bytes = BASE64.decode(sealed).map_err(super::corrupt("sealed note"))?;
        let text = open(&self.0.codes.derive(NOTES), context.as_bytes(), &bytes)?;
        String::from_utf8(text).map_err(super::corrupt("sealed note"))
    }

    /// The key of a patient. The row is read each time, so that a key that was destroyed or
    /// wrapped anew elsewhere counts at once; it is unwrapped only when it is another.
    pub async fn key_of(
        &self,
        db: &impl ConnectionTrait,
        patient: PatientPseudonym,
    ) -> Result<PatientKey, StoreError> {
        let row = patient_key::Entity::find_by_id(patient.to_string())
            .one(db)
            .await
            .map_err(database("look for a patient's key"))?
            .ok_or(StoreError::Shredded)?;
        self.unwrapped(patient, row)
    }

    fn unwrapped(
        &self,
        patient: PatientPseudonym,
        row: patient_key::Model,
    ) -> Result<PatientKey, StoreError> {
        if let Some(key) = held(&self.0.keys, patient, &row.wrapped) {
            return Ok(key);
        }
        let wrapped = BASE64.decode(&row.wrapped).map_err(super::corrupt("patient_key"))?;
        let master = self.0.ring.named(&row.master)?;
        let key = master.unwrap(&wrapped, row.pseudonym.as_bytes())?;
        let key = PatientKey { patient, key };
        hold(&self.0.keys, patient, (row.wrapped, key.clone()));
        Ok(key)
    }

    /// The key of a patient as it is held in memory, for whoever knows that it was not destroyed.
    pub(super) fn held_key(&self, patient: PatientPseudonym) -> Option<PatientKey> {
        let keys = self.0.keys.lock().unwrap_or_else(PoisonError::into_inner);
        keys.get(&patient).map(|(_, key)| key.clone())
    }

    /// The keys of all patients, for whoever reads what is sealed of many.
    pub(super) async fn all_keys(
        &self,
        db: &impl ConnectionTrait,
    ) -> Result<HashMap<PatientPseudonym, PatientKey>, StoreError> {
        let rows = patient_key::Entity::find().all(db).await.map_err(database("list keys"))?;
        let mut keys = HashMap::with_capacity(rows.len());
        for row in rows {
            let patient = row.pseudonym.parse().map_err(super::corrupt("patient_key"))?;
            keys.insert(patient, self.unwrapped(patient, row)?);
        }
        Ok(keys)
    }

    /// Makes and keeps the key of a new patient.
    pub(super) async fn new_key(
        &self,
        db: &impl ConnectionTrait,
        patient: PatientPseudonym,
    ) -> Result<PatientKey, StoreError> {
        let key = PatientKey { patient, key: Secret::random()? };
        let master = self.0.ring.current()?;
        let wrapped = master.wrap(&key.key, patient.to_string().as_bytes())?;
        patient_key::Entity::insert(patient_key::ActiveModel {
            pseudonym: Set(patient.to_string()),
            master: Set(master.name().to_owned()),
            wrapped: Set(BASE64.encode(wrapped)),
        })
        .exec_without_returning(db)
        .await
        .map_err(database("keep a patient's key"))?;
        Ok(key)
    }
}

fn held<T: Clone>(all: &Mutex<Held<T>>, patient: PatientPseudonym, sealed: &str) -> Option<T> {
    let all = all.lock().unwrap_or_else(PoisonError::into_inner);
    all.get(&patient).filter(|(from, _)| from == sealed).map(|(_, opened)| opened.clone())
}

fn hold<T>(all: &Mutex<Held<T>>, patient: PatientPseudonym, opened: (String, T)) {
    let mut all = all.lock().unwrap_or_else(PoisonError::into_inner);
    if all.len() >= HELD_MAX
        && let Some(other) = all.keys().next().copied()
    {
        all.remove(&other);
    }
    all.insert(patient, opened);
}

/// A secret of the node itself, made the first time it is asked for.
async fn secret(db: &DatabaseConnection, ring: &Keyring, name: &str) -> Result<Secret, StoreError> {
    let (fresh, master) = (Secret::random()?, ring.current()?);
    let wrapped = master.wrap(&fresh, name.as_bytes())?;
    // Two processes may start at once; the first row stays, and both read it back.
    node_secret::Entity::insert(node_secret::ActiveModel {
        name: Set(name.to_owned()),
        master: Set(master.name().to_owned()),
        wrapped: Set(BASE64.encode(wrapped)),
    })
    .on_conflict_do_nothing_on([node_secret::Column::Name])
    .exec_without_returning(db)
    .await
    .map_err(database("keep a secret"))?;
    kept(db, ring, name).await
}

/// A secret of the node as it is kept.
async fn kept(db: &DatabaseConnection, ring: &Keyring, name: &str) -> Result<Secret, StoreError> {
    let row = node_secret::Entity::find_by_id(name)
        .one(db)
        .await
        .map_err(database("look for a secret"))?
        .ok_or(StoreError::Unknown("secret"))?;
    let wrapped = BASE64.decode(&row.wrapped).map_err(super::corrupt("node_secret"))?;
    Ok(ring.named(&row.master)?.unwrap(&wrapped, name.as_bytes())?)
}

impl Store {
    /// Whether the master key still opens what it wrapped: a token may have gone away.
    pub async fn check_master_key(&self) -> Result<(), StoreError> {
        kept(&self.db, &self.vault.0.ring, CODE_SECRET).await.map(drop)
    }
}
