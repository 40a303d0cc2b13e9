//! An assessment in one line: what a list says of a patient.

use super::{Assessment, Findings};
use crate::lesion::Lesion;
use crate::response::PERCENTAGE_OF_MIN;
use crate::timepoint::{Date, Reference};
use crate::units::{Cm3, Mm2, Percent};

/// What a list says of a patient.
#[derive(Debug, Clone, PartialEq)]
pub struct Headline {
    /// Date of the current study.
    pub date: Option<Date>,
    /// Whole tumour now.
    pub volume: Cm3,
    /// Change of the whole tumour; nothing with a single timepoint.
    pub change: Option<WholeChange>,
}

/// How the whole tumour changed since the reference.
#[derive(Debug, Clone, PartialEq)]
pub struct WholeChange {
    /// What it is compared with.
    pub versus: Reference,
    /// The difference.
    pub difference: Cm3,
    /// The same as a percentage, where the volume before allows one.
    pub percent: Option<Percent>,
    /// Half the width of what the difference may be, when each outline may lie half a voxel
    /// further in or out, the two independently of each other.
    pub noise: Cm3,
}

impl Findings {
    /// Whole volume if every outline lay half a voxel further in, and further out.
    pub fn outline(&self) -> [Cm3; 2] {
        let whole = self.volumes.whole();
        let sum = |side: usize| self.lesions.iter().map(|lesion| lesion.bounds[side].0).sum();
        if self.lesions.is_empty() {
            return [whole, whole];
        }
        [Cm3(whole.0.min(sum(0))), Cm3(whole.0.max(sum(1)))]
    }

    fn half_width(&self) -> f64 {
        let [inner, outer] = self.outline();
        (outer.0 - inner.0) / 2.
    }
}

/// How one lesion compares with itself at the reference, at one timepoint.
#[derive(Debug, Clone, PartialEq)]
pub struct LesionChange {
    /// Index of its track.
    pub track: usize,
    /// Index of the timepoint.
    pub timepoint: usize,
    /// Difference of its volume; nothing at the reference itself.
    pub difference: Option<Cm3>,
    /// The same as a percentage, where the volume before allows one.
    pub percent: Option<Percent>,
    /// Product of the diameters of its parts together; nothing when none has any.
    pub product: Option<Mm2>,
}

impl Assessment {
    /// Every lesion at every timepoint where it is seen.
    pub fn lesion_changes(&self) -> Vec<LesionChange> {
        let places = self.tracks.iter().enumerate().flat_map(|(track, followed)| {
            followed.sightings.iter().enumerate().map(move |(at, seen)| (track, at, seen))
        });
        places
            .filter(|(_, _, seen)| !seen.lesions.is_empty())
            .map(|(track, at, _)| {
                let parts = self.parts(track, at);
                let now: Cm3 = parts.iter().map(|part| part.volumes.whole()).sum();
                let then: Cm3 =
                    self.parts(track, self.reference).iter().map(|part| part.volumes.whole()).sum();
                let is_later = at != self.reference;
                let products = parts.iter().filter_map(|part| part.diameters.as_ref());
                let products: Vec<f64> = products.map(|diameters| diameters.product().0).collect();
                LesionChange {
                    track,
                    timepoint: at,
                    difference: is_later.then(|| now - then),
                    percent: Percent::change(then.0, now.0)
                        .filter(|_| is_later && then >= PERCENTAGE_OF_MIN),
                    product: (!products.is_empty()).then(|| Mm2(products.iter().sum())),
                }
            })
            .collect()
    }

    /// The parts of a track at a timepoint.
    fn parts(&self, track: usize, timepoint: usize) -> Vec<&Lesion> {
        let seen = self.tracks.get(track).and_then(|track| track.sightings.get(timepoint));
        let (Some(seen), Some(findings)) = (seen, self.timepoints.get(timepoint)) else {
            return Vec::new();
        };
        findings.lesions.iter().filter(|lesion| seen.lesions.contains(&lesion.index)).collect()
    }

    /// The assessment in one line; nothing when nothing was measured.
    pub fn headline(&self) -> Option<Headline> {
        let now = self.timepoints.last()?;
        let reference = self.timepoints.get(self.reference);
        let before = reference.filter(|_| self.reference + 1 < self.timepoints.len());
        let change = before.map(|before| {
            let (then, whole) = (before.volumes.whole(), now.volumes.whole());
            WholeChange {
                versus: self.reference_kind,
                difference: whole - then,
                percent: Percent::change(then.0, whole.0).filter(|_| then >= PERCENTAGE_OF_MIN),
                noise: Cm3(before.half_width().hypot(now.half_width())),
            }
        });
        Some(Headline { date: now.date, volume: now.volumes.whole(), change })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assessment::{ModelName, Provenance};
    use crate::digest::Digest;
    use crate::geometry::Point;
    use crate::lesion::{LesionTrack, RegionVolumes, Sighting};

    fn findings(enhancing: f64, half_width: f64) -> Findings {
        let volumes = RegionVolumes { enhancing: Cm3(enhancing), ..RegionVolumes::default() };
        let bounds = [Cm3(enhancing - half_width), Cm3(enhancing + half_width)];
        let centre = Point::new([0.; 3]);
        Findings {
            study: "1.2".parse().unwrap(),
            date: None,
            volumes,
            lesions: vec![Lesion { index: 1, volumes, bounds, diameters: None, centre }],
            ignored: (0, Cm3(0.)),
            sum_of_products_mm2: 0.,
            spacing_mm: [1.; 3],
            input_digest: Digest::of(b""),
        }
    }

    fn assessment(timepoints: Vec<Findings>) -> Assessment {
        let model =
            ModelName { name: String::new(), version: String::new(), digest: Digest::of(b"") };
        Assessment {
            timepoints,
            tracks: Vec::new(),
            reference: 0,
            reference_kind: Reference::EarliestAvailable,
            nadir: 0,
            verdicts: Vec::new(),
            doubts: Vec::new(),
            provenance: Provenance { software_version: String::new(), model, trail: Vec::new() },
        }
    }

    #[test]
    fn a_change_has_the_noise_of_both_outlines() {
        let headline = assessment(vec![findings(10., 3.), findings(12., 4.)]).headline().unwrap();
        let change = headline.change.unwrap();
        assert_eq!((change.difference, change.percent), (Cm3(2.), Some(Percent(20.))));
        assert_eq!(change.noise, Cm3(5.));
    }
    #[test]
    fn a_lesion_is_compared_with_itself_at_the_reference() {
        let mut assessment = assessment(vec![findings(10., 3.), findings(12., 4.)]);
        let sighting = || Sighting { fate: None, lesions: vec![1] };
        assessment.tracks.push(LesionTrack {
            uid: "1.2.3".parse().unwrap(),
            name: "1".into(),
            sightings: vec![sighting(), sighting()],
        });
        let changes = assessment.lesion_changes();
        assert_eq!((changes[0].difference, changes[0].percent), (None, None));
        assert_eq!(changes[1].difference, Some(Cm3(2.)));
        assert_eq!(changes[1].percent, Some(Percent(20.)));
        assert_eq!(changes[1].product, None);
    }
    #[test]
    fn a_trace_has_no_percentage() {
        let headline = assessment(vec![findings(0.05, 0.), findings(1., 0.)]).headline().unwrap();
        assert_eq!(headline.change.unwrap().percent, None);
    }
    #[test]
    fn one_timepoint_has_not_changed() {
        assert_eq!(assessment(vec![findings(1., 0.)]).headline().unwrap().change, None);
        assert_eq!(assessment(Vec::new()).headline(), None);
    }
}
