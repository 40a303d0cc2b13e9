//! The digital patient: its truth by formula is what its images and labels show.
#![allow(clippy::unwrap_used, reason = "a missing series is a failed test")]

use interval_core::geometry::{Grid, Point, Transform};
use interval_core::lesion::{Fate, Region};
use interval_core::phantom::{Lesion, Patient, Spec, plant};
use interval_core::role::SeriesRole;
use interval_core::units::{Cm3, Mm};
use interval_core::volume::{LabelMap, Volume};
use std::sync::OnceLock;

const TIMEPOINTS: usize = 4;

/// The head takes seconds to make; the tests share one.
fn patient() -> &'static Patient {
    static PATIENT: OnceLock<Patient> = OnceLock::new();
    PATIENT.get_or_init(|| Spec::new(1, TIMEPOINTS).build())
}

/// The fate of each lesion that is there or has just gone.
#[track_caller]
fn check_fates(k: usize, expected: &[(&str, Fate)]) {
    let truth = &patient().timepoints[k].truth;
    let found: Vec<(&str, Fate)> = truth.iter().map(|one| (one.name.as_str(), one.fate)).collect();
    assert_eq!(found, expected);
}

#[test]
fn lesions_grow_shrink_split_appear_and_vanish() {
    let first = ["1", "2", "3", "4"].map(|name| (name, Fate::First));
    check_fates(0, &first);
    check_fates(
        1,
        &[
            ("1", Fate::Persisting),
            ("2", Fate::Persisting),
            ("3a", Fate::Split),
            ("3b", Fate::Split),
            ("4", Fate::Vanished),
            ("5", Fate::New),
        ],
    );
    check_fates(2, &["1", "2", "3a", "3b", "5"].map(|name| (name, Fate::Persisting)));
    let core = |k: usize, nth: usize| patient().timepoints[k].truth[nth].volumes.core().0;
    assert!(core(0, 0) < core(1, 0) && core(1, 0) < core(2, 0));
    assert!(core(0, 1) > core(1, 1) && core(1, 1) > core(2, 1));
}

#[test]
fn volumes_are_their_formula() {
    for lesion in &patient().timepoints[0].lesions {
        let volumes = lesion.volumes();
        let [necrosis, oedema] = [lesion.necrosis, lesion.oedema].map(|size| size.powi(3));
        let core = volumes.core().0;
        assert!((volumes.non_enhancing_core.0 - core * necrosis).abs() < 1e-9);
        assert!((volumes.whole().0 - core * oedema).abs() < 1e-9);
    }
}

/// Volume of the voxels with the label of a region.
fn counted(labels: &LabelMap, region: Region) -> Cm3 {
    labels.map(|label| *label == region.label()).volume()
}

#[test]
fn counted_labels_have_the_volumes_of_the_truth() {
    for (k, tolerance) in [(0, 0.01), (1, 0.03), (2, 0.01)] {
        let labels = patient().labels(k, SeriesRole::T1c).unwrap();
        let truth = patient().timepoints[k].volumes();
        for region in [Region::Enhancing, Region::NonEnhancingCore, Region::FlairHyperintensity] {
            let (found, wanted) = (counted(&labels, region).0, truth.of(region).0);
            // slices of 3 mm cut thin rims more coarsely than 1 mm ones
            assert!((found - wanted).abs() <= tolerance * wanted, "{k} {region}: {found} {wanted}");
        }
    }
}

#[test]
fn each_lesion_lies_where_the_truth_says() {
    for k in 0..TIMEPOINTS {
        let timepoint = &patient().timepoints[k];
        let labels = patient().labels(k, SeriesRole::T1c).unwrap();
        let to_voxel = labels.grid().to_lps.inverse().unwrap();
        for truth in timepoint.truth.iter().filter(|one| one.fate != Fate::Vanished) {
            let at = to_voxel.apply(truth.centre).at.map(|v| v.round() as usize);
            assert_eq!(labels.at(at), Region::NonEnhancingCore.label(), "{} at {k}", truth.name);
        }
    }
}

