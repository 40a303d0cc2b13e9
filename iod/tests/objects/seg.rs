//! Segmentations.

use crate::fixture::{self, Exams, SHAPE, uids};
use crate::outside::{Folder, is_valid, script, shared, shared_files};
use interval_core::digest::{Digest, Verified};
use interval_core::geometry::{Grid, Transform};
use interval_core::study::{Instance, Series};
use interval_core::uid::InstanceUid;
use interval_core::volume::Mask;
use interval_iod::seg::{ReadSeg, SegError, Segment, Slice, Source, Voxels, read, write};
use interval_iod::{header, mr};
use std::fmt::Write as _;

fn written(exams: &Exams, segments: &[Segment<'_>]) -> Vec<u8> {
    write(&fixture::home(exams), &exams.source(), segments, &uids("segmentation")).unwrap()
}

/// The voxels of a segment, by what made them.
fn truth(exams: &Exams, segment: &Segment<'_>) -> Mask {
    Mask::from_fn(exams.grid, |offset| match segment.voxels {
        Voxels::Mask(mask) => mask.voxels()[offset],
        Voxels::Labelled { labels, lesions, parts } => {
            labels.voxels()[offset] == segment.region.label()
                && parts.contains(&lesions.voxels()[offset])
        }
    })
}

#[track_caller]
fn check_same(exams: &Exams, segments: &[Segment<'_>]) -> ReadSeg {
    let seg = read(&written(exams, segments)).unwrap();
    assert_eq!(seg.segments.len(), segments.len());
    for (read, sent) in seg.segments.iter().zip(segments) {
        assert_eq!(read.label, sent.label);
        assert_eq!(read.tracking_uid.as_ref(), Some(&sent.tracking_uid));
        assert_eq!(seg.mask_on(read, &exams.grid).unwrap(), truth(exams, sent));
    }
    seg
}

#[test]
fn every_voxel_reads_back_where_it_was() {
    let (exams, model) = (fixture::study("20260401", 3), fixture::model());
    let segments = exams.segments(&model);
    assert_eq!(segments.len(), 5);
    let seg = check_same(&exams, &segments);
    assert_eq!(seg.study, exams.study);
}

#[test]
fn a_mask_of_its_own_reads_back_too() {
    let (exams, model) = (fixture::study("20260401", 0), fixture::model());
    let mask = Mask::from_fn(exams.grid, |offset| offset % 7 == 3);
    let mut segments = exams.segments(&model);
    segments.truncate(1);
    segments[0].voxels = Voxels::Mask(&mask);
    check_same(&exams, &segments);
}

#[test]
fn the_smallest_grid_holds_the_frames_and_lies_where_they_do() {
    let (exams, model) = (fixture::study("20260401", 0), fixture::model());
    let segments = exams.segments(&model);
    // Lesion 1 spans slices 2 to 8.
    let seg = read(&written(&exams, &segments[..1])).unwrap();
    let mask = seg.mask(&seg.segments[0]).unwrap();
    let truth = truth(&exams, &segments[0]);
    assert_eq!(mask.count(), truth.count());
    let first = (0..SHAPE[2])
        .find(|k| (0..37 * 41).any(|voxel| truth.voxels()[k * 37 * 41 + voxel]))
        .unwrap();
    let shifted = exams.grid.to_lps.apply_to([0., 0., first as f64]);
    for (row, wanted) in mask.grid().to_lps.rows.iter().zip(shifted) {
        // Positions in the header have six decimals.
        assert!((row[3] - wanted).abs() < 1e-6);
    }
}

#[test]
fn frames_exist_only_where_there_are_voxels() {
    let (exams, model) = (fixture::study("20260401", 0), fixture::model());
    let segments = exams.segments(&model);
    let seg = read(&written(&exams, &segments)).unwrap();
    for (read, sent) in seg.segments.iter().zip(&segments) {
        let truth = truth(&exams, sent);
        let slices = truth.voxels().chunks(37 * 41).filter(|slice| slice.contains(&true));
        assert_eq!(read.frames.len(), slices.count(), "{}", read.label);
    }
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let (exams, model) = (fixture::study("20260401", 0), fixture::model());
    let segments = exams.segments(&model);
    assert_eq!(written(&exams, &segments), written(&exams, &segments));
}

#[track_caller]
fn check_refused(change: impl FnOnce(&mut Exams, &mut Vec<Segment<'_>>), expected: &str) {
    let model = fixture::model();
    let (voxels, mut exams) = (fixture::study("20260401", 0), fixture::study("20260401", 0));
    let mut segments = voxels.segments(&model);
    change(&mut exams, &mut segments);
    let result = write(&fixture::home(&exams), &exams.source(), &segments, &uids("x"));
    let error = result.expect_err("refused").to_string();
    assert!(error.contains(expected), "{error}");
}

#[test]
fn a_brain_without_lesions_has_no_segmentation() {
    check_refused(|_, segments| segments.clear(), "nothing to outline");
}
#[test]
fn a_segment_without_voxels_is_refused() {
    let model = fixture::model();
    let exams = fixture::study("20260401", 0);
    let empty = Mask::filled(exams.grid, false);
    let mut segments = exams.segments(&model);
    segments[1].voxels = Voxels::Mask(&empty);
    let result = write(&fixture::home(&exams), &exams.source(), &segments, &uids("x"));
    assert!(matches!(result, Err(SegError::EmptySegment(label)) if label == "L1 SNFH"));
}
#[test]
fn a_mask_on_another_grid_is_refused() {
    check_refused(
        |exams, _| {
            exams.grid.to_lps.rows[0][3] += 5.;
            exams.slices.iter_mut().for_each(|slice| slice.plane.position[0] += 5.);
        },
        "does not lie on the slices",
    );
}
#[test]
fn slices_out_of_order_are_refused() {
    check_refused(|exams, _| exams.slices.swap(3, 4), "slice 4 is 2.700 mm off");
}
#[test]
fn a_missing_slice_is_refused() {
    check_refused(|exams, _| drop(exams.slices.pop()), "11 slices for 12 places");
}
#[test]
fn a_slice_of_another_series_is_refused() {
    check_refused(|exams, _| drop(exams.series.instances.remove(2)), "has no instance");
}

#[test]
fn frames_off_the_wanted_grid_are_not_resampled() {
    let (exams, model) = (fixture::study("20260401", 0), fixture::model());
    let seg = read(&written(&exams, &exams.segments(&model))).unwrap();
    let mut moved = exams.grid;
    moved.to_lps.rows[2][3] += 1.;
    let cut = Grid { shape: [37, 41, 4], ..exams.grid };
    let wider = Grid { shape: [41, 37, 12], ..exams.grid };
    for (grid, expected) in [(moved, "1.00 mm off"), (cut, "outside"), (wider, "37 x 41")] {
        let error = seg.mask_on(&seg.segments[0], &grid).expect_err("another grid").to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn nonsense_is_not_read() {
    let (exams, model) = (fixture::study("20260401", 0), fixture::model());
    let whole = written(&exams, &exams.segments(&model));
    for cut in [0, 1, 132, 500, whole.len() / 2, whole.len() - 2] {
        assert!(read(&whole[..cut]).is_err(), "cut after {cut} bytes");
    }
    let replaced = |from: &[u8], to: &[u8]| {
        let mut bytes = whole.clone();
        let at = bytes.windows(from.len()).position(|window| window == from).unwrap();
        bytes[at..at + to.len()].copy_from_slice(to);
        read(&bytes).expect_err("nonsense").to_string()
    };
    assert!(replaced(b"BINARY", b"FRACTI").contains("its type is 'FRACTI'"));
    // Columns (0028,0011) from 37 to 4,000: there are not that many bits.
    let columns = |n: u16| [&[0x28, 0, 0x11, 0, b'U', b'S', 2, 0][..], &n.to_le_bytes()].concat();
    assert!(replaced(&columns(37), &columns(4000)).contains("bytes for"));
    // Referenced Segment Number (0062,000B) of a frame.
    let segment = |n: u16| [&[0x62, 0, 0x0B, 0, b'U', b'S', 2, 0][..], &n.to_le_bytes()].concat();
    assert!(replaced(&segment(2), &segment(77)).contains("undescribed segment 77"));
}

#[test]
fn a_segmentation_by_other_software_is_read() {
    let Some(bytes) = shared("golden/seg_binary.dcm") else { return };
    let seg = read(&bytes).unwrap();
    let voxels = |number: usize| seg.mask(&seg.segments[number - 1]).unwrap().count();
    // The counts that its writer states; boxes of 72, 1,824, 504 and 144 voxels.
    assert_eq!([voxels(1), voxels(2), voxels(3), voxels(4)], [72, 1824, 504, 144]);
    assert_eq!(seg.segments[2].label, "ET L1");
    // 1 x 1 x 2 mm, slices -6 to +4 of z: the highest slice first, since rows and columns say so.
    assert_eq!(seg.grid.shape, [64, 64, 6]);
    let wanted = Transform::new([[1., 0., 0., -32.], [0., 1., 0., -32.], [0., 0., 2., -6.]]);
    assert_eq!(seg.grid.to_lps, wanted);
}
#[test]
fn a_label_map_by_other_software_is_refused() {
    let Some(bytes) = shared("golden/seg_labelmap.dcm") else { return };
    let error = read(&bytes).expect_err("a label map").to_string();
    assert!(error.contains("not a binary segmentation"), "{error}");
}

#[test]
fn the_object_is_valid_and_others_see_the_same_voxels() {
    let (exams, model) = (fixture::study("20260401", 3), fixture::model());
    let segments = exams.segments(&model);
    let folder = Folder::new("seg-others-see-the-same");
    let file = folder.write("seg.dcm", &written(&exams, &segments));
    is_valid(&file);

    let mut masks = Vec::new();
    for segment in &segments {
        masks.extend(truth(&exams, segment).voxels().iter().map(|inside| u8::from(*inside)));
    }
    let masks = folder.write("masks.raw", &masks);
    let mut slices = String::new();
    for slice in &exams.slices {
        let [x, y, z] = slice.plane.position;
        writeln!(slices, "{} {x} {y} {z}", slice.instance).unwrap();
    }
    let slices = folder.write("slices.txt", slices.as_bytes());
    let said = script(
        "seg.py",
        &[&file, &masks, &slices].map(|path| path.to_str().expect("a plain path")),
    );
    if let Some(said) = said {
        assert!(said.contains("5 segments identical"), "{said}");
    }
}

fn series_of(files: &[Vec<u8>]) -> Series {
    let header = |file: &Vec<u8>| header::read(file, Digest::of(file)).unwrap();
    let instances: Vec<Instance> = files.iter().map(header).collect();
    Series { uid: instances[0].series.clone(), instances }
}

/// Writes a mask on the slices of a scanner's own series and reads it back.
#[track_caller]
fn check_scanner(test: &str, series: &Series, grid: &Grid, places: &[(InstanceUid, u32)]) {
    let slices = Slice::in_order(series, grid, places).unwrap();
    let mask = Mask::from_fn(*grid, |offset| {
        let [i, j, k] = grid.index(offset);
        k % 3 == 1 && (i * j + k) % 5 == 0
    });
    let (exams, model) = (fixture::study("20260401", 0), fixture::model());
    let mut segments = exams.segments(&model);
    segments.truncate(1);
    segments[0].voxels = Voxels::Mask(&mask);
    let source = Source { series, slices: &slices, grid };
    let bytes = write(&fixture::home(&exams), &source, &segments, &uids("scanner")).unwrap();
    let seg = read(&bytes).unwrap();
    assert_eq!(seg.mask_on(&seg.segments[0], grid).unwrap(), mask);
    assert_eq!(seg.mask(&seg.segments[0]).unwrap().count(), mask.count());
    is_valid(&Folder::new(test).write("seg.dcm", &bytes));
}

#[test]
fn an_oblique_series_of_a_scanner_takes_a_segmentation() {
    let folder = "data/dicom_qa/dcm_qa_ge/In/05_3D_Ax_T1_MP_RAGE_R22";
    let Some(files) = shared_files(folder) else { return };
    let series = series_of(&files);
    let order = mr::order(&series).unwrap();
    let places: Vec<_> = order.slices.into_iter().map(|uid| (uid, 1)).collect();
    check_scanner("seg-oblique", &series, &order.grid, &places);
}
#[test]
fn frames_of_an_enhanced_instance_take_a_segmentation() {
    let Some(mut files) = shared_files("data/dicom_qa/dcm_qa_enh/Siemens_XA10") else { return };
    files.truncate(1);
    let series = series_of(&files);
    let file = Verified::check(files.remove(0), series.instances[0].digest).unwrap();
    let volume = mr::volume(&series, &[file]).unwrap();
    let places: Vec<_> = volume.slices.into_iter().zip(volume.frames).collect();
    check_scanner("seg-enhanced", &series, volume.volume.grid(), &places);
}
