//! From the head and its lesions to the slices of one series.

use super::head::Head;
use super::lesion::Lesion;
use super::random::{Normal, Random};
use super::tissue::{Brightness, NECROSIS, OEDEMA, RIM};
use crate::geometry::{Grid, Lps, Transform, Voxel};
use crate::lesion::Region;

/// Stored value of white matter before gain and bias, by sequence: T2 and FLAIR leave room for
/// fluid and oedema within 12 bits.
const WHITE_LEVEL: [f32; 4] = [900., 850., 520., 640.];
/// Standard deviation of the noise in each of the two receiver channels, as a share of white
/// matter.
const NOISE: f32 = 0.02;
/// Largest stored value, as of a 12-bit scanner.
pub(super) const VALUE_MAX: f32 = 4095.;
/// Largest step between samples through a slice, in mm.
const SAMPLE_MM: f64 = 1.2;
/// Samples of a lesion along each axis of a voxel that its surface cuts.
const LESION_SAMPLES: usize = 3;

/// One series as it is to be rendered.
pub(super) struct Scene<'a> {
    pub head: &'a Head,
    pub lesions: &'a [Lesion],
    pub grid: Grid,
    /// Voxel indices to head coordinates.
    pub to_head: Transform<Voxel, Lps>,
    /// Position of the sequence in [`WHITE_LEVEL`].
    pub sequence: usize,
    /// Seeds noise, gain and bias of this series.
    pub seed: u64,
}

impl Scene<'_> {
    /// The stored values of one slice, `i` running fastest.
    pub fn slice(&self, k: usize, normal: &Normal) -> Vec<f32> {
        let [ni, nj, _] = self.grid.shape;
        let mut clean = self.healthy(k);
        for lesion in self.lesions {
            self.lay(lesion, k, &mut clean);
        }
        let mut random = Random::new(&[self.seed, k as u64, 0x4e4f_4953]);
        let shading = Shading::new(self.seed);
        let white = WHITE_LEVEL[self.sequence] * shading.gain;
        let sigma = NOISE * WHITE_LEVEL[self.sequence];
        let middle = self.grid.shape.map(|n| 2. / n as f32);
        for j in 0..nj {
            for i in 0..ni {
                let at = [i, j, k].map(|n| n as f32);
                let place = [0, 1, 2].map(|axis| at[axis] * middle[axis] - 1.);
                let signal = clean[j * ni + i] * white * shading.bias(place);
                let (a, b) = normal.pair(&mut random);
                let (real, imaginary) = (signal + sigma * a, sigma * b);
                let value = (real * real + imaginary * imaginary).sqrt();
                clean[j * ni + i] = value.round().min(VALUE_MAX);
            }
        }
        clean
    }

    /// Brightness without lesions, averaged through the slice.
    fn healthy(&self, k: usize) -> Vec<f32> {
        let [ni, nj, _] = self.grid.shape;
        let thickness = self.grid.spacing_mm()[2];
        let samples = (thickness / SAMPLE_MM).ceil().max(1.) as usize;
        let rows = self.to_head.rows;
        let step = [0, 1, 2].map(|axis| rows[axis][0] as f32);
        let mut values = vec![0_f32; ni * nj];
        for sample in 0..samples {
            let depth = k as f64 + (sample as f64 + 0.5) / samples as f64 - 0.5;
            for j in 0..nj {
                let start = self.to_head.apply_to([0., j as f64, depth]).map(|v| v as f32);
                for (i, value) in values[j * ni..(j + 1) * ni].iter_mut().enumerate() {
                    let place = [0, 1, 2].map(|axis| start[axis] + i as f32 * step[axis]);
                    *value += self.head.at(self.sequence, place);
                }
            }
        }
        let share = 1. / samples as f32;
        for value in &mut values {
            *value *= share;
        }
        values
    }

    /// Lays a lesion over a slice, each region by the share of the voxel that it fills.
    fn lay(&self, lesion: &Lesion, k: usize, values: &mut [f32]) {
        let ni = self.grid.shape[0];
        let pick = |tissue: &Brightness| tissue[self.sequence];
        let tones = [pick(&NECROSIS), pick(&OEDEMA), pick(&RIM)];
        for_voxels_near(lesion, &self.grid, &self.to_head, k, |[i, j]| {
            let shares = shares(lesion, &self.to_head, [i, j, k]);
            let covered: f32 = shares.iter().sum();
            if covered > 0. {
                let value = &mut values[j * ni + i];
                // what lies under a lesion gives it some texture
                let under = (*value - 1.).clamp(-0.3, 0.3);
                let toned: f32 = shares.iter().zip(tones).map(|(s, t)| s * t).sum();
                *value = *value * (1. - covered) + toned * (1. + 0.06 * under);
            }
        });
    }
}

