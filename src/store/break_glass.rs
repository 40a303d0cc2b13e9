//! Broken glass: who opened whose data in an emergency, and what the reviewer found.

use super::access::{AccessRefused, Change, Noted, moment, must, must_be, note};
use super::assignment::known;
use super::entity::{break_glass, user};
use super::user::{actor, found_or_made, number, person, rows};
use super::vault::Vault;
use super::{Store, StoreError, corrupt, database, milliseconds};
use interval_core::access::{
    Action, BreakGlass, BreakGlassId, By, EmergencyReason, Grant, Permit, Review, Verdict,
};
use interval_core::patient::PatientPseudonym;
use sea_orm::sea_query::Condition;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel,
    QueryFilter, QueryOrder, QuerySelect,
};
use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

/// Names the column of a sealed reason; a case is never changed, so its row needs no name.
pub(super) const REASON: &str = "break_glass.reason";

/// What stands for a reason that went with its patient's key.
const DESTROYED: &str = "destroyed with the data of the patient";

/// Cases in one list.
const CASES_MAX: u64 = 5_000;

impl Store {
    /// Opens the data of the grant's patient for its person, for as long as wished but never
    /// longer than the limit. The case waits for its review from now on.
    pub async fn break_glass(
        &self,
        grant: &Grant,
        reason: &EmergencyReason,
        wished: Duration,
        now: SystemTime,
    ) -> Result<BreakGlass, StoreError> {
        must_be(grant, Action::BreakGlass, now)?;
        let Some(who) = grant.person() else { return Err(AccessRefused::Permission.into()) };
        let tx = self.write().await?;
        known(&tx, grant.patient()).await?;
        let row = found_or_made(&tx, who).await?;
        if row.disabled_ms.is_some() {
            return Err(AccessRefused::Disabled.into());
        }
        // At least a minute, so that a case is never over before it begins.
        let until = BreakGlass::end(wished.max(Duration::from_mins(1)), now);
        let key = self.vault.key_of(&tx, grant.patient()).await?;
        let case = break_glass::ActiveModel {
            person: Set(row.number.clone()),
            pseudonym: Set(grant.patient().to_string()),
            reason: Set(key.seal(REASON, reason.as_str())?),
            from_ms: Set(milliseconds(now)),
            until_ms: Set(milliseconds(until)),
            reviewed_by: Set(None),
            reviewed_ms: Set(None),
            verdict: Set(None),
            ..Default::default()
        };
        let case = case.insert(&tx).await.map_err(database("remember broken glass"))?;
        let person = number(&row.number)?;
        let (change, patient) = (Change::BrokeGlass, Some(grant.patient()));
        note(&tx, &Noted { change, by: Some(person), person, patient, at: now }).await?;
        let people = BTreeMap::from([(row.number.clone(), row)]);
        let case = read(&case, reason.clone(), &people)?;
        tx.commit().await.map_err(database("commit broken glass"))?;
        Ok(case)
    }

    /// Judges a case, once, and never one's own; access that was not justified ends at once.
    pub async fn review(
        &self,
        permit: &Permit,
        id: BreakGlassId,
        verdict: Verdict,
        now: SystemTime,
    ) -> Result<BreakGlass, StoreError> {
        must(permit, Action::ReviewBreakGlass, now)?;
        let By::Person(reviewer) = permit.by() else {
            return Err(AccessRefused::Permission.into());
        };
        let tx = self.write().await?;
        let which = Condition::all().add(break_glass::Column::Id.eq(id.0));
        let found = cases(&self.vault, &tx, which).await?.pop();
        let case = found.ok_or(StoreError::Unknown("case of broken glass"))?;
        case.reviewable(reviewer, verdict, now).map_err(AccessRefused::from)?;
        let row = break_glass::Entity::find_by_id(id.0)
            .one(&tx)
            .await
            .map_err(database("look for broken glass"))?
            .ok_or(StoreError::Unknown("case of broken glass"))?;
        let person = number(&row.person)?;
        let by = actor(&tx, permit.by()).await?;
        let mut active = row.into_active_model();
        active.reviewed_by = Set(by.map(|by| by.to_string()));
        active.reviewed_ms = Set(Some(milliseconds(now)));
        active.verdict = Set(Some(verdict.as_str().to_owned()));
        active.update(&tx).await.map_err(database("remember a review"))?;
        let change = match verdict {
            Verdict::Justified => Change::Justified,
            Verdict::Unjustified => Change::Condemned,
        };
        let patient = Some(case.patient);
        note(&tx, &Noted { change, by, person, patient, at: now }).await?;
        tx.commit().await.map_err(database("commit a review"))?;
        let review = Review { by: reviewer.clone(), at: moment(milliseconds(now)), verdict };
        Ok(BreakGlass { review: Some(review), ..case })
    }

