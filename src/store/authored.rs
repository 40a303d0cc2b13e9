//! Results are part of the archive: what a job authored is listed and given beside the images of
//! its study. It is never again what an analysis is made from, and an archive that sends it back
//! brings nothing new, whatever it changed in the header.

use super::assessment::{Authored, Outcome};
use super::blobs::ObjectId;
use super::catalogue::{self, Listing, of_series};
use super::entity::{authored, instance, outbox, series};
use super::job::Lease;
use super::vault::PatientKey;
use super::{Store, StoreError, corrupt, database};
use interval_core::query::{Attribute, Level};
use interval_core::uid::StudyUid;
use interval_iod::{key, pdf, seg, sr};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Query};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait,
    PaginatorTrait, QueryFilter, Statement,
};

/// Who brought them, in the column for the senders of instances.
const OURSELVES: &str = "INTERVAL";

/// Classes of what is authored: only these can be our own.
const CLASSES: [&str; 4] =
    [seg::SEGMENTATION, sr::COMPREHENSIVE_3D_SR, pdf::ENCAPSULATED_PDF, key::KEY_OBJECT_SELECTION];

/// What was changed in the listing.
#[derive(Debug, Default)]
pub(super) struct Listed {
    /// Places in the outcome of what is new in the archive.
    fresh: Vec<usize>,
    /// Objects that nothing names any more.
    unnamed: Vec<ObjectId>,
}

impl Store {
    /// Puts a job's results into the archive, in the place of those of earlier jobs on the study.
    /// The caller holds the lock of recording.
    pub(super) async fn list_results(
        &self,
        tx: &DatabaseTransaction,
        (owner, lease): (&PatientKey, Lease),
        outcome: &Outcome,
        now_ms: i64,
    ) -> Result<Listed, StoreError> {
        let mut listed = Listed::default();
        for (at, result) in outcome.objects.iter().enumerate() {
            remember(tx, lease, result).await?;
            if insert(tx, owner, result, now_ms).await? {
                listed.fresh.push(at);
            }
        }
        listed.unnamed = unlist(tx, &outcome.study, lease).await?;
        for (at, result) in outcome.objects.iter().enumerate() {
            let object = result.stored.object.id;
            if !listed.fresh.contains(&at) && !is_outgoing(tx, object).await? {
                listed.unnamed.push(object);
            }
        }
        Ok(listed)
    }

    /// Memory is told what was committed.
    pub(super) fn publish_results(&self, listed: &Listed, outcome: &Outcome) {
        let mut index = self.catalogue.write();
        for result in listed.fresh.iter().filter_map(|at| outcome.objects.get(*at)) {
            let instance = &result.header;
            let modality = instance.acquisition.modality.as_str();
            index.count(&instance.study, &instance.series, (modality, &instance.class));
        }
        drop(index);
        // No row names them; should this fail, the scrub finds them.
        self.remove_objects(&listed.unnamed);
    }

    /// The study of an instance that this node authored, by its class and UID.
    pub(super) async fn authored_in(
        &self,
        db: &impl ConnectionTrait,
        (class, uid): (&str, &str),
    ) -> Result<Option<StudyUid>, StoreError> {
        if !CLASSES.contains(&class) {
            return Ok(None);
        }
        let row = authored::Entity::find_by_id(uid)
            .one(db)
            .await
            .map_err(database("look for a result"))?;
        row.map(|row| row.study.parse().map_err(corrupt("authored"))).transpose()
    }

    /// How many of a study's listed results were delivered nowhere: no other archive counts them.
    pub async fn undelivered(&self, study: &StudyUid) -> Result<u64, StoreError> {
        let delivered = "uid IN (SELECT uid FROM outbox WHERE study = ? AND state = 'delivered')";
        instance::Entity::find()
            .filter(instance::Column::Study.eq(study.as_str()))
            .filter(of_this_node(study))
            .filter(Expr::cust_with_values(delivered, [study.as_str()]).not())
            .count(&self.db)
            .await
            .map_err(database("count results"))
    }
}

/// The instances of a study that this node authored.
pub(super) fn of_this_node(study: &StudyUid) -> Expr {
    let own = Query::select()
        .column(authored::Column::Uid)
        .from(authored::Entity)
        .and_where(authored::Column::Study.eq(study.as_str()))
        .to_owned();
    instance::Column::Uid.in_subquery(own)
}

