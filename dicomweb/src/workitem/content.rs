//! A workitem and what may be done with it (PS3.4 CC.2): each function gives the workitem as it is
//! afterwards, so that a host can keep both in one transaction or neither.

use super::message::{CancelRequest, StateChange, TransactionUid};
use super::refusal::{Reply, WorkitemError};
use super::state::{State, Transition};
use super::tag;
use crate::json::{DataSet, Element, Tag, Vr};
use interval_core::uid::{InstanceUid, Uid};

/// Most attributes of a workitem, with those of its items; real ones have under 200.
const ATTRIBUTES_MAX: usize = 20_000;

/// Needed with a value when a workitem is made (PS3.4 table CC.2.5-3, type 1 for who makes it).
const NEEDED: [Tag; 5] = [tag::START, tag::READINESS, tag::STATE, tag::PRIORITY, tag::LABEL];

/// There even without a value: whoever keeps workitems adds those that did not come (type 2).
const THERE: [(Tag, Vr); 21] = [
    (tag::TRANSACTION, Vr::UI),
    (tag::PATIENT_NAME, Vr::PN),
    (tag::PATIENT_ID, Vr::LO),
    (tag::ISSUER_OF_PATIENT_ID, Vr::LO),
    (tag::PATIENT_BIRTH_DATE, Vr::DA),
    (tag::PATIENT_SEX, Vr::CS),
    (tag::STUDY, Vr::UI),
    (tag::ADMISSION_ID, Vr::LO),
    (tag::SCHEDULED_WORKITEM, Vr::SQ),
    (tag::INPUT, Vr::SQ),
    (tag::STATION_NAME, Vr::SQ),
    (tag::STATION_CLASS, Vr::SQ),
    (tag::STATION_LOCATION, Vr::SQ),
    (tag::HUMAN_PERFORMERS, Vr::SQ),
    (tag::REFERENCED_REQUEST, Vr::SQ),
    (tag::PROGRESS_INFORMATION, Vr::SQ),
    (tag::WORKLIST, Vr::LO),
    (tag::PARAMETERS, Vr::SQ),
    (tag::PERFORMED, Vr::SQ),
    (tag::EXPECTED_END, Vr::DT),
    (tag::MODIFIED, Vr::DT),
];

/// Needed with a value in every final state (code R).
const NEEDED_AT_THE_END: [Tag; 5] =
    [tag::PRIORITY, tag::LABEL, tag::START, tag::READINESS, tag::MODIFIED];

/// Needed with a value in the one item of Performed Procedure Sequence when it is completed (code
/// P). Output Information has to be there, and may be empty: some tasks only look.
const NEEDED_WHEN_PERFORMED: [Tag; 4] =
    [tag::PERFORMED_WORKITEM, tag::PERFORMED_STATION, tag::PERFORMED_START, tag::PERFORMED_END];

/// Not changed by an update (PS3.4 table CC.2.5-3, "not allowed" for N-SET).
const FIXED: [Tag; 4] = [tag::STATE, tag::TRANSACTION, tag::CLASS, tag::INSTANCE];

/// A workitem.
#[derive(Debug, Clone, PartialEq)]
pub struct Workitem {
    /// Its UID.
    pub uid: InstanceUid,
    /// Its state.
    pub state: State,
    /// The UID that locked it, known to its performer alone.
    pub transaction: Option<TransactionUid>,
    /// Its attributes, with its UID and state and without the lock.
    pub content: DataSet,
}

/// What became of a workitem.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// As it is now.
    pub workitem: Workitem,
    /// What is said with the answer.
    pub reply: Reply,
}

impl Workitem {
    /// A new one (PS3.4 CC.2.5): `uid` is that of the address, if it has one; `now` is the time as
    /// a DICOM DT. What does not have to come is added, and that is told.
    pub fn create(
        mut content: DataSet,
        uid: Option<InstanceUid>,
        now: &str,
    ) -> Result<Change, WorkitemError> {
        bounded(&content)?;
        let uid = named(&content, uid)?;
        for tag in NEEDED {
            if !content.has_value(tag) {
                return Err(WorkitemError::Missing(tag));
            }
        }
        values_are_allowed(&content)?;
        if content.text(tag::STATE) != State::Scheduled.as_str() {
            return Err(WorkitemError::Value(tag::STATE));
        }
        for tag in [tag::TRANSACTION, tag::PERFORMED, tag::PROGRESS_INFORMATION] {
            if content.has_value(tag) {
                return Err(WorkitemError::Value(tag));
            }
        }
        let mut is_modified = false;
        for (tag, vr) in THERE {
            is_modified |= !content.has(tag) && tag != tag::TRANSACTION && tag != tag::MODIFIED;
            content.elements.entry(tag).or_insert_with(|| Element::empty(vr));
        }
        content.elements.remove(&tag::TRANSACTION);
        content.elements.retain(|tag, _| tag.0 != 0);
        content.put(tag::CLASS, Vr::UI, tag::PUSH_CLASS);
        content.put(tag::INSTANCE, Vr::UI, uid.as_str());
        content.put(tag::MODIFIED, Vr::DT, now);
        let reply = if is_modified {
            Reply::warned("The Workitem was created with modifications.")
        } else {
            Reply::default()
        };
        let workitem = Self { uid, state: State::Scheduled, transaction: None, content };
        Ok(Change { workitem, reply })
    }

