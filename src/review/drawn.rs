//! Diameters that a human drew: lengths and the slice come of the ends.

use super::ReviewError;
use crate::store::record::DiametersRecord;
use interval_core::geometry::{Grid, Lps, Point};

/// Ends of two diameters, LPS mm.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ends {
    /// Of the long one.
    pub long: [[f64; 3]; 2],
    /// Of the short one.
    pub short: [[f64; 3]; 2],
}

/// How far an end may lie from the slice that both diameters are drawn on, in slices: what a
/// pointer on the slice's image gives is exact but for rounding.
const OFF_SLICE: f64 = 0.5;

/// Diameters on one stored slice of the study's own grid.
pub fn drawn(grid: &Grid, ends: &Ends) -> Result<DiametersRecord, ReviewError> {
    let wrong = |why| Err(ReviewError::Draft(why));
    let all = [ends.long, ends.short].concat();
    let Some(inverse) = grid.to_lps.inverse() else { return wrong("the grid has no way back") };
    let places: Vec<[f64; 3]> =
        all.iter().map(|end| inverse.apply(Point::<Lps>::new(*end)).at).collect();
    let within =
        |place: &[f64; 3]| (0..3).all(|a| (-0.5..=grid.shape[a] as f64 - 0.5).contains(&place[a]));
    if !places.iter().all(within) {
        return wrong("the ends of a diameter lie within the images");
    }
    let slice = (places.iter().map(|place| place[2]).sum::<f64>() / 4.).round();
    if places.iter().any(|place| (place[2] - slice).abs() > OFF_SLICE) {
        return wrong("both diameters are drawn on one slice");
    }
    let length = |[a, b]: [[f64; 3]; 2]| Point::<Lps>::new(a).distance(&Point::new(b)).0;
    let (long_mm, short_mm) = (length(ends.long), length(ends.short));
    if short_mm <= 0. || long_mm < short_mm {
        return wrong(
            "the long diameter is not shorter than the short one, and neither is nothing",
        );
    }
    Ok(DiametersRecord {
        long_mm,
        short_mm,
        slice: slice as usize,
        long_ends_lps_mm: ends.long,
        short_ends_lps_mm: ends.short,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use interval_core::geometry::Transform;

    fn grid() -> Grid {
        let rows = [[1., 0., 0., -10.], [0., 1., 0., -10.], [0., 0., 2., 0.]];
        Grid { shape: [20, 20, 10], to_lps: Transform::new(rows) }
    }

    const ENDS: Ends =
        Ends { long: [[-6., 0., 8.], [6., 0., 8.]], short: [[0., -4., 8.], [0., 4., 8.]] };

    #[track_caller]
    fn check_refused(ends: Ends) {
        assert!(matches!(drawn(&grid(), &ends), Err(ReviewError::Draft(_))));
    }

    #[test]
    fn lengths_and_slice_come_of_the_ends() {
        let found = drawn(&grid(), &ENDS).unwrap();
        assert_eq!((found.long_mm, found.short_mm, found.slice), (12., 8., 4));
    }
    #[test]
    fn a_diameter_lies_on_one_slice_within_the_images() {
        check_refused(Ends { short: [[0., -4., 8.], [0., 4., 12.]], ..ENDS });
        check_refused(Ends { long: [[-60., 0., 8.], [6., 0., 8.]], ..ENDS });
        check_refused(Ends { long: [[f64::NAN, 0., 8.], [6., 0., 8.]], ..ENDS });
        check_refused(Ends { long: ENDS.short, short: ENDS.long });
        check_refused(Ends { short: [[0., 0., 8.]; 2], ..ENDS });
    }
}
