//! What humans said of results, as the recipe needs it: corrections that take the place of what a
//! machine found, and the version that comes next.

use super::Halt;
use crate::store::artefact::{Artefact, ArtefactKey};
use crate::store::record::review::{FiledRecord, IssueRecord, SignedRecord};
use crate::store::record::{DiametersRecord, RecordError};
use crate::store::review::{Review, SIGNED};
use crate::store::{Store, StoreError};
use interval_core::access::Grant;
use interval_core::assessment::{Decider, Decision};
use interval_core::digest::Digest;
use interval_core::review::{Judgement, Regroup, ReviewState};
use interval_core::stage::Stage;
use interval_core::uid::StudyUid;
use interval_iod::edition::{Approval, Edition, Filed, Verifier};
use interval_iod::home::Timestamp;
use interval_iod::sr::content::Reference;

/// What a human corrected at one timepoint.
#[derive(Debug, Clone)]
pub struct Corrections {
    /// The label map that takes the place of the model's, where the outlines were changed.
    pub labels: Option<Artefact>,
    /// What is one lesion.
    pub regroup: Vec<Regroup>,
    /// Diameters by index of the lesion.
    pub diameters: Vec<(u8, DiametersRecord)>,
    /// Who said so and why, for the trail.
    pub decision: Decision,
}

/// What a human said of an earlier result.
#[derive(Debug)]
pub enum Word {
    /// Nothing that changes it.
    None,
    /// It counts with these corrections.
    Corrected(Corrections),
    /// It does not count, and why.
    Rejected(String),
}

/// What a job on a study has to bear in mind.
#[derive(Debug, Default)]
pub struct Order {
    /// The version that is out.
    pub last: Option<IssueRecord>,
    /// The signature that the job is to carry out.
    pub signed: Option<SignedRecord>,
}

impl Corrections {
    /// The key of the segmentation that corrected outlines make, and what humans said is one
    /// lesion of them: lesions of another grouping have other names.
    pub fn key(labels: Digest, regroup: &[Regroup]) -> ArtefactKey {
        let said = format!("corrected by a person {regroup:?}");
        ArtefactKey::of(Stage::Segment, 1, &said, [("labels", labels)])
    }
}

fn unread(error: &RecordError) -> Halt {
    Halt::defect(Stage::Identify, error.to_string())
}

fn stored(error: &StoreError) -> Halt {
    Halt::store(Stage::Identify, error)
}

/// What a job on a study has to bear in mind.
pub async fn order(store: &Store, grant: &Grant, study: &StudyUid) -> Result<Order, Halt> {
    let review = store.review_of(grant, study).await.map_err(|e| stored(&e))?;
    let Some(mut review) = review else { return Ok(Order::default()) };
    Ok(Order { last: review.record.issued.pop(), signed: review.record.pending })
}

/// What the signature that a job carries out corrects.
pub async fn corrections(
    store: &Store,
    grant: &Grant,
    (study, signed): (&StudyUid, &SignedRecord),
) -> Result<Corrections, Halt> {
    let said = &signed.corrections;
    let labels = match &said.labels_sha256 {
        None => None,
        Some(digest) => {
            let labels = store.review_labels(grant, (study, SIGNED)).await;
            let labels = labels.map_err(|e| stored(&e))?;
            let labels = labels.filter(|labels| labels.digest.to_string() == *digest);
            let gone = || Halt::defect(Stage::Segment, "the signed outlines are gone".into());
            Some(labels.ok_or_else(gone)?)
        }
    };
    Ok(Corrections {
        labels,
        regroup: said.regroup.iter().map(Into::into).collect(),
        diameters: said.diameters.clone(),
        decision: decision(signed).map_err(|e| unread(&e))?,
    })
}

/// What a human said of the result of an earlier study.
pub async fn word(store: &Store, grant: &Grant, study: &StudyUid) -> Result<Word, Halt> {
    let review = store.review_of(grant, study).await.map_err(|e| stored(&e))?;
    let Some(Review { state, record, .. }) = review else { return Ok(Word::None) };
    let signed = record.pending.or(record.signed);
    Ok(match (state, signed) {
        (ReviewState::Rejected, Some(signed)) => {
            Word::Rejected(format!("its result was rejected: {}", signed.reason))
        }
        (ReviewState::Amended, Some(signed)) => {
            Word::Corrected(corrections(store, grant, (study, &signed)).await?)
        }
        _ => Word::None,
    })
}

/// A signature for the trail.
pub fn decision(signed: &SignedRecord) -> Result<Decision, RecordError> {
    let what = match signed.judgement()? {
        Judgement::Accept => "the result was accepted as it was found".to_owned(),
        Judgement::Amend => {
            format!("the result was corrected: {}", signed.corrections.done.join(", "))
        }
        Judgement::Reject => "the result was rejected".to_owned(),
    };
    let at = interval_report::timestamp::Timestamp(signed.at_ms / 1000);
    let why = match signed.reason.trim() {
        "" => format!("signed by {} at {at}", signed.name),
        reason => format!("{reason}; signed by {} at {at}", signed.name),
    };
    Ok(Decision { stage: Stage::Assess, by: Decider::Human, what, why })
}

impl Order {
    /// The signature that takes the result back, where it is one.
    pub fn rejection(&self) -> Result<Option<&SignedRecord>, Halt> {
        let Some(signed) = &self.signed else { return Ok(None) };
        let judgement = signed.judgement().map_err(|e| unread(&e))?;
        Ok((judgement == Judgement::Reject).then_some(signed))
    }

