//! The data sets of storage commitment (PS3.4 tables J.3-1 and J.3-2).

use super::{ALL_KEPT, Reference, Report, SOME_FAILED, TransactionUid};
use crate::identifier::{CharacterSet, DataSet, Encoding, Tag, Writer, tag};
use crate::status::{Refusal, Status};

/// The failure reason of an item that gives none: processing failure.
const UNSAID: Status = Status::PROCESSING_FAILURE;

fn missing(what: &str) -> Refusal {
    Refusal::with_status(Status::MISSING_ATTRIBUTE, format!("{what} is missing"))
}

fn uid<T: std::str::FromStr>(set: &DataSet<'_>, tag: Tag, what: &str) -> Result<T, Refusal> {
    let text = set.text(tag, &CharacterSet::Undeclared).ok_or_else(|| missing(what))?;
    let invalid =
        |_| Refusal::with_status(Status::INVALID_ATTRIBUTE, format!("{what} is not valid"));
    text.trim().parse().map_err(invalid)
}

fn reference(item: &DataSet<'_>) -> Result<Reference, Refusal> {
    Ok(Reference {
        class: uid(item, tag::REFERENCED_SOP_CLASS_UID, "Referenced SOP Class UID")?,
        instance: uid(item, tag::REFERENCED_SOP_INSTANCE_UID, "Referenced SOP Instance UID")?,
    })
}

fn transaction(set: &DataSet<'_>) -> Result<TransactionUid, Refusal> {
    uid(set, tag::TRANSACTION_UID, "Transaction UID")
}

/// What a request refers to.
pub(super) fn requested(set: &DataSet<'_>) -> Result<(TransactionUid, Vec<Reference>), Refusal> {
    let transaction = transaction(set)?;
    let items = set.items(tag::REFERENCED_SOP_SEQUENCE).iter();
    let references = items.map(reference).collect::<Result<Vec<_>, _>>()?;
    if references.is_empty() {
        return Err(missing("Referenced SOP Sequence"));
    }
    Ok((transaction, references))
}

/// The data set of a request.
pub(crate) fn request(
    transaction: &TransactionUid,
    references: &[Reference],
    encoding: Encoding,
) -> Vec<u8> {
    let mut writer = Writer::new(encoding);
    writer.text(tag::TRANSACTION_UID, *b"UI", transaction.as_str());
    writer.sequence(tag::REFERENCED_SOP_SEQUENCE, |items| {
        for reference in references {
            items.item(|item| write(item, reference));
        }
    });
    writer.into_bytes()
}

fn write(item: &mut Writer, reference: &Reference) {
    item.text(tag::REFERENCED_SOP_CLASS_UID, *b"UI", reference.class.as_str());
    item.text(tag::REFERENCED_SOP_INSTANCE_UID, *b"UI", reference.instance.as_str());
}

impl Report {
    /// Reads a report.
    pub(super) fn of(set: &DataSet<'_>) -> Result<Self, Refusal> {
        let kept = set.items(tag::REFERENCED_SOP_SEQUENCE).iter().map(reference);
        let failed = set.items(tag::FAILED_SOP_SEQUENCE).iter().map(|item| {
            let reason = item.bytes(tag::FAILURE_REASON).and_then(<[u8]>::first_chunk);
            let reason = reason.map_or(UNSAID, |bytes| Status(u16::from_le_bytes(*bytes)));
            Ok((reference(item)?, reason))
        });
        Ok(Self {
            transaction: transaction(set)?,
            kept: kept.collect::<Result<_, _>>()?,
            failed: failed.collect::<Result<_, _>>()?,
        })
    }

    /// Its Event Type ID.
    pub(crate) fn event(&self) -> u16 {
        if self.failed.is_empty() { ALL_KEPT } else { SOME_FAILED }
    }

    /// Its data set.
    pub(crate) fn encode(&self, encoding: Encoding) -> Vec<u8> {
        let mut writer = Writer::new(encoding);
        writer.text(tag::TRANSACTION_UID, *b"UI", self.transaction.as_str());
        if !self.failed.is_empty() {
            writer.sequence(tag::FAILED_SOP_SEQUENCE, |items| {
                for (reference, reason) in &self.failed {
                    items.item(|item| {
                        write(item, reference);
                        item.number(tag::FAILURE_REASON, reason.0);
                    });
                }
            });
        }
        if !self.kept.is_empty() {
            writer.sequence(tag::REFERENCED_SOP_SEQUENCE, |items| {
                for reference in &self.kept {
                    items.item(|item| write(item, reference));
                }
            });
        }
        writer.into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identifier::read;

    fn reference(instance: &str) -> Reference {
        let class = "1.2.840.10008.5.1.4.1.1.4".parse().unwrap();
        Reference { class, instance: instance.parse().unwrap() }
    }

    #[track_caller]
    fn check(failed: Vec<(Reference, Status)>, event: u16) {
        let kept = vec![reference("1.2.1")];
        let report = Report { transaction: "2.25.7".parse().unwrap(), kept, failed };
        assert_eq!(report.event(), event);
        for encoding in [Encoding::Implicit, Encoding::Explicit] {
            let bytes = report.encode(encoding);
            assert_eq!(Report::of(&read(&bytes, encoding).unwrap()), Ok(report.clone()));
        }
    }

    #[test]
    fn a_report_is_read_as_it_was_written() {
        check(Vec::new(), 1);
        check(vec![(reference("1.2.2"), Status::NO_SUCH_INSTANCE)], 2);
    }
    #[test]
    fn a_request_names_its_objects() {
        let transaction: TransactionUid = "2.25.7".parse().unwrap();
        let references = vec![reference("1.2.1"), reference("1.2.2")];
        let bytes = request(&transaction, &references, Encoding::Explicit);
        let set = read(&bytes, Encoding::Explicit).unwrap();
        assert_eq!(requested(&set), Ok((transaction, references)));
    }
    #[test]
    fn a_request_for_nothing_is_refused() {
        let bytes = request(&"2.25.7".parse().unwrap(), &[], Encoding::Explicit);
        let set = read(&bytes, Encoding::Explicit).unwrap();
        let refused = requested(&set).map_err(|refusal| refusal.status);
        assert_eq!(refused, Err(Status::MISSING_ATTRIBUTE));
    }
}