    /// Changes attributes (PS3.4 CC.2.6): those that come are set, sequences as a whole; what does
    /// not come stays. Whoever changes what is in progress has to have its lock; what is scheduled
    /// has none.
    pub fn update(
        &self,
        transaction: Option<&TransactionUid>,
        mut changes: DataSet,
        now: &str,
    ) -> Result<Change, WorkitemError> {
        let inside = match changes.text(tag::TRANSACTION) {
            "" => None,
            uid => Some(uid.parse().map_err(|_| WorkitemError::WrongTransaction)?),
        };
        changes.elements.remove(&tag::TRANSACTION);
        let transaction = transaction.or(inside.as_ref());
        match self.state {
            State::Completed | State::Canceled => return Err(WorkitemError::Final(self.state)),
            State::InProgress => self.unlock(transaction)?,
            State::Scheduled if transaction.is_some() => {
                return Err(WorkitemError::WrongTransaction);
            }
            State::Scheduled => {}
        }
        for tag in FIXED {
            let is_same = changes.elements.get(&tag) == self.content.elements.get(&tag);
            if changes.has(tag) && !is_same {
                return Err(WorkitemError::Fixed(tag));
            }
        }
        changes.elements.retain(|tag, _| tag.0 != 0);
        values_are_allowed(&changes)?;
        let mut workitem = self.clone();
        workitem.content.elements.extend(changes.elements);
        workitem.content.put(tag::MODIFIED, Vr::DT, now);
        for tag in NEEDED {
            if !workitem.content.has_value(tag) {
                return Err(WorkitemError::Missing(tag));
            }
        }
        bounded(&workitem.content)?;
        Ok(Change { workitem, reply: Reply::default() })
    }

    /// Changes the state (PS3.4 CC.2.1).
    pub fn change_state(&self, change: &StateChange, now: &str) -> Result<Change, WorkitemError> {
        let transition = Transition::to(change.state);
        // Who claims brings a new lock; who goes on brings the one that was set.
        if self.transaction.is_some() && transition != Transition::Claim {
            self.unlock(Some(&change.transaction))?;
        }
        let state = self.state.after(transition)?;
        let mut workitem = self.clone();
        if state == self.state {
            let said = format!("The UPS is already in the requested state of {state}.");
            return Ok(Change { workitem, reply: Reply::warned(&said) });
        }
        match state {
            State::InProgress => workitem.transaction = Some(change.transaction.clone()),
            State::Canceled => workitem.note_cancellation(now, None),
            State::Completed | State::Scheduled => {}
        }
        workitem.enter(state);
        workitem.is_finished()?;
        Ok(Change { workitem, reply: Reply::default() })
    }

    /// Notes a wish that it be canceled (PS3.4 CC.2.2). What is scheduled is canceled at once; what
    /// is in progress is left to its performer, who is to hear of it.
    pub fn ask_to_cancel(
        &self,
        request: &CancelRequest,
        now: &str,
    ) -> Result<Change, WorkitemError> {
        let state = self.state.after(Transition::AskToCancel)?;
        let mut workitem = self.clone();
        if self.state == State::Canceled {
            let said = "The UPS is already in the requested state of CANCELED.";
            return Ok(Change { workitem, reply: Reply::warned(said) });
        }
        if state == State::Canceled {
            workitem.note_cancellation(now, Some(request));
            workitem.enter(state);
        }
        Ok(Change { workitem, reply: Reply::default() })
    }

    /// As others see it.
    pub fn to_json(&self) -> Vec<u8> {
        crate::json::to_array([&self.content])
    }

