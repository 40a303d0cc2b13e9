//! Which components of a network's answer are believed, and why the others are not.
//!
//! Networks that were trained on tumours only see some in the cerebellum and the temporal tips
//! too. They are less sure of those, and sure of no voxel in long stretches; but uncertain voxels
//! may bridge a false component to a true one. So two steps: what lies far from every sure voxel
//! is cut off, and each part that is left must be probable as a whole. Never is "the largest" kept
//! and the rest thrown away: the rest may be a metastasis.

use interval_core::geometry::{Grid, Lps, Point};
use interval_core::units::{Cm3, Mm};
use interval_core::volume::{LabelMap, Mask, Volume};
use interval_imaging::components::{self, Components, Connectivity};
use interval_imaging::morphology;
use serde::Deserialize;
use std::fmt;

/// What a component needs to be believed. The card of a model says it.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Filter {
    /// Smallest volume in cm3.
    pub volume_min_cm3: f64,
    /// The network must be this sure of at least one voxel.
    pub peak_probability_min: f32,
    /// The network must be this sure of the component as a whole.
    pub mean_probability_min: f32,
    /// Each voxel must lie near a sure one; nothing where that is not asked.
    pub near: Option<Near>,
}

/// Near which voxels the others must lie.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Near {
    /// A voxel this probable is sure. It counts when half of the smallest volume is.
    pub probability: f32,
    /// How far the others may be, in mm.
    pub reach_mm: f64,
}

impl Default for Filter {
    /// The detection floor alone.
    fn default() -> Self {
        Self { volume_min_cm3: 0.1, peak_probability_min: 0., mean_probability_min: 0., near: None }
    }
}

/// A component that was not believed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DroppedComponent {
    /// Its volume.
    pub volume: Cm3,
    /// Its centre of mass.
    pub centre: Point<Lps>,
    /// Why.
    pub why: Why,
}

/// Why a component was not believed. Its `Display` is a clause for a person.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Why {
    /// Below the smallest volume.
    Small,
    /// No sure voxel within reach; the largest probability.
    Remote(f32),
    /// No voxel of which the network is sure enough; the largest probability.
    NeverSure(f32),
    /// The network is not sure of it as a whole; the mean probability.
    Unsure(f32),
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Why::Small => f.write_str("smaller than the detection floor"),
            Why::Remote(p) => write!(f, "away from every sure voxel, at most {p:.2} probable"),
            Why::NeverSure(p) => write!(f, "nowhere more than {p:.2} probable"),
            Why::Unsure(p) => write!(f, "on average only {p:.2} probable"),
        }
    }
}

/// Removes what is not believed from a label map, and says what it was, the largest first.
/// `probability` says how probable any label is.
pub fn filter(
    labels: &mut LabelMap,
    probability: &Volume<f32>,
    rule: &Filter,
) -> Vec<DroppedComponent> {
    let all = labels.map(|label| *label != 0);
    let near = match &rule.near {
        Some(near) => near_sure_voxels(&all, probability, near, rule.volume_min_cm3),
        None => all.clone(),
    };
    let far = Volume::from_fn(*all.grid(), |at| all.voxels()[at] && !near.voxels()[at]);
    let mut dropped = Vec::new();
    for (mask, is_near) in [(near, true), (far, false)] {
        let parts = Parts::new(&mask, probability);
        let reasons: Vec<Option<Why>> = parts
            .evidence
            .iter()
            .map(|part| if is_near { rule.objection(part) } else { Some(part.remote(rule)) })
            .collect();
        for (part, why) in parts.evidence.iter().zip(&reasons) {
            let (volume, centre) = (part.volume, part.centre);
            dropped.extend(why.map(|why| DroppedComponent { volume, centre, why }));
        }
        for (label, &part) in labels.voxels_mut().iter_mut().zip(parts.components.labels.voxels()) {
            if part != 0 && reasons[part as usize - 1].is_some() {
                *label = 0;
            }
        }
    }
    dropped.sort_by(|a, b| b.volume.0.total_cmp(&a.volume.0));
    dropped
}

impl Filter {
    /// Why a component is not believed; nothing when it is.
    fn objection(&self, part: &Evidence) -> Option<Why> {
        if part.volume.0 < self.volume_min_cm3 {
            Some(Why::Small)
        } else if part.peak < self.peak_probability_min {
            Some(Why::NeverSure(part.peak))
        } else if part.mean < self.mean_probability_min {
            Some(Why::Unsure(part.mean))
        } else {
            None
        }
    }
}

/// The voxels within reach of a group of sure ones.
fn near_sure_voxels(
    all: &Mask,
    probability: &Volume<f32>,
    near: &Near,
    volume_min_cm3: f64,
) -> Mask {
    let grid = *all.grid();
    let sure = Volume::from_fn(grid, |at| {
        all.voxels()[at] && probability.voxels()[at] >= near.probability
    });
    let voxels_min = volume_min_cm3 / 2. / grid.voxel_volume().0;
    let groups = components::label(&sure, Connectivity::TwentySix);
    let groups = groups.keep(|_, voxels| voxels as f64 >= voxels_min);
    let reached = morphology::dilate_mm(&groups, Mm(near.reach_mm));
    Volume::from_fn(grid, |at| all.voxels()[at] && reached.voxels()[at])
}