    /// The version that findings make, with the key that its UIDs are derived from. Findings that
    /// nobody signed and that are those of the last version are that version again.
    pub fn edition(
        &self,
        findings: Digest,
        organisation: &str,
    ) -> Result<(Edition, Digest), RecordError> {
        let again = |last: &&IssueRecord| {
            let same = last.findings_sha256 == findings.to_string();
            same && self.signed.is_none() && !last.signed && !last.rejected
        };
        let (version, before) = match &self.last {
            None => (1, Vec::new()),
            Some(last) if again(&last) => (last.version, filed(&last.replaces)?),
            Some(last) => (last.version + 1, filed(&last.objects)?),
        };
        let approval = match &self.signed {
            None => Approval::None,
            Some(signed) => approval(signed, organisation)?,
        };
        let key = match version {
            1 => findings,
            _ => Digest::of_parts([findings.0.as_slice(), &version.to_be_bytes()]),
        };
        Ok((Edition { version, approval, replaces: before }, key))
    }
}

fn approval(signed: &SignedRecord, organisation: &str) -> Result<Approval, RecordError> {
    let verifier = Verifier {
        name: signed.name.clone(),
        organisation: organisation.to_owned(),
        at: Timestamp::from_seconds(signed.at_ms / 1000),
        remark: signed.reason.clone(),
    };
    Ok(match signed.judgement()? {
        Judgement::Accept => Approval::Verified(verifier),
        Judgement::Amend => Approval::Amended(verifier),
        Judgement::Reject => Approval::None,
    })
}

/// Objects as they are referred to.
pub fn filed(records: &[FiledRecord]) -> Result<Vec<Filed>, RecordError> {
    let of = crate::store::record::field("object");
    let one = |record: &FiledRecord| {
        Ok(Filed {
            study: record.study.parse().map_err(&of)?,
            series: record.series.parse().map_err(&of)?,
            reference: Reference {
                class: record.class.parse().map_err(&of)?,
                instance: record.instance.parse().map_err(&of)?,
            },
        })
    };
    records.iter().map(one).collect()
}

/// Objects as they are written down.
pub fn recorded(filed: &[Filed]) -> Vec<FiledRecord> {
    let one = |filed: &Filed| FiledRecord {
        study: filed.study.to_string(),
        series: filed.series.to_string(),
        class: filed.reference.class.to_string(),
        instance: filed.reference.instance.to_string(),
    };
    filed.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::record::review::CorrectionsRecord;

    fn issue(version: u32) -> IssueRecord {
        let object = |instance: &str| FiledRecord {
            study: "1.2".into(),
            series: "1.2.3".into(),
            class: "1.2.840.10008.5.1.4.1.1.88.34".into(),
            instance: instance.into(),
        };
        IssueRecord {
            version,
            job: 1,
            findings_sha256: Digest::of(b"findings").to_string(),
            objects: vec![object("1.2.3.9")],
            replaces: if version > 1 { vec![object("1.2.3.8")] } else { Vec::new() },
            signed: false,
            rejected: false,
        }
    }

    fn signed(judgement: &str) -> SignedRecord {
        SignedRecord {
            judgement: judgement.into(),
            reason: "because".into(),
            notes: String::new(),
            person: String::new(),
            name: "Dr Noa Levi".into(),
            at_ms: 1_000,
            corrections: CorrectionsRecord::default(),
        }
    }

    #[track_caller]
    fn check(order: &Order, findings: &[u8], expected: (u32, &[&str])) -> Digest {
        let (edition, key) = order.edition(Digest::of(findings), "Clinic").unwrap();
        let replaces: Vec<_> =
            edition.replaces.iter().map(|filed| filed.reference.instance.as_str()).collect();
        assert_eq!((edition.version, replaces.as_slice()), expected);
        key
    }

    #[test]
    fn the_first_version_replaces_nothing_and_is_named_by_its_findings() {
        let key = check(&Order::default(), b"findings", (1, &[]));
        assert_eq!(key, Digest::of(b"findings"));
    }
    #[test]
    fn the_same_findings_again_are_the_same_version() {
        for (version, replaces) in [(1, [].as_slice()), (2, &["1.2.3.8"])] {
            let order = Order { last: Some(issue(version)), signed: None };
            let first = check(&order, b"findings", (version, replaces));
            assert_eq!(check(&order, b"findings", (version, replaces)), first);
        }
    }
    #[test]
    fn other_findings_are_the_next_version() {
        let order = Order { last: Some(issue(1)), signed: None };
        check(&order, b"others", (2, &["1.2.3.9"]));
    }
    #[test]
    fn a_signature_makes_the_next_version_of_the_same_findings() {
        let order = Order { last: Some(issue(1)), signed: Some(signed("accept")) };
        let key = check(&order, b"findings", (2, &["1.2.3.9"]));
        assert_ne!(key, Digest::of(b"findings"), "other UIDs");
    }
    #[test]
    fn what_was_signed_or_rejected_does_not_come_out_again() {
        let last = IssueRecord { signed: true, ..issue(2) };
        check(&Order { last: Some(last), signed: None }, b"findings", (3, &["1.2.3.9"]));
        let last = IssueRecord { rejected: true, ..issue(1) };
        check(&Order { last: Some(last), signed: None }, b"findings", (2, &["1.2.3.9"]));
    }
}
