//! Which components of a network's answer are believed, and why the others are not.

use crate::segment::Stack;
use interval_core::geometry::{Lps, Point};
use interval_core::units::Cm3;
use interval_core::volume::{LabelMap, Volume};
use interval_imaging::components::{self, Connectivity};
use serde::Deserialize;
use std::fmt;

/// What a component needs to be believed. A site sets it in the card of a model.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Filter {
    /// Smallest volume in cm3.
    pub volume_min_cm3: f64,
    /// The network must be this sure of at least one voxel.
    pub peak_probability_min: f32,
    /// The network must be this sure of the component as a whole.
    pub mean_probability_min: f32,
}

impl Default for Filter {
    fn default() -> Self {
        Self { volume_min_cm3: 0.1, peak_probability_min: 0., mean_probability_min: 0. }
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

/// Why a component was not believed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Why {
    /// Below the smallest volume.
    Small,
    /// No voxel of which the network is sure; the largest probability.
    NeverSure(f32),
    /// The network is not sure of it as a whole; the mean probability.
    Unsure(f32),
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Why::Small => f.write_str("smaller than the detection floor"),
            Why::NeverSure(p) => write!(f, "nowhere more probable than {p:.2}"),
            Why::Unsure(p) => write!(f, "on average only {p:.2} probable"),
        }
    }
}

/// What is known of one component.
#[derive(Debug, Clone, Copy, Default)]
struct Evidence {
    voxels: usize,
    peak: f32,
    sum: f64,
    centre: [f64; 3],
}

/// Removes the components that are not believed from the label map, and says which.
pub fn filter(
    labels: &mut LabelMap,
    probability: &Volume<f32>,
    _stack: &Stack,
    rule: &Filter,
) -> Vec<DroppedComponent> {
    let grid = *labels.grid();
    let found = components::label(&labels.map(|label| *label != 0), Connectivity::TwentySix);
    let mut evidence = vec![Evidence::default(); found.sizes.len()];
    for (at, &label) in found.labels.voxels().iter().enumerate().filter(|(_, l)| **l != 0) {
        let this = &mut evidence[label as usize - 1];
        let p = probability.voxels()[at];
        this.voxels += 1;
        this.peak = this.peak.max(p);
        this.sum += f64::from(p);
        for (sum, index) in this.centre.iter_mut().zip(grid.index(at)) {
            *sum += index as f64;
        }
    }
    let mut dropped = Vec::new();
    let mut kept = vec![true; evidence.len()];
    for (this, kept) in evidence.iter().zip(&mut kept) {
        let volume = grid.voxel_volume() * this.voxels as f64;
        let mean = (this.sum / this.voxels as f64) as f32;
        let why = if volume.0 < rule.volume_min_cm3 {
            Why::Small
        } else if this.peak < rule.peak_probability_min {
            Why::NeverSure(this.peak)
        } else if mean < rule.mean_probability_min {
            Why::Unsure(mean)
        } else {
            continue;
        };
        *kept = false;
        let middle = this.centre.map(|sum| sum / this.voxels as f64);
        dropped.push(DroppedComponent {
            volume,
            centre: grid.to_lps.apply(Point::new(middle)),
            why,
        });
    }
    for (label, &component) in labels.voxels_mut().iter_mut().zip(found.labels.voxels()) {
        if component != 0 && !kept[component as usize - 1] {
            *label = 0;
        }
    }
    dropped
}
