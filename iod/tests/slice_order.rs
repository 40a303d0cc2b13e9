//! Which headers make a volume, and where it then lies.
#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod series;

use interval_iod::mr::{MrError, SliceOrder, order};
use series::Stack;

/// Header positions of the stacks are exact; what remains is arithmetic in double precision.
const PLACE_MM: f64 = 1e-9;

#[track_caller]
fn check_places(stack: &Stack, found: &SliceOrder) {
    let theirs = stack.grid();
    assert_eq!(found.grid.shape, theirs.shape);
    for (a, b) in found.grid.corners().iter().zip(theirs.corners()) {
        assert!(a.distance(&b).0 < PLACE_MM, "{a:?} is not {b:?}");
    }
}

/// A stack changed in one way is refused with this error.
#[track_caller]
fn check_refused(change: impl Fn(&mut series::Headers), expected: impl Fn(&MrError) -> bool) {
    let mut headers = Stack::oblique().headers();
    change(&mut headers);
    let error = order(&headers.series()).unwrap_err();
    assert!(expected(&error), "{error}");
}

#[test]
fn slices_are_ordered_by_place_and_not_by_number_or_arrival() {
    let stack = Stack::oblique();
    let mut headers = stack.headers();
    headers.0.reverse();
    headers.0.swap(1, 5);
    for (at, instance) in headers.0.iter_mut().enumerate() {
        instance.instance_number = Some(at as i32);
    }
    let found = order(&headers.series()).unwrap();
    check_places(&stack, &found);
    let uids: Vec<_> = stack.headers().0.into_iter().map(|instance| instance.uid).collect();
    assert_eq!(found.slices, uids);
}
#[test]
fn a_tilted_gantry_leans_the_affine() {
    let stack = Stack { lean_mm: 0.9, ..Stack::oblique() };
    let found = order(&stack.headers().series()).unwrap();
    check_places(&stack, &found);
    let step = found.grid.spacing_mm()[2];
    assert!((step - 0.9_f64.hypot(stack.step_mm)).abs() < PLACE_MM);
    let voxel = found.grid.voxel_volume().0 * 1000.;
    let upright = stack.pixel_mm[0] * stack.pixel_mm[1] * stack.step_mm;
    assert!((voxel - upright).abs() < 1e-6, "leaning does not change the volume");
}
#[test]
fn the_step_comes_from_positions_and_not_from_the_stated_thickness() {
    let mut headers = Stack::oblique().headers();
    for instance in &mut headers.0 {
        instance.plane.as_mut().unwrap().slice_thickness_mm = Some(99.);
    }
    check_places(&Stack::oblique(), &order(&headers.series()).unwrap());
}
#[test]
fn rounding_of_positions_is_not_unevenness() {
    let mut headers = Stack::oblique().headers();
    for instance in &mut headers.0 {
        let plane = instance.plane.as_mut().unwrap();
        plane.position = plane.position.map(|mm| (mm * 100.).round() / 100.);
        plane.orientation = plane.orientation.map(|c| (c * 1e5).round() / 1e5);
    }
    assert!(order(&headers.series()).is_ok());
}
#[test]
fn one_missing_slice_is_named_by_its_neighbours() {
    check_refused(
        |headers| drop(headers.0.remove(4)),
        |e| {
            matches!(e, MrError::Gap { slices: 1, before, after }
            if before.number == Some(4) && after.number == Some(6))
        },
    );
    let mut headers = Stack::oblique().headers();
    headers.0.drain(4..6);
    let text = order(&headers.series()).unwrap_err().to_string();
    assert!(text.starts_with("2 slices are missing between image 4 (2.25."), "{text}");
}
#[test]
fn a_slice_that_came_twice_is_named() {
    check_refused(
        |headers| {
            let mut twin = headers.0[3].clone();
            twin.uid = "1.2.3".parse().unwrap();
            twin.instance_number = Some(99);
            headers.0.push(twin);
        },
        |e| {
            matches!(e, MrError::Duplicate { image, other }
            if [image.number, other.number].contains(&Some(99)))
        },
    );
}
#[test]
fn several_volumes_in_one_series_are_no_volume() {
    let twice = |headers: &mut series::Headers| headers.0.extend(headers.0.clone());
    check_refused(twice, |e| matches!(e, MrError::SeveralVolumes { volumes: 2 }));
    check_refused(
        |headers| {
            twice(headers);
            headers.0.pop();
        },
        |e| matches!(e, MrError::Incomplete { volumes: 2, absent: 1 }),
    );
}
#[test]
fn uneven_slices_are_refused_beyond_one_per_cent_or_a_twentieth_of_a_millimetre() {
    let shift = |mm: f64| {
        move |headers: &mut series::Headers| {
            let plane = headers.0[5].plane.as_mut().unwrap();
            let normal = plane.normal();
            plane.position = [0, 1, 2].map(|a| plane.position[a] + mm * normal[a]);
        }
    };
    check_refused(shift(0.06), |e| matches!(e, MrError::Uneven { .. }));
    let mut headers = Stack::oblique().headers();
    shift(0.04)(&mut headers);
    assert!(order(&headers.series()).is_ok());
}
#[test]
fn a_slice_aside_of_the_others_is_named() {
    check_refused(
        |headers| {
            let plane = headers.0[5].plane.as_mut().unwrap();
            plane.position = [0, 1, 2].map(|a| plane.position[a] + 2. * plane.orientation[a]);
        },
        |e| matches!(e, MrError::Aside { image, .. } if image.number == Some(6)),
    );
}
#[test]
fn another_direction_matrix_or_spacing_is_refused() {
    check_refused(
        |headers| headers.0[2].plane.as_mut().unwrap().orientation[2] += 0.01,
        |e| matches!(e, MrError::Turned { image, .. } if image.number == Some(3)),
    );
    check_refused(
        |headers| headers.0[2].plane.as_mut().unwrap().rows += 1,
        |e| matches!(e, MrError::OtherMatrix { .. }),
    );
    check_refused(
        |headers| headers.0[2].plane.as_mut().unwrap().pixel_spacing_mm[0] *= 1.01,
        |e| matches!(e, MrError::OtherMatrix { .. }),
    );
}
#[test]
fn what_has_no_place_is_refused() {
    check_refused(|headers| headers.0[0].plane = None, |e| matches!(e, MrError::NoPlane(_)));
    check_refused(
        |headers| {
            for instance in &mut headers.0 {
                instance.plane.as_mut().unwrap().orientation = [0.; 6];
            }
        },
        |e| matches!(e, MrError::NoPlane(_)),
    );
    check_refused(|headers| headers.0.truncate(2), |e| matches!(e, MrError::TooFewSlices { .. }));
    check_refused(|headers| headers.0[0].frames = 9, |e| matches!(e, MrError::MultiFrame(_)));
}
