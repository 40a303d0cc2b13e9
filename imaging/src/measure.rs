//! Volumes and diameters, always in the native grid of the study.

mod diameters;
mod plane;

use crate::components::LesionMap;
use crate::distance;
use crate::window::Window;
use interval_core::geometry::{Lps, Point};
use interval_core::lesion::{Diameters, Lesion, Region, RegionVolumes};
use interval_core::units::{Cm3, Mm};
use interval_core::volume::{LabelMap, Mask};

/// Smallest of the two diameters of a measurable lesion (RANO 2010, Wen et al., J Clin Oncol
/// 28:1963).
const MEASURABLE: Mm = Mm(10.);

/// Thickest slices for which [`MEASURABLE`] holds; with thicker ones a lesion must be two slices
/// wide (RANO 2010).
const SLICE_MAX: Mm = Mm(5.);

/// How far the outline is moved for the bounds of a volume, in voxels: a binary mask does not say
/// where inside its last voxel the outline lies.
const OUTLINE_DOUBT_VOXELS: f32 = 0.5;

/// Volumes of all regions of a label map: voxels times the determinant of the voxel axes.
pub fn volumes(labels: &LabelMap) -> RegionVolumes {
    volumes_of(labels.voxels().iter().copied(), labels.grid().voxel_volume())
}

fn volumes_of(labels: impl Iterator<Item = u8>, voxel: Cm3) -> RegionVolumes {
    let mut counts = [0_usize; 256];
    for label in labels {
        counts[usize::from(label)] += 1;
    }
    let mut volumes = RegionVolumes::default();
    for region in Region::ALL {
        volumes.add(region, voxel * counts[usize::from(region.label())] as f64);
    }
    volumes
}

/// Measures every lesion of a map, in the order of their indices.
pub fn lesions(map: &LesionMap, labels: &LabelMap) -> Vec<Lesion> {
    (1..=map.count()).map(|index| lesion(index, map, labels)).collect()
}

/// Measures one lesion.
///
/// Diameters are those of the core, on one stored slice (along k, as it was acquired or
/// reconstructed: axial for axial storage, sagittal for sagittal storage; nothing is resampled).
/// They run from edge to edge of the outermost pixels. The contour is filled unless the lesion lies
/// on a resection cavity: then only enhancing tissue is measured, and no line crosses a hole.
///
/// An index that the map does not have gives a lesion without volume in the middle of the grid.
pub fn lesion(index: u8, map: &LesionMap, labels: &LabelMap) -> Lesion {
    let grid = *labels.grid();
    let lesions = map.lesions.voxels();
    let Some(window) = Window::around(&grid, |at| lesions[at] == index) else {
        let nothing = RegionVolumes::default();
        let bounds = [Cm3(0.), Cm3(0.)];
        return Lesion { index, volumes: nothing, bounds, diameters: None, centre: grid.centre() };
    };
    let members = || window.offsets(&grid).filter(|&at| lesions[at] == index);
    let volumes = volumes_of(members().map(|at| labels.voxels()[at]), grid.voxel_volume());
    let thickest = grid.spacing_mm().into_iter().fold(0., f64::max);
    let around = window.widened(&grid, 3. * thickest);
    Lesion {
        index,
        volumes,
        bounds: bounds(&around.cut(&map.lesions, |found| *found == index)),
        diameters: diameters::of_core(index, &map.lesions, labels),
        centre: centre(members(), labels),
    }
}

/// Centre of mass of voxels given by offset.
fn centre(members: impl Iterator<Item = usize>, labels: &LabelMap) -> Point<Lps> {
    let grid = labels.grid();
    let mut sum = [0_f64; 3];
    let mut count = 0_usize;
    for at in members {
        for (sum, index) in sum.iter_mut().zip(grid.index(at)) {
            *sum += index as f64;
        }
        count += 1;
    }
    grid.to_lps.apply(Point::new(sum.map(|sum| sum / count.max(1) as f64)))
}

