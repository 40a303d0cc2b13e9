use super::*;
use flate2::{Compression, write::GzEncoder};
use interval_core::geometry::{Grid, Lps, Transform, Voxel};
use std::io::Write;

/// An oblique, left-handed grid with unequal steps: every convention at once.
fn oblique(shape: [usize; 3]) -> Grid {
    let (s, c) = 0.3_f64.sin_cos();
    let to_lps = Transform::<Voxel, Lps>::new([
        [0.9 * c, -0.8 * s, 0., -71.25],
        [0.9 * s, 0.8 * c, 0., 33.5],
        [0., 0., -2.5, 12.],
    ]);
    Grid { shape, to_lps }
}

fn ramp(grid: Grid) -> Volume<f32> {
    Volume::from_fn(grid, |offset| offset as f32 * 0.25 - 3.)
}

fn inflated(packed: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(packed), &mut plain).unwrap();
    plain
}

fn packed(plain: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(plain).unwrap();
    encoder.finish().unwrap()
}

/// A valid small file, changed at one place.
fn changed(at: usize, bytes: &[u8]) -> Vec<u8> {
    let mut plain = inflated(&write(&ramp(oblique([4, 3, 2]))).unwrap());
    plain[at..at + bytes.len()].copy_from_slice(bytes);
    plain
}

#[track_caller]
fn check_refused(file: &[u8], wanted: &str) {
    let error = read(file).expect_err("this file must be refused");
    assert!(error.to_string().contains(wanted), "{error}");
}

/// Farthest any corner moves, in mm.
fn off_by(a: &Grid, b: &Grid) -> f64 {
    assert_eq!(a.shape, b.shape);
    a.corners().iter().zip(b.corners()).map(|(p, q)| p.distance(&q).0).fold(0., f64::max)
}

#[test]
fn what_is_written_is_read_back() {
    let volume = ramp(oblique([5, 4, 3]));
    let back = read(&write(&volume).unwrap()).unwrap();
    assert_eq!(back.voxels(), volume.voxels());
    // the affine is float32: 71 mm has a step of 8 nm
    assert!(off_by(back.grid(), volume.grid()) < 1e-4);
}
#[test]
fn the_qform_alone_says_the_same_place() {
    let volume = ramp(oblique([200, 200, 60]));
    let mut plain = inflated(&write(&volume).unwrap());
    plain[254..256].copy_from_slice(&0_i16.to_le_bytes());
    // 200 steps of 0.9 mm turned by a float32 quaternion
    assert!(off_by(read(&plain).unwrap().grid(), volume.grid()) < 2e-3);
}
#[test]
fn half_a_turn_with_a_tilt_survives_the_quaternion() {
    let (s, c) = 0.02_f64.sin_cos();
    let to_lps = Transform::new([[1., 0., 0., 0.], [0., c, -s, 0.], [0., s, c, 0.]]);
    let volume = ramp(Grid { shape: [250, 250, 2], to_lps });
    let mut plain = inflated(&write(&volume).unwrap());
    plain[254..256].copy_from_slice(&0_i16.to_le_bytes());
    assert!(off_by(read(&plain).unwrap().grid(), volume.grid()) < 5e-3);
}
#[test]
fn without_any_form_the_centre_is_the_origin() {
    let plain = changed(252, &[0; 4]);
    let centre = read(&plain).unwrap().grid().centre().at;
    assert!(centre.iter().all(|x| x.abs() < 1e-6), "{centre:?}");
}
#[test]
fn slope_and_intercept_are_applied_to_integers() {
    let map = LabelMap::from_fn(oblique([2, 2, 1]), |offset| offset as u8);
    let mut plain = inflated(&write_labels(&map).unwrap());
    plain[112..116].copy_from_slice(&2_f32.to_le_bytes());
    plain[116..120].copy_from_slice(&10_f32.to_le_bytes());
    assert_eq!(read(&plain).unwrap().voxels(), [10., 12., 14., 16.]);
}
#[test]
fn a_slope_of_zero_or_nan_means_no_scaling() {
    for slope in [0., f32::NAN] {
        let volume = read(&changed(112, &slope.to_le_bytes())).unwrap();
        assert_eq!(volume.voxels()[..2], [-3., -2.75]);
    }
}
#[test]
fn labels_and_masks_come_back_exactly() {
    let map = LabelMap::from_fn(oblique([16, 16, 1]), |offset| offset as u8);
    assert_eq!(read_labels(&write_labels(&map).unwrap()).unwrap().voxels(), map.voxels());
    let mask = map.map(|label| *label > 7);
    let back = read_labels(&write_mask(&mask).unwrap()).unwrap();
    assert_eq!(back.map(|label| *label == 1), back.map(|label| *label != 0));
    assert_eq!(back.map(|label| *label == 1).count(), mask.count());
}
#[test]
fn a_value_between_labels_is_not_a_label() {
    let file = write(&ramp(oblique([2, 2, 2]))).unwrap();
    assert!(matches!(read_labels(&file), Err(NiftiError::NotALabel { offset: 0, .. })));
}
#[test]
fn one_frame_of_four_dimensions_is_a_volume_and_two_are_not() {
    let mut plain = changed(40, &4_i16.to_le_bytes());
    assert!(read(&plain).is_ok());
    plain[48..50].copy_from_slice(&2_i16.to_le_bytes());
    check_refused(&plain, "single 3D image");
}
#[test]
fn the_same_volume_gives_the_same_bytes() {
    let volume = ramp(oblique([5, 4, 3]));
    assert_eq!(write(&volume).unwrap(), write(&volume).unwrap());
}
#[test]
fn a_header_that_declares_too_much_is_refused_unread() {
    let huge = [i16::MAX; 3].map(i16::to_le_bytes).concat();
    check_refused(&changed(42, &huge), "limit");
    check_refused(&packed(&changed(42, &huge)), "limit");
}
#[test]
fn a_small_file_that_promises_a_large_volume_is_truncated() {
    let large = [512_i16, 512, 200].map(i16::to_le_bytes).concat();
    check_refused(&changed(42, &large), "declares");
    check_refused(&packed(&changed(42, &large)), "declares");
}
#[test]
fn a_bomb_is_inflated_only_as_far_as_its_header_says() {
    let mut plain = changed(0, &[]);
    plain.resize(plain.len() + (64 << 20), 0);
    assert_eq!(read(&packed(&plain)).unwrap().grid().shape, [4, 3, 2]);
}
#[test]
fn what_is_not_one_nifti_image_is_refused() {
    check_refused(b"", "not a NIfTI");
    check_refused(&[0x1f, 0x8b, 8, 0, 1, 2], "not a NIfTI");
    check_refused(&changed(0, &[7, 7, 7, 7]), "wrong length");
    check_refused(&changed(0, &540_i32.to_le_bytes()), "NIfTI-2");
    check_refused(&changed(344, b"ni1\0"), "second file");
    check_refused(&changed(70, &128_i16.to_le_bytes()), "colours");
    check_refused(&changed(108, &f32::NAN.to_le_bytes()), "start at byte");
    check_refused(&changed(42, &[0, 0]), "NIfTI");
    check_refused(&changed(280, &f32::INFINITY.to_le_bytes()), "finite");
    check_refused(&changed(280, &[0; 48]), "flat");
}
#[test]
fn a_grid_too_long_for_the_format_is_a_defect() {
    let error = write_labels(&LabelMap::filled(oblique([40_000, 1, 1]), 0)).expect_err("too long");
    assert_eq!(error.fault(), Fault::Defect);
}