#[test]
fn lesions_lie_within_the_brain_and_apart() {
    for (k, timepoint) in patient().timepoints.iter().enumerate() {
        let brain = patient().brain(k, SeriesRole::T1c).unwrap();
        let labels = patient().labels(k, SeriesRole::T1c).unwrap();
        let outside = labels.voxels().iter().zip(brain.voxels());
        assert_eq!(outside.filter(|(label, inside)| **label > 0 && !**inside).count(), 0);
        for (nth, one) in timepoint.lesions.iter().enumerate() {
            for other in &timepoint.lesions[nth + 1..] {
                let reach = |lesion: &Lesion| {
                    lesion.oedema * lesion.semi_axes_mm.iter().copied().fold(0., f64::max)
                };
                let gap = one.centre.distance(&other.centre).0 - reach(one) - reach(other);
                assert!(gap > 1., "{gap} mm between two lesions at {k}");
            }
        }
    }
}

#[test]
fn the_brain_has_the_size_of_a_brain() {
    let brain = patient().brain(0, SeriesRole::T1).unwrap();
    // adults: 1,100 to 1,600 cm3 with the folds
    assert!((1100. ..1700.).contains(&brain.volume().0), "{} cm3", brain.volume());
    let mut low = [usize::MAX; 3];
    let mut high = [0; 3];
    for (offset, _) in brain.voxels().iter().enumerate().filter(|(_, inside)| **inside) {
        let index = brain.grid().index(offset);
        for axis in 0..3 {
            low[axis] = low[axis].min(index[axis]);
            high[axis] = high[axis].max(index[axis]);
        }
    }
    let size = [0, 1, 2].map(|axis| high[axis] - low[axis]);
    for (mm, expected) in size.into_iter().zip([125..150, 155..190, 125..160]) {
        assert!(expected.contains(&mm), "{size:?} mm");
    }
}

/// Mean of a sequence over the voxels of a label, or over healthy brain near the middle.
fn mean(image: &Volume<f32>, keep: impl Fn(usize) -> bool) -> f32 {
    let values = image.voxels().iter().enumerate();
    let (sum, count) = values
        .filter(|(offset, _)| keep(*offset))
        .fold((0., 0), |(sum, count), (_, value)| (sum + value, count + 1));
    sum / count.max(1) as f32
}

#[test]
fn each_sequence_shows_the_lesion_as_it_should() {
    // T1 and T1c share their grid; the labels move with each series
    for (role, brighter, darker) in [
        (SeriesRole::T1c, Region::Enhancing, Region::NonEnhancingCore),
        (SeriesRole::T1c, Region::Enhancing, Region::FlairHyperintensity),
        (SeriesRole::T2, Region::NonEnhancingCore, Region::Enhancing),
        (SeriesRole::Flair, Region::FlairHyperintensity, Region::NonEnhancingCore),
    ] {
        let image = patient().render(0, role).unwrap();
        let labels = patient().labels(0, role).unwrap();
        let of = |region: Region| mean(&image, |at| labels.voxels()[at] == region.label());
        assert!(of(brighter) > 1.2 * of(darker), "{role}: {brighter} over {darker}");
    }
}

#[test]
fn values_are_those_of_a_twelve_bit_scanner() {
    for role in SeriesRole::CHANNELS {
        let slice = patient().render_slice(1, role, 30).unwrap();
        assert!(slice.iter().all(|value| (0. ..=4095.).contains(value) && value.fract() == 0.));
        let most = slice.iter().copied().fold(0., f32::max);
        assert!(most > 800., "{role}: {most}");
    }
}