async fn remember(
    tx: &DatabaseTransaction,
    lease: Lease,
    result: &Authored,
) -> Result<(), StoreError> {
    authored::Entity::insert(authored::ActiveModel {
        uid: Set(result.uid.to_string()),
        study: Set(result.header.study.to_string()),
        job: Set(lease.job),
    })
    .on_conflict(
        OnConflict::column(authored::Column::Uid).update_column(authored::Column::Job).to_owned(),
    )
    .exec_without_returning(tx)
    .await
    .map(drop)
    .map_err(database("remember a result"))
}

/// Whether the instance is new: the same findings have the same UID, and the first bytes stay.
async fn insert(
    tx: &DatabaseTransaction,
    owner: &PatientKey,
    result: &Authored,
    now_ms: i64,
) -> Result<bool, StoreError> {
    let (header, stored) = (&result.header, &result.stored);
    let uid = header.series.as_str();
    let of_the_series = Listing::of(&result.listing, &[Level::Series]);
    series::Entity::insert(series::ActiveModel {
        uid: Set(uid.to_owned()),
        study: Set(header.study.to_string()),
        listing: Set(owner.seal(&of_series(uid), &of_the_series.to_text())?),
    })
    .on_conflict_do_nothing_on([series::Column::Uid])
    .exec_without_returning(tx)
    .await
    .map_err(database("list a result"))?;
    let number = |attribute| result.listing.text(attribute).trim().parse().ok();
    let rows = instance::Entity::insert(instance::ActiveModel {
        uid: Set(header.uid.to_string()),
        study: Set(header.study.to_string()),
        series: Set(uid.to_owned()),
        class: Set(header.class.to_string()),
        syntax: Set(header.syntax.to_string()),
        modality: Set(header.acquisition.modality.clone()),
        digest: Set(stored.digest.to_string()),
        object: Set(stored.object.id.to_string()),
        sealed_by: Set(owner.wrap(&stored.object)?),
        bytes: Set(stored.bytes as i64),
        calling_ae: Set(OURSELVES.into()),
        received_ms: Set(now_ms),
        number: Set(number(Attribute::InstanceNumber)),
        image_rows: Set(number(Attribute::Rows)),
        image_columns: Set(number(Attribute::Columns)),
        bits_allocated: Set(number(Attribute::BitsAllocated)),
        frames: Set(number(Attribute::NumberOfFrames)),
    })
    .on_conflict_do_nothing_on([instance::Column::Uid])
    .exec_without_returning(tx)
    .await
    .map_err(database("list a result"))?;
    Ok(matches!(rows, sea_orm::TryInsertResult::Inserted(rows) if rows > 0))
}

/// Whether an object is on its way to a destination.
async fn is_outgoing(tx: &DatabaseTransaction, object: ObjectId) -> Result<bool, StoreError> {
    let rows = outbox::Entity::find()
        .filter(outbox::Column::Object.eq(object.to_string()))
        .count(tx)
        .await
        .map_err(database("look into the outbox"))?;
    Ok(rows > 0)
}

/// Takes the results of earlier jobs out of the listing. What is on its way to a destination stays
/// in the outbox; the objects that nothing names any more are given back.
async fn unlist(
    tx: &DatabaseTransaction,
    study: &StudyUid,
    lease: Lease,
) -> Result<Vec<ObjectId>, StoreError> {
    let (backend, unlisted) = (tx.get_database_backend(), database("take a result off the list"));
    let bind = |sql: &str| {
        Statement::from_sql_and_values(backend, sql, [study.as_str().into(), lease.job.into()])
    };
    let select = "SELECT object FROM instance WHERE study = $1 AND uid IN \
                  (SELECT uid FROM authored WHERE study = $1 AND job <> $2) \
                  AND object NOT IN (SELECT object FROM outbox WHERE study = $1)";
    let rows = tx.query_all_raw(bind(select)).await.map_err(&unlisted)?;
    let names = rows.iter().map(|row| row.try_get_by_index::<String>(0).map_err(&unlisted));
    let names = names.collect::<Result<Vec<_>, _>>()?;
    let delete = "DELETE FROM instance WHERE study = $1 AND uid IN \
                  (SELECT uid FROM authored WHERE study = $1 AND job <> $2)";
    let gone = tx.execute_raw(bind(delete)).await.map_err(&unlisted)?;
    if gone.rows_affected() > 0 {
        let hollow = Statement::from_sql_and_values(
            backend,
            "DELETE FROM series WHERE study = $1 AND uid NOT IN \
             (SELECT series FROM instance WHERE study = $1)",
            [study.as_str().into()],
        );
        tx.execute_raw(hollow).await.map_err(&unlisted)?;
        catalogue::turn(tx).await?;
    }
    names.iter().map(|name| name.parse().map_err(corrupt("instance"))).collect()
}
