//! Assignments of people to patients, and how one person stands towards one patient.

use super::access::{AccessRefused, ActorNumber, Change, Noted, moment, must, must_be, note};
use super::entity::{assignment, patient, user as user_row};
use super::user::{actor, found_or_made, number, person, row_of, rows};
use super::{Store, StoreError, break_glass, corrupt, database, milliseconds};
use interval_core::access::{
    Action, Assignment, AssignmentEvent, AssignmentId, By, Grant, Ground, IllegalAssignment,
    Permit, PersonId, Source, Standing,
};
use interval_core::patient::PatientPseudonym;
use sea_orm::sea_query::Condition;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction,
    EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
};
use std::collections::{BTreeMap, BTreeSet};
use std::time::SystemTime;

/// Assignments in one list for the administrator.
const ASSIGNMENTS_MAX: u64 = 20_000;

/// An assignment that is to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Who cares.
    pub person: PersonId,
    /// For whom.
    pub patient: PatientPseudonym,
    /// From when on.
    pub from: SystemTime,
    /// Until when, not included.
    pub until: Option<SystemTime>,
}

/// An assignment that is to be handed on to a colleague.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandOn {
    /// Which.
    pub assignment: AssignmentId,
    /// To whom.
    pub to: PersonId,
    /// Until when, not included; never after its own end.
    pub until: Option<SystemTime>,
}

impl Store {
    /// Assigns a person to a patient. A person who never signed in may be assigned beforehand.
    pub async fn assign(
        &self,
        permit: &Permit,
        wanted: &Wanted,
        now: SystemTime,
    ) -> Result<Assignment, StoreError> {
        must(permit, Action::Administer, now)?;
        let Wanted { person, patient, from, until } = wanted;
        if until.is_some_and(|until| until <= *from || until <= now) {
            return Err(AccessRefused::from(IllegalAssignment::EndsBeforeItBegins).into());
        }
        let tx = self.write().await?;
        known(&tx, *patient).await?;
        let by = actor(&tx, permit.by()).await?;
        let row = assignment::ActiveModel {
            pseudonym: Set(patient.to_string()),
            from_ms: Set(milliseconds(*from)),
            until_ms: Set(until.map(milliseconds)),
            delegated_from: Set(None),
            ..Default::default()
        };
        let made = insert(&tx, row, (person, by), (Change::Assigned, now)).await?;
        tx.commit().await.map_err(database("commit an assignment"))?;
        Ok(made)
    }

    /// Takes an assignment back, and with it whatever was handed on from it.
    pub async fn revoke(
        &self,
        permit: &Permit,
        id: AssignmentId,
        now: SystemTime,
    ) -> Result<Assignment, StoreError> {
        must(permit, Action::Administer, now)?;
        let tx = self.write().await?;
        let found = only(&tx, id).await?;
        let by = actor(&tx, permit.by()).await?;
        let revoked = end(&tx, found, by, now).await?;
        tx.commit().await.map_err(database("commit a revocation"))?;
        Ok(revoked)
    }

    /// Hands the caller's own assignment, on which the grant rests, on to a colleague.
    pub async fn delegate(
        &self,
        grant: &Grant,
        to: &PersonId,
        until: Option<SystemTime>,
        now: SystemTime,
    ) -> Result<Assignment, StoreError> {
        must_be(grant, Action::Delegate, now)?;
        let (Ground::Assigned(assignment), Some(person)) = (grant.ground(), grant.person()) else {
            return Err(AccessRefused::Permission.into());
        };
        let wanted = HandOn { assignment, to: to.clone(), until };
        self.hand_on_by(&By::Person(person.clone()), &wanted, now).await
    }

    /// Hands an assignment on for the person who has it.
    pub async fn hand_on(
        &self,
        permit: &Permit,
        wanted: &HandOn,
        now: SystemTime,
    ) -> Result<Assignment, StoreError> {
        must(permit, Action::Administer, now)?;
        self.hand_on_by(permit.by(), wanted, now).await
    }

