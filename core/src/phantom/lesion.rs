//! A lesion as a formula: a slightly bumpy ellipsoid whose volume is an integral over directions.
//!
//! The surface of the core lies at `radius(direction)` in coordinates where the ellipsoid is a
//! sphere. Necrosis is the same body scaled down, oedema the same body scaled up, so each region's
//! volume follows from one integral.

use super::random::Random;
use crate::geometry::{Lps, Point};
use crate::lesion::{Region, RegionVolumes};
use crate::units::Cm3;

/// Largest height of a bump, as a share of the radius.
const BUMP_MAX: f64 = 0.05;

/// A lesion of known volume.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lesion {
    /// Its centre.
    pub centre: Point<Lps>,
    /// Semi-axes of the core along x, y, z, in mm.
    pub semi_axes_mm: [f64; 3],
    /// Size of the necrosis against the core, 0 to 1.
    pub necrosis: f64,
    /// Size of the oedema against the core, 1 or more.
    pub oedema: f64,
    bumps: [f64; 3],
}

impl Lesion {
    /// A lesion whose core (necrosis and rim) has this volume, stretched by `stretch` along
    /// x, y, z; the seed shapes its bumps.
    pub fn new(centre: Point<Lps>, core: Cm3, stretch: [f64; 3], seed: u64) -> Self {
        let mut random = Random::new(&[seed, 0x4c45_5349]);
        let bumps = [0; 3].map(|_| random.between(0.4, 1.) * BUMP_MAX * random.sign());
        // the larger a tumour, the more of its centre has died
        let necrosis = (0.36 + 0.045 * core.0).min(0.68);
        let mut lesion = Self { centre, semi_axes_mm: stretch, necrosis, oedema: 1.42, bumps };
        let size = (core.0 / lesion.core().0).cbrt();
        lesion.semi_axes_mm = stretch.map(|axis| axis * size);
        lesion
    }

    /// The same lesion with necrosis and oedema of another size against its core.
    #[must_use]
    pub fn with_regions(self, necrosis: f64, oedema: f64) -> Self {
        Self { necrosis, oedema, ..self }
    }

    /// Volume of necrosis and rim, by integration.
    pub fn core(&self) -> Cm3 {
        let [a, b, c] = self.semi_axes_mm;
        Cm3(a * b * c * self.unit_volume() / 1000.)
    }

    /// Volumes by region, by integration.
    pub fn volumes(&self) -> RegionVolumes {
        let core = self.core();
        let necrosis = core * self.necrosis.powi(3);
        RegionVolumes {
            enhancing: core - necrosis,
            non_enhancing_core: necrosis,
            flair_hyperintensity: core * (self.oedema.powi(3) - 1.),
            resection_cavity: Cm3(0.),
        }
    }

    /// Region at a place, nothing outside.
    pub fn region(&self, place: [f64; 3]) -> Option<Region> {
        let level = self.level(place);
        if level < self.necrosis {
            Some(Region::NonEnhancingCore)
        } else if level < 1. {
            Some(Region::Enhancing)
        } else if level < self.oedema {
            Some(Region::FlairHyperintensity)
        } else {
            None
        }
    }

    /// How far out a place lies: 0 in the centre, 1 on the surface of the core.
    pub(super) fn level(&self, place: [f64; 3]) -> f64 {
        let mut scaled = [0.; 3];
        for (axis, value) in scaled.iter_mut().enumerate() {
            *value = (place[axis] - self.centre.at[axis]) / self.semi_axes_mm[axis];
        }
        let distance = scaled.iter().map(|value| value * value).sum::<f64>().sqrt();
        if distance < 1e-9 {
            return 0.;
        }
        distance / self.radius(scaled.map(|value| value / distance))
    }

    /// Farthest reach of the oedema from the centre, in mm.
    pub(super) fn reach_mm(&self) -> f64 {
        let longest = self.semi_axes_mm.iter().copied().fold(0., f64::max);
        longest * self.oedema.max(1.) * (1. + 3. * BUMP_MAX)
    }

    /// Change of [`level`](Self::level) over a millimetre, at most.
    pub(super) fn level_per_mm(&self) -> f64 {
        /// The bumps tilt the surface; this bounds it.
        const TILT: f64 = 1.3;
        TILT / self.semi_axes_mm.iter().copied().fold(f64::INFINITY, f64::min)
    }

    /// The surface in a direction: 1 with smooth bumps of second and third order.
    fn radius(&self, [x, y, z]: [f64; 3]) -> f64 {
        let [a, b, c] = self.bumps;
        1. + a * 5.196 * x * y * z + b * (x * x - y * y) + c * (2.5 * z * z - 1.5) * z
    }

    /// A third of the integral of radius cubed over all directions: exact for these bumps up to
    /// the step in height.
    fn unit_volume(&self) -> f64 {
        /// Steps from pole to pole; the midpoint rule errs by about 1e-6 of the volume.
        const HEIGHTS: u32 = 400;
        /// Steps around; exact for terms up to the ninth order in the angle.
        const ANGLES: u32 = 24;
        let mut sum = 0.;
        for height in 0..HEIGHTS {
            let z = (f64::from(height) + 0.5) / f64::from(HEIGHTS) * 2. - 1.;
            let level = (1. - z * z).sqrt();
            for angle in 0..ANGLES {
                let (sin, cos) =
                    (f64::from(angle) / f64::from(ANGLES) * std::f64::consts::TAU).sin_cos();
                sum += self.radius([level * cos, level * sin, z]).powi(3);
            }
        }
        sum * 4. * std::f64::consts::PI / 3. / f64::from(HEIGHTS * ANGLES)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lesion(core: f64, seed: u64) -> Lesion {
        Lesion::new(Point::new([3., -4., 5.]), Cm3(core), [1., 1.4, 0.8], seed)
    }

    #[test]
    fn the_core_has_the_volume_asked_for() {
        for (seed, core) in [(1, 0.5), (2, 3.), (3, 20.)] {
            assert!((lesion(core, seed).core().0 - core).abs() < 1e-9);
        }
    }
    #[test]
    fn counting_half_millimetre_voxels_finds_the_volumes() {
        let lesion = lesion(6., 7);
        let mut counted = RegionVolumes::default();
        let step = 0.5;
        let reach = (lesion.reach_mm() / step).ceil() as i32;
        for k in -reach..=reach {
            for j in -reach..=reach {
                for i in -reach..=reach {
                    let at = [i, j, k].map(|n| (f64::from(n) + 0.3) * step);
                    let place = [0, 1, 2].map(|axis| lesion.centre.at[axis] + at[axis]);
                    if let Some(region) = lesion.region(place) {
                        counted.add(region, Cm3(step.powi(3) / 1000.));
                    }
                }
            }
        }
        let formula = lesion.volumes();
        for region in Region::ALL {
            // the error of counting shrinks with the voxels; 0.5 % at this size
            let (found, wanted) = (counted.of(region).0, formula.of(region).0);
            assert!((found - wanted).abs() <= 0.005 * wanted, "{region}: {found} for {wanted}");
        }
    }
    #[test]
    fn regions_follow_each_other_outwards() {
        let lesion = lesion(10., 9);
        let along = |mm: f64| lesion.region([3. + mm, -4., 5.]);
        assert_eq!(along(0.), Some(Region::NonEnhancingCore));
        assert_eq!(along(lesion.semi_axes_mm[0] * 0.8), Some(Region::Enhancing));
        assert_eq!(along(lesion.semi_axes_mm[0] * 1.2), Some(Region::FlairHyperintensity));
        assert_eq!(along(lesion.reach_mm()), None);
    }
}
