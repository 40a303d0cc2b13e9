//! What comes with requests about workitems: which one, a change of state, a wish to cancel.

use super::refusal::WorkitemError;
use super::state::State;
use super::tag;
use crate::json::{DataSet, Limits, Vr, data_set};
use crate::parameters::Parameters;
use interval_core::uid::{InstanceUid, Uid};

/// Kind: a lock (0008,1195).
#[derive(Debug)]
pub enum Transaction {}

/// Transaction UID: what locks a workitem, known to its performer alone.
pub type TransactionUid = Uid<Transaction>;

/// What an address names besides its path.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Target {
    /// The workitem that is made: `?{uid}` or `?workitem={uid}` (PS3.18 11.4.1.1).
    pub workitem: Option<InstanceUid>,
    /// The lock of the workitem that is changed: `?{uid}`, `?transaction={uid}` or
    /// `?transaction-uid={uid}` (PS3.18 11.6.1.1).
    pub transaction: Option<TransactionUid>,
}

/// Reads the query of an address. A UID that stands alone is both: it is up to the route.
pub fn target(query: &str) -> Result<Target, WorkitemError> {
    let parameters = Parameters::parse(query)?;
    let mut target = Target::default();
    for (name, value) in &parameters.pairs {
        match (name.as_ref(), value.as_ref()) {
            ("workitem" | "AffectedSOPInstanceUID", uid) => {
                target.workitem = Some(uid.parse().map_err(|_| WorkitemError::Uid)?);
            }
            ("transaction" | "transaction-uid" | "transactionUID", uid) => {
                target.transaction = Some(lock(uid)?);
            }
            (uid, "") if uid.starts_with(|c: char| c.is_ascii_digit()) => {
                target.workitem = Some(uid.parse().map_err(|_| WorkitemError::Uid)?);
                target.transaction = Some(lock(uid)?);
            }
            _ => {}
        }
    }
    Ok(target)
}

/// Where a new workitem is: the header Location.
pub fn created_at(base: &str, uid: &InstanceUid) -> String {
    format!("{base}/workitems/{uid}")
}

fn lock(text: &str) -> Result<TransactionUid, WorkitemError> {
    text.parse().map_err(|_| WorkitemError::Value(tag::TRANSACTION))
}

/// A change of state (PS3.18 11.7.1.4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateChange {
    /// What it is to be.
    pub state: State,
    /// The lock that is set, or that was.
    pub transaction: TransactionUid,
}

impl StateChange {
    /// Reads a body.
    pub fn parse(body: &[u8]) -> Result<Self, WorkitemError> {
        let set = data_set(body, &Limits::WORKITEM)?;
        if !set.has_value(tag::STATE) {
            return Err(WorkitemError::Missing(tag::STATE));
        }
        if !set.has_value(tag::TRANSACTION) {
            return Err(WorkitemError::NoTransaction);
        }
        let state = match set.text(tag::STATE) {
            // PS3.18 11.7.1.4 spells it so, PS3.3 C.30.1 does not.
            "CANCELLED" => State::Canceled,
            text => State::of(text).ok_or(WorkitemError::Value(tag::STATE))?,
        };
        Ok(Self { state, transaction: lock(set.text(tag::TRANSACTION))? })
    }

    /// The body.
    pub fn to_json(&self) -> Vec<u8> {
        let mut set = DataSet::default();
        set.put(tag::TRANSACTION, Vr::UI, self.transaction.as_str());
        set.put(tag::STATE, Vr::CS, self.state.as_str());
        crate::json::to_array([&set])
    }
}

/// A wish that a workitem be canceled (PS3.4 table CC.2.2-1).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CancelRequest {
    /// Reason For Cancellation.
    pub reason: String,
    /// Where somebody can be asked about it.
    pub contact_uri: String,
    /// Who that is.
    pub contact_name: String,
    /// Code and coding scheme of the reason, if given.
    pub discontinuation: Vec<Code>,
}

/// A code as three texts: value, scheme, meaning.
pub type Code = [String; 3];

