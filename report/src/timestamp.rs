//! A moment in UTC, as it is written on paper, in a PDF and in a certificate.

use interval_core::timepoint::Date;
use std::fmt;

/// Seconds in a day of UTC without leap seconds, as POSIX counts them.
const DAY_S: i64 = 86_400;

/// A moment: seconds since 1970-01-01 00:00:00 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// The day it falls on, in UTC.
    pub fn date(self) -> Date {
        Date(self.0.div_euclid(DAY_S))
    }

    /// Hour, minute, second of that day.
    pub fn time_of_day(self) -> [i64; 3] {
        let second = self.0.rem_euclid(DAY_S);
        [second / 3600, second / 60 % 60, second % 60]
    }

    /// A PDF date string (ISO 32000-1, 7.9.4).
    pub fn pdf_date(self) -> String {
        let (year, month, day) = self.date().ymd();
        let [hour, minute, second] = self.time_of_day();
        format!("D:{year:04}{month:02}{day:02}{hour:02}{minute:02}{second:02}Z")
    }

    /// Reads what [`Timestamp::pdf_date`] writes; nothing for any other form.
    pub fn from_pdf_date(text: &str) -> Option<Self> {
        let digits = text.strip_prefix("D:")?.strip_suffix('Z')?;
        if digits.len() != 14 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let date: Date = digits[..8].parse().ok()?;
        let part = |range: std::ops::Range<usize>| digits[range].parse::<i64>().ok();
        let (hour, minute, second) = (part(8..10)?, part(10..12)?, part(12..14)?);
        (hour < 24 && minute < 60 && second < 60)
            .then(|| Self(date.0 * DAY_S + hour * 3600 + minute * 60 + second))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [hour, minute, _] = self.time_of_day();
        write!(f, "{} {hour:02}:{minute:02} UTC", self.date())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2024-02-29 13:05:09 UTC: 19,782 days after the epoch, by any calendar.
    const LEAP_DAY: Timestamp = Timestamp(19_782 * 86_400 + 13 * 3600 + 5 * 60 + 9);

    #[test]
    fn a_moment_reads_as_people_and_as_pdf_write_it() {
        assert_eq!(LEAP_DAY.to_string(), "2024-02-29 13:05 UTC");
        assert_eq!(LEAP_DAY.pdf_date(), "D:20240229130509Z");
    }
    #[test]
    fn a_pdf_date_reads_back() {
        assert_eq!(Timestamp::from_pdf_date(&LEAP_DAY.pdf_date()), Some(LEAP_DAY));
    }
    #[test]
    fn other_texts_are_no_moments() {
        for text in ["", "D:2024", "D:20240230130509Z", "D:20240229250509Z", "20240229130509"] {
            assert_eq!(Timestamp::from_pdf_date(text), None);
        }
    }
}
