//! The gate. Every route of the table says what it needs; here it is asked for, decided by the
//! policy, and noted in the audit log before anything is read or changed. Outwards a patient who
//! does not exist and one who is not the caller's are the same: the same questions are asked of
//! the database, the same answer is given.

use super::caller::Caller;
use super::openings::{self, Opener};
use super::request::{RequestId, json_body};
use super::routes::{Often, Route};
use super::status::Refusal;
use super::{Door, measures, people};
use crate::store::{StoreError, milliseconds};
use axum::body::Bytes;
use axum::http::HeaderMap;
use interval_core::access::{
    Action, AllowedPatients, Denied, Grant, Ground, Panel, Permit, Principal, Standing, decide,
    panel, permit,
};
use interval_core::audit::words::{self, Actor, Detail, Outcome, Resource};
use interval_core::audit::{AuditEvent, TraceId};
use interval_core::patient::PatientPseudonym;
use interval_core::uid::StudyUid;
use std::time::SystemTime;

/// What a route needs before it is entered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Nothing: signing in, and the health of the node.
    Nothing,
    /// Somebody who is signed in.
    Caller,
    /// The right to do this for the one patient whom the request is about; or, where given, the
    /// right to do that without regard to patients.
    Patient(Action, Whose, Option<Action>),
    /// The list of the caller's patients; or, where given, the right to do that.
    Panel(Option<Action>),
    /// The right to do this, which is about no patient.
    Duty(Action),
    /// The right to do this for anybody at all; for whom exactly is asked again for each patient
    /// whom the request turns out to be about.
    Each(Action),
}

/// How the patient of a request is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// By the pseudonym in the address.
    Patient,
    /// By the study in the address.
    Study,
    /// By the job in the address.
    Job,
    /// By the workitem in the address.
    Workitem,
    /// By the body: a pseudonym, or an id of the hospital.
    Body,
}

/// What somebody was cleared for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Clearance {
    /// Nothing was needed.
    Open,
    /// One patient.
    Patient(Grant),
    /// A list.
    Panel(Panel),
    /// No patient's data.
    Duty(Permit),
}

/// A request at the gate.
pub struct Visit<'a> {
    /// The door.
    pub door: &'a Door,
    /// The route.
    pub route: &'a Route,
    /// Its number.
    pub id: RequestId,
    /// When it came.
    pub now: SystemTime,
    /// Who asks.
    pub caller: Option<&'a Caller>,
    /// The values of the template's variables.
    pub variables: &'a [(&'static str, String)],
    /// Its headers.
    pub headers: &'a HeaderMap,
    /// Its body.
    pub body: &'a Bytes,
}

/// What a request is about.
struct Subject {
    patient: Option<PatientPseudonym>,
    resource: Resource,
}

