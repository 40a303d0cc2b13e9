//! Macdonald's diameters of a lesion: the slice with the largest product of the longest line
//! inside and the longest one across it (Macdonald et al., J Clin Oncol 8:1277, 1990; RANO 2010).

use super::plane::Plane;
use crate::components::Connectivity;
use crate::window::Window;
use interval_core::lesion::{Diameters, Region};
use interval_core::units::Mm;
use interval_core::volume::{LabelMap, Volume};
use std::cmp::Reverse;

/// From where to where a diameter runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ends {
    /// From edge to edge of the outermost pixels, as a radiologist measures.
    Edges,
    /// From centre to centre: one pixel less. For comparison with programs that do so.
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "the figures to compare with are so measured")
    )]
    Centres,
}

/// What of a lesion is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Contour {
    /// The outline of the core; necrosis and other holes are inside.
    FilledCore,
    /// The enhancing tissue alone; a line must not cross a hole.
    EnhancingRim,
}

/// Diameters of the core of one lesion, edge to edge; nothing when it has none.
pub fn of_core(index: u8, lesions: &Volume<u8>, labels: &LabelMap) -> Option<Diameters> {
    let member = |at: usize| lesions.voxels()[at] == index;
    let contour = contour(&member, labels);
    let measured = |at: usize| {
        member(at)
            && Region::from_label(labels.voxels()[at]).is_some_and(|region| match contour {
                Contour::FilledCore => region.in_core(),
                Contour::EnhancingRim => region == Region::Enhancing,
            })
    };
    largest_product(labels, measured, contour, Ends::Edges)
}

/// A lesion with enhancing tissue on a resection cavity is measured by that tissue.
fn contour(member: &impl Fn(usize) -> bool, labels: &LabelMap) -> Contour {
    let grid = labels.grid();
    let is = |at: usize, region: Region| labels.voxels()[at] == region.label();
    let enhancing = |at: usize| member(at) && is(at, Region::Enhancing);
    let mut on_cavity = false;
    for at in (0..grid.len()).filter(|&at| is(at, Region::ResectionCavity)) {
        Connectivity::TwentySix.each_neighbour(grid, at, |near| on_cavity |= enhancing(near));
    }
    if on_cavity { Contour::EnhancingRim } else { Contour::FilledCore }
}

