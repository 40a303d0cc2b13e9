//! How a value matches (PS3.4 C.2.2.2): single value, list of UIDs, wildcard, range. Universal
//! matching is no criterion at all.

use super::Names;
use super::attribute::{Attribute, Vr};

/// Longest text of a criterion. A list of UIDs for one study's series has a few KiB.
pub const CRITERION_CHARS_MAX: usize = 64 * 1024;

/// Most stars of a pattern: each may be tried at every place.
const STARS_MAX: usize = 16;

/// What a value has to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Criterion {
    /// One of these, exactly.
    OneOf(Vec<String>),
    /// As this pattern: `*` is any run of characters, `?` is one.
    Like(String),
    /// Within these ends, both included; an end that is not given is open. Dates as YYYYMMDD, times
    /// as HHMMSS.FFFFFF.
    Between(Option<String>, Option<String>),
}

/// The text is no criterion for its attribute.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotACriterion {
    /// No date or range of dates.
    #[error("{0} is asked for by a date YYYYMMDD or a range of dates")]
    Date(Attribute),
    /// No time or range of times.
    #[error("{0} is asked for by a time HHMMSS or a range of times")]
    Time(Attribute),
    /// No number.
    #[error("{0} is asked for by a whole number")]
    Number(Attribute),
    /// No UID or list of UIDs.
    #[error("{0} is asked for by UIDs")]
    Uid(Attribute),
    /// Longer or more complicated than is taken.
    #[error("the value for {0} is too long")]
    TooLong(Attribute),
}

impl Criterion {
    /// Reads the value of a key; nothing when it matches everything. Several UIDs are separated by
    /// backslashes or commas.
    pub fn parse(attribute: Attribute, text: &str) -> Result<Option<Self>, NotACriterion> {
        if text.len() > CRITERION_CHARS_MAX {
            return Err(NotACriterion::TooLong(attribute));
        }
        let text = text.trim_matches([' ', '\0']);
        if text.is_empty() || text.bytes().all(|byte| byte == b'*') {
            return Ok(None);
        }
        match attribute.vr() {
            Vr::Da => range(text, date).ok_or(NotACriterion::Date(attribute)).map(Some),
            Vr::Tm => times(text).ok_or(NotACriterion::Time(attribute)).map(Some),
            Vr::Ui => uids(text).ok_or(NotACriterion::Uid(attribute)).map(Some),
            Vr::Is | Vr::Us => match text.parse::<i64>() {
                Ok(number) => Ok(Some(Self::OneOf(vec![number.to_string()]))),
                Err(_) => Err(NotACriterion::Number(attribute)),
            },
            Vr::Ae | Vr::Cs | Vr::Lo | Vr::Pn | Vr::Sh => {
                let is_pattern = text.contains(['*', '?']);
                if is_pattern && text.matches('*').count() > STARS_MAX {
                    return Err(NotACriterion::TooLong(attribute));
                }
                let text = text.to_owned();
                Ok(Some(if is_pattern { Self::Like(text) } else { Self::OneOf(vec![text]) }))
            }
        }
    }

    /// Whether any of an attribute's values is as asked for. Values that are not there match only
    /// when nothing is asked.
    pub fn matches<'a>(
        &self,
        attribute: Attribute,
        names: Names,
        values: impl IntoIterator<Item = &'a str>,
    ) -> bool {
        values.into_iter().any(|value| match attribute.vr() {
            Vr::Pn => self.matches_name(names, value),
            Vr::Tm => self.matches_one(&full_time(value)),
            _ => self.matches_one(value),
        })
    }

    fn matches_one(&self, value: &str) -> bool {
        match self {
            Self::OneOf(wanted) => wanted.iter().any(|wanted| wanted == value),
            Self::Like(pattern) => like(pattern, value),
            Self::Between(from, to) => {
                !value.is_empty()
                    && from.as_deref().is_none_or(|from| from <= value)
                    && to.as_deref().is_none_or(|to| value <= to)
            }
        }
    }

    /// A name matches whole, or by one of its component groups (PS3.5 6.2.1).
    fn matches_name(&self, names: Names, value: &str) -> bool {
        let (wanted, is_pattern) = match self {
            Self::OneOf(wanted) => (wanted.first().map_or("", String::as_str), false),
            Self::Like(pattern) => (pattern.as_str(), true),
            Self::Between(..) => return false,
        };
        let (wanted, value) = (wanted.to_lowercase(), value.to_lowercase());
        if names == Names::Fuzzy {
            return begins(&wanted, &value);
        }
        let groups = value.split('=').chain([value.as_str()]);
        let mut groups = groups.map(|group| group.trim_end_matches(['^', ' ', '=']));
        if is_pattern {
            groups.any(|group| like(&wanted, group))
        } else {
            let wanted = wanted.trim_end_matches(['^', ' ', '=']);
            groups.any(|group| group == wanted)
        }
    }
}