/// Volume with the outline half a voxel further in, and half a voxel further out. A voxel that the
/// moved outline cuts is counted in part.
fn bounds(mask: &Mask) -> [Cm3; 2] {
    let grid = mask.grid();
    let signed = distance::signed_voxels(grid.shape, mask.voxels());
    let moved = |by: f32| {
        let parts: f64 =
            signed.iter().map(|&distance| f64::from((0.5 + by - distance).clamp(0., 1.))).sum();
        grid.voxel_volume() * parts
    };
    let counted = mask.volume();
    let (inner, outer) = (moved(-OUTLINE_DOUBT_VOXELS), moved(OUTLINE_DOUBT_VOXELS));
    [if inner < counted { inner } else { counted }, if outer > counted { outer } else { counted }]
}

/// Whether a lesion is measurable by RANO: both diameters at least 10 mm (at least two slices
/// where these are thicker than 5 mm), on two slices or more.
///
/// `spacing_mm` is that of the native grid, slices along k. That a lesion shows on more than one
/// slice is read from its core's volume: more than an ellipse with its diameters holds on one.
pub fn measurable(lesion: &Lesion, spacing_mm: [f64; 3]) -> bool {
    let Some(Diameters { long, short, .. }) = lesion.diameters else { return false };
    let slice = Mm(spacing_mm[2]);
    let least = if slice <= SLICE_MAX { MEASURABLE } else { slice * 2. };
    let one_slice = long * short * std::f64::consts::FRAC_PI_4 * slice;
    long >= least && short >= least && lesion.volumes.core() > one_slice
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::components::{self, LesionRule};
    use interval_core::geometry::{Grid, Transform, Voxel};
    use interval_core::volume::Volume;
    use std::f64::consts::PI;

    /// An ellipsoid of tumour in patient space, painted on a grid by voxel centres.
    fn paint(grid: Grid, radii: [f64; 3], turn: f64) -> LabelMap {
        let centre = grid.centre().at;
        Volume::from_fn(grid, |at| {
            let place = grid.to_lps.apply_to(grid.index(at).map(|n| n as f64));
            // A third of a millimetre off the grid, so that no symmetry flatters the count.
            let [x, y, z] = [0, 1, 2].map(|a| place[a] - centre[a] - 0.31);
            let [u, v] = [x * turn.cos() + y * turn.sin(), y * turn.cos() - x * turn.sin()];
            let inside = [u, v, z].iter().zip(radii).map(|(c, r)| (c / r).powi(2)).sum::<f64>();
            u8::from(inside <= 1.) * Region::Enhancing.label()
        })
    }

    fn axial(spacing: [f64; 3], shape: [usize; 3]) -> Grid {
        let [x, y, z] = spacing;
        let rows = [[x, 0., 0., -9.], [0., y, 0., 4.], [0., 0., z, 30.]];
        Grid { shape, to_lps: Transform::new(rows) }
    }

    fn measured(labels: &LabelMap) -> Lesion {
        lesion(1, &components::lesions(labels, &LesionRule::default()), labels)
    }

    /// Volume within a tolerance in per cent, diameters within one voxel.
    #[track_caller]
    fn check(grid: Grid, radii: [f64; 3], turn: f64, volume_percent: f64) {
        let lesion = measured(&paint(grid, radii, turn));
        let truth = 4. / 3. * PI * radii.iter().product::<f64>() / 1000.;
        let error = (lesion.volumes.enhancing.0 / truth - 1.).abs() * 100.;
        assert!(error <= volume_percent, "{error} per cent off");
        let found = lesion.diameters.expect("has a core");
        let [_, y, _] = grid.spacing_mm();
        for (found, truth) in [(found.long, 2. * radii[0]), (found.short, 2. * radii[1])] {
            assert!((found.0 - truth).abs() < y.max(1.), "{found} instead of {truth}");
        }
        let ends = found.long_ends[0].distance(&found.long_ends[1]);
        assert!((ends.0 - found.long.0).abs() < 1e-9);
        let centre = grid.centre().at.map(|c| c + 0.31);
        assert!(lesion.centre.distance(&Point::new(centre)) < Mm(0.2));
    }

    #[test]
    fn a_digital_sphere_has_its_volume_and_diameters() {
        // Counting 1 mm voxels of a sphere of radius 10 errs by about 1.2 per cent.
        check(axial([1.; 3], [41, 41, 41]), [10.; 3], 0., 1.5);
    }
    #[test]
    fn a_turned_ellipsoid_is_measured_along_its_own_axes() {
        for turn in [0.2, 0.55, 1.1, 1.5] {
            check(axial([1.; 3], [61, 61, 41]), [16., 9., 8.], turn, 1.5);
        }
    }
    #[test]
    fn spacing_may_differ_by_axis() {
        // Ten slices through the ellipsoid: the count errs more.
        check(axial([0.6, 0.9, 3.], [81, 61, 21]), [16., 9., 14.], 0.4, 2.5);
    }
    #[test]
    fn an_oblique_grid_gives_the_same_volume_and_the_diameters_of_its_plane() {
        let (s, c) = 0.5_f64.sin_cos();
        let rows = [[c, -s, 0., 0.], [s, c, 0., 0.], [0., 0., 1.5, 0.]];
        check(
            Grid { shape: [61, 61, 31], to_lps: Transform::new(rows) },
            [15., 10., 12.],
            0.3,
            1.5,
        );
    }
    #[test]
    fn sagittal_storage_is_measured_in_its_own_plane() {
        let rows = [[0., 0., 1.2, 0.], [1., 0., 0., 0.], [0., -1., 0., 0.]];
        let grid = Grid { shape: [61, 61, 41], to_lps: Transform::new(rows) };
        let found = measured(&paint(grid, [8., 14., 11.], 0.)).diameters.expect("has a core");
        assert!((found.long.0 - 28.).abs() < 1. && (found.short.0 - 22.).abs() < 1.);
        // In that plane x is constant.
        assert!((found.long_ends[0].at[0] - found.short_ends[1].at[0]).abs() < 1e-9);
    }
    #[test]
    fn a_sheared_grid_counts_by_the_determinant() {
        let rows = [[1., 0., 0.4, 0.], [0., 1., 0., 0.], [0., 0., 1.3, 0.]];
        let to_lps: Transform<Voxel, Lps> = Transform::new(rows);
        check(Grid { shape: [61, 51, 41], to_lps }, [12., 11., 10.], 0., 1.5);
    }
    #[test]
    fn bounds_are_half_a_voxel_further_in_and_out() {
        let [inner, outer] = measured(&paint(axial([1.; 3], [41; 3]), [10.; 3], 0.)).bounds;
        let ball = |radius: f64| 4. / 3. * PI * radius.powi(3) / 1000.;
        // The signed distance of a binary ball of 10 voxels is right to an eighth of a voxel.
        assert!(inner > Cm3(ball(9.375)) && inner < Cm3(ball(9.625)), "{inner}");
        assert!(outer > Cm3(ball(10.375)) && outer < Cm3(ball(10.625)), "{outer}");
    }
    #[test]
    fn thick_slices_leave_more_doubt() {
        let width = |grid: Grid| {
            let lesion = measured(&paint(grid, [10.; 3], 0.));
            (lesion.bounds[1].0 - lesion.bounds[0].0) / lesion.volumes.whole().0
        };
        assert!(width(axial([1., 1., 5.], [41, 41, 9])) > 1.5 * width(axial([1.; 3], [41; 3])));
    }
    #[test]
    fn measurable_is_ten_by_ten_millimetres_on_two_slices() {
        let cases = [
            ([1., 1., 1.], [6., 6., 6.], true),
            ([1., 1., 1.], [6., 4., 6.], false),
            ([1., 1., 5.], [8., 8., 8.], true),
            ([1., 1., 5.], [8., 8., 2.4], false),
            ([1., 1., 7.], [6., 6., 14.], false),
            ([1., 1., 7.], [8., 8., 14.], true),
        ];
        for (spacing, radii, expected) in cases {
            let slices = (80. / spacing[2]) as usize;
            let lesion = measured(&paint(axial(spacing, [31, 31, slices]), radii, 0.));
            assert_eq!(measurable(&lesion, spacing), expected, "{spacing:?} {radii:?}");
        }
    }
    #[test]
    fn hyperintensity_alone_has_no_diameters() {
        let labels = paint(axial([1.; 3], [31; 3]), [8.; 3], 0.)
            .map(|&label| if label > 0 { Region::FlairHyperintensity.label() } else { 0 });
        let lesion = measured(&labels);
        assert_eq!(lesion.diameters, None);
        assert!(!measurable(&lesion, [1.; 3]));
    }
}
