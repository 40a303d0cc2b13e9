use super::*;
use interval_core::geometry::{Grid, Point, Transform};
use interval_core::volume::{Mask, Volume};
use std::collections::HashMap;
use std::f64::consts::PI;

/// Steps along the axes, turned about all three, and with the third axis backwards where asked.
fn grid(shape: [usize; 3], spacing: [f64; 3], third: f64) -> Grid {
    let (s, c) = 0.4_f64.sin_cos();
    let about_z = Transform::<(), ()>::new([[c, -s, 0., 3.], [s, c, 0., -40.], [0., 0., 1., 17.]]);
    let about_x = Transform::<(), ()>::new([[1., 0., 0., 0.], [0., c, -s, 0.], [0., s, c, 0.]]);
    let [x, y, z] = spacing;
    let step =
        Transform::<(), ()>::new([[x, 0., 0., 0.], [0., y, 0., 0.], [0., 0., z * third, 0.]]);
    Grid { shape, to_lps: Transform::new(step.then(&about_x).then(&about_z).rows) }
}

fn straight(shape: [usize; 3], spacing: [f64; 3]) -> Grid {
    let [x, y, z] = spacing;
    Grid { shape, to_lps: Transform::new([[x, 0., 0., 0.], [0., y, 0., 0.], [0., 0., z, 0.]]) }
}

fn ball(grid: Grid, radius: f64) -> Mask {
    let centre = grid.centre();
    Volume::from_fn(grid, |at| {
        let place = grid.to_lps.apply(Point::new(grid.index(at).map(|n| n as f64)));
        place.distance(&centre).0 <= radius
    })
}

fn surface(mask: &Mask) -> Surface {
    Field::new(mask).unwrap().surface()
}

/// Each edge is walked once in each direction, by two triangles.
#[track_caller]
fn check_closed(surface: &Surface) {
    let mut walked: HashMap<(u32, u32), usize> = HashMap::new();
    for [a, b, c] in &surface.triangles {
        for way in [(*a, *b), (*b, *c), (*c, *a)] {
            *walked.entry(way).or_default() += 1;
        }
    }
    assert!(!walked.is_empty());
    for ((from, to), times) in &walked {
        assert_eq!(*times, 1, "{from} to {to}");
        assert!(walked.contains_key(&(*to, *from)), "{from} to {to} is open");
    }
}

/// A ball of a radius: its volume, its area (percent off at most) and all that is true of surfaces.
#[track_caller]
fn check_ball(grid: Grid, radius: f64, (volume_off, area_off): (f64, f64)) {
    let mask = ball(grid, radius);
    let surface = surface(&mask);
    check_closed(&surface);
    let counted = mask.volume().0 * 1000.;
    let off = |found: f64, truth: f64| (found / truth - 1.) * 100.;
    let (volume, area) = (surface.volume_mm3(), surface.area_mm2());
    assert!(off(volume, counted).abs() < volume_off, "{volume} mm3 for {counted} counted");
    let truth = 4. * PI * radius.powi(2);
    assert!(off(area, truth).abs() < area_off, "{area} mm2 for {truth}");
    assert!(surface.bytes() <= BYTES_MAX);
    let centre = grid.centre().at;
    for triangle in &surface.triangles {
        let [a, b, c] = surface.corners(*triangle);
        assert!(dot(cross(minus(b, a), minus(c, a)), minus(a, centre)) >= 0., "a normal points in");
    }
}

#[test]
fn a_ball_has_its_volume_and_area_on_any_grid() {
    check_ball(straight([61, 61, 61], [1., 1., 1.]), 25., (1., 3.));
    check_ball(straight([31, 31, 31], [1., 1., 1.]), 6., (2., 5.));
    check_ball(straight([61, 61, 25], [0.9, 0.9, 3.]), 20., (2., 4.));
    check_ball(grid([61, 51, 41], [0.8, 1., 1.4], 1.), 18., (1., 4.));
    check_ball(grid([61, 51, 41], [0.8, 1., 1.4], -1.), 18., (1., 4.));
}

#[test]
fn a_large_mask_stays_within_the_bound() {
    let surface = surface(&ball(straight([141, 141, 141], [1., 1., 1.]), 65.));
    check_closed(&surface);
    assert!((BYTES_MAX / 3..=BYTES_MAX).contains(&surface.bytes()), "{}", surface.bytes());
}

#[test]
fn one_voxel_and_a_mask_at_the_edge_of_the_image_have_closed_surfaces() {
    let grid = straight([9, 8, 7], [1., 1.2, 4.]);
    for index in [[4, 4, 3], [0, 0, 0], [8, 7, 6]] {
        check_closed(&surface(&Volume::from_fn(grid, |at| grid.index(at) == index)));
    }
    check_closed(&surface(&Mask::filled(grid, true)));
}

#[test]
fn scattered_voxels_that_touch_at_corners_and_edges_stay_closed() {
    let grid = straight([17, 16, 15], [1., 1., 1.]);
    for seed in [7919_usize, 104_729, 1_299_709] {
        check_closed(&surface(&Volume::from_fn(grid, |at| (at + 1) * seed % 97 % 5 < 2)));
    }
}

#[test]
fn nothing_has_no_surface() {
    assert!(Field::new(&Mask::filled(straight([4, 4, 4], [1.; 3]), false)).is_none());
}

#[test]
fn a_surface_did_not_grow_beyond_itself() {
    let field = Field::new(&ball(grid([41, 41, 31], [1., 1., 1.5], 1.), 12.)).unwrap();
    let grown = growth(&field.surface().vertices, &field);
    let farthest = grown.iter().map(|mm| mm.abs()).fold(0., f32::max);
    assert!(farthest < 1e-5, "{farthest} mm");
}

/// A ball that becomes another one: what is found to have grown on the mean, and at most beside it.
#[track_caller]
fn check_growth(radii: [f64; 2]) {
    let grid = grid([61, 61, 41], [1., 1., 1.5], -1.);
    let [before, after] = radii.map(|radius| Field::new(&ball(grid, radius)).unwrap());
    let grown = growth(&after.surface().vertices, &before);
    let expected = (radii[1] - radii[0]) as f32;
    let mean = grown.iter().sum::<f32>() / grown.len() as f32;
    assert!((mean - expected).abs() < 0.15, "{mean} mm");
    // Both outlines are those of voxels: each lies up to half of one off, which is 1.5 mm long.
    let off = grown.iter().map(|mm| (mm - expected).abs()).fold(0., f32::max);
    assert!(off < 1.5, "{off} mm");
}

#[test]
fn a_ball_grows_and_shrinks_by_the_difference_of_its_radii() {
    check_growth([12., 15.]);
    check_growth([15., 12.]);
}

#[test]
fn the_bytes_are_counts_places_figures_and_triangles() {
    let surface = Surface {
        vertices: vec![[1., 2., 3.], [4., 5., 6.], [7., 8., 9.5]],
        triangles: vec![[0, 1, 2]],
    };
    let bytes = surface.to_bytes(&[0.5, -1.5]);
    assert_eq!(bytes.len(), 8 + surface.bytes());
    assert_eq!(bytes[..8], [3, 0, 0, 0, 1, 0, 0, 0]);
    let float = |at: usize| f32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
    assert_eq!([8, 40, 44, 48, 52].map(float), [1., 9.5, 0.5, -1.5, 0.]);
    assert_eq!(bytes[56..], [0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0]);
}
