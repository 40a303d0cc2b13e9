//! The two gates for single questions, and the proofs that they give.

use super::assignment::{AssignmentId, AssignmentState, By, Standing, earlier};
use super::emergency::BreakGlassId;
use super::policy::{About, Action, Needs, Policy, Purpose, Rule, SignIn};
use super::principal::{Person, Principal};
use super::role::PersonId;
use crate::patient::PatientPseudonym;
use std::time::{Duration, SystemTime};

/// Longest life of a grant: a job asks again with each stage, a door with each request.
pub const GRANT_LIFE: Duration = Duration::from_hours(1);

/// What a grant rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ground {
    /// The person's own assignment.
    Assigned(AssignmentId),
    /// An assignment that a colleague handed on.
    Delegated(AssignmentId),
    /// Broken glass: the screen shows a banner.
    BrokenGlass(BreakGlassId),
    /// What a program or a peer is configured for.
    Configured,
    /// The lease on the patient's study.
    Lease,
    /// The action needs no standing.
    Nothing,
}

/// Permission to touch the data of one patient for one action, until it expires. Made only by
/// [`decide`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    patient: PatientPseudonym,
    action: Action,
    ground: Ground,
    person: Option<PersonId>,
    expires: SystemTime,
}

impl Grant {
    /// The patient.
    pub fn patient(&self) -> PatientPseudonym {
        self.patient
    }

    /// What may be done.
    pub fn action(&self) -> Action {
        self.action
    }

    /// The purpose.
    pub fn purpose(&self) -> Purpose {
        self.action.purpose()
    }

    /// What it rests on.
    pub fn ground(&self) -> Ground {
        self.ground
    }

    /// The person whose it is; nobody for programs, peers, jobs and the operator.
    pub fn person(&self) -> Option<&PersonId> {
        self.person.as_ref()
    }

    /// When it ends.
    pub fn expires(&self) -> SystemTime {
        self.expires
    }

    /// Whether it still holds at a time.
    pub fn holds_at(&self, now: SystemTime) -> bool {
        now < self.expires
    }
}

/// Permission for one action that touches no patient's data, until it expires. Made only by
/// [`permit`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permit {
    action: Action,
    by: By,
    expires: SystemTime,
}

impl Permit {
    /// Whose it is.
    pub fn by(&self) -> &By {
        &self.by
    }

    /// What may be done.
    pub fn action(&self) -> Action {
        self.action
    }

    /// When it ends.
    pub fn expires(&self) -> SystemTime {
        self.expires
    }

    /// Whether it still holds at a time.
    pub fn holds_at(&self, now: SystemTime) -> bool {
        now < self.expires
    }
}

/// Why not: for the audit log. Outwards all are one and the same answer, so that nobody learns
/// whether a patient exists; but for [`Denied::StepUpNeeded`], which is found last and so tells
/// only that everything else is fulfilled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// The action goes through another gate.
    #[error("the action is not of this kind")]
    OtherGate,
    /// The session or the token has ended.
    #[error("the session has ended")]
    SessionOver,
    /// No role of the caller may.
    #[error("the role may not")]
    Role,
    /// It is not configured for the action or the patient.
    #[error("not configured for it")]
    NotConfigured,
    /// The job is another patient's.
    #[error("the job is another patient's")]
    OtherPatient,
    /// Never assigned.
    #[error("not assigned")]
    NotAssigned,
    /// Assigned once, or from a later time on.
    #[error("the assignment does not hold now")]
    AssignmentNotActive,
    /// Only one's own assignment can be handed on.
    #[error("the assignment was handed on by a colleague")]
    OnlyDelegated,
    /// Broken glass reads and does nothing else.
    #[error("broken glass only reads")]
    OnlyBrokenGlass,
    /// Everything else is fulfilled: several factors, now.
    #[error("a fresh sign-in with several factors is needed")]
    StepUpNeeded,
}