impl CancelRequest {
    /// Reads a body; it may be empty.
    pub fn parse(body: &[u8]) -> Result<Self, WorkitemError> {
        if body.iter().all(u8::is_ascii_whitespace) {
            return Ok(Self::default());
        }
        let set = data_set(body, &Limits::WORKITEM)?;
        let code = |code: &DataSet| -> Code {
            [tag::CODE_VALUE, tag::CODING_SCHEME, tag::CODE_MEANING]
                .map(|tag| code.text(tag).to_owned())
        };
        Ok(Self {
            reason: set.text(tag::CANCELLATION_REASON).to_owned(),
            contact_uri: set.text(tag::CONTACT_URI).to_owned(),
            contact_name: set.text(tag::CONTACT_NAME).to_owned(),
            discontinuation: set.items(tag::DISCONTINUATION).iter().map(code).collect(),
        })
    }

    /// The body.
    pub fn to_json(&self) -> Vec<u8> {
        let mut set = DataSet::default();
        self.note(&mut set);
        crate::json::to_array([&set])
    }

    /// Writes what was said into a data set; what was not said is left as it is.
    pub(super) fn note(&self, set: &mut DataSet) {
        let texts = [
            (tag::CONTACT_URI, Vr::UR, &self.contact_uri),
            (tag::CONTACT_NAME, Vr::LO, &self.contact_name),
            (tag::CANCELLATION_REASON, Vr::LT, &self.reason),
        ];
        for (tag, vr, text) in texts {
            if !text.is_empty() {
                set.put(tag, vr, text);
            }
        }
        if self.discontinuation.is_empty() {
            return;
        }
        let code = |[value, scheme, meaning]: &Code| {
            let mut code = DataSet::default();
            code.put(tag::CODE_VALUE, Vr::SH, value);
            code.put(tag::CODING_SCHEME, Vr::SH, scheme);
            code.put(tag::CODE_MEANING, Vr::LO, meaning);
            code
        };
        set.put_items(tag::DISCONTINUATION, self.discontinuation.iter().map(code).collect());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(state: &str, transaction: &str, expected: Result<State, u16>) {
        let body = format!(
            r#"[{{"00081195":{{"vr":"UI","Value":["{transaction}"]}},"00741000":{{"vr":"CS","Value":["{state}"]}}}}]"#
        );
        let change = StateChange::parse(body.as_bytes());
        assert_eq!(change.map(|change| change.state).map_err(|error| error.code()), expected);
    }

    #[test]
    fn a_change_of_state_has_a_state_and_a_lock() {
        check("IN PROGRESS", "2.25.1", Ok(State::InProgress));
        check("CANCELLED", "2.25.1", Ok(State::Canceled));
        check("DONE", "2.25.1", Err(0x0106));
        check("COMPLETED", "", Err(0xC301));
        check("COMPLETED", "x", Err(0x0106));
        check("", "2.25.1", Err(0x0120));
    }
    #[test]
    fn what_is_written_is_read() {
        let change =
            StateChange { state: State::Completed, transaction: "2.25.1".parse().unwrap() };
        assert_eq!(StateChange::parse(&change.to_json()), Ok(change));
        let request = CancelRequest {
            reason: "moved".into(),
            contact_uri: "tel:1".into(),
            contact_name: "Desk".into(),
            discontinuation: vec![["110513".into(), "DCM".into(), "Discontinued".into()]],
        };
        assert_eq!(CancelRequest::parse(&request.to_json()), Ok(request));
        assert_eq!(CancelRequest::parse(b" "), Ok(CancelRequest::default()));
    }
    #[test]
    fn an_address_names_the_workitem_or_the_lock() {
        assert_eq!(target("1.2.3").unwrap().workitem, Some("1.2.3".parse().unwrap()));
        assert_eq!(target("workitem=1.2.3").unwrap().workitem, Some("1.2.3".parse().unwrap()));
        assert_eq!(target("transaction=1.2").unwrap().transaction, "1.2".parse().ok());
        assert_eq!(target("workitem=x"), Err(WorkitemError::Uid));
        assert_eq!(target(""), Ok(Target::default()));
    }
}