    /// Cases that nobody has judged yet, the oldest first.
    pub async fn pending_reviews(&self) -> Result<Vec<BreakGlass>, StoreError> {
        let which = Condition::all().add(break_glass::Column::ReviewedMs.is_null());
        cases(&self.vault, &self.db, which).await
    }

    /// All cases, the oldest first.
    pub async fn broken_glass(&self) -> Result<Vec<BreakGlass>, StoreError> {
        cases(&self.vault, &self.db, Condition::all()).await
    }
}

/// The cases of one person and one patient.
pub(super) async fn of(
    vault: &Vault,
    db: &impl ConnectionTrait,
    (user, patient): (&user::Model, PatientPseudonym),
) -> Result<Vec<BreakGlass>, StoreError> {
    let which = Condition::all()
        .add(break_glass::Column::Person.eq(&user.number))
        .add(break_glass::Column::Pseudonym.eq(patient.to_string()));
    cases(vault, db, which).await
}

async fn cases(
    vault: &Vault,
    db: &impl ConnectionTrait,
    which: Condition,
) -> Result<Vec<BreakGlass>, StoreError> {
    let found = break_glass::Entity::find()
        .filter(which)
        .order_by_asc(break_glass::Column::Id)
        .limit(CASES_MAX)
        .all(db)
        .await
        .map_err(database("look for broken glass"))?;
    let numbers = found
        .iter()
        .flat_map(|row| row.reviewed_by.clone().into_iter().chain([row.person.clone()]));
    let people = rows(db, numbers.collect()).await?;
    let mut read_cases = Vec::with_capacity(found.len());
    for row in &found {
        let patient = row.pseudonym.parse().map_err(corrupt("break_glass"))?;
        let reason = match vault.key_of(db, patient).await {
            Ok(key) => key.open(REASON, &row.reason)?,
            Err(StoreError::Shredded) => DESTROYED.to_owned(),
            Err(error) => return Err(error),
        };
        let reason = reason.parse().map_err(corrupt("break_glass"))?;
        read_cases.push(read(row, reason, &people)?);
    }
    Ok(read_cases)
}

fn read(
    row: &break_glass::Model,
    reason: EmergencyReason,
    people: &BTreeMap<String, user::Model>,
) -> Result<BreakGlass, StoreError> {
    let broken = corrupt("break_glass");
    let named = |number: &str| {
        let row = people.get(number).ok_or_else(|| broken("it is nobody's".to_owned()))?;
        person(row)
    };
    let review = match (&row.reviewed_by, row.reviewed_ms, row.verdict.as_deref()) {
        (None, None, None) => None,
        (Some(by), Some(at), Some(word)) => {
            let verdict = Verdict::ALL.into_iter().find(|verdict| verdict.as_str() == word);
            let verdict = verdict.ok_or_else(|| broken(format!("'{word}' is not a verdict")))?;
            Some(Review { by: named(by)?, at: moment(at), verdict })
        }
        _ => return Err(broken("half a review".to_owned())),
    };
    Ok(BreakGlass {
        id: BreakGlassId(row.id),
        person: named(&row.person)?,
        patient: row.pseudonym.parse().map_err(corrupt("break_glass"))?,
        reason,
        from: moment(row.from_ms),
        until: moment(row.until_ms),
        review,
    })
}

#[cfg(test)]
mod tests {
    use super::super::ward::{RUTH, STRANGER, Ward, hour, operator, person, signed_in};
    use super::*;
    use interval_core::access::{Ground, IllegalReview, Policy, Role, permit};

    const NOA: (&str, Role) = ("noa", Role::Oncologist);