#[test]
fn the_same_seed_gives_the_same_slice_and_another_seed_another() {
    let slice = |patient: &Patient| patient.render_slice(0, SeriesRole::T2, 40).unwrap();
    assert_eq!(slice(&Spec::new(1, 1).build()), slice(patient()));
    assert_ne!(slice(&Spec::new(2, 1).build()), slice(patient()));
}

#[test]
fn a_volume_is_its_slices() {
    let volume = patient().render(2, SeriesRole::T2).unwrap();
    let [ni, nj, nk] = volume.grid().shape;
    let last = patient().render_slice(2, SeriesRole::T2, nk - 1).unwrap();
    assert_eq!(volume.voxels()[(nk - 1) * ni * nj..], last);
    assert_eq!(patient().render_slice(2, SeriesRole::T2, nk), None);
    assert!(patient().render(TIMEPOINTS, SeriesRole::T2).is_none());
    assert!(patient().render(0, SeriesRole::Diffusion).is_none());
}

#[test]
fn series_differ_in_grid_and_the_head_moves_a_little_between_them() {
    for timepoint in &patient().timepoints {
        let plan = |role| timepoint.plan(role).unwrap();
        let (t1c, t2) = (plan(SeriesRole::T1c), plan(SeriesRole::T2));
        assert_eq!(plan(SeriesRole::T1).grid, t1c.grid);
        assert!(!t2.grid.coincides(&t1c.grid, Mm(1.)));
        let centre = Point::new([0., 15., 10.]);
        let moved = t1c.motion.apply(centre).distance(&t2.motion.apply(centre));
        assert!(moved > Mm(0.3) && moved < Mm(5.), "{moved} mm");
    }
}

#[test]
fn studies_are_in_the_order_of_time_and_motions_are_rigid() {
    for pair in patient().timepoints.windows(2) {
        assert!(pair[0].date < pair[1].date);
    }
    for plan in patient().timepoints.iter().flat_map(|timepoint| &timepoint.series) {
        assert!((plan.motion.determinant() - 1.).abs() < 1e-12);
        assert!(plan.motion.steps().iter().all(|step| (step - 1.).abs() < 1e-12));
    }
}

#[test]
fn planted_lesions_have_their_volume_and_leave_the_rest() {
    let to_lps = Transform::new([[1., 0., 0., -40.], [0., 1., 0., -40.], [0., 0., 1., -40.]]);
    let grid = Grid { shape: [80, 80, 80], to_lps };
    // white matter with a shell of grey
    let head = Volume::from_fn(grid, |offset| {
        let [i, j, k] = grid.index(offset).map(|n| n as f32 - 39.5);
        if (i * i + j * j + k * k).sqrt() < 32. { 140. } else { 90. }
    });
    let lesion = Lesion::new(Point::new([3., -2., 4.]), Cm3(3.), [1., 1.1, 0.9], 5);
    let planted = plant(&head, &[lesion]);
    let truth = lesion.volumes();
    for region in [Region::Enhancing, Region::NonEnhancingCore, Region::FlairHyperintensity] {
        let (found, wanted) = (counted(&planted.labels, region).0, truth.of(region).0);
        assert!((found - wanted).abs() <= 0.03 * wanted, "{region}: {found} for {wanted}");
    }
    let t1 = planted.channel(SeriesRole::T1).unwrap();
    let touched = t1.voxels().iter().zip(head.voxels()).filter(|(new, old)| new != old).count();
    let labelled = planted.labels.voxels().iter().filter(|label| **label > 0).count();
    // voxels cut by the outer surface are changed and less than half filled
    assert!(touched >= labelled && touched < labelled * 2);
    let flair = planted.channel(SeriesRole::Flair).unwrap();
    let oedema = Region::FlairHyperintensity.label();
    let bright = mean(flair, |at| planted.labels.voxels()[at] == oedema);
    let healthy = mean(flair, |at| planted.labels.voxels()[at] == 0 && head.voxels()[at] > 100.);
    assert!(bright > 1.5 * healthy, "{bright} against {healthy}");
}
