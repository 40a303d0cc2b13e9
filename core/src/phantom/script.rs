//! What happens to the patient: when the studies are, how the head lies, how it is scanned, and
//! what becomes of each lesion.

use super::lesion::Lesion;
use super::random::Random;
use crate::geometry::{Grid, Lps, Point, Transform, Voxel};
use crate::lesion::Fate;
use crate::role::SeriesRole;
use crate::timepoint::Date;
use crate::units::Cm3;

/// Days between studies: the usual interval of follow-up.
const INTERVAL_DAYS: i64 = 84;
/// Day of the first study: 2023-03-14.
const FIRST_DAY: Date = Date(19_430);

/// Day of a study.
pub(super) fn date(timepoint: usize) -> Date {
    Date(FIRST_DAY.0 + INTERVAL_DAYS * timepoint as i64)
}

/// A turn about x, y, z (degrees) around the middle of the head, then a shift (mm).
pub(super) fn rigid(turn_deg: [f64; 3], shift_mm: [f64; 3]) -> Transform<Lps, Lps> {
    /// Middle of the head, between the ears.
    const PIVOT: [f64; 3] = [0., 15., -10.];
    let [(sx, cx), (sy, cy), (sz, cz)] = turn_deg.map(|angle| angle.to_radians().sin_cos());
    let about_x: Transform<Lps, Lps> =
        Transform::new([[1., 0., 0., 0.], [0., cx, -sx, 0.], [0., sx, cx, 0.]]);
    let about_y: Transform<Lps, Lps> =
        Transform::new([[cy, 0., sy, 0.], [0., 1., 0., 0.], [-sy, 0., cy, 0.]]);
    let about_z: Transform<Lps, Lps> =
        Transform::new([[cz, -sz, 0., 0.], [sz, cz, 0., 0.], [0., 0., 1., 0.]]);
    let mut turned = about_x.then(&about_y).then(&about_z);
    let moved = turned.apply_to(PIVOT);
    for axis in 0..3 {
        turned.rows[axis][3] += PIVOT[axis] - moved[axis] + shift_mm[axis];
    }
    turned
}

/// How the head lies in the scanner at a timepoint; straight at the first.
pub(super) fn head_motion(seed: u64, timepoint: usize) -> Transform<Lps, Lps> {
    let mut random = Random::new(&[seed, timepoint as u64, 0x4d4f_5645]);
    let size = if timepoint == 0 { 0.3 } else { 1. };
    let turn = [0; 3].map(|_| size * random.sign() * random.between(2., 6.));
    let shift = [0; 3].map(|_| size * random.sign() * random.between(2., 7.));
    rigid(turn, shift)
}

/// How far the head moves between the first series of a study and another one.
pub(super) fn series_motion(seed: u64, timepoint: usize, sequence: usize) -> Transform<Lps, Lps> {
    let mut random = Random::new(&[seed, timepoint as u64, sequence as u64, 0x4a49_5454]);
    let size = if sequence < 2 { 0.3 } else { 1. };
    let turn = [0; 3].map(|_| size * random.sign() * random.between(0.3, 1.2));
    let shift = [0; 3].map(|_| size * random.sign() * random.between(0.3, 1.5));
    rigid(turn, shift)
}

/// How an image is laid through the head.
#[derive(Debug, Clone, Copy)]
struct Protocol {
    shape: [usize; 3],
    spacing_mm: [f64; 3],
    /// LPS directions of i, j, k before tilting.
    axes: [[f64; 3]; 3],
    tilt_deg: [f64; 3],
    /// Middle of the field of view, LPS mm.
    centre_mm: [f64; 3],
}

const AXIAL: [[f64; 3]; 3] = [[1., 0., 0.], [0., 1., 0.], [0., 0., 1.]];
/// Rows run from front to back, columns from top to bottom, slices from right to left.
const SAGITTAL: [[f64; 3]; 3] = [[0., 1., 0.], [0., 0., -1.], [1., 0., 0.]];
/// Middle of the field of view of a scan of the head.
const CENTRE_MM: [f64; 3] = [0., 12., 6.];

const fn protocol(
    shape: [usize; 3],
    spacing_mm: [f64; 3],
    axes: [[f64; 3]; 3],
    tilt_deg: [f64; 3],
    shift_z_mm: f64,
) -> Protocol {
    let [x, y, z] = CENTRE_MM;
    Protocol { shape, spacing_mm, axes, tilt_deg, centre_mm: [x, y, z + shift_z_mm] }
}