impl Denied {
    /// The word in the audit log and in metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Denied::OtherGate => "other-gate",
            Denied::SessionOver => "session-over",
            Denied::Role => "role",
            Denied::NotConfigured => "not-configured",
            Denied::OtherPatient => "other-patient",
            Denied::NotAssigned => "not-assigned",
            Denied::AssignmentNotActive => "assignment-not-active",
            Denied::OnlyDelegated => "only-delegated",
            Denied::OnlyBrokenGlass => "only-broken-glass",
            Denied::StepUpNeeded => "step-up-needed",
        }
    }
}

/// Whether a principal may do something with a patient's data; absence of a rule never permits.
/// The standing says which patient, and must be the principal's own: what it holds of others does
/// not count.
pub fn decide(
    policy: &Policy,
    principal: &Principal,
    standing: &Standing,
    action: Action,
    now: SystemTime,
) -> Result<Grant, Denied> {
    let rule = policy.rule(action);
    let About::Patient(needs) = rule.about else { return Err(Denied::OtherGate) };
    admit(rule, principal, now)?;
    let patient = standing.patient;
    let (ground, ends) = match principal {
        Principal::Person(person) => stand(person, standing, needs, now)?,
        Principal::Service { configured, .. } | Principal::Peer { configured, .. } => {
            if !configured.patients.contains(patient) {
                return Err(Denied::NotConfigured);
            }
            (Ground::Configured, None)
        }
        Principal::Job(own) if *own == patient => (Ground::Lease, None),
        Principal::Job(_) => return Err(Denied::OtherPatient),
        Principal::Operator if needs == Needs::Nothing => (Ground::Nothing, None),
        Principal::Operator => return Err(Denied::NotAssigned),
    };
    prove(rule, principal, now)?;
    let person = match principal {
        Principal::Person(person) => Some(person.id.clone()),
        _ => None,
    };
    let expires = expiry(principal, ends, now);
    Ok(Grant { patient, action, ground, person, expires })
}

/// Whether a principal may do something that touches no patient's data: people and the operator
/// only, whatever the table says of others.
pub fn permit(
    policy: &Policy,
    principal: &Principal,
    action: Action,
    now: SystemTime,
) -> Result<Permit, Denied> {
    let rule = policy.rule(action);
    let About::Nobody = rule.about else { return Err(Denied::OtherGate) };
    admit(rule, principal, now)?;
    prove(rule, principal, now)?;
    let by = match principal {
        Principal::Person(person) => By::Person(person.id.clone()),
        Principal::Operator => By::Operator,
        Principal::Service { .. } | Principal::Peer { .. } | Principal::Job(_) => {
            return Err(Denied::Role);
        }
    };
    Ok(Permit { action, by, expires: expiry(principal, None, now) })
}

/// The session holds, the table allows, the configuration too.
pub(super) fn admit(rule: &Rule, principal: &Principal, now: SystemTime) -> Result<(), Denied> {
    if principal.ends().is_some_and(|ends| ends <= now) {
        return Err(Denied::SessionOver);
    }
    if !rule.allows(&principal.capacities()) {
        return Err(Denied::Role);
    }
    match principal.configured() {
        Some(configured) if !configured.actions.contains(&rule.action) => {
            Err(Denied::NotConfigured)
        }
        _ => Ok(()),
    }
}

/// The sign-in is strong enough. Programs and peers cannot step up; a job and the operator have
/// nothing to step up to: one holds a lease, the other the machine.
fn prove(rule: &Rule, principal: &Principal, now: SystemTime) -> Result<(), Denied> {
    match (rule.sign_in, principal) {
        (SignIn::Session, _) => Ok(()),
        (SignIn::StepUp, Principal::Person(person)) if person.assurance.is_stepped_up(now) => {
            Ok(())
        }
        (SignIn::StepUp, Principal::Job(_) | Principal::Operator) => Ok(()),
        (
            SignIn::StepUp,
            Principal::Person(_) | Principal::Service { .. } | Principal::Peer { .. },
        ) => Err(Denied::StepUpNeeded),
    }
}

