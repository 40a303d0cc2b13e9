//! The borders between the regions of a tumour, redrawn by what the tissue on both sides looks
//! like.
//!
//! A network that computes at 1.5 mm and was trained on soft borders paints a shell of
//! non-enhancing core between an enhancing rim and the oedema, one of its voxels thick: a third of
//! the core of a usual ring. Deep inside its regions it is right. So the mean and variance of each
//! sequence are taken from there, and each voxel near a border goes to the region that it looks
//! like (a Gaussian classifier with diagonal covariance, fitted to the lesion itself). A region that
//! is nowhere thick enough to be seen has no look of its own: its voxels go to the others. The
//! outline of the whole tumour stays.

mod fit;
#[cfg(test)]
mod tests;

use crate::components::{self, Connectivity};
use crate::distance;
use crate::normalise::{self, Spread};
use fit::{Fit, Look};
use interval_core::geometry::Grid;
use interval_core::lesion::Region;
use interval_core::units::{Cm3, Mm};
use interval_core::volume::{LabelMap, Mask, Volume};

/// The regions whose borders are redrawn, from the outside in.
const REGIONS: [Region; 3] =
    [Region::FlairHyperintensity, Region::NonEnhancingCore, Region::Enhancing];

/// Place of the non-enhancing core among them.
const CORE: usize = 1;

/// Rounds: after each the borders lie elsewhere, and what is deep inside is known better.
const ROUNDS: usize = 2;

/// Lesions below this are left as they are: nothing of them is deep inside.
const VOLUME_MIN: Cm3 = Cm3(0.2);

/// Margin around a lesion, so that smoothing does not feel the edge of the box.
const MARGIN_MM: f64 = 8.;

/// A voxel whose score is worse than this in every sequence is an outlier, and counts no more.
const SCORE_MIN: f32 = -40.;

/// Deviation over which scores are smoothed: single voxels are noise.
const SMOOTHING_MM: f64 = 0.6;

/// Redraws the borders inside each connected lesion of a label map (`Region::label`). The channels
/// lie on its grid; `brain` is where their values mean something; `reach` says how far from a
/// border a voxel may change sides in one round.
pub fn redraw(labels: &mut LabelMap, channels: &[&Volume<f32>], brain: &Mask, reach: Mm) {
    let grid = *labels.grid();
    let spreads: Option<Vec<Spread>> =
        channels.iter().map(|channel| normalise::spread(channel, brain)).collect();
    // Without a brain nothing means anything.
    let Some(spreads) = spreads else { return };
    let images = Images { channels, spreads: &spreads, brain };
    let whole = labels.map(|label| REGIONS.iter().any(|region| region.label() == *label));
    let lesions = components::label(&whole, Connectivity::TwentySix);
    for (number, voxels) in (1..).zip(&lesions.sizes) {
        if grid.voxel_volume().0 * *voxels as f64 >= VOLUME_MIN.0 {
            let part = Part::around(number, &lesions.labels, (labels, &images));
            part.redrawn(reach).paint(labels);
        }
    }
}

/// The channels, in deviations of their own over the brain.
struct Images<'a> {
    channels: &'a [&'a Volume<f32>],
    spreads: &'a [Spread],
    brain: &'a Mask,
}

impl Images<'_> {
    /// The values of a voxel; outside the brain they are 0.
    fn at(&self, voxel: usize) -> impl Iterator<Item = f32> {
        let inside = self.brain.voxels()[voxel];
        self.channels.iter().zip(self.spreads).map(move |(channel, spread)| {
            if inside { spread.score(channel.voxels()[voxel]) } else { 0. }
        })
    }
}

/// One lesion in its box. Labels are places in [`REGIONS`]; nothing outside the lesion.
struct Part {
    whole: Grid,
    first: [usize; 3],
    shape: [usize; 3],
    spacing: [f64; 3],
    labels: Vec<Option<usize>>,
    channels: Vec<Vec<f32>>,
}