/// What is known of one component.
#[derive(Debug, Clone, Copy)]
struct Evidence {
    volume: Cm3,
    centre: Point<Lps>,
    peak: f32,
    mean: f32,
}

impl Evidence {
    fn remote(&self, rule: &Filter) -> Why {
        if self.volume.0 < rule.volume_min_cm3 { Why::Small } else { Why::Remote(self.peak) }
    }
}

/// The components of a mask with their evidence.
struct Parts {
    components: Components,
    evidence: Vec<Evidence>,
}

impl Parts {
    fn new(mask: &Mask, probability: &Volume<f32>) -> Self {
        let components = components::label(mask, Connectivity::TwentySix);
        let mut sums = vec![Sums::default(); components.sizes.len()];
        let grid = mask.grid();
        for (at, &part) in components.labels.voxels().iter().enumerate() {
            if part != 0 {
                sums[part as usize - 1].add(grid, at, probability.voxels()[at]);
            }
        }
        let evidence =
            sums.iter().zip(&components.sizes).map(|(sums, &n)| sums.evidence(grid, n)).collect();
        Self { components, evidence }
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    index: [f64; 3],
    probability: f64,
    peak: f32,
}

impl Sums {
    fn add(&mut self, grid: &Grid, at: usize, probability: f32) {
        self.peak = self.peak.max(probability);
        self.probability += f64::from(probability);
        for (sum, index) in self.index.iter_mut().zip(grid.index(at)) {
            *sum += index as f64;
        }
    }

    fn evidence(&self, grid: &Grid, voxels: usize) -> Evidence {
        let voxels = voxels as f64;
        Evidence {
            volume: grid.voxel_volume() * voxels,
            centre: grid.to_lps.apply(Point::new(self.index.map(|sum| sum / voxels))),
            peak: self.peak,
            mean: (self.probability / voxels) as f32,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use interval_core::geometry::Transform;

    const RULE: Filter = Filter {
        volume_min_cm3: 0.1,
        peak_probability_min: 0.8,
        mean_probability_min: 0.85,
        near: Some(Near { probability: 0.9, reach_mm: 4. }),
    };

    /// A row of voxels of 2x2x2 mm (8 mm3), 10 voxels wide and 10 deep at every place along it:
    /// one place has 0.8 cm3.
    fn row(probabilities: &[f32]) -> (LabelMap, Volume<f32>) {
        let to_lps = Transform::new([[2., 0., 0., 0.], [0., 2., 0., 0.], [0., 0., 2., 0.]]);
        let grid = Grid { shape: [probabilities.len(), 10, 10], to_lps };
        let probability = Volume::from_fn(grid, |at| probabilities[grid.index(at)[0]]);
        (probability.map(|p| u8::from(*p > 0.5) * 2), probability)
    }

    #[track_caller]
    fn check(probabilities: &[f32], rule: Filter, kept: &[usize], dropped: &[Why]) {
        let (mut labels, probability) = row(probabilities);
        let found = filter(&mut labels, &probability, &rule);
        let places = (0..probabilities.len()).filter(|&i| labels.at([i, 0, 0]) != 0);
        assert_eq!(places.collect::<Vec<_>>(), kept);
        assert_eq!(found.iter().map(|d| d.why).collect::<Vec<_>>(), dropped);
    }

    #[test]
    fn two_sure_lesions_stay_whatever_their_size() {
        check(&[0.99, 0., 0., 0.99, 0.98, 0.99], RULE, &[0, 3, 4, 5], &[]);
    }
    #[test]
    fn a_component_that_is_unsure_as_a_whole_goes() {
        let loose = Filter { near: None, ..RULE };
        check(&[0.99, 0., 0.7, 0.7, 0.95], loose, &[0], &[Why::Unsure(2.35 / 3.)]);
        check(&[0.7, 0.75, 0., 1.], loose, &[3], &[Why::NeverSure(0.75)]);
    }
    #[test]
    fn an_unsure_bridge_is_cut_and_does_not_drag_the_lesion_down() {
        // Two places within 4 mm of the sure ones stay; what follows is cut off.
        let bridged = [1., 1., 1., 0.8, 0.8, 0.6, 0.6, 0.6, 0.6];
        check(&bridged, RULE, &[0, 1, 2, 3, 4], &[Why::Remote(0.6)]);
    }
    #[test]
    fn the_detection_floor_counts_volume_not_voxels() {
        let small = Filter { volume_min_cm3: 1., ..RULE };
        check(&[1., 0., 1., 1.], small, &[2, 3], &[Why::Small]);
    }
    #[test]
    fn what_was_dropped_is_named_with_its_place() {
        let (mut labels, probability) = row(&[1., 1., 0., 0.6]);
        let found = filter(&mut labels, &probability, &RULE);
        assert_eq!(found.len(), 1);
        assert!((found[0].volume.0 - 0.8).abs() < 1e-9);
        assert!(found[0].centre.distance(&Point::new([6., 9., 9.])).0 < 1e-9);
    }
    #[test]
    fn nothing_found_is_nothing_dropped() {
        check(&[0.1, 0.2], RULE, &[], &[]);
    }
}
