//! Studies in the order of time, and the two references of response criteria.

use crate::units::Days;
use std::fmt;
use std::str::FromStr;

/// A calendar date, as days since 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(pub i64);

/// The text is not a date of the form YYYYMMDD.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not a date of the form YYYYMMDD")]
pub struct NotADate(pub String);

impl Date {
    /// The date of a year, month (1 to 12) and day; nothing when there is no such day.
    pub fn from_ymd(year: i64, month: i64, day: i64) -> Option<Self> {
        // Days in the civil calendar, counted from March (H. Hinnant, "chrono-compatible
        // low-level date algorithms").
        let shifted = if month <= 2 { year - 1 } else { year };
        let era = shifted.div_euclid(400);
        let of_era = shifted.rem_euclid(400);
        let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
        let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468;
        let date = Self(days);
        (date.ymd() == (year, month, day)).then_some(date)
    }

    /// Year, month (1 to 12), day (1 to 31).
    pub fn ymd(self) -> (i64, i64, i64) {
        let shifted = self.0 + 719_468;
        let era = shifted.div_euclid(146_097);
        let of_era = shifted.rem_euclid(146_097);
        let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year + year / 4 - year / 100);
        let month = (5 * of_year + 2) / 153;
        let day = of_year - (153 * month + 2) / 5 + 1;
        let month = if month < 10 { month + 3 } else { month - 9 };
        (year + era * 400 + i64::from(month <= 2), month, day)
    }

    /// Days from this date to a later one.
    pub fn until(self, later: Date) -> Days {
        Days(later.0 - self.0)
    }
}

impl FromStr for Date {
    type Err = NotADate;
    /// Reads a DICOM DA value (PS3.5 table 6.2-1).
    fn from_str(text: &str) -> Result<Self, NotADate> {
        let wrong = || NotADate(text.to_owned());
        if text.len() != 8 || !text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(wrong());
        }
        let part = |range: std::ops::Range<usize>| text[range].parse::<i64>().map_err(|_| wrong());
        Self::from_ymd(part(0..4)?, part(4..6)?, part(6..8)?).ok_or_else(wrong)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.ymd();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

/// What a timepoint is called when others are compared with it. A study is a baseline only when
/// dates of surgery and radiotherapy say so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reference {
    /// Named by the clinical dates.
    Baseline,
    /// The first study that is there.
    EarliestAvailable,
}

impl Reference {
    /// The words for the report.
    pub fn as_str(self) -> &'static str {
        match self {
            Reference::Baseline => "baseline",
            Reference::EarliestAvailable => "earliest available",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Result<&str, ()>) {
        let shown = text.parse::<Date>().map(|date| date.to_string());
        assert_eq!(shown.as_deref().map_err(|_| ()), expected);
    }

    #[test]
    fn a_da_value_is_a_date() {
        check("20240229", Ok("2024-02-29"));
        check("19700101", Ok("1970-01-01"));
        check("19600101", Ok("1960-01-01"));
    }
    #[test]
    fn days_that_are_not_are_refused() {
        for text in ["20230229", "20241301", "20240100", "2024011", "", "2024-1-1"] {
            check(text, Err(()));
        }
    }
    #[test]
    fn days_are_counted_over_leap_years() {
        let days = |a: &str, b: &str| {
            a.parse::<Date>().expect("a date").until(b.parse::<Date>().expect("a date"))
        };
        assert_eq!(days("20240110", "20240415"), Days(96));
        assert_eq!(days("20240101", "20250101"), Days(366));
    }
}