/// When a proof ends: with what it rests on, with the session, in any case within the hour.
pub(super) fn expiry(
    principal: &Principal,
    ends: Option<SystemTime>,
    now: SystemTime,
) -> SystemTime {
    let soonest = earlier(ends, principal.ends());
    soonest.map_or(now + GRANT_LIFE, |ends| ends.min(now + GRANT_LIFE))
}

type Footing = (Ground, Option<SystemTime>);

/// What a person's standing gives them: the strongest ground that holds, and its end.
fn stand(
    person: &Person,
    standing: &Standing,
    needs: Needs,
    now: SystemTime,
) -> Result<Footing, Denied> {
    if needs == Needs::Nothing {
        return Ok((Ground::Nothing, None));
    }
    let mut own = None;
    let mut delegated = None;
    let mut inactive = false;
    for assignment in &standing.assignments {
        if assignment.person != person.id || assignment.patient != standing.patient {
            continue;
        }
        if assignment.state(now) != AssignmentState::Active {
            inactive = true;
        } else if assignment.is_delegated() {
            delegated = later(delegated, (Ground::Delegated(assignment.id), assignment.ends()));
        } else {
            own = later(own, (Ground::Assigned(assignment.id), assignment.ends()));
        }
    }
    let glass = standing
        .broken_glass
        .iter()
        .filter(|glass| glass.person == person.id && glass.patient == standing.patient)
        .filter(|glass| glass.holds_at(now))
        .map(|glass| (Ground::BrokenGlass(glass.id), Some(glass.ends())))
        .fold(None, later);
    match (needs, own, delegated, glass) {
        (_, Some(own), _, _) => Ok(own),
        (Needs::OwnAssignment, None, Some(_), _) => Err(Denied::OnlyDelegated),
        (_, None, Some(delegated), _) => Ok(delegated),
        (Needs::AssignmentOrGlass, None, None, Some(glass)) => Ok(glass),
        (_, None, None, Some(_)) => Err(Denied::OnlyBrokenGlass),
        (_, None, None, None) if inactive => Err(Denied::AssignmentNotActive),
        (_, None, None, None) => Err(Denied::NotAssigned),
    }
}