    /// Takes back what the caller handed on of the grant's patient.
    pub async fn withdraw(
        &self,
        grant: &Grant,
        id: AssignmentId,
        now: SystemTime,
    ) -> Result<Assignment, StoreError> {
        must_be(grant, Action::Delegate, now)?;
        let tx = self.write().await?;
        let found = only(&tx, id).await?;
        let handed_on_by = match &found.source {
            Source::Delegated(of) => Some(&of.person),
            Source::Made(_) => None,
        };
        if found.patient != grant.patient()
            || handed_on_by.is_none()
            || handed_on_by != grant.person()
        {
            return Err(StoreError::Unknown("assignment"));
        }
        let by = match grant.person() {
            Some(person) => Some(number(&found_or_made(&tx, person).await?.number)?),
            None => None,
        };
        let withdrawn = end(&tx, found, by, now).await?;
        tx.commit().await.map_err(database("commit a revocation"))?;
        Ok(withdrawn)
    }

    async fn hand_on_by(
        &self,
        by: &By,
        wanted: &HandOn,
        now: SystemTime,
    ) -> Result<Assignment, StoreError> {
        let tx = self.write().await?;
        let own = only(&tx, wanted.assignment).await?;
        let ends = own.delegate(&wanted.to, wanted.until, now).map_err(AccessRefused::from)?;
        let by = actor(&tx, by).await?;
        let row = assignment::ActiveModel {
            pseudonym: Set(own.patient.to_string()),
            from_ms: Set(milliseconds(now)),
            until_ms: Set(ends.map(milliseconds)),
            delegated_from: Set(Some(own.id.0)),
            ..Default::default()
        };
        let made = insert(&tx, row, (&wanted.to, by), (Change::Delegated, now)).await?;
        tx.commit().await.map_err(database("commit a delegation"))?;
        Ok(made)
    }

    /// Everything that connects a person with a patient. Of who was disabled nothing is left, nor
    /// of what they handed on. A patient who does not exist is looked for like any other.
    pub async fn standing(
        &self,
        person: &PersonId,
        patient: PatientPseudonym,
    ) -> Result<Standing, StoreError> {
        let mut standing = Standing::none(patient);
        let Some(row) = row_of(&self.db, person).await? else { return Ok(standing) };
        if row.disabled_ms.is_some() {
            return Ok(standing);
        }
        let of = Condition::all()
            .add(assignment::Column::Person.eq(&row.number))
            .add(assignment::Column::Pseudonym.eq(patient.to_string()));
        let found = Loaded::of(&self.db, of).await?;
        standing.assignments = found.assignments(Disabled::LeftOut)?;
        standing.broken_glass = break_glass::of(&self.vault, &self.db, (&row, patient)).await?;
        Ok(standing)
    }

    /// The assignments of a person, the newest first.
    pub async fn assignments_of(&self, person: &PersonId) -> Result<Vec<Assignment>, StoreError> {
        let Some(row) = row_of(&self.db, person).await? else { return Ok(Vec::new()) };
        let of = Condition::all().add(assignment::Column::Person.eq(row.number));
        Loaded::of(&self.db, of).await?.assignments(Disabled::Shown)
    }

    /// The assignments to a patient, the newest first.
    pub async fn assignments_to(
        &self,
        patient: PatientPseudonym,
    ) -> Result<Vec<Assignment>, StoreError> {
        let of = Condition::all().add(assignment::Column::Pseudonym.eq(patient.to_string()));
        Loaded::of(&self.db, of).await?.assignments(Disabled::Shown)
    }

    /// All assignments, the newest first.
    pub async fn all_assignments(&self) -> Result<Vec<Assignment>, StoreError> {
        Loaded::of(&self.db, Condition::all()).await?.assignments(Disabled::Shown)
    }
}

/// Somebody whom the node has images of.
pub(super) async fn known(
    tx: &DatabaseTransaction,
    patient: PatientPseudonym,
) -> Result<(), StoreError> {
    patient::Entity::find()
        .filter(patient::Column::Pseudonym.eq(patient.to_string()))
        .one(tx)
        .await
        .map_err(database("look for a patient"))?
        .map(|_| ())
        .ok_or(StoreError::Unknown("patient"))
}

