//! How a change of volume is said: a percentage only where it means something.

use interval_core::units::{Cm3, Percent};

/// Below this volume a percentage is not given: a few voxels more or less would double it
/// (specification of the product: forbid % when the denominator is under 0.1 cm3).
pub const PERCENT_FLOOR: Cm3 = Cm3(0.1);

/// Changes within this are not told from measurement noise. Semi-automated precision is 3.3 %
/// (FLAIR) to 8.2 % (T1c) in the literature; slice thickness and protocol add more.
pub const NOISE: Percent = Percent(15.);

/// A volume before and after.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Change {
    /// Before.
    pub from: Cm3,
    /// After.
    pub to: Cm3,
}

/// What may be said of a change.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Extent {
    /// More than measurement noise, in per cent of the volume before.
    Clear(Percent),
    /// Within measurement noise.
    Noise(Percent),
    /// The volume before is too small for a percentage.
    Absolute(Cm3),
}

impl Change {
    /// What may be said of it.
    pub fn extent(self) -> Extent {
        let percent =
            Percent::change(self.from.0, self.to.0).filter(|_| self.from >= PERCENT_FLOOR);
        match percent {
            None => Extent::Absolute(self.to - self.from),
            Some(percent) if percent.0.abs() < NOISE.0 => Extent::Noise(percent),
            Some(percent) => Extent::Clear(percent),
        }
    }

    /// For a table cell: "+68 %", "≈ +8 %" within noise, "+0.250 cm³" without a percentage.
    pub fn brief(self) -> String {
        match self.extent() {
            Extent::Clear(percent) => signed_percent(percent),
            Extent::Noise(percent) => format!("≈ {}", signed_percent(percent)),
            Extent::Absolute(difference) => signed_volume(difference),
        }
    }

    /// For a sentence: "7.10 → 11.90 cm³ (+68 %)".
    pub fn in_words(self) -> String {
        let note = match self.extent() {
            Extent::Clear(percent) => signed_percent(percent),
            Extent::Noise(percent) => {
                format!("{}, within measurement noise", signed_percent(percent))
            }
            Extent::Absolute(difference) if difference.0 == 0. => "no change".to_owned(),
            Extent::Absolute(difference) => {
                format!("{}, too small before for a percentage", signed_volume(difference))
            }
        };
        format!("{} → {} cm³ ({note})", self.from, self.to)
    }
}

/// Whole per cent with its sign.
pub fn signed_percent(percent: Percent) -> String {
    let whole = percent.0.round();
    match whole {
        whole if whole > 0. => format!("+{whole:.0} %"),
        whole if whole < 0. => format!("−{:.0} %", -whole),
        _ => "0 %".to_owned(),
    }
}

fn signed_volume(difference: Cm3) -> String {
    let sign = if difference.0 < 0. { "−" } else { "+" };
    format!("{sign}{} cm³", Cm3(difference.0.abs()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(from: f64, to: f64, brief: &str, in_words: &str) {
        let change = Change { from: Cm3(from), to: Cm3(to) };
        assert_eq!(change.brief(), brief);
        assert_eq!(change.in_words(), in_words);
    }

    #[test]
    fn a_clear_change_has_its_percentage() {
        check(7.1, 11.9, "+68 %", "7.10 → 11.90 cm³ (+68 %)");
        check(10., 4., "−60 %", "10.00 → 4.00 cm³ (−60 %)");
    }
    #[test]
    fn a_small_change_is_called_noise_up_to_fifteen_per_cent() {
        check(10., 10.8, "≈ +8 %", "10.00 → 10.80 cm³ (+8 %, within measurement noise)");
        check(10., 10., "≈ 0 %", "10.00 → 10.00 cm³ (0 %, within measurement noise)");
        check(10., 11.5, "+15 %", "10.00 → 11.50 cm³ (+15 %)");
    }
    #[test]
    fn a_tiny_volume_gives_no_percentage() {
        let words = "0.099 → 0.500 cm³ (+0.401 cm³, too small before for a percentage)";
        check(0.099, 0.5, "+0.401 cm³", words);
        check(0.1, 0.5, "+400 %", "0.100 → 0.500 cm³ (+400 %)");
        check(0., 0., "+0.000 cm³", "0.000 → 0.000 cm³ (no change)");
    }
}
