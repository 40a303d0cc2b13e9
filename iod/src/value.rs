//! Values as their representation allows them (PS3.5 table 6.2-1).
//!
//! Whatever arrives in a text (a name typed at a scanner, a sentence of ours) leaves as a legal
//! value: length and characters are limited by representation. Identifiers are the exception: see
//! [`IDENTIFIER_CHARS_MAX`].

use dicom_core::VR;
use interval_core::timepoint::Date;
use interval_core::uid::UID_CHARS_MAX;

/// Characters of an AE, CS, SH or DS value.
const SHORT_CHARS_MAX: usize = 16;
/// Characters of an LO value, and of one component group of a PN value.
const LONG_CHARS_MAX: usize = 64;
/// Characters of an ST value.
const PASSAGE_CHARS_MAX: usize = 1024;
/// Characters of an LT value. UT values are held to it as well: nothing of ours is longer.
const PROSE_CHARS_MAX: usize = 10_240;
/// Characters of an IS value.
const INTEGER_CHARS_MAX: usize = 12;
/// Characters of Patient ID, Accession Number and Study ID as they are copied. Archives hand out
/// accession numbers longer than the 16 of an SH value; a shortened one would name another exam,
/// so these are carried on as they came.
pub(crate) const IDENTIFIER_CHARS_MAX: usize = 64;

/// A text as a legal value of its representation; empty when nothing legal is left.
pub(crate) fn clean(vr: VR, text: &str) -> String {
    match vr {
        VR::CS => shortened(&code_string(text), SHORT_CHARS_MAX),
        VR::AE | VR::SH => shortened(&plain(text), SHORT_CHARS_MAX),
        VR::DA => text.parse::<Date>().map(|_| text.to_owned()).unwrap_or_default(),
        VR::TM => time_of_day(text).unwrap_or_default(),
        VR::DT => date_time(text).unwrap_or_default(),
        VR::IS => shortened(&plain(text), INTEGER_CHARS_MAX),
        VR::PN => person_name(text),
        VR::UI => shortened(&plain(text), UID_CHARS_MAX),
        VR::ST => shortened(&prose(text), PASSAGE_CHARS_MAX),
        VR::LT | VR::UT => shortened(&prose(text), PROSE_CHARS_MAX),
        _ => shortened(&plain(text), LONG_CHARS_MAX),
    }
}

/// An identifier of the hospital, as it came except for characters that end a value.
pub(crate) fn identifier(text: &str) -> String {
    shortened(&plain(text), IDENTIFIER_CHARS_MAX)
}

/// One line without control characters and without the separator of values.
fn plain(text: &str) -> String {
    let text: String = text
        .chars()
        .map(|c| match c {
            '\\' => '/',
            c if c.is_control() => ' ',
            c => c,
        })
        .collect();
    text.trim().to_owned()
}

/// Lines of text: control characters other than the line break become spaces.
fn prose(text: &str) -> String {
    let text: String =
        text.chars().map(|c| if c.is_control() && c != '\n' { ' ' } else { c }).collect();
    text.trim_end().replace('\n', "\r\n")
}

/// Capitals, digits, space and underscore.
fn code_string(text: &str) -> String {
    let text: String = text
        .chars()
        .map(|c| c.to_ascii_uppercase())
        .filter(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || *c == ' ' || *c == '_')
        .collect();
    text.trim().to_owned()
}

/// Up to three component groups, each held to its length.
fn person_name(text: &str) -> String {
    let groups: Vec<String> =
        plain(text).split('=').take(3).map(|group| shortened(group, LONG_CHARS_MAX)).collect();
    groups.join("=")
}

/// `HH[MM[SS[.F]]]` within the day; nothing when it is something else.
fn time_of_day(text: &str) -> Option<String> {
    let text = text.trim();
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    let legal = matches!(whole.len(), 2 | 4 | 6)
        && digits(whole)
        && digits(fraction)
        && fraction.len() <= 6
        && (fraction.is_empty() || whole.len() == 6);
    let within = |range: std::ops::Range<usize>, limit: u32| {
        whole.get(range).is_none_or(|part| part.parse::<u32>().is_ok_and(|n| n <= limit))
    };
    // A leap second is 60 (PS3.5 table 6.2-1).
    let legal = legal && within(0..2, 23) && within(2..4, 59) && within(4..6, 60);
    legal.then(|| text.trim_end_matches('.').to_owned())
}

/// A date, with or without a time after it; nothing when the date is none.
fn date_time(text: &str) -> Option<String> {
    let (date, time) = text.split_at_checked(8)?;
    date.parse::<Date>().ok()?;
    Some(format!("{date}{}", time_of_day(time).unwrap_or_default()))
}