    /// One that was kept: its lock is kept beside its content.
    pub fn kept(
        content: DataSet,
        transaction: Option<TransactionUid>,
    ) -> Result<Self, WorkitemError> {
        let state = State::of(content.text(tag::STATE)).ok_or(WorkitemError::Value(tag::STATE))?;
        let uid = named(&content, None)?;
        Ok(Self { uid, state, transaction, content })
    }

    fn unlock(&self, transaction: Option<&TransactionUid>) -> Result<(), WorkitemError> {
        match (transaction, &self.transaction) {
            (None, _) => Err(WorkitemError::NoTransaction),
            (Some(given), Some(set)) if given == set => Ok(()),
            _ => Err(WorkitemError::WrongTransaction),
        }
    }

    fn enter(&mut self, state: State) {
        self.state = state;
        self.content.put(tag::STATE, Vr::CS, state.as_str());
    }

    /// Notes when, and by whose wish, it was canceled, unless its performer noted that already.
    fn note_cancellation(&mut self, now: &str, request: Option<&CancelRequest>) {
        let mut progress =
            self.content.items(tag::PROGRESS_INFORMATION).first().cloned().unwrap_or_default();
        if !progress.has_value(tag::CANCELLED_AT) {
            progress.put(tag::CANCELLED_AT, Vr::DT, now);
        }
        if let Some(request) = request {
            request.note(&mut progress);
        }
        self.content.put_items(tag::PROGRESS_INFORMATION, vec![progress]);
    }

    /// What a finished workitem has to have (PS3.4 CC.2.5.1.1 and table CC.2.5-3).
    fn is_finished(&self) -> Result<(), WorkitemError> {
        if !self.state.is_final() {
            return Ok(());
        }
        let content = &self.content;
        if let Some(tag) = NEEDED_AT_THE_END.into_iter().find(|tag| !content.has_value(*tag)) {
            return Err(WorkitemError::Unfinished(tag));
        }
        if self.state == State::Canceled {
            let progress = content.items(tag::PROGRESS_INFORMATION).first();
            let is_told = progress.is_some_and(|item| item.has_value(tag::DISCONTINUATION));
            let missing = Err(WorkitemError::Unfinished(tag::DISCONTINUATION));
            return if is_told { Ok(()) } else { missing };
        }
        let missing = WorkitemError::Unfinished(tag::PERFORMED);
        let performed = content.items(tag::PERFORMED).first().ok_or(missing)?;
        let needed = NEEDED_WHEN_PERFORMED.into_iter().find(|tag| !performed.has_value(*tag));
        match needed.or((!performed.has(tag::OUTPUT)).then_some(tag::OUTPUT)) {
            Some(tag) => Err(WorkitemError::Unfinished(tag)),
            None => Ok(()),
        }
    }
}

/// The UID by address and content, which have to agree.
fn named(content: &DataSet, uid: Option<InstanceUid>) -> Result<InstanceUid, WorkitemError> {
    let inside = [tag::INSTANCE, tag::AFFECTED_INSTANCE].map(|tag| content.text(tag));
    let mut uids: Vec<&str> = uid.iter().map(Uid::as_str).collect();
    uids.extend(inside.into_iter().filter(|uid| !uid.is_empty()));
    let first = uids.first().ok_or(WorkitemError::Uid)?;
    if uids.iter().any(|uid| uid != first) {
        return Err(WorkitemError::Uid);
    }
    let reserved = [tag::GLOBAL, tag::FILTERED].contains(first);
    first.parse().ok().filter(|_| !reserved).ok_or(WorkitemError::Uid)
}

/// Enumerated values (PS3.3 C.30.1, C.30.2).
fn values_are_allowed(content: &DataSet) -> Result<(), WorkitemError> {
    let allowed: [(Tag, &[&str]); 2] = [
        (tag::PRIORITY, &["HIGH", "MEDIUM", "LOW"]),
        (tag::READINESS, &["READY", "UNAVAILABLE", "INCOMPLETE"]),
    ];
    for (tag, words) in allowed {
        if content.has_value(tag) && !words.contains(&content.text(tag)) {
            return Err(WorkitemError::Value(tag));
        }
    }
    Ok(())
}

fn bounded(content: &DataSet) -> Result<(), WorkitemError> {
    fn count(set: &DataSet) -> usize {
        let inside = |tag: &Tag| set.items(*tag).iter().map(count).sum::<usize>();
        set.elements.keys().map(|tag| 1 + inside(tag)).sum()
    }
    if count(content) > ATTRIBUTES_MAX {
        return Err(WorkitemError::TooLarge(ATTRIBUTES_MAX));
    }
    Ok(())
}

#[cfg(test)]
#[path = "content_tests.rs"]
mod tests;
