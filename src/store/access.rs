//! What changes of access have in common: their refusals, and the one place where each is noted
//! in the audit log, inside the transaction that makes it.

use super::{StoreError, audit, milliseconds};
use interval_core::access::{Action, Grant, IllegalAssignment, IllegalReview, NotAReason, Permit};
use interval_core::audit::AuditEvent;
use interval_core::audit::words::{self, Actor, Detail, Resource, UserNumber};
use interval_core::patient::PatientPseudonym;
use sea_orm::DatabaseTransaction;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Why a change of access is not made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AccessRefused {
    /// The rules of assignments.
    #[error(transparent)]
    Assignment(#[from] IllegalAssignment),
    /// The rules of reviews.
    #[error(transparent)]
    Review(#[from] IllegalReview),
    /// The rules of reasons.
    #[error(transparent)]
    Reason(#[from] NotAReason),
    /// The person was disabled.
    #[error("this person was disabled at this node")]
    Disabled,
    /// The proof is about something else, or has expired.
    #[error("the permission is not for this, or is over")]
    Permission,
}

/// What changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    /// Somebody signed in.
    SignedIn,
    /// A person was disabled, or enabled again.
    Switched,
    /// A person was assigned to a patient.
    Assigned,
    /// A colleague handed an assignment on to the person.
    Delegated,
    /// An assignment of the person was taken back.
    Revoked,
    /// The person broke glass.
    BrokeGlass,
    /// A case of the person was judged rightly done.
    Justified,
    /// A case of the person was judged wrongly done.
    Condemned,
}

/// Who did it; nobody is the operator.
pub(super) type ActorNumber = Option<UserNumber>;

/// One change, as the audit log needs it.
#[derive(Debug)]
pub(super) struct Noted {
    /// What changed.
    pub change: Change,
    /// Who did it.
    pub by: ActorNumber,
    /// About whom.
    pub person: UserNumber,
    /// Towards which patient.
    pub patient: Option<PatientPseudonym>,
    /// When.
    pub at: SystemTime,
}

/// Notes a change in the audit log; when that fails the change is not made.
pub(super) async fn note(tx: &DatabaseTransaction, noted: &Noted) -> Result<(), StoreError> {
    let actor = noted.by.map_or(Actor::Operator, Actor::Person);
    let (action, detail) = match noted.change {
        Change::SignedIn => (words::Action::SignIn, Detail::None),
        Change::Switched => (words::Action::Update, Detail::None),
        Change::Assigned => (words::Action::Assign, Detail::Assigned),
        Change::Delegated => (words::Action::Assign, Detail::Delegated),
        Change::Revoked => (words::Action::Revoke, Detail::None),
        Change::BrokeGlass => (words::Action::BreakGlass, Detail::Emergency),
        Change::Justified => (words::Action::Review, Detail::Accepted),
        Change::Condemned => (words::Action::Review, Detail::Rejected),
    };
    let resource = Resource::User(noted.person);
    let event = AuditEvent::new(milliseconds(noted.at), actor, action, resource)
        .with_outcome(words::Outcome::Success, detail);
    let event = match noted.patient {
        Some(patient) => event.with_patient(patient),
        None => event,
    };
    audit::append(tx, &event).await.map(|_| ())
}

/// The permit is for this and holds.
pub(super) fn must(permit: &Permit, action: Action, now: SystemTime) -> Result<(), AccessRefused> {
    let fits = permit.action() == action && permit.holds_at(now);
    if fits { Ok(()) } else { Err(AccessRefused::Permission) }
}

/// The grant is for this and holds.
pub(super) fn must_be(grant: &Grant, action: Action, now: SystemTime) -> Result<(), AccessRefused> {
    let fits = grant.action() == action && grant.holds_at(now);
    if fits { Ok(()) } else { Err(AccessRefused::Permission) }
}

/// The time of a column.
pub(super) fn moment(ms: i64) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(ms.max(0) as u64)
}
