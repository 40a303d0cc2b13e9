//! What became of the tumour, voxel by voxel, between two label maps on one grid.

use interval_core::lesion::Region;
use interval_core::volume::{LabelMap, Misfit, Volume};

/// Tumour now, none before.
pub const GROWN: u8 = 1;

/// Tumour before, none now.
pub const SHRUNK: u8 = 2;

/// Tumour before and now.
pub const STABLE: u8 = 3;

/// The change of the whole tumour (ET, NETC and SNFH; never the cavity) on the grid of `now`: 0 where
/// there is none and was none.
pub fn change(now: &LabelMap, before: &LabelMap) -> Result<LabelMap, Misfit> {
    let tumour = |label: &u8| Region::from_label(*label).is_some_and(Region::in_whole);
    let voxels = now.voxels().iter().zip(before.voxels());
    let changed = voxels.map(|(now, before)| match (tumour(now), tumour(before)) {
        (true, false) => GROWN,
        (false, true) => SHRUNK,
        (true, true) => STABLE,
        (false, false) => 0,
    });
    Volume::new(*now.grid(), changed.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resample;
    use interval_core::geometry::{Grid, Lps, Point, Transform};

    /// A grid with steps of its own, turned about two axes.
    fn oblique() -> Grid {
        let (s, c) = 0.5_f64.sin_cos();
        let turned = [
            [0.9 * c, -s, 0., -30.],
            [0.9 * s * c, c * c, -2. * s, 12.],
            [0.9 * s * s, c * s, 2. * c, 7.],
        ];
        Grid { shape: [30, 28, 16], to_lps: Transform::new(turned) }
    }

    #[test]
    fn each_voxel_grew_shrank_or_stayed() {
        let rows = [[1., 0., 0., 0.], [0., 1., 0., 0.], [0., 0., 1., 0.]];
        let grid = Grid { shape: [5, 1, 1], to_lps: Transform::new(rows) };
        let of = |labels: [u8; 5]| Volume::new(grid, labels.into()).unwrap();
        let (now, before) = (of([0, 3, 0, 2, 4]), of([0, 0, 1, 3, 4]));
        assert_eq!(change(&now, &before).unwrap().voxels(), [0, GROWN, SHRUNK, STABLE, 0]);
    }
    #[test]
    fn maps_on_two_grids_are_refused() {
        let one = Volume::filled(oblique(), 0);
        let other = Volume::filled(Grid { shape: [3, 3, 3], ..oblique() }, 0);
        assert!(change(&one, &other).is_err());
    }
    #[test]
    fn a_voxel_of_another_study_lands_where_its_place_is() {
        let (now, before) = (oblique(), Grid { shape: [40, 40, 40], ..straight() });
        // The head moved by 4 mm to the left and 3 mm up between the studies.
        let now_to_before: Transform<Lps, Lps> =
            Transform::new([[1., 0., 0., -4.], [0., 1., 0., 0.], [0., 0., 1., -3.]]);
        let wanted = [11, 9, 6];
        let place = now.to_lps.apply(Point::new(wanted.map(|n| n as f64)));
        let there = before.to_lps.inverse().unwrap().apply(now_to_before.apply(place)).at;
        let marked = there.map(|n| n.round() as usize);
        let map = Volume::from_fn(before, |at| u8::from(before.index(at) == marked) * 3);
        let moved = resample::nearest(&map, &now, &now_to_before);
        assert_eq!(moved.at(wanted), 3);
        let changed = change(&Volume::filled(now, 0), &moved).unwrap();
        assert_eq!(changed.at(wanted), SHRUNK);
        // 1 mm voxels on a grid of 0.9 x 1 x 2 mm: the mark covers one or two.
        let marked: u32 = moved.voxels().iter().map(|label| u32::from(*label == 3)).sum();
        assert!((1..=2).contains(&marked));
    }

    fn straight() -> Grid {
        let rows = [[1., 0., 0., -35.], [0., 1., 0., 0.], [0., 0., 1., 0.]];
        Grid { shape: [60, 60, 60], to_lps: Transform::new(rows) }
    }
}
