use super::*;
use interval_core::geometry::{Grid, Point, Voxel};
use interval_core::lesion::Fate;

/// A ball or ellipsoid: centre and radii in mm of the reference space.
type Blob = ([f64; 3], [f64; 3]);

fn ball(x: f64, y: f64, z: f64, radius: f64) -> Blob {
    ([x, y, z], [radius; 3])
}

/// Paints blobs on a grid that sees the head through a map to the reference space; the index of a
/// lesion is its place in the list.
fn paint(grid: Grid, to_reference: &Transform<Lps, Lps>, blobs: &[Blob]) -> Volume<u8> {
    Volume::from_fn(grid, |at| {
        let place = grid.to_lps.apply(Point::new(grid.index(at).map(|n| n as f64)));
        let place = to_reference.apply(place).at;
        let inside = |(centre, radii): &Blob| {
            (0..3).map(|a| ((place[a] - centre[a]) / radii[a]).powi(2)).sum::<f64>() <= 1.
        };
        blobs.iter().position(inside).map_or(0, |n| n as u8 + 1)
    })
}

fn axial(step: [f64; 3], shape: [usize; 3]) -> Grid {
    let [x, y, z] = step;
    let rows = [[x, 0., 0., 0.], [0., y, 0., 0.], [0., 0., z, 0.]];
    Grid { shape, to_lps: Transform::<Voxel, Lps>::new(rows) }
}

fn uid(bits: &[(usize, u8)]) -> TrackingUid {
    let (timepoint, lesion) = bits[0];
    TrackingUid::from_u128(timepoint as u128 * 1000 + u128::from(lesion))
}

/// Follows blobs of several timepoints, each seen through its own pose and grid with the
/// registration off by `off`, and compares "lesions fate" of each track at each timepoint.
#[track_caller]
fn check(timepoints: &[&[Blob]], expected: &[&[&str]]) {
    let tilt = Transform::<Lps, Lps>::new([
        [0.998, -0.05, 0.03, 2.],
        [0.052, 0.997, -0.06, -3.],
        [-0.027, 0.062, 0.998, 1.5],
    ]);
    for (pose, step) in [(Transform::identity(), [1.; 3]), (tilt, [0.9, 0.9, 3.])] {
        let shape = step.map(|s| (100. / s) as usize);
        let grids: Vec<(Transform<Lps, Lps>, Grid)> = (0..timepoints.len())
            .map(|n| match n % 2 {
                0 => (Transform::identity(), axial([1.; 3], [100; 3])),
                _ => (pose, axial(step, shape)),
            })
            .collect();
        let maps: Vec<Volume<u8>> =
            timepoints.iter().zip(&grids).map(|(b, (pose, grid))| paint(*grid, pose, b)).collect();
        let seen: Vec<LesionsAt> = maps
            .iter()
            .zip(&grids)
            .map(|(lesions, (to_reference, _))| LesionsAt {
                lesions,
                to_reference: *to_reference,
                registration_error: Mm(0.3),
            })
            .collect();
        let tracks = track(&seen, &mut uid);
        let words: Vec<Vec<String>> = tracks.iter().map(words).collect();
        assert_eq!(words, expected);
        for (timepoint, map) in maps.iter().enumerate() {
            for lesion in 1..=map.voxels().iter().copied().max().unwrap_or_default() {
                let holders = tracks
                    .iter()
                    .filter(|t| t.sightings[timepoint].lesions.contains(&lesion))
                    .count();
                assert_eq!(holders, 1, "lesion {lesion} of timepoint {timepoint}");
            }
        }
    }
}

fn words(track: &LesionTrack) -> Vec<String> {
    let word = |sighting: &Sighting| {
        let lesions: Vec<String> = sighting.lesions.iter().map(u8::to_string).collect();
        let fate = sighting.fate.map_or("-", Fate::as_str);
        format!("{} {fate}", lesions.join("+")).trim().to_owned()
    };
    track.sightings.iter().map(word).collect()
}

