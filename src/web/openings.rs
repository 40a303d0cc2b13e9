//! Openings of the vault: who a pseudonym stands for, and which pseudonym a person has. Each is an
//! event of its own, committed before anything is said.

use super::Door;
use super::people;
use super::request::Asked;
use super::status::Refusal;
use crate::store::vault::Identity;
use crate::store::{StoreError, milliseconds};
use interval_core::access::{Grant, Panel};
use interval_core::audit::words::{Action, Actor, Detail, Outcome, Resource};
use interval_core::audit::{AuditEvent, TraceId};
use interval_core::patient::PatientPseudonym;
use schemars::JsonSchema;
use serde::Serialize;
use std::time::SystemTime;

/// A patient as shown on a screen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Shown {
    /// Their name, as the hospital writes it.
    pub name: String,
    /// The hospital's id for them.
    pub patient_id: String,
    /// YYYYMMDD or empty.
    pub birth_date: String,
    /// M, F, O or empty.
    pub sex: String,
}

impl From<Identity> for Shown {
    fn from(identity: Identity) -> Self {
        let Identity { id, name, birth_date, sex, .. } = identity;
        Self { name, patient_id: id, birth_date, sex }
    }
}

/// Who opens, and when: what each event says.
#[derive(Debug)]
pub struct Opener {
    /// Who.
    pub actor: Actor,
    /// When.
    pub now: SystemTime,
    /// In which request.
    pub trace: TraceId,
}

impl Opener {
    fn event(&self, resource: Resource) -> AuditEvent {
        AuditEvent::new(milliseconds(self.now), self.actor.clone(), Action::OpenVault, resource)
            .with_outcome(Outcome::Success, Detail::Care)
            .with_trace(self.trace)
    }

    async fn of(asked: &Asked) -> Result<Self, Refusal> {
        let actor = people::actor(&asked.door, asked.caller()?).await?;
        Ok(Self { actor, now: asked.now, trace: TraceId(asked.id.0) })
    }
}

/// Who the patient of a grant is; nobody when the patient is not known or was destroyed.
pub async fn of(asked: &Asked, grant: &Grant) -> Result<Option<Shown>, Refusal> {
    let event = Opener::of(asked).await?.event(Resource::Patient(grant.patient()));
    asked.door.host.audit.note(event).await?;
    match asked.door.host.store.identity(grant).await {
        Ok(identity) => Ok(Some(identity.into())),
        Err(StoreError::Unknown(_) | StoreError::Shredded) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Who these patients, rows of a list, are: one answer each, in their order.
pub async fn of_rows(
    asked: &Asked,
    panel: &Panel,
    rows: &[PatientPseudonym],
) -> Result<Vec<Option<Shown>>, Refusal> {
    let count = u32::try_from(rows.len()).unwrap_or(u32::MAX);
    let event = Opener::of(asked).await?.event(Resource::List).with_count(count);
    asked.door.host.audit.note(event).await?;
    let identities = asked.door.host.store.identities(panel, rows).await?;
    Ok(identities.into_iter().map(|identity| identity.map(Shown::from)).collect())
}

/// Patients whose name or id contains the text, or who have exactly that id. The list that is
/// shown is joined with the panel afterwards.
pub async fn search(asked: &Asked, text: &str) -> Result<Vec<PatientPseudonym>, Refusal> {
    let opener = Opener::of(asked).await?;
    let store = &asked.door.host.store;
    let mut found = store.search_names(text);
    found.extend(known(store.pseudonym(text, "").await)?);
    let count = u32::try_from(found.len()).unwrap_or(u32::MAX);
    asked.door.host.audit.note(opener.event(Resource::List).with_count(count)).await?;
    Ok(found)
}

/// The patient with an id of the hospital, exactly: how an emergency names somebody whom the caller
/// has no list of.
pub async fn exact(
    door: &Door,
    opener: &Opener,
    (id, issuer): (&str, &str),
) -> Result<Option<PatientPseudonym>, Refusal> {
    let found = known(door.host.store.pseudonym(id, issuer).await)?;
    let event = match found {
        Some(patient) => opener.event(Resource::Patient(patient)),
        None => opener.event(Resource::Node).with_outcome(Outcome::Denied, Detail::NotFound),
    };
    door.host.audit.note(event).await?;
    Ok(found)
}

/// The same for a request that was let in.
pub async fn exact_for(
    asked: &Asked,
    of_hospital: (&str, &str),
) -> Result<Option<PatientPseudonym>, Refusal> {
    exact(&asked.door, &Opener::of(asked).await?, of_hospital).await
}

/// The patient with an id of the hospital, exactly, for somebody who brings images: that nobody is
/// known by it is an answer.
pub async fn recognised(
    asked: &Asked,
    (id, issuer): (&str, &str),
) -> Result<Option<PatientPseudonym>, Refusal> {
    let found = known(asked.door.host.store.pseudonym(id, issuer).await)?;
    let resource = found.map_or(Resource::List, Resource::Patient);
    asked.door.host.audit.note(Opener::of(asked).await?.event(resource)).await?;
    Ok(found)
}

/// Every name by which the patient of a grant is known, the oldest first.
pub async fn names(asked: &Asked, grant: &Grant) -> Result<Vec<Identity>, Refusal> {
    let event = Opener::of(asked).await?.event(Resource::Patient(grant.patient()));
    asked.door.host.audit.note(event).await?;
    Ok(asked.door.host.store.names(grant).await?)
}

fn known(
    found: Result<PatientPseudonym, StoreError>,
) -> Result<Option<PatientPseudonym>, StoreError> {
    match found {
        Ok(patient) => Ok(Some(patient)),
        Err(StoreError::Unknown(_)) => Ok(None),
        Err(error) => Err(error),
    }
}