/// The slice with the largest product; of equal ones the one with more pixels, then the first.
fn largest_product(
    labels: &LabelMap,
    measured: impl Fn(usize) -> bool,
    contour: Contour,
    ends: Ends,
) -> Option<Diameters> {
    let grid = labels.grid();
    let window = Window::around(grid, &measured)?;
    // One pixel more on each side in the plane, so that the outside is there to be seen.
    let part = Window {
        from: [window.from[0].saturating_sub(1), window.from[1].saturating_sub(1), window.from[2]],
        to: [
            (window.to[0] + 1).min(grid.shape[0]),
            (window.to[1] + 1).min(grid.shape[1]),
            window.to[2],
        ],
    };
    let offsets: Vec<usize> = part.offsets(grid).collect();
    let mut planes: Vec<(usize, Plane)> = (0..part.shape()[2])
        .map(|k| {
            let mut plane = Plane::new(part.grid(grid), k, |at| measured(offsets[at]));
            if contour == Contour::FilledCore {
                plane.fill();
            }
            (k + part.from[2], plane)
        })
        .collect();
    planes.sort_by_key(|(slice, plane)| (Reverse(plane.count()), *slice));
    let mut best: Option<Diameters> = None;
    for (slice, plane) in planes {
        let least = best.map_or(-1., |best| best.product().0);
        let Some([long, short]) = plane.diameters(ends, least) else { continue };
        best = Some(Diameters {
            long: Mm(long.length_mm),
            short: Mm(short.length_mm),
            slice,
            long_ends: plane.places(&long),
            short_ends: plane.places(&short),
        });
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;
    use interval_core::geometry::{Grid, Point, Transform};

    /// Spacing of the masks of the stored figures, in mm.
    const SPACING: [f64; 3] = [1., 0.9, 1.5];

    fn grid() -> Grid {
        let [x, y, z] = SPACING;
        let rows = [[x, 0., 0., 0.], [0., y, 0., 0.], [0., 0., z, 0.]];
        Grid { shape: [96, 112, 80], to_lps: Transform::new(rows) }
    }

    /// An ellipsoid (centre, radii in mm, turn about the slice normal in degrees) and what another
    /// program found between pixel centres: long, short, slice.
    #[track_caller]
    fn check(centre: [f64; 3], radii: [f64; 3], turn: f64, expected: (f64, f64, usize)) {
        let (s, c) = turn.to_radians().sin_cos();
        let grid = grid();
        let labels = Volume::from_fn(grid, |at| {
            let place = grid.to_lps.apply_to(grid.index(at).map(|n| n as f64));
            let [x, y, z] = [0, 1, 2].map(|a| place[a] - centre[a]);
            let [u, v] = [x * c + y * s, y * c - x * s];
            let inside = [u, v, z].iter().zip(radii).map(|(p, r)| (p / r).powi(2)).sum::<f64>();
            u8::from(inside.sqrt() <= 1.) * Region::Enhancing.label()
        });
        let inside = |at: usize| labels.voxels()[at] > 0;
        let found = largest_product(&labels, inside, Contour::FilledCore, Ends::Centres);
        let found = found.expect("has a core");
        assert_eq!(found.slice, expected.2);
        // The long line may be one of several of equal length; the line across then differs by a
        // part of a pixel.
        assert!((found.long.0 - expected.0).abs() < 1e-9, "{found:?}");
        assert!((found.short.0 - expected.1).abs() < 0.5, "{found:?}");
        let edges = of_core(1, &labels.map(|label| u8::from(*label > 0)), &labels);
        for (found, truth) in
            edges.iter().flat_map(|d| [(d.long.0, 2. * radii[0]), (d.short.0, 2. * radii[1])])
        {
            assert!((found - truth).abs() < 1., "{found} instead of {truth}");
        }
    }

    #[test]
    fn diameters_between_pixel_centres_agree_with_another_program() {
        check([20., 20., 30.], [6., 6., 6.], 0., (11.576_268_828_9, 11.364_858_116_1, 20));
        check([50., 25., 40.], [7., 7., 7.], 0., (13.660_527_076_2, 13.440_238_093_1, 26));
        check([25., 70., 60.], [14., 5., 5.], 0., (26.139_816_372_7, 9.055_385_138_1, 40));
        check([62., 68., 50.], [5., 5., 5.], 0., (9.178_779_875_3, 9.033_825_324_9, 34));
        check([45., 50., 95.], [11., 6., 5.], 30., (21.468_348_795_4, 11.576_268_828_9, 63));
    }

    /// A thick ring of enhancing tissue around something else, on one slice out of nine.
    fn ring(filling: u8) -> Diameters {
        let rows = [[1., 0., 0., 0.], [0., 1., 0., 0.], [0., 0., 1., 0.]];
        let grid = Grid { shape: [61, 61, 9], to_lps: Transform::new(rows) };
        let labels = Volume::from_fn(grid, |at| {
            let [i, j, k] = grid.index(at).map(|n| n as f64);
            let distance = (i - 30.).hypot(j - 30.);
            let inside_slice = (k - 4.).abs() <= 3.;
            match distance {
                d if d <= 12. && inside_slice => filling,
                d if d <= 20. && inside_slice => Region::Enhancing.label(),
                _ => 0,
            }
        });
        let lesions = labels.map(|label| u8::from([1, 2, 3].contains(label)));
        of_core(1, &lesions, &labels).expect("has a core")
    }

    #[test]
    fn necrosis_is_part_of_the_diameter_and_a_cavity_is_not() {
        for filling in [0, Region::NonEnhancingCore.label()] {
            let found = ring(filling);
            assert!((found.long.0 - 40.).abs() < 1.5 && (found.short.0 - 40.).abs() < 1.5);
        }
        let found = ring(Region::ResectionCavity.label());
        // The longest chord of the ring touches the cavity: 2 sqrt(20^2 - 12^2) = 32 mm; another
        // one crosses it at a right angle, 17 mm from the centre.
        assert!((found.long.0 - 32.).abs() < 1.5, "{found:?}");
        assert!((found.short.0 - 32.).abs() < 1.5, "{found:?}");
    }
    #[test]
    fn one_voxel_is_one_voxel_wide() {
        let grid = Grid { shape: [5, 5, 3], ..grid() };
        let labels = Volume::from_fn(grid, |at| u8::from(grid.index(at) == [2, 2, 1]) * 3);
        let found = of_core(1, &labels.map(|label| label / 3), &labels).expect("has a core");
        assert!((found.long.0 - 1.).abs() < 1e-12 && (found.short.0 - 0.9).abs() < 1e-12);
        assert_eq!(found.long_ends, [Point::new([1.5, 1.8, 1.5]), Point::new([2.5, 1.8, 1.5])]);
    }
    #[test]
    fn a_row_of_voxels_is_one_pixel_wide() {
        let grid = Grid { shape: [9, 5, 3], ..grid() };
        let in_row =
            |at: usize| grid.index(at)[1..] == [2, 1] && (2..7).contains(&grid.index(at)[0]);
        let labels = Volume::from_fn(grid, |at| u8::from(in_row(at)) * 3);
        let found = of_core(1, &labels.map(|label| label / 3), &labels).expect("has a core");
        assert!((found.long.0 - 5.).abs() < 1e-12 && (found.short.0 - 0.9).abs() < 1e-12);
    }
}
