use super::*;
use interval_core::digest::{Digest, Verified};
use interval_core::geometry::Point;
use interval_core::lesion::Region;

/// The study before: straight voxels of 1 mm.
fn before() -> Grid {
    let rows = [[1., 0., 0., -20.], [0., 1., 0., -20.], [0., 0., 1., -20.]];
    Grid { shape: [40, 40, 40], to_lps: Transform::new(rows) }
}

/// The current study: turned by 30 degrees, thicker slices, an origin of its own.
fn current() -> Grid {
    let (s, c) = 30_f64.to_radians().sin_cos();
    let rows = [[c, -s, 0., -8.], [s, c, 0., -14.], [0., 0., 1.5, -15.]];
    Grid { shape: [28, 26, 20], to_lps: Transform::new(rows) }
}

/// How the head moved: the current study's LPS to the one before.
fn moved() -> Transform<Lps, Lps> {
    Transform::new([[1., 0., 0., 2.], [0., 1., 0., -1.], [0., 0., 1., 3.]])
}

/// A ball of enhancing tissue about a place.
fn ball(grid: Grid, centre: Point<Lps>, radius: f64) -> LabelMap {
    Volume::from_fn(grid, |at| {
        let place = grid.to_lps.apply(Point::new(grid.index(at).map(|n| n as f64)));
        u8::from(place.distance(&centre).0 <= radius) * Region::Enhancing.label()
    })
}

fn give(inputs: &mut Inputs, name: &str, bytes: Vec<u8>) {
    let digest = Digest::of(&bytes);
    inputs.insert(name.into(), Verified::check(bytes, digest).unwrap());
}

fn give_maps(inputs: &mut Inputs, prefix: &str, labels: &LabelMap) {
    let lesions = labels.map(|label| u8::from(*label != 0) * 7);
    give(inputs, &format!("{prefix}labels"), nifti::write_labels(labels).unwrap());
    give(inputs, &format!("{prefix}lesions"), nifti::write_labels(&lesions).unwrap());
}

/// The images of a timepoint: everything is brain; one voxel of the heads is bright.
fn give_images(inputs: &mut Inputs, grid: Grid, bright: [usize; 3]) {
    give(inputs, "grid", nifti::write_labels(&Volume::filled(current(), 0)).unwrap());
    give(inputs, "brain", nifti::write_mask(&Mask::filled(grid, true)).unwrap());
    for role in SeriesRole::CHANNELS {
        let image = Volume::from_fn(grid, |at| (at % 97) as f32 + 10.);
        let head = Volume::from_fn(grid, |at| if grid.index(at) == bright { 8000 } else { 800 });
        give(inputs, role.as_str(), nifti::write(&image).unwrap());
        let name = format!("head/{role}");
        let (name, bytes) = packing::values(&name, &head).unwrap();
        give(inputs, &name, bytes);
    }
}

fn placed(from_current: Transform<Lps, Lps>) -> Placed {
    Placed { from_current: from_current.rows, tracks: vec![vec![7], vec![]] }
}

fn made(this: Placed, before: Option<Placed>, inputs: Inputs) -> (Made, SceneRecord) {
    let registration = RegistrationRecord { passed: true, why: "by hand".into(), error_mm: 0.5 };
    let parameters = Parameters { this, before, registration };
    let made = run(&parameters, inputs, &mut |_, _| {}).unwrap();
    let (_, record) = made.iter().find(|(name, _)| name == SCENE).unwrap();
    let record = serde_json::from_slice(record).unwrap();
    (made, record)
}

fn unpacked(made: &Made, name: &str) -> Vec<u8> {
    let (_, packed) = made.iter().find(|(made, _)| made == name).unwrap();
    packing::unpack(packed, 1 << 20).unwrap()
}

fn value(bytes: &[u8], at: usize) -> i16 {
    i16::from_le_bytes([bytes[2 * at], bytes[2 * at + 1]])
}

fn floats(bytes: &[u8], from: usize, count: usize) -> Vec<f32> {
    let quads = bytes[from..from + 4 * count].chunks_exact(4);
    quads.map(|quad| f32::from_le_bytes(quad.try_into().unwrap())).collect()
}