/// Puts a row in for a person, and notes it.
pub(super) async fn insert(
    tx: &DatabaseTransaction,
    row: assignment::ActiveModel,
    (person, by): (&PersonId, ActorNumber),
    (change, at): (Change, SystemTime),
) -> Result<Assignment, StoreError> {
    let to = found_or_made(tx, person).await?;
    if to.disabled_ms.is_some() {
        return Err(AccessRefused::Disabled.into());
    }
    let person = number(&to.number)?;
    let row = assignment::ActiveModel {
        person: Set(to.number),
        made_by: Set(by.map(|by| by.to_string())),
        made_ms: Set(milliseconds(at)),
        revoked_ms: Set(None),
        ..row
    };
    let row = row.insert(tx).await.map_err(database("make an assignment"))?;
    let made = only(tx, AssignmentId(row.id)).await?;
    note(tx, &Noted { change, by, person, patient: Some(made.patient), at }).await?;
    Ok(made)
}

/// Takes an assignment back, and notes it.
async fn end(
    tx: &DatabaseTransaction,
    found: Assignment,
    by: ActorNumber,
    now: SystemTime,
) -> Result<Assignment, StoreError> {
    found.state(now).after(AssignmentEvent::Revoked).map_err(AccessRefused::from)?;
    let row = assignment::Entity::find_by_id(found.id.0)
        .one(tx)
        .await
        .map_err(database("look for an assignment"))?
        .ok_or(StoreError::Unknown("assignment"))?;
    let person = number(&row.person)?;
    let mut active = row.into_active_model();
    active.revoked_ms = Set(Some(milliseconds(now)));
    active.update(tx).await.map_err(database("revoke an assignment"))?;
    let (change, patient) = (Change::Revoked, Some(found.patient));
    note(tx, &Noted { change, by, person, patient, at: now }).await?;
    Ok(Assignment { revoked: Some(moment(milliseconds(now))), ..found })
}

/// One assignment by its number.
async fn only(db: &impl ConnectionTrait, id: AssignmentId) -> Result<Assignment, StoreError> {
    let of = Condition::all().add(assignment::Column::Id.eq(id.0));
    let mut found = Loaded::of(db, of).await?.assignments(Disabled::Shown)?;
    found.pop().ok_or(StoreError::Unknown("assignment"))
}

/// What becomes of an assignment that a person handed on before they were disabled.
#[derive(Clone, Copy, PartialEq)]
enum Disabled {
    Shown,
    LeftOut,
}

/// Rows of assignments with everything that they name.
struct Loaded {
    rows: Vec<assignment::Model>,
    handed_on: BTreeMap<i32, assignment::Model>,
    people: BTreeMap<String, user_row::Model>,
}

impl Loaded {
    async fn of(db: &impl ConnectionTrait, which: Condition) -> Result<Self, StoreError> {
        let found = assignment::Entity::find()
            .filter(which)
            .order_by_desc(assignment::Column::Id)
            .limit(ASSIGNMENTS_MAX)
            .all(db)
            .await
            .map_err(database("look for assignments"))?;
        let from: BTreeSet<i32> = found.iter().filter_map(|row| row.delegated_from).collect();
        let mut handed_on = BTreeMap::new();
        if !from.is_empty() {
            let rows = assignment::Entity::find()
                .filter(assignment::Column::Id.is_in(from))
                .all(db)
                .await
                .map_err(database("look for assignments"))?;
            handed_on = rows.into_iter().map(|row| (row.id, row)).collect();
        }
        let named = found.iter().chain(handed_on.values());
        let numbers =
            named.flat_map(|row| row.made_by.clone().into_iter().chain([row.person.clone()]));
        let people = rows(db, numbers.collect()).await?;
        Ok(Self { rows: found, handed_on, people })
    }

