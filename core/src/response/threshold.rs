//! The lines that a measure must cross for a category, from the very rows that judge.

use super::measure::value;
use super::table::{ROWS, Test};
use super::{Burden, Category, Criteria};

/// Which timepoint a threshold is counted from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum From {
    /// The smallest burden so far.
    Nadir,
    /// The timepoint that others are compared with.
    Reference,
}

impl From {
    /// The word on screens.
    pub fn as_str(self) -> &'static str {
        match self {
            From::Nadir => "nadir",
            From::Reference => "reference",
        }
    }
}

/// A line that a measure must cross.
#[derive(Debug, Clone, PartialEq)]
pub struct Threshold {
    /// The table.
    pub criteria: Criteria,
    /// What lies beyond the line.
    pub category: Category,
    /// Where it lies, in the unit of the table's measure: mm2 or cm3.
    pub value: f64,
    /// What it is counted from.
    pub from: From,
    /// Where the row is published.
    pub source: &'static str,
}

/// The lines of a table for a timeline with this reference and this nadir. A line that is counted
/// from nothing is none.
pub fn thresholds(criteria: Criteria, reference: &Burden, nadir: &Burden) -> Vec<Threshold> {
    let rows = ROWS.iter().filter(|row| row.criteria == criteria);
    let line = |row: &super::table::Row| {
        let (factor, from, burden) = match row.test {
            Test::IncreaseFromNadir(percent) => (1. + percent.0 / 100., From::Nadir, nadir),
            Test::DecreaseFromReference(percent) => {
                (1. - percent.0 / 100., From::Reference, reference)
            }
            _ => return None,
        };
        let value = value(criteria, burden) * factor;
        let category = row.category.filter(|_| value > 0.)?;
        Some(Threshold { criteria, category, value, from, source: row.source })
    };
    rows.filter_map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Cm3;

    fn burden(products: f64, enhancing: f64) -> Burden {
        Burden { sum_of_products_mm2: products, enhancing: Cm3(enhancing), ..Burden::default() }
    }

    #[track_caller]
    fn check(criteria: Criteria, expected: &[(Category, f64, From)]) {
        let lines = thresholds(criteria, &burden(400., 10.), &burden(200., 2.));
        let found: Vec<_> = lines.iter().map(|l| (l.category, l.value, l.from)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn rano_2010_asks_a_quarter_more_than_the_nadir_or_half_of_the_reference() {
        let (worse, better) = (Category::ProgressiveDisease, Category::PartialResponse);
        check(Criteria::Rano2010, &[(worse, 250., From::Nadir), (better, 200., From::Reference)]);
    }
    #[test]
    fn rano_2_asks_two_fifths_more_or_a_third_left() {
        let (worse, better) = (Category::ProgressiveDisease, Category::PartialResponse);
        check(Criteria::Rano2, &[(worse, 2.8, From::Nadir), (better, 3.5, From::Reference)]);
    }
    #[test]
    fn nothing_has_no_line() {
        let none = burden(0., 0.);
        assert_eq!(thresholds(Criteria::Rano2010, &none, &none), []);
    }
}
