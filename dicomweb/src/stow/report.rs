//! What became of each object (PS3.18 10.5.3.2): written by whoever stored, read by whoever sent.

use super::Reason;
use crate::json::{DataSet, JsonError, Limits, Tag, Vr, data_set};
use interval_core::fault::Fault;
use interval_core::uid::{ClassUid, InstanceUid, StudyUid};

const RETRIEVE_URL: Tag = Tag(0x0008, 0x1190);
const CLASS: Tag = Tag(0x0008, 0x1150);
const INSTANCE: Tag = Tag(0x0008, 0x1155);
const WARNING_REASON: Tag = Tag(0x0008, 0x1196);
const FAILURE_REASON: Tag = Tag(0x0008, 0x1197);
const FAILED: Tag = Tag(0x0008, 0x1198);
const REFERENCED: Tag = Tag(0x0008, 0x1199);
const OTHER_FAILURES: Tag = Tag(0x0008, 0x119A);

/// An object that was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// What it is.
    pub class: ClassUid,
    /// Which it is.
    pub instance: InstanceUid,
    /// Where it can be retrieved.
    pub address: String,
    /// What was done to it.
    pub warning: Option<Reason>,
}

/// What became of one object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is kept.
    Stored(Stored),
    /// It is not kept.
    Failed {
        /// What it is.
        class: ClassUid,
        /// Which it is.
        instance: InstanceUid,
        /// Why.
        reason: Reason,
    },
    /// It is not kept, and it is not known which it is.
    Unreadable(Reason),
}

impl Outcome {
    /// Whether it is kept.
    pub fn is_stored(&self) -> bool {
        matches!(self, Self::Stored(_))
    }
}

/// What became of all objects of one request.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// Where the study can be retrieved, if all objects are of one.
    pub study: Option<String>,
    /// Each object, in the order of the request.
    pub outcomes: Vec<Outcome>,
}

/// The answer to a store cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReportError {
    /// No DICOM JSON.
    #[error("the answer to a store cannot be read")]
    Json(#[from] JsonError),
    /// An object is listed without its UIDs.
    #[error("the answer to a store lists an object without its UIDs")]
    Nameless,
}

impl ReportError {
    /// What it asks of us.
    pub fn fault(&self) -> Fault {
        Fault::Refused
    }
}

impl Report {
    /// Of objects that are all of one study.
    pub fn of_study(base: &str, study: &StudyUid) -> Self {
        Self { study: Some(format!("{base}/studies/{study}")), outcomes: Vec::new() }
    }

    /// The HTTP status (PS3.18 table 10.5.3-1): 200 when all are kept as they came, 202 when some
    /// are not or something was done to one, 409 when none is kept, 400 when there was none.
    pub fn status(&self) -> u16 {
        let stored = self.outcomes.iter().filter(|outcome| outcome.is_stored()).count();
        let as_it_came =
            |outcome: &Outcome| matches!(outcome, Outcome::Stored(Stored { warning: None, .. }));
        match stored {
            _ if self.outcomes.is_empty() => 400,
            0 => 409,
            _ if self.outcomes.iter().all(as_it_came) => 200,
            _ => 202,
        }
    }

    /// Which of the objects that were sent are not said to be kept, whatever the status was: some
    /// archives answer 200 to a body of which they kept nothing.
    pub fn not_kept<'a>(&self, sent: &'a [InstanceUid]) -> Vec<&'a InstanceUid> {
        let is_kept = |uid: &InstanceUid| {
            let is_it = |outcome: &Outcome| match outcome {
                Outcome::Stored(stored) => stored.instance == *uid,
                _ => false,
            };
            self.outcomes.iter().any(is_it)
        };
        sent.iter().filter(|uid| !is_kept(uid)).collect()
    }

    /// The answer in DICOM JSON.
    pub fn to_json(&self) -> Vec<u8> {
        let (mut referenced, mut failed, mut other) = (Vec::new(), Vec::new(), Vec::new());
        for outcome in &self.outcomes {
            match outcome {
                Outcome::Stored(stored) => referenced.push(of_stored(stored)),
                Outcome::Failed { class, instance, reason } => {
                    let mut item = named(class, instance);
                    item.put_number(FAILURE_REASON, Vr::US, i64::from(reason.0));
                    failed.push(item);
                }
                Outcome::Unreadable(reason) => {
                    let mut item = DataSet::default();
                    item.put_number(FAILURE_REASON, Vr::US, i64::from(reason.0));
                    other.push(item);
                }
            }
        }
        let mut report = DataSet::default();
        report.put(RETRIEVE_URL, Vr::UR, self.study.clone().unwrap_or_default());
        for (tag, items) in [(FAILED, failed), (REFERENCED, referenced), (OTHER_FAILURES, other)] {
            if !items.is_empty() {
                report.put_items(tag, items);
            }
        }
        report.to_json()
    }

    /// Reads the answer of another archive. It lists what is kept, then what is not.
    pub fn parse(text: &[u8]) -> Result<Self, ReportError> {
        let report = data_set(text, &Limits::ANSWER)?;
        let study = Some(report.text(RETRIEVE_URL).to_owned()).filter(|text| !text.is_empty());
        let mut outcomes = Vec::new();
        for item in report.items(REFERENCED) {
            let (class, instance) = names(item)?;
            let address = item.text(RETRIEVE_URL).to_owned();
            let warning = reason(item, WARNING_REASON);
            outcomes.push(Outcome::Stored(Stored { class, instance, address, warning }));
        }
        for item in report.items(FAILED) {
            let reason = reason(item, FAILURE_REASON).unwrap_or(Reason::PROCESSING_FAILURE);
            outcomes.push(match names(item) {
                Ok((class, instance)) => Outcome::Failed { class, instance, reason },
                // It failed, whether or not the archive knows what it is.
                Err(_) => Outcome::Unreadable(reason),
            });
        }
        for item in report.items(OTHER_FAILURES) {
            let reason = reason(item, FAILURE_REASON).unwrap_or(Reason::PROCESSING_FAILURE);
            outcomes.push(Outcome::Unreadable(reason));
        }
        Ok(Self { study, outcomes })
    }
}

