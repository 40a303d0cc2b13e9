//! How far a retrieval is, and how its peer is told (PS3.4 C.4.2.1.6 to C.4.2.1.9).

use interval_core::uid::InstanceUid;
use tokio::time::{Duration, Instant};

use crate::command::{Command, Counts, Payload};
use crate::identifier::{Encoding, Writer, tag};
use crate::status::Status;

/// How often a pending response is sent at most: an operator sees it move, and sub-operations of
/// less than a millisecond do not cost a response each.
const TOLD_EVERY: Duration = Duration::from_millis(100);

/// Most bytes of the list of failed instances: what an explicit length of 16 bits can say.
const LIST_BYTES_MAX: usize = 0xFFFE;

/// What became of one object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Completed,
    Warned,
    Failed,
}

/// How far a retrieval is.
#[derive(Debug)]
pub(super) struct Progress {
    remaining: usize,
    completed: usize,
    warned: usize,
    failed: Vec<InstanceUid>,
    told: Option<Instant>,
}

impl Progress {
    pub(super) fn of(objects: usize) -> Self {
        Self { remaining: objects, completed: 0, warned: 0, failed: Vec::new(), told: None }
    }

    pub(super) fn count(&mut self, instance: &InstanceUid, fate: Fate) {
        self.remaining -= 1;
        match fate {
            Fate::Completed => self.completed += 1,
            Fate::Warned => self.warned += 1,
            Fate::Failed => self.failed.push(instance.clone()),
        }
    }

    fn counts(&self) -> Counts {
        // The elements have 16 bits; nobody retrieves more at once, and then the last ones count.
        let count = |number: usize| u16::try_from(number).unwrap_or(u16::MAX);
        Counts {
            remaining: count(self.remaining),
            completed: count(self.completed),
            failed: count(self.failed.len()),
            warning: count(self.warned),
        }
    }

    /// A pending response, if it is time for one.
    pub(super) fn pending(&mut self, command: &Command) -> Option<Vec<u8>> {
        let is_due = self.told.is_none_or(|told| told.elapsed() >= TOLD_EVERY);
        if !is_due || self.remaining == 0 {
            return None;
        }
        self.told = Some(Instant::now());
        let about = (Payload::None, self.counts());
        Some(command.response_with_counts(Status::PENDING, "", about))
    }

    /// The last response, and the data set with it, when something failed.
    pub(super) fn last(
        &self,
        command: &Command,
        cancelled: Cancelled,
        encoding: Encoding,
    ) -> (Vec<u8>, Option<Vec<u8>>) {
        let (status, comment) = match (cancelled, self.failed.len(), self.completed + self.warned) {
            (Cancelled::Yes, ..) => (Status::CANCELLED, ""),
            (Cancelled::No, 0, _) if self.warned == 0 => (Status::SUCCESS, ""),
            (Cancelled::No, 0, _) => {
                (Status::SOME_FAILED, "some objects were taken with a warning")
            }
            (Cancelled::No, _, 0) => (Status::CANNOT_PERFORM, "no object could be sent"),
            (Cancelled::No, ..) => (Status::SOME_FAILED, "some objects could not be sent"),
        };
        let list = (!self.failed.is_empty()).then(|| self.list(encoding));
        let payload = if list.is_some() { Payload::DataSet } else { Payload::None };
        (command.response_with_counts(status, comment, (payload, self.counts())), list)
    }

    fn list(&self, encoding: Encoding) -> Vec<u8> {
        let mut bytes = 0;
        let fitting = self.failed.iter().take_while(|instance| {
            bytes += instance.as_str().len() + 1;
            bytes <= LIST_BYTES_MAX
        });
        let uids: Vec<_> = fitting.map(InstanceUid::as_str).collect();
        let mut writer = Writer::new(encoding);
        writer.texts(tag::FAILED_SOP_INSTANCE_UID_LIST, *b"UI", &uids);
        writer.into_bytes()
    }
}

/// Whether the peer ended a retrieval before its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cancelled {
    Yes,
    No,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::{Operation, get_request};

    #[track_caller]
    fn check(fates: &[Fate], of: usize, cancelled: Cancelled, expected: (u16, [u16; 4])) {
        let request = Command::parse(&get_request(3, "1.2")).unwrap();
        let mut progress = Progress::of(of);
        for fate in fates {
            progress.count(&"1.2.3".parse().unwrap(), *fate);
        }
        let (last, list) = progress.last(&request, cancelled, Encoding::Implicit);
        let last = Command::parse(&last).unwrap();
        let Counts { remaining, completed, failed, warning } = last.counts;
        let Operation::Response(Status(status)) = last.operation else { panic!("{last:?}") };
        assert_eq!((status, [remaining, completed, failed, warning]), expected);
        assert_eq!(list.is_some(), fates.contains(&Fate::Failed));
        assert_eq!(last.payload == Payload::DataSet, list.is_some());
    }

    #[test]
    fn the_last_response_says_how_it_went() {
        use Fate::{Completed, Failed, Warned};
        check(&[], 0, Cancelled::No, (0x0000, [0, 0, 0, 0]));
        check(&[Completed, Completed], 2, Cancelled::No, (0x0000, [0, 2, 0, 0]));
        check(&[Completed, Failed], 2, Cancelled::No, (0xB000, [0, 1, 1, 0]));
        check(&[Completed, Warned], 2, Cancelled::No, (0xB000, [0, 1, 0, 1]));
        check(&[Failed, Failed], 2, Cancelled::No, (0xA702, [0, 0, 2, 0]));
        check(&[Completed], 5, Cancelled::Yes, (0xFE00, [4, 1, 0, 0]));
    }

    #[test]
    fn a_long_list_of_failures_fits_its_element() {
        let mut progress = Progress::of(4000);
        for _ in 0..4000 {
            progress.count(&InstanceUid::from_u128(u128::MAX), Fate::Failed);
        }
        let bytes = progress.list(Encoding::Explicit);
        assert!(bytes.len() <= 8 + LIST_BYTES_MAX && bytes.len().is_multiple_of(2));
    }
}
