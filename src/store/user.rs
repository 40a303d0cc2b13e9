//! People: who they are to the identity provider, what they were at their last sign-in, and
//! whether they may do anything here.

use super::access::{AccessRefused, ActorNumber, Change, Noted, moment, must, note};
use super::entity::user;
use super::{Store, StoreError, corrupt, database, milliseconds};
use interval_core::access::{Action, By, Permit, PersonId, Role};
use interval_core::audit::words::UserNumber;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction,
    EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
};
use std::collections::{BTreeMap, BTreeSet};
use std::time::SystemTime;

/// Characters of a display name that are kept; names on a screen are under 60.
const NAME_CHARS_MAX: usize = 120;

/// People in one list. A large hospital has some thousands of doctors.
const USERS_MAX: u64 = 20_000;

/// A person as this node knows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The number by which the audit log knows them.
    pub number: UserNumber,
    /// Who.
    pub person: PersonId,
    /// What they are called on screens; empty before the first sign-in.
    pub name: String,
    /// What they were at the last sign-in.
    pub roles: BTreeSet<Role>,
    /// The last sign-in.
    pub seen: Option<SystemTime>,
    /// Since when they may do nothing.
    pub disabled: Option<SystemTime>,
}

/// Whether a person may do anything at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Switch {
    /// As their roles and assignments say.
    Enabled,
    /// Nothing: no sign-in, and no assignment of theirs holds, handed on or not.
    Disabled,
}

impl Store {
    /// Remembers that a person signed in, with the name and roles of their claims. Who was
    /// disabled is refused.
    pub async fn signed_in(
        &self,
        person: &PersonId,
        name: &str,
        roles: &BTreeSet<Role>,
        now: SystemTime,
    ) -> Result<User, StoreError> {
        let tx = self.write().await?;
        let row = found_or_made(&tx, person).await?;
        if row.disabled_ms.is_some() {
            return Err(AccessRefused::Disabled.into());
        }
        let words: Vec<_> = roles.iter().map(|role| role.as_str()).collect();
        let name: String = name.chars().filter(|c| !c.is_control()).take(NAME_CHARS_MAX).collect();
        let mut active = row.into_active_model();
        active.name = Set(name);
        active.roles = Set(words.join(" "));
        active.seen_ms = Set(Some(milliseconds(now)));
        let row = active.update(&tx).await.map_err(database("remember a sign-in"))?;
        let user = read(row)?;
        let change = Change::SignedIn;
        let by = Some(user.number);
        note(&tx, &Noted { change, by, person: user.number, patient: None, at: now }).await?;
        tx.commit().await.map_err(database("commit a sign-in"))?;
        Ok(user)
    }

    /// A person, when the node knows them.
    pub async fn user(&self, person: &PersonId) -> Result<Option<User>, StoreError> {
        row_of(&self.db, person).await?.map(read).transpose()
    }

    /// Everybody whom the node knows, by name.
    pub async fn users(&self) -> Result<Vec<User>, StoreError> {
        let rows = user::Entity::find()
            .order_by_asc(user::Column::Name)
            .order_by_asc(user::Column::Number)
            .limit(USERS_MAX)
            .all(&self.db)
            .await
            .map_err(database("list users"))?;
        rows.into_iter().map(read).collect()
    }

    /// Whether a person was disabled; who is not known was not. Doors ask at each request.
    pub async fn switch(&self, person: &PersonId) -> Result<Switch, StoreError> {
        let row = row_of(&self.db, person).await?;
        let disabled = row.is_some_and(|row| row.disabled_ms.is_some());
        Ok(if disabled { Switch::Disabled } else { Switch::Enabled })
    }

    /// The number by which the audit log knows a person; made the first time.
    pub async fn user_number(&self, person: &PersonId) -> Result<UserNumber, StoreError> {
        if let Some(row) = row_of(&self.db, person).await? {
            return number(&row.number);
        }
        let tx = self.write().await?;
        let row = found_or_made(&tx, person).await?;
        tx.commit().await.map_err(database("remember a person"))?;
        number(&row.number)
    }

    /// Lets a person do nothing any more, or what they may again. Their sessions are ended by the
    /// door, whose next request asks [`Store::switch`].
    pub async fn turn(
        &self,
        permit: &Permit,
        person: &PersonId,
        switch: Switch,
        now: SystemTime,
    ) -> Result<User, StoreError> {
        must(permit, Action::Administer, now)?;
        let tx = self.write().await?;
        let row = row_of(&tx, person).await?.ok_or(StoreError::Unknown("user"))?;
        let disabled_ms = match switch {
            Switch::Enabled => None,
            // The first moment stays.
            Switch::Disabled => row.disabled_ms.or(Some(milliseconds(now))),
        };
        let mut active = row.into_active_model();
        active.disabled_ms = Set(disabled_ms);
        let row = active.update(&tx).await.map_err(database("change a user"))?;
        let user = read(row)?;
        let by = actor(&tx, permit.by()).await?;
        let (change, person) = (Change::Switched, user.number);
        note(&tx, &Noted { change, by, person, patient: None, at: now }).await?;
        tx.commit().await.map_err(database("commit the change of a user"))?;
        Ok(user)
    }
}

/// The row of a person, when there is one.
pub(super) async fn row_of(
    db: &impl ConnectionTrait,
    person: &PersonId,
) -> Result<Option<user::Model>, StoreError> {
    user::Entity::find()
        .filter(user::Column::Issuer.eq(person.issuer()))
        .filter(user::Column::Subject.eq(person.subject()))
        .one(db)
        .await
        .map_err(database("look for a user"))
}