/// Structural (T1 and T1c), T2 and FLAIR of three scanners that take turns: all isotropic and
/// axial; oblique slices of 3 mm; sagittal.
const PROTOCOLS: [[Protocol; 3]; 3] = [
    [
        protocol([256, 256, 180], [1., 1., 1.], AXIAL, [0., 0., 0.], 0.),
        protocol([240, 240, 88], [0.95, 0.95, 2.], AXIAL, [0., 0., 0.], 3.),
        protocol([208, 224, 160], [1.2, 1.15, 1.15], SAGITTAL, [0., 0., 0.], -2.),
    ],
    [
        protocol([256, 272, 60], [0.9, 0.9, 3.], AXIAL, [12., 0., 0.], 4.),
        protocol([320, 320, 60], [0.75, 0.75, 3.], AXIAL, [12., 0., 0.], 4.),
        protocol([256, 256, 60], [0.9, 0.9, 3.], AXIAL, [9., 2., 0.], 2.),
    ],
    [
        protocol([256, 256, 160], [1., 1., 1.2], SAGITTAL, [0., 0., 3.], -4.),
        protocol([256, 256, 90], [0.9, 0.9, 2.], AXIAL, [-6., 0., 0.], 2.),
        protocol([240, 240, 164], [1.05, 1.05, 1.1], SAGITTAL, [0., 0., 3.], -4.),
    ],
];

/// The grid of a sequence at a timepoint.
pub(super) fn grid(timepoint: usize, sequence: usize) -> Grid {
    let protocol = PROTOCOLS[timepoint % PROTOCOLS.len()][sequence.saturating_sub(1)];
    let tilt = rigid(protocol.tilt_deg, [0.; 3]);
    let mut rows = [[0.; 4]; 3];
    for column in 0..3 {
        for (axis, row) in rows.iter_mut().enumerate() {
            let turned: f64 = (0..3).map(|n| tilt.rows[axis][n] * protocol.axes[column][n]).sum();
            row[column] = turned * protocol.spacing_mm[column];
        }
    }
    let middle = protocol.shape.map(|n| (n as f64 - 1.) / 2.);
    for (row, centre) in rows.iter_mut().zip(protocol.centre_mm) {
        row[3] = centre - (0..3).map(|n| row[n] * middle[n]).sum::<f64>();
    }
    let to_lps: Transform<Voxel, Lps> = Transform::new(rows);
    Grid { shape: protocol.shape, to_lps }
}

/// The role of each sequence.
pub(super) const ROLES: [SeriesRole; 4] = SeriesRole::CHANNELS;

/// A body of a lesion at one timepoint, with what became of it.
#[derive(Debug, Clone)]
pub(super) struct Act {
    pub name: &'static str,
    pub fate: Fate,
    /// Nothing when it is gone.
    pub body: Option<Lesion>,
    pub centre: Point<Lps>,
}

/// What there is at a timepoint, in head coordinates.
pub(super) fn acts(seed: u64, timepoint: usize) -> Vec<Act> {
    let mut random = Random::new(&[seed, 0x4143_5453]);
    let mirror = random.sign();
    let mut place = |at: [f64; 3]| {
        let [x, y, z] = at.map(|value| value + random.between(-1.5, 1.5));
        Point::new([x * mirror, y, z])
    };
    let (grows, shrinks) = (place([-30., -23., 31.]), place([32., 43., 37.]));
    let (splits, appears) = (place([-35., 46., 36.]), place([47., 10., -17.]));
    let vanishes = place([31., -32., 24.]);
    let step = i32::try_from(timepoint).unwrap_or(i32::MAX);
    let later = |now: Fate| if timepoint == 0 { Fate::First } else { now };
    let body = |centre: Point<Lps>, core: f64, stretch: [f64; 3], nth: u64| {
        Lesion::new(centre, Cm3(core), stretch, Random::new(&[seed, nth]).next())
    };
    let act = |name, fate, centre: Point<Lps>, body| Act { name, fate, body, centre };
    let mut acts = vec![
        act("1", later(Fate::Persisting), grows, {
            let core = (6. * 1.4_f64.powi(step)).min(10.5);
            Some(body(grows, core, [1., 1.15, 0.95], 1))
        }),
        act("2", later(Fate::Persisting), shrinks, {
            let core = (7. * 0.62_f64.powi(step)).max(1.6);
            Some(body(shrinks, core, [1., 0.95, 1.1], 2))
        }),
    ];
    if timepoint == 0 {
        let whole = body(splits, 7.5, [0.92, 1.8, 0.92], 3).with_regions(0.62, 1.3);
        acts.push(act("3", Fate::First, splits, Some(whole)));
        acts.push(act("4", Fate::First, vanishes, Some(body(vanishes, 1.5, [1.; 3], 4))));
        return acts;
    }
    let split = if timepoint == 1 { Fate::Split } else { Fate::Persisting };
    for (name, along, core, nth) in [("3a", -14., 2.4, 5), ("3b", 13., 2., 6)] {
        let [x, y, z] = splits.at;
        let centre = Point::new([x, y + along, z]);
        let part = body(centre, core, [1., 0.95, 1.05], nth).with_regions(0.46, 1.3);
        acts.push(act(name, split, centre, Some(part)));
    }
    if timepoint == 1 {
        acts.push(act("4", Fate::Vanished, vanishes, None));
    }
    let new = if timepoint == 1 { Fate::New } else { Fate::Persisting };
    let core = (2. * 1.4_f64.powi(step - 1)).min(4.);
    acts.push(act("5", new, appears, Some(body(appears, core, [0.95, 1.1, 1.], 7))));
    acts
}
