use super::frame::{inverse, turned};
use super::gate::judge;
use super::*;
use interval_core::geometry::{Grid, Voxel};

/// A head by formula, at the origin: scalp, bone, a folded brain with two ventricles, a neck and a
/// face that tell up from down and front from back.
#[derive(Clone, Copy)]
struct Head {
    /// Which person: shifts the folds, changes the shape.
    person: f64,
    /// Intensities of scalp, bone, fluid, grey and white matter.
    tissue: [f64; 5],
}

/// A child's head, so that the tests are quick.
const SIZE: f64 = 0.75;
const T1: [f64; 5] = [180., 8., 30., 75., 105.];
const T2: [f64; 5] = [120., 8., 240., 120., 80.];

impl Head {
    fn at(&self, [x, y, z]: [f64; 3]) -> f64 {
        // people differ in size and shape, too
        let [x, y, z] = [x, y, z].map(|c| c / SIZE * (1. + 0.03 * self.person));
        let y = y * (1. - 0.05 * self.person);
        let shell =
            |a: f64, b: f64, c: f64| ((x / a).powi(2) + (y / b).powi(2) + (z / c).powi(2)).sqrt();
        let p = self.person;
        // how much of something: soft borders, as voxels of 2.5 mm would have
        let within = |r: f64, mm: f64| 1. / (1. + ((r - 1.) * mm / 1.5).exp());
        let folds = (x / 6.5 + 2. * (y / 19. + p).sin()).sin()
            + (z / 7.5 + 1.5 * (x / 15. - p).cos()).sin()
            + (y / 8. + (z / 13. + 2. * p).sin()).cos();
        let white = 1. / (1. + (-3. * (folds - 0.3)).exp());
        let horn = |side: f64| {
            let d = ((x - side * 12.) / 6.).powi(2)
                + ((y + 3.) / 22.).powi(2)
                + ((z - 8.) / 8.).powi(2);
            within(d.sqrt(), 8.)
        };
        let [scalp, bone, fluid, grey, matter] = self.tissue;
        let brain = grey + white * (matter - grey);
        let brain = brain + (horn(1.) + horn(-1.)).min(1.) * (fluid - brain);
        let inside = bone + within(shell(64., 80., 58.), 64.) * (brain - bone);
        let inside = scalp + within(shell(72., 88., 66.), 72.) * (inside - scalp);
        let skin = within(shell(79., 95., 73.), 79.);
        let column =
            |y0: f64, r: f64| within((x.hypot(y - y0)) / r, r) * within(1. + (z + 35.) / 40., 40.);
        let below = column(25., 40.).max(0.8 * column(-45., 35.));
        skin * inside + (1. - skin) * below * grey
    }

    /// Seen by a scanner whose head lies moved by `pose`, through a coil, with a fixed rustle.
    fn seen(&self, grid: Grid, pose: &Transform<Lps, Lps>, gain: f64) -> Volume<f32> {
        let back = inverse(pose);
        Volume::from_fn(grid, |offset| {
            let at = grid.to_lps.apply_to(grid.index(offset).map(|n| n as f64));
            let coil = (gain * (at[0] - 0.6 * at[1]) / 400.).exp();
            let rustle = (offset * 7919 % 2003) as f64 / 1001. - 1.;
            (self.at(back.apply_to(at)) * coil * (1. + gain) + 2.5 * rustle).max(0.) as f32
        })
    }
}

const ANNA: Head = Head { person: 0., tissue: T1 };

fn grid(step: [f64; 3]) -> Grid {
    let shape = [0, 1, 2].map(|a| ([176., 208., 164.][a] * SIZE / step[a]) as usize);
    let to_lps = Transform::<Voxel, Lps>::new([0, 1, 2].map(|a| {
        let mut row = [0., 0., 0., -step[a] * (shape[a] as f64 - 1.) / 2.];
        row[a] = step[a];
        row
    }));
    Grid { shape, to_lps }
}

