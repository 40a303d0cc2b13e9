//! The evaluator: may this result leave without a human? It checks what was measured for what
//! cannot be, and what was written against what was meant.

use super::steps::shown;
use interval_core::assessment::{Assessment, Decider, Decision, Doubt, Findings};
use interval_core::lesion::Region;
use interval_core::stage::Stage;
use interval_core::volume::LabelMap;
use interval_iod::seg::{self, Segment};

/// Largest plausible whole tumour. The brain has about 1,200 to 1,500 cm3; a tumour with oedema
/// of a fifth of it is already at the edge of what is survived.
const WHOLE_TUMOUR_CM3_MAX: f64 = 350.;

/// Largest plausible growth of the enhancing volume between two studies, as a factor, once both
/// are above [`JUMP_FLOOR_CM3`].
const JUMP_FACTOR_MAX: f64 = 20.;

/// Below this a factor says nothing.
const JUMP_FLOOR_CM3: f64 = 0.5;

/// Most lesions that are believed: more are noise of a segmentation that went wrong.
const LESIONS_MAX: usize = 40;

/// Adds to an assessment what makes it implausible, and writes the verdict into its trail.
pub fn weigh(assessment: &mut Assessment) {
    let mut doubts = Vec::new();
    for findings in &assessment.timepoints {
        doubts.extend(size(findings));
    }
    for pair in assessment.timepoints.windows(2) {
        doubts.extend(jump(&pair[0], &pair[1]));
    }
    let what = if doubts.is_empty() { "the numbers are plausible" } else { "a human should look" };
    let why = if doubts.is_empty() {
        format!(
            "whole tumour under {WHOLE_TUMOUR_CM3_MAX} cm3, at most {LESIONS_MAX} lesions, \
             no jump over {JUMP_FACTOR_MAX} times"
        )
    } else {
        doubts.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
    };
    assessment.provenance.trail.push(Decision {
        stage: Stage::Assess,
        by: Decider::Evaluator,
        what: what.into(),
        why,
    });
    assessment.doubts.extend(doubts);
}

fn size(findings: &Findings) -> Option<Doubt> {
    let date = findings.date.map_or_else(|| "an unknown date".into(), |date| date.to_string());
    let whole = findings.volumes.whole();
    if whole.0 > WHOLE_TUMOUR_CM3_MAX {
        return Some(Doubt::Implausible(format!("{whole} cm3 of tumour in the study of {date}")));
    }
    let lesions = findings.lesions.len();
    (lesions > LESIONS_MAX)
        .then(|| Doubt::Implausible(format!("{lesions} lesions in the study of {date}")))
}

fn jump(before: &Findings, after: &Findings) -> Option<Doubt> {
    let (then, now) = (before.volumes.enhancing.0, after.volumes.enhancing.0);
    let both = then > JUMP_FLOOR_CM3 && now > JUMP_FLOOR_CM3;
    (both && now.max(then) / now.min(then) > JUMP_FACTOR_MAX).then(|| {
        Doubt::Implausible(format!("enhancing volume went from {then:.2} to {now:.2} cm3"))
    })
}

/// Reads a segmentation back from its own bytes and compares every segment, voxel by voxel in
/// patient space, with the maps it was written from.
pub fn check_segmentation(
    bytes: &[u8],
    segments: &[Segment<'_>],
    (labels, lesions): (&LabelMap, &LabelMap),
    parts: &[(Region, Vec<u8>)],
) -> Option<Doubt> {
    let mismatch = |what: String| Some(Doubt::ObjectMismatch(what));
    let read = match seg::read(bytes) {
        Ok(read) => read,
        Err(error) => return mismatch(format!("the segmentation cannot be read back: {error}")),
    };
    if read.segments.len() != segments.len() {
        return mismatch("the segmentation has another number of segments".into());
    }
    for ((found, meant), (region, parts)) in read.segments.iter().zip(segments).zip(parts) {
        if found.tracking_uid.as_ref() != Some(&meant.tracking_uid) {
            return mismatch(format!("segment {} has another tracking UID", meant.label));
        }
        let mask = match read.mask_on(found, labels.grid()) {
            Ok(mask) => mask,
            Err(error) => return mismatch(format!("segment {}: {error}", meant.label)),
        };
        let same = mask.voxels().iter().enumerate().all(|(at, inside)| {
            let wanted =
                labels.voxels()[at] == region.label() && parts.contains(&lesions.voxels()[at]);
            *inside == wanted
        });
        if !same {
            return mismatch(format!("segment {} is not the mask it was made from", meant.label));
        }
    }
    None
}

/// The decision for the trail after the objects were checked.
pub fn passed(segments: usize, date: &str) -> Decision {
    Decision {
        stage: Stage::Author,
        by: Decider::Evaluator,
        what: "the result may leave as preliminary".into(),
        why: format!(
            "{segments} segments of the study of {} were read back and equal their masks",
            shown(date)
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use interval_core::digest::Digest;
    use interval_core::lesion::RegionVolumes;
    use interval_core::units::Cm3;

    fn findings(enhancing: f64, oedema: f64) -> Findings {
        Findings {
            study: "1.2".parse().unwrap(),
            date: None,
            volumes: RegionVolumes {
                enhancing: Cm3(enhancing),
                flair_hyperintensity: Cm3(oedema),
                ..Default::default()
            },
            lesions: Vec::new(),
            ignored: (0, Cm3(0.)),
            sum_of_products_mm2: 0.,
            spacing_mm: [1.; 3],
            input_digest: Digest::of(b""),
        }
    }

    #[test]
    fn a_third_of_a_litre_of_tumour_is_not_believed() {
        assert_eq!(size(&findings(50., 299.)), None);
        assert!(size(&findings(50., 301.)).is_some_and(|doubt| doubt.holds()));
    }
    #[test]
    fn a_jump_is_not_believed_unless_it_starts_from_next_to_nothing() {
        assert_eq!(jump(&findings(0.4, 0.), &findings(30., 0.)), None);
        assert_eq!(jump(&findings(1., 0.), &findings(19., 0.)), None);
        assert!(jump(&findings(1., 0.), &findings(21., 0.)).is_some());
        assert!(jump(&findings(21., 0.), &findings(1., 0.)).is_some());
    }
}
