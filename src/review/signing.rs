//! From a draft to a signature: what counts in the end, and the names that lesions keep.

use super::outlines::Outlines;
use super::{Desk, ReviewError, as_found, lesion_called, regroups};
use crate::pipeline::review::Corrections;
use crate::store::artefact::Artefact;
use crate::store::record::review::{CorrectionsRecord, DraftRecord, MeasuredRecord, SignedRecord};
use crate::store::record::{AssessmentRecord, DiametersRecord};
use crate::store::review::{Review, Signing};
use crate::store::tracking::Named;
use interval_core::digest::Digest;
use interval_core::review::Judgement;
use interval_core::uid::StudyUid;
use std::time::SystemTime;

/// What is said of the whole result.
#[derive(Debug, Clone)]
pub struct Said {
    /// Accepted, amended or rejected.
    pub judgement: Judgement,
    /// Why.
    pub reason: String,
    /// Who says so, for people.
    pub name: String,
}

/// What the corrections of a draft come to.
struct Sum {
    corrections: CorrectionsRecord,
    labels: Option<crate::store::blobs::Stored>,
    names: Vec<Named>,
}

impl Desk<'_> {
    /// Signs the result as the draft has it, and opens the job that makes it anew.
    pub async fn sign(
        &self,
        said: Said,
        assessment: &AssessmentRecord,
        now: SystemTime,
    ) -> Result<Review, ReviewError> {
        let draft = self.review.record.draft.clone().unwrap_or_default();
        if !said.judgement.fits(draft.weight()) {
            return Err(ReviewError::Draft(match said.judgement {
                Judgement::Accept => "the draft has corrections: it is amended, not accepted",
                _ => "the draft has no corrections: it is accepted, not amended",
            }));
        }
        let sum = match said.judgement {
            Judgement::Amend => self.sum(&draft, assessment).await?,
            Judgement::Accept | Judgement::Reject => {
                Sum { corrections: CorrectionsRecord::default(), labels: None, names: Vec::new() }
            }
        };
        let signed = SignedRecord {
            judgement: said.judgement.as_str().into(),
            reason: said.reason,
            notes: draft.notes.clone(),
            person: String::new(),
            name: said.name,
            at_ms: 0,
            corrections: sum.corrections,
        };
        let made: Vec<_> = sum.labels.iter().map(|stored| stored.object.id).collect();
        let signing = Signing { signed, labels: sum.labels, names: sum.names };
        let seen = (&self.review.study, self.review.revision);
        let done = self.store.sign_review(self.grant, seen, signing, now).await;
        if done.is_err() {
            self.store.forget_objects(&made);
        }
        Ok(done?)
    }

    /// Everything that differs from what a machine finds: of this draft, and of the signature
    /// before it.
    async fn sum(
        &self,
        draft: &DraftRecord,
        assessment: &AssessmentRecord,
    ) -> Result<Sum, ReviewError> {
        let (labels, regroup, measured) = if let Some(step) = draft.step() {
            (self.kept(step.place).await?, step.regroup.clone(), step.measured.clone())
        } else {
            let basis = self.review.record.basis.as_ref();
            let regroup = basis.map(|basis| basis.regroup.clone()).unwrap_or_default();
            (self.found().await?, regroup, as_found(assessment))
        };
        let gone = draft.lesions.iter().filter(|l| l.decision == Judgement::Reject.as_str());
        let gone = gone.map(|lesion| lesion_called(&measured, &lesion.track));
        let gone = gone.collect::<Result<Vec<_>, _>>()?;
        let was_hand = self.hand_labels();
        let is_touched = draft.is_edited() || !gone.is_empty() || !regroup.is_empty() || was_hand;
        let mut sum = Sum {
            corrections: CorrectionsRecord { done: done(draft, &measured), ..Default::default() },
            labels: None,
            names: Vec::new(),
        };
        let mut last = measured.clone();
        if is_touched {
            let study = self.review.study.clone();
            let (made, after) = self
                .off(move |store| {
                    touched(store, (&labels, &regroups(&regroup)), (&measured, &gone), study)
                })
                .await?;
            sum.corrections.regroup = made.regroup;
            sum.corrections.labels_sha256 = Some(made.stored.digest.to_string());
            (sum.labels, sum.names) = (Some(made.stored), made.names);
            last = after;
        }
        sum.corrections.diameters = self.diameters(draft, &last, assessment);
        Ok(sum)
    }

    /// Whether the version that is out was measured on outlines that a human had corrected.
    fn hand_labels(&self) -> bool {
        let signed = self.review.record.signed.as_ref();
        self.review.state.is_signed()
            && signed.is_some_and(|signed| signed.corrections.labels_sha256.is_some())
    }

    /// The diameters that were drawn: in this draft, or before on a lesion that is as it was.
    fn diameters(
        &self,
        draft: &DraftRecord,
        last: &MeasuredRecord,
        assessment: &AssessmentRecord,
    ) -> Vec<(u8, DiametersRecord)> {
        let mut diameters = Vec::new();
        let found = as_found(assessment);
        let signed = self.review.record.signed.as_ref().filter(|_| self.review.state.is_signed());
        for (index, before) in signed.iter().flat_map(|signed| &signed.corrections.diameters) {
            let then = found.lesions.iter().find(|then| then.lesion.index == *index);
            let same = then.and_then(|then| {
                last.lesions.iter().find(|now| {
                    now.track == then.track && now.lesion.volumes_cm3 == then.lesion.volumes_cm3
                })
            });
            diameters.extend(same.map(|now| (now.lesion.index, before.clone())));
        }
        for drawn in &draft.diameters {
            // Of a lesion that is none any more nothing is measured.
            if let Ok(index) = lesion_called(last, &drawn.track) {
                diameters.retain(|(known, _)| *known != index);
                diameters.push((index, drawn.diameters.clone()));
            }
        }
        diameters
    }
}