    fn assignments(&self, disabled: Disabled) -> Result<Vec<Assignment>, StoreError> {
        self.rows
            .iter()
            .filter(|row| disabled == Disabled::Shown || !self.rests_on_a_disabled(row))
            .map(|row| self.assignment(row))
            .collect()
    }

    fn rests_on_a_disabled(&self, row: &assignment::Model) -> bool {
        row.delegated_from
            .and_then(|of| self.handed_on.get(&of))
            .and_then(|of| self.people.get(&of.person))
            .is_some_and(|person| person.disabled_ms.is_some())
    }

    fn assignment(&self, row: &assignment::Model) -> Result<Assignment, StoreError> {
        let missing = |what: &str| corrupt("assignment")(format!("{what} is missing"));
        let source = match row.delegated_from {
            None => self.made(row)?,
            Some(of) => {
                let of = self.handed_on.get(&of).ok_or_else(|| missing("its origin"))?;
                // One handed on from one that was itself handed on is never made; were it there,
                // its origin would be read as made here, so it is refused instead.
                if of.delegated_from.is_some() {
                    return Err(corrupt("assignment")("it was handed on twice"));
                }
                Source::Delegated(Box::new(self.with(of, self.made(of)?)?))
            }
        };
        self.with(row, source)
    }

    fn made(&self, row: &assignment::Model) -> Result<Source, StoreError> {
        let Some(by) = &row.made_by else { return Ok(Source::Made(By::Operator)) };
        let by = self.people.get(by).ok_or_else(|| corrupt("assignment")("nobody made it"))?;
        Ok(Source::Made(By::Person(person(by)?)))
    }

