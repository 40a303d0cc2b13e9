//! Who may touch which patient's data, and for what.
//!
//! Three gates, one for each kind of question, all reading the same table ([`Policy`]):
//!
//! | gate | the question is about | proof |
//! |---|---|---|
//! | [`decide`] | one patient | [`Grant`] |
//! | [`panel`] | a list of patients | [`Panel`] |
//! | [`permit`] | nobody's data: users, assignments, peers, the audit log | [`Permit`] |
//!
//! Proofs cannot be made in any other way, and everything that touches data asks for one. What the
//! table does not allow is refused: absence never permits. A doctor needs both a role that may and
//! a [`Standing`] towards the patient (an assignment, or broken glass), and both must hold now.
//! Outwards each [`Denied`] is the same answer; the reason is for the audit log.

mod assignment;
mod emergency;
mod grant;
#[cfg(test)]
mod matrix;
mod panel;
mod policy;
mod principal;
mod role;

pub use assignment::{
    Assignment, AssignmentEvent, AssignmentId, AssignmentState, By, IllegalAssignment, Source,
    Standing,
};
pub use emergency::{
    BREAK_GLASS_MAX, BreakGlass, BreakGlassId, BreakGlassState, EmergencyReason, IllegalReview,
    NotAReason, REASON_CHARS, Review, Verdict,
};
pub use grant::{Denied, GRANT_LIFE, Grant, Ground, Permit, decide, permit};
pub use panel::{Panel, Scope, panel};
pub use policy::{
    About, Action, Capacity, Cell, Needs, Policy, Purpose, Rule, SignIn, UnknownAction,
};
pub use principal::{
    AllowedPatients, Assurance, CLOCK_SKEW_MAX, Configured, Factors, Person, Principal,
    STEP_UP_LIFE,
};
pub use role::{NotAPerson, PersonId, Role, UnknownRole};