#[test]
fn a_lesion_that_grows_stays_itself() {
    check(
        &[&[ball(30., 30., 30., 6.)], &[ball(31., 30., 30., 11.)], &[ball(30., 31., 30., 4.)]],
        &[&["1 first", "1 persisting", "1 persisting"]],
    );
}
#[test]
fn a_lesion_that_splits_keeps_its_name_on_all_parts() {
    let long = ([50., 50., 50.], [18., 6., 6.]);
    let parts = [ball(40., 50., 50., 6.), ball(61., 50., 50., 5.)];
    check(&[&[long], &parts, &parts], &[&["1 first", "1+2 split", "1+2 persisting"]]);
    check(&[&[long], &parts, &[long]], &[&["1 first", "1+2 split", "1 merged"]]);
}
#[test]
fn lesions_that_merge_go_on_as_the_larger_one() {
    let apart = [ball(40., 50., 50., 5.), ball(58., 50., 50., 7.)];
    let together = [([50., 50., 50.], [18., 8., 8.])];
    check(
        &[&apart, &together, &together],
        &[&["1 first", "merged", "-"], &["2 first", "1 merged", "1 persisting"]],
    );
}
#[test]
fn a_lesion_that_returns_keeps_its_identity() {
    let (stays, goes) = (ball(30., 30., 30., 6.), ball(70., 60., 60., 6.));
    check(
        &[&[stays, goes], &[stays], &[stays], &[stays, goes], &[stays, goes]],
        &[
            &["1 first", "1 persisting", "1 persisting", "1 persisting", "1 persisting"],
            &["2 first", "vanished", "-", "2 reappeared", "2 persisting"],
        ],
    );
}
#[test]
fn a_new_lesion_beside_an_old_one_is_new() {
    let old = ball(40., 50., 50., 8.);
    check(
        &[&[old], &[old, ball(56., 50., 50., 4.)]],
        &[&["1 first", "1 persisting"], &["-", "2 new"]],
    );
}
#[test]
fn neighbours_are_not_mistaken_for_each_other() {
    let now = [ball(40., 50., 50., 5.), ball(53., 50., 50., 5.)];
    let then = [ball(54., 50., 50., 5.), ball(41., 50., 50., 5.)];
    check(&[&now, &then], &[&["1 first", "2 persisting"], &["2 first", "1 persisting"]]);
}
#[test]
fn a_small_lesion_that_moved_off_its_place_is_found_again() {
    check(
        &[&[ball(40., 50., 50., 3.)], &[ball(47., 50., 50., 3.)]],
        &[&["1 first", "1 persisting"]],
    );
}
#[test]
fn no_lesions_at_any_time_is_no_track() {
    check(&[&[], &[]], &[]);
    check(&[&[], &[ball(40., 50., 50., 5.)]], &[&["-", "1 new"]]);
}
#[test]
fn parts_have_letters() {
    let parts = [ball(40., 50., 50., 6.), ball(61., 50., 50., 5.)];
    let maps = [
        paint(
            axial([1.; 3], [100; 3]),
            &Transform::identity(),
            &[([50., 50., 50.], [18., 6., 6.])],
        ),
        paint(axial([1.; 3], [100; 3]), &Transform::identity(), &parts),
    ];
    let seen: Vec<LesionsAt> = maps
        .iter()
        .map(|lesions| LesionsAt {
            lesions,
            to_reference: Transform::identity(),
            registration_error: Mm(0.),
        })
        .collect();
    let tracks = track(&seen, &mut uid);
    assert_eq!(part_name(&tracks[0], 0, 1), Some("1".into()));
    assert_eq!(part_name(&tracks[0], 1, 2), Some("1b".into()));
    assert_eq!(part_name(&tracks[0], 1, 3), None);
    assert_eq!([0, 25, 26, 27, 702].map(letters), ["a", "z", "aa", "ab", "aaa"]);
}

/// The planted lesions of the metric kit: on its grid, by formula.
const BEFORE: [Blob; 6] = [
    ([20., 20., 30.], [6., 6., 6.]),
    ([50., 25., 40.], [7., 7., 7.]),
    ([25., 70., 60.], [14., 5., 5.]),
    ([62., 68., 50.], [5., 5., 5.]),
    ([76., 68., 50.], [5., 5., 5.]),
    ([70., 25., 90.], [4., 4., 4.]),
];
const AFTER: [Blob; 6] = [
    ([20.5, 20., 30.], [6., 6., 6.]),
    ([50., 25., 40.], [10., 10., 10.]),
    ([15., 70., 60.], [5., 5., 5.]),
    ([35., 70., 60.], [5., 5., 5.]),
    ([69., 68., 50.], [13., 6., 6.]),
    ([15., 40., 95.], [4., 4., 4.]),
];

/// Pairs (before, after) that are linked by a common track, and merges.
fn edges(before: &Volume<u8>, after: &Volume<u8>, shift: [f64; 3], error: Mm) -> Vec<(u8, u8)> {
    let [x, y, z] = shift;
    let moved = Transform::new([[1., 0., 0., x], [0., 1., 0., y], [0., 0., 1., z]]);
    let seen = [(before, Transform::identity()), (after, moved)].map(|(lesions, to_reference)| {
        LesionsAt { lesions, to_reference, registration_error: error }
    });
    let tracks = track(&seen, &mut uid);
    let mut edges = Vec::new();
    let pairs = |a: &LesionTrack, b: &LesionTrack| -> Vec<(u8, u8)> {
        let [then, now] = [&a.sightings[0].lesions, &b.sightings[1].lesions];
        then.iter().flat_map(|&t| now.iter().map(move |&n| (t, n))).collect()
    };
    for track in &tracks {
        edges.extend(pairs(track, track));
    }
    for merge in merges(&seen) {
        for from in merge.from {
            edges.extend(pairs(&tracks[from], &tracks[merge.into]));
        }
    }
    edges.sort_unstable();
    edges
}

#[test]
fn every_planted_link_is_found_with_the_registration_three_millimetres_off() {
    let grid = axial([1., 0.9, 1.5], [96, 112, 80]);
    let [before, after] = [&BEFORE, &AFTER].map(|blobs| paint(grid, &Transform::identity(), blobs));
    for shift in shifts() {
        for error in [Mm(0.5), Mm(3.)] {
            let found = edges(&before, &after, shift, error);
            assert_eq!(
                found,
                [(1, 1), (2, 2), (3, 3), (3, 4), (4, 5), (5, 5)],
                "{shift:?} {error:?}"
            );
        }
    }
}

/// Shifts of nothing and of 3 mm along 14 directions.
fn shifts() -> Vec<[f64; 3]> {
    let mut shifts = vec![[0.; 3]];
    for axis in 0..3 {
        for sign in [-3., 3.] {
            let mut shift = [0.; 3];
            shift[axis] = sign;
            shifts.push(shift);
        }
    }
    let part = 3_f64.sqrt();
    for bits in 0..8_u8 {
        shifts.push([0, 1, 2].map(|axis| if bits >> axis & 1 == 0 { part } else { -part }));
    }
    shifts
}
