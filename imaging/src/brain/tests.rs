use super::*;
use crate::{agreement, nifti};
use interval_core::geometry::{Grid, Point};
use interval_core::units::Mm;
use std::path::PathBuf;
use std::sync::LazyLock;

/// Half axes of the brain of the digital heads, in mm: left to right, front to back, up.
const BRAIN_MM: [f64; 3] = [72., 90., 66.];

/// Shells of a digital head: distance of their outer ends from the brain's outline in mm, intensity.
const OUTSIDE: [(f64, f32); 3] = [(2.5, 25.), (9., 8.), (16., 180.)];

/// A digital head about the origin: brain scaled by `size` and moved by `shift` (mm), of grey and
/// white matter with ventricles, in fluid, bone and scalp.
fn digital(grid: Grid, size: f64, shift: [f64; 3]) -> (Volume<f32>, Mask) {
    let radial = |at: usize| {
        let place = grid.to_lps.apply(Point::new(grid.index(at).map(|n| n as f64))).at;
        let q = [0, 1, 2].map(|a| (place[a] - shift[a]) / size);
        let [x, y, z] = [0, 1, 2].map(|a| q[a] / BRAIN_MM[a]);
        // A flat base, and ventricles ahead of the middle: no pose is as good as another.
        let out = (x * x + y * y + z * z).sqrt().max(-z * 1.5 + 0.1);
        let ventricle = (q[0].abs() - 9.).hypot((q[1] + 12.) / 3.).hypot((q[2] - 8.) / 1.5) < 7.;
        (out, ventricle)
    };
    let brain = Volume::from_fn(grid, |at| radial(at).0 <= 1.);
    let head = Volume::from_fn(grid, |at| {
        let (out, ventricle) = radial(at);
        let beyond = (out - 1.) * BRAIN_MM[0] * size;
        let shell = OUTSIDE.iter().find(|(end, _)| beyond <= *end).map_or(3., |shell| shell.1);
        match out {
            _ if ventricle => 25.,
            out if out <= 0.88 => 105.,
            out if out <= 1. => 80.,
            _ => shell,
        }
    });
    (head, brain)
}

fn cubes(step_mm: f64) -> Grid {
    let rows = [[step_mm, 0., 0., -110.], [0., step_mm, 0., -125.], [0., 0., step_mm, -90.]];
    let shape = [220., 250., 190.].map(|length: f64| (length / step_mm) as usize);
    Grid { shape, to_lps: Transform::new(rows) }
}

/// An atlas made of one digital head, for others.
static DIGITAL_ATLAS: LazyLock<Atlas> = LazyLock::new(|| {
    let (head, brain) = digital(cubes(2.), 1., [0.; 3]);
    let t1 = only(&head, &brain);
    let tissue = brain.map(|inside| if *inside { 128. } else { 0. });
    let bytes = |volume: &Volume<f32>| nifti::write(volume).expect("a small grid");
    Atlas::from_nifti(&bytes(&t1), &bytes(&tissue), &bytes(&tissue)).expect("an atlas")
});

/// What a stripped image shows.
fn only(head: &Volume<f32>, brain: &Mask) -> Volume<f32> {
    Volume::from_fn(*head.grid(), |at| if brain.voxels()[at] { head.voxels()[at] } else { 0. })
}

#[test]
fn the_brain_of_a_digital_head_is_found() {
    let (head, brain) = digital(cubes(2.), 0.9, [8., -6., 10.]);
    let found = extract(&head, &DIGITAL_ATLAS).expect("a brain");
    assert_eq!(found.doubt, None);
    let dice = agreement::dice(&brain, &found.mask).expect("one grid");
    assert!(dice >= 0.93, "{dice}");
    // Whole but for the voxels that the outline cuts.
    let lost = lost(&brain, &found.mask);
    assert!(lost * 200 <= brain.count(), "{lost}");
}
#[test]
fn a_brain_alone_is_told_from_a_head() {
    let (head, brain) = digital(cubes(2.), 0.9, [0.; 3]);
    assert_eq!(already_stripped(&head), Stripped::No);
    assert_eq!(already_stripped(&only(&head, &brain)), Stripped::Yes);
    // A head whose background was set to nothing is still a head.
    let cleaned = head.map(|value| if *value <= 3. { 0. } else { *value });
    assert_eq!(already_stripped(&cleaned), Stripped::No);
}
#[test]
fn noise_has_no_brain() {
    let grid = cubes(3.);
    let mut state = 1_u64;
    let noise = Volume::from_fn(grid, |_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 40) as f32
    });
    for image in [noise, Volume::filled(grid, 7.)] {
        assert!(matches!(extract(&image, &DIGITAL_ATLAS), Err(BrainError::NoBrain(_))));
    }
}
#[test]
fn a_field_of_view_of_kilometres_is_refused_before_any_work() {
    let rows = [[1e5, 0., 0., 0.], [0., 1e5, 0., 0.], [0., 0., 1e5, 0.]];
    let grid = Grid { shape: [20, 20, 20], to_lps: Transform::new(rows) };
    let image = Volume::from_fn(grid, |at| if at % 7 == 0 { f32::NAN } else { at as f32 });
    assert!(matches!(extract(&image, &DIGITAL_ATLAS), Err(BrainError::NoBrain(_))));
    assert_eq!(already_stripped(&image), Stripped::No);
}
#[test]
fn an_atlas_that_cannot_be_read_is_named() {
    let error = Atlas::from_nifti(b"no", b"no", b"no").expect_err("not NIfTI");
    assert_eq!(error.to_string(), "the T1 image of the head atlas cannot be read");
    assert_eq!(error.fault(), Fault::Unavailable);
}