impl Visit<'_> {
    /// Decides, and notes the decision.
    pub async fn clear(&self) -> Result<Clearance, Refusal> {
        if self.route.need == Need::Nothing {
            return Ok(Clearance::Open);
        }
        let caller = self.caller.ok_or(Refusal::SignIn)?;
        let actor = people::actor(self.door, caller).await?;
        let subject = self.subject(&actor).await?;
        let decided = self.decide(&caller.principal, &subject).await?;
        self.note(actor, &subject, &decided).await?;
        let sees_everybody = subject.patient.is_none() && sees_everybody(&caller.principal);
        decided.map_err(|denied| match denied {
            // Who may see everybody is told that there is nobody: the standard asks for it.
            Denied::NotAssigned if sees_everybody && self.route.often == Often::Many => {
                Refusal::NotFound
            }
            Denied::StepUpNeeded => Refusal::StepUp,
            Denied::SessionOver => Refusal::SignIn,
            _ => Refusal::Forbidden,
        })
    }

    async fn decide(
        &self,
        principal: &Principal,
        subject: &Subject,
    ) -> Result<Result<Clearance, Denied>, Refusal> {
        let (policy, now) = (&self.door.host.policy, self.now);
        let duty = |action| permit(policy, principal, action, now).map(Clearance::Duty);
        Ok(match self.route.need {
            Need::Nothing | Need::Caller => Ok(Clearance::Open),
            Need::Each(action) => self.each(principal, action),
            Need::Duty(action) => duty(action),
            Need::Panel(or) => or_else(
                panel(policy, principal, now).map(Clearance::Panel),
                or.map(|action| move || duty(action)),
            ),
            Need::Patient(action, _, or) => {
                let standing = self.standing(principal, subject).await?;
                let decided = decide(policy, principal, &standing, action, now);
                let decided = match (decided, subject.patient) {
                    // Whoever may do it for everybody still cannot do it for nobody.
                    (Ok(_), None) => Err(Denied::NotAssigned),
                    (Ok(grant), Some(_)) => Ok(Clearance::Patient(grant)),
                    (Err(denied), _) => Err(denied),
                };
                or_else(decided, or.map(|action| move || duty(action)))
            }
        })
    }

    /// Whether the role may do it, whoever it is for: what a standing decides is left open.
    fn each(&self, principal: &Principal, action: Action) -> Result<Clearance, Denied> {
        let somebody = match principal {
            Principal::Service { configured, .. } => match &configured.patients {
                AllowedPatients::Only(patients) => patients.first().copied(),
                AllowedPatients::Nobody | AllowedPatients::Everybody => None,
            },
            _ => None,
        };
        let standing = Standing::none(somebody.unwrap_or(PatientPseudonym::NOBODY));
        match decide(&self.door.host.policy, principal, &standing, action, self.now) {
            Ok(_) | Err(Denied::NotAssigned | Denied::OnlyDelegated | Denied::OnlyBrokenGlass) => {
                Ok(Clearance::Open)
            }
            Err(denied) => Err(denied),
        }
    }

    async fn standing(
        &self,
        principal: &Principal,
        subject: &Subject,
    ) -> Result<Standing, StoreError> {
        let patient = subject.patient.unwrap_or(PatientPseudonym::NOBODY);
        match principal {
            Principal::Person(person) => self.door.host.store.standing(&person.id, patient).await,
            _ => Ok(Standing::none(patient)),
        }
    }

    /// Whom or what the request is about.
    async fn subject(&self, actor: &Actor) -> Result<Subject, Refusal> {
        let store = &self.door.host.store;
        let Need::Patient(_, whose, _) = self.route.need else {
            let resource = self.route.about.clone();
            return Ok(Subject { patient: None, resource });
        };
        match whose {
            Whose::Patient => Ok(of_patient(self.variable("patient").parse().ok())),
            Whose::Body => Ok(of_patient(self.named_in_body(actor).await?)),
            Whose::Study => {
                let Ok(uid) = self.variable("study").parse::<StudyUid>() else {
                    return Ok(of_patient(None));
                };
                let patient = found(store.patient_of_study(&uid).await)?;
                Ok(Subject { patient, resource: Resource::Study(uid) })
            }
            Whose::Workitem => {
                let Ok(uid) = self.variable("workitem").parse() else {
                    return Ok(of_patient(None));
                };
                Ok(of_patient(found(store.patient_of_workitem(&uid).await)?))
            }
            Whose::Job => {
                let Ok(number) = self.variable("job").parse() else {
                    return Ok(of_patient(None));
                };
                let patient = found(store.job(number).await.map(|job| job.patient))?;
                Ok(Subject { patient, resource: Resource::Job(number) })
            }
        }
    }

    /// The patient that a body names, by pseudonym or by the hospital's id.
    async fn named_in_body(&self, actor: &Actor) -> Result<Option<PatientPseudonym>, Refusal> {
        let body: serde_json::Value = json_body(self.headers, self.body)?;
        let word = |name: &str| body.get(name).and_then(serde_json::Value::as_str);
        Ok(match (word("patient"), word("patient_id")) {
            (Some(pseudonym), _) => pseudonym.parse().ok(),
            (None, Some(id)) => {
                let (actor, now, trace) = (actor.clone(), self.now, TraceId(self.id.0));
                let issuer = word("patient_id_issuer").unwrap_or_default();
                openings::exact(self.door, &Opener { actor, now, trace }, (id, issuer)).await?
            }
            (None, None) => None,
        })
    }

    fn variable(&self, name: &str) -> &str {
        let found = self.variables.iter().find(|(known, _)| *known == name);
        found.map_or("", |(_, value)| value)
    }

    /// Writes the decision down. When that fails nothing is read and nothing is changed.
    async fn note(
        &self,
        actor: Actor,
        subject: &Subject,
        decided: &Result<Clearance, Denied>,
    ) -> Result<(), Refusal> {
        let (action, outcome, detail) = match decided {
            Ok(clearance) => (self.route.word, Outcome::Success, detail(clearance)),
            Err(denied) => (words::Action::Access, Outcome::Denied, why(*denied)),
        };
        measures::decided(action.as_str(), outcome.as_str());
        let at_ms = milliseconds(self.now);
        let mut event = AuditEvent::new(at_ms, actor, action, subject.resource.clone())
            .with_outcome(outcome, detail)
            .with_trace(TraceId(self.id.0));
        if let Some(patient) = subject.patient {
            event = event.with_patient(patient);
        }
        if self.route.often == Often::Many
            && decided.is_ok()
            && self.door.lately.has(&event, self.now)
        {
            return Ok(());
        }
        Ok(self.door.host.audit.note(event).await?)
    }
}