/// The row of a person, made the first time they are named.
pub(super) async fn found_or_made(
    tx: &DatabaseTransaction,
    person: &PersonId,
) -> Result<user::Model, StoreError> {
    if let Some(row) = row_of(tx, person).await? {
        return Ok(row);
    }
    let mut bits = [0; 16];
    getrandom::fill(&mut bits).map_err(corrupt("users"))?;
    user::ActiveModel {
        number: Set(UserNumber(u128::from_be_bytes(bits)).to_string()),
        issuer: Set(person.issuer().to_owned()),
        subject: Set(person.subject().to_owned()),
        name: Set(String::new()),
        roles: Set(String::new()),
        seen_ms: Set(None),
        disabled_ms: Set(None),
    }
    .insert(tx)
    .await
    .map_err(database("remember a person"))
}

/// The number of whoever changes something; nobody is the operator.
pub(super) async fn actor(tx: &DatabaseTransaction, by: &By) -> Result<ActorNumber, StoreError> {
    match by {
        By::Operator => Ok(None),
        By::Person(person) => {
            let row = found_or_made(tx, person).await?;
            number(&row.number).map(Some)
        }
    }
}

/// The rows of these numbers, by number.
pub(super) async fn rows(
    db: &impl ConnectionTrait,
    numbers: BTreeSet<String>,
) -> Result<BTreeMap<String, user::Model>, StoreError> {
    if numbers.is_empty() {
        return Ok(BTreeMap::new());
    }
    let rows = user::Entity::find()
        .filter(user::Column::Number.is_in(numbers))
        .all(db)
        .await
        .map_err(database("look for users"))?;
    Ok(rows.into_iter().map(|row| (row.number.clone(), row)).collect())
}

/// The person of a row.
pub(super) fn person(row: &user::Model) -> Result<PersonId, StoreError> {
    PersonId::new(&row.issuer, &row.subject).map_err(corrupt("users"))
}

/// The number in a column.
pub(super) fn number(text: &str) -> Result<UserNumber, StoreError> {
    text.strip_prefix('u')
        .and_then(|digits| u128::from_str_radix(digits, 16).ok())
        .map(UserNumber)
        .ok_or_else(|| corrupt("users")(format!("'{text}' is not a number of a user")))
}

fn read(row: user::Model) -> Result<User, StoreError> {
    Ok(User {
        number: number(&row.number)?,
        person: person(&row)?,
        roles: row
            .roles
            .split_whitespace()
            .map(|word| word.parse().map_err(corrupt("users")))
            .collect::<Result<_, _>>()?,
        name: row.name,
        seen: row.seen_ms.map(moment),
        disabled: row.disabled_ms.map(moment),
    })
}

#[cfg(test)]
mod tests {
    use super::super::ward::{Ward, hour, operator, person};
    use super::*;

    fn roles() -> BTreeSet<Role> {
        BTreeSet::from([Role::Oncologist, Role::Auditor])
    }

    #[tokio::test]
    async fn a_person_keeps_one_number_and_their_last_name_and_roles() {
        let ward = Ward::open().await;
        let number = ward.store.user_number(&person("noa")).await.unwrap();
        let first = ward.store.signed_in(&person("noa"), "N. Levi", &roles(), hour(1)).await;
        assert_eq!(first.unwrap().number, number);
        let none = BTreeSet::new();
        let user =
            ward.store.signed_in(&person("noa"), "Noa\u{0} Levi", &none, hour(2)).await.unwrap();
        assert_eq!((user.number, user.name.as_str()), (number, "Noa Levi"));
        assert_eq!((user.seen, user.roles.len()), (Some(hour(2)), 0));
        assert_eq!(ward.store.users().await.unwrap(), std::slice::from_ref(&user));
        assert_eq!(ward.store.user(&person("noa")).await.unwrap(), Some(user));
        let other = PersonId::new("https://other.example", "noa").unwrap();
        assert_eq!(ward.store.user(&other).await.unwrap(), None);
    }

    #[tokio::test]
    async fn who_is_disabled_does_not_sign_in() {
        let ward = Ward::open().await;
        let noa = person("noa");
        assert_eq!(ward.store.switch(&noa).await.unwrap(), Switch::Enabled);
        ward.store.signed_in(&noa, "Noa", &roles(), hour(1)).await.unwrap();
        let permit = operator(hour(1));
        let off = ward.store.turn(&permit, &noa, Switch::Disabled, hour(1)).await.unwrap();
        assert_eq!(off.disabled, Some(hour(1)));
        assert_eq!(ward.store.switch(&noa).await.unwrap(), Switch::Disabled);
        let before = ward.noted().await;
        let refused = ward.store.signed_in(&noa, "Noa", &roles(), hour(2)).await;
        assert!(matches!(refused, Err(StoreError::Access(AccessRefused::Disabled))));
        assert_eq!(ward.noted().await, before);
        ward.store.turn(&permit, &noa, Switch::Enabled, hour(1)).await.unwrap();
        assert!(ward.store.signed_in(&noa, "Noa", &roles(), hour(2)).await.is_ok());
    }

    #[tokio::test]
    async fn nobody_is_switched_who_is_not_known() {
        let ward = Ward::open().await;
        let turned =
            ward.store.turn(&operator(hour(1)), &person("x"), Switch::Disabled, hour(1)).await;
        assert!(matches!(turned, Err(StoreError::Unknown("user"))));
    }
}