/// Voxels of a truth that a mask does not have.
fn lost(truth: &Mask, mask: &Mask) -> usize {
    truth.voxels().iter().zip(mask.voxels()).filter(|(truth, mask)| **truth && !**mask).count()
}

/// A file of the peer data; nothing, with the reason printed, where that is not on this machine.
fn shared(path: &str) -> Option<Vec<u8>> {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    let root = std::env::var_os("INTERVAL_SHARED").map_or_else(beside, PathBuf::from);
    let file = root.join(path);
    match std::fs::read(&file) {
        Ok(bytes) => Some(bytes),
        Err(why) => {
            let required = std::env::var("INTERVAL_REQUIRE_PEERS").as_deref() == Ok("1");
            assert!(!required, "{} is required: {why}", file.display());
            println!("skipped: {} cannot be read: {why}", file.display());
            None
        }
    }
}

/// The real atlas, read once.
fn peer_atlas() -> Option<&'static Atlas> {
    static ATLAS: LazyLock<Option<Atlas>> = LazyLock::new(read_peer_atlas);
    ATLAS.as_ref()
}

fn read_peer_atlas() -> Option<Atlas> {
    let read = |kind: &str| {
        let folder = "data/atlas/nilearn_mni152_2009a";
        shared(&format!("{folder}/mni_icbm152_{kind}_tal_nlin_sym_09a_converted.nii.gz"))
    };
    Some(Atlas::from_nifti(&read("t1")?, &read("gm")?, &read("wm")?).expect("an atlas"))
}

fn peer(path: &str) -> Option<Volume<f32>> {
    shared(path).map(|bytes| nifti::read(&bytes).expect("a volume"))
}

/// Whole head and brain of one person.
fn colin() -> Option<(Volume<f32>, Mask)> {
    let head = peer("imaging/bases/ch2.nii.gz")?;
    Some((head, peer("imaging/bases/ch2bet.nii.gz")?.map(|value| *value > 0.)))
}

#[test]
fn a_persons_brain_agrees_with_another_program_and_keeps_dark_and_bright_tumours() {
    let (Some(atlas), Some((mut head, brain))) = (peer_atlas(), colin()) else { return };
    let grid = *head.grid();
    // Balls that reach the cortex or the base of the skull: centre in mm (RAS), radius, intensity;
    // the brain has 75 to 105.
    let planted = [
        ([52., -62., 42.], 14., 8.),
        ([-50., 3., 47.], 15., 25.),
        ([40., 45., 10.], 12., 254.),
        ([17., 30., -25.], 12., 85.),
        ([-12., -14., -38.], 9., 95.),
    ];
    let mut tumour = Volume::filled(grid, false);
    for ([right, front, up], radius, value) in planted {
        let centre = Point::new([-right, -front, up]);
        for at in (0..grid.len()).filter(|&at| brain.voxels()[at]) {
            let place = grid.to_lps.apply(Point::new(grid.index(at).map(|n| n as f64)));
            if place.distance(&centre) <= Mm(radius) {
                tumour.voxels_mut()[at] = true;
                head.voxels_mut()[at] = value;
            }
        }
    }
    let found = extract(&head, atlas).expect("a brain");
    assert_eq!(found.doubt, None);
    let dice = agreement::dice(&brain, &found.mask).expect("one grid");
    assert!(dice >= 0.9, "{dice}");
    assert_eq!(lost(&tumour, &found.mask), 0);
}
#[test]
fn thick_slices_of_another_contrast_in_another_pose_keep_their_tumour() {
    let folder = "imaging/pairs/G_t1_flair_thick_0";
    let (Some(atlas), Some(head)) = (peer_atlas(), peer(&format!("{folder}/moving.nii.gz"))) else {
        return;
    };
    let Some(lesion) = peer(&format!("{folder}/moving_lesion.nii.gz")) else { return };
    let found = extract(&head, atlas).expect("a brain");
    assert_eq!(found.doubt, None);
    assert_eq!(lost(&lesion.map(|value| *value > 0.), &found.mask), 0);
}
#[test]
fn stripped_images_of_patients_are_recognised() {
    let cases = [
        ("imaging/bases/ch2.nii.gz", Stripped::No),
        ("data/tcga_brats_space/TCGA-DU-7294/t2.nii.gz", Stripped::Yes),
        ("data/tcga_brats_space/TCGA-FG-6692/flair.nii.gz", Stripped::Yes),
    ];
    for (path, expected) in cases {
        let Some(image) = peer(path) else { continue };
        assert_eq!(already_stripped(&image), expected, "{path}");
    }
}