fn thin() -> Grid {
    grid([2.5; 3])
}

/// A turn in degrees, then a shift in mm.
fn motion(degrees: [f64; 3], shift: [f64; 3]) -> Transform<Lps, Lps> {
    turned(degrees.map(f64::to_radians), [0.; 3], shift)
}

const STEP: ([f64; 3], [f64; 3]) = ([5., -7., 4.], [6., -4., 8.]);
const LEAP: ([f64; 3], [f64; 3]) = ([-22., 14., 20.], [-25., 18., 12.]);

/// Largest distance between two maps on a sphere of 60 mm.
fn apart(a: &Transform<Lps, Lps>, b: &Transform<Lps, Lps>) -> f64 {
    let places = [[60., 0., 0.], [-60., 0., 0.], [0., 60., 0.], [0., -60., 0.], [0., 0., 60.]];
    let distance = |at: [f64; 3]| {
        let (p, q) = (a.apply_to(at), b.apply_to(at));
        (0..3).map(|i| (p[i] - q[i]).powi(2)).sum::<f64>().sqrt()
    };
    places.map(distance).into_iter().fold(0., f64::max)
}

/// Registers the head with itself after a motion.
#[track_caller]
fn check(other: [f64; 5], onto: Grid, (turn, shift): ([f64; 3], [f64; 3]), within_mm: f64) {
    let truth = motion(turn, shift);
    let fixed = ANNA.seen(thin(), &Transform::identity(), 0.);
    let moving = Head { tissue: other, ..ANNA }.seen(onto, &truth, 0.3);
    let contrast = if other == T1 { Contrast::Same } else { Contrast::Cross };
    let found = rigid(&fixed, &moving, &Rigid::of(contrast)).unwrap();
    let error = apart(&found.fixed_to_moving, &truth);
    assert!(error < within_mm, "{error:.3} mm");
    assert!(found.gate.passed(), "{}", found.gate.why());
}

// a twentieth of a 2.5 mm voxel; an eighth where contrast or slices leave less to hold on to
#[test]
fn a_head_that_moved_is_found() {
    check(T1, grid([2.2, 2.2, 2.8]), STEP, 0.12);
}
#[test]
fn a_head_that_turned_far_is_found() {
    check(T1, thin(), LEAP, 0.12);
}
#[test]
fn a_head_in_another_contrast_is_found() {
    check(T2, thin(), STEP, 0.3);
}
#[test]
fn a_head_in_thick_slices_is_found() {
    check(T1, grid([2., 2., 6.]), STEP, 0.25);
}

#[test]
fn both_directions_are_inverses() {
    let fixed = ANNA.seen(thin(), &Transform::identity(), 0.);
    let moving = ANNA.seen(thin(), &motion(STEP.0, STEP.1), 0.2);
    let there = rigid(&fixed, &moving, &Rigid::of(Contrast::Same)).unwrap();
    let round = there.fixed_to_moving.then(&there.moving_to_fixed);
    // rounding of one matrix inversion
    assert!(apart(&round, &Transform::identity()) < 1e-9);
    let back = rigid(&moving, &fixed, &Rigid::of(Contrast::Same)).unwrap();
    // the optimiser rests when a step is below 3 micrometres
    assert!(apart(&back.fixed_to_moving, &there.moving_to_fixed) < 0.01);
}

#[test]
fn the_number_of_threads_does_not_change_a_bit() {
    let fixed = ANNA.seen(thin(), &Transform::identity(), 0.);
    let moving = Head { tissue: T2, ..ANNA }.seen(thin(), &motion(STEP.0, STEP.1), 0.2);
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| rigid(&fixed, &moving, &Rigid::of(Contrast::Cross))).unwrap()
    };
    assert_eq!(with(1), with(3));
}

