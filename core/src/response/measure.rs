//! What a criteria table measures: three values of one quantity, and when a percentage of it is
//! allowed.

use super::{Burden, Criteria};
use crate::units::{Cm3, Mm2, Percent};

/// Smallest volume that a percentage may be taken of. Below it the error of the outline is as
/// large as the volume.
pub const PERCENTAGE_OF_MIN: Cm3 = Cm3(0.1);

/// Largest error of a percentage that comes from arithmetic alone, in points: it must not decide
/// on which side of a threshold a change lies.
const ROUNDING_POINTS: f64 = 1e-6;

/// One table's quantity at the reference, at the nadir and now.
#[derive(Debug, Clone, Copy)]
pub(super) struct Comparison<'a> {
    pub criteria: Criteria,
    pub reference: &'a Burden,
    pub nadir: &'a Burden,
    pub now: &'a Burden,
}

/// The quantity of a table: mm2 for sums of products, cm3 for volumes.
pub(super) fn value(criteria: Criteria, burden: &Burden) -> f64 {
    match criteria {
        Criteria::Rano2010 => burden.sum_of_products_mm2,
        Criteria::Rano2 => burden.enhancing.0,
    }
}

/// The quantity with its unit, as it is printed.
pub(super) fn shown(criteria: Criteria, burden: &Burden) -> String {
    match criteria {
        Criteria::Rano2010 => format!("{} {}", Mm2(burden.sum_of_products_mm2), Mm2::UNIT),
        Criteria::Rano2 => format!("{} {}", burden.enhancing, Cm3::UNIT),
    }
}

/// Smallest value of the table's quantity that a percentage may be taken of.
fn floor(criteria: Criteria) -> f64 {
    match criteria {
        Criteria::Rano2010 => f64::MIN_POSITIVE,
        Criteria::Rano2 => PERCENTAGE_OF_MIN.0,
    }
}

/// Whether a change reaches a threshold, arithmetic error aside.
fn reaches(change: Percent, threshold: Percent) -> bool {
    change.0 >= threshold.0 - ROUNDING_POINTS
}

impl Comparison<'_> {
    /// Change from an earlier timepoint; nothing where a percentage is not allowed.
    fn change_from(&self, before: &Burden) -> Option<Percent> {
        let value_before = value(self.criteria, before);
        if value_before < floor(self.criteria) {
            return None;
        }
        Percent::change(value_before, value(self.criteria, self.now))
    }

    pub fn change_from_reference(&self) -> Option<Percent> {
        self.change_from(self.reference)
    }

    pub fn change_from_nadir(&self) -> Option<Percent> {
        self.change_from(self.nadir)
    }

    pub fn grew_by(&self, threshold: Percent) -> bool {
        self.change_from_nadir().is_some_and(|change| reaches(change, threshold))
    }

    pub fn shrank_by(&self, threshold: Percent) -> bool {
        self.change_from_reference().is_some_and(|change| reaches(Percent(-change.0), threshold))
    }

    /// Something measurable now where the nadir had too little for a percentage. Volumes must
    /// also exceed that floor by the table's growth, so that 0.09 to 0.11 cm3 is no progression.
    pub fn appeared(&self, growth: Percent) -> bool {
        let too_little_then = value(self.criteria, self.nadir) < floor(self.criteria);
        let enough_now = match self.criteria {
            Criteria::Rano2010 => true,
            Criteria::Rano2 => {
                let least = Percent::change(PERCENTAGE_OF_MIN.0, self.now.enhancing.0);
                least.is_some_and(|change| reaches(change, growth))
            }
        };
        too_little_then && enough_now && self.now.is_measurable()
    }

    /// Disease of the reference that enhanced and never was measurable, and is gone.
    pub fn non_measurable_gone(&self) -> bool {
        !self.reference.is_measurable() && self.reference.enhances() && !self.now.enhances()
    }

    /// Too little at the reference for a percentage.
    pub fn has_no_reference(&self) -> bool {
        value(self.criteria, self.reference) < floor(self.criteria)
    }

    /// Whether every number is one.
    pub fn is_sound(&self) -> bool {
        [self.reference, self.nadir, self.now].iter().all(|burden| {
            let values = [burden.sum_of_products_mm2, burden.enhancing.0];
            values.iter().all(|value| value.is_finite() && *value >= 0.)
        })
    }
}
