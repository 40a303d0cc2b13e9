//! Dates and times of day as DICOM writes them (PS3.5 section 6.2: DA, TM, DT), moved by days.

use interval_core::units::Days;

/// Characters of a date without separators.
const DATE_CHARS: usize = 8;
/// Days in 400 years of the Gregorian calendar.
const ERA_DAYS: i64 = 146_097;
/// Days from 0000-03-01 to 1970-01-01, the zero of day numbers.
const EPOCH_DAYS: i64 = 719_468;

/// A date or a date with time, moved; the time and its offset stay as they are. None when it is
/// not one, has no day, or leaves the years 1 to 9999.
pub(super) fn shifted(text: &str, by: Days) -> Option<String> {
    let plain = without_dots(text.trim_matches([' ', '\0']));
    let date = plain.get(..DATE_CHARS)?;
    let rest = &plain[DATE_CHARS..];
    let (time, offset) = rest.split_at(rest.find(['+', '-']).unwrap_or(rest.len()));
    let zone = offset.is_empty() || is_offset(offset);
    if !(time.is_empty() || is_time(time)) || !zone {
        return None;
    }
    let moved = written(day_number(date)?.checked_add(by.0)?)?;
    Some(moved + rest)
}

/// Whether this is a time of day: HHMMSS.FFFFFF, cut off anywhere after the hours.
pub(super) fn is_time(text: &str) -> bool {
    let (clock, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let whole = matches!(clock.len(), 2 | 4 | 6) && (clock.len() == 6 || !text.contains('.'));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let limits = ["24", "60", "61"];
    whole
        && digits(clock)
        && digits(fraction)
        && fraction.len() <= 6
        && (0..clock.len() / 2).all(|at| &clock[2 * at..2 * at + 2] < limits[at])
}

/// Whether this is an offset from UTC: +HHMM or -HHMM, within 14 hours.
pub(super) fn is_offset(text: &str) -> bool {
    let Some(clock) = text.strip_prefix(['+', '-']) else { return false };
    clock.len() == 4 && is_time(clock) && clock <= "1400"
}

/// ACR-NEMA wrote YYYY.MM.DD.
fn without_dots(text: &str) -> String {
    let bytes = text.as_bytes();
    if bytes.len() == DATE_CHARS + 2 && bytes[4] == b'.' && bytes[7] == b'.' {
        text.replace('.', "")
    } else {
        text.to_owned()
    }
}

/// Days since 1970-01-01 of YYYYMMDD in the Gregorian calendar. Years begin in March, so that the
/// leap day is their last.
fn day_number(date: &str) -> Option<i64> {
    if !date.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let part = |range: std::ops::Range<usize>| date.get(range)?.parse::<i64>().ok();
    let (year, month, day) = (part(0..4)?, part(4..6)?, part(6..8)?);
    let from_march = (month + 9) % 12;
    let year = if month <= 2 { year - 1 } else { year };
    let (era, year) = (year.div_euclid(400), year.rem_euclid(400));
    let number =
        era * ERA_DAYS + year * 365 + year / 4 - year / 100 + (153 * from_march + 2) / 5 + day
            - 1
            - EPOCH_DAYS;
    // A day that does not exist (31 April) has the number of one that does.
    (written(number).as_deref() == Some(date)).then_some(number)
}

/// YYYYMMDD of a day number.
fn written(number: i64) -> Option<String> {
    let days = number + EPOCH_DAYS;
    let (era, of_era) = (days.div_euclid(ERA_DAYS), days.rem_euclid(ERA_DAYS));
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let year = era * 400 + year + i64::from(month <= 2);
    (1..=9999).contains(&year).then(|| format!("{year:04}{month:02}{day:02}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, by: i64, expected: Option<&str>) {
        assert_eq!(shifted(text, Days(by)).as_deref(), expected, "{text:?}");
    }

    #[test]
    fn months_and_years_and_leap_days_are_crossed() {
        check("20240301", -1, Some("20240229"));
        check("20230301", -1, Some("20230228"));
        check("19000301", -1, Some("19000228"));
        check("20000301", -1, Some("20000229"));
        check("20240101", -1, Some("20231231"));
        check("20241231", -365, Some("20240101"));
    }
    #[test]
    fn every_day_of_four_centuries_moves_by_one() {
        let mut date = "18000101".to_owned();
        for _ in 0..ERA_DAYS {
            let next = shifted(&date, Days(1)).unwrap();
            assert!(next > date);
            assert_eq!(shifted(&next, Days(-1)).unwrap(), date);
            date = next;
        }
        assert_eq!(date, "22000101");
    }
    #[test]
    fn the_time_of_day_and_its_offset_stay() {
        check("20240310101112.123456+0200", -10, Some("20240229101112.123456+0200"));
        check("2024031010", -10, Some("2024022910"));
    }
    #[test]
    fn the_old_form_is_understood() {
        check("2024.03.10", -10, Some("20240229"));
    }
    #[test]
    fn what_is_no_day_has_no_shifted_one() {
        for text in ["", "2024", "202403", "20240431", "20230229", "20241301", "about 2020"] {
            check(text, -1, None);
        }
        check("20240310-20240311", -1, None);
        check("20240310JOHN", -1, None);
        check("00010101", -1, None);
        check("2024é310", -1, None);
    }
    #[test]
    fn a_time_of_day_is_digits_in_their_limits() {
        for text in ["10", "1011", "101112", "101112.5", "235960"] {
            assert!(is_time(text), "{text}");
        }
        for text in ["", "1", "2401", "1060", "101112.", "1011.5", "101112.1234567", "10:11"] {
            assert!(!is_time(text), "{text}");
        }
    }
}