/// Calls for each voxel of a slice that a lesion may reach.
pub(super) fn for_voxels_near(
    lesion: &Lesion,
    grid: &Grid,
    to_head: &Transform<Voxel, Lps>,
    k: usize,
    mut visit: impl FnMut([usize; 2]),
) {
    let Some(back) = to_head.inverse() else { return };
    let centre = back.apply_to(lesion.centre.at);
    let steps = to_head.steps();
    let reach = [0, 1, 2].map(|axis| lesion.reach_mm() / steps[axis] + 1.);
    if (centre[2] - k as f64).abs() > reach[2] {
        return;
    }
    let range = |axis: usize| {
        let low = (centre[axis] - reach[axis]).floor().max(0.) as usize;
        let high = (centre[axis] + reach[axis]).ceil().max(0.) as usize;
        low..(high + 1).min(grid.shape[axis])
    };
    for j in range(1) {
        for i in range(0) {
            visit([i, j]);
        }
    }
}

/// Shares of a voxel filled by necrosis, oedema and rim (in the order of their labels).
pub(super) fn shares(
    lesion: &Lesion,
    to_head: &Transform<Voxel, Lps>,
    voxel: [usize; 3],
) -> [f32; 3] {
    let centre = voxel.map(|n| n as f64);
    let level = lesion.level(to_head.apply_to(centre));
    let half_diagonal = to_head.steps().iter().map(|step| step * step).sum::<f64>().sqrt() / 2.;
    let slack = half_diagonal * lesion.level_per_mm();
    let near = |surface: f64| (level - surface).abs() < slack;
    let mut shares = [0.; 3];
    if !(near(lesion.necrosis) || near(1.) || near(lesion.oedema)) {
        if let Some(region) = lesion.region(to_head.apply_to(centre)) {
            shares[position(region)] = 1.;
        }
        return shares;
    }
    let count = LESION_SAMPLES.pow(3);
    for sample in 0..count {
        let steps = [sample, sample / LESION_SAMPLES, sample / LESION_SAMPLES.pow(2)]
            .map(|n| (n % LESION_SAMPLES) as f64);
        let at =
            [0, 1, 2].map(|axis| centre[axis] + (steps[axis] + 0.5) / LESION_SAMPLES as f64 - 0.5);
        if let Some(region) = lesion.region(to_head.apply_to(at)) {
            shares[position(region)] += 1. / count as f32;
        }
    }
    shares
}

/// Where a region stands in [`shares`]: its label less one.
fn position(region: Region) -> usize {
    usize::from(region.label()) - 1
}

/// Gain and slow shading of a receiver coil.
struct Shading {
    gain: f32,
    slope: [f32; 3],
    bend: [f32; 3],
}

impl Shading {
    fn new(seed: u64) -> Self {
        let mut random = Random::new(&[seed, 0x4249_4153]);
        Self {
            gain: random.between(0.85, 1.15) as f32,
            slope: [0; 3].map(|_| random.between(-0.08, 0.08) as f32),
            bend: [0; 3].map(|_| random.between(-0.12, 0.04) as f32),
        }
    }

    /// Factor at a place from -1 to 1 along each axis of the image.
    fn bias(&self, place: [f32; 3]) -> f32 {
        let mut factor = 1.;
        for ((at, slope), bend) in place.iter().zip(self.slope).zip(self.bend) {
            factor += at * (slope + bend * at);
        }
        factor
    }
}
