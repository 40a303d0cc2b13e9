//! Everything that the store should still hold, as its rows say: for whoever checks that nothing
//! was lost or altered.

use super::blobs::SealedObject;
use super::{Store, StoreError, corrupt, database};
use interval_core::digest::Digest;
use interval_core::patient::PatientPseudonym;
use interval_core::uid::StudyUid;
use sea_orm::{ConnectionTrait, QueryResult, Statement};

/// One object as its row has it.
#[derive(Debug)]
pub struct Held {
    /// The table of its row.
    pub table: &'static str,
    /// What the row calls it: a SOP Instance UID, or the name of an artefact.
    pub name: String,
    /// The name of the object's file, as the row has it.
    pub file: String,
    /// SHA-256 of its content.
    pub digest: Digest,
    /// The object; an error when its row was altered or its patient's key is gone.
    pub object: Result<SealedObject, StoreError>,
}

/// Each table that names objects: what to select of one study or of all.
const TABLES: [(&str, &str, &str); 5] = [
    (
        "instance",
        "SELECT instance.uid AS name, study.pseudonym AS pseudonym, object, sealed_by, digest
         FROM instance JOIN study ON study.uid = instance.study",
        "study.uid = $1",
    ),
    ("quarantine", "SELECT uid AS name, pseudonym, object, sealed_by, digest FROM quarantine", ""),
    (
        "artefact",
        "SELECT stage || '/' || name AS name, pseudonym, object, sealed_by, digest FROM artefact",
        "",
    ),
    (
        "outbox",
        "SELECT uid AS name, pseudonym, object, sealed_by, digest FROM outbox",
        "study = $1",
    ),
    (
        "review_labels",
        "SELECT study || '/labels/' || place AS name, pseudonym, object, sealed_by, digest
         FROM review_labels",
        "study = $1",
    ),
];

impl Store {
    /// The objects of a study, or of all: instances as received, results as authored, and for all
    /// also artefacts and what was put aside; and the label maps that humans changed.
    pub async fn held(&self, study: Option<&StudyUid>) -> Result<Vec<Held>, StoreError> {
        let mut all = Vec::new();
        for (table, select, of_study) in TABLES {
            let backend = self.db.get_database_backend();
            let statement = match study {
                None => Statement::from_string(backend, select),
                Some(_) if of_study.is_empty() => continue,
                Some(uid) => Statement::from_sql_and_values(
                    backend,
                    format!("{select} WHERE {of_study}"),
                    [uid.as_str().into()],
                ),
            };
            let rows = self.db.query_all_raw(statement).await;
            for row in rows.map_err(database("list its objects"))? {
                all.push(self.held_row(table, &row).await?);
            }
        }
        Ok(all)
    }

    async fn held_row(&self, table: &'static str, row: &QueryResult) -> Result<Held, StoreError> {
        let column = |name: &str| row.try_get("", name).map_err(database("list its objects"));
        let (name, pseudonym): (String, String) = (column("name")?, column("pseudonym")?);
        let (object, sealed_by): (String, String) = (column("object")?, column("sealed_by")?);
        let digest: String = column("digest")?;
        let patient: PatientPseudonym = pseudonym.parse().map_err(corrupt(table))?;
        let digest = digest.parse().map_err(corrupt(table))?;
        let file = object.clone();
        let object = match self.vault.key_of(&self.db, patient).await {
            Ok(key) => key.unwrap(&object, &sealed_by),
            Err(error) => Err(error),
        };
        Ok(Held { table, name, file, digest, object })
    }
}
