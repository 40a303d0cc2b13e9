//! Unified procedure steps (PS3.18 section 11, PS3.4 Annex CC): a worklist of tasks that one
//! system asks for and another carries out.
//!
//! A [`Workitem`] is a state, a lock and a data set. Whoever claims it sets the lock, a Transaction
//! UID that only they know; from then on only they change it. The rules are here, as functions from
//! one workitem to the next; where workitems are kept is the host's matter.

mod content;
mod event;
mod matching;
mod message;
mod refusal;
mod state;
mod subscription;
pub mod tag;

pub use content::{Change, Workitem};
pub use event::{Event, EventKind};
pub use matching::{Search, SearchError};
pub use message::{
    CancelRequest, Code, StateChange, Target, Transaction, TransactionUid, created_at, target,
};
pub use refusal::{Reply, WorkitemError};
pub use state::{Illegal, State, Transition};
pub use subscription::{AeTitle, DeletionLock, Subject, Subscription};
