//! Lengths, areas, volumes, spans of time: the unit is in the type, and products have the right one.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, Div, Mul, Sub};

macro_rules! quantity {
    ($(#[$doc:meta])* $name:ident, $unit:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Default)]
        pub struct $name(pub f64);

        impl $name {
            /// The unit as it is printed.
            pub const UNIT: &'static str = $unit;
        }
        impl Add for $name {
            type Output = Self;
            fn add(self, other: Self) -> Self {
                Self(self.0 + other.0)
            }
        }
        impl Sub for $name {
            type Output = Self;
            fn sub(self, other: Self) -> Self {
                Self(self.0 - other.0)
            }
        }
        impl Mul<f64> for $name {
            type Output = Self;
            fn mul(self, factor: f64) -> Self {
                Self(self.0 * factor)
            }
        }
        impl Div for $name {
            type Output = f64;
            fn div(self, other: Self) -> f64 {
                self.0 / other.0
            }
        }
        impl Sum for $name {
            fn sum<I: Iterator<Item = Self>>(items: I) -> Self {
                // From +0: the sum of no floats is -0.
                Self(items.fold(0., |sum, item| sum + item.0))
            }
        }
    };
}

quantity!(
    /// Millimetres.
    Mm,
    "mm"
);
quantity!(
    /// Square millimetres.
    Mm2,
    "mm2"
);
quantity!(
    /// Cubic centimetres; shown with two decimals, three below 1 cm3.
    Cm3,
    "cm3"
);
quantity!(
    /// Per cent.
    Percent,
    "%"
);

/// Whole days between two dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Days(pub i64);

impl Mul for Mm {
    type Output = Mm2;
    fn mul(self, other: Mm) -> Mm2 {
        Mm2(self.0 * other.0)
    }
}
impl Mul<Mm> for Mm2 {
    type Output = Cm3;
    fn mul(self, other: Mm) -> Cm3 {
        Cm3(self.0 * other.0 / 1000.)
    }
}
impl fmt::Display for Cm3 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let decimals = if self.0.abs() < 1. { 3 } else { 2 };
        write!(f, "{:.decimals$}", self.0)
    }
}
impl fmt::Display for Mm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.1}", self.0)
    }
}
impl fmt::Display for Mm2 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.0}", self.0)
    }
}

impl Percent {
    /// The change from `before` to `after`, in per cent of `before`; nothing when `before` is
    /// not above zero.
    pub fn change(before: f64, after: f64) -> Option<Percent> {
        (before > 0.).then(|| Percent((after - before) / before * 100.))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_lengths_make_a_volume() {
        assert_eq!(Mm(10.) * Mm(10.) * Mm(10.), Cm3(1.));
    }
    #[test]
    fn small_volumes_show_three_decimals() {
        assert_eq!(
            (Cm3(0.1234).to_string(), Cm3(12.345).to_string()),
            ("0.123".into(), "12.35".into())
        );
    }
    #[test]
    fn change_from_nothing_has_no_percentage() {
        assert_eq!(Percent::change(0., 3.), None);
        assert_eq!(Percent::change(4., 3.), Some(Percent(-25.)));
    }
}