/// Of two grounds the one that lasts longer, where no end lasts longest.
fn later(best: Option<Footing>, next: Footing) -> Option<Footing> {
    match best {
        None => Some(next),
        Some((_, None)) => best,
        Some((_, Some(best_ends))) => match next.1 {
            Some(next_ends) if next_ends <= best_ends => best,
            _ => Some(next),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::super::assignment::{Assignment, By, Source};
    use super::super::principal::{Assurance, Factors};
    use super::super::role::{PersonId, Role};
    use super::*;

    const PATIENT: PatientPseudonym = PatientPseudonym(1);

    fn now() -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_hours(1000)
    }

    fn noa() -> PersonId {
        PersonId::new("https://id.example", "noa").unwrap()
    }

    fn person(roles: &[Role], session: Duration) -> Principal {
        Principal::Person(Person {
            id: noa(),
            roles: roles.iter().copied().collect(),
            assurance: Assurance { factors: Factors::One, auth_time: now() },
            session_ends: now() + session,
        })
    }

    fn assigned(until: Option<Duration>) -> Standing {
        let assignment = Assignment {
            id: AssignmentId(1),
            person: noa(),
            patient: PATIENT,
            from: now() - Duration::from_hours(1),
            until: until.map(|left| now() + left),
            revoked: None,
            source: Source::Made(By::Operator),
        };
        Standing { assignments: vec![assignment], ..Standing::none(PATIENT) }
    }

    #[track_caller]
    fn check_life(session: Duration, assignment: Option<Duration>, life: Duration) {
        let caller = person(&[Role::Oncologist], session);
        let standing = assigned(assignment);
        let grant =
            decide(&Policy::house(), &caller, &standing, Action::ReadImages, now()).unwrap();
        assert_eq!(grant.expires(), now() + life);
        assert!(grant.holds_at(now() + life - Duration::from_millis(1)));
        assert!(!grant.holds_at(now() + life));
    }

    #[test]
    fn a_grant_ends_with_whatever_ends_first() {
        let minutes = Duration::from_mins;
        check_life(minutes(600), None, GRANT_LIFE);
        check_life(minutes(600), Some(minutes(600)), GRANT_LIFE);
        check_life(minutes(600), Some(minutes(7)), minutes(7));
        check_life(minutes(5), Some(minutes(7)), minutes(5));
    }

    #[test]
    fn the_longest_of_several_assignments_counts() {
        let mut standing = assigned(Some(Duration::from_mins(3)));
        standing.assignments.extend(assigned(Some(Duration::from_mins(9))).assignments);
        standing.assignments.extend(assigned(Some(Duration::from_mins(5))).assignments);
        let caller = person(&[Role::Clinician], Duration::from_hours(8));
        let grant =
            decide(&Policy::house(), &caller, &standing, Action::ReadReport, now()).unwrap();
        assert_eq!(grant.expires(), now() + Duration::from_mins(9));
    }

    #[track_caller]
    fn check_denied(caller: &Principal, standing: &Standing, action: Action, why: Denied) {
        assert_eq!(decide(&Policy::house(), caller, standing, action, now()), Err(why));
    }

    #[test]
    fn each_refusal_has_its_reason() {
        let session = Duration::from_hours(8);
        let radiologist = person(&[Role::Radiologist], session);
        let none = Standing::none(PATIENT);
        let held = assigned(None);
        check_denied(&radiologist, &none, Action::ReadImages, Denied::NotAssigned);
        check_denied(&radiologist, &held, Action::ReadAudit, Denied::OtherGate);
        check_denied(&radiologist, &held, Action::ListPatients, Denied::OtherGate);
        check_denied(&radiologist, &held, Action::Maintain, Denied::Role);
        check_denied(&radiologist, &held, Action::Sign, Denied::StepUpNeeded);
        // Who is not assigned does not learn that a step-up would be asked for.
        check_denied(&radiologist, &none, Action::Sign, Denied::NotAssigned);
        let over = person(&[Role::Radiologist], Duration::ZERO);
        check_denied(&over, &held, Action::ReadImages, Denied::SessionOver);
        let nobody = person(&[], session);
        check_denied(&nobody, &held, Action::ReadImages, Denied::Role);
        let claims_to_be_a_service = person(&[Role::Service], session);
        check_denied(&claims_to_be_a_service, &held, Action::ReadImages, Denied::Role);
    }

    #[test]
    fn what_others_are_assigned_to_does_not_count() {
        let caller = person(&[Role::Oncologist], Duration::from_hours(8));
        let mut standing = assigned(None);
        standing.assignments[0].person = PersonId::new("https://other.example", "noa").unwrap();
        check_denied(&caller, &standing, Action::ReadImages, Denied::NotAssigned);
        let mut standing = assigned(None);
        standing.patient = PatientPseudonym(2);
        check_denied(&caller, &standing, Action::ReadImages, Denied::NotAssigned);
    }

    #[test]
    fn roles_add_up() {
        let caller = person(&[Role::Clinician, Role::Radiologist], Duration::from_hours(8));
        let granted = decide(&Policy::house(), &caller, &assigned(None), Action::Review, now());
        assert!(granted.is_ok());
    }

    #[test]
    fn a_right_that_the_hospital_took_away_is_gone() {
        let house = Policy::house();
        let less = Policy::house()
            .without(super::super::policy::Capacity::As(Role::Oncologist), Action::Export);
        let caller = person(&[Role::Oncologist], Duration::from_hours(8));
        let asked = |policy| decide(policy, &caller, &assigned(None), Action::Export, now());
        assert!(asked(&house).is_ok());
        assert_eq!(asked(&less), Err(Denied::Role));
    }
}