    fn with(&self, row: &assignment::Model, source: Source) -> Result<Assignment, StoreError> {
        let of = self.people.get(&row.person);
        let of = of.ok_or_else(|| corrupt("assignment")("it is nobody's"))?;
        Ok(Assignment {
            id: AssignmentId(row.id),
            person: person(of)?,
            patient: row.pseudonym.parse().map_err(corrupt("assignment"))?,
            from: moment(row.from_ms),
            until: row.until_ms.map(moment),
            revoked: row.revoked_ms.map(moment),
            source,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::user::Switch;
    use super::super::ward::{DAVID, RUTH, STRANGER, Ward, hour, operator, person};
    use super::*;
    use interval_core::access::{AssignmentState, Role};

    const NOA: (&str, Role) = ("noa", Role::Oncologist);
    const BEN: (&str, Role) = ("ben", Role::Radiologist);

    impl Ward {
        /// Assigns from hour 0 to hour 20.
        async fn assigned(&self, subject: &str, patient: PatientPseudonym) -> Assignment {
            let until = Some(hour(20));
            let wanted = Wanted { person: person(subject), patient, from: hour(0), until };
            self.store.assign(&operator(hour(0)), &wanted, hour(0)).await.unwrap()
        }
    }

    #[track_caller]
    fn refused<T: std::fmt::Debug>(result: Result<T, StoreError>, why: AccessRefused) {
        match result {
            Err(StoreError::Access(given)) => assert_eq!(given, why),
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn an_assignment_opens_one_patient_until_it_is_revoked() {
        let ward = Ward::open().await;
        let made = ward.assigned("noa", RUTH).await;
        assert_eq!(made.source, Source::Made(By::Operator));
        assert!(ward.grant(NOA, RUTH, Action::ReadImages, hour(1)).await.is_some());
        assert!(ward.grant(NOA, DAVID, Action::ReadImages, hour(1)).await.is_none());
        assert!(ward.grant(NOA, STRANGER, Action::ReadImages, hour(1)).await.is_none());
        let revoked = ward.store.revoke(&operator(hour(2)), made.id, hour(2)).await.unwrap();
        assert_eq!(revoked.state(hour(2)), AssignmentState::Revoked);
        assert!(ward.grant(NOA, RUTH, Action::ReadImages, hour(2)).await.is_none());
        assert_eq!(ward.store.assignments_of(&person("noa")).await.unwrap(), [revoked]);
        let again = ward.store.revoke(&operator(hour(3)), made.id, hour(3)).await;
        let (state, event) = (AssignmentState::Revoked, AssignmentEvent::Revoked);
        refused(again, IllegalAssignment::State { state, event }.into());
    }

    #[tokio::test]
    async fn a_colleague_stands_in_and_cannot_hand_it_on_again() {
        let ward = Ward::open().await;
        ward.assigned("noa", RUTH).await;
        let grant = ward.grant(NOA, RUTH, Action::Delegate, hour(1)).await.unwrap();
        let long = Some(hour(90));
        let on = ward.store.delegate(&grant, &person("ben"), long, hour(1)).await.unwrap();
        assert_eq!(on.ends(), Some(hour(20)), "with the end of its origin");
        let reads = ward.grant(BEN, RUTH, Action::ReadImages, hour(2)).await.unwrap();
        assert_eq!(reads.ground(), Ground::Delegated(on.id));
        assert!(ward.grant(BEN, RUTH, Action::Delegate, hour(2)).await.is_none());
        let wanted = HandOn { assignment: on.id, to: person("eli"), until: None };
        let twice = ward.store.hand_on(&operator(hour(2)), &wanted, hour(2)).await;
        refused(twice, IllegalAssignment::HandedOn.into());
    }

    #[tokio::test]
    async fn who_handed_on_may_take_it_back_and_nobody_else() {
        let ward = Ward::open().await;
        let own = ward.assigned("noa", RUTH).await;
        ward.assigned("dan", RUTH).await;
        let noa = ward.grant(NOA, RUTH, Action::Delegate, hour(1)).await.unwrap();
        let on = ward.store.delegate(&noa, &person("ben"), None, hour(1)).await.unwrap();
        let who = ("dan", Role::Oncologist);
        let dan = ward.grant(who, RUTH, Action::Delegate, hour(1)).await.unwrap();
        for (grant, id) in [(&dan, on.id), (&noa, own.id)] {
            let taken = ward.store.withdraw(grant, id, hour(1)).await;
            assert!(matches!(taken, Err(StoreError::Unknown(_))), "{taken:?}");
        }
        ward.store.withdraw(&noa, on.id, hour(1)).await.unwrap();
        assert!(ward.grant(BEN, RUTH, Action::ReadImages, hour(2)).await.is_none());
    }

    #[tokio::test]
    async fn what_is_asked_wrongly_changes_nothing() {
        let ward = Ward::open().await;
        let wanted = |patient, until| {
            let until = Some(hour(until));
            Wanted { person: person("noa"), patient, from: hour(1), until }
        };
        let before = ward.noted().await;
        let backwards = ward.store.assign(&operator(hour(1)), &wanted(RUTH, 1), hour(1)).await;
        refused(backwards, IllegalAssignment::EndsBeforeItBegins.into());
        let late = ward.store.assign(&operator(hour(1)), &wanted(RUTH, 5), hour(2)).await;
        refused(late, AccessRefused::Permission);
        let nobody = ward.store.assign(&operator(hour(1)), &wanted(STRANGER, 5), hour(1)).await;
        assert!(matches!(nobody, Err(StoreError::Unknown("patient"))), "{nobody:?}");
        assert!(ward.store.all_assignments().await.unwrap().is_empty());
        assert!(ward.store.users().await.unwrap().is_empty());
        assert_eq!(ward.noted().await, before);
    }

    #[tokio::test]
    async fn each_change_is_noted_once() {
        let ward = Ward::open().await;
        let before = ward.noted().await;
        let made = ward.assigned("noa", RUTH).await;
        let grant = ward.grant(NOA, RUTH, Action::Delegate, hour(1)).await.unwrap();
        ward.store.delegate(&grant, &person("ben"), None, hour(1)).await.unwrap();
        ward.store.revoke(&operator(hour(1)), made.id, hour(1)).await.unwrap();
        let off = Switch::Disabled;
        ward.store.turn(&operator(hour(1)), &person("noa"), off, hour(1)).await.unwrap();
        assert_eq!(ward.noted().await, before + 4);
    }
}
