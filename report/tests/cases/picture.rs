//! A drawn head with a drawn lesion, for key images.

use interval_core::lesion::Region;
use interval_core::units::Mm;
use interval_report::findings::{KeyImage, Sides};

/// Pixels of a side and their distance: a field of view of 230 mm.
const SIDE: usize = 184;
const SPACING_MM: f64 = 1.25;

/// A picture; its number varies the place of the lesion.
pub fn key_image(number: usize) -> KeyImage {
    let centre = [70. + 9. * (number % 5) as f64, 80. + 5. * (number % 3) as f64];
    let circle = |radius: f64| -> Vec<[f64; 2]> {
        (0..60)
            .map(|step| f64::from(step) * std::f64::consts::TAU / 60.)
            .map(|turn| {
                let wave = radius * (1. + 0.08 * (5. * turn).sin());
                [centre[0] + wave * turn.cos(), centre[1] + wave * turn.sin()]
            })
            .collect()
    };
    KeyImage {
        title: format!("Lesion {}, 2024-04-15", number + 1),
        grey: grey(centre),
        width: SIDE,
        height: SIDE,
        spacing_mm: [SPACING_MM; 2],
        outlines: vec![
            (Region::FlairHyperintensity, circle(26.)),
            (Region::Enhancing, circle(15.)),
            (Region::NonEnhancingCore, circle(7.)),
        ],
        sides: Sides::axial(),
        slice: format!("T1c, axial, slice {} of 155", 70 + number),
        scale_bar: Mm(50.),
    }
}

fn grey(lesion: [f64; 2]) -> Vec<u8> {
    let middle = SIDE as f64 / 2.;
    let shade = |x: f64, y: f64| {
        let head = ((x - middle) / 72.).hypot((y - middle) / 86.);
        let texture = 12. * ((x / 5.).sin() * (y / 6.).cos());
        let distance = (x - lesion[0]).hypot(y - lesion[1]);
        match (head, distance) {
            (head, _) if head > 1. => 4.,
            (head, _) if head > 0.93 => 190.,
            (head, _) if head > 0.88 => 25.,
            (_, distance) if distance < 7. => 55.,
            (_, distance) if distance < 15. => 225.,
            (_, distance) if distance < 26. => 85. + texture,
            _ => 115. + texture,
        }
    };
    let place = |at: usize| ((at % SIDE) as f64, (at / SIDE) as f64);
    (0..SIDE * SIDE).map(place).map(|(x, y)| shade(x, y) as u8).collect()
}
