//! Objects that no row names: left by a sudden end between the disk and the database, and never
//! acknowledged.

use crate::store::blobs::ObjectId;
use crate::store::{Store, StoreError, corrupt, database, object};
use sea_orm::{ConnectionTrait, Statement};
use serde::Serialize;
use std::collections::HashSet;

/// Tables whose rows name objects.
const TABLES: [&str; 5] = ["instance", "quarantine", "artefact", "outbox", "review_labels"];

/// What a scrub did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Scrubbed {
    /// Objects that no row named.
    pub removed: usize,
    /// What they took on the disk, in bytes.
    pub bytes: u64,
}

impl Store {
    /// Objects that neither a row of instances, of quarantine, of artefacts, of the outbox nor of
    /// reviews names.
    pub async fn orphans(&self) -> Result<Vec<ObjectId>, StoreError> {
        let objects = self.blobs.list().map_err(object("list its objects"))?;
        self.unnamed(objects).await
    }

    /// Removes them. For a process that owns the store and receives nothing: an object that is
    /// just coming has no row yet.
    pub async fn scrub(&self) -> Result<Scrubbed, StoreError> {
        let mut scrubbed = Scrubbed::default();
        for id in self.orphans().await? {
            let size = std::fs::metadata(self.blobs.path(id)).map_or(0, |file| file.len());
            self.blobs.remove(id).map_err(object("remove an object that no row names"))?;
            scrubbed.removed += 1;
            scrubbed.bytes += size;
        }
        self.blobs.forget_lists().map_err(object("remove what was left over"))?;
        Ok(scrubbed)
    }

    /// Removes what an earlier run made ahead and did not use, or did not finish: for the process
    /// that owns the store, when it starts. Gives how many files that were.
    pub async fn clear_left_over(&self) -> Result<usize, StoreError> {
        let left = self.blobs.left_over().map_err(object("list what was left over"))?;
        let unnamed = if left.is_empty() { left } else { self.unnamed(left).await? };
        for id in &unnamed {
            self.blobs.remove(*id).map_err(object("remove what was left over"))?;
        }
        self.blobs.forget_lists().map_err(object("remove what was left over"))?;
        Ok(unnamed.len())
    }

    async fn unnamed(&self, objects: Vec<ObjectId>) -> Result<Vec<ObjectId>, StoreError> {
        let mut named = HashSet::new();
        for table in TABLES {
            named.extend(self.object_names(table).await?);
        }
        Ok(objects.into_iter().filter(|object| !named.contains(object)).collect())
    }

    async fn object_names(&self, table: &'static str) -> Result<Vec<ObjectId>, StoreError> {
        let select = Statement::from_string(
            self.db.get_database_backend(),
            format!("SELECT object FROM {table}"),
        );
        let rows = self.db.query_all_raw(select).await.map_err(database("list objects"))?;
        rows.iter()
            .map(|row| {
                let name: String = row.try_get("", "object").map_err(database("list objects"))?;
                name.parse().map_err(corrupt(table))
            })
            .collect()
    }
}
