use super::*;
use interval_core::geometry::{Grid, Transform};
use interval_core::volume::Volume;

/// The grid of the metric kit, spacing 1 x 0.9 x 1.5 mm.
fn grid() -> Grid {
    let rows = [[1., 0., 0., 0.], [0., 0.9, 0., 0.], [0., 0., 1.5, 0.]];
    Grid { shape: [96, 112, 80], to_lps: Transform::new(rows) }
}

/// Ellipsoids of the metric kit: centre, radii (mm), turn about the slice normal (degrees).
type Blob = ([f64; 3], [f64; 3], f64);

const BEFORE: [Blob; 7] = [
    ([20., 20., 30.], [6., 6., 6.], 0.),
    ([50., 25., 40.], [7., 7., 7.], 0.),
    ([25., 70., 60.], [14., 5., 5.], 0.),
    ([62., 68., 50.], [5., 5., 5.], 0.),
    ([76., 68., 50.], [5., 5., 5.], 0.),
    ([70., 25., 90.], [4., 4., 4.], 0.),
    ([45., 50., 95.], [11., 6., 5.], 30.),
];
const AFTER: [Blob; 7] = [
    ([20.5, 20., 30.], [6., 6., 6.], 0.),
    ([50., 25., 40.], [10., 10., 10.], 0.),
    ([15., 70., 60.], [5., 5., 5.], 0.),
    ([35., 70., 60.], [5., 5., 5.], 0.),
    ([69., 68., 50.], [13., 6., 6.], 0.),
    ([15., 40., 95.], [4., 4., 4.], 0.),
    ([45., 50., 95.], [12., 6.5, 5.5], 30.),
];

fn paint(blobs: &[Blob]) -> Mask {
    let grid = grid();
    Volume::from_fn(grid, |at| {
        let place = grid.to_lps.apply_to(grid.index(at).map(|n| n as f64));
        blobs.iter().any(|(centre, radii, turn)| {
            let (s, c) = turn.to_radians().sin_cos();
            let [x, y, z] = [0, 1, 2].map(|a| place[a] - centre[a]);
            let turned = [x * c + y * s, y * c - x * s, z];
            (0..3).map(|a| (turned[a] / radii[a]).powi(2)).sum::<f64>().sqrt() <= 1.
        })
    })
}

#[test]
fn scores_agree_with_other_programs() {
    let [before, after] = [&BEFORE, &AFTER].map(|blobs| paint(blobs));
    let close = |found: f64, stored: f64, tolerance: f64| {
        assert!((found - stored).abs() <= tolerance, "{found} instead of {stored}");
    };
    close(dice(&before, &after).expect("one grid"), 0.624_389_449_690_654_5, 1e-12);
    // The stored figures weight the pieces of surface by triangles; ours by slope. The percentile
    // may then fall on the next piece, a part of a voxel away.
    close(hausdorff95(&before, &after).expect("one grid").0, 26.119_150_062_741_323, 0.5);
    close(hausdorff(&before, &after, 1.).expect("one grid").0, 33.086_855_396_063_25, 1e-4);
    let glioma = lesion_wise(&before, &after, Challenge::GLIOMA).expect("one grid");
    assert_eq!((glioma.lesions, glioma.counted, glioma.invented, glioma.missed), (6, 6, 1, 1));
    close(glioma.dice, 0.488_576_171_890_329_54, 1e-12);
    close(glioma.hausdorff95_mm, 108.905_209_897_955_03, 0.1);
    let metastases = lesion_wise(&before, &after, Challenge::METASTASES).expect("one grid");
    assert_eq!(
        (metastases.lesions, metastases.counted, metastases.invented, metastases.missed),
        (7, 7, 1, 1)
    );
    close(metastases.dice, 0.444_397_266_346_067_3, 1e-12);
    close(metastases.hausdorff95_mm, 98.129_830_371_808_34, 0.1);
}
#[test]
fn two_balls_of_one_centre_are_their_difference_of_radius_apart() {
    let [inner, outer] = [10., 13.].map(|r| paint(&[([45., 50., 60.], [r; 3], 0.)]));
    let apart = hausdorff95(&inner, &outer).expect("one grid").0;
    assert!((apart - 3.).abs() < 0.75, "half a voxel of 1.5 mm: {apart}");
    assert_eq!(surface_dice(&inner, &outer, Mm(1.)), Ok(0.));
    assert_eq!(surface_dice(&inner, &outer, Mm(4.5)), Ok(1.));
    assert_eq!(surface_dice(&inner, &inner, Mm(0.)), Ok(1.));
}
#[test]
fn a_surface_has_its_area() {
    let ball = paint(&[([45.2, 50.1, 60.3], [20.; 3], 0.)]);
    let window = crate::window::Window::around(&grid(), |at| ball.voxels()[at]).expect("a ball");
    let area: f64 = surface::areas(&ball, window).iter().sum();
    let truth = 4. * std::f64::consts::PI * 400.;
    // Slopes over two voxels see the surface a little too steep in places.
    assert!((area / truth - 1.).abs() < 0.15, "{area} instead of {truth}");
}
#[test]
fn nothing_agrees_with_nothing_and_with_nothing_else() {
    let [nothing, ball] = [paint(&[]), paint(&BEFORE[..1])];
    assert_eq!(dice(&nothing, &nothing), Ok(1.));
    assert_eq!(dice(&nothing, &ball), Ok(0.));
    assert_eq!(hausdorff95(&nothing, &nothing), Ok(Mm(0.)));
    assert_eq!(hausdorff95(&nothing, &ball), Ok(Mm(f64::INFINITY)));
    assert_eq!(surface_dice(&nothing, &nothing, Mm(1.)), Ok(1.));
    assert_eq!(surface_dice(&ball, &nothing, Mm(1.)), Ok(0.));
    let score = lesion_wise(&nothing, &nothing, Challenge::GLIOMA).expect("one grid");
    assert_eq!((score.dice, score.hausdorff95_mm), (1., 0.));
    let score = lesion_wise(&nothing, &ball, Challenge::GLIOMA).expect("one grid");
    assert_eq!((score.dice, score.hausdorff95_mm, score.invented), (0., 374., 1));
}
#[test]
fn masks_of_different_grids_are_not_compared() {
    let small = Grid { shape: [2, 2, 2], ..grid() };
    let other = Volume::filled(small, true);
    assert_eq!(dice(&paint(&[]), &other), Err(DifferentGrids([96, 112, 80], [2, 2, 2])));
}
