use super::*;
use interval_core::volume::LabelMap;

fn grid(shape: [usize; 3], step: [f64; 3]) -> Grid {
    let [x, y, z] = step;
    Grid { shape, to_lps: Transform::new([[x, 0., 0., 0.], [0., y, 0., 0.], [0., 0., z, 0.]]) }
}

/// A turn about the vertical through a point, then a shift.
fn motion(angle: f64) -> Transform<Lps, Lps> {
    let (s, c) = angle.sin_cos();
    Transform::new([[c, -s, 0., 4.], [s, c, 0., -2.5], [0., 0., 1., 1.25]])
}

/// A slope, which linear interpolation reproduces.
fn plane(at: [f64; 3]) -> f32 {
    (0.3 * at[0] - 0.2 * at[1] + 0.1 * at[2] + 5.) as f32
}

fn filled(grid: Grid, value: impl Fn([f64; 3]) -> f32) -> Volume<f32> {
    Volume::from_fn(grid, |offset| {
        value(grid.to_lps.apply_to(grid.index(offset).map(|n| n as f64)))
    })
}

/// A ball of label 2 with a shell of label 1, on a grid.
fn ball(grid: Grid, centre: [f64; 3], radius: f64) -> LabelMap {
    filled(grid, |at| {
        let d = (0..3).map(|a| (at[a] - centre[a]).powi(2)).sum::<f64>().sqrt();
        if d < radius * 0.6 {
            2.
        } else if d < radius {
            1.
        } else {
            0.
        }
    })
    .map(|v| *v as u8)
}

#[test]
fn linear_reproduces_a_plane() {
    let moving = filled(grid([40, 40, 20], [1., 1.2, 2.]), plane);
    let onto = grid([12, 10, 8], [1.5, 1.1, 1.7]);
    let to_moving = Transform::new([[0.96, -0.28, 0., 8.], [0.28, 0.96, 0., 6.], [0., 0., 1., 5.]]);
    let out = linear(&moving, &onto, &to_moving);
    for (offset, value) in out.voxels().iter().enumerate() {
        let index = onto.index(offset).map(|n| n as f64);
        let wanted = plane(to_moving.apply_to(onto.to_lps.apply_to(index)));
        // what is left is float32
        assert!((value - wanted).abs() < 1e-4, "{value} {wanted}");
    }
}
#[test]
fn onto_its_own_grid_nothing_changes() {
    let image = filled(grid([9, 8, 1], [1., 0.7, 5.]), |at| (at[0] * 1.7).sin() as f32);
    let still = Transform::identity();
    assert_eq!(linear(&image, image.grid(), &still), image);
    assert_eq!(nearest(&image, image.grid(), &still), image);
}
#[test]
fn outside_is_zero() {
    let image = filled(grid([6, 6, 6], [1.; 3]), |_| 7.);
    let away = Transform::new([[1., 0., 0., 100.], [0., 1., 0., 0.], [0., 0., 1., 0.]]);
    let out = linear(&image, image.grid(), &away);
    assert!(out.voxels().iter().all(|v| *v == 0.));
}
#[test]
fn a_turned_ball_keeps_its_volume() {
    let map = ball(grid([40, 40, 40], [1.; 3]), [20., 19., 18.], 9.);
    let onto = grid([40, 44, 36], [1.1, 0.9, 1.2]);
    let there = labels(&map, &onto, &motion(0.3).inverse().expect("a motion"));
    for label in [1, 2] {
        let volume = |map: &LabelMap| map.map(|l| *l == label).volume().0;
        // 1 mm voxels on a 9 mm ball; boundary voxels are rounded independently
        assert!((volume(&there) / volume(&map) - 1.).abs() < 0.03, "label {label}");
    }
}
#[test]
fn thick_slices_keep_the_volume_of_a_ball() {
    let map = ball(grid([40, 40, 40], [1.; 3]), [20., 19., 18.], 12.);
    let thick = labels(&map, &grid([40, 40, 8], [1., 1., 5.]), &Transform::identity());
    let all = |map: &LabelMap| map.map(|l| *l > 0).volume().0;
    // half a slice on either cap of a 24 mm ball
    assert!((all(&thick) / all(&map) - 1.).abs() < 0.05);
}
#[test]
fn a_ring_between_two_labels_does_not_vanish() {
    let map = LabelMap::from_fn(grid([4, 1, 1], [1.; 3]), |offset| [0, 1, 2, 0][offset]);
    let shifted = Transform::new([[1., 0., 0., 0.5], [0., 1., 0., 0.], [0., 0., 1., 0.]]);
    assert_eq!(labels(&map, map.grid(), &shifted).voxels(), [1, 1, 2, 0]);
}

#[track_caller]
fn check_turn(to_lps: Transform<Voxel, Lps>) {
    let source = Grid { shape: [4, 5, 6], to_lps };
    let image = filled(source, |at| (at[0] + 10. * at[1] + 100. * at[2]) as f32);
    let turn = Reorientation::to_lps(&source);
    let turned = turn.apply(&image);
    let steps = turned.grid().spacing_mm();
    for (a, step) in steps.iter().enumerate() {
        assert!(turned.grid().to_lps.rows[a][a] / step > 0.7, "axis {a} looks elsewhere");
    }
    let expected = filled(*turned.grid(), |at| (at[0] + 10. * at[1] + 100. * at[2]) as f32);
    for (got, wanted) in turned.voxels().iter().zip(expected.voxels()) {
        assert!((got - wanted).abs() < 1e-3);
    }
    assert_eq!(turn.undo(&turned), image);
}

#[test]
fn reorientation_moves_no_voxel_in_space_and_comes_back() {
    check_turn(Transform::new([[1., 0., 0., 3.], [0., 1., 0., 4.], [0., 0., 2., 5.]]));
    check_turn(Transform::new([[-1., 0., 0., 3.], [0., -0.9, 0., 4.], [0., 0., -2., 5.]]));
    check_turn(Transform::new([[0., 0., 2., 3.], [1., 0., 0., 4.], [0., -1., 0., 5.]]));
    check_turn(Transform::new([[0.1, 0.99, 0., 3.], [0., 0., -3., 4.], [-0.99, 0.1, 0.1, 5.]]));
}
#[test]
fn ras_storage_is_the_mirror_of_lps_storage() {
    let source = grid([4, 5, 6], [1., 2., 3.]);
    assert!(Reorientation::to_lps(&source).is_identity());
    let ras = Reorientation::to_ras(&source);
    assert_eq!(ras.grid().to_lps.rows[0], [-1., 0., 0., 3.]);
    assert_eq!(ras.grid().to_lps.rows[1], [0., -2., 0., 8.]);
}