impl Part {
    fn around(number: u32, lesions: &Volume<u32>, (labels, images): (&LabelMap, &Images)) -> Self {
        let whole = *lesions.grid();
        let spacing = whole.spacing_mm();
        let (mut low, mut high) = (whole.shape, [0; 3]);
        for (at, _) in lesions.voxels().iter().enumerate().filter(|(_, found)| **found == number) {
            for (axis, place) in whole.index(at).into_iter().enumerate() {
                low[axis] = low[axis].min(place);
                high[axis] = high[axis].max(place);
            }
        }
        let margin = spacing.map(|step| (MARGIN_MM / step).ceil() as usize);
        let first = [0, 1, 2].map(|axis| low[axis].saturating_sub(margin[axis]));
        let shape = [0, 1, 2]
            .map(|axis| (high[axis] + margin[axis]).min(whole.shape[axis] - 1) + 1 - first[axis]);
        let len = shape.iter().product();
        let mut part = Self {
            whole,
            first,
            shape,
            spacing,
            labels: Vec::with_capacity(len),
            channels: vec![Vec::with_capacity(len); images.channels.len()],
        };
        for inner in 0..len {
            let at = part.outer(inner);
            let place = REGIONS.iter().position(|region| region.label() == labels.voxels()[at]);
            part.labels.push(place.filter(|_| lesions.voxels()[at] == number));
            for (values, value) in part.channels.iter_mut().zip(images.at(at)) {
                values.push(value);
            }
        }
        part
    }

    /// Where a voxel of the box lies in the whole grid.
    fn outer(&self, inner: usize) -> usize {
        let [ni, nj, _] = self.shape;
        let index = [inner % ni, inner / ni % nj, inner / (ni * nj)];
        self.whole.offset([0, 1, 2].map(|axis| self.first[axis] + index[axis]))
    }

    fn paint(&self, labels: &mut LabelMap) {
        for (inner, place) in self.labels.iter().enumerate() {
            if let Some(place) = place {
                labels.voxels_mut()[self.outer(inner)] = REGIONS[*place].label();
            }
        }
    }

    fn redrawn(mut self, reach: Mm) -> Self {
        for _ in 0..ROUNDS {
            self.round(reach.0 as f32);
        }
        self
    }

    /// How far each voxel is from a region, in mm; infinite where the lesion has none of it.
    fn distance_to(&self, region: usize) -> Vec<f32> {
        let seeds = |at: usize| self.labels[at] == Some(region);
        let field = distance::field(self.shape, self.spacing, seeds);
        field.squared.iter().map(|squared| squared.sqrt()).collect()
    }

    fn round(&mut self, reach: f32) {
        let fit = Fit { shape: self.shape, spacing: self.spacing, channels: &self.channels };
        let away: Vec<Vec<f32>> = (0..REGIONS.len()).map(|r| self.distance_to(r)).collect();
        let looks: Vec<Look> =
            (0..REGIONS.len()).map(|region| fit.look(&self.labels, region, reach)).collect();
        // A shell of core gives way; a rim or an oedema that is too thin to be judged stays.
        let shell = looks[CORE].is_unseen() && looks.iter().any(|look| !look.is_unseen());
        let known = looks.iter().filter_map(|look| match look {
            Look::Seen(inside) => Some(inside),
            Look::Unseen => None,
        });
        let common = fit.common_variances(known);
        let gives_way = |own: Option<usize>| shell && own == Some(CORE);
        let labels = self.labels.clone();
        let within = |region: usize, at: usize| {
            labels[at] == Some(region) || gives_way(labels[at]) || away[region][at] <= reach
        };
        let scores: Vec<Option<Vec<f32>>> = looks
            .into_iter()
            .enumerate()
            .map(|(region, look)| self.score((&fit, &common), look, |at| within(region, at)))
            .collect();
        for (at, label) in self.labels.iter_mut().enumerate() {
            let Some(own) = labels[at] else { continue };
            if scores[own].is_none() && !gives_way(labels[at]) {
                continue;
            }
            let best = (0..REGIONS.len())
                .filter(|region| within(*region, at))
                .filter_map(|region| Some((region, scores[region].as_ref()?[at])))
                .max_by(|(_, a), (_, b)| a.total_cmp(b));
            *label = best.map_or(Some(own), |(region, _)| Some(region));
        }
    }

    /// How well voxels fit to a region, smoothed; what is out of its reach fits badly, so that the
    /// border moves the less the further it is from where the network drew it.
    fn score(
        &self,
        (fit, common): (&Fit, &[f32]),
        look: Look,
        within: impl Fn(usize) -> bool,
    ) -> Option<Vec<f32>> {
        let Look::Seen(inside) = look else { return None };
        let mut score = fit.score(&inside, common);
        for (at, value) in score.iter_mut().enumerate() {
            *value = if within(at) { value.max(SCORE_MIN) } else { SCORE_MIN };
        }
        crate::blur::narrow(self.shape, self.spacing, SMOOTHING_MM, &mut score);
        Some(score)
    }
}
