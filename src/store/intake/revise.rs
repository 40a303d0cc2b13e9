//! The same image under a corrected header: the row names the new object, the old one is kept aside,
//! and the study is arriving again, so that its results are made anew.

use super::aside::{Aside, REPLACED};
use super::draft::arrival;
use super::{Intake, Received};
use crate::store::catalogue::{Listing, of_series, of_study};
use crate::store::entity::{instance, series, study};
use crate::store::{Store, StoreError, audit, database, milliseconds};
use interval_core::audit::words::{Detail, Outcome};
use interval_core::patient::PatientPseudonym;
use interval_core::query::Level;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter,
};
use std::time::SystemTime;

impl Store {
    pub(super) async fn revise(
        &self,
        first: instance::Model,
        (received, owner): (&Received, PatientPseudonym),
        now: SystemTime,
    ) -> Result<Intake, StoreError> {
        let tx = self.write().await?;
        let key = self.vault.key_of(&tx, owner).await?;
        let (instance, stored) = (&received.instance, &received.stored);
        let aside = Aside {
            uid: &first.uid,
            study: &first.study,
            digest: first.digest.clone(),
            object: first.object.clone(),
            sealed_by: first.sealed_by.clone(),
            reason: REPLACED,
        };
        aside.keep(&tx, &key, now).await?;
        let mut change = first.clone().into_active_model();
        change.digest = Set(stored.digest.to_string());
        change.object = Set(stored.object.id.to_string());
        change.sealed_by = Set(key.wrap(&stored.object)?);
        change.bytes = Set(stored.bytes as i64);
        change.syntax = Set(instance.syntax.to_string());
        change.calling_ae = Set(received.origin.calling_ae.clone());
        change.received_ms = Set(milliseconds(now));
        let revised = database("revise an instance");
        change.update(&tx).await.map_err(&revised)?;

        let of_the_study = Listing::of(&received.listing, &[Level::Patient, Level::Study]);
        let uid = instance.study.as_str();
        study::Entity::update_many()
            .col_expr(study::Column::State, Expr::value(crate::store::study::RECEIVING))
            .col_expr(study::Column::LastArrivalMs, Expr::value(milliseconds(now)))
            .col_expr(study::Column::Evidence, Expr::value(""))
            .col_expr(study::Column::StudyDate, {
                Expr::value(key.cloak()?.date(&instance.exam.date))
            })
            .col_expr(study::Column::Listing, {
                Expr::value(key.seal(&of_study(uid), &of_the_study.to_text())?)
            })
            .filter(study::Column::Uid.eq(uid))
            .exec(&tx)
            .await
            .map_err(&revised)?;
        let of_the_series = Listing::of(&received.listing, &[Level::Series]);
        let uid = instance.series.as_str();
        let sealed = key.seal(&of_series(uid), &of_the_series.to_text())?;
        series::Entity::update_many()
            .col_expr(series::Column::Listing, Expr::value(sealed))
            .filter(series::Column::Uid.eq(uid))
            .exec(&tx)
            .await
            .map_err(&revised)?;
        self.vault.correct(&tx, &key, &instance.patient).await?;
        let event = arrival(received, owner, milliseconds(now))
            .with_outcome(Outcome::Success, Detail::Altered);
        audit::append_once(&tx, &event).await?;
        tx.commit().await.map_err(&revised)?;
        self.catalogue.write().relist(&instance.study, of_the_study);
        Ok(Intake::Revised)
    }
}