/// Whether each word that is asked for begins a word of the name.
fn begins(wanted: &str, name: &str) -> bool {
    let apart = |c: char| matches!(c, '^' | ' ' | '=' | ',' | '*' | '?' | '-');
    let words: Vec<_> = name.split(apart).filter(|word| !word.is_empty()).collect();
    let mut asked = wanted.split(apart).filter(|word| !word.is_empty());
    asked.all(|asked| words.iter().any(|word| word.starts_with(asked)))
}

/// Whether a text is as a pattern says.
fn like(pattern: &str, text: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let text: Vec<char> = text.chars().collect();
    let (mut p, mut t) = (0, 0);
    // Where to go on when what follows the last star does not fit.
    let mut retry: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                retry = Some((p + 1, t));
                p += 1;
            }
            Some(c) if *c == '?' || *c == text[t] => {
                p += 1;
                t += 1;
            }
            _ => match retry {
                Some((after_star, from)) => {
                    retry = Some((after_star, from + 1));
                    (p, t) = (after_star, from + 1);
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

/// One value, or a range `from-to` of which one end may be open.
fn range(text: &str, value: impl Fn(&str) -> Option<String>) -> Option<Criterion> {
    let Some((from, to)) = text.split_once('-') else {
        return value(text).map(|value| Criterion::OneOf(vec![value]));
    };
    let (from, to) = (from.trim(), to.trim());
    let end = |text: &str| if text.is_empty() { Some(None) } else { value(text).map(Some) };
    match (end(from)?, end(to)?) {
        (None, None) => None,
        (from, to) => Some(Criterion::Between(from, to)),
    }
}

/// YYYYMMDD, or YYYY.MM.DD as it once was written (PS3.5 6.2).
fn date(text: &str) -> Option<String> {
    let digits: String = text.chars().filter(|c| *c != '.').collect();
    let is_date = digits.len() == 8 && digits.bytes().all(|byte| byte.is_ascii_digit());
    let part = |at: std::ops::Range<usize>| digits.get(at)?.parse::<u32>().ok();
    let fits = is_date && (1..=12).contains(&part(4..6)?) && (1..=31).contains(&part(6..8)?);
    fits.then_some(digits)
}

/// A time stands for all moments that it does not tell apart: 10 is from 100000 to 105959.999999.
fn times(text: &str) -> Option<Criterion> {
    let (from, to) = text.split_once('-').unwrap_or((text, text));
    let (from, to) = (from.trim(), to.trim());
    if from.is_empty() && to.is_empty() {
        return None;
    }
    let end = |text: &str, rest: &str| {
        if text.is_empty() { Some(None) } else { time(text, rest).map(Some) }
    };
    Some(Criterion::Between(end(from, "000000.000000")?, end(to, "235959.999999")?))
}

/// HHMMSS.FFFFFF, with what is not given taken from `rest`.
fn time(text: &str, rest: &str) -> Option<String> {
    let text: String = text.chars().filter(|c| *c != ':').collect();
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let fits = matches!(whole.len(), 2 | 4 | 6)
        && (fraction.is_empty() || whole.len() == 6)
        && fraction.len() <= 6
        && digits(whole)
        && digits(fraction);
    if !fits {
        return None;
    }
    let whole = format!("{whole}{}", &rest[whole.len()..6]);
    Some(format!("{whole}.{fraction}{}", &rest[7 + fraction.len()..]))
}

/// A stored time with all its digits.
fn full_time(value: &str) -> String {
    time(value, "000000.000000").unwrap_or_default()
}

fn uids(text: &str) -> Option<Criterion> {
    let is_uid = |text: &&str| {
        (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit() || b == b'.')
    };
    let parts = text.split(['\\', ',']).map(|part| part.trim_matches([' ', '\0']));
    let parts: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
    let all = !parts.is_empty() && parts.iter().all(is_uid);
    all.then(|| Criterion::OneOf(parts.into_iter().map(str::to_owned).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use Attribute::{
        AccessionNumber, InstanceNumber, PatientID, PatientName, StudyDate, StudyInstanceUID,
        StudyTime,
    };

    #[track_caller]
    fn check(attribute: Attribute, key: &str, value: &str, expected: bool) {
        let criterion = Criterion::parse(attribute, key).unwrap().expect("it asks for something");
        assert_eq!(criterion.matches(attribute, Names::Literal, [value]), expected, "{key}");
    }
    #[track_caller]
    fn check_refused(attribute: Attribute, key: &str, expected: NotACriterion) {
        assert_eq!(Criterion::parse(attribute, key), Err(expected), "{key}");
    }
    #[track_caller]
    fn check_fuzzy(key: &str, value: &str, expected: bool) {
        let criterion = Criterion::parse(PatientName, key).unwrap().unwrap();
        assert_eq!(criterion.matches(PatientName, Names::Fuzzy, [value]), expected, "{key}");
    }

    #[test]
    fn an_empty_key_and_stars_match_everything() {
        for key in ["", " ", "*", "**"] {
            assert_eq!(Criterion::parse(PatientID, key), Ok(None));
        }
    }
    #[test]
    fn ids_match_whole_and_by_case() {
        check(PatientID, "A17", "A17", true);
        check(PatientID, "a17", "A17", false);
        check(PatientID, "A1", "A17", false);
    }
    #[test]
    fn wildcards_stand_for_any_and_for_one() {
        check(PatientID, "A*7", "A17", true);
        check(PatientID, "A*7", "A7", true);
        check(PatientID, "A?7", "A7", false);
        check(PatientID, "*ab*ab", "abab", true);
        check(PatientID, "*ab*abc", "abab", false);
        check(AccessionNumber, "?", "", false);
    }
    #[test]
    fn a_pattern_of_many_stars_is_refused_and_one_at_the_limit_ends_soon() {
        check_refused(PatientID, &"*a".repeat(17), NotACriterion::TooLong(PatientID));
        check(PatientID, &"*a".repeat(16), &"a".repeat(4096), true);
        check(PatientID, &format!("{}b", "*a".repeat(15)), &"a".repeat(4096), false);
    }
    #[test]
    fn names_match_in_any_case_and_without_empty_components() {
        check(PatientName, "cohen^ruth", "Cohen^Ruth^^", true);
        check(PatientName, "Cohen", "Cohen^Ruth", false);
        check(PatientName, "coh*", "Cohen^Ruth", true);
        check(PatientName, "כהן*", "כהן^רות", true);
    }
    #[test]
    fn a_name_matches_by_any_of_its_groups() {
        let name = "Yamada^Tarou=山田^太郎=やまだ^たろう";
        check(PatientName, "yamada^tarou", name, true);
        check(PatientName, "山田*", name, true);
        check(PatientName, "太郎", name, false);
    }
    #[test]
    fn fuzzy_names_match_by_the_beginnings_of_words() {
        check_fuzzy("ruth coh", "Cohen^Ruth", true);
        check_fuzzy("coh*", "Cohen^Ruth", true);
        check_fuzzy("uth", "Cohen^Ruth", false);
    }
    #[test]
    fn dates_match_alone_and_in_ranges_with_open_ends() {
        check(StudyDate, "20260101", "20260101", true);
        check(StudyDate, "20260101-20260131", "20260131", true);
        check(StudyDate, "20260101-", "20251231", false);
        check(StudyDate, "-20251231", "20251231", true);
        check(StudyDate, "-20251231", "", false);
        for wrong in ["2026", "20261301", "-", "2026010a", "20260101-20260102-20260103"] {
            check_refused(StudyDate, wrong, NotACriterion::Date(StudyDate));
        }
    }
    #[test]
    fn a_time_stands_for_what_it_does_not_tell_apart() {
        check(StudyTime, "10", "105959.5", true);
        check(StudyTime, "1030", "103100", false);
        check(StudyTime, "1030-1130", "113059.999999", true);
        check(StudyTime, "103000.5", "103000.500000", true);
        check_refused(StudyTime, "10:3", NotACriterion::Time(StudyTime));
    }
    #[test]
    fn numbers_match_by_value() {
        check(InstanceNumber, "007", "7", true);
        check_refused(InstanceNumber, "seven", NotACriterion::Number(InstanceNumber));
    }
    #[test]
    fn several_uids_are_a_list() {
        check(StudyInstanceUID, "1.2\\1.3", "1.3", true);
        check(StudyInstanceUID, "1.2,1.3", "1.4", false);
        check_refused(StudyInstanceUID, "1.2*", NotACriterion::Uid(StudyInstanceUID));
        check_refused(StudyInstanceUID, ",", NotACriterion::Uid(StudyInstanceUID));
    }
}