#[test]
fn the_current_study_is_not_moved_and_its_change_is_counted() {
    let centre = current().centre();
    let labels = ball(current(), centre, 8.);
    let then = moved().apply(centre);
    let mut inputs = Inputs::default();
    give_images(&mut inputs, current(), [5, 6, 7]);
    give_maps(&mut inputs, "", &labels);
    give_maps(&mut inputs, "before/", &ball(before(), then, 5.));
    let this = placed(Transform::identity());
    let (made, record) = made(this, Some(placed(moved())), inputs);
    assert_eq!(unpacked(&made, "labels"), labels.voxels());
    let head = unpacked(&made, "T2");
    assert_eq!(head.len(), 2 * current().len());
    assert_eq!(value(&head, current().offset([5, 6, 7])), 8000);
    assert_eq!(value(&head, current().offset([6, 6, 7])), 800);
    let changed = unpacked(&made, "change");
    let mm3 = |wanted: u8| {
        changed.iter().map(|found| f64::from(u8::from(*found == wanted))).sum::<f64>()
            * current().voxel_volume().0
            * 1000.
    };
    let sphere = |radius: f64| 4. / 3. * std::f64::consts::PI * radius.powi(3);
    // A ball inside a larger one: stable is the smaller, grown the shell. Counting voxels of 1.5 mm3
    // errs by a few percent.
    assert!((mm3(change::STABLE) / sphere(5.) - 1.).abs() < 0.06);
    assert!((mm3(change::GROWN) / (sphere(8.) - sphere(5.)) - 1.).abs() < 0.06);
    assert_eq!(mm3(change::SHRUNK), 0.);
    let names: Vec<_> = record.channels.iter().map(|channel| channel.name.as_str()).collect();
    assert_eq!(names, ["T1", "T1c", "T2", "FLAIR", "subtraction"]);
    assert_eq!((record.surfaces, record.grid.size), (vec![0], current().shape));
    assert_eq!(record.medians.len(), 4);
}

#[test]
fn a_surface_lies_around_its_lesion_and_says_how_far_it_grew() {
    let centre = current().centre();
    let mut inputs = Inputs::default();
    give_images(&mut inputs, current(), [0, 0, 0]);
    give_maps(&mut inputs, "", &ball(current(), centre, 8.));
    give_maps(&mut inputs, "before/", &ball(before(), moved().apply(centre), 5.));
    let (made, _) = made(placed(Transform::identity()), Some(placed(moved())), inputs);
    let bytes = unpacked(&made, "surface/0");
    let count = u32::from_le_bytes(bytes[..4].try_into().unwrap()) as usize;
    for vertex in floats(&bytes, 8, 3 * count).chunks_exact(3) {
        let vertex = Point::new([0, 1, 2].map(|a| f64::from(vertex[a])));
        // The outline of voxels of 1.5 mm lies up to half of one off.
        assert!((vertex.distance(&centre).0 - 8.).abs() < 1., "{vertex:?}");
    }
    let grown = floats(&bytes, 8 + 12 * count, count);
    let mean = grown.iter().sum::<f32>() / count as f32;
    assert!((mean - 3.).abs() < 0.2, "{mean} mm");
}

#[test]
fn a_marked_voxel_of_the_study_before_lands_where_its_place_is() {
    // A voxel of the current study, and the voxel before whose place that is.
    let wanted = [14, 12, 9];
    let place = current().to_lps.apply(Point::new(wanted.map(|n| n as f64)));
    let there = moved().apply(place);
    let index = before().to_lps.inverse().unwrap().apply(there).at.map(|n| n.round() as usize);
    let mut labels = Volume::filled(before(), 0);
    labels.voxels_mut()[before().offset(index)] = Region::FlairHyperintensity.label();
    let mut inputs = Inputs::default();
    give_images(&mut inputs, before(), index);
    give_maps(&mut inputs, "", &labels);
    let (made, record) = made(placed(moved()), None, inputs);
    let at = current().offset(wanted);
    assert_eq!(unpacked(&made, "labels")[at], Region::FlairHyperintensity.label());
    assert_eq!(unpacked(&made, "lesions")[at], 7);
    let head = unpacked(&made, "FLAIR");
    let brightest = (0..current().len()).max_by_key(|at| value(&head, *at));
    assert_eq!(brightest, Some(at));
    assert!(made.iter().all(|(name, _)| name != "change"));
    // And back: the way to the current study undoes the way from it.
    let back = Transform::<Lps, Lps>::new(record.to_current).apply(there);
    assert!(back.distance(&place).0 < 1e-9);
}