/// A program that is configured for all patients.
fn sees_everybody(principal: &Principal) -> bool {
    matches!(principal, Principal::Service { configured, .. }
        if configured.patients == AllowedPatients::Everybody)
}

/// The second right, where the role does not have the first.
fn or_else(
    first: Result<Clearance, Denied>,
    or: Option<impl FnOnce() -> Result<Clearance, Denied>>,
) -> Result<Clearance, Denied> {
    match (first, or) {
        (Err(Denied::Role), Some(second)) => second(),
        (first, _) => first,
    }
}

fn of_patient(patient: Option<PatientPseudonym>) -> Subject {
    Subject { patient, resource: patient.map_or(Resource::Node, Resource::Patient) }
}

/// What is not there is nobody's; any other failure is one.
fn found(
    patient: Result<PatientPseudonym, StoreError>,
) -> Result<Option<PatientPseudonym>, Refusal> {
    match patient {
        Ok(patient) => Ok(Some(patient)),
        Err(StoreError::Unknown(_) | StoreError::Shredded) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn detail(clearance: &Clearance) -> Detail {
    match clearance {
        Clearance::Patient(grant) => match grant.ground() {
            Ground::Assigned(_) => Detail::Assigned,
            Ground::Delegated(_) => Detail::Delegated,
            Ground::BrokenGlass(_) => Detail::Emergency,
            Ground::Configured | Ground::Nothing => Detail::Care,
            Ground::Lease => Detail::Processing,
        },
        Clearance::Panel(_) => Detail::Care,
        Clearance::Duty(_) => Detail::Maintenance,
        Clearance::Open => Detail::OwnWish,
    }
}

fn why(denied: Denied) -> Detail {
    match denied {
        Denied::Role | Denied::NotConfigured | Denied::OtherGate | Denied::OtherPatient => {
            Detail::WrongRole
        }
        Denied::NotAssigned | Denied::OnlyDelegated | Denied::OnlyBrokenGlass => Detail::Unassigned,
        Denied::AssignmentNotActive | Denied::SessionOver => Detail::Expired,
        Denied::StepUpNeeded => Detail::StepUpNeeded,
    }
}
