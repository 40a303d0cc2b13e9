//! Volumes of real scanners beside the same volumes by a foreign converter: same value at the same
//! place in the patient, whatever the order in memory.
#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod peers;

use interval_core::geometry::Point;
use interval_core::study::Series;
use interval_iod::mr::{self, MrError, MrVolume};
use peers::{Nifti, files_in, only_series, received, shared};

/// Converters store the affine in single precision: over 300 mm that rounds to 0.00002 mm; header
/// positions have six decimals.
const PLACE_MM: f64 = 0.002;

/// Every voxel of one volume of the reference has the same value in ours, at the same place.
#[track_caller]
fn check_same(ours: &MrVolume, reference: &Nifti, volume: usize) {
    let (grid, theirs) = (*ours.volume.grid(), reference.grid());
    let to_voxel = grid.to_lps.inverse().unwrap();
    let spacing = grid.spacing_mm();
    assert_eq!(grid.len(), theirs.len());
    assert!(grid.to_lps.determinant() > 0., "our grids are right-handed");
    let (mut off_mm, mut differing) = (0_f64, 0);
    for offset in 0..theirs.len() {
        let index = theirs.index(offset).map(|i| i as f64);
        let place = to_voxel.apply(theirs.to_lps.apply(Point::new(index))).at;
        let nearest = place.map(f64::round);
        for axis in 0..3 {
            off_mm = off_mm.max((place[axis] - nearest[axis]).abs() * spacing[axis]);
        }
        let value = reference.values[volume * theirs.len() + offset];
        if ours.volume.at(nearest.map(|v| v as usize)) != value {
            differing += 1;
        }
    }
    eprintln!("{:?}: off by {off_mm:.6} mm, {differing} of {} differ", grid.shape, grid.len());
    assert!(off_mm < PLACE_MM, "places differ by {off_mm} mm");
    assert_eq!(differing, 0, "of {} voxels", grid.len());
}

/// A folder whose every object is a volume of its own, in the order of acquisition.
#[track_caller]
fn check_volume_each(folder: &str, reference: &str) {
    let (Some(folder), Some(reference)) = (shared(folder), shared(reference)) else { return };
    let reference = Nifti::read(&reference);
    let (mut instances, files) = received(files_in(&folder));
    instances.sort_by(|a, b| a.acquisition.acquisition_time.cmp(&b.acquisition.acquisition_time));
    assert_eq!(instances.len(), reference.shape[3]);
    for (at, instance) in instances.into_iter().enumerate() {
        let series = Series { uid: instance.series.clone(), instances: vec![instance] };
        check_same(&mr::volume(&series, &files).unwrap(), &reference, at);
    }
}

#[test]
fn an_oblique_3d_t1_is_the_same_as_by_the_converter() {
    let Some(folder) = shared("data/dicom_qa/dcm_qa_ge/In") else { return };
    let Some(reference) = shared("data/dicom_qa/ref_dcm2niix/ge_3d_t1.nii.gz") else { return };
    let (instances, files) = received(files_in(&folder));
    let series = only_series(instances);
    let volume = mr::volume(&series, &files).unwrap();
    check_same(&volume, &Nifti::read(&reference), 0);
    let order = mr::order(&series).unwrap();
    assert_eq!((&order.grid, &order.slices), (volume.volume.grid(), &volume.slices));
}
#[test]
fn axial_mosaics_are_the_same_as_by_the_converter() {
    check_volume_each("data/dicom_qa/dcm_qa/axasc35", "data/dicom_qa/ref_dcm2niix/axasc35.nii.gz");
}
#[test]
fn sagittal_mosaics_are_the_same_as_by_the_converter() {
    check_volume_each(
        "data/dicom_qa/dcm_qa/sagint36",
        "data/dicom_qa/ref_dcm2niix/sagint36.nii.gz",
    );
}
#[test]
fn jpeg_lossless_mosaics_are_the_same_as_by_the_converter() {
    check_volume_each(
        "data/dicom_qa/dcm_qa/AxAsc36mb2a",
        "data/dicom_qa/ref_dcm2niix/AxAsc36mb2a_jpeg_lossless.nii.gz",
    );
}
#[test]
fn jpeg_2000_mosaics_are_the_same_as_by_the_converter() {
    check_volume_each(
        "data/dicom_qa/dcm_qa/AxInt36mb",
        "data/dicom_qa/ref_dcm2niix/AxInt36mb_jpeg2000.nii.gz",
    );
}
#[test]
fn enhanced_frames_are_the_same_as_by_the_converter() {
    check_volume_each(
        "data/dicom_qa/dcm_qa_enh/Siemens_XA10",
        "data/dicom_qa/ref_dcm2niix/xa10_enhanced.nii.gz",
    );
}
#[test]
fn a_time_series_with_an_image_missing_is_flagged() {
    let Some(folder) = shared("data/dicom_qa/dcm_qa_nih/In") else { return };
    let (instances, _) = received(files_in(&folder));
    let found = mr::order(&only_series(instances));
    assert!(matches!(found, Err(MrError::Incomplete { absent: 1, .. })), "{found:?}");
}