fn shortened(text: &str, chars_max: usize) -> String {
    let text: String = text.chars().take(chars_max).collect();
    text.trim_end().to_owned()
}

/// The decimal string nearest to a number: its shortest exact form where that fits into 16
/// characters, else rounded.
pub(crate) fn decimal_string(value: f64) -> String {
    let fits = |text: &String| text.len() <= SHORT_CHARS_MAX;
    let exact = [format!("{value}"), format!("{value:e}")];
    if let Some(text) = exact.into_iter().find(fits) {
        return text;
    }
    (0..SHORT_CHARS_MAX)
        .rev()
        .flat_map(|digits| [format!("{value:.digits$}"), format!("{value:.digits$e}")])
        .filter(fits)
        .min_by(|a, b| error(a, value).total_cmp(&error(b, value)))
        .map_or_else(|| "0".to_owned(), |text| without_trailing_zeros(&text))
}

fn without_trailing_zeros(text: &str) -> String {
    if text.contains('.') && !text.contains('e') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text.to_owned()
    }
}

fn error(text: &str, value: f64) -> f64 {
    text.parse::<f64>().map_or(f64::INFINITY, |read| (read - value).abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(vr: VR, text: &str, expected: &str) {
        assert_eq!(clean(vr, text), expected);
    }

    #[test]
    fn a_backslash_does_not_start_another_value() {
        check(VR::LO, "T1\\post", "T1/post");
    }
    #[test]
    fn control_characters_become_spaces() {
        check(VR::SH, "A\u{0}B\u{1b}C\n", "A B C");
        check(VR::ST, "one\ntwo\u{7}", "one\r\ntwo");
    }
    #[test]
    fn length_is_counted_in_characters_not_in_bytes() {
        check(VR::LO, &"ü".repeat(70), &"ü".repeat(64));
        check(VR::SH, &"x".repeat(17), &"x".repeat(16));
    }
    #[test]
    fn each_component_group_of_a_name_has_its_own_limit() {
        let (long, cut) = ("y".repeat(70), "y".repeat(64));
        check(VR::PN, &format!("{long}={long}"), &format!("{cut}={cut}"));
        check(VR::PN, "Yamada^Tarou=山田^太郎", "Yamada^Tarou=山田^太郎");
    }
    #[test]
    fn dates_and_times_that_are_none_are_left_out() {
        for (text, expected) in [("20260401", "20260401"), ("2026-04-01", ""), ("", "")] {
            check(VR::DA, text, expected);
        }
        for (text, expected) in [
            ("101500", "101500"),
            ("10", "10"),
            ("101500.123456", "101500.123456"),
            ("10:15", ""),
            ("250000", ""),
            ("1015.5", ""),
        ] {
            check(VR::TM, text, expected);
        }
    }
    #[test]
    fn a_date_and_time_keeps_what_is_valid_of_it() {
        for (text, expected) in [
            ("20260401101500.5", "20260401101500.5"),
            ("20260401noon", "20260401"),
            ("101500", ""),
            ("", ""),
        ] {
            check(VR::DT, text, expected);
        }
    }
    #[test]
    fn code_strings_are_capitals() {
        check(VR::CS, "f", "F");
        check(VR::CS, "a-b\\c", "ABC");
    }

    #[test]
    fn an_accession_number_is_not_shortened_to_its_representation() {
        assert_eq!(identifier("2026-000123-MR-SCHAEDEL "), "2026-000123-MR-SCHAEDEL");
        assert_eq!(identifier("A\\B"), "A/B");
    }

    #[test]
    fn decimals_keep_what_sixteen_characters_can_say() {
        for (value, expected) in [
            (0.1, "0.1"),
            (-32., "-32"),
            (-0.000_012_345_678_901, "-1.2345678901e-5"),
            (0.707_106_781_186_547_5, "0.70710678118655"),
            (-123.456_789_012_345_67, "-123.45678901235"),
            (18.750_000_000_000_004, "18.75"),
        ] {
            assert_eq!(decimal_string(value), expected);
        }
    }
    #[test]
    fn no_decimal_is_longer_than_sixteen_characters() {
        for value in [1. / 3., -1e-7 / 3., 1e300 / 7., f64::MIN_POSITIVE, -1e15 / 7.] {
            let text = decimal_string(value);
            assert!(text.len() <= 16, "{text}");
            let read: f64 = text.parse().expect("a number");
            // Nine significant digits survive in the worst case: sign, point, exponent of five.
            assert!((read - value).abs() <= value.abs() * 1e-8, "{text}");
        }
    }
}