    impl Ward {
        async fn broken(&self, wished: Duration) -> Result<BreakGlass, StoreError> {
            let grant = self.grant(NOA, RUTH, Action::BreakGlass, hour(1)).await.unwrap();
            let reason = "seizure in the ward".parse().unwrap();
            self.store.break_glass(&grant, &reason, wished, hour(1)).await
        }

        fn reviewer(subject: &str) -> Permit {
            let auditor = signed_in(subject, Role::Auditor, hour(2));
            permit(&Policy::house(), &auditor, Action::ReviewBreakGlass, hour(2)).unwrap()
        }
    }

    #[tokio::test]
    async fn broken_glass_reads_and_does_nothing_else() {
        let ward = Ward::open().await;
        let before = ward.noted().await;
        let case = ward.broken(Duration::from_hours(9)).await.unwrap();
        assert_eq!(case.until, hour(5), "four hours at most");
        let reads = ward.grant(NOA, RUTH, Action::ReadImages, hour(2)).await.unwrap();
        assert_eq!(reads.ground(), Ground::BrokenGlass(case.id));
        for action in [Action::Export, Action::Upload, Action::SteerJobs, Action::Delegate] {
            assert!(ward.grant(NOA, RUTH, action, hour(2)).await.is_none(), "{action}");
        }
        assert!(ward.grant(NOA, RUTH, Action::ReadImages, hour(5)).await.is_none());
        assert_eq!(ward.store.pending_reviews().await.unwrap(), [case]);
        assert_eq!(ward.noted().await, before + 1);
    }

    #[tokio::test]
    async fn a_case_is_judged_once_and_by_somebody_else() {
        let ward = Ward::open().await;
        let case = ward.broken(Duration::from_hours(2)).await.unwrap();
        let noa = Ward::reviewer("noa");
        let own = ward.store.review(&noa, case.id, Verdict::Justified, hour(2)).await;
        let own = own.unwrap_err();
        assert!(matches!(own, StoreError::Access(AccessRefused::Review(IllegalReview::OwnCase))));
        let aud = Ward::reviewer("aud");
        let judged = ward.store.review(&aud, case.id, Verdict::Justified, hour(2)).await.unwrap();
        assert_eq!(judged.review.as_ref().map(|review| &review.by), Some(&person("aud")));
        assert!(ward.store.pending_reviews().await.unwrap().is_empty());
        assert_eq!(ward.store.broken_glass().await.unwrap(), [judged]);
        let twice = ward.store.review(&aud, case.id, Verdict::Unjustified, hour(2)).await;
        let twice = twice.unwrap_err();
        assert!(matches!(
            twice,
            StoreError::Access(AccessRefused::Review(IllegalReview::Reviewed))
        ));
    }

    #[tokio::test]
    async fn access_that_was_not_justified_ends_at_once() {
        let ward = Ward::open().await;
        let case = ward.broken(Duration::from_hours(3)).await.unwrap();
        assert!(ward.grant(NOA, RUTH, Action::ReadReport, hour(2)).await.is_some());
        let aud = Ward::reviewer("aud");
        ward.store.review(&aud, case.id, Verdict::Unjustified, hour(2)).await.unwrap();
        assert!(ward.grant(NOA, RUTH, Action::ReadReport, hour(2)).await.is_none());
    }

    #[tokio::test]
    async fn another_proof_does_not_break_glass_or_judge() {
        let ward = Ward::open().await;
        let case = ward.broken(Duration::from_hours(1)).await.unwrap();
        let reads = ward.grant(NOA, RUTH, Action::ReadImages, hour(1)).await.unwrap();
        let reason = "seizure in the ward".parse().unwrap();
        let hours = Duration::from_hours(1);
        let broken = ward.store.break_glass(&reads, &reason, hours, hour(1)).await;
        assert!(matches!(broken, Err(StoreError::Access(AccessRefused::Permission))));
        let judged =
            ward.store.review(&operator(hour(1)), case.id, Verdict::Justified, hour(1)).await;
        assert!(matches!(judged, Err(StoreError::Access(AccessRefused::Permission))));
        let nobody = ward.grant(NOA, STRANGER, Action::BreakGlass, hour(1)).await.unwrap();
        let broken = ward.store.break_glass(&nobody, &reason, hours, hour(1)).await;
        assert!(matches!(broken, Err(StoreError::Unknown("patient"))));
    }
}