fn of_stored(stored: &Stored) -> DataSet {
    let mut item = named(&stored.class, &stored.instance);
    item.put(RETRIEVE_URL, Vr::UR, &stored.address);
    if let Some(warning) = stored.warning {
        item.put_number(WARNING_REASON, Vr::US, i64::from(warning.0));
    }
    item
}

fn named(class: &ClassUid, instance: &InstanceUid) -> DataSet {
    let mut item = DataSet::default();
    item.put(CLASS, Vr::UI, class.as_str());
    item.put(INSTANCE, Vr::UI, instance.as_str());
    item
}

fn names(item: &DataSet) -> Result<(ClassUid, InstanceUid), ReportError> {
    let nameless = |_| ReportError::Nameless;
    let class = item.text(CLASS).parse().map_err(nameless)?;
    Ok((class, item.text(INSTANCE).parse().map_err(nameless)?))
}

fn reason(item: &DataSet, tag: Tag) -> Option<Reason> {
    item.number(tag).and_then(|number| u16::try_from(number).ok()).map(Reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(warning: Option<Reason>) -> Outcome {
        Outcome::Stored(Stored {
            class: "1.2".parse().unwrap(),
            instance: "1.2.3".parse().unwrap(),
            address: "http://node/studies/1/series/2/instances/1.2.3".into(),
            warning,
        })
    }
    fn failed() -> Outcome {
        let reason = Reason::PROCESSING_FAILURE;
        Outcome::Failed { class: "1.2".parse().unwrap(), instance: "1.4".parse().unwrap(), reason }
    }
    #[track_caller]
    fn check(outcomes: &[Outcome], status: u16) {
        let report =
            Report { study: Some("http://node/studies/1".into()), outcomes: outcomes.to_vec() };
        assert_eq!(report.status(), status);
        assert_eq!(Report::parse(&report.to_json()), Ok(report));
    }

    #[test]
    fn the_status_tells_whether_all_some_or_none_are_kept() {
        check(&[stored(None)], 200);
        check(&[stored(None), stored(Some(Reason::COERCED))], 202);
        check(&[stored(None), failed(), Outcome::Unreadable(Reason::CANNOT_UNDERSTAND)], 202);
        check(&[failed(), Outcome::Unreadable(Reason::CANNOT_UNDERSTAND)], 409);
        check(&[], 400);
    }
    #[test]
    fn an_answer_is_written_as_the_standard_has_it() {
        let report = Report { study: None, outcomes: vec![failed()] };
        let text = String::from_utf8(report.to_json()).unwrap();
        assert_eq!(
            text,
            r#"{"00081190":{"vr":"UR"},"00081198":{"vr":"SQ","Value":[{"00081150":{"vr":"UI","Value":["1.2"]},"00081155":{"vr":"UI","Value":["1.4"]},"00081197":{"vr":"US","Value":[272]}}]}}"#
        );
    }
    #[test]
    fn what_is_not_told_of_is_not_kept() {
        let sent = ["1.2.3", "1.4", "1.5"].map(|uid| uid.parse().unwrap());
        let report = Report { study: None, outcomes: vec![stored(None), failed()] };
        assert_eq!(report.not_kept(&sent), [&sent[1], &sent[2]]);
        assert_eq!(Report::default().not_kept(&sent).len(), 3);
    }
    #[test]
    fn what_is_kept_without_a_name_is_no_answer() {
        let text = br#"{"00081199":{"vr":"SQ","Value":[{}]}}"#;
        assert_eq!(Report::parse(text), Err(ReportError::Nameless));
    }
}