/// Outlines that were touched, safe on the disk.
struct Touched {
    stored: crate::store::blobs::Stored,
    regroup: Vec<crate::store::record::review::RegroupRecord>,
    names: Vec<Named>,
}

fn touched(
    store: &crate::store::Store,
    (labels, regroup): (&Artefact, &[interval_core::review::Regroup]),
    (measured, gone): (&MeasuredRecord, &[u8]),
    study: StudyUid,
) -> Result<(Touched, MeasuredRecord), ReviewError> {
    let before = Outlines::of(super::outlines::read(store, labels)?, regroup.to_vec());
    let after = before.without(gone);
    let last = after.measured((&before, measured));
    let stored = after.put(store)?;
    let names = named(&last, (study, stored.digest), &after.regroup)?;
    let regroup = after.regroup.iter().map(Into::into).collect();
    Ok((Touched { stored, regroup, names }, last))
}

/// The names that lesions keep in the corrected segmentation.
fn named(
    measured: &MeasuredRecord,
    (study, digest): (StudyUid, Digest),
    regroup: &[interval_core::review::Regroup],
) -> Result<Vec<Named>, ReviewError> {
    let segmentation = Corrections::key(digest, regroup);
    let mut names = Vec::new();
    for lesion in &measured.lesions {
        let Some(track) = &lesion.track else { continue };
        let uid = track.parse().map_err(crate::store::corrupt("review"))?;
        let (study, lesion) = (study.clone(), lesion.lesion.index);
        names.push(Named { study, lesion, segmentation, uid });
    }
    Ok(names)
}

/// What was done, a sentence each.
fn done(draft: &DraftRecord, measured: &MeasuredRecord) -> Vec<String> {
    let mut done: Vec<String> = Vec::new();
    if draft.is_edited() {
        let steps = draft.steps.iter().take(draft.cursor + 1).skip(1);
        let names: Vec<&str> = steps.map(|step| step.name.as_str()).collect();
        done.push(format!("outlines ({})", names.join(", ")));
    }
    let name = |track: &str| -> String {
        let number = lesion_called(measured, track).ok();
        let found = measured.lesions.iter().find(|of| Some(of.lesion.index) == number);
        found.map(|found| found.name.clone()).unwrap_or_default()
    };
    for word in draft.lesions.iter().filter(|word| word.decision == Judgement::Reject.as_str()) {
        let why =
            if word.reason.is_empty() { String::new() } else { format!(" ({})", word.reason) };
        done.push(format!("lesion {} rejected{why}", name(&word.track)));
    }
    for drawn in &draft.diameters {
        done.push(format!("diameters of lesion {} drawn", name(&drawn.track)));
    }
    done
}