#[test]
fn two_people_do_not_pass_for_one() {
    let anna = ANNA.seen(thin(), &Transform::identity(), 0.);
    let berta = Head { person: 1.3, ..ANNA }.seen(thin(), &motion(STEP.0, STEP.1), 0.);
    let found = rigid(&anna, &berta, &Rigid::of(Contrast::Same)).unwrap();
    assert!(!found.gate.passed(), "{:?}", found.gate);
}

/// Judges a head and its other contrast at their true alignment, nudged.
#[track_caller]
fn check_gate(other: [f64; 5], nudge: Transform<Lps, Lps>, passes: bool) {
    let truth = motion(STEP.0, STEP.1);
    let fixed = ANNA.seen(thin(), &Transform::identity(), 0.);
    let moving = Head { tissue: other, ..ANNA }.seen(thin(), &truth, 0.2);
    let contrast = if other == T1 { Contrast::Same } else { Contrast::Cross };
    let gate = judge(&fixed, &moving, &nudge.then(&truth), contrast);
    assert_eq!(gate.passed(), passes, "{}: {gate:?}", gate.why());
}

#[test]
fn a_true_alignment_passes_the_gate() {
    check_gate(T1, Transform::identity(), true);
    check_gate(T2, Transform::identity(), true);
}
#[test]
fn two_millimetres_beside_do_not_pass() {
    check_gate(T1, motion([0.; 3], [2., 0., 0.]), false);
    check_gate(T2, motion([0.; 3], [0., 0., 2.]), false);
}
#[test]
fn two_degrees_beside_do_not_pass() {
    check_gate(T1, motion([2., 0., 0.], [0.; 3]), false);
    check_gate(T2, motion([0., 2., 0.], [0.; 3]), false);
}

#[test]
fn what_is_told_to_be_ignored_does_not_count() {
    let fixed = ANNA.seen(thin(), &Transform::identity(), 0.);
    let truth = motion(STEP.0, STEP.1);
    let mut moving = ANNA.seen(thin(), &truth, 0.);
    // a large bright mass that moved by itself
    let mass = |at: [f64; 3]| (0..3).map(|a| (at[a] - [30., 20., 10.][a]).powi(2)).sum::<f64>();
    let place = |offset: usize| thin().to_lps.apply_to(thin().index(offset).map(|n| n as f64));
    let mut before = fixed.clone();
    for offset in 0..moving.voxels().len() {
        if mass(place(offset)).sqrt() < 24. {
            before.voxels_mut()[offset] = 300.;
        }
        if mass(inverse(&truth).apply_to(place(offset)).map(|x| x + 4.)).sqrt() < 24. {
            moving.voxels_mut()[offset] = 300.;
        }
    }
    let ignore = Mask::from_fn(thin(), |offset| mass(place(offset)).sqrt() < 36.);
    let how = Rigid { ignore: Some(&ignore), ..Rigid::of(Contrast::Same) };
    let found = rigid(&before, &moving, &how).unwrap();
    assert!(apart(&found.fixed_to_moving, &truth) < 0.12);
}

#[test]
fn an_image_without_a_head_is_refused() {
    let head = ANNA.seen(thin(), &Transform::identity(), 0.);
    let nothing = head.map(|_| 0.);
    let how = Rigid::of(Contrast::Same);
    assert_eq!(rigid(&head, &nothing, &how), Err(RegisterError::Empty("moving")));
    let slice = Grid { shape: [60, 60, 1], ..thin() };
    let refused = rigid(&ANNA.seen(slice, &Transform::identity(), 0.), &head, &how);
    assert!(matches!(refused, Err(RegisterError::TooSmall { which: "fixed", .. })));
    let elsewhere = Mask::filled(slice, false);
    let how = Rigid { ignore: Some(&elsewhere), ..how };
    assert_eq!(rigid(&head, &head, &how), Err(RegisterError::IgnoreElsewhere));
    assert!(!judge(&head, &nothing, &Transform::identity(), Contrast::Same).passed());
}
